//! Lays a document beside the schema, value by value, and names each fault.
//!
//! Does what `jsonschema` would do with the same schema, which a test holds; a validator for any schema there may be
//! took as long to get ready as the rest of a run, and was a fifth of the program. Sees what Compose sees: aliases
//! followed, `<<` merged, `!reset` values gone. Must not know a key of Compose other than `services` and `extends`.

use std::collections::HashSet;

use super::definition::{Definition, DefinitionId, SCHEMA, Type};
use super::message;
use super::scalar::{self, Scalar};
use super::subject::{Step, Subject, name};
use super::view::{effective, items, repeated};
use crate::load::Diagnostic;
use crate::yaml::{Entry, Kind, NodeId, Tree};

/// What is wrong with a value.
#[derive(Clone, Copy, Debug)]
pub(super) enum Fault<'s> {
    /// It is not what the definition says.
    Mismatch(&'s Definition),
    /// It has no such key.
    Missing(&'s str),
    /// It lists an item twice.
    Twice,
    /// It has a key that its definition of names does not allow.
    Misnamed(NodeId, &'s Definition),
}

/// The faults of a document.
#[derive(Debug, Default)]
pub(super) struct Faults {
    /// Whatever lies below, these are wrong.
    pub(super) sure: Vec<Diagnostic>,
    /// Values that are left out where another may lie below: in a document that is laid over another, and in a
    /// service that extends one.
    pub(super) left_out: Vec<(NodeId, Diagnostic)>,
}

/// Checks a document from its top node; `laid` if it is laid over another.
pub(super) fn validate(tree: &Tree, root: NodeId, laid: bool) -> Faults {
    let mut walk = Walk {
        tree,
        laid,
        may_inherit: false,
        steps: Vec::new(),
        seen: HashSet::new(),
        faults: Faults::default(),
    };
    walk.value(Spot { value: root, key: None }, SCHEMA.top);
    walk.faults
}

/// The type of a value, as JSON would have it.
pub(super) fn kind_of(tree: &Tree, value: NodeId) -> Type {
    match &tree.node(tree.resolve(value)).kind {
        Kind::Mapping { .. } => Type::Object,
        Kind::Sequence { .. } => Type::Array,
        _ => scalar::of(tree, value).map_or(Type::String, |read| read.kind()),
    }
}

/// A value and its key.
#[derive(Clone, Copy)]
struct Spot {
    value: NodeId,
    key: Option<NodeId>,
}

struct Walk<'t> {
    tree: &'t Tree,
    laid: bool,
    /// Whether what is left out here may lie below.
    may_inherit: bool,
    /// The way to the value that is looked at.
    steps: Vec<Step<'t>>,
    /// Collections that were seen, as what: aliases and merges lead to them again.
    seen: HashSet<(NodeId, DefinitionId, bool)>,
    faults: Faults,
}

impl<'t> Walk<'t> {
    fn value(&mut self, spot: Spot, id: DefinitionId) {
        let (tree, Some(definition)) = (self.tree, SCHEMA.get(id)) else { return };
        let node = tree.resolve(spot.value);
        let is_fit = match &tree.node(node).kind {
            Kind::Mapping { .. } => definition.takes(Type::Object),
            Kind::Sequence { .. } => definition.takes(Type::Array),
            _ => scalar::of(tree, node).is_none_or(|read| definition.fits(&read)),
        };
        if !is_fit {
            return self.fault(spot, Fault::Mismatch(definition));
        }
        match &tree.node(node).kind {
            Kind::Mapping { .. } if self.is_new(node, id) => self.mapping(spot, definition),
            Kind::Sequence { .. } if self.is_new(node, id) => self.list(spot, definition),
            _ => {}
        }
    }

    fn is_new(&mut self, node: NodeId, id: DefinitionId) -> bool {
        self.seen.insert((node, id, self.may_inherit))
    }

    fn mapping(&mut self, spot: Spot, definition: &'static Definition) {
        let entries = effective(self.tree, spot.value);
        for name in &definition.required {
            if !entries.iter().any(|entry| self.tree.text(entry.key) == Some(name)) {
                self.fault(spot, Fault::Missing(name));
            }
        }
        let names = definition.names.and_then(|names| SCHEMA.get(names));
        for entry in entries {
            let Some(key) = self.tree.text(entry.key) else { continue };
            if let Some(names) = names
                && !names.fits(&Scalar::Text(key.into()))
            {
                self.fault(spot, Fault::Misnamed(entry.key, names));
            }
            if let Some(below) = definition.key(key).or(definition.open) {
                self.entry(entry, key, below);
            }
        }
    }

    fn entry(&mut self, entry: Entry, key: &'t str, below: DefinitionId) {
        let is_service = self.steps == [Step::Key("services")];
        if is_service {
            self.may_inherit = self.laid || self.extends(entry.value);
        }
        self.steps.push(Step::Key(key));
        self.value(Spot { value: entry.value, key: Some(entry.key) }, below);
        self.steps.pop();
        if is_service {
            self.may_inherit = false;
        }
    }

    fn extends(&self, service: NodeId) -> bool {
        let is_mapping = matches!(self.tree.node(self.tree.resolve(service)).kind, Kind::Mapping { .. });
        is_mapping
            && effective(self.tree, service).iter().any(|entry| self.tree.text(entry.key) == Some("extends"))
    }

    fn list(&mut self, spot: Spot, definition: &'static Definition) {
        if definition.distinct && repeated(self.tree, spot.value).is_some() {
            self.fault(spot, Fault::Twice);
        }
        let Some(below) = definition.items else { return };
        for (at, item) in items(self.tree, spot.value).enumerate() {
            self.steps.push(Step::Item(at));
            self.value(Spot { value: item, key: None }, below);
            self.steps.pop();
        }
    }

    fn fault(&mut self, spot: Spot, fault: Fault<'static>) {
        let subject = Subject { value: spot.value, key: spot.key, name: name(&self.steps) };
        let diagnostic = message::diagnostic(self.tree, &subject, fault);
        if self.may_inherit && self.tree.is_null(spot.value) {
            self.faults.left_out.push((self.tree.resolve(spot.value), diagnostic));
        } else {
            self.faults.sure.push(diagnostic);
        }
    }
}
