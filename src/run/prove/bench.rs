//! Where a project is run: from what is known of its services to a Compose project that can be started.
//!
//! The text is made by the ordinary pipeline, proof included, as a file that lies over those of the user; Compose resolves
//! them together, and what it says is isolated. Judges nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use serde_json::Value;

use crate::cli::Prove;
use crate::docker::{self, Project, Scratch};
use crate::evidence::{Record, Records};
use crate::load::{self, Loaded, Texts};
use crate::passes::{ALL, PassKind};
use crate::pipeline;
use crate::plan::{
    Change, Confidence, Decision, Evidence, Level, Op, PassId, Plan, ServicePlan, Skip, Value as Planned,
};
use crate::policy::Policy;
use crate::prove::Probe;
use crate::prove::isolate::{Cell, Isolated, Source, isolate};
use crate::prove::search::Control;
use crate::run::prepare::{self, Failure, Prepared};

/// Why a project cannot be proved.
pub(super) enum Trouble {
    /// It cannot be read, planned or rewritten.
    Ours(Failure),
    /// The engine or Compose fails.
    Engine(docker::Failure),
    /// Something else.
    Plain(String, Option<String>),
}

impl From<docker::Failure> for Trouble {
    fn from(failure: docker::Failure) -> Self {
        Self::Engine(failure)
    }
}

impl From<load::Error> for Trouble {
    fn from(error: load::Error) -> Self {
        Self::Ours(Failure::Load(error))
    }
}

/// What a service is to be tried with.
#[derive(Clone, Debug, Default)]
pub(super) struct Wanted {
    /// The controls, in the order of the passes.
    pub(super) controls: Vec<Control>,
    /// Whether it may do with fewer capabilities: those that the policy says it needs are left to it.
    pub(super) loose: bool,
    /// Whether it starts as root only because nobody knows to whom its data belong.
    pub(super) may_switch: bool,
}

/// The place, and what holds for the whole run. Everything in it is gone when it is dropped.
pub(super) struct Bench<'a> {
    pub(super) asked: &'a Prove,
    pub(super) run: String,
    pub(super) end: Instant,
    files: Vec<PathBuf>,
    policy: Arc<Policy>,
    pub(super) scratch: Scratch,
    /// Files that were written.
    texts: AtomicUsize,
    /// Services with copies of data that could not be given to the owner of the original.
    foreign: Mutex<BTreeSet<String>>,
}

/// A project that can be started, and what was left out of it.
pub(super) struct Staged {
    pub(super) project: Project,
    pub(super) isolated: Isolated,
}

impl<'a> Bench<'a> {
    pub(super) fn new(asked: &'a Prove, files: Vec<PathBuf>) -> Result<Self, Trouble> {
        let run = name();
        let scratch = Scratch::new(&run).map_err(|error| {
            Trouble::Plain(format!("cannot make a directory to work in: {}", error.kind()), None)
        })?;
        let end = Instant::now() + asked.timeout;
        let texts = AtomicUsize::new(0);
        let mut bench = Self {
            asked,
            run,
            end,
            files,
            policy: Arc::default(),
            scratch,
            texts,
            foreign: Mutex::default(),
        };
        let mut loaded = bench.loaded(&bench.overlay())?;
        let options = super::super::policy::without_evidence(&mut loaded, &asked.task)?;
        bench.policy = options.policy;
        Ok(bench)
    }

    /// The user's project with a file over it.
    fn loaded(&self, overlay: &Path) -> Result<Loaded, load::Error> {
        load::overlaid(&self.files, overlay, &self.asked.task.load, &Texts::new())
    }

    fn overlay(&self) -> PathBuf {
        self.scratch.path().join("overlay.yml")
    }

    /// The user's project as it is.
    pub(super) fn original(&self) -> Result<Loaded, load::Error> {
        load::files(&self.files, &self.asked.task.load, &Texts::new())
    }

    /// What is asked of each service: what the user wants; without that, the health check that is known of its image.
    pub(super) fn probes(&self) -> Result<BTreeMap<String, Probe>, Trouble> {
        let loaded = self.original()?;
        let mut probes = self.known_checks()?;
        for (index, service) in loaded.project.services.iter().enumerate() {
            if let Some(said) = self.policy.of_service(index, &service.name).probe() {
                let probe = Probe { command: said.command, image: said.image, own: true };
                probes.insert(service.name.clone(), probe);
            }
        }
        Ok(probes)
    }

    /// Health checks that `healthcheck` advises: for services that have none, neither in a file nor in their image.
    fn known_checks(&self) -> Result<BTreeMap<String, Probe>, Trouble> {
        let options = pipeline::Options {
            only: vec!["healthcheck"],
            policy: Arc::clone(&self.policy),
            evidence: Arc::default(),
            ..self.asked.task.plan.clone()
        };
        let plan = pipeline::plan(self.original()?.project, &options).plan;
        let probe = |service: ServicePlan| {
            let finding = service.decisions.into_iter().find_map(|(_, decision)| match decision {
                Decision::Advise(finding) => Some(finding),
                _ => None,
            })?;
            let command = finding.fix.iter().find_map(|change| command(&change.op))?;
            Some((service.service, Probe { command, image: None, own: false }))
        };
        Ok(plan.services.into_iter().filter_map(probe).collect())
    }

    /// Plans what could be written at a level by these records.
    fn planned(&self, level: Level, records: Records) -> Result<Prepared, Trouble> {
        let loaded = self.loaded(&self.overlay())?;
        let advice = ALL.iter().map(|pass| pass.meta()).filter(|meta| meta.kind == PassKind::Advice);
        let mut options = pipeline::Options {
            level,
            level_is_given: true,
            policy: Arc::clone(&self.policy),
            evidence: Arc::new(records),
            ..self.asked.task.plan.clone()
        };
        options.skip.extend(advice.map(|meta| meta.id));
        prepare::proven(loaded, &self.asked.task.load, &options).map_err(Trouble::Ours)
    }

    /// What each service is to be tried with. A guess is tried where a probe of the user's asks for the service's job: one
    /// that only has to stay up may break hours later, at the first file that it writes.
    pub(super) fn wanted(
        &self,
        probed: &BTreeMap<String, Probe>,
    ) -> Result<BTreeMap<String, Wanted>, Trouble> {
        let asked = self.asked.task.plan.level;
        let all = wanted(&self.planned(Level::Strict, Records::new())?.plan);
        if asked == Level::Strict {
            return Ok(all);
        }
        let mut sure = wanted(&self.planned(Level::Standard, Records::new())?.plan);
        let is_probed = |name: &String| probed.get(name).is_some_and(|probe| probe.own);
        sure.extend(all.into_iter().filter(|(name, _)| is_probed(name)));
        Ok(sure)
    }

    /// A name for a file that no other start has.
    fn unique(&self, name: &str) -> String {
        format!("{}-{name}", self.texts.fetch_add(1, Ordering::Relaxed))
    }

    /// The project with these controls, as Compose resolves it; as it is, where no service has any.
    pub(super) fn resolved(&self, kept: &BTreeMap<String, Vec<Control>>) -> Result<Value, Trouble> {
        let mut files = self.files.clone();
        if kept.values().any(|controls| !controls.is_empty()) {
            let prepared = self.planned(Level::Strict, self.records(kept)?)?;
            if !prepared.verified.is_empty() {
                let path = self
                    .scratch
                    .put(&self.unique("overlay.yml"), prepared.text())
                    .map_err(|error| io(&error))?;
                files.push(path);
            }
        }
        let load = &self.asked.task.load;
        let first = self.files.first().and_then(|file| file.parent());
        let folder = load.project_directory.as_deref().or(first.filter(|path| !path.as_os_str().is_empty()));
        let text = docker::resolved(&files, folder, &load.env_files)?;
        serde_json::from_str(&text).map_err(|error| {
            Trouble::Plain(format!("Compose does not say what the project is: {error}"), None)
        })
    }

    /// What makes the pipeline write these controls and no others.
    fn records(&self, kept: &BTreeMap<String, Vec<Control>>) -> Result<Records, Trouble> {
        let loaded = self.original()?;
        let none = Vec::new();
        let records = loaded.project.services.iter().map(|service| {
            let controls = kept.get(&service.name).unwrap_or(&none);
            (service.name.clone(), only(controls, "not in this trial"))
        });
        Ok(records.collect())
    }

    /// Makes a project of it that can be started. `base` names the data of this start; services in `fresh` have their own.
    pub(super) fn stage(
        &self,
        resolved: Value,
        base: &str,
        fresh: BTreeMap<String, String>,
    ) -> Result<Staged, Trouble> {
        let cell = Cell {
            run: &self.run,
            folder: self.scratch.path(),
            source: &source,
            allow_binds: self.asked.allow_binds,
            base,
            fresh,
        };
        let isolated = isolate(resolved, &cell);
        for (to, from) in isolated.copies.iter().filter(|(to, _)| !to.exists()) {
            let alike = self.scratch.copy(from, to).map_err(|error| {
                Trouble::Plain(format!("cannot copy `{}`: {}", from.display(), error.kind()), None)
            })?;
            if !alike {
                self.foreign.lock().unwrap_or_else(PoisonError::into_inner).extend(isolated.users_of(to));
            }
        }
        let text = isolated.config.to_string();
        let path = self.scratch.put(&self.unique("compose.json"), &text).map_err(|error| io(&error))?;
        Ok(Staged { project: Project::new(&self.run, &path), isolated })
    }

    /// Whether the data of a service belong to somebody else here: then nothing is learned of whom they belong to.
    pub(super) fn has_foreign_data(&self, service: &str) -> bool {
        self.foreign.lock().unwrap_or_else(PoisonError::into_inner).contains(service)
    }

    /// Removes everything that the run has started.
    pub(super) fn clear(&self) -> Result<(), docker::Failure> {
        docker::clear(&self.run)
    }

    /// Removes everything that the run has made in the engine.
    pub(super) fn sweep(&self) -> Result<(), docker::Failure> {
        docker::sweep(Some(&self.run)).map(drop)
    }
}

impl Drop for Bench<'_> {
    fn drop(&mut self) {
        // an engine that is gone has nothing left to remove
        let _ = self.sweep();
    }
}

impl fmt::Debug for Staged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Staged").finish_non_exhaustive()
    }
}

/// A record that keeps these controls and drops all others, for this reason.
pub(super) fn only(controls: &[Control], why: &str) -> Record {
    let is_kept = |id: &str| controls.iter().any(|(pass, _)| pass == id);
    let rewriting = ALL.iter().map(|pass| pass.meta()).filter(|meta| meta.kind == PassKind::Rewrite);
    let dropped = rewriting.filter(|meta| !is_kept(meta.id)).map(|meta| (meta.id.to_owned(), why.to_owned()));
    Record { kept: controls.iter().cloned().collect(), dropped: dropped.collect(), ..Record::default() }
}

/// The shell command of a health check that would be written.
fn command(change: &Op) -> Option<String> {
    let Op::Set(Planned::Map(entries)) = change else { return None };
    let (_, test) = entries.iter().find(|(key, _)| key == "test")?;
    let Planned::List(items) = test else { return None };
    // as the shell sees it, and not Compose
    items.last().and_then(text).map(|command| command.replace("$$", "$"))
}

/// What a plan would write into each service.
fn wanted(plan: &Plan) -> BTreeMap<String, Wanted> {
    let services = plan.services.iter().map(|service| {
        let mut wanted = Wanted::default();
        for (pass, decision) in &service.decisions {
            wanted.may_switch |= *pass == "user" && matches!(decision, Decision::Skip(Skip::BindMount(_)));
            let Decision::Apply(changes) = decision else { continue };
            wanted.controls.push(((*pass).to_owned(), values(pass, changes)));
            let is_said = |change: &Change| matches!(change.confidence, Confidence::Known(Evidence::File(_)));
            wanted.loose |= *pass == "cap_drop" && !changes.iter().any(is_said);
        }
        (service.service.clone(), wanted)
    });
    services.collect()
}

/// What a record keeps of the changes of a pass.
fn values(pass: PassId, changes: &[Change]) -> Vec<String> {
    let list = match pass {
        "cap_drop" => "cap_add",
        "read_only" => "tmpfs",
        "mem_limit" | "cpus" | "pids_limit" | "user" => "",
        _ => return Vec::new(),
    };
    let texts = changes.iter().flat_map(|change| match &change.op {
        Op::Set(value) if list.is_empty() => vec![value],
        Op::Append(items) if change.path.last() == Some(&list) => items.iter().collect(),
        _ => Vec::new(),
    });
    texts.filter_map(text).collect()
}

fn text(value: &Planned) -> Option<String> {
    match value {
        Planned::Number(text) | Planned::Str(text) => Some(text.to_string()),
        _ => None,
    }
}

/// What a path of the host is.
fn source(path: &Path) -> Source {
    let Ok(meta) = path.metadata() else { return Source::Missing };
    if !meta.is_dir() && !meta.is_file() {
        return Source::Special;
    }
    match docker::measure(path) {
        Ok(()) => Source::Small,
        Err(docker::TooLarge) => Source::Large,
    }
}

/// A name that no other run has.
fn name() -> String {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    format!("{:x}{:07x}", std::process::id(), now.subsec_nanos())
}

pub(super) fn io(error: &std::io::Error) -> Trouble {
    Trouble::Plain(format!("cannot write to the directory of this run: {}", error.kind()), None)
}
