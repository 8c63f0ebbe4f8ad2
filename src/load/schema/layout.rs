//! What a file is as a whole: empty, no mapping, without services, in the layout of Compose v1.
//!
//! These come before the schema, because they are the first thing to say and make everything else noise.

use super::definition::SCHEMA;
use super::subject;
use super::view::effective;
use crate::load::Diagnostic;
use crate::source::Place;
use crate::yaml::{Entry, Kind, NodeId, Tree};

/// Keys of a service that nothing else at the top of a file would have.
const SERVICE_KEYS: [&str; 6] = ["image", "build", "container_name", "command", "ports", "environment"];

/// A fault that leaves nothing to check.
pub(super) fn fault(tree: &Tree, root: NodeId) -> Option<Diagnostic> {
    let top = match &tree.node(tree.resolve(root)).kind {
        Kind::Mapping { .. } => effective(tree, root),
        Kind::Sequence { .. } => return Some(no_mapping(tree, root, "a list")),
        _ if tree.is_null(root) => return Some(nothing(tree.place(root))),
        _ => return Some(no_mapping(tree, root, "a single value")),
    };
    if top.is_empty() {
        return Some(nothing(tree.place(root)));
    }
    if top.iter().any(|entry| tree.text(entry.key) == Some("services")) {
        return None;
    }
    let first = top.first()?.key;
    v1(tree, &top).or_else(|| (!is_fragment(tree, &top)).then(|| no_services(tree, first)))
}

/// What is odd about a file that Compose takes.
pub(super) fn oddity(tree: &Tree, root: NodeId) -> Option<Diagnostic> {
    let top = effective(tree, root);
    let has = |key: &str| top.iter().find(|entry| tree.text(entry.key) == Some(key));
    let (message, place) = match has("services") {
        Some(services) if tree.is_null(services.value) => return None,
        Some(services) if !effective(tree, services.value).is_empty() => return None,
        Some(services) => ("`services` is empty, there is nothing to harden", tree.place(services.key)),
        None if has("include").is_some() => return None,
        None => ("no `services` in this file, there is nothing to harden", tree.place(top.first()?.key)),
    };
    Some(Diagnostic { message: message.to_owned(), help: None, place: Some(place), note: None })
}

/// A file without content.
pub(super) fn nothing(place: Place) -> Diagnostic {
    let help = Some("a compose file has its services under `services:`".to_owned());
    Diagnostic { message: "nothing in this file".to_owned(), help, place: Some(place), note: None }
}

/// Whether a value is a mapping with a key that services have.
pub(super) fn looks_like_service(tree: &Tree, value: NodeId) -> bool {
    let entries = effective(tree, value);
    entries.iter().any(|entry| tree.text(entry.key).is_some_and(|key| SERVICE_KEYS.contains(&key)))
}

fn no_mapping(tree: &Tree, root: NodeId, found: &str) -> Diagnostic {
    let message = format!("the top of a compose file must be a mapping, found {found}");
    let help = Some("a compose file has its services under `services:`".to_owned());
    Diagnostic { message, help, place: Some(subject::place(tree, None, root)), note: None }
}

fn v1(tree: &Tree, top: &[Entry]) -> Option<Diagnostic> {
    let foreign = |entry: &&Entry| {
        tree.text(entry.key).is_some_and(|key| !SCHEMA.is_top(key) && !key.starts_with("x-"))
    };
    let service = top.iter().filter(foreign).find(|entry| looks_like_service(tree, entry.value))?;
    Some(Diagnostic {
        message: "this is the Compose v1 layout: put the services under `services:`".to_owned(),
        help: Some("write `services:` above them and indent them by two".to_owned()),
        place: Some(tree.place(service.key)),
        note: None,
    })
}

/// Whether Compose takes a file without services: one that has networks, volumes or the like for others to use.
fn is_fragment(tree: &Tree, top: &[Entry]) -> bool {
    top.iter()
        .filter_map(|entry| tree.text(entry.key))
        .any(|key| key.starts_with("x-") || (SCHEMA.is_top(key) && !matches!(key, "version" | "name")))
}

fn no_services(tree: &Tree, first: NodeId) -> Diagnostic {
    Diagnostic {
        message: "no `services` in this file".to_owned(),
        help: Some("a compose file has its services under `services:`".to_owned()),
        place: Some(tree.place(first)),
        note: None,
    }
}
