//! From changes to places: follows each change's path through the tree as written, down to the node to edit.
//!
//! Several changes that lead to the same place become one task, and a place that several services share is
//! edited once. Looks at structure only, never at text.

use super::entry::{self, NewService};
use smallvec::smallvec;

use super::{Defaults, EditError, Origin, Origins, block, site};
use crate::plan::{Change, Op, Plan, Value, Words};
use crate::yaml::{Entry, Kind, Layers, Layout, NodeId, Tree};
use std::collections::HashMap;

/// One place and what is wanted there.
#[derive(Clone, Debug)]
pub(super) struct Task<'p> {
    /// The service it is for; the first one, when several share the place.
    pub service: usize,
    /// The change it comes from; the first one, when several lead here.
    pub change: &'p Change,
    /// The service's mapping, or the anchored mapping that was entered last: its style is followed.
    pub scope: NodeId,
    /// The place.
    pub slot: Slot<'p>,
    /// What is wanted there.
    pub want: Want,
    /// The decisions that want it.
    pub origins: Origins,
    /// Whether the way there has an alias or an anchor: other services may lead here, too.
    shared: bool,
}

/// A place in the tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Slot<'p> {
    /// A key that the mapping does not have yet; `top` when the mapping is a service.
    Key { mapping: NodeId, key: &'p str, top: bool },
    /// The value of an existing key.
    Value { mapping: NodeId, value: NodeId },
    /// The end of a sequence.
    Items { list: NodeId },
    /// One item of a sequence.
    Item { list: NodeId, item: NodeId },
}

/// What is wanted at a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Want {
    /// This value instead of what is there.
    Set(Value),
    /// These items besides what is there.
    Append(Vec<Value>),
}

/// All tasks of a plan, each place once, in the order of the plan; without what comes in through the defaults.
pub(super) fn tasks<'p>(
    tree: &Tree,
    services: &Layers,
    plan: &'p Plan,
    defaults: Option<&Defaults>,
) -> Result<Tasks<'p>, EditError> {
    let mut all = Tasks::default();
    let mut own: Vec<Task<'p>> = Vec::new();
    let mut current = None;
    for (origin, change) in changes(plan) {
        let service = origin.service;
        if defaults.is_some_and(|defaults| defaults.user_of(service, &change.path).is_some()) {
            continue;
        }
        if current.replace(service) != Some(service) {
            all.join(tree, plan, std::mem::take(&mut own))?;
        }
        let root = site(tree, services, service, change);
        let failed = |reason| super::failure(tree, plan, service, Some(change), root.as_ref(), reason);
        if root.is_none() && services.top().is_some() {
            all.entry(plan, origin, change).map_err(failed)?;
            continue;
        }
        let root = root.ok_or("no such service").map_err(failed)?;
        let scope = tree.resolve(root);
        let mut walk = Walk { tree, origin, change, scope, shared: false, found: Vec::new() };
        walk.pass(root);
        walk.path(tree.resolve(root), &change.path, 0).map_err(failed)?;
        walk.found.into_iter().for_each(|task| merge(&mut own, task));
    }
    all.join(tree, plan, own)?;
    all.entries.iter_mut().for_each(|entry| block::sort_entry(&mut entry.keys));
    Ok(all)
}

/// Every change to be written, with the decision it is part of.
fn changes(plan: &Plan) -> impl Iterator<Item = (Origin, &Change)> {
    plan.services.iter().enumerate().flat_map(|(service, planned)| {
        planned.decisions.iter().enumerate().flat_map(move |(decision, (_, made))| {
            let applied = made.applied().iter().filter(|change| change.text_edit().is_none());
            applied.map(move |change| (Origin { service, decision }, change))
        })
    })
}

/// Adds a task of the same service: where two share a place, both are wanted.
fn merge<'p>(own: &mut Vec<Task<'p>>, task: Task<'p>) {
    match own.iter_mut().find(|earlier| earlier.slot == task.slot) {
        Some(earlier) => {
            earlier.want.and(task.want);
            earlier.origins.extend(task.origins);
            earlier.origins.dedup();
        }
        None => own.push(task),
    }
}

/// Tasks of all services; those that several may want are found by their place.
#[derive(Default)]
pub(super) struct Tasks<'p> {
    /// What is to be done at places that are there.
    pub list: Vec<Task<'p>>,
    /// Services that are to get a place.
    pub entries: Vec<NewService<'p>>,
    shared: HashMap<Slot<'p>, usize>,
}

impl<'p> Tasks<'p> {
    /// Adds a change to the entry that its service is to get.
    fn entry(&mut self, plan: &'p Plan, origin: Origin, change: &'p Change) -> Result<(), &'static str> {
        let service = origin.service;
        if self.entries.last().is_none_or(|last| last.service != service) {
            let name = plan.services.get(service).map_or("", |planned| planned.service.as_str());
            self.entries.push(NewService {
                service,
                name,
                change,
                keys: Vec::new(),
                origins: Origins::new(),
            });
        }
        let Some(entry) = self.entries.last_mut() else { return Ok(()) };
        entry.origins.push(origin);
        entry.origins.dedup();
        entry::grow(&mut entry.keys, &change.path, &change.op)
    }

    fn push(&mut self, task: Task<'p>) {
        if task.shared {
            self.shared.insert(task.slot, self.list.len());
        }
        self.list.push(task);
    }

    /// Adds the tasks of another service: where they share a place, they must want the same.
    fn join(&mut self, tree: &Tree, plan: &Plan, others: Vec<Task<'p>>) -> Result<(), EditError> {
        for task in others {
            let at = self.shared.get(&task.slot).filter(|_| task.shared);
            match at.and_then(|&at| self.list.get_mut(at)) {
                None => self.push(task),
                Some(earlier) if earlier.want == task.want => earlier.origins.extend(task.origins),
                Some(_) => {
                    let reason = "another service shares these lines and needs something else";
                    return Err(super::failure(
                        tree,
                        plan,
                        task.service,
                        Some(task.change),
                        Some(&task.scope),
                        reason,
                    ));
                }
            }
        }
        Ok(())
    }
}

impl<'p> Task<'p> {
    /// The mapping, the key and whether it is a service, for a key that is missing.
    pub(super) fn new_key(&self) -> Option<(NodeId, &'p str, bool)> {
        match self.slot {
            Slot::Key { mapping, key, top } => Some((mapping, key, top)),
            _ => None,
        }
    }

    /// The node that shows where the place is.
    pub(super) fn node(&self) -> NodeId {
        match self.slot {
            Slot::Key { mapping: node, .. }
            | Slot::Value { value: node, .. }
            | Slot::Items { list: node }
            | Slot::Item { item: node, .. } => node,
        }
    }
}

impl Want {
    fn and(&mut self, later: Self) {
        match (self, later) {
            (Self::Append(items) | Self::Set(Value::List(items)), Self::Append(more)) => {
                let new: Vec<_> = more.into_iter().filter(|item| !items.contains(item)).collect();
                items.extend(new);
            }
            (Self::Set(Value::Map(entries)), Self::Set(Value::Map(more))) => merge_maps(entries, more),
            (this, later) => *this = later,
        }
    }

    /// The value that fulfils it where nothing is there yet.
    pub(super) fn into_value(self) -> Value {
        match self {
            Self::Set(value) => value,
            Self::Append(items) => Value::List(items),
        }
    }
}

fn merge_maps(entries: &mut Vec<(Words, Value)>, more: Vec<(Words, Value)>) {
    for (key, value) in more {
        match (entries.iter_mut().find(|(known, _)| *known == key), value) {
            (None, value) => entries.push((key, value)),
            (Some((_, Value::Map(inner))), Value::Map(more)) => merge_maps(inner, more),
            (Some((_, earlier)), value) => *earlier = value,
        }
    }
}

/// One change on its way down.
struct Walk<'t, 'p> {
    tree: &'t Tree,
    origin: Origin,
    change: &'p Change,
    scope: NodeId,
    shared: bool,
    found: Vec<Task<'p>>,
}

impl<'p> Walk<'_, 'p> {
    /// Notes whether other services may lead to what is below a node.
    fn pass(&mut self, id: NodeId) {
        let node = self.tree.node(id);
        self.shared |= node.anchor().is_some() || matches!(node.kind, Kind::Alias(_));
    }

    fn path(&mut self, mapping: NodeId, path: &'p [&'static str], depth: usize) -> Result<(), &'static str> {
        let [key, rest @ ..] = path else { return Err("the path is empty") };
        if !matches!(self.tree.node(mapping).kind, Kind::Mapping { .. }) {
            return Err("not a mapping");
        }
        let Some(entry) = self.tree.entry(mapping, key) else {
            let want = nested(rest, &self.change.op)?;
            self.push(Slot::Key { mapping, key, top: depth == 0 }, want);
            return Ok(());
        };
        self.refuse_reset(entry.value)?;
        self.pass(entry.value);
        if rest.is_empty() {
            return self.leaf(mapping, entry);
        }
        if self.tree.is_null(entry.value) {
            let want = nested(rest, &self.change.op)?;
            self.push(Slot::Value { mapping, value: entry.value }, want);
            return Ok(());
        }
        let next = self.tree.resolve(entry.value);
        if next != entry.value {
            self.scope = next;
        }
        self.path(next, rest, depth + 1)
    }

    fn leaf(&mut self, mapping: NodeId, entry: Entry) -> Result<(), &'static str> {
        let change = self.change;
        match &change.op {
            Op::Set(value) => self.set(Slot::Value { mapping, value: entry.value }, entry.value, value),
            Op::Append(items) => return self.append(mapping, entry, items),
            Op::ReplaceItem { index, value } => return self.replace(mapping, entry, *index, value),
            Op::Text(_) => return Err("no such key"),
        }
        Ok(())
    }

    fn append(&mut self, mapping: NodeId, entry: Entry, items: &[Value]) -> Result<(), &'static str> {
        let list = self.tree.resolve(entry.value);
        let slot = match self.tree.node(list).kind {
            Kind::Sequence { .. } => Slot::Items { list },
            Kind::Mapping { .. } => return Err("neither a list nor a single item"),
            _ => Slot::Value { mapping, value: entry.value },
        };
        let there = |item: &&Value| self.tree.items(list).iter().any(|known| self.says(known.node, item));
        let new: Vec<_> = items.iter().filter(|item| !there(item)).cloned().collect();
        if !new.is_empty() {
            self.push(slot, Want::Append(new));
        }
        Ok(())
    }

    fn replace(
        &mut self,
        mapping: NodeId,
        entry: Entry,
        index: usize,
        value: &'p Value,
    ) -> Result<(), &'static str> {
        let list = self.tree.resolve(entry.value);
        let Kind::Sequence { items, .. } = &self.tree.node(list).kind else {
            let slot = Slot::Value { mapping, value: entry.value };
            if index > 0 {
                return Err("not a list");
            }
            self.set(slot, entry.value, value);
            return Ok(());
        };
        let item = items.get(index).ok_or("no such item")?.node;
        self.set(Slot::Item { list, item }, item, value);
        Ok(())
    }

    /// A mapping that only gains or changes keys is edited key by key; anything else is replaced.
    fn set(&mut self, slot: Slot<'p>, old: NodeId, value: &'p Value) {
        self.pass(old);
        match value {
            Value::Map(entries) if self.covers(old, entries) => {
                for (key, value) in entries {
                    match self.tree.get(old, key) {
                        None => {
                            let slot = Slot::Key { mapping: old, key, top: false };
                            self.push(slot, Want::Set(value.clone()));
                        }
                        Some(known) => self.set(Slot::Value { mapping: old, value: known }, known, value),
                    }
                }
            }
            _ if self.says(old, value) => {}
            _ => self.push(slot, Want::Set(value.clone())),
        }
    }

    /// Whether a node is a mapping of its own, each key of which is among the entries.
    fn covers(&self, old: NodeId, entries: &[(Words, Value)]) -> bool {
        let has = |key| entries.iter().any(|(new, _)| Some(&**new) == self.tree.text(key));
        matches!(self.tree.node(old).kind, Kind::Mapping { .. })
            && self.tree.entries(old).iter().all(|entry| has(entry.key))
    }

    fn says(&self, old: NodeId, value: &Value) -> bool {
        let text = self.tree.text(old);
        match value {
            Value::Str(new) | Value::Number(new) => text == Some(new),
            Value::Bool(new) => text == Some(if *new { "true" } else { "false" }),
            Value::List(_) | Value::Map(_) | Value::Override(_) => false,
        }
    }

    fn refuse_reset(&self, value: NodeId) -> Result<(), &'static str> {
        let node = self.tree.node(value);
        let tag = node.tag().map_or("", |tag| self.tree.source(node.file).slice(tag));
        if tag == "!reset" { Err("`!reset` takes away whatever is written here") } else { Ok(()) }
    }

    fn push(&mut self, slot: Slot<'p>, want: Want) {
        let Self { origin, change, scope, shared, .. } = *self;
        let (service, origins) = (origin.service, smallvec![origin]);
        self.found.push(Task { service, change, scope, slot, want, origins, shared });
    }
}

/// What is wanted at the first missing key of a path, with the rest of the path wrapped around the value.
fn nested(rest: &[&'static str], op: &Op) -> Result<Want, &'static str> {
    let want = match op {
        Op::Set(value) => Want::Set(value.clone()),
        Op::Append(items) => Want::Append(items.clone()),
        Op::ReplaceItem { .. } | Op::Text(_) => return Err("no such list"),
    };
    Ok(rest
        .iter()
        .rev()
        .fold(want, |inner, key| Want::Set(Value::Map(vec![((*key).into(), inner.into_value())]))))
}

/// Whether a collection is written with brackets.
pub(super) fn is_flow(tree: &Tree, id: NodeId) -> bool {
    matches!(
        tree.node(id).kind,
        Kind::Mapping { layout: Layout::Flow, .. } | Kind::Sequence { layout: Layout::Flow, .. }
    )
}
