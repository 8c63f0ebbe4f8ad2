//! Walks the original tree, with the changes laid over it, and the re-read text side by side.
//!
//! Every value of the file is compared, in order. A service that is made from shared lines is compared once more,
//! as a whole and with `<<` resolved, with what is planned for it: a change may reach it only if it is meant to.

use std::collections::HashMap;

use super::change::difference;
use super::expect::{Expected, Patch, SERVICES};
use super::flow::Flows;
use super::meaning::Meaning;
use super::merge::resolve;
use super::written::{Tag, meaning, plain, scalar, tag};
use crate::edit::DEFAULTS;
use crate::yaml::{Entry, Item, Kind, NodeId, Tree};

/// A path, innermost key first.
pub(super) type Steps = Vec<String>;

/// Where the walk is, for that decides what a change may reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Zone {
    /// At the top of a document.
    Top,
    /// In `services`, but in no known service, or in an `x-` block: changes reach these through services only.
    Shared,
    /// In a service.
    Service(usize),
    /// Anywhere else: no change may reach it.
    Fixed,
}

/// The comparison of one file.
pub(super) struct Comparison<'a> {
    tree: &'a Tree,
    expected: &'a Expected<'a>,
    flows: &'a Flows<'a>,
    services: &'a HashMap<NodeId, usize>,
    zone: Zone,
    /// Whether what was last walked depends on lines of others.
    shared: bool,
}

type Entries<'n> = [(Meaning<'n>, Meaning<'n>)];

impl<'a> Comparison<'a> {
    /// Makes ready; `services` are known by their value nodes as written.
    pub(super) fn new(
        tree: &'a Tree,
        services: &'a HashMap<NodeId, usize>,
        expected: &'a Expected<'a>,
        flows: &'a Flows<'a>,
    ) -> Self {
        Self { tree, expected, flows, services, zone: Zone::Top, shared: false }
    }

    /// Compares one document from its root.
    ///
    /// # Errors
    /// The path of the first difference.
    pub(super) fn document(&mut self, root: NodeId, actual: &Meaning<'_>) -> Result<(), Steps> {
        self.zone = Zone::Top;
        self.node(root, actual)
    }

    fn node(&mut self, id: NodeId, actual: &Meaning<'_>) -> Result<(), Steps> {
        let node = self.tree.node(id);
        if let Kind::Alias(target) = node.kind {
            self.shared = true;
            return self.node(target, actual);
        }
        let actual = match (tag(self.tree, node), actual) {
            (Tag::Local(name), Meaning::Tagged(inner)) if inner.0 == name => &inner.1,
            (Tag::Odd, Meaning::Tagged(inner)) => &inner.1,
            (Tag::Local(_), _) | (_, Meaning::Tagged(_)) => return Err(Steps::new()),
            _ => actual,
        };
        let patch = self.patch(id)?;
        match (&node.kind, actual) {
            (Kind::Mapping { entries, .. }, Meaning::Map(actual)) => self.mapping(id, entries, actual, patch),
            (Kind::Sequence { items, .. }, Meaning::Seq(list)) => self.sequence(items, list, actual, patch),
            (Kind::Scalar { style, .. }, _) => {
                let text = self.tree.text(id).unwrap_or_default();
                let odd = node.tag().is_some() && tag(self.tree, node) == Tag::Odd;
                let same = scalar(self.tree, id, *style) == *actual;
                require(same || odd && (actual.is(text) || plain(text) == *actual))
            }
            _ => Err(Steps::new()),
        }
    }

    /// The changes at a node; an error where no change may be.
    fn patch(&mut self, id: NodeId) -> Result<Option<&'a Patch<'a>>, Steps> {
        let patch = self.expected.patch(id);
        if let Some(patch) = patch {
            let merges = patch.keys.iter().any(|(key, _)| *key == "<<");
            let is_top = matches!(patch.keys.as_slice(), [(DEFAULTS | SERVICES, _)]);
            self.shared |= merges || patch.by.is_none() || patch.by.map(Zone::Service) != Some(self.zone);
            require(self.zone != Zone::Fixed && (self.zone != Zone::Top || is_top))?;
        }
        Ok(patch)
    }

    fn mapping(
        &mut self,
        id: NodeId,
        entries: &'a [Entry],
        actual: &Entries<'_>,
        patch: Option<&'a Patch<'a>>,
    ) -> Result<(), Steps> {
        let wanted = patch.map(|patch| patch.keys.as_slice()).unwrap_or_default();
        let mut seen = 0;
        let mut old = entries.iter();
        let mut next = old.next();
        for (key, value) in actual {
            let own = next.filter(|entry| self.is_key(entry.key, key));
            let change = wanted.iter().find(|(name, _)| key.is(name));
            match (own, change) {
                (Some(entry), None) => self.value(*entry, value).map_err(|steps| below(steps, key))?,
                (None, Some((name, _))) if self.tree.get(id, name).is_some() => {
                    return Err(vec![key.label()]);
                }
                (_, Some((_, wanted))) => {
                    compare_whole(wanted, value).map_err(|steps| below(steps, key))?;
                    seen += 1;
                }
                (None, None) => return Err(vec![key.label()]),
            }
            if own.is_some() {
                next = old.next();
            }
        }
        self.all_there(next, wanted, seen, actual)
    }

    /// Nothing of the original and none of the changes may be missing, and no change may be there twice.
    fn all_there(
        &self,
        left: Option<&Entry>,
        wanted: &[(&str, Meaning<'_>)],
        seen: usize,
        actual: &Entries<'_>,
    ) -> Result<(), Steps> {
        if let Some(entry) = left {
            return Err(vec![meaning(self.tree, entry.key).label()]);
        }
        if seen == wanted.len() {
            return Ok(());
        }
        let count = |name: &str| actual.iter().filter(|(key, _)| key.is(name)).count();
        let wrong = wanted.iter().find(|(name, _)| count(name) != 1);
        Err(wrong.map(|(name, _)| (*name).to_owned()).into_iter().collect())
    }

    fn is_key(&self, id: NodeId, actual: &Meaning<'_>) -> bool {
        match (self.tree.text(id), actual, self.tree.node(id).tag()) {
            (Some(text), Meaning::Str(key), None) => text == key && meaning(self.tree, id) == *actual,
            _ => meaning(self.tree, id) == *actual,
        }
    }

    fn value(&mut self, entry: Entry, actual: &Meaning<'_>) -> Result<(), Steps> {
        let outer = self.zone;
        let service = self.services.get(&entry.value).copied();
        self.zone = match (service, outer) {
            (Some(service), _) => Zone::Service(service),
            (None, Zone::Top) => self.top_zone(entry.key),
            (None, zone) => zone,
        };
        let result = match service {
            Some(service) => self.service(service, entry.value, actual),
            None => self.node(entry.value, actual),
        };
        self.zone = outer;
        result
    }

    fn top_zone(&self, key: NodeId) -> Zone {
        match self.tree.text(key) {
            Some(name) if name == "services" || name.starts_with("x-") => Zone::Shared,
            _ => Zone::Fixed,
        }
    }

    fn service(&mut self, index: usize, value: NodeId, actual: &Meaning<'_>) -> Result<(), Steps> {
        self.shared = false;
        self.node(value, actual)?;
        if !self.shared {
            return Ok(());
        }
        let actual = resolve(actual.clone());
        let before = resolve(meaning(self.tree, value));
        let expected = self.flows.planned(self.tree, index, value, before, &actual);
        difference(&expected, &actual).map_or(Ok(()), Err)
    }

    fn sequence(
        &mut self,
        items: &'a [Item],
        list: &[Meaning<'_>],
        actual: &Meaning<'_>,
        patch: Option<&'a Patch<'a>>,
    ) -> Result<(), Steps> {
        if let Some(wanted) = patch.and_then(|patch| patch.whole.as_ref()) {
            return compare_whole(wanted, actual);
        }
        for (index, (item, actual)) in items.iter().zip(list).enumerate() {
            self.node(item.node, actual).map_err(|mut steps| {
                steps.push(index.to_string());
                steps
            })?;
        }
        let short = items.len().min(list.len());
        if items.len() == list.len() { Ok(()) } else { Err(vec![short.to_string()]) }
    }
}

/// A changed value is compared with its `<<` resolved: it does not matter how it is written.
pub(super) fn compare_whole(wanted: &Meaning<'_>, actual: &Meaning<'_>) -> Result<(), Steps> {
    if wanted == actual {
        return Ok(());
    }
    let resolved = resolve(actual.clone());
    difference(wanted, &resolved).map_or(Ok(()), Err)
}

fn require(condition: bool) -> Result<(), Steps> {
    if condition { Ok(()) } else { Err(Steps::new()) }
}

fn below(mut steps: Steps, key: &Meaning<'_>) -> Steps {
    steps.push(key.label());
    steps
}
