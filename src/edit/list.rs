//! Items added to a list in block style, and a single value that becomes a list.

use super::Editor;
use super::block::insert_lines;
use super::lines::Lines;
use super::place::{self, Spot};
use super::render;
use super::scalar::{Manner, Quote, is_plain};
use super::splice::{Part, Rank};
use super::style::{Style, quoting};
use super::target::is_flow;
use crate::plan::Value;
use crate::source::Span;
use crate::yaml::{Kind, NodeId, Quoting, Tree};

/// Adds items at the end of a sequence, in its own notation.
pub(super) fn append(
    editor: &mut Editor<'_>,
    list: NodeId,
    scope: NodeId,
    items: &[Value],
) -> Result<(), &'static str> {
    if is_flow(editor.tree, list) {
        super::flow::append(editor, list, scope, items);
        return Ok(());
    }
    let style = editor.style(scope);
    let manner = sibling_manner(editor.tree, list, &style);
    let style = Style { items: manner, ..style };
    let indent = place::indent(editor.tree, list);
    let gap = gap(editor.tree, list);
    let lines = lines_of(items, indent, gap, &style);
    let at = place::after(editor.tree, list)
        .ok_or("the last item is a text that goes on to the end of the file")?;
    insert_lines(editor, list, Spot::After(at), &lines, Rank::new(indent, Part::Value));
    Ok(())
}

fn lines_of(items: &[Value], indent: usize, gap: &str, style: &Style) -> String {
    render::text(|out| items.iter().for_each(|item| render::item(out, item, indent, gap, style)))
}

/// What stands between the last dash and its item.
fn gap(tree: &Tree, list: NodeId) -> &str {
    let source = tree.source(tree.node(list).file);
    let Some(item) = tree.items(list).last() else { return " " };
    let blanks = source.slice(Span { start: item.dash + 1, end: tree.outer_span(item.node).start });
    if !blanks.is_empty() && blanks.chars().all(|char| char == ' ') { blanks } else { " " }
}

/// How strings beside the items of a list are written: quoted when all of its strings are.
pub(super) fn sibling_manner(tree: &Tree, list: NodeId, style: &Style) -> Manner {
    let mut found: Vec<_> = tree.items(list).iter().filter_map(|item| quoting(tree, item.node)).collect();
    found.dedup();
    match found.as_slice() {
        [Quoting::Single] => Manner { quote: Quote::Single, always: true, ..style.items },
        [Quoting::Double] => Manner { quote: Quote::Double, always: true, ..style.items },
        [] => style.items,
        _ => Manner { always: false, ..style.items },
    }
}

/// Makes a list of a key's single value and the new items. The value stays as it is written, and so does the
/// comment beside it.
pub(super) fn from_scalar(
    editor: &mut Editor<'_>,
    mapping: NodeId,
    value: NodeId,
    scope: NodeId,
    items: &[Value],
) -> Result<(), &'static str> {
    let is_block = matches!(quoting(editor.tree, value), Some(Quoting::Literal | Quoting::Folded));
    if is_block && !is_simple_block(editor.tree, value) {
        return Err("a block of text where a list is needed");
    }
    let style = editor.style(scope);
    let manner = one_sibling(editor.tree, value, &style);
    let style = Style { items: manner, ..style };
    let old = old_item(editor.tree, value)?;
    if is_flow(editor.tree, mapping) || !is_block && style.flow_lists && fits_brackets(editor.tree, value) {
        bracket(editor, value, old, items, &style);
        return Ok(());
    }
    let file = editor.tree.node(value).file;
    let lines = Lines::new(editor.tree.source(file));
    let start = old.range().start;
    let alone = lines.slice(lines.start(start), start).trim().is_empty();
    // the lines of a block stay where they are, and are deeper than its dash
    let list = if is_block { 0 } else { style.list };
    let indent = if alone { lines.column(start) } else { place::indent(editor.tree, mapping) + list };
    if alone {
        editor.insert(file, start, "- ".to_owned(), Rank::new(indent, Part::Value));
    } else {
        let before = lines.slice(lines.start(start), start);
        let blanks = before.len() - before.trim_end_matches([' ', '\t']).len();
        let text = format!("{}{}- ", lines.line_break(start), " ".repeat(indent));
        editor.replace(file, Span::new(start - blanks, start), text);
    }
    let new = lines_of(items, indent, " ", &style);
    let end = lines.end(old.range().end);
    insert_lines(editor, value, Spot::After(end), &new, Rank::new(indent, Part::Value));
    Ok(())
}

/// Whether a block of text means the same as an item of a list: one with an indent of its own, or that keeps the blank
/// lines below, does not.
fn is_simple_block(tree: &Tree, value: NodeId) -> bool {
    let node = tree.node(value);
    let head = tree.source(node.file).slice(node.span);
    let mark = head.split(|char: char| char.is_whitespace() || char == '#').next().unwrap_or_default();
    !mark.contains(|char: char| char.is_ascii_digit() || char == '+')
}

/// The bytes that become the first item: the value with its anchor; a tag stays with the key.
fn old_item(tree: &Tree, value: NodeId) -> Result<Span, &'static str> {
    let node = tree.node(value);
    match (node.anchor(), node.tag()) {
        (Some(anchor), Some(tag)) if anchor.start < tag.start => Err("an anchor before a tag"),
        (Some(anchor), _) => Ok(Span { start: anchor.start, end: node.span.end }),
        _ => Ok(node.span),
    }
}

/// Whether a value that is plain would be the same between brackets.
fn fits_brackets(tree: &Tree, value: NodeId) -> bool {
    let text = tree.text(value).unwrap_or_default();
    let one_line = !tree.source(tree.node(value).file).slice(tree.node(value).span).contains('\n');
    one_line && (quoting(tree, value) != Some(Quoting::Plain) || is_plain(text, true))
}

fn bracket(editor: &mut Editor<'_>, value: NodeId, old: Span, items: &[Value], style: &Style) {
    let file = editor.tree.node(value).file;
    let manner = Manner { flow: true, ..style.items };
    let mut new = String::new();
    for item in items {
        new.push_str(", ");
        render::inline(&mut new, item, style, manner);
    }
    new.push(']');
    let rank = Rank::INLINE;
    editor.insert(file, old.range().start, "[".to_owned(), rank);
    editor.insert(file, old.range().end, new, rank);
}

fn one_sibling(tree: &Tree, value: NodeId, style: &Style) -> Manner {
    match tree.node(value).kind {
        Kind::Scalar { style: Quoting::Single, .. } => {
            Manner { quote: Quote::Single, always: true, ..style.items }
        }
        Kind::Scalar { style: Quoting::Double, .. } => {
            Manner { quote: Quote::Double, always: true, ..style.items }
        }
        _ => style.items,
    }
}
