//! mem_limit

use super::{Context, Meta, Pass, PassKind};
use crate::plan::{Skip, Verdict};

/// The pass.
#[derive(Debug)]
pub struct MemLimit;

const META: Meta = Meta {
    id: "mem_limit",
    summary: "mem_limit",
    kind: PassKind::Rewrite,
    source: include_str!("mem_limit.rs"),
};

impl Pass for MemLimit {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn run(&self, context: &Context<'_>) -> Verdict {
        let _ = context;
        Verdict::Skip(Skip::NotApplicable)
    }
}
