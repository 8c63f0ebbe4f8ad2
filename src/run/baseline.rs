//! What is wrong in a project, beside what the baseline knows; and the baseline written anew.
//!
//! A decision counts when `--check` would fail on it. Files are named from the folder of the baseline, so that they are
//! the same wherever harden is started.

use std::collections::{BTreeSet, HashMap};
use std::path::{Component, Path, PathBuf};

use super::Exit;
use super::jobs::Job;
use super::prepare::Prepared;
use super::session::Session;
use super::shared::Shared;
use crate::cli::Task;
use crate::edit::Origin;
use crate::load::{self, BASELINE_NAME, PolicyFrom, real};
use crate::plan::{Decision, PassId, Plan};
use crate::policy::{Baseline, Known};
use crate::report::Verbosity;
use crate::report::model::Checked;
use crate::write;

/// The baselines of a run, each read once.
#[derive(Default)]
pub(super) struct Baselines {
    read: HashMap<PathBuf, Baseline>,
}

/// What is wrong in a project, less what is known.
#[derive(Debug, Default)]
pub(super) struct Compared {
    /// The baseline, if there is one.
    pub(super) baseline: Option<PathBuf>,
    /// New drift.
    pub(super) drift: BTreeSet<Origin>,
    /// New advice that fails.
    pub(super) advice: BTreeSet<Origin>,
    /// What is wrong and known.
    pub(super) known: BTreeSet<Origin>,
    /// What is known and no longer there: service and pass.
    pub(super) fixed: Vec<(String, String)>,
}

impl Baselines {
    /// Compares a project with its baseline.
    pub(super) fn compare(&mut self, project: &Prepared, task: &Task) -> Result<Compared, load::Error> {
        let plan = &project.plan;
        let (drift, advice) = (drifted(plan), project.judged.failing(plan));
        let Some(path) = load::baseline_path(project.name(), &task.policy.baseline) else {
            return Ok(Compared { drift, advice, ..Compared::default() });
        };
        if !self.read.contains_key(&path) {
            self.read.insert(path.clone(), load::baseline(&path, &task.policy.baseline, &task.load)?);
        }
        let file = identity(project.name(), &path)?;
        let listed: BTreeSet<(&str, &str)> =
            self.read.get(&path).map(|baseline| baseline.of(&file).collect()).unwrap_or_default();
        let today: BTreeSet<(&str, &str)> =
            drift.iter().chain(&advice).filter_map(|&origin| named(plan, origin)).collect();
        let is_known = |origin: &Origin| named(plan, *origin).is_some_and(|name| listed.contains(&name));
        let fixed = listed.difference(&today).map(|&(service, pass)| (service.to_owned(), pass.to_owned()));
        let fixed = fixed.collect();
        let known = drift.iter().chain(&advice).copied().filter(is_known).collect();
        let new = |found: BTreeSet<Origin>| found.into_iter().filter(|origin| !is_known(origin)).collect();
        Ok(Compared { drift: new(drift), advice: new(advice), known, fixed, baseline: Some(path) })
    }
}

impl Compared {
    /// Whether the project passes as far as it was seen.
    pub(super) fn passes(&self, project: &Prepared) -> bool {
        self.drift.is_empty() && self.advice.is_empty() && project.judged.expired.is_empty()
    }

    /// The same for reports.
    pub(super) fn checked(&self, project: &Prepared) -> Checked<'_> {
        let fails = self.drift.iter().chain(&self.advice).chain(&project.judged.missed).copied();
        let fixed = self.fixed.iter().map(|(service, pass)| (service.as_str(), pass.as_str())).collect();
        Checked {
            passed: self.passes(project) && project.unread().is_empty(),
            fails: fails.collect(),
            known: self.known.clone(),
            baseline: self.baseline.as_deref().map(|path| (path, fixed)),
        }
    }
}

/// What would be written.
fn drifted(plan: &Plan) -> BTreeSet<Origin> {
    origins(plan, |decision| matches!(decision, Decision::Apply(_)))
}

/// The decisions of a plan of which something holds.
pub(super) fn origins(plan: &Plan, is: impl Fn(&Decision) -> bool) -> BTreeSet<Origin> {
    let services = plan.services.iter().enumerate();
    let all = services.flat_map(|(service, plan)| {
        let decisions = plan.decisions.iter().enumerate();
        decisions.map(move |(at, (_, decision))| (Origin { service, decision: at }, decision))
    });
    all.filter(|(_, decision)| is(decision)).map(|(origin, _)| origin).collect()
}

/// The service and the pass of a decision.
pub(super) fn named(plan: &Plan, origin: Origin) -> Option<(&str, PassId)> {
    let service = plan.services.get(origin.service)?;
    let (pass, _) = service.decisions.get(origin.decision)?;
    Some((service.service.as_str(), pass))
}

/// A file as the baseline names it. Where that cannot be told there is an error: another name would excuse another file.
fn identity(file: &Path, baseline: &Path) -> Result<String, load::Error> {
    if file == Path::new("-") {
        return Ok("-".to_owned());
    }
    let folder = baseline.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let (file, folder) = (real(file)?, real(folder)?);
    let shared = file.components().zip(folder.components()).take_while(|(one, other)| one == other).count();
    let up = folder.components().skip(shared).map(|_| "..".to_owned());
    let down = file.components().skip(shared).filter_map(|part| match part {
        Component::Normal(name) => Some(name.to_string_lossy().into_owned()),
        _ => None,
    });
    Ok(up.chain(down).collect::<Vec<_>>().join("/"))
}

/// What the projects of a run leave behind for their baseline.
#[derive(Default)]
struct Recorded {
    /// Where it is written.
    path: Option<PathBuf>,
    /// First file, service and pass.
    wrong: Vec<(PathBuf, String, PassId)>,
    /// All first files.
    files: Vec<PathBuf>,
}

/// Writes the baseline of all projects of a run; those of others that are in it stay.
pub(super) fn write(session: &mut Session<'_, '_>, jobs: Vec<Job>, shared: &Shared, prune: bool) -> Exit {
    let mut recorded = Recorded::default();
    let worst = session.each(jobs, shared, |session, project| {
        record(session.task, project, &mut recorded);
        Exit::Done
    });
    if worst == Exit::Failed {
        session.console.nothing_written();
        return worst;
    }
    let path = recorded.path.clone().unwrap_or_else(|| BASELINE_NAME.into());
    let read = match renewed(session.task, &recorded, &path, prune) {
        Ok(read) => read,
        Err(error) => return super::fail(&super::Failure::Load(error), session.console),
    };
    let Renewed { text, old, new } = read;
    if (text.is_some() || prune) && new == old {
        return told(session, &path, &old, &new, "is as it should be");
    }
    match write::update(&path, text.as_deref(), &new.text()) {
        Ok(()) => {
            session.console.left([path.as_path()]);
            told(session, &path, &old, &new, "written")
        }
        Err(error) => {
            session.console.unwritten(&error);
            Exit::Failed
        }
    }
}

/// A baseline as it was read and as it is to be.
struct Renewed {
    /// The text that was read; `None` where there was no file.
    text: Option<String>,
    old: Baseline,
    new: Baseline,
}

fn renewed(task: &Task, recorded: &Recorded, path: &Path, prune: bool) -> Result<Renewed, load::Error> {
    let (old, text) = if path.exists() {
        let (old, text) = load::baseline_and_text(path, &task.policy.baseline, &task.load)?;
        (old, Some(text))
    } else {
        (Baseline::default(), None)
    };
    let new = updated(&old, recorded, path, prune)?;
    Ok(Renewed { text, old, new })
}

fn told(session: &mut Session<'_, '_>, path: &Path, old: &Baseline, new: &Baseline, what: &str) -> Exit {
    if session.task.verbosity > Verbosity::Quiet {
        let (added, gone) =
            (new.known.difference(&old.known).count(), old.known.difference(&new.known).count());
        let changed =
            if added + gone > 0 { format!(" ({added} added, {gone} taken out)") } else { String::new() };
        session.console.note(&format!("{} {what}: {} known{changed}\n", path.display(), new.known.len()));
    }
    Exit::Done
}

fn record(task: &Task, project: &Prepared, recorded: &mut Recorded) {
    let first = project.name();
    if recorded.path.is_none() {
        recorded.path = Some(target(task, project, first));
    }
    let plan = &project.plan;
    let wrong = drifted(plan).into_iter().chain(project.judged.failing(plan));
    let wrong = wrong.filter_map(|origin| named(plan, origin));
    recorded.wrong.extend(wrong.map(|(service, pass)| (first.to_owned(), service.to_owned(), pass)));
    recorded.files.push(first.to_owned());
}

/// The baseline that is named, or the one that is there, or one beside the policy, or one here.
fn target(task: &Task, project: &Prepared, first: &Path) -> PathBuf {
    let from = match &task.policy.baseline {
        PolicyFrom::Nothing => &PolicyFrom::Found,
        from => from,
    };
    let beside = || {
        let policy = project.tree.source(project.judged.policy.file?).name();
        Some(policy.with_file_name(BASELINE_NAME))
    };
    load::baseline_path(first, from).or_else(beside).unwrap_or_else(|| BASELINE_NAME.into())
}

fn updated(old: &Baseline, recorded: &Recorded, path: &Path, prune: bool) -> Result<Baseline, load::Error> {
    let pair = |file: &PathBuf| Ok((file.clone(), identity(file, path)?));
    let names = recorded.files.iter().map(pair).collect::<Result<HashMap<PathBuf, String>, load::Error>>()?;
    let seen: BTreeSet<&String> = names.values().collect();
    let known = |(file, service, pass): &(PathBuf, String, PassId)| {
        let (file, service) = (names.get(file)?.clone(), service.clone());
        Some(Known { file, service, pass: (*pass).to_owned() })
    };
    let today: BTreeSet<Known> = recorded.wrong.iter().filter_map(known).collect();
    let folder = path.parent().unwrap_or(Path::new(""));
    let stays = |known: &&Known| {
        if seen.contains(&known.file) { today.contains(known) } else { folder.join(&known.file).exists() }
    };
    let mut known: BTreeSet<Known> = old.known.iter().filter(stays).cloned().collect();
    if !prune {
        known.extend(today.iter().cloned());
    }
    Ok(Baseline { known })
}
