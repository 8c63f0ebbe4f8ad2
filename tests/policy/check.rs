//! What `--check` makes of a policy: waivers and their days, advice that fails, entries without a use, bad input.

use crate::Repository;

const COMPOSE: &str =
    "services:\n  db:\n    image: postgres:16\n    environment:\n      POSTGRES_PASSWORD: hush-hush\n";

const WAIVED: &str = "waive:\n  - service: db\n    pass: read_only\n    reason: an extension writes, see OPS-12\n    until: 2026-03-01\n";

/// The file as harden writes it, with and without a policy.
fn hardened(policy: &str) -> Repository {
    let repository = Repository::new(&[("compose.yml", COMPOSE), (".harden.yml", policy)]);
    let told = repository.run(&["--write", "-q"]);
    assert_eq!(told.code, Some(0), "{}", told.err);
    repository
}

#[test]
fn a_waiver_holds_warns_and_runs_out() {
    let repository = hardened(WAIVED);
    assert!(!repository.text("compose.yml").contains("read_only"));
    let told = repository.on("2026-01-01", &["--check"]);
    assert_eq!(told.code, Some(0), "{}", told.err);
    assert!(told.err.contains("1 waived"), "{}", told.err);
    assert!(told.err.contains("an extension writes, see OPS-12, until 2026-03-01"), "{}", told.err);
    assert!(!told.err.contains("warning"), "{}", told.err);

    let told = repository.on("2026-02-15", &["--check"]);
    assert_eq!(told.code, Some(0), "{}", told.err);
    assert!(told.err.contains("warning: the waiver of `read_only` for `db` ends in 14 days"), "{}", told.err);
    assert!(told.err.contains(".harden.yml:2:5"), "{}", told.err);
    let told = repository.on("2026-03-01", &["--check"]);
    assert_eq!(told.code, Some(0), "the last day counts: {}", told.err);

    let told = repository.on("2026-03-02", &["--check"]);
    assert_eq!(told.code, Some(1), "{}", told.err);
    assert!(
        told.err.contains("error: the waiver of `read_only` for `db` ran out on 2026-03-01"),
        "{}",
        told.err
    );
    let told = repository.on("2026-03-02", &["--check", "-q"]);
    assert!(told.code == Some(1) && told.err.contains("ran out"), "{}", told.err);
}

#[test]
fn a_waiver_that_ran_out_over_advice_fails_too() {
    let waiver = "waive: [{service: db, pass: env_secrets, reason: a trial, until: 2026-03-01}]\n";
    let repository = hardened(waiver);
    assert_eq!(repository.on("2026-03-01", &["--check"]).code, Some(0));
    let told = repository.on("2026-03-02", &["--check"]);
    assert!(told.code == Some(1) && told.err.contains("`env_secrets` for `db` ran out"), "{}", told.err);
}

#[test]
fn no_secret_is_shown() {
    let repository = hardened(WAIVED);
    for words in [&["--check", "-v"][..], &["--check", "--format", "json"], &["--check", "--format", "sarif"]]
    {
        let told = repository.on("2026-03-02", words);
        assert!(!told.err.contains("hush") && !told.out.contains("hush"), "{}{}", told.out, told.err);
    }
}

#[test]
fn reports_carry_the_waiver() {
    let repository = Repository::new(&[("compose.yml", COMPOSE), (".harden.yml", WAIVED)]);
    let told = repository.run(&["--check", "--format", "json"]);
    let report: serde_json::Value = serde_json::from_str(&told.out).unwrap();
    let decisions = report["projects"][0]["services"][0]["decisions"].as_array().unwrap();
    let waived = decisions.iter().find(|decision| decision["pass"] == "read_only").unwrap();
    assert_eq!(waived["waiver"]["reason"], "an extension writes, see OPS-12");
    assert_eq!(waived["waiver"]["until"], "2026-03-01");
    assert_eq!(waived["outcome"]["kind"], "apply", "what would have been done");
    assert!(waived.get("edits").is_none(), "and is not");
    assert_eq!(report["summary"]["counts"]["waived"], 1);
    let told = repository.run(&["--check", "--format", "sarif"]);
    let sarif: serde_json::Value = serde_json::from_str(&told.out).unwrap();
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    let suppressed =
        |result: &&serde_json::Value| result["suppressions"].as_array().is_some_and(|all| !all.is_empty());
    let suppressed: Vec<_> = results.iter().filter(suppressed).collect();
    assert_eq!(suppressed.len(), 1);
    assert_eq!(
        suppressed[0]["suppressions"][0]["justification"],
        "an extension writes, see OPS-12 (until 2026-03-01)"
    );
}

#[test]
fn advice_fails_from_the_severity_that_the_policy_names() {
    let repository = hardened("fail_on: none\n");
    assert_eq!(repository.run(&["--check"]).code, Some(0));
    repository.put(".harden.yml", "fail_on: high\npasses: {env_secrets: {severity: medium}}\n");
    assert_eq!(repository.run(&["--check"]).code, Some(0));
    repository.put(".harden.yml", "fail_on: high\npasses: {env_secrets: {severity: high}}\n");
    let told = repository.run(&["--check"]);
    assert_eq!(told.code, Some(1), "{}", told.err);
    assert!(told.err.contains("`env_secrets` of `db`"), "{}", told.err);
    assert_eq!(repository.run(&["--check", "--no-policy"]).code, Some(0));
    repository.put(
        ".harden.yml",
        "fail_on: high\npasses: {env_secrets: {severity: high}}\n\
         waive: [{service: db, pass: env_secrets, reason: made by the test}]\n",
    );
    assert_eq!(repository.run(&["--check"]).code, Some(0));
}

#[test]
fn a_project_that_is_seen_only_in_part_is_never_judged() {
    let compose = format!("include: ['oci://registry.example/app']\n{COMPOSE}");
    let repository = Repository::new(&[("compose.yml", &compose)]);
    let told = repository.run(&["--check"]);
    assert_eq!(told.code, Some(2), "there are changes, too: {}", told.err);
    let last = told.err.lines().last().unwrap();
    assert!(last.starts_with("check undecided: ") && last.contains("1 only partly seen"), "{last}");
    repository.run(&["--check", "-q", "--report", "json=one.json"]);
    assert_eq!(repository.run(&["report", "merge", "one.json", "--check"]).code, Some(2));
}

#[test]
fn what_nobody_has_a_use_for_is_told_once_for_all_projects() {
    let policy = "services: {web: {level: safe}, dbs: {level: safe}}\nimages: {ghcr.io/acme/api: {user: '1:1'}}\n\
                  waive:\n  - {service: db, pass: init, reason: x}\n  - {service: db, pass: privileged, reason: x}\n";
    let web = "services:\n  web:\n    image: nginx:1.27\n";
    let repository =
        Repository::new(&[("a/compose.yml", COMPOSE), ("b/compose.yml", web), (".harden.yml", policy)]);
    let told = repository.run(&["a/compose.yml", "b/compose.yml"]);
    assert_eq!(told.code, Some(0), "{}", told.err);
    let lines: Vec<&str> = told.err.lines().filter(|line| line.starts_with("warning")).collect();
    assert_eq!(
        lines,
        [
            "warning: there is no service `dbs`",
            "warning: no service uses the image `ghcr.io/acme/api`",
            "warning: nothing needs the waiver of `privileged` for `db`",
        ],
        "{}",
        told.err
    );
}

#[test]
fn bad_input_is_told_at_its_place_and_nothing_is_written() {
    let cases = [
        ("passes: {memlimit: {}}\n", ".harden.yml:1:10", "did you mean `mem_limit`?"),
        ("waive: [{service: db, pass: init}]\n", ".harden.yml:1:9", "a waiver needs a `reason`"),
        (
            "waive: [{service: db, pass: init, reason: x, until: 2026-02-30}]\n",
            ":1:53",
            "must be a day such as",
        ),
        ("fail_on: critical\n", ".harden.yml:1:10", "`none`, `low`, `medium` or `high`"),
        ("level: [safe\n", ".harden.yml:", "error"),
        ("level: safe\n---\nlevel: strict\n", ".harden.yml:3:1", "a policy is one document"),
    ];
    for (policy, place, words) in cases {
        let repository = Repository::new(&[("compose.yml", COMPOSE), (".harden.yml", policy)]);
        for mode in ["--write", "--check", "--diff"] {
            let told = repository.run(&[mode]);
            assert_eq!((told.code, told.out.as_str()), (Some(2), ""), "{policy}{}", told.err);
            assert!(told.err.contains(place) && told.err.contains(words), "{policy}{}", told.err);
        }
        assert_eq!(repository.text("compose.yml"), COMPOSE);
    }
    let repository = Repository::new(&[("compose.yml", COMPOSE)]);
    let told = repository.run(&["--policy", "gone.yml"]);
    assert_eq!(told.code, Some(2));
    assert!(told.err.contains("cannot read `gone.yml`"), "{}", told.err);
}

#[test]
fn the_command_line_goes_before_the_policy() {
    let policy = "level: safe\npasses: {init: false}\n";
    let repository = Repository::new(&[("compose.yml", COMPOSE), (".harden.yml", policy)]);
    let safe = repository.run(&["-q"]).out;
    assert!(!safe.contains("mem_limit") && !safe.contains("init: true"), "{safe}");
    let standard = repository.run(&["-q", "--level", "standard"]).out;
    assert!(standard.contains("mem_limit") && !standard.contains("init: true"), "{standard}");
    assert!(repository.run(&["-q", "--only", "init"]).out.contains("init: true"));
    assert!(repository.run(&["-q", "--no-policy"]).out.contains("init: true"));
}

#[test]
fn a_policy_of_the_folder_above_is_found_and_another_can_be_named() {
    let repository = Repository::new(&[
        ("shop/compose.yml", COMPOSE),
        (".harden.yml", "passes: {mem_limit: {default: 700m}}\n"),
        ("other.yml", "passes: {mem_limit: {default: 800m}}\n"),
    ]);
    let found = repository.run(&["shop/compose.yml", "-v"]);
    assert!(found.out.contains("mem_limit: 700m") && found.err.contains(".harden.yml:1:31"), "{}", found.err);
    let named = repository.run(&["shop/compose.yml", "--policy", "other.yml", "-q"]);
    assert!(named.out.contains("mem_limit: 800m"), "{}", named.out);
}
