//! A tree of a hundred thousand files: how long it takes, and how much memory.

use std::fs;
use std::process::Stdio;
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::harness::{Folder, OLD, required, root};

/// Folders, of which each has a project and files that are none.
const FOLDERS: usize = 2_000;
/// Files in each.
const FILES: usize = 50;

/// Seconds that a run may take, with the program as tests build it: without optimisation.
const MOST_SECONDS: u64 = 120;
/// MiB that it may have in memory at once.
const MOST_MEMORY: u64 = 256;

#[test]
fn a_hundred_thousand_files() {
    if !required("a tree of 100,000 files") {
        return;
    }
    let folder = Folder::new(&[]);
    for at in 0..FOLDERS {
        let below = root(&folder).join(format!("{}/{at}", at % 100));
        fs::create_dir_all(&below).unwrap();
        fs::write(below.join("compose.yml"), OLD).unwrap();
        for other in 1..FILES {
            fs::write(below.join(format!("{other}.json")), "{}\n").unwrap();
        }
    }
    for (words, code) in [
        (&[".", "--check", "--only", "init"][..], 1),
        (&[".", "--write", "--only", "init"], 0),
        (&[".", "--check", "--only", "init"], 0),
    ] {
        let (took, peak, exit) = measured(&folder, words);
        println!(
            "{} files, `harden {}`: {:.1} s, at most {} MiB",
            FOLDERS * FILES,
            words.join(" "),
            took.as_secs_f64(),
            peak >> 10
        );
        assert_eq!(exit, Some(code));
        assert!(took.as_secs() < MOST_SECONDS && peak >> 10 < MOST_MEMORY, "too much");
    }
    let written = fs::read_to_string(folder.path("7/7/compose.yml")).unwrap();
    assert!(written.contains("init: true"));
}

/// How long a run takes, its peak of memory in KiB, and its exit code.
fn measured(folder: &Folder, words: &[&str]) -> (Duration, u64, Option<i32>) {
    let start = Instant::now();
    let mut child = folder.command(words).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let mut peak = 0;
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            assert!(peak > 0, "it ended before anyone looked");
            return (start.elapsed(), peak, status.code());
        }
        let status = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        peak = peak.max(line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0));
        sleep(Duration::from_millis(5));
    }
}
