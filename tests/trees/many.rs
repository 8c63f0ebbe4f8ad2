//! Runs over many projects: their order, their summary, and what one that fails does to the others.

use crate::harness::{PLAIN, Tree};

const BROKEN: &str = "services:\n  web:\n    image: x\n    mem_limit: lots\n";

#[test]
fn two_thousand_projects_are_told_in_the_order_of_their_paths_every_time() {
    let tree = Tree::new(&[]);
    let mut names: Vec<String> =
        (0..2000_u32).map(|n| format!("{:03}/{n}/compose.yml", n * 7919 % 997)).collect();
    for (at, name) in names.iter().enumerate() {
        // every tenth is fine already
        let text = if at % 10 == 0 { PLAIN.to_owned() + "    init: true\n" } else { PLAIN.to_owned() };
        tree.put(name, &text);
    }
    let words = [".", "--check", "--only", "init"];
    let first = tree.run(&words);
    assert_eq!(first, tree.run(&words));
    let changed: Vec<String> =
        names.iter().enumerate().filter(|(at, _)| at % 10 != 0).map(|(_, name)| name.clone()).collect();
    names = changed;
    names.sort_by(|one, other| std::path::Path::new(one).cmp(std::path::Path::new(other)));
    assert_eq!(first.told(), names);
    let lines: Vec<&str> = first.err.lines().rev().take(2).collect();
    assert_eq!(
        lines,
        [
            "check failed: 2000 projects, 2000 services: 1800 changes missing in 1800 files of 1800 projects",
            "help: `--write` in place of `--check` writes what is missing, `-v` shows it"
        ]
    );
    let written = tree.run(&[".", "--write", "--only", "init", "-q"]);
    assert_eq!((written.code, written.err.as_str()), (Some(0), ""));
    assert!(names.iter().all(|name| tree.text(name) == PLAIN.to_owned() + "    init: true\n"));
}

#[test]
fn one_that_fails_is_told_the_others_are_shown_and_nothing_is_written() {
    let tree = Tree::new(&[("a/compose.yml", PLAIN), ("b/compose.yml", BROKEN), ("c/compose.yml", PLAIN)]);
    let ran = tree.run(&[".", "--diff"]);
    assert_eq!((ran.code, ran.told()), (Some(2), vec!["a/compose.yml", "c/compose.yml"]), "{}", ran.err);
    assert!(
        ran.out.contains("--- a/a/compose.yml") && ran.out.contains("--- a/c/compose.yml"),
        "{}",
        ran.out
    );
    let (error, last) = (ran.err.find("b/compose.yml:4:16"), ran.err.find("\nc/compose.yml: "));
    assert!(error.is_some() && error < last, "in order: {}", ran.err);
    let ran = tree.run(&[".", "--check"]);
    assert_eq!(ran.code, Some(2));
    assert!(
        ran.last().starts_with("check undecided: 3 projects, 2 services: ")
            && ran.last().contains(", 1 failed"),
        "{}",
        ran.err
    );
    let ran = tree.run(&[".", "--write"]);
    assert_eq!(ran.code, Some(2), "{}", ran.err);
    assert!(ran.err.contains("nothing was written\n"), "{}", ran.err);
    assert_eq!((tree.text("a/compose.yml"), tree.text("c/compose.yml")), (PLAIN.into(), PLAIN.into()));
    let left: Vec<_> = std::fs::read_dir(tree.path("a")).unwrap().collect();
    assert_eq!(left.len(), 1, "no temporary file is left");
}

#[test]
fn few_projects_are_told_in_full_and_many_in_a_line_each() {
    let tree = Tree::new(&[("a/compose.yml", PLAIN), ("b/compose.yml", PLAIN)]);
    assert!(tree.run(&[".", "--check"]).err.contains("  missing\n"));
    for at in 0..12 {
        tree.put(format!("{at}/compose.yml"), PLAIN);
    }
    let ran = tree.run(&[".", "--check"]);
    assert_eq!((ran.told().len(), ran.err.lines().count()), (14, 16), "{}", ran.err);
    assert!(tree.run(&[".", "--check", "-v"]).err.contains("  missing\n"));
    let quiet = tree.run(&[".", "--check", "-q"]);
    assert_eq!(quiet.err.lines().count(), 14, "{}", quiet.err);
}

#[test]
fn one_output_takes_one_project() {
    let tree = Tree::new(&[("a/compose.yml", PLAIN)]);
    let ran = tree.run(&[".", "--stdout", "-q"]);
    assert!(ran.code == Some(0) && ran.out.starts_with(PLAIN), "{}", ran.err);
    tree.put("b/compose.yml", PLAIN);
    for words in [&[".", "--stdout"][..], &[".", "-o", "new.yml"], &[".", "--project-directory", "a"]] {
        let ran = tree.run(words);
        assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""), "{words:?}");
        assert!(ran.err.contains("one project"), "{}", ran.err);
    }
}

#[test]
fn documents_hold_every_project_once() {
    let tree = Tree::new(&[("b/compose.yml", PLAIN), ("a/compose.yml", BROKEN), ("c/compose.yml", PLAIN)]);
    let ran = tree.run(&[".", "--check", "--format", "json"]);
    let report: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    let paths: Vec<&str> = report["projects"]
        .as_array()
        .unwrap()
        .iter()
        .map(|project| project["path"].as_str().unwrap())
        .collect();
    assert_eq!((ran.code, paths), (Some(2), vec!["a/compose.yml", "b/compose.yml", "c/compose.yml"]));
}
