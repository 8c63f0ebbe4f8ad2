//! init

use super::{Context, Meta, Pass, PassKind};
use crate::plan::{Skip, Verdict};

/// The pass.
#[derive(Debug)]
pub struct Init;

const META: Meta =
    Meta { id: "init", summary: "init", kind: PassKind::Rewrite, source: include_str!("init.rs") };

impl Pass for Init {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn run(&self, context: &Context<'_>) -> Verdict {
        let _ = context;
        Verdict::Skip(Skip::NotApplicable)
    }
}
