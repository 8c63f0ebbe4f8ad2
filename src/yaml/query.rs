//! Questions about how a tree is written, for whoever edits or explains it.

use super::{Document, Kind, Layout, Node, NodeId, Quoting, Tree};
use crate::source::{FileId, Place, Span};

impl Tree {
    /// The node's span with its anchor and tag.
    #[must_use]
    pub fn outer_span(&self, id: NodeId) -> Span {
        let node = self.node(id);
        let properties = [node.anchor(), node.tag()];
        properties.into_iter().flatten().fold(node.span, |span, property| Span {
            start: span.start.min(property.start),
            end: span.end.max(property.end),
        })
    }

    /// The first line of a node.
    #[must_use]
    pub fn first_line(&self, id: NodeId) -> Place {
        let place = self.place(id);
        let first = self.source(place.file).slice(place.span).lines().next().unwrap_or_default().len();
        let start = place.span.range().start;
        Place { span: Span::new(start, start + first), ..place }
    }

    /// The column, in bytes from 0, at which the keys of a block mapping (aliases followed) start; `None` for
    /// anything else.
    #[must_use]
    pub fn key_indent(&self, mapping: NodeId) -> Option<usize> {
        let node = self.node(self.resolve(mapping));
        match node.kind {
            Kind::Mapping { layout: Layout::Block, .. } => {
                Some(self.source(node.file).column(node.span.start))
            }
            _ => None,
        }
    }

    /// The column, in bytes from 0, at which the dashes of a block sequence (aliases followed) stand; `None` for
    /// anything else.
    #[must_use]
    pub fn dash_indent(&self, sequence: NodeId) -> Option<usize> {
        let node = self.node(self.resolve(sequence));
        match node.kind {
            Kind::Sequence { layout: Layout::Block, .. } => {
                Some(self.source(node.file).column(node.span.start))
            }
            _ => None,
        }
    }

    /// Whether a key is a merge key: a plain `<<`. A quoted one is an ordinary key.
    #[must_use]
    pub fn is_merge_key(&self, key: NodeId) -> bool {
        let plain = matches!(self.node(self.resolve(key)).kind, Kind::Scalar { style: Quoting::Plain, .. });
        plain && self.text(key) == Some("<<")
    }

    /// The document that a node is in.
    #[must_use]
    pub fn document_of(&self, id: NodeId) -> Option<&Document> {
        let after = self.documents.partition_point(|document| document.first <= id);
        self.documents.get(after.checked_sub(1)?)
    }

    /// All nodes of one file.
    pub(crate) fn nodes_of(&self, file: FileId) -> &[Node] {
        let next = self.documents.partition_point(|document| document.file <= file);
        self.nodes_between(self.documents_of(file).next(), self.documents.get(next))
    }

    /// The nodes from a document up to another, or to the last one.
    pub(crate) fn nodes_between(&self, first: Option<&Document>, next: Option<&Document>) -> &[Node] {
        let at = |document: &Document| document.first.0 as usize;
        let end = next.map_or(self.nodes.len(), at);
        let nodes = first.and_then(|first| self.nodes.get(at(first)..end));
        nodes.unwrap_or_default()
    }

    /// The documents of one file, in order.
    pub fn documents_of(&self, file: FileId) -> impl Iterator<Item = &Document> {
        // files are parsed one after the other
        let start = self.documents.partition_point(|document| document.file < file);
        let rest = self.documents.get(start..).unwrap_or_default();
        rest.iter().take_while(move |document| document.file == file)
    }
}

impl Document {
    /// The comments that start within a span, in order.
    #[must_use]
    pub fn comments_within(&self, span: Span) -> &[Span] {
        let first = self.comments.partition_point(|comment| comment.start < span.start);
        let rest = self.comments.get(first..).unwrap_or_default();
        let len = rest.partition_point(|comment| comment.start < span.end);
        rest.get(..len).unwrap_or_default()
    }
}
