//! Reads files into spanned trees and resolves them to the model that Compose would run.
//!
//! The only module that reads user files. `gather` opens the files of a project, `project` puts them together by the
//! rules in `merge`, and each service's effective view is deserialised into typed structs. It validates, and it decides
//! nothing.

mod alone;
mod context;
mod de;
pub mod discover;
mod dockerfile;
mod effective;
mod env;
mod evidence;
mod gather;
mod inherit;
mod limits;
mod links;
mod mention;
mod merge;
mod name;
mod partial;
mod path;
mod policy;
mod project;
mod reach;
mod read;
mod resolve;
mod schema;
mod spoken;
mod stack;
mod unique;

pub use alone::{alone, is_dockerfile, surrounded};
pub use context::contexts;
pub use discover::with_override;
pub use env::shell;
pub use evidence::{EVIDENCE_NAME, evidence, evidence_path};
pub use limits::{Bound, Limits};
pub use links::{Links, links};
pub use name::project_name;
pub(crate) use path::{canonical, real};
pub use policy::{
    BASELINE_NAME, POLICY_NAME, PolicyFrom, PolicyOptions, baseline, baseline_and_text, baseline_path, policy,
};
pub use reach::Trusted;
pub use schema::COMPOSE_SCHEMA;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::Instant;

use crate::compose::{Project, Secret};
use crate::source::{FileId, Place, Source};
use crate::yaml::{self, Layers, Tree};
use gather::Main;

/// Names that Compose looks for when none is given, in its order.
pub const DEFAULT_NAMES: [&str; 4] =
    ["compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml"];

/// What is read besides the files themselves, and bounds on it.
#[derive(Clone, Debug)]
pub struct Options {
    /// Largest file that is read, in bytes.
    pub max_bytes: u64,
    /// The folder that the paths of a project start from, in place of the one of its first file.
    pub project_directory: Option<PathBuf>,
    /// Files of variables, in order, that are read in place of the `.env` beside the Compose file.
    pub env_files: Vec<PathBuf>,
    /// Variables that win over those of the files: those of the shell, when they were asked for ([`shell`]). Empty by
    /// default, so that the same files mean the same on every machine.
    pub shell: Vec<(String, Secret)>,
    /// Bounds on what a project may be made of.
    pub limits: Limits,
    /// What the command line names: such files are read wherever symbolic links lead, and what lies in the repositories
    /// of such directories is read, too.
    pub trusted: Trusted,
    /// Whether files are read that a project names and that lie outside its repository, or outside its directory where
    /// it is in none.
    pub read_outside: bool,
    /// When the run is to be over.
    pub deadline: Option<Instant>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            max_bytes: 64 << 20,
            project_directory: None,
            env_files: Vec::new(),
            shell: Vec::new(),
            limits: Limits::default(),
            trusted: Trusted::default(),
            read_outside: false,
            deadline: None,
        }
    }
}

impl Options {
    fn folder(&self, own: Option<PathBuf>) -> Option<PathBuf> {
        self.project_directory.clone().or(own)
    }
}

/// A project as it was read: the tree, what it means, and where each service is written.
#[derive(Debug)]
pub struct Loaded {
    /// The files that were named, and the override files beside them: each laid over those before it. The overlay is
    /// the last of them.
    pub files: Vec<PathBuf>,
    /// The files as written.
    pub tree: Tree,
    /// What they mean.
    pub project: Project,
    /// The value nodes of each service as written, by service index; may be aliases.
    pub services: Layers,
    /// What is odd but no error: unknown keys.
    pub warnings: Vec<Diagnostic>,
    /// The folder that the relative paths in a file start from, by file.
    folders: Vec<Option<PathBuf>>,
    /// Where its files may lie.
    reach: reach::Reach,
    /// Who speaks for services besides their own lines.
    spoken: spoken::Spoken,
}

impl Loaded {
    /// The folder that the relative paths in a file start from, as seen from where harden runs; `None` for a text that
    /// lies nowhere. It need not be the folder of the file: an override file has that of the project.
    #[must_use]
    pub fn folder(&self, file: FileId) -> Option<&Path> {
        self.folders.get(usize::from(file.0))?.as_deref()
    }
}

/// Something said about a place in a user's file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// What was found and what was expected; lowercase, no full stop, names in backticks.
    pub message: String,
    /// The one `help:` line.
    pub help: Option<String>,
    /// Where.
    pub place: Option<Place>,
    /// A second place that explains the first, such as the first of two equal keys, and what it is.
    pub note: Option<(Place, String)>,
}

impl From<yaml::Error> for Diagnostic {
    fn from(error: yaml::Error) -> Self {
        let message = error.kind.to_string();
        let note = error.note.map(|note| (note.place, note.label.to_owned()));
        Self { message, help: error.help, place: Some(error.place), note }
    }
}

/// Why a project could not be loaded.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The world's: the file could not be read.
    #[error("cannot read `{}`: {cause}", path.display())]
    Read {
        /// What was tried.
        path: PathBuf,
        /// Why it failed.
        cause: String,
        /// What to do about it.
        help: Option<String>,
    },
    /// Yours: the file is not what Compose would take. Never empty.
    #[error("{}", diagnostics.first().map_or("invalid input", |first| &first.message))]
    Invalid {
        /// Holds the sources that the places are in.
        tree: Box<Tree>,
        /// Every fault found.
        diagnostics: Vec<Diagnostic>,
    },
}

/// New texts by the path of the file that they stand for: as its source names it, or its canonical path.
pub type Texts<'a> = HashMap<&'a Path, &'a str>;

/// Loads the project of a file: with the override file beside it, if it has one of the names that Compose looks for.
///
/// # Errors
/// When a file cannot be read or is not a Compose file.
pub fn file(path: &Path, options: &Options) -> Result<Loaded, Error> {
    files(&discover::with_override(path), options, &Texts::new())
}

/// Reads a file that is no Compose file, such as a stored report.
///
/// # Errors
/// When it cannot be read or is not UTF-8.
pub fn text_of(path: &Path, options: &Options) -> Result<String, Error> {
    read::file(path, options)
}

/// Loads the project that some files are, each laid over those before it, as `docker compose -f a -f b` does. A file
/// that has a new text is not read.
///
/// # Errors
/// When a file cannot be read or is not a Compose file.
pub fn files(paths: &[PathBuf], options: &Options, texts: &Texts<'_>) -> Result<Loaded, Error> {
    layered(paths, None, options, texts)
}

/// Loads the project that some files are with another laid over them, which alone is to be changed; it need not be
/// there yet. A file that has a new text is not read.
///
/// # Errors
/// When a file cannot be read or is not a Compose file, or the overlay is a file that the project has without it.
pub fn overlaid(
    paths: &[PathBuf],
    overlay: &Path,
    options: &Options,
    texts: &Texts<'_>,
) -> Result<Loaded, Error> {
    layered(paths, Some(overlay), options, texts)
}

fn layered(
    paths: &[PathBuf],
    overlay: Option<&Path>,
    options: &Options,
    texts: &Texts<'_>,
) -> Result<Loaded, Error> {
    let (first, over) = paths
        .split_first()
        .map_or((Path::new(""), Vec::new()), |(first, over)| (first.as_path(), over.to_vec()));
    reach::found(paths, options)?;
    let text = read::file_or(first, options, texts)?;
    project::load(
        Main {
            source: Source::new(first, text),
            folder: options.folder(path::parent(first)),
            over,
            overlay: overlay.map(Path::to_path_buf),
        },
        options,
        texts,
    )
}

/// Loads the project of a file with another text in it: the files beside it are looked at, the file itself is not.
///
/// # Errors
/// When it is not a Compose file.
pub fn rewritten(path: &Path, text: &str, options: &Options) -> Result<Loaded, Error> {
    files(&discover::with_override(path), options, &Texts::from([(path, text)]))
}

/// Loads the project from standard input; the files it names are looked for from here, as Compose does it.
///
/// # Errors
/// When it cannot be read or is not a Compose file.
pub fn stdin(options: &Options) -> Result<Loaded, Error> {
    let source = Source::new("-", read::stdin(options)?);
    project::load(
        Main { source, folder: options.folder(Some(PathBuf::new())), over: Vec::new(), overlay: None },
        options,
        &Texts::new(),
    )
}

/// Loads the project from a text, as if it were read from a file of this name that has no siblings.
///
/// # Errors
/// When it is not a Compose file.
pub fn text(name: &str, text: &str, options: &Options) -> Result<Loaded, Error> {
    let source = Source::new(name, text);
    project::load(Main { source, folder: None, over: Vec::new(), overlay: None }, options, &Texts::new())
}
