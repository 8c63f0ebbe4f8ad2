//! Places and what is said of them, as reports hold them.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::{Counts, Diagnostic, DiagnosticKind, Note, Project, Root, Status};
use crate::load;
use crate::report::redact::{self, Masks};
use crate::source::{self, Source};

/// A range of text in a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// Path of the file.
    pub file: String,
    /// Its first character.
    pub start: Point,
    /// After its last character.
    pub end: Point,
}

/// A position in a text. A byte order mark counts as a byte, and takes no column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Point {
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// The column in UTF-16 code units, from 1.
    pub utf16: usize,
    /// Bytes before it in the file.
    pub byte: u32,
}

impl Place {
    /// A place in one of these files.
    #[must_use]
    pub fn new(sources: &[Source], place: source::Place, root: &Root) -> Option<Self> {
        let source = sources.get(usize::from(place.file.0))?;
        let file = root.path(source.name());
        Some(Self { file, start: point(source, place.span.start), end: point(source, place.span.end) })
    }
}

fn point(source: &Source, byte: u32) -> Point {
    let (line, column) = source.line_col(byte);
    let before = source.slice(source::Span { start: source.line_span(line).start, end: byte });
    let utf16 = before.trim_start_matches('\u{feff}').encode_utf16().count() + 1;
    Point { line, column, utf16, byte }
}

impl Project {
    /// A project that could not be hardened.
    #[must_use]
    pub fn failed(path: &Path, diagnostics: Vec<Diagnostic>, root: &Root) -> Self {
        Self {
            path: root.path(path),
            status: Status::Failed,
            written: false,
            level: None,
            runs_as: None,
            check: None,
            counts: Counts::default(),
            files: Vec::new(),
            services: Vec::new(),
            unread: Vec::new(),
            diagnostics,
        }
    }
}

impl Diagnostic {
    /// What loading says of a file.
    pub(crate) fn new(
        kind: DiagnosticKind,
        found: &load::Diagnostic,
        masks: &Masks<'_>,
        root: &Root,
    ) -> Self {
        let place = |place| Place::new(masks.sources(), place, root);
        Self {
            kind,
            message: masks.message(&found.message, found.place),
            help: found.help.as_ref().and_then(|help| masks.help(&found.message, help, found.place)),
            place: found.place.and_then(place),
            note: found.note.as_ref().map(|(at, words)| Note { message: words.clone(), place: place(*at) }),
        }
    }

    /// An error, at a place or none.
    #[must_use]
    pub fn error(message: &str, help: Option<&str>, place: Option<Place>) -> Self {
        Self {
            kind: DiagnosticKind::Error,
            message: redact::sentence(message).into_owned(),
            help: help.map(|help| redact::sentence(help).into_owned()),
            place,
            note: None,
        }
    }
}
