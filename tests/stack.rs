//! The table of what `docker stack deploy` makes of each key, checked against the Docker CLI where it is installed.

#![expect(clippy::print_stdout, reason = "says when nothing was checked")]

mod common;

use common::stack::{cli_is_there, config};
use harden::compose::stack::{NEWEST, RULES, TOP, Treatment, Version};

/// A value for each key of the table, as the deployer would take it or as it refuses it.
fn sample(key: &str) -> &'static str {
    match key {
        "deploy.resources.limits.memory" => "deploy: {resources: {limits: {memory: 64m}}}",
        "deploy.resources.limits.pids" => "deploy: {resources: {limits: {pids: 200}}}",
        "deploy.resources.limits.cpus" => "deploy: {resources: {limits: {cpus: 1.0}}}",
        "deploy.resources.reservations.cpus" => "deploy: {resources: {reservations: {cpus: 1.0}}}",
        "volumes" => "volumes: [{type: tmpfs, target: /t}]",
        "volumes.tmpfs.size" => "volumes: [{type: tmpfs, target: /t, tmpfs: {size: 8388608}}]",
        "logging" => "logging: {driver: json-file, options: {max-size: 10m}}",
        "healthcheck" => "healthcheck: {test: [CMD, x]}",
        "depends_on" => "depends_on: {b: {condition: service_started}}",
        "image" => "command: x",
        "init" | "read_only" | "privileged" | "oom_kill_disable" | "use_api_socket" | "attach" => "KEY: true",
        "cap_add"
        | "cap_drop"
        | "tmpfs"
        | "security_opt"
        | "devices"
        | "expose"
        | "links"
        | "external_links"
        | "profiles"
        | "group_add"
        | "volumes_from"
        | "device_cgroup_rules" => "KEY: [\"1\"]",
        "ports" => "ports: [\"127.0.0.1:80:80\"]",
        "cpu_shares" | "cpu_quota" | "cpus" | "pids_limit" | "scale" | "mem_swappiness" => "KEY: 10",
        "mem_limit" | "memswap_limit" | "mem_reservation" | "shm_size" => "KEY: 64m",
        "annotations" | "storage_opt" | "provider" | "develop" => "KEY: {type: x}",
        _ => "KEY: x",
    }
}

fn file(key: &str, version: Option<Version>) -> String {
    let line = sample(key).replace("KEY", key);
    let version = version.map(|version| format!("version: \"{version}\"\n")).unwrap_or_default();
    format!("{version}services:\n  a:\n    image: x\n    {line}\n  b:\n    image: y\n")
}

#[test]
fn the_table_says_what_the_deployer_does() {
    if !cli_is_there() {
        println!("no Docker CLI: nothing checked");
        return;
    }
    for rule in RULES {
        let newest = config(&file(rule.key, None));
        let refused = !matches!(rule.treatment, Treatment::Honoured(_) | Treatment::Ignored);
        assert_eq!(newest.is_err(), refused, "{}: {newest:?}", rule.key);
        if let Treatment::Honoured(since @ Version(major, minor)) = rule.treatment {
            assert!(config(&file(rule.key, Some(since))).is_ok(), "{} at {since}", rule.key);
            let before = minor.checked_sub(1).map(|minor| Version(major, minor));
            let sooner = before.filter(|_| minor > 0).map(|before| config(&file(rule.key, Some(before))));
            assert!(sooner.is_none_or(|read| read.is_err()), "{} before {since}", rule.key);
        }
    }
    for rule in TOP {
        let text = format!("{}: {{}}\n{}", rule.key, file("user", None));
        assert!(config(&text).is_err(), "{}", rule.key);
    }
}

#[test]
fn the_versions_are_those_that_the_deployer_knows() {
    if !cli_is_there() {
        println!("no Docker CLI: nothing checked");
        return;
    }
    let Version(major, minor) = NEWEST;
    for (version, known) in [("3", true), (&*NEWEST.to_string(), true), ("2.4", false), ("4", false)] {
        let text = format!("version: \"{version}\"\nservices:\n  a:\n    image: x\n");
        assert_eq!(config(&text).is_ok(), known, "{version}");
        assert_eq!(Version::parse(version).is_some(), known, "{version}");
    }
    assert_eq!(Version::parse(&format!("{major}.{}", minor + 1)), None);
}
