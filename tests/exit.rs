//! The binary from outside: exit codes, what goes to which stream, and that a failure writes nothing.

use std::error::Error;
use std::fs;
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use tempfile::{TempDir, tempdir};

type Outcome = Result<(), Box<dyn Error>>;

const PLAIN: &str =
    "services:\n  web:\n    image: example/web:1.0\n    environment:\n      TOKEN: hush-hush\n";
const BROKEN: &str = "services:\n  web:\n    image: x\n    mem_limit: lots\n";

/// The binary, in a directory of its own, without the caller's settings.
#[expect(clippy::disallowed_methods, reason = "runs the program under test")]
fn harden(dir: &TempDir, words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_harden"));
    command.args(words).current_dir(dir.path()).env_remove("NO_COLOR").env_remove("CLICOLOR_FORCE");
    command.env_remove("GITHUB_ACTIONS");
    command
}

fn run(dir: &TempDir, words: &[&str]) -> Result<(Option<i32>, String, String), Box<dyn Error>> {
    let Output { status, stdout, stderr } = harden(dir, words).stdin(Stdio::null()).output()?;
    Ok((status.code(), String::from_utf8(stdout)?, String::from_utf8(stderr)?))
}

fn run_with(
    dir: &TempDir,
    words: &[&str],
    input: &str,
) -> Result<(Option<i32>, String, String), Box<dyn Error>> {
    let mut child =
        harden(dir, words).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    child.stdin.take().ok_or("no stdin")?.write_all(input.as_bytes())?;
    let Output { status, stdout, stderr } = child.wait_with_output()?;
    Ok((status.code(), String::from_utf8(stdout)?, String::from_utf8(stderr)?))
}

#[expect(clippy::disallowed_methods, reason = "tests make their own files")]
fn put(dir: &TempDir, name: &str, text: &str) -> std::io::Result<()> {
    fs::write(dir.path().join(name), text)
}

#[expect(clippy::disallowed_methods, reason = "tests read what was written")]
fn text(path: &Path) -> std::io::Result<String> {
    fs::read_to_string(path)
}

#[test]
fn write_then_check_passes_and_a_second_write_changes_nothing() -> Outcome {
    let dir = tempdir()?;
    put(&dir, "compose.yml", PLAIN)?;
    let (code, out, _) = run(&dir, &["--check"])?;
    assert_eq!((code, out.as_str()), (Some(1), ""), "drift, and no data without --diff");
    let (code, out, err) = run(&dir, &["--write"])?;
    assert_eq!((code, out.as_str()), (Some(0), ""), "{err}");
    let written = text(&dir.path().join("compose.yml"))?;
    assert!(written.starts_with(PLAIN) && written.len() > PLAIN.len(), "{written}");
    let (code, _, err) = run(&dir, &["--check"])?;
    assert_eq!(code, Some(0), "{err}");
    assert_eq!(run(&dir, &["--write"])?.0, Some(0));
    assert_eq!(text(&dir.path().join("compose.yml"))?, written);
    Ok(())
}

#[test]
fn diff_is_the_default_and_never_changes_the_exit_code() -> Outcome {
    let dir = tempdir()?;
    put(&dir, "compose.yml", PLAIN)?;
    let (code, out, err) = run(&dir, &["compose.yml"])?;
    assert_eq!(code, Some(0));
    assert!(out.starts_with("--- a/compose.yml\n+++ b/compose.yml\n@@ "), "{out}");
    assert!(err.starts_with("compose.yml: 1 service, "), "{err}");
    assert!(!err.contains("hush-hush") && !err.contains('\u{1b}'), "{err}");
    let (code, checked, _) = run(&dir, &["compose.yml", "--diff", "--check"])?;
    assert_eq!((code, checked), (Some(1), out), "prints and fails");
    assert_eq!(text(&dir.path().join("compose.yml"))?, PLAIN);
    Ok(())
}

#[test]
fn quiet_is_silent_unless_something_is_wrong() -> Outcome {
    let dir = tempdir()?;
    put(&dir, "compose.yml", PLAIN)?;
    put(&dir, "broken.yml", BROKEN)?;
    assert_eq!(run(&dir, &["-q", "--write", "compose.yml"])?, (Some(0), String::new(), String::new()));
    let (code, _, err) = run(&dir, &["-q", "--check", "broken.yml"])?;
    assert_eq!(code, Some(2));
    assert!(err.contains("broken.yml:4:16"), "{err}");
    Ok(())
}

#[test]
fn standard_input_goes_to_standard_output() -> Outcome {
    let dir = tempdir()?;
    let (code, out, _) = run_with(&dir, &["-"], PLAIN)?;
    assert_eq!(code, Some(0));
    assert!(out.starts_with(PLAIN) && out.contains("pids_limit"), "{out}");
    let (code, again, err) = run_with(&dir, &["-"], &out)?;
    assert_eq!((code, again), (Some(0), out), "{err}");
    assert_eq!(run_with(&dir, &["-", "--check"], PLAIN)?.0, Some(1));
    assert!(run_with(&dir, &["-", "--diff"], PLAIN)?.1.starts_with("--- a/stdin\n"));
    Ok(())
}

#[test]
fn one_bad_file_keeps_all_others_from_being_written() -> Outcome {
    let dir = tempdir()?;
    put(&dir, "good.yml", PLAIN)?;
    put(&dir, "broken.yml", BROKEN)?;
    let (code, _, err) = run(&dir, &["good.yml", "broken.yml", "--write"])?;
    assert_eq!(code, Some(2));
    assert!(err.contains("nothing was written"), "{err}");
    assert_eq!(text(&dir.path().join("good.yml"))?, PLAIN);
    let (code, out, _) = run(&dir, &["good.yml", "broken.yml"])?;
    assert_eq!(code, Some(2));
    assert!(out.contains("+++ b/good.yml"), "the others are still shown: {out}");
    Ok(())
}

#[test]
fn several_files_are_all_written() -> Outcome {
    let dir = tempdir()?;
    for name in ["one.yml", "two.yml"] {
        put(&dir, name, PLAIN)?;
    }
    assert_eq!(run(&dir, &["one.yml", "two.yml", "--write"])?.0, Some(0));
    assert_ne!(text(&dir.path().join("one.yml"))?, PLAIN);
    assert_eq!(text(&dir.path().join("one.yml"))?, text(&dir.path().join("two.yml"))?);
    Ok(())
}

#[test]
fn output_goes_to_another_file_and_leaves_the_first_alone() -> Outcome {
    let dir = tempdir()?;
    put(&dir, "compose.yml", PLAIN)?;
    let (code, out, _) = run(&dir, &["compose.yml", "-o", "new.yml"])?;
    assert_eq!((code, out.as_str()), (Some(0), ""));
    assert_eq!(text(&dir.path().join("compose.yml"))?, PLAIN);
    let (_, printed, _) = run(&dir, &["compose.yml", "--stdout"])?;
    assert_eq!(text(&dir.path().join("new.yml"))?, printed);
    assert_eq!(run(&dir, &["compose.yml", "-o", "no/such/dir.yml"])?.0, Some(2));
    Ok(())
}

#[test]
fn a_project_seen_in_part_never_passes_the_check() -> Outcome {
    let dir = tempdir()?;
    put(&dir, "compose.yml", "services:\n  web:\n    extends: {file: base.yml, service: web}\n")?;
    let (code, _, err) = run(&dir, &["--check"])?;
    assert_eq!(code, Some(2), "{err}");
    assert!(err.contains("cannot read `base.yml`"), "{err}");
    Ok(())
}

#[test]
fn usage_errors_are_two_and_help_is_none() -> Outcome {
    let dir = tempdir()?;
    assert_eq!(run(&dir, &["--nonsense"])?.0, Some(2));
    let (code, _, err) = run(&dir, &[])?;
    assert_eq!(code, Some(2));
    assert!(
        err.contains("`compose.yaml`, `compose.yml`, `docker-compose.yaml`, `docker-compose.yml`"),
        "{err}"
    );
    for words in [&["--help"][..], &["--version"], &["passes"], &["explain", "init"], &["schema", "compose"]]
    {
        let (code, out, err) = run(&dir, words)?;
        assert_eq!((code, err.as_str()), (Some(0), ""), "{words:?}");
        assert!(!out.is_empty(), "{words:?}");
    }
    let (code, _, err) = run(&dir, &["explain", "readonly"])?;
    assert_eq!(code, Some(2));
    assert!(err.contains("did you mean `read_only`?"), "{err}");
    Ok(())
}

#[test]
fn the_first_default_name_is_used_and_the_other_named() -> Outcome {
    let dir = tempdir()?;
    put(&dir, "docker-compose.yml", PLAIN)?;
    put(&dir, "compose.yaml", PLAIN)?;
    let (code, out, err) = run(&dir, &[])?;
    assert_eq!(code, Some(0));
    assert!(out.starts_with("--- a/compose.yaml\n"), "{out}");
    assert!(err.contains("found both `compose.yaml` and `docker-compose.yml`"), "{err}");
    Ok(())
}

#[test]
fn colours_come_when_asked_for() -> Outcome {
    let dir = tempdir()?;
    put(&dir, "compose.yml", PLAIN)?;
    let (_, out, err) = run(&dir, &["--color", "always"])?;
    assert!(out.contains('\u{1b}') && err.contains('\u{1b}'));
    let (_, out, err) = run(&dir, &["--color", "never"])?;
    assert!(!out.contains('\u{1b}') && !err.contains('\u{1b}'));
    let (_, out, _) = run(&dir, &["--color", "always", "--stdout"])?;
    assert!(!out.contains('\u{1b}'), "a compose file has no colours");
    Ok(())
}

#[test]
fn a_reader_that_went_away_is_no_error() -> Outcome {
    let dir = tempdir()?;
    let names = (0..3000).map(|at| at.to_string()).collect::<Vec<_>>();
    let services = names.join(":\n    image: example/web:1.0\n  s");
    put(&dir, "compose.yml", &format!("services:\n  s{services}:\n    image: x\n"))?;
    let mut child =
        harden(&dir, &[]).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    drop(child.stdout.take());
    let mut err = String::new();
    child.stderr.take().ok_or("no stderr")?.read_to_string(&mut err)?;
    assert_eq!(child.wait()?.code(), Some(0), "{err}");
    assert!(!err.contains("panicked") && !err.contains("error"), "{err}");
    Ok(())
}
