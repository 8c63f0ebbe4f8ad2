//! The effective service: anchors, `<<` in every form, same-file `extends`, and what is only partly seen.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]
#![expect(clippy::disallowed_methods, reason = "tests make their own files")]

#[path = "common/beside.rs"]
mod beside;

use beside::shared;
use harden::compose::{Heritage, Inheritance, Mount, PartialReason, Project, Setting, Via};
use harden::load::{self, Error, Options};

fn project(text: &str) -> Project {
    load::text("compose.yml", text, &Options::default()).unwrap().project
}

fn fault(text: &str) -> String {
    match load::text("compose.yml", text, &Options::default()) {
        Err(Error::Invalid { diagnostics, .. }) => diagnostics[0].message.clone(),
        other => panic!("{other:?}"),
    }
}

const MERGES: &str = "
x-a: &a {init: true, user: '1:1', cap_add: [A]}
x-b: &b
  <<: *a
  user: '2:2'
services:
  alias: {<<: *a, image: one}
  flow: {<<: [*b, *a], image: two}
  block:
    image: three
    <<:
      - *a
      - *b
    user: '3:3'
  whole: *b
";

#[test]
fn merge_keys_in_every_form() {
    let project = project(MERGES);
    let user = |name: &str| {
        let service = &project.services[project.index(name).unwrap()];
        (service.user.as_ref().unwrap().value.clone(), service.user.as_ref().unwrap().via)
    };
    assert_eq!(user("alias"), ("1:1".into(), Via::Merge));
    assert_eq!(user("flow"), ("2:2".into(), Via::Merge));
    assert_eq!(user("block"), ("3:3".into(), Via::Own));
    assert_eq!(user("whole"), ("2:2".into(), Via::Own));
    for service in &project.services {
        assert!(service.init.is_some(), "{}: init comes through both levels", service.name);
        assert_eq!(service.cap_add.len(), 1);
        assert_eq!(service.cap_add[0].via, Via::Merge);
    }
}

const EXTENDS: &str = "
services:
  base:
    image: app
    command: serve
    cap_drop: [ALL]
    environment: [A=1, B=2]
    volumes: ['data:/data']
    deploy: {resources: {limits: {cpus: '0.5'}}}
  middle:
    extends: base
    cap_drop: [NET_RAW]
    environment: {B: 3, C:}
  last:
    extends: {service: middle}
    command: work
    deploy: {resources: {limits: {memory: 1g}}}
volumes: {data: {driver_opts: {device: /srv}}}
";

#[test]
fn extends_merges_mappings_appends_lists_and_replaces_commands() {
    let project = project(EXTENDS);
    let last = &project.services[2];
    assert_eq!(last.image.as_ref().unwrap().value, "app");
    assert_eq!(last.image.as_ref().unwrap().via, Via::Extends);
    assert_eq!(last.command.as_ref().unwrap().words().collect::<Vec<_>>(), ["work"]);
    assert_eq!(last.cap_drop.iter().map(|cap| cap.value.as_str()).collect::<Vec<_>>(), ["ALL", "NET_RAW"]);
    assert_eq!((last.environment.get("A"), last.environment.get("B")), (Some("1"), Some("3")));
    let limits = last.limits().unwrap();
    assert_eq!(limits.cpus.as_ref().unwrap().value, Setting::Literal(0.5));
    assert_eq!(limits.memory.as_ref().unwrap().via, Via::Own);
    assert_eq!(last.volumes[0].value, Mount::parse("data:/data"));
    assert!(project.volume("data").unwrap().is_elsewhere());
    let link = |source, heir| Inheritance { source, heir, via: Heritage::Extends };
    assert_eq!(project.inheritance, [link(0, 1), link(1, 2), link(0, 2)]);
}

#[test]
fn extends_that_leads_nowhere_or_round_is_an_error() {
    let unknown = "services: {web: {image: a, extends: bse}, base: {image: b}}";
    assert_eq!(fault(unknown), "`extends` names the service `bse`, which this file does not have");
    let circle = "services: {a: {extends: b}, b: {extends: c}, c: {extends: b}}";
    assert_eq!(fault(circle), "`extends` comes back to the service `b`: b -> c -> b");
}

#[test]
fn services_that_share_lines_are_known() {
    let text = "
services:
  a: &a {image: x, logging: &log {driver: json-file}}
  b: {<<: *a, user: '1:1'}
  c: *a
  d: {image: y, logging: *log}
";
    let project = project(text);
    let link = |source, heir, via| Inheritance { source, heir, via };
    assert_eq!(project.inheritance, [link(0, 1, Heritage::Merge), link(0, 2, Heritage::Alias)]);
    assert_eq!(project.services[1].own_keys, ["<<", "user"]);
    let logging = project.shared.iter().find(|shared| shared.path == ["logging"]).unwrap();
    assert_eq!(logging.services, [0, 2, 3]);
}

#[test]
fn a_reset_key_is_gone_and_remembered() {
    let project =
        project("services:\n  a:\n    image: x\n    user: !reset null\n    cap_add: !override [A]\n");
    assert!(project.services[0].user.is_none());
    assert_eq!(project.services[0].reset, ["user"]);
    assert!(project.services[0].cap_add.has("A"));
}

#[test]
fn values_know_their_place() {
    let loaded =
        load::text("c.yml", "services:\n  a:\n    image: x:1\n    mem_limit: 64m\n", &Options::default())
            .unwrap();
    let place = loaded.project.services[0].mem_limit.as_ref().unwrap().place.unwrap();
    assert_eq!(loaded.tree.source(place.file).slice(place.span), "64m");
    assert_eq!(loaded.tree.source(place.file).line_col(place.span.start), (4, 16));
}

#[test]
fn files_that_are_elsewhere_are_named_and_mark_their_services() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("compose.yml");
    let text = "include: ['oci://example.com/a', {path: ['https://example.com/b.git', '${C}/c.yml']}]\nservices:\n  web: {extends: {file: '${B}/base.yml', service: w}}\n  db: {}\n";
    std::fs::write(&path, text).unwrap();
    let project = load::file(&path, &Options::default()).unwrap().project;
    let seen: Vec<_> =
        project.partial.iter().map(|p| (p.reason, p.file.as_deref(), p.services.clone())).collect();
    assert_eq!(
        seen,
        [
            (PartialReason::Extends, Some("${B}/base.yml"), vec![0]),
            (PartialReason::Include, Some("oci://example.com/a"), vec![]),
            (PartialReason::Include, Some("https://example.com/b.git"), vec![]),
            (PartialReason::Fragment, None, vec![1]),
        ]
    );
}

/// But those with variables that Compose refuses.
#[test]
fn every_real_file_loads() {
    let Some(root) = shared("corpus/real") else { return };
    let manifest = std::fs::read_to_string(root.join("manifest.tsv")).unwrap();
    let mut wrong = Vec::new();
    for row in manifest.lines().skip(1) {
        let path = row.split('\t').next().unwrap();
        match load::file(&root.join(path), &Options { read_outside: true, ..Options::default() }) {
            Err(_) if row.contains("invalid interpolation") => {}
            Err(error) => wrong.push(format!("{path}: {error}")),
            Ok(_) if row.contains("invalid interpolation") => wrong.push(format!("{path}: loads")),
            Ok(_) => {}
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
