//! Shows one plan to a person or a program.
//!
//! Reporters compute nothing and decide nothing: they turn what they are given into text. Only `terminal` knows
//! colours and underlined source lines; only `diff` knows the unified format. Every format for programs is rendered
//! from one [`model::Report`], which can also be stored, merged and rendered later.

mod aside;
pub mod diff;
pub(crate) mod drift;
pub mod explain;
mod format;
mod found;
mod github;
mod gitlab;
pub mod images;
mod json;
mod junit;
mod markdown;
pub mod model;
mod plain;
mod redact;
mod sarif;
mod sites;
pub mod terminal;
mod words;

pub use format::Format;
pub(crate) use redact::{Masks, unified as masked_diff};
pub use sites::Sites;

use std::collections::BTreeSet;
use std::path::Path;

use crate::edit::Origin;
use crate::plan::Plan;
use crate::source::{Place, Source};

/// How much to say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verbosity {
    /// Only errors, and drift.
    Quiet,
    /// What a person needs.
    #[default]
    Normal,
    /// Everything, with reasons.
    Verbose,
}

/// One project and what was decided for it.
#[derive(Debug)]
pub struct Subject<'a> {
    /// Its name, as the user gave it.
    pub name: &'a Path,
    /// Whether it is a Dockerfile by itself: then there is no talk of services.
    pub alone: bool,
    /// Its files; places point into them.
    pub sources: &'a [Source],
    /// The decisions.
    pub plan: &'a Plan,
    /// Files that it depends on and that were not read.
    pub unread: Vec<Unread<'a>>,
    /// Where the decisions are carried out.
    pub sites: Sites,
    /// What became of it.
    pub outcome: Outcome,
    /// The decisions that the baseline knows; none but where files are checked.
    pub known: BTreeSet<Origin>,
}

/// What became of a project.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The new text is only shown, or written elsewhere.
    Shown,
    /// The file was replaced.
    Written,
    /// The file was compared with what harden would write.
    Checked,
}

/// A file that the project depends on and that was not read.
#[derive(Debug)]
pub struct Unread<'a> {
    /// The file, as written; `None` for one that nothing names.
    pub file: Option<&'a str>,
    /// Why it belongs to the project, such as `include`.
    pub reason: &'static str,
    /// Where it is named.
    pub place: Option<Place>,
    /// The services that it may change.
    pub services: Vec<&'a str>,
}

/// Something that is wrong or odd, with the place if it has one.
#[derive(Debug)]
pub struct Message<'a> {
    /// How bad it is.
    pub kind: MessageKind,
    /// What was found and what was expected.
    pub text: &'a str,
    /// What to do about it.
    pub help: Option<&'a str>,
    /// Where.
    pub place: Option<Place>,
    /// A second place that explains the first.
    pub note: Option<(Place, &'a str)>,
}

/// How bad a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessageKind {
    /// The job cannot be done.
    Error,
    /// Odd, but the job can be done.
    Warning,
}

/// `file:line:column`, as editors take it.
pub(crate) fn location(sources: &[Source], place: Place) -> String {
    let Some(source) = sources.get(usize::from(place.file.0)) else { return String::new() };
    let (line, column) = source.line_col(place.span.start);
    format!("{}:{line}:{column}", shown_name(source.name()))
}

/// A file's name in words: standard input has none of its own.
pub(crate) fn shown_name(name: &Path) -> String {
    if name.as_os_str() == "-" { "<stdin>".to_owned() } else { name.display().to_string() }
}
