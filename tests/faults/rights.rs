//! What a user may not do. Root may do everything, so root runs the program as nobody here.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::harness::{Folder, NEW, OLD, Ran, required, root, state};

/// Nobody, by number.
const NOBODY: u32 = 65534;

/// The program where anyone can start it, and who starts it.
struct User {
    program: PathBuf,
    _folder: Folder,
    is_root: bool,
}

impl User {
    /// None where a test that runs as root has no way to be someone else.
    fn new() -> Option<Self> {
        let folder = Folder::new(&[]);
        let program = folder.path("harden");
        fs::copy(env!("CARGO_BIN_EXE_harden"), &program).unwrap();
        fs::set_permissions(root(&folder), fs::Permissions::from_mode(0o755)).unwrap();
        let is_root = fs::metadata("/proc/self").unwrap().uid() == 0;
        let can = !is_root || Command::new("setpriv").arg("--version").output().is_ok();
        if !can {
            println!("NOT RUN: this is root, and there is no `setpriv` to be someone else");
            assert!(!required("permissions of others than root"), "`setpriv` is missing");
        }
        can.then_some(Self { program, _folder: folder, is_root })
    }

    fn run(&self, folder: &Folder, words: &[&str]) -> Ran {
        let mut command = if self.is_root {
            let mut command = Command::new("setpriv");
            command.args(["--reuid=65534", "--regid=65534", "--clear-groups"]).arg(&self.program);
            command
        } else {
            Command::new(&self.program)
        };
        Ran::of(
            command.args(words).current_dir(root(folder)).stdin(Stdio::null()).env_remove("GITHUB_ACTIONS"),
        )
    }

    /// A folder of the user's own.
    fn folder(&self, files: &[(&str, &str)]) -> Folder {
        let folder = Folder::new(files);
        if self.is_root {
            give(&root(&folder));
            for (name, _) in files {
                give(&folder.path(name));
            }
        }
        folder
    }
}

fn give(path: &Path) {
    chown(path, Some(NOBODY), Some(NOBODY)).unwrap();
}

fn mode(path: impl AsRef<Path>, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

const WRITE: [&str; 4] = ["compose.yml", "--write", "--only", "init"];

#[test]
fn a_user_writes_its_own_file() {
    let Some(user) = User::new() else { return };
    let folder = user.folder(&[("compose.yml", OLD)]);
    mode(folder.path("compose.yml"), 0o600);
    let ran = user.run(&folder, &WRITE);
    assert_eq!((ran.code, folder.text("compose.yml").as_str()), (Some(0), NEW), "{}", ran.err);
    let meta = fs::metadata(folder.path("compose.yml")).unwrap();
    assert_eq!(meta.mode() & 0o7777, 0o600);
    assert!(!user.is_root || meta.uid() == NOBODY);
}

#[test]
fn what_may_not_be_read_or_replaced_is_told() {
    let Some(user) = User::new() else { return };
    let folder = user.folder(&[("compose.yml", OLD)]);
    for (file, of_folder, cause) in [
        (0o000, 0o755, "permission denied"),
        (0o444, 0o755, "`compose.yml` is write-protected"),
        (0o644, 0o555, "cannot write a temporary file beside `compose.yml`: permission denied"),
    ] {
        mode(folder.path("compose.yml"), file);
        mode(root(&folder), of_folder);
        let ran = user.run(&folder, &WRITE);
        mode(root(&folder), 0o755);
        assert_eq!(ran.code, Some(2), "{cause}: {}", ran.err);
        assert!(ran.err.contains(cause), "{cause}: {}", ran.err);
        mode(folder.path("compose.yml"), 0o644);
        assert_eq!((folder.text("compose.yml").as_str(), folder.count()), (OLD, 1));
    }
    for words in [&["compose.yml", "-o", "out.yml"][..], &["init"], &["baseline"]] {
        mode(root(&folder), 0o555);
        let ran = user.run(&folder, words);
        mode(root(&folder), 0o755);
        assert_eq!(ran.code, Some(2), "{words:?}: {}", ran.err);
        assert!(ran.err.contains("permission denied; nothing was written"), "{words:?}: {}", ran.err);
        assert_eq!(folder.count(), 1);
    }
}

#[test]
fn a_folder_that_may_not_be_entered_is_told_and_the_rest_is_checked() {
    let Some(user) = User::new() else { return };
    let folder = user.folder(&[("a/compose.yml", OLD), ("b/compose.yml", OLD)]);
    mode(folder.path("a"), 0o000);
    let check = user.run(&folder, &[".", "--check", "--only", "init"]);
    let write = user.run(&folder, &[".", "--write", "--only", "init"]);
    mode(folder.path("a"), 0o755);
    assert_eq!((check.code, check.told()), (Some(2), vec!["b/compose.yml"]), "{}", check.err);
    assert!(check.err.contains("cannot read `a`: permission denied"), "{}", check.err);
    assert!(write.code == Some(2) && write.err.contains("nothing was written"), "{}", write.err);
    assert_eq!(folder.text("b/compose.yml"), OLD);
}

/// A file of someone else that its group may write to: a replacement would take it from its owner.
#[test]
fn a_file_of_someone_else_is_left_to_them() {
    let Some(user) = User::new() else { return };
    if !user.is_root {
        println!("NOT RUN: only root can make a file of someone else");
        assert!(!required("a file of someone else"), "run it as root");
        return;
    }
    let folder = user.folder(&[("compose.yml", OLD)]);
    chown(folder.path("compose.yml"), Some(0), Some(NOBODY)).unwrap();
    mode(folder.path("compose.yml"), 0o660);
    let before = state(&root(&folder));
    let ran = user.run(&folder, &WRITE);
    assert_eq!((ran.code, state(&root(&folder))), (Some(2), before), "{}", ran.err);
    assert!(
        ran.err.contains("cannot keep owner, mode and attributes of `compose.yml`: operation not permitted; nothing was written"),
        "{}",
        ran.err
    );
}
