//! What the new text is to mean: the original, with each planned change at the node where it belongs.
//!
//! A change belongs to the service's own mapping, or to the node that an own key leads to, through aliases: what
//! is written there reaches everyone who uses that node. Nothing is copied but the values that change.

use std::collections::HashMap;

use super::change::apply;
use super::meaning::Meaning;
use super::merge::resolve;
use super::written::{meaning, merged_only};
use crate::edit::site;
use crate::plan::{Op, Plan};
use crate::source::{FileId, Span};
use crate::yaml::{Entry, Kind, Layers, NodeId, Tree};

/// What changes at one node.
#[derive(Debug)]
pub(super) struct Patch<'a> {
    /// The service it is planned for; `None` for several.
    pub by: Option<usize>,
    /// Keys of a mapping and what they are to mean.
    pub keys: Vec<(&'static str, Meaning<'a>)>,
    /// What a sequence is to mean.
    pub whole: Option<Meaning<'a>>,
}

/// All patches of a plan, by node.
#[derive(Debug)]
pub(super) struct Expected<'a> {
    tree: &'a Tree,
    patches: HashMap<NodeId, Patch<'a>>,
    replaceable: Vec<(FileId, Span)>,
}

impl<'a> Expected<'a> {
    /// Puts every change of the plan where it belongs.
    pub(super) fn new(tree: &'a Tree, services: &Layers, plan: &'a Plan) -> Self {
        let mut expected = Self { tree, patches: HashMap::new(), replaceable: Vec::new() };
        for (service, change) in plan.changes() {
            if let Some(node) = site(tree, services, service, change) {
                expected.place(service, tree.resolve(node), &change.path, &change.op);
            }
        }
        expected
    }

    /// What changes at a node.
    pub(super) fn patch(&self, id: NodeId) -> Option<&Patch<'a>> {
        self.patches.get(&id)
    }

    /// The spans in a file that an edit may replace: entries that get another value, and replaced items.
    pub(super) fn replaceable(&self, file: FileId) -> Vec<Span> {
        let here = self.replaceable.iter().filter(|(own, _)| *own == file);
        here.map(|(_, span)| *span).collect()
    }

    fn place(&mut self, service: usize, mapping: NodeId, path: &[&'static str], op: &'a Op) {
        let [key, rest @ ..] = path else { return };
        let own = self.tree.entry(mapping, key);
        let target = own.map(|entry| self.tree.resolve(entry.value));
        match target.map(|target| (target, &self.tree.node(target).kind)) {
            Some((target, Kind::Mapping { .. })) if !rest.is_empty() => {
                self.place(service, target, rest, op);
            }
            Some((target, Kind::Sequence { .. })) if rest.is_empty() && !matches!(op, Op::Set(_)) => {
                self.patch_items(service, target, op);
            }
            _ => self.patch_key(service, mapping, own, path, op),
        }
    }

    fn patch_items(&mut self, service: usize, list: NodeId, op: &'a Op) {
        if let Op::ReplaceItem { index, .. } = op
            && let Some(item) = self.tree.items(list).get(*index)
        {
            self.replaceable.push((self.tree.node(item.node).file, self.tree.outer_span(item.node)));
        }
        let tree = self.tree;
        let patch = self.entry(service, list);
        let base = patch.whole.take().unwrap_or_else(|| resolve(meaning(tree, list)).untagged());
        patch.whole = Some(apply(base, &[], op));
    }

    fn patch_key(
        &mut self,
        service: usize,
        mapping: NodeId,
        own: Option<Entry>,
        path: &[&'static str],
        op: &'a Op,
    ) {
        let [key, rest @ ..] = path else { return };
        let tree = self.tree;
        if let Some(entry) = own {
            let span = Span { end: tree.outer_span(entry.value).end, ..tree.node(entry.key).span };
            self.replaceable.push((tree.node(mapping).file, span));
        }
        let here = self.entry(service, mapping);
        if let Some((_, value)) = here.keys.iter_mut().find(|(own, _)| own == key) {
            *value = apply(std::mem::replace(value, Meaning::Null), rest, op);
            return;
        }
        let base = own.map(|entry| entry.value).or_else(|| merged_only(tree, mapping, key));
        let base = base.map_or(Meaning::Null, |value| resolve(meaning(tree, value)));
        here.keys.push((key, apply(base, rest, op)));
    }

    fn entry(&mut self, service: usize, node: NodeId) -> &mut Patch<'a> {
        let fresh = || Patch { by: Some(service), keys: Vec::new(), whole: None };
        let patch = self.patches.entry(node).or_insert_with(fresh);
        patch.by = patch.by.filter(|by| *by == service);
        patch
    }
}
