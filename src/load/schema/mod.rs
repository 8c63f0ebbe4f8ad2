//! Checks a file against the schema of Compose, and says what is wrong with it in plain words.
//!
//! `schemas/compose.schema.json` is the one list of keys and shapes: what is refused, what a message says was
//! expected and what "did you mean" offers all come from it. The tree is checked as it is, with `<<` and aliases
//! resolved and no copy made. Must not look at what a service means, nor print a value that may be a secret.

#[cfg(test)]
mod agree;
mod definition;
mod keys;
mod layout;
mod message;
mod pattern;
mod scalar;
mod subject;
#[cfg(test)]
mod tests;
mod validate;
mod view;

use super::Diagnostic;
use crate::yaml::{NodeId, Tree};
use validate::{Faults, validate};

/// The JSON Schema of Compose files that harden checks with.
pub const COMPOSE_SCHEMA: &str = include_str!("../../../schemas/compose.schema.json");

/// Errors, or warnings, beyond this many are counted, not shown.
const MOST_SHOWN: usize = 20;

/// What is wrong with a file, and what is merely odd.
#[derive(Debug, Default)]
pub(crate) struct Checked {
    /// Wrong shapes and types: Compose refuses the file. In the order of the file.
    pub(crate) errors: Vec<Diagnostic>,
    /// Unknown keys, and a file without services. In the order of the file.
    pub(crate) warnings: Vec<Diagnostic>,
    /// Keys of services without a value, by their value node: wrong only when nothing lies below them.
    pub(crate) nulls: Vec<(NodeId, Diagnostic)>,
}

/// Checks a document from its top node. One that is laid over another may leave out values, as may a service that
/// extends another: what Compose finds below stays.
pub(crate) fn check(tree: &Tree, root: NodeId, laid: bool) -> Checked {
    let mut checked = Checked::default();
    if let Some(fatal) = layout::fault(tree, root) {
        checked.errors.push(fatal);
        return checked;
    }
    let Faults { sure, left_out } = validate(tree, root, laid);
    checked.errors.extend(sure);
    checked.nulls = left_out;
    keys::check(tree, root, &mut checked);
    checked.warnings.extend(layout::oddity(tree, root));
    settle(&mut checked.errors);
    settle(&mut checked.warnings);
    cap(&mut checked.errors);
    cap(&mut checked.warnings);
    checked
}

/// Sorts by place and drops what is said twice: a fault in an anchored mapping shows in all that use it.
fn settle(found: &mut Vec<Diagnostic>) {
    found.sort_by(|a, b| (a.place, &a.message).cmp(&(b.place, &b.message)));
    found.dedup_by(|a, b| a.place == b.place && a.message == b.message);
}

fn cap(found: &mut Vec<Diagnostic>) {
    let more = found.len().saturating_sub(MOST_SHOWN);
    if more > 0 {
        found.truncate(MOST_SHOWN);
        found.push(Diagnostic { message: format!("and {more} more"), help: None, place: None, note: None });
    }
}
