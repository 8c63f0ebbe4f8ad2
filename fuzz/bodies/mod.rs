//! What each fuzz target does with its input. A finding is a panic.
//!
//! The targets in `fuzz_targets` and the replay in `tests/fuzz.rs` share them, so that a found case is tried by every
//! `cargo test`. None reads or writes anything but a temporary file of its own.

#![allow(dead_code, reason = "each target uses its own part")]
#![allow(
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a finding is a panic, and a target may have files"
)]

pub mod baseline;
pub mod dockerfile;
pub mod edit;
pub mod env;
pub mod interpolation;
pub mod load;
pub mod policy;
pub mod tree;

#[path = "../../tests/common/independent.rs"]
mod independent;
#[path = "../../tests/common/spans.rs"]
mod spans;

use std::fs;
use std::path::PathBuf;

use harden::load::{Diagnostic, Error};
use harden::yaml::Tree;

/// The input as text, in which what is no UTF-8 is replaced.
fn text(data: &[u8]) -> String {
    String::from_utf8_lossy(data).into_owned()
}

/// An error has words, and places that are in its sources.
fn check_error(error: &Error) {
    assert!(!error.to_string().is_empty());
    if let Error::Invalid { tree, diagnostics } = error {
        assert!(!diagnostics.is_empty());
        for diagnostic in diagnostics {
            check_places(tree, diagnostic);
        }
    }
}

fn check_places(tree: &Tree, diagnostic: &Diagnostic) {
    let note = diagnostic.note.as_ref().map(|(place, _)| *place);
    for place in diagnostic.place.into_iter().chain(note) {
        let text = tree.source(place.file).text();
        assert!(text.get(place.span.range()).is_some(), "{:?} is not in the text", place.span);
    }
}

/// Lets a reader of files have the input as one.
fn with_file<T>(data: &[u8], read: impl FnOnce(PathBuf) -> T) -> Option<T> {
    let folder = tempfile::tempdir().ok()?;
    let path = folder.path().join("input");
    fs::write(&path, data).ok()?;
    Some(read(path))
}
