//! Finds the bytes that parser events leave out: `-`, `:`, `?` and block scalar headers.
//!
//! Only ever looks at what stands *between* two tokens: blanks, line breaks and comments. It must not try to
//! understand a token itself; that is the parser's work.

/// A position in a text that only moves forward.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cursor<'t> {
    text: &'t [u8],
    at: usize,
}

impl<'t> Cursor<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        let at = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        Self { text: text.as_bytes(), at }
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
    fn it_never_moves_back() {
        let mut cursor = Cursor::new("abc");
        cursor.advance(2);
        cursor.advance(1);
        assert_eq!(cursor.at(), 2);
    }
}
