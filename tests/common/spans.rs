//! The invariants of a spanned tree: every span is a part of the text and of its parent, and all parts together are the
//! text.

#![allow(clippy::indexing_slicing, clippy::string_slice, reason = "a test may stop at what cannot be")]

use harden::source::{FileId, Span};
use harden::yaml::{Entry, Kind, NodeId, Text, Tree};

/// What is wrong with the spans of a tree.
pub struct Spans<'t> {
    tree: &'t Tree,
    wrong: Vec<String>,
    /// Scalars, aliases and comments.
    parts: Vec<Span>,
}

impl Spans<'_> {
    /// Everything that is wrong.
    pub fn check(tree: &Tree) -> Vec<String> {
        let mut spans = Spans { tree, wrong: Vec::new(), parts: Vec::new() };
        let text = tree.source(FileId(0)).text();
        for document in tree.documents() {
            if let Some(root) = document.root {
                spans.node(root, Span::new(0, text.len()));
            }
            for &comment in &document.comments {
                let written = tree.source(document.file).slice(comment);
                spans.require(
                    written.starts_with('#') && !written.contains(['\n', '\r']),
                    "comment",
                    comment,
                );
            }
            spans.require(document.comments.is_sorted(), "order of comments", Span::default());
        }
        spans.whole();
        spans.wrong
    }

    /// Scalars, aliases and comments stand one behind the other: they and what is between them are the text.
    fn whole(&mut self) {
        let text = self.tree.source(FileId(0)).text();
        let comments = self.tree.documents().iter().flat_map(|document| document.comments.iter().copied());
        let mut parts: Vec<Span> = self.parts.iter().copied().chain(comments).collect();
        parts.retain(|span| !span.is_empty());
        parts.sort_unstable();
        let (mut again, mut at) = (String::new(), 0);
        for part in parts {
            let range = part.range();
            // a comment on the first line of a block of text belongs to the block
            if range.end <= at && text.get(range.clone()).is_some_and(|part| part.starts_with('#')) {
                continue;
            }
            again.push_str(text.get(at..range.start).unwrap_or("?"));
            again.push_str(text.get(range.clone()).unwrap_or("?"));
            at = range.end;
        }
        again.push_str(text.get(at..).unwrap_or("?"));
        self.require(again == text, "the parts are not the text", Span::default());
    }

    fn node(&mut self, id: NodeId, parent: Span) {
        let (node, outer) = (self.tree.node(id), self.tree.outer_span(id));
        let text = self.tree.source(node.file).text();
        self.require(text.get(node.span.range()).is_some(), "not in the text", node.span);
        self.require(parent.start <= outer.start && outer.end <= parent.end, "not in its parent", outer);
        let anchor = node.anchor().map_or("&", |span| &text[span.range()]);
        let tag = node.tag().map_or("!", |span| &text[span.range()]);
        self.require(anchor.starts_with('&') && tag.starts_with('!'), "anchor or tag", outer);
        if matches!(node.kind, Kind::Scalar { .. } | Kind::Alias(_)) {
            self.parts.push(node.span);
        }
        match &node.kind {
            Kind::Scalar { text: Text::Slice(value), .. } => {
                self.require(node.span.start <= value.start && value.end <= node.span.end, "value", *value);
            }
            Kind::Scalar { .. } | Kind::Alias(_) => {}
            Kind::Mapping { entries, .. } => {
                self.edges(id, entries.first().map(|e| e.key), entries.last().map(|e| e.value));
                for entry in entries {
                    self.colon(*entry);
                    self.node(entry.key, node.span);
                    self.node(entry.value, node.span);
                }
            }
            Kind::Sequence { items, .. } => {
                for item in items {
                    let before = text.as_bytes()[item.dash as usize];
                    let flow = item.dash == self.tree.node(item.node).span.start;
                    self.require(flow || before == b'-', "no dash", self.tree.outer_span(item.node));
                    self.node(item.node, node.span);
                }
                self.edges(id, None, items.last().map(|item| item.node));
            }
        }
    }

    /// Only `? key` and `{key}` have no colon, and then the value is empty.
    fn colon(&mut self, entry: Entry) {
        let (key, value) = (self.tree.outer_span(entry.key), self.tree.outer_span(entry.value));
        let text = self.tree.source(FileId(0)).text();
        let between = text.get(key.end as usize..value.start as usize).unwrap_or("?");
        let commentless: String = between.lines().map(|line| line.split('#').next().unwrap_or("")).collect();
        let bare = between.is_empty() && value.is_empty();
        self.require(bare || commentless.trim() == ":", "no colon", key);
    }

    /// A block collection starts with its first child and ends with its last; a flow one has brackets.
    fn edges(&mut self, id: NodeId, first: Option<NodeId>, last: Option<NodeId>) {
        let span = self.tree.node(id).span;
        let written = self.tree.source(self.tree.node(id).file).slice(span);
        let bracketed = written.starts_with(['[', '{']) && written.ends_with([']', '}']);
        let explicit = written.starts_with('?');
        let starts = explicit || first.is_none_or(|first| self.tree.outer_span(first).start == span.start);
        let ends = last.is_some_and(|last| self.tree.outer_span(last).end == span.end);
        self.require(bracketed || (starts && ends), "edges", span);
    }

    fn require(&mut self, holds: bool, what: &str, span: Span) {
        if !holds {
            self.wrong.push(format!("{what}: {:?}", self.tree.source(FileId(0)).slice(span)));
        }
    }
}
