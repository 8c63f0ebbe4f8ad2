//! logging

use super::{Context, Meta, Pass, PassKind};
use crate::plan::{Skip, Verdict};

/// The pass.
#[derive(Debug)]
pub struct Logging;

const META: Meta =
    Meta { id: "logging", summary: "logging", kind: PassKind::Rewrite, source: include_str!("logging.rs") };

impl Pass for Logging {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn run(&self, context: &Context<'_>) -> Verdict {
        let _ = context;
        Verdict::Skip(Skip::NotApplicable)
    }
}
