//! Which files make a project, when they are not all named: a file with its override, a folder, a whole tree.
//!
//! Looks at names first and into files only where their names do not tell what they are. Decides which files are
//! projects of their own; loads none of them.

mod list;
mod names;
mod peek;
mod skipped;
mod walk;

use std::path::{Path, PathBuf};

use rayon::iter::{IntoParallelIterator as _, ParallelIterator as _};

use super::{DEFAULT_NAMES, Error, Options, env};
pub use list::list;
use names::Name;
use peek::Peek;
pub use skipped::{Skipped, Why};

/// Files that are one project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Project {
    /// Each laid over those before it; never empty.
    pub files: Vec<PathBuf>,
    /// Whether Compose finds it by itself. One that it does not find may be there only for another project.
    pub by_default: bool,
}

/// What a tree holds; everything in the order of its paths.
#[derive(Debug, Default)]
pub struct Found {
    /// Each project once.
    pub projects: Vec<Project>,
    /// Files that look like a project and are none.
    pub skipped: Vec<Skipped>,
    /// What could not be looked at, or is named and not there.
    pub errors: Vec<(PathBuf, Error)>,
}

/// A file, and the override file that Compose would lay over it by itself: `compose.override.yaml` and the like beside
/// a file with a default name.
#[must_use]
pub fn with_override(path: &Path) -> Vec<PathBuf> {
    std::iter::once(path.to_owned()).chain(override_of(path)).collect()
}

fn override_of(path: &Path) -> Option<PathBuf> {
    let name = path.file_name()?.to_str().filter(|name| DEFAULT_NAMES.contains(name))?;
    let (stem, _) = name.rsplit_once('.')?;
    let candidates =
        ["yml", "yaml"].map(|extension| path.with_file_name(format!("{stem}.override.{extension}")));
    candidates.into_iter().find(|candidate| candidate.is_file())
}

/// The files with a default name in a folder, the one that Compose takes first. The empty path is where harden runs.
#[must_use]
pub fn defaults(folder: &Path) -> Vec<PathBuf> {
    DEFAULT_NAMES.iter().map(|name| folder.join(name)).filter(|path| path.exists()).collect()
}

/// Every project in a folder and below it. Hidden files, and what `.gitignore` and `.ignore` name, are left out; symbolic
/// links to folders are not followed. A folder without any is an error.
#[must_use]
pub fn tree(root: &Path, options: &Options) -> Found {
    let walk::Seen { folders, skipped, errors } = walk::walk(root, options);
    let found = folders.into_par_iter().map(|(at, files)| in_folder(&at, &files, Wanted::All, options));
    let mut all = found.reduce(Found::default, Found::with);
    all.skipped.extend(skipped);
    all.errors.extend(errors);
    if all.projects.is_empty() && all.errors.is_empty() {
        all.errors.push((root.to_owned(), nothing(root)));
    }
    all.sorted()
}

fn nothing(root: &Path) -> Error {
    let help = "looked for `compose*.yml`, `docker-compose*.yml`, `*.compose.yml` and `.yaml`, but not in hidden \
                and git-ignored files";
    let message = format!("no Compose project in `{}`", root.display());
    let diagnostic = super::Diagnostic { message, help: Some(help.to_owned()), place: None, note: None };
    Error::Invalid { tree: Box::default(), diagnostics: vec![diagnostic] }
}

/// Which projects of a folder are asked for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wanted {
    All,
    /// Only those that have a file in the list.
    Listed,
}

impl Found {
    fn with(mut self, other: Self) -> Self {
        self.projects.extend(other.projects);
        self.skipped.extend(other.skipped);
        self.errors.extend(other.errors);
        self
    }

    fn sorted(mut self) -> Self {
        self.projects.sort_by(|one, other| one.files.cmp(&other.files));
        self.skipped.sort_by(|one, other| one.path.cmp(&other.path));
        self.errors.sort_by(|one, other| one.0.cmp(&other.0));
        self
    }

    fn skip(&mut self, path: &Path, why: Why) {
        self.skipped.push(Skipped { path: path.to_owned(), why });
    }
}

/// The files that Compose would take in a folder by itself: those that `COMPOSE_FILE` names, or the first with a default
/// name and its override. Empty when there are none. The empty path is where harden runs.
///
/// # Errors
/// When `COMPOSE_FILE` names a file that is not there, or the file that sets it cannot be read.
pub fn folder(folder: &Path, options: &Options) -> Result<Vec<PathBuf>, Error> {
    if let Some(files) = env::compose_file(folder, options)? {
        return Ok(files);
    }
    Ok(defaults(folder).first().map(|base| with_override(base)).unwrap_or_default())
}

/// What the files of one folder are to each other.
fn in_folder(at: &Path, files: &[(PathBuf, Name)], wanted: Wanted, options: &Options) -> Found {
    let mut found = Found::default();
    let taken = match folder(at, options) {
        Ok(taken) => taken,
        Err(error) => {
            found.errors.push((at.join(".env"), error));
            return found;
        }
    };
    let base = taken.first();
    let is_wanted = |path: &PathBuf| files.iter().any(|(file, _)| file == path);
    let by_override = files.iter().any(|(_, name)| *name == Name::Override);
    // what `COMPOSE_FILE` names counts wherever it lies; a default name that was not seen is left out for a reason
    let by_env = wanted == Wanted::All && base.is_some_and(|base| !defaults(at).contains(base));
    if !taken.is_empty() && (by_override || by_env || taken.iter().any(is_wanted)) {
        found.projects.push(Project { files: taken.clone(), by_default: true });
    }
    let known = base.and_then(|base| peek::peek(base, options).ok()).unwrap_or_default();
    for (path, name) in files.iter().filter(|(path, _)| !taken.contains(path)) {
        match (name, base) {
            (Name::Default | Name::Override, Some(base)) => found.skip(path, Why::Unread(base.clone())),
            (Name::Override, None) => found.skip(path, Why::Alone),
            (Name::Stack, _) => found.skip(path, Why::Stack),
            (Name::Default | Name::Other, _) => match why_not(path, base.map(|base| (base, &known)), options)
            {
                Some(why) => found.skip(path, why),
                None => found.projects.push(Project { files: vec![path.clone()], by_default: false }),
            },
        }
    }
    found
}

/// Why a file that Compose does not find by itself is no project. One that cannot be read is: the error is told when it
/// is loaded.
fn why_not(path: &Path, base: Option<(&PathBuf, &Peek)>, options: &Options) -> Option<Why> {
    let peek = peek::peek(path, options).ok()?;
    if !peek.is_compose {
        return Some(Why::NotCompose);
    }
    if let Some(service) = peek.fragment {
        return Some(Why::Fragment(service));
    }
    let (base, known) = base?;
    let shared = known.services.iter().filter(|service| peek.services.contains(service)).count();
    let variant = shared == 0 || shared == known.services.len();
    (!variant).then(|| Why::LaidOver(base.clone()))
}
