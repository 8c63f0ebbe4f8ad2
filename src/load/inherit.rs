//! Which services share written lines: through `<<`, `extends`, an alias for a whole service, or an anchored block.
//!
//! Whoever edits such lines changes every service that uses them; `pipeline` decides by this what may be edited.

use std::collections::{BTreeMap, HashSet};

use super::effective::{fields, is_merge, merge_sources};
use crate::compose::{Heritage, Inheritance, Project, Shared, Via};
use crate::yaml::{Document, Kind, NodeId, Tree};

/// Blocks and lists below a service that a pass may write into.
const WRITTEN: [&[&str]; 7] = [
    &["logging", "options"],
    &["deploy", "resources", "limits"],
    &["security_opt"],
    &["cap_add"],
    &["cap_drop"],
    &["tmpfs"],
    &["volumes"],
];

/// Keys of a service that a pass may write, or write below.
const KEYS: [&str; 24] = [
    "cap_add",
    "cap_drop",
    "cgroup",
    "cpus",
    "deploy",
    "group_add",
    "healthcheck",
    "image",
    "init",
    "ipc",
    "logging",
    "mem_limit",
    "network_mode",
    "pid",
    "pids_limit",
    "ports",
    "privileged",
    "read_only",
    "security_opt",
    "tmpfs",
    "user",
    "userns_mode",
    "uts",
    "volumes",
];

/// Notes every pair of services of which one takes over the other's own lines, except `extends`, and what does not come
/// over. `services` are those of this document, with their value nodes as written.
pub(super) fn inheritance(
    tree: &Tree,
    document: &Document,
    services: &[(usize, NodeId)],
    project: &mut Project,
) {
    if document.anchored.is_empty() {
        return;
    }
    let owners = owners(tree, services);
    for &(heir, value) in services {
        let own = tree.resolve(value);
        if let Some(&source) = owners.get(&own).filter(|&&source| source != heir) {
            project.inheritance.push(Inheritance { source, heir, via: Heritage::Alias });
        }
        let (mut sources, mut seen) = (Vec::new(), HashSet::new());
        push_sources(tree, own, &mut seen, &mut sources);
        // in the order in which they win: what has a key hides it in those behind
        let mut before: Vec<&'static str> = Vec::new();
        for node in sources {
            let Some(&source) = owners.get(&node) else {
                before.extend(KEYS.iter().filter(|key| tree.get(node, key).is_some()));
                before.sort_unstable();
                before.dedup();
                continue;
            };
            project.inheritance.push(Inheritance { source, heir, via: Heritage::Merge });
            if !before.is_empty() {
                project.hidden.insert((source, heir), before.clone());
            }
        }
    }
}

/// Keys that the later ones of the mappings that write a service have, where changes of them may go; with each, whether the
/// first has it, too. Where a later one has an anchor, nothing is said of the first.
pub(super) fn unsure(tree: &Tree, mappings: &[NodeId]) -> BTreeMap<&'static str, bool> {
    let Some((&first, later)) = mappings.split_first() else { return BTreeMap::new() };
    let has = |key: &&'static str| later.iter().any(|&node| tree.get(node, key).is_some());
    let has_anchor = later.iter().any(|&node| tree.node(node).anchor().is_some());
    let keys = KEYS.into_iter().filter(|key| has_anchor || has(key));
    keys.map(|key| (key, !has_anchor && tree.get(first, key).is_some())).collect()
}

/// The service that each own mapping belongs to: the one that is not written as an alias, or else the first.
fn owners(tree: &Tree, services: &[(usize, NodeId)]) -> BTreeMap<NodeId, usize> {
    let mut owners = BTreeMap::new();
    for aliased in [false, true] {
        for &(index, value) in services {
            if matches!(tree.node(value).kind, Kind::Alias(_)) == aliased {
                owners.entry(tree.resolve(value)).or_insert(index);
            }
        }
    }
    owners
}

/// Every mapping that a mapping merges, directly or not, once.
fn push_sources(tree: &Tree, mapping: NodeId, seen: &mut HashSet<NodeId>, found: &mut Vec<NodeId>) {
    for &entry in tree.entries(mapping).iter().filter(|&&entry| is_merge(tree, entry)) {
        for source in merge_sources(tree, entry.value) {
            if seen.insert(source) {
                found.push(source);
                push_sources(tree, source, seen, found);
            }
        }
    }
}

/// Who uses a block at one path.
#[derive(Default)]
struct Users {
    own: Vec<usize>,
    merged: Vec<usize>,
}

/// Blocks that several places use: a value on the way to a written key that is an alias or has an anchor.
pub(super) fn shared(tree: &Tree, document: &Document, services: &[(usize, NodeId)]) -> Vec<Shared> {
    if document.anchored.is_empty() {
        return Vec::new();
    }
    let mut found: BTreeMap<(Vec<&str>, NodeId), Users> = BTreeMap::new();
    for &(index, value) in services {
        for path in WRITTEN {
            let (first, merged) = first_value(tree, tree.resolve(value), path);
            for (depth, node) in way(tree, first, path) {
                let users = found.entry((path.iter().take(depth).copied().collect(), node)).or_default();
                let list = if merged { &mut users.merged } else { &mut users.own };
                if list.last() != Some(&index) {
                    list.push(index);
                }
            }
        }
    }
    let uses = count_uses(tree, document);
    let shared = found.into_iter().filter_map(|((path, node), users)| {
        let elsewhere = *uses.get(&node)? > users.own.len();
        let path = path.into_iter().map(str::to_owned).collect();
        let is_shared = !users.own.is_empty() && (users.own.len() + users.merged.len() > 1 || elsewhere);
        is_shared.then_some(Shared { path, services: users.own, merged: users.merged, elsewhere })
    });
    shared.collect()
}

/// The value of the first key of a path, and whether it comes in through `<<`.
fn first_value(tree: &Tree, own: NodeId, path: &[&str]) -> (Option<NodeId>, bool) {
    let Some(&key) = path.first() else { return (None, false) };
    let entries = tree.entries(own);
    if let Some(value) = tree.get(own, key) {
        return (Some(value), false);
    }
    let merges = entries.iter().any(|&entry| is_merge(tree, entry));
    let fields = if merges { fields(tree, own, Via::Own) } else { Vec::new() };
    let field = fields.iter().find(|field| field.key.text(tree) == key);
    (field.map(|field| field.value.node()), true)
}

/// The shared nodes on the way down a path from the value of its first key: depth (number of keys) and resolved node.
fn way(tree: &Tree, first: Option<NodeId>, path: &[&str]) -> Vec<(usize, NodeId)> {
    let mut found = Vec::new();
    let mut next = first;
    for depth in 1..=path.len() {
        let Some(value) = next else { break };
        let at = tree.resolve(value);
        if at != value || tree.node(at).anchor().is_some() {
            found.push((depth, at));
        }
        next = path.get(depth).and_then(|key| tree.get(at, key));
    }
    found
}

/// How often each anchored node is used: by its aliases, and where it is written if that is in a service.
/// A definition below a top-level `x-` key is no use of its own.
fn count_uses(tree: &Tree, document: &Document) -> BTreeMap<NodeId, usize> {
    let extensions = extension_spans(tree, document);
    let mut uses: BTreeMap<NodeId, usize> = document
        .anchored
        .iter()
        .map(|&node| {
            let start = tree.node(node).span.start;
            let before = extensions.partition_point(|span| span.start <= start);
            let last = before.checked_sub(1).and_then(|last| extensions.get(last));
            let in_extension = last.is_some_and(|span| span.contains(&start));
            (node, usize::from(!in_extension))
        })
        .collect();
    for target in tree.alias_targets(document) {
        *uses.entry(target).or_default() += 1;
    }
    uses
}

fn extension_spans(tree: &Tree, document: &Document) -> Vec<std::ops::Range<u32>> {
    let entries = document.root.map(|root| tree.entries(root)).unwrap_or_default();
    let extensions =
        entries.iter().filter(|entry| tree.text(entry.key).is_some_and(|key| key.starts_with("x-")));
    extensions.map(|entry| tree.node(entry.value).span).map(|span| span.start..span.end).collect()
}
