//! A folder of files and the binary run in it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::{TempDir, tempdir};

/// A service that harden knows how to change.
pub const PLAIN: &str = "services:\n  web:\n    image: nginx:1.27\n";

/// A folder of files.
pub struct Tree(TempDir);

/// What a run did.
#[derive(Debug, PartialEq, Eq)]
pub struct Ran {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Ran {
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

impl Tree {
    /// A folder with these files.
    pub fn new(files: &[(&str, &str)]) -> Self {
        let tree = Self(tempdir().unwrap());
        for (name, text) in files {
            tree.put(name, text);
        }
        tree
    }

    pub fn path(&self, name: impl AsRef<Path>) -> PathBuf {
        self.0.path().join(name)
    }

    #[expect(clippy::disallowed_methods, reason = "tests make their own files")]
    pub fn put(&self, name: impl AsRef<Path>, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    #[expect(clippy::disallowed_methods, reason = "tests read what was written")]
    pub fn text(&self, name: impl AsRef<Path>) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    pub fn run(&self, words: &[&str]) -> Ran {
        self.run_with(words, b"")
    }

    /// Runs the binary with this on its standard input.
    #[expect(clippy::disallowed_methods, reason = "runs the program under test")]
    pub fn run_with(&self, words: &[&str], input: &[u8]) -> Ran {
        let mut stdin = tempfile::tempfile().unwrap();
        std::io::Write::write_all(&mut stdin, input).unwrap();
        std::io::Seek::rewind(&mut stdin).unwrap();
        let output = Command::new(env!("CARGO_BIN_EXE_harden"))
            .args(words)
            .current_dir(self.0.path())
            .env_remove("CLICOLOR_FORCE")
            .env_remove("GITHUB_ACTIONS")
            .stdin(Stdio::from(stdin))
            .output()
            .unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Ran { code: output.status.code(), out: text(&output.stdout), err: text(&output.stderr) }
    }

    /// What Compose says of a project; nothing where the plugin is not installed.
    #[expect(clippy::disallowed_methods, reason = "asks Compose")]
    pub fn compose(&self, file: &str) -> Option<Result<(), String>> {
        let version = Command::new("docker").args(["compose", "version"]).output();
        version.ok().filter(|output| output.status.success())?;
        let output = Command::new("docker")
            .args(["compose", "-f"])
            .arg(self.path(file))
            .args(["config", "--quiet"])
            .output()
            .unwrap();
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        Some(if output.status.success() { Ok(()) } else { Err(error) })
    }
}
