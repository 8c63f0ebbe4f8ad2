//! Diffs of real edits: `git apply` turns the original into the proven text, whatever the file's style.

use std::error::Error;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use harden::report::diff::unified;
use harden::verify::{Verified, prove};
use harden::{edit, load, pipeline};
use tempfile::tempdir;

type Outcome = Result<(), Box<dyn Error>>;

const BLOCK: &str = "# shop\nservices:\n  web:\n    image: example/web:1.0\n\n  # the database\n  db:\n    image: postgres:16\n    volumes:\n      - data:/var/lib/postgresql/data\nvolumes:\n  data:\n";
const FLOW: &str = "services:\n  web: {image: example/web:1.0, security_opt: [seccomp=x.json]}\n  db: {image: \"redis:7\"}\n";

/// The file's source and its proven new text.
fn hardened(text: &str) -> Result<(load::Loaded, Verified), Box<dyn Error>> {
    let options = pipeline::Options::default();
    let mut loaded = load::text("compose.yml", text, &load::Options::default())?;
    let first = pipeline::plan(std::mem::take(&mut loaded.project), &options);
    let second = pipeline::plan(first.project, &options);
    let rewrite =
        edit::rewrite(&loaded.tree, &loaded.services, &first.plan)?.pop().ok_or("nothing to change")?;
    let verified = prove(&loaded.tree, &loaded.services, &first.plan, rewrite, &second.plan)?;
    loaded.project = second.project;
    Ok((loaded, verified))
}

#[expect(clippy::disallowed_methods, reason = "asks git itself whether it takes the diff")]
fn git_apply(dir: &Path, patch: &str) -> Result<(), Box<dyn Error>> {
    let mut git = Command::new("git")
        .args(["apply", "--whitespace=nowarn", "-"])
        .current_dir(dir)
        .env("GIT_CEILING_DIRECTORIES", dir)
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    git.stdin.take().ok_or("no stdin")?.write_all(patch.as_bytes())?;
    let output = git.wait_with_output()?;
    if output.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&output.stderr).into()) }
}

#[expect(clippy::disallowed_methods, reason = "tests make and read their own files")]
fn applied(original: &str, patch: &str) -> Result<String, Box<dyn Error>> {
    let dir = tempdir()?;
    let file = dir.path().join("compose.yml");
    fs::write(&file, original)?;
    git_apply(dir.path(), patch)?;
    Ok(fs::read_to_string(&file)?)
}

/// How many lines a diff adds and removes.
fn size(diff: &str) -> (usize, usize) {
    let body = || diff.lines().skip(2);
    (body().filter(|line| line.starts_with('+')).count(), body().filter(|line| line.starts_with('-')).count())
}

#[test]
fn git_takes_the_diff_of_every_style() -> Outcome {
    let styles = [
        BLOCK.to_owned(),
        FLOW.to_owned(),
        BLOCK.replace('\n', "\r\n"),
        format!("\u{feff}{BLOCK}"),
        BLOCK.trim_end().to_owned(),
        FLOW.trim_end().to_owned(),
        BLOCK.split("volumes:\n  data").next().ok_or("no volumes")?.trim_end().to_owned(),
        BLOCK.replace("    ", "        ").replace("  web", "    web").replace("  db", "    db"),
    ];
    for text in &styles {
        let (loaded, verified) = hardened(text)?;
        let patch = unified(loaded.tree.source(verified.file()), &verified);
        assert_eq!(applied(text, &patch)?, verified.text(), "{patch}");
    }
    Ok(())
}

#[test]
fn it_is_no_longer_than_a_diff_of_the_whole_file() -> Outcome {
    for text in [BLOCK, FLOW, BLOCK.trim_end()] {
        let (loaded, verified) = hardened(text)?;
        let patch = unified(loaded.tree.source(verified.file()), &verified);
        let whole = similar::TextDiff::from_lines(text, verified.text());
        let whole = whole.unified_diff().header("a/compose.yml", "b/compose.yml").to_string();
        assert_eq!(size(&patch), size(&whole), "{patch}\n{whole}");
    }
    Ok(())
}

#[test]
fn carriage_returns_and_a_missing_newline_are_kept() -> Outcome {
    let text = BLOCK.replace('\n', "\r\n");
    let (loaded, verified) = hardened(&text)?;
    let patch = unified(loaded.tree.source(verified.file()), &verified);
    assert!(patch.lines().count() > 3);
    assert!(patch.split('\n').skip(2).filter(|line| line.starts_with('+')).all(|line| line.ends_with('\r')));
    let text = "services:\n  web:\n    image: example/web:1.0";
    let (loaded, verified) = hardened(text)?;
    let patch = unified(loaded.tree.source(verified.file()), &verified);
    assert!(patch.contains("\\ No newline at end of file\n"), "{patch}");
    Ok(())
}
