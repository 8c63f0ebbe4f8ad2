//! Finds the bytes that parser events leave out: `-`, `:`, `?` and block scalar headers.
//!
//! Only ever looks at what stands *between* two tokens: blanks, line breaks and comments. It must not try to
//! understand a token itself; that is the parser's work.

/// The byte order mark.
const MARK: &[u8] = "\u{feff}".as_bytes();

/// A position in a text that only moves forward.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cursor<'t> {
    text: &'t [u8],
    at: usize,
}

impl<'t> Cursor<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self { text: text.as_bytes(), at: 0 }
    }

    /// Where it stands.
    pub(super) fn at(self) -> usize {
        self.at
    }

    /// Moves forward to an offset; an offset behind it changes nothing.
    pub(super) fn advance(&mut self, to: usize) {
        self.at = self.at.max(to);
    }

    /// Where the next token starts.
    pub(super) fn next_token(self) -> usize {
        let mut at = self.at;
        while let Some(byte) = self.byte(at) {
            match byte {
                b' ' | b'\t' | b'\r' | b'\n' => at += 1,
                b'#' => at = self.line_end(at),
                // One may stand before each document; the parser allows none elsewhere.
                0xef if self.rest(at).starts_with(MARK) => at += MARK.len(),
                _ => break,
            }
        }
        at
    }

    /// Steps over the next token if it is this one byte, and gives its offset.
    pub(super) fn take(&mut self, indicator: u8) -> Option<usize> {
        let at = self.next_token();
        (self.byte(at) == Some(indicator)).then(|| {
            self.at = at + 1;
            at
        })
    }

    /// Passes over document end markers (`...`) that end no document.
    pub(super) fn pass_document_ends(&mut self) {
        loop {
            let at = self.next_token();
            let alone = self.byte(at + 3).is_none_or(|byte| byte.is_ascii_whitespace());
            if !(alone && self.is_line_start(at) && self.rest(at).starts_with(b"...")) {
                break;
            }
            self.at = at + 3;
        }
    }

    /// Where the next token starts when anchors and tags are passed over.
    pub(super) fn after_properties(mut self) -> usize {
        loop {
            let at = self.next_token();
            if !matches!(self.byte(at), Some(b'&' | b'!')) {
                return at;
            }
            self.at = self.blank(at);
        }
    }

    /// A tab among the blanks that lead a line to a token, if only blanks do.
    pub(super) fn tab_in_indent(self, token: usize) -> Option<usize> {
        let before = self.text.get(..token)?;
        let start = before.iter().rposition(|&byte| byte != b' ' && byte != b'\t').map_or(0, |at| at + 1);
        let tab = before.get(start..)?.iter().position(|&byte| byte == b'\t')?;
        self.is_line_start(start).then_some(start + tab)
    }

    fn is_line_start(self, at: usize) -> bool {
        let before = self.text.get(..at).unwrap_or_default();
        before.is_empty() || before.ends_with(b"\n") || before.ends_with(MARK)
    }

    fn byte(self, at: usize) -> Option<u8> {
        self.text.get(at).copied()
    }

    fn rest(self, at: usize) -> &'t [u8] {
        self.text.get(at..).unwrap_or_default()
    }

    fn line_end(self, at: usize) -> usize {
        let rest = self.rest(at);
        at + rest.iter().position(|&byte| byte == b'\n').unwrap_or(rest.len())
    }

    fn blank(self, at: usize) -> usize {
        let rest = self.rest(at);
        at + rest.iter().position(u8::is_ascii_whitespace).unwrap_or(rest.len())
    }
}

#[cfg(test)]
mod tests {
    use super::Cursor;

    #[test]
    fn blanks_and_comments_are_passed_over() {
        let mut cursor = Cursor::new("\u{feff} # - no\r\n\t- x");
        assert_eq!(cursor.take(b':'), None);
        assert_eq!(cursor.take(b'-'), Some(13));
        assert_eq!(cursor.at(), 14);
        assert_eq!(cursor.next_token(), 15);
    }

    #[test]
    fn properties_are_passed_over_when_asked() {
        let cursor = Cursor::new(" &a !<b> # c\n |");
        assert_eq!(cursor.next_token(), 1);
        assert_eq!(cursor.after_properties(), 14);
        assert_eq!(Cursor::new("&a").after_properties(), 2);
    }

    #[test]
    fn a_tab_counts_only_in_the_indent() {
        let cursor = Cursor::new("\u{feff}\ta:\n \tb:\n-\tc\n d");
        assert_eq!(cursor.tab_in_indent(4), Some(3));
        assert_eq!(cursor.tab_in_indent(9), Some(8));
        assert_eq!(cursor.tab_in_indent(14), None);
        assert_eq!(cursor.tab_in_indent(17), None);
    }

    #[test]
    fn only_a_marker_on_its_own_ends_a_document() {
        let after = |text| {
            let mut cursor = Cursor::new(text);
            cursor.pass_document_ends();
            cursor.at()
        };
        assert_eq!(after("# c\n...\n...\na: 1"), 11);
        assert_eq!(after("...a: 1"), 0);
        assert_eq!(after(" ... : 1"), 0);
    }

    #[test]
    fn it_never_moves_back() {
        let mut cursor = Cursor::new("abc");
        cursor.advance(2);
        cursor.advance(1);
        assert_eq!(cursor.at(), 2);
    }
}
