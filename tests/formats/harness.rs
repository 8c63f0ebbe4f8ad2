//! Runs harden in this process or as a program, and reads what it made.

#![expect(clippy::disallowed_methods, reason = "tests make and read their own files, and run the program")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use clap::Parser;
use harden::cli::Cli;
use harden::run::{Console, Exit, run};
use serde_json::Value;

/// All documents about a whole run.
pub const DOCUMENTS: [&str; 6] = ["json", "sarif", "github", "gitlab", "junit", "markdown"];

/// Everything `--format` takes.
pub const FORMATS: [&str; 8] = ["text", "diff", "json", "sarif", "github", "gitlab", "junit", "markdown"];

/// A file with something to change, a secret, and something a person must decide.
pub const PLAIN: &str =
    "services:\n  web:\n    image: example/web:1.0\n    environment:\n      TOKEN: hush-hush\n";

/// A file that is no Compose file.
pub const BROKEN: &str = "services:\n  web:\n    image: x\n    mem_limit: lots\n";

/// What a run in this process ended with.
pub struct Ran {
    pub exit: Exit,
    pub out: String,
    pub err: String,
}

/// Runs harden here, in the directory of the crate.
pub fn here(words: &[&str]) -> Ran {
    let cli = Cli::try_parse_from(std::iter::once(&"harden").chain(words)).unwrap();
    let request = cli.request().unwrap();
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let exit = run(&request, &mut Console { out: &mut out, err: &mut err, colored_out: false });
    Ran { exit, out: String::from_utf8(out).unwrap(), err: String::from_utf8(err).unwrap() }
}

/// Runs the program in a directory, as if it were not in GitHub Actions.
pub fn program(dir: &Path, words: &[&str]) -> (Option<i32>, String, String) {
    with_env(dir, words, None)
}

/// Runs the program in a directory with `GITHUB_ACTIONS` set.
pub fn on_github(dir: &Path, words: &[&str]) -> (Option<i32>, String, String) {
    with_env(dir, words, Some("true"))
}

fn with_env(dir: &Path, words: &[&str], github: Option<&str>) -> (Option<i32>, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_harden"));
    command.args(words).current_dir(dir).stdin(Stdio::null());
    match github {
        Some(value) => command.env("GITHUB_ACTIONS", value),
        None => command.env_remove("GITHUB_ACTIONS"),
    };
    let output = command.output().unwrap();
    (
        output.status.code(),
        String::from_utf8(output.stdout).unwrap(),
        String::from_utf8(output.stderr).unwrap(),
    )
}

pub fn put(dir: &Path, name: &str, text: &str) {
    fs::write(dir.join(name), text).unwrap();
}

pub fn text(path: impl AsRef<Path>) -> String {
    let path = path.as_ref();
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

pub fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

/// Every case folder: the file to harden, and the options of the case.
pub fn cases() -> Vec<(String, Vec<String>)> {
    let mut cases = Vec::new();
    for group in folders(Path::new("tests/cases")) {
        for case in folders(&group) {
            let args = fs::read_to_string(case.join("args")).unwrap_or_default();
            let args = args.lines().map(|line| format!("--{line}")).collect();
            cases.push((case.join("input.yml").to_str().unwrap().to_owned(), args));
        }
    }
    assert!(cases.len() > 100, "only {} cases", cases.len());
    cases
}

fn folders(path: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path());
    let mut folders: Vec<PathBuf> = entries.filter(|path| path.is_dir()).collect();
    folders.sort();
    folders
}
