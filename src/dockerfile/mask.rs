//! Makes a text ready for the parser, which does not know all that builders accept.
//!
//! Every replacement is as long as what it replaces, so that the parser's spans hold for the text as written.

use std::ops::Range;

/// Here-documents that are looked for: each costs a look at the rest of the text.
const MOST: usize = 100;

/// A text the parser takes, and where the here-documents are that it must not see.
pub(crate) struct Masked {
    /// The text.
    pub(crate) text: String,
    /// The bodies of here-documents that do not begin their instruction, as in `RUN cat <<EOF > file`.
    pub(crate) bodies: Vec<Range<usize>>,
}

/// Masks a text.
pub(crate) fn mask(text: &str) -> Masked {
    let mut masked = Masked { text: String::with_capacity(text.len()), bodies: Vec::new() };
    let mut lines = text.split_inclusive('\n');
    let mut continued = false;
    while let Some(line) = lines.next() {
        let first = if continued { "" } else { instruction(line) };
        continued = line.trim_end().ends_with('\\');
        match first {
            "ENTRYPOINT" | "CMD" if is_empty_list(line) => masked.text.push_str(&line.replace("[]", "\"\"")),
            "RUN" => {
                masked.text.push_str(line);
                let (is_known, delimiters) = delimiters(line);
                for (at, delimiter) in delimiters.iter().enumerate() {
                    if masked.bodies.len() > MOST {
                        break;
                    }
                    let rest = text.get(masked.text.len()..).unwrap_or_default();
                    let body = lines.by_ref().take(body(rest, delimiter));
                    if at == 0 && is_known { masked.text.extend(body) } else { masked.hide(body) }
                }
            }
            _ => masked.text.push_str(line),
        }
    }
    masked
}

impl Masked {
    /// Makes comments of lines.
    fn hide<'a>(&mut self, lines: impl Iterator<Item = &'a str>) {
        let start = self.text.len();
        for line in lines {
            let (content, end) = line.strip_suffix('\n').map_or((line, ""), |content| (content, "\n"));
            self.text.push_str(&"#".repeat(content.len()));
            self.text.push_str(end);
        }
        self.bodies.push(start..self.text.len());
    }
}

fn instruction(line: &str) -> &str {
    let word = line.split_whitespace().next().unwrap_or_default();
    ["ENTRYPOINT", "CMD", "RUN"].into_iter().find(|name| word.eq_ignore_ascii_case(name)).unwrap_or_default()
}

/// `ENTRYPOINT []` takes away what the base image has.
fn is_empty_list(line: &str) -> bool {
    line.split_whitespace().nth(1) == Some("[]") && line.split_whitespace().nth(2).is_none()
}

/// The words after `<<`, and whether the parser knows the first one: it does where the instruction begins with it.
fn delimiters(line: &str) -> (bool, Vec<String>) {
    let mut words = line.split_whitespace().skip(1).skip_while(|word| word.starts_with("--"));
    let is_known = words.next().is_none_or(|word| word.starts_with("<<"));
    let mut after = line.split("<<").skip(1).map(delimiter).peekable();
    if is_known && after.peek().is_none_or(Option::is_none) {
        return (true, Vec::new());
    }
    (is_known, after.flatten().collect())
}

fn delimiter(after: &str) -> Option<String> {
    let after = after.strip_prefix('-').unwrap_or(after);
    let word = after.trim_start_matches(['"', '\'']);
    let word: String = word.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
    word.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_').then_some(word)
}

/// How many lines a body has with its delimiter; none when it is never closed.
fn body(text: &str, delimiter: &str) -> usize {
    text.lines().position(|line| line.trim_start_matches('\t') == delimiter).map_or(0, |at| at + 1)
}

#[cfg(test)]
mod tests {
    use super::mask;

    #[test]
    fn nothing_moves() {
        let text = "FROM a\nRUN cat <<EOF > /x && sh <<'E2'\nb\n\nEOF\nc\nE2\nENTRYPOINT []\nRUN <<EOF\nd\nEOF\nRUN a << 1\n";
        let masked = mask(text);
        assert_eq!(
            masked.text,
            "FROM a\nRUN cat <<EOF > /x && sh <<'E2'\n#\n\n###\n#\n##\nENTRYPOINT \"\"\nRUN <<EOF\nd\nEOF\nRUN a << 1\n"
        );
        let bodies: Vec<&str> = masked.bodies.iter().map(|body| text.get(body.clone()).unwrap()).collect();
        assert_eq!(bodies, ["b\n\nEOF\n", "c\nE2\n"]);
    }

    #[test]
    fn the_second_of_two_is_hidden() {
        let text = "FROM a\nRUN <<-A cat > /x && <<B cat > /y\n\tone\n\tA\ntwo\nB\nUSER c\n";
        let masked = mask(text);
        assert_eq!(masked.text, text.replace("two\nB\n", "###\n#\n"));
        assert_eq!(masked.bodies.len(), 1);
    }

    #[test]
    fn what_is_never_closed_is_left() {
        let text = "FROM a\nRUN cat <<EOF\nUSER b";
        assert_eq!(mask(text).text, text);
        assert_eq!(mask("").text, "");
    }
}
