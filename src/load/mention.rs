//! What a document names: the services and files of `extends`, the files of `include`.
//!
//! Looks at the tree; opens nothing, which is what [`gather`](super::gather) does.

use super::effective::fields;
use super::env::Envs;
use crate::compose::Via;
use crate::source::FileId;
use crate::yaml::{NodeId, Tree};

/// An `extends` that names another file.
pub(super) struct Target {
    /// The value of `extends`.
    pub(super) at: NodeId,
    /// The node that names the file.
    pub(super) file: NodeId,
    /// The service there.
    pub(super) service: String,
}

/// What a service extends in another file.
pub(super) fn target(tree: &Tree, service: NodeId) -> Option<Target> {
    let (at, file) = extended_file(tree, service)?;
    let name = extended_name(tree, service).and_then(|name| tree.text(name));
    Some(Target { at, file, service: name.unwrap_or_default().to_owned() })
}

/// The next other file that a service of a file extends, by way of services of its own file.
pub(super) fn next_target(tree: &Tree, file: FileId, service: &str) -> Option<Target> {
    let mut seen = Vec::new();
    let mut service = definition(tree, file, service)?;
    while !seen.contains(&service) {
        seen.push(service);
        if let Some(found) = target(tree, service) {
            return Some(found);
        }
        service = definition(tree, file, tree.text(extended_name(tree, service)?)?)?;
    }
    None
}

/// The value of `extends` of a service, with `<<` resolved.
fn extends(tree: &Tree, service: NodeId) -> Option<NodeId> {
    if !may_extend(tree, service) {
        return None;
    }
    let fields = fields(tree, service, Via::Own);
    let extends = fields.iter().find(|field| field.key.text(tree) == "extends")?;
    Some(tree.resolve(extends.value.node()))
}

/// Whether a service has an `extends`, or a `<<` that may bring one: most have neither, and are asked often.
fn may_extend(tree: &Tree, service: NodeId) -> bool {
    tree.entries(service).iter().any(|entry| matches!(tree.text(entry.key), Some("extends" | "<<")))
}

/// The node that names the service that a service extends.
pub(super) fn extended_name(tree: &Tree, service: NodeId) -> Option<NodeId> {
    let extends = extends(tree, service)?;
    if tree.text(extends).is_some() { Some(extends) } else { tree.get(extends, "service") }
}

/// The node that names the file of the service that a service extends, with the value of `extends`.
pub(super) fn extended_file(tree: &Tree, service: NodeId) -> Option<(NodeId, NodeId)> {
    let at = extends(tree, service)?;
    let file = tree.get(at, "file").filter(|&file| !tree.is_null(file))?;
    Some((at, file))
}

/// The value node of a service in a file.
pub(super) fn definition(tree: &Tree, file: FileId, name: &str) -> Option<NodeId> {
    let roots = tree.documents_of(file).filter_map(|document| document.root);
    let mut services = roots.filter_map(|root| tree.get(root, "services"));
    services.find_map(|services| tree.get(services, name))
}

/// The paths of an `include`: a text, or `path` with one or several.
pub(super) fn paths(tree: &Tree, item: NodeId, envs: &Envs) -> Vec<(NodeId, String)> {
    let of = |node: NodeId| (node, envs.text(tree, node));
    match tree.get(item, "path") {
        None => vec![of(item)],
        Some(path) if tree.text(path).is_some() => vec![of(path)],
        Some(list) => tree.items(list).iter().map(|path| of(path.node)).collect(),
    }
}
