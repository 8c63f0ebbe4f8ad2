//! Files that are not what they seem, vanish or change in between, and what a replacement keeps.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::path::Path;
use std::process::Command;
use std::thread::sleep;
use std::time::Duration;

use rustix::fs::{XattrFlags, getxattr, setxattr};

use crate::harness::{Folder, NEW, OLD, root, state};

const WRITE: [&str; 4] = ["compose.yml", "--write", "--only", "init"];

/// A list that lets user 1 write and hides the file from the group that the mode's middle digit seems to speak of.
const ACCESS: [u8; 44] = [
    2, 0, 0, 0, // version
    1, 0, 6, 0, 255, 255, 255, 255, // owner: rw
    2, 0, 6, 0, 1, 0, 0, 0, // user 1: rw
    4, 0, 0, 0, 255, 255, 255, 255, // group: nothing
    16, 0, 6, 0, 255, 255, 255, 255, // mask: rw
    32, 0, 0, 0, 255, 255, 255, 255, // others: nothing
];

fn attribute(path: &Path, name: &str) -> Option<Vec<u8>> {
    let mut value = [0; 256];
    let length = getxattr(path, name, &mut value[..]).ok()?;
    value.get(..length).map(<[u8]>::to_vec)
}

#[test]
fn access_lists_and_notes_are_kept() {
    let folder = Folder::new(&[("compose.yml", OLD)]);
    let path = folder.path("compose.yml");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    if let Err(cause) = setxattr(&path, "user.note", b"ours", XattrFlags::empty()) {
        println!("NOT RUN: the file system of temporary files has no attributes: {cause}");
        return;
    }
    setxattr(&path, "user.empty", b"", XattrFlags::empty()).unwrap();
    setxattr(&path, "system.posix_acl_access", &ACCESS, XattrFlags::empty()).unwrap();
    let before = fs::metadata(&path).unwrap();
    assert_eq!(before.mode() & 0o777, 0o660, "the mask of the list");
    let ran = folder.run(&WRITE);
    assert_eq!((ran.code, folder.text("compose.yml").as_str()), (Some(0), NEW), "{}", ran.err);
    assert_eq!(fs::metadata(&path).unwrap().mode(), before.mode());
    assert_eq!(attribute(&path, "user.note").as_deref(), Some(&b"ours"[..]));
    assert_eq!(attribute(&path, "user.empty").as_deref(), Some(&b""[..]));
    assert_eq!(attribute(&path, "system.posix_acl_access").as_deref(), Some(&ACCESS[..]));
}

#[test]
fn a_list_that_the_folder_gives_to_new_files_is_not_given_to_a_replacement() {
    let folder = Folder::new(&[("compose.yml", OLD)]);
    let path = folder.path("compose.yml");
    if let Err(cause) = setxattr(root(&folder), "system.posix_acl_default", &ACCESS, XattrFlags::empty()) {
        println!("NOT RUN: the file system of temporary files has no access lists: {cause}");
        return;
    }
    fs::set_permissions(&path, fs::Permissions::from_mode(0o660)).unwrap();
    assert_eq!(folder.run(&WRITE).code, Some(0));
    assert_eq!(attribute(&path, "system.posix_acl_access"), None);
    assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o660);
}

#[test]
fn links_that_lead_nowhere_are_told() {
    let folder = Folder::new(&[("there.yml", OLD)]);
    symlink("compose.yml", folder.path("compose.yml")).unwrap();
    symlink("two.yml", folder.path("one.yml")).unwrap();
    symlink("one.yml", folder.path("two.yml")).unwrap();
    symlink("missing.yml", folder.path("dangling.yml")).unwrap();
    for (name, cause) in
        [("compose.yml", "symbolic link"), ("one.yml", "symbolic link"), ("dangling.yml", "no such file")]
    {
        let ran = folder.run(&[name, "--write"]);
        assert_eq!(ran.code, Some(2), "{}", ran.err);
        assert!(ran.err.contains(name) && ran.err.contains(cause), "{}", ran.err);
        let ran = folder.run(&["there.yml", "-o", name]);
        let told = format!("error: `{name}` is a symbolic link that leads nowhere; nothing was written\n");
        assert!(ran.code == Some(2) && ran.err.contains(&told), "{}", ran.err);
        assert!(folder.path(name).is_symlink());
    }
    assert!(!folder.path("missing.yml").exists());
}

#[test]
fn folders_that_go_round_in_a_circle_are_walked_once() {
    let folder = Folder::new(&[("a/compose.yml", OLD), ("a/b/compose.yml", OLD)]);
    symlink("..", folder.path("a/b/up")).unwrap();
    symlink("self", folder.path("self")).unwrap();
    let ran = folder.run(&[".", "--check", "--only", "init"]);
    assert_eq!((ran.code, ran.told()), (Some(1), vec!["a/b/compose.yml", "a/compose.yml"]), "{}", ran.err);
}

#[test]
fn hard_links_are_told_and_stay_linked() {
    let folder = Folder::new(&[("compose.yml", OLD)]);
    fs::hard_link(folder.path("compose.yml"), folder.path("other.yml")).unwrap();
    let before = state(&root(&folder));
    for words in [&WRITE[..], &["other.yml", "-o", "compose.yml"]] {
        let ran = folder.run(words);
        assert_eq!((ran.code, state(&root(&folder))), (Some(2), before.clone()), "{}", ran.err);
        assert!(
            ran.err.contains("has 2 hard links") && ran.err.contains("nothing was written"),
            "{}",
            ran.err
        );
    }
    assert_eq!(fs::metadata(folder.path("compose.yml")).unwrap().nlink(), 2);
}

/// A tree whose second project takes long to read, so that the first is read, and not yet written.
fn slow_second() -> Folder {
    let services: Vec<String> = (0..3000).map(|at| format!("  s{at}:\n    image: nginx:1.27\n")).collect();
    let slow = format!("services:\n{}", services.concat());
    Folder::new(&[("a/compose.yml", OLD), ("b/compose.yml", &slow)])
}

/// Runs `--write` on the tree, and does something as soon as the first new text lies beside its file.
fn meddled(folder: &Folder, meddle: impl Fn(&Path)) -> (Option<i32>, String) {
    let mut command =
        folder.command(&["-f", "a/compose.yml", "-f", "b/compose.yml", "--write", "--only", "init"]);
    let child =
        command.stderr(std::process::Stdio::piped()).stdout(std::process::Stdio::null()).spawn().unwrap();
    let is_staged = || {
        let mut entries = fs::read_dir(folder.path("a")).unwrap();
        entries.any(|entry| entry.unwrap().file_name().to_str().unwrap().starts_with(".harden-"))
    };
    while !is_staged() {
        sleep(Duration::from_micros(50));
    }
    meddle(&folder.path("a/compose.yml"));
    let output = child.wait_with_output().unwrap();
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

#[test]
fn a_file_that_changes_between_reading_and_writing_stops_everything() {
    let folder = slow_second();
    let (code, err) = meddled(&folder, |path| fs::write(path, "services: {}\n").unwrap());
    assert_eq!(code, Some(2), "{err}");
    assert!(err.contains("error: `a/compose.yml` changed since it was read; nothing was written\n"), "{err}");
    assert!(err.contains("help: run harden again"), "{err}");
    assert_eq!(folder.text("a/compose.yml"), "services: {}\n");
    assert!(!folder.text("b/compose.yml").contains("init"));
    assert_eq!(state(&root(&folder)).len(), 2, "no temporary file is left");
}

#[test]
fn a_file_that_vanishes_between_reading_and_writing_stays_away() {
    let folder = slow_second();
    let (code, err) = meddled(&folder, |path| fs::remove_file(path).unwrap());
    assert_eq!(code, Some(2), "{err}");
    assert!(
        err.contains("cannot read `a/compose.yml`: no such file or directory; nothing was written"),
        "{err}"
    );
    assert_eq!(state(&root(&folder)).len(), 1, "neither it nor a temporary file is there");
}

#[test]
fn a_folder_that_vanishes_is_told_and_the_other_file_is_put_back_or_never_written() {
    let folder = slow_second();
    let (code, err) = meddled(&folder, |path| fs::remove_dir_all(path.parent().unwrap()).unwrap());
    assert_eq!(code, Some(2), "{err}");
    assert!(err.contains("`a/compose.yml`: no such file or directory; nothing was written"), "{err}");
    assert!(!folder.text("b/compose.yml").contains("init"));
    assert_eq!(state(&root(&folder)).len(), 1);
}

#[test]
fn asked_to_end_it_tidies_up() {
    for signal in ["INT", "TERM", "HUP"] {
        let folder = slow_second();
        let before = state(&root(&folder));
        let mut command = folder.command(&[".", "--write", "--only", "init"]);
        // a tree is written by the thread that was asked; many projects make sure that it is not done yet
        for at in 0..200 {
            folder.put(format!("c{at}/compose.yml"), OLD);
        }
        let child = command.stderr(std::process::Stdio::piped()).spawn().unwrap();
        while !state(&root(&folder)).keys().any(|name| name.contains("/.harden-")) {
            sleep(Duration::from_micros(200));
        }
        let killed = Command::new("kill").args(["-s", signal, &child.id().to_string()]).status().unwrap();
        assert!(killed.success());
        let output = child.wait_with_output().unwrap();
        let err = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{signal}: {err}");
        assert!(err.contains("error: interrupted; nothing was written\n"), "{signal}: {err}");
        let mut after = state(&root(&folder));
        after.retain(|name, _| !name.starts_with('c'));
        assert_eq!(after, before, "{signal}: no temporary file is left");
    }
}

#[test]
fn what_a_killed_run_has_left_is_told_and_stays() {
    let folder =
        Folder::new(&[("compose.yml", OLD), (".harden-Ab12Cd.tmp", "services:\n"), (".harden-x.tmp", "")]);
    let ran = folder.run(&WRITE);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert!(
        ran.err
            .contains("warning: left by a run of harden that was killed, or by one that is still at work: `"),
        "{}",
        ran.err
    );
    assert!(
        ran.err.contains("/.harden-Ab12Cd.tmp`\n") || ran.err.contains("`.harden-Ab12Cd.tmp`\n"),
        "{}",
        ran.err
    );
    assert_eq!((folder.count(), folder.text("compose.yml").as_str()), (3, NEW));
    assert!(
        !folder.run(&["compose.yml", "--check"]).err.contains("left by"),
        "a run that writes nothing looks for nothing"
    );
}
