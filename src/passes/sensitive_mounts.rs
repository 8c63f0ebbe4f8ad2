//! sensitive_mounts

use super::{Context, Meta, Pass, PassKind};
use crate::plan::{Skip, Verdict};

/// The pass.
#[derive(Debug)]
pub struct SensitiveMounts;

const META: Meta = Meta {
    id: "sensitive_mounts",
    summary: "sensitive_mounts",
    kind: PassKind::Advice,
    source: include_str!("sensitive_mounts.rs"),
};

impl Pass for SensitiveMounts {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn run(&self, context: &Context<'_>) -> Verdict {
        let _ = context;
        Verdict::Skip(Skip::NotApplicable)
    }
}
