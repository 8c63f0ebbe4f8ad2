//! Puts places back to where they are in the texts as they are written: a pass sees a Dockerfile as the passes before it
//! have left it, and people look for what it found in their own.
//!
//! Decides nothing, and moves no edit: those are made one pass after the other.

use std::collections::HashMap;

use crate::plan::{Change, Decision, Evidence, Skip};
use crate::source::{FileId, Place, Span};

/// What one pass replaced in a text, in order, each with the bytes that are there now.
pub(super) type Round = Vec<(Span, usize)>;

/// What the passes so far have replaced, by file.
#[derive(Debug, Default)]
pub(super) struct Moved(HashMap<FileId, Vec<Round>>);

impl Moved {
    /// Takes in what a pass does.
    pub(super) fn by(&mut self, decisions: &[Decision]) {
        let mut rounds: HashMap<FileId, Round> = HashMap::new();
        for edit in decisions.iter().flat_map(Decision::applied).filter_map(Change::text_edit) {
            let spans = edit.edits.iter().map(|(span, by)| (*span, by.len()));
            rounds.entry(edit.file).or_default().extend(spans);
        }
        for decision in decisions {
            let files = decision.applied().iter().filter_map(Change::text_edit).map(|edit| edit.file);
            for file in files {
                // several services may want the same of one file
                let Some(mut round) = rounds.remove(&file) else { continue };
                round.sort_unstable();
                round.dedup();
                self.0.entry(file).or_default().push(round);
            }
        }
    }

    /// Puts back the places of what a pass has found.
    pub(super) fn put_back(&self, decisions: &mut [Decision]) {
        for decision in decisions.iter_mut().filter(|_| !self.0.is_empty()) {
            self.decision(decision);
        }
    }

    fn decision(&self, decision: &mut Decision) {
        match decision {
            Decision::Advise(finding) => finding.place.iter_mut().for_each(|place| self.place(place)),
            Decision::Already(Evidence::File(place)) => self.place(place),
            Decision::Skip(Skip::Waived(waived)) => self.decision(&mut waived.decision),
            Decision::Apply(_) | Decision::HeldBack(..) | Decision::Already(_) | Decision::Skip(_) => {}
        }
    }

    fn place(&self, place: &mut Place) {
        let rounds = self.0.get(&place.file).map(Vec::as_slice).unwrap_or_default();
        for round in rounds.iter().rev() {
            let range = place.span.range();
            place.span = Span::new(before(range.start, round), before(range.end, round));
        }
    }
}

/// Where a byte was before a pass; one that the pass has put there is where it was put.
pub(super) fn before(at: usize, round: &Round) -> usize {
    let (mut added, mut taken) = (0, 0);
    for (span, by) in round {
        let range = span.range();
        let start = range.start + added - taken;
        if at < start {
            break;
        }
        if at < start + by {
            return range.start;
        }
        added += by;
        taken += range.len();
    }
    at + taken - added
}

#[cfg(test)]
mod tests {
    use super::before;
    use crate::source::Span;

    #[test]
    fn where_a_byte_was() {
        // `abcdef` became `aXXbcYf`
        let round = vec![(Span::new(1, 1), 2), (Span::new(3, 5), 1)];
        let was: Vec<usize> = (0..8).map(|at| before(at, &round)).collect();
        assert_eq!(was, [0, 1, 1, 1, 2, 3, 5, 6]);
        assert_eq!(before(4, &Vec::new()), 4);
    }
}
