//! Services that are not run, because they reach out of what can be isolated: the engine's socket, devices, the host's
//! network or processes, large data.
//!
//! Also those that live in the network, the processes or the volumes of one that is not run. Changes nothing else.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use super::isolate::{Cell, Source, is_written_bind, mounts, names, object};

/// Services that are not run, and why.
pub(super) fn refused(config: &Value, cell: &Cell<'_>) -> BTreeMap<String, String> {
    let mut refused = BTreeMap::new();
    for name in names(config, "services") {
        if let Some(why) = reaches_out(&config["services"][&name]) {
            refused.insert(name, why);
        }
    }
    for (service, mount) in mounts(config) {
        if let Some(why) = mounted(mount, cell) {
            refused.entry(service.to_owned()).or_insert(why);
        }
    }
    for (service, why) in external_files(config) {
        refused.entry(service).or_insert(why);
    }
    while let Some((service, why)) = lives_in_another(config, &refused) {
        refused.insert(service, why);
    }
    refused
}

/// Takes services out, and what others say of them.
pub(super) fn leave_out(config: &mut Value, refused: &BTreeMap<String, String>) {
    let Some(services) = object(config, &["services"]) else { return };
    services.retain(|name, _| !refused.contains_key(name));
    for service in services.values_mut().filter_map(Value::as_object_mut) {
        if let Some(waits) = service.get_mut("depends_on").and_then(Value::as_object_mut) {
            waits.retain(|name, _| !refused.contains_key(name));
        }
        if let Some(links) = service.get_mut("links").and_then(Value::as_array_mut) {
            links.retain(|link| {
                let name = link.as_str().and_then(|link| link.split(':').next()).unwrap_or_default();
                !refused.contains_key(name)
            });
        }
    }
}

fn reaches_out(service: &Value) -> Option<String> {
    let filled = |key: &str| service[key].as_array().is_some_and(|items| !items.is_empty());
    if service["privileged"] == true {
        return Some("`privileged: true` opens the host".to_owned());
    }
    if filled("devices") || service.get("gpus").is_some() {
        return Some("it opens devices of the host".to_owned());
    }
    if service.get("provider").is_some() {
        return Some("an external provider runs it".to_owned());
    }
    for key in ["network_mode", "pid", "ipc", "userns_mode", "uts", "cgroup"] {
        let mode = service[key].as_str().unwrap_or_default();
        if mode == "host" || mode.starts_with("container:") {
            return Some(format!("`{key}: {mode}` cannot be isolated"));
        }
    }
    let outside = service["volumes_from"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let outside = outside.into_iter().find(|from| from.starts_with("container:"));
    outside.map(|from| format!("`volumes_from: {from}` is another project's"))
}

fn mounted(mount: &Value, cell: &Cell<'_>) -> Option<String> {
    let source = mount["source"].as_str().unwrap_or_default();
    match mount["type"].as_str().unwrap_or_default() {
        "bind" => {}
        "volume" | "tmpfs" | "image" => return None,
        other => return Some(format!("a mount of type `{other}` cannot be isolated")),
    }
    match (cell.source)(Path::new(source)) {
        Source::Special => Some(format!("`{source}` is a socket or device of the host")),
        Source::Large if is_written_bind(mount) && !cell.allow_binds => Some(format!(
            "`{source}` is too large to be copied, and it may write there (`--allow-binds` lets it)"
        )),
        Source::Large | Source::Small | Source::Missing => None,
    }
}

/// Secrets and configs that only a swarm has.
fn external_files(config: &Value) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for kind in ["secrets", "configs"] {
        for name in names(config, "services") {
            let used = config["services"][&name][kind].as_array().into_iter().flatten();
            let external = used
                .filter_map(|item| item["source"].as_str())
                .find(|source| config[kind][*source]["external"] == true);
            found
                .extend(external.map(|source| (name.clone(), format!("`{source}` in `{kind}` is external"))));
        }
    }
    found
}

/// A service that cannot start without one that is refused.
fn lives_in_another(config: &Value, refused: &BTreeMap<String, String>) -> Option<(String, String)> {
    let of = |mode: &Value| mode.as_str().and_then(|mode| mode.strip_prefix("service:")).map(str::to_owned);
    for name in names(config, "services").into_iter().filter(|name| !refused.contains_key(name)) {
        let service = &config["services"][&name];
        let modes = ["network_mode", "pid", "ipc"].map(|key| of(&service[key])).into_iter().flatten();
        let from = service["volumes_from"].as_array().into_iter().flatten().filter_map(Value::as_str);
        let from = from.filter_map(|from| from.split(':').next()).map(str::to_owned);
        if let Some(other) = modes.chain(from).find(|other| refused.contains_key(other)) {
            return Some((name, format!("it lives in `{other}`, which is not run")));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use crate::prove::isolate::{Cell, Source, isolate};
    use serde_json::{Value, json};
    use std::collections::BTreeMap;
    use std::path::Path;

    fn refused(services: &Value) -> BTreeMap<String, String> {
        let source = |path: &Path| match path.to_str().unwrap() {
            "/var/run/docker.sock" | "/dev/x" => Source::Special,
            "/srv/films" => Source::Large,
            _ => Source::Small,
        };
        let config = json!({ "services": services, "secrets": { "s": { "external": true } } });
        let (folder, fresh) = (Path::new("/t"), BTreeMap::new());
        let isolated = isolate(
            config,
            &Cell { run: "r", folder, source: &source, allow_binds: false, base: "base", fresh },
        );
        for name in isolated.refused.keys() {
            assert!(isolated.config["services"].get(name).is_none(), "{name} is still there");
        }
        isolated.refused
    }

    #[test]
    fn what_reaches_out_is_not_run() {
        let bind = |from: &str, ro: bool| json!({ "volumes": [{ "type": "bind", "source": from, "target": "/x", "read_only": ro }] });
        let cases = [
            (json!({ "privileged": true }), "`privileged: true` opens the host"),
            (json!({ "devices": ["/dev/x"] }), "it opens devices of the host"),
            (json!({ "network_mode": "host" }), "`network_mode: host` cannot be isolated"),
            (json!({ "pid": "host" }), "`pid: host` cannot be isolated"),
            (json!({ "volumes_from": ["container:x"] }), "`volumes_from: container:x` is another project's"),
            (bind("/var/run/docker.sock", true), "`/var/run/docker.sock` is a socket or device of the host"),
            (json!({ "secrets": [{ "source": "s" }] }), "`s` in `secrets` is external"),
        ];
        for (service, expected) in cases {
            assert_eq!(refused(&json!({ "a": service }))["a"], expected);
        }
        assert!(refused(&json!({ "a": bind("/srv/films", false) }))["a"].contains("too large"));
        assert!(refused(&json!({ "a": bind("/srv/films", true) })).is_empty(), "it cannot write there");
    }

    #[test]
    fn what_lives_in_it_is_not_run_either_and_the_others_do_not_wait() {
        let found = refused(&json!({
            "vpn": { "network_mode": "host" },
            "app": { "network_mode": "service:vpn" },
            "job": { "volumes_from": ["app:ro"] },
            "web": { "depends_on": { "vpn": { "condition": "service_started" } }, "links": ["vpn:v"] },
        }));
        assert_eq!(found.keys().collect::<Vec<_>>(), ["app", "job", "vpn"]);
    }
}
