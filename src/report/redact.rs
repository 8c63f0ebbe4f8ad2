//! Masks what may be a secret in text of a user's file before it is shown or stored.
//!
//! Works on the text alone, because it is also used for files that could not be parsed. It would rather mask too
//! much than too little.

use std::borrow::Cow;

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
    shown(text, in_secret_block(source, line))
}

fn shown(text: &str, in_secret_block: bool) -> usize {
    let shown = outside(text);
    if in_secret_block { shown.min(inside(text)) } else { shown }
}

/// A sentence in which the password of an address is masked.
pub(super) fn sentence(text: &str) -> Cow<'_, str> {
    if !text.contains("://") {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.split_inclusive(' ').map(address).collect())
}

fn address(word: &str) -> String {
    let Some((scheme, rest)) = word.split_once("://") else { return word.to_owned() };
    let end = rest.find('/').unwrap_or(rest.len());
    let host = rest.get(..end).and_then(|host| host.rfind('@'));
    match host.and_then(|at| rest.get(at..)) {
        Some(host) => format!("{scheme}://{MASK}{host}"),
        None => word.to_owned(),
    }
}

/// A unified diff in which what may be a secret is masked, and whether anything was. `old` and `new` are the texts
/// that it is between.
pub(super) fn diff(diff: &str, old: &Source, new: &Source) -> (String, bool) {
    let (old_lines, new_lines) = (Blocks::of(old.text()), Blocks::of(new.text()));
    let mut at = (0, 0);
    let mut masked = String::with_capacity(diff.len());
    let mut any = false;
    for line in diff.split_inclusive('\n') {
        let secret = match line.as_bytes().first() {
            Some(b'@') => {
                at = starts(line).unwrap_or(at);
                None
            }
            Some(b' ') if at != (0, 0) => {
                at = (at.0 + 1, at.1 + 1);
                Some(old_lines.is_secret(at.0 - 1))
            }
            Some(b'-') if at != (0, 0) => {
                at.0 += 1;
                Some(old_lines.is_secret(at.0 - 1))
            }
            Some(b'+') if at != (0, 0) => {
                at.1 += 1;
                Some(new_lines.is_secret(at.1 - 1))
            }
            _ => None,
        };
        let (text, hides) = secret.map_or((line.into(), false), |secret| masked_line(line, secret));
        masked.push_str(&text);
        any |= hides;
    }
    (masked, any)
}

/// The first old and new line of a hunk, from 1.
fn starts(header: &str) -> Option<(usize, usize)> {
    let mut ranges = header.split(' ').skip(1).map(|range| range.get(1..)?.split(',').next()?.parse().ok());
    Some((ranges.next()??, ranges.next()??))
}

fn masked_line(line: &str, secret: bool) -> (Cow<'_, str>, bool) {
    let end = line.len() - line.trim_end_matches(['\n', '\r']).len();
    let (text, end) = line.split_at(line.len() - end);
    let Some((sign, text)) = text.split_at_checked(1) else { return (line.into(), false) };
    let clear = shown(text, secret);
    match (text.get(..clear), text.get(clear..)) {
        (Some(clear), Some(hidden)) if !hidden.trim().is_empty() => {
            let gap = if clear.is_empty() || clear.ends_with([' ', '=', '/']) { "" } else { " " };
            (format!("{sign}{clear}{gap}{MASK}{end}").into(), true)
        }
        _ => (line.into(), false),
    }
}

/// Which lines of a text are in a block of variables or secrets, found in one walk from its start.
struct Blocks(Vec<bool>);

impl Blocks {
    fn of(text: &str) -> Self {
        let mut open: Vec<(Line<'_>, bool)> = Vec::new();
        let mut secret = Vec::new();
        for line in text.split('\n').map(Line::of) {
            if line.is_empty {
                let around = open.iter().rev().find(|(above, _)| above.encloses(&line));
                secret.push(around.is_some_and(|(_, holds)| *holds));
                continue;
            }
            while open.last().is_some_and(|(above, _)| !above.encloses(&line)) {
                open.pop();
            }
            let inside = open.last().is_some_and(|(_, holds)| *holds);
            secret.push(inside);
            let holds = inside || line.holds_secrets();
            open.push((line, holds));
        }
        Self(secret)
    }

    /// Lines count from 1.
    fn is_secret(&self, line: usize) -> bool {
        self.0.get(line.wrapping_sub(1)).copied().unwrap_or(true)
    }
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
    use super::{Blocks, diff, in_secret_block, sentence, visible};
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
    fn one_walk_finds_what_looking_up_from_each_line_finds() {
        let text = "# a\nx-env: &e\n  A: 1\nservices:\n  db:\n    environment:\n    - A=1\n    # b\n    - B: >\n        deep\n\n    \
            args: [x]\n    image: x\n  web:\n    build:\n      args:\n        K: v\n    ports:\n      - 1\n  secrets_of: 1\n";
        let source = Source::new("compose.yml", text);
        let blocks = Blocks::of(text);
        for line in 1..=text.lines().count() {
            let is_empty = source.slice(source.line_span(line)).trim().is_empty();
            assert!(is_empty || blocks.is_secret(line) == in_secret_block(&source, line), "line {line}");
        }
    }

    #[test]
    fn a_diff_keeps_its_shape_and_hides_values() {
        let old = "services:\n  db:\n    image: x\n    environment:\n      A: hush\n";
        let new = format!("{old}    init: true\n");
        let patch = "--- a/c\n+++ b/c\n@@ -3,3 +3,4 @@\n     image: x\n     environment:\n       A: hush\n+    init: true\n";
        let (masked, any) = diff(patch, &Source::new("c", old), &Source::new("c", new));
        assert_eq!(masked, patch.replace("hush", "***"));
        assert!(any);
        let one = "{environment: {A: hush}}\n";
        let patch = "--- a/c\n+++ b/c\n@@ -1 +1 @@\n-{environment: {A: hush}}\n+{environment: {A: hush}, init: true}\n";
        let (masked, _) =
            diff(patch, &Source::new("c", one), &Source::new("c", "{environment: {A: hush}, init: true}\n"));
        assert!(!masked.contains("hush") && masked.lines().count() == 5, "{masked}");
    }

    #[test]
    fn passwords_in_sentences_are_masked() {
        assert_eq!(sentence("`redis://me:hush@db/0` is open"), "`redis://***@db/0` is open");
        assert_eq!(sentence("see http://host/a@b"), "see http://host/a@b");
    }

    #[test]
    fn ordinary_lines_are_shown_whole() {
        let text =
            "services:\n  db:\n    environment:\n      A: hush\n    mem_limit: lots\n  env:\n    image: x\n";
        assert_eq!(shown(text, 5), "    mem_limit: lots");
        assert_eq!(shown("services:\n  db:\n    image: postgres:16\n", 3), "    image: postgres:16");
    }
}
