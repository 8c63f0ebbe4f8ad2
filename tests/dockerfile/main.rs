//! What Dockerfiles beside a Compose file change in its plan, through the public way: read the folder, make the plan.

#![expect(clippy::unwrap_used, reason = "a test may panic")]
#![expect(clippy::disallowed_methods, reason = "tests make their own files")]
#![expect(clippy::print_stdout, reason = "the figures are for people")]

use std::path::{Path, PathBuf};

use harden::load::{self, Options as Load};
use harden::pipeline::{Options, plan};
use harden::plan::{Change, Confidence, Decision, Evidence, Op, Plan, Skip, Value};

#[path = "../common/beside.rs"]
mod beside;
mod corpus;

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/dockerfile").join(name)
}

fn planned(file: &Path) -> Plan {
    let loaded = load::file(file, &Load::default()).unwrap();
    plan(loaded.project, &Options::default()).plan
}

/// The decision in one line: `+` for what is written, `?` for what is held back.
fn show(plan: &Plan, service: &str, pass: &str) -> String {
    let service = plan.services.iter().find(|found| found.service == service).unwrap();
    let (_, decision) = service.decisions.iter().find(|(id, _)| *id == pass).unwrap();
    match decision {
        Decision::Apply(changes) => {
            changes.iter().map(|change| format!("+ {}", one(change))).collect::<Vec<_>>().join("; ")
        }
        Decision::HeldBack(changes, _) => {
            changes.iter().map(|change| format!("? {}", one(change))).collect::<Vec<_>>().join("; ")
        }
        Decision::Already(evidence) => format!("already: {}", cite(evidence)),
        Decision::Skip(Skip::OwnInit(words)) => format!("own init: {words}"),
        other => format!("{other:?}"),
    }
}

fn one(change: &Change) -> String {
    let grounds = match &change.confidence {
        Confidence::Known(evidence) => format!("known: {}", cite(evidence)),
        Confidence::Likely(words) | Confidence::Guess(words) => words.to_string(),
    };
    let value = match &change.op {
        Op::Set(Value::Str(text)) => text.to_string(),
        Op::Append(items) => {
            let items = items.iter().map(|item| match item {
                Value::Str(text) => text.to_string(),
                other => format!("{other:?}"),
            });
            items.collect::<Vec<_>>().join(" ")
        }
        other => format!("{other:?}"),
    };
    format!("{} {value} ({grounds})", change.path.join("."))
}

fn cite(evidence: &Evidence) -> String {
    match evidence {
        Evidence::Dockerfile { path, line } => format!("{path}:{line}"),
        Evidence::Catalogue { image, source } => format!("{image}: {source}"),
        other => format!("{other:?}"),
    }
}

fn decision(name: &str, service: &str, pass: &str) -> String {
    show(&planned(&folder(name).join("compose.yml")), service, pass)
}

#[test]
fn a_user_of_its_own_has_all_controls() {
    let of = |pass| decision("own-user", "worker", pass);
    assert_eq!(of("user"), "already: worker/Dockerfile:6");
    assert_eq!(of("init"), "own init: tini, by worker/Dockerfile:9");
    let read_only = of("read_only");
    assert!(
        read_only.starts_with("+ read_only") && read_only.contains("`worker/Dockerfile:6`"),
        "{read_only}"
    );
    assert!(read_only.contains("+ tmpfs /tmp /var/cache/worker:uid=1000,gid=1000 ("), "{read_only}");
    let caps = of("cap_drop");
    assert!(caps.starts_with("+ cap_drop ALL (") && !caps.contains("cap_add"), "{caps}");
    assert!(caps.contains("`worker/Dockerfile:6`"), "{caps}");
}

#[test]
fn files_that_its_user_may_write_among_hold_the_read_only_root_back() {
    let read_only = decision("own-user", "app", "read_only");
    assert!(read_only.starts_with('?') && read_only.contains("`app/Dockerfile:4`"), "{read_only}");
    assert_eq!(decision("own-user", "app", "cap_drop"), "+ cap_drop ALL (known: app/Dockerfile:6)");
    let init = decision("own-user", "app", "init");
    assert!(init.contains("known: node: ") && init.contains("by way of app/Dockerfile:2"), "{init}");
}

#[test]
fn root_may_write_anywhere() {
    assert!(decision("root-user", "api", "read_only").starts_with('?'));
    assert!(decision("root-user", "api", "cap_drop").contains("+ cap_add CHOWN"));
    assert_eq!(decision("root-user", "api", "init"), "own init: dumb-init, by api/Dockerfile:5");
}

#[test]
fn a_dockerfile_that_is_not_at_hand_is_no_error() {
    for service in ["missing", "remote"] {
        let init = decision("root-user", service, "init");
        assert!(init.contains("its Dockerfile is not at hand"), "{init}");
    }
}

#[test]
fn the_last_stage_has_the_facts_of_its_base() {
    let read_only = decision("nginx-site", "web", "read_only");
    assert!(read_only.contains("/var/cache/nginx:uid=101,gid=101"), "{read_only}");
    assert!(
        read_only.contains("known: nginx: ") && read_only.contains("by way of web/Dockerfile:7"),
        "{read_only}"
    );
}

#[test]
fn a_target_and_users_copied_from_another_stage() {
    assert_eq!(decision("stages", "prod", "user"), "already: svc/Dockerfile:11");
    assert_eq!(decision("stages", "prod", "cap_drop"), "+ cap_drop ALL (known: svc/Dockerfile:11)");
    assert!(decision("stages", "prod", "read_only").starts_with('+'));
    assert!(decision("stages", "dev", "user").starts_with('?'));
}

#[test]
fn a_dockerfile_in_the_compose_file_is_cited_there() {
    assert_eq!(decision("inline", "tool", "user"), "already: compose.yml:7");
    assert!(decision("inline", "tool", "read_only").contains("+ tmpfs /tmp /scratch:uid=4000,gid=4000"));
}

#[test]
fn a_name_without_ids_is_still_no_root() {
    assert_eq!(decision("named", "app", "user"), "already: Dockerfile:2");
    assert_eq!(decision("named", "twin", "user"), "already: Dockerfile:2", "it runs what the other builds");
    let read_only = decision("named", "app", "read_only");
    assert!(read_only.starts_with('?') && read_only.contains("ids of `runner` are not known"), "{read_only}");
    assert!(decision("named", "app", "cap_drop").starts_with("+ cap_drop ALL"));
}
