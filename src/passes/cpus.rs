//! cpus

use super::{Context, Meta, Pass, PassKind};
use crate::plan::{Skip, Verdict};

/// The pass.
#[derive(Debug)]
pub struct Cpus;

const META: Meta =
    Meta { id: "cpus", summary: "cpus", kind: PassKind::Rewrite, source: include_str!("cpus.rs") };

impl Pass for Cpus {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn run(&self, context: &Context<'_>) -> Verdict {
        let _ = context;
        Verdict::Skip(Skip::NotApplicable)
    }
}
