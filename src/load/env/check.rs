//! What Compose refuses of the variables in a file: every fault at its place.
//!
//! Compose puts variables into every value, also below `x-`, and into no key. What `!reset` takes away it does not look
//! at.

use super::super::Diagnostic;
use super::super::effective::is_reset;
use super::Envs;
use crate::compose::interpolate::{Fault, substitute};
use crate::source::FileId;
use crate::yaml::{Kind, NodeId, Tree};

impl Envs {
    /// Every value of a file that cannot be interpolated, in order.
    pub(in super::super) fn check(&self, tree: &Tree, file: FileId) -> Vec<Diagnostic> {
        let mut found = Vec::new();
        for root in tree.documents_of(file).filter_map(|document| document.root) {
            self.check_below(tree, root, &mut found);
        }
        found
    }

    /// Aliases are not followed: what they stand for is looked at where it is written.
    fn check_below(&self, tree: &Tree, id: NodeId, found: &mut Vec<Diagnostic>) {
        let node = tree.node(id);
        match &node.kind {
            Kind::Mapping { entries, .. } => {
                for entry in entries.iter().filter(|entry| !is_reset(tree, entry.value)) {
                    self.check_below(tree, entry.value, found);
                }
            }
            Kind::Sequence { items, .. } => {
                for item in items {
                    self.check_below(tree, item.node, found);
                }
            }
            Kind::Scalar { .. } => {
                let Some(text) = tree.text(id).filter(|text| text.contains('$')) else { return };
                let fault = substitute(text, self.of(node.file)).err();
                found.extend(fault.map(|fault| diagnostic(tree, id, &fault)));
            }
            Kind::Alias(_) => {}
        }
    }
}

fn diagnostic(tree: &Tree, id: NodeId, fault: &Fault) -> Diagnostic {
    Diagnostic {
        message: fault.to_string(),
        help: fault.help().map(str::to_owned),
        place: Some(tree.place(id)),
        note: None,
    }
}
