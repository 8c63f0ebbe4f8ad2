//! Makes the errors of the builder's own checks: aliases, keys and limits.

use super::keys::Keys;
use super::{Limits, syntax};
use crate::source::{FileId, Place, Span};
use crate::yaml::{Error, ErrorKind, NodeId, Note};
use granit_parser::ScanError;

/// How close a name must be to be suggested; 1 is equal.
const SIMILAR: f64 = 0.8;

/// What every error needs.
#[derive(Clone, Copy, Debug)]
pub(super) struct Context<'a> {
    pub(super) file: FileId,
    pub(super) text: &'a str,
    pub(super) limits: Limits,
}

impl<'a> Context<'a> {
    /// The parser's own complaint.
    pub(super) fn syntax(self, error: &ScanError) -> Error {
        let fault = syntax::translate(self.text, error, self.limits.depth);
        let error = self.error(fault.kind, fault.span);
        Error { help: fault.help, ..error }
    }

    /// A tab in an indent that the parser let pass.
    pub(super) fn tab(self, at: usize) -> Error {
        let fault = syntax::tab(at);
        Error { help: fault.help, ..self.error(fault.kind, fault.span) }
    }

    /// A carriage return that is not part of the line end of Windows, if there is one.
    pub(super) fn lone_return(self) -> Option<Error> {
        let mut returns = self.text.match_indices('\r').map(|(at, _)| at);
        let at = returns.find(|at| self.text.as_bytes().get(at + 1) != Some(&b'\n'))?;
        let help = Some("save the file with the line ends of Unix or Windows".to_owned());
        Some(Error { help, ..self.error(ErrorKind::LoneReturn, Span::new(at, at + 1)) })
    }

    /// `*name` without an earlier `&name`; `known` are the anchors before it.
    pub(super) fn unknown_alias(self, span: Span, known: &[&str]) -> Error {
        let name = self.name(span);
        let help = self.alias_help(name, span, known);
        Error { help, ..self.error(ErrorKind::UnknownAlias(name.to_owned()), span) }
    }

    pub(super) fn cycle(self, span: Span, anchor: Span) -> Error {
        let error = self.error(ErrorKind::Cycle(self.name(span).to_owned()), span);
        Error { note: Some(self.note(anchor, "the anchor is here")), ..error }
    }

    pub(super) fn too_many_nodes(self, span: Span, anchor: Span) -> Error {
        let error = self.error(ErrorKind::TooManyNodes(self.limits.expanded_nodes), span);
        Error { note: Some(self.note(anchor, "the anchor is here")), ..error }
    }

    pub(super) fn too_deep(self, span: Span) -> Error {
        self.error(ErrorKind::TooDeep(self.limits.depth), span)
    }

    pub(super) fn duplicate(self, keys: Keys<'_>, first: NodeId, second: NodeId) -> Error {
        let span = |id| keys.node(id).map_or_else(Span::default, |node| node.span);
        let note = Some(self.note(span(first), "first given here"));
        if keys.is_merge(second) {
            let help = Some("merge several with one key: `<<: [*a, *b]`".to_owned());
            return Error { help, note, ..self.error(ErrorKind::DuplicateMerge, span(second)) };
        }
        let name = keys.name(second).unwrap_or_default().to_owned();
        Error { note, ..self.error(ErrorKind::DuplicateKey(name), span(second)) }
    }

    /// The name in an anchor or alias.
    pub(super) fn name(self, span: Span) -> &'a str {
        let written = self.text.get(span.range()).unwrap_or_default();
        written.trim_start_matches(['&', '*'])
    }

    fn alias_help(self, name: &str, span: Span, known: &[&str]) -> Option<String> {
        let bare = name.trim_end_matches(':');
        if bare.len() < name.len() && known.contains(&bare) {
            return Some(format!("an alias used as a key needs a space before its colon: `*{bare} :`"));
        }
        if let Some(near) = nearest(name, known) {
            return Some(format!("did you mean `*{near}`?"));
        }
        if defines(self.text.get(span.range().end..), name) {
            return Some(format!("`&{name}` comes later; an anchor must come before its aliases"));
        }
        if defines(self.text.get(..span.range().start), name) {
            return Some(format!("`&{name}` is in another document; anchors end at `---`"));
        }
        let hint = "a value that starts with `*` is an alias; quote it if it is meant as text";
        known.is_empty().then(|| hint.to_owned())
    }

    fn error(self, kind: ErrorKind, span: Span) -> Error {
        Error { kind, place: self.place(span), help: None, note: None }
    }

    fn note(self, span: Span, label: &'static str) -> Note {
        Note { place: self.place(span), label }
    }

    fn place(self, span: Span) -> Place {
        Place { file: self.file, span }
    }
}

/// Whether a part of the text seems to have the anchor.
fn defines(part: Option<&str>, name: &str) -> bool {
    part.unwrap_or_default().split('&').skip(1).any(|after| {
        after.strip_prefix(name).is_some_and(|end| end.is_empty() || end.starts_with(char::is_whitespace))
    })
}

fn nearest<'n>(name: &str, known: &[&'n str]) -> Option<&'n str> {
    let scored = known.iter().map(|&near| (strsim::jaro_winkler(name, near), near));
    let best = scored.max_by(|a, b| a.0.total_cmp(&b.0))?;
    (best.0 >= SIMILAR).then_some(best.1)
}
