//! The directory of a run: the files it starts the project from, and copies of what the project mounts.
//!
//! Writes nowhere else. Gone when it is dropped.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::PREFIX;

/// A directory that is removed in the end.
#[derive(Debug)]
pub struct Scratch {
    path: PathBuf,
}

/// Why something is not copied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TooLarge;

/// Most bytes and files of what is copied.
const MOST: (u64, u64) = (64 << 20, 4000);

impl Scratch {
    /// Makes the directory of a run: only its owner can look into it.
    ///
    /// # Errors
    /// When that is not possible.
    pub fn new(id: &str) -> io::Result<Self> {
        let path = std::env::temp_dir().join(format!("{PREFIX}{id}"));
        fs::create_dir(&path)?;
        let scratch = Self { path };
        closed(&scratch.path)?;
        scratch.put("owner", &std::process::id().to_string())?;
        Ok(scratch)
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes a file of its own, and says where it is.
    ///
    /// # Errors
    /// When that is not possible.
    pub fn put(&self, name: &str, text: &str) -> io::Result<PathBuf> {
        let path = self.path.join(name);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        #[expect(clippy::disallowed_methods, reason = "a file of harden's own, in its own directory")]
        fs::write(&path, text)?;
        Ok(path)
    }

    /// Copies what is mounted; a source that is not there becomes an empty directory, as the engine would make it. Says
    /// whether all of it belongs to whom the original does.
    ///
    /// # Errors
    /// When that is not possible.
    pub fn copy(&self, from: &Path, to: &Path) -> io::Result<bool> {
        if let Some(folder) = to.parent() {
            fs::create_dir_all(folder)?;
        }
        match fs::metadata(from) {
            Ok(_) => copy(from, to),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                fs::create_dir_all(to)?;
                Ok(is_roots(to))
            }
            Err(error) => Err(error),
        }
    }

    /// Adds to the end of a file in it; says how long it was.
    ///
    /// # Errors
    /// When that is not possible.
    pub fn append(&self, name: &Path, text: &str) -> io::Result<u64> {
        use std::io::Write as _;
        let mut file = fs::OpenOptions::new().append(true).open(self.path.join(name))?;
        let length = file.metadata()?.len();
        file.write_all(text.as_bytes())?;
        Ok(length)
    }

    /// Cuts a file in it off after so many bytes.
    ///
    /// # Errors
    /// When that is not possible.
    pub fn shorten(&self, name: &Path, to: u64) -> io::Result<()> {
        fs::OpenOptions::new().write(true).open(self.path.join(name))?.set_len(to)
    }

    /// Removes a directory in it that is no longer needed.
    pub fn remove(&self, name: &Path) {
        // what stays is removed in the end
        let _ = fs::remove_dir_all(self.path.join(name));
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // what belongs to others by now stays, and `prove --clean` says so
        let _ = fs::remove_dir_all(&self.path);
    }
}

/// Whether a path is small enough to be copied, and nothing but files and directories.
///
/// # Errors
/// When it is not; links are copied as links.
pub fn measure(path: &Path) -> Result<(), TooLarge> {
    let (mut bytes, mut files) = (0, 0);
    let mut open = vec![path.to_owned()];
    while let Some(path) = open.pop() {
        let Ok(meta) = fs::symlink_metadata(&path) else { continue };
        files += 1;
        bytes += if meta.is_file() { meta.len() } else { 0 };
        if (bytes, files) > MOST || files > MOST.1 {
            return Err(TooLarge);
        }
        if meta.is_dir() {
            let entries = fs::read_dir(&path).map_err(|_| TooLarge)?;
            open.extend(entries.flatten().map(|entry| entry.path()));
        }
    }
    Ok(())
}

/// Copies; whether all of it belongs to whom the original does.
fn copy(from: &Path, to: &Path) -> io::Result<bool> {
    let meta = fs::symlink_metadata(from)?;
    let mut alike = true;
    if meta.is_dir() {
        fs::create_dir_all(to)?;
        for entry in fs::read_dir(from)? {
            let entry = entry?;
            alike &= copy(&entry.path(), &to.join(entry.file_name()))?;
        }
        fs::set_permissions(to, meta.permissions())?;
    } else if meta.is_symlink() {
        link(&fs::read_link(from)?, to)?;
    } else if meta.is_file() {
        fs::copy(from, to)?;
    }
    Ok(owned_alike(&meta, to) && alike)
}

#[cfg(unix)]
fn link(target: &Path, at: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(target, at)
}

#[cfg(not(unix))]
fn link(_: &Path, _: &Path) -> io::Result<()> {
    Ok(())
}

/// Gives a copy to the owner of the original, where that is allowed: root may, and others what is theirs anyway.
#[cfg(unix)]
fn owned_alike(meta: &fs::Metadata, to: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    std::os::unix::fs::lchown(to, Some(meta.uid()), Some(meta.gid())).is_ok()
}

#[cfg(not(unix))]
fn owned_alike(_: &fs::Metadata, _: &Path) -> bool {
    false
}

/// Whether a directory belongs to root, as one that the engine makes.
#[cfg(unix)]
fn is_roots(path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    fs::metadata(path).is_ok_and(|meta| meta.uid() == 0)
}

#[cfg(not(unix))]
fn is_roots(_: &Path) -> bool {
    false
}

#[cfg(unix)]
fn closed(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(0o711))
}

#[cfg(not(unix))]
fn closed(_: &Path) -> io::Result<()> {
    Ok(())
}
