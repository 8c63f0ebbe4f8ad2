//! Finds what a validator's path points at, where to underline it, and what to call it.
//!
//! Knows names and places; never a value.

use std::collections::HashMap;

use jsonschema::paths::{Location, LocationSegment};

use super::view::effective;
use crate::load::effective::is_reset;
use crate::source::{Place, Span};
use crate::yaml::{Entry, Item, NodeId, Tree};

/// A document whose mappings and lists are looked into once, however many paths lead through them.
pub(super) struct Finder<'t> {
    pub(super) tree: &'t Tree,
    root: NodeId,
    mappings: HashMap<NodeId, HashMap<&'t str, Entry>>,
    lists: HashMap<NodeId, Vec<NodeId>>,
}

/// The value that a path leads to.
#[derive(Debug)]
pub(super) struct Subject {
    /// As written; may be an alias.
    pub(super) value: NodeId,
    /// Its key; `None` for an item and for the top.
    pub(super) key: Option<NodeId>,
    /// What a message calls it, backticks included.
    pub(super) name: String,
}

impl<'t> Finder<'t> {
    /// For paths from the top of a document.
    pub(super) fn new(tree: &'t Tree, root: NodeId) -> Self {
        Self { tree, root, mappings: HashMap::new(), lists: HashMap::new() }
    }

    /// Follows a path. Stops where the path leaves the tree, which it does not.
    pub(super) fn find(&mut self, path: &Location) -> Subject {
        let (mut value, mut key) = (self.root, None);
        let mut steps: Vec<Step> = Vec::new();
        for segment in path.segments() {
            let next = match segment {
                LocationSegment::Property(name) => {
                    let entry = self.property(value, &name);
                    entry.map(|entry| (Some(entry.key), entry.value, Step::Key(name.into_owned())))
                }
                LocationSegment::Index(index) => {
                    self.item(value, index).map(|node| (None, node, Step::Item(index)))
                }
            };
            let Some((new_key, node, step)) = next else { break };
            (value, key) = (node, new_key);
            steps.push(step);
        }
        Subject { value, key, name: name(&steps) }
    }

    /// The value of a key of a service that has none, where another may lie below it: in a document that is laid over
    /// another, and in a service that extends one.
    pub(super) fn left_out(&mut self, path: &Location, laid: bool) -> Option<NodeId> {
        let mut segments = path.segments();
        let (Some(LocationSegment::Property(top)), Some(LocationSegment::Property(name))) =
            (segments.next(), segments.next())
        else {
            return None;
        };
        if top != "services" {
            return None;
        }
        let value = self.find(path).value;
        let services = self.property(self.root, &top)?.value;
        let service = self.property(services, &name)?.value;
        let may_be = laid || self.property(service, "extends").is_some();
        (may_be && self.tree.is_null(value)).then(|| self.tree.resolve(value))
    }

    /// The entry of a mapping, as Compose sees it.
    pub(super) fn property(&mut self, mapping: NodeId, name: &str) -> Option<Entry> {
        let (tree, mapping) = (self.tree, self.tree.resolve(mapping));
        let named = |entry: Entry| Some((tree.text(entry.key)?, entry));
        let known = self.mappings.entry(mapping);
        let known = known.or_insert_with(|| effective(tree, mapping).into_iter().filter_map(named).collect());
        known.get(name).copied()
    }

    fn item(&mut self, list: NodeId, index: usize) -> Option<NodeId> {
        let (tree, list) = (self.tree, self.tree.resolve(list));
        let kept = |item: &&Item| !is_reset(tree, item.node);
        let items = || tree.items(list).iter().filter(kept).map(|item| item.node).collect();
        self.lists.entry(list).or_insert_with(items).get(index).copied()
    }
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

enum Step {
    Key(String),
    Item(usize),
}

/// `mem_limit`, `healthcheck.interval`, service `web`, `target` in item 2 of `ports`.
fn name(steps: &[Step]) -> String {
    let (kind, steps) = match steps {
        [Step::Key(top), Step::Key(name)] => return format!("{} `{name}`", singular(top)),
        [Step::Key(top), Step::Key(_), rest @ ..] if top == "services" => (None, rest),
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
