//! The catalogue proves itself: every file has the shape its schema describes, every fact has a source, the index
//! is complete, and where the measured facts are at hand, the catalogue says the same.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

#[path = "common/beside.rs"]
mod beside;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use beside::shared;
use harden::image::catalogue::{Entry, FILES, MIRRORS, facts, find};
use harden::image::{Basis, Facts, Init, Reference, Role};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src/image/catalogue")
}

#[expect(clippy::disallowed_methods, reason = "a test reads the files of the repository")]
fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn schema() -> jsonschema::Validator {
    let text = read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas/catalogue.schema.json"));
    jsonschema::validator_for(&serde_json::from_str(&text).unwrap()).unwrap()
}

fn entries() -> Vec<Entry> {
    FILES
        .iter()
        .map(|(names, text)| Entry::read(text).unwrap_or_else(|error| panic!("{names:?}: {error}")))
        .collect()
}

fn known(image: &str) -> std::sync::Arc<Facts> {
    facts(&Reference::parse(image).unwrap()).unwrap_or_else(|| panic!("{image} is not known"))
}

/// Every tag that a variant could tell from another.
const TAGS: [&str; 12] = [
    "",
    ":16",
    ":18",
    ":2.3",
    ":1.8",
    ":3",
    ":alpine",
    ":16-alpine",
    ":fpm",
    ":8-rootless",
    ":unprivileged",
    ":${V}",
];

fn all_facts() -> Vec<(String, std::sync::Arc<Facts>)> {
    let names = FILES.iter().flat_map(|(names, _)| names.iter());
    let references = names.flat_map(|name| TAGS.map(|tag| format!("{}{tag}", name.replace('*', "x"))));
    references.map(|reference| (reference.clone(), known(&reference))).collect()
}

#[test]
fn the_index_lists_every_file_of_the_folder_under_the_names_in_it() {
    let mut files = folder()
        .read_dir()
        .unwrap()
        .map(|item| item.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "yml"))
        .collect::<Vec<_>>();
    files.sort();
    assert_eq!(files.len(), FILES.len(), "a file is not in the index");
    for (path, (names, text)) in files.iter().zip(FILES) {
        assert_eq!(&read(path), text, "{} is out of place in the index", path.display());
        let entry = Entry::read(text).unwrap();
        let written = std::iter::once(&*entry.name).chain(entry.also.iter().map(String::as_str));
        assert_eq!(written.collect::<Vec<_>>(), *names, "{}", path.display());
    }
}

#[test]
fn the_index_lists_the_mirrors_of_every_entry_and_none_is_a_name_of_its_own() {
    let mut written = BTreeSet::new();
    for (text, entry) in FILES.iter().map(|(_, text)| text).zip(entries()) {
        for mirror in &entry.mirrors {
            let own = Reference::parse(&mirror.name).unwrap();
            assert_eq!(own.name(), mirror.name, "no reference has this name");
            assert!(facts(&own).is_none(), "{} is an image of the catalogue", mirror.name);
            let original = mirror.of.as_deref().unwrap_or(&entry.name);
            let found = FILES.iter().find(|(_, other)| other == text).unwrap().0;
            let is_own = |name: &&str| match name.strip_suffix('*') {
                Some(prefix) => original.starts_with(prefix),
                None => *name == original,
            };
            assert!(found.iter().any(is_own), "{} copies {original}", mirror.name);
            written.insert((mirror.name.clone(), entry.name.to_string()));
        }
    }
    let index = MIRRORS.iter().map(|(mirror, entry)| ((*mirror).to_owned(), (*entry).to_owned()));
    assert_eq!(index.collect::<Vec<_>>(), written.into_iter().collect::<Vec<_>>());
}

#[test]
fn a_mirror_has_the_facts_of_its_original_and_says_so() {
    for (mirror, _) in MIRRORS {
        // a tag of every pattern, where the name alone stands for several images
        let tags = entries().into_iter().flat_map(|entry| entry.mirrors).filter(|one| one.name == *mirror);
        for tag in tags.map(|one| one.tags.first().map_or("1".to_owned(), |tag| tag.replace('*', ".1"))) {
            let reference = Reference::parse(&format!("{mirror}:{tag}")).unwrap();
            let found = find(&reference).unwrap_or_else(|| panic!("{mirror}:{tag} is not known"));
            let original = found.copy_of.unwrap();
            assert_eq!(found.facts.name, known(&format!("{original}:{tag}")).name);
        }
    }
}

#[test]
fn names_are_unique_and_are_what_a_reference_becomes() {
    let names = FILES.iter().flat_map(|(names, _)| names.iter()).collect::<Vec<_>>();
    let unique = names.iter().collect::<BTreeSet<_>>();
    assert_eq!(unique.len(), names.len());
    for name in names {
        let text = name.replace('*', "x");
        assert_eq!(Reference::parse(&text).unwrap().name(), text, "no reference has this name");
    }
}

#[test]
fn every_file_fits_the_schema() {
    let schema = schema();
    for (names, text) in FILES {
        let value: serde_json::Value = serde_yaml::from_str(text).unwrap();
        let errors = schema.iter_errors(&value).map(|error| error.to_string()).collect::<Vec<_>>();
        assert!(errors.is_empty(), "{names:?}: {errors:?}");
    }
}

const SOUND: &str = "name: x\nrole: app\nsource: x/x Dockerfile\n";

#[test]
fn schema_and_reader_refuse_the_same_entries() {
    let schema = schema();
    let refused = [
        "name: x\nrole: app\n",
        "name: x\nrole: app\nsource: ' '\n",
        "name: x\nrole: server\nsource: x\n",
        &format!("{SOUND}colour: red\n"),
        &format!("{SOUND}stated: {{ colour: red }}\n"),
        &format!("{SOUND}guessed: {{ user: '1:1' }}\n"),
        &format!("{SOUND}stated: {{ user: postgres }}\n"),
        &format!("{SOUND}stated: {{ user: '1000' }}\n"),
        &format!("{SOUND}stated: {{ read_only: {{ value: false, source: '' }} }}\n"),
        &format!("{SOUND}stated: {{ read_only: {{ value: false }} }}\n"),
        &format!("{SOUND}stated: {{ memory: lots }}\n"),
        &format!("{SOUND}stated: {{ init: perhaps }}\n"),
        &format!("{SOUND}stated: {{ tmpfs: [{{ path: /run, mode: 1777 }}] }}\n"),
        &format!("{SOUND}mirrors: [acme/x]\n"),
        &format!("{SOUND}mirrors: [{{ name: acme/x }}]\n"),
        &format!("{SOUND}mirrors: [{{ name: acme/x, source: ' ' }}]\n"),
        &format!("{SOUND}mirrors: [{{ name: acme/x, source: y, colour: red }}]\n"),
        "name: x/*\nrole: app\nsource: x\nmirrors: [{ name: acme/x, source: y }]\n",
        &format!("{SOUND}variants: [{{ stated: {{ user: '1:1' }} }}]\n"),
        &format!("{SOUND}variants: [{{ from: 1, unknown: [colour] }}]\n"),
        &format!("{SOUND}variants: [{{ from: 7.1, stated: {{ user: '1:1' }} }}]\n"),
    ];
    for text in refused {
        assert!(Entry::read(text).is_err(), "the reader takes {text}");
        let value: serde_json::Value = serde_yaml::from_str(text).unwrap();
        assert!(!schema.is_valid(&value), "the schema takes {text}");
    }
    let twice = format!("{SOUND}stated: {{ user: '1:1' }}\ninferred: {{ user: '2:2' }}\n");
    assert!(Entry::read(&twice).unwrap_err().to_string().contains("twice"), "only the reader can see that");
    let mirrored =
        "name: x/*\nrole: app\nsource: x\nmirrors: [{ name: acme/x, of: x/x, tags: ['1*'], source: y }]\n";
    assert!(Entry::read(mirrored).is_ok() && schema.is_valid(&serde_yaml::from_str(mirrored).unwrap()));
    assert!(Entry::read(SOUND).is_ok() && schema.is_valid(&serde_yaml::from_str(SOUND).unwrap()));
}

/// The sources of all facts; a fact that is missing here is a compile error away from being noticed.
fn sources(facts: &Facts) -> Vec<(&'static str, Basis, String)> {
    let mut all = Vec::new();
    macro_rules! push {
        ($($name:ident)+) => { $(if let Some(fact) = &facts.$name {
            all.push((stringify!($name), fact.basis, fact.source.to_string()));
        })+ };
    }
    push!(default_user user user_name root_only needs_privileged step_down entrypoint servers root_reads data volumes data_env content read_only
        tmpfs caps_root caps_user no_new_privileges init healthcheck file_env memory memory_floor pids_floor);
    all
}

#[test]
fn every_fact_of_every_variant_has_a_source() {
    for (image, facts) in all_facts() {
        for (fact, basis, source) in sources(&facts) {
            assert!(!source.trim().is_empty(), "{image}: {fact} has no source");
            if basis == Basis::Measured {
                let tried = source.contains("run on a local replica") || source.contains("run locally");
                assert!(tried, "{image}: {fact} is said to be measured, its source does not say on what");
            }
        }
        assert!(!facts.name.is_empty());
    }
}

#[test]
fn what_is_said_fits_together() {
    for (image, facts) in all_facts() {
        let facts = facts.as_ref();
        if facts.role == Role::Base {
            assert!(
                facts.read_only.is_none() && facts.user.is_none() && facts.caps_root.is_none(),
                "{image} runs the user's program: nothing is known of it"
            );
        }
        assert!(facts.root_only.is_none() || facts.user.is_none(), "{image}: root only, and a user");
        for (name, fact) in [("read_only", &facts.read_only), ("no_new_privileges", &facts.no_new_privileges)]
        {
            let Some(fact) = fact.as_ref().filter(|fact| !fact.value) else { continue };
            let why = fact.source.trim_start_matches("from memory: ");
            assert!(
                why.contains(' ') && why.starts_with(char::is_lowercase),
                "{image}: {name} is false, but why"
            );
        }
        if let (Some(memory), Some(floor)) = (&facts.memory, &facts.memory_floor) {
            assert!(memory.value >= floor.value, "{image}: the default is below the floor");
        }
        let tmpfs = facts.tmpfs.iter().flat_map(|fact| &fact.value).map(|tmpfs| tmpfs.path.as_str());
        let data = facts.data.iter().flat_map(|fact| &fact.value).map(String::as_str).collect::<Vec<_>>();
        for path in tmpfs {
            assert!(
                !path.starts_with("/etc") || path == "/etc/nginx/conf.d",
                "{image}: {path} hides configuration"
            );
            assert!(!data.contains(&path), "{image}: {path} is data");
        }
        if matches!(facts.init.as_ref().map(|fact| &fact.value), Some(Init::Own(name)) if name.contains("s6-overlay"))
        {
            let caps = facts.caps_root.as_ref().map(|fact| fact.value.clone()).unwrap_or_default();
            assert!(caps.iter().any(|cap| cap == "KILL"), "{image}: s6 signals other users");
        }
    }
}

#[test]
fn an_unknown_tag_leaves_open_what_the_variants_differ_in() {
    let facts = known("postgres:${TAG}");
    assert!(facts.user.is_none() && facts.data.is_none());
    assert!(facts.caps_root.is_some() && facts.read_only.is_some());
}

#[test]
fn variants_say_what_differs() {
    let user = |image: &str| known(image).user.as_ref().map(|fact| fact.value.to_string());
    assert_eq!(user("redis:7-alpine").as_deref(), Some("999:1000"));
    assert_eq!(user("rabbitmq:3-management-alpine").as_deref(), Some("100:101"));
    assert_eq!(known("rabbitmq:3-alpine").user.as_ref().unwrap().basis, Basis::Memory);
    assert_eq!(known("influxdb:1.8").data.as_ref().unwrap().value, ["/var/lib/influxdb"]);
    assert_eq!(known("influxdb:2.7").data.as_ref().unwrap().value, ["/var/lib/influxdb2", "/etc/influxdb2"]);
    assert!(known("influxdb:3-core").data.is_none());
    assert!(known("haproxy:2.3").default_user.as_ref().unwrap().value.is_none());
    assert!(known("haproxy:2.4-alpine").default_user.as_ref().unwrap().value.is_some());
    assert!(known("gitea/gitea:1.22-rootless").default_user.as_ref().unwrap().value.is_some());
    assert!(known("httpd:2.4").healthcheck.is_none() && known("httpd:2.4-alpine").healthcheck.is_some());
}

#[test]
fn families_are_known_by_pattern_and_a_name_beats_a_pattern() {
    assert_eq!(known("lscr.io/linuxserver/plex:latest").name, "linuxserver/*");
    assert_eq!(known("ghcr.io/linuxserver/sonarr").name, "linuxserver/*");
    assert_eq!(known("bitnami/redis").name, "bitnami/*");
    assert_eq!(known("bitnami/postgresql:16").name, "bitnami/postgresql");
    assert!(facts(&Reference::parse("acme/linuxserver").unwrap()).is_none());
}

/// The measured facts that the catalogue was written from, where they are at hand.
fn measured_facts() -> Option<serde_json::Value> {
    shared("facts/images.json").map(|path| serde_json::from_str(&read(&path)).unwrap())
}

/// What Docker gives to every container: more is for the Compose file to ask for.
const BY_DEFAULT: [&str; 14] = [
    "AUDIT_WRITE",
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "FSETID",
    "KILL",
    "MKNOD",
    "NET_BIND_SERVICE",
    "NET_RAW",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYS_CHROOT",
];

#[test]
fn no_entry_gives_a_capability_that_docker_does_not_give_by_itself() {
    for (reference, facts) in all_facts() {
        let given = [&facts.caps_root, &facts.caps_user].into_iter().flatten().flat_map(|fact| &fact.value);
        for cap in given {
            assert!(BY_DEFAULT.contains(&cap.as_str()), "{reference}: {cap}");
        }
    }
}

#[test]
fn an_init_that_stays_root_may_signal_a_server_that_stepped_down() {
    for (reference, facts) in all_facts() {
        let Some(caps) = facts.caps_root.as_ref().filter(|caps| caps.basis < Basis::Memory) else { continue };
        let own = facts.init.as_ref().is_some_and(
            |init| matches!(&init.value, Init::Own(name) if name == "tini" || name == "dumb-init"),
        );
        if own && facts.step_down.is_some() {
            assert!(caps.value.iter().any(|cap| cap == "KILL"), "{reference}: KILL");
        }
    }
}

#[test]
fn the_catalogue_agrees_with_the_measured_facts() {
    let Some(measured) = measured_facts() else { return };
    let images = measured.as_array().unwrap();
    assert!(images.len() > 80);
    for row in images {
        for name in row["image"].as_array().unwrap() {
            let image = name.as_str().unwrap().replace('*', "x");
            // versions from before the data path of postgres moved, and since these start as their user
            let tag = match image {
                _ if image.contains("postg") => ":17",
                _ if ["elasticsearch", "kibana", "logstash", "confluentinc"]
                    .iter()
                    .any(|name| image.contains(name)) =>
                {
                    ":8.15.0"
                }
                _ if image.contains("sonarqube") => ":25.1",
                _ if image.contains("rabbitmq") => ":4.1",
                _ => ":2.7",
            };
            compare(&image, &known(&format!("{image}{tag}")), row);
        }
    }
}

fn compare(image: &str, facts: &Facts, row: &serde_json::Value) {
    let is_measured = row["confidence"] == "measured";
    if let Some(user) = &facts.user {
        assert_eq!(user.value.to_string(), row["run_as"].as_str().unwrap(), "{image}: user");
        assert_eq!(user.basis == Basis::Measured, is_measured, "{image}: basis of the user");
    }
    let is_root = row["default_user"] == "root";
    let default = facts.default_user.as_ref().unwrap_or_else(|| panic!("{image}: default user"));
    assert_eq!(default.value.is_none(), is_root, "{image}: default user");
    if let Some(caps) = &facts.caps_root {
        // what was only read may have missed what a review then found
        let known = strings(&row["caps_root_start"]);
        for cap in caps.value.iter().filter(|_| is_measured && is_root) {
            assert!(known.contains(cap), "{image}: {cap} is not among {known:?}");
        }
        for cap in strings(&row["caps_root_measured_min"]) {
            assert!(caps.value.contains(&cap), "{image}: {cap} was measured to be needed");
        }
        assert!(
            !(is_measured && is_root && caps.value.iter().any(|cap| cap == "FOWNER")),
            "{image}: FOWNER was never needed"
        );
    }
    if is_measured && facts.role != Role::Base {
        let data = facts.data.as_ref().map(|fact| fact.value.clone()).unwrap_or_default();
        assert_eq!(data, strings(&row["volumes"]), "{image}: data");
        let tmpfs = facts.tmpfs.iter().flat_map(|fact| &fact.value).map(|tmpfs| tmpfs.path.clone());
        let tmpfs = tmpfs.collect::<Vec<_>>();
        for path in strings(&row["tmpfs"]) {
            assert!(tmpfs.contains(&path), "{image}: {path} was measured to be written to");
        }
    }
    let from_memory = strings(&row["from_memory_fields"]);
    if from_memory.iter().any(|field| field == "*") {
        let surer = sources(facts).into_iter().filter(|(_, basis, _)| *basis != Basis::Memory);
        assert_eq!(surer.collect::<Vec<_>>(), [], "{image} is from memory");
    }
    if from_memory.iter().any(|field| field == "tmpfs") {
        assert!(facts.tmpfs.as_ref().is_none_or(|fact| fact.basis == Basis::Memory), "{image}: tmpfs");
    }
}

fn strings(value: &serde_json::Value) -> Vec<String> {
    value.as_array().into_iter().flatten().filter_map(|item| item.as_str().map(str::to_owned)).collect()
}

#[test]
fn entries_can_be_read_one_by_one() {
    assert_eq!(entries().len(), FILES.len());
}
