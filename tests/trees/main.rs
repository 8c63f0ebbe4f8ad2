//! Whole trees from outside: which files are projects, in which order they are told, and what happens to files that
//! several projects share.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "../common/folder.rs"]
mod folder;
mod found;
mod harness;
mod lists;
mod many;
mod shared;
