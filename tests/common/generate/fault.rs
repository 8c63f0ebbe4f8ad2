//! Files with one fault in them: everything else is valid.
//!
//! Add a fault: one line in `FAULTS`. Whether Compose refuses it is what `tests/differential` asks.

use super::node::{Entry, Kind, Node};

/// A value that should not be there.
#[derive(Clone, Copy, Debug)]
pub enum Wrong {
    Raw(&'static str),
    Text(&'static str),
    Item(&'static str),
    Pair(&'static str, &'static str),
}

/// The key of a service, and a value that it cannot have.
pub const FAULTS: &[(&str, Wrong)] = &[
    ("imgae", Wrong::Text("nginx")),
    ("image", Wrong::Raw("1")),
    ("ports", Wrong::Text("80:80")),
    ("ports", Wrong::Item("eighty:80")),
    ("ports", Wrong::Item("80:99999")),
    ("ports", Wrong::Pair("target", "x")),
    ("init", Wrong::Text("maybe")),
    ("read_only", Wrong::Item("true")),
    ("privileged", Wrong::Raw("1")),
    ("mem_limit", Wrong::Text("lots")),
    ("mem_limit", Wrong::Item("1g")),
    ("cpus", Wrong::Text("half")),
    ("pids_limit", Wrong::Text("many")),
    ("cap_drop", Wrong::Text("ALL")),
    ("cap_add", Wrong::Pair("NET_ADMIN", "true")),
    ("security_opt", Wrong::Text("no-new-privileges:true")),
    ("user", Wrong::Raw("1000")),
    ("user", Wrong::Item("1000")),
    ("tmpfs", Wrong::Raw("1")),
    ("logging", Wrong::Text("json-file")),
    ("logging", Wrong::Pair("drivers", "json-file")),
    ("deploy", Wrong::Pair("resource", "x")),
    ("environment", Wrong::Text("A=b")),
    ("restart", Wrong::Item("always")),
    ("restart", Wrong::Raw("5")),
    ("depends_on", Wrong::Item("nobody")),
    ("extends", Wrong::Text("nobody")),
    ("network_mode", Wrong::Text("service:nobody")),
    ("volumes", Wrong::Item("nowhere:/x")),
    ("volumes", Wrong::Item("a:b:c:d")),
    ("networks", Wrong::Item("nowhere")),
    ("secrets", Wrong::Item("nothing")),
    ("configs", Wrong::Item("nothing")),
    ("healthcheck", Wrong::Pair("test", "")),
    ("healthcheck", Wrong::Pair("interval", "soon")),
    ("image", Wrong::Text("${")),
    ("image", Wrong::Text("${A:?must be set}")),
    ("memswap_limit", Wrong::Text("-1")),
    ("shm_size", Wrong::Text("big")),
    ("stop_grace_period", Wrong::Text("soon")),
    ("ulimits", Wrong::Pair("nofile", "many")),
    ("devices", Wrong::Raw("1")),
    ("labels", Wrong::Text("a=b")),
    ("profiles", Wrong::Text("dev")),
    ("scale", Wrong::Text("two")),
    ("command", Wrong::Raw("1")),
    ("build", Wrong::Pair("contxt", ".")),
    ("env_file", Wrong::Text("there-is-no-such-file")),
];

/// Puts a fault into the last service that has a mapping of its own.
pub fn put(root: &mut Node, key: &str, wrong: Wrong) {
    let Some(services) = root.get("services").and_then(Node::entries) else { return };
    let Some(service) = services.iter_mut().rev().find_map(|entry| entry.value.entries()) else { return };
    service.retain(|entry| entry.key != key);
    service.push(Entry::new(key, value(wrong)));
}

fn value(wrong: Wrong) -> Node {
    match wrong {
        Wrong::Raw(text) => Node::plain(Kind::Raw(text)),
        Wrong::Text(text) => Node::text(text),
        Wrong::Item(text) => Node::plain(Kind::List(vec![Node::text(text)])),
        Wrong::Pair(key, text) => Node::plain(Kind::Map(vec![Entry::new(key, Node::text(text))])),
    }
}
