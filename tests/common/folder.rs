//! A folder of files, and the binary run in it, without the caller's settings.
//!
//! Stands beside the rest of `common`, so that a test of the binary does not compile what tests of the library need.

#![expect(clippy::disallowed_methods, reason = "tests make and read their own files, and run the program")]
#![allow(dead_code, reason = "each test target uses its own part")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fs;
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::{TempDir, tempdir};

/// A folder of files.
pub struct Folder(TempDir);

/// What a run did.
#[derive(Debug, PartialEq, Eq)]
pub struct Ran {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Ran {
    /// Runs a command to its end.
    pub fn of(command: &mut Command) -> Self {
        command.output().unwrap().into()
    }

    /// The last line of the words.
    pub fn last(&self) -> &str {
        self.err.lines().last().unwrap_or_default()
    }

    /// The first lines of projects: the file that each begins with, in order.
    pub fn told(&self) -> Vec<&str> {
        let lines = self.err.lines().filter(|line| !line.starts_with([' ', '#']) && line.contains("service"));
        lines
            .filter_map(|line| line.split_once(": "))
            .map(|(name, _)| name)
            .filter(|name| name.ends_with("ml"))
            .collect()
    }
}

impl Folder {
    /// A folder with these files.
    pub fn new(files: &[(&str, &str)]) -> Self {
        let folder = Self(tempdir().unwrap());
        for (name, text) in files {
            folder.put(name, text);
        }
        folder
    }

    /// The path of a file in it.
    pub fn path(&self, name: impl AsRef<Path>) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn put(&self, name: impl AsRef<Path>, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub fn text(&self, name: impl AsRef<Path>) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    /// How many files are in it.
    pub fn count(&self) -> usize {
        fs::read_dir(self.0.path()).unwrap().count()
    }

    /// The binary, to be run here.
    pub fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_harden"));
        command.args(words).current_dir(self.0.path()).stdin(Stdio::null());
        command.env_remove("NO_COLOR").env_remove("CLICOLOR_FORCE").env_remove("GITHUB_ACTIONS");
        command
    }

    /// Runs the binary.
    pub fn run(&self, words: &[&str]) -> Ran {
        Ran::of(&mut self.command(words))
    }

    /// Runs the binary with a pipe on its standard input, which it need not read to the end.
    pub fn run_with(&self, words: &[&str], input: impl AsRef<[u8]>) -> Ran {
        let mut command = self.command(words);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let written = child.stdin.take().unwrap().write_all(input.as_ref());
        assert!(written.is_ok() || written.is_err_and(|error| error.kind() == ErrorKind::BrokenPipe));
        Ran::from(child.wait_with_output().unwrap())
    }
}

impl From<Output> for Ran {
    fn from(Output { status, stdout, stderr }: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Self { code: status.code(), out: text(stdout), err: text(stderr) }
    }
}
