//! What can go wrong when a file is written, and what is said of it. Every one of these leaves the file as it was.

use std::io;
use std::path::{Path, PathBuf};

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
    /// Someone else is about to write the file.
    #[error("another program keeps `{}` locked", .0.display())]
    Locked(PathBuf),
    /// A new file was to be made, and there is one by now.
    #[error("`{}` is there already", .0.display())]
    Exists(PathBuf),
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
    /// A symbolic link whose target is not there, or that leads to itself.
    #[error("`{}` is a symbolic link that leads nowhere", .0.display())]
    Nowhere(PathBuf),
}

impl WriteError {
    /// What to do about it.
    #[must_use]
    pub fn help(&self) -> Option<&'static str> {
        match self {
            Self::Changed(_) | Self::Locked(_) => Some("run harden again"),
            Self::Protected(_) => Some("`chmod u+w` allows it"),
            Self::HardLinks { .. } => Some("`--stdout` or `-o` makes a new file instead"),
            Self::Io { .. } | Self::Exists(_) | Self::NotAFile(_) | Self::Nowhere(_) => None,
        }
    }

    pub(super) fn io(action: &'static str, path: &Path, cause: io::Error) -> Self {
        Self::Io { action, path: path.to_owned(), cause }
    }
}

/// The system's words, without its number.
fn reason(cause: &io::Error) -> String {
    let text = cause
        .raw_os_error()
        .map_or_else(|| cause.kind().to_string(), |code| io::Error::from_raw_os_error(code).to_string());
    text.split(" (os error").next().unwrap_or(&text).to_lowercase()
}
