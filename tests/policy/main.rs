//! The policy from outside: its schema, waivers and their days, what fails `--check`, and bad input.

#![allow(
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "a test that cannot go on has failed"
)]

mod baseline;
mod check;
mod schema;
mod starter;

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use tempfile::{TempDir, tempdir};

/// A folder with files in it, taken for a repository.
pub(crate) struct Repository(TempDir);

/// What a run gave back.
pub(crate) struct Told {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

#[expect(clippy::disallowed_methods, reason = "tests make, read and run things of their own")]
impl Repository {
    pub(crate) fn new(files: &[(&str, &str)]) -> Self {
        let made = Self(tempdir().unwrap());
        fs::create_dir(made.path().join(".git")).unwrap();
        for (name, text) in files {
            made.put(name, text);
        }
        made
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn put(&self, name: &str, text: &str) {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub(crate) fn text(&self, name: &str) -> Option<String> {
        fs::read_to_string(self.path().join(name)).ok()
    }

    /// Runs harden here, as on a day.
    pub(crate) fn on(&self, day: &str, words: &[&str]) -> Told {
        let mut command = Command::new(env!("CARGO_BIN_EXE_harden"));
        command.args(words).current_dir(self.path()).stdin(Stdio::null());
        command.env("HOME", self.path()).env_remove("NO_COLOR").env_remove("GITHUB_ACTIONS");
        let day: jiff::civil::Date = day.parse().unwrap();
        let epoch = day.to_zoned(jiff::tz::TimeZone::UTC).unwrap().timestamp().as_second();
        let output = command.env("SOURCE_DATE_EPOCH", epoch.to_string()).output().unwrap();
        Told {
            code: output.status.code(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    pub(crate) fn run(&self, words: &[&str]) -> Told {
        self.on("2026-01-01", words)
    }
}
