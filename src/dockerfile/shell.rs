//! The simple commands of a shell script on one line, each word with its bytes.
//!
//! Reads only what is a plain list of commands; a script with anything else, such as a condition or a command in
//! another, is none that may be edited.

use std::ops::Range;

/// A simple command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// Its words in order, with redirections.
    pub words: Vec<Word>,
    /// What comes between it and the next one; the end of the script has none.
    pub then: Option<Then>,
}

/// A word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// Without its quotes.
    pub text: String,
    /// Its bytes in the script.
    pub range: Range<usize>,
    /// Whether the shell does nothing with it but take away the quotes.
    pub plain: bool,
}

/// What comes between two commands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Then {
    /// `&&`
    And,
    /// `||`
    Or,
    /// `;`
    Always,
    /// `|`
    Pipe,
}

/// Words that make more of a script than a list of commands.
const COMPOUND: [&str; 17] = [
    "if", "then", "else", "elif", "fi", "for", "while", "until", "do", "done", "case", "esac", "{", "}", "!",
    "function", "[[",
];

impl Command {
    /// The word at an index; empty where there is none.
    #[must_use]
    pub fn word(&self, at: usize) -> &str {
        self.words.get(at).map_or("", |word| &word.text)
    }

    /// The program, without `sudo` and what is set for it alone, and the words after it.
    #[must_use]
    pub fn program(&self) -> &[Word] {
        let is_before = |word: &Word| word.text == "sudo" || is_assignment(&word.text);
        let first = self.words.iter().position(|word| !is_before(word)).unwrap_or(self.words.len());
        self.words.get(first..).unwrap_or_default()
    }
}

/// The commands of a script; `None` where it is more than a list of them.
#[must_use]
pub fn commands(script: &str) -> Option<Vec<Command>> {
    let mut reader = Reader { script, at: 0, commands: Vec::new(), words: Vec::new(), word: None };
    while let Some(c) = reader.peek() {
        reader.step(c)?;
    }
    reader.end_word();
    if !reader.words.is_empty() {
        reader.end_command(None)?;
    }
    let ends = reader.commands.last().is_some_and(|last| last.then.is_none());
    ends.then_some(reader.commands)
}

/// `NAME=value`
#[must_use]
pub fn is_assignment(word: &str) -> bool {
    word.split_once('=').is_some_and(|(name, _)| {
        !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    })
}

struct Reader<'s> {
    script: &'s str,
    at: usize,
    commands: Vec<Command>,
    words: Vec<Word>,
    word: Option<Word>,
}

impl Reader<'_> {
    fn rest(&self) -> &str {
        self.script.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn step(&mut self, c: char) -> Option<()> {
        match c {
            '\'' | '"' => return self.quoted(c),
            '\\' => {
                let next = self.rest().chars().nth(1)?;
                self.push(next, true, 1 + next.len_utf8());
            }
            '&' | '|' | ';' => return self.operator(),
            '(' | ')' | '`' | '\n' => return None,
            '<' if self.rest().starts_with("<<") => return None,
            '#' if self.word.is_none() => return None,
            '$' if self.rest().starts_with("$(") => return None,
            c if c.is_whitespace() => {
                self.end_word();
                self.at += c.len_utf8();
            }
            c => self.push(c, !matches!(c, '$' | '*' | '?' | '[' | ']' | '~' | '<' | '>'), c.len_utf8()),
        }
        Some(())
    }

    /// A part of a word, and how many bytes it takes.
    fn push(&mut self, c: char, plain: bool, length: usize) {
        let at = self.at;
        let new = Word { text: String::new(), range: at..at, plain: true };
        let word = self.word.get_or_insert(new);
        word.text.push(c);
        word.plain &= plain;
        word.range.end = at + length;
        self.at += length;
    }

    fn quoted(&mut self, quote: char) -> Option<()> {
        let at = self.at;
        let new = Word { text: String::new(), range: at..at, plain: true };
        self.word.get_or_insert(new);
        self.at += 1;
        while let Some(c) = self.peek() {
            if c == quote {
                self.at += 1;
                self.word.as_mut()?.range.end = self.at;
                return Some(());
            }
            match c {
                '`' if quote == '"' => return None,
                '$' if quote == '"' && self.rest().starts_with("$(") => return None,
                '\\' if quote == '"' => {
                    let next = self.rest().chars().nth(1)?;
                    if !matches!(next, '"' | '\\' | '$' | '`') {
                        self.push('\\', true, 1);
                        continue;
                    }
                    self.push(next, true, 2);
                }
                c => self.push(c, quote == '\'' || c != '$', c.len_utf8()),
            }
        }
        None
    }

    fn operator(&mut self) -> Option<()> {
        // `2>&1` and `&>file` are of the word
        if self.rest().starts_with('&')
            && self.word.as_ref().is_some_and(|word| word.text.ends_with(['>', '<']))
        {
            self.push('&', false, 1);
            return Some(());
        }
        self.end_word();
        let (then, length) = match self.rest() {
            rest if rest.starts_with("&&") => (Then::And, 2),
            rest if rest.starts_with("||") => (Then::Or, 2),
            rest if rest.starts_with(";;") || rest.starts_with("|&") => return None,
            rest if rest.starts_with(';') => (Then::Always, 1),
            rest if rest.starts_with('|') => (Then::Pipe, 1),
            _ => return None,
        };
        self.at += length;
        self.end_command(Some(then))
    }

    fn end_word(&mut self) {
        self.words.extend(self.word.take());
    }

    fn end_command(&mut self, then: Option<Then>) -> Option<()> {
        let words = std::mem::take(&mut self.words);
        let is_simple = words.first().is_some_and(|word| !COMPOUND.contains(&word.text.as_str()));
        is_simple.then(|| self.commands.push(Command { words, then }))
    }
}

#[cfg(test)]
mod tests {
    use super::commands;

    fn read(script: &str) -> Option<Vec<String>> {
        let commands = commands(script)?;
        for word in commands.iter().flat_map(|command| &command.words) {
            assert!(script.get(word.range.clone()).is_some_and(|text| !text.is_empty()), "{script}");
        }
        let word =
            |word: &super::Word| if word.plain { word.text.clone() } else { format!("~{}", word.text) };
        let show = |command: &super::Command| {
            let words: Vec<String> = command.words.iter().map(word).collect();
            words.join("_") + &command.then.map_or_else(String::new, |then| format!(" {then:?}"))
        };
        Some(commands.iter().map(show).collect())
    }

    #[test]
    fn lists_of_commands() {
        let cases = [
            (" a b && c ", vec!["a_b And", "c"]),
            ("set -eux; a | b || c", vec!["set_-eux Always", "a Pipe", "b Or", "c"]),
            ("a 'b  c' \"d e\" f\\ g \"\\n\"", vec!["a_b  c_d e_f g_\\n"]),
            ("rm -rf /x/* $HOME \"${A}\" '$B'", vec!["rm_-rf_~/x/*_~$HOME_~${A}_$B"]),
            ("a >/dev/null 2>&1 && b", vec!["a_~>/dev/null_~2>&1 And", "b"]),
            ("A=1 sudo b", vec!["A=1_sudo_b"]),
            ("echo a#b ''", vec!["echo_a#b_"]),
            ("a;b", vec!["a Always", "b"]),
        ];
        for (script, expected) in cases {
            assert_eq!(read(script).unwrap(), expected, "{script}");
        }
        let program = &commands("A=1 sudo b c").unwrap()[0];
        assert_eq!(program.program().iter().map(|word| word.text.as_str()).collect::<Vec<_>>(), ["b", "c"]);
    }

    #[test]
    fn whatever_is_more_is_left_alone() {
        for script in [
            "",
            "if a; then b; fi",
            "for x in y; do z; done",
            "(a)",
            "a $(b)",
            "a `b`",
            "{ a; }",
            "a &",
            "a;",
            "a # b",
            "cat <<EOF",
            "a \"b",
            "a 'b",
            "! a",
            "&& a",
            "a && ",
            "a \"$(b)\"",
        ] {
            assert_eq!(commands(script), None, "{script}");
        }
    }
}
