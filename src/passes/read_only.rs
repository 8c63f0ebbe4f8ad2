//! read_only

use super::{Context, Meta, Pass, PassKind};
use crate::plan::{Skip, Verdict};

/// The pass.
#[derive(Debug)]
pub struct ReadOnly;

const META: Meta = Meta {
    id: "read_only",
    summary: "read_only",
    kind: PassKind::Rewrite,
    source: include_str!("read_only.rs"),
};

impl Pass for ReadOnly {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn run(&self, context: &Context<'_>) -> Verdict {
        let _ = context;
        Verdict::Skip(Skip::NotApplicable)
    }
}
