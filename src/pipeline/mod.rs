//! Runs the passes once, in order, and folds each pass's changes into the model before the next.
//!
//! Turns what a pass says (`Verdict`) into what will be done (`Decision`): applies the level, and keeps services that
//! share written lines from changing each other. Does no I/O and never sees text.

mod build;
mod fold;
mod moved;
mod own;
mod proved;
mod share;
mod waive;

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use self::moved::Moved;
use crate::compose::stack::Target;
use crate::compose::{Heritage, Project};
use crate::evidence::Records;
use crate::image::{self, Image, Said};
use crate::passes::{self, ALL, Context, Pass};
use crate::plan::{
    Change, Decision, Hold, Inherited, Level, PassId, Plan, ServicePlan, Skip, Style, Verdict,
};
use crate::policy::{Policy, Settings};

/// What to run.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// How much may be written.
    pub level: Level,
    /// Only these passes, when not empty.
    pub only: Vec<PassId>,
    /// Not these passes.
    pub skip: Vec<PassId>,
    /// Who is to run the file.
    pub target: Target,
    /// Whether included files outside the project's directory are changed, too.
    pub outside: bool,
    /// How the changes are laid out; changes no decision.
    pub style: Style,
    /// What the owners of the files want.
    pub policy: Arc<Policy>,
    /// Whether the level was asked for, so that the policy has no say in it.
    pub level_is_given: bool,
    /// What was found by running the services, by name: only what still holds for them.
    pub evidence: Arc<Records>,
    /// Whether nothing built in is to be trusted: then every image is unknown that neither a Dockerfile nor the policy
    /// tells of.
    pub no_catalogue: bool,
}

impl Options {
    /// Whether a pass was asked for, if any was, and not left out.
    #[must_use]
    pub fn selects(&self, pass: PassId) -> bool {
        !self.skip.contains(&pass) && (self.only.is_empty() || self.only.contains(&pass))
    }

    /// Why a pass is not to run where this is set: what was asked for goes before the policy.
    fn leaves_out(&self, pass: PassId, settings: &Settings) -> Option<Skip> {
        match settings.switched_off(pass).filter(|_| self.only.is_empty()) {
            _ if !self.selects(pass) => Some(Skip::NotSelected),
            place => place.map(Skip::SwitchedOff),
        }
    }

    /// How much may be written where this is set.
    fn level(&self, settings: &Settings) -> Level {
        settings.level().filter(|_| !self.level_is_given).unwrap_or(self.level)
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
    /// What a second run would write, from the model as it will be; the proof wants nothing.
    #[must_use]
    pub fn second(mut self, options: &Options) -> (Self, Plan) {
        let second = again(&mut self.project, options);
        (self, second)
    }
}

impl fmt::Debug for Planned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Planned").field("plan", &self.plan).finish_non_exhaustive()
    }
}

/// Services that are taken through all passes together, so that they stay in the processor's cache. Those of a project
/// that share lines are taken together whatever their number.
const BATCH: usize = 32;

/// Makes the plan for a project.
#[must_use]
pub fn plan(mut project: Project, options: &Options) -> Planned {
    let plan = run(&mut project, options, Keep::All);
    Planned { plan, project }
}

/// What a run would write: its plan with nothing but the decisions to apply. For a model that a plan is folded into.
#[must_use]
pub fn again(project: &mut Project, options: &Options) -> Plan {
    run(project, options, Keep::Applied)
}

/// Which decisions a plan is to hold.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Keep {
    All,
    Applied,
}

/// Runs all passes over all services.
fn run(project: &mut Project, options: &Options, keep: Keep) -> Plan {
    let policy = &options.policy;
    let images = images(project, options);
    let (held, settings) = (held(project, options), settings(project, policy));
    let mut plan = Plan { level: options.level(&policy.general()), style: options.style, ..Plan::default() };
    let alone = project.inheritance.is_empty() && project.shared.is_empty() && !has_sites(project);
    let batch = if alone { BATCH } else { images.len().max(1) };
    for first in (0..images.len()).step_by(batch) {
        let range = first..images.len().min(first + batch);
        let runner = Runner { images: &images, held: &held, settings: &settings, options };
        runner.batch(project, range, &mut plan, keep);
    }
    plan
}

/// Whether the contexts of its builds were looked at: then several services may have one Dockerfile.
fn has_sites(project: &Project) -> bool {
    let mut builds = project.services.iter().filter_map(|service| service.build.as_ref());
    builds.any(|build| build.value.site.is_some())
}

/// What is known of the image of every service, with what the policy says of it.
pub(crate) fn images(project: &Project, options: &Options) -> Vec<Image> {
    image::of_project_with(project, &|index, image| {
        let service = project.services.get(index).map_or("", |service| &service.name);
        let said = options.policy.of_image(index, service, image);
        Said { alone: options.no_catalogue, ..said }
    })
}

/// What is set for each service; empty where there is no policy.
fn settings(project: &Project, policy: &Policy) -> Vec<Settings> {
    let named = project.services.iter().enumerate().filter(|_| !policy.is_empty());
    named.map(|(index, service)| policy.of_service(index, &service.name)).collect()
}

/// Why nothing may be written for a service at all: it also depends on a file that was not read, its file is not the
/// project's, or another project takes it over.
fn held(project: &Project, options: &Options) -> Vec<Option<Hold>> {
    let mut held = vec![None; project.services.len()];
    let foreign = project.foreign.iter().filter(|_| !options.outside);
    let foreign = foreign.map(|foreign| (foreign.service, Hold::Foreign { file: foreign.file.clone() }));
    let heirs = project.heirs.iter();
    let heirs = heirs.map(|heir| (heir.service, Hold::Shared { with: heir.name.clone() }));
    let partly = project.partial.iter().flat_map(|partial| &partial.services);
    let partly = partly.map(|&service| (service, Hold::PartlySeen));
    for (service, why) in heirs.chain(foreign).chain(partly) {
        if let Some(held) = held.get_mut(service) {
            *held = Some(why);
        }
    }
    held
}

/// What stays the same during a run.
struct Runner<'a> {
    images: &'a [Image],
    held: &'a [Option<Hold>],
    settings: &'a [Settings],
    options: &'a Options,
}

impl Runner<'_> {
    /// Takes some services through all passes.
    fn batch(&self, project: &mut Project, range: Range<usize>, plan: &mut Plan, keep: Keep) {
        let named = range.clone().zip(project.services.get(range.clone()).unwrap_or_default());
        plan.services.extend(named.map(|(index, service)| {
            let settings = self.settings.get(index).unwrap_or(Settings::none());
            ServicePlan::new(service.name.clone(), self.options.level(settings), keep)
        }));
        let mut moved = Moved::default();
        for pass in ALL {
            let id = pass.meta().id;
            let mut decisions = self.decide(*pass, project, range.clone());
            moved.put_back(&mut decisions);
            if pass.is_of_build() {
                build::settle(project, &mut decisions, self.options.outside);
                build::fold_all(project, &decisions);
                moved.by(&decisions);
            } else {
                let inherited = share::settle(project, &mut decisions);
                fold_all(project, range.start, &decisions, &inherited);
                plan.inherited.extend(inherited);
            }
            let services = plan.services.get_mut(range.clone()).unwrap_or_default();
            for (service, decision) in services.iter_mut().zip(decisions) {
                if keep == Keep::All || !decision.applied().is_empty() {
                    service.decisions.push((id, decision));
                }
            }
        }
    }

    /// One decision a service.
    fn decide(&self, pass: &dyn Pass, project: &Project, range: Range<usize>) -> Vec<Decision> {
        let services = project.services.get(range.clone()).unwrap_or_default().iter();
        let images = self.images.get(range.clone()).unwrap_or_default();
        let held = self.held.get(range.clone()).unwrap_or_default();
        let known = range.zip(services).zip(images).zip(held);
        let mut said = passes::Said::default();
        let decisions = known.map(|(((index, service), image), why)| {
            let policy = self.settings.get(index).unwrap_or(Settings::none());
            let target = self.options.target;
            self.decision(pass, &Context { service, project, image, target, policy }, why.as_ref(), &mut said)
        });
        decisions.collect()
    }

    fn decision(
        &self,
        pass: &dyn Pass,
        context: &Context<'_>,
        why: Option<&Hold>,
        said: &mut passes::Said,
    ) -> Decision {
        let id = pass.meta().id;
        if let Some(why) = self.options.leaves_out(id, context.policy) {
            return Decision::Skip(why);
        }
        let (service, settings) = (context.service, context.policy);
        let verdict = waive::weigh(passes::run(pass, context, said), settings.severity(id));
        let verdict = match self.options.evidence.get(&service.name) {
            Some(record) if context.target == Target::Compose => proved::by(verdict, record, id, service),
            _ => verdict,
        };
        let decision = at_level(verdict, self.options.level(settings));
        let decision = if let Some(why) = why { hold(decision, why) } else { decision };
        let decision = own::restate(keep_reset(decision, &service.reset), service);
        waive::waive(decision, &self.options.policy, &service.name, id)
    }
}

/// What the level makes of a verdict.
fn at_level(verdict: Verdict, level: Level) -> Decision {
    match verdict {
        Verdict::Already(evidence) => Decision::Already(evidence),
        Verdict::Skip(reason) => Decision::Skip(reason),
        Verdict::Advise(finding) if level == Level::Strict && !finding.fix.is_empty() => {
            Decision::Apply(finding.fix)
        }
        Verdict::Advise(finding) => Decision::Advise(Box::new(finding)),
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

/// Folds what will be written into the services it is written for, and into those that take it over. The decisions are
/// those of the services from `first` on.
fn fold_all(project: &mut Project, first: usize, decisions: &[Decision], inherited: &[Inherited]) {
    let mut from: HashMap<usize, Vec<&Inherited>> = HashMap::new();
    for link in inherited {
        from.entry(link.source).or_default().push(link);
    }
    for (index, decision) in (first..).zip(decisions) {
        let Decision::Apply(changes) = decision else { continue };
        let links = from.get(&index).map(Vec::as_slice).unwrap_or_default();
        for change in changes {
            let passed = project.services.get(index).map(|source| own::extended(change, source));
            let new = passed.filter(|passed| matches!(passed, Cow::Owned(_)));
            fold(project, index, change);
            for link in links.iter().filter(|link| link.path == change.path) {
                let passed = new.as_deref().filter(|_| is_extended(project, link));
                fold(project, link.heir, passed.unwrap_or(change));
            }
        }
    }
}

fn fold(project: &mut Project, service: usize, change: &Change) {
    if let Some(service) = project.services.get_mut(service) {
        let folded = fold::apply(service, change);
        debug_assert!(folded, "no fold for {:?}", change.path);
    }
}

/// Whether it is by `extends` that something is taken over.
fn is_extended(project: &Project, link: &Inherited) -> bool {
    let mut links =
        project.inheritance.iter().filter(|own| (own.heir, own.source) == (link.heir, link.source));
    links.any(|own| own.via == Heritage::Extends)
}

impl ServicePlan {
    fn new(service: String, level: Level, keep: Keep) -> Self {
        let decisions = if keep == Keep::All { ALL.len() } else { 0 };
        Self { service, level, decisions: Vec::with_capacity(decisions) }
    }
}
