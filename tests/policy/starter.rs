//! `harden init` and `harden policy show`.

use crate::Repository;

const COMPOSE: &str = "services:\n  api:\n    image: ghcr.io/acme/api:3\n  worker:\n    image: ghcr.io/acme/api:3\n  \
                       web:\n    build: .\n  db:\n    image: postgres:16\n";

/// The examples in a starter with their `#` taken away: each from its first key to the next blank line.
fn examples(text: &str) -> Vec<String> {
    let keys = ["# images:", "# services:", "# passes:", "# waive:"];
    let blocks = text.split("\n\n").map(|block| block.lines().skip_while(|line| !keys.contains(line)));
    let open = blocks.map(|lines| lines.flat_map(|line| [&line[2..], "\n"]).collect::<String>());
    open.filter(|yaml| !yaml.is_empty()).collect()
}

#[test]
fn the_starter_names_what_waits_and_is_a_policy_with_its_comments_taken_away() {
    let repository = Repository::new(&[("compose.yml", COMPOSE)]);
    let told = repository.run(&["init"]);
    assert_eq!((told.code, told.out.as_str()), (Some(0), ""), "{}", told.err);
    let text = repository.text(".harden.yml");
    assert_eq!(text.matches("ghcr.io/acme/api:").count(), 1, "{text}");
    assert!(text.contains("read_only, user of api, worker"), "{text}");
    assert!(text.contains("#   web:") && !text.contains("db"), "{text}");
    assert_eq!(repository.run(&["--check"]).code, Some(1), "as it is, it is a policy that changes nothing");

    let open: String = examples(&text).into_iter().take(2).collect();
    repository.put(".harden.yml", &open);
    let told = repository.run(&["-v"]);
    assert_eq!(told.code, Some(0), "{open}{}", told.err);
    assert!(told.out.contains("user: \"1000:1000\"") && told.out.contains("read_only: true"), "{}", told.out);
    let held = told.err.lines().filter(|line| line.contains("read_only")).count();
    assert!(
        held > 0 && !told.err.contains("held back\n    the image is not in the catalogue"),
        "{}",
        told.err
    );
}

#[test]
fn every_example_in_the_starter_is_valid() {
    let repository = Repository::new(&[("compose.yml", COMPOSE)]);
    repository.run(&["init"]);
    let examples = examples(&repository.text(".harden.yml"));
    assert_eq!(examples.len(), 4, "{examples:?}");
    for yaml in examples {
        repository.put(".harden.yml", &yaml);
        let told = repository.run(&["-q"]);
        assert_eq!(told.code, Some(0), "{yaml}{}", told.err);
    }
}

#[test]
fn nothing_is_overwritten() {
    let repository = Repository::new(&[("compose.yml", COMPOSE), (".harden.yml", "level: safe\n")]);
    let told = repository.run(&["init"]);
    assert_eq!(told.code, Some(2));
    assert!(told.err.contains("`.harden.yml` is there already"), "{}", told.err);
    assert_eq!(repository.text(".harden.yml"), "level: safe\n");
}

#[test]
fn every_value_is_shown_with_its_origin() {
    let compose = "x-harden:\n  passes: {cpus: {default: 2}}\nservices:\n  web:\n    image: nginx:1.27\n    x-harden:\n      level: strict\n";
    let policy = "level: safe\npasses: {cpus: {default: 3}, init: false}\nimages: {ghcr.io/acme/api: {user: '1:1'}}\n\
                  waive:\n  - {service: web, pass: user, reason: hush, until: 2025-01-01}\n";
    let repository = Repository::new(&[("compose.yml", compose), (".harden.yml", policy)]);
    let told = repository.run(&["policy", "show"]);
    assert_eq!(told.code, Some(0), "{}", told.err);
    let rows: Vec<Vec<&str>> = told.out.lines().map(|line| line.split_whitespace().collect()).collect();
    for row in [
        &["level", "safe", ".harden.yml:1:8"][..],
        &["fail_on", "none", "built", "in"],
        &["passes.cpus.default", "2.0", "compose.yml:2:28"],
        &["passes.init.enabled", "false", ".harden.yml:2:36"],
        &["passes.logging.max_size", "10m", "built", "in"],
        &["services.web.level", "strict", "compose.yml:7:14"],
        &["images.ghcr.io/acme/api", "user", ".harden.yml:3:10"],
        &["user", "of", "web,", "ran", "out", "on", "2025-01-01:", "hush", "(.harden.yml:5:5)"],
    ] {
        assert!(rows.iter().any(|shown| shown == row), "{row:?}\n{}", told.out);
    }
}
