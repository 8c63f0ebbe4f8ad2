//! image_tag

use super::{Context, Meta, Pass, PassKind};
use crate::plan::{Skip, Verdict};

/// The pass.
#[derive(Debug)]
pub struct ImageTag;

const META: Meta = Meta {
    id: "image_tag",
    summary: "image_tag",
    kind: PassKind::Advice,
    source: include_str!("image_tag.rs"),
};

impl Pass for ImageTag {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn run(&self, context: &Context<'_>) -> Verdict {
        let _ = context;
        Verdict::Skip(Skip::NotApplicable)
    }
}
