//! A mapping and a list as Compose sees them: `<<` merged, `!reset` values gone, aliases followed.
//!
//! Nothing is copied but ids. Knows no schema.

use std::collections::HashSet;

use crate::load::effective::{is_merge, is_reset, merge_sources};
use crate::yaml::{Entry, NodeId, Tree};

/// The first item of a list whose text an earlier item has. Collections never repeat one another: no list that has to
/// be distinct takes them.
pub(super) fn repeated(tree: &Tree, list: NodeId) -> Option<NodeId> {
    let mut seen = HashSet::new();
    items(tree, list).find(|item| tree.text(*item).is_some_and(|text| !seen.insert(text)))
}

/// A mapping's entries as Compose sees them: own ones first, then merged ones that they do not hide.
pub(super) fn effective(tree: &Tree, mapping: NodeId) -> Vec<Entry> {
    let own = tree.entries(tree.resolve(mapping));
    if !own.iter().any(|entry| is_merge(tree, *entry)) {
        return own.iter().copied().filter(|entry| !is_reset(tree, entry.value)).collect();
    }
    merged(tree, mapping)
}

/// The same for a mapping that has a `<<`.
fn merged(tree: &Tree, mapping: NodeId) -> Vec<Entry> {
    let (mut entries, mut names, mut visited) = (Vec::new(), HashSet::new(), HashSet::new());
    let mut waiting = vec![tree.resolve(mapping)];
    while let Some(id) = waiting.pop() {
        if !visited.insert(id) {
            continue;
        }
        let own = tree.entries(id);
        let (merges, own): (Vec<Entry>, Vec<Entry>) = own.iter().partition(|entry| is_merge(tree, **entry));
        let fresh =
            own.into_iter().filter(|entry| tree.text(entry.key).is_none_or(|name| names.insert(name)));
        entries.extend(fresh.filter(|entry| !is_reset(tree, entry.value)));
        // The stack hands out the last one first, and the first merge source wins.
        waiting
            .extend(merges.iter().rev().flat_map(|entry| merge_sources(tree, entry.value).into_iter().rev()));
    }
    entries
}

/// A list's items as Compose sees them.
pub(super) fn items(tree: &Tree, list: NodeId) -> impl Iterator<Item = NodeId> {
    tree.items(tree.resolve(list)).iter().map(|item| item.node).filter(|item| !is_reset(tree, *item))
}
