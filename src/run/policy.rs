//! The policy in a run: read for each project, and asked afterwards which of its entries nobody has a use for and which
//! of its waivers have run out.
//!
//! Decides nothing of a service; prints nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::Exit;
use super::baseline::{named, origins};
use super::evidence;
use super::prepare::Prepared;
use super::session::Session;
use crate::cli::Task;
use crate::compose::Project;
use crate::edit::Origin;
use crate::load::{self, Diagnostic, Loaded};
use crate::passes;
use crate::pipeline;
use crate::plan::{Decision, Plan, Severity, Skip};
use crate::policy::{self, Entry, EntryKind, Layer, Policy, Standing, Waiver};
use crate::report::{self, Outcome};
use crate::source::{FileId, Place, Source, Span};
use crate::yaml::Tree;

/// What to run for a project: what was asked for, with the project's policy.
pub(super) fn options(loaded: &mut Loaded, task: &Task) -> Result<pipeline::Options, load::Error> {
    let options = without_evidence(loaded, task)?;
    let evidence = evidence::for_plan(loaded, task)?;
    Ok(pipeline::Options { evidence: Arc::new(evidence), ..options })
}

/// The same, where it is only to be found out what works.
pub(super) fn without_evidence(loaded: &mut Loaded, task: &Task) -> Result<pipeline::Options, load::Error> {
    let policy = load::policy(loaded, &task.policy, &passes::known(), &task.load)?;
    let mut options = pipeline::Options { policy: Arc::new(policy), ..task.plan.clone() };
    if loaded.project.alone {
        let others = passes::ALL.iter().filter(|pass| !pass.is_of_build());
        options.skip.extend(others.map(|pass| pass.meta().id));
    }
    Ok(options)
}

/// What the policy has to say of a plan.
#[derive(Debug, Default)]
pub(super) struct Judged {
    /// The policy itself.
    pub(super) policy: Arc<Policy>,
    /// From which severity of advice on `--check` fails, by service.
    pub(super) fail_on: Vec<Option<Severity>>,
    /// Entries that must be about something.
    pub(super) entries: Vec<Entry>,
    /// Waivers that have run out, and something is still there that they waived.
    pub(super) expired: Vec<Diagnostic>,
    /// What that is.
    pub(super) missed: BTreeSet<Origin>,
    /// Waivers that are about to.
    pub(super) ending: Vec<Diagnostic>,
}

impl Judged {
    pub(super) fn new(policy: &Arc<Policy>, project: &Project, plan: &Plan) -> Self {
        if policy.is_empty() {
            return Self::default();
        }
        let mut judged = Self {
            policy: Arc::clone(policy),
            fail_on: fail_on(policy, plan),
            entries: entries(policy, project, plan),
            ..Self::default()
        };
        let waivers =
            policy.layers.iter().flat_map(|layer| layer.waivers.iter().map(move |waiver| (layer, waiver)));
        for (layer, waiver) in waivers {
            match waiver.standing(policy.today) {
                Standing::Holds => {}
                Standing::Ends(left) => {
                    judged.ending.extend(is_at_work(plan, waiver).then(|| ends(waiver, left)));
                }
                Standing::Expired => {
                    let missed = missed(plan, layer, waiver);
                    judged.expired.extend((!missed.is_empty()).then(|| expired(waiver)));
                    judged.missed.extend(missed);
                }
            }
        }
        judged
    }

    /// Waivers that have run out or are about to.
    /// With whether it is the former.
    pub(super) fn notices(&self) -> impl Iterator<Item = (&Diagnostic, bool)> {
        let ending = self.ending.iter().map(|found| (found, false));
        self.expired.iter().map(|found| (found, true)).chain(ending)
    }

    /// The findings that `--check` fails on.
    pub(super) fn failing(&self, plan: &Plan) -> BTreeSet<Origin> {
        let advice = origins(plan, |decision| matches!(decision, Decision::Advise(_)));
        advice.into_iter().filter(|origin| self.fails(plan, *origin)).collect()
    }

    fn fails(&self, plan: &Plan, origin: Origin) -> bool {
        let service = plan.services.get(origin.service);
        let decision = service.and_then(|service| service.decisions.get(origin.decision));
        match (decision, self.from(origin)) {
            (Some((_, Decision::Advise(finding))), Some(from)) => finding.severity >= from,
            _ => false,
        }
    }

    /// From which severity on the advice for a service fails.
    pub(super) fn from(&self, origin: Origin) -> Option<Severity> {
        self.fail_on.get(origin.service).copied().flatten()
    }
}

/// Entries that must be about something: what is for Dockerfiles is not missing where a Compose file is looked at, and the
/// other way round.
fn entries(policy: &Policy, project: &Project, plan: &Plan) -> Vec<Entry> {
    let is_for_other = |name: &str| project.alone != load::is_dockerfile(Path::new(name));
    let layers = || policy.layers.iter();
    let waivers =
        layers().flat_map(|layer| &layer.waivers).map(|waiver| (waiver.service.as_str(), waiver.place));
    let services =
        layers().flat_map(|layer| &layer.services).map(|entry| (entry.pattern.as_str(), entry.place));
    let others: Vec<Place> =
        waivers.chain(services).filter(|(name, _)| is_for_other(name)).map(|(_, place)| place).collect();
    let mut entries = policy.entries(project, plan);
    let is_image = |entry: &Entry| project.alone && matches!(entry.kind, EntryKind::Image(_));
    entries.retain(|entry| entry.used || !others.contains(&entry.place) && !is_image(entry));
    entries
}

fn fail_on(policy: &Policy, plan: &Plan) -> Vec<Option<Severity>> {
    let services = plan.services.iter().enumerate();
    services.map(|(index, service)| policy.of_service(index, &service.service).fail_on()).collect()
}

/// What there is to say of all policies of a run, once each.
#[derive(Debug, Default)]
pub(super) struct Notes {
    files: BTreeMap<PathBuf, Notice>,
}

/// What there is to say of one file.
#[derive(Debug)]
struct Notice {
    text: String,
    entries: BTreeMap<Span, Entry>,
    expired: BTreeMap<Span, Diagnostic>,
    ending: BTreeMap<Span, Diagnostic>,
}

/// Diagnostics of one file.
pub(super) type OfFile = (Source, Vec<Diagnostic>);

impl Notes {
    /// Notes what one project has a use for, and what has run out in it.
    pub(super) fn note(&mut self, judged: &Judged, tree: &Tree) {
        for entry in &judged.entries {
            let notice = self.file(tree.source(entry.place.file));
            notice.entries.entry(entry.place.span).or_insert_with(|| entry.clone()).used |= entry.used;
        }
        for (found, expired) in judged.notices() {
            let Some(place) = found.place else { continue };
            let notice = self.file(tree.source(place.file));
            let list = if expired { &mut notice.expired } else { &mut notice.ending };
            list.insert(place.span, Diagnostic { place: Some(alone(place)), ..found.clone() });
        }
    }

    fn file(&mut self, source: &Source) -> &mut Notice {
        self.files.entry(source.name().to_owned()).or_insert_with(|| Notice {
            text: source.text().to_owned(),
            entries: BTreeMap::new(),
            expired: BTreeMap::new(),
            ending: BTreeMap::new(),
        })
    }

    /// Waivers that have run out.
    pub(super) fn expired(&self) -> Vec<OfFile> {
        self.of_files(|notice| notice.expired.values().cloned().collect())
    }

    /// Waivers that are about to.
    pub(super) fn ending(&self) -> Vec<OfFile> {
        self.of_files(|notice| notice.ending.values().cloned().collect())
    }

    /// Entries that nobody has a use for.
    pub(super) fn unused(&self) -> Vec<OfFile> {
        let said = |entry: &Entry| {
            let (message, help) = entry.kind.unused();
            let (help, place) = (Some(help.to_owned()), Some(alone(entry.place)));
            Diagnostic { message, help, place, note: None }
        };
        self.of_files(|notice| notice.entries.values().filter(|entry| !entry.used).map(said).collect())
    }

    fn of_files(&self, what: impl Fn(&Notice) -> Vec<Diagnostic>) -> Vec<OfFile> {
        let files = self.files.iter();
        files.map(|(path, notice)| (Source::new(path, notice.text.as_str()), what(notice))).collect()
    }
}

/// The place where its file is the only one.
fn alone(place: Place) -> Place {
    Place { file: FileId::default(), ..place }
}

/// Prints the policy of a project, with its name where there are others.
pub(super) fn show(session: &mut Session<'_, '_>, project: &Prepared) -> Exit {
    let sources = project.tree.sources();
    let services: Vec<&str> = project.plan.services.iter().map(|service| service.service.as_str()).collect();
    let text = policy::show(&project.judged.policy, &services, &|place| report::location(sources, place));
    let head = if session.several {
        format!("# {}\n", project.subject(Outcome::Shown).name.display())
    } else {
        String::new()
    };
    session.console.data(&(head + &text))
}

/// The decisions that a waiver is about.
fn about<'a>(plan: &'a Plan, waiver: &'a Waiver) -> impl Iterator<Item = &'a Decision> {
    plan.services.iter().flat_map(move |service| {
        let decisions = service.decisions.iter();
        decisions.filter(|(pass, _)| waiver.is_for(&service.service, pass)).map(|(_, decision)| decision)
    })
}

fn is_at_work(plan: &Plan, waiver: &Waiver) -> bool {
    about(plan, waiver).any(|decision| match decision {
        Decision::Skip(Skip::Waived(found)) => found.place == waiver.place,
        _ => false,
    })
}

/// What is still there of what a waiver is about.
fn missed(plan: &Plan, layer: &Layer, waiver: &Waiver) -> BTreeSet<Origin> {
    let open = origins(plan, |decision| !matches!(decision, Decision::Already(_) | Decision::Skip(_)));
    let is_meant = |origin: &Origin| {
        named(plan, *origin)
            .is_some_and(|(service, pass)| layer.is_about(service) && waiver.is_for(service, pass))
    };
    open.into_iter().filter(is_meant).collect()
}

fn ends(waiver: &Waiver, left: i32) -> Diagnostic {
    let when = match left {
        0 => "today".to_owned(),
        1 => "tomorrow".to_owned(),
        days => format!("in {days} days"),
    };
    said(waiver, format!("the waiver of {} ends {when}", title(waiver)))
}

fn expired(waiver: &Waiver) -> Diagnostic {
    let until = waiver.until.map(|day| day.to_string()).unwrap_or_default();
    said(waiver, format!("the waiver of {} ran out on {until}", title(waiver)))
}

fn title(waiver: &Waiver) -> String {
    format!("`{}` for `{}`", waiver.pass, waiver.service)
}

fn said(waiver: &Waiver, message: String) -> Diagnostic {
    let help = Some("do what was waived, or give it another day and a reason that still holds".to_owned());
    Diagnostic { message, help, place: Some(waiver.place), note: None }
}
