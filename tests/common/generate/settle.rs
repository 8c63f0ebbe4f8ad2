//! Takes out what Compose refuses beside something else, and adds what it asks for.
//!
//! The rules are coarse on purpose: a rule that is exact would be a second Compose.

use std::collections::BTreeSet;

use super::node::{Entry, Kind, Node};

/// Where the limits of a project stand: Compose refuses both at once.
#[derive(Clone, Copy, Debug)]
pub enum Limits {
    OfService,
    OfDeploy,
    None,
}

/// Lists that `extends` puts behind those of the parent, in which nothing may be twice.
pub const LISTS: [&str; 16] = [
    "cap_add",
    "cap_drop",
    "security_opt",
    "tmpfs",
    "ports",
    "volumes",
    "devices",
    "group_add",
    "expose",
    "dns",
    "extra_hosts",
    "secrets",
    "configs",
    "networks",
    "sysctls",
    "labels",
];

/// Makes the services valid beside each other.
pub fn settle(shared: &mut [Entry], services: &mut [Entry], limits: Limits, is_networked: bool) {
    let is_joined = services.iter_mut().any(|entry| entry.value.get("extends").is_some());
    for entry in shared.iter_mut().chain(services.iter_mut()) {
        let body = &mut entry.value;
        body.drop_keys(if is_networked { &["network_mode"] } else { &["networks"] });
        match limits {
            Limits::OfService => drop_limits(body),
            Limits::OfDeploy => body.drop_keys(&["mem_limit", "cpus", "pids_limit", "mem_reservation"]),
            Limits::None => {
                body.drop_keys(&["mem_limit", "cpus", "pids_limit", "memswap_limit"]);
                drop_limits(body);
            }
        }
    }
    if is_joined {
        unlike(shared, services, is_networked);
    }
    let mut anchors = BTreeSet::new();
    for entry in shared.iter_mut().chain(services.iter_mut()) {
        keep_known(&mut entry.value, &mut anchors);
    }
}

/// Takes out the aliases whose anchors were taken out.
fn keep_known(node: &mut Node, anchors: &mut BTreeSet<String>) {
    anchors.extend(node.dress.anchor.clone());
    match &mut node.kind {
        Kind::Map(entries) => entries.retain_mut(|entry| is_known(&mut entry.value, anchors)),
        Kind::List(items) => items.retain_mut(|item| is_known(item, anchors)),
        _ => {}
    }
}

fn is_known(node: &mut Node, anchors: &mut BTreeSet<String>) -> bool {
    keep_known(node, anchors);
    !matches!(&node.kind, Kind::Alias(name) if !anchors.contains(name))
}

fn drop_limits(body: &mut Node) {
    if let Some(resources) = body.get("deploy").and_then(|deploy| deploy.get("resources")) {
        resources.drop_keys(&["limits", "reservations"]);
    }
}

/// Lists that are joined have nothing in common: there are none, or heirs have none and merge nothing.
fn unlike(shared: &mut [Entry], services: &mut [Entry], is_everywhere: bool) {
    let is_heir = |entry: &mut Entry| entry.value.get("extends").is_some();
    for entry in services.iter_mut() {
        if is_everywhere || is_heir(entry) {
            entry.value.drop_keys(&LISTS);
        }
        if !is_everywhere && is_heir(entry) {
            entry.value.drop_keys(&["<<"]);
        }
    }
    if is_everywhere {
        for entry in shared {
            entry.value.drop_keys(&LISTS);
        }
    }
}

/// What stands at the top because services name it.
pub fn needed(shared: &[Entry], services: &[Entry]) -> Vec<Entry> {
    let mut words = BTreeSet::new();
    for entry in shared.iter().chain(services) {
        collect(&entry.value, &mut words);
    }
    let of = |word: &str| words.iter().any(|other| other.split(':').next() == Some(word));
    let part = |key: &str, names: &[&str], value: fn() -> Node| {
        let names: Vec<&&str> = names.iter().filter(|name| of(name)).collect();
        let entries = names.into_iter().map(|name| Entry::new(*name, value())).collect::<Vec<_>>();
        (!entries.is_empty()).then(|| Entry::new(key, Node::plain(Kind::Map(entries))))
    };
    let nothing = || Node::plain(Kind::Raw(""));
    let file = || {
        let entry = Entry::new("file", Node::text("./file"));
        Node::plain(Kind::Map(vec![entry]))
    };
    [
        part("volumes", &["data", "cache"], nothing),
        part("networks", &["front", "back"], nothing),
        part("secrets", &["token"], file),
        part("configs", &["site"], file),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn collect(node: &Node, words: &mut BTreeSet<String>) {
    match &node.kind {
        Kind::Text(text) => {
            words.insert(text.clone());
        }
        Kind::List(items) => items.iter().for_each(|item| collect(item, words)),
        Kind::Map(entries) => {
            for entry in entries {
                words.insert(entry.key.clone());
                collect(&entry.value, words);
            }
        }
        Kind::Raw(_) | Kind::Alias(_) => {}
    }
}
