//! dangerous_caps

use super::{Context, Meta, Pass, PassKind};
use crate::plan::{Skip, Verdict};

/// The pass.
#[derive(Debug)]
pub struct DangerousCaps;

const META: Meta = Meta {
    id: "dangerous_caps",
    summary: "dangerous_caps",
    kind: PassKind::Advice,
    source: include_str!("dangerous_caps.rs"),
};

impl Pass for DangerousCaps {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn run(&self, context: &Context<'_>) -> Verdict {
        let _ = context;
        Verdict::Skip(Skip::NotApplicable)
    }
}
