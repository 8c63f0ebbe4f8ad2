//! A value in YAML notation: as lines of block style or as one piece of flow style.
//!
//! Knows the style it is told and nothing of where the text will go.

use super::scalar::{Manner, is_plain, write};
use super::style::Style;
use crate::plan::Value;

/// A flow list longer than this is written as a block list.
const FLOW_WIDTH: usize = 100;

/// The lines of `key: value` at an indent, without line breaks.
pub(super) fn entry(key: &str, value: &Value, indent: usize, style: &Style) -> Vec<String> {
    let pad = " ".repeat(indent);
    let name = write(key, style.keys);
    match value {
        Value::List(items) if !items.is_empty() && !fits_flow(key, items, indent, style) => {
            let head = std::iter::once(format!("{pad}{name}:"));
            head.chain(items.iter().flat_map(|value| item(value, indent + style.list, " ", style))).collect()
        }
        Value::Map(entries) if !entries.is_empty() => {
            let head = std::iter::once(format!("{pad}{name}:"));
            head.chain(map_lines(entries, indent + style.step, style)).collect()
        }
        _ => vec![format!("{pad}{name}: {}", inline(value, style, style.values))],
    }
}

/// The lines below `key:`.
pub(super) fn below(value: &Value, indent: usize, style: &Style) -> Vec<String> {
    match value {
        Value::List(items) => {
            items.iter().flat_map(|value| item(value, indent + style.list, " ", style)).collect()
        }
        Value::Map(entries) => map_lines(entries, indent + style.step, style),
        _ => Vec::new(),
    }
}

/// The lines of one item of a block list; `gap` is what stands between dash and item.
pub(super) fn item(value: &Value, indent: usize, gap: &str, style: &Style) -> Vec<String> {
    let pad = " ".repeat(indent);
    let Value::Map(entries) = value else {
        return vec![format!("{pad}-{gap}{}", inline(value, style, style.items))];
    };
    let inner = indent + 1 + gap.len();
    let mut lines = map_lines(entries, inner, style);
    if let Some(first) = lines.first_mut() {
        *first = format!("{pad}-{gap}{}", first.trim_start());
    }
    lines
}

/// A value on one line: a scalar, or a collection in brackets.
pub(super) fn inline(value: &Value, style: &Style, manner: Manner) -> String {
    match value {
        Value::Bool(true) => "true".to_owned(),
        Value::Bool(false) => "false".to_owned(),
        Value::Number(text) => text.clone().into_owned(),
        Value::Str(text) => write(text, manner),
        Value::List(items) => {
            let manner = Manner { flow: true, ..style.items };
            let items: Vec<_> = items.iter().map(|item| inline(item, style, manner)).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Map(entries) => braces(entries, style, manner),
    }
}

/// `key: value` for a flow mapping.
pub(super) fn flow_entry(key: &str, value: &Value, style: &Style, manner: Manner) -> String {
    let manner = Manner { flow: true, ..manner };
    let name = write(key, Manner { flow: true, ..style.keys });
    format!("{name}: {}", inline(value, style, manner))
}

fn braces(entries: &[(crate::plan::Words, Value)], style: &Style, manner: Manner) -> String {
    let manner = Manner { digits: manner.digits || needs_quotes(entries), ..manner };
    let inner: Vec<_> = entries.iter().map(|(key, value)| flow_entry(key, value, style, manner)).collect();
    let pad = if style.padded && !inner.is_empty() { " " } else { "" };
    format!("{{{pad}{}{pad}}}", inner.join(", "))
}

fn map_lines(entries: &[(crate::plan::Words, Value)], indent: usize, style: &Style) -> Vec<String> {
    let digits = style.values.digits || needs_quotes(entries);
    let style = Style { values: Manner { digits, ..style.values }, ..*style };
    entries.iter().flat_map(|(key, value)| entry(key, value, indent, &style)).collect()
}

/// Whether a string among the values has to be quoted: its siblings then are, too.
fn needs_quotes(entries: &[(crate::plan::Words, Value)]) -> bool {
    entries.iter().any(|(_, value)| matches!(value, Value::Str(text) if !is_plain(text, false)))
}

fn fits_flow(key: &str, items: &[Value], indent: usize, style: &Style) -> bool {
    let scalars = items.iter().all(|item| !matches!(item, Value::List(_) | Value::Map(_)));
    let width = || items.iter().map(|item| inline(item, style, style.items).len() + 2).sum::<usize>();
    style.flow_lists && scalars && indent + key.len() + 2 + width() <= FLOW_WIDTH
}
