//! What a run leaves behind when something goes wrong in the middle of it: each file is the old one or the new one, whole,
//! with its mode, owner and attributes, and what is told is true.
//!
//! What needs `strace`, the right to mount, or minutes only runs with `HARDEN_FAULTS=required`, as `.ci/run` sets it, and
//! says so where it does not run.

#![cfg(target_os = "linux")]
#![expect(clippy::disallowed_methods, reason = "tests make their own files, and run programs")]
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test that cannot go on has failed, and says what it did"
)]

#[path = "../common/folder.rs"]
mod folder;

mod disk;
mod files;
mod harness;
mod kill;
mod large;
mod names;
mod refuse;
mod rights;
mod twice;
