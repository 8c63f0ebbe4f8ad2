//! Replaces files in one step each: the old text or the new one, never a part.
//!
//! The only module that writes user files. It takes proven text, and refuses where the replacement would change
//! more than the text: a file that changed since it was read, is write-protected, or has further names.
//!
//! A run that is killed leaves every file whole, and at most its temporary files, `.harden-??????.tmp`, beside those
//! that it had not replaced yet; [`left_beside`] finds them.

mod beside;
mod error;
mod keep;

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use tempfile::TempPath;

pub use beside::left_beside;
pub use error::WriteError;

use crate::verify::Verified;
use beside::{put, put_new, temporary};

/// New text that lies on the disk beside its file. Dropping it leaves everything as it was.
#[derive(Debug)]
pub struct Staged {
    /// The path as the user knows it.
    path: PathBuf,
    /// The file itself, with symbolic links followed.
    target: PathBuf,
    /// What it is to hold until then; `None` when it is not to be there.
    original: Option<String>,
    temporary: TempPath,
}

/// Why not all files could be written, and which were.
#[derive(Debug)]
pub struct Stopped {
    /// What stopped it.
    pub error: WriteError,
    /// Files that have their new text: those that were replaced before, and could not be put back.
    pub replaced: Vec<PathBuf>,
    /// Files that are as they were.
    pub kept: Vec<PathBuf>,
}

/// A file that was replaced, and what is needed to put it back.
struct Placed {
    path: PathBuf,
    target: PathBuf,
    original: Option<String>,
    /// The file that was put there.
    identity: Option<Identity>,
}

/// Which file, and of which moment.
type Identity = (u64, u64, std::time::SystemTime);

/// Replaces a file by its proven text.
///
/// # Errors
/// When it cannot be replaced; nothing was written then.
pub fn replace(path: &Path, original: &str, verified: &Verified) -> Result<(), WriteError> {
    stage(path, original, verified)?.commit()
}

/// Writes the proven text beside its file, with the file's mode, owner and attributes, and lets the disk confirm it.
///
/// # Errors
/// When that is not possible, or the file cannot be replaced.
pub fn stage(path: &Path, original: &str, verified: &Verified) -> Result<Staged, WriteError> {
    stage_text(path, original, verified.text())
}

fn stage_text(path: &Path, original: &str, text: &str) -> Result<Staged, WriteError> {
    let target = fs::canonicalize(path).map_err(|cause| WriteError::io("find", path, cause))?;
    let (file, meta) = replaceable(path, &target)?;
    unchanged(path, &target, original)?;
    let temporary = temporary(path, &target, text, Some((&file, &meta)))?;
    Ok(Staged { path: path.to_owned(), target, original: Some(original.to_owned()), temporary })
}

/// Writes the proven text of a file that is not there yet beside its place, and lets the disk confirm it.
///
/// # Errors
/// When that is not possible.
pub fn stage_new(path: &Path, verified: &Verified) -> Result<Staged, WriteError> {
    stage_new_text(path, verified.text())
}

fn stage_new_text(path: &Path, text: &str) -> Result<Staged, WriteError> {
    let temporary = temporary(path, path, text, None)?;
    Ok(Staged { path: path.to_owned(), target: path.to_owned(), original: None, temporary })
}

impl Staged {
    /// Puts the new text in the place of the old one.
    ///
    /// # Errors
    /// When the file was changed by someone else, or the system refuses; the file is as it was then.
    pub fn commit(self) -> Result<(), WriteError> {
        self.place().map(drop)
    }

    fn place(self) -> Result<Placed, WriteError> {
        let Self { path, target, original, temporary } = self;
        let identity = fs::metadata(&temporary).ok().and_then(|meta| identity(&meta));
        match &original {
            None => put_new(temporary, &path)?,
            Some(original) => {
                unchanged(&path, &target, original)?;
                put(temporary, &target).map_err(|cause| WriteError::io("replace", &path, cause))?;
            }
        }
        Ok(Placed { path, target, original, identity })
    }

    /// The path as the user knows it.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// Puts all new texts in the places of the old ones. When one fails, those before it are put back.
///
/// # Errors
/// With the first that fails: which files are as they were, and which could not be put back.
pub fn commit_all(staged: Vec<Staged>) -> Result<(), Box<Stopped>> {
    let mut placed = Vec::new();
    let mut rest = staged.into_iter();
    while let Some(file) = rest.next() {
        let path = file.path.clone();
        match file.place() {
            Ok(file) => placed.push(file),
            Err(error) => {
                let kept = std::iter::once(path).chain(rest.map(|file| file.path)).collect();
                return Err(Box::new(put_back(placed, error, kept)));
            }
        }
    }
    Ok(())
}

/// The last one first, so that a file that includes another is never newer than that.
fn put_back(placed: Vec<Placed>, error: WriteError, mut kept: Vec<PathBuf>) -> Stopped {
    let mut replaced = Vec::new();
    for file in placed.into_iter().rev() {
        let to = if file.undo().is_some() { &mut kept } else { &mut replaced };
        to.push(file.path);
    }
    replaced.sort_unstable();
    kept.sort_unstable();
    Stopped { error, replaced, kept }
}

impl Placed {
    /// Puts the old text back, unless someone else wrote the file meanwhile, or the system refuses.
    fn undo(&self) -> Option<()> {
        let now = fs::metadata(&self.target).ok()?;
        if self.identity.is_none() || identity(&now) != self.identity {
            return None;
        }
        let Some(original) = &self.original else { return fs::remove_file(&self.target).ok() };
        let (file, meta) = replaceable(&self.path, &self.target).ok()?;
        let temporary = temporary(&self.path, &self.target, original, Some((&file, &meta))).ok()?;
        put(temporary, &self.target).ok()
    }
}

/// The same as [`create`], and makes the folder of the file where it is not there.
///
/// # Errors
/// When that is not possible; an existing file is as it was then.
pub fn create_below(path: &Path, text: &str) -> Result<(), WriteError> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        fs::create_dir_all(folder).map_err(|cause| WriteError::io("make", folder, cause))?;
    }
    create(path, text)
}

/// Writes a text to a file that is not there yet, in one step.
///
/// # Errors
/// When that is not possible, or there is one; that is as it was then.
pub fn create_new(path: &Path, text: &str) -> Result<(), WriteError> {
    put_new(temporary(path, path, text, None)?, path)
}

/// Replaces a text that was read, or makes the file where none was: of several runs at once that do so, one is done, and the
/// others find that the file is not as they have read it.
///
/// # Errors
/// When that is not possible, or the file is not as it was read; it is as it was then.
pub fn update(path: &Path, read: Option<&str>, text: &str) -> Result<(), WriteError> {
    let Some(original) = read else { return create_new(path, text) };
    let staged = stage_text(path, original, text)?;
    let _lock = locked(path, &staged.target)?;
    staged.commit()
}

/// Writes a text to a file of the user's choice, in one step where it is a regular file or none yet.
///
/// # Errors
/// When that is not possible; an existing file is as it was then.
pub fn create(path: &Path, text: &str) -> Result<(), WriteError> {
    let failed = |cause| WriteError::io("write", path, cause);
    match fs::metadata(path) {
        Ok(meta) if meta.is_dir() => Err(WriteError::NotAFile(path.to_owned())),
        Ok(meta) if meta.is_file() => {
            let target = fs::canonicalize(path).map_err(failed)?;
            let (file, meta) = replaceable(path, &target)?;
            put(temporary(path, &target, text, Some((&file, &meta)))?, &target).map_err(failed)
        }
        // a device or a pipe, such as /dev/stdout
        Ok(_) => {
            let mut file = OpenOptions::new().write(true).open(path).map_err(failed)?;
            file.write_all(text.as_bytes()).map_err(failed)
        }
        // to replace the link would be a surprise, and so would a file wherever it leads
        Err(_) if path.is_symlink() => Err(WriteError::Nowhere(path.to_owned())),
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => {
            put(temporary(path, path, text, None)?, path).map_err(failed)
        }
        Err(cause) => Err(failed(cause)),
    }
}

/// The file, if replacing it would change nothing but its text.
fn replaceable(path: &Path, target: &Path) -> Result<(File, Metadata), WriteError> {
    let meta = fs::metadata(target).map_err(|cause| WriteError::io("look at", path, cause))?;
    if !meta.is_file() {
        return Err(WriteError::NotAFile(path.to_owned()));
    }
    if meta.permissions().readonly() {
        return Err(WriteError::Protected(path.to_owned()));
    }
    let names = hard_links(&meta);
    if names > 1 {
        return Err(WriteError::HardLinks { path: path.to_owned(), names });
    }
    // a rename asks only for the directory's permission; the file's own one counts too
    let file = OpenOptions::new().append(true).open(target);
    Ok((file.map_err(|cause| WriteError::io("write", path, cause))?, meta))
}

#[expect(clippy::disallowed_methods, reason = "compares the bytes with those that were read")]
fn unchanged(path: &Path, target: &Path, original: &str) -> Result<(), WriteError> {
    let now = fs::read(target).map_err(|cause| WriteError::io("read", path, cause))?;
    if now == original.as_bytes() { Ok(()) } else { Err(WriteError::Changed(path.to_owned())) }
}

/// Keeps the other runs from the file between the last look at it and its replacement, where the file system can do that.
#[cfg(target_os = "linux")]
fn locked(path: &Path, target: &Path) -> Result<Option<File>, WriteError> {
    #[expect(clippy::disallowed_methods, reason = "opens the file only to lock it")]
    let file = File::open(target).map_err(|cause| WriteError::io("lock", path, cause))?;
    match rustix::fs::flock(&file, rustix::fs::FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(Some(file)),
        Err(rustix::io::Errno::WOULDBLOCK) => Err(WriteError::Locked(path.to_owned())),
        Err(_) => Ok(None),
    }
}

#[cfg(not(target_os = "linux"))]
fn locked(_: &Path, _: &Path) -> Result<Option<File>, WriteError> {
    Ok(None)
}

#[cfg(unix)]
fn hard_links(meta: &Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::nlink(meta)
}

#[cfg(not(unix))]
fn hard_links(_: &Metadata) -> u64 {
    1
}

#[cfg(unix)]
fn identity(meta: &Metadata) -> Option<Identity> {
    use std::os::unix::fs::MetadataExt as _;
    Some((meta.dev(), meta.ino(), meta.modified().ok()?))
}

#[cfg(not(unix))]
fn identity(meta: &Metadata) -> Option<Identity> {
    Some((0, meta.len(), meta.modified().ok()?))
}

#[cfg(test)]
mod tests {
    use super::{WriteError, commit_all, stage_new_text, stage_text, update};
    use std::error::Error;
    use std::fs;
    use std::path::Path;

    #[expect(clippy::disallowed_methods, reason = "tests make their own files")]
    fn put(path: &Path, text: &str) -> std::io::Result<()> {
        fs::write(path, text)
    }

    #[expect(clippy::disallowed_methods, reason = "tests read what was written")]
    fn text(path: &Path) -> std::io::Result<String> {
        fs::read_to_string(path)
    }

    #[test]
    fn nothing_changes_before_the_commit() -> Result<(), Box<dyn Error>> {
        let dir = tempfile::tempdir()?;
        let path = dir.path().join("compose.yml");
        put(&path, "a: 1\n")?;
        drop(stage_text(&path, "a: 1\n", "a: 2\n")?);
        assert_eq!(text(&path)?, "a: 1\n");
        assert_eq!(fs::read_dir(dir.path())?.count(), 1);
        stage_text(&path, "a: 1\n", "a: 2\n")?.commit()?;
        assert_eq!(text(&path)?, "a: 2\n");
        Ok(())
    }

    #[test]
    fn a_new_file_is_made_only_where_none_is() -> Result<(), Box<dyn Error>> {
        let dir = tempfile::tempdir()?;
        let path = dir.path().join("overlay.yml");
        let (first, second) = (stage_new_text(&path, "a: 1\n")?, stage_new_text(&path, "a: 2\n")?);
        assert!(!path.exists());
        first.commit()?;
        assert_eq!(text(&path)?, "a: 1\n");
        assert!(matches!(second.commit(), Err(WriteError::Exists(_))));
        assert_eq!(text(&path)?, "a: 1\n");
        assert_eq!(fs::read_dir(dir.path())?.count(), 1, "no temporary file is left");
        Ok(())
    }

    #[test]
    fn when_one_of_several_cannot_be_replaced_the_others_are_put_back() -> Result<(), Box<dyn Error>> {
        let dir = tempfile::tempdir()?;
        let [a, b, c] = ["a.yml", "b.yml", "c.yml"].map(|name| dir.path().join(name));
        for path in [&a, &c] {
            put(path, "a: 1\n")?;
        }
        let staged = vec![
            stage_text(&a, "a: 1\n", "a: 2\n")?,
            stage_new_text(&b, "b: 2\n")?,
            stage_text(&c, "a: 1\n", "a: 2\n")?,
        ];
        put(&c, "a: 9\n")?;
        let stopped = commit_all(staged).err().ok_or("it was written")?;
        assert!(matches!(&stopped.error, WriteError::Changed(path) if *path == c));
        assert_eq!((stopped.replaced.len(), stopped.kept), (0, vec![a.clone(), b.clone(), c.clone()]));
        assert_eq!((text(&a)?.as_str(), b.exists(), text(&c)?.as_str()), ("a: 1\n", false, "a: 9\n"));
        assert_eq!(fs::read_dir(dir.path())?.count(), 2, "no temporary file is left");
        Ok(())
    }

    #[test]
    fn an_update_starts_from_what_was_read() -> Result<(), Box<dyn Error>> {
        let dir = tempfile::tempdir()?;
        let path = dir.path().join("list.yml");
        update(&path, None, "a: 1\n")?;
        assert!(matches!(update(&path, None, "b: 1\n"), Err(WriteError::Exists(_))));
        update(&path, Some("a: 1\n"), "a: 2\n")?;
        assert!(matches!(update(&path, Some("a: 1\n"), "a: 3\n"), Err(WriteError::Changed(_))));
        assert_eq!(text(&path)?, "a: 2\n");
        assert_eq!(fs::read_dir(dir.path())?.count(), 1, "no temporary file is left");
        Ok(())
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn an_update_waits_for_nobody() -> Result<(), Box<dyn Error>> {
        let dir = tempfile::tempdir()?;
        let path = dir.path().join("list.yml");
        put(&path, "a: 1\n")?;
        let other = super::locked(&path, &path)?;
        assert!(other.is_some());
        assert!(matches!(update(&path, Some("a: 1\n"), "a: 2\n"), Err(WriteError::Locked(_))));
        drop(other);
        update(&path, Some("a: 1\n"), "a: 2\n")?;
        assert_eq!(text(&path)?, "a: 2\n");
        Ok(())
    }

    #[test]
    fn a_file_that_changed_since_it_was_read_is_refused() -> Result<(), Box<dyn Error>> {
        let dir = tempfile::tempdir()?;
        let path = dir.path().join("compose.yml");
        put(&path, "a: 9\n")?;
        assert!(matches!(stage_text(&path, "a: 1\n", "a: 2\n"), Err(WriteError::Changed(_))));
        let staged = stage_text(&path, "a: 9\n", "a: 2\n")?;
        put(&path, "a: 10\n")?;
        assert!(matches!(staged.commit(), Err(WriteError::Changed(_))));
        assert_eq!(text(&path)?, "a: 10\n");
        assert_eq!(fs::read_dir(dir.path())?.count(), 1, "no temporary file is left");
        Ok(())
    }
}
