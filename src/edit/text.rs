//! Edits of files that are no YAML: what pass after pass does to a text, as edits of the text that it was.
//!
//! Each pass saw the text as those before it left it, so its spans are made spans of the original here.

use std::collections::BTreeMap;
use std::ops::Range;

use super::splice::{self, Draft, Rank};
use super::{EditError, Origin, Origins, Rewrite};
use crate::plan::{Change, Plan, TextEdit};
use crate::source::{FileId, Span};
use crate::yaml::Tree;

/// The rewrites of all files that are no YAML.
pub(super) fn rewrites(tree: &Tree, plan: &Plan) -> Result<Vec<Rewrite>, EditError> {
    let mut files: BTreeMap<FileId, Pieces> = BTreeMap::new();
    for round in rounds(plan) {
        for (edit, origins) in round {
            let length = tree.source(edit.file).text().len();
            let pieces = files.entry(edit.file).or_insert_with(|| Pieces::new(length));
            for (span, text) in edit.edits.iter().rev() {
                pieces.replace(span.range(), text, &origins);
            }
        }
    }
    let rewrite = |(file, pieces): (FileId, Pieces)| {
        let drafts = pieces.drafts();
        let edits = splice::join(&drafts).ok_or(EditError::Overlap)?;
        let text = splice::apply(tree.source(file).text(), &edits);
        Ok(Rewrite { file, edits, parts: splice::parts(drafts), text })
    };
    files.into_iter().map(rewrite).collect()
}

/// What each pass wants, pass by pass: of each file the last edit first, and what several services want once.
fn rounds(plan: &Plan) -> impl Iterator<Item = Vec<(&TextEdit, Origins)>> {
    let most = plan.services.iter().map(|service| service.decisions.len()).max().unwrap_or_default();
    (0..most).map(|decision| {
        let mut round: BTreeMap<(FileId, Span), Vec<(&TextEdit, Origins)>> = BTreeMap::new();
        for (service, planned) in plan.services.iter().enumerate() {
            let applied = planned.decisions.get(decision).map(|(_, made)| made.applied()).unwrap_or_default();
            for edit in applied.iter().filter_map(Change::text_edit) {
                let origin = Origin { service, decision };
                let there = round.entry((edit.file, edit.within)).or_default();
                match there.iter_mut().find(|(known, _)| *known == edit) {
                    Some((_, origins)) => origins.push(origin),
                    None => there.push((edit, Origins::from_elem(origin, 1))),
                }
            }
        }
        round.into_values().rev().flatten().collect()
    })
}

/// A text as pieces of the original and new ones.
struct Pieces {
    length: usize,
    list: Vec<Piece>,
}

#[derive(Clone)]
enum Piece {
    Old(Range<usize>),
    New(String, Origins),
}

impl Pieces {
    fn new(length: usize) -> Self {
        Self { length, list: vec![Piece::Old(0..length)] }
    }

    /// Replaces bytes of the text as it is by now.
    fn replace(&mut self, range: Range<usize>, text: &str, origins: &Origins) {
        let (before, rest) = split(std::mem::take(&mut self.list), range.start);
        let (_, after) = split(rest, range.len());
        let new = Piece::New(text.to_owned(), origins.clone());
        self.list = before.into_iter().chain([new]).chain(after).collect();
    }

    /// The new pieces, each with what it stands for.
    fn drafts(self) -> Vec<Draft> {
        let mut drafts: Vec<Draft> = Vec::new();
        // up to where the original is told of
        let mut at = 0;
        for piece in self.list {
            match piece {
                Piece::Old(range) if range.is_empty() => {}
                Piece::Old(range) => {
                    stretch(&mut drafts, at, range.start);
                    at = range.end;
                }
                Piece::New(text, origins) => {
                    let same = drafts
                        .last_mut()
                        .filter(|last| last.span.range().start == at && last.origins == origins);
                    if let Some(last) = same {
                        last.text.push_str(&text);
                    } else {
                        let span = Span::new(at, at);
                        drafts.push(Draft { span, text, origins, rank: Rank::INLINE });
                    }
                }
            }
        }
        stretch(&mut drafts, at, self.length);
        drafts
    }
}

/// The bytes between two places of the original are gone: the last new piece stands for them.
fn stretch(drafts: &mut [Draft], from: usize, to: usize) {
    if let Some(last) = drafts.last_mut().filter(|_| to > from) {
        last.span = Span::new(from, to);
    }
}

/// The pieces before an offset and those after it.
fn split(pieces: Vec<Piece>, offset: usize) -> (Vec<Piece>, Vec<Piece>) {
    let (mut before, mut after) = (Vec::new(), Vec::new());
    let mut left = offset;
    for piece in pieces {
        let length = piece.len();
        // an empty piece behind the offset stays where it is
        if after.is_empty() && length <= left {
            before.push(piece);
        } else if left == 0 {
            after.push(piece);
        } else {
            let (first, second) = piece.cut(left);
            before.push(first);
            after.push(second);
        }
        left = left.saturating_sub(length);
    }
    (before, after)
}

impl Piece {
    fn len(&self) -> usize {
        match self {
            Self::Old(range) => range.len(),
            Self::New(text, _) => text.len(),
        }
    }

    fn cut(self, at: usize) -> (Self, Self) {
        match self {
            Self::Old(range) => {
                (Self::Old(range.start..range.start + at), Self::Old(range.start + at..range.end))
            }
            Self::New(mut text, origins) => {
                let rest = if text.is_char_boundary(at) { text.split_off(at) } else { String::new() };
                (Self::New(text, origins.clone()), Self::New(rest, origins))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Pieces;
    use crate::edit::{Edit, Origin, Origins, splice};

    fn origin(decision: usize) -> Origins {
        Origins::from_elem(Origin { service: 0, decision }, 1)
    }

    /// What becomes of a text by edits of one after the other, and the edits of the original that do the same.
    fn edited(text: &str, edits: &[(usize, usize, &str)]) -> (String, Vec<Edit>) {
        let (mut new, mut pieces) = (text.to_owned(), Pieces::new(text.len()));
        for (decision, (start, end, by)) in edits.iter().enumerate() {
            new.replace_range(*start..*end, by);
            pieces.replace(*start..*end, by, &origin(decision));
        }
        let drafts = pieces.drafts();
        let edits = splice::join(&drafts).unwrap();
        let parts = splice::parts(drafts);
        assert!(parts.iter().all(|part| new.get(part.new.range()).is_some()), "{parts:?}");
        (new, edits)
    }

    #[test]
    fn edits_of_edits_are_edits_of_the_original() {
        let cases: [&[(usize, usize, &str)]; 10] = [
            &[(3, 3, "x")],
            &[(10, 10, "x"), (11, 11, "y")],
            &[(0, 2, ""), (0, 0, "x")],
            &[(2, 4, "wxyz"), (3, 5, "-")],
            &[(2, 4, "w"), (1, 6, "-")],
            &[(8, 10, "")],
            &[(5, 7, ""), (2, 2, "x")],
            &[(3, 3, "a"), (4, 6, "b"), (3, 3, "c")],
            &[(0, 10, ""), (0, 0, "new")],
            &[(5, 5, "x"), (5, 6, ""), (5, 7, "y")],
        ];
        for edits in cases {
            let (new, joined) = edited("0123456789", edits);
            assert_eq!(splice::apply("0123456789", &joined), new, "{edits:?}: {joined:?}");
        }
    }
}
