//! The binary from outside: exit codes, what goes to which stream, and that a failure writes nothing.

#[path = "common/folder.rs"]
mod folder;

use std::io::Read as _;
use std::process::Stdio;

use folder::{Folder, Ran};

const PLAIN: &str =
    "services:\n  web:\n    image: example/web:1.0\n    environment:\n      TOKEN: hush-hush\n";
const BROKEN: &str = "services:\n  web:\n    image: x\n    mem_limit: lots\n";

#[test]
fn write_then_check_passes_and_a_second_write_changes_nothing() {
    let dir = Folder::new(&[("compose.yml", PLAIN)]);
    let Ran { code, out, .. } = dir.run(&["--check"]);
    assert_eq!((code, out.as_str()), (Some(1), ""), "drift, and no data without --diff");
    let Ran { code, out, err } = dir.run(&["--write"]);
    assert_eq!((code, out.as_str()), (Some(0), ""), "{err}");
    let written = dir.text("compose.yml");
    assert!(written.starts_with(PLAIN) && written.len() > PLAIN.len(), "{written}");
    let Ran { code, err, .. } = dir.run(&["--check"]);
    assert_eq!(code, Some(0), "{err}");
    assert_eq!(dir.run(&["--write"]).code, Some(0));
    assert_eq!(dir.text("compose.yml"), written);
}

#[test]
fn diff_is_the_default_and_never_changes_the_exit_code() {
    let dir = Folder::new(&[("compose.yml", PLAIN)]);
    let Ran { code, out, err } = dir.run(&["compose.yml"]);
    assert_eq!(code, Some(0));
    assert!(out.starts_with("--- a/compose.yml\n+++ b/compose.yml\n@@ "), "{out}");
    assert!(err.starts_with("compose.yml: 1 service, "), "{err}");
    assert!(!err.contains("hush-hush") && !err.contains('\u{1b}'), "{err}");
    let Ran { code, out: checked, .. } = dir.run(&["compose.yml", "--diff", "--check"]);
    assert_eq!((code, checked), (Some(1), out), "prints and fails");
    assert_eq!(dir.text("compose.yml"), PLAIN);
}

#[test]
fn quiet_is_silent_unless_something_is_wrong() {
    let dir = Folder::new(&[("compose.yml", PLAIN), ("broken.yml", BROKEN)]);
    let written = dir.run(&["-q", "--write", "compose.yml"]);
    assert_eq!(written, Ran { code: Some(0), out: String::new(), err: String::new() });
    let Ran { code, err, .. } = dir.run(&["-q", "--check", "broken.yml"]);
    assert_eq!(code, Some(2));
    assert!(err.contains("broken.yml:4:16"), "{err}");
}

#[test]
fn standard_input_goes_to_standard_output() {
    let dir = Folder::new(&[]);
    let Ran { code, out, .. } = dir.run_with(&["-"], PLAIN);
    assert_eq!(code, Some(0));
    assert!(out.starts_with(PLAIN) && out.contains("pids_limit"), "{out}");
    let Ran { code, out: again, err } = dir.run_with(&["-"], &out);
    assert_eq!((code, again), (Some(0), out), "{err}");
    assert_eq!(dir.run_with(&["-", "--check"], PLAIN).code, Some(1));
    assert!(dir.run_with(&["-", "--diff"], PLAIN).out.starts_with("--- a/stdin\n"));
}

#[test]
fn one_bad_file_keeps_all_others_from_being_written() {
    let dir = Folder::new(&[("good.yml", PLAIN), ("broken.yml", BROKEN)]);
    let Ran { code, err, .. } = dir.run(&["good.yml", "broken.yml", "--write"]);
    assert_eq!(code, Some(2));
    assert!(err.contains("nothing was written"), "{err}");
    assert_eq!(dir.text("good.yml"), PLAIN);
    let Ran { code, out, .. } = dir.run(&["good.yml", "broken.yml"]);
    assert_eq!(code, Some(2));
    assert!(out.contains("+++ b/good.yml"), "the others are still shown: {out}");
}

#[test]
fn several_files_are_all_written() {
    let dir = Folder::new(&[("one.yml", PLAIN), ("two.yml", PLAIN)]);
    assert_eq!(dir.run(&["one.yml", "two.yml", "--write"]).code, Some(0));
    assert_ne!(dir.text("one.yml"), PLAIN);
    assert_eq!(dir.text("one.yml"), dir.text("two.yml"));
}

#[test]
fn output_goes_to_another_file_and_leaves_the_first_alone() {
    let dir = Folder::new(&[("compose.yml", PLAIN)]);
    let Ran { code, out, .. } = dir.run(&["compose.yml", "-o", "new.yml"]);
    assert_eq!((code, out.as_str()), (Some(0), ""));
    assert_eq!(dir.text("compose.yml"), PLAIN);
    let Ran { out: printed, .. } = dir.run(&["compose.yml", "--stdout"]);
    assert_eq!(dir.text("new.yml"), printed);
    assert_eq!(dir.run(&["compose.yml", "-o", "no/such/dir.yml"]).code, Some(2));
}

#[test]
fn a_project_seen_in_part_never_passes_the_check() {
    let dir = Folder::new(&[]);
    dir.put("compose.yml", "services:\n  web:\n    extends: {file: base.yml, service: web}\n");
    let Ran { code, err, .. } = dir.run(&["--check"]);
    assert_eq!(code, Some(2), "{err}");
    assert!(err.contains("cannot read `base.yml`"), "{err}");
}

#[test]
fn a_file_that_is_laid_over_another_is_told_how_to_be_checked() {
    let dir = Folder::new(&[("compose.yml", PLAIN)]);
    dir.put("compose.prod.yml", "services:\n  web:\n    restart: always\n");
    let Ran { code, err, .. } = dir.run(&["--check", "-q", "compose.prod.yml"]);
    assert_eq!(code, Some(2), "{err}");
    let help = "help: name the file that it is laid over, too: `harden -f FILE -f compose.prod.yml`";
    assert!(err.contains(help), "{err}");
    let Ran { code, err, .. } = dir.run(&["--check", "-f", "compose.yml", "-f", "compose.prod.yml"]);
    assert_eq!(code, Some(1), "{err}");
}

#[test]
fn usage_errors_are_two_and_help_is_none() {
    let dir = Folder::new(&[]);
    assert_eq!(dir.run(&["--nonsense"]).code, Some(2));
    let Ran { code, err, .. } = dir.run(&[]);
    assert_eq!(code, Some(2));
    assert!(
        err.contains("`compose.yaml`, `compose.yml`, `docker-compose.yaml`, `docker-compose.yml`"),
        "{err}"
    );
    for words in [&["--help"][..], &["--version"], &["passes"], &["explain", "init"], &["schema", "compose"]]
    {
        let Ran { code, out, err } = dir.run(words);
        assert_eq!((code, err.as_str()), (Some(0), ""), "{words:?}");
        assert!(!out.is_empty(), "{words:?}");
    }
    let Ran { code, err, .. } = dir.run(&["explain", "readonly"]);
    assert_eq!(code, Some(2));
    assert!(err.contains("did you mean `read_only`?"), "{err}");
}

#[test]
fn the_first_default_name_is_used_and_the_other_named() {
    let dir = Folder::new(&[("docker-compose.yml", PLAIN), ("compose.yaml", PLAIN)]);
    let Ran { code, out, err } = dir.run(&[]);
    assert_eq!(code, Some(0));
    assert!(out.starts_with("--- a/compose.yaml\n"), "{out}");
    assert!(err.contains("found both `compose.yaml` and `docker-compose.yml`"), "{err}");
}

#[test]
fn colours_come_when_asked_for() {
    let dir = Folder::new(&[("compose.yml", PLAIN)]);
    let Ran { out, err, .. } = dir.run(&["--color", "always"]);
    assert!(out.contains('\u{1b}') && err.contains('\u{1b}'));
    let Ran { out, err, .. } = dir.run(&["--color", "never"]);
    assert!(!out.contains('\u{1b}') && !err.contains('\u{1b}'));
    let Ran { out, .. } = dir.run(&["--color", "always", "--stdout"]);
    assert!(!out.contains('\u{1b}'), "a compose file has no colours");
}

#[test]
fn a_reader_that_went_away_is_no_error() {
    let dir = Folder::new(&[]);
    let names = (0..3000).map(|at| at.to_string()).collect::<Vec<_>>();
    let services = names.join(":\n    image: example/web:1.0\n  s");
    dir.put("compose.yml", &format!("services:\n  s{services}:\n    image: x\n"));
    let mut child = dir.command(&[]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let mut err = String::new();
    child.stderr.take().unwrap().read_to_string(&mut err).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0), "{err}");
    assert!(!err.contains("panicked") && !err.contains("error"), "{err}");
}
