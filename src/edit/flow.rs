//! New entries and items between brackets: on the same line, or on lines of their own where the others are.

use super::Editor;
use super::block::{NewKey, NewKeys};
use super::lines::Lines;
use super::render;
use super::scalar::Manner;
use super::splice::Rank;
use super::style::{Style, padded, quotes_keys};
use crate::edit::Origin;
use crate::plan::Value;
use crate::source::{FileId, Span};
use crate::yaml::{Kind, NodeId};

/// Adds keys to a flow mapping.
pub(super) fn insert_keys(editor: &mut Editor<'_>, new: &NewKeys<'_>) {
    let style = for_mapping(editor, new);
    let manner = Manner { flow: true, ..style.values };
    let entry = |NewKey { key, value, .. }: &NewKey<'_>| {
        render::text(|out| render::flow_entry(out, key, value, &style, manner))
    };
    let parts: Vec<_> = new.keys.iter().map(entry).collect();
    let owners: Vec<_> = new.keys.iter().map(|key| key.origins.as_slice()).collect();
    editor.origins = owners.concat().into();
    editor.origins.dedup();
    insert(editor, new.mapping, &parts, &owners);
}

/// Where keys are quoted, as in JSON, so are strings.
fn for_mapping(editor: &mut Editor<'_>, new: &NewKeys<'_>) -> Style {
    let mut style = editor.style(new.scope);
    if quotes_keys(editor.tree, new.mapping) {
        let quoted = |manner| Manner { always: true, ..manner };
        (style.keys, style.values, style.items) =
            (quoted(style.keys), quoted(style.values), quoted(style.items));
    }
    style.padded = padded(editor.tree, new.mapping);
    style
}

/// Adds items to a flow sequence, quoted as the others are.
pub(super) fn append(editor: &mut Editor<'_>, list: NodeId, scope: NodeId, items: &[Value]) {
    let style = editor.style(scope);
    let manner = Manner { flow: true, ..super::list::sibling_manner(editor.tree, list, &style) };
    let part = |item| render::text(|out| render::inline(out, item, &style, manner));
    let parts: Vec<_> = items.iter().map(part).collect();
    insert(editor, list, &parts, &[]);
}

/// What stands between two brackets.
struct Inside<'t> {
    lines: Lines<'t>,
    file: FileId,
    /// After the opening bracket.
    open: usize,
    /// Before the closing bracket.
    close: usize,
    /// The last element, and the end of what is before it.
    last: Option<(Span, usize)>,
}

/// `owners` says whose each part is, where they are not all of the editor's current decisions.
pub(super) fn insert(editor: &mut Editor<'_>, collection: NodeId, parts: &[String], owners: &[&[Origin]]) {
    let inside = inside(editor, collection);
    let Some((last, before)) = inside.last else { return fill(editor, &inside, parts) };
    if inside.lines.slice(before, last.range().start).contains('\n') {
        return insert_lines(editor, &inside, last, parts);
    }
    let tight = before > inside.open && !inside.lines.slice(before, last.range().start).contains(' ');
    let comma = if tight { "," } else { ", " };
    for (at, part) in parts.iter().enumerate() {
        if let Some(owners) = owners.get(at) {
            editor.origins = (*owners).into();
        }
        editor.insert(inside.file, last.range().end, format!("{comma}{part}"), Rank::ELEMENT);
    }
}

fn inside<'t>(editor: &Editor<'t>, collection: NodeId) -> Inside<'t> {
    let tree = editor.tree;
    let node = tree.node(collection);
    let spans: Vec<Span> = match &node.kind {
        Kind::Mapping { entries, .. } => {
            let span = |entry: &crate::yaml::Entry| {
                let (key, value) = (tree.outer_span(entry.key), tree.outer_span(entry.value));
                Span { start: key.start, end: key.end.max(value.end) }
            };
            entries.iter().rev().take(2).map(span).collect()
        }
        Kind::Sequence { items, .. } => {
            items.iter().rev().take(2).map(|item| tree.outer_span(item.node)).collect()
        }
        _ => Vec::new(),
    };
    let open = node.span.range().start + 1;
    let before = spans.get(1).map_or(open, |previous| previous.range().end);
    Inside {
        lines: Lines::new(tree.source(node.file)),
        file: node.file,
        open,
        close: node.span.range().end.saturating_sub(1),
        last: spans.first().map(|&last| (last, before)),
    }
}

/// The first elements of an empty collection.
fn fill(editor: &mut Editor<'_>, inside: &Inside<'_>, parts: &[String]) {
    let blank = inside.lines.slice(inside.open, inside.close);
    let joined = parts.join(", ");
    if !blank.is_empty() && blank.chars().all(|char| char == ' ') {
        editor.replace(inside.file, Span::new(inside.open, inside.close), format!(" {joined} "));
    } else {
        editor.insert(inside.file, inside.open, joined, Rank::ELEMENT);
    }
}

/// Elements on lines of their own, after the line of the last one with its comment, with or without a last
/// comma as it was.
fn insert_lines(editor: &mut Editor<'_>, inside: &Inside<'_>, last: Span, parts: &[String]) {
    let lines = inside.lines;
    let comma = comma_after(inside, last.range().end);
    let start = lines.start(last.range().start);
    let indent = indent_before(lines, start, last.range().start);
    let from = comma.map_or(last.range().end, |at| at + 1);
    let line_end = lines.end(from);
    let rest = lines.slice(from, line_end).trim_start();
    let own_line = line_end < inside.close && (rest.is_empty() || rest.starts_with('#'));
    let line_break = lines.line_break(from);
    let separator = format!(",{line_break}{indent}");
    let joined = parts.join(&separator);
    let closing = if comma.is_some() { "," } else { "" };
    if own_line {
        if comma.is_none() {
            editor.insert(inside.file, from, ",".to_owned(), Rank::ELEMENT);
        }
        editor.insert(inside.file, line_end, format!("{line_break}{indent}{joined}{closing}"), Rank::ELEMENT);
    } else if comma.is_some() {
        editor.insert(inside.file, from, format!("{line_break}{indent}{joined},"), Rank::ELEMENT);
    } else {
        editor.insert(inside.file, from, format!("{separator}{joined}"), Rank::ELEMENT);
    }
}

fn indent_before(lines: Lines<'_>, start: usize, element: usize) -> String {
    let before = lines.slice(start, element);
    if before.trim().is_empty() { before.to_owned() } else { " ".repeat(before.chars().count()) }
}

/// The comma after the last element, past blanks and comments.
fn comma_after(inside: &Inside<'_>, from: usize) -> Option<usize> {
    let mut in_comment = false;
    for (at, char) in inside.lines.slice(from, inside.close).char_indices() {
        match char {
            '\n' => in_comment = false,
            '#' => in_comment = true,
            ',' if !in_comment => return Some(from + at),
            _ => {}
        }
    }
    None
}
