//! The merge rules of Compose: what a service, or a part of it, becomes when another is laid over it.
//!
//! The same rules hold for `extends`, for override files and for further documents. Written against what
//! `docker compose config` makes of two files. Knows which keys have rules of their own, and no key's type.

use super::effective::{
    Field, Key, Names, Shape, View, fields, is_override, is_reset, shape, view_fields, view_items,
};
use super::env::Envs;
use super::limits::Growth;
use super::unique;
use crate::compose::Via;
use crate::yaml::Tree;

/// Keys from the service downwards.
pub(super) type Path<'p> = [&'p str];

/// Keys that are replaced as a whole, even by nothing.
const REPLACED: [&Path<'static>; 3] = [&["command"], &["entrypoint"], &["healthcheck", "test"]];

/// Keys that take one text for a list of one, and then append.
const LISTS: [&str; 5] = ["dns", "dns_opt", "dns_search", "env_file", "tmpfs"];

/// Mappings that Compose takes for lists of `key=value`, so that a key without a value replaces one with a value.
const PAIRS: [&Path<'static>; 7] = [
    &["annotations"],
    &["environment"],
    &["labels"],
    &["sysctls"],
    &["build", "args"],
    &["build", "labels"],
    &["deploy", "labels"],
];

/// What is merged: the files, and the variables that each is read with.
#[derive(Clone, Copy)]
pub(super) struct Ground<'t> {
    pub(super) tree: &'t Tree,
    pub(super) envs: &'t Envs,
    pub(super) growth: &'t Growth,
}

/// Lays one mapping over another: mappings merge, lists append, anything else is replaced; what comes from each side
/// keeps its [`Via`].
pub(super) fn lay<'t>(
    ground: Ground<'t>,
    base: &[Field],
    over: &[Field],
    path: &mut Vec<&'t str>,
) -> Vec<Field> {
    let tree = ground.tree;
    let mut merged: Vec<Field> = Vec::with_capacity(base.len() + over.len());
    let (below, above) = (Names::of(tree, base), Names::of(tree, over));
    for field in over.iter().filter(|field| !is_reset(tree, field.value.node())) {
        let name = field.key.text(tree);
        path.push(name);
        let below = below.find(name);
        merged.push(below.map_or_else(|| field.clone(), |below| join(ground, below, field, path)));
        path.pop();
    }
    let is_hidden = |field: &&Field| above.find(field.key.text(tree)).is_some();
    merged.extend(base.iter().filter(|field| !is_hidden(field)).cloned());
    merged
}

/// The entries of a mapping without what its own `!reset` takes away.
pub(super) fn kept(tree: &Tree, fields: Vec<Field>) -> Vec<Field> {
    fields.into_iter().filter(|field| !is_reset(tree, field.value.node())).collect()
}

/// One entry over another of the same key.
fn join<'t>(ground: Ground<'t>, base: &Field, over: &Field, path: &mut Vec<&'t str>) -> Field {
    let tree = ground.tree;
    if is_override(tree, over.value.node()) || REPLACED.contains(&path.as_slice()) {
        return over.clone();
    }
    let shapes = (shape(tree, &base.value), shape(tree, &over.value));
    match shapes {
        (_, Shape::Null) if is_pair(path) => over.clone(),
        (_, Shape::Null) => base.clone(),
        (Shape::Null, _) => over.clone(),
        (Shape::Map, Shape::Map) if is_other_driver(tree, base, over, path) => over.clone(),
        (Shape::Map, Shape::Map) => {
            let (below, above) = (parts(tree, base), parts(tree, over));
            with_value(over, View::Map(over.value.node(), lay(ground, &below, &above, path).into()))
        }
        (Shape::Text | Shape::Map, Shape::Text | Shape::Map) if path.as_slice() == ["build"] => {
            let (below, above) = (build(tree, base), build(tree, over));
            with_value(over, View::Map(over.value.node(), lay(ground, &below, &above, path).into()))
        }
        (Shape::Text, _) | (_, Shape::Text) if !is_list(path) => over.clone(),
        _ => {
            let items = view_items(tree, &base.value, base.via).into_iter();
            let items = items.chain(view_items(tree, &over.value, over.via)).collect();
            with_value(over, View::List(over.value.node(), unique::keep_last(ground, path, items).into()))
        }
    }
}

fn with_value(over: &Field, value: View) -> Field {
    Field { key: over.key, value, via: over.via }
}

fn parts(tree: &Tree, field: &Field) -> Vec<Field> {
    view_fields(tree, &field.value, field.via)
}

/// `build: ./app` is `build: {context: ./app}`.
fn build(tree: &Tree, field: &Field) -> Vec<Field> {
    match shape(tree, &field.value) {
        Shape::Map => parts(tree, field),
        _ => vec![Field { key: Key::Implied("context"), ..field.clone() }],
    }
}

fn is_pair(path: &Path<'_>) -> bool {
    path.split_last().is_some_and(|(_, mapping)| PAIRS.contains(&mapping))
}

fn is_list(path: &Path<'_>) -> bool {
    matches!(path, [key] if LISTS.contains(key))
}

/// A `logging` for another driver takes nothing over from the one below it.
fn is_other_driver(tree: &Tree, base: &Field, over: &Field, path: &Path<'_>) -> bool {
    let driver = |field: &Field| {
        let parts = parts(tree, field);
        let driver = parts.iter().find(|part| part.key.text(tree) == "driver")?;
        tree.text(driver.value.node())
    };
    path == ["logging"] && matches!((driver(base), driver(over)), (Some(base), Some(over)) if base != over)
}

/// The entries of a service as `extends` hands them on.
pub(super) fn handed_on(tree: &Tree, service: crate::yaml::NodeId) -> Vec<Field> {
    kept(tree, fields(tree, service, Via::Extends))
}
