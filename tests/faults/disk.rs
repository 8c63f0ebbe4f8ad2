//! Disks that are full, or may not be written to: real ones, mounted for the test.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::harness::{Folder, NEW, OLD, Ran, required, root, state};

/// A file system in memory of its own, unmounted at the end.
struct Disk(Folder);

impl Disk {
    fn new(options: &str) -> Self {
        let folder = Folder::new(&[]);
        let ran =
            Ran::of(Command::new("mount").args(["-t", "tmpfs", "-o", options, "none"]).arg(root(&folder)));
        assert_eq!(ran.code, Some(0), "only root may mount: {}", ran.err);
        Self(folder)
    }

    /// Takes all space that is left but this much.
    fn fill(&self, but: usize) {
        let path = self.0.path("ballast");
        let mut size = 1 << 20;
        while fs::write(&path, vec![b'x'; size]).is_err() {
            size -= 4096;
        }
        fs::write(&path, vec![b'x'; size - but]).unwrap();
    }

    fn remount(&self, options: &str) {
        let ran = Ran::of(Command::new("mount").args(["-o", options]).arg(root(&self.0)));
        assert_eq!(ran.code, Some(0), "{}", ran.err);
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(root(&self.0)).status();
    }
}

/// Every way to write, and the words of the error.
const WAYS: [&[&str]; 6] = [
    &["compose.yml", "--write", "--only", "init"],
    &[".", "--write", "--only", "init"],
    &["compose.yml", "-o", "out.yml"],
    &["compose.yml", "--overlay", "o.yml", "--write"],
    &["init"],
    &["baseline"],
];

fn refused(disk: &Disk, cause: &str) {
    let before = state(&root(&disk.0));
    for words in WAYS {
        let ran = disk.0.run(words);
        assert_eq!(ran.code, Some(2), "{words:?}: {}", ran.err);
        assert!(ran.err.contains(&format!(": {cause}; nothing was written")), "{words:?}: {}", ran.err);
        assert_eq!(state(&root(&disk.0)), before, "{words:?}");
    }
    let ran = disk.0.run(&["compose.yml", "--check", "--report", "json=r.json"]);
    assert_eq!(ran.code, Some(2), "{}", ran.err);
    assert!(ran.err.contains("`r.json`: ") && ran.err.contains(cause), "{}", ran.err);
    assert_eq!(state(&root(&disk.0)), before);
}

#[test]
fn a_full_disk_leaves_everything_as_it_was() {
    if !required("a full disk") {
        return;
    }
    let disk = Disk::new("size=256k");
    disk.0.put("compose.yml", OLD);
    disk.fill(0);
    refused(&disk, "no space left on device");
    // as soon as there is room, it goes on
    fs::remove_file(disk.0.path("ballast")).unwrap();
    assert_eq!(disk.0.run(&["compose.yml", "--write", "--only", "init", "-q"]).code, Some(0));
    assert_eq!(disk.0.text("compose.yml"), NEW);
}

#[test]
fn a_disk_that_fills_up_in_a_tree_leaves_all_of_it_as_it_was() {
    if !required("a disk that has room for some of the new texts") {
        return;
    }
    let disk = Disk::new("size=512k");
    for at in 0..20 {
        disk.0.put(format!("{at:02}/compose.yml"), OLD);
    }
    disk.fill(5 * 4096);
    let before = state(&root(&disk.0));
    let ran = disk.0.run(&[".", "--write", "--only", "init"]);
    assert_eq!((ran.code, state(&root(&disk.0))), (Some(2), before), "{}", ran.err);
    assert!(ran.err.contains("no space left on device; nothing was written"), "{}", ran.err);
}

#[test]
fn without_inodes_nothing_is_written() {
    if !required("a disk without inodes") {
        return;
    }
    let disk = Disk::new("nr_inodes=2");
    disk.0.put("compose.yml", OLD);
    refused(&disk, "no space left on device");
}

#[test]
fn a_mount_that_is_read_only_is_told() {
    if !required("a read-only mount") {
        return;
    }
    let disk = Disk::new("size=256k");
    disk.0.put("compose.yml", OLD);
    disk.remount("remount,ro");
    refused(&disk, "read-only file system");
    assert_eq!(disk.0.run(&["compose.yml", "--check", "--only", "init"]).code, Some(1), "reading is enough");
}

/// A file that is mounted by itself, as containers have it, cannot be replaced.
#[test]
fn a_file_that_is_a_mount_point_is_told() {
    if !required("a file that is a mount point") {
        return;
    }
    let folder = Folder::new(&[("compose.yml", OLD), ("other.yml", OLD)]);
    let ran = Ran::of(
        Command::new("mount").arg("--bind").args([folder.path("other.yml"), folder.path("compose.yml")]),
    );
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let ran = folder.run(&["compose.yml", "--write"]);
    let unmounted = Command::new("umount").arg(folder.path("compose.yml")).status();
    assert!(unmounted.unwrap().success());
    assert_eq!(ran.code, Some(2), "{}", ran.err);
    assert!(ran.err.contains("cannot replace `compose.yml`: "), "{}", ran.err);
    assert!(ran.err.contains("; nothing was written"), "{}", ran.err);
    assert_eq!((folder.text("compose.yml").as_str(), folder.count()), (OLD, 2));
    assert!(Path::new(&folder.path("other.yml")).exists());
}
