//! The text of a pass in its parts: what stands before the first heading, and sections of words and code.
//!
//! Reads the little Markdown that the files beside the passes are written in: headings of the second level, paragraphs
//! and fenced code. Knows nothing of what a pass does.

/// The headings of every text, in their order: what to do when something broke comes before how it is decided.
pub const HEADINGS: [&str; 8] = [
    "Why",
    "Example",
    "How it fails",
    "Undo",
    "Waive",
    "What it looks at",
    "When it leaves a service alone",
    "When it is held back",
];

/// A text in its parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text<'a> {
    /// What stands before the first heading.
    pub lead: &'a str,
    /// The sections, in their order.
    pub sections: Vec<Section<'a>>,
}

/// What stands below one heading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section<'a> {
    /// The heading.
    pub title: &'a str,
    /// Words and code, in their order.
    pub parts: Vec<Part<'a>>,
}

/// A piece of a section.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part<'a> {
    /// Paragraphs and lists, as written.
    Words(&'a str),
    /// A fenced block.
    Code {
        /// What it is in: `yaml`, `diff`, or `text` for what a program says.
        language: &'a str,
        /// Its lines.
        text: &'a str,
    },
}

impl<'a> Text<'a> {
    /// Takes a text apart.
    #[must_use]
    pub fn parse(text: &'a str) -> Self {
        let mut sections = text.split("\n## ");
        let lead = sections.next().unwrap_or_default().trim();
        Self { lead, sections: sections.map(Section::parse).collect() }
    }

    /// The section under a heading.
    #[must_use]
    pub fn section(&self, title: &str) -> Option<&Section<'a>> {
        self.sections.iter().find(|section| section.title == title)
    }
}

impl<'a> Section<'a> {
    fn parse(text: &'a str) -> Self {
        let (title, mut rest) = text.split_once('\n').unwrap_or((text, ""));
        let mut parts = Vec::new();
        while let Some((words, language, code, after)) = next_code(rest) {
            push_words(&mut parts, words);
            parts.push(Part::Code { language, text: code });
            rest = after;
        }
        push_words(&mut parts, rest);
        Self { title: title.trim(), parts }
    }

    /// The blocks in a language.
    pub fn code(&self, wanted: &str) -> impl Iterator<Item = &'a str> {
        self.parts.iter().filter_map(move |part| match part {
            Part::Code { language, text } if *language == wanted => Some(*text),
            _ => None,
        })
    }
}

/// The next fenced block: what stands before it, its language, its lines, and what follows.
fn next_code(text: &str) -> Option<(&str, &str, &str, &str)> {
    let (words, rest) = text.split_once("```")?;
    let (language, rest) = rest.split_once('\n')?;
    let (code, after) = rest.split_once("```")?;
    Some((words, language, code, after))
}

fn push_words<'a>(parts: &mut Vec<Part<'a>>, words: &'a str) {
    let words = words.trim();
    if !words.is_empty() {
        parts.push(Part::Words(words));
    }
}

#[cfg(test)]
mod tests {
    use super::{Part, Text};

    #[test]
    fn a_text_is_taken_apart() {
        let text =
            Text::parse("Lead `x`.\n\n## Why\n\nOne.\n\n```yaml\na: 1\n```\n\nTwo.\n\n## Undo\n\nThree.\n");
        assert_eq!(text.lead, "Lead `x`.");
        let code = Part::Code { language: "yaml", text: "a: 1\n" };
        let parts: Vec<_> = text.sections.iter().map(|section| (section.title, &*section.parts)).collect();
        assert_eq!(
            parts,
            [
                ("Why", &[Part::Words("One."), code, Part::Words("Two.")][..]),
                ("Undo", &[Part::Words("Three.")]),
            ]
        );
        let why = text.section("Why").unwrap();
        assert_eq!(why.code("yaml").collect::<Vec<_>>(), ["a: 1\n"]);
        assert_eq!((why.code("diff").count(), text.section("Waive")), (0, None));
    }
}
