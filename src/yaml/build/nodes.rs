//! Makes one node from its event: scalars, aliases, collections and their anchors.

use super::keys::Keys;
use super::scalar::{self, Block};
use super::{Anchored, Builder, Frame, Slot, index, is_empty, span, tag};
use crate::source::Span;
use crate::yaml::{Error, Kind, Layout, Node, NodeId, Properties, Quoting, Text};
use granit_parser::{ScalarStyle, Span as Extent, StructureStyle};
use std::borrow::Cow;

impl Builder<'_> {
    pub(super) fn scalar(
        &mut self,
        value: Cow<'_, str>,
        style: ScalarStyle,
        extent: Extent,
    ) -> Result<(), Error> {
        let from = self.enter(span(extent))?;
        let style = scalar::quoting(style);
        let (span, text) = self.scalar_text(value, style, extent, from);
        self.push(Kind::Scalar { style, text }, span, tag(extent));
        self.leave(span.range().end, 1);
        Ok(())
    }

    /// Span and value of a scalar; `from` is where it would start if it were empty.
    fn scalar_text(&self, value: Cow<'_, str>, style: Quoting, extent: Extent, from: usize) -> (Span, Text) {
        let (token, source) = (span(extent), self.context.text);
        match style {
            Quoting::Plain if token.is_empty() => {
                let at = tag(extent).map_or(from, |tag| from.max(tag.range().end));
                let empty = Span::new(at, at);
                (empty, Text::Slice(empty))
            }
            Quoting::Plain => (token, scalar::text(source, token, value)),
            Quoting::Single | Quoting::Double => {
                (token, scalar::text(source, scalar::unquoted(token), value))
            }
            Quoting::Literal | Quoting::Folded => {
                let (indent, end) = (extent.start.col(), token.range().end);
                let block =
                    Block { source, header: self.cursor.after_properties(), value: &value, indent, end };
                (block.span(), Text::Owned(block.value().into()))
            }
        }
    }

    pub(super) fn alias(&mut self, id: usize, extent: Extent) -> Result<(), Error> {
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
        self.enter(span)?;
        self.push(Kind::Alias(target.node), span, None);
        self.leave(span.range().end, target.size);
        Ok(())
    }

    pub(super) fn open(
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
        self.enter(token)?;
        let (layout, start) = match style {
            StructureStyle::Block => (Layout::Block, None),
            StructureStyle::Flow => (Layout::Flow, Some(token.range().start)),
        };
        let (kind, first) = match slot {
            Slot::Item => (Kind::Sequence { layout, items: Box::default() }, self.items.len()),
            _ => (Kind::Mapping { layout, entries: Box::default() }, self.entries.len()),
        };
        let node = self.push(kind, token, tag(extent));
        // The bracket of a flow collection; nothing for a block one.
        self.cursor.advance(if start.is_some() { token.range().end } else { 0 });
        self.stack.push(Frame { node, layout, first, slot, start, end: 0, size: 1, anchor });
        Ok(())
    }

    pub(super) fn close(&mut self, bracket: Span) -> Result<(), Error> {
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
    pub(super) fn anchor(&mut self, id: usize, name: Span) {
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
        last.properties.get_or_insert_default().anchor = Some(name);
        if is_empty(last) && last.span.start < name.end {
            let span = Span { start: name.end, end: name.end };
            last.span = span;
            if let Kind::Scalar { text, .. } = &mut last.kind {
                *text = Text::Slice(span);
            }
            self.leave(span.range().end, 0);
        }
    }

    pub(super) fn unknown_alias(&self, span: Span) -> Error {
        let here = self.anchors.iter().skip(self.first_anchor).flatten();
        let names: Vec<&str> = here.map(|anchored| self.context.name(anchored.name)).collect();
        self.context.unknown_alias(span, &names)
    }

    fn push(&mut self, kind: Kind, span: Span, tag: Option<Span>) -> NodeId {
        let id = NodeId(index(self.nodes.len()));
        self.cursor.advance(tag.map_or(0, |tag| tag.range().end));
        let properties = tag.map(|_| Box::new(Properties { anchor: None, tag }));
        self.nodes.push(Node { kind, span, file: self.context.file, properties });
        id
    }
}
