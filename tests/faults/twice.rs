//! Two runs at once: whoever reads meanwhile, or afterwards, finds a whole file.

use std::fs;
use std::process::{Child, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use crate::harness::{Folder, NEW, OLD, root, state, take_temporary};

/// Both keys, as two runs after each other would write them in one of the two orders, or one run alone.
fn is_one_of_two(text: &str) -> bool {
    let logging = text.replace("    init: true\n", "");
    text == NEW || logging.starts_with(OLD) && logging.contains("json-file") && logging.ends_with("\"3\"\n")
}

fn start(folder: &Folder, words: &[&str]) -> Child {
    folder.command(words).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
}

/// Runs two at once; each is done, or says what was in its way and that it has written nothing.
fn both(folder: &Folder, one: &[&str], two: &[&str]) -> usize {
    let runs = [start(folder, one), start(folder, two)];
    let mut done = 0;
    for run in runs {
        let output = run.wait_with_output().unwrap();
        let err = String::from_utf8(output.stderr).unwrap();
        match output.status.code() {
            Some(0) => done += 1,
            Some(2) => {
                let causes = ["changed since it was read", "is there already", "no such file", "locked"];
                assert!(causes.iter().any(|cause| err.contains(cause)), "{err}");
                assert!(err.contains("nothing was written"), "{err}");
            }
            other => panic!("{other:?}: {err}"),
        }
    }
    done
}

#[test]
fn on_one_file_one_of_them_wins_and_every_reader_finds_a_whole_file() {
    let folder = Folder::new(&[("compose.yml", OLD)]);
    let ended = AtomicBool::new(false);
    let reads = thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let mut reads = 0;
            while !ended.load(Ordering::Relaxed) {
                let text = fs::read_to_string(folder.path("compose.yml")).unwrap();
                assert!(text == OLD || is_one_of_two(&text), "{text}");
                reads += 1;
            }
            reads
        });
        for _ in 0..30 {
            // as an editor does it, so that the reader never finds it half written
            folder.put("next", OLD);
            fs::rename(folder.path("next"), folder.path("compose.yml")).unwrap();
            let done = both(
                &folder,
                &["compose.yml", "--write", "--only", "init"],
                &["compose.yml", "--write", "--only", "logging"],
            );
            assert!(done >= 1);
            assert!(is_one_of_two(&folder.text("compose.yml")));
            assert_eq!(folder.count(), 1, "no temporary file is left");
        }
        ended.store(true, Ordering::Relaxed);
        reader.join().unwrap()
    });
    assert!(reads > 100, "{reads}");
}

#[test]
fn on_one_tree_every_file_is_whole() {
    for _ in 0..6 {
        let folder = Folder::new(&[]);
        for at in 0..30 {
            folder.put(format!("{at}/compose.yml"), OLD);
        }
        let done = both(&folder, &[".", "--write", "--only", "init"], &[".", "--write", "--only", "logging"]);
        let mut after = state(&root(&folder));
        assert!(take_temporary(&mut after).is_empty(), "no temporary file is left");
        assert_eq!(after.len(), 30);
        let whole = after.values().filter(|file| is_one_of_two(&file.text)).count();
        let old = after.values().filter(|file| file.text == OLD).count();
        assert_eq!(whole + old, 30, "{after:?}");
        assert!(done == 0 || old == 0, "one was done, and {old} files are old");
    }
}

#[test]
fn of_two_policies_one_is_written() {
    for _ in 0..10 {
        let folder = Folder::new(&[("compose.yml", OLD)]);
        assert_eq!(both(&folder, &["init"], &["init"]), 1);
        assert!(folder.text(".harden.yml").contains("level"));
        assert_eq!(folder.count(), 2);
    }
}

#[test]
fn of_two_baselines_neither_is_lost() {
    let mut done = 0;
    for round in 0..20 {
        let folder = Folder::new(&[("a.yml", OLD), ("b.yml", OLD), ("c.yml", OLD)]);
        if round % 2 == 0 {
            assert_eq!(folder.run(&["baseline", "c.yml"]).code, Some(0));
        }
        let both = both(&folder, &["baseline", "a.yml"], &["baseline", "b.yml"]);
        let baseline = folder.text(".harden-baseline.yml");
        let listed = ["a.yml:", "b.yml:"].iter().filter(|name| baseline.contains(*name)).count();
        assert_eq!(listed, both, "each that was done is in it: {baseline}");
        assert_eq!(folder.count(), 4, "no temporary file is left");
        done += both;
    }
    assert!(done >= 20, "{done}");
}
