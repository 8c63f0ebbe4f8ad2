//! Makes of a user's project, as Compose resolves it, one that can be run beside it without touching it.
//!
//! A pure function on JSON: names, networks and volumes become the run's own, ports are not published, what is mounted is
//! copied or refused, nothing restarts by itself, and everything carries the run's label. Starts nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

use super::duration::seconds;
use super::refuse;
use crate::docker::{LABEL, OWNER, PREFIX};

/// What a path of the host is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// It is not there: the engine would make a directory.
    Missing,
    /// Files and directories that can be copied.
    Small,
    /// More of them than is copied.
    Large,
    /// A socket, a device or something else that leads out of the container.
    Special,
}

/// How a project is isolated.
pub struct Cell<'a> {
    /// The run.
    pub run: &'a str,
    /// The directory of the run.
    pub folder: &'a Path,
    /// What the paths of the host are.
    pub source: &'a dyn Fn(&Path) -> Source,
    /// Whether what is mounted may be written to, as the user says.
    pub allow_binds: bool,
    /// The name of the data that all services share.
    pub base: &'a str,
    /// Services that get data of their own, and the name of it.
    pub fresh: BTreeMap<String, String>,
}

/// A project that can be run.
#[derive(Debug, Default)]
pub struct Isolated {
    /// The Compose file.
    pub config: Value,
    /// What is to be copied, and where to.
    pub copies: BTreeMap<PathBuf, PathBuf>,
    /// What differs from the user's project, beyond what always does.
    pub notes: Vec<String>,
    /// Services that are not run, and why.
    pub refused: BTreeMap<String, String>,
}

impl Isolated {
    /// The services that are run.
    #[must_use]
    pub fn services(&self) -> Vec<String> {
        names(&self.config, "services")
    }

    /// The services that mount a path.
    pub fn users_of(&self, path: &Path) -> impl Iterator<Item = String> {
        let users =
            mounts(&self.config).filter(|(_, mount)| mount["source"].as_str().map(Path::new) == Some(path));
        users.map(|(service, _)| service.to_owned())
    }
}

/// A project of one service that is only built, as `image`, from another context and Dockerfile. Takes an isolated one.
#[must_use]
pub fn build_of(config: &Value, service: &str, image: &str, from: (&Path, Option<&Path>)) -> Value {
    let own = &config["services"][service];
    let mut build = own["build"].clone();
    build["context"] = from.0.display().to_string().into();
    if let Some(dockerfile) = from.1 {
        build["dockerfile"] = dockerfile.display().to_string().into();
    }
    let mut only = json!({ "image": image, "build": build });
    if let Some(platform) = own.get("platform") {
        only["platform"] = platform.clone();
    }
    let mut project = json!({ "name": config["name"], "services": { service: only } });
    if let Some(secrets) = config.get("secrets") {
        project["secrets"] = secrets.clone();
    }
    project
}

/// Isolates a project.
#[must_use]
pub fn isolate(mut config: Value, cell: &Cell<'_>) -> Isolated {
    if !config.is_object() {
        config = json!({});
    }
    let mut isolated = Isolated { refused: refuse::refused(&config, cell), ..Isolated::default() };
    refuse::leave_out(&mut config, &isolated.refused);
    built_here(&mut config, cell.run);
    let shared = shared(&config);
    let written = written_binds(&config);
    for name in names(&config, "services") {
        let Some(service) = object(&mut config, &["services", &name]) else { continue };
        own_names(service);
        calm(service, &name, &mut isolated.notes);
        label(service, cell.run);
        let fresh = cell.fresh.get(&name).map(String::as_str);
        for mount in service.get_mut("volumes").and_then(Value::as_array_mut).into_iter().flatten() {
            let fresh = fresh.filter(|_| !shared.contains(mount["source"].as_str().unwrap_or_default()));
            bind(mount, cell, fresh, &written, &mut isolated.copies);
            volume(mount, fresh);
        }
    }
    volumes(&mut config, cell, &mut isolated.notes);
    networks(&mut config, cell, &mut isolated.notes);
    config["name"] = format!("{PREFIX}{}", cell.run).into();
    isolated.config = config;
    isolated
}

/// Every name that others could meet.
fn own_names(service: &mut Map<String, Value>) {
    for key in ["container_name", "ports", "scale", "develop", "external_links", "profiles", "pull_policy"] {
        service.remove(key);
    }
    if let Some(build) = service.get_mut("build").and_then(Value::as_object_mut) {
        // these would take the user's tags, and fill caches
        build.remove("tags");
        build.remove("cache_to");
        service.remove("image");
    }
    if let Some(networks) = service.get_mut("networks").and_then(Value::as_object_mut) {
        for network in networks.values_mut().filter_map(Value::as_object_mut) {
            for key in ["ipv4_address", "ipv6_address", "link_local_ips", "mac_address"] {
                network.remove(key);
            }
        }
    }
}

/// A service that runs what another builds runs what that one builds here, and not what the user has under its name.
fn built_here(config: &mut Value, run: &str) {
    let services = config["services"].as_object().into_iter().flatten();
    let built: BTreeMap<String, String> = services
        .filter(|(_, service)| service.get("build").is_some())
        .filter_map(|(name, service)| {
            Some((service["image"].as_str()?.to_owned(), format!("{PREFIX}{run}-{name}")))
        })
        .collect();
    for name in names(config, "services") {
        let Some(service) = object(config, &["services", &name]) else { continue };
        let image = service.get("image").and_then(Value::as_str).and_then(|image| built.get(image));
        if let Some(image) = image.filter(|_| !service.contains_key("build")) {
            service.insert("image".to_owned(), image.clone().into());
        }
    }
}

/// One container that ends when it ends, and says what it has to say here.
fn calm(service: &mut Map<String, Value>, name: &str, notes: &mut Vec<String>) {
    service.insert("restart".to_owned(), "no".into());
    if let Some(deploy) = service.get_mut("deploy").and_then(Value::as_object_mut) {
        for key in ["replicas", "restart_policy", "mode", "placement", "update_config"] {
            deploy.remove(key);
        }
    }
    let driver = service.get("logging").and_then(|logging| logging["driver"].as_str());
    if driver.is_some_and(|driver| !matches!(driver, "json-file" | "local")) {
        service.remove("logging");
        notes.push(format!("`{name}` logs to the engine here, and not where its `logging` says"));
    }
    if let Some(check) = service.get_mut("healthcheck").and_then(Value::as_object_mut) {
        often(check);
    }
}

/// A healthcheck that is asked every two seconds, for as long as before.
fn often(check: &mut Map<String, Value>) {
    const EVERY: u64 = 2;
    let interval = check.get("interval").and_then(Value::as_str).and_then(seconds).unwrap_or(30);
    if interval <= EVERY {
        return;
    }
    let retries = check.get("retries").and_then(Value::as_u64).unwrap_or(3);
    check.insert("interval".to_owned(), format!("{EVERY}s").into());
    check.insert("retries".to_owned(), (retries * interval).div_ceil(EVERY).into());
}

fn label(owner: &mut Map<String, Value>, run: &str) {
    mark(owner, run);
    if let Some(build) = owner.get_mut("build").and_then(Value::as_object_mut) {
        mark(build, run);
    }
}

fn mark(owner: &mut Map<String, Value>, run: &str) {
    let labels = owner.entry("labels").or_insert_with(|| json!({}));
    if !labels.is_object() {
        *labels = json!({});
    }
    labels[LABEL] = run.into();
    labels[OWNER] = std::process::id().to_string().into();
}

/// Volumes and paths that more than one service uses: they are not made anew for one of them.
fn shared(config: &Value) -> BTreeSet<String> {
    let mut users: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for (service, mount) in mounts(config) {
        let source = mount["source"].as_str().unwrap_or_default();
        users.entry(source.to_owned()).or_default().insert(service);
    }
    users.into_iter().filter(|(_, users)| users.len() > 1).map(|(name, _)| name).collect()
}

/// Paths of the host that a service may write to.
fn written_binds(config: &Value) -> BTreeSet<String> {
    let written = mounts(config).filter(|(_, mount)| is_written_bind(mount));
    written.filter_map(|(_, mount)| mount["source"].as_str().map(str::to_owned)).collect()
}

pub(super) fn is_written_bind(mount: &Value) -> bool {
    mount["type"] == "bind" && mount["read_only"] != true
}

/// Every mount, with the service that has it.
pub(super) fn mounts(config: &Value) -> impl Iterator<Item = (&str, &Value)> {
    let services = config["services"].as_object().into_iter().flatten();
    services.flat_map(|(name, service)| {
        let mounts = service["volumes"].as_array().into_iter().flatten();
        mounts.map(move |mount| (name.as_str(), mount))
    })
}

/// A path of the host that may be written to becomes a copy of it. What is mounted read-only stays where it is, unless
/// another service writes to it.
fn bind(
    mount: &mut Value,
    cell: &Cell<'_>,
    fresh: Option<&str>,
    written: &BTreeSet<String>,
    copies: &mut BTreeMap<PathBuf, PathBuf>,
) {
    let source = mount["source"].as_str().unwrap_or_default().to_owned();
    if mount["type"] != "bind" || cell.allow_binds || !written.contains(&source) {
        return;
    }
    let name: String = source.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    let copy = cell.folder.join("data").join(fresh.unwrap_or(cell.base)).join(name);
    mount["source"] = copy.display().to_string().into();
    copies.insert(copy, PathBuf::from(source));
}

/// A named volume of a service that gets data of its own is another one.
fn volume(mount: &mut Value, fresh: Option<&str>) {
    let source = mount["source"].as_str().unwrap_or_default();
    if let Some(fresh) = fresh.filter(|_| mount["type"] == "volume" && !source.is_empty()) {
        mount["source"] = format!("{source}--{fresh}").into();
    }
}

/// All volumes that are mounted, empty and of the project's own.
fn volumes(config: &mut Value, cell: &Cell<'_>, notes: &mut Vec<String>) {
    for (name, volume) in config["volumes"].as_object().into_iter().flatten() {
        let elsewhere = volume["external"] == true || volume["driver_opts"].is_object();
        if elsewhere {
            notes.push(format!("the volume `{name}` starts empty here: its data are left alone"));
        }
    }
    let named = mounts(config).filter(|(_, mount)| mount["type"] == "volume");
    let used: BTreeSet<String> = named
        .filter_map(|(_, mount)| mount["source"].as_str().map(str::to_owned))
        .filter(|name| !name.is_empty())
        .collect();
    let mut own = Map::new();
    for name in used {
        let mut volume = Map::new();
        mark(&mut volume, cell.run);
        own.insert(name, Value::Object(volume));
    }
    config["volumes"] = Value::Object(own);
}

/// All networks, of the project's own and with addresses of the engine's choice.
fn networks(config: &mut Value, cell: &Cell<'_>, notes: &mut Vec<String>) {
    for name in names(config, "networks") {
        let Some(network) = object(config, &["networks", &name]) else { continue };
        if network.get("external") == Some(&Value::Bool(true)) {
            notes.push(format!("the network `{name}` is one of its own here: nothing else is on it"));
        }
        let mut own = Map::new();
        own.extend(network.remove("internal").map(|internal| ("internal".to_owned(), internal)));
        mark(&mut own, cell.run);
        *network = own;
    }
}

/// The names below a key.
pub(super) fn names(config: &Value, key: &str) -> Vec<String> {
    config[key].as_object().map(|below| below.keys().cloned().collect()).unwrap_or_default()
}

/// The mapping at a path.
pub(super) fn object<'v>(config: &'v mut Value, path: &[&str]) -> Option<&'v mut Map<String, Value>> {
    path.iter().try_fold(config, |value, key| value.get_mut(key))?.as_object_mut()
}

#[cfg(test)]
mod tests {
    use super::{Cell, Isolated, Source, isolate};
    use serde_json::{Value, json};
    use std::collections::BTreeMap;
    use std::path::{Path, PathBuf};

    fn source(path: &Path) -> Source {
        match path.to_str().unwrap() {
            "/var/run/docker.sock" => Source::Special,
            "/srv/films" => Source::Large,
            "/srv/new" => Source::Missing,
            _ => Source::Small,
        }
    }

    fn with(config: Value, fresh: &[(&str, &str)]) -> Isolated {
        let fresh = fresh.iter().map(|(service, name)| ((*service).to_owned(), (*name).to_owned())).collect();
        let cell = Cell {
            run: "r1",
            folder: Path::new("/t"),
            source: &source,
            allow_binds: false,
            base: "base",
            fresh,
        };
        isolate(config, &cell)
    }

    fn one(service: &Value) -> Isolated {
        with(json!({ "name": "shop", "services": { "a": service } }), &[])
    }

    #[test]
    fn nothing_of_the_users_is_met() {
        let isolated = one(&json!({
            "image": "x", "container_name": "db", "restart": "always", "scale": 3, "profiles": ["p"],
            "ports": [{ "target": 80, "published": "80" }],
            "networks": { "back": { "ipv4_address": "10.0.0.2", "aliases": ["b"] } },
            "deploy": { "replicas": 3, "resources": { "limits": { "memory": "1" } } },
        }));
        let a = &isolated.config["services"]["a"];
        for gone in ["container_name", "ports", "scale", "profiles"] {
            assert_eq!(a.get(gone), None, "{gone}");
        }
        assert_eq!(a["restart"], "no");
        assert_eq!(a["networks"], json!({ "back": { "aliases": ["b"] } }));
        assert_eq!(a["deploy"], json!({ "resources": { "limits": { "memory": "1" } } }));
        assert_eq!(a["labels"]["harden.prove"], "r1");
        assert_eq!(isolated.config["name"], "harden-prove-r1");
        assert!(isolated.refused.is_empty());
    }

    #[test]
    fn volumes_and_networks_are_new_and_marked() {
        let isolated = with(
            json!({
                "services": { "a": { "volumes": [{ "type": "volume", "source": "d", "target": "/d" }] } },
                "volumes": { "d": { "name": "prod", "external": true }, "unused": {} },
                "networks": { "n": { "name": "prod", "external": true, "ipam": { "config": [{}] } }, "i": { "internal": true } },
            }),
            &[],
        );
        let volumes = isolated.config["volumes"].as_object().unwrap();
        assert_eq!(volumes.keys().collect::<Vec<_>>(), ["d"]);
        assert_eq!(volumes["d"].as_object().unwrap().keys().collect::<Vec<_>>(), ["labels"]);
        assert_eq!(isolated.config["networks"]["n"].as_object().unwrap().len(), 1);
        assert_eq!(isolated.config["networks"]["i"]["internal"], true);
        assert_eq!(isolated.notes.len(), 2, "{:?}", isolated.notes);
    }

    #[test]
    fn what_is_written_to_is_copied_and_what_is_read_stays() {
        let mount =
            |from: &str, ro: bool| json!({ "type": "bind", "source": from, "target": "/d", "read_only": ro });
        let config = json!({ "services": {
            "a": { "volumes": [mount("/srv/a b", false), mount("/srv/conf", true), mount("/srv/new", false)] },
            "b": { "volumes": [mount("/srv/a b", true)] },
        }});
        let isolated = with(config, &[]);
        let source = |service: &str, at: usize| {
            isolated.config["services"][service]["volumes"][at]["source"].as_str().unwrap().to_owned()
        };
        assert_eq!(source("a", 0), "/t/data/base/_srv_a_b");
        assert_eq!(source("a", 1), "/srv/conf");
        assert_eq!(source("b", 0), source("a", 0), "a reader sees what the other writes");
        let copies: BTreeMap<PathBuf, PathBuf> = isolated.copies;
        assert_eq!(copies[Path::new("/t/data/base/_srv_new")], Path::new("/srv/new"));
        assert_eq!(copies.len(), 2);
    }

    #[test]
    fn a_service_on_trial_gets_data_of_its_own_but_not_of_others() {
        let mount = |name: &str| json!({ "type": "volume", "source": name, "target": "/d" });
        let config = json!({ "services": {
            "a": { "volumes": [mount("own"), mount("common"), { "type": "bind", "source": "/s", "target": "/s" }] },
            "b": { "volumes": [mount("common")] },
        }});
        let isolated = with(config, &[("a", "t3")]);
        let a = &isolated.config["services"]["a"]["volumes"];
        assert_eq!((&a[0]["source"], &a[1]["source"]), (&json!("own--t3"), &json!("common")));
        assert_eq!(a[2]["source"], "/t/data/t3/_s");
        assert!(isolated.config["volumes"]["own--t3"].is_object());
    }

    #[test]
    fn healthchecks_are_asked_often_and_as_long_as_before() {
        let isolated =
            one(&json!({ "healthcheck": { "test": ["CMD", "x"], "interval": "1m0s", "retries": 3 } }));
        let check = &isolated.config["services"]["a"]["healthcheck"];
        assert_eq!((&check["interval"], &check["retries"]), (&json!("2s"), &json!(90)));
        let isolated = one(&json!({ "healthcheck": { "test": ["CMD", "x"], "interval": "2s" } }));
        assert_eq!(isolated.config["services"]["a"]["healthcheck"].get("retries"), None);
    }

    #[test]
    fn what_a_service_builds_for_another_is_built_here() {
        let isolated = with(
            json!({ "services": {
                "api": { "image": "acme/a", "build": { "context": "." } },
                "job": { "image": "acme/a" },
                "db": { "image": "postgres:16" },
            }}),
            &[],
        );
        let services = &isolated.config["services"];
        assert_eq!(services["api"].get("image"), None);
        assert_eq!(services["job"]["image"], "harden-prove-r1-api");
        assert_eq!(services["db"]["image"], "postgres:16");
    }

    #[test]
    fn a_build_is_what_the_file_says_from_elsewhere() {
        let isolated = with(
            json!({
                "services": {
                    "api": { "image": "acme/a", "platform": "linux/amd64", "environment": { "A": "b" },
                        "build": { "context": "/srv", "dockerfile": "D", "args": { "V": "1" }, "network": "host" } },
                    "db": { "image": "postgres:16" },
                },
                "secrets": { "token": { "file": "/t" } },
            }),
            &[],
        );
        let from = (Path::new("/c"), Some(Path::new("/c/D")));
        let built = super::build_of(&isolated.config, "api", "i:before", from);
        let label = json!({ "harden.prove": "r1", "harden.prove.owner": std::process::id().to_string() });
        assert_eq!(
            built,
            json!({
                "name": "harden-prove-r1",
                "services": { "api": { "image": "i:before", "platform": "linux/amd64", "build": {
                    "context": "/c", "dockerfile": "/c/D", "args": { "V": "1" }, "network": "host", "labels": label } } },
                "secrets": { "token": { "file": "/t" } },
            })
        );
    }

    #[test]
    fn logs_stay_here_and_tags_are_not_taken() {
        let isolated = one(
            &json!({ "build": { "context": ".", "tags": ["acme/a:2"], "cache_to": ["type=local,dest=c"] },
                "image": "acme/a:1", "logging": { "driver": "gelf" } }),
        );
        let a = &isolated.config["services"]["a"];
        assert!(a.get("image").is_none() && a.get("logging").is_none());
        assert!(a["build"].get("tags").is_none() && a["build"].get("cache_to").is_none());
        assert_eq!(a["build"]["labels"]["harden.prove"], "r1");
        assert_eq!(isolated.notes.len(), 1);
    }
}
