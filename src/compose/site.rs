//! What lies around a Dockerfile: its context, and the file that leaves things out of it. Names and sizes, never contents.
//!
//! `load` finds it, and only where it is asked for; nothing here looks at a disk.

use std::sync::Arc;

use super::Secret;
use crate::source::FileId;

/// The files of a build, as they were found.
#[derive(Clone, Debug)]
pub struct Site {
    /// The Dockerfile; none of one that stands in the Compose file.
    pub dockerfile: Option<SiteFile>,
    /// The `.dockerignore` that counts, or the one that could be made.
    pub ignore: SiteFile,
    /// Its text; empty where there is none.
    pub ignored: Arc<str>,
    /// What lies in the context.
    pub listing: Arc<Listing>,
    /// The texts of Dockerfiles that no service is built from, beside this one or in its context: they may be built there,
    /// too, without what `ignore` leaves out.
    pub neighbours: Arc<[Arc<Secret>]>,
}

/// A file of a build that may be changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SiteFile {
    /// Its number among the files of the project.
    pub id: FileId,
    /// Where it is, as seen from the Compose file.
    pub path: Arc<str>,
    /// Whether it lies outside the project's directory, so that it is not ours to change.
    pub foreign: bool,
}

/// What lies in a context; links are not followed.
#[derive(Debug, Default)]
pub struct Listing {
    /// Files, links and folders, those above before those below.
    pub entries: Vec<Entry>,
    /// Whether these are all of them.
    pub complete: bool,
}

/// Something in a context.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its path from the context, with `/`.
    pub path: Box<str>,
    /// Its size in bytes; none of a folder.
    pub size: u64,
    /// Whether it is a folder.
    pub is_folder: bool,
}

impl Entry {
    /// The last part of its path.
    #[must_use]
    pub fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }
}

/// A count of bytes in words, in units of a thousand with at most one digit behind the point.
#[must_use]
pub fn size_in_words(bytes: u64) -> String {
    let units = [("GB", 1_000_000_000), ("MB", 1_000_000), ("kB", 1_000)];
    match units.into_iter().find(|(_, unit)| bytes >= *unit) {
        Some((name, unit)) => format!("{}.{} {name}", bytes / unit, bytes % unit * 10 / unit),
        None if bytes == 1 => "1 byte".to_owned(),
        None => format!("{bytes} bytes"),
    }
}

#[cfg(test)]
mod tests {
    use super::size_in_words;

    #[test]
    fn sizes() {
        let sizes = [0, 1, 999, 1000, 2_147_000_000].map(size_in_words);
        assert_eq!(sizes, ["0 bytes", "1 byte", "999 bytes", "1.0 kB", "2.1 GB"]);
    }
}
