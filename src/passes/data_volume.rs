//! data_volume

use super::{Context, Meta, Pass, PassKind};
use crate::plan::{Skip, Verdict};

/// The pass.
#[derive(Debug)]
pub struct DataVolume;

const META: Meta = Meta {
    id: "data_volume",
    summary: "data_volume",
    kind: PassKind::Advice,
    source: include_str!("data_volume.rs"),
};

impl Pass for DataVolume {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn run(&self, context: &Context<'_>) -> Verdict {
        let _ = context;
        Verdict::Skip(Skip::NotApplicable)
    }
}
