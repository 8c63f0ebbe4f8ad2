//! Which files of a tree are projects.

use crate::harness::{PLAIN, Tree};

const FRAGMENT: &str = "services:\n  web:\n    ports: ['80:80']\n";

#[test]
fn a_base_and_its_override_are_one_project_and_the_rest_says_why_it_is_none() {
    let tree = Tree::new(&[
        ("compose.yml", PLAIN),
        ("compose.override.yml", FRAGMENT),
        ("compose.prod.yml", FRAGMENT),
        ("docker-compose.yml", PLAIN),
        ("docker-stack.yml", PLAIN),
        ("compose.schema.yml", "title: no project\n"),
        ("values.yml", PLAIN),
        ("alone/docker-compose.override.yml", FRAGMENT),
    ]);
    let ran = tree.run(&[".", "--check", "-v"]);
    assert_eq!(ran.code, Some(1), "{}", ran.err);
    assert_eq!(ran.told(), ["compose.yml"], "{}", ran.err);
    for (file, why) in [
        ("alone/docker-compose.override.yml", "what it is laid over is not beside it"),
        ("compose.prod.yml", "`web` has neither `image` nor `build`"),
        ("compose.schema.yml", "neither `services` nor `include`"),
        ("docker-compose.yml", "Compose reads `compose.yml` and not this file"),
        ("docker-stack.yml", "`--target swarm`"),
    ] {
        let line = ran.err.lines().find(|line| line.starts_with(&format!("skipped `{file}`: ")));
        assert!(line.is_some_and(|line| line.contains(why)), "{file}: {}", ran.err);
    }
    assert_eq!(ran.err.matches("skipped `").count(), 5, "{}", ran.err);
    let quiet = tree.run(&[".", "--check"]);
    assert!(quiet.last().ends_with("5 files skipped; `-v` says why"), "{}", quiet.err);
}

#[test]
fn the_override_counts_in_the_project() {
    let tree = Tree::new(&[
        ("compose.yml", PLAIN),
        ("compose.override.yml", "services:\n  web:\n    init: false\n    mem_limit: 1g\n"),
    ]);
    let ran = tree.run(&["."]);
    assert!(
        ran.out.contains("--- a/compose.yml") && !ran.out.contains("compose.override.yml"),
        "{}",
        ran.out
    );
    assert!(!ran.out.contains("mem_limit") && !ran.out.contains("init"), "{}", ran.out);
}

#[test]
fn variants_are_projects_and_files_that_share_some_services_may_be_laid_over_others() {
    let two = "services:\n  web: {image: nginx}\n  db: {image: postgres}\n";
    let tree = Tree::new(&[
        ("docker-compose.yml", two),
        ("docker-compose.dev.yml", two),
        ("docker-compose.images.yml", PLAIN),
        ("tools.compose.yaml", "services:\n  adminer: {image: adminer}\n"),
    ]);
    let ran = tree.run(&[".", "--check", "-v"]);
    assert_eq!(
        ran.told(),
        ["docker-compose.dev.yml", "docker-compose.yml", "tools.compose.yaml"],
        "{}",
        ran.err
    );
    let why = "it has some of the services of `docker-compose.yml` and may be laid over it";
    assert!(ran.err.contains(&format!("skipped `docker-compose.images.yml`: {why}")), "{}", ran.err);
    assert_eq!(tree.run(&["docker-compose.images.yml", "--check"]).told(), ["docker-compose.images.yml"]);
}

#[test]
fn git_ignored_and_hidden_files_are_left_out_without_a_repository_too() {
    let tree = Tree::new(&[
        ("a/compose.yml", PLAIN),
        ("build/compose.yml", PLAIN),
        ("a/vendor/b/compose.yml", PLAIN),
        ("a/own/compose.yml", PLAIN),
        (".cache/compose.yml", PLAIN),
        (".gitignore", "/build\n"),
        ("a/.gitignore", "vendor/\n"),
        (".ignore", "own\n"),
    ]);
    assert_eq!(tree.run(&[".", "--check"]).told(), ["a/compose.yml"]);
    assert_eq!(tree.run(&["build", "--check"]).told(), ["build/compose.yml"], "what is named is looked into");
}

#[test]
fn a_folder_without_a_project_is_an_error_that_says_what_was_looked_for() {
    let tree = Tree::new(&[("values.yml", PLAIN)]);
    for words in [&["."][..], &[".", "--check"], &[".", "--write", "-q"]] {
        let ran = tree.run(words);
        assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""), "{words:?}");
        assert!(
            ran.err.contains("no Compose project in `.`") && ran.err.contains("`compose*.yml`"),
            "{}",
            ran.err
        );
    }
    let ran = tree.run(&[]);
    assert!(ran.code == Some(2) && ran.err.contains("there is no `compose.yaml`"), "{}", ran.err);
}

#[cfg(unix)]
#[test]
fn links_are_never_followed_out_of_the_tree_nor_round_in_it() {
    use std::os::unix::fs::symlink;
    let tree = Tree::new(&[("in/a/compose.yml", PLAIN), ("out/compose.yml", PLAIN)]);
    symlink("..", tree.path("in/a/round")).unwrap();
    symlink(tree.path("out"), tree.path("in/folder")).unwrap();
    std::fs::create_dir(tree.path("in/b")).unwrap();
    symlink("../../out/compose.yml", tree.path("in/b/compose.yml")).unwrap();
    std::fs::create_dir(tree.path("in/c")).unwrap();
    symlink("../a/compose.yml", tree.path("in/c/compose.yml")).unwrap();
    let ran = tree.run(&["in", "--write", "-v"]);
    assert_eq!((ran.code, ran.told()), (Some(0), vec!["in/a/compose.yml"]), "{}", ran.err);
    assert_eq!(tree.text("out/compose.yml"), PLAIN);
    assert!(
        ran.err.contains("skipped `in/b/compose.yml`: it is a symbolic link that leads out"),
        "{}",
        ran.err
    );
    assert!(
        ran.err.contains("skipped `in/c/compose.yml`: it is the same file as `in/a/compose.yml`"),
        "{}",
        ran.err
    );
    assert!(std::fs::symlink_metadata(tree.path("in/c/compose.yml")).unwrap().is_symlink());
}

#[cfg(unix)]
#[test]
fn names_need_not_be_text() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let tree = Tree::new(&[]);
    let file = std::path::Path::new(OsStr::from_bytes(b"caf\xe9")).join("compose.yml");
    tree.put(&file, PLAIN);
    assert_eq!(tree.run(&[".", "--check"]).code, Some(1));
    let ran = tree.run(&[".", "--write"]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert_ne!(tree.text(&file), PLAIN);
    assert_eq!(tree.run(&[".", "--check"]).code, Some(0));
}

#[cfg(unix)]
#[test]
fn a_folder_that_cannot_be_read_fails_and_the_others_are_done() {
    use std::os::unix::fs::PermissionsExt;
    let tree = Tree::new(&[("a/compose.yml", PLAIN), ("b/compose.yml", PLAIN)]);
    let closed = tree.path("a");
    std::fs::set_permissions(&closed, std::fs::Permissions::from_mode(0o0)).unwrap();
    let told = tree.run(&[".", "--check"]);
    let is_root = std::fs::read_dir(&closed).is_ok();
    std::fs::set_permissions(&closed, std::fs::Permissions::from_mode(0o755)).unwrap();
    if is_root {
        assert_eq!(told.told(), ["a/compose.yml", "b/compose.yml"], "nothing is closed to root");
        return;
    }
    assert_eq!((told.code, told.told()), (Some(2), vec!["b/compose.yml"]), "{}", told.err);
    assert!(told.err.contains("cannot read `a`: permission denied"), "{}", told.err);
}

#[test]
fn compose_file_of_the_folder_says_what_its_project_is() {
    let tree = Tree::new(&[
        (".env", "# files\nCOMPOSE_PATH_SEPARATOR=,\nCOMPOSE_FILE=base.yml,sub/prod.yml\n"),
        ("base.yml", PLAIN),
        ("sub/prod.yml", "services:\n  web:\n    mem_limit: 1g\n"),
        ("compose.yml", "services:\n  unused: {image: nginx}\n"),
    ]);
    for words in [&["--diff"][..], &[".", "--diff", "-v"]] {
        let ran = tree.run(words);
        assert_eq!(ran.code, Some(0), "{}", ran.err);
        assert!(ran.out.starts_with("--- a/base.yml\n") && !ran.out.contains("mem_limit"), "{}", ran.out);
        assert_eq!(ran.out.matches("--- a/").count(), 1, "{}", ran.out);
    }
    let skipped = tree.run(&[".", "-v"]).err;
    assert!(
        skipped.contains("skipped `compose.yml`: Compose reads `base.yml` and not this file"),
        "{skipped}"
    );
    tree.put(".env", "A=1\nCOMPOSE_FILE=base.yml:gone.yml\n");
    for words in [&["--check"][..], &[".", "--check"]] {
        let ran = tree.run(words);
        assert_eq!(ran.code, Some(2), "{}", ran.err);
        assert!(ran.err.contains("`COMPOSE_FILE` names `gone.yml`, which is not there"), "{}", ran.err);
        assert!(ran.err.contains(".env:2:"), "{}", ran.err);
    }
    assert_eq!(
        tree.run(&["compose.yml", "--check"]).told(),
        ["compose.yml"],
        "a file that is named is taken as it is"
    );
}

#[test]
fn the_project_directory_is_where_paths_start() {
    let tree = Tree::new(&[
        ("deploy/compose.yml", "services:\n  web:\n    extends: {file: common.yml, service: web}\n"),
        ("srv/common.yml", PLAIN),
        ("srv/.env", "X=1\n"),
    ]);
    assert_eq!(tree.run(&["deploy/compose.yml", "--check"]).code, Some(2), "there is no deploy/common.yml");
    let ran = tree.run(&["deploy/compose.yml", "--project-directory", "srv", "--write"]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert!(tree.text("deploy/compose.yml").contains("read_only: true"));
    let ran = tree.run(&["--project-directory", "deploy", "--check"]);
    assert_eq!(ran.code, Some(2), "its default file is found, and what it extends is not: {}", ran.err);
    assert!(ran.err.contains("deploy/compose.yml:3:"), "{}", ran.err);
}
