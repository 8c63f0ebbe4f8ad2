//! Which items of a list are the same thing: a variable of one name, a port, a mount on one path.
//!
//! When lists are put together, Compose keeps the last of those and puts it in the place of the first. Knows the keys
//! that have such items; compares texts as written.

use std::collections::HashMap;

use super::effective::{View, view_fields};
use super::merge::Path;
use crate::compose::{Mount, Port, Via};
use crate::yaml::Tree;

/// How to tell whether two items are the same thing.
#[derive(Clone, Copy)]
enum Identity {
    /// What is before the `=`.
    Name,
    /// Address, ports and protocol.
    Port,
    /// The path in the container.
    Target,
    /// The target of a secret or config, or else its name.
    FileRef,
    /// The path of a file.
    File,
}

/// Keeps the last of the items that are the same thing, in the place of the first.
pub(super) fn keep_last(tree: &Tree, path: &Path<'_>, items: Vec<(View, Via)>) -> Vec<(View, Via)> {
    let Some(identity) = identity(path) else { return items };
    let mut kept: Vec<(View, Via)> = Vec::with_capacity(items.len());
    let mut places: HashMap<String, usize> = HashMap::new();
    for item in items {
        let place = name(tree, identity, &item.0).map(|name| *places.entry(name).or_insert(kept.len()));
        match place.and_then(|place| kept.get_mut(place)) {
            Some(earlier) => *earlier = item,
            None => kept.push(item),
        }
    }
    kept
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
        ["secrets" | "configs"] => Some(Identity::FileRef),
        ["env_file"] => Some(Identity::File),
        _ => None,
    }
}

/// What an item is the same as another by; `None` for one that is like no other.
fn name(tree: &Tree, identity: Identity, view: &View) -> Option<String> {
    if let View::Pair(key, _) = view {
        return Some(key.text(tree).to_owned());
    }
    let text = tree.text(view.node());
    let part = |name: &str| {
        let fields = view_fields(tree, view, Via::Own);
        let field = fields.into_iter().find(|field| field.key.text(tree) == name)?;
        tree.text(field.value.node()).map(str::to_owned)
    };
    match (identity, text) {
        (Identity::Name, text) => Some(text?.split('=').next()?.to_owned()),
        (Identity::Port, Some(text)) => Some(port_name(&Port::parse(text))),
        (Identity::Port, None) => Some(port_name(&Port {
            host_ip: part("host_ip"),
            published: part("published"),
            target: part("target")?,
            protocol: part("protocol"),
            ..Port::default()
        })),
        (Identity::Target, Some(text)) => Some(Mount::parse(text).target),
        (Identity::Target, None) => part("target"),
        (Identity::FileRef | Identity::File, Some(text)) => Some(text.to_owned()),
        (Identity::FileRef, None) => part("target").or_else(|| part("source")),
        (Identity::File, None) => part("path"),
    }
}

fn port_name(port: &Port) -> String {
    let word = |word: &Option<String>| word.clone().unwrap_or_default();
    let protocol = port.protocol.as_deref().unwrap_or("tcp");
    format!("{}:{}:{}/{protocol}", word(&port.host_ip), word(&port.published), port.target)
}
