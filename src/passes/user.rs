//! user

use super::{Context, Meta, Pass, PassKind};
use crate::plan::{Skip, Verdict};

/// The pass.
#[derive(Debug)]
pub struct User;

const META: Meta =
    Meta { id: "user", summary: "user", kind: PassKind::Rewrite, source: include_str!("user.rs") };

impl Pass for User {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn run(&self, context: &Context<'_>) -> Verdict {
        let _ = context;
        Verdict::Skip(Skip::NotApplicable)
    }
}
