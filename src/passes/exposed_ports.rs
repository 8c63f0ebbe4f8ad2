//! exposed_ports

use super::{Context, Meta, Pass, PassKind};
use crate::plan::{Skip, Verdict};

/// The pass.
#[derive(Debug)]
pub struct ExposedPorts;

const META: Meta = Meta {
    id: "exposed_ports",
    summary: "exposed_ports",
    kind: PassKind::Advice,
    source: include_str!("exposed_ports.rs"),
};

impl Pass for ExposedPorts {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn run(&self, context: &Context<'_>) -> Verdict {
        let _ = context;
        Verdict::Skip(Skip::NotApplicable)
    }
}
