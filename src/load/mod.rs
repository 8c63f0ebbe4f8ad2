//! Reads files into spanned trees and resolves them to the model that Compose would run.
//!
//! The only module that reads user files. It resolves anchors, `<<` and `extends` and deserialises each service's
//! effective view into typed structs; it validates, and it decides nothing.

use crate::compose::Project;
use crate::source::Place;
use crate::yaml::{NodeId, Tree};

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
}
