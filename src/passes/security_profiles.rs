//! security_profiles

use super::{Context, Meta, Pass, PassKind};
use crate::plan::{Skip, Verdict};

/// The pass.
#[derive(Debug)]
pub struct SecurityProfiles;

const META: Meta = Meta {
    id: "security_profiles",
    summary: "security_profiles",
    kind: PassKind::Advice,
    source: include_str!("security_profiles.rs"),
};

impl Pass for SecurityProfiles {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn run(&self, context: &Context<'_>) -> Verdict {
        let _ = context;
        Verdict::Skip(Skip::NotApplicable)
    }
}
