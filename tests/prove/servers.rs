//! The servers of the rig, run by `harden prove`: all of them go on working, and none keeps more rights than it was measured
//! to need (`facts/containers.md` beside the rig).

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use tempfile::tempdir;

use super::{engine, here, left, prove, told};

/// What each server needs for a start as root; and, where an init has to signal a server that has stepped down, KILL.
const NEEDED: [(&str, &[&str]); 5] = [
    ("postgres", &["DAC_OVERRIDE", "KILL", "SETGID", "SETUID"]),
    ("redis", &["DAC_OVERRIDE", "KILL", "SETGID", "SETUID"]),
    ("nginx", &["CHOWN", "KILL", "SETGID", "SETUID"]),
    ("mariadb", &["DAC_OVERRIDE", "KILL", "SETGID", "SETUID"]),
    ("rabbitmq", &["DAC_OVERRIDE", "KILL", "SETGID", "SETUID"]),
];

/// The rig; without it, a run that requires an engine has failed.
fn rig() -> PathBuf {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/rig");
    assert!(path.join("stack/compose.yml").exists(), "{} is required and not there", path.display());
    path
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let (path, to) = (entry.as_ref().unwrap().path(), to.join(entry.unwrap().file_name()));
        if path.is_dir() {
            copy(&path, &to);
        } else {
            fs::copy(&path, &to).unwrap();
        }
    }
}

/// Proves a project in a copy of its folder, and requires that every service works.
fn proved(folder: &Path, words: &[&str]) -> Value {
    let dir = tempdir().unwrap();
    copy(folder, dir.path());
    let common = ["compose.yml", "--skip", "user", "--settle", "3s", "--format", "json", "--timeout", "20m"];
    let (code, out, err) = told(&mut prove(dir.path(), &[&common, words].concat()));
    assert_eq!(code, 0, "{err}");
    let report: Value = serde_json::from_str(&out).unwrap();
    for (name, service) in report["services"].as_object().unwrap() {
        assert_eq!(service["works"], true, "{name}: {err}");
    }
    assert!(!out.contains("-secret"), "no value of an environment is told");
    assert_eq!(left(), Vec::<String>::new());
    report
}

fn has_few_capabilities(report: &Value) {
    for (name, needed) in NEEDED {
        let kept = report["services"][name]["kept"]["cap_drop"].as_array();
        let kept =
            kept.unwrap_or_else(|| panic!("`{name}` keeps its capabilities: {}", report["services"][name]));
        let kept: BTreeSet<&str> = kept.iter().map(|cap| cap.as_str().unwrap()).collect();
        let mut needed: BTreeSet<&str> = needed.iter().copied().collect();
        // and CHOWN where memory is mounted that belongs to root, as measured
        let memory = report["services"][name]["kept"]["read_only"].as_array();
        if memory.is_some_and(|memory| memory.iter().any(|path| path.as_str() != Some("/tmp"))) {
            needed.insert("CHOWN");
        }
        assert!(kept.is_subset(&needed), "{name}: {kept:?}");
        assert!(kept.contains("SETUID"), "{name} steps down: {kept:?}");
    }
}

#[test]
fn a_stack_of_real_servers_goes_on_working() {
    let Some(_engine) = engine() else { return };
    let report = proved(&rig().join("stack"), &[]);
    assert_eq!(report["services"].as_object().unwrap().len(), 8);
    has_few_capabilities(&report);
    for (name, _) in NEEDED {
        let service = &report["services"][name];
        assert!(service["kept"]["read_only"].is_array() && service["kept"]["init"].is_array(), "{service}");
        assert_eq!(service["stop"]["ended"], "clean", "{name}");
    }
}

#[test]
fn servers_of_which_nothing_is_known_are_found_out() {
    let Some(_engine) = engine() else { return };
    rig();
    has_few_capabilities(&proved(&here("servers"), &["--no-catalogue"]));
}
