//! Names that are as long as names can be, and names that are no text.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::fd::{AsRawFd as _, OwnedFd};
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use rustix::fs::{Mode, OFlags};
use serde_json::Value;

use crate::harness::{Folder, NEW, OLD, Ran, root};

fn run(folder: &Folder, words: &[&OsStr]) -> Ran {
    let mut command = folder.command(&[]);
    Ran::of(command.args(words))
}

fn words<'a>(file: &'a Path, rest: &'a [&'a str]) -> Vec<&'a OsStr> {
    std::iter::once(file.as_os_str()).chain(rest.iter().map(OsStr::new)).collect()
}

/// A message without its long names.
fn short(text: &str) -> String {
    text.replace("n/", "").replace(&"n".repeat(200), "")
}

/// A name that is no UTF-8, for a file that Compose would take.
fn latin() -> OsString {
    OsString::from_vec(b"compose.caf\xe9.yml".to_vec())
}

#[test]
fn a_name_of_255_bytes_is_written() {
    let name = format!("{}.yml", "n".repeat(251));
    let folder = Folder::new(&[(&name, OLD)]);
    assert_eq!(folder.run(&[&name, "--write", "--only", "init"]).code, Some(0));
    assert_eq!((folder.text(&name).as_str(), folder.count()), (NEW, 1));
    let report = format!("json={}", "r".repeat(255));
    assert_eq!(folder.run(&[&name, "--check", "--only", "init", "--report", &report]).code, Some(0));
    assert_eq!(folder.run(&[&name, "-o", &"o".repeat(255)]).code, Some(0));
    let ran = folder.run(&[&name, "-o", &"o".repeat(256)]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.err.contains("file name too long; nothing was written"), "{}", ran.err);
}

#[test]
fn a_name_that_is_longer_than_any_name_is_told() {
    let folder = Folder::new(&[("compose.yml", OLD)]);
    for name in ["n".repeat(256), "n/".repeat(2100)] {
        for words in
            [&[&*name, "--write"][..], &["-f", &name], &["compose.yml", "--overlay", &name, "--write"]]
        {
            let ran = folder.run(words);
            assert_eq!(ran.code, Some(2), "{}", short(&ran.err));
            assert!(ran.err.contains("file name too long"), "{}", short(&ran.err));
        }
    }
    assert_eq!((folder.count(), folder.text("compose.yml").as_str()), (1, OLD));
}

/// A folder so deep that its path has more than 4096 bytes: made step by step, and reached by its descriptor.
fn deep(folder: &Folder) -> OwnedFd {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY;
    let name = "d".repeat(200);
    let mut below = rustix::fs::open(root(folder), flags, Mode::empty()).unwrap();
    for _ in 0..25 {
        rustix::fs::mkdirat(&below, &*name, Mode::from_raw_mode(0o755)).unwrap();
        below = rustix::fs::openat(&below, &*name, flags, Mode::empty()).unwrap();
    }
    below
}

#[test]
fn below_a_path_of_more_than_4096_bytes_a_file_is_checked_and_left_as_it_is() {
    let folder = Folder::new(&[("compose.yml", OLD)]);
    let descriptor = deep(&folder);
    let below = PathBuf::from(format!("/proc/self/fd/{}", descriptor.as_raw_fd()));
    fs::write(below.join("compose.yml"), OLD).unwrap();
    let run = |words: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_harden"));
        // the folder of the child after the fork, where the descriptor is still open
        Ran::of(command.args(words).current_dir(&below).stdin(Stdio::null()))
    };
    let check = run(&["compose.yml", "--check", "--only", "init"]);
    assert_eq!(check.code, Some(1), "{}", check.err);
    let write = run(&["compose.yml", "--write", "--only", "init"]);
    assert_eq!(write.code, Some(2), "{}", write.err);
    assert!(write.err.contains("file name too long; nothing was written"), "{}", write.err);
    assert_eq!(fs::read_to_string(below.join("compose.yml")).unwrap(), OLD);
    assert_eq!(fs::read_dir(&below).unwrap().count(), 1);
    // a whole tree that reaches there
    let ran = folder.run(&[".", "--check", "--only", "init"]);
    assert_eq!(ran.code, Some(2), "{}", ran.err);
    assert!(ran.err.contains("file name too long"), "what is out of reach is told: {}", ran.err);
    assert!(ran.told().contains(&"compose.yml"), "{}", ran.err);
}

#[test]
fn a_name_that_is_no_utf8_is_written() {
    let folder = Folder::new(&[]);
    folder.put(latin(), OLD);
    let name = PathBuf::from(latin());
    let ran = run(&folder, &words(&name, &["--write", "--only", "init"]));
    assert_eq!((ran.code, folder.text(latin()).as_str(), folder.count()), (Some(0), NEW, 1), "{}", ran.err);
    let out = PathBuf::from(OsString::from_vec(b"out\xff.yml".to_vec()));
    let ran = run(&folder, &[name.as_os_str(), OsStr::new("-o"), out.as_os_str()]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert_eq!(fs::read_dir(root(&folder)).unwrap().count(), 2);
}

#[test]
fn git_applies_the_diff_of_a_name_that_is_no_utf8() {
    let folder = Folder::new(&[]);
    folder.put(latin(), OLD);
    let ran = run(&folder, &words(Path::new(&latin()), &["--diff", "--only", "init", "-q"]));
    assert!(
        ran.out.starts_with("--- \"a/compose.caf\\351.yml\"\n+++ \"b/compose.caf\\351.yml\"\n"),
        "{}",
        ran.out
    );
    folder.put("patch", &ran.out);
    let git = Ran::of(Command::new("git").args(["apply", "patch"]).current_dir(root(&folder)));
    assert_eq!((git.code, folder.text(latin()).as_str()), (Some(0), NEW), "{}", git.err);
}

#[test]
fn reports_about_names_that_are_no_utf8_are_valid() {
    let folder = Folder::new(&[]);
    let deep = Path::new(OsStr::from_bytes(b"sub\xff\xfe")).join("compose.yml");
    folder.put(&deep, OLD);
    folder.put(latin(), OLD);
    for format in ["json", "sarif", "gitlab"] {
        let ran = folder.run(&[".", "--check", "--only", "init", "--format", format]);
        assert_eq!(ran.code, Some(1), "{format}: {}", ran.err);
        let report: Value = serde_json::from_str(&ran.out).unwrap();
        assert!(report.to_string().contains("compose"), "{format}: {report}");
    }
    let sarif: Value =
        serde_json::from_str(&folder.run(&[".", "--check", "--only", "init", "--format", "sarif"]).out)
            .unwrap();
    let uris: Vec<&str> = sarif["runs"][0]["results"]
        .as_array()
        .unwrap()
        .iter()
        .map(|result| result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].as_str().unwrap())
        .collect();
    assert_eq!(uris.len(), 2);
    assert!(uris.iter().all(|uri| uri.is_ascii()), "{uris:?}");
    for format in ["junit", "github", "markdown", "text", "diff"] {
        // `Ran` holds text, so that whatever is no UTF-8 fails
        let ran = folder.run(&[".", "--check", "--only", "init", "--format", format]);
        assert_eq!(ran.code, Some(1), "{format}: {}", ran.err);
    }
    let report = OsString::from_vec(b"json=r\xff.json".to_vec());
    let ran = run(&folder, &[OsStr::new("."), OsStr::new("--check"), OsStr::new("--report"), &report]);
    assert!(matches!(ran.code, Some(1 | 2)), "{}", ran.err);
}

#[test]
fn names_that_are_no_utf8_come_from_lists_and_stay_out_where_git_ignores_them() {
    let folder = Folder::new(&[("compose.yml", OLD), (".gitignore", "ignored*/\n")]);
    let ignored = Path::new(OsStr::from_bytes(b"ignored\xff")).join("compose.yml");
    folder.put(&ignored, OLD);
    folder.put(latin(), OLD);
    let ran = folder.run(&[".", "--write", "--only", "init"]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert_eq!((folder.text(&ignored).as_str(), folder.text(latin()).as_str()), (OLD, NEW));
    let list = [ignored.as_os_str().as_bytes(), b"\0"].concat();
    let ran = folder.run_with(&["--files-from", "-", "--write", "--only", "init"], list);
    assert_eq!((ran.code, folder.text(&ignored).as_str()), (Some(0), NEW), "{}", ran.err);
}

#[test]
fn a_list_of_ignored_names_that_is_no_text_is_told_and_nothing_is_written() {
    let folder = Folder::new(&[("compose.yml", OLD), ("later/compose.yml", OLD)]);
    fs::write(folder.path(".gitignore"), b"caf\xe9/\nlater/\n").unwrap();
    let ran = folder.run(&[".", "--write", "--only", "init"]);
    assert_eq!(ran.code, Some(2), "{}", ran.err);
    assert!(ran.err.contains("`.gitignore`") && ran.err.contains("nothing was written"), "{}", ran.err);
    assert_eq!((folder.text("compose.yml").as_str(), folder.text("later/compose.yml").as_str()), (OLD, OLD));
}
