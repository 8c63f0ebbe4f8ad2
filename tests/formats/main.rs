//! What `--format`, `--report` and `harden report merge` make, from outside: every format against its own rules, and all
//! of them against each other.

#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "a test that cannot go on has failed"
)]

mod cases;
#[cfg(unix)]
#[path = "../common/engine.rs"]
mod engine;
#[cfg(unix)]
#[path = "../common/folder.rs"]
mod folder;
mod harness;
mod merge;
mod official;
mod secrets;
mod sides;
