//! Where an `x-harden` holds: in an override file, in a service that is extended, in an included file. The nearest wins.

use crate::Repository;
use crate::folder::Ran;

/// The memory limit and the waived passes that each service ends with: those of `policy show`.
fn shown(repository: &Repository) -> Vec<String> {
    let told = repository.run(&["policy", "show"]);
    assert_eq!(told.code, Some(0), "{}", told.err);
    let lines = told.out.lines().filter(|line| line.contains("mem_limit.default") || line.starts_with("  "));
    lines.map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
}

fn service(name: &str, more: &str) -> String {
    format!("services:\n  {name}:\n    image: ghcr.io/acme/{name}:1\n{more}")
}

/// The lines that a run adds to the files, without their indentation.
fn added(told: &Ran) -> Vec<&str> {
    told.out.lines().filter_map(|line| line.strip_prefix("+  ")).map(str::trim).collect()
}

const SIZE: &str = "    x-harden: {passes: {mem_limit: {default: 700m}}}\n";

#[test]
fn an_override_file_goes_before_the_file_that_it_lies_over() {
    let over = "x-harden:\n  passes: {cpus: {default: 3}}\nservices:\n  web:\n    x-harden:\n      passes: {mem_limit: {default: \
                900m}}\n      waive:\n        init: {reason: the override says so}\n";
    let base = service("web", SIZE) + "x-harden: {passes: {cpus: {default: 2}, pids_limit: {default: 99}}}\n";
    let repository = Repository::new(&[("compose.yml", &base), ("compose.override.yml", over)]);
    let rows = shown(&repository);
    assert!(
        rows.contains(&"services.web.passes.mem_limit.default 900m compose.override.yml:6:37".to_owned()),
        "{rows:?}"
    );
    assert!(
        rows.iter().any(|row| row.starts_with("init of web, for ever: the override says so")),
        "{rows:?}"
    );
    let told = repository.run(&[]);
    let added = added(&told);
    for line in ["mem_limit: 900m", "cpus: 3.0", "pids_limit: 99"] {
        assert!(added.contains(&line), "{line}: {added:?}");
    }
    assert!(!told.out.contains("init: true"), "{}", told.out);
}

#[test]
fn what_the_nearer_of_two_waivers_says_is_shown() {
    let words = |reason: &str| format!("    x-harden: {{waive: {{init: {{reason: {reason}}}}}}}\n");
    let base = service("web", &words("far"));
    let over = format!("services:\n  web:\n{}", words("near"));
    let repository = Repository::new(&[("compose.yml", &base), ("compose.override.yml", &over)]);
    let told = repository.run(&["--check"]);
    assert!(told.err.contains("    near\n      init  web") && !told.err.contains("far"), "{}", told.err);
}

#[test]
fn a_service_takes_over_what_the_one_that_it_extends_says() {
    let own = "    x-harden: {passes: {mem_limit: {default: 800m}}}\n";
    let base = "services:\n  base:\n    image: ghcr.io/acme/web:1\n    x-harden:\n      passes: {mem_limit: {default: \
                700m}, cpus: {default: 2}}\n      waive: {init: {reason: it brings its own}}\n";
    let compose = format!(
        "services:\n  web:\n    extends: {{file: base.yml, service: base}}\n{own}  job:\n    extends: {{file: base.yml, \
         service: base}}\n"
    );
    let repository = Repository::new(&[("compose.yml", &compose), ("base.yml", base)]);
    let told = repository.run(&["policy", "show"]);
    for (key, value, at) in [
        ("services.web.passes.mem_limit.default", "800m", "compose.yml:4:46"),
        ("services.web.passes.cpus.default", "2.0", "base.yml:5:60"),
        ("services.job.passes.mem_limit.default", "700m", "base.yml:5:37"),
    ] {
        let row = told.out.lines().find(|line| line.starts_with(key)).unwrap_or_default();
        assert!(row.contains(value) && row.ends_with(at), "{key}: {}", told.out);
    }
    let told = repository.run(&["--check"]);
    assert!(told.err.contains("it brings its own\n      init  web, job"), "{}", told.err);
    assert!(!told.err.contains("warning"), "{}", told.err);
}

#[test]
fn a_fault_in_an_extended_service_is_told_once() {
    let base = "services:\n  base:\n    image: x\n    x-harden: {passes: {memlimit: false}}\n";
    let compose = "services:\n  a: {extends: {file: base.yml, service: base}}\n  b: {extends: {file: base.yml, \
                   service: base}}\n";
    let repository = Repository::new(&[("compose.yml", compose), ("base.yml", base)]);
    let told = repository.run(&["--check"]);
    assert_eq!((told.code, told.err.matches("error: ").count()), (Some(2), 1), "{}", told.err);
    assert!(
        told.err.contains("base.yml:4:25") && told.err.contains("did you mean `mem_limit`?"),
        "{}",
        told.err
    );
}

#[test]
fn the_top_of_an_included_file_speaks_for_the_services_of_that_file() {
    let included = "x-harden:\n  level: safe\n  fail_on: low\n  passes: {mem_limit: {default: 700m}, init: false}\n  waive:\n    - \
                    {service: '*', pass: cpus, reason: theirs}\n"
        .to_owned()
        + &service("db", "");
    let deeper = "x-harden: {passes: {mem_limit: {default: 800m}}}\n".to_owned() + &service("log", "");
    let main = "include: [db/compose.yml]\nx-harden: {passes: {mem_limit: {default: 600m}}}\n".to_owned()
        + &service("web", "");
    let included = "include: [log.yml]\n".to_owned() + &included;
    let repository =
        Repository::new(&[("compose.yml", &main), ("db/compose.yml", &included), ("db/log.yml", &deeper)]);
    let rows = shown(&repository);
    for row in [
        "passes.mem_limit.default 600m compose.yml:2:42",
        "services.db.passes.mem_limit.default 700m db/compose.yml:5:33",
        "services.log.passes.mem_limit.default 800m db/log.yml:1:42",
    ] {
        assert!(rows.iter().any(|shown| shown == row), "{row}: {rows:#?}");
    }
    assert!(!rows.iter().any(|row| row.starts_with("services.web.")), "{rows:#?}");
    let told = repository.run(&["--check", "--format", "json"]);
    let report: serde_json::Value = serde_json::from_str(&told.out).unwrap();
    let services = report["projects"][0]["services"].as_array().unwrap();
    for service in services {
        let is_web = service["name"] == "web";
        assert_eq!(service["level"], if is_web { "standard" } else { "safe" }, "{}", service["name"]);
        for decision in service["decisions"].as_array().unwrap() {
            match decision["pass"].as_str().unwrap() {
                "cpus" => assert_eq!(decision.get("waiver").is_some(), !is_web),
                "init" => assert_eq!(decision["outcome"]["reason"] == "switched_off", !is_web),
                "healthcheck" => assert_eq!(decision["check"] == "fails", !is_web, "{decision:#}"),
                _ => {}
            }
        }
    }
    assert!(!told.err.contains("warning"), "{}", told.err);
}

#[test]
fn the_top_of_a_file_that_only_lends_a_service_is_not_read_and_that_is_told() {
    let base = "x-harden: {level: strict}\n".to_owned() + &service("base", "");
    let compose = "services:\n  web: {extends: {file: base.yml, service: base}}\n";
    let repository = Repository::new(&[("compose.yml", compose), ("base.yml", &base)]);
    let told = repository.run(&[]);
    assert_eq!(told.code, Some(0), "{}", told.err);
    assert!(
        told.err.contains("warning: `x-harden` at the top of a file that only lends services is not read\n --> base.yml:1:11"),
        "{}",
        told.err
    );
}
