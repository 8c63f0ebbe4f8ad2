//! Runs the console blocks of the README and of `tests/cli/*.trycmd` and compares what they print. The walk from nothing to
//! a green pipeline is one story: its files are written and its commands run in turn, in a copy of `examples/start`.
//!
//! `TRYCMD=overwrite cargo test --test cli` writes what the console blocks print now.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test reads, writes and runs things of its own"
)]

use std::fs;
use std::path::Path;
use std::process::Command;

/// The first day of 2026, for which waivers are judged.
const TODAY: &str = "1767225600";

#[test]
fn console_blocks_print_what_they_show() {
    // on GitHub annotations would come by themselves
    let cases = trycmd::TestCases::new();
    cases
        .env("GITHUB_ACTIONS", "false")
        .env("SOURCE_DATE_EPOCH", TODAY)
        .case("README.md")
        .case("tests/cli/*.trycmd");
}

/// The blocks of a section of the README: what they are, and their text.
fn blocks(readme: &str, title: &str) -> Vec<(String, String)> {
    let (_, section) = readme.split_once(&format!("\n## {title}\n")).unwrap();
    let section = section.split("\n## ").next().unwrap();
    let fenced = section.split("\n```").skip(1).step_by(2);
    let block = |text: &str| text.split_once('\n').map(|(kind, body)| (kind.to_owned(), format!("{body}\n")));
    fenced.filter_map(block).collect()
}

/// What a command prints, and how it ends, as console blocks have it.
fn run(folder: &Path, line: &str) -> String {
    let mut words = line.split_whitespace();
    assert_eq!(words.next(), Some("harden"), "{line}");
    let mut command = Command::new(env!("CARGO_BIN_EXE_harden"));
    command.args(words).current_dir(folder).env("SOURCE_DATE_EPOCH", TODAY).env_remove("GITHUB_ACTIONS");
    let output = command.output().unwrap();
    let code = output.status.code().filter(|code| *code != 0).map(|code| format!("? {code}\n"));
    let [out, err] = [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap());
    code.unwrap_or_default() + &out + &err
}

#[test]
fn the_walk_leads_from_nothing_to_a_green_check() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join(".git")).unwrap();
    let start = fs::read_dir(root.join("examples/start")).unwrap().map(|entry| entry.unwrap().path());
    let start: Vec<_> = start.collect();
    assert_eq!(start.len(), 1, "there is only a `docker-compose.yml` to start from");
    fs::copy(start.first().unwrap(), folder.path().join("docker-compose.yml")).unwrap();
    let readme = fs::read_to_string(root.join("README.md")).unwrap();
    let (mut commands, mut last) = (0, String::new());
    for (kind, text) in blocks(&readme, "From nothing to a green pipeline") {
        if text.starts_with("# .harden.yml\n") {
            fs::write(folder.path().join(".harden.yml"), &text).unwrap();
        }
        for told in text.split("$ ").skip(1).filter(|_| kind == "shell-session") {
            let (line, expected) = told.split_once('\n').unwrap();
            last = run(folder.path(), line);
            snapbox::Assert::new().eq(last.trim_end(), expected.trim_end().to_owned());
            commands += 1;
        }
    }
    assert!(commands >= 5 && last.contains("check passed: ") && last.contains("2 waived"), "{last}");
}
