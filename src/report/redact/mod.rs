//! Masks what may be a secret in text of a user's file before it is shown or stored.
//!
//! Works on the text alone, because it is also used for files that could not be parsed. It would rather mask too
//! much than too little.

mod line;

use std::borrow::Cow;
use std::cell::OnceCell;

use crate::edit::Edit;
use crate::plan::Proposal;
use crate::source::{Place, Source, Span};
use crate::verify::Verified;
use line::{Below, Line, shown};

/// What a masked text becomes.
pub(super) const MASK: &str = "***";

/// Bytes of a line from which on it may have been cut off.
pub(super) const LONG: usize = 400;

/// Lines of a place that are looked at.
const MOST_LINES: usize = 50;

/// How much of a line may be shown: the number of bytes from its start that do not belong to a secret. `text` is
/// the line, which may be cut off where it is not needed.
pub(super) fn visible(source: &Source, line: usize, text: &str) -> usize {
    let end = source.line_span(line).range().end;
    let above = source.text().get(..end).unwrap_or_default();
    shown(text, Blocks::of(above.trim_end_matches('\n')).around(line))
}

/// Masks messages about places: names and values that the lines of the place hold where they may not be shown, and the
/// password of an address.
pub(crate) struct Masks<'a> {
    sources: &'a [Source],
    /// By file; each is walked once, however much is said of it.
    blocks: Vec<OnceCell<Blocks>>,
}

impl<'a> Masks<'a> {
    pub(crate) fn new(sources: &'a [Source]) -> Self {
        Self { sources, blocks: sources.iter().map(|_| OnceCell::new()).collect() }
    }

    pub(crate) fn sources(&self) -> &'a [Source] {
        self.sources
    }

    pub(super) fn message(&self, text: &str, place: Option<Place>) -> String {
        let text = sentence(text);
        match place.filter(|_| text.contains('`')).and_then(|place| self.halves(place)) {
            Some((clear, hidden)) if !hidden.trim().is_empty() => masked(&text, &clear, &hidden),
            _ => text.into_owned(),
        }
    }

    /// The help of a message; none where it would tell of another value like one that was masked.
    pub(super) fn help(&self, text: &str, help: &str, place: Option<Place>) -> Option<String> {
        let tells = help.starts_with("did you mean") && self.message(text, place) != text;
        (!tells).then(|| self.message(help, place))
    }

    /// What may be shown of the lines of a place, and what may not.
    fn halves(&self, place: Place) -> Option<(String, String)> {
        let file = usize::from(place.file.0);
        let (source, blocks) = (self.sources.get(file)?, self.blocks.get(file)?);
        let blocks = blocks.get_or_init(|| Blocks::of(source.text()));
        let (mut clear, mut hidden) = (String::new(), String::new());
        let last = source.line(place.span.end);
        for line in (source.line(place.span.start)..=last).take(MOST_LINES) {
            let text = source.slice(source.line_span(line));
            let (open, rest) = text.split_at_checked(shown(text, blocks.around(line)))?;
            clear = clear + open + "\n";
            hidden = hidden + rest + "\n";
        }
        Some((clear, hidden))
    }
}

/// The parts in backticks are names and values; what a file says itself comes after a colon.
fn masked(text: &str, clear: &str, hidden: &str) -> String {
    let parts = text.split('`').enumerate().map(|(at, part)| match (at % 2, part.split_once(": ")) {
        (1, _) if hides(clear, hidden, part) => MASK.to_owned(),
        (0, Some((before, said))) if hides(clear, hidden, said) => format!("{before}: {MASK}"),
        _ => part.to_owned(),
    });
    parts.collect::<Vec<_>>().join("`")
}

/// Whether a part of a message is what may not be shown, apart from signs around it.
fn hides(clear: &str, hidden: &str, part: &str) -> bool {
    let bare = part.trim_matches(|c: char| !c.is_alphanumeric());
    !bare.is_empty() && hidden.contains(bare) && !clear.contains(bare)
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

/// The unified diff of a file for programs: what may be a secret is masked in it. And whether anything was, so that it
/// cannot be applied.
pub(crate) fn unified(source: &Source, new: &Verified) -> (String, bool) {
    diff(&super::diff::unified(source, new), source, &Source::new("", new.text()))
}

/// The unified diff from a file to what a person might make of it, with what may be a secret masked; nothing where the
/// file is not at hand.
pub(super) fn proposal(sources: &[Source], proposal: &Proposal) -> Option<String> {
    let source = sources.get(usize::from(proposal.file.0))?;
    let end = u32::try_from(source.text().len()).ok()?;
    let all = Edit { span: Span { start: 0, end }, text: proposal.text.clone() };
    let (diff, _) = diff(&super::diff::from_edits(source, &[all]), source, &Source::new("", &*proposal.text));
    (!diff.is_empty()).then_some(diff)
}

/// A unified diff in which what may be a secret is masked, and whether anything was. `old` and `new` are the texts
/// that it is between.
pub(super) fn diff(diff: &str, old: &Source, new: &Source) -> (String, bool) {
    let (old_lines, new_lines) = (Blocks::of(old.text()), Blocks::of(new.text()));
    let mut at = (0, 0);
    let mut masked = String::with_capacity(diff.len());
    let mut any = false;
    for line in diff.split_inclusive('\n') {
        let around = match line.as_bytes().first() {
            Some(b'@') => {
                at = starts(line).unwrap_or(at);
                None
            }
            Some(b' ') if at != (0, 0) => {
                at = (at.0 + 1, at.1 + 1);
                Some(old_lines.around(at.0 - 1))
            }
            Some(b'-') if at != (0, 0) => {
                at.0 += 1;
                Some(old_lines.around(at.0 - 1))
            }
            Some(b'+') if at != (0, 0) => {
                at.1 += 1;
                Some(new_lines.around(at.1 - 1))
            }
            _ => None,
        };
        let (text, hides) = around.map_or((line.into(), false), |around| masked_line(line, around));
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

fn masked_line(line: &str, around: Below) -> (Cow<'_, str>, bool) {
    let end = line.len() - line.trim_end_matches(['\n', '\r']).len();
    let (text, end) = line.split_at(line.len() - end);
    let Some((sign, text)) = text.split_at_checked(1) else { return (line.into(), false) };
    let clear = shown(text, around);
    match (text.get(..clear), text.get(clear..)) {
        (Some(clear), Some(hidden)) if !hidden.trim().is_empty() => {
            let gap = if clear.is_empty() || clear.ends_with([' ', '=', '/']) { "" } else { " " };
            (format!("{sign}{clear}{gap}{MASK}{end}").into(), true)
        }
        _ => (line.into(), false),
    }
}

/// What encloses each line of a text, found in one walk from its start.
struct Blocks(Vec<Below>);

impl Blocks {
    fn of(text: &str) -> Self {
        let mut open: Vec<(Line<'_>, Below)> = Vec::new();
        let mut around = Vec::new();
        for line in text.split('\n').map(Line::of) {
            if line.is_empty {
                let above = open.iter().rev().find(|(above, _)| above.encloses(&line));
                around.push(above.map_or(Below::Plain, |(_, opens)| *opens));
                continue;
            }
            while open.last().is_some_and(|(above, _)| !above.encloses(&line)) {
                open.pop();
            }
            let outer = open.last().map_or(Below::Plain, |(_, opens)| *opens);
            around.push(outer);
            let opens = line.opens(outer);
            open.push((line, opens));
        }
        Self(around)
    }

    /// Lines count from 1.
    fn around(&self, line: usize) -> Below {
        self.0.get(line.wrapping_sub(1)).copied().unwrap_or(Below::Text)
    }
}

#[cfg(test)]
mod tests {
    use super::{Masks, diff, sentence, visible};
    use crate::source::{FileId, Place, Source, Span};

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
            shown("    note: redis-server --requirepass hush\n", 1),
            "    note: redis-server --requirepass "
        );
        assert_eq!(shown("  DB_PASSWORD: hush\n", 1), "  DB_PASSWORD:");
        assert_eq!(shown("    note: app postgres://me:hush@db/x\n", 1), "    note: app postgres://");
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
    fn messages_do_not_repeat_what_their_lines_hide() {
        let said = |text: &str, at: &str, message: &str| {
            let source = [Source::new("compose.yml", text)];
            let start = text.find(at).expect("a part of the text");
            let place = Place { file: FileId(0), span: Span::new(start, start + at.len()) };
            Masks::new(&source).message(message, Some(place))
        };
        let text = "services:\n  db:\n    environment:\n      A: *hush\n    mem_limit: *base\n";
        assert_eq!(said(text, "*hush", "unknown alias `*hush` in `A`"), "unknown alias `***` in `A`");
        assert_eq!(said(text, "*base", "unknown alias `*base`"), "unknown alias `*base`");
        assert_eq!(said(text, "*base", "`redis://me:hush@db` is odd"), "`redis://***@db` is odd");
    }

    #[test]
    fn free_text_is_not_shown() {
        let block = "services:\n  a:\n    command: |\n      x=hush\n      hush: 1\n    image: x\n";
        assert_eq!(shown(block, 4), "      ");
        assert_eq!(shown(block, 5), "      ");
        assert_eq!(shown(block, 6), "    image: x");
        let list = "services:\n  a:\n    entrypoint:\n    - hush\n    image: x\n";
        assert_eq!(shown(list, 4), "    - ");
        assert_eq!(shown(list, 5), "    image: x");
        assert_eq!(shown("    command: [hush]\n", 1), "    command:");
        assert_eq!(shown("    image: example/command:1\n", 1), "    image: example/command:1");
        assert_eq!(shown("a: {test: hush}\n", 1), "a: {test:");
        assert_eq!(shown("    enviroment: {A: hush}\n", 1), "    enviroment:");
        assert_eq!(shown("    context: .\n", 1), "    context: .");
        let more = "services:\n  a:\n    environment:\n      A: \"x\n        hush=x\"\n      B: >-\n        MIIhush=\n";
        assert_eq!((shown(more, 5), shown(more, 7)), ("        ".to_owned(), "        ".to_owned()));
    }

    #[test]
    fn extensions_show_only_what_hardening_is_about() {
        let text = "x-a: &a\n  init: true\n  note: hush\n  deep:\n    pin: hush\n  cap_drop:\n  - ALL\nx-b: hush\n\
            services:\n  a:\n    x-c: hush\n    image: x-d:1\n";
        let lines =
            ["x-a: &a", "  init: true", "  note:", "  deep:", "    pin:", "  cap_drop:", "  - ALL", "x-b:"];
        for (line, expected) in (1..).zip(lines) {
            assert_eq!(shown(text, line), expected);
        }
        assert_eq!(shown(text, 11), "    x-c:");
        assert_eq!(shown(text, 12), "    image: x-d:1");
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
