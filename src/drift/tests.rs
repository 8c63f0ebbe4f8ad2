//! Each control on its own: what the file says, what the container has, and what comes of it.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{CONTROLS, Images, Outcome, Presence, STRANGER, compare, is_any_running, named_images};
use crate::docker::{Inspected, InspectedImage};
use crate::load::{self, Options};

/// A container of the service `web`, with these parts of its `HostConfig` and `Config`.
fn container(host: &Value, config: &Value) -> Inspected {
    let mut config = config.clone();
    let labels = config["Labels"].clone();
    config["Labels"] = json!({"com.docker.compose.service": "web", "com.docker.compose.oneoff": "False"});
    for (name, value) in labels.as_object().into_iter().flatten() {
        config["Labels"][name] = value.clone();
    }
    let whole = json!({
        "Id": "1", "Name": "/shop-web-1", "Image": "sha256:aaa", "State": {"Status": "running"},
        "Config": config, "HostConfig": host,
    });
    serde_json::from_value(whole).unwrap()
}

fn images(all: &[(&str, Value)]) -> Images {
    let read = |value: &Value| serde_json::from_value::<InspectedImage>(value.clone()).unwrap();
    all.iter().map(|(name, value)| ((*name).to_owned(), read(value))).collect()
}

/// What is found, as `control: file / runs` for differences and `control: word` for the rest.
fn found(keys: &str, host: &Value, config: &Value, known: &Images) -> Vec<String> {
    let text = format!("services:\n  web:\n    command: x\n{keys}");
    let text = if keys.contains("image:") { text } else { text + "    build: .\n" };
    let loaded = load::text("compose.yml", &text, &Options::default()).unwrap();
    let drift = compare(&loaded.project, &[container(host, config)], known);
    let mut lines = Vec::new();
    for finding in &drift.services[0].findings {
        match &finding.outcome {
            Outcome::Same => lines.push(format!("{}: same", finding.control)),
            Outcome::Tighter(what) => lines.push(format!("{}: tighter: {what}", finding.control)),
            Outcome::Unknown(key) => lines.push(format!("{}: unknown: {key}", finding.control)),
            Outcome::Differs(all) => lines.extend(all.iter().map(|(one, _)| {
                let file = one.file.as_deref().unwrap_or("-");
                format!("{}: {} {file} / {}", finding.control, one.key, one.runs)
            })),
        }
    }
    lines
}

/// Cases of `(keys of the service, HostConfig, what is found)`.
fn holds(cases: &[(&str, Value, &[&str])]) {
    for (keys, host, expected) in cases {
        assert_eq!(found(keys, host, &json!({}), &Images::new()), *expected, "{keys}\n{host}");
    }
}

#[test]
fn limits_are_numbers_however_they_are_spelt() {
    const DEPLOY: &str = "    deploy: {resources: {limits: {memory: 64m, cpus: '1.5', pids: 50}}}\n";
    holds(&[
        ("    mem_limit: 0.5g\n", json!({"Memory": 536_870_912}), &["mem_limit: same"]),
        ("    mem_limit: 512m\n", json!({}), &["mem_limit: mem_limit 512m / no limit"]),
        ("", json!({"Memory": 1024}), &["mem_limit: tighter: mem_limit: 1k"]),
        ("    mem_limit: 0\n", json!({"Memory": 1024}), &["mem_limit: mem_limit no limit / 1k"]),
        ("    mem_limit: ${M}\n", json!({}), &["mem_limit: unknown: mem_limit"]),
        ("    mem_limit: ${M:-1k}\n", json!({"Memory": 1024}), &["mem_limit: same"]),
        ("    cpus: 0.5\n", json!({"NanoCpus": 500_000_000}), &["cpus: same"]),
        ("    cpus: 0.5\n", json!({"CpuQuota": 50_000, "CpuPeriod": 100_000}), &["cpus: same"]),
        ("    cpu_quota: 25000\n", json!({"NanoCpus": 2_000_000_000_u64}), &["cpus: cpu_quota 0.25 / 2.0"]),
        ("    pids_limit: -1\n", json!({"PidsLimit": null}), &["pids_limit: same"]),
        ("    pids_limit: 100\n", json!({"PidsLimit": 0}), &["pids_limit: pids_limit 100 / no limit"]),
        (
            DEPLOY,
            json!({"Memory": 67_108_864, "NanoCpus": 1_500_000_000, "PidsLimit": 50}),
            &["mem_limit: same", "cpus: same", "pids_limit: same"],
        ),
        (
            DEPLOY,
            json!({}),
            &[
                "mem_limit: deploy.resources.limits.memory 64m / no limit",
                "cpus: deploy.resources.limits.cpus 1.5 / no limit",
                "pids_limit: deploy.resources.limits.pids 50 / no limit",
            ],
        ),
    ]);
}

#[test]
fn what_may_do_more_than_the_file_says_differs_and_what_may_do_less_is_told() {
    holds(&[
        ("", json!({"Privileged": true}), &["privileged: privileged - / true"]),
        ("    privileged: true\n", json!({}), &["privileged: privileged true / false"]),
        ("", json!({"CapAdd": ["SYS_ADMIN"]}), &["cap_drop: cap_drop - / add SYS_ADMIN"]),
        ("", json!({"CapDrop": ["ALL"]}), &["cap_drop: tighter: drop ALL"]),
        (
            "",
            json!({"CapDrop": ["ALL"], "CapAdd": ["SYS_TIME"]}),
            &["cap_drop: cap_drop - / drop ALL, add SYS_TIME"],
        ),
        (
            "",
            json!({"SecurityOpt": ["no-new-privileges"]}),
            &["no_new_privileges: tighter: no-new-privileges:true"],
        ),
        (
            "",
            json!({"SecurityOpt": ["seccomp=unconfined"]}),
            &["security_profiles: security_opt - / seccomp=unconfined"],
        ),
        (
            "",
            json!({"SecurityOpt": ["apparmor=own"]}),
            &["security_profiles: tighter: security_opt: apparmor=own"],
        ),
        (
            "",
            json!({"PidMode": "host", "SecurityOpt": ["label=disable"]}),
            &["host_namespaces: pid - / host"],
        ),
        (
            "    pid: host\n",
            json!({"PidMode": "host", "SecurityOpt": ["label=disable"]}),
            &["host_namespaces: same"],
        ),
        (
            "    network_mode: host\n",
            json!({"NetworkMode": "x"}),
            &["host_namespaces: network_mode host / one of its own"],
        ),
        (
            "",
            json!({"NetworkMode": "host", "UTSMode": "host"}),
            &["host_namespaces: network_mode - / host", "host_namespaces: uts - / host"],
        ),
        (
            "",
            json!({"ReadonlyRootfs": true, "Init": true}),
            &["init: tighter: init: true", "read_only: tighter: read_only: true"],
        ),
        ("", json!({"LogConfig": {"Type": "journald", "Config": {"tag": "x"}}}), &[]),
    ]);
}

#[test]
fn capabilities_are_sets() {
    holds(&[
        (
            "    cap_drop: [all]\n    cap_add: [CAP_KILL, chown]\n",
            json!({"CapDrop": ["CAP_ALL"], "CapAdd": ["CHOWN", "KILL"]}),
            &["cap_drop: same"],
        ),
        ("    cap_drop: [ALL]\n", json!({}), &["cap_drop: cap_drop drop ALL / the engine's default set"]),
        ("    cap_add: [CHOWN]\n", json!({}), &["cap_drop: same"]),
        (
            "    cap_add: [NET_ADMIN]\n",
            json!({}),
            &["cap_drop: cap_drop add NET_ADMIN / the engine's default set"],
        ),
        (
            "    cap_add: [ALL]\n    cap_drop: [KILL]\n",
            json!({"CapAdd": ["ALL"]}),
            &["cap_drop: cap_drop drop KILL, add ALL / add ALL"],
        ),
        (
            "    cap_drop: [NET_RAW]\n",
            json!({"CapDrop": ["ALL"]}),
            &["cap_drop: cap_drop drop NET_RAW / drop ALL"],
        ),
    ]);
}

#[test]
fn security_options_have_many_spellings() {
    const NNP: &str = "    security_opt: ['no-new-privileges']\n";
    holds(&[
        (NNP, json!({"SecurityOpt": ["no-new-privileges:true"]}), &["no_new_privileges: same"]),
        (NNP, json!({"SecurityOpt": ["no-new-privileges=true"]}), &["no_new_privileges: same"]),
        (NNP, json!({}), &["no_new_privileges: security_opt no-new-privileges:true / no such option"]),
        (
            NNP,
            json!({"SecurityOpt": ["no-new-privileges:false"]}),
            &["no_new_privileges: security_opt no-new-privileges:true / no such option"],
        ),
        (
            "    security_opt: ['seccomp:./p.json', 'apparmor:own']\n",
            json!({"SecurityOpt": ["seccomp={\"a\":1}", "apparmor=own"]}),
            &["security_profiles: same"],
        ),
        (
            "    security_opt: ['seccomp:./p.json']\n",
            json!({"SecurityOpt": ["seccomp=unconfined"]}),
            &[
                "security_profiles: security_opt seccomp=a profile / no such option",
                "security_profiles: security_opt - / seccomp=unconfined",
            ],
        ),
    ]);
}

#[test]
fn where_it_may_write() {
    holds(&[
        ("    read_only: true\n", json!({"ReadonlyRootfs": true}), &["read_only: same"]),
        ("    read_only: true\n", json!({}), &["read_only: read_only true / false"]),
        ("    init: true\n", json!({"Init": null}), &["init: init true / false"]),
        ("    init: false\n", json!({"Init": null}), &["init: same"]),
        (
            "    tmpfs: ['/run/:uid=1,size=1m', /tmp]\n",
            json!({"Tmpfs": {"/tmp": "", "/run": "size=1m,uid=1"}}),
            &["read_only: same"],
        ),
        (
            "    tmpfs: [/run]\n",
            json!({"Tmpfs": {"/run": "exec", "/x": ""}}),
            &["read_only: tmpfs /run / /run:exec", "read_only: tmpfs - / /x"],
        ),
        ("    tmpfs: /run\n", json!({}), &["read_only: tmpfs /run / nothing there"]),
    ]);
}

#[test]
fn what_is_mounted_of_the_host_is_known_by_where() {
    let bind = |text: &str| json!({"Binds": [text]});
    let long = json!({"Mounts": [{"Type": "bind", "Source": "/srv/a", "Target": "/a", "ReadOnly": true}, {"Type": "tmpfs", "Target": "/t"}]});
    holds(&[
        ("", bind("/run/docker.sock:/s:rw"), &["sensitive_mounts: volumes - / /run/docker.sock:/s"]),
        ("", bind("shop_data:/data:rw"), &[]),
        ("    volumes: [./a:/a/, data:/b]\n", bind("/srv/shop/a:/a:rw"), &["sensitive_mounts: same"]),
        ("    volumes: [./a:/a]\n", long.clone(), &["sensitive_mounts: same"]),
        ("", long, &["sensitive_mounts: volumes - / /srv/a:/a"]),
        (
            "    volumes: [./a:/a:ro]\n",
            bind("/srv/shop/a:/a"),
            &["sensitive_mounts: volumes /a read-only / /srv/shop/a:/a, which may be written to"],
        ),
        ("    volumes: ['./a:${AT}']\n", bind("/srv/shop/a:/a"), &["sensitive_mounts: unknown: volumes"]),
        ("    volumes_from: [other]\n", bind("/srv/shop/a:/a"), &[]),
        (
            "    secrets: [key]\n    configs: [conf, {source: x, target: /etc/x}]\n",
            json!({"Binds": ["/srv/k:/run/secrets/key", "/srv/c:/conf", "/srv/x:/etc/x"]}),
            &[],
        ),
    ]);
}

#[test]
fn devices_are_known_by_their_paths() {
    let device = |path: &str| json!({"Devices": [{"PathOnHost": path, "PathInContainer": "/dev/x"}]});
    holds(&[
        ("    devices: [/dev/fuse, 'vendor.example/class=all']\n", device("/dev/fuse"), &["devices: same"]),
        (
            "    devices: [/dev/fuse]\n",
            json!({"Devices": null}),
            &["devices: devices /dev/fuse / no such device"],
        ),
        ("", device("/dev/kvm"), &["devices: devices - / /dev/kvm"]),
    ]);
}

#[test]
fn logging_is_what_the_file_says_and_no_value_of_an_option_that_may_be_a_token_is_told() {
    const ROTATED: &str = "    logging: {driver: json-file, options: {max-size: 10m, max-file: 3}}\n";
    let log = |kind: &str, config: Value| json!({"LogConfig": {"Type": kind, "Config": config}});
    holds(&[
        (
            ROTATED,
            log("json-file", json!({"max-size": "10m", "max-file": "3", "labels": "x"})),
            &["logging: same"],
        ),
        (
            ROTATED,
            log("json-file", json!({"max-size": "1g"})),
            &[
                "logging: logging.options.max-file 3 / no such option",
                "logging: logging.options.max-size 10m / 1g",
            ],
        ),
        (ROTATED, log("local", Value::Null), &["logging: logging.driver json-file / local"]),
        (
            "    logging: {driver: splunk, options: {splunk-token: hush}}\n",
            log("splunk", json!({"splunk-token": "quiet"})),
            &["logging: logging.options.splunk-token a value / another value"],
        ),
    ]);
}

#[test]
fn a_user_that_the_file_leaves_open_is_that_of_the_image() {
    let of = |own: &str| images(&[("sha256:aaa", json!({"Id": "sha256:aaa", "Config": {"User": own}}))]);
    let cases: &[(&str, &str, &str, &[&str])] = &[
        ("    user: 1000:1000\n", "", "1000:1000", &["user: same"]),
        ("    user: root\n", "", "0:0", &["user: same"]),
        ("    user: '101'\n", "", "101:101", &["user: user 101 / 101:101"]),
        ("    user: 101:101\n", "", "", &["user: user 101:101 / root"]),
        ("", "node", "node", &[]),
        ("", "node", "root", &["user: user nothing, and the image node / root"]),
        ("", "", "1000", &["user: tighter: user: 1000"]),
        ("", "node", "1001", &["user: user nothing, and the image node / 1001"]),
    ];
    for (keys, own, runs, expected) in cases {
        let config = json!({"User": runs});
        assert_eq!(found(keys, &json!({}), &config, &of(own)), *expected, "{keys} {own} {runs}");
    }
}

#[test]
fn an_image_is_the_one_that_is_named_pinned_or_meant_by_now() {
    let image = |id: &str, digests: &[&str]| json!({"Id": id, "RepoDigests": digests});
    let none = Images::new();
    let newer = images(&[("nginx:1", image("sha256:bbbbbbbbbbbbbbbb", &[]))]);
    let known = images(&[("sha256:aaa", image("sha256:aaa", &["nginx@sha256:111"]))]);
    let same: &[&str] = &["image: same"];
    let cases: &[(&str, &str, &Images, &[&str])] = &[
        ("nginx", "docker.io/library/nginx:latest", &none, same),
        ("nginx:1", "nginx:2", &none, &["image: image nginx:1 / nginx:2"]),
        ("reg.example:5000/nginx", "reg.example:5000/nginx:latest", &none, same),
        (
            "mirror.gcr.io/library/nginx",
            "nginx",
            &none,
            &["image: image mirror.gcr.io/library/nginx / nginx"],
        ),
        (
            "nginx:1",
            "nginx:1",
            &newer,
            &["image: image nginx:1, which is bbbbbbbbbbbb by now / an older one, aaa"],
        ),
        ("nginx:1@sha256:111", "nginx:1", &known, same),
        ("nginx:1@sha256:222", "nginx:1@sha256:222", &none, same),
        ("nginx:1@sha256:222", "nginx:1", &known, &["image: image nginx:1@sha256:222… / nginx:1 (aaa)"]),
        ("nginx:${TAG}", "nginx:2", &none, &["image: unknown: image"]),
        ("nginx:${TAG:-2}", "nginx:2", &none, same),
    ];
    for (file, runs, known, expected) in cases {
        let keys = format!("    image: '{file}'\n");
        assert_eq!(found(&keys, &json!({}), &json!({"Image": runs}), known), *expected, "{file} {runs}");
    }
    let built = images(&[("shop-web", image("sha256:ccc", &[]))]);
    let expected = ["image: image shop-web, which is ccc by now / an older one, aaa"];
    assert_eq!(found("", &json!({}), &json!({"Image": "shop-web"}), &built), expected);
    let noted = json!({"Image": "shop-web", "Labels": {"com.docker.compose.image": "sha256:ccc"}});
    assert_eq!(found("", &json!({}), &noted, &built), [""; 0]);
}

/// A container of a service, in a state.
fn one(name: &str, service: &str, status: &str, memory: i64) -> Inspected {
    let labels = json!({"com.docker.compose.service": service});
    let made = container(&json!({"Memory": memory}), &json!({"Image": "x", "Labels": labels}));
    let state = json!({"Status": status, "ExitCode": 3});
    Inspected { name: format!("/{name}"), state: serde_json::from_value(state).unwrap(), ..made }
}

#[test]
fn containers_of_a_service_are_told_together() {
    let text = "services:\n  web: {image: x, mem_limit: 1k, deploy: {replicas: 4}}\n  job: {image: x}\n  \
                debug: {image: x, profiles: [debug]}\n  none: {image: x, scale: 0}\n  ai: {provider: {type: model}}\n";
    let project = load::text("compose.yml", text, &Options::default()).unwrap().project;
    let mut run = one("shop-web-run-1", "web", "running", 7);
    run.config.labels.insert("com.docker.compose.oneoff".into(), "True".into());
    let all = [
        one("shop-web-3", "web", "running", 2048),
        one("shop-web-1", "web", "paused", 1024),
        one("shop-web-2", "web", "restarting", 2048),
        one("shop-web-4", "web", "exited", 0),
        one("shop-job-1", "job", "exited", 0),
        one("shop-old-1", "old", "running", 0),
        one("shop-gone-1", "gone", "exited", 0),
        run.clone(),
    ];
    let drift = compare(&project, &all, &Images::new());
    let web = &drift.services[0];
    let names = ["shop-web-1", "shop-web-2", "shop-web-3"].map(str::to_owned).to_vec();
    assert_eq!(web.presence, Presence::Runs { containers: names, wanted: Some(4) });
    let memory = web.findings.iter().find(|finding| finding.control == "mem_limit").unwrap();
    let Outcome::Differs(differences) = &memory.outcome else { panic!("{memory:?}") };
    assert_eq!(differences.len(), 1);
    assert_eq!(differences[0].1, ["shop-web-2", "shop-web-3"]);
    assert!(differences[0].0.place.is_some());
    let whys: Vec<_> = drift.services[1..].iter().map(|service| service.presence.clone()).collect();
    let absent = [
        "it ended with exit code 3",
        "it has no container; it is only started with the profile `debug`",
        "the file wants no container of it",
        "an external provider runs it, not a container",
    ];
    assert_eq!(whys, absent.map(|why| Presence::Absent(why.to_owned())));
    let strangers: Vec<_> =
        drift.strangers.iter().map(|one| (one.service.as_str(), one.containers.len())).collect();
    assert_eq!(strangers, [("old", 1)]);
    assert!(!is_any_running(&[one("a", "web", "exited", 0), run]));
    assert_eq!(named_images(&project, &all).into_iter().collect::<Vec<_>>(), ["sha256:aaa", "x"]);
}

#[test]
fn what_was_seen_in_part_is_not_compared() {
    let text = "services:\n  web: {extends: {service: a, file: https://example.com/x.yml}, image: x, mem_limit: 1k}\n";
    let project = load::text("compose.yml", text, &Options::default()).unwrap().project;
    assert!(project.partly_seen(0).is_some());
    let drift = compare(&project, &[one("shop-web-1", "web", "running", 0)], &Images::new());
    assert_eq!(drift.services[0].presence, Presence::PartlySeen);
    let text = "include: ['https://example.com/x.yml']\nservices:\n  web: {image: x}\n";
    let project = load::text("compose.yml", text, &Options::default()).unwrap().project;
    let drift = compare(&project, &[one("shop-else-1", "else", "running", 0)], &Images::new());
    assert_eq!(drift.strangers, [], "it may be in the file that was not read");
}

#[test]
fn controls_have_the_ids_of_passes_or_their_own() {
    let mut ids: BTreeMap<&str, usize> = BTreeMap::new();
    CONTROLS.iter().chain([&STRANGER]).for_each(|control| *ids.entry(control.id).or_default() += 1);
    assert!(ids.values().all(|count| *count == 1), "{ids:?}");
    let own = ["image", "orphan"];
    let passes = crate::passes::ALL.iter().map(|pass| pass.meta().id).collect::<Vec<_>>();
    for id in ids.keys() {
        assert!(own.contains(id) || passes.contains(id), "{id}");
    }
}
