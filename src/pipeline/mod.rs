//! Runs the passes once, in order, and folds each pass's changes into the model before the next.

mod fold;

use crate::compose::Project;
use crate::image::Image;
use crate::plan::{Level, PassId, Plan};

/// What to run.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// How much may be written.
    pub level: Level,
    /// Only these passes, when not empty.
    pub only: Vec<PassId>,
    /// Not these passes.
    pub skip: Vec<PassId>,
}

/// Makes the plan for a project. `images` has one entry a service.
#[must_use]
pub fn plan(project: Project, images: &[Image], options: &Options) -> Plan {
    let _ = (project, images);
    Plan { level: options.level, services: Vec::new() }
}
