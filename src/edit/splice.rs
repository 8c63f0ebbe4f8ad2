//! From loose edits to a new text: sorts them, joins insertions at one offset, refuses overlaps, splices.
//!
//! Knows nothing of YAML.

use super::{Edit, Origins, Part as Share};
use crate::source::Span;
use std::cmp::Reverse;

/// One edit before all are known.
#[derive(Clone, Debug)]
pub(super) struct Draft {
    /// What is replaced.
    pub span: Span,
    /// By what.
    pub text: String,
    /// Whose it is.
    pub origins: Origins,
    /// Its place among the insertions at the same offset.
    pub rank: Rank,
}

/// The order of insertions at one offset: what is deeper comes first, for it belongs to what ends there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Rank(Reverse<usize>, Part);

impl Rank {
    /// The rank of something on the line itself, before all lines that follow.
    pub(super) const INLINE: Self = Self::new(usize::MAX, Part::Value);

    /// The rank of an element between brackets, after the value it follows.
    pub(super) const ELEMENT: Self = Self::new(usize::MAX, Part::End);

    /// The rank of something at an indent.
    pub(super) const fn new(indent: usize, part: Part) -> Self {
        Self(Reverse(indent), part)
    }
}

/// What is inserted, in the order in which it has to stand at one offset and indent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Part {
    /// Part of a value that ends here: an item, a comma, the lines below a key.
    Value,
    /// A key beside the one that ends here.
    Beside,
    /// A key at the end of its mapping.
    End,
}

/// The drafts in the order of the text; neighbours of the same decision become one.
pub(super) fn order(mut drafts: Vec<Draft>) -> Vec<Draft> {
    drafts.sort_by_key(|draft| (draft.span.start, !draft.span.is_empty(), draft.rank));
    drafts.dedup_by(|next, last| {
        let same = last.span == next.span && next.span.is_empty() && last.origins == next.origins;
        if same {
            last.text.push_str(&next.text);
        }
        same
    });
    drafts
}

/// Joins what is at one offset; `None` when two drafts want the same bytes.
pub(super) fn join(drafts: &[Draft]) -> Option<Vec<Edit>> {
    let mut edits: Vec<Edit> = Vec::new();
    for Draft { span, text, .. } in drafts {
        match edits.last_mut() {
            Some(last) if last.span.is_empty() && last.span.start == span.start => {
                last.span = *span;
                last.text.push_str(text);
            }
            Some(last) if last.span.end > span.start => return None,
            _ => edits.push(Edit { span: *span, text: text.clone() }),
        }
    }
    Some(edits)
}

/// What becomes of each draft in the new text.
pub(super) fn parts(drafts: Vec<Draft>) -> Vec<Share> {
    // ends of what was last replaced, in both texts
    let (mut old, mut new) = (0, 0);
    let part = |Draft { span, text, origins, .. }| {
        let range = span.range();
        let start = new + range.start - old;
        (old, new) = (range.end, start + text.len());
        Share { span, new: Span::new(start, new), origins }
    };
    drafts.into_iter().map(part).collect()
}

/// The text with the edits made.
pub(super) fn apply(text: &str, edits: &[Edit]) -> String {
    let added: usize = edits.iter().map(|edit| edit.text.len()).sum();
    let mut result = String::with_capacity(text.len() + added);
    let mut at = 0;
    for edit in edits {
        let range = edit.span.range();
        result.push_str(text.get(at..range.start).unwrap_or_default());
        result.push_str(&edit.text);
        at = range.end;
    }
    result.push_str(text.get(at..).unwrap_or_default());
    result
}

#[cfg(test)]
mod tests {
    use super::{Draft, Edit, Part, Rank, apply, join, order, parts};
    use crate::edit::Origin;
    use crate::source::Span;
    use smallvec::smallvec;

    fn draft(start: usize, end: usize, text: &str, indent: usize, part: Part) -> Draft {
        let origins = smallvec![Origin { service: 0, decision: indent }];
        Draft { span: Span::new(start, end), text: text.to_owned(), origins, rank: Rank::new(indent, part) }
    }

    fn joined(drafts: Vec<Draft>) -> Option<Vec<Edit>> {
        join(&order(drafts))
    }

    #[test]
    fn deeper_insertions_come_first_and_are_joined() {
        let drafts = vec![
            draft(3, 3, "c", 2, Part::End),
            draft(3, 3, "a", 4, Part::Value),
            draft(3, 3, "b", 2, Part::Value),
            draft(1, 2, "X", 0, Part::Value),
        ];
        let drafts = order(drafts);
        let edits = join(&drafts).unwrap();
        assert_eq!(edits.len(), 2);
        let text = apply("0123456", &edits);
        assert_eq!(text, "0X2abc3456");
        let parts = parts(drafts);
        let shares: Vec<_> =
            parts.iter().map(|part| (text.get(part.new.range()).unwrap(), part.span.start)).collect();
        assert_eq!(
            shares,
            [("X", 1), ("a", 3), ("bc", 3)],
            "what one decision wants at one offset is one part"
        );
    }

    #[test]
    fn overlaps_are_refused() {
        assert!(joined(vec![draft(1, 4, "", 0, Part::Value), draft(3, 5, "", 0, Part::Value)]).is_none());
        assert!(joined(vec![draft(1, 4, "", 0, Part::Value), draft(2, 2, "x", 0, Part::Value)]).is_none());
        assert!(joined(vec![draft(1, 4, "", 0, Part::Value), draft(4, 4, "x", 0, Part::Value)]).is_some());
    }
}
