//! The edits of a file by decision, arranged so that each can be made alone, and all of them in the order of the decisions
//! make the hardened file.
//!
//! At one offset the order of the text wins over that of the decisions: items of a list stand before the keys that
//! follow the list. Such keys are put at the start of the next line instead, which is the same place in other words;
//! where that does not help, the decisions share one fix.

use crate::edit::{Origin, Part};
use crate::source::{FileId, Place, Source, Span};
use crate::verify::Verified;

/// Part of the edits of a file.
pub(super) struct Fix {
    /// The decision that it is shown with: the first one that wants it.
    pub(super) first: Origin,
    /// What is replaced.
    pub(super) place: Place,
    /// By what.
    pub(super) text: String,
    /// All decisions that want it.
    pub(super) origins: Vec<Origin>,
}

/// The fixes of a file.
pub(super) fn of(source: &Source, verified: &Verified) -> Vec<Fix> {
    let arranged: Vec<Fix> = groups(verified).flat_map(|group| arrange(source, verified, group)).collect();
    if made(source, &arranged) == verified.text() {
        return arranged;
    }
    groups(verified).map(|group| joined(verified, group)).collect()
}

/// Parts at one offset.
fn groups(verified: &Verified) -> impl Iterator<Item = &[Part]> {
    verified.parts().chunk_by(|left, right| left.span.start == right.span.start)
}

fn arrange(source: &Source, verified: &Verified, group: &[Part]) -> Vec<Fix> {
    let descents: Vec<usize> = group
        .windows(2)
        .enumerate()
        .filter(|(_, pair)| matches!(pair, [left, right] if first(right) < first(left)))
        .map(|(at, _)| at + 1)
        .collect();
    let fix = |part: &Part| fix(verified.file(), part.span, verified.written(part).into(), &part.origins);
    match descents.as_slice() {
        [] => group.iter().map(fix).collect(),
        [at] => {
            let (before, after) = group.split_at(*at);
            let moved: Option<Vec<Fix>> =
                after.iter().map(|part| on_next_line(source, verified, part)).collect();
            match moved {
                Some(moved) => before.iter().map(fix).chain(moved).collect(),
                None => vec![joined(verified, group)],
            }
        }
        _ => vec![joined(verified, group)],
    }
}

fn first(part: &Part) -> Option<Origin> {
    part.origins.iter().min().copied()
}

fn fix(file: FileId, span: Span, text: String, origins: &[Origin]) -> Fix {
    let mut origins = origins.to_vec();
    origins.sort_unstable();
    origins.dedup();
    let first = origins.first().copied().unwrap_or(Origin { service: 0, decision: 0 });
    Fix { first, place: Place { file, span }, text, origins }
}

/// Lines inserted before a line break are the same lines inserted after it.
fn on_next_line(source: &Source, verified: &Verified, part: &Part) -> Option<Fix> {
    let written = verified.written(part);
    let line_break = ["\r\n", "\n"].into_iter().find(|&line_break| written.starts_with(line_break))?;
    let rest = source.text().get(part.span.range().start..)?;
    if !part.span.is_empty() || !rest.starts_with(line_break) {
        return None;
    }
    let at = part.span.range().start + line_break.len();
    let text = format!("{}{line_break}", written.get(line_break.len()..)?);
    Some(fix(verified.file(), Span::new(at, at), text, &part.origins))
}

fn joined(verified: &Verified, group: &[Part]) -> Fix {
    let span = group.last().map_or_else(Span::default, |last| last.span);
    let text = group.iter().map(|part| verified.written(part)).collect();
    let origins: Vec<Origin> = group.iter().flat_map(|part| part.origins.iter().copied()).collect();
    fix(verified.file(), span, text, &origins)
}

/// The text with all fixes made, as a reader would make them.
fn made(source: &Source, fixes: &[Fix]) -> String {
    let mut fixes: Vec<&Fix> = fixes.iter().collect();
    fixes.sort_by_key(|fix| (fix.place.span.start, !fix.place.span.is_empty(), fix.first));
    let mut text = String::new();
    let mut done = 0;
    for fix in fixes {
        let range = fix.place.span.range();
        text.push_str(source.slice(Span::new(done, range.start)));
        text.push_str(&fix.text);
        done = range.end;
    }
    text.push_str(source.slice(Span::new(done, source.text().len())));
    text
}
