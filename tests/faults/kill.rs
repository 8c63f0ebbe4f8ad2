//! Killed at, and refused by, each system call of a write, by `strace --inject`.

use std::collections::BTreeMap;

use crate::harness::{
    SCENES, Scene, State, Step, injected, is_wider, required, root, state, steps, take_temporary,
};

/// What the system may answer at a step. Not at a `close`: what it could say, `fsync` has said before.
fn refusals(call: &str) -> &'static [&'static str] {
    match call {
        "close" | "exit_group" => &[],
        "write" => &["ENOSPC", "EIO", "EINTR"],
        "openat" => &["ENOSPC", "EROFS", "EMFILE"],
        "fsync" => &["ENOSPC", "EIO"],
        "rename" | "renameat" | "renameat2" | "link" | "linkat" => &["ENOSPC", "EIO", "EROFS", "EACCES"],
        _ => &["EIO", "EACCES"],
    }
}

/// Files whose text is neither the old nor the new one, or that are there and were never meant to be.
fn broken(now: &State, before: &State, after: &State) -> Vec<String> {
    let is_whole = |name: &String| {
        let (now, before, after) = (now.get(name), before.get(name), after.get(name));
        now == before || now == after
    };
    let names = now.keys().chain(before.keys()).chain(after.keys());
    names.filter(|name| !is_whole(name)).cloned().collect()
}

/// Kills a run at each of its steps; the next run must find what it needs, and tell what was left.
fn killed(scene: &Scene) {
    if !required("a kill at each step of a write") {
        return;
    }
    let after = scene.after();
    let steps = steps(scene);
    let (mut old, mut mixed, mut new, mut with_temporary) = (0, 0, 0, 0);
    for (call, number) in &steps {
        let at = format!("{}, killed at {call} {number}", scene.name);
        let folder = scene.folder();
        let before = state(&root(&folder));
        let ran = injected(&folder, &scene.words(), call, &format!("signal=KILL:when={number}"));
        assert!(matches!(ran.code, None | Some(137)), "{at}: it was not killed: {ran:?}");
        let mut now = state(&root(&folder));
        let left = take_temporary(&mut now);
        assert_eq!(broken(&now, &before, &after), Vec::<String>::new(), "{at}");
        assert!(left.len() <= after.len(), "{at}: {left:?}");
        for (name, file) in &left {
            assert!(
                !is_wider(file, &before) || !before.keys().any(|old| !now.contains_key(old)),
                "{at}: {name}"
            );
        }
        with_temporary += usize::from(!left.is_empty());
        match () {
            () if now == before => old += 1,
            () if now == after => new += 1,
            () => mixed += 1,
        }
        goes_on(scene, &folder, &left, &at);
    }
    println!(
        "{}: killed at {} steps: {old} old, {mixed} some of each, {new} new; a temporary file left at {with_temporary}",
        scene.name,
        steps.len()
    );
}

/// The next run does what was not done, and names each temporary file that the killed one has left.
fn goes_on(scene: &Scene, folder: &crate::harness::Folder, left: &State, at: &str) {
    let again = folder.run(&scene.words());
    let is_done = scene.words.first() == Some(&"init")
        && again.code == Some(2)
        && again.err.contains("is there already");
    assert!(matches!(again.code, Some(0 | 1)) || is_done, "{at}: {}", again.err);
    let mut now = state(&root(folder));
    assert_eq!(take_temporary(&mut now), *left, "{at}: nobody else's files are removed");
    assert_eq!(now, scene.after(), "{at}");
    for name in left.keys() {
        assert!(
            again.err.contains(name.rsplit('/').next().unwrap()),
            "{at}: `{name}` is not told: {}",
            again.err
        );
    }
}

/// Lets each step fail in each way; what is told must be what is there.
fn refused(scene: &Scene) {
    if !required("an error at each step of a write") {
        return;
    }
    let after = scene.after();
    let steps: Vec<Step> = steps(scene);
    let mut outcomes: BTreeMap<&str, usize> = BTreeMap::new();
    for (call, number) in &steps {
        for refusal in refusals(call) {
            let at = format!("{}, {refusal} at {call} {number}", scene.name);
            let folder = scene.folder();
            let before = state(&root(&folder));
            let ran = injected(&folder, &scene.words(), call, &format!("error={refusal}:when={number}"));
            assert!(matches!(ran.code, Some(0..=2)) && !ran.err.contains("panicked"), "{at}: {ran:?}");
            let mut now = state(&root(&folder));
            let left = take_temporary(&mut now);
            assert_eq!(broken(&now, &before, &after), Vec::<String>::new(), "{at}");
            assert!(left.is_empty() || call.starts_with("unlink"), "{at}: {left:?}");
            let told = match ran.code {
                Some(2) if ran.err.contains("nothing was written") => {
                    assert_eq!(now, before, "{at}: {}", ran.err);
                    "refused, all old"
                }
                Some(2) => {
                    assert!(ran.err.contains("error: "), "{at}: {}", ran.err);
                    if now == before { "refused, all old" } else { "refused, and told which" }
                }
                _ => {
                    assert_eq!(now, after, "{at}: {}", ran.err);
                    "done, all new"
                }
            };
            *outcomes.entry(told).or_default() += 1;
        }
    }
    let all: usize = outcomes.values().sum();
    println!("{}: {all} errors at {} steps: {outcomes:?}", scene.name, steps.len());
}

macro_rules! scenes {
    ($($at:literal $killed:ident $refused:ident,)*) => {$(
        #[test]
        fn $killed() {
            killed(&SCENES[$at]);
        }

        #[test]
        fn $refused() {
            refused(&SCENES[$at]);
        }
    )*};
}

scenes! {
    0 one_file_killed one_file_refused,
    1 two_files_killed two_files_refused,
    2 a_tree_killed a_tree_refused,
    3 an_overlay_killed an_overlay_refused,
    4 an_output_killed an_output_refused,
    5 reports_killed reports_refused,
    6 a_policy_killed a_policy_refused,
    7 a_baseline_killed a_baseline_refused,
}
