//! `harden prove --build`, from outside, on projects that people could have: built before and after, run with both images,
//! measured. Runs with `HARDEN_ENGINE=required`, as `tests/prove.rs`; leaves the engine as it was, but for the base images.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on has failed")]
#![expect(clippy::print_stdout, reason = "the figures are to be read")]
#![expect(clippy::disallowed_methods, reason = "tests make their own files and run programs")]

#[path = "builds/bases.rs"]
mod bases;
#[path = "builds/ecosystems.rs"]
mod ecosystems;
#[path = "common/folder.rs"]
mod folder;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use folder::{Folder, Ran};
use serde_json::Value;

/// The base images of the shop.
const SHOP: [&str; 3] = ["debian", "python", "node"];

/// One at a time: they look at the same engine.
static ENGINE: Mutex<()> = Mutex::new(());

/// The engine with these base images, for a test that needs it; none where it is not asked for.
fn engine(bases: &[&str]) -> Option<MutexGuard<'static, ()>> {
    let wanted = std::env::var("HARDEN_ENGINE").is_ok_and(|wanted| wanted == "required");
    let engine = wanted.then(|| ENGINE.lock().unwrap_or_else(PoisonError::into_inner))?;
    bases::stand_in(bases);
    Some(engine)
}

fn here(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/builds").join(path)
}

fn docker(words: &[&str]) -> Ran {
    Ran::of(Command::new("docker").args(words))
}

/// What a run of this process has left: images, containers, directories.
fn left(run: u32) -> String {
    let label = format!("label=harden.prove.owner={run}");
    let mut left = docker(&["image", "ls", "-aq", "--filter", &label]).out;
    left += &docker(&["ps", "-aq", "--filter", &label]).out;
    for entry in fs::read_dir(std::env::temp_dir()).unwrap().flatten() {
        let owner = fs::read_to_string(entry.path().join("owner")).unwrap_or_default();
        if owner.trim() == run.to_string() {
            left += &entry.file_name().to_string_lossy();
        }
    }
    left
}

/// Runs to the end, and requires that nothing is left.
fn prove(folder: &Folder, words: &[&str]) -> Ran {
    let mut command = folder.command(&[&["prove", "--build", "--settle", "2s"], words].concat());
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let run = child.id();
    let ran = Ran::from(child.wait_with_output().unwrap());
    assert_eq!(left(run), "", "{}", ran.err);
    ran
}

/// The files of a folder of `tests/builds`, with what no repository can hold.
fn copied(name: &str, folder: &Folder) {
    let mut open = vec![here(name)];
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        } else {
            folder.put(path.strip_prefix(here(name)).unwrap(), &fs::read_to_string(&path).unwrap());
        }
    }
}

/// Five projects in one.
fn shop() -> Folder {
    let folder = Folder::new(&[]);
    copied("shop", &folder);
    let large = "0123456789abcdef".repeat(20_000);
    for service in ["api", "front", "site"] {
        folder.put(format!("{service}/.git/HEAD"), "ref: refs/heads/main\n");
        for pack in 0..5 {
            folder.put(format!("{service}/.git/objects/pack/{pack}.pack"), &large);
        }
        folder.put(format!("{service}/.env"), "TOKEN=hush-hush\n");
    }
    for module in 0..30 {
        folder.put(format!("front/node_modules/m{module}/index.js"), &large);
    }
    folder.put("api/.venv/bin/python", &large);
    folder.put("api/__pycache__/server.cpython-311.pyc", "0");
    folder
}

fn json(ran: &Ran) -> Value {
    serde_json::from_str(&ran.out).unwrap_or_else(|error| unreachable!("{error}: {ran:?}"))
}

fn number(figures: &Value, name: &str) -> u64 {
    figures[name].as_u64().unwrap_or_else(|| unreachable!("{name} in {figures}"))
}

fn seconds(figures: &Value, name: &str) -> f64 {
    figures[name].as_f64().unwrap_or_else(|| unreachable!("{name} in {figures}"))
}

#[test]
fn what_is_built_does_its_job_and_travels_lighter() {
    let Some(_engine) = engine(&SHOP) else { return };
    let folder = shop();
    let ran = prove(&folder, &["--write", "--format", "json"]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert!(!ran.out.contains("hush-hush") && !ran.err.contains("hush-hush"), "{ran:?}");
    let report = json(&ran);
    for name in ["api", "front", "site", "tool", "worker"] {
        let service = &report["services"][name];
        let (before, after) = (&service["build"]["before"], &service["build"]["after"]);
        assert_eq!(
            (&service["works"], &service["build"]["works"]),
            (&true.into(), &true.into()),
            "{service}"
        );
        // all but `.dockerignore` itself
        assert!(number(after, "image_bytes") <= number(before, "image_bytes") + 4096, "{name}: {service}");
        assert!(
            seconds(before, "build_seconds") > 0.0 && seconds(after, "rebuild_seconds") > 0.0,
            "{service}"
        );
        assert_eq!(service["stop"]["ended"], "clean", "{name}: {service}");
        println!("{name}: {} {before} {after}", service["build"]["touched"]);
    }
    assert!(report["builds_left_out"].is_null() && report["not_built"] == serde_json::json!({}), "{report}");
    let build = |name: &str| report["services"][name]["build"].clone();
    for name in ["api", "front", "site"] {
        let (before, after) = (&build(name)["before"], &build(name)["after"]);
        assert!(number(after, "context_bytes") * 100 < number(before, "context_bytes"), "{}", build(name));
        assert!(number(after, "context_files") < 8 && number(before, "context_files") > 8, "{}", build(name));
        assert!(number(after, "image_bytes") + 1_000_000 < number(before, "image_bytes"), "{}", build(name));
        assert!(folder.text(format!("{name}/.dockerignore")).contains(".env\n"), "{name}");
    }
    assert_eq!(build("api")["touched"], "server.py");
    assert_eq!(build("site")["touched"], "index.html");
    let tool = build("tool");
    let spared = number(&tool["before"], "image_bytes") - number(&tool["after"], "image_bytes");
    assert!(spared > 5_000_000, "lists of packages: {tool}");
    assert_eq!(report["services"]["worker"]["stop_before"]["ended"], "killed");
    assert!(report["services"]["worker"]["stop"]["seconds"].as_f64() < Some(2.0));
    assert!(folder.text("worker/Dockerfile").contains("CMD [\"python3\", \"/srv/main.py\"]"));
    let check = folder.run(&["--check"]);
    assert_eq!(check.code, Some(0), "what was proved is what harden writes: {}", check.err);
    assert_eq!(folder.run(&["prove", "--check"]).code, Some(0));
    what_is_written_works(&folder);
}

/// The project as it is written, started by Compose alone; the bytes of each image.
fn what_is_written_works(folder: &Folder) -> BTreeMap<String, u64> {
    let file = folder.path("compose.yml").display().to_string();
    let name = format!("harden-test-builds-{}", std::process::id());
    let compose = |words: &[&str]| docker(&[&["compose", "-p", &name, "-f", &file], words].concat());
    let up = compose(&["up", "-d", "--build"]);
    let project: Value = serde_yaml::from_str(&folder.text("compose.yml")).unwrap();
    let (mut failed, mut sizes) = (Vec::new(), BTreeMap::new());
    for (service, said) in project["services"].as_object().unwrap() {
        let probe = said["x-harden"]["probe"].as_str().unwrap();
        let works = (0..40).any(|_| {
            thread::sleep(Duration::from_millis(250));
            compose(&["exec", "-T", service, "sh", "-c", probe]).code == Some(0)
        });
        failed.extend((!works).then(|| format!("{service}: {}", compose(&["logs", "-n", "9", service]).out)));
        let size = docker(&["image", "inspect", "-f", "{{.Size}}", &format!("{name}-{service}")]).out;
        sizes.extend(size.trim().parse().ok().map(|size| (service.clone(), size)));
    }
    let start = Instant::now();
    compose(&["stop", "worker"]);
    let took = start.elapsed();
    compose(&["down", "-v", "-t", "1", "--rmi", "local"]);
    assert_eq!(up.code, Some(0), "{}", up.err);
    assert_eq!(failed, Vec::<String>::new());
    assert!(took < Duration::from_secs(3), "it ends when it is told to: {took:?}");
    sizes
}

#[test]
fn a_changed_source_costs_no_installation_any_more() {
    let Some(_engine) = engine(&SHOP) else { return };
    let folder = Folder::new(&[(
        "compose.yml",
        "services:\n  api:\n    build: {context: ., args: {TOKEN: hush-hush}}\n    stop_grace_period: 2s\n    \
         x-harden:\n      probe: python3 -c \"import urllib.request as u; u.urlopen('http://127.0.0.1:8000/')\"\n",
    )]);
    copied("shop/api", &folder);
    let ran = prove(&folder, &["--level", "strict", "--format", "json"]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let report = json(&ran);
    let build = &report["services"]["api"]["build"];
    // the stand-in for pip takes four seconds
    assert!(seconds(&build["before"], "rebuild_seconds") > 4.0, "{build}");
    assert!(seconds(&build["after"], "rebuild_seconds") < 4.0, "{build}");
    assert_eq!(build["touched"], "server.py");
    assert!(report["diff"].as_str().unwrap().contains("+COPY requirements.txt"), "{report}");
    assert!(!folder.path(".dockerignore").exists(), "nothing but the evidence is written");
}

#[test]
fn images_that_fail_are_told_and_not_taken() {
    let Some(_engine) = engine(&SHOP) else { return };
    let folder = Folder::new(&[
        (
            "compose.yml",
            "services:\n  needs:\n    build: ./needs\n    x-harden: {probe: test -e /tmp/up}\n  \
             asks:\n    build: ./asks\n    x-harden: {probe: test -e /tmp/up}\n",
        ),
        ("needs/Dockerfile", "FROM harden-test/debian\nCOPY . /srv\nCMD [\"sh\", \"/srv/run.sh\"]\n"),
        ("needs/run.sh", "cat /srv/.env && touch /tmp/up || exit 3\ntrap 'exit 0' TERM\nsleep 300 & wait\n"),
        ("needs/.env", "A=b\n"),
        (
            "asks/Dockerfile",
            "FROM harden-test/debian\nCOPY . /srv\nRUN sh /srv/make.sh\nCMD [\"sh\", \"/srv/run.sh\"]\n",
        ),
        ("asks/make.sh", "test -e /srv/.git/HEAD || { echo where is the commit; exit 4; }\n"),
        ("asks/run.sh", "touch /tmp/up\ntrap 'exit 0' TERM\nsleep 300 & wait\n"),
        ("asks/.git/HEAD", "ref: refs/heads/main\n"),
    ]);
    let ran = prove(&folder, &["--write", "--format", "json"]);
    assert_eq!(ran.code, Some(1), "{}", ran.err);
    let report = json(&ran);
    let build = |name: &str| &report["services"][name]["build"];
    assert!(build("needs")["why"].as_str().unwrap().contains("it does not work with that image"), "{report}");
    let why = build("asks")["why"].as_str().unwrap();
    assert!(why.starts_with("it cannot be built: a command fails: exit code: 4"), "{why}");
    assert!(why.contains("where is the commit"), "{why}");
    assert!(build("asks")["after"].is_null() && build("needs")["after"].is_object(), "{report}");
    // the services themselves are hardened with the images that they have
    assert_eq!(
        (&report["services"]["needs"]["works"], &report["services"]["asks"]["works"]),
        (&true.into(), &true.into())
    );
    assert!(!report["diff"].as_str().unwrap().contains(".dockerignore"), "{report}");
    assert_eq!(report["builds_left_out"], "a new image fails");
    assert!(ran.err.contains("left out of the diff: a new image fails"), "{}", ran.err);
    assert!(!folder.path("needs/.dockerignore").exists() && !folder.text("compose.yml").contains("init"));
}

#[test]
fn what_cannot_be_built_as_it_is_is_not_compared() {
    let Some(_engine) = engine(&SHOP) else { return };
    let folder = Folder::new(&[
        ("compose.yml", "services:\n  web:\n    build: {context: ., args: {KEY: hush-hush}}\n"),
        ("Dockerfile", "FROM harden-test/debian\nARG KEY\nCOPY . /srv\nRUN echo no $KEY here; exit 5\n"),
        (".env", "A=b\n"),
    ]);
    let ran = prove(&folder, &[]);
    assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""), "{}", ran.err);
    let expected = "the image of `web` cannot be built as it is: a command fails: exit code: 5: no *** here";
    assert!(ran.err.contains(expected) && !ran.err.contains("hush"), "{}", ran.err);
    folder.put("Dockerfile", "FROM harden-test/never-made:1\nCOPY . /srv\nRUN sh /srv/x\n");
    let ran = prove(&folder, &[]);
    assert_eq!(ran.code, Some(2), "{}", ran.err);
    assert!(ran.err.contains("`harden-test/never-made:1` is not on this engine"), "{}", ran.err);
    assert!(!folder.path(".harden").exists());
}

#[test]
fn a_build_ends_when_it_is_told_to_and_a_killed_run_is_tidied_up() {
    let Some(_engine) = engine(&SHOP) else { return };
    let folder = Folder::new(&[
        ("compose.yml", "services:\n  web:\n    build: .\n"),
        ("Dockerfile", "FROM harden-test/debian\nCOPY . /srv\nRUN sleep 12\n"),
        (".env", "A=b\n"),
    ]);
    for (signal, code) in [("-INT", Some(2)), ("-KILL", None)] {
        let mut command = folder.command(&["prove", "--build"]);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let run = child.id();
        let copy = || left(run);
        let end = Instant::now() + Duration::from_secs(60);
        while copy().is_empty() {
            assert!(Instant::now() < end, "nothing was started");
            thread::sleep(Duration::from_millis(100));
        }
        thread::sleep(Duration::from_secs(2));
        Command::new("kill").args([signal, &run.to_string()]).status().unwrap();
        assert_eq!(child.wait().unwrap().code(), code);
        if code.is_none() {
            assert!(!copy().is_empty(), "a killed run leaves what it has made");
            // nobody tells the builder, which ends what it has begun
            thread::sleep(Duration::from_secs(14));
            assert_eq!(folder.run(&["prove", "--clean"]).code, Some(0));
        }
        assert_eq!(copy(), "");
    }
}

#[test]
fn what_is_asked_for_must_fit() {
    let folder = Folder::new(&[("compose.yml", "services: {a: {image: a}}\n")]);
    for words in [["prove", "--build", "--check"], ["prove", "--build", "--clean"]] {
        let ran = folder.run(&words);
        assert_eq!(ran.code, Some(2), "{}", ran.err);
        assert!(ran.err.contains("cannot be used with"), "{}", ran.err);
    }
}
