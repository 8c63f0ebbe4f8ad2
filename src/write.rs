//! Replaces a file in one step: the old text or the new one, never a part.
//!
//! The only module that writes user files. It takes proven text, and refuses where the replacement would change
//! more than the text: a file that changed since it was read, is write-protected, or has further names.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use tempfile::{Builder, NamedTempFile, TempPath};

use crate::verify::Verified;

/// Why a file could not be written. The file is as it was.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The operating system said no.
    #[error("cannot {action} `{}`: {}", path.display(), reason(cause))]
    Io {
        /// What was tried, such as `replace`.
        action: &'static str,
        /// On which path.
        path: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
    /// Someone else wrote the file after it was read.
    #[error("`{}` changed since it was read", .0.display())]
    Changed(PathBuf),
    /// The file has no write permission for anyone.
    #[error("`{}` is write-protected", .0.display())]
    Protected(PathBuf),
    /// A replacement would leave the other names with the old text.
    #[error("`{}` has {names} hard links, and replacing it would part them", path.display())]
    HardLinks {
        /// The file.
        path: PathBuf,
        /// How many names it has.
        names: u64,
    },
    /// Not a file that can be replaced.
    #[error("`{}` is not a regular file", .0.display())]
    NotAFile(PathBuf),
}

impl WriteError {
    /// What to do about it.
    #[must_use]
    pub fn help(&self) -> Option<&'static str> {
        match self {
            Self::Changed(_) => Some("run harden again"),
            Self::Protected(_) => Some("`chmod u+w` allows it"),
            Self::HardLinks { .. } => Some("`--stdout` or `-o` makes a new file instead"),
            Self::Io { .. } | Self::NotAFile(_) => None,
        }
    }
}

/// New text that lies on the disk beside its file. Dropping it leaves everything as it was.
#[derive(Debug)]
pub struct Staged {
    /// The path as the user knows it.
    path: PathBuf,
    /// The file itself, with symbolic links followed.
    target: PathBuf,
    /// What it is to hold until then; `None` when it is not to be there.
    original: Option<String>,
    /// Closed, so that a run over many files does not run out of open ones.
    temporary: TempPath,
}

/// Replaces a file by its proven text.
///
/// # Errors
/// When it cannot be replaced; nothing was written then.
pub fn replace(path: &Path, original: &str, verified: &Verified) -> Result<(), WriteError> {
    stage(path, original, verified)?.commit()
}

/// Writes the proven text beside its file, with the file's mode and owner, and lets the disk confirm it.
///
/// # Errors
/// When that is not possible, or the file cannot be replaced.
pub fn stage(path: &Path, original: &str, verified: &Verified) -> Result<Staged, WriteError> {
    stage_text(path, original, verified.text())
}

fn stage_text(path: &Path, original: &str, text: &str) -> Result<Staged, WriteError> {
    let target = fs::canonicalize(path).map_err(|cause| io_error("find", path, cause))?;
    let meta = fs::metadata(&target).map_err(|cause| io_error("look at", path, cause))?;
    replaceable(path, &target, &meta)?;
    unchanged(path, &target, original)?;
    let temporary = temporary(&target, text, Some(&meta)).map_err(|cause| beside(path, cause))?;
    let temporary = temporary.into_temp_path();
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
    let temporary = temporary(path, text, None).map_err(|cause| beside(path, cause))?.into_temp_path();
    Ok(Staged { path: path.to_owned(), target: path.to_owned(), original: None, temporary })
}

impl Staged {
    /// Puts the new text in the place of the old one.
    ///
    /// # Errors
    /// When the file was changed by someone else, or the system refuses; the file is as it was then.
    pub fn commit(self) -> Result<(), WriteError> {
        let Some(original) = &self.original else { return self.commit_new() };
        unchanged(&self.path, &self.target, original)?;
        put(self.temporary, &self.target).map_err(|cause| io_error("replace", &self.path, cause))
    }

    fn commit_new(self) -> Result<(), WriteError> {
        let Self { path, temporary, .. } = self;
        let made = temporary.persist_noclobber(&path).map_err(|error| error.error);
        made.map(|()| flush(&path)).map_err(|cause| match cause.kind() {
            io::ErrorKind::AlreadyExists => WriteError::Changed(path),
            _ => io_error("make", &path, cause),
        })
    }

    /// The path as the user knows it.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// The same, and makes the folder of the file where it is not there.
///
/// # Errors
/// When that is not possible; an existing file is as it was then.
pub fn create_below(path: &Path, text: &str) -> Result<(), WriteError> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        fs::create_dir_all(folder).map_err(|cause| io_error("make", folder, cause))?;
    }
    create(path, text)
}

/// Writes a text to a file of the user's choice, in one step where it is a regular file or none yet.
///
/// # Errors
/// When that is not possible; an existing file is as it was then.
pub fn create(path: &Path, text: &str) -> Result<(), WriteError> {
    let failed = |cause| io_error("write", path, cause);
    match fs::metadata(path) {
        Ok(meta) if meta.is_dir() => Err(WriteError::NotAFile(path.to_owned())),
        Ok(meta) if meta.is_file() => {
            let target = fs::canonicalize(path).map_err(failed)?;
            replaceable(path, &target, &meta)?;
            let temporary = temporary(&target, text, Some(&meta)).map_err(|cause| beside(path, cause))?;
            put(temporary.into_temp_path(), &target).map_err(failed)
        }
        // a device or a pipe, such as /dev/stdout
        Ok(_) => {
            let mut file = OpenOptions::new().write(true).open(path).map_err(failed)?;
            file.write_all(text.as_bytes()).map_err(failed)
        }
        Err(_) => {
            let temporary = temporary(path, text, None).map_err(|cause| beside(path, cause))?;
            put(temporary.into_temp_path(), path).map_err(failed)
        }
    }
}

/// Whether replacing the file would change nothing but its text.
fn replaceable(path: &Path, target: &Path, meta: &Metadata) -> Result<(), WriteError> {
    if !meta.is_file() {
        return Err(WriteError::NotAFile(path.to_owned()));
    }
    if meta.permissions().readonly() {
        return Err(WriteError::Protected(path.to_owned()));
    }
    let names = hard_links(meta);
    if names > 1 {
        return Err(WriteError::HardLinks { path: path.to_owned(), names });
    }
    // a rename asks only for the directory's permission; the file's own one counts too
    let writable = OpenOptions::new().append(true).open(target);
    writable.map(drop).map_err(|cause| io_error("write", path, cause))
}

#[expect(clippy::disallowed_methods, reason = "compares the bytes with those that were read")]
fn unchanged(path: &Path, target: &Path, original: &str) -> Result<(), WriteError> {
    let now = fs::read(target).map_err(|cause| io_error("read", path, cause))?;
    if now == original.as_bytes() { Ok(()) } else { Err(WriteError::Changed(path.to_owned())) }
}

/// A file in the same directory with the text, and the mode and owner of `like`.
fn temporary(target: &Path, text: &str, like: Option<&Metadata>) -> io::Result<NamedTempFile> {
    let mut builder = Builder::new();
    builder.prefix(".harden-").suffix(".tmp");
    new_file_mode(&mut builder);
    let mut temporary = builder.tempfile_in(directory(target))?;
    temporary.write_all(text.as_bytes())?;
    if let Some(like) = like {
        keep_owner(temporary.as_file(), like)?;
        temporary.as_file().set_permissions(like.permissions())?;
    }
    temporary.as_file().sync_all()?;
    Ok(temporary)
}

fn put(temporary: TempPath, target: &Path) -> io::Result<()> {
    temporary.persist(target).map_err(|error| error.error)?;
    flush(target);
    Ok(())
}

/// The new text is in place; some file systems cannot confirm a directory, and that is no failure.
fn flush(target: &Path) {
    #[expect(clippy::disallowed_methods, reason = "opens the directory only to flush it")]
    let _ = File::open(directory(target)).and_then(|directory| directory.sync_all());
}

fn directory(target: &Path) -> &Path {
    match target.parent() {
        Some(parent) if parent.as_os_str().is_empty() => Path::new("."),
        Some(parent) => parent,
        None => Path::new("/"),
    }
}

#[cfg(unix)]
fn hard_links(meta: &Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::nlink(meta)
}

#[cfg(not(unix))]
fn hard_links(_: &Metadata) -> u64 {
    1
}

/// What any new file gets, less the umask; `tempfile` alone would keep it to its owner.
#[cfg(unix)]
fn new_file_mode(builder: &mut Builder<'_, '_>) {
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
}

#[cfg(not(unix))]
fn new_file_mode(_: &mut Builder<'_, '_>) {}

#[cfg(unix)]
fn keep_owner(file: &File, like: &Metadata) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt as _, fchown};
    let now = file.metadata()?;
    let uid = (now.uid() != like.uid()).then(|| like.uid());
    let gid = (now.gid() != like.gid()).then(|| like.gid());
    if uid.is_none() && gid.is_none() { Ok(()) } else { fchown(file, uid, gid) }
}

#[cfg(not(unix))]
fn keep_owner(_: &File, _: &Metadata) -> io::Result<()> {
    Ok(())
}

fn io_error(action: &'static str, path: &Path, cause: io::Error) -> WriteError {
    WriteError::Io { action, path: path.to_owned(), cause }
}

fn beside(path: &Path, cause: io::Error) -> WriteError {
    io_error("write a temporary file beside", path, cause)
}

/// The system's words, without its number and the name of the temporary file.
fn reason(cause: &io::Error) -> String {
    let text = cause
        .raw_os_error()
        .map_or_else(|| cause.kind().to_string(), |code| io::Error::from_raw_os_error(code).to_string());
    text.split(" (os error").next().unwrap_or(&text).to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::{WriteError, stage_new_text, stage_text};
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
        assert!(matches!(second.commit(), Err(WriteError::Changed(_))));
        assert_eq!(text(&path)?, "a: 1\n");
        assert_eq!(fs::read_dir(dir.path())?.count(), 1, "no temporary file is left");
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
