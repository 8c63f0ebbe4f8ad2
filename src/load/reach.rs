//! Where the files of a project may lie: in its repository, or in its directory where it is in none.
//!
//! A Compose file decides what is read with it, and may come from a stranger. What the command line names is trusted,
//! and what lies beside it; what a file names is read only from there, wherever symbolic links lead. Looks at names
//! only; reads nothing.

use std::cell::OnceCell;
use std::collections::HashSet;
use std::env;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use super::path::{canonical, tidy};
use super::{Error, Options};

/// What is said of a file that lies outside.
pub(super) const OUTSIDE: &str = "it lies outside the repository or directory of the project";

/// How to have it read all the same.
pub(super) const HELP: &str = "`--read-outside` lets it be read; do not give it for files of strangers";

/// Links that are followed at most for a file that is not there.
const MOST_LINKS: usize = 40;

/// What the command line names. A clone is the same: where it all lies is found out once in a run.
#[derive(Clone, Debug, Default)]
pub struct Trusted(Arc<Names>);

#[derive(Debug, Default)]
struct Names {
    paths: Vec<PathBuf>,
    /// The folders below which files may be read for the sake of these. Found out when the first file is asked for.
    roots: OnceLock<HashSet<PathBuf>>,
}

impl FromIterator<PathBuf> for Trusted {
    fn from_iter<I: IntoIterator<Item = PathBuf>>(paths: I) -> Self {
        Self(Arc::new(Names { paths: paths.into_iter().collect(), ..Names::default() }))
    }
}

impl Trusted {
    fn names(&self, path: &Path) -> bool {
        self.0.paths.iter().any(|named| named == path)
    }

    /// Whether a path without links lies below what is named, or in the repository that is around it.
    fn covers(&self, real: &Path) -> bool {
        let roots = self.0.roots.get_or_init(|| {
            let folders: HashSet<PathBuf> = self.0.paths.iter().map(|path| folder(path)).collect();
            roots(folders.iter().map(PathBuf::as_path)).collect()
        });
        !roots.is_empty() && real.ancestors().any(|above| roots.contains(above))
    }
}

/// The folder that something named is, or is in.
fn folder(path: &Path) -> PathBuf {
    match path.parent() {
        Some(folder) if !path.is_dir() => here(folder).to_owned(),
        _ => path.to_owned(),
    }
}

/// The repositories around folders, or they themselves where they are in none.
fn roots<'p>(folders: impl Iterator<Item = &'p Path>) -> impl Iterator<Item = PathBuf> {
    let home = home();
    folders.map(move |folder| root(&canonical(folder), home.as_deref()))
}

/// The folders below which files may be read.
#[derive(Debug, Default)]
pub(super) struct Reach {
    everywhere: bool,
    /// Those that the files of the project were named in.
    folders: Vec<PathBuf>,
    /// Found out when the first file is asked for.
    roots: OnceCell<Vec<PathBuf>>,
    trusted: Trusted,
}

impl Reach {
    /// That of a project: around the folders that its files were named in, and what the command line names.
    pub(super) fn of<'p>(folders: impl Iterator<Item = &'p Path>, options: &Options) -> Self {
        let folders = folders.map(here).map(Path::to_path_buf).collect();
        let (everywhere, trusted) = (options.read_outside, options.trusted.clone());
        Self { everywhere, folders, roots: OnceCell::new(), trusted }
    }

    /// That of the project in a folder.
    pub(super) fn around(folder: Option<&Path>, options: &Options) -> Self {
        Self::of(folder.into_iter(), options)
    }

    /// Whether a file lies where it may be read, links followed.
    pub(super) fn has(&self, path: &Path) -> bool {
        if self.everywhere {
            return true;
        }
        let real = real(path, MOST_LINKS);
        let own = self.roots.get_or_init(|| roots(self.folders.iter().map(PathBuf::as_path)).collect());
        own.iter().any(|root| real.starts_with(root)) || self.trusted.covers(&real)
    }

    /// Refuses a file that lies outside.
    ///
    /// # Errors
    /// When it does.
    pub(super) fn check(&self, path: &Path) -> Result<(), Error> {
        if self.has(path) { Ok(()) } else { Err(outside(path)) }
    }
}

/// Refuses a file of a project that was found and not named, when a link leads out of where it was found.
///
/// # Errors
/// When there is such a file.
pub(super) fn found(files: &[PathBuf], options: &Options) -> Result<(), Error> {
    let is_link = |path: &Path| path.symlink_metadata().is_ok_and(|kind| kind.is_symlink());
    let mut found = files.iter().filter(|path| is_link(path) && !options.trusted.names(path));
    found.try_for_each(|path| Reach::around(path.parent(), options).check(path))
}

/// What is said of a file that lies outside.
pub(super) fn outside(path: &Path) -> Error {
    Error::Read { path: path.to_owned(), cause: OUTSIDE.to_owned(), help: Some(HELP.to_owned()) }
}

/// The folder that is around a project and below which what it names is its own: its repository, but never above the
/// owner's home; itself where there is none.
pub(super) fn root(folder: &Path, home: Option<&Path>) -> PathBuf {
    let last = home.and_then(|home| folder.ancestors().position(|above| above == home));
    let mut reach = folder.ancestors().take(last.map_or(usize::MAX, |last| last + 1));
    reach.find(|above| above.join(".git").exists()).unwrap_or(folder).to_owned()
}

/// The owner's home, without links.
pub(super) fn home() -> Option<PathBuf> {
    let home = env::var_os("HOME").map(PathBuf::from).filter(|home| home.is_absolute());
    home.map(|home| canonical(&home))
}

/// The empty path is where harden runs.
fn here(folder: &Path) -> &Path {
    if folder.as_os_str().is_empty() { Path::new(".") } else { folder }
}

/// Where a path leads, also that of a file that is not there: whether it is must not be told of files outside.
fn real(path: &Path, links: usize) -> PathBuf {
    if let Ok(real) = path.canonicalize() {
        return real;
    }
    let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else {
        return path.to_owned();
    };
    let folder = real(here(folder), links);
    let path = folder.join(name);
    match path.read_link() {
        Ok(target) if links > 0 => real(&tidy(&folder.join(target)), links - 1),
        _ => path,
    }
}

#[cfg(test)]
#[cfg(unix)]
#[expect(clippy::disallowed_methods, reason = "tests make their own files")]
mod tests {
    use super::{Reach, root};
    use crate::load::Options;
    use std::fs;
    use std::os::unix::fs::symlink;

    #[test]
    fn the_repository_or_the_folder() {
        let dir = tempfile::tempdir().unwrap();
        let top = dir.path().canonicalize().unwrap();
        let app = top.join("repo/app");
        fs::create_dir_all(&app).unwrap();
        assert_eq!(root(&app, None), app);
        fs::create_dir(top.join("repo/.git")).unwrap();
        assert_eq!(root(&app, None), top.join("repo"));
        assert_eq!(root(&app, Some(&app)), app, "never above the home");
    }

    #[test]
    fn links_and_files_that_are_not_there() {
        let dir = tempfile::tempdir().unwrap();
        let app = dir.path().join("app");
        fs::create_dir(&app).unwrap();
        fs::write(dir.path().join("secret"), "").unwrap();
        symlink("../secret", app.join("out")).unwrap();
        symlink("../absent", app.join("dangling")).unwrap();
        symlink("..", app.join("up")).unwrap();
        symlink("loop", app.join("loop")).unwrap();
        symlink("own", app.join("in")).unwrap();
        let reach = Reach::around(Some(&app), &Options::default());
        for name in ["out", "dangling", "up/secret", "up/absent", "../secret", "../absent", "/etc/passwd"] {
            assert!(!reach.has(&app.join(name)), "{name}");
        }
        for name in ["own", "in", "loop", "no/such/file"] {
            assert!(reach.has(&app.join(name)), "{name}");
        }
        let anywhere = Options { read_outside: true, ..Options::default() };
        assert!(Reach::around(Some(&app), &anywhere).has(&app.join("out")));
    }
}
