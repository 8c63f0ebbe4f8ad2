//! Files of two documents, of which Compose lays the second over the first.
//!
//! The second has no list that would be put behind one of the first, in which nothing may be twice, and no limits, which
//! must agree. An anchor holds for its own document alone.

use proptest::prelude::{BoxedStrategy, Strategy, any};

use super::node::{Entry, Kind, Node};
use super::project::{body, project};
use super::settle::LISTS;

/// Empty lists of these Compose refuses as soon as there is a second document.
const FILLED: [&str; 2] = ["security_opt", "extra_hosts"];

/// What must agree with other keys of the first document.
const AGREED: [&str; 8] = [
    "mem_limit",
    "mem_reservation",
    "memswap_limit",
    "cpus",
    "pids_limit",
    "deploy",
    "network_mode",
    "shm_size",
];

/// A project, and behind it more of its first service, and sometimes one more service.
pub fn documents() -> BoxedStrategy<Vec<Node>> {
    (project(), body(0.1, 0.15), body(0.1, 0.12), any::<bool>())
        .prop_map(|(mut roots, more, late, is_late)| {
            roots.iter_mut().for_each(fill);
            let mut services = vec![Entry::new("web", apart(more))];
            if is_late {
                services.push(Entry::new("late", apart(late)));
            }
            let services = Entry::new("services", Node::plain(Kind::Map(services)));
            roots.push(Node::plain(Kind::Map(vec![services])));
            roots
        })
        .boxed()
}

fn apart(mut service: Node) -> Node {
    service.drop_keys(&LISTS);
    service.drop_keys(&AGREED);
    service
}

/// Takes out the lists that must not be empty, and what is an alias of one.
fn fill(node: &mut Node) {
    let is_empty = |value: &Node| match &value.kind {
        Kind::List(items) => items.is_empty(),
        kind => matches!(kind, Kind::Alias(_)),
    };
    if let Some(entries) = node.entries() {
        entries.retain(|entry| !FILLED.contains(&entry.key.as_str()) || !is_empty(&entry.value));
        for entry in entries {
            fill(&mut entry.value);
        }
    }
}
