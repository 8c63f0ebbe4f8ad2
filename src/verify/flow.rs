//! Which changes are for which service: its own, and those it may take over from others.
//!
//! Whatever else reaches a service through `<<`, an alias or `extends` is a leak.

use std::collections::HashMap;

use super::change::{apply, untagged};
use super::compare::Steps;
use super::meaning::Meaning;
use super::merge::resolve;
use super::written::{meaning, merged};
use crate::edit::site;
use crate::plan::{Change, Inherited, Op, Plan};
use crate::yaml::{Layers, NodeId, Tree};

/// The changes of a plan, by service.
pub(super) struct Flows<'a> {
    plan: &'a Plan,
    /// Each with the node that it is written into.
    own: Vec<Vec<(&'a Change, NodeId)>>,
    inherited: Vec<Vec<&'a Inherited>>,
}

impl<'a> Flows<'a> {
    /// Sorts a plan's changes by service.
    pub(super) fn new(tree: &Tree, services: &Layers, plan: &'a Plan) -> Self {
        let mut own = vec![Vec::new(); plan.services.len()];
        for (service, change) in plan.compose_changes() {
            if let (Some(list), Some(site)) = (own.get_mut(service), site(tree, services, service, change)) {
                list.push((change, site));
            }
        }
        let mut inherited = vec![Vec::new(); plan.services.len()];
        for link in &plan.inherited {
            if let Some(list) = inherited.get_mut(link.heir) {
                list.push(link);
            }
        }
        Self { plan, own, inherited }
    }

    /// What one node of a service is to mean: as before, with the changes that are written into it, and with those
    /// it is allowed to take over as far as it does.
    pub(super) fn planned<'m>(
        &self,
        tree: &Tree,
        service: usize,
        node: NodeId,
        before: Meaning<'m>,
        actual: &Meaning<'_>,
    ) -> Meaning<'m>
    where
        'a: 'm,
    {
        let mut expected = before;
        for change in self.taken(service) {
            let taken = apply(expected.clone(), &change.path, &change.op);
            if taken.at(&change.path) == actual.at(&change.path) {
                expected = taken;
            }
        }
        for (change, _) in self.own(service).iter().filter(|(_, site)| *site == node) {
            if let [key] = *change.path
                && tree.get(tree.resolve(node), key).is_none()
            {
                // a value of its own does not take over the tag of the one that came in through `<<`
                expected = untagged(expected, key);
            }
            expected = apply(expected, &change.path, &change.op);
        }
        expected
    }

    /// The changes a service may take over.
    fn taken(&self, service: usize) -> impl Iterator<Item = &'a Change> {
        self.links(service).iter().flat_map(|link| {
            let own = self.own(link.source).iter().map(|(change, _)| *change);
            own.filter(|change| change.path == link.path)
        })
    }

    fn own(&self, service: usize) -> &[(&'a Change, NodeId)] {
        self.own.get(service).map(Vec::as_slice).unwrap_or_default()
    }

    fn links(&self, service: usize) -> &[&'a Inherited] {
        self.inherited.get(service).map(Vec::as_slice).unwrap_or_default()
    }

    /// Checks that no change reaches a service through `extends` unmeant. Only services of the same file can be
    /// extended here; what the parent takes over itself is passed on too.
    ///
    /// # Errors
    /// The path of the first change that leaks.
    pub(super) fn check_extends(&self, tree: &Tree, services: &Layers) -> Result<(), Steps> {
        let names: HashMap<&str, usize> = self
            .plan
            .services
            .iter()
            .enumerate()
            .map(|(index, plan)| (plan.service.as_str(), index))
            .collect();
        for (heir, node) in services.iter() {
            let parent = parent(tree, node).and_then(|name| names.get(name));
            if let Some(leak) = parent.and_then(|&parent| self.leak(tree, node, parent, heir)) {
                let name = self.plan.services.get(heir).map(|plan| plan.service.clone());
                let path = leak.path.iter().rev().map(|key| (*key).to_owned());
                return Err(path.chain(name).chain(["services".to_owned()]).collect());
            }
        }
        Ok(())
    }

    fn leak(&self, tree: &Tree, node: NodeId, parent: usize, heir: usize) -> Option<&'a Change> {
        let file = tree.node(node).file;
        let here = self.own(parent).iter().filter(|(_, site)| tree.node(*site).file == file);
        let mut reaching = here.map(|(change, _)| *change).chain(self.taken(parent));
        reaching.find(|change| !self.is_meant(heir, change) && !self.hides(tree, heir, node, change))
    }

    fn is_meant(&self, heir: usize, change: &Change) -> bool {
        self.links(heir).iter().any(|link| link.path == change.path)
            || self.own(heir).iter().any(|(own, _)| own.path == change.path)
    }

    /// Whether a service has, or will have, a value of its own that takes the place of what `extends` brings.
    fn hides(&self, tree: &Tree, heir: usize, service: NodeId, change: &Change) -> bool {
        let (Op::Set(_), Some((key, below))) = (&change.op, change.path.split_first()) else { return false };
        let there = merged(tree, service, key).map(|value| resolve(meaning(tree, value)));
        let own = self.own(heir).iter().filter_map(|(own, _)| Some((own.path.split_first()?, &own.op)));
        let planned = own.filter(|((first, _), _)| *first == key);
        let own =
            planned.fold(there, |base, ((_, rest), op)| Some(apply(base.unwrap_or(Meaning::Null), rest, op)));
        let brought = apply(Meaning::Null, &[], &change.op);
        own.as_ref().and_then(|own| own.at(below)).is_some_and(|own| {
            covers(own, &brought) || *change.path == ["logging"] && is_other_driver(own, &brought)
        })
    }
}

/// Whether nothing of a value that `extends` brings is left where it is laid below this one. Only mappings merge; those of
/// a tagged value do not.
fn covers(own: &Meaning<'_>, brought: &Meaning<'_>) -> bool {
    let (Meaning::Map(own), Meaning::Map(brought)) = (own, brought) else { return true };
    let value = |name: &Meaning<'_>| own.iter().find(|(key, _)| key == name).map(|(_, value)| value);
    brought.iter().all(|(key, brought)| value(key).is_some_and(|own| covers(own, brought)))
}

/// Whether both name a driver of logs, and not the same: then one takes the place of the other as a whole.
fn is_other_driver(own: &Meaning<'_>, brought: &Meaning<'_>) -> bool {
    let drivers = own.at(&["driver"]).zip(brought.at(&["driver"]));
    drivers.is_some_and(|(own, brought)| own != brought)
}

/// The service of the same file that a service extends.
fn parent(tree: &Tree, service: NodeId) -> Option<&str> {
    let extends = merged(tree, service, "extends")?;
    match tree.text(extends) {
        Some(name) => Some(name),
        None if tree.get(extends, "file").is_some() => None,
        None => tree.get(extends, "service").and_then(|name| tree.text(name)),
    }
}
