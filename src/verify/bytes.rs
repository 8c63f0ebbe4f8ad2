//! The bytes: everything outside the edits is untouched, every comment is still one, line ends are kept.
//!
//! Works on the two texts and the edits alone and trusts nobody's account of how they came about.

use super::ProofError;
use crate::edit::Edit;
use crate::source::{Newline, Span};

/// The two texts and what is said to be between them.
#[derive(Clone, Copy)]
pub(super) struct Bytes<'a> {
    pub old: &'a str,
    pub new: &'a str,
    pub edits: &'a [Edit],
}

impl Bytes<'_> {
    /// Checks that the new text is the old one with the edits made, and nothing else.
    pub(super) fn check_edits(self) -> Result<(), ProofError> {
        let mut new = self.new;
        let mut at = 0;
        for edit in self.edits {
            let range = edit.span.range();
            let kept = self.old.get(at..range.start).ok_or(ProofError::Bytes)?;
            let rest = new.strip_prefix(kept).and_then(|rest| rest.strip_prefix(edit.text.as_str()));
            new = rest.ok_or(ProofError::Bytes)?;
            at = if range.end < range.start { return Err(ProofError::Bytes) } else { range.end };
        }
        if self.old.get(at..) == Some(new) { Ok(()) } else { Err(ProofError::Bytes) }
    }

    /// Checks that edits take away nothing but what lies in one of these spans, blanks apart.
    pub(super) fn check_deletions(self, mut allowed: Vec<Span>) -> Result<(), ProofError> {
        allowed.sort_unstable();
        let mut furthest = 0;
        for span in &mut allowed {
            furthest = span.end.max(furthest);
            span.end = furthest;
        }
        let is_allowed = |span: Span| {
            let before = allowed.partition_point(|own| own.start <= span.start);
            let around = before.checked_sub(1).and_then(|last| allowed.get(last));
            span.is_empty() || around.is_some_and(|own| span.end <= own.end)
        };
        let mut deleted = self.edits.iter().map(|edit| self.without_blanks(edit.span));
        if deleted.all(is_allowed) { Ok(()) } else { Err(ProofError::Bytes) }
    }

    fn without_blanks(self, span: Span) -> Span {
        let text = self.old.get(span.range()).unwrap_or_default();
        let start = span.range().start + text.len() - text.trim_start_matches([' ', '\t']).len();
        Span::new(start, start + text.trim_matches([' ', '\t']).len())
    }

    /// Checks that the byte order mark, the newline style and the state of the last line are as they were.
    pub(super) fn check_lines(self, newline: Newline) -> Result<(), ProofError> {
        const MARK: char = '\u{feff}';
        let inserted = |edit: &Edit| keeps_newline(&edit.text, newline) && !edit.text.contains(MARK);
        let same_start = self.old.starts_with(MARK) == self.new.starts_with(MARK);
        // a new file ends as every file should
        let same_end = self.old.is_empty() || self.old.ends_with('\n') == self.new.ends_with('\n');
        let whole = same_start && same_end && self.edits.iter().all(inserted);
        if whole { Ok(()) } else { Err(ProofError::Lines) }
    }

    /// Checks that every comment is where it has to be, unchanged, and still a comment: behind a blank or at the
    /// start of a line, and up to the end of it. That it has not become part of a text follows from the meaning.
    pub(super) fn check_comments(self, comments: impl Iterator<Item = Span>) -> Result<(), ProofError> {
        let mut edits = self.edits.iter().peekable();
        let (mut removed, mut added, mut cut) = (0, 0, 0);
        for comment in comments {
            // an insertion right at the start of a comment stands before it
            while let Some(edit) = edits.next_if(|edit| edit.span.start <= comment.start) {
                removed += edit.span.len();
                added += edit.text.len();
                cut = edit.span.end;
            }
            let inside = edits.peek().is_some_and(|edit| edit.span.start < comment.end);
            let start = (comment.range().start + added).checked_sub(removed);
            let intact = start.is_some_and(|start| self.is_comment(comment, start));
            if inside || cut > comment.start || !intact {
                return Err(ProofError::Comment);
            }
        }
        Ok(())
    }

    fn is_comment(self, comment: Span, start: usize) -> bool {
        let old = self.old.get(comment.range());
        let Some((before, rest)) = self.new.split_at_checked(start) else { return false };
        let Some((text, after)) = rest.split_at_checked(comment.len()) else { return false };
        let introduced = before.is_empty()
            || before.ends_with([' ', '\t', '\n', '\r', '\u{feff}'])
            || self.is_beside(comment);
        old == Some(text) && introduced && (after.is_empty() || after.starts_with(['\n', '\r']))
    }

    /// Whether the comment already stood right after something, which a parser may allow, and still does.
    fn is_beside(self, comment: Span) -> bool {
        let old = self.old.get(..comment.range().start).unwrap_or_default();
        let touched = self.edits.iter().any(|edit| edit.span.end == comment.start);
        !touched && !old.ends_with([' ', '\t', '\n', '\r'])
    }
}

fn keeps_newline(text: &str, newline: Newline) -> bool {
    match newline {
        Newline::Lf => !text.contains('\r'),
        Newline::CrLf => text.matches('\n').count() == text.matches("\r\n").count() && lone_cr(text) == 0,
    }
}

fn lone_cr(text: &str) -> usize {
    text.matches('\r').count() - text.matches("\r\n").count()
}

#[cfg(test)]
mod tests {
    use super::Bytes;
    use crate::edit::Edit;
    use crate::source::{Newline, Span};

    fn edit(start: usize, end: usize, text: &str) -> Edit {
        Edit { span: Span::new(start, end), text: text.to_owned() }
    }

    fn bytes<'a>(old: &'a str, new: &'a str, edits: &'a [Edit]) -> Bytes<'a> {
        Bytes { old, new, edits }
    }

    #[test]
    fn the_new_text_is_the_old_one_and_the_edits() {
        let edits = [edit(1, 2, "XY"), edit(3, 3, "Z")];
        assert!(bytes("0123", "0XY2Z3", &edits).check_edits().is_ok());
        for wrong in ["0XY2Z4", "0XY2Z", "0XY2Z33", "0XY3Z3", "XY2Z3", ""] {
            assert!(bytes("0123", wrong, &edits).check_edits().is_err(), "{wrong}");
        }
    }

    #[test]
    fn edits_out_of_order_or_place_are_refused() {
        assert!(bytes("0123", "0123", &[edit(3, 3, ""), edit(1, 1, "")]).check_edits().is_err());
        assert!(bytes("0123", "01230123", &[edit(4, 0, "")]).check_edits().is_err());
        assert!(bytes("0123", "0123", &[edit(9, 9, "")]).check_edits().is_err());
        assert!(bytes("ü", "ü", &[edit(1, 1, "")]).check_edits().is_err());
    }

    #[test]
    fn only_allowed_spans_may_go_with_the_blanks_around() {
        let old = "ab  cd ef";
        let allowed = vec![Span::new(4, 6), Span::new(0, 1)];
        assert!(bytes(old, "", &[edit(2, 6, "")]).check_deletions(allowed.clone()).is_ok());
        assert!(bytes(old, "", &[edit(0, 2, "")]).check_deletions(allowed.clone()).is_err());
        assert!(bytes(old, "", &[edit(4, 8, "")]).check_deletions(allowed.clone()).is_err());
        assert!(bytes(old, "", &[edit(8, 8, "x")]).check_deletions(allowed).is_ok());
    }

    #[test]
    fn line_ends_stay() {
        let ends =
            |old, new, text: &str, newline| bytes(old, new, &[edit(0, 0, text)]).check_lines(newline).is_ok();
        assert!(ends("a\n", "b\na\n", "b\n", Newline::Lf));
        assert!(!ends("a\n", "b\r\na\n", "b\r\n", Newline::Lf));
        assert!(!ends("a\r\n", "b\na\r\n", "b\n", Newline::CrLf));
        assert!(!ends("a\r\n", "b\ra\r\n", "b\r", Newline::CrLf));
        assert!(ends("a", "b\na", "b\n", Newline::Lf));
        assert!(!ends("a", "a\n", "\n", Newline::Lf));
        assert!(!ends("\u{feff}a", "b\u{feff}a", "b", Newline::Lf));
    }

    #[test]
    fn comments_stay_comments() {
        let old = "a: 1 # one\nb: 2\n# two";
        let comments = [Span::new(5, 10), Span::new(16, 21)];
        let check =
            |edits: &[Edit], new: &str| bytes(old, new, edits).check_comments(comments.into_iter()).is_ok();
        assert!(check(&[edit(11, 11, "c: 3\n")], "a: 1 # one\nc: 3\nb: 2\n# two"));
        assert!(check(&[edit(3, 4, "200")], "a: 200 # one\nb: 2\n# two"));
        assert!(!check(&[edit(4, 5, "")], "a: 1# one\nb: 2\n# two"));
        assert!(!check(&[edit(4, 10, "")], "a: 1\nb: 2\n# two"));
        assert!(!check(&[edit(7, 7, "\n")], "a: 1 # \none\nb: 2\n# two"));
        assert!(!check(&[edit(16, 16, "c:")], "a: 1 # one\nb: 2\nc:# two"));
        assert!(!check(&[edit(21, 21, "c: 3")], "a: 1 # one\nb: 2\n# twoc: 3"));
        assert!(check(&[edit(21, 21, "\nc: 3")], "a: 1 # one\nb: 2\n# two\nc: 3"));
    }
}
