//! `--files-from`: lists of files and folders.

use crate::harness::{PLAIN, Tree};

fn tree() -> Tree {
    Tree::new(&[
        ("a/compose.yml", PLAIN),
        ("a/compose.override.yml", "services:\n  web:\n    mem_limit: 1g\n"),
        ("b b/compose.yml", PLAIN),
        ("c/d/compose.yml", PLAIN),
        ("e/any.yml", PLAIN),
    ])
}

#[test]
fn lines_and_nul_name_files_and_folders_in_any_order() {
    let tree = tree();
    let expected = ["a/compose.yml", "b b/compose.yml", "c/d/compose.yml", "e/any.yml"];
    let lines = b"e/any.yml\nc\nb b/compose.yml\n./a/compose.yml\n";
    assert_eq!(tree.run_with(&["--files-from", "-", "--check"], lines).told(), expected);
    let nul = b"c\0a/compose.yml\0b b/compose.yml\0e/any.yml\0";
    assert_eq!(tree.run_with(&["--files-from", "-", "--check"], nul).told(), expected);
    tree.put("list", "a\nb b\n");
    assert_eq!(
        tree.run(&["c", "--files-from", "list", "--check"]).told(),
        ["c/d/compose.yml", "a/compose.yml", "b b/compose.yml"]
    );
}

#[test]
fn an_override_file_stands_for_its_project_and_nothing_is_done_twice() {
    let tree = tree();
    let list = b"a/compose.override.yml\na/compose.yml\na\n";
    let ran = tree.run_with(&["--files-from", "-"], list);
    assert_eq!(ran.told(), ["a/compose.yml"], "{}", ran.err);
    assert!(!ran.out.contains("mem_limit"), "{}", ran.out);
    assert_eq!(tree.run_with(&["--files-from", "-"], b"a/compose.override.yml\n").told(), ["a/compose.yml"]);
}

#[test]
fn each_bad_entry_is_told_and_the_others_are_done() {
    let tree = tree();
    tree.put("empty/readme", "");
    let ran = tree.run_with(&["--files-from", "-", "--check"], b"gone.yml\nempty\na\n");
    assert_eq!((ran.code, ran.told()), (Some(2), vec!["a/compose.yml"]), "{}", ran.err);
    assert!(ran.err.contains("cannot read `gone.yml`: no such file"), "{}", ran.err);
    assert!(ran.err.contains("no Compose project in `empty`"), "{}", ran.err);
    assert!(
        ran.last().starts_with("check undecided: 3 projects, 1 service: ") && ran.last().contains("2 failed"),
        "{}",
        ran.err
    );
    let ran = tree.run(&["--files-from", "no/list", "--check"]);
    assert!(ran.code == Some(2) && ran.err.contains("cannot read `no/list`"), "{}", ran.err);
}

#[test]
fn an_empty_shard_is_done() {
    let ran = tree().run_with(&["--files-from", "-", "--check"], b"\n");
    assert_eq!((ran.code, ran.out.as_str()), (Some(0), ""));
    assert_eq!(ran.err, "warning: the list names no file\n");
}

#[test]
fn shards_change_what_one_run_changes() {
    let (whole, sharded) = (tree(), tree());
    assert_eq!(whole.run(&["a", "b b", "c", "e/any.yml", "--write"]).code, Some(0));
    for shard in [&b"a\nc\n"[..], b"b b\ne/any.yml\n"] {
        assert_eq!(sharded.run_with(&["--files-from", "-", "--write"], shard).code, Some(0));
    }
    for file in ["a/compose.yml", "b b/compose.yml", "c/d/compose.yml", "e/any.yml"] {
        assert_ne!(whole.text(file), PLAIN, "{file}");
        assert_eq!(whole.text(file), sharded.text(file), "{file}");
    }
}
