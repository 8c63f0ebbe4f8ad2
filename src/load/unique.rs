//! Which items of a list are the same thing: a variable of one name, a port, a mount on one path.
//!
//! When lists are put together, Compose keeps the last of those and puts it in the place of the first. Knows the keys
//! that have such items; looks at known variables.

use std::collections::HashMap;

use super::effective::{Field, View, view_fields};
use super::merge::{Ground, Path};
use crate::compose::{Mount, Port, Via};
use crate::yaml::NodeId;

/// Lists of a service in which no item may be twice: Compose puts two of them together and then refuses the whole.
const UNIQUE: [&str; 5] =
    ["device_cgroup_rules", "external_links", "group_add", "security_opt", "volumes_from"];

/// How to tell whether two items are the same thing.
#[derive(Clone, Copy)]
enum Identity {
    /// What is before the `=`.
    Name,
    /// Address, ports, protocol and mode.
    Port,
    /// The path in the container.
    Target,
    /// The path of a secret or config in the container; without one it lies in this folder, under its name.
    FileRef(&'static str),
    /// The path of a file.
    File,
}

/// Keeps the last of the items that are the same thing, in the place of the first.
pub(super) fn keep_last(ground: Ground<'_>, path: &Path<'_>, items: Vec<(View, Via)>) -> Vec<(View, Via)> {
    let Some(identity) = identity(path) else { return items };
    let mut kept: Vec<(View, Via)> = Vec::with_capacity(items.len());
    let mut places: HashMap<String, usize> = HashMap::new();
    for item in items {
        let name = name(ground, identity, &item.0);
        let place = name.map(|name| *places.entry(name).or_insert(kept.len()));
        match place.and_then(|place| kept.get_mut(place)) {
            Some(earlier) => *earlier = item,
            None => kept.push(item),
        }
    }
    kept
}

/// The key of a list that was put together with one text in it twice, with both items, where Compose refuses that.
pub(super) fn repeated<'f>(ground: Ground<'f>, fields: &'f [Field]) -> Option<(&'f str, NodeId, NodeId)> {
    let tree = ground.tree;
    let lists = fields.iter().filter(|field| UNIQUE.contains(&field.key.text(tree)));
    lists.into_iter().find_map(|field| {
        let View::List(_, items) = &field.value else { return None };
        let mut seen: HashMap<String, NodeId> = HashMap::new();
        let twice = items.iter().find_map(|(item, _)| {
            let text = ground.envs.text(tree, item.node());
            seen.insert(text, item.node()).map(|first| (first, item.node()))
        });
        twice.map(|(first, second)| (field.key.text(tree), first, second))
    })
}

fn identity(path: &Path<'_>) -> Option<Identity> {
    match path {
        [
            "annotations" | "cap_add" | "cap_drop" | "depends_on" | "dns" | "dns_opt" | "dns_search"
            | "environment" | "expose" | "labels" | "links" | "networks" | "profiles" | "sysctls" | "tmpfs",
        ]
        | ["build", "args" | "labels"]
        | ["deploy", "labels"] => Some(Identity::Name),
        ["ports"] => Some(Identity::Port),
        ["volumes" | "devices"] => Some(Identity::Target),
        ["secrets"] => Some(Identity::FileRef("/run/secrets/")),
        ["configs"] => Some(Identity::FileRef("/")),
        ["env_file"] => Some(Identity::File),
        _ => None,
    }
}

/// What an item is the same as another by; `None` for one that is like no other. Variables that are not known are
/// compared as written.
fn name(ground: Ground<'_>, identity: Identity, view: &View) -> Option<String> {
    let Ground { tree, envs, .. } = ground;
    if let View::Pair(key, _) = view {
        return Some(key.text(tree).to_owned());
    }
    let text = tree.text(view.node()).map(|_| envs.text(tree, view.node()));
    let part = |name: &str| {
        let fields = view_fields(tree, view, Via::Own);
        let field = fields.into_iter().find(|field| field.key.text(tree) == name)?;
        tree.text(field.value.node()).map(|_| envs.text(tree, field.value.node()))
    };
    match (identity, text) {
        (Identity::Name, text) => Some(text?.split('=').next()?.to_owned()),
        (Identity::Port, Some(text)) => Some(port_name(&Port::parse(&text))),
        (Identity::Port, None) => Port::from_parts(part).as_ref().map(port_name),
        (Identity::Target, Some(text)) => Some(Mount::parse(&text).target),
        (Identity::Target, None) => part("target").map(|target| Mount::parse(&target).target),
        (Identity::FileRef(folder), Some(text)) => Some(format!("{folder}{text}")),
        (Identity::FileRef(folder), None) => {
            part("target").or_else(|| part("source").map(|source| format!("{folder}{source}")))
        }
        (Identity::File, Some(text)) => Some(text),
        (Identity::File, None) => part("path"),
    }
}

fn port_name(port: &Port) -> String {
    let protocol = port.protocol.as_deref().unwrap_or("tcp");
    let mode = port.mode.as_deref().unwrap_or("ingress");
    // no address is all of them
    let address = port.host_ip.as_deref().filter(|address| !address.is_empty()).unwrap_or("0.0.0.0");
    format!("{address}:{}:{}/{protocol} {mode}", port.published.as_deref().unwrap_or_default(), port.target)
}
