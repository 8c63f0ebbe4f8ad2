//! Builds the tree from parser events, and checks it.
//!
//! Iterative, with a stack of its own, so that no input can exhaust the thread's stack. The parser's spans are
//! used for tokens only; the extents of block collections, empty values and block scalars are worked out here.

use super::complain::Context;
use super::cursor::Cursor;
use super::error::Error;
use super::keys::Keys;
use super::scalar::{self, Block};
use super::{Document, Entry, Item, Kind, Layout, Node, NodeId, Quoting, Text, Tree};
use crate::source::{FileId, Source, Span};
use granit_parser::{Event, Parser, ScalarStyle, Span as Extent, StructureStyle};
use std::borrow::Cow;

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
        nodes.reserve(context.text.len() / 16);
        Self {
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
            Event::Scalar(value, style, ..) => self.scalar(value, style, extent),
            Event::MappingStart(style, anchor, _) => self.open(Slot::Key, style, anchor, extent)?,
            Event::SequenceStart(style, anchor, _) => self.open(Slot::Item, style, anchor, extent)?,
            Event::MappingEnd | Event::SequenceEnd => self.close(span(extent))?,
            Event::Anchor(id, _) => self.anchor(id, span(extent)),
            Event::Alias(id) => self.alias(id, extent)?,
            Event::UnresolvedAlias(_) => return Err(self.unknown_alias(span(extent))),
            Event::Comment(..) => self.comments.push(span(extent)),
            Event::DocumentStart(true, _) => self.cursor.advance(span(extent).range().end),
            Event::DocumentEnd => self.end_document(span(extent)),
            _ => {}
        }
        Ok(())
    }
}

/// Documents.
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
            comments: std::mem::take(&mut self.comments),
            anchored: std::mem::take(&mut self.anchored),
        });
        self.documents_here += 1;
    }

    /// Whether a root is only the empty value that the parser puts into an empty document.
    fn is_absent(&self, root: NodeId) -> bool {
        let node = self.nodes.get(root.0 as usize);
        node.is_some_and(|node| is_empty(node) && node.anchor.is_none() && node.tag.is_none())
    }
}

/// Nodes.
impl Builder<'_> {
    fn scalar(&mut self, value: Cow<'_, str>, style: ScalarStyle, extent: Extent) {
        let token = span(extent);
        let style = scalar::quoting(style);
        let empty = style == Quoting::Plain && token.is_empty();
        let from = self.enter(token);
        let text = self.context.text;
        let (span, text) = match style {
            Quoting::Plain if empty => {
                let tag_end = tag(extent).map_or(0, |tag| tag.range().end);
                let span = Span::new(from.max(tag_end), from.max(tag_end));
                (span, Text::Slice(span))
            }
            Quoting::Plain => (token, scalar::text(text, token, value)),
            Quoting::Single | Quoting::Double => (token, scalar::text(text, scalar::unquoted(token), value)),
            Quoting::Literal | Quoting::Folded => (self.block_span(extent), scalar::owned(value)),
        };
        self.push(Kind::Scalar { style, text }, span, tag(extent));
        self.leave(span.range().end, 1);
    }

    fn block_span(&self, extent: Extent) -> Span {
        let header = self.cursor.after_properties();
        let end = span(extent).range().end;
        Block { source: self.context.text, header, indent: extent.start.col(), end }.span()
    }

    fn alias(&mut self, id: usize, extent: Extent) -> Result<(), Error> {
        let span = span(extent);
        let Some(target) = self.anchors.get(id).copied().flatten() else {
            return Err(self.unknown_alias(span));
        };
        if self.stack.iter().any(|frame| frame.node == target.node) {
            return Err(self.context.cycle(span, target.name));
        }
        self.expanded = self.expanded.saturating_add(target.size);
        if self.expanded > self.context.limits.expanded_nodes {
            return Err(self.context.too_many_nodes(span, target.name));
        }
        self.enter(span);
        self.push(Kind::Alias(target.node), span, None);
        self.leave(span.range().end, target.size);
        Ok(())
    }

    fn open(
        &mut self,
        slot: Slot,
        style: StructureStyle,
        anchor: usize,
        extent: Extent,
    ) -> Result<(), Error> {
        let token = span(extent);
        if self.stack.len() >= self.context.limits.depth {
            return Err(self.context.too_deep(token));
        }
        self.enter(token);
        let (layout, start) = match style {
            StructureStyle::Block => (Layout::Block, None),
            StructureStyle::Flow => (Layout::Flow, Some(token.range().start)),
        };
        let (kind, first) = match slot {
            Slot::Item => (Kind::Sequence { layout, items: Vec::new() }, self.items.len()),
            _ => (Kind::Mapping { layout, entries: Vec::new() }, self.entries.len()),
        };
        let node = self.push(kind, token, tag(extent));
        // The bracket of a flow collection; nothing for a block one.
        self.cursor.advance(if start.is_some() { token.range().end } else { 0 });
        self.stack.push(Frame { node, layout, first, slot, start, end: 0, size: 1, anchor });
        Ok(())
    }

    fn close(&mut self, bracket: Span) -> Result<(), Error> {
        let Some(frame) = self.stack.pop() else { return Ok(()) };
        let brackets = frame.layout == Layout::Flow && !bracket.is_empty();
        let end = if brackets { bracket.range().end } else { frame.end };
        if frame.slot != Slot::Item {
            self.check_keys(frame.first)?;
        }
        if let Some(node) = self.nodes.get_mut(frame.node.0 as usize) {
            node.span = Span::new(frame.start.unwrap_or(end), end);
            match &mut node.kind {
                Kind::Mapping { entries, .. } => *entries = self.entries.drain(frame.first..).collect(),
                Kind::Sequence { items, .. } => *items = self.items.drain(frame.first..).collect(),
                _ => {}
            }
        }
        if let Some(Some(anchored)) = self.anchors.get_mut(frame.anchor) {
            anchored.size = frame.size;
        }
        self.leave(end, frame.size);
        Ok(())
    }

    fn check_keys(&self, first: usize) -> Result<(), Error> {
        let keys = Keys { nodes: self.nodes, text: self.context.text };
        match keys.duplicate(self.entries.get(first..).unwrap_or_default()) {
            Some((first, second)) => Err(self.context.duplicate(keys, first, second)),
            None => Ok(()),
        }
    }

    /// An anchor of the node that was pushed last: the parser reports the node first.
    fn anchor(&mut self, id: usize, name: Span) {
        let node = NodeId(index(self.nodes.len().saturating_sub(1)));
        if self.anchors.len() <= id {
            self.anchors.resize(id + 1, None);
        }
        if let Some(slot) = self.anchors.get_mut(id) {
            *slot = Some(Anchored { node, name, size: 1 });
        }
        self.anchored.push(node);
        self.cursor.advance(name.range().end);
        let Some(last) = self.nodes.last_mut() else { return };
        last.anchor = Some(name);
        if is_empty(last) && last.span.start < name.end {
            let span = Span { start: name.end, end: name.end };
            last.span = span;
            if let Kind::Scalar { text, .. } = &mut last.kind {
                *text = Text::Slice(span);
            }
            self.leave(span.range().end, 0);
        }
    }

    fn unknown_alias(&self, span: Span) -> Error {
        let here = self.anchors.iter().skip(self.first_anchor).flatten();
        let names: Vec<&str> = here.map(|anchored| self.context.name(anchored.name)).collect();
        self.context.unknown_alias(span, &names)
    }
}

/// Where the next node stands in the collection that is open.
impl Builder<'_> {
    /// Steps over what leads to the next node and links it there. Gives where the node would start if it is
    /// empty.
    fn enter(&mut self, token: Span) -> usize {
        let node = NodeId(index(self.nodes.len()));
        let Some(frame) = self.stack.last_mut() else {
            self.root = Some(node);
            return self.cursor.at();
        };
        match (frame.slot, frame.layout) {
            (Slot::Item, Layout::Block) => {
                let dash = self.cursor.take(b'-').unwrap_or(token.range().start);
                frame.start.get_or_insert(dash);
                frame.end = frame.end.max(self.cursor.at());
                self.items.push(Item { dash: index(dash), node });
            }
            (Slot::Item, Layout::Flow) => self.items.push(Item { dash: token.start, node }),
            (Slot::Key, layout) => {
                frame.slot = Slot::Value(node);
                if layout == Layout::Flow {
                    self.cursor.take(b',');
                }
                let at = self.cursor.next_token();
                frame.start.get_or_insert(at);
                if at < token.range().start || token.is_empty() {
                    self.cursor.take(b'?');
                }
                self.cursor.advance(at);
            }
            (Slot::Value(key), _) => {
                frame.slot = Slot::Key;
                self.cursor.take(b':');
                frame.end = frame.end.max(self.cursor.at());
                self.entries.push(Entry { key, value: node });
            }
        }
        self.cursor.at()
    }

    /// A node ended here and stands for so many nodes.
    fn leave(&mut self, end: usize, size: usize) {
        self.cursor.advance(end);
        if let Some(frame) = self.stack.last_mut() {
            frame.end = frame.end.max(end);
            frame.size = frame.size.saturating_add(size);
        }
    }

    fn push(&mut self, kind: Kind, span: Span, tag: Option<Span>) -> NodeId {
        let id = NodeId(index(self.nodes.len()));
        self.cursor.advance(tag.map_or(0, |tag| tag.range().end));
        self.nodes.push(Node { kind, span, file: self.context.file, anchor: None, tag });
        id
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
