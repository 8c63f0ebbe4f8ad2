//! What to call a value and where to underline it.
//!
//! Knows names and places; never a value.

use crate::source::{Place, Span};
use crate::yaml::{NodeId, Tree};

/// A value that something is said of.
#[derive(Clone, Debug)]
pub(super) struct Subject {
    /// As written; may be an alias.
    pub(super) value: NodeId,
    /// Its key; `None` for an item and for the top.
    pub(super) key: Option<NodeId>,
    /// What a message calls it, backticks included.
    pub(super) name: String,
}

/// One step of the way from the top of a document to a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step<'t> {
    /// Into a mapping.
    Key(&'t str),
    /// Into a list; from 0.
    Item(usize),
}

/// What to underline for a value: itself if that is on one line, else its key, else its first line.
pub(super) fn place(tree: &Tree, key: Option<NodeId>, value: NodeId) -> Place {
    let own = tree.place(value);
    let text = tree.source(own.file).slice(own.span);
    if !own.span.is_empty() && !text.contains('\n') {
        return own;
    }
    if let Some(key) = key {
        return tree.place(key);
    }
    let start = own.span.range().start;
    let line = text.lines().next().unwrap_or_default();
    Place { span: Span::new(start, start + line.len()), ..own }
}

/// `mem_limit`, `healthcheck.interval`, service `web`, `target` in item 2 of `ports`.
pub(super) fn name(steps: &[Step<'_>]) -> String {
    let (kind, steps) = match steps {
        [Step::Key(top), Step::Key(name)] => return format!("{} `{name}`", singular(top)),
        [Step::Key(top), Step::Key(_), rest @ ..] if *top == "services" => (None, rest),
        [Step::Key(top), Step::Key(name), rest @ ..] if singular(top) != "key" => {
            (Some(format!(" of {} `{name}`", singular(top))), rest)
        }
        all => (None, all),
    };
    let mut parts: Vec<String> = Vec::new();
    let mut keys: Vec<&str> = Vec::new();
    for step in steps {
        match step {
            Step::Key(key) => keys.push(key),
            Step::Item(index) => {
                parts.push(dotted(&mut keys));
                parts.push(format!("item {} of", index + 1));
            }
        }
    }
    parts.push(dotted(&mut keys));
    sentence(parts) + &kind.unwrap_or_default()
}

/// From the innermost part to the outermost: `ports`, item 2 of, `target` becomes `target` in item 2 of `ports`.
fn sentence(parts: Vec<String>) -> String {
    let mut text = String::new();
    for part in parts.into_iter().rev().filter(|part| !part.is_empty()) {
        let glue = match () {
            () if text.is_empty() => "",
            () if text.ends_with(" of") => " ",
            () => " in ",
        };
        text = text + glue + &part;
    }
    text
}

fn dotted(keys: &mut Vec<&str>) -> String {
    let text = keys.join(".");
    keys.clear();
    if text.is_empty() { text } else { format!("`{text}`") }
}

fn singular(top: &str) -> &str {
    match top {
        "services" | "networks" | "volumes" | "secrets" | "configs" | "models" => {
            top.strip_suffix('s').unwrap_or(top)
        }
        _ => "key",
    }
}
