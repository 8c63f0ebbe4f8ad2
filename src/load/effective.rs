//! What a node means once aliases, `<<` and same-file `extends` are resolved.
//!
//! Nothing is copied until `extends` has to put two services together; `<<` is resolved entry by entry. Knows the
//! merge rules of Compose, and no key's type.

use std::rc::Rc;

use crate::compose::Via;
use crate::yaml::{Entry, Kind, NodeId, Quoting, Tree};

/// A node as it takes part in an effective service.
#[derive(Clone, Debug)]
pub(super) enum View {
    /// As it is written.
    Node(NodeId),
    /// A mapping that `extends` put together; the node is where the extending one is written.
    Map(NodeId, Rc<[Field]>),
    /// A list that `extends` put together.
    List(NodeId, Rc<[(View, Via)]>),
    /// `key: value` of a mapping that meets a list of `key=value` items.
    Pair(NodeId, NodeId),
}

/// One entry of an effective mapping.
#[derive(Clone, Debug)]
pub(super) struct Field {
    /// The key as written.
    pub(super) key: NodeId,
    /// Its value.
    pub(super) value: View,
    /// How it got here.
    pub(super) via: Via,
}

/// Keys whose lists are replaced, not appended to, when services are put together (Compose Specification, merge).
const REPLACED: [&[&str]; 3] = [&["command"], &["entrypoint"], &["healthcheck", "test"]];

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
    let node = tree.node(value);
    node.tag().is_some_and(|tag| tree.source(node.file).slice(tag) == "!reset")
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
    let hidden = fields.len();
    for &entry in entries.iter().filter(|&&entry| !is_merge(tree, entry)) {
        let earlier = fields.get(..hidden).unwrap_or_default();
        let text = tree.text(entry.key);
        if !earlier.iter().any(|field| tree.text(field.key) == text) {
            fields.push(Field { key: entry.key, value: View::Node(entry.value), via });
        }
    }
    for &entry in entries.iter().filter(|&&entry| is_merge(tree, entry)) {
        let via = if via == Via::Own { Via::Merge } else { via };
        for source in merge_sources(tree, entry.value) {
            push_fields(tree, source, via, fields);
        }
    }
}

/// Puts an extended service (`base`) and the extending one (`over`) together as Compose does: mappings merge,
/// lists append, anything else is replaced.
pub(super) fn extend(tree: &Tree, base: &[Field], over: &[Field], path: &mut Vec<String>) -> Vec<Field> {
    let mut merged: Vec<Field> = Vec::with_capacity(base.len() + over.len());
    for field in over {
        let text = tree.text(field.key).unwrap_or_default();
        let below = base.iter().find(|inherited| tree.text(inherited.key) == Some(text));
        path.push(text.to_owned());
        let value = below.map_or_else(|| field.value.clone(), |below| join(tree, &below.value, field, path));
        path.pop();
        merged.push(Field { key: field.key, value, via: field.via });
    }
    for field in base {
        let text = tree.text(field.key);
        if !over.iter().any(|own| tree.text(own.key) == text) {
            merged.push(Field { via: Via::Extends, ..field.clone() });
        }
    }
    merged
}

/// One value over another.
fn join(tree: &Tree, base: &View, over: &Field, path: &mut Vec<String>) -> View {
    let at = over.value.node();
    match (shape(tree, base), shape(tree, &over.value)) {
        (Shape::Map, Shape::Map) => {
            let base = view_fields(tree, base, Via::Extends);
            let own = view_fields(tree, &over.value, over.via);
            View::Map(at, extend(tree, &base, &own, path).into())
        }
        (Shape::Null | Shape::Text, _) | (_, Shape::Null | Shape::Text) => over.value.clone(),
        _ if REPLACED.iter().any(|replaced| path.iter().eq(replaced.iter())) => over.value.clone(),
        _ => {
            let base = view_items(tree, base, Via::Extends).into_iter();
            View::List(at, base.chain(view_items(tree, &over.value, over.via)).collect())
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
        View::Map(_, fields) => {
            fields.iter().map(|field| Field { via: field.via.max(via), ..field.clone() }).collect()
        }
        View::Node(node) => fields(tree, *node, via),
        View::List(..) | View::Pair(..) => Vec::new(),
    }
}

/// The items of a view that is a list, or the pairs of one that is a mapping.
fn view_items(tree: &Tree, view: &View, via: Via) -> Vec<(View, Via)> {
    match view {
        View::List(_, items) => items.iter().map(|(item, own)| (item.clone(), (*own).max(via))).collect(),
        View::Map(..) => pairs(view_fields(tree, view, via)),
        View::Pair(..) => vec![(view.clone(), via)],
        View::Node(node) => match shape(tree, view) {
            Shape::Map => pairs(fields(tree, *node, via)),
            _ => tree.items(*node).iter().map(|item| (View::Node(item.node), via)).collect(),
        },
    }
}

fn pairs(fields: Vec<Field>) -> Vec<(View, Via)> {
    fields.into_iter().map(|field| (View::Pair(field.key, field.value.node()), field.via)).collect()
}
