//! What a service says under a key, in words and with its place. Values of variables are never shown, nor the words of a
//! command, which may hold some.

use crate::compose::{Flag, List, Mount, MountKind, Port, Secret, Service, Setting, Spanned, Variable};
use crate::source::Place;

/// Something that is written, and where.
pub(super) type Written = (String, Option<Place>);

/// What stands under a key; empty where nothing does.
pub(super) fn written(service: &Service, key: &str) -> Vec<Written> {
    match key {
        "volumes" => items(&service.volumes, mount),
        "ports" => items(&service.ports, port),
        "secrets" => items(&service.secrets, |secret| secret.source.clone()),
        "devices" => items(&service.devices, |device| device.source.clone()),
        "environment" => variables(service),
        "mem_limit" => setting(service.mem_limit.as_ref(), ToString::to_string),
        "mem_reservation" => setting(service.mem_reservation.as_ref(), ToString::to_string),
        "memswap_limit" => setting(service.memswap_limit.as_ref(), ToString::to_string),
        "shm_size" => setting(service.shm_size.as_ref(), ToString::to_string),
        "cpus" => setting(service.cpus.as_ref(), ToString::to_string),
        "pids_limit" => setting(service.pids_limit.as_ref(), ToString::to_string),
        _ => list(service, key)
            .or_else(|| switch(service, key))
            .or_else(|| text(service, key))
            .unwrap_or_else(|| block(service, key)),
    }
}

fn list(service: &Service, key: &str) -> Option<Vec<Written>> {
    let list = match key {
        "cap_add" => &service.cap_add,
        "cap_drop" => &service.cap_drop,
        "security_opt" => &service.security_opt,
        "tmpfs" => &service.tmpfs,
        "device_cgroup_rules" => &service.device_cgroup_rules,
        _ => return None,
    };
    Some(items(list, Clone::clone))
}

fn switch(service: &Service, key: &str) -> Option<Vec<Written>> {
    let switch = match key {
        "privileged" => &service.privileged,
        "read_only" => &service.read_only,
        "init" => &service.init,
        "use_api_socket" => &service.use_api_socket,
        _ => return None,
    };
    Some(setting(switch.as_ref(), |Flag(flag)| flag.to_string()))
}

fn text(service: &Service, key: &str) -> Option<Vec<Written>> {
    let text = match key {
        "image" => service.image.as_ref(),
        "user" => service.user.as_ref(),
        "network_mode" => service.network_mode.as_ref(),
        "pid" => service.pid.as_ref(),
        "ipc" => service.ipc.as_ref(),
        "uts" => service.uts.as_ref(),
        "userns_mode" => service.userns_mode.as_ref(),
        "cgroup" => service.cgroup.as_ref(),
        "cpu_count" => service.cpu_count.as_deref(),
        "cpu_percent" => service.cpu_percent.as_deref(),
        "cpu_period" => service.cpu_period.as_deref(),
        "cpu_quota" => service.cpu_quota.as_deref(),
        "cpuset" => service.cpuset.as_deref(),
        _ => return None,
    };
    Some(text.iter().map(|text| (text.value.clone(), text.place)).collect())
}

/// Blocks of several lines: only where they begin.
fn block(service: &Service, key: &str) -> Vec<Written> {
    let place = match key {
        "build" => service.build.as_ref().map(|block| block.place),
        "command" => service.command.as_ref().map(|block| block.place),
        "entrypoint" => service.entrypoint.as_ref().map(|block| block.place),
        "deploy" => service.deploy.as_ref().map(|block| block.place),
        "healthcheck" => service.healthcheck.as_ref().map(|block| block.place),
        "logging" => service.logging.as_ref().map(|block| block.place),
        "develop" => service.develop.as_ref().map(|_| None),
        _ => None,
    };
    place.map(|place| ("is set".to_owned(), place)).into_iter().collect()
}

fn items<T>(list: &List<T>, words: impl Fn(&T) -> String) -> Vec<Written> {
    list.iter().map(|item| (words(&item.value), item.place)).collect()
}

fn setting<T>(value: Option<&Spanned<Setting<T>>>, words: impl Fn(&T) -> String) -> Vec<Written> {
    let words = |value: &Setting<T>| match value {
        Setting::Literal(value) => words(value),
        Setting::Variable(text) => text.clone(),
    };
    value.map(|value| (words(&value.value), value.place)).into_iter().collect()
}

/// Their names alone.
fn variables(service: &Service) -> Vec<Written> {
    let named = |variable: &Spanned<Variable>| {
        let known = variable.value.value.as_ref().map(Secret::expose).is_some();
        let from = if variable.from_file { " (from a file of variables)" } else { "" };
        let shell = if known { "" } else { " (from the shell)" };
        (format!("{}{from}{shell}", variable.name), variable.place)
    };
    service.environment.0.iter().map(named).collect()
}

fn mount(mount: &Mount) -> String {
    let mode = if mount.read_only { ", read-only" } else { "" };
    let what = match (mount.kind, &mount.source) {
        (MountKind::Tmpfs, _) => "memory".to_owned(),
        (MountKind::Bind, Some(source)) => format!("`{source}` of the host"),
        (_, Some(source)) => format!("the volume `{source}`"),
        (_, None) => "a volume without a name".to_owned(),
    };
    format!("`{}` is {what}{mode}", mount.target)
}

fn port(port: &Port) -> String {
    let address = port.host_ip.as_ref().map(|address| format!("{address}:")).unwrap_or_default();
    let published = port.published.as_ref().map(|port| format!("{port}:")).unwrap_or_default();
    format!("{address}{published}{}", port.target)
}

#[cfg(test)]
mod tests {
    use super::written;
    use crate::compose::Service;
    use crate::load;
    use crate::passes::ALL;

    /// Every key that a pass says it reads, with something under it.
    const FULL: &str = r#"
services:
  all: {image: a, build: ., develop: {}, command: x, entrypoint: x, user: u, privileged: true, read_only: true,
    init: true, cap_add: [A], cap_drop: [A], security_opt: [a], tmpfs: [/a], devices: ["/dev/a:/dev/a"],
    device_cgroup_rules: ["c 1:1 r"], pid: host, ipc: host, uts: host, userns_mode: host, cgroup: host,
    network_mode: host, mem_limit: 1g, mem_reservation: 1g, memswap_limit: 1g, shm_size: 1g, cpus: 1, cpu_count: 1,
    cpu_percent: 1, cpu_period: 1, cpu_quota: 1, cpuset: "1", pids_limit: 1, deploy: {}, ports: ["1:1"],
    volumes: ["a:/a"], secrets: [a], environment: {PASSWORD: hunter2}, healthcheck: {}, logging: {},
    use_api_socket: true}
volumes: {a: {}}
secrets: {a: {file: a}}
"#;

    #[test]
    fn every_key_of_every_pass_can_be_told() {
        let loaded = load::text("compose.yml", FULL, &load::Options::default()).unwrap();
        let [service] = &*loaded.project.services else { panic!("one service") };
        for key in ALL.iter().flat_map(|pass| pass.meta().reads.keys) {
            let found = written(service, key);
            assert_eq!(found.len(), 1, "{key}: {found:?}");
            assert!(
                found.iter().all(|(words, _)| !words.is_empty() && !words.contains("hunter2")),
                "{found:?}"
            );
        }
        assert_eq!(written(&Service::default(), "image"), []);
    }
}
