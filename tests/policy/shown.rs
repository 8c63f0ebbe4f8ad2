//! What people set aside is shown in every format: waivers with their reason and last day, passes that a policy switches
//! off, and what the baseline knows. And the level that a report states is the one that holds.

use serde_json::Value;

use crate::Repository;

const COMPOSE: &str = "volumes: {data: }\nservices:\n  db:\n    image: postgres:16\n    volumes: [data:/var/lib/postgresql/data]\n    environment:\n      POSTGRES_PASSWORD: hush-hush\n  web:\n    image: nginx:1.27\n    x-harden: {level: safe}\n";

const POLICY: &str = "level: strict\nfail_on: medium\npasses:\n  init: false\nwaive:\n  - service: db\n    pass: read_only\n    \
                      reason: see OPS-12\n    until: 2026-03-01\n  - service: db\n    pass: env_secrets\n    reason: a trial\n";

const OFF: &str = "the policy switches it off";

fn repository() -> Repository {
    Repository::new(&[("compose.yml", COMPOSE), (".harden.yml", POLICY)])
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

fn report(repository: &Repository, format: &str) -> String {
    repository.run(&["--check", "--format", format]).out
}

/// The decision of a pass for a service, in a JSON report.
fn decision<'a>(report: &'a Value, service: &str, pass: &str) -> &'a Value {
    let services = report["projects"][0]["services"].as_array().unwrap();
    let service = services.iter().find(|found| found["name"] == service).unwrap();
    let mut decisions = service["decisions"].as_array().unwrap().iter();
    decisions.find(|found| found["pass"] == pass).unwrap_or_else(|| panic!("no {pass}: {service:#}"))
}

#[test]
fn the_terminal_and_the_text_report_show_them() {
    let repository = repository();
    for words in [&["--check"][..], &[], &["--write"], &["--stdout"]] {
        let told = repository.run(words);
        let err = &told.err;
        assert!(err.contains("see OPS-12, until 2026-03-01\n      read_only  db"), "{words:?}: {err}");
        assert!(err.contains("a trial\n      env_secrets  db"), "{words:?}: {err}");
        assert!(err.contains("switched off by the policy\n    init  db, web (.harden.yml:4:9)"), "{err}");
        assert!(err.lines().last().unwrap().contains("2 waived"), "{words:?}: {err}");
        assert!(!err.contains("hush") && !told.out.contains(OFF), "{err}");
        repository.put("compose.yml", COMPOSE);
    }
    repository.run(&["--check", "-q", "--report", "text=report.txt"]);
    let text = repository.text("report.txt");
    let waived = "waived     db: read_only: waived until 2026-03-01: see OPS-12, .harden.yml:6:5\n";
    assert!(text.contains(waived) && text.contains("waived     db: env_secrets: waived: a trial"), "{text}");
    assert!(text.contains("off        web: init: the policy switches it off, .harden.yml:4:9\n"), "{text}");
    assert!(text.lines().next().unwrap().contains("2 waived, 2 switched off"), "{text}");
}

#[test]
fn the_json_report_holds_them_and_the_levels_that_hold() {
    let report = json(&report(&repository(), "json"));
    let project = &report["projects"][0];
    assert_eq!((&report["level"], &project["level"]), (&"standard".into(), &"strict".into()));
    let level = |at: usize| project["services"][at]["level"].as_str().unwrap();
    assert_eq!((level(0), level(1)), ("strict", "safe"));
    let waived = decision(&report, "db", "read_only");
    assert_eq!(
        (&waived["waiver"]["reason"], &waived["waiver"]["until"]),
        (&"see OPS-12".into(), &"2026-03-01".into())
    );
    assert_eq!(waived["waiver"]["place"]["file"], ".harden.yml");
    assert_eq!((&waived["waiver"]["place"]["start"]["line"], &waived["check"]), (&6.into(), &Value::Null));
    let off = decision(&report, "web", "init");
    assert_eq!((&off["outcome"]["reason"], &off["outcome"]["text"]), (&"switched_off".into(), &OFF.into()));
    assert_eq!((&off["place"]["file"], &off["place"]["start"]["line"]), (&".harden.yml".into(), &4.into()));
    assert_eq!((&project["counts"]["waived"], &project["counts"]["switched_off"]), (&2.into(), &2.into()));
    assert_eq!(decision(&report, "db", "mem_limit")["check"], "fails");
    assert_eq!(project["check"]["passed"], false);
}

#[test]
fn sarif_suppresses_what_is_waived_and_notes_what_is_off() {
    let sarif = json(&report(&repository(), "sarif"));
    let run = &sarif["runs"][0];
    let results = run["results"].as_array().unwrap();
    assert!(results.iter().all(|result| result["suppressions"].is_array()), "of all results or of none");
    let justified: Vec<&str> =
        results.iter().filter_map(|result| result["suppressions"][0]["justification"].as_str()).collect();
    assert_eq!(justified, ["see OPS-12 (until 2026-03-01)", "a trial"]);
    assert!(results.iter().all(|result| result["ruleId"] != "init"));
    let notes = run["invocations"][0]["toolExecutionNotifications"].as_array().unwrap();
    let off =
        notes.iter().find(|note| note["message"]["text"] == "`init` of `web`: the policy switches it off");
    let at = &off.unwrap()["locations"][0]["physicalLocation"];
    assert_eq!(
        (&at["artifactLocation"]["uri"], &at["region"]["startLine"]),
        (&".harden.yml".into(), &4.into())
    );
}

#[test]
fn a_waiver_of_what_is_held_back_is_a_note_in_sarif() {
    let policy = "waive: [{service: api, pass: read_only, reason: it writes, until: 2026-03-01}]\n";
    let compose = "services:\n  api:\n    image: ghcr.io/acme/api:3\n";
    let repository = Repository::new(&[("compose.yml", compose), (".harden.yml", policy)]);
    let sarif = report(&repository, "sarif");
    assert!(sarif.contains("`read_only` of `api`: waived until 2026-03-01: it writes"), "{sarif}");
    repository.run(&["-q", "--report", "text=report.txt"]);
    let text = repository.text("report.txt");
    assert!(!text.contains("held back  api: read_only"), "{text}");
}

#[test]
fn the_other_formats_show_them() {
    let repository = repository();
    let github = report(&repository, "github");
    let waived = "::notice file=.harden.yml,line=6,col=5,title=harden%3A waived::`read_only` of `db`: waived until \
                  2026-03-01: see OPS-12\n";
    assert!(github.contains(waived), "{github}");
    let first = github.lines().find(|line| line.starts_with("::notice ")).unwrap();
    assert!(first.contains("file=.harden.yml"), "before notes that GitHub may cut off: {github}");
    let off = "::notice file=.harden.yml,line=4,col=9,title=harden%3A switched off::`init` of `db`, `init` of `web`: \
               the policy switches it off\n";
    assert!(github.contains(off), "{github}");

    let gitlab = json(&report(&repository, "gitlab"));
    let issue = |words: &str| {
        let is_it = |issue: &&Value| issue["description"].as_str().unwrap().starts_with(words);
        gitlab.as_array().unwrap().iter().find(is_it).unwrap()
    };
    let (waived, off) = (issue("`read_only` of `db`"), issue("`init` of `web`"));
    assert_eq!(waived["description"], "`read_only` of `db`: waived until 2026-03-01: see OPS-12");
    assert_eq!((&waived["severity"], &off["severity"]), (&"info".into(), &"info".into()));
    assert_eq!(
        (&off["location"]["path"], &off["location"]["lines"]["begin"]),
        (&".harden.yml".into(), &4.into())
    );

    let junit = report(&repository, "junit");
    assert!(junit.contains("<skipped message=\"waived until 2026-03-01: see OPS-12\">"), "{junit}");
    assert_eq!(junit.matches("<skipped message=\"the policy switches it off\">").count(), 2, "{junit}");

    let markdown = report(&repository, "markdown");
    let (_, aside) = markdown.split_once("**Set aside**\n\n").unwrap();
    assert!(
        aside.contains("- `db`: `read_only`: waived until 2026-03-01: see OPS-12, `.harden.yml:6:5`\n"),
        "{aside}"
    );
    assert!(
        aside.contains("- `db`: `init`, `web`: `init`: the policy switches it off, `.harden.yml:4:9`\n"),
        "{aside}"
    );
    assert!(markdown.contains("\n| `compose.yml` | 16 changes missing | 1 | 2 |"), "{markdown}");
}

#[test]
fn a_clean_project_shows_them_too() {
    let repository = repository();
    repository.run(&["--write", "-q"]);
    for (format, sign) in [
        ("markdown", "see OPS-12"),
        ("github", "see OPS-12"),
        ("gitlab", "see OPS-12"),
        ("junit", "see OPS-12"),
    ] {
        assert!(report(&repository, format).contains(sign), "{format}");
    }
    let told = repository.run(&["--check"]);
    assert_eq!(told.code, Some(0), "{}", told.err);
    assert!(
        told.err.lines().last().unwrap().starts_with("check passed: nothing to change; "),
        "{}",
        told.err
    );
}

#[test]
fn what_the_baseline_knows_is_no_failure_in_any_format() {
    let repository = Repository::new(&[("compose.yml", COMPOSE), (".harden.yml", "fail_on: medium\n")]);
    repository.run(&["baseline"]);
    let new = COMPOSE.replace("  web:", "  web:\n    init: true") + "  cache:\n    image: redis:7\n";
    repository.put("compose.yml", &new);
    let sarif = json(&report(&repository, "sarif"));
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    let state = |service: &str, pass: &str| {
        let named = |result: &&Value| result["locations"][0]["logicalLocations"][0]["name"] == service;
        let result = results.iter().filter(named).find(|result| result["ruleId"] == pass).unwrap();
        (result["baselineState"].as_str(), result["level"].as_str().unwrap())
    };
    assert_eq!(state("db", "mem_limit"), (Some("unchanged"), "warning"));
    assert_eq!(state("db", "env_secrets"), (Some("unchanged"), "warning"));
    assert_eq!(state("cache", "mem_limit"), (Some("new"), "error"));
    assert_eq!(state("cache", "healthcheck"), (None, "note"), "the baseline is not about it");

    let report_ = json(&report(&repository, "json"));
    assert_eq!(decision(&report_, "db", "mem_limit")["check"], "known");
    assert_eq!(decision(&report_, "cache", "mem_limit")["check"], "fails");
    let check = &report_["projects"][0]["check"];
    assert_eq!(
        (&check["passed"], &check["baseline"]["file"]),
        (&false.into(), &".harden-baseline.yml".into())
    );
    assert_eq!(check["baseline"]["fixed"], serde_json::json!([{"service": "web", "pass": "init"}]));

    let github = report(&repository, "github");
    assert_eq!(github.matches("::error ").count(), 1, "{github}");
    assert!(
        github.contains("title=harden%3A `db` is not hardened::known to the baseline, and missing"),
        "{github}"
    );
    let gitlab = report(&repository, "gitlab");
    assert!(gitlab.contains("known to the baseline: `db` lacks `mem_limit"), "{gitlab}");
    let junit = report(&repository, "junit");
    assert!(junit.contains("<skipped message=\"known to the baseline\">"), "{junit}");
    let markdown = report(&repository, "markdown");
    assert!(
        markdown.contains("**Known to the baseline**") && markdown.contains("- `web`: `init`\n"),
        "{markdown}"
    );

    let told = repository.run(&["--check"]);
    let last = told.err.lines().last().unwrap();
    assert!(
        last.starts_with("check failed: ") && last.contains(" new") && last.ends_with("1 fixed"),
        "{last}"
    );
    repository.put("compose.yml", COMPOSE);
    let told = repository.run(&["--check"]);
    assert_eq!(told.code, Some(0), "{}", told.err);
    assert!(told.err.lines().last().unwrap().starts_with("check passed: nothing new; "), "{}", told.err);
    assert!(!told.err.contains("\n  missing\n"), "what is known is not told again: {}", told.err);
    assert!(!report(&repository, "junit").contains("<failure"));
    assert!(report(&repository, "markdown").starts_with("<!-- harden -->\n### harden: nothing new\n"));
}

#[test]
fn advice_that_fails_is_an_error_in_every_format() {
    let repository = Repository::new(&[("compose.yml", COMPOSE), (".harden.yml", "fail_on: medium\n")]);
    repository.run(&["--write", "-q"]);
    let told = repository.run(&["--check"]);
    assert_eq!(told.code, Some(1), "{}", told.err);
    let last = told.err.lines().last().unwrap();
    assert!(last.starts_with("check failed: nothing to change, 1 finding fails; "), "{last}");
    assert!(report(&repository, "github").contains("::error file=compose.yml,line=7"));
    assert!(report(&repository, "junit").contains("<failure message=\"medium: "));
    let gitlab = json(&report(&repository, "gitlab"));
    let issue = gitlab.as_array().unwrap().iter().find(|issue| issue["check_name"] == "env_secrets").unwrap();
    assert_eq!(issue["severity"], "major");
    assert!(report(&repository, "markdown").contains("### harden: `--check` fails\n"));
    repository.run(&["--check", "-q", "--report", "json=one.json"]);
    let merged = repository.run(&["report", "merge", "one.json", "--check", "--format", "text"]);
    assert_eq!(merged.code, Some(1), "a merged report ends as the run did: {}", merged.out);
}
