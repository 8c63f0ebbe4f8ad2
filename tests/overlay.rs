//! `--overlay` from outside: the project's files stay as they are, the overlay is made, kept and checked.

#[path = "common/folder.rs"]
mod folder;

use folder::{Folder, Ran};

const PLAIN: &str = "services:\n  web:\n    image: example/web:1.0\n";

#[test]
fn a_new_overlay_is_made_and_then_is_content() {
    let dir = Folder::new(&[("compose.yml", PLAIN)]);
    let words = |mode| ["compose.yml", "--overlay", "o.yml", mode];
    assert_eq!(dir.run(&words("--check")).code, Some(1), "nothing is there yet");
    let Ran { out: printed, .. } = dir.run(&words("--stdout"));
    let Ran { out: diff, .. } = dir.run(&words("--diff"));
    assert!(diff.starts_with("--- /dev/null\n+++ b/o.yml\n"), "{diff}");
    assert_eq!(dir.count(), 1, "only `--write` writes");
    let Ran { code, out, err } = dir.run(&words("--write"));
    assert_eq!((code, out.as_str()), (Some(0), ""), "{err}");
    assert!(err.contains("`docker compose -f compose.yml -f o.yml up`"), "{err}");
    assert_eq!(dir.text("o.yml"), printed);
    assert_eq!(dir.text("compose.yml"), PLAIN);
    let Ran { code, err, .. } = dir.run(&words("--check"));
    assert_eq!(code, Some(0), "{err}");
    assert_eq!(dir.run(&words("--write")).code, Some(0));
    assert_eq!(dir.text("o.yml"), printed);
}

#[test]
fn what_the_project_gains_is_missing_until_it_is_written() {
    let dir = Folder::new(&[("compose.yml", PLAIN)]);
    let overlay = ["--overlay", "o.yml"];
    assert_eq!(dir.run(&[&overlay[..], &["--write"]].concat()).code, Some(0));
    let mine = dir.text("o.yml").replace("  web:\n", "  web:  # mine\n    labels: [a]\n");
    dir.put("o.yml", &mine);
    dir.put("compose.yml", &format!("{PLAIN}  new:\n    image: example/new:1.0\n"));
    let Ran { code, err, .. } = dir.run(&[&overlay[..], &["--check"]].concat());
    assert_eq!(code, Some(1));
    assert!(err.contains("harden compose.yml --overlay o.yml --write"), "{err}");
    assert_eq!(dir.run(&[&overlay[..], &["--write"]].concat()).code, Some(0));
    let written = dir.text("o.yml");
    assert!(written.starts_with(&mine), "{written}");
    assert!(written.contains("\n\n  new:\n    mem_limit:"), "{written}");
}

#[test]
fn the_override_file_that_compose_finds_may_be_the_overlay() {
    let dir = Folder::new(&[("compose.yml", PLAIN)]);
    let words = |mode| ["--overlay", "compose.override.yml", mode];
    assert_eq!(dir.run(&words("--write")).code, Some(0));
    assert_eq!(dir.run(&words("--check")).code, Some(0));
    assert_eq!(dir.run(&["--check"]).code, Some(0), "and the project is hardened as Compose finds it");
    assert_eq!(dir.text("compose.yml"), PLAIN);
}

#[test]
fn an_overlay_in_no_directory_is_an_error_and_leaves_nothing() {
    let dir = Folder::new(&[("compose.yml", PLAIN)]);
    let Ran { code, err, .. } = dir.run(&["compose.yml", "--overlay", "no/o.yml", "--write"]);
    assert_eq!(code, Some(2));
    assert!(err.contains("no/o.yml") && err.contains("nothing was written"), "{err}");
    assert_eq!(dir.count(), 1);
}
