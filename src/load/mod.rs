//! Reads files into spanned trees and resolves them to the model that Compose would run.
//!
//! The only module that reads user files. It resolves anchors, `<<` and same-file `extends` and deserialises each
//! service's effective view into typed structs; it validates, and it decides nothing.

mod de;
mod dockerfile;
mod effective;
mod inherit;
mod partial;
mod project;
mod read;
mod schema;

pub use schema::COMPOSE_SCHEMA;

use std::path::{Path, PathBuf};

use crate::compose::Project;
use crate::source::{Place, Source};
use crate::yaml::{self, NodeId, Tree};

/// Names that Compose looks for when none is given, in its order.
pub const DEFAULT_NAMES: [&str; 4] =
    ["compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml"];

/// Bounds on what is read.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Largest file that is read, in bytes.
    pub max_bytes: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self { max_bytes: 64 << 20 }
    }
}

/// A project as it was read: the tree, what it means, and where each service is written.
#[derive(Debug)]
pub struct Loaded {
    /// The files as written.
    pub tree: Tree,
    /// What they mean.
    pub project: Project,
    /// The value node of each service as written, by service index; may be an alias.
    pub services: Vec<NodeId>,
    /// What is odd but no error: unknown keys.
    pub warnings: Vec<Diagnostic>,
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

/// Loads the project of a file.
///
/// # Errors
/// When the file cannot be read or is not a Compose file.
pub fn file(path: &Path, options: &Options) -> Result<Loaded, Error> {
    let text = read::file(path, options)?;
    project::load(Source::new(path, text), Some(path), options)
}

/// Loads the project from a text, as if it stood in this file: the files beside it are looked at, the file itself is not.
///
/// # Errors
/// When it is not a Compose file.
pub fn rewritten(path: &Path, text: &str, options: &Options) -> Result<Loaded, Error> {
    project::load(Source::new(path, text), Some(path), options)
}

/// Loads the project from standard input.
///
/// # Errors
/// When it cannot be read or is not a Compose file.
pub fn stdin(options: &Options) -> Result<Loaded, Error> {
    let text = read::stdin(options)?;
    project::load(Source::new("-", text), None, options)
}

/// Loads the project from a text, as if it were read from a file of this name that has no siblings.
///
/// # Errors
/// When it is not a Compose file.
pub fn text(name: &str, text: &str, options: &Options) -> Result<Loaded, Error> {
    project::load(Source::new(name, text), None, options)
}
