//! no_new_privileges

use super::{Context, Meta, Pass, PassKind};
use crate::plan::{Skip, Verdict};

/// The pass.
#[derive(Debug)]
pub struct NoNewPrivileges;

const META: Meta = Meta {
    id: "no_new_privileges",
    summary: "no_new_privileges",
    kind: PassKind::Rewrite,
    source: include_str!("no_new_privileges.rs"),
};

impl Pass for NoNewPrivileges {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn run(&self, context: &Context<'_>) -> Verdict {
        let _ = context;
        Verdict::Skip(Skip::NotApplicable)
    }
}
