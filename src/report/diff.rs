//! A unified diff of one proven file, as `git apply` takes it.
//!
//! The edits are known, so nothing is searched in the whole file: each edit is widened to whole lines, and only
//! that small window is compared. The cost grows with the size of the file and of the edits, never with their
//! product.

use std::fmt::Write as _;
use std::ops::Range;

use similar::{Algorithm, DiffOp};

use crate::edit::Edit;
use crate::source::{Source, Span};
use crate::verify::Verified;

/// Unchanged lines shown around a change.
const CONTEXT: usize = 3;

const NO_NEWLINE: &str = "\\ No newline at end of file\n";

/// The unified diff from the original file to the proven text; empty when nothing changes.
#[must_use]
pub fn unified(source: &Source, verified: &Verified) -> String {
    from_edits(source, verified.edits())
}

/// Neighbouring old lines that become other lines.
#[derive(Debug)]
struct Block {
    /// Old lines, counted from 0.
    old: Range<usize>,
    /// The new lines, each with its line break.
    new: Vec<String>,
}

/// Whole old lines and the text that replaces them.
struct Window {
    old: Range<usize>,
    new: String,
}

/// The lines of the original, counted from 0, each with its line break. Only `\n` ends a line, as for git.
struct Lines<'a> {
    source: &'a Source,
    count: usize,
}

/// The same from single edits, in the order of the text.
pub(super) fn from_edits(source: &Source, edits: &[Edit]) -> String {
    let lines = Lines::new(source);
    let blocks: Vec<Block> =
        windows(&lines, edits).iter().flat_map(|window| compare(&lines, window)).collect();
    if blocks.is_empty() {
        return String::new();
    }
    let mut out = header(source);
    let mut shift = Shift::default();
    for hunk in blocks.chunk_by(|left, right| right.old.start - left.old.end <= 2 * CONTEXT) {
        push_hunk(&mut out, &lines, hunk, &mut shift);
    }
    out
}

impl<'a> Lines<'a> {
    fn new(source: &'a Source) -> Self {
        let text = source.text();
        let last = source.line(Span::new(text.len(), 0).start);
        let count = if text.is_empty() || text.ends_with('\n') { last - 1 } else { last };
        Self { source, count }
    }

    /// The line that a byte offset is in; the line after the last one at the end of a text that ends in `\n`.
    fn at(&self, offset: u32) -> usize {
        self.source.line(offset) - 1
    }

    fn start(&self, line: usize) -> usize {
        self.source.line_span(line + 1).range().start
    }

    fn get(&self, line: usize) -> &'a str {
        self.source.slice(Span::new(self.start(line), self.start(line + 1)))
    }
}

/// Widens the edits to whole lines; edits that share a line share a window.
fn windows(lines: &Lines<'_>, edits: &[Edit]) -> Vec<Window> {
    let mut windows = Vec::new();
    let mut rest = edits;
    while let Some(first) = rest.first() {
        let start = lines.at(first.span.start);
        let mut end = end_line(lines, first);
        let mut shared = 1;
        while let Some(next) = rest.get(shared).filter(|next| lines.at(next.span.start) < end) {
            end = end.max(end_line(lines, next));
            shared += 1;
        }
        let (window, others) = rest.split_at(shared.min(rest.len()));
        windows.push(Window { old: start..end, new: replaced(lines, start..end, window) });
        rest = others;
    }
    windows
}

/// The line after the last one that an edit touches. Whole lines put in or taken out leave the next line alone.
fn end_line(lines: &Lines<'_>, edit: &Edit) -> usize {
    let line = lines.at(edit.span.end);
    let is_start = |offset: u32| lines.start(lines.at(offset)) == offset as usize;
    let whole = edit.text.ends_with('\n') || (edit.text.is_empty() && is_start(edit.span.start));
    if whole && is_start(edit.span.end) { line } else { (line + 1).min(lines.count) }
}

/// The old lines with the edits made.
fn replaced(lines: &Lines<'_>, old: Range<usize>, edits: &[Edit]) -> String {
    let mut new = String::new();
    let mut at = lines.start(old.start);
    for edit in edits {
        new.push_str(lines.source.slice(Span::new(at, edit.span.start as usize)));
        new.push_str(&edit.text);
        at = edit.span.end as usize;
    }
    new.push_str(lines.source.slice(Span::new(at, lines.start(old.end).max(at))));
    new
}

/// What really differs in a window.
fn compare(lines: &Lines<'_>, window: &Window) -> Vec<Block> {
    let old: Vec<&str> = window.old.clone().map(|line| lines.get(line)).collect();
    let new: Vec<&str> = window.new.split_inclusive('\n').collect();
    let operations = similar::capture_diff_slices(Algorithm::Myers, &old, &new);
    let changes = operations.iter().filter(|operation| !matches!(operation, DiffOp::Equal { .. }));
    changes
        .map(|operation| {
            let (from, to) = (operation.old_range(), operation.new_range());
            let to = new.get(to).unwrap_or_default();
            Block {
                old: window.old.start + from.start..window.old.start + from.end,
                new: to.iter().map(|&line| line.to_owned()).collect(),
            }
        })
        .collect()
}

/// How many lines the hunks so far have added and removed.
#[derive(Default)]
struct Shift {
    added: usize,
    removed: usize,
}

fn push_hunk(out: &mut String, lines: &Lines<'_>, blocks: &[Block], shift: &mut Shift) {
    let (Some(first), Some(last)) = (blocks.first(), blocks.last()) else { return };
    let old = first.old.start.saturating_sub(CONTEXT)..(last.old.end + CONTEXT).min(lines.count);
    let added: usize = blocks.iter().map(|block| block.new.len()).sum();
    let removed: usize = blocks.iter().map(|block| block.old.len()).sum();
    let new_start = old.start + shift.added - shift.removed;
    let ranges = (range(old.start, old.len()), range(new_start, old.len() + added - removed));
    let _ = writeln!(out, "@@ -{} +{} @@", ranges.0, ranges.1);
    let mut at = old.start;
    for block in blocks {
        (at..block.old.start).for_each(|line| push_line(out, ' ', lines.get(line)));
        block.old.clone().for_each(|line| push_line(out, '-', lines.get(line)));
        block.new.iter().for_each(|line| push_line(out, '+', line));
        at = block.old.end;
    }
    (at..old.end).for_each(|line| push_line(out, ' ', lines.get(line)));
    shift.added += added;
    shift.removed += removed;
}

/// A range of a hunk header: an empty one names the line before it, a single line has no length.
fn range(start: usize, len: usize) -> String {
    match len {
        0 => format!("{start},0"),
        1 => (start + 1).to_string(),
        _ => format!("{},{len}", start + 1),
    }
}

fn push_line(out: &mut String, sign: char, line: &str) {
    out.push(sign);
    out.push_str(line);
    if !line.ends_with('\n') {
        out.push('\n');
        out.push_str(NO_NEWLINE);
    }
}

fn header(source: &Source) -> String {
    let name = source.name().as_os_str().as_encoded_bytes();
    let name = if name == b"-" { b"stdin" } else { relative(name) };
    let of = |side: &[u8]| quoted(&[side, name].concat());
    let old = if source.is_absent() { "/dev/null".to_owned() } else { of(b"a/") };
    format!("--- {old}\n+++ {}\n", of(b"b/"))
}

/// A name without the `./` or the `/` in front.
fn relative(mut name: &[u8]) -> &[u8] {
    while let Some(rest) = name.strip_prefix(b"./").or_else(|| name.strip_prefix(b"/")) {
        name = rest;
    }
    name
}

/// A name as git writes it: in quotes when it holds a quote, a backslash, a control character or bytes that are not
/// UTF-8; with a tab after it when it holds a space.
fn quoted(name: &[u8]) -> String {
    let plain = str::from_utf8(name).ok();
    if let Some(name) = plain.filter(|name| !name.contains(|c: char| c.is_control() || c == '"' || c == '\\'))
    {
        return if name.contains(' ') { format!("{name}\t") } else { name.to_owned() };
    }
    let mut quoted = String::from('"');
    for chunk in name.utf8_chunks() {
        chunk.valid().chars().for_each(|c| push_quoted(&mut quoted, c));
        chunk.invalid().iter().for_each(|byte| push_octal(&mut quoted, (*byte).into()));
    }
    quoted.push('"');
    quoted
}

fn push_quoted(quoted: &mut String, c: char) {
    match c {
        '"' | '\\' => quoted.extend(['\\', c]),
        '\n' => quoted.push_str("\\n"),
        '\t' => quoted.push_str("\\t"),
        c if c.is_ascii_control() => push_octal(quoted, c.into()),
        c => quoted.push(c),
    }
}

fn push_octal(quoted: &mut String, byte: u32) {
    let _ = write!(quoted, "\\{byte:03o}");
}

#[cfg(test)]
mod tests {
    use super::from_edits;
    use crate::edit::Edit;
    use crate::source::{Source, Span};

    fn edit(start: usize, end: usize, text: &str) -> Edit {
        Edit { span: Span::new(start, end), text: text.to_owned() }
    }

    fn apply(text: &str, edits: &[Edit]) -> String {
        edits.iter().rev().fold(text.to_owned(), |mut text, edit| {
            text.replace_range(edit.span.range(), &edit.text);
            text
        })
    }

    fn diff(text: &str, edits: &[Edit]) -> String {
        from_edits(&Source::new("compose.yml", text), edits)
    }

    /// What `similar` makes of the whole files.
    fn whole(text: &str, edits: &[Edit]) -> String {
        let new = apply(text, edits);
        let (old, new): (Vec<&str>, Vec<&str>) =
            (text.split_inclusive('\n').collect(), new.split_inclusive('\n').collect());
        let diff = similar::TextDiff::configure().newline_terminated(true).diff_slices(&old, &new);
        diff.unified_diff().header("a/compose.yml", "b/compose.yml").to_string()
    }

    const TWELVE: &str = "a: 1\nb: 2\nc: 3\nd: 4\ne: 5\nf: 6\ng: 7\nh: 8\ni: 9\nj: 10\nk: 11\nl: 12\n";

    #[test]
    fn agrees_with_a_diff_of_the_whole_file() {
        let cases: &[(&str, Vec<Edit>)] = &[
            (TWELVE, vec![edit(10, 10, "new: x\n")]),
            (TWELVE, vec![edit(9, 9, "\nnew: x")]),
            (TWELVE, vec![edit(3, 4, "one"), edit(10, 10, "x: y\n"), edit(60, 62, "twelve")]),
            (TWELVE, vec![edit(0, 10, "")]),
            (TWELVE, vec![edit(4, 9, "")]),
            (TWELVE, vec![edit(TWELVE.len(), TWELVE.len(), "m: 13\n")]),
            (TWELVE, vec![edit(TWELVE.len(), TWELVE.len(), "m: 13")]),
            ("a: 1\nb: 2", vec![edit(9, 9, "\nc: 3")]),
            ("a: 1\nb: 2", vec![edit(0, 0, "z: 0\n")]),
            ("a: 1\nb: 2", vec![edit(3, 4, "2")]),
            ("a: 1\r\nb: 2\r\n", vec![edit(6, 6, "x: 9\r\n")]),
            ("\u{feff}a: 1\nb: 2\n", vec![edit(7, 8, "\n  c: 2\n")]),
            ("", vec![edit(0, 0, "a: 1\n")]),
        ];
        for (text, edits) in cases {
            assert_eq!(diff(text, edits), whole(text, edits), "{text:?} {edits:?}");
        }
    }

    #[test]
    fn changes_far_apart_are_hunks_of_their_own() {
        let patch = diff(TWELVE, &[edit(0, 0, "x: 0\n"), edit(3, 4, "one"), edit(60, 62, "twelve")]);
        assert_eq!(patch.matches("@@ -").count(), 2, "{patch}");
        assert!(patch.contains("@@ -9,4 +10,4 @@"), "{patch}");
    }

    #[test]
    fn nothing_changed_is_no_diff() {
        assert_eq!(diff(TWELVE, &[]), "");
        assert_eq!(diff(TWELVE, &[edit(3, 4, "1")]), "");
    }

    #[test]
    fn names_are_written_as_git_reads_them() {
        let header = |name: &str| super::header(&Source::new(name, "")).lines().next().map(str::to_owned);
        assert_eq!(header("./web/compose.yml").as_deref(), Some("--- a/web/compose.yml"));
        assert_eq!(header("/srv/compose.yml").as_deref(), Some("--- a/srv/compose.yml"));
        assert_eq!(header("-").as_deref(), Some("--- a/stdin"));
        assert_eq!(header("my stack.yml").as_deref(), Some("--- a/my stack.yml\t"));
        assert_eq!(header("a\"\n.yml").as_deref(), Some("--- \"a/a\\\"\\n.yml\""));
    }

    #[test]
    fn a_new_file_comes_from_nothing() {
        let patch = from_edits(&Source::absent("o.yml"), &[edit(0, 0, "a: 1\nb: 2\n")]);
        assert_eq!(patch, "--- /dev/null\n+++ b/o.yml\n@@ -0,0 +1,2 @@\n+a: 1\n+b: 2\n");
    }

    #[test]
    fn ten_thousand_services_take_no_quadratic_time() {
        let service = "  s:\n    image: x\n    restart: always\n    ports: []\n";
        let text = service.repeat(10_000);
        let edits: Vec<Edit> = (1..=10_000)
            .map(|at| edit(at * service.len(), at * service.len(), "    init: true\n    cap_drop: [ALL]\n"))
            .collect();
        let start = std::time::Instant::now();
        let patch = diff(&text, &edits);
        assert_eq!(patch.matches("\n+").count(), 20_001, "two lines each and the header");
        assert!(start.elapsed().as_secs() < 5, "{:?}", start.elapsed());
    }
}
