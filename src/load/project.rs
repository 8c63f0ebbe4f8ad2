//! Assembles the typed project from a tree: validates, resolves each service, and deserialises it.

use std::path::Path;

use serde::Deserialize;

use super::de::{Cursor, DeError};
use super::effective::{Field, View, extend, fields, is_reset};
use super::schema::{self, Checked};
use super::{Diagnostic, Error, Loaded, Options, dockerfile, inherit, partial};
use crate::compose::{Heritage, Inheritance, Partial, PartialReason, Project, Service, TopVolume, Via};
use crate::source::{Place, Source};
use crate::yaml::{self, Document, Limits, NodeId, Tree};

/// A service as it is written: its key and its value.
struct Written {
    key: NodeId,
    value: NodeId,
}

/// Loads the project of one file.
pub(super) fn load(source: Source, path: Option<&Path>, options: &Options) -> Result<Loaded, Error> {
    let mut tree = Tree::default();
    if let Err(error) = yaml::parse(&mut tree, source, &Limits::default()) {
        return Err(invalid(tree, vec![error.into()]));
    }
    let Some((document, root)) = main_document(&tree) else { return Err(invalid(tree, vec![nothing()])) };
    let Checked { errors, warnings } = schema::check(&tree, root);
    if !errors.is_empty() {
        return Err(invalid(tree, errors));
    }
    match assemble(&tree, document, root, path, options) {
        Ok((mut project, services)) => {
            dockerfile::attach(&mut project, &tree, path, *options);
            Ok(Loaded { tree, project, services, warnings })
        }
        Err(diagnostic) => Err(invalid(tree, vec![diagnostic])),
    }
}

fn invalid(tree: Tree, diagnostics: Vec<Diagnostic>) -> Error {
    Error::Invalid { tree: Box::new(tree), diagnostics }
}

fn nothing() -> Diagnostic {
    let help = Some("a compose file has a `services:` mapping".to_owned());
    Diagnostic { message: "nothing in this file".into(), help, place: Some(Place::default()), note: None }
}

/// The document that holds the services: the first with a `services` key, or else the first that holds anything.
fn main_document(tree: &Tree) -> Option<(usize, NodeId)> {
    let mut roots =
        tree.documents().iter().enumerate().filter_map(|(at, document)| Some((at, document.root?)));
    let first = roots.clone().next();
    roots.find(|&(_, root)| tree.get(root, "services").is_some()).or(first)
}

fn assemble(
    tree: &Tree,
    at: usize,
    root: NodeId,
    path: Option<&Path>,
    options: &Options,
) -> Result<(Project, Vec<NodeId>), Diagnostic> {
    let written = written(tree, root);
    let nodes: Vec<NodeId> = written.iter().map(|service| service.value).collect();
    let mut resolver = Resolver { tree, written: &written, inheritance: Vec::new() };
    let mut project = Project { volumes: volumes(tree, root)?, ..Project::default() };
    for index in 0..written.len() {
        project.services.push(resolver.service(index)?);
    }
    let document = tree.documents().get(at);
    project.inheritance =
        document.map(|document| inherit::inheritance(tree, document, &nodes)).unwrap_or_default();
    project.inheritance.append(&mut resolver.inheritance);
    for link in &project.inheritance {
        if let (Some(heir), Some(&value)) = (project.services.get_mut(link.heir), nodes.get(link.heir)) {
            heir.own_keys = own_keys(tree, value);
        }
    }
    project.shared = document.map(|document| inherit::shared(tree, document, &nodes)).unwrap_or_default();
    project.partial = partial::find(tree, root, path, &project.services, options);
    project.partial.extend(more_documents(tree, at, project.services.len()));
    Ok((project, nodes))
}

/// The services of the document, in order; one under `!reset` is none.
fn written(tree: &Tree, root: NodeId) -> Vec<Written> {
    let services = tree.get(root, "services");
    let fields = services.map(|services| fields(tree, services, Via::Own)).unwrap_or_default();
    let kept = fields.into_iter().filter(|field| !is_reset(tree, field.value.node()));
    kept.map(|field| Written { key: field.key, value: field.value.node() }).collect()
}

/// Compose merges further documents of a file like override files.
fn more_documents(tree: &Tree, main: usize, services: usize) -> Option<Partial> {
    let is_other = |(at, document): &(usize, &Document)| *at != main && document.root.is_some();
    let (_, other) = tree.documents().iter().enumerate().find(is_other)?;
    let root = other.root?;
    Some(Partial {
        reason: PartialReason::Override,
        file: tree.source(other.file).name().display().to_string(),
        place: Some(tree.place(root)),
        services: (0..services).collect(),
    })
}

fn volumes(tree: &Tree, root: NodeId) -> Result<Vec<TopVolume>, Diagnostic> {
    let Some(volumes) = tree.get(root, "volumes") else { return Ok(Vec::new()) };
    let volume = |field: Field| {
        let name = tree.text(field.key).unwrap_or_default().to_owned();
        let cursor = Cursor::new(tree, field.value, Via::Own);
        let read = Option::<TopVolume>::deserialize(cursor).map_err(diagnostic)?;
        Ok(TopVolume { name, ..read.unwrap_or_default() })
    };
    fields(tree, volumes, Via::Own).into_iter().map(volume).collect()
}

/// Resolves services, following same-file `extends`.
struct Resolver<'t> {
    tree: &'t Tree,
    written: &'t [Written],
    inheritance: Vec<Inheritance>,
}

impl Resolver<'_> {
    fn service(&mut self, index: usize) -> Result<Service, Diagnostic> {
        let Some(written) = self.written.get(index) else { return Ok(Service::default()) };
        let tree = self.tree;
        let mut bases = Vec::new();
        let view = match self.extended(index, &mut bases)? {
            Some(fields) => View::Map(tree.resolve(written.value), fields.into()),
            None => View::Node(written.value),
        };
        let via = Heritage::Extends;
        self.inheritance.extend(bases.into_iter().map(|source| Inheritance { source, heir: index, via }));
        let mut service = Service::deserialize(Cursor::new(tree, view, Via::Own)).map_err(diagnostic)?;
        tree.text(written.key).unwrap_or_default().clone_into(&mut service.name);
        service.place = tree.place(written.key);
        service.reset = reset_keys(tree, written.value);
        Ok(service)
    }

    /// The fields of a service that extends another of this file, with all it takes over; `None` for one that does
    /// not. `bases` collects the services on the way.
    fn extended(&self, index: usize, bases: &mut Vec<usize>) -> Result<Option<Vec<Field>>, Diagnostic> {
        let Some(written) = self.written.get(index) else { return Ok(None) };
        if !may_extend(self.tree, written.value) {
            return Ok(None);
        }
        let own = fields(self.tree, written.value, Via::Own);
        let Some(target) = self.extends(&own) else { return Ok(None) };
        let name = self.tree.text(target).unwrap_or_default();
        let base = self.written.iter().position(|service| self.tree.text(service.key) == Some(name));
        let base = base.ok_or_else(|| self.unknown(target, name))?;
        if base == index || bases.contains(&base) {
            return Err(self.cycle(target, name));
        }
        bases.push(base);
        let inherited = match self.extended(base, bases)? {
            Some(fields) => fields,
            None => self.base_fields(base),
        };
        Ok(Some(extend(self.tree, &inherited, &own, &mut Vec::new())))
    }

    fn base_fields(&self, index: usize) -> Vec<Field> {
        self.written.get(index).map(|base| fields(self.tree, base.value, Via::Extends)).unwrap_or_default()
    }

    /// The node that names the extended service, when it is one of this file.
    fn extends(&self, own: &[Field]) -> Option<NodeId> {
        let extends = own.iter().find(|field| self.tree.text(field.key) == Some("extends"))?.value.node();
        if self.tree.text(extends).is_some() {
            return Some(extends);
        }
        if self.tree.get(extends, "file").is_some_and(|file| !self.tree.is_null(file)) {
            return None;
        }
        self.tree.get(extends, "service")
    }

    fn unknown(&self, target: NodeId, name: &str) -> Diagnostic {
        let names = self.written.iter().filter_map(|service| self.tree.text(service.key));
        let near =
            names.map(|other| (strsim::osa_distance(name, other), other)).min().filter(|(far, _)| *far <= 2);
        Diagnostic {
            message: format!("`extends` names the service `{name}`, which this file does not have"),
            help: near.map(|(_, other)| format!("did you mean `{other}`?")),
            place: Some(self.tree.place(target)),
            note: None,
        }
    }

    fn cycle(&self, target: NodeId, name: &str) -> Diagnostic {
        Diagnostic {
            message: format!("`extends` comes back to the service `{name}`"),
            help: Some("take one `extends` out of the circle".into()),
            place: Some(self.tree.place(target)),
            note: None,
        }
    }
}

/// Whether a service has an `extends`, or a `<<` that may bring one.
fn may_extend(tree: &Tree, service: NodeId) -> bool {
    tree.entries(service).iter().any(|entry| matches!(tree.text(entry.key), Some("extends" | "<<")))
}

/// The keys of a service's own mapping; none for one that is only an alias.
fn own_keys(tree: &Tree, service: NodeId) -> Vec<String> {
    let own = tree.resolve(service) == service;
    let entries = tree.entries(service).iter().filter(|_| own);
    entries.filter_map(|entry| tree.text(entry.key)).map(str::to_owned).collect()
}

/// The keys of a service that carry `!reset`.
fn reset_keys(tree: &Tree, service: NodeId) -> Vec<String> {
    let reset = tree.entries(service).iter().filter(|entry| is_reset(tree, entry.value));
    reset.filter_map(|entry| tree.text(entry.key)).map(str::to_owned).collect()
}

/// The typed model's complaint, as a person reads it. The schema has been satisfied, so these are rare.
fn diagnostic(error: DeError) -> Diagnostic {
    let message = match error.key {
        Some(key) => format!("`{key}` {}", error.message),
        None => error.message,
    };
    Diagnostic { message, help: None, place: error.place, note: None }
}
