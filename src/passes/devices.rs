//! devices

use super::{Context, Meta, Pass, PassKind};
use crate::plan::{Skip, Verdict};

/// The pass.
#[derive(Debug)]
pub struct Devices;

const META: Meta =
    Meta { id: "devices", summary: "devices", kind: PassKind::Advice, source: include_str!("devices.rs") };

impl Pass for Devices {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn run(&self, context: &Context<'_>) -> Verdict {
        let _ = context;
        Verdict::Skip(Skip::NotApplicable)
    }
}
