//! Where the next node stands in the collection that is open: after its dash, as a key, after its colon.

use super::{Builder, Slot, index};
use crate::source::Span;
use crate::yaml::{Entry, Error, Item, Layout, NodeId};

impl Builder<'_> {
    /// Steps over what leads to the next node and links it there. Gives where the node would start if it is
    /// empty.
    pub(super) fn enter(&mut self, token: Span) -> Result<usize, Error> {
        let node = NodeId(index(self.nodes.len()));
        match self.stack.last().map(|frame| (frame.slot, frame.layout)) {
            None => self.root = Some(node),
            Some((Slot::Item, Layout::Flow)) => self.items.push(Item { dash: token.start, node }),
            Some((Slot::Item, Layout::Block)) => self.enter_item(token, node)?,
            Some((Slot::Key, layout)) => self.enter_key(token, node, layout)?,
            Some((Slot::Value(key), _)) => self.enter_value(key, node),
        }
        Ok(self.cursor.at())
    }

    fn enter_item(&mut self, token: Span, node: NodeId) -> Result<(), Error> {
        let dash = self.cursor.take(b'-').unwrap_or(token.range().start);
        self.check_indent(dash)?;
        self.items.push(Item { dash: index(dash), node });
        self.begin(dash);
        Ok(())
    }

    fn enter_key(&mut self, token: Span, node: NodeId, layout: Layout) -> Result<(), Error> {
        if layout == Layout::Flow {
            self.cursor.take(b',');
        } else {
            self.check_indent(self.cursor.next_token())?;
        }
        let at = self.cursor.next_token();
        if at < token.range().start || token.is_empty() {
            self.cursor.take(b'?');
        }
        self.cursor.advance(at);
        self.begin(at);
        self.expect(Slot::Value(node));
        Ok(())
    }

    fn enter_value(&mut self, key: NodeId, node: NodeId) {
        self.cursor.take(b':');
        self.entries.push(Entry { key, value: node });
        self.leave(self.cursor.at(), 0);
        self.expect(Slot::Key);
    }

    /// The first child of a block collection starts it.
    fn begin(&mut self, at: usize) {
        let end = self.cursor.at();
        if let Some(frame) = self.stack.last_mut() {
            frame.start.get_or_insert(at);
            frame.end = frame.end.max(end);
        }
    }

    fn expect(&mut self, slot: Slot) {
        if let Some(frame) = self.stack.last_mut() {
            frame.slot = slot;
        }
    }

    /// The parser allows some tabs in front of a key or dash; Compose allows none.
    fn check_indent(&self, at: usize) -> Result<(), Error> {
        self.cursor.tab_in_indent(at).map_or(Ok(()), |tab| Err(self.context.tab(tab)))
    }

    /// A node ended here and stands for so many nodes.
    pub(super) fn leave(&mut self, end: usize, size: usize) {
        self.cursor.advance(end);
        if let Some(frame) = self.stack.last_mut() {
            frame.end = frame.end.max(end);
            frame.size = frame.size.saturating_add(size);
        }
    }
}
