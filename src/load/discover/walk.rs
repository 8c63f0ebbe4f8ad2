//! Walks a tree for names. Opens no file but `.gitignore` and `.ignore`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use ignore::{DirEntry, WalkBuilder};

use super::names::{self, Name};
use super::skipped::{Skipped, Why};
use crate::load::{Error, Options, read};

/// Lists of what is to be left out.
const IGNORE: [&str; 2] = [".gitignore", ".ignore"];

/// What was seen.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// The files whose names say Compose, by folder; also folders without any that have a `.env`.
    pub(super) folders: BTreeMap<PathBuf, Vec<(PathBuf, Name)>>,
    /// Symbolic links that lead out.
    pub(super) skipped: Vec<Skipped>,
    /// What could not be looked at.
    pub(super) errors: Vec<(PathBuf, Error)>,
}

/// Walks a tree. The same files give the same answer on every machine: the user's own git settings are left out, and
/// `.gitignore` counts where there is no repository, too.
pub(super) fn walk(root: &Path, options: &Options) -> Seen {
    let mut seen = Seen::default();
    let inside = root.canonicalize().ok();
    let mut walker = WalkBuilder::new(root);
    walker.git_global(false).git_exclude(false).require_git(false).follow_links(false);
    for entry in walker.build() {
        match entry {
            Ok(entry) => seen.entry(&entry, root, inside.as_deref(), options),
            Err(error) => seen.errors.push(fault(root, &error)),
        }
    }
    seen
}

impl Seen {
    fn entry(&mut self, entry: &DirEntry, root: &Path, inside: Option<&Path>, options: &Options) {
        let path = plain(entry.path());
        let Some(kind) = entry.file_type() else { return };
        if kind.is_dir() || entry.path() == root {
            self.errors.extend(IGNORE.iter().filter_map(|name| unreadable(&path.join(name), options)));
            if path.join(".env").is_file() {
                self.folders.entry(path.to_owned()).or_default();
            }
            return;
        }
        let Some(name) = names::of(entry.file_name()) else { return };
        if kind.is_symlink() && leads_out(path, inside) {
            self.skipped.push(Skipped { path: path.to_owned(), why: Why::Outside });
        } else if kind.is_file() || (kind.is_symlink() && !path.is_dir()) {
            let folder = path.parent().unwrap_or(Path::new("")).to_owned();
            self.folders.entry(folder).or_default().push((path.to_owned(), name));
        }
    }
}

/// A list of what is to be left out that is no text: the walker would take the rest of it for empty, and say nothing.
fn unreadable(path: &Path, options: &Options) -> Option<(PathBuf, Error)> {
    let read = path.is_file().then(|| read::file(path, options))?;
    read.err().map(|error| (path.to_owned(), error))
}

/// Whether a link leads to a file outside of the tree. One that leads nowhere does not: reading it tells.
fn leads_out(link: &Path, inside: Option<&Path>) -> bool {
    let target = link.canonicalize().ok();
    target.zip(inside).is_some_and(|(target, inside)| !target.starts_with(inside))
}

/// The path as a user would type it: without the leading `./`.
fn plain(path: &Path) -> &Path {
    path.strip_prefix(".").unwrap_or(path)
}

fn fault(root: &Path, error: &ignore::Error) -> (PathBuf, Error) {
    let path = plain(path_of(error).unwrap_or(root)).to_owned();
    let path = if path.as_os_str().is_empty() { PathBuf::from(".") } else { path };
    let cause = match error.io_error() {
        Some(error) => read::reason(error),
        None => error.to_string(),
    };
    (path.clone(), Error::Read { path, cause, help: None })
}

fn path_of(error: &ignore::Error) -> Option<&Path> {
    match error {
        ignore::Error::WithPath { path, .. } => Some(path),
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => path_of(err),
        ignore::Error::Loop { child, .. } => Some(child),
        _ => None,
    }
}
