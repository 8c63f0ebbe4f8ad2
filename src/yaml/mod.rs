//! A spanned YAML tree: every key, value, item, anchor, tag, alias and comment with its exact bytes.
//!
//! Built on parser events; knows no Compose. It keeps the file as it is written: aliases are nodes, `<<` is an
//! ordinary key. What a service *means* is resolved in `load`. Duplicate keys, depth and the alias budget are
//! checked while the tree is built, so that everything after it may walk without bounds.

mod build;
mod error;
mod layers;
mod query;

pub use build::{Limits, parse};
pub use error::{Error, ErrorKind, Note};
pub use layers::Layers;

use crate::source::{FileId, Place, Source, Span};

/// Index of a node in its [`Tree`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub(crate) u32);

/// All nodes of a project's files, and the files themselves.
#[derive(Debug, Default)]
pub struct Tree {
    pub(crate) sources: Vec<Source>,
    pub(crate) nodes: Vec<Node>,
    pub(crate) documents: Vec<Document>,
}

/// One YAML document of one file.
#[derive(Debug)]
pub struct Document {
    /// The file it is in.
    pub file: FileId,
    /// Its top node; `None` for a document that holds nothing but comments.
    pub root: Option<NodeId>,
    /// Where its nodes begin: each has an id from this one on, and below that of the next document.
    pub(crate) first: NodeId,
    /// Every comment, `#` included, line break excluded, in order.
    pub comments: Vec<Span>,
    /// Every node that has an anchor, in order.
    pub anchored: Vec<NodeId>,
}

/// One node as written.
#[derive(Debug)]
pub struct Node {
    /// What it is.
    pub kind: Kind,
    /// The bytes of the node itself, without anchor and tag. A scalar's includes its quotes; a block scalar's
    /// starts at `|` or `>` and ends after its last content line, line break excluded (blank lines after it are
    /// content only with `|+`); a flow collection's includes its brackets; a block collection's runs from its
    /// first key (with that key's anchor, tag or `?`) or dash to the end of its last descendant (or that
    /// descendant's anchor, tag or colon when the value is empty). An empty value has an empty span right after
    /// its key's colon (or after the dash), or after its anchor and tag if it has these.
    pub span: Span,
    /// The file.
    pub file: FileId,
    /// What few nodes have.
    pub(crate) properties: Option<Box<Properties>>,
}

/// The anchor and the tag of a node. In a box, because files are large and few nodes have any.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Properties {
    pub(crate) anchor: Option<Span>,
    pub(crate) tag: Option<Span>,
}

impl Node {
    /// `&name`, ampersand included.
    #[must_use]
    pub fn anchor(&self) -> Option<Span> {
        self.properties.as_ref()?.anchor
    }

    /// `!tag`, as written.
    #[must_use]
    pub fn tag(&self) -> Option<Span> {
        self.properties.as_ref()?.tag
    }
}

/// What a node is.
#[derive(Debug)]
pub enum Kind {
    /// A scalar; [`Tree::text`] gives its value after unescaping.
    Scalar {
        /// How it is quoted.
        style: Quoting,
        /// Where its value is.
        text: Text,
    },
    /// A mapping.
    Mapping {
        /// Block or flow.
        layout: Layout,
        /// Its entries in order; keys are unique (a `<<` too).
        entries: Box<[Entry]>,
    },
    /// A sequence.
    Sequence {
        /// Block or flow.
        layout: Layout,
        /// Its items in order.
        items: Box<[Item]>,
    },
    /// `*name`; always resolved, and never a cycle.
    Alias(NodeId),
}

/// One `key: value`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The key node.
    pub key: NodeId,
    /// The value node.
    pub value: NodeId,
}

/// One item of a sequence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Item {
    /// Byte offset of the `-`; of the item itself in a flow sequence.
    pub dash: u32,
    /// The item's node.
    pub node: NodeId,
}

/// Where a scalar's value is.
#[derive(Debug)]
pub enum Text {
    /// A slice of the source (the quotes left out).
    Slice(Span),
    /// Unescaped or folded.
    Owned(Box<str>),
}

/// How a scalar is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quoting {
    /// `text`; also an empty value.
    Plain,
    /// `'text'`
    Single,
    /// `"text"`
    Double,
    /// `|`
    Literal,
    /// `>`
    Folded,
}

/// Whether a collection is written with indentation or with brackets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// By indentation.
    Block,
    /// By brackets.
    Flow,
}

#[cfg(test)]
mod tests;

impl Tree {
    /// The node.
    ///
    /// # Panics
    /// Never for an id of this tree; ids are only made by the builder.
    #[must_use]
    #[expect(clippy::indexing_slicing, reason = "ids are only made by the builder of this tree")]
    pub fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.0 as usize]
    }

    /// The source of a file.
    ///
    /// # Panics
    /// Never for the file of a node of this tree.
    #[must_use]
    #[expect(clippy::indexing_slicing, reason = "file ids are only made by the builder of this tree")]
    pub fn source(&self, file: FileId) -> &Source {
        &self.sources[usize::from(file.0)]
    }

    /// All files, in the order in which they were read.
    #[must_use]
    pub fn sources(&self) -> &[Source] {
        &self.sources
    }

    /// Adds a file that is no YAML, so that places in it are places like any other; `None` when there are too many.
    pub fn add(&mut self, source: Source) -> Option<FileId> {
        let file = u16::try_from(self.sources.len()).ok().filter(|file| *file < u16::MAX)?;
        self.sources.push(source);
        Some(FileId(file))
    }

    /// All documents, in order.
    #[must_use]
    pub fn documents(&self) -> &[Document] {
        &self.documents
    }

    /// Where a node is written.
    #[must_use]
    pub fn place(&self, id: NodeId) -> Place {
        let node = self.node(id);
        Place { file: node.file, span: node.span }
    }

    /// The node an alias stands for; the node itself otherwise.
    #[must_use]
    pub fn resolve(&self, id: NodeId) -> NodeId {
        match self.node(id).kind {
            Kind::Alias(target) => target,
            _ => id,
        }
    }

    /// A scalar's value (aliases followed); `None` for a collection.
    #[must_use]
    pub fn text(&self, id: NodeId) -> Option<&str> {
        let node = self.node(self.resolve(id));
        match &node.kind {
            Kind::Scalar { text: Text::Slice(span), .. } => Some(self.source(node.file).slice(*span)),
            Kind::Scalar { text: Text::Owned(text), .. } => Some(text),
            _ => None,
        }
    }

    /// A mapping's entries as written (aliases followed, `<<` not); empty for anything else.
    #[must_use]
    pub fn entries(&self, id: NodeId) -> &[Entry] {
        match &self.node(self.resolve(id)).kind {
            Kind::Mapping { entries, .. } => entries,
            _ => &[],
        }
    }

    /// A sequence's items (aliases followed); empty for anything else.
    #[must_use]
    pub fn items(&self, id: NodeId) -> &[Item] {
        match &self.node(self.resolve(id)).kind {
            Kind::Sequence { items, .. } => items,
            _ => &[],
        }
    }

    /// The entry of a mapping with this key, as written.
    #[must_use]
    pub fn entry(&self, id: NodeId, key: &str) -> Option<Entry> {
        self.entries(id).iter().copied().find(|entry| self.text(entry.key) == Some(key))
    }

    /// The value of a mapping's key, as written.
    #[must_use]
    pub fn get(&self, id: NodeId, key: &str) -> Option<NodeId> {
        self.entry(id, key).map(|entry| entry.value)
    }

    /// The target of every alias of a document, once for each time it is used.
    pub fn alias_targets(&self, document: &Document) -> impl Iterator<Item = NodeId> {
        let next = self.documents.partition_point(|other| other.first <= document.first);
        self.nodes_between(Some(document), self.documents.get(next)).iter().filter_map(|node| {
            match node.kind {
                Kind::Alias(target) => Some(target),
                _ => None,
            }
        })
    }

    /// Whether the node (aliases followed) is an empty or null plain scalar.
    #[must_use]
    pub fn is_null(&self, id: NodeId) -> bool {
        let node = self.node(self.resolve(id));
        matches!(node.kind, Kind::Scalar { style: Quoting::Plain, .. })
            && matches!(self.text(id), Some("" | "~" | "null" | "Null" | "NULL"))
    }
}
