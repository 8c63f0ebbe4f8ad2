//! Where new lines go: after the last line of what something contains, and past what else belongs to it.
//!
//! Content ends at its last descendant's line, with the comment on it. Blank lines that a block scalar keeps
//! are content; commented-out keys right below belong to the mapping; what introduces the next thing does not.

use std::borrow::Cow;

use super::lines::{Lines, indent_of};
use crate::yaml::{Kind, Layout, NodeId, Quoting, Tree};

/// Where whole lines are inserted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Spot {
    /// At the end of a line, before its line break.
    After(usize),
    /// At the start of a line.
    Before(usize),
}

impl Spot {
    /// The offset of the insertion.
    pub(super) fn offset(self) -> usize {
        match self {
            Self::After(at) | Self::Before(at) => at,
        }
    }

    /// Whole lines as the bytes to insert.
    pub(super) fn text(self, lines: Lines<'_>, new: &str) -> String {
        let new = match self {
            Self::After(_) => Cow::Owned(format!("\n{}", new.trim_end_matches('\n'))),
            Self::Before(_) => Cow::Borrowed(new),
        };
        with_breaks(&new, lines.line_break(self.offset()))
    }
}

/// A text of lines that end with `\n`, with the line breaks that it is to have.
pub(super) fn with_breaks(text: &str, line_break: &str) -> String {
    if line_break == "\n" { text.to_owned() } else { text.replace('\n', line_break) }
}

/// The end of a block mapping, past the commented-out keys that belong to it.
pub(super) fn end_of(tree: &Tree, mapping: NodeId) -> Option<Spot> {
    let lines = Lines::new(tree.source(tree.node(mapping).file));
    let indent = indent(tree, mapping);
    match after(tree, mapping) {
        Some(at) => Some(Spot::After(past_own_comments(lines, at, indent))),
        None => before_last(tree, mapping),
    }
}

/// The column at which the keys of a block mapping, or the dashes of a block sequence, stand.
pub(super) fn indent(tree: &Tree, id: NodeId) -> usize {
    let node = tree.node(id);
    Lines::new(tree.source(node.file)).column(node.span.range().start)
}

/// The end of the last line of a node's content; `None` where a line break would become part of its value.
pub(super) fn after(tree: &Tree, id: NodeId) -> Option<usize> {
    let node = tree.node(id);
    let lines = Lines::new(tree.source(node.file));
    let end = lines.end(tree.outer_span(id).range().end);
    let leaf = last_leaf(tree, id);
    if !matches!(tree.node(leaf).kind, Kind::Scalar { style: Quoting::Literal | Quoting::Folded, .. }) {
        return Some(end);
    }
    let chomping = chomping(lines, tree.node(leaf).span.range().start);
    let at = past_scalar_lines(lines, end, chomping == Some('+'), indent_of(lines.line(end)));
    (chomping == Some('-') || at < lines.len()).then_some(at)
}

/// `+` or `-` in the header of a block scalar.
fn chomping(lines: Lines<'_>, header: usize) -> Option<char> {
    let indicators = lines.slice(header, lines.end(header)).chars().skip(1);
    indicators.take_while(|char| !char.is_whitespace()).find(|char| matches!(char, '+' | '-'))
}

/// The node that ends a block collection.
fn last_leaf(tree: &Tree, id: NodeId) -> NodeId {
    let last = match &tree.node(id).kind {
        Kind::Mapping { layout: Layout::Block, entries } => entries.last().map(|entry| entry.value),
        Kind::Sequence { layout: Layout::Block, items } => items.last().map(|item| item.node),
        _ => None,
    };
    last.map_or(id, |last| last_leaf(tree, last))
}

/// Passes the blank lines that are part of a block scalar: all of them when it keeps them, else those with
/// blanks of their own.
fn past_scalar_lines(lines: Lines<'_>, from: usize, keeps: bool, indent: usize) -> usize {
    let mut end = from;
    let mut at = from;
    while let Some(next) = lines.next(at) {
        let line = lines.line(next);
        if !line.trim().is_empty() {
            break;
        }
        at = lines.end(next);
        if keeps || line.len() > indent {
            end = at;
        }
    }
    end
}

/// Passes comment lines right below that are indented like the mapping's keys or deeper.
fn past_own_comments(lines: Lines<'_>, from: usize, indent: usize) -> usize {
    let mut end = from;
    let mut is_code = false;
    let mut at = from;
    while let Some(next) = lines.next(at) {
        let line = lines.line(next);
        at = lines.end(next);
        match belongs(line, indent) {
            Comment::Own => end = at,
            Comment::Shifted { code } => {
                is_code |= code;
                if is_code {
                    end = at;
                }
            }
            Comment::Other => break,
        }
    }
    end
}

/// Whose a line below a mapping is.
enum Comment {
    /// A comment of the mapping.
    Own,
    /// A comment in the first column with the mapping's indent after its `#`, as editors put it before whole
    /// lines; it is one of the mapping if it is code or one of its neighbours is.
    Shifted { code: bool },
    /// No comment, or one that introduces what follows.
    Other,
}

fn belongs(line: &str, indent: usize) -> Comment {
    let Some(comment) = line.trim_start_matches(' ').strip_prefix('#') else { return Comment::Other };
    let words = comment.trim_start_matches(' ');
    let first = words.split(' ').next().unwrap_or_default();
    match indent_of(line) {
        0 if indent_of(comment) >= indent => Comment::Shifted { code: first == "-" || first.ends_with(':') },
        own if own >= indent => Comment::Own,
        _ => Comment::Other,
    }
}

/// Before the last entry and its comments: where a mapping ends in a block scalar that cannot be followed.
fn before_last(tree: &Tree, mapping: NodeId) -> Option<Spot> {
    let entry = tree.entries(mapping).last()?;
    let lines = Lines::new(tree.source(tree.node(mapping).file));
    let mut start = lines.start(tree.outer_span(entry.key).range().start);
    while let Some(previous) = lines.previous(start).filter(|&at| is_comment(lines.line(at))) {
        start = previous;
    }
    Some(Spot::Before(start))
}

/// Beside an existing key: above its line where that is asked for and nothing speaks against it, else below
/// its value.
pub(super) fn beside(tree: &Tree, mapping: NodeId, key: &str, above: bool) -> Option<Spot> {
    let entry = tree.entry(mapping, key)?;
    let lines = Lines::new(tree.source(tree.node(mapping).file));
    let at = tree.outer_span(entry.key).range().start;
    let start = lines.start(at);
    let is_first = tree.entries(mapping).first() == Some(&entry);
    let introduced = lines.previous(start).is_some_and(|previous| is_comment(lines.line(previous)));
    let starts_line = lines.slice(start, at).trim().is_empty();
    if above && starts_line && !is_first && !introduced {
        return Some(Spot::Before(start));
    }
    let ends = [Some(tree.outer_span(entry.key).range().end), after(tree, entry.value)];
    ends.into_iter().collect::<Option<Vec<_>>>()?.into_iter().max().map(|end| Spot::After(lines.end(end)))
}

fn is_comment(line: &str) -> bool {
    line.trim_start().starts_with('#')
}
