//! How decisions are settled between services that share written lines, and how the level decides.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use harden::load::{self, Options as Load};
use harden::pipeline::{Options, Planned, plan};
use harden::plan::{Decision, Hold, Level, Op, Value};

fn planned(text: &str, only: &'static str) -> Planned {
    let loaded = load::text("compose.yml", text, &Load::default()).unwrap();
    plan(loaded.project, &Options { only: vec![only], ..Options::default() })
}

fn decision<'p>(planned: &'p Planned, service: &str, pass: &str) -> &'p Decision {
    let service = planned.plan.services.iter().find(|found| found.service == service).unwrap();
    &service.decisions.iter().find(|(id, _)| *id == pass).unwrap().1
}

#[test]
fn an_heir_takes_over_what_it_needs_too() {
    let text = "services:\n  a: &a {image: acme/x}\n  b: {<<: *a, command: other}\n";
    let planned = planned(text, "init");
    assert!(matches!(decision(&planned, "a", "init"), Decision::Apply(_)));
    assert!(matches!(decision(&planned, "b", "init"), Decision::Already(_)));
    assert_eq!(planned.plan.inherited.len(), 1);
    assert!(planned.project.services[1].init.is_some(), "the heir's model has it too");
}

#[test]
fn an_heir_that_must_not_have_it_holds_its_source_back() {
    let text = "services:\n  a: &a {image: acme/x}\n  b: {<<: *a, entrypoint: [/sbin/tini, --, x]}\n";
    let planned = planned(text, "init");
    let held = decision(&planned, "a", "init");
    assert!(matches!(held, Decision::HeldBack(_, Hold::Shared { with }) if with == "b"), "{held:?}");
    assert!(planned.plan.inherited.is_empty());
}

#[test]
fn an_own_key_shields_an_heir() {
    let text = "services:\n  a: &a {image: acme/x}\n  b: {<<: *a, init: false}\n";
    let planned = planned(text, "init");
    assert!(matches!(decision(&planned, "a", "init"), Decision::Apply(_)));
    assert!(matches!(decision(&planned, "b", "init"), Decision::Skip(_)));
}

#[test]
fn what_extends_brings_is_not_written_again() {
    let text = "services:\n  a: {image: acme/x}\n  b: {extends: a}\n";
    let planned = planned(text, "no_new_privileges");
    assert!(matches!(decision(&planned, "b", "no_new_privileges"), Decision::Already(_)));
    assert_eq!(planned.project.services[1].security_opt.len(), 1);
}

#[test]
fn a_service_that_is_only_an_alias_is_written_where_it_is_defined() {
    let text = "x-b: &b {image: acme/x}\nservices:\n  one: *b\n  two: *b\n";
    let planned = planned(text, "init");
    assert!(matches!(decision(&planned, "one", "init"), Decision::Apply(_)));
    assert!(matches!(decision(&planned, "two", "init"), Decision::Already(_)));
}

#[test]
fn a_list_that_came_through_a_merge_key_is_written_out_whole() {
    let text = "x-b: &b {security_opt: ['label:type:x']}\nservices:\n  a: {<<: *b, image: acme/x}\n";
    let planned = planned(text, "no_new_privileges");
    let Decision::Apply(changes) = decision(&planned, "a", "no_new_privileges") else { panic!() };
    assert_eq!(changes[0].op, Op::Set(Value::strs(["label:type:x", "no-new-privileges:true"])));
}

#[test]
fn a_merged_logging_is_written_out_whole() {
    let text = "x-b: &b {logging: {driver: json-file, options: {tag: x}}}\nservices:\n  a: {<<: *b, image: acme/x}\n";
    let planned = planned(text, "logging");
    let Decision::Apply(changes) = decision(&planned, "a", "logging") else { panic!() };
    assert_eq!(changes.len(), 1);
    assert_eq!(&*changes[0].path, ["logging"]);
    let Op::Set(Value::Map(entries)) = &changes[0].op else { panic!() };
    assert_eq!(entries[0], ("driver".into(), Value::str("json-file")));
    let Value::Map(options) = &entries[1].1 else { panic!() };
    assert_eq!(options.iter().map(|(key, _)| &**key).collect::<Vec<_>>(), ["tag", "max-size", "max-file"]);
}

#[test]
fn an_anchored_block_is_edited_once_when_all_its_users_agree() {
    let agree = "services:\n  a: {image: acme/x, logging: &l {driver: json-file}}\n  b: {image: acme/y, logging: *l}\n";
    let planned_agree = planned(agree, "logging");
    for name in ["a", "b"] {
        assert!(matches!(decision(&planned_agree, name, "logging"), Decision::Apply(_)), "{name}");
    }
    let torn = "services:\n  a: {image: acme/x, logging: &l {driver: json-file}}\n  b: {image: acme/y, platform: windows/amd64, logging: *l}\n";
    let planned_torn = planned(torn, "logging");
    assert!(matches!(decision(&planned_torn, "a", "logging"), Decision::HeldBack(_, Hold::Place(_))));
}

#[test]
fn a_merged_block_that_is_edited_anyway_is_not_written_out_again() {
    let text = "
x-b: &b {logging: &l {driver: json-file}}
services:
  a: {<<: *b, image: acme/x}
  b: {image: acme/y, logging: *l}
";
    let planned = planned(text, "logging");
    assert!(matches!(decision(&planned, "a", "logging"), Decision::Already(_)));
    assert!(matches!(decision(&planned, "b", "logging"), Decision::Apply(_)));
    assert_eq!(planned.plan.inherited.len(), 2);
}

#[test]
fn shared_logging_settles_in_one_run() {
    let texts = [
        "services:\n  c: &c {image: 'nginx:1.27', logging: {driver: json-file}}\n  d: {<<: *c, image: 'postgres:16'}\n",
        "x-c: &c {image: a/x, logging: &l {driver: json-file}}\nservices:\n  a: {<<: *c}\n  b: {<<: *c}\n  d: &d {image: a/y, logging: *l}\n  e: {<<: *d, init: false}\n",
    ];
    for text in texts {
        let first = planned(text, "logging");
        for service in &first.project.services {
            let options = &service.logging.as_ref().unwrap().options.as_ref().unwrap().value;
            assert!(options.contains_key("max-size"), "{}", service.name);
        }
        let options = Options { only: vec!["logging"], ..Options::default() };
        assert!(first.second(&options).1.is_empty());
    }
}

#[test]
fn what_is_only_partly_seen_is_held_back() {
    let text = "services:\n  a: {extends: {file: other.yml, service: x}}\n  b: {image: acme/x}\n";
    let planned = planned(text, "init");
    assert!(matches!(decision(&planned, "a", "init"), Decision::HeldBack(_, Hold::PartlySeen)));
    assert!(matches!(decision(&planned, "b", "init"), Decision::Apply(_)));
}

#[test]
fn a_key_that_is_reset_is_left_alone() {
    let planned = planned("services:\n  a:\n    image: acme/x\n    init: !reset null\n", "init");
    assert!(matches!(decision(&planned, "a", "init"), Decision::HeldBack(_, Hold::Place(_))));
}

#[test]
fn the_level_decides_what_is_written_and_a_second_plan_is_empty() {
    let text = "services: {a: {image: acme/x}}";
    let mut written = Vec::new();
    for level in [Level::Safe, Level::Standard, Level::Strict] {
        let loaded = load::text("compose.yml", text, &Load::default()).unwrap();
        let options = Options { level, ..Options::default() };
        let first = plan(loaded.project, &options);
        written.push(first.plan.changes().count());
        assert!(plan(first.project, &options).plan.is_empty(), "{level:?}");
    }
    assert!(written[0] < written[1] && written[1] <= written[2], "{written:?}");
}

#[test]
fn passes_that_are_not_selected_say_so() {
    let planned = planned("services: {a: {image: acme/x}}", "init");
    let skipped = decision(&planned, "a", "mem_limit");
    assert!(matches!(skipped, Decision::Skip(harden::plan::Skip::NotSelected)));
}
