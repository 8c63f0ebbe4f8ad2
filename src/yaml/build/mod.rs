//! Builds the tree from parser events, and checks it.
//!
//! Iterative, with a stack of its own, so that no input can exhaust the thread's stack. The parser's spans are
//! used for tokens only; the extents of block collections, empty values and block scalars are worked out here.

mod complain;
mod cursor;
mod keys;
mod nodes;
mod place;
mod scalar;
mod syntax;

use super::{Document, Entry, Error, Item, Kind, Layout, Node, NodeId, Quoting, Tree};
use crate::source::{FileId, Source, Span};
use complain::Context;
use cursor::Cursor;
use granit_parser::{Event, Parser, Span as Extent};

/// Bounds that keep a hostile file from hanging or exhausting the process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Levels of nested collections, block and flow together. What walks the tree may recurse this deep.
    pub depth: usize,
    /// Nodes that the aliases of one document may stand for.
    pub expanded_nodes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { depth: 128, expanded_nodes: 1_000_000 }
    }
}

/// Parses a file into the tree: every document of it, in order. A file without any document (empty, or only
/// comments) gives one without a root.
///
/// # Errors
/// When the text is no YAML, gives a key twice, refers to an unknown anchor or exceeds a limit. The source is in
/// the tree all the same, so that the error can be shown; its nodes are not.
pub fn parse(tree: &mut Tree, source: Source, limits: &Limits) -> Result<FileId, Error> {
    let file = FileId(u16::try_from(tree.sources.len()).unwrap_or(u16::MAX));
    tree.sources.push(source);
    let (nodes, documents) = (tree.nodes.len(), tree.documents.len());
    let text = tree.sources.last().map_or("", Source::text);
    let context = Context { file, text, limits: *limits };
    let built = Builder::new(context, &mut tree.nodes, &mut tree.documents).run();
    if built.is_err() {
        tree.nodes.truncate(nodes);
        tree.documents.truncate(documents);
    }
    built.map(|()| file)
}

struct Builder<'a> {
    context: Context<'a>,
    nodes: &'a mut Vec<Node>,
    documents: &'a mut Vec<Document>,
    /// After the last token that was seen.
    cursor: Cursor<'a>,
    /// The collections that are open, the innermost last, and their entries and items so far.
    stack: Vec<Frame>,
    entries: Vec<Entry>,
    items: Vec<Item>,
    /// What each anchor is on, by the parser's id; those of this document begin at `first_anchor`.
    anchors: Vec<Option<Anchored>>,
    first_anchor: usize,
    /// Nodes that the aliases of this document stand for.
    expanded: usize,
    root: Option<NodeId>,
    anchored: Vec<NodeId>,
    comments: Vec<Span>,
    documents_here: usize,
    /// Where the nodes of this document begin.
    first_node: u32,
}

/// A collection that is open.
struct Frame {
    node: NodeId,
    layout: Layout,
    /// Where its children begin in `entries` or `items`.
    first: usize,
    /// What comes next in it.
    slot: Slot,
    /// First byte, once it is known: a block collection starts at its first child.
    start: Option<usize>,
    /// End of the last descendant so far.
    end: usize,
    /// Nodes it stands for, itself included.
    size: usize,
    /// The parser's id of its anchor; 0 without one.
    anchor: usize,
}

/// What the next node in a collection is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Slot {
    Item,
    Key,
    Value(NodeId),
}

#[derive(Clone, Copy)]
struct Anchored {
    node: NodeId,
    name: Span,
    size: usize,
}

impl<'a> Builder<'a> {
    fn new(context: Context<'a>, nodes: &'a mut Vec<Node>, documents: &'a mut Vec<Document>) -> Self {
        let first_node = index(nodes.len());
        nodes.reserve(context.text.len() / 16);
        Self {
            first_node,
            context,
            nodes,
            documents,
            cursor: Cursor::new(context.text),
            stack: Vec::with_capacity(16),
            entries: Vec::with_capacity(64),
            items: Vec::with_capacity(64),
            anchors: Vec::new(),
            first_anchor: 0,
            expanded: 0,
            root: None,
            anchored: Vec::new(),
            comments: Vec::new(),
            documents_here: 0,
        }
    }

    fn run(mut self) -> Result<(), Error> {
        if let Some(error) = self.context.lone_return() {
            return Err(error);
        }
        let depth = self.context.limits.depth;
        let options = granit_parser::options! {
            emit_anchor_events: true,
            emit_unresolved_aliases: true,
            max_buffered_comment_events: usize::MAX,
            flow_nesting_limit: depth,
            block_nesting_limit: depth,
        };
        for event in Parser::new_from_str_with_options(self.context.text, options) {
            match event {
                Ok((event, extent)) => self.event(event, extent)?,
                Err(error) => return Err(self.context.syntax(&error)),
            }
        }
        self.end_file();
        Ok(())
    }

    fn event(&mut self, event: Event<'_>, extent: Extent) -> Result<(), Error> {
        match event {
            Event::Scalar(value, style, ..) => self.scalar(value, style, extent)?,
            Event::MappingStart(style, anchor, _) => self.open(Slot::Key, style, anchor, extent)?,
            Event::SequenceStart(style, anchor, _) => self.open(Slot::Item, style, anchor, extent)?,
            Event::MappingEnd | Event::SequenceEnd => self.close(span(extent))?,
            Event::Anchor(id, _) => self.anchor(id, span(extent)),
            Event::Alias(id) => self.alias(id, extent)?,
            Event::UnresolvedAlias(_) => return Err(self.unknown_alias(span(extent))),
            Event::Comment(..) => self.comments.push(span(extent)),
            Event::DocumentStart(false, _) => self.cursor.pass_document_ends(),
            Event::DocumentStart(true, _) => self.cursor.advance(span(extent).range().end),
            Event::DocumentEnd => self.end_document(span(extent)),
            _ => {}
        }
        Ok(())
    }
}

impl Builder<'_> {
    fn end_document(&mut self, span: Span) {
        self.cursor.advance(span.range().end);
        self.finish_document();
        self.first_anchor = self.anchors.len();
        self.expanded = 0;
    }

    /// Comments after the last document are its own.
    fn end_file(&mut self) {
        match self.documents.last_mut() {
            Some(last) if self.documents_here > 0 => last.comments.append(&mut self.comments),
            _ => self.finish_document(),
        }
    }

    fn finish_document(&mut self) {
        // A comment on the header of a block scalar is reported after the scalar.
        self.comments.sort_unstable();
        self.documents.push(Document {
            file: self.context.file,
            root: self.root.take().filter(|&root| !self.is_absent(root)),
            first: NodeId(self.first_node),
            comments: std::mem::take(&mut self.comments),
            anchored: std::mem::take(&mut self.anchored),
        });
        self.documents_here += 1;
        self.first_node = index(self.nodes.len());
    }

    /// Whether a root is only the empty value that the parser puts into an empty document.
    fn is_absent(&self, root: NodeId) -> bool {
        let node = self.nodes.get(root.0 as usize);
        node.is_some_and(|node| is_empty(node) && node.anchor().is_none() && node.tag().is_none())
    }
}

fn is_empty(node: &Node) -> bool {
    node.span.is_empty() && matches!(node.kind, Kind::Scalar { style: Quoting::Plain, .. })
}

fn span(extent: Extent) -> Span {
    let range = extent.byte_range().unwrap_or_default();
    Span::new(range.start, range.end)
}

fn tag(extent: Extent) -> Option<Span> {
    extent.tag_span().map(span)
}

/// An index or offset in 32 bits: files are bounded below 4 GiB, and a node takes at least a byte.
fn index(at: usize) -> u32 {
    Span::new(at, at).start
}
