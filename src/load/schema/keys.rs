//! Keys: unknown ones are a warning with "did you mean", ones that are no strings an error.
//!
//! A newer Compose may know a key that harden does not, so an unknown key is never an error. Walks each mapping
//! once for each definition it is used as, however many services share it. `x-` keys, and all below them, are the user's.

use std::collections::{HashMap, HashSet};

use super::definition::{Definition, DefinitionId, SCHEMA};
use super::scalar::{self, Scalar};
use super::{Checked, MOST_SHOWN, layout};
use crate::load::Diagnostic;
use crate::load::effective::{is_merge, is_reset, merge_sources};
use crate::yaml::{Entry, Kind, NodeId, Tree};

/// Checks all keys below a document's top node.
pub(super) fn check(tree: &Tree, root: NodeId, checked: &mut Checked) {
    let waiting = vec![(root, SCHEMA.top)];
    let mut walk = Walk { tree, checked, waiting, visited: HashSet::new(), unknown: Vec::new() };
    while let Some((node, definition)) = walk.waiting.pop() {
        walk.visit(node, definition);
    }
    let Walk { checked, mut unknown, .. } = walk;
    unknown.sort_by_key(|(entry, _, id)| (tree.place(entry.key), *id));
    unknown.dedup_by_key(|(entry, ..)| entry.key);
    let mut meant = HashMap::new();
    let warnings = unknown.into_iter().enumerate().map(|(at, (entry, key, id))| Diagnostic {
        message: format!("unknown key `{key}`"),
        // a guess at what was meant takes long, and nobody sees those after the first
        help: if at < MOST_SHOWN { help(tree, &mut meant, (entry, key, id)) } else { None },
        place: Some(tree.place(entry.key)),
        note: None,
    });
    checked.warnings.extend(warnings);
}

/// An unknown key, and as what it was met.
type Unknown<'a> = (Entry, &'a str, DefinitionId);

/// What to do about an unknown key. `meant` are those that were asked for: the same mistake is often made in every
/// service.
fn help<'a>(
    tree: &'a Tree,
    meant: &mut HashMap<(&'a str, DefinitionId), Option<&'static str>>,
    (entry, key, id): Unknown<'a>,
) -> Option<String> {
    let definition = SCHEMA.get(id)?;
    match *meant.entry((key, id)).or_insert_with(|| nearest(key, definition)) {
        Some(known) => Some(format!("did you mean `{known}`?")),
        None if id == SCHEMA.top && layout::looks_like_service(tree, entry.value) => {
            Some(format!("if `{key}` is a service, indent it to put it under `services:`"))
        }
        None => None,
    }
}

struct Walk<'a> {
    tree: &'a Tree,
    checked: &'a mut Checked,
    waiting: Vec<(NodeId, DefinitionId)>,
    /// Collections that were seen, as what: aliases and merges lead to them again.
    visited: HashSet<(NodeId, DefinitionId)>,
    unknown: Vec<Unknown<'a>>,
}

impl Walk<'_> {
    fn visit(&mut self, node: NodeId, id: DefinitionId) {
        let Some(definition) = SCHEMA.get(id) else { return };
        let node = self.tree.resolve(node);
        match &self.tree.node(node).kind {
            Kind::Mapping { entries, .. } if definition.is_keyed() && self.visited.insert((node, id)) => {
                for &entry in entries {
                    self.entry(entry, id, definition);
                }
            }
            Kind::Sequence { items, .. } => {
                let Some(below) = definition.items.filter(|_| self.visited.insert((node, id))) else {
                    return;
                };
                self.waiting.extend(items.iter().map(|item| (item.node, below)));
            }
            _ => {}
        }
    }

    fn entry(&mut self, entry: Entry, id: DefinitionId, definition: &Definition) {
        if is_merge(self.tree, entry) {
            return self.merge(entry, id);
        }
        let Some(key) = self.tree.text(entry.key).filter(|_| !self.is_no_string(entry)) else {
            return self.checked.errors.push(no_string(self.tree, entry.key));
        };
        if let Some(below) = definition.key(key) {
            self.descend(entry, below);
        } else if let Some(below) = definition.open {
            self.descend(entry, below);
        } else if definition.is_closed() && !key.starts_with("x-") {
            self.unknown.push((entry, key, id));
        }
    }

    fn descend(&mut self, entry: Entry, below: DefinitionId) {
        if !is_reset(self.tree, entry.value) {
            self.waiting.push((entry.value, below));
        }
    }

    fn merge(&mut self, entry: Entry, id: DefinitionId) {
        let is_mapping = |node: &NodeId| matches!(self.tree.node(*node).kind, Kind::Mapping { .. });
        let value = self.tree.resolve(entry.value);
        let sources = merge_sources(self.tree, value);
        if self.tree.text(value).is_none() && sources.iter().all(is_mapping) {
            return self.waiting.extend(sources.into_iter().map(|source| (source, id)));
        }
        let message = "`<<` must be a mapping or a list of mappings".to_owned();
        let place = Some(self.tree.place(entry.key));
        self.checked.errors.push(Diagnostic { message, help: None, place, note: None });
    }

    /// Whether the key is a number, a boolean or null, which Compose refuses as a key.
    fn is_no_string(&self, entry: Entry) -> bool {
        !matches!(scalar::of(self.tree, entry.key), Some(Scalar::Text(_)))
    }
}

fn no_string(tree: &Tree, key: NodeId) -> Diagnostic {
    let message = match tree.text(key) {
        Some(text) => format!("a key must be a string, found `{text}`"),
        None => "a key must be a string, found a collection".to_owned(),
    };
    let help = tree.text(key).map(|text| format!("put it in quotes: `\"{text}\":`"));
    Diagnostic { message, help, place: Some(tree.place(key)), note: None }
}

/// The known key that is likely meant. Case, `-` for `_` and a quarter of the letters may be wrong, but not the
/// first of them as well: `pre_start` is no `restart`.
fn nearest(key: &str, definition: &Definition) -> Option<&'static str> {
    let written = key.to_lowercase().replace('-', "_");
    let length = written.chars().count();
    let allowed = (length / 4).max(1);
    let near = |known: &&&'static str| known.len().abs_diff(length) <= allowed;
    let distance = |known: &&'static str| (strsim::damerau_levenshtein(&written, known), *known);
    let known = definition.known.iter().map(|(known, _)| known);
    let (distance, known) = known.filter(near).map(distance).min()?;
    let same_start = distance < 2 || known.chars().next() == written.chars().next();
    (distance <= allowed && distance < known.len() && same_start).then_some(known)
}
