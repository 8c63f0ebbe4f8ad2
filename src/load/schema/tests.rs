//! What is refused and what is said, one line a case.

use super::{Checked, check};
use crate::source::Source;
use crate::yaml::{self, Limits, Tree};

fn parse(text: &str) -> Tree {
    let mut tree = Tree::default();
    if let Err(error) = yaml::parse(&mut tree, Source::new("t.yml", text), &Limits::default()) {
        panic!("{error:?} in {text}");
    }
    tree
}

fn run(text: &str) -> (Tree, Checked) {
    let tree = parse(text);
    let root = tree.documents()[0].root.expect("the case has a document");
    let checked = check(&tree, root, false);
    (tree, checked)
}

fn service(line: &str) -> String {
    format!("services:\n  web:\n    image: x\n    {}\n", line.replace('\n', "\n    "))
}

/// Each error as `line:column message`.
fn errors(text: &str) -> Vec<String> {
    let (tree, checked) = run(text);
    checked.errors.iter().map(|error| render(&tree, error)).collect()
}

fn warnings(text: &str) -> Vec<String> {
    let (tree, checked) = run(text);
    assert_eq!(checked.errors, [], "{text}");
    let help = |warning: &crate::load::Diagnostic| {
        warning.help.as_ref().map(|help| format!(" ({help})")).unwrap_or_default()
    };
    checked.warnings.iter().map(|warning| render(&tree, warning) + &help(warning)).collect()
}

fn render(tree: &Tree, diagnostic: &crate::load::Diagnostic) -> String {
    let at = diagnostic.place.map(|place| tree.source(place.file).line_col(place.span.start));
    let at = at.map(|(line, column)| format!("{line}:{column} ")).unwrap_or_default();
    format!("{at}{}", diagnostic.message)
}

#[test]
fn a_wrong_value_in_a_service_is_named_with_what_was_expected() {
    let cases = [
        ("mem_limit: lots", "4:16 `mem_limit` must be a size such as 512m, found `lots`"),
        ("mem_limit: true", "4:16 `mem_limit` must be a size such as 512m, found `true`"),
        ("mem_limit:", "4:5 `mem_limit` must be a size such as 512m, found nothing"),
        ("mem_limit: [1]", "4:16 `mem_limit` must be a size such as 512m, found a list"),
        ("ports:\n  80: 80", "5:7 `ports` must be a list, found a mapping"),
        ("ports: \"80:80\"", "4:12 `ports` must be a list, found a string"),
        (
            "ports: [80.5]",
            "4:13 item 1 of `ports` must be a port number, a string such as \"8080:80\" or a mapping, found a number",
        ),
        (
            "ports: [80, {target: web}]",
            "4:26 `target` in item 2 of `ports` must be a whole number, found `web`",
        ),
        ("user: 1000", "4:11 `user` must be a string, found a number"),
        ("init: 1", "4:11 `init` must be true or false, found `1`"),
        ("read_only: maybe", "4:16 `read_only` must be true or false, found `maybe`"),
        ("cpus: many", "4:11 `cpus` must be a number such as 1.5, found `many`"),
        ("pids_limit: unlimited", "4:17 `pids_limit` must be a whole number, found `unlimited`"),
        ("environment:", "4:5 `environment` must be a mapping or a list, found nothing"),
        ("environment:\n  - A: s3cret", "5:9 item 1 of `environment` must be a string, found a mapping"),
        ("environment: [5318008]", "4:19 item 1 of `environment` must be a string, found a number"),
        ("environment: {A: [s3cret]}", "4:22 `environment.A` must be a single value, found a list"),
        (
            "build: {context: ., args: s3cret}",
            "4:31 `build.args` must be a mapping or a list, found a string",
        ),
        ("labels: s3cret", "4:13 `labels` must be a mapping or a list, found a string"),
        ("command: {a: s3cret}", "4:14 `command` must be a string or a list, found a mapping"),
        (
            "healthcheck: {interval: 10}",
            "4:29 `healthcheck.interval` must be a duration such as 30s, found `10`",
        ),
        (
            "healthcheck: {interval: soon}",
            "4:29 `healthcheck.interval` must be a duration such as 30s, found `soon`",
        ),
        ("healthcheck: false", "4:18 `healthcheck` must be a mapping, found a boolean"),
        (
            "deploy: {resources: {limits: {memory: 512}}}",
            "4:43 `deploy.resources.limits.memory` must be a size such as 512m, found `512`",
        ),
        ("depends_on: {db: {}}", "4:18 `depends_on.db` needs `condition`"),
        (
            "depends_on: {db: {condition: up}}",
            "4:34 `depends_on.db.condition` must be `service_started`, `service_healthy` or \
             `service_completed_successfully`, found `up`",
        ),
        ("volumes:\n  - source: a\n    target: /a", "5:9 item 1 of `volumes` needs `type`"),
        ("security_opt: [a=b, c, a=b]", "4:28 `security_opt` must not list an item twice"),
        (
            "oom_score_adj: 2000",
            "4:20 `oom_score_adj` must be a whole number from -1000 to 1000, found `2000`",
        ),
        ("ulimits: {nofile: {soft: 1}}", "4:15 `ulimits.nofile` needs `hard`"),
        ("<<: 5", "4:5 `<<` must be a mapping or a list of mappings"),
        ("sysctls: {1: 2}", "4:15 a key must be a string, found `1`"),
        ("cap_drop: ALL", "4:15 `cap_drop` must be a list, found a string"),
        ("develop: {watch: [{path: ., action: x, exec: {command: [1]}}]}", ""),
    ];
    for (line, expected) in cases {
        let errors = errors(&service(line));
        if expected.is_empty() {
            assert_eq!(errors.len(), 2, "{line}: {errors:?}");
            assert!(errors[1].ends_with(
                "item 1 of `exec.command` in item 1 of `develop.watch` must be a string, found a number"
            ));
        } else {
            assert_eq!(errors, [expected], "{line}");
        }
        assert!(
            !format!("{errors:?}").contains("s3cret") && !format!("{errors:?}").contains("5318008"),
            "{errors:?}"
        );
    }
}

#[test]
fn a_wrong_file_is_told_in_one_error() {
    let cases = [
        ("~", "1:1 nothing in this file"),
        ("{}", "1:1 nothing in this file"),
        ("- a\n- b\n", "1:1 the top of a compose file must be a mapping, found a list"),
        ("just words", "1:1 the top of a compose file must be a mapping, found a single value"),
        ("version: \"3\"\n", "1:1 no `services` in this file"),
        ("on: push\njobs: {}\n", "1:1 no `services` in this file"),
        ("web:\n  image: x\n", "1:1 this is the Compose v1 layout: put the services under `services:`"),
        ("services:\n", "1:1 `services` must be a mapping, found nothing"),
        ("services: []\n", "1:11 `services` must be a mapping, found a list"),
        ("services:\n  web:\n", "2:3 service `web` must be a mapping, found nothing"),
        ("services:\n  web: nginx\n", "2:8 service `web` must be a mapping, found a string"),
        ("services:\n  web: 5\n", "2:8 service `web` must be a mapping, found a number"),
        (
            "services:\n  a b: {image: x}\n",
            "2:3 a name in `services` must be made of letters, digits, `.`, `_` and `-`, found `a b`",
        ),
        ("services:\n  8.0: {image: x}\n", "2:3 a key must be a string, found `8.0`"),
        ("services: {a: {image: x}}\nversion: 3.8\n", "2:10 `version` must be a string, found a number"),
        (
            "services: {a: {image: x}}\nvolumes: {d: {driver: 1}}\n",
            "2:23 `driver` of volume `d` must be a string, found a number",
        ),
        (
            "services: {a: {image: x}}\nsecrets: {d: hunter2}\n",
            "2:14 secret `d` must be a mapping, found a string",
        ),
        (
            "services: {a: {image: x}}\nconfigs: {d: {content: 42}}\n",
            "2:24 `content` of config `d` must be a string, found a number",
        ),
        ("services: {a: {image: x}}\ninclude: a.yml\n", "2:10 `include` must be a list, found a string"),
    ];
    for (text, expected) in cases {
        assert_eq!(errors(text), [expected], "{text}");
    }
}

#[test]
fn what_compose_takes_is_taken() {
    let lines = [
        "mem_limit: 512m",
        "mem_limit: 1.5 GB",
        "mem_limit: -1",
        "mem_limit: 0x10000000",
        "mem_limit: 1_000",
        "mem_limit: 1e9",
        "mem_limit: 512MiB",
        "mem_limit: ${MEM:-lots}",
        "cpus: .5",
        "cpus: \"0.5\"",
        "cpus: 1e-1",
        "pids_limit: -1",
        "pids_limit: 0x1",
        "init: yes",
        "init: \"On\"",
        "init: ${X}",
        "tty: n",
        "restart: no",
        "command:",
        "command: []",
        "entrypoint: \"\"",
        "environment: {A: 1, B: true, C: , D: 2020-01-01}",
        "environment: [A=1, A=1]",
        "environment: []",
        "labels: {a: 1, b: null}",
        "ports: [80, \"80:80\", 22:22, {target: \"80\", published: 80}]",
        "expose: [80, 80-90]",
        "tmpfs: /tmp",
        "cap_add: [A, A]",
        "dns: 1.1.1.1",
        "depends_on: {}",
        "depends_on: {a: {condition: $X, required: \"${Y}\"}}",
        "networks: {default: }",
        "networks: []",
        "env_file: [a, {path: b, required: no}]",
        "extra_hosts: {a: [1.1.1.1]}",
        "healthcheck: {interval: 1.5h30m, retries: \"3\"}",
        "healthcheck: {interval: \"0\"}",
        "logging: {options: {max-size: 10, a: null}}",
        "build: {}",
        "deploy:",
        "develop:",
        "deploy: {resources: {limits: {cpus: 0.5, memory: 512m, pids: \"10\"}}}",
        "ulimits: {NOFILE: 10, a: {soft: -1, hard: -1}}",
        "gpus: all",
        "group_add: [1, a]",
        "scale: \"2\"",
        "x-foo: 1",
        "ports: !reset null",
        "mem_limit: !reset",
        "user: !!str 1000",
        "mem_limit: !!int \"1000\"",
        "user: !foo 1000",
        "ports: !override [80]",
        "<<: {user: x}",
        "<<: []",
        "cgroup: ${X}",
        "volumes: [{type: tmpfs, target: /a, tmpfs: {size: 10m, mode: 0755}}]",
        "blkio_config: {device_read_bps: [{path: a, rate: 12mb}]}",
        "post_start: [{command: a}]",
        "provider: {type: a, options: {b: [c, 1]}}",
        "storage_opt: {size: 1}",
        "pid:",
        "models: {a: }",
    ];
    for line in lines {
        assert_eq!(errors(&service(line)), [""; 0], "{line}");
    }
    for text in [
        "services: {}\n",
        "x-a: 1\n",
        "volumes: {a: {}}\n",
        "include: [a.yml]\n",
        "services: {a: !reset null}\n",
    ] {
        assert_eq!(errors(text), [""; 0], "{text}");
    }
}

#[test]
fn merges_and_aliases_are_validated_as_compose_sees_them() {
    let hidden =
        "x-a: &a {mem_limit: lots, user: 5}\nservices:\n  web: {<<: *a, image: x, mem_limit: 1g, user: a}\n";
    assert_eq!(errors(hidden), [""; 0]);
    let shared =
        "x-a: &a {mem_limit: lots}\nservices:\n  a: {<<: *a, image: x}\n  b: {<<: [*a], image: x}\n  c: *a\n";
    assert_eq!(errors(shared), ["1:21 `mem_limit` must be a size such as 512m, found `lots`"]);
    let first = "x-a: &a {user: 5}\nx-b: &b {user: ok, <<: *a}\nservices:\n  a: {<<: [*b, *a], image: x}\n";
    assert_eq!(errors(first), [""; 0]);
    let required = "x-v: &v {type: bind}\nservices:\n  a:\n    image: x\n    volumes: [{<<: *v, source: a, target: /a}]\n";
    assert_eq!(errors(required), [""; 0]);
    let alias = "x-m: &m lots\nservices:\n  a:\n    image: x\n    mem_limit: *m\n";
    assert_eq!(errors(alias), ["5:16 `mem_limit` must be a size such as 512m, found `lots`"]);
}

#[test]
fn unknown_keys_are_warned_about_with_the_nearest_known_one() {
    let cases = [
        ("restrat: always", "4:5 unknown key `restrat` (did you mean `restart`?)"),
        ("Image: x", "4:5 unknown key `Image` (did you mean `image`?)"),
        ("read-only: true", "4:5 unknown key `read-only` (did you mean `read_only`?)"),
        ("memory_limit: 1g", "4:5 unknown key `memory_limit` (did you mean `mem_limit`?)"),
        ("pre_start: []", "4:5 unknown key `pre_start`"),
        ("start_on_create: true", "4:5 unknown key `start_on_create`"),
        ("healthcheck: {tests: a}", "4:19 unknown key `tests` (did you mean `test`?)"),
        ("deploy: {resources: {limit: {}}}", "4:26 unknown key `limit` (did you mean `limits`?)"),
        ("ports: [{targt: 80}]", "4:14 unknown key `targt` (did you mean `target`?)"),
        ("build: {context: ., dockerFile: a}", "4:25 unknown key `dockerFile` (did you mean `dockerfile`?)"),
        ("\"<<\": {user: a}", "4:5 unknown key `<<`"),
    ];
    for (line, expected) in cases {
        assert_eq!(warnings(&service(line)), [expected], "{line}");
    }
    let quiet = [
        "x-a: {b: {1: 2}}",
        "environment: {restrat: a}",
        "labels: {a: b}",
        "logging: {options: {b: c}}",
        "storage_opt: {b: c}",
    ];
    for line in quiet {
        assert_eq!(warnings(&service(line)), [""; 0], "{line}");
    }
}

#[test]
fn what_is_odd_about_a_file_is_said_once() {
    let indent = "1:1 unknown key `db` (if `db` is a service, indent it to put it under `services:`)";
    assert_eq!(warnings("db: {image: y}\nservices: {a: {image: x}}\n"), [indent]);
    assert_eq!(warnings("services: {}\n"), ["1:1 `services` is empty, there is nothing to harden"]);
    assert_eq!(warnings("x-a: {}\n"), ["1:1 no `services` in this file, there is nothing to harden"]);
    assert_eq!(warnings("include: [a.yml]\n"), [""; 0]);
    let shared = "x-a: &a {foo: 1}\nservices:\n  a: {<<: *a, image: x}\n  b: {<<: *a, image: x}\n";
    assert_eq!(warnings(shared), ["1:10 unknown key `foo`"]);
}

#[test]
fn many_errors_are_counted_not_shown() {
    let services: Vec<String> = (0..50).map(|n| format!("  s{n}: {{mem_limit: lots}}\n")).collect();
    let errors = errors(&format!("services:\n{}", services.concat()));
    assert_eq!(errors.len(), 21);
    assert_eq!(errors[20], "and 30 more");
    assert!(errors[0].starts_with("2:"));
}

#[test]
fn an_error_says_what_would_help() {
    let help = |text: &str| run(text).1.errors[0].help.clone().unwrap_or_default();
    assert_eq!(help(&service("user: 1000")), "put it in quotes");
    assert_eq!(help(&service("cap_drop: ALL")), "write it as a list, each item after a `- `");
    assert_eq!(help(&service("ports:")), "give it a value or remove the key");
    assert_eq!(
        help(&service("environment: [{A: b}]")),
        "a `: ` in a text makes it a mapping: put the text in quotes, or write `=`"
    );
    assert_eq!(help("web: {image: x}"), "write `services:` above them and indent them by two");
}

/// A bound that only a quadratic walk would break, not a benchmark.
#[test]
fn ten_thousand_services_are_checked_in_linear_time() {
    let build = |count: usize| {
        let one = |n| {
            format!(
                "  s{n}:\n    <<: *base\n    image: x\n    mem_limit: 1g\n    depends_on: [s0]\n    restrat: no\n"
            )
        };
        let services: String = (0..count).map(one).collect();
        parse(&format!("x-base: &base {{init: true, user: a, environment: {{A: b}}}}\nservices:\n{services}"))
    };
    let time = |tree: &Tree| {
        let start = std::time::Instant::now();
        let checked = check(tree, tree.documents()[0].root.unwrap(), false);
        assert_eq!(checked.errors, []);
        let counted = checked.warnings.last().map(|last| last.message.clone());
        (start.elapsed(), counted.unwrap_or_default())
    };
    // the quickest of three: whatever else the machine does makes single runs slow
    let quickest = |tree: &Tree| (0..3).map(|_| time(tree)).min().unwrap();
    let (few, warned) = quickest(&build(1_000));
    assert_eq!(warned, "and 980 more");
    let (many, warned) = quickest(&build(10_000));
    assert_eq!(warned, "and 9980 more");
    assert!(
        many < few * 40 + std::time::Duration::from_millis(200),
        "{few:?} for 1,000 services, {many:?} for 10,000"
    );
}
