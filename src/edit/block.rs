//! New keys in a block mapping: at its end as one block, or beside the key they belong to.

use super::lines::Lines;
use super::place::{self, Spot};
use super::render;
use super::scalar::is_plain;
use super::splice::{Part, Rank};
use super::style::{Style, quoting};
use super::{Editor, Origins};
use crate::plan::{Value, Words};
use crate::yaml::{NodeId, Quoting};

/// Keys to add to one mapping.
#[derive(Debug)]
pub(super) struct NewKeys<'p> {
    /// The mapping.
    pub mapping: NodeId,
    /// Whose style is followed.
    pub scope: NodeId,
    /// Whether the mapping is a service.
    pub top: bool,
    /// What to add.
    pub keys: Vec<NewKey<'p>>,
}

/// A key that the mapping does not have yet.
#[derive(Debug)]
pub(super) struct NewKey<'p> {
    /// The key.
    pub key: &'p str,
    /// Its value.
    pub value: Value,
    /// The decisions that want it.
    pub origins: Origins,
}

/// The order of keys that are added together.
pub(super) const ORDER: [&str; 13] = [
    render::MERGE,
    "mem_limit",
    "cpus",
    "pids_limit",
    "init",
    "user",
    "read_only",
    "tmpfs",
    "volumes",
    "cap_drop",
    "cap_add",
    "security_opt",
    "logging",
];

/// Keys that are read together, in this order.
const PAIRS: [(&str, &str); 2] = [("cap_drop", "cap_add"), ("read_only", "tmpfs")];

/// Puts the keys in the order a person would write them: related ones together.
pub(super) fn sort(new: &mut NewKeys<'_>) {
    if new.top {
        new.keys.sort_by_key(|new| ORDER.iter().position(|&known| known == new.key).unwrap_or(ORDER.len()));
    }
}

/// Puts the keys of a new service in the same order; limits under `deploy` stand where others do.
pub(super) fn sort_entry(keys: &mut [(Words, Value)]) {
    let place = |key: &str| ORDER.iter().position(|known| *known == key).unwrap_or(ORDER.len());
    keys.sort_by_key(|(key, _)| match &**key {
        "privileged" => 0,
        "deploy" => place("pids_limit"),
        key => place(key),
    });
}

/// Adds the keys.
pub(super) fn insert(editor: &mut Editor<'_>, new: &NewKeys<'_>) -> Result<(), &'static str> {
    let mut style = editor.style(new.scope);
    if !new.top {
        follow_siblings(editor, new, &mut style);
    }
    let indent = place::indent(editor.tree, new.mapping);
    let mut end = None;
    for NewKey { key, value, origins } in &new.keys {
        let (spot, part) = match (neighbour(editor, new, key), end) {
            (Some(spot), _) => (spot, Part::Beside),
            (None, Some(end)) => (end, Part::End),
            (None, None) => {
                let spot = place::end_of(editor.tree, new.mapping);
                (*end.insert(spot.ok_or("the mapping has no line of its own")?), Part::End)
            }
        };
        editor.origins.clone_from(origins);
        let lines = render::text(|out| render::entry(out, key, value, indent, &style));
        insert_lines(editor, new.mapping, spot, &lines, Rank::new(indent, part));
    }
    Ok(())
}

/// Inserts whole lines, as `render` makes them, in the file of a node.
pub(super) fn insert_lines(editor: &mut Editor<'_>, node: NodeId, spot: Spot, lines: &str, rank: Rank) {
    let file = editor.tree.node(node).file;
    let text = spot.text(Lines::new(editor.tree.source(file)), lines);
    editor.insert(file, spot.offset(), text, rank);
}

/// The place beside the other key of a pair, when the service has that one already.
fn neighbour(editor: &Editor<'_>, new: &NewKeys<'_>, key: &str) -> Option<Spot> {
    if !new.top {
        return None;
    }
    let (other, above) = PAIRS.iter().find_map(|&(first, second)| match key {
        _ if key == first => Some((second, true)),
        _ if key == second => Some((first, false)),
        _ => None,
    })?;
    place::beside(editor.tree, new.mapping, other, above)
}

/// In a mapping like `options`, quoted values beside the new ones make those quoted, too. Beside a limit they do not:
/// the quotes of `cpus: "0.50"` are there because it would be a number without them.
fn follow_siblings(editor: &Editor<'_>, new: &NewKeys<'_>, style: &mut Style) {
    let is_quoted = |value| matches!(quoting(editor.tree, value), Some(Quoting::Single | Quoting::Double));
    let could_be_bare = |value| editor.tree.text(value).is_some_and(|text| is_plain(text, false));
    let is_bare = |value| quoting(editor.tree, value) == Some(Quoting::Plain) && could_be_bare(value);
    let all_strings = new.keys.iter().any(|new| render::OPTIONS.contains(&new.key));
    let entries = editor.tree.entries(new.mapping);
    let quoted =
        entries.iter().any(|entry| is_quoted(entry.value) && (all_strings || could_be_bare(entry.value)));
    style.values.digits = quoted && !entries.iter().any(|entry| is_bare(entry.value));
}
