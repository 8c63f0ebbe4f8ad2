//! `harden prove`, from outside. What needs an engine only runs with `HARDEN_ENGINE=required`, on images of our own that
//! misbehave on purpose, and leaves the engine as it was.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]
#![expect(clippy::disallowed_methods, reason = "tests make their own files and run programs")]

#[path = "prove/servers.rs"]
mod servers;
#[path = "prove/services.rs"]
mod services;

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use harden::load;
use serde_json::Value;
use tempfile::{TempDir, tempdir};

/// One at a time: they look at the same engine.
static ENGINE: Mutex<()> = Mutex::new(());

/// The engine, for a test that needs it; none where it is not asked for.
fn engine() -> Option<MutexGuard<'static, ()>> {
    if std::env::var("HARDEN_ENGINE").is_ok_and(|wanted| wanted == "required") {
        return Some(ENGINE.lock().unwrap_or_else(PoisonError::into_inner));
    }
    None
}

fn here(path: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/prove").join(path)
}

fn prove(folder: &Path, words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_harden"));
    command.arg("prove").args(words).current_dir(folder).stdin(Stdio::null());
    command
}

fn told(command: &mut Command) -> (i32, String, String) {
    let Output { status, stdout, stderr } = command.output().unwrap();
    (status.code().unwrap(), String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
}

fn docker(words: &[&str]) -> String {
    let output = Command::new("docker").args(words).output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

/// Everything in the engine that a run has left whose process is gone, and its directories: others may be at work.
fn left() -> Vec<String> {
    let kinds: [&[&str]; 3] = [&["ps", "-a"], &["volume", "ls"], &["network", "ls"]];
    let format = "{{.Label \"harden.prove.owner\"}} {{.Label \"harden.prove\"}}";
    let words = ["--filter", "label=harden.prove", "--format", format];
    let told: Vec<String> = kinds.iter().map(|kind| docker(&[*kind, &words].concat())).collect();
    let of_the_gone = |line: &&str| line.split(' ').next().is_some_and(|owner| !is_alive(owner));
    let lines = told.iter().flat_map(|told| told.lines());
    let mut left: Vec<String> = lines.filter(of_the_gone).map(str::to_owned).collect();
    for entry in fs::read_dir(std::env::temp_dir()).unwrap().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let owner = fs::read_to_string(entry.path().join("owner")).unwrap_or_default();
        if name.starts_with("harden-prove-") && !is_alive(&owner) {
            left.push(name);
        }
    }
    left
}

fn is_alive(owner: &str) -> bool {
    fs::read_to_string(format!("/proc/{owner}/comm")).is_ok_and(|name| name.trim() == "harden")
}

/// A project of one file.
fn project(text: &str) -> TempDir {
    let dir = tempdir().unwrap();
    fs::write(dir.path().join("compose.yml"), text).unwrap();
    dir
}

/// Builds the images that misbehave, from those of the rig.
fn images() {
    for entry in fs::read_dir(here("images")).unwrap() {
        let path = entry.unwrap().path();
        let tag = format!("harden-test/{}", path.file_name().unwrap().to_str().unwrap());
        let built = Command::new("docker")
            .env("DOCKER_BUILDKIT", "0")
            .args(["build", "-q", "-t", &tag])
            .arg(&path)
            .output()
            .unwrap();
        assert!(built.status.success(), "{tag}: {}", String::from_utf8_lossy(&built.stderr));
    }
}

/// A service that does its job whatever happens.
const PLAIN: &str = "services:\n  web:\n    image: harden-test/deaf\n    stop_grace_period: 1s\n";

#[test]
fn each_misbehaviour_is_diagnosed() {
    let Some(_engine) = engine() else { return };
    images();
    let zoo = fs::read_to_string(here("zoo/compose.yml")).unwrap();
    let dir = project(&zoo);
    let words = ["compose.yml", "--level", "strict", "--settle", "4s", "--format", "json"];
    let (code, out, err) = told(&mut prove(dir.path(), &words));
    assert_eq!(code, 0, "{err}");
    let report: Value = serde_json::from_str(&out).unwrap();
    let of = |service: &str| report["services"][service].clone();
    let kept = |service: &str, pass: &str| {
        let values =
            of(service)["kept"][pass].as_array().unwrap_or_else(|| panic!("{service} {pass}: {err}")).clone();
        let mut values: Vec<String> = values.iter().map(|value| value.as_str().unwrap().to_owned()).collect();
        values.sort();
        values
    };
    // what each is told to need, and nothing more
    assert_eq!(kept("raw", "cap_drop"), ["NET_RAW"]);
    assert_eq!(kept("carrier", "cap_drop"), ["NET_RAW"]);
    assert_eq!(kept("second", "cap_drop"), ["CHOWN", "DAC_OVERRIDE"]);
    assert_eq!(kept("writer", "read_only"), ["/opt/x", "/var/y"]);
    assert!(["256m", "512m"].contains(&kept("hungry", "mem_limit")[0].as_str()), "{}", of("hungry"));
    assert!(of("hungry")["as_planned"]["why"].as_str().unwrap().contains("want of memory"));
    assert!(
        of("first")["dropped"]["init"].as_str().unwrap().contains("must run as process 1"),
        "{}",
        of("first")
    );
    assert_eq!(of("first")["dropped"].as_object().unwrap().len(), 1);
    let pretender = of("pretender");
    assert!(pretender["as_planned"]["why"].as_str().unwrap().contains("its probe fails"), "{pretender}");
    assert_eq!(of("deaf")["as_planned"]["works"], true);
    for (service, ended) in [("deaf", "killed"), ("raw", "clean"), ("first", "clean")] {
        assert_eq!(of(service)["stop"]["ended"], ended, "{service}");
    }
    assert!(of("deaf")["stop"]["seconds"].as_f64() >= Some(2.0), "its grace period: {}", of("deaf"));
    assert_eq!(of("deaf")["stop_before"]["ended"], "killed");
    assert_eq!(report["services"].as_object().unwrap().len(), 8);
    assert!(report["services"].as_object().unwrap().values().all(|service| service["works"] == true));
    assert_eq!(
        fs::read_to_string(dir.path().join("compose.yml")).unwrap(),
        zoo,
        "nothing but the evidence is written"
    );
    evidence_is_used(dir.path());
    assert_eq!(left(), Vec::<String>::new());
}

/// Later runs plan by the evidence, without an engine, until a service is started otherwise.
fn evidence_is_used(folder: &Path) {
    let text = fs::read_to_string(folder.join(".harden/evidence.yml")).unwrap();
    valid(&text);
    assert_eq!(told(prove(folder, &["--check"]).env("PATH", "")).0, 0, "before it is written");
    let harden = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_harden"));
        command.arg("compose.yml").current_dir(folder).stdin(Stdio::null());
        command
    };
    let (code, _, err) = told(harden().args([
        "--write",
        "--only",
        "init,cap_drop,read_only,mem_limit,cpus,pids_limit,user,no_new_privileges,logging",
    ]));
    assert_eq!(code, 0, "{err}");
    let written = fs::read_to_string(folder.join("compose.yml")).unwrap();
    assert!(written.contains("- /opt/x\n") && written.contains("- NET_RAW\n"), "{written}");
    assert_eq!(told(prove(folder, &["--check"]).env("PATH", "")).0, 0, "after it is written");
    let changed = written.replacen("harden-test/first", "harden-test/first:other", 1);
    fs::write(folder.join("compose.yml"), changed).unwrap();
    let (code, _, err) = told(&mut prove(folder, &["--check"]));
    assert!(code == 1 && err.contains("stale evidence for `first`"), "{code}: {err}");
    let (_, _, err) = told(&mut harden());
    assert!(err.contains("the evidence for `first` is stale"), "{err}");
}

/// Whether evidence is what its schema says.
fn valid(text: &str) {
    let evidence: Value = serde_yaml::from_str(text).unwrap();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas/evidence.schema.json");
    let schema: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    jsonschema::validate(&schema, &evidence).unwrap_or_else(|error| panic!("{error}\n{text}"));
}

#[test]
fn what_does_not_work_as_it_is_is_said_and_nothing_is_left() {
    let Some(_engine) = engine() else { return };
    images();
    let text = "services:\n  web:\n    image: harden-test/first\n    environment: {KEY: hush-hush}\n    \
                command: sh -c 'echo cannot log in with hush-hush; exit 3'\n";
    let dir = project(text);
    let (code, out, err) = told(&mut prove(dir.path(), &["compose.yml", "--settle", "2s"]));
    assert_eq!((code, out.as_str()), (2, ""), "{err}");
    assert!(err.contains("does not work as it is: `web`: exit code 3: cannot log in with ***"), "{err}");
    assert!(!err.contains("hush"), "{err}");
    assert!(!dir.path().join(".harden").exists());
    assert_eq!(left(), Vec::<String>::new());
}

#[test]
fn data_of_the_user_is_never_written() {
    let Some(_engine) = engine() else { return };
    images();
    let text = "services:\n  writer:\n    image: harden-test/writer\n    container_name: taken\n    volumes: ['./data:/data', './new:/new']\n  \
                engine:\n    image: harden-test/deaf\n    volumes: ['/var/run/docker.sock:/s']\n";
    let dir = project(text);
    fs::create_dir(dir.path().join("data")).unwrap();
    fs::write(dir.path().join("data/mine"), "mine").unwrap();
    let (code, out, err) = told(&mut prove(dir.path(), &["--settle", "2s", "--only", "init,logging"]));
    assert_eq!(code, 0, "{err}");
    assert!(err.contains("`engine` is not run: `/var/run/docker.sock` is a socket"), "{err}");
    assert!(
        out.contains("+    init: true") && out.matches("init: true").count() == 1,
        "only what was run:\n{out}"
    );
    let names: Vec<_> =
        fs::read_dir(dir.path().join("data")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["mine"], "it starts with a copy of the data, and writes there");
    assert!(!dir.path().join("new").exists());
    assert_eq!(left(), Vec::<String>::new());
}

/// Waits until a run has started something.
fn wait_until_started(run: u32) {
    let end = Instant::now() + Duration::from_secs(90);
    while docker(&["ps", "-q", "--filter", &format!("label=harden.prove.owner={run}")]).trim().is_empty() {
        assert!(Instant::now() < end, "nothing was started");
        thread::sleep(Duration::from_millis(200));
    }
}

#[test]
fn a_killed_run_is_tidied_up_and_one_that_goes_on_is_left_alone() {
    let Some(_engine) = engine() else { return };
    images();
    let dir = project(PLAIN);
    let start = || {
        let mut command = prove(dir.path(), &["--settle", "60s", "-q"]);
        command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    };
    let mut child = start();
    wait_until_started(child.id());
    let (code, _, err) = told(&mut prove(dir.path(), &["--clean"]));
    assert!(code == 0 && err.contains("nothing is left; ") && err.contains(" still go"), "{err}");
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(!left().is_empty(), "a killed run leaves what it has made");
    let (code, _, err) = told(&mut prove(dir.path(), &["--clean"]));
    assert!(code == 0 && err.contains("1 container,") && err.contains("1 directory removed"), "{err}");
    assert_eq!(left(), Vec::<String>::new());
}

#[test]
fn ctrl_c_tidies_up_and_a_second_one_does_not_stop_that() {
    let Some(_engine) = engine() else { return };
    images();
    let dir = project(PLAIN);
    let mut command = prove(dir.path(), &["--settle", "60s"]);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    wait_until_started(child.id());
    for _ in 0..2 {
        Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
        thread::sleep(Duration::from_millis(300));
    }
    let mut words = String::new();
    std::io::Read::read_to_string(&mut child.stderr.take().unwrap(), &mut words).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(2));
    assert!(words.contains("interrupted; what was started is removed"), "{words}");
    assert_eq!(left(), Vec::<String>::new());
}

/// A `docker` that says what it is told to.
#[cfg(unix)]
fn fake(dir: &Path, script: &str) {
    use std::os::unix::fs::PermissionsExt as _;
    let path = dir.join("docker");
    fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
}

#[cfg(unix)]
#[test]
fn what_is_missing_is_told_apart() {
    let engine = "case \"$1\" in version) echo 24.0.7;; *) ";
    let cases = [
        ("", "there is no `docker` command"),
        ("echo 'Cannot connect to the Docker daemon' >&2; exit 1", "no engine answers: Cannot connect"),
        ("echo 'permission denied while trying to connect' >&2; exit 1", "you may not talk to the engine"),
        (
            &format!("{engine} echo \"'compose' is not a docker command\" >&2; exit 1;; esac"),
            "`docker compose` does not work",
        ),
        (
            &format!("{engine} echo 2.3.0;; esac"),
            "the Compose plugin is 2.3.0, and harden needs 2.17 or newer",
        ),
        ("echo 19.3.1", "the engine is 19.3.1, and harden needs 20.10 or newer"),
    ];
    // podman counts otherwise, as the command itself and behind Docker's; a context is Docker's to find
    let cases = cases.into_iter().chain([
        (
            "case \"$1\" in --version) echo podman version 4.3.1;; *) echo 'no such command: compose' >&2; exit 125;; esac",
            "`docker compose` does not work: no such command",
        ),
        (
            "case \"$1\" in version) echo '4.3.1 Podman Engine,';; *) echo 'no compose here' >&2; exit 1;; esac",
            "`docker compose` does not work: no compose here",
        ),
        (
            "case \"$1\" in --version) echo Docker version 28.2.2;; *) echo 'context \"far\": context not found' >&2; exit 1;; esac",
            "no engine answers: context \"far\": context not found",
        ),
    ]);
    for (script, expected) in cases {
        let (dir, path) = (project(PLAIN), tempdir().unwrap());
        if !script.is_empty() {
            fake(path.path(), script);
        }
        let (code, out, err) = told(prove(dir.path(), &["compose.yml"]).env("PATH", path.path()));
        assert_eq!((code, out.as_str()), (2, ""), "{script}: {err}");
        assert!(err.contains(expected), "{script}: {err}");
    }
}

#[test]
fn check_needs_no_engine_and_fails_without_evidence() {
    let dir = project(PLAIN);
    let (code, _, err) = told(prove(dir.path(), &["--check"]).env("PATH", ""));
    assert!(code == 1 && err.contains("there is no evidence for `web`"), "{code}: {err}");
    record(dir.path(), "old", "");
    let (code, _, err) = told(prove(dir.path(), &["--check"]).env("PATH", ""));
    assert!(code == 1 && err.contains("there is stale evidence for `web`"), "{code}: {err}");
    record(dir.path(), &fingerprint(dir.path()), "");
    assert_eq!(told(prove(dir.path(), &["--check"]).env("PATH", "")).0, 0);
}

/// Evidence for the service of [`PLAIN`], made up.
fn record(folder: &Path, config: &str, more: &str) {
    fs::create_dir_all(folder.join(".harden")).unwrap();
    let text = format!(
        "version: 1\nfiles:\n  compose.yml:\n    web:\n      image: harden-test/deaf\n      config: [{config}]\n      \
         engine: 1.2.3\n      date: 2026-01-02\n{more}"
    );
    valid(&text);
    fs::write(folder.join(".harden/evidence.yml"), text).unwrap();
}

fn fingerprint(folder: &Path) -> String {
    let loaded = load::file(&folder.join("compose.yml"), &load::Options::default()).unwrap();
    loaded.project.services[0].fingerprint()
}

#[test]
fn an_ordinary_run_plans_by_evidence() {
    let dir = project(PLAIN);
    let more = "      kept: {cap_drop: [NET_RAW], read_only: [/opt/x], mem_limit: [96m]}\n      \
                dropped: {init: 'exit code 42'}\n";
    record(dir.path(), &fingerprint(dir.path()), more);
    let mut command = Command::new(env!("CARGO_BIN_EXE_harden"));
    command.args(["compose.yml", "-v"]).current_dir(dir.path()).stdin(Stdio::null());
    let (code, out, err) = told(&mut command);
    assert_eq!(code, 0, "{err}");
    for line in ["+    mem_limit: 96m", "+    read_only: true", "+      - /opt/x", "+      - NET_RAW"] {
        assert!(out.contains(line), "{line}:\n{out}");
    }
    assert!(!out.contains("init:") && !out.contains("SETUID"), "{out}");
    assert!(err.contains("`harden-test/deaf` was run with it on 2026-01-02"), "{err}");
    assert!(err.contains("left out by evidence: exit code 42"), "{err}");
}
