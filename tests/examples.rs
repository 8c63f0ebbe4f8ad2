//! Keeps the hardened twin of each example current: `compose.hardened.yml` is what harden makes of `compose.yml`.
//!
//! `UPDATE=1 cargo test --test examples` writes the twins.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![expect(clippy::disallowed_methods, reason = "tests read and write their own files")]

mod common;

use std::path::Path;
use std::{env, fs};

use common::harden_file;
use harden::pipeline::Options;

fn check(example: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(example);
    let options = Options::default();
    let run = harden_file(&folder.join("compose.yml"), &options).unwrap();
    if env::var_os("UPDATE").is_none() {
        run.check_invariants().unwrap();
    }
    let twin = folder.join("compose.hardened.yml");
    if env::var_os("UPDATE").is_some() {
        fs::write(&twin, run.after()).unwrap();
    }
    assert_eq!(
        fs::read_to_string(&twin).unwrap(),
        run.after(),
        "UPDATE=1 writes the twin of examples/{example}"
    );
}

#[test]
fn shop() {
    check("shop");
}

#[test]
fn anchors() {
    check("anchors");
}

#[test]
fn deploy() {
    check("deploy");
}
