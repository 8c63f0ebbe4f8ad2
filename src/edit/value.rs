//! An existing value replaced, or an empty one filled: only the value's own bytes change, and what is beside it
//! (anchor, tag, comment) stays.

use super::Editor;
use super::block::insert_lines;
use super::lines::Lines;
use super::place::{self, Spot};
use super::render;
use super::scalar::{Manner, Quote};
use super::splice::{Part, Rank};
use super::style::{Style, quoting};
use super::target::is_flow;
use crate::plan::Value;
use crate::source::Span;
use crate::yaml::{Kind, Node, NodeId, Quoting, Tree};

/// Gives a key's value another one.
pub(super) fn set(
    editor: &mut Editor<'_>,
    mapping: NodeId,
    old: NodeId,
    scope: NodeId,
    value: &Value,
) -> Result<(), &'static str> {
    let style = editor.style(scope);
    let flow = is_flow(editor.tree, mapping);
    if flow || is_inline(value, &style) || is_flow(editor.tree, old) {
        return set_inline(editor, old, value, &style, flow);
    }
    if is_collection(editor.tree, old) {
        return replace_lines(editor, old, value, &style);
    }
    set_below(editor, mapping, old, value, &style)
}

/// Replaces one item of a list.
pub(super) fn set_item(
    editor: &mut Editor<'_>,
    list: NodeId,
    old: NodeId,
    scope: NodeId,
    value: &Value,
) -> Result<(), &'static str> {
    let style = editor.style(scope);
    let flow = is_flow(editor.tree, list);
    if !flow && is_collection(editor.tree, old) && !is_flow(editor.tree, old) {
        return replace_lines(editor, old, value, &style);
    }
    set_inline(editor, old, value, &style, flow)
}

fn is_inline(value: &Value, style: &Style) -> bool {
    match value {
        Value::List(items) => items.is_empty() || style.flow_lists,
        Value::Map(entries) => entries.is_empty(),
        _ => true,
    }
}

fn is_collection(tree: &Tree, id: NodeId) -> bool {
    matches!(tree.node(id).kind, Kind::Mapping { .. } | Kind::Sequence { .. })
}

/// Replaces the bytes of a value by one piece of text, with the quotes it had.
fn set_inline(
    editor: &mut Editor<'_>,
    old: NodeId,
    value: &Value,
    style: &Style,
    flow: bool,
) -> Result<(), &'static str> {
    let node = editor.tree.node(old);
    keep_comments(editor.tree, node.span, old)?;
    let manner = Manner { flow, ..manner(editor.tree, old, style) };
    let text = render::text(|out| render::inline(out, value, style, manner));
    let block = is_collection(editor.tree, old) && !is_flow(editor.tree, old);
    if block {
        return Err("a block of lines where one value is needed");
    }
    let lines = Lines::new(editor.tree.source(node.file));
    let lead = if node.span.is_empty() { lead(lines, node) } else { "" };
    editor.replace(node.file, node.span, format!("{lead}{text}"));
    Ok(())
}

/// What has to stand before a value where there was none: a key in braces may lack even its colon.
fn lead(lines: Lines<'_>, node: &Node) -> &'static str {
    let start = node.span.range().start;
    match lines.slice(lines.start(start), start).chars().next_back() {
        Some(' ') => "",
        Some(':' | '-') => " ",
        _ if node.anchor().is_some() || node.tag().is_some() => " ",
        _ => ": ",
    }
}

fn manner(tree: &Tree, old: NodeId, style: &Style) -> Manner {
    match quoting(tree, old) {
        Some(Quoting::Single) => Manner { quote: Quote::Single, always: true, ..style.values },
        Some(Quoting::Double) => Manner { quote: Quote::Double, always: true, ..style.values },
        Some(Quoting::Plain) if !tree.is_null(old) => Manner { always: false, ..style.values },
        _ => style.values,
    }
}

/// Puts a collection below a key that had a scalar, an alias or nothing.
fn set_below(
    editor: &mut Editor<'_>,
    mapping: NodeId,
    old: NodeId,
    value: &Value,
    style: &Style,
) -> Result<(), &'static str> {
    let node = editor.tree.node(old);
    let lines = Lines::new(editor.tree.source(node.file));
    let indent = place::indent(editor.tree, mapping);
    let new = render::text(|out| render::below(out, value, indent, style));
    let start = node.span.range().start;
    let before = lines.slice(lines.start(start), start);
    if before.trim().is_empty() && !node.span.is_empty() {
        let joined = place::with_breaks(new.trim_end_matches('\n'), lines.line_break(start));
        editor.replace(node.file, Span::new(lines.start(start), node.span.range().end), joined);
        return Ok(());
    }
    if !node.span.is_empty() {
        keep_comments(editor.tree, node.span, old)?;
        let blanks = before.len() - before.trim_end_matches([' ', '\t']).len();
        editor.replace(node.file, Span::new(start - blanks, node.span.range().end), String::new());
    }
    let end = lines.end(node.span.range().end);
    insert_lines(editor, old, Spot::After(end), &new, Rank::new(indent, Part::Value));
    Ok(())
}

/// Replaces a block collection by new lines at the same indent.
fn replace_lines(
    editor: &mut Editor<'_>,
    old: NodeId,
    value: &Value,
    style: &Style,
) -> Result<(), &'static str> {
    let node = editor.tree.node(old);
    if let (Value::List(items), Kind::Sequence { .. }) = (value, &node.kind)
        && items.len() >= editor.tree.items(old).len()
    {
        return replace_items(editor, old, items, style);
    }
    keep_comments(editor.tree, node.span, old)?;
    let indent = place::indent(editor.tree, old);
    let flush = Style { list: 0, ..*style };
    let mut new = String::new();
    match value {
        Value::List(_) => render::below(&mut new, value, indent, &flush),
        Value::Map(entries) => {
            for (key, value) in entries {
                render::entry(&mut new, key, value, indent, style);
            }
        }
        _ => return Err("a block of lines where one value is needed"),
    }
    let lines = Lines::new(editor.tree.source(node.file));
    let text = place::with_breaks(new.trim(), lines.line_break(node.span.range().start));
    editor.replace(node.file, node.span, text);
    Ok(())
}

/// Item by item, so that the comments beside them stay.
fn replace_items(
    editor: &mut Editor<'_>,
    list: NodeId,
    new: &[Value],
    style: &Style,
) -> Result<(), &'static str> {
    let tree = editor.tree;
    let old = tree.items(list);
    for (item, value) in old.iter().zip(new) {
        let same =
            matches!(value, Value::Str(text) | Value::Number(text) if tree.text(item.node) == Some(text));
        if !same {
            set_inline(editor, item.node, value, style, false)?;
        }
    }
    let rest = new.get(old.len()..).unwrap_or_default();
    if rest.is_empty() { Ok(()) } else { super::list::append(editor, list, list, rest) }
}

fn keep_comments(tree: &Tree, span: Span, node: NodeId) -> Result<(), &'static str> {
    let inside = tree.document_of(node).is_some_and(|document| !document.comments_within(span).is_empty());
    if inside { Err("there are comments between the lines to replace") } else { Ok(()) }
}
