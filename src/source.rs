//! Text and places in it: byte spans, line and column, the newline style of a file.
//!
//! The lowest layer: imports nothing of ours and knows neither YAML nor Compose. Spans are bytes, because
//! edits are bytes; lines and columns are computed only when a person has to read them.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// A range of bytes in one file. Files are bounded below 4 GiB, so 32 bits do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// A span from byte offsets; offsets beyond 4 GiB saturate (the loader's size limit is far below).
    #[must_use]
    pub fn new(start: usize, end: usize) -> Self {
        Self { start: u32::try_from(start).unwrap_or(u32::MAX), end: u32::try_from(end).unwrap_or(u32::MAX) }
    }

    /// The span as a slice index.
    #[must_use]
    pub fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }

    /// Length in bytes.
    #[must_use]
    pub fn len(self) -> usize {
        self.range().len()
    }

    /// Whether the span covers no byte, as an empty YAML value does.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.start >= self.end
    }
}

/// Which file of the project a span is in; an index into the project's sources.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(pub u16);

/// A span together with the file it is in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The file.
    pub file: FileId,
    /// The bytes in it.
    pub span: Span,
}

/// How a file ends its lines. Decided by the first line break, as editors do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Newline {
    /// `\n`
    Lf,
    /// `\r\n`
    CrLf,
}

impl Newline {
    /// The characters themselves.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Lf => "\n",
            Self::CrLf => "\r\n",
        }
    }
}

/// One file as it was read, and its name as the user knows it.
#[derive(Debug)]
pub struct Source {
    name: PathBuf,
    text: String,
    is_absent: bool,
    line_starts: OnceLock<Vec<u32>>,
}

impl Source {
    /// Wraps a text under the name that messages show.
    pub fn new(name: impl Into<PathBuf>, text: impl Into<String>) -> Self {
        Self { name: name.into(), text: text.into(), is_absent: false, line_starts: OnceLock::new() }
    }

    /// A file that is not there yet, and has no text so far.
    pub fn absent(name: impl Into<PathBuf>) -> Self {
        Self { is_absent: true, ..Self::new(name, "") }
    }

    /// Whether the file is not there yet.
    #[must_use]
    pub fn is_absent(&self) -> bool {
        self.is_absent
    }

    /// The name as the user gave it; `-` for standard input.
    #[must_use]
    pub fn name(&self) -> &Path {
        &self.name
    }

    /// The whole text, with its byte order mark if it has one.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The text of a span; empty when the span does not fit this text.
    #[must_use]
    pub fn slice(&self, span: Span) -> &str {
        self.text.get(span.range()).unwrap_or_default()
    }

    /// The newline style, from the first line break; `\n` for a text of one line.
    #[must_use]
    pub fn newline(&self) -> Newline {
        match self.text.find('\n') {
            Some(at) if self.text.as_bytes().get(at.wrapping_sub(1)) == Some(&b'\r') => Newline::CrLf,
            _ => Newline::Lf,
        }
    }

    /// Line and column of a byte offset, both from 1; the column counts characters.
    #[must_use]
    pub fn line_col(&self, offset: u32) -> (usize, usize) {
        let starts = self.line_starts();
        let line = starts.partition_point(|&start| start <= offset);
        let start = starts.get(line.wrapping_sub(1)).copied().unwrap_or(0);
        let before = self.text.get(start as usize..offset as usize).unwrap_or_default();
        (line, before.trim_start_matches('\u{feff}').chars().count() + 1)
    }

    /// The line from 1 that a byte offset is in.
    #[must_use]
    pub fn line(&self, offset: u32) -> usize {
        self.line_starts().partition_point(|&start| start <= offset)
    }

    /// The span of a line (from 1) without its line break.
    #[must_use]
    pub fn line_span(&self, line: usize) -> Span {
        let starts = self.line_starts();
        let start = starts.get(line.wrapping_sub(1)).map_or(self.text.len(), |&s| s as usize);
        let end = starts.get(line).map_or(self.text.len(), |&s| s as usize);
        let content = self.text.get(start..end).unwrap_or_default().trim_end_matches(['\n', '\r']);
        Span::new(start, start + content.len())
    }

    /// Bytes between the start of the line and an offset: the indent, when only blanks are before it. A byte
    /// order mark takes none.
    #[must_use]
    pub fn column(&self, offset: u32) -> usize {
        let before = self.text.get(..offset as usize).unwrap_or_default();
        let line = before.rsplit_once('\n').map_or(before, |(_, line)| line);
        line.trim_start_matches('\u{feff}').len()
    }

    /// Where the line that an offset is in ends, its line break (`\n` or `\r\n`) excluded.
    #[must_use]
    pub fn line_end(&self, offset: u32) -> u32 {
        let rest = self.text.get(offset as usize..).unwrap_or_default();
        let line = rest.find('\n').map_or(rest, |at| rest.get(..at).unwrap_or_default());
        let line = if line.len() < rest.len() { line.strip_suffix('\r').unwrap_or(line) } else { line };
        Span::new(0, offset as usize + line.len()).end
    }

    fn line_starts(&self) -> &[u32] {
        self.line_starts.get_or_init(|| {
            let breaks = self.text.bytes().enumerate().filter(|&(_, byte)| byte == b'\n');
            std::iter::once(0).chain(breaks.map(|(at, _)| Span::new(at + 1, 0).start)).collect()
        })
    }
}

/// The hash of some words, as 32 hexadecimal digits: `["a", "bc"]` and `["ab", "c"]` differ.
///
/// FNV-1a with 128 bits, written out here because it must never change: baselines, evidence and code-scanning alerts
/// hold it.
pub(crate) fn fingerprint(words: &[&str]) -> String {
    const OFFSET: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;
    let bytes = words.iter().flat_map(|word| word.bytes().chain([0xff]));
    let hash = bytes.fold(OFFSET, |hash, byte| (hash ^ u128::from(byte)).wrapping_mul(PRIME));
    format!("{hash:032x}")
}

#[cfg(test)]
mod tests {
    use super::{Newline, Source, Span};

    #[test]
    fn line_and_column_count_from_one_in_characters() {
        let source = Source::new("t", "a: ü\r\nb: x\n");
        assert_eq!(source.line_col(0), (1, 1));
        assert_eq!(source.line_col(5), (1, 5));
        assert_eq!(source.line_col(7), (2, 1));
        assert_eq!(source.newline(), Newline::CrLf);
        assert_eq!(source.slice(source.line_span(1)), "a: ü");
        assert_eq!(source.slice(source.line_span(2)), "b: x");
    }

    #[test]
    fn columns_and_line_ends_are_bytes() {
        let source = Source::new("t", "\u{feff}ü: x\r\n  b: y");
        assert_eq!(source.column(3), 0);
        assert_eq!(source.column(7), 4);
        assert_eq!(source.column(12), 2);
        assert_eq!(source.line_end(3), 8);
        assert_eq!(source.line_end(10), 16);
    }

    #[test]
    fn a_byte_order_mark_takes_no_column() {
        let source = Source::new("t", "\u{feff}a: 1");
        assert_eq!(source.line_col(3), (1, 1));
        assert_eq!(source.slice(Span::new(3, 4)), "a");
    }
}
