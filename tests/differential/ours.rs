//! harden's model in Compose's canonical form, once every variable that is still open is known not to be set.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use harden::compose::{
    Build, Command, Deploy, Device, Environment, FileRef, Flag, Healthcheck, List, Logging, Mount, MountKind,
    Names, Port, Reservations, Scalar, Secret, Service, Setting, Spanned, TopVolume, Ulimit,
};
use harden::load::Loaded;
use harden::source::Place;
use serde_json::{Value, json};

use crate::compare::Fields;
use crate::long;
use crate::text::{self, finish};

/// A value of which `null`, `""`, `[]` and `false` are four things.
pub fn tell_apart(value: Value) -> Value {
    if value.is_null() { value } else { json!([true, value]) }
}

/// One service: every typed field.
pub fn service(loaded: &Loaded, service: &Service) -> Fields {
    all_are_here(service);
    let mut fields = process(service);
    fields.append(&mut resources(service));
    fields.append(&mut surroundings(loaded, service));
    fields
}

fn process(service: &Service) -> Fields {
    Fields::from([
        ("image", word(service.image.as_ref())),
        ("platform", word(service.platform.as_deref())),
        ("restart", word(service.restart.as_ref())),
        ("container_name", word(service.container_name.as_ref())),
        ("hostname", word(service.hostname.as_deref())),
        ("working_dir", word(service.working_dir.as_deref())),
        ("runtime", word(service.runtime.as_deref())),
        ("isolation", word(service.isolation.as_deref())),
        ("stop_signal", word(service.stop_signal.as_deref())),
        ("user", word(service.user.as_ref())),
        ("profiles", texts(&service.profiles)),
        ("group_add", texts(&service.group_add)),
        ("privileged", switch(&service.privileged)),
        ("read_only", switch(&service.read_only)),
        ("init", tell_apart(switch(&service.init))),
        ("cap_add", texts(&service.cap_add)),
        ("cap_drop", texts(&service.cap_drop)),
        ("security_opt", texts(&service.security_opt)),
        ("tmpfs", texts(&service.tmpfs)),
        ("command", tell_apart(command(service.command.as_ref()))),
        ("entrypoint", tell_apart(command(service.entrypoint.as_ref()))),
        ("environment", variables(&service.environment, false)),
        ("healthcheck", service.healthcheck.as_ref().map_or(Value::Null, |check| healthcheck(check))),
        ("sysctls", json!(service.sysctls.is_some())),
        ("pid", word(service.pid.as_ref())),
        ("ipc", word(service.ipc.as_ref())),
        ("uts", word(service.uts.as_ref())),
        ("userns_mode", word(service.userns_mode.as_ref())),
        ("cgroup", word(service.cgroup.as_ref())),
        ("cgroup_parent", word(service.cgroup_parent.as_deref())),
        ("network_mode", word(service.network_mode.as_ref())),
    ])
}

fn resources(service: &Service) -> Fields {
    Fields::from([
        ("mem_limit", size(&service.mem_limit)),
        ("mem_reservation", size(&service.mem_reservation)),
        ("memswap_limit", size(&service.memswap_limit)),
        ("shm_size", size(&service.shm_size)),
        ("cpus", number(service.cpus.as_deref())),
        ("cpu_count", number_text(&service.cpu_count)),
        ("cpu_percent", number_text(&service.cpu_percent)),
        ("cpu_period", number_text(&service.cpu_period)),
        ("cpu_quota", number_text(&service.cpu_quota)),
        ("cpu_shares", number_text(&service.cpu_shares)),
        ("cpuset", word(service.cpuset.as_deref())),
        ("pids_limit", number(service.pids_limit.as_deref())),
        ("scale", number(service.scale.as_deref())),
        ("deploy", service.deploy.as_ref().map_or(Value::Null, |deploy| self::deploy(deploy))),
        ("ulimits", service.ulimits.as_ref().map_or(Value::Null, |limits| ulimits(limits))),
        ("gpus", json!(service.gpus.is_some())),
    ])
}

fn surroundings(loaded: &Loaded, service: &Service) -> Fields {
    let folder =
        |place: Option<Place>| loaded.folder(place.unwrap_or_default().file).unwrap_or(Path::new(""));
    let mounts = service.volumes.iter().map(|mount| self::mount(folder(mount.place), mount));
    let build = service.build.as_ref().map_or(Value::Null, |build| {
        let context = build.context.as_ref().and_then(|context| context.place);
        self::build(folder(context.or(build.place)), build)
    });
    Fields::from([
        ("build", build),
        ("develop", json!(service.develop.is_some())),
        ("provider", json!(service.provider.is_some())),
        ("devices", service.devices.iter().map(|device| self::device(device)).collect()),
        ("device_cgroup_rules", texts(&service.device_cgroup_rules)),
        ("ports", last_of_each(service.ports.iter().flat_map(|port| ports(port)), &port_name)),
        ("expose", texts(&service.expose)),
        ("networks", networks(service)),
        ("depends_on", depends_on(service)),
        ("volumes", last_of_each(mounts, &|mount| mount["target"].to_string())),
        ("volumes_from", texts(&service.volumes_from)),
        ("secrets", service.secrets.iter().map(|secret| file_ref(secret, "/run/secrets/")).collect()),
        ("configs", service.configs.iter().map(|config| file_ref(config, "")).collect()),
        ("logging", service.logging.as_ref().map_or(Value::Null, |logging| self::logging(logging))),
    ])
}

/// One top-level volume.
pub fn volume(volume: &TopVolume) -> Fields {
    let options = volume
        .driver_opts
        .iter()
        .map(|(name, value)| (name.clone(), tell_apart(json!(finish(value.as_deref().unwrap_or_default())))));
    Fields::from([
        ("driver", json!(finish(volume.driver.as_deref().unwrap_or_default()))),
        ("driver_opts", Value::Object(options.collect())),
        ("external", json!(volume.external.0)),
    ])
}

fn word(text: Option<&Spanned<String>>) -> Value {
    text.map_or(Value::Null, |text| json!(finish(text)))
}

fn texts(list: &List<String>) -> Value {
    list.iter().map(|item| json!(finish(item))).collect()
}

/// Of the items that turn out to be the same thing once all variables are known, the last in the place of the first.
fn last_of_each(items: impl Iterator<Item = Value>, name: &dyn Fn(&Value) -> String) -> Value {
    let mut kept: Vec<Value> = Vec::new();
    for item in items {
        match kept.iter_mut().find(|earlier| name(earlier) == name(&item)) {
            Some(earlier) => *earlier = item,
            None => kept.push(item),
        }
    }
    Value::Array(kept)
}

/// No address is all of them.
fn port_name(port: &Value) -> String {
    let mut port = port.clone();
    if port["host_ip"] == "" {
        port["host_ip"] = json!("0.0.0.0");
    }
    port.to_string()
}

/// A scalar once its variables are known.
fn literal<T: Scalar + Clone>(setting: &Setting<T>) -> Option<T> {
    match setting {
        Setting::Literal(value) => Some(value.clone()),
        Setting::Variable(text) => T::parse(&finish(text)),
    }
}

fn switch(setting: &Option<Spanned<Setting<Flag>>>) -> Value {
    json!(setting.as_ref().and_then(|setting| literal(setting)).map(|flag| flag.0))
}

fn size(setting: &Option<Spanned<Setting<harden::compose::Bytes>>>) -> Value {
    let bytes = setting.as_ref().and_then(|setting| literal(setting)).filter(|bytes| bytes.0 != 0);
    json!(bytes.map(|bytes| bytes.0.to_string()))
}

fn number<T: Scalar + Clone + serde::Serialize>(setting: Option<&Setting<T>>) -> Value {
    json!(setting.and_then(literal))
}

fn number_text(text: &Option<Box<Spanned<String>>>) -> Value {
    json!(text.as_ref().and_then(|text| f64::parse(&finish(text))))
}

fn command(command: Option<&Spanned<Command>>) -> Value {
    match command.map(|command| &command.value) {
        None | Some(Command::Default) => Value::Null,
        Some(Command::Line(line)) => json!(text::words(&finish(line))),
        Some(Command::Words(words)) => words.iter().map(|word| json!(finish(word))).collect(),
    }
}

fn healthcheck(check: &Healthcheck) -> Value {
    let test = match check.test.as_ref().map(|test| &test.value) {
        None | Some(Command::Default) => Value::Null,
        Some(Command::Line(line)) => json!(["CMD-SHELL", finish(line)]),
        Some(Command::Words(words)) => words.iter().map(|word| json!(finish(word))).collect(),
    };
    json!({"test": test, "disable": switch(&check.disable)})
}

/// The last of several with one name counts. One without a value is the shell's, in a build it is left out.
fn variables(environment: &Environment, in_build: bool) -> Value {
    let mut found = serde_json::Map::new();
    for variable in &environment.0 {
        let value = variable.value.value.as_ref().map(Secret::expose).map(finish);
        match value {
            None if in_build => found.remove(&variable.name),
            value => found.insert(finish(&variable.name), tell_apart(json!(value))),
        };
    }
    Value::Object(found)
}

fn logging(logging: &Logging) -> Value {
    let options =
        logging.options.iter().flat_map(|options| &options.value).map(|(name, value)| {
            (name.clone(), tell_apart(json!(finish(value.as_deref().unwrap_or_default()))))
        });
    json!({"driver": word(logging.driver.as_ref()), "options": options.collect::<serde_json::Map<_, _>>()})
}

fn deploy(deploy: &Deploy) -> Value {
    let resources = deploy.resources.as_ref();
    let limits = resources.and_then(|resources| resources.limits.as_ref()).map(|limits| {
        json!({
            "memory": size(&limits.memory), "cpus": number(limits.cpus.as_deref()),
            "pids": number(limits.pids.as_deref()),
        })
    });
    let reserved = resources.and_then(|resources| resources.reservations.as_ref());
    json!({
        "mode": deploy.mode.as_deref().map(finish),
        "replicas": number(deploy.replicas.as_ref()),
        "limits": limits,
        "reservations": reserved.map(|reserved| reservations(reserved)),
    })
}

fn reservations(reserved: &Reservations) -> Value {
    json!({
        "memory": size(&reserved.memory), "cpus": number(reserved.cpus.as_deref()),
        "devices": reserved.devices.is_some(),
    })
}

fn ulimits(limits: &BTreeMap<String, Ulimit>) -> Value {
    let limit =
        |limit: &Ulimit| json!({"soft": number(limit.soft.as_ref()), "hard": number(limit.hard.as_ref())});
    Value::Object(limits.iter().map(|(name, value)| (name.clone(), limit(value))).collect())
}

fn build(folder: &Path, build: &Build) -> Value {
    let context = finish(build.context.as_ref().map_or(".", |context| context));
    let context =
        if context.contains("://") || context.starts_with("git@") || context.starts_with("github.com/") {
            context
        } else {
            text::path(folder, &context)
        };
    let default = build.dockerfile_inline.is_none().then_some("Dockerfile");
    json!({
        "context": context,
        "dockerfile": build.dockerfile.as_deref().or(default).map(finish),
        "dockerfile_inline": word(build.dockerfile_inline.as_ref()),
        "target": build.target.as_deref().map(finish),
        "args": variables(&build.args, true),
    })
}

fn device(device: &Device) -> Value {
    let source = finish(&device.source);
    let target = device.target.as_deref().map_or_else(|| source.clone(), finish);
    json!({
        "source": source, "target": target,
        "permissions": device.permissions.as_deref().map_or_else(|| "rwm".to_owned(), finish),
    })
}

fn ports(port: &Port) -> Vec<Value> {
    let protocol = port.protocol.as_deref().unwrap_or("tcp");
    if port.short {
        let parts = [&port.host_ip, &port.published].map(|part| part.as_deref().unwrap_or_default());
        let way = match parts {
            ["", ""] => port.target.clone(),
            ["", published] => format!("{published}:{}", port.target),
            [ip, published] => format!("{ip}:{published}:{}", port.target),
        };
        let protocol = port.protocol.as_ref().map_or_else(String::new, |protocol| format!("/{protocol}"));
        return long::ports(&finish(&format!("{way}{protocol}")));
    }
    vec![json!({
        "host_ip": port.host_ip.as_deref().map(finish).unwrap_or_default(),
        "published": port.published.as_deref().map(finish).unwrap_or_default(),
        "target": finish(&port.target).parse::<u32>().ok(),
        "protocol": finish(protocol),
        "mode": port.mode.as_deref().map_or_else(|| "ingress".to_owned(), finish),
    })]
}

fn mount(folder: &Path, mount: &Mount) -> Value {
    let source = mount.source.as_deref().map(finish);
    let target = finish(&mount.target);
    let kind = match mount.kind {
        MountKind::Bind => "bind",
        MountKind::Volume | MountKind::Anonymous => "volume",
        MountKind::Tmpfs => "tmpfs",
        MountKind::Other => "other",
    };
    match source {
        None if mount.target.contains('$') && target.contains(':') => long::mount(folder, &target),
        source => long::full_mount(folder, kind, &source.unwrap_or_default(), &target, mount.read_only),
    }
}

fn file_ref(file: &FileRef, folder: &str) -> Value {
    let source = finish(&file.source);
    let default = (!folder.is_empty()).then(|| format!("{folder}{source}"));
    json!({"source": source, "target": file.target.as_deref().map(finish).or(default)})
}

/// A service that says nothing of networks is in the default one.
fn networks(service: &Service) -> Value {
    let Names(names) = &service.networks;
    let default = service.network_mode.is_none() && names.is_empty();
    let names: BTreeSet<&str> =
        names.iter().map(String::as_str).chain(default.then_some("default")).collect();
    json!(names)
}

/// What it names, and what the namespaces and volumes that it shares imply.
fn depends_on(service: &Service) -> Value {
    let Names(names) = &service.depends_on;
    let shared = [&service.network_mode, &service.ipc, &service.pid, &service.uts, &service.cgroup];
    let shared = shared.into_iter().flatten().filter_map(|mode| mode.strip_prefix("service:"));
    let from = service.volumes_from.iter().filter(|from| !from.starts_with("container:"));
    let from = from.map(|from| from.split(':').next().unwrap_or(from));
    let names: BTreeSet<String> =
        names.iter().map(String::as_str).chain(shared).chain(from).map(finish).collect();
    json!(names)
}

/// Compiles only while every field of the model is named here: one that is new is compared, or has its reason in
/// `intended.rs`.
fn all_are_here(service: &Service) {
    let Service {
        // not of Compose, or told apart
        name: _,
        place: _,
        reset: _,
        own_keys: _,
        unread_env: _,
        not_for_stacks: _,
        extends: _,
        env_file: _,
        use_api_socket: _,
        // compared
        image: _,
        build: _,
        develop: _,
        platform: _,
        command: _,
        entrypoint: _,
        provider: _,
        profiles: _,
        restart: _,
        container_name: _,
        hostname: _,
        working_dir: _,
        runtime: _,
        isolation: _,
        stop_signal: _,
        user: _,
        group_add: _,
        privileged: _,
        read_only: _,
        init: _,
        cap_add: _,
        cap_drop: _,
        security_opt: _,
        tmpfs: _,
        devices: _,
        device_cgroup_rules: _,
        sysctls: _,
        ulimits: _,
        pid: _,
        ipc: _,
        uts: _,
        userns_mode: _,
        cgroup: _,
        cgroup_parent: _,
        network_mode: _,
        mem_limit: _,
        mem_reservation: _,
        memswap_limit: _,
        shm_size: _,
        cpus: _,
        cpu_count: _,
        cpu_percent: _,
        cpu_period: _,
        cpu_quota: _,
        cpu_shares: _,
        cpuset: _,
        pids_limit: _,
        deploy: _,
        scale: _,
        ports: _,
        expose: _,
        networks: _,
        depends_on: _,
        volumes: _,
        volumes_from: _,
        secrets: _,
        configs: _,
        environment: _,
        healthcheck: _,
        logging: _,
        gpus: _,
    } = service;
}
