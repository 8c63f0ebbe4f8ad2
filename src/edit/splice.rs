//! From loose edits to a new text: sorts them, joins insertions at one offset, refuses overlaps, splices.
//!
//! Knows nothing of YAML.

use super::{Edit, Part as Share};
use std::cmp::Reverse;

/// One edit before all are known.
#[derive(Clone, Debug)]
pub(super) struct Draft {
    /// What is replaced, by what, and whose it is.
    pub part: Share,
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
pub(super) fn order(mut drafts: Vec<Draft>) -> Vec<Share> {
    drafts.sort_by_key(|draft| (draft.part.span.start, !draft.part.span.is_empty(), draft.rank));
    let mut parts: Vec<Share> = Vec::with_capacity(drafts.len());
    for Draft { part, .. } in drafts {
        match parts.last_mut() {
            Some(last) if last.span == part.span && part.span.is_empty() && last.origins == part.origins => {
                last.text.push_str(&part.text);
            }
            _ => parts.push(part),
        }
    }
    parts
}

/// Joins what is at one offset; `None` when two parts want the same bytes.
pub(super) fn join(parts: &[Share]) -> Option<Vec<Edit>> {
    let mut edits: Vec<Edit> = Vec::with_capacity(parts.len());
    for Share { span, text, .. } in parts {
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
    use super::{Draft, Edit, Part, Rank, Share, apply, join, order};
    use crate::edit::Origin;
    use crate::source::Span;

    fn draft(start: usize, end: usize, text: &str, indent: usize, part: Part) -> Draft {
        let origins = vec![Origin { service: 0, decision: indent }];
        let text = text.to_owned();
        Draft { part: Share { span: Span::new(start, end), text, origins }, rank: Rank::new(indent, part) }
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
        let parts = order(drafts);
        let shares: Vec<_> = parts.iter().map(|part| (part.text.as_str(), part.span.start)).collect();
        assert_eq!(
            shares,
            [("X", 1), ("a", 3), ("bc", 3)],
            "what one decision wants at one offset is one part"
        );
        let edits = join(&parts).unwrap();
        assert_eq!(edits.len(), 2);
        assert_eq!(apply("0123456", &edits), "0X2abc3456");
    }

    #[test]
    fn overlaps_are_refused() {
        assert!(joined(vec![draft(1, 4, "", 0, Part::Value), draft(3, 5, "", 0, Part::Value)]).is_none());
        assert!(joined(vec![draft(1, 4, "", 0, Part::Value), draft(2, 2, "x", 0, Part::Value)]).is_none());
        assert!(joined(vec![draft(1, 4, "", 0, Part::Value), draft(4, 4, "x", 0, Part::Value)]).is_some());
    }
}
