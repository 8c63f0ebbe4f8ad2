//! What a node means once aliases and `<<` are resolved, and what stands for a value that several places make.
//!
//! Nothing is copied until two services have to be put together, which is what [`merge`](super::merge) does; `<<` is
//! resolved entry by entry. Knows no key of Compose.

use std::collections::HashMap;
use std::rc::Rc;

use crate::compose::Via;
use crate::yaml::{Entry, Kind, NodeId, Quoting, Tree};

/// A node as it takes part in an effective service.
#[derive(Clone, Debug)]
pub(super) enum View {
    /// As it is written.
    Node(NodeId),
    /// A mapping that was put together; the node is where the last part of it is written.
    Map(NodeId, Rc<[Field]>),
    /// A list that was put together.
    List(NodeId, Rc<[(View, Via)]>),
    /// `key: value` of a mapping that meets a list of `key=value` items.
    Pair(Key, NodeId),
}

/// One entry of an effective mapping.
#[derive(Clone, Debug)]
pub(super) struct Field {
    /// Its key.
    pub(super) key: Key,
    /// Its value.
    pub(super) value: View,
    /// How it got here.
    pub(super) via: Via,
}

/// The key of an entry.
#[derive(Clone, Copy, Debug)]
pub(super) enum Key {
    /// As it is written.
    Node(NodeId),
    /// What a short form leaves out, such as the `context` of `build: ./app`.
    Implied(&'static str),
}

impl Key {
    /// The node, when it is written.
    pub(super) fn node(self) -> Option<NodeId> {
        match self {
            Self::Node(node) => Some(node),
            Self::Implied(_) => None,
        }
    }

    /// The key itself.
    pub(super) fn text(self, tree: &Tree) -> &str {
        match self {
            Self::Node(node) => tree.text(node).unwrap_or_default(),
            Self::Implied(text) => text,
        }
    }
}

impl View {
    /// The node that stands for it in messages, alias not followed.
    pub(super) fn node(&self) -> NodeId {
        match self {
            Self::Node(node) | Self::Map(node, _) | Self::List(node, _) | Self::Pair(_, node) => *node,
        }
    }
}

/// Whether an entry is a merge key: a plain `<<`.
pub(super) fn is_merge(tree: &Tree, entry: Entry) -> bool {
    matches!(tree.node(entry.key).kind, Kind::Scalar { style: Quoting::Plain, .. })
        && tree.text(entry.key) == Some("<<")
}

/// The mappings that a merge key's value stands for, in order: an alias, a mapping, or a list of them.
pub(super) fn merge_sources(tree: &Tree, value: NodeId) -> Vec<NodeId> {
    let target = tree.resolve(value);
    match &tree.node(target).kind {
        Kind::Mapping { .. } => vec![target],
        Kind::Sequence { items, .. } => items.iter().map(|item| tree.resolve(item.node)).collect(),
        _ => Vec::new(),
    }
}

/// Whether a value carries `!reset`: Compose takes the key away.
pub(super) fn is_reset(tree: &Tree, value: NodeId) -> bool {
    has_tag(tree, value, "!reset")
}

/// Whether a value carries `!override`: Compose takes away what it is laid over.
pub(super) fn is_override(tree: &Tree, value: NodeId) -> bool {
    has_tag(tree, value, "!override")
}

fn has_tag(tree: &Tree, value: NodeId, wanted: &str) -> bool {
    let node = tree.node(value);
    node.tag().is_some_and(|tag| tree.source(node.file).slice(tag) == wanted)
}

/// The entries of a mapping with `<<` resolved: own entries first, then merged ones that they do not hide.
pub(super) fn fields(tree: &Tree, mapping: NodeId, via: Via) -> Vec<Field> {
    let entries = tree.entries(mapping);
    let mut fields = Vec::with_capacity(entries.len());
    push_fields(tree, mapping, via, &mut fields);
    fields
}

fn push_fields(tree: &Tree, mapping: NodeId, via: Via, fields: &mut Vec<Field>) {
    let entries = tree.entries(mapping);
    let own = entries.iter().filter(|&&entry| !is_merge(tree, entry));
    let new = |entry: &Entry| Field { key: Key::Node(entry.key), value: View::Node(entry.value), via };
    if fields.is_empty() {
        // keys are unique
        fields.extend(own.map(new));
    } else {
        let earlier = Names::of(tree, fields);
        let unhidden = own.filter(|entry| earlier.find(tree.text(entry.key).unwrap_or_default()).is_none());
        let unhidden: Vec<Field> = unhidden.map(new).collect();
        drop(earlier);
        fields.extend(unhidden);
    }
    for &entry in entries.iter().filter(|&&entry| is_merge(tree, entry)) {
        let via = if via == Via::Own { Via::Merge } else { via };
        for source in merge_sources(tree, entry.value) {
            push_fields(tree, source, via, fields);
        }
    }
}

/// Up to this many fields comparing each is faster than hashing.
const FEW: usize = 16;

/// Fields by their keys; the first of each.
pub(super) enum Names<'f> {
    Few(&'f Tree, &'f [Field]),
    Many(HashMap<&'f str, &'f Field>),
}

impl<'f> Names<'f> {
    /// Makes fields be found quickly.
    pub(super) fn of(tree: &'f Tree, fields: &'f [Field]) -> Self {
        if fields.len() <= FEW {
            return Self::Few(tree, fields);
        }
        // from behind, so that the first of a name is the one that stays
        Self::Many(fields.iter().rev().map(|field| (field.key.text(tree), field)).collect())
    }

    /// The field of a key.
    pub(super) fn find(&self, name: &str) -> Option<&'f Field> {
        match self {
            Self::Few(tree, fields) => fields.iter().find(|field| field.key.text(tree) == name),
            Self::Many(fields) => fields.get(name).copied(),
        }
    }
}

/// What a view is, for merging.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    Null,
    Text,
    List,
    Map,
}

/// The shape of a view.
pub(super) fn shape(tree: &Tree, view: &View) -> Shape {
    match view {
        View::Map(..) => Shape::Map,
        View::List(..) => Shape::List,
        View::Pair(..) => Shape::Text,
        View::Node(node) => match &tree.node(tree.resolve(*node)).kind {
            Kind::Mapping { .. } => Shape::Map,
            Kind::Sequence { .. } => Shape::List,
            _ if tree.is_null(*node) => Shape::Null,
            _ => Shape::Text,
        },
    }
}

/// The entries of a view that is a mapping.
pub(super) fn view_fields(tree: &Tree, view: &View, via: Via) -> Vec<Field> {
    match view {
        // each part knows already how it got here
        View::Map(_, fields) => fields.to_vec(),
        View::Node(node) => fields(tree, *node, via),
        View::List(..) | View::Pair(..) => Vec::new(),
    }
}

/// The items of a view that is a list, the pairs of one that is a mapping, or the one item that a text is.
pub(super) fn view_items(tree: &Tree, view: &View, via: Via) -> Vec<(View, Via)> {
    match view {
        View::List(_, items) => items.to_vec(),
        View::Map(..) => pairs(view_fields(tree, view, via)),
        View::Pair(..) => vec![(view.clone(), via)],
        View::Node(node) => match shape(tree, view) {
            Shape::Map => pairs(fields(tree, *node, via)),
            Shape::Text => vec![(view.clone(), via)],
            Shape::Null | Shape::List => {
                tree.items(*node).iter().map(|item| (View::Node(item.node), via)).collect()
            }
        },
    }
}

fn pairs(fields: Vec<Field>) -> Vec<(View, Via)> {
    fields.into_iter().map(|field| (View::Pair(field.key, field.value.node()), field.via)).collect()
}
