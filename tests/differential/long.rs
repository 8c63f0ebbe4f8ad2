//! Short forms written out as Compose writes them: ports and their ranges, mounts, devices.
//!
//! Reads the texts by itself, and not with the types that it helps to check.

use std::path::Path;

use serde_json::{Value, json};

use crate::text::{path, tidy};

/// `[[IP:]HOST:]CONTAINER[/PROTOCOL]`, a range as the single ports that it stands for.
pub fn ports(text: &str) -> Vec<Value> {
    let (rest, protocol) = text.split_once('/').unwrap_or((text, "tcp"));
    let (rest, target) = rest.rsplit_once(':').map_or(("", rest), |(rest, target)| (rest, target));
    let (ip, published) = rest.rsplit_once(':').unwrap_or(("", rest));
    let ip = ip.trim_start_matches('[').trim_end_matches(']');
    let (targets, hosts) = (range(target), range(published));
    let one_each = targets.len() == hosts.len();
    let port = |(at, target): (usize, u32)| {
        let published = if one_each { hosts[at].to_string() } else { published.to_owned() };
        json!({
            "host_ip": ip, "published": published, "target": target, "protocol": protocol.to_lowercase(),
            "mode": "ingress",
        })
    };
    targets.iter().copied().enumerate().map(port).collect()
}

fn range(text: &str) -> Vec<u32> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    match (first.parse(), last.parse()) {
        (Ok(first), Ok(last)) => (first..=last).collect(),
        _ => Vec::new(),
    }
}

/// `[SOURCE:]TARGET[:MODE]`.
pub fn mount(folder: &Path, text: &str) -> Value {
    let parts: Vec<&str> = text.split(':').collect();
    let (source, target, mode) = match parts.as_slice() {
        [target] => ("", *target, ""),
        [source, target] => (*source, *target, ""),
        [source, target, mode, ..] => (*source, *target, *mode),
        [] => ("", "", ""),
    };
    let is_path = source.starts_with(['.', '/', '~']);
    let read_only = mode.split(',').any(|option| option == "ro");
    full_mount(folder, if is_path { "bind" } else { "volume" }, source, target, read_only)
}

/// A mount of which everything is known.
pub fn full_mount(folder: &Path, kind: &str, source: &str, target: &str, read_only: bool) -> Value {
    let source = if kind == "bind" { path(folder, source) } else { source.to_owned() };
    json!({"type": kind, "source": source, "target": container_path(target), "read_only": read_only})
}

fn container_path(target: &str) -> String {
    if target.starts_with('/') { tidy(Path::new(target)) } else { target.to_owned() }
}
