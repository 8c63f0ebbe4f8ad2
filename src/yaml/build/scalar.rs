//! The exact span of a scalar, and where its value is.
//!
//! Trusts the parser for values, and the source for extents: the parser's span of a block scalar begins after
//! its header and runs into the indent of the next line.

use crate::source::Span;
use crate::yaml::{Quoting, Text};
use granit_parser::ScalarStyle;
use std::borrow::Cow;

/// How a scalar is written, from the parser's name for it.
pub(super) fn quoting(style: ScalarStyle) -> Quoting {
    match style {
        ScalarStyle::Plain => Quoting::Plain,
        ScalarStyle::SingleQuoted => Quoting::Single,
        ScalarStyle::DoubleQuoted => Quoting::Double,
        ScalarStyle::Literal => Quoting::Literal,
        ScalarStyle::Folded => Quoting::Folded,
    }
}

/// The value as a slice of the source where it is one; `inside` is the scalar without its quotes.
pub(super) fn text(source: &str, inside: Span, value: Cow<'_, str>) -> Text {
    match source.get(inside.range()) {
        Some(written) if written == value => Text::Slice(inside),
        _ => Text::Owned(value.into_owned().into_boxed_str()),
    }
}

/// A quoted scalar's span without its quotes.
pub(super) fn unquoted(span: Span) -> Span {
    Span { start: span.start + 1, end: span.end.saturating_sub(1).max(span.start + 1) }
}

/// A block scalar as the parser and the cursor found it.
pub(super) struct Block<'t> {
    /// The whole text.
    pub(super) source: &'t str,
    /// Offset of `|` or `>`.
    pub(super) header: usize,
    /// Its value.
    pub(super) value: &'t str,
    /// Columns its content is indented by; without meaning for a value of line breaks alone.
    pub(super) indent: usize,
    /// Where the parser says it ends.
    pub(super) end: usize,
}

impl Block<'_> {
    /// From the header to the end of the last content line, line break excluded. Trailing blank lines belong to
    /// it only when they belong to the value (`|+`).
    pub(super) fn span(&self) -> Span {
        let (token, keep) = self.header();
        let mut end = token;
        let mut at = self.first_line();
        for line in self.body().split_inclusive('\n') {
            let content = line.trim_end_matches(['\n', '\r']);
            if self.is_content(content) || (keep && line.len() > content.len()) {
                end = at + content.len();
            }
            at += line.len();
        }
        Span::new(self.header, end)
    }

    /// The value without the line break that the parser adds to a last line of the file that has none. Compose
    /// adds none.
    pub(super) fn value(&self) -> &str {
        if self.is_blank() {
            let breaks = self.body().matches('\n').count();
            return self.value.get(..breaks).unwrap_or(self.value);
        }
        let unbroken = !self.source.ends_with('\n') && self.span().range().end == self.source.len();
        self.value.strip_suffix('\n').filter(|_| unbroken).unwrap_or(self.value)
    }

    /// Where the header's indicators end, and whether they say to keep trailing line breaks.
    fn header(&self) -> (usize, bool) {
        let rest = self.source.get(self.header..).unwrap_or_default();
        let len = rest.find(|c: char| c.is_ascii_whitespace()).unwrap_or(rest.len());
        (self.header + len, rest.get(..len).unwrap_or_default().contains('+'))
    }

    /// Blanks beyond the indent are content too.
    fn is_content(&self, line: &str) -> bool {
        !self.is_blank() && (line.len() > self.indent || line.bytes().any(|byte| byte != b' '))
    }

    fn is_blank(&self) -> bool {
        self.value.bytes().all(|byte| byte == b'\n')
    }

    fn body(&self) -> &str {
        self.source.get(self.first_line()..self.end).unwrap_or_default()
    }

    /// Where the line after the header starts.
    fn first_line(&self) -> usize {
        let rest = self.source.get(self.header..).unwrap_or_default();
        self.header + rest.find('\n').map_or(rest.len(), |line| line + 1)
    }
}
