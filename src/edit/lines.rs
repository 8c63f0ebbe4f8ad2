//! Lines of a text around a byte offset: where they start and end, how they break, and columns.
//!
//! Looks only at the lines it is asked about, so that the cost of an edit does not grow with the file.

use crate::source::Source;

/// A text seen as lines.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lines<'a> {
    source: &'a Source,
}

impl<'a> Lines<'a> {
    pub(super) fn new(source: &'a Source) -> Self {
        Self { source }
    }

    /// The text between two offsets; empty when they do not fit.
    pub(super) fn slice(self, start: usize, end: usize) -> &'a str {
        self.source.text().get(start..end).unwrap_or_default()
    }

    /// Length of the whole text.
    pub(super) fn len(self) -> usize {
        self.source.text().len()
    }

    /// Start of the line of an offset; a byte order mark is not part of the first line.
    pub(super) fn start(self, at: usize) -> usize {
        let before = self.slice(0, at);
        match before.rfind('\n') {
            Some(line_break) => line_break + 1,
            None if before.starts_with('\u{feff}') => '\u{feff}'.len_utf8(),
            None => 0,
        }
    }

    /// End of the line of an offset, before its line break.
    pub(super) fn end(self, at: usize) -> usize {
        let rest = self.slice(at, self.len());
        let line = rest.split('\n').next().unwrap_or_default();
        let line = if line.len() < rest.len() { line.strip_suffix('\r').unwrap_or(line) } else { line };
        at + line.len()
    }

    /// Start of the line after the one of an offset, when there is one with at least its own line break.
    pub(super) fn next(self, at: usize) -> Option<usize> {
        let found = self.slice(at, self.len()).find('\n')?;
        Some(at + found + 1).filter(|&start| start < self.len())
    }

    /// Start of the line before the one of an offset.
    pub(super) fn previous(self, at: usize) -> Option<usize> {
        self.start(at).checked_sub(1).filter(|&end| end >= '\u{feff}'.len_utf8()).map(|end| self.start(end))
    }

    /// The line of an offset, without its line break.
    pub(super) fn line(self, at: usize) -> &'a str {
        self.slice(self.start(at), self.end(at))
    }

    /// The line break to use beside an offset: the one of its line, or the file's for a last line without.
    pub(super) fn line_break(self, at: usize) -> &'static str {
        let rest = self.slice(self.end(at), self.len());
        match rest.chars().next() {
            Some('\r') => "\r\n",
            Some(_) => "\n",
            None => self.source.newline().as_str(),
        }
    }

    /// Characters between the start of the line and an offset.
    pub(super) fn column(self, at: usize) -> usize {
        self.slice(self.start(at), at).chars().count()
    }
}

/// Number of leading spaces.
pub(super) fn indent_of(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}

#[cfg(test)]
mod tests {
    use super::Lines;
    use crate::source::Source;

    #[test]
    fn lines_end_before_their_break_and_may_lack_one() {
        let source = Source::new("t", "\u{feff}a: 1\r\nb: 2");
        let lines = Lines::new(&source);
        assert_eq!(lines.line(4), "a: 1");
        assert_eq!(lines.line_break(4), "\r\n");
        assert_eq!(lines.next(4), Some(9));
        assert_eq!(lines.line(9), "b: 2");
        assert_eq!(lines.next(9), None);
        assert_eq!(lines.previous(10), Some(3));
        assert_eq!(lines.previous(4), None);
        assert_eq!(lines.column(6), 3);
    }
}
