//! Masks what may be a secret in a line of a user's file before it is shown.
//!
//! Works on the text alone, because it is also used for files that could not be parsed. It would rather mask too
//! much than too little.

use crate::source::Source;

/// What a masked text becomes.
pub(super) const MASK: &str = "***";

/// Bytes of a line from which on it may have been cut off.
pub(super) const LONG: usize = 400;

/// Words that a name with a secret contains.
const SECRET_WORDS: [&str; 12] = [
    "passw",
    "passphrase",
    "_pass",
    "requirepass",
    "pwd",
    "secret",
    "token",
    "api_key",
    "apikey",
    "_key",
    "credential",
    "environment",
];

/// How much of a line may be shown: the number of bytes from its start that do not belong to a secret. `text` is
/// the line, which may be cut off where it is not needed.
pub(super) fn visible(source: &Source, line: usize, text: &str) -> usize {
    let shown = outside(text);
    if in_secret_block(source, line) { shown.min(inside(text)) } else { shown }
}

/// In a line of an environment only the name is shown.
fn inside(text: &str) -> usize {
    let start = text.len() - text.trim_start_matches([' ', '-', '\t']).len();
    text.find(['=', ':']).map_or(start, |at| at + 1)
}

/// In any other line everything up to a value whose name or form speaks of a secret.
fn outside(text: &str) -> usize {
    let lower = text.to_ascii_lowercase();
    let named = SECRET_WORDS.iter().filter_map(|word| {
        let after = lower.find(word)? + word.len();
        let rest = lower.get(after..)?;
        rest.find([':', '=', ' ']).map(|at| after + at + 1)
    });
    // a password may follow even where the line is cut off before its `@`
    let is_cut = text.len() >= LONG;
    let address =
        lower.find("://").filter(|&at| is_cut || lower.get(at..).is_some_and(|rest| rest.contains('@')));
    let first = named.chain(address.map(|at| at + 3)).min();
    first.unwrap_or(text.len()).min(text.len())
}

/// Whether a key above the line, by indentation, holds variables or secrets.
fn in_secret_block(source: &Source, line: usize) -> bool {
    let text_of = |line: usize| source.slice(source.line_span(line));
    let mut below = Line::of(text_of(line));
    for above in (1..line).rev().map(|line| Line::of(text_of(line))) {
        if above.is_empty || !above.encloses(&below) {
            continue;
        }
        if above.holds_secrets() {
            return true;
        }
        if above.indent == 0 {
            return false;
        }
        below = above;
    }
    false
}

struct Line<'a> {
    indent: usize,
    is_item: bool,
    is_empty: bool,
    content: &'a str,
}

impl<'a> Line<'a> {
    fn of(text: &'a str) -> Self {
        let text = text.trim_start_matches('\u{feff}');
        let trimmed = text.trim_start();
        Self {
            indent: text.len() - trimmed.len(),
            is_item: trimmed.starts_with("- "),
            is_empty: trimmed.is_empty() || trimmed.starts_with('#'),
            content: trimmed.trim_start_matches(['-', ' ']),
        }
    }

    /// Whether the line below is in the block that this line opens; a list may be flush with its key.
    fn encloses(&self, below: &Self) -> bool {
        self.indent < below.indent || (self.indent == below.indent && below.is_item && !self.is_item)
    }

    fn holds_secrets(&self) -> bool {
        let key = self.content.split(':').next().unwrap_or_default();
        let key = key.trim_matches(['"', '\'', ' ']).to_ascii_lowercase();
        key == "args" || key.contains("env") || SECRET_WORDS.iter().any(|word| key.contains(word))
    }
}

#[cfg(test)]
mod tests {
    use super::visible;
    use crate::source::Source;

    fn shown(text: &str, line: usize) -> String {
        let source = Source::new("compose.yml", text);
        let text = source.slice(source.line_span(line));
        text.get(..visible(&source, line, text)).expect("a character boundary").to_owned()
    }

    #[test]
    fn values_of_an_environment_are_not_shown() {
        let map = "services:\n  db:\n    environment:\n      A: hush\n      # note\n      B: hush\n";
        assert_eq!(shown(map, 6), "      B:");
        let list = "services:\n  db:\n    environment:\n    - A=hush\n    - B=hush\n";
        assert_eq!(shown(list, 5), "    - B=");
        let folded = "services:\n  db:\n    environment:\n      A: >\n        hush\n";
        assert_eq!(shown(folded, 5), "        ");
        let args = "services:\n  db:\n    build:\n      args:\n        A: hush\n";
        assert_eq!(shown(args, 5), "        A:");
        assert_eq!(shown("x-env: &env\n  A: hush\n", 2), "  A:");
        assert_eq!(
            shown("{\"db\": {\"environment\": {\"A\": \"hush\"}}}\n", 1),
            "{\"db\": {\"environment\":"
        );
    }

    #[test]
    fn names_and_forms_of_secrets_are_masked_anywhere() {
        assert_eq!(
            shown("    command: redis-server --requirepass hush\n", 1),
            "    command: redis-server --requirepass "
        );
        assert_eq!(shown("  DB_PASSWORD: hush\n", 1), "  DB_PASSWORD:");
        assert_eq!(shown("    command: app postgres://me:hush@db/x\n", 1), "    command: app postgres://");
    }

    #[test]
    fn ordinary_lines_are_shown_whole() {
        let text =
            "services:\n  db:\n    environment:\n      A: hush\n    mem_limit: lots\n  env:\n    image: x\n";
        assert_eq!(shown(text, 5), "    mem_limit: lots");
        assert_eq!(shown("services:\n  db:\n    image: postgres:16\n", 3), "    image: postgres:16");
    }
}
