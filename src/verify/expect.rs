//! What the new text is to mean: the original, with each planned change at the node where it belongs.
//!
//! A change belongs to the service's own mapping, or to the node that an own key leads to, through aliases: what
//! is written there reaches everyone who uses that node. Nothing is copied but the values that change.

use std::collections::HashMap;

use super::change::apply;
use super::meaning::Meaning;
use super::merge::resolve;
use super::written::{meaning, merged_only};
use crate::edit::{DEFAULTS, Defaults, Room, defaults, room, site};
use crate::plan::{Op, Plan};
use crate::source::{FileId, Span};
use crate::yaml::{Entry, Kind, Layers, NodeId, Tree};

/// The key at the top of a file that holds its services.
pub(super) const SERVICES: &str = "services";

/// What changes at one node.
#[derive(Debug)]
pub(super) struct Patch<'a> {
    /// The service it is planned for; `None` for several.
    pub by: Option<usize>,
    /// Keys of a mapping and what they are to mean.
    pub keys: Vec<(&'a str, Meaning<'a>)>,
    /// What a sequence is to mean.
    pub whole: Option<Meaning<'a>>,
}

/// All patches of a plan, by node.
#[derive(Debug)]
pub(super) struct Expected<'a> {
    tree: &'a Tree,
    patches: HashMap<NodeId, Patch<'a>>,
    replaceable: Vec<(FileId, Span)>,
    /// What a file that holds nothing is to mean.
    whole: Option<(FileId, Meaning<'a>)>,
}

/// A key of the mapping, with the value that the plan has for a service that takes it.
fn taken<'a>(defaults: &Defaults, plan: &'a Plan, key: &'static str) -> Option<(Meaning<'a>, Meaning<'a>)> {
    let is_it = |service, path: &[&str]| path == [key] && defaults.user_of(service, path).is_some();
    let (_, change) = plan.compose_changes().find(|(service, change)| is_it(*service, &change.path))?;
    Some((Meaning::Str(key.into()), apply(Meaning::Null, &[], &change.op)))
}

impl<'a> Expected<'a> {
    /// Puts every change of the plan where it belongs.
    pub(super) fn new(tree: &'a Tree, services: &Layers, plan: &'a Plan) -> Self {
        let mut expected = Self { tree, patches: HashMap::new(), replaceable: Vec::new(), whole: None };
        let mut missing: Vec<(usize, Meaning<'a>)> = Vec::new();
        let defaults = defaults(tree, services, plan);
        for (service, change) in plan.compose_changes() {
            let merged = defaults.as_ref().and_then(|defaults| defaults.user_of(service, &change.path));
            if merged.is_some() {
                continue;
            }
            if let Some(node) = site(tree, services, service, change) {
                expected.place(service, tree.resolve(node), &change.path, &change.op);
            } else {
                let last = missing.pop_if(|(last, _)| *last == service);
                let base = last.map_or(Meaning::Null, |(_, meaning)| meaning);
                missing.push((service, apply(base, &change.path, &change.op)));
            }
        }
        if let Some(top) = services.top() {
            expected.add(room(tree, top), missing, plan);
        }
        if let Some(defaults) = defaults {
            expected.merge_defaults(&defaults, plan);
        }
        expected
    }

    /// Puts services that a file does not have where it has room for them.
    fn add(&mut self, room: Room, missing: Vec<(usize, Meaning<'a>)>, plan: &'a Plan) {
        let found = missing.into_iter().filter_map(|(service, meaning)| {
            Some((service, plan.services.get(service)?.service.as_str(), meaning))
        });
        let key = |name: &'a str| Meaning::Str(name.into());
        let below = |found: Vec<_>| {
            Meaning::Map(found.into_iter().map(|(_, name, meaning)| (key(name), meaning)).collect())
        };
        let services: Vec<(usize, &'a str, Meaning<'a>)> = found.collect();
        match (room, services.first().map(|(service, ..)| *service)) {
            (_, None) => {}
            (Room::Services(mapping), Some(_)) => {
                for (service, name, meaning) in services {
                    self.entry(service, mapping).keys.push((name, meaning));
                }
            }
            (Room::Top(top), Some(first)) => self.entry(first, top).keys.push((SERVICES, below(services))),
            (Room::File(file), Some(_)) => {
                self.whole = Some((file, Meaning::Map(vec![(key(SERVICES), below(services))])));
            }
        }
    }

    /// What a file that holds nothing is to mean.
    pub(super) fn whole(&self, file: FileId) -> Option<&Meaning<'a>> {
        self.whole.as_ref().filter(|(own, _)| *own == file).map(|(_, meaning)| meaning)
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

    /// The mapping that services merge, and who merges it. Its values are taken from the plan; what a service then is
    /// as a whole is compared in any case.
    fn merge_defaults(&mut self, defaults: &Defaults, plan: &'a Plan) {
        let there = self.tree.get(defaults.root, DEFAULTS);
        let merged = match there {
            Some(value) => resolve(meaning(self.tree, value)),
            None => {
                Meaning::Map(defaults.keys.iter().filter_map(|(key, _)| taken(defaults, plan, key)).collect())
            }
        };
        for user in &defaults.users {
            let own = self.tree.get(user.node, "<<").map(|value| resolve(meaning(self.tree, value)));
            let value = match own {
                None => merged.clone(),
                Some(Meaning::Seq(items)) => {
                    Meaning::Seq(items.into_iter().chain([merged.clone()]).collect())
                }
                Some(one) => Meaning::Seq(vec![one, merged.clone()]),
            };
            self.entry(user.service, user.node).keys.push(("<<", value));
        }
        if there.is_none() {
            let patch = Patch { by: None, keys: vec![(DEFAULTS, merged)], whole: None };
            self.patches.insert(defaults.root, patch);
        }
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
        let meant = |value| resolve(meaning(tree, value));
        let base = match own {
            Some(entry) => meant(entry.value),
            // the tag of what comes in stays where that is
            None => merged_only(tree, mapping, key).map_or(Meaning::Null, |value| meant(value).untagged()),
        };
        here.keys.push((key, apply(base, rest, op)));
    }

    fn entry(&mut self, service: usize, node: NodeId) -> &mut Patch<'a> {
        let fresh = || Patch { by: Some(service), keys: Vec::new(), whole: None };
        let patch = self.patches.entry(node).or_insert_with(fresh);
        patch.by = patch.by.filter(|by| *by == service);
        patch
    }
}
