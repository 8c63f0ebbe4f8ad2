//! Several files, and one of them that cannot be replaced: the others are put back, or it is told which were written.

use crate::harness::{OLD, SCENES, Scene, injected, required, root, state};

const TREE: &Scene = &SCENES[2];

#[test]
fn a_failed_replacement_puts_the_others_back() {
    if !required("a second replacement that fails") {
        return;
    }
    for number in 1..=3 {
        let folder = TREE.folder();
        let before = state(&root(&folder));
        let ran = injected(&folder, &TREE.words(), "renameat", &format!("error=EIO:when={number}"));
        assert_eq!((ran.code, state(&root(&folder))), (Some(2), before), "{}", ran.err);
        let name = ["a", "b", "c"][number - 1];
        let told = format!(
            "error: cannot replace `./{name}/compose.yml`: input/output error; nothing was written\n"
        );
        assert!(
            ran.err.replace("`a/", "`./a/").replace("`b/", "`./b/").replace("`c/", "`./c/").contains(&told),
            "{}",
            ran.err
        );
    }
}

#[test]
fn what_cannot_be_put_back_is_told_by_name() {
    if !required("a second replacement that fails, as does putting back") {
        return;
    }
    let folder = TREE.folder();
    let ran = injected(&folder, &TREE.words(), "renameat", "error=EIO:when=2+");
    assert_eq!(ran.code, Some(2), "{}", ran.err);
    let names = |text: &str| text.replace("./", "");
    assert!(
        names(&ran.err).contains(
            "error: cannot replace `b/compose.yml`: input/output error; written before that, and could not be \
             put back: `a/compose.yml`; as before: `b/compose.yml`, `c/compose.yml`\n"
        ),
        "{}",
        ran.err
    );
    assert!(folder.text("a/compose.yml").contains("init: true"));
    assert_eq!((folder.text("b/compose.yml").as_str(), folder.text("c/compose.yml").as_str()), (OLD, OLD));
    assert_eq!(state(&root(&folder)).len(), 3, "no temporary file is left");
}

#[test]
fn a_report_says_which_projects_were_written() {
    if !required("a report about a run that failed in the middle") {
        return;
    }
    let folder = TREE.folder();
    let words = [&TREE.words()[..], &["--report", "json=r.json"]].concat();
    let ran = injected(&folder, &words, "renameat", "error=EIO:when=2");
    assert_eq!(ran.code, Some(2), "{}", ran.err);
    let report: serde_json::Value = serde_json::from_str(&folder.text("r.json")).unwrap();
    let written: Vec<bool> = report["projects"]
        .as_array()
        .unwrap()
        .iter()
        .map(|project| project["written"].as_bool().unwrap())
        .collect();
    assert_eq!(written, [false; 3]);
}

#[test]
fn without_threads_the_first_one_does_everything() {
    if !required("a system that gives no threads") {
        return;
    }
    let folder = TREE.folder();
    let ran = injected(&folder, &TREE.words(), "clone3", "error=EAGAIN");
    assert_eq!((ran.code, state(&root(&folder))), (Some(0), TREE.after()), "{}", ran.err);
}
