//! `harden explain PASS FILE` tells what the pass decides in a file, on what grounds, and what would change that.

use harden::run::Exit;

use super::harness::{Project, Ran, harden};

const COMPOSE: &str = r#"services:
  web:
    image: nginx:1.27
    volumes:
      - ./site.conf:/etc/nginx/conf.d/site.conf:ro
  api:
    image: ghcr.io/acme/api:3.1
    environment:
      API_TOKEN: hunter2hunter2
  db:
    image: postgres:16
    read_only: false
    ports: ["5432:5432"]
  own:
    build: .
    image: acme/own
"#;

fn project() -> Project {
    let project = Project::new(COMPOSE);
    project.write("Dockerfile", "FROM node:22\nRUN mkdir /app/cache && chown 1000 /app/cache\nUSER 1000\n");
    project
}

fn explain(project: &Project, pass: &str, service: &str, words: &[&str]) -> Ran {
    project.with(&["explain", pass, "--service", service], words)
}

/// What is told, with all white space the same.
fn told(project: &Project, pass: &str, service: &str, words: &[&str]) -> String {
    let ran = explain(project, pass, service, words);
    assert_eq!((ran.exit, ran.err.as_str()), (Exit::Done, ""), "{ran:?}");
    ran.out.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn contains(told: &str, all: &[&str]) {
    for words in all {
        assert!(told.contains(words), "`{words}` is missing in\n{told}");
    }
}

#[test]
fn what_is_written_comes_with_its_grounds_and_its_lines() {
    let told = told(&project(), "read_only", "web", &[]);
    contains(
        &told,
        &[
            "read_only of web (compose.yml:2:3) writes read_only: true",
            "known from the catalogue",
            "+ read_only: true + tmpfs: + - /var/cache/nginx:uid=101,gid=101",
            "image nginx:1.27 (compose.yml:3:12) entry nginx",
            "read_only yes, measured [1]",
            "[1] nginx/docker-nginx",
            "start as 101:101, which `user` writes",
            "volumes `/etc/nginx/conf.d/site.conf` is `./site.conf` of the host, read-only (compose.yml:5:9)",
            "set level: standard (built in)",
            "waive: - service: \"web\" pass: read_only",
        ],
    );
    assert!(!told.contains("init: true") && !told.contains("cap_drop"), "only this pass: {told}");
}

#[test]
fn what_is_held_back_says_what_releases_it_and_the_level_does() {
    let project = project();
    let held = told(&project, "read_only", "api", &[]);
    contains(
        &held,
        &[
            "holds back read_only: true",
            "a guess: the image is not in the catalogue",
            "release facts about the image release it, or `--level strict`",
            "below `images: {ghcr.io/acme/api: …}`: `read_only`, `tmpfs`",
        ],
    );
    assert!(!held.contains("+ read_only"), "{held}");
    contains(
        &told(&project, "read_only", "api", &["--level", "strict"]),
        &["writes read_only: true", "level: strict (`--level`)"],
    );
    contains(
        &told(&project, "exposed_ports", "db", &[]),
        &["release `--level strict` writes ports[0]: 127.0.0.1:5432:5432"],
    );
}

#[test]
fn a_word_of_the_file_and_a_dockerfile_line_are_named() {
    let project = project();
    contains(
        &told(&project, "read_only", "db", &[]),
        &[
            "leaves it the file says read_only: false",
            "read_only false (compose.yml:12:16)",
            "take that line out",
        ],
    );
    contains(&told(&project, "user", "own", &[]), &["Dockerfile:3", "built from Dockerfile:1"]);
}

#[test]
fn the_policy_decides_here_too_and_is_named() {
    let project = project();
    project.write(
        ".harden.yml",
        "level: safe\npasses:\n  mem_limit: {default: 700m}\n  init: false\nwaive:\n  - {service: api, pass: cpus, \
         reason: the import, until: 2026-02-01}\n",
    );
    contains(
        &told(&project, "mem_limit", "api", &[]),
        &[
            "writes mem_limit: 700m",
            "passes.mem_limit.default: 700m (.harden.yml:3:24)",
            "level: safe (.harden.yml:1:8)",
        ],
    );
    contains(
        &told(&project, "mem_limit", "api", &["--no-policy"]),
        &["writes mem_limit: 2g", "level: standard (built in)"],
    );
    contains(
        &told(&project, "cpus", "api", &[]),
        &["waived, until 2026-02-01: the import", "otherwise holds back cpus: 1.0", "where .harden.yml:6:5"],
    );
    contains(
        &told(&project, "init", "api", &[]),
        &["does not run", "passes.init.enabled: false (.harden.yml:4:9)"],
    );
}

#[test]
fn the_waiver_that_is_proposed_waives() {
    let project = project();
    let ran = explain(&project, "cpus", "api", &[]);
    let lines = ran.out.lines().skip_while(|line| line.trim() != "waive:").take(5);
    let policy: Vec<&str> = lines.map(|line| &line[23..]).collect();
    project.write(".harden.yml", &(policy.join("\n") + "\n"));
    contains(&told(&project, "cpus", "api", &[]), &["leaves it waived, until "]);
}

#[test]
fn a_change_that_something_stands_in_the_way_of_says_what() {
    let project = Project::new(
        "services:\n  web:\n    image: nginx:1.27\n    ports: ['80:80']\n    volumes: ['./certs:/etc/nginx/certs:ro']\n",
    );
    contains(
        &told(&project, "user", "web", &[]),
        &[
            "leaves it root reads `/etc/nginx/certs` before it steps down",
            "release take out what stands in its way, as said above",
        ],
    );
}

#[test]
fn other_files_and_variables_count() {
    let project = project();
    project.write("more.yml", "services:\n  api:\n    cpus: ${CPUS:-3}\n");
    project.write("other.env", "CPUS=0\n");
    let (base, more) = (project.path().join("compose.yml"), project.path().join("more.yml"));
    let env = project.path().join("other.env");
    let files =
        ["explain", "cpus", "--service", "api", "-f", base.to_str().unwrap(), "-f", more.to_str().unwrap()];
    let ran = harden(&files);
    contains(&ran.out, &["is there", "more.yml:3:11"]);
    let ran = harden(&[&files[..], &["--env-file", env.to_str().unwrap()]].concat());
    contains(&ran.out, &["leaves it", "cpus: 0"]);
}

#[test]
fn lines_that_several_passes_write_are_nobodys_own() {
    let project = project();
    let overlay = project.path().join("over.yml");
    let told = told(&project, "init", "web", &["--overlay", overlay.to_str().unwrap()]);
    contains(&told, &["writes init: true", "change, together with other passes"]);
    assert!(!told.contains("cap_drop") && !told.contains("without the other passes"), "{told}");
    project
        .write("compose.yml", "services:\n  a:\n    image: redis:7\n    deploy: {resources: {limits: {}}}\n");
    let limits = explain(&project, "cpus", "a", &[]).out;
    assert!(!limits.contains("memory"), "{limits}");
}

#[test]
fn without_a_service_all_are_told_and_no_value_is() {
    let ran = project().with(&["explain", "env_secrets"], &[]);
    for name in ["web", "api", "db", "own"] {
        assert!(ran.out.contains(&format!("env_secrets of {name} ")), "{}", ran.out);
    }
    contains(&ran.out, &["API_TOKEN (compose.yml:9:18)"]);
    assert!(!ran.out.contains("hunter2"), "{}", ran.out);
    let context = project().with(&["explain", "init", "--service", "api"], &[]).out;
    assert!(context.contains("+    init: true") && !context.contains("hunter2"), "{context}");
}

#[test]
fn what_is_not_there_is_said_and_ends_with_2() {
    let project = project();
    let ran = explain(&project, "init", "wbe", &[]);
    assert_eq!((ran.exit, ran.out.as_str()), (Exit::Failed, ""));
    assert_eq!(ran.err, "error: there is no service `wbe`\nhelp: did you mean `web`?\n");
    let ran = explain(&project, "init", "nothing", &[]);
    contains(&ran.err, &["help: there are `web`, `api`, `db`, `own`"]);
    let ran = explain(&project, "readonly", "web", &[]);
    assert_eq!(ran.exit, Exit::Failed);
    contains(&ran.err, &["did you mean `read_only`?"]);
    project.write("compose.yml", "services: [");
    assert_eq!(explain(&project, "init", "web", &[]).exit, Exit::Failed);
}

#[test]
fn shells_complete_the_passes_and_help_stays_short() {
    let script = harden(&["completions", "bash"]).out;
    assert!(script.contains("--service"));
    for pass in harden::passes::ALL {
        assert!(script.contains(pass.meta().id), "{}", pass.meta().id);
    }
    let help = harden(&["explain", "--help"]).err;
    assert!(help.contains("--service") && !help.contains("possible values: privileged"), "{help}");
}
