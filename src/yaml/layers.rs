//! Things that several files write, one file over the other: which nodes write each.
//!
//! Knows nodes and their order, and not what they mean.

use super::NodeId;
use crate::source::FileId;

/// The nodes that write each of a list of things: one for most, more where a later file adds to an earlier one.
#[derive(Clone, Debug, Default)]
pub struct Layers {
    base: Vec<NodeId>,
    /// By index of the thing, in the order of the files; few or none.
    over: Vec<(usize, NodeId)>,
    /// The file that alone may change.
    top: Option<FileId>,
}

impl Layers {
    /// Says that one file alone may change: the last, which lies over all others.
    pub fn change_only(&mut self, file: FileId) {
        self.top = Some(file);
    }

    /// The file that alone may change, where there is such a one.
    #[must_use]
    pub fn top(&self) -> Option<FileId> {
        self.top
    }

    /// Adds a thing that a node writes, and returns its index.
    pub fn push(&mut self, node: NodeId) -> usize {
        self.base.push(node);
        self.base.len() - 1
    }

    /// Lays a later node over a thing.
    pub fn lay(&mut self, at: usize, node: NodeId) {
        let end = self.over.partition_point(|(index, _)| *index <= at);
        self.over.insert(end, (at, node));
    }

    /// How many things there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.base.len()
    }

    /// Whether there is nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.base.is_empty()
    }

    /// The node that writes a thing first.
    #[must_use]
    pub fn base(&self, at: usize) -> Option<NodeId> {
        self.base.get(at).copied()
    }

    /// The nodes laid over the first, in order.
    #[must_use]
    pub fn over(&self, at: usize) -> impl DoubleEndedIterator<Item = NodeId> + Clone {
        let start = self.over.partition_point(|(index, _)| *index < at);
        let rest = self.over.get(start..).unwrap_or_default();
        let len = rest.partition_point(|(index, _)| *index == at);
        rest.get(..len).unwrap_or_default().iter().map(|(_, node)| *node)
    }

    /// All nodes that write a thing, in the order of the files.
    #[must_use]
    pub fn of(&self, at: usize) -> impl DoubleEndedIterator<Item = NodeId> + Clone {
        self.base(at).into_iter().chain(self.over(at))
    }

    /// The first node of every thing, in order.
    #[must_use]
    pub fn bases(&self) -> &[NodeId] {
        &self.base
    }

    /// Every node with the index of what it writes.
    pub fn iter(&self) -> impl Iterator<Item = (usize, NodeId)> {
        self.base.iter().copied().enumerate().chain(self.over.iter().copied())
    }
}

impl From<Vec<NodeId>> for Layers {
    fn from(base: Vec<NodeId>) -> Self {
        Self { base, ..Self::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::{Layers, NodeId};

    #[test]
    fn later_nodes_lie_over_the_first() {
        let mut layers = Layers::default();
        assert!(layers.is_empty());
        let (a, b) = (layers.push(NodeId(1)), layers.push(NodeId(2)));
        layers.lay(b, NodeId(3));
        layers.lay(a, NodeId(4));
        layers.lay(b, NodeId(5));
        let nodes = |at| layers.of(at).map(|node| node.0).collect::<Vec<_>>();
        assert_eq!((nodes(a), nodes(b), nodes(9)), (vec![1, 4], vec![2, 3, 5], vec![]));
        assert_eq!((layers.len(), layers.base(b), layers.over(b).count()), (2, Some(NodeId(2)), 2));
    }
}
