//! host_namespaces

use super::{Context, Meta, Pass, PassKind};
use crate::plan::{Skip, Verdict};

/// The pass.
#[derive(Debug)]
pub struct HostNamespaces;

const META: Meta = Meta {
    id: "host_namespaces",
    summary: "host_namespaces",
    kind: PassKind::Advice,
    source: include_str!("host_namespaces.rs"),
};

impl Pass for HostNamespaces {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn run(&self, context: &Context<'_>) -> Verdict {
        let _ = context;
        Verdict::Skip(Skip::NotApplicable)
    }
}
