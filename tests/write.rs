//! Replacing files: what is kept, what is refused, and that a refusal leaves everything as it was.

#![cfg(unix)]

use std::error::Error;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::Path;

use harden::write::{WriteError, create};
use tempfile::tempdir;

type Outcome = Result<(), Box<dyn Error>>;

const OLD: &str = "services: {}\n";
const NEW: &str = "services:\n  web:\n    image: nginx\n";

#[expect(clippy::disallowed_methods, reason = "tests make their own files")]
fn put(path: &Path, text: &str) -> std::io::Result<()> {
    fs::write(path, text)
}

#[expect(clippy::disallowed_methods, reason = "tests read what was written")]
fn text(path: &Path) -> std::io::Result<String> {
    fs::read_to_string(path)
}

fn entries(directory: &Path) -> std::io::Result<usize> {
    Ok(fs::read_dir(directory)?.count())
}

#[test]
fn a_new_file_gets_the_mode_of_any_new_file() -> Outcome {
    let dir = tempdir()?;
    let (made, plain) = (dir.path().join("made.yml"), dir.path().join("plain.yml"));
    create(&made, NEW)?;
    put(&plain, NEW)?;
    assert_eq!(text(&made)?, NEW);
    assert_eq!(fs::metadata(&made)?.mode(), fs::metadata(&plain)?.mode());
    assert_eq!(entries(dir.path())?, 2, "no temporary file is left");
    Ok(())
}

#[test]
fn mode_and_owner_are_kept() -> Outcome {
    let dir = tempdir()?;
    let path = dir.path().join("compose.yml");
    put(&path, OLD)?;
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640))?;
    // only root may give a file away; the check below holds for anyone
    let _ = std::os::unix::fs::chown(&path, Some(12345), Some(23456));
    let before = fs::metadata(&path)?;
    create(&path, NEW)?;
    let after = fs::metadata(&path)?;
    assert_eq!(text(&path)?, NEW);
    assert_eq!((after.mode(), after.uid(), after.gid()), (before.mode(), before.uid(), before.gid()));
    assert_ne!(after.ino(), before.ino(), "replaced, not overwritten");
    Ok(())
}

#[test]
fn a_symbolic_link_stays_and_its_target_is_replaced() -> Outcome {
    let dir = tempdir()?;
    let (file, link) = (dir.path().join("real.yml"), dir.path().join("compose.yml"));
    put(&file, OLD)?;
    symlink("real.yml", &link)?;
    create(&link, NEW)?;
    assert!(fs::symlink_metadata(&link)?.is_symlink());
    assert_eq!(text(&file)?, NEW);
    Ok(())
}

#[test]
fn a_file_with_two_names_is_refused() -> Outcome {
    let dir = tempdir()?;
    let (one, two) = (dir.path().join("one.yml"), dir.path().join("two.yml"));
    put(&one, OLD)?;
    fs::hard_link(&one, &two)?;
    let error = create(&one, NEW).err().ok_or("it was written")?;
    assert!(matches!(error, WriteError::HardLinks { names: 2, .. }), "{error}");
    assert_eq!((text(&one)?.as_str(), text(&two)?.as_str()), (OLD, OLD));
    Ok(())
}

#[test]
fn a_write_protected_file_is_refused() -> Outcome {
    let dir = tempdir()?;
    let path = dir.path().join("compose.yml");
    put(&path, OLD)?;
    fs::set_permissions(&path, fs::Permissions::from_mode(0o444))?;
    let error = create(&path, NEW).err().ok_or("it was written")?;
    assert!(matches!(error, WriteError::Protected(_)), "{error}");
    assert_eq!(text(&path)?, OLD);
    Ok(())
}

#[test]
fn a_directory_that_takes_no_files_is_a_clear_error() -> Outcome {
    // the kernel's own file system takes no new files, not even from root
    let path = Path::new("/proc/self/comm");
    if !path.exists() {
        return Ok(());
    }
    let error = create(path, "x").err().ok_or("it was written")?;
    assert!(
        error.to_string().starts_with("cannot write a temporary file beside `/proc/self/comm`: "),
        "{error}"
    );
    assert!(!error.to_string().contains("os error"), "{error}");
    Ok(())
}

#[test]
fn a_device_is_written_to_and_a_directory_is_not() -> Outcome {
    create(Path::new("/dev/null"), NEW)?;
    let dir = tempdir()?;
    assert!(matches!(create(dir.path(), NEW), Err(WriteError::NotAFile(_))));
    assert!(!fs::metadata("/dev/null")?.is_file());
    Ok(())
}
