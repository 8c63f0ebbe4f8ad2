//! The policy from outside: its schema, waivers and their days, what fails `--check`, and bad input.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "a test that cannot go on has failed"
)]

mod baseline;
mod check;
#[path = "../common/folder.rs"]
mod folder;
mod nearest;
mod schema;
mod shown;
mod starter;

use std::fs;
use std::ops::Deref;

use folder::{Folder, Ran};

/// A folder with files in it, taken for a repository.
pub(crate) struct Repository(Folder);

impl Repository {
    pub(crate) fn new(files: &[(&str, &str)]) -> Self {
        let made = Folder::new(files);
        fs::create_dir(made.path(".git")).unwrap();
        Self(made)
    }

    /// Runs harden here, as on a day.
    pub(crate) fn on(&self, day: &str, words: &[&str]) -> Ran {
        let day: jiff::civil::Date = day.parse().unwrap();
        let epoch = day.to_zoned(jiff::tz::TimeZone::UTC).unwrap().timestamp().as_second();
        let mut command = self.command(words);
        Ran::of(command.env("HOME", self.path("")).env("SOURCE_DATE_EPOCH", epoch.to_string()))
    }

    pub(crate) fn run(&self, words: &[&str]) -> Ran {
        self.on("2026-01-01", words)
    }
}

impl Deref for Repository {
    type Target = Folder;

    fn deref(&self) -> &Folder {
        &self.0
    }
}
