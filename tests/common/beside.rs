//! The material beside the crate: real Compose files, the specification's schema, measured facts.

#![expect(clippy::print_stdout, reason = "says when nothing was checked")]
#![allow(dead_code, reason = "each test target uses its own part")]

use std::env;
use std::path::{Path, PathBuf};

/// Whether a test may not pass without the material.
pub fn required() -> bool {
    env::var("HARDEN_CORPUS").is_ok_and(|value| value == "required")
}

/// A file or folder of it; `None`, and a word about it, on a machine that does not have it.
pub fn shared(path: &str) -> Option<PathBuf> {
    let found = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared").join(path);
    let is_there = found.exists();
    assert!(is_there || !required(), "{} is required and not there", found.display());
    if !is_there {
        println!("skipped: there is no {}", found.display());
    }
    is_there.then_some(found)
}
