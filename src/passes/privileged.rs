//! privileged

use super::{Context, Meta, Pass, PassKind};
use crate::plan::{Skip, Verdict};

/// The pass.
#[derive(Debug)]
pub struct Privileged;

const META: Meta = Meta {
    id: "privileged",
    summary: "privileged",
    kind: PassKind::Advice,
    source: include_str!("privileged.rs"),
};

impl Pass for Privileged {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn run(&self, context: &Context<'_>) -> Verdict {
        let _ = context;
        Verdict::Skip(Skip::NotApplicable)
    }
}
