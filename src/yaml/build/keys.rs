//! Looks for a key that is given twice in one mapping.
//!
//! Keys are compared by the text they stand for, so `web` and `"web"` are the same key. Collections as keys are
//! not compared.

use crate::yaml::{Entry, Kind, Node, NodeId, Quoting, Text};
use std::collections::HashMap;

/// Up to this many entries comparing each with each is faster than hashing.
const FEW: usize = 16;

/// The nodes built so far, and the text they point into.
#[derive(Clone, Copy)]
pub(super) struct Keys<'a> {
    /// All nodes of the tree.
    pub(super) nodes: &'a [Node],
    /// The text of the file at hand.
    pub(super) text: &'a str,
}

/// What makes two keys the same; a plain `<<` is not the same as a quoted one.
type Identity<'a> = (&'a str, bool);

impl<'a> Keys<'a> {
    /// The first key that was there before, as (first, second).
    pub(super) fn duplicate(self, entries: &[Entry]) -> Option<(NodeId, NodeId)> {
        if entries.len() <= FEW { self.among_few(entries) } else { self.among_many(entries) }
    }

    /// The text of a scalar key, its alias followed.
    pub(super) fn name(self, key: NodeId) -> Option<&'a str> {
        self.identity(key).map(|(name, _)| name)
    }

    /// Whether the key is a plain `<<`.
    pub(super) fn is_merge(self, key: NodeId) -> bool {
        self.identity(key) == Some(("<<", true))
    }

    pub(super) fn node(self, id: NodeId) -> Option<&'a Node> {
        self.nodes.get(id.0 as usize)
    }

    fn among_few(self, entries: &[Entry]) -> Option<(NodeId, NodeId)> {
        let mut seen = [("", false, NodeId(0)); FEW];
        let mut len = 0;
        for entry in entries {
            let Some((name, merge)) = self.identity(entry.key) else { continue };
            let before = seen.iter().take(len).find(|&&(n, m, _)| n == name && m == merge);
            if let Some(&(.., first)) = before {
                return Some((first, entry.key));
            }
            if let Some(slot) = seen.get_mut(len) {
                *slot = (name, merge, entry.key);
                len += 1;
            }
        }
        None
    }

    fn among_many(self, entries: &[Entry]) -> Option<(NodeId, NodeId)> {
        let mut seen = HashMap::with_capacity(entries.len());
        entries.iter().find_map(|entry| {
            let first = seen.insert(self.identity(entry.key)?, entry.key)?;
            Some((first, entry.key))
        })
    }

    fn identity(self, key: NodeId) -> Option<Identity<'a>> {
        let node = self.node(key)?;
        match &node.kind {
            Kind::Alias(target) => self.identity(*target),
            Kind::Scalar { style, text } => {
                let name = match text {
                    Text::Slice(span) => self.text.get(span.range())?,
                    Text::Owned(text) => text,
                };
                Some((name, name == "<<" && *style == Quoting::Plain))
            }
            Kind::Mapping { .. } | Kind::Sequence { .. } => None,
        }
    }
}
