//! cap_drop

use super::{Context, Meta, Pass, PassKind};
use crate::plan::{Skip, Verdict};

/// The pass.
#[derive(Debug)]
pub struct CapDrop;

const META: Meta = Meta {
    id: "cap_drop",
    summary: "cap_drop",
    kind: PassKind::Rewrite,
    source: include_str!("cap_drop.rs"),
};

impl Pass for CapDrop {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn run(&self, context: &Context<'_>) -> Verdict {
        let _ = context;
        Verdict::Skip(Skip::NotApplicable)
    }
}
