//! The summary of plans made by hand: what is said, and that nothing is said twice.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::{colored_diff, summary};
use crate::edit::Origin;
use crate::plan::{
    Change, Confidence, Decision, Evidence, Finding, Hold, Level, Op, Plan, ServicePlan, Severity, Skip,
    Value, Waived,
};
use crate::report::{Outcome, Sites, Subject, Unread, Verbosity};
use crate::source::{FileId, Place, Source, Span};

const TEXT: &str = "services:\n  a:\n    image: x\n  b:\n    privileged: true\n";

fn change(path: &'static [&'static str], value: Value, confidence: Confidence) -> Change {
    Change { path: path.into(), op: Op::Set(value), why: "it is generous".into(), confidence }
}

fn known() -> Confidence {
    Confidence::Known(Evidence::Catalogue { image: "redis".into(), source: "measured".into() })
}

fn limit(size: &'static str) -> Decision {
    Decision::Apply(vec![change(&["mem_limit"], Value::str(size), known())])
}

fn init() -> Decision {
    let likely = Confidence::Likely("the image is unknown: assumes it has no init".into());
    Decision::Apply(vec![change(&["init"], Value::Bool(true), likely)])
}

fn read_only() -> Decision {
    let guess = Confidence::Guess("the image is unknown: assumes it writes nowhere".into());
    Decision::HeldBack(vec![change(&["read_only"], Value::Bool(true), guess)], Hold::Guess)
}

fn finding(severity: Severity, message: &str, place: Option<Place>) -> Decision {
    let message = message.to_owned().into();
    Decision::Advise(Box::new(Finding {
        severity,
        message,
        help: "drop it".into(),
        place,
        fix: Vec::new(),
        proposal: None,
    }))
}

fn plan(services: Vec<(&str, Vec<(&'static str, Decision)>)>) -> Plan {
    let services = services.into_iter().map(|(name, decisions)| ServicePlan {
        service: name.into(),
        level: Level::Standard,
        decisions,
    });
    Plan { services: services.collect(), ..Plan::default() }
}

fn shown(plan: &Plan, outcome: Outcome, verbosity: Verbosity) -> String {
    let sources = [Source::new("compose.yml", TEXT)];
    let unread = Vec::new();
    let subject = Subject {
        name: Path::new("compose.yml"),
        alone: false,
        sources: &sources,
        plan,
        unread,
        sites: Sites::default(),
        outcome,
        known: BTreeSet::new(),
    };
    anstream::adapter::strip_str(&summary(&subject, verbosity)).to_string()
}

#[test]
fn what_is_waived_is_told_with_its_reason() {
    let waived = |decision| {
        let (reason, place) = ("it is slow".to_owned(), Place::default());
        let until = "2027-03-01".parse().ok();
        Decision::Skip(Skip::Waived(Box::new(Waived { decision, reason, until, place })))
    };
    let plan = plan(vec![("a", vec![("init", waived(init())), ("read_only", waived(read_only()))])]);
    let text = shown(&plan, Outcome::Checked, Verbosity::Normal);
    assert!(text.contains("nothing to change, 2 waived"), "{text}");
    assert_eq!(text.matches("it is slow, until 2027-03-01").count(), 1, "{text}");
    assert!(text.contains("\n  waived\n") && !text.contains("left alone"), "{text}");
}

#[test]
fn every_section_speaks_once_for_all_services() {
    let place = Place { file: FileId(0), span: Span::new(49, 53) };
    let plan = plan(vec![
        ("a", vec![("mem_limit", limit("1g")), ("init", init()), ("read_only", read_only())]),
        (
            "b",
            vec![
                ("mem_limit", limit("512m")),
                ("init", init()),
                ("read_only", read_only()),
                ("privileged", finding(Severity::High, "it is privileged", Some(place))),
            ],
        ),
    ]);
    let expected = "\
compose.yml: 2 services, 4 changes in 2 services, 2 held back, 1 needs a person

  changes
    mem_limit: 1g    a  it is generous
    mem_limit: 512m  b  it is generous
    init: true       a, b  it is generous

  assumed
    the image is unknown
      a, b: it has no init

  held back
    the image is unknown; facts about the image release it, or `--level strict`
      read_only: true  a, b  assumes it writes nowhere

  needs a person
    high   privileged: it is privileged (b, compose.yml:5:17)
           help: drop it
";
    assert_eq!(shown(&plan, Outcome::Shown, Verbosity::Normal), expected);
}

#[test]
fn many_services_are_counted_and_not_listed() {
    let names: Vec<String> = (0..20).map(|number| format!("s{number}")).collect();
    let mut services: Vec<_> = names.iter().map(|name| (name.as_str(), vec![("init", init())])).collect();
    assert!(shown(&plan(services.clone()), Outcome::Shown, Verbosity::Normal).contains("all 20 services"));
    services.push(("other", vec![("init", Decision::Already(Evidence::AlwaysSafe("x".into())))]));
    let shown = shown(&plan(services), Outcome::Shown, Verbosity::Normal);
    assert!(shown.contains("init: true  20 services (s0, s1, s2, …)"), "{shown}");
    assert_eq!(shown.matches("init: true").count(), 1, "{shown}");
    assert!(!shown.contains("s17"), "{shown}");
}

#[test]
fn many_services_of_a_finding_stand_in_one_pair_of_brackets() {
    let untagged = || vec![("image_tag", finding(Severity::Low, "`x` has no tag", None))];
    let mut services: Vec<_> = ["a", "b", "c", "d"].map(|name| (name, untagged())).into();
    services.push(("other", vec![("init", init())]));
    let shown = shown(&plan(services), Outcome::Shown, Verbosity::Normal);
    assert!(shown.contains("`x` has no tag (4 services: a, b, c, …)"), "{shown}");
}

#[test]
fn findings_are_sorted_by_severity_and_share_their_help() {
    let plan = plan(vec![
        ("a", vec![("image_tag", finding(Severity::Low, "`x` has no tag", None))]),
        (
            "b",
            vec![
                ("image_tag", finding(Severity::Low, "`y` has no tag", None)),
                ("docker_socket", finding(Severity::High, "the socket is mounted", None)),
            ],
        ),
    ]);
    let shown = shown(&plan, Outcome::Shown, Verbosity::Normal);
    let at = |text: &str| shown.find(text).unwrap_or_else(|| panic!("{text} in {shown}"));
    assert!(at("docker_socket") < at("`x` has no tag"), "{shown}");
    assert!(at("`x` has no tag (a)") < at("`y` has no tag (b)"), "{shown}");
    assert_eq!(shown.matches("help:").count(), 2, "{shown}");
}

#[test]
fn verbose_tells_grounds_and_what_was_left_alone() {
    let place = Place { file: FileId(0), span: Span::new(49, 53) };
    let plan = plan(vec![(
        "a",
        vec![
            ("mem_limit", limit("1g")),
            ("cpus", Decision::Already(Evidence::File(place))),
            ("init", Decision::Skip(Skip::SaidInFile("`init: false`".into()))),
            ("user", Decision::Skip(Skip::NotApplicable)),
            ("logging", Decision::Skip(Skip::NotSelected)),
        ],
    )]);
    let verbose = shown(&plan, Outcome::Shown, Verbosity::Verbose);
    assert!(verbose.contains("it is generous; known from the catalogue"), "{verbose}");
    assert!(verbose.contains("`redis`: measured"), "{verbose}");
    assert!(verbose.contains("cpus: compose.yml:5:"), "{verbose}");
    assert!(verbose.contains("init: the file says `init: false`"), "{verbose}");
    assert!(!verbose.contains("user") && !verbose.contains("logging"), "{verbose}");
    let normal = shown(&plan, Outcome::Shown, Verbosity::Normal);
    assert!(!normal.contains("cpus") && !normal.contains("catalogue"), "{normal}");
}

#[test]
fn quiet_speaks_only_of_drift() {
    let plan = plan(vec![("a", vec![("mem_limit", limit("1g"))])]);
    assert_eq!(shown(&plan, Outcome::Shown, Verbosity::Quiet), "");
    let drift = "compose.yml: 1 service, 1 change missing in 1 service\n";
    assert_eq!(shown(&plan, Outcome::Checked, Verbosity::Quiet), drift);
}

#[test]
fn files_that_were_not_read_are_named() {
    let plan = plan(vec![("a", Vec::new())]);
    let sources = [Source::new("compose.yml", TEXT)];
    let unread =
        Unread { file: Some("base.yml"), reason: "`extends` names it", place: None, services: vec!["a"] };
    let subject = Subject {
        name: Path::new("compose.yml"),
        alone: false,
        sources: &sources,
        plan: &plan,
        unread: vec![unread],
        sites: Sites::default(),
        outcome: Outcome::Shown,
        known: BTreeSet::new(),
    };
    let text = anstream::adapter::strip_str(&summary(&subject, Verbosity::Normal)).to_string();
    assert!(text.contains("`base.yml` is not read (`extends` names it)"), "{text}");
    assert!(text.contains("concerns a"), "{text}");
}

#[test]
fn names_from_the_file_cannot_steer_the_terminal() {
    let plan = plan(vec![("a\u{1b}[2J", vec![("mem_limit", limit("1g"))])]);
    assert!(shown(&plan, Outcome::Shown, Verbosity::Normal).contains("a?[2J"));
}

#[test]
fn a_coloured_diff_is_the_diff_with_colours() {
    let diff = "--- a/x\n+++ b/x\n@@ -1 +1,2 @@\n a: 1\n+b: 2\n\\ No newline at end of file\n";
    let colored = colored_diff(diff);
    assert_ne!(colored, diff);
    assert_eq!(anstream::adapter::strip_str(&colored).to_string(), diff);
}

#[test]
fn another_file_is_named_and_keeps_services_apart() {
    let plan = plan(vec![("a", vec![("init", init())]), ("b", vec![("init", init())])]);
    let sources = [Source::new("app/compose.yml", TEXT), Source::new("app/db/compose.yml", TEXT)];
    let site = |service, file| (Origin { service, decision: 0 }, vec![FileId(file)]);
    let sites = Sites(BTreeMap::from([site(0, 0), site(1, 1)]));
    let name = Path::new("app/compose.yml");
    let (unread, outcome, known) = (Vec::new(), Outcome::Shown, BTreeSet::new());
    let subject =
        Subject { name, alone: false, sources: &sources, plan: &plan, unread, sites, outcome, known };
    let text = anstream::adapter::strip_str(&summary(&subject, Verbosity::Normal)).to_string();
    for line in ["init: true  a  it is generous", "init: true  b (db/compose.yml)  it is generous"] {
        assert!(text.lines().any(|shown| shown.trim() == line), "{line}: {text}");
    }
}
