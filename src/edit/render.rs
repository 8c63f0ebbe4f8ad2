//! A value in YAML notation: as lines of block style or as one piece of flow style.
//!
//! Writes at the end of a text, so that nothing is put together twice; a line ends with `\n`, whatever the file's
//! newline style is. Knows the style it is told and nothing of where the text will go.

use super::scalar::{Manner, is_plain, write};
use super::style::Style;
use crate::plan::{Value, Words};

/// A flow list longer than this is written as a block list.
const FLOW_WIDTH: usize = 100;

/// Keys of a mapping whose values all are strings.
pub(super) const OPTIONS: [&str; 2] = ["max-size", "max-file"];

/// The key that merges a mapping.
pub(super) const MERGE: &str = "<<";

/// Says that a value takes the place of what it is laid over.
const OVERRIDE: &str = " !override";

/// The key of `healthcheck` whose list is a command.
const COMMAND: &str = "test";

/// The lines of `key: value` at an indent.
pub(super) fn entry(out: &mut String, key: &str, value: &Value, indent: usize, style: &Style) {
    pad(out, indent);
    write_key(out, key, style.keys);
    if key == COMMAND {
        return command(out, value, style);
    }
    let (tag, bare) = match value {
        Value::Override(bare) => (OVERRIDE, &**bare),
        _ => ("", value),
    };
    let nested = match bare {
        Value::List(items) => !items.is_empty() && !fits_flow(key, items, indent, style),
        Value::Map(entries) => !entries.is_empty(),
        _ => false,
    };
    if nested {
        out.push(':');
        out.push_str(tag);
        out.push('\n');
        below(out, bare, indent, style);
    } else {
        out.push_str(": ");
        inline(out, value, style, style.values);
        out.push('\n');
    }
}

/// A merge key in quotes would be an ordinary one.
fn write_key(out: &mut String, key: &str, manner: Manner) {
    if key == MERGE { out.push_str(key) } else { write(out, key, manner) }
}

/// A command in brackets and quotes, as everybody writes one, also among block lists.
fn command(out: &mut String, value: &Value, style: &Style) {
    let items = Manner { always: true, ..style.items };
    out.push_str(": ");
    inline(out, value, &Style { items, ..*style }, style.values);
    out.push('\n');
}

/// The lines below `key:`.
pub(super) fn below(out: &mut String, value: &Value, indent: usize, style: &Style) {
    match value {
        Value::List(items) => {
            for value in items {
                item(out, value, indent + style.list, " ", style);
            }
        }
        Value::Map(entries) => map_lines(out, entries, indent + style.step, style),
        _ => {}
    }
}

/// The lines of one item of a block list; `gap` is what stands between dash and item.
pub(super) fn item(out: &mut String, value: &Value, indent: usize, gap: &str, style: &Style) {
    let start = out.len();
    match value {
        Value::Map(entries) if !entries.is_empty() => {
            let inner = indent + 1 + gap.len();
            map_lines(out, entries, inner, style);
            // the dash stands in the indent of the first line
            out.replace_range(start..start + inner, "");
            out.insert_str(start, &format!("{:indent$}-{gap}", ""));
        }
        _ => {
            pad(out, indent);
            out.push('-');
            out.push_str(gap);
            inline(out, value, style, style.items);
            out.push('\n');
        }
    }
}

/// A value on one line: a scalar, or a collection in brackets.
pub(super) fn inline(out: &mut String, value: &Value, style: &Style, manner: Manner) {
    match value {
        Value::Bool(flag) => out.push_str(if *flag { "true" } else { "false" }),
        Value::Number(text) => out.push_str(text),
        Value::Str(text) => write(out, text, manner),
        Value::List(items) => {
            let manner = Manner { flow: true, ..style.items };
            out.push('[');
            separated(out, items, |out, item| inline(out, item, style, manner));
            out.push(']');
        }
        Value::Map(entries) => braces(out, entries, style, manner),
        Value::Override(value) => {
            out.push_str(OVERRIDE.trim_start());
            out.push(' ');
            inline(out, value, style, manner);
        }
    }
}

/// `key: value` for a flow mapping.
pub(super) fn flow_entry(out: &mut String, key: &str, value: &Value, style: &Style, manner: Manner) {
    write_key(out, key, Manner { flow: true, ..style.keys });
    out.push_str(": ");
    inline(out, value, style, Manner { flow: true, ..manner });
}

/// What a writer writes, as a text of its own.
pub(super) fn text(write: impl FnOnce(&mut String)) -> String {
    let mut out = String::new();
    write(&mut out);
    out
}

fn braces(out: &mut String, entries: &[(Words, Value)], style: &Style, manner: Manner) {
    let manner = Manner { digits: manner.digits || needs_quotes(entries), ..manner };
    let blank = if style.padded && !entries.is_empty() { " " } else { "" };
    out.push('{');
    out.push_str(blank);
    separated(out, entries, |out, (key, value)| flow_entry(out, key, value, style, manner));
    out.push_str(blank);
    out.push('}');
}

/// The parts with a comma and a blank between them.
fn separated<T>(out: &mut String, parts: &[T], write: impl Fn(&mut String, &T)) {
    for (at, part) in parts.iter().enumerate() {
        if at > 0 {
            out.push_str(", ");
        }
        write(out, part);
    }
}

fn map_lines(out: &mut String, entries: &[(Words, Value)], indent: usize, style: &Style) {
    let digits = style.values.digits || needs_quotes(entries);
    let style = Style { values: Manner { digits, ..style.values }, ..*style };
    for (key, value) in entries {
        entry(out, key, value, indent, &style);
    }
}

fn pad(out: &mut String, indent: usize) {
    out.extend(std::iter::repeat_n(' ', indent));
}

/// Whether one of the options has to be quoted: its siblings then are, too. Keys of a service and limits are not
/// siblings of that kind: `user: "70:70"` says nothing of `mem_limit: 1g`, nor `cpus: "1.0"` of `memory: 1g`.
fn needs_quotes(entries: &[(Words, Value)]) -> bool {
    let quoted = |value: &Value| matches!(value, Value::Str(text) if !is_plain(text, false));
    entries.iter().any(|(key, _)| OPTIONS.contains(&&**key)) && entries.iter().any(|(_, value)| quoted(value))
}

fn fits_flow(key: &str, items: &[Value], indent: usize, style: &Style) -> bool {
    let scalars =
        items.iter().all(|item| !matches!(item, Value::List(_) | Value::Map(_) | Value::Override(_)));
    let width = |item| text(|out| inline(out, item, style, style.items)).len() + 2;
    style.flow_lists
        && scalars
        && indent + key.len() + 2 + items.iter().map(width).sum::<usize>() <= FLOW_WIDTH
}
