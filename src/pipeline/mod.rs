//! Runs the passes once, in order, and folds each pass's changes into the model before the next.
//!
//! Turns what a pass says (`Verdict`) into what will be done (`Decision`): applies the level, and keeps services that
//! share written lines from changing each other. Does no I/O and never sees text.

mod fold;
mod own;
mod share;

use std::fmt;

use crate::compose::Project;
use crate::image::{self, Image};
use crate::passes::{self, ALL, Context, Pass};
use crate::plan::{Change, Decision, Hold, Inherited, Level, PassId, Plan, ServicePlan, Skip, Verdict};

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

impl Options {
    fn selects(&self, pass: PassId) -> bool {
        !self.skip.contains(&pass) && (self.only.is_empty() || self.only.contains(&pass))
    }
}

/// A plan, and the model as it will be once the plan is written.
pub struct Planned {
    /// The plan.
    pub plan: Plan,
    /// The model with all changes folded in: planning it again must change nothing.
    pub project: Project,
}

impl Planned {
    /// What a second run would plan, from the model as it will be; the proof wants it empty.
    #[must_use]
    pub fn second(self, options: &Options) -> (Self, Plan) {
        let again = plan(self.project, options);
        (Self { plan: self.plan, project: again.project }, again.plan)
    }
}

impl fmt::Debug for Planned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Planned").field("plan", &self.plan).finish_non_exhaustive()
    }
}

/// Makes the plan for a project.
#[must_use]
pub fn plan(mut project: Project, options: &Options) -> Planned {
    let images = image::of_project(&project);
    let mut plan = Plan::new(options.level, project.services.iter().map(|service| service.name.clone()));
    for pass in ALL {
        let id = pass.meta().id;
        let mut decisions = if options.selects(id) {
            decide(*pass, &project, &images, options.level)
        } else {
            vec![Decision::Skip(Skip::NotSelected); images.len()]
        };
        let inherited = share::settle(&project, &mut decisions);
        fold_all(&mut project, &decisions, &inherited);
        plan.inherited.extend(inherited);
        for (service, decision) in plan.services.iter_mut().zip(decisions) {
            service.decisions.push((id, decision));
        }
    }
    Planned { plan, project }
}

/// One decision a service.
fn decide(pass: &dyn Pass, project: &Project, images: &[Image], level: Level) -> Vec<Decision> {
    let services = project.services.iter().zip(images).enumerate();
    let decisions = services.map(|(index, (service, image))| {
        let verdict = passes::run(pass, &Context { service, project, image });
        let decision = at_level(verdict, level);
        let decision =
            if project.partly_seen(index).is_some() { hold(decision, &Hold::PartlySeen) } else { decision };
        own::restate(keep_reset(decision, &service.reset), service)
    });
    decisions.collect()
}

/// What the level makes of a verdict.
fn at_level(verdict: Verdict, level: Level) -> Decision {
    match verdict {
        Verdict::Already(evidence) => Decision::Already(evidence),
        Verdict::Skip(reason) => Decision::Skip(reason),
        Verdict::Advise(finding) if level == Level::Strict && !finding.fix.is_empty() => {
            Decision::Apply(finding.fix)
        }
        Verdict::Advise(finding) => Decision::Advise(finding),
        Verdict::Change(changes) => {
            let needed = changes.iter().map(|change| change.confidence.level()).max().unwrap_or_default();
            match needed {
                _ if needed <= level => Decision::Apply(changes),
                Level::Strict => Decision::HeldBack(changes, Hold::Guess),
                Level::Safe | Level::Standard => Decision::HeldBack(changes, Hold::Likely),
            }
        }
    }
}

fn hold(decision: Decision, why: &Hold) -> Decision {
    match decision {
        Decision::Apply(changes) => Decision::HeldBack(changes, why.clone()),
        other => other,
    }
}

/// Nothing is written under a key that the file takes away with `!reset`.
fn keep_reset(decision: Decision, reset: &[String]) -> Decision {
    let is_reset =
        |change: &Change| change.path.first().is_some_and(|key| reset.iter().any(|reset| reset == key));
    match &decision {
        Decision::Apply(changes) => match changes.iter().find(|change| is_reset(change)) {
            Some(change) => {
                let key = change.path.first().copied().unwrap_or_default();
                hold(decision, &Hold::Place(format!("`{key}` is taken away with `!reset` here").into()))
            }
            None => decision,
        },
        _ => decision,
    }
}

/// Folds what will be written into the services it is written for, and into those that take it over.
fn fold_all(project: &mut Project, decisions: &[Decision], inherited: &[Inherited]) {
    for (index, decision) in decisions.iter().enumerate() {
        let Decision::Apply(changes) = decision else { continue };
        for change in changes {
            let taken = inherited.iter().filter(|link| link.source == index && link.path == change.path);
            for receiver in std::iter::once(index).chain(taken.map(|link| link.heir)) {
                if let Some(service) = project.services.get_mut(receiver) {
                    let folded = fold::apply(service, change);
                    debug_assert!(folded, "no fold for {:?}", change.path);
                }
            }
        }
    }
}

impl Plan {
    fn new(level: Level, names: impl Iterator<Item = String>) -> Self {
        let services = names.map(|service| ServicePlan { service, decisions: Vec::with_capacity(ALL.len()) });
        Self { level, services: services.collect(), ..Self::default() }
    }
}
