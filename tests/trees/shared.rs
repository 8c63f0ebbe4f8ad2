//! Projects that share files: what is written once must not be written again, and what one needs must not harm another.

use crate::harness::{PLAIN, Ran, Tree, compose};

/// The changes that a run speaks of, in all its projects.
fn changes(ran: &Ran) -> &str {
    let (before, _) = ran.last().split_once(" change").unwrap_or_default();
    before.rsplit_once(": ").map_or("", |(_, number)| number)
}

/// Writes everything: Compose takes every project then, as it did before, and nothing is left to do.
fn write(tree: &Tree, projects: &[&str]) {
    for file in projects {
        assert!(compose(tree, file).is_none_or(|said| said.is_ok()), "{file} before");
    }
    let (shown, checked) = (tree.run(&[".", "--diff"]), tree.run(&[".", "--check"]));
    let written = tree.run(&[".", "--write"]);
    assert_eq!((shown.code, checked.code, written.code), (Some(0), Some(1), Some(0)), "{}", written.err);
    for file in projects {
        assert_eq!(compose(tree, file).unwrap_or(Ok(())), Ok(()), "{file}");
    }
    let number = changes(&checked).to_owned();
    if projects.len() > 1 {
        let last = written.err.lines().last().unwrap();
        assert!(last.contains(&format!(": {number} changes written to ")), "{last}");
        assert!(shown.last().contains(&format!(": {number} changes to make in ")), "{}", shown.last());
    }
    let again = tree.run(&[".", "--check"]);
    assert_eq!((again.code, again.last().contains(": nothing to change")), (Some(0), true), "{}", again.err);
}

fn extending(image: &str) -> Tree {
    let app = format!("services:\n  app:\n    extends: {{file: ../z/compose.yml, service: web}}\n{image}");
    Tree::new(&[("a/compose.yml", &app), ("z/compose.yml", PLAIN)])
}

#[test]
fn what_a_service_takes_over_is_not_written_again() {
    let tree = extending("");
    let before = tree.text("a/compose.yml");
    write(&tree, &["a/compose.yml", "z/compose.yml"]);
    assert_eq!(tree.text("a/compose.yml"), before, "everything comes from the other project");
    assert!(tree.text("z/compose.yml").contains("no-new-privileges"));
}

#[test]
fn the_words_of_the_command_line_do_not_change_the_order() {
    for files in [["a/compose.yml", "z/compose.yml"], ["z/compose.yml", "a/compose.yml"]] {
        let tree = extending("");
        let before = tree.text("a/compose.yml");
        let ran = tree.run(&[files[0], files[1], "--write"]);
        assert_eq!(ran.code, Some(0), "{}", ran.err);
        assert_eq!(ran.told(), files, "{}", ran.err);
        assert_eq!(tree.text("a/compose.yml"), before);
    }
}

#[test]
fn a_service_that_is_taken_over_for_another_image_is_held_back() {
    let tree = extending("    image: example/other:1\n");
    write(&tree, &["a/compose.yml", "z/compose.yml"]);
    assert_eq!(
        tree.text("z/compose.yml"),
        PLAIN,
        "its user and its root filesystem would be those of `app`, too"
    );
    let app = tree.text("a/compose.yml");
    assert!(app.contains("no-new-privileges") && !app.contains("user:"), "{app}");
    let held = tree.run(&[".", "-v"]).err;
    assert!(held.contains("give `app` in `a/compose.yml` lines of its own"), "{held}");
}

#[test]
fn an_item_that_the_heir_has_already_is_not_added_to_what_it_takes_over() {
    let tree = extending("    security_opt: ['no-new-privileges:true']\n");
    write(&tree, &["a/compose.yml", "z/compose.yml"]);
}

#[test]
fn chains_of_projects_are_hardened_from_their_end() {
    let link =
        |to: &str| format!("services:\n  web:\n    extends: {{file: ../{to}/compose.yml, service: web}}\n");
    let tree =
        Tree::new(&[("a/compose.yml", &link("b")), ("b/compose.yml", &link("c")), ("c/compose.yml", PLAIN)]);
    let before = (tree.text("a/compose.yml"), tree.text("b/compose.yml"));
    write(&tree, &["a/compose.yml", "b/compose.yml", "c/compose.yml"]);
    assert_eq!((tree.text("a/compose.yml"), tree.text("b/compose.yml")), before);
}

#[test]
fn projects_that_include_each_other_s_files_are_hardened_once() {
    let tree = Tree::new(&[
        ("compose.yml", "include: [sub/compose.yml]\nservices:\n  own: {image: redis:7}\n"),
        ("sub/compose.yml", PLAIN),
        ("other/compose.yml", "include: [../sub/compose.yml]\nservices:\n  more: {image: redis:7}\n"),
    ]);
    write(&tree, &["compose.yml", "sub/compose.yml", "other/compose.yml"]);
    assert_eq!(tree.text("sub/compose.yml").matches("no-new-privileges").count(), 1);
    assert!(tree.text("compose.yml").contains("no-new-privileges"));
}

#[test]
fn a_file_that_is_there_for_others_is_a_part_of_them() {
    let tree = Tree::new(&[
        ("compose.yml", "include: [compose.db.yml]\nservices:\n  web: {image: nginx:1.27}\n"),
        ("compose.db.yml", "services:\n  db: {image: 'redis:7'}\n"),
    ]);
    let ran = tree.run(&[".", "--check", "-v"]);
    assert_eq!(ran.told(), ["compose.yml"], "{}", ran.err);
    assert!(ran.err.contains("skipped `compose.db.yml`: it is part of `compose.yml`"), "{}", ran.err);
    assert_eq!(tree.run(&[".", "--write"]).code, Some(0));
    assert!(tree.text("compose.db.yml").contains("no-new-privileges"));
    assert_eq!(tree.run(&[".", "--check"]).code, Some(0));
}

#[test]
fn projects_that_wait_for_each_other_are_refused() {
    let end = |of: &str, own: &str| {
        format!(
            "services:\n  x:\n    extends: {{file: ../{of}/compose.yml, service: own}}\n  own: {{image: {own}}}\n"
        )
    };
    let tree = Tree::new(&[
        ("a/compose.yml", &end("b", "nginx")),
        ("b/compose.yml", &end("a", "redis")),
        ("c/compose.yml", PLAIN),
    ]);
    let ran = tree.run(&[".", "--check"]);
    assert_eq!((ran.code, ran.told()), (Some(2), vec!["c/compose.yml"]), "{}", ran.err);
    assert!(
        ran.err.contains("`a/compose.yml` and `b/compose.yml` take over services of each other"),
        "{}",
        ran.err
    );
    assert_eq!(tree.run(&[".", "--write"]).code, Some(2));
    assert_eq!(tree.text("c/compose.yml"), PLAIN);
}

#[test]
fn two_variants_that_include_one_file_change_it_once() {
    let variant = "include: [common.yml]\nservices:\n  web: {image: nginx:1.27}\n";
    let tree = Tree::new(&[
        ("compose.blue.yml", variant),
        ("compose.green.yml", variant),
        ("common.yml", "services:\n  db: {image: 'redis:7'}\n"),
    ]);
    write(&tree, &["compose.blue.yml", "compose.green.yml"]);
    assert_eq!(tree.text("common.yml").matches("no-new-privileges").count(), 1);
}
