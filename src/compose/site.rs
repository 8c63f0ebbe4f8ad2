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
