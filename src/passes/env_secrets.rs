//! env_secrets

use super::{Context, Meta, Pass, PassKind};
use crate::plan::{Skip, Verdict};

/// The pass.
#[derive(Debug)]
pub struct EnvSecrets;

const META: Meta = Meta {
    id: "env_secrets",
    summary: "env_secrets",
    kind: PassKind::Advice,
    source: include_str!("env_secrets.rs"),
};

impl Pass for EnvSecrets {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn run(&self, context: &Context<'_>) -> Verdict {
        let _ = context;
        Verdict::Skip(Skip::NotApplicable)
    }
}
