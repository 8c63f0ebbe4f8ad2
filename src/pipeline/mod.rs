//! Runs the passes once, in order, and folds each pass's changes into the model before the next.

mod fold;

use crate::compose::Project;
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

/// A plan, and the model as it will be once the plan is written.
#[derive(Debug)]
pub struct Planned {
    /// The plan.
    pub plan: Plan,
    /// The model with all changes folded in: planning it again must change nothing.
    pub project: Project,
}

/// Makes the plan for a project.
#[must_use]
pub fn plan(project: Project, options: &Options) -> Planned {
    let _ = options;
    Planned { plan: Plan::default(), project }
}
