//! `harden drift`, from outside. Each folder of `tests/drift` is a project, and what a `docker` that is none says of its
//! containers; what needs an engine only runs with `HARDEN_ENGINE=required`, and leaves the engine as it was.

#![cfg(unix)]
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]
#![expect(clippy::disallowed_methods, reason = "tests make their own files and run programs")]

#[path = "common/engine.rs"]
mod engine;
#[path = "common/folder.rs"]
mod folder;

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

use engine::{Staged, cases};
use folder::{Folder, Ran};
use serde_json::Value;

fn read(path: impl AsRef<Path>) -> String {
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.as_ref().display()))
}

fn names() -> Vec<String> {
    let entries = fs::read_dir(cases()).unwrap().map(|entry| entry.unwrap());
    let folders = entries.filter(|entry| entry.path().is_dir());
    let mut names: Vec<String> =
        folders.map(|entry| entry.file_name().to_str().unwrap().to_owned()).collect();
    names.sort();
    names
}

#[test]
fn each_case_is_told_as_it_should_be() {
    let names = names();
    assert!(names.len() >= 5, "{names:?}");
    for name in names {
        let expected = cases().join(&name).join("expected.txt");
        let args = fs::read_to_string(cases().join(&name).join("args")).unwrap_or_default();
        let ran = Staged::case(&name).run(&args.split_whitespace().collect::<Vec<_>>());
        let told = format!("{}\n--- words\n{}--- exit {}\n", ran.out, ran.err, ran.code.unwrap());
        if std::env::var_os("UPDATE").is_some() {
            fs::write(&expected, &told).unwrap();
        }
        assert_eq!(told, read(expected), "{name}");
        assert!(!told.contains("hush"), "{name}: the value of a variable is told");
    }
}

#[test]
fn every_format_tells_the_same_and_none_changes_the_exit_code() {
    let staged = Staged::case("unhardened");
    let schema: Value =
        serde_json::from_str(&read(Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas/report.schema.json")))
            .unwrap();
    let of = |format: &str| {
        let ran = staged.run(&["--format", format]);
        assert_eq!(ran.code, Some(1), "{format}: {}", ran.err);
        assert!(ran.last().starts_with("check failed: "), "{format}: {}", ran.err);
        assert!(!ran.out.contains("hush") && !ran.err.contains("hush"), "{format}");
        ran.out
    };
    let json: Value = serde_json::from_str(&of("json")).unwrap();
    jsonschema::validate(&schema, &json).unwrap_or_else(|error| panic!("{error}\n{json:#}"));
    assert_eq!(
        (json["mode"].as_str(), json["projects"][0]["runs_as"].as_str()),
        (Some("drift"), Some("shop"))
    );
    let decisions = json["projects"][0]["services"][0]["decisions"].as_array().unwrap().clone();
    let differing = decisions.iter().filter(|one| one["outcome"]["kind"] == "differs").count();
    assert!(differing > 7, "{decisions:#?}");
    sarif(&of("sarif"), differing);
    let github = of("github");
    assert!(github.starts_with("::error file=compose.yml,line="), "{github}");
    assert!(
        github.contains("does not run as it is written::`docker compose up -d --force-recreate`"),
        "{github}"
    );
    let gitlab: Value = serde_json::from_str(&of("gitlab")).unwrap();
    assert_eq!(gitlab.as_array().unwrap().len(), differing);
    let junit = of("junit");
    assert_eq!(junit.matches("<failure ").count(), differing, "{junit}");
    let markdown = of("markdown");
    assert!(
        markdown.contains("between what runs and what is written") && markdown.contains("`mem_limit`"),
        "{markdown}"
    );
    let ran = staged.run(&["--format", "diff"]);
    assert!(ran.code == Some(2) && ran.err.contains("there is no diff"), "{}", ran.err);
}

fn sarif(text: &str, differing: usize) {
    let log: Value = serde_json::from_str(text).unwrap();
    let run = &log["runs"][0];
    let results = run["results"].as_array().unwrap();
    assert_eq!(results.len(), differing);
    for result in results {
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(run["tool"]["driver"]["rules"][index]["id"], result["ruleId"]);
        assert!(result["ruleId"].as_str().unwrap().starts_with("drift/"), "{result}");
        assert_eq!(result["level"], "error");
    }
}

#[test]
fn reports_are_written_and_can_be_merged() {
    let staged = Staged::case("unhardened");
    let ran = staged.run(&["-q", "--report", "json=a.json", "--report", "junit=a.xml"]);
    assert_eq!((ran.code, ran.err.as_str()), (Some(1), ""));
    assert!(staged.0.text("a.xml").contains("<failure "));
    let merged = staged.0.run(&["report", "merge", "a.json", "--format", "text", "--check"]);
    assert_eq!(merged.code, Some(1), "{}", merged.err);
    assert_eq!(merged.out, ran.out, "the text is the same, whenever it is made");
}

#[test]
fn without_an_engine_there_is_no_verdict() {
    let staged = Staged::case("same");
    let ran = Ran::of(staged.command(&[]).env("PATH", "/nowhere"));
    assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""));
    assert!(ran.err.contains("there is no `docker` command"), "{}", ran.err);
    staged.0.put("bin/docker", "#!/bin/sh\ncase $1 in version) echo 24.0.7;; compose) echo 2.26.1;; *) echo it is gone >&2; exit 1;; esac\n");
    let ran = staged.run(&["--format", "json"]);
    assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""));
    assert!(ran.err.contains("it is gone; nothing was compared"), "{}", ran.err);
}

#[test]
fn the_name_that_a_file_was_started_under_is_found() {
    let staged = Staged::case("same");
    let file = staged.0.path("compose.yml").canonicalize().unwrap();
    staged.0.put("bin/started", &format!("other\t/srv/x.yml\nshop\t{}\n", file.display()));
    let ran = staged.run(&["-p", "typo", "--format", "json"]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.err.contains("the project `typo` of `compose.yml` has no container here"), "{}", ran.err);
    assert!(ran.err.contains("the same file was started as `shop`: `--project-name shop`"), "{}", ran.err);
    assert!(ran.last().starts_with("check undecided"), "{}", ran.err);
    let report: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(report["projects"][0]["status"], "failed");
    // from standard input, and by another name
    let mut command = staged.command(&["-", "-p", "shop"]);
    command.stdin(fs::File::open(&file).unwrap());
    assert_eq!(Ran::of(&mut command).code, Some(0));
}

#[test]
fn several_projects_are_one_report_and_the_worst_counts() {
    let staged = Staged::case("same");
    let text = staged.0.text("compose.yml");
    staged.0.put("there/compose.yml", &text);
    staged.0.put("gone/compose.yml", &text.replace("name: shop", "name: gone"));
    let ran = staged.run(&["there", "gone"]);
    assert_eq!(ran.code, Some(2), "{}", ran.err);
    assert!(ran.out.contains("there/compose.yml (project `shop`): runs as it is written"), "{}", ran.out);
    assert!(ran.last().contains("1 not compared"), "{}", ran.err);
    let ran = staged.run(&["there", "gone", "-p", "shop"]);
    assert!(ran.code == Some(2) && ran.err.contains("`--project-name` takes one project"), "{}", ran.err);
}

/// A project that a real engine runs, removed in the end.
struct Real {
    folder: Folder,
    name: String,
    images: Vec<String>,
}

impl Real {
    /// None where no engine is asked for.
    fn new(what: &str) -> Option<Self> {
        let wanted = std::env::var("HARDEN_ENGINE").is_ok_and(|wanted| wanted == "required");
        let name = format!("harden-drift-{what}-{}", std::process::id());
        wanted.then(|| Self { folder: Folder::new(&[]), name, images: Vec::new() })
    }

    /// Runs `docker` in the folder of the project; what it prints.
    fn docker(&self, words: &[&str]) -> String {
        let mut command = Command::new("docker");
        command.args(words).current_dir(self.folder.path("")).env("DOCKER_BUILDKIT", "0");
        let output = command.output().unwrap();
        assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    fn up(&self, file: &str, more: &[&str]) {
        let words = ["compose", "-p", &self.name, "-f", file, "up", "-d"];
        self.docker(&[&words, more].concat());
    }

    /// What is told of a file: the exit code, and the keys that differ, by service.
    fn drift(&self, file: &str) -> (i32, String) {
        let ran = self.folder.run(&["drift", file, "-p", &self.name, "--format", "json"]);
        assert!(!ran.out.contains("hush") && !ran.err.contains("hush"));
        let report: Value =
            serde_json::from_str(&ran.out).unwrap_or_else(|error| panic!("{error}: {}", ran.err));
        let mut keys = String::new();
        for service in report["projects"][0]["services"].as_array().unwrap() {
            for decision in service["decisions"].as_array().unwrap() {
                for one in decision["outcome"]["differences"].as_array().into_iter().flatten() {
                    let _ = write!(
                        keys,
                        "{}.{} ",
                        service["name"].as_str().unwrap(),
                        one["key"].as_str().unwrap()
                    );
                }
            }
        }
        (ran.code.unwrap(), keys.trim_end().to_owned())
    }

    /// The id of the only container of a service.
    fn container(&self, service: &str) -> String {
        self.docker(&["compose", "-p", &self.name, "ps", "-q", service]).trim().to_owned()
    }
}

impl Drop for Real {
    fn drop(&mut self) {
        let down = ["compose", "-p", &self.name, "down", "-v", "--remove-orphans", "-t", "0"];
        let _ = Command::new("docker").args(down).output();
        for image in &self.images {
            let _ = Command::new("docker").args(["rmi", "-f", image]).output();
        }
    }
}

const HARDENED: &str = "services:
  web:
    image: rig/base
    command: sleep 1000
    environment: {KEY: hush-hush}
    stop_grace_period: 0s
    mem_limit: 64m
    cpus: 0.5
    pids_limit: 50
    init: true
    user: '1000:1000'
    read_only: true
    tmpfs: [/tmp, '/run:uid=1000,size=1m']
    cap_drop: [ALL]
    cap_add: [CHOWN]
    security_opt: [no-new-privileges:true]
    logging: {driver: json-file, options: {max-size: 10m, max-file: '3'}}
";

const PLAIN: &str = "services:
  web:
    image: rig/base
    command: sleep 1000
    environment: {KEY: hush-hush}
    stop_grace_period: 0s
";

#[test]
fn what_an_engine_runs_is_compared() {
    let Some(real) = Real::new("run") else { return };
    real.folder.put("compose.yml", HARDENED);
    real.folder.put("plain.yml", PLAIN);
    real.folder.put("two.yml", &format!("{PLAIN}  more:\n    image: rig/base\n    command: sleep 1000\n"));
    assert_eq!(real.folder.run(&["drift", "-p", &real.name]).code, Some(2), "nothing runs yet");
    real.up("compose.yml", &[]);
    assert_eq!(real.drift("compose.yml"), (0, String::new()), "as it was started");
    real.docker(&[
        "update",
        "--memory",
        "80m",
        "--memory-swap",
        "160m",
        "--pids-limit",
        "70",
        &real.container("web"),
    ]);
    assert_eq!(real.drift("compose.yml"), (1, "web.mem_limit web.pids_limit".to_owned()), "changed by hand");
    // the help is right: without `--force-recreate` Compose sees no reason
    real.up("compose.yml", &[]);
    assert_eq!(real.drift("compose.yml").0, 1, "Compose does not see it");
    real.up("compose.yml", &["--force-recreate", "web"]);
    assert_eq!(real.drift("compose.yml"), (0, String::new()), "made again");
    real.docker(&["compose", "-p", &real.name, "-f", "plain.yml", "run", "-d", "web", "sleep", "500"]);
    assert_eq!(real.drift("compose.yml"), (0, String::new()), "a one-off is not looked at");
    real.up("two.yml", &[]);
    let all = "web.mem_limit web.cpus web.pids_limit web.init web.user web.read_only web.tmpfs web.tmpfs web.cap_drop \
               web.security_opt web.logging.options.max-file web.logging.options.max-size more.services";
    assert_eq!(
        real.drift("compose.yml"),
        (1, all.to_owned()),
        "started without hardening, and with a stranger"
    );
    assert_eq!(real.drift("two.yml"), (0, String::new()), "the file as it was started");
}

#[test]
fn what_compose_spells_otherwise_is_no_difference() {
    let Some(mut real) = Real::new("odd") else { return };
    // what Compose calls what it builds
    real.images.push(format!("{}-d", real.name));
    real.folder.put("compose.yml", include_str!("drift/odd.yml"));
    real.folder.put("Dockerfile", "FROM rig/base\nUSER 33:33\n");
    real.folder.put("profile.json", "{\"defaultAction\": \"SCMP_ACT_ALLOW\"}");
    real.folder.put(".env", "MEM=96m\n");
    real.folder.put("key.txt", "hush\n");
    real.folder.put("data/file", "");
    real.up("compose.yml", &[]);
    assert_eq!(real.drift("compose.yml"), (0, String::new()));
    let text = real
        .folder
        .text("compose.yml")
        .replace("      - /etc/hostname:/hn/\n", "")
        .replace("    ipc: host\n", "");
    real.folder.put("next.yml", &text.replace("user: nobody", "user: root"));
    assert_eq!(
        real.drift("next.yml"),
        (1, "a.volumes b.user b.ipc".to_owned()),
        "what the file no longer has"
    );
}

#[test]
fn an_image_that_was_replaced_since_is_told() {
    let Some(mut real) = Real::new("image") else { return };
    let image = format!("{}:test", real.name);
    real.images.push(image.clone());
    real.folder.put("compose.yml", &PLAIN.replace("rig/base", &image));
    real.docker(&["tag", "rig/base", &image]);
    real.up("compose.yml", &["--scale", "web=2"]);
    assert_eq!(real.drift("compose.yml"), (0, String::new()));
    real.folder.put("Dockerfile", "FROM rig/base\nUSER 1000:1000\n");
    let built = Command::new("docker")
        .env("DOCKER_BUILDKIT", "0")
        .args(["build", "-q", "-t", &image, "."])
        .current_dir(real.folder.path(""))
        .status()
        .unwrap();
    assert!(built.success());
    assert_eq!(real.drift("compose.yml"), (1, "web.image".to_owned()));
    real.up("compose.yml", &[]);
    assert_eq!(
        real.drift("compose.yml"),
        (0, String::new()),
        "the user of the image is not asked for by the file"
    );
}
