//! pids_limit

use super::{Context, Meta, Pass, PassKind};
use crate::plan::{Skip, Verdict};

/// The pass.
#[derive(Debug)]
pub struct PidsLimit;

const META: Meta = Meta {
    id: "pids_limit",
    summary: "pids_limit",
    kind: PassKind::Rewrite,
    source: include_str!("pids_limit.rs"),
};

impl Pass for PidsLimit {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn run(&self, context: &Context<'_>) -> Verdict {
        let _ = context;
        Verdict::Skip(Skip::NotApplicable)
    }
}
