//! In which of a service's files a change is written: where a person would put it.
//!
//! That is the first file that defines the service, unless a later one has what the change is about: a limit goes into
//! the `deploy` block that is there, and a value is replaced where it holds. Where one file alone may change, it is the
//! same among that file's own. Looks at structure only.

use crate::plan::{Change, Op};
use crate::yaml::{Layers, NodeId, Tree};

/// The node of a service that a change is written into; `None` for an unknown service, and for one that the only file
/// that may change does not have: [`super::room`] says where that is to have it.
#[must_use]
pub fn site(tree: &Tree, services: &Layers, service: usize, change: &Change) -> Option<NodeId> {
    let base = services.base(service)?;
    if services.top().is_none() && services.over(service).next().is_none() {
        return Some(base);
    }
    let may_change = |node: &NodeId| services.top().is_none_or(|top| tree.node(*node).file == top);
    let all: Vec<NodeId> = services.of(service).filter(may_change).collect();
    let fresh = all.iter().rposition(|&node| starts_anew(tree, node, &change.path)).unwrap_or(0);
    let layers = all.get(fresh..).unwrap_or_default();
    let whole = change.path.len();
    let has = |node: &&NodeId| depth(tree, **node, &change.path) == whole;
    let there = match change.op {
        Op::Set(_) => layers.iter().rfind(has),
        Op::Append(_) | Op::ReplaceItem { .. } | Op::Text(_) => layers.iter().find(has),
    };
    there.or_else(|| deepest(tree, layers, &change.path)).copied()
}

/// The first node that has most of a path.
fn deepest<'n>(tree: &Tree, layers: &'n [NodeId], path: &[&str]) -> Option<&'n NodeId> {
    layers.iter().rev().max_by_key(|node| depth(tree, **node, path))
}

/// How many keys of a path a node has.
fn depth(tree: &Tree, node: NodeId, path: &[&str]) -> usize {
    way(tree, node, path).count()
}

/// Whether a node takes away what earlier files have at a path or above it. A `logging` that names its driver does so
/// where that is another one, and is the place for its options in any case.
fn starts_anew(tree: &Tree, node: NodeId, path: &[&str]) -> bool {
    let has_tag = |value: NodeId| {
        let node = tree.node(value);
        node.tag().is_some_and(|tag| tree.source(node.file).slice(tag) == "!override")
    };
    let has_driver = path.first() == Some(&"logging") && depth(tree, node, &["logging", "driver"]) == 2;
    has_driver || way(tree, node, path).any(has_tag)
}

/// The values on the way down a path.
fn way(tree: &Tree, node: NodeId, path: &[&str]) -> impl Iterator<Item = NodeId> {
    path.iter().scan(node, |at, key| {
        *at = tree.get(*at, key)?;
        Some(*at)
    })
}
