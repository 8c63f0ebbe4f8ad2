//! Other files that belong to the project: named, never silently ignored.
//!
//! Reading them into the model comes later; until then the services that depend on them count as partly seen.

use std::path::Path;

use super::{DEFAULT_NAMES, Options, read};
use crate::compose::{Partial, PartialReason, Service};
use crate::source::Source;
use crate::yaml::{self, Limits, NodeId, Tree};

/// Everything that the project depends on and that was not read.
pub(super) fn find(
    tree: &Tree,
    root: NodeId,
    path: Option<&Path>,
    services: &[Service],
    options: &Options,
) -> Vec<Partial> {
    let mut found = extends(services);
    found.extend(includes(tree, root));
    found.extend(path.and_then(|path| override_file(path, services, options)));
    found.extend(fragments(services));
    found
}

fn extends(services: &[Service]) -> Vec<Partial> {
    let mut found: Vec<Partial> = Vec::new();
    for (index, service) in services.iter().enumerate() {
        let Some(extends) = &service.extends else { continue };
        let Some(file) = &extends.file else { continue };
        match found.iter_mut().find(|partial| partial.file == *file) {
            Some(partial) => partial.services.push(index),
            None => found.push(Partial {
                reason: PartialReason::Extends,
                file: file.clone(),
                place: extends.place,
                services: vec![index],
            }),
        }
    }
    found
}

/// Services that cannot run as they are: Compose takes them only together with another file.
fn fragments(services: &[Service]) -> Option<Partial> {
    let is_fragment = |service: &Service| {
        service.image.is_none()
            && service.build.is_none()
            && service.provider.is_none()
            && service.extends.is_none()
    };
    let found: Vec<usize> =
        (0..services.len()).filter(|&at| services.get(at).is_some_and(is_fragment)).collect();
    let first = services.get(*found.first()?)?;
    let file = "another file".to_owned();
    Some(Partial { reason: PartialReason::Fragment, file, place: Some(first.place), services: found })
}

/// `include` brings services of its own and changes none of these, but the project is not whole without it.
fn includes(tree: &Tree, root: NodeId) -> Vec<Partial> {
    let Some(include) = tree.get(root, "include") else { return Vec::new() };
    let named = |node: NodeId| Partial {
        reason: PartialReason::Include,
        file: tree.text(node).unwrap_or_default().to_owned(),
        place: Some(tree.place(node)),
        services: Vec::new(),
    };
    let mut found = Vec::new();
    for item in tree.items(include) {
        match tree.get(item.node, "path") {
            None => found.push(named(item.node)),
            Some(path) if tree.text(path).is_some() => found.push(named(path)),
            Some(paths) => found.extend(tree.items(paths).iter().map(|path| named(path.node))),
        }
    }
    found
}

/// `compose.override.yaml` and the like, which Compose merges by itself over a file with a default name.
fn override_file(path: &Path, services: &[Service], options: &Options) -> Option<Partial> {
    let name = path.file_name()?.to_str().filter(|name| DEFAULT_NAMES.contains(name))?;
    let (stem, _) = name.rsplit_once('.')?;
    let candidates =
        ["yml", "yaml"].map(|extension| path.with_file_name(format!("{stem}.override.{extension}")));
    let file = candidates.into_iter().find(|candidate| candidate.is_file())?;
    let all = || (0..services.len()).collect();
    let named = services_in(&file, services, options).unwrap_or_else(all);
    let file = file.file_name()?.to_string_lossy().into_owned();
    Some(Partial { reason: PartialReason::Override, file, place: None, services: named })
}

/// The services that an override file names; `None` when it cannot be read as a mapping of services.
fn services_in(file: &Path, services: &[Service], options: &Options) -> Option<Vec<usize>> {
    let text = read::file(file, options).ok()?;
    let mut tree = Tree::default();
    yaml::parse(&mut tree, Source::new(file, text), &Limits::default()).ok()?;
    let roots = tree.documents().iter().filter_map(|document| document.root);
    let mappings: Vec<NodeId> = roots.filter_map(|root| tree.get(root, "services")).collect();
    let is_named =
        |service: &Service| mappings.iter().any(|&mapping| tree.entry(mapping, &service.name).is_some());
    Some((0..services.len()).filter(|&index| services.get(index).is_some_and(is_named)).collect())
}
