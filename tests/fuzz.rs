//! What the fuzz targets found, tried again: every file of `fuzz/regressions/<target>/`, and the seeds that fuzzing begins
//! with. `fuzz/README.md` says how to find more.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![expect(clippy::disallowed_methods, reason = "a test reads its own files")]

#[path = "../fuzz/bodies/mod.rs"]
mod bodies;

use std::fs;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};

/// Every file below a folder, sorted.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() { open.push(path) } else { found.push(path) }
        }
    }
    found.sort();
    found
}

/// Tries what was found, and the files of the tests with these names.
fn replay(target: &str, run: fn(&[u8]), seeds: &[&str]) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let is_seed = |path: &PathBuf| seeds.iter().any(|name| path.ends_with(name));
    let seeds: Vec<PathBuf> =
        ["tests", "fuzz/seeds"].iter().flat_map(|folder| files(&root.join(folder))).filter(is_seed).collect();
    assert!(!seeds.is_empty(), "{target} has no seeds");
    for path in files(&root.join("fuzz/regressions").join(target)).into_iter().chain(seeds) {
        let data = fs::read(&path).unwrap();
        assert!(catch_unwind(|| run(&data)).is_ok(), "{target}: {}", path.display());
    }
}

#[test]
fn trees() {
    replay("tree", bodies::tree::run, &["input.yml", "compose.yml"]);
}

#[test]
fn projects() {
    replay("load", bodies::load::run, &["input.yml", "compose.yml"]);
}

#[test]
fn edits() {
    replay("edit", bodies::edit::run, &["input.yml"]);
}

#[test]
fn interpolation() {
    replay("interpolation", bodies::interpolation::run, &["input.yml", ".env"]);
}

#[test]
fn dockerfiles() {
    replay("dockerfile", bodies::dockerfile::run, &["Dockerfile"]);
}

#[test]
fn policies() {
    replay("policy", bodies::policy::run, &[".harden.yml"]);
}

#[test]
fn baselines() {
    replay("baseline", bodies::baseline::run, &["two-files.yml", "input.yml"]);
}

#[test]
fn files_of_variables() {
    replay("env", bodies::env::run, &[".env"]);
}
