//! Compose's canonical form, brought down to what harden's model holds.
//!
//! What is not named here is compared as it is.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::compare::Fields;
use crate::ours::tell_apart;

/// Fields that are compared as they are.
const PLAIN: [&str; 42] = [
    "image",
    "platform",
    "restart",
    "container_name",
    "hostname",
    "working_dir",
    "runtime",
    "isolation",
    "stop_signal",
    "user",
    "group_add",
    "privileged",
    "read_only",
    "cap_add",
    "cap_drop",
    "security_opt",
    "tmpfs",
    "device_cgroup_rules",
    "pid",
    "ipc",
    "uts",
    "userns_mode",
    "cgroup",
    "cgroup_parent",
    "network_mode",
    "mem_limit",
    "mem_reservation",
    "shm_size",
    "cpus",
    "cpu_count",
    "cpu_percent",
    "cpu_period",
    "cpu_quota",
    "cpu_shares",
    "cpuset",
    "pids_limit",
    "scale",
    "expose",
    "volumes_from",
    "profiles",
    "devices",
    "ulimits",
];

/// Fields of which harden only knows whether they are there: no pass looks inside.
const PRESENCE: [&str; 4] = ["sysctls", "develop", "provider", "gpus"];

/// One service.
pub fn service(service: &Value) -> Fields {
    let mut fields = Fields::new();
    for name in PLAIN {
        fields.insert(name, service[name].clone());
    }
    for name in PRESENCE {
        fields.insert(name, json!(service.get(name).is_some()));
    }
    fields.insert("init", tell_apart(service["init"].clone()));
    fields.insert("command", tell_apart(service["command"].clone()));
    fields.insert("entrypoint", tell_apart(service["entrypoint"].clone()));
    fields.insert("environment", variables(&service["environment"]));
    // `-1`, which is no limit, is 0 to harden: to Compose both are
    let swap = &service["memswap_limit"];
    fields.insert("memswap_limit", if swap == "-1" { Value::Null } else { swap.clone() });
    fields.insert("ports", each(&service["ports"], &["host_ip", "published", "target", "protocol", "mode"]));
    // options of a mount beyond these are no pass's business
    fields.insert("volumes", each(&service["volumes"], &["type", "source", "target", "read_only"]));
    fields.insert("secrets", each(&service["secrets"], &["source", "target"]));
    fields.insert("configs", each(&service["configs"], &["source", "target"]));
    fields.insert("ulimits", ulimits(&service["ulimits"]));
    fields.insert("build", build(&service["build"]));
    fields.insert("deploy", deploy(&service["deploy"]));
    fields.insert("healthcheck", some(&service["healthcheck"], &["test", "disable"]));
    let options = variables(&service["logging"]["options"]);
    fields.insert("logging", json!({"driver": service["logging"]["driver"], "options": options}));
    // harden has the names, not the conditions or addresses
    fields.insert("networks", names(&service["networks"]));
    fields.insert("depends_on", depends_on(service));
    fields
}

/// One volume.
pub fn volume(volume: &Value) -> Fields {
    Fields::from([
        ("driver", volume["driver"].clone()),
        ("driver_opts", variables(&volume["driver_opts"])),
        ("external", volume["external"].clone()),
    ])
}

/// Compose adds what `links` implies; harden's model has no `links`.
fn depends_on(service: &Value) -> Value {
    let links = service["links"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let linked: BTreeSet<&str> = links.map(|link| link.split(':').next().unwrap_or(link)).collect();
    let conditions = service["depends_on"].as_object().into_iter().flatten();
    // those that are implied are restarted together
    let own = conditions.filter(|(name, how)| !linked.contains(name.as_str()) || how["restart"] != true);
    json!(own.map(|(name, _)| name).collect::<BTreeSet<_>>())
}

fn build(build: &Value) -> Value {
    let mut found = some(build, &["context", "dockerfile", "dockerfile_inline", "target"]);
    if let Value::Object(found) = &mut found {
        found.insert("args".into(), variables(&build["args"]));
    }
    found
}

fn deploy(deploy: &Value) -> Value {
    let resources = &deploy["resources"];
    let mut reserved = some(&resources["reservations"], &["memory", "cpus"]);
    if let Value::Object(reserved) = &mut reserved {
        reserved.insert("devices".into(), json!(resources["reservations"].get("devices").is_some()));
    }
    let limits = some(&resources["limits"], &["memory", "cpus", "pids"]);
    json!({
        "mode": deploy["mode"], "replicas": deploy["replicas"], "limits": limits, "reservations": reserved,
    })
}

/// One number stands for both limits.
fn ulimits(limits: &Value) -> Value {
    let both =
        |limit: &Value| if limit.is_object() { limit.clone() } else { json!({"soft": limit, "hard": limit}) };
    let limits = limits.as_object().into_iter().flatten();
    Value::Object(limits.map(|(name, limit)| (name.clone(), both(limit))).collect())
}

/// Variables and options, where an empty value is not the same as none.
fn variables(values: &Value) -> Value {
    let values = values.as_object().into_iter().flatten();
    Value::Object(values.map(|(name, value)| (name.clone(), tell_apart(value.clone()))).collect())
}

fn names(values: &Value) -> Value {
    let names = values.as_object().into_iter().flatten().map(|(name, _)| name);
    json!(names.collect::<BTreeSet<_>>())
}

fn each(items: &Value, names: &[&str]) -> Value {
    Value::Array(items.as_array().into_iter().flatten().map(|item| some(item, names)).collect())
}

/// Some fields of a mapping.
fn some(value: &Value, names: &[&str]) -> Value {
    let field = |name: &&str| Some(((*name).to_owned(), value.get(*name)?.clone()));
    match value {
        Value::Object(_) => Value::Object(names.iter().filter_map(field).collect::<Map<_, _>>()),
        _ => Value::Null,
    }
}
