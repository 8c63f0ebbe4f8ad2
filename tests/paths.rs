//! What a project names is read only from its repository, or from its directory where it is in none: by no `..`, no
//! absolute path and no symbolic link does a hostile file have another file read.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "common/folder.rs"]
mod folder;

use std::os::unix::fs::symlink;

use folder::Folder;

const SECRET: &str = "hunter2secret";
const OUTSIDE: &str = "outside the repository or directory of the project";

/// `app` beside files that are not its own.
fn around(compose: &str) -> Folder {
    let secret = format!("services:\n  base:\n    image: {SECRET}\n    labels: [{SECRET}]\n");
    let dir = Folder::new(&[
        ("app/compose.yml", compose),
        ("other.yml", &secret),
        (".env", &format!("NAME={SECRET}\n")),
        ("Dockerfile", &format!("FROM {SECRET}\nUSER 1234\n")),
        ("passwd", &format!("{SECRET}:x:0:0\n")),
    ]);
    symlink("..", dir.path("app/up")).unwrap();
    symlink("../other.yml", dir.path("app/link.yml")).unwrap();
    symlink("../absent.yml", dir.path("app/dangling.yml")).unwrap();
    symlink(dir.path("Dockerfile"), dir.path("app/Dockerfile.link")).unwrap();
    dir
}

/// Refuses it at its place, with the flag, and says the same of what is not there.
fn refused(compose: &str, place: &str) {
    let dir = around(compose);
    for words in [&["--check"][..], &["--diff"], &["--write"], &["explain", "init"], &["prove", "--check"]] {
        let ran = dir.run(&[words, &["app/compose.yml"]].concat());
        assert_eq!(ran.code, Some(2), "{words:?}: {}{}", ran.out, ran.err);
        assert!(ran.err.contains(OUTSIDE) && ran.err.contains("`--read-outside`"), "{words:?}: {}", ran.err);
        assert!(ran.err.contains(place), "{words:?}: {}", ran.err);
        assert!(!ran.err.contains(SECRET) && !ran.out.contains(SECRET), "{words:?}: {}{}", ran.out, ran.err);
    }
    assert_eq!(dir.text("app/compose.yml"), compose);
}

#[test]
fn includes_and_extends_do_not_lead_out() {
    for path in ["../other.yml", "up/other.yml", "link.yml", "../absent.yml", "dangling.yml", "/etc/passwd"] {
        refused(&format!("include: [\"{path}\"]\nservices: {{w: {{image: x}}}}\n"), "compose.yml:1:");
        let extends = format!("services:\n  w:\n    extends: {{file: \"{path}\", service: base}}\n");
        refused(&extends, "compose.yml:3:");
    }
}

#[test]
fn the_variables_of_an_include_do_not_come_from_outside() {
    let inner = "include:\n  - path: inner.yml\n    env_file: ../.env\n";
    let dir = around(inner);
    dir.put("app/inner.yml", "services: {w: {image: \"$NAME\"}}\n");
    let ran = dir.run(&["--check", "app/compose.yml"]);
    assert_eq!(ran.code, Some(2), "{}", ran.err);
    assert!(ran.err.contains(OUTSIDE) && ran.err.contains("compose.yml:3:"), "{}", ran.err);
    // a directory that the file names has no `.env` of its own to give either
    dir.put("app/compose.yml", "include:\n  - path: inner.yml\n    project_directory: ..\n");
    let ran = dir.run(&["--check", "app/compose.yml"]);
    assert_eq!(ran.code, Some(2), "{}", ran.err);
    assert!(ran.err.contains(OUTSIDE) && !ran.err.contains(SECRET), "{}", ran.err);
}

#[test]
fn a_file_of_variables_outside_is_not_read_and_that_is_told() {
    let text = "services:\n  w:\n    image: x:1\n    env_file: ../.env\n";
    let dir = around(text);
    let ran = dir.run(&["--check", "app/compose.yml"]);
    assert_eq!(ran.code, Some(1), "{}", ran.err);
    assert!(ran.err.contains(OUTSIDE) && ran.err.contains("`--read-outside`"), "{}", ran.err);
    assert!(ran.err.contains("compose.yml:4:"), "{}", ran.err);
    let ran = dir.run(&["--check", "--read-outside", "app/compose.yml"]);
    assert!(!ran.err.contains(OUTSIDE), "{}", ran.err);
}

#[test]
fn a_dockerfile_outside_is_not_read_and_that_is_told() {
    for build in ["..", "{context: ., dockerfile: ../Dockerfile}", "{dockerfile: Dockerfile.link}", "up"] {
        let dir = around(&format!("services:\n  w:\n    build: {build}\n"));
        let words = ["explain", "user", "app/compose.yml"];
        let ran = dir.run(&words);
        assert_eq!(ran.code, Some(0), "{build}: {}", ran.err);
        assert!(!ran.out.contains("1234") && !ran.out.contains(SECRET), "{build}: {}", ran.out);
        let warned = dir.run(&["--check", "app/compose.yml"]);
        assert!(
            warned.err.contains(OUTSIDE) && warned.err.contains("--read-outside"),
            "{build}: {}",
            warned.err
        );
        let ran = dir.run(&[&words[..], &["--read-outside"]].concat());
        assert!(ran.out.contains("1234"), "{build}: {}", ran.out);
    }
}

#[test]
fn files_that_are_found_are_no_links_that_lead_out() {
    let whole = "services:\n  w:\n    image: x:1\n";
    for name in [".env", "compose.override.yml", ".harden.yml", ".harden-baseline.yml"] {
        let dir = around(whole);
        symlink("../passwd", dir.path("app").join(name)).unwrap();
        let ran = dir.run(&["--check", "app/compose.yml"]);
        assert_eq!(ran.code, Some(2), "{name}: {}", ran.err);
        assert!(ran.err.contains(OUTSIDE) && !ran.err.contains(SECRET), "{name}: {}", ran.err);
    }
}

#[test]
fn the_project_that_is_found_here_is_no_link_that_leads_out() {
    let dir = around("");
    std::fs::remove_file(dir.path("app/compose.yml")).unwrap();
    symlink("../other.yml", dir.path("app/compose.yml")).unwrap();
    let ran = folder::Ran::of(dir.command(&["--check"]).current_dir(dir.path("app")));
    assert_eq!(ran.code, Some(2), "{}", ran.err);
    assert!(ran.err.contains(OUTSIDE), "{}", ran.err);
    // one that is named is trusted
    let ran = dir.run(&["--check", "app/compose.yml"]);
    assert_eq!(ran.code, Some(1), "{}", ran.err);
}

#[test]
fn a_repository_is_one_place() {
    let text = "include: [../other.yml]\nservices:\n  w:\n    image: x:1\n    env_file: ../.env\n";
    let dir = around(text);
    std::fs::create_dir(dir.path(".git")).unwrap();
    let ran = dir.run(&["--check", "app/compose.yml"]);
    assert_eq!(ran.code, Some(1), "{}", ran.err);
    assert!(!ran.err.contains(OUTSIDE), "{}", ran.err);
}

#[test]
fn what_the_command_line_names_is_trusted() {
    let text = "include: [../other.yml]\nservices: {w: {image: x}}\n";
    let dir = around(text);
    let reads = |words: &[&str]| {
        let ran = dir.run(words);
        assert!(!ran.err.contains(OUTSIDE), "{words:?}: {}", ran.err);
        assert_eq!(ran.code, Some(1), "{words:?}: {}", ran.err);
    };
    reads(&["--check", "--read-outside", "app/compose.yml"]);
    reads(&["--check", "."]);
    dir.put("extra.yml", "services: {w: {init: true}}\n");
    reads(&["--check", "-f", "app/compose.yml", "-f", "extra.yml"]);
    let ran = dir.run(&["--check", "app"]);
    assert_eq!(ran.code, Some(2), "{}", ran.err);
}

#[test]
fn files_that_a_dot_env_names_lie_inside() {
    let dir = around("");
    dir.put("app/.env", "COMPOSE_FILE=../other.yml\n");
    let ran = folder::Ran::of(dir.command(&["--check"]).current_dir(dir.path("app")));
    assert_eq!(ran.code, Some(2), "{}", ran.err);
    assert!(ran.err.contains(OUTSIDE) && ran.err.contains(".env:1:"), "{}", ran.err);
}
