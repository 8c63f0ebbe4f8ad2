//! healthcheck

use super::{Context, Meta, Pass, PassKind};
use crate::plan::{Skip, Verdict};

/// The pass.
#[derive(Debug)]
pub struct Healthcheck;

const META: Meta = Meta {
    id: "healthcheck",
    summary: "healthcheck",
    kind: PassKind::Advice,
    source: include_str!("healthcheck.rs"),
};

impl Pass for Healthcheck {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn run(&self, context: &Context<'_>) -> Verdict {
        let _ = context;
        Verdict::Skip(Skip::NotApplicable)
    }
}
