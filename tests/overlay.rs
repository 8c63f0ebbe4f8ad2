//! `--overlay` from outside: the project's files stay as they are, the overlay is made, kept and checked.

use std::error::Error;
use std::fs;
use std::process::{Command, Output, Stdio};

use tempfile::{TempDir, tempdir};

type Outcome = Result<(), Box<dyn Error>>;
type Said = (Option<i32>, String, String);

const PLAIN: &str = "services:\n  web:\n    image: example/web:1.0\n";

/// The binary, in a directory of its own, without the caller's settings.
#[expect(clippy::disallowed_methods, reason = "runs the program under test")]
fn run(dir: &TempDir, words: &[&str]) -> Result<Said, Box<dyn Error>> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_harden"));
    command.args(words).current_dir(dir.path()).env_remove("NO_COLOR").env_remove("CLICOLOR_FORCE");
    let Output { status, stdout, stderr } =
        command.env_remove("GITHUB_ACTIONS").stdin(Stdio::null()).output()?;
    Ok((status.code(), String::from_utf8(stdout)?, String::from_utf8(stderr)?))
}

#[expect(clippy::disallowed_methods, reason = "tests make their own files")]
fn put(dir: &TempDir, name: &str, text: &str) -> std::io::Result<()> {
    fs::write(dir.path().join(name), text)
}

#[expect(clippy::disallowed_methods, reason = "tests read what was written")]
fn text(dir: &TempDir, name: &str) -> std::io::Result<String> {
    fs::read_to_string(dir.path().join(name))
}

#[test]
fn a_new_overlay_is_made_and_then_is_content() -> Outcome {
    let dir = tempdir()?;
    put(&dir, "compose.yml", PLAIN)?;
    let words = |mode| ["compose.yml", "--overlay", "o.yml", mode];
    assert_eq!(run(&dir, &words("--check"))?.0, Some(1), "nothing is there yet");
    let (_, printed, _) = run(&dir, &words("--stdout"))?;
    let (_, diff, _) = run(&dir, &words("--diff"))?;
    assert!(diff.starts_with("--- /dev/null\n+++ b/o.yml\n"), "{diff}");
    assert_eq!(fs::read_dir(dir.path())?.count(), 1, "only `--write` writes");
    let (code, out, err) = run(&dir, &words("--write"))?;
    assert_eq!((code, out.as_str()), (Some(0), ""), "{err}");
    assert!(err.contains("`docker compose -f compose.yml -f o.yml up`"), "{err}");
    assert_eq!(text(&dir, "o.yml")?, printed);
    assert_eq!(text(&dir, "compose.yml")?, PLAIN);
    let (code, _, err) = run(&dir, &words("--check"))?;
    assert_eq!(code, Some(0), "{err}");
    assert_eq!(run(&dir, &words("--write"))?.0, Some(0));
    assert_eq!(text(&dir, "o.yml")?, printed);
    Ok(())
}

#[test]
fn what_the_project_gains_is_missing_until_it_is_written() -> Outcome {
    let dir = tempdir()?;
    put(&dir, "compose.yml", PLAIN)?;
    let overlay = ["--overlay", "o.yml"];
    assert_eq!(run(&dir, &[&overlay[..], &["--write"]].concat())?.0, Some(0));
    let mine = text(&dir, "o.yml")?.replace("  web:\n", "  web:  # mine\n    labels: [a]\n");
    put(&dir, "o.yml", &mine)?;
    put(&dir, "compose.yml", &format!("{PLAIN}  new:\n    image: example/new:1.0\n"))?;
    let (code, _, err) = run(&dir, &[&overlay[..], &["--check"]].concat())?;
    assert_eq!(code, Some(1));
    assert!(err.contains("harden compose.yml --overlay o.yml --write"), "{err}");
    assert_eq!(run(&dir, &[&overlay[..], &["--write"]].concat())?.0, Some(0));
    let written = text(&dir, "o.yml")?;
    assert!(written.starts_with(&mine), "{written}");
    assert!(written.contains("\n\n  new:\n    mem_limit:"), "{written}");
    Ok(())
}

#[test]
fn the_override_file_that_compose_finds_may_be_the_overlay() -> Outcome {
    let dir = tempdir()?;
    put(&dir, "compose.yml", PLAIN)?;
    let words = |mode| ["--overlay", "compose.override.yml", mode];
    assert_eq!(run(&dir, &words("--write"))?.0, Some(0));
    assert_eq!(run(&dir, &words("--check"))?.0, Some(0));
    assert_eq!(run(&dir, &["--check"])?.0, Some(0), "and the project is hardened as Compose finds it");
    assert_eq!(text(&dir, "compose.yml")?, PLAIN);
    Ok(())
}

#[test]
fn an_overlay_in_no_directory_is_an_error_and_leaves_nothing() -> Outcome {
    let dir = tempdir()?;
    put(&dir, "compose.yml", PLAIN)?;
    let (code, _, err) = run(&dir, &["compose.yml", "--overlay", "no/o.yml", "--write"])?;
    assert_eq!(code, Some(2));
    assert!(err.contains("no/o.yml") && err.contains("nothing was written"), "{err}");
    assert_eq!(fs::read_dir(dir.path())?.count(), 1);
    Ok(())
}
