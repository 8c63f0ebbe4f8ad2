//! The temporary file beside the one that is written: made, found again after a run that was killed, put in place.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use tempfile::{Builder, TempPath};

use super::error::WriteError;
use super::keep;

/// How its name begins; six letters or digits follow.
const PREFIX: &str = ".harden-";
/// How its name ends.
const SUFFIX: &str = ".tmp";

/// An open file and what is known of it.
pub(super) type Old<'a> = (&'a File, &'a Metadata);

/// A file in the folder of `target` with the text, on the disk, like the old one where there is one.
///
/// # Errors
/// When the system refuses. Nothing is left of it then.
pub(super) fn temporary(
    path: &Path,
    target: &Path,
    text: &str,
    old: Option<Old<'_>>,
) -> Result<TempPath, WriteError> {
    let beside = |cause| WriteError::io("write a temporary file beside", path, cause);
    let options = options(old.is_none());
    // opened and written to without the library, which would put its own words around the system's
    let temporary =
        Builder::new().prefix(PREFIX).suffix(SUFFIX).make_in(directory(target), |path| options.open(path));
    let (mut new, temporary) = temporary.map_err(beside)?.into_parts();
    new.write_all(text.as_bytes()).map_err(beside)?;
    if let Some((file, meta)) = old {
        let kept = keep::all(&new, file, meta);
        kept.map_err(|cause| WriteError::io("keep owner, mode and attributes of", path, cause))?;
    }
    new.sync_all().map_err(beside)?;
    // closed at the end, so that a run over many files does not run out of open ones
    Ok(temporary)
}

/// Puts it in the place of the target.
pub(super) fn put(temporary: TempPath, target: &Path) -> io::Result<()> {
    temporary.persist(target).map_err(|error| error.error)?;
    flush(target);
    Ok(())
}

/// Puts it where nothing is yet.
pub(super) fn put_new(temporary: TempPath, path: &Path) -> Result<(), WriteError> {
    match temporary.persist_noclobber(path).map_err(|error| error.error) {
        Ok(()) => {
            flush(path);
            Ok(())
        }
        Err(cause) if cause.kind() == io::ErrorKind::AlreadyExists => {
            Err(WriteError::Exists(path.to_owned()))
        }
        Err(cause) => Err(WriteError::io("make", path, cause)),
    }
}

/// Temporary files in the folders of these files: of runs that were killed, or of one that is still at work.
#[must_use]
pub fn left_beside<'a>(paths: impl IntoIterator<Item = &'a Path>) -> Vec<PathBuf> {
    let mut folders: Vec<&Path> = paths.into_iter().map(directory).collect();
    folders.sort_unstable();
    folders.dedup();
    let mut left: Vec<PathBuf> = folders
        .into_iter()
        .filter_map(|folder| fs::read_dir(folder).ok())
        .flat_map(|entries| entries.filter_map(Result::ok))
        .filter(|entry| entry.file_name().to_str().is_some_and(is_ours))
        .map(|entry| entry.path())
        .collect();
    left.sort_unstable();
    left
}

fn is_ours(name: &str) -> bool {
    let random = name.strip_prefix(PREFIX).and_then(|rest| rest.strip_suffix(SUFFIX));
    random.is_some_and(|random| random.len() == 6 && random.bytes().all(|byte| byte.is_ascii_alphanumeric()))
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

/// How it is opened. One that replaces another is its owner's alone until it is like that; any other gets what every new
/// file gets, less the umask.
fn options(is_new: bool) -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, if is_new { 0o666 } else { 0o600 });
    options
}

#[cfg(test)]
mod tests {
    use super::is_ours;

    #[test]
    fn only_names_of_our_own_making_are_ours() {
        assert!(is_ours(".harden-a1B2c3.tmp"));
        for other in
            [".harden-.tmp", ".harden-a1B2c3.yml", ".harden-a1B2c34.tmp", "a.tmp", ".harden-a.b.c3.tmp"]
        {
            assert!(!is_ours(other), "{other}");
        }
    }
}
