//! Projects that share files: each file is changed by one project only, and the others are hardened as they will be then.
//!
//! A list item that two files of a merged project both get would be there twice, and Compose refuses that. So a project
//! that includes or extends a file of another is read with the other's new text. Nothing is written here.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use rayon::iter::{IntoParallelIterator as _, ParallelIterator as _};

use super::jobs::{From, Job, Jobs};
use super::policy;
use super::prepare::{Failure, Prepared, judged};
use crate::cli::Task;
use crate::compose::{Heir, Project};
use crate::load::discover::{Skipped, Why};
use crate::load::{self, Links, Loaded, Texts, canonical};
use crate::pipeline;
use crate::verify;

/// Who may change which file, and the new texts of files that others read. Jobs are known by their index.
#[derive(Default)]
pub(super) struct Shared {
    names: Vec<PathBuf>,
    /// The one project that may change a file.
    owners: HashMap<PathBuf, usize>,
    /// The files of other projects that a project reads, where it reads any.
    reads: BTreeMap<usize, BTreeSet<PathBuf>>,
    /// New texts of files that others read.
    texts: HashMap<PathBuf, String>,
    /// Services that others take over and need otherwise, with one that does; no name stands for all services.
    held: BTreeMap<usize, BTreeMap<Option<String>, String>>,
    /// Projects that cannot be hardened one after the other, each with one that it waits for.
    stuck: BTreeMap<usize, usize>,
}

impl Shared {
    /// Finds out what is shared, leaves out what is only a part of another project, and hardens what others read.
    pub(super) fn of(jobs: &mut Jobs, task: &Task) -> Self {
        if jobs.list.len() < 2 {
            return Self::default();
        }
        let list = std::mem::take(&mut jobs.list);
        let linked: Vec<(Job, Links)> = list
            .into_par_iter()
            .map(|job| {
                let links = load::links(job.paths(), task.plan.outside, &task.load);
                (job, links)
            })
            .collect();
        let linked = without_parts(linked, &mut jobs.skipped);
        let mut shared = Self { owners: owners(&linked), ..Self::default() };
        shared.names = linked.iter().map(|(job, _)| job.name.clone()).collect();
        for (at, (job, links)) in linked.iter().enumerate() {
            let all = job.paths().iter().map(|path| canonical(path)).chain(links.reads.iter().cloned());
            let others: BTreeSet<PathBuf> = all.filter(|path| shared.is_of_another(path, at)).collect();
            if !others.is_empty() {
                shared.reads.insert(at, others);
            }
        }
        jobs.skipped.sort_by(|one, other| one.path.cmp(&other.path));
        jobs.list = linked.into_iter().map(|(job, _)| job).collect();
        shared.harden_owners(&jobs.list, task);
        shared
    }

    fn is_of_another(&self, path: &Path, at: usize) -> bool {
        self.owners.get(path).is_some_and(|&owner| owner != at)
    }

    /// The projects whose files a project reads.
    fn owners_for(&self, at: usize) -> BTreeSet<usize> {
        let files = self.reads.get(&at).into_iter().flatten();
        files.filter_map(|path| self.owners.get(path).copied()).collect()
    }

    /// Hardens the projects whose files others read, until no other is harmed by it.
    fn harden_owners(&mut self, jobs: &[Job], task: &Task) {
        loop {
            self.texts.clear();
            self.stuck.clear();
            self.harden_in_turn(jobs, task);
            let readers: Vec<usize> = self.reads.keys().copied().collect();
            let harmed: Vec<_> =
                readers.into_par_iter().flat_map_iter(|at| self.taken_over(at, jobs, task)).collect();
            let mut more = false;
            for (owner, service, heir) in harmed {
                more |= self.held.entry(owner).or_default().insert(service, heir).is_none();
            }
            if !more {
                return;
            }
        }
    }

    /// Services of other projects that must not be hardened, because this project takes them over and needs them
    /// otherwise: those it names, or all where these are not enough.
    fn taken_over(&self, at: usize, jobs: &[Job], task: &Task) -> Vec<(usize, Option<String>, String)> {
        let Some(Job { from: From::Files(files), .. }) = jobs.get(at) else { return Vec::new() };
        let texts = self.texts_for(at);
        if texts.is_empty() || self.harm(at, files, &texts, task).is_none() {
            return Vec::new();
        }
        let Ok(alone) = self.load(at, files, &Texts::new(), task) else { return Vec::new() };
        let named: Vec<_> = self.named(&alone).collect();
        let is_new = |(owner, service, _): &&(usize, Option<String>, String)| {
            self.held.get(owner).is_none_or(|held| !held.contains_key(service))
        };
        if named.iter().any(|found| is_new(&found)) {
            return named;
        }
        let name = self.name(at);
        self.owners_for(at).into_iter().map(|owner| (owner, None, name.clone())).collect()
    }

    /// The services of other projects that the services of a project extend.
    fn named<'l>(&'l self, loaded: &'l Loaded) -> impl Iterator<Item = (usize, Option<String>, String)> + 'l {
        loaded.project.services.iter().filter_map(|service| {
            let extends = service.extends.as_ref()?;
            let own = loaded.tree.source(service.place.file).name();
            let file = own.parent()?.join(extends.file.as_deref()?);
            let owner = *self.owners.get(&canonical(&file))?;
            let heir = format!("{}` in `{}", service.name, own.display());
            Some((owner, Some(extends.service.clone()), heir))
        })
    }

    /// Loads a project, and notes which of its services others need otherwise: also those that such a service is itself
    /// made of.
    fn load(
        &self,
        at: usize,
        files: &[PathBuf],
        texts: &Texts<'_>,
        task: &Task,
    ) -> Result<Loaded, load::Error> {
        let mut loaded = load::files(files, &task.load, texts)?;
        let Some(held) = self.held.get(&at) else { return Ok(loaded) };
        let project = &loaded.project;
        let heir = |name: &str| held.get(&Some(name.to_owned())).or_else(|| held.get(&None));
        let mut heirs: Vec<Heir> = Vec::new();
        for (index, service) in project.services.iter().enumerate() {
            let Some(name) = heir(&service.name) else { continue };
            let made_of = project.inheritance.iter().filter(|link| link.heir == index);
            let all = made_of.map(|link| link.source).chain([index]);
            heirs.extend(all.map(|service| Heir { service, name: name.clone() }));
        }
        loaded.project.heirs = heirs;
        Ok(loaded)
    }

    /// Hardens the projects whose files others read, those first that read none themselves.
    fn harden_in_turn(&mut self, jobs: &[Job], task: &Task) {
        let waits: BTreeMap<usize, BTreeSet<usize>> =
            self.reads.keys().map(|&at| (at, self.owners_for(at))).collect();
        let mut open: BTreeSet<usize> = waits.values().flatten().copied().collect();
        while !open.is_empty() {
            let is_ready = |at: &&usize| waits.get(at).is_none_or(|others| others.is_disjoint(&open));
            let ready: Vec<usize> = open.iter().filter(is_ready).copied().collect();
            if ready.is_empty() {
                break;
            }
            open.retain(|at| !ready.contains(at));
            let new: Vec<_> =
                ready.into_par_iter().flat_map_iter(|at| self.new_texts(at, jobs, task)).collect();
            self.texts.extend(new);
        }
        // what is left waits for itself
        for (&at, others) in waits.iter().filter(|(at, _)| open.contains(at)) {
            self.stuck.extend(others.iter().find(|other| open.contains(other)).map(|&other| (at, other)));
        }
    }

    /// What becomes of the files of a project; nothing of one that fails, which is told when its turn comes.
    fn new_texts(&self, at: usize, jobs: &[Job], task: &Task) -> Vec<(PathBuf, String)> {
        let Some(Job { from: From::Files(files), .. }) = jobs.get(at) else { return Vec::new() };
        let Ok(prepared) = self.prepare(at, files, task) else { return Vec::new() };
        prepared.new_texts().map(|(path, text)| (canonical(path), text.to_owned())).collect()
    }

    /// Everything up to the proof, for the project of some files.
    pub(super) fn prepare(&self, at: usize, files: &[PathBuf], task: &Task) -> Result<Prepared, Failure> {
        if let Some(overlay) = &task.overlay {
            let loaded = load::overlaid(files, overlay, &task.load, &Texts::new());
            return judged(loaded.map_err(Failure::Load)?, task);
        }
        if let Some(&other) = self.stuck.get(&at) {
            return Err(self.circle(at, other));
        }
        let texts = self.texts_for(at);
        if !texts.is_empty()
            && let Some(what) = self.harm(at, files, &texts, task)
        {
            return Err(self.harmed(at, &what));
        }
        let loaded = self.load(at, files, &texts, task).map_err(Failure::Load)?;
        let prepared = judged(loaded, task)?;
        if let Some((path, _)) =
            prepared.new_texts().find(|(path, _)| self.is_of_another(&canonical(path), at))
        {
            return Err(self.conflict(at, path));
        }
        Ok(prepared)
    }

    /// The new texts of what a project reads of others.
    fn texts_for(&self, at: usize) -> Texts<'_> {
        let files = self.reads.get(&at).into_iter().flatten();
        files.filter_map(|path| Some((path.as_path(), self.texts.get(path)?.as_str()))).collect()
    }

    /// What is wrong with a project once the others are hardened: it must mean the same as if it had been hardened alone,
    /// so that what it takes over from them is what it would have been given itself. A fault of its own is none.
    fn harm(&self, at: usize, files: &[PathBuf], texts: &Texts<'_>, task: &Task) -> Option<String> {
        let alone = self.load(at, files, &Texts::new(), task).ok()?;
        match self.load(at, files, texts, task) {
            Ok(after) => verify::difference(&own(alone, task), &own(after, task))
                .map(|path| format!("`{path}` would be another")),
            Err(error) => Some(error.to_string()),
        }
    }

    fn name(&self, at: usize) -> String {
        self.names.get(at).map(|name| name.display().to_string()).unwrap_or_default()
    }

    /// The projects whose new texts a project is read with.
    fn before(&self, at: usize) -> String {
        let names: Vec<String> =
            self.owners_for(at).into_iter().map(|other| format!("`{}`", self.name(other))).collect();
        names.join(", ")
    }

    fn harmed(&self, at: usize, what: &str) -> Failure {
        let (name, others) = (self.name(at), self.before(at));
        Failure::Plain {
            text: format!("`{name}` would not get along with what is hardened in {others}: {what}"),
            help: Some("leave one of them out of this run".to_owned()),
        }
    }

    fn conflict(&self, at: usize, path: &Path) -> Failure {
        let owner = self.owners.get(&canonical(path)).map(|&owner| self.name(owner)).unwrap_or_default();
        Failure::Plain {
            text: format!(
                "`{}` needs a change in `{}`, which belongs to the project `{owner}`",
                self.name(at),
                path.display()
            ),
            help: Some("harden the two in runs of their own".to_owned()),
        }
    }

    fn circle(&self, at: usize, other: usize) -> Failure {
        Failure::Plain {
            text: format!(
                "`{}` and `{}` take over services of each other, so neither can be hardened first",
                self.name(at),
                self.name(other)
            ),
            help: Some("move what they share into a file of its own".to_owned()),
        }
    }
}

/// A project as it will be, without what is not its own.
fn own(mut loaded: Loaded, task: &Task) -> Project {
    // a faulty policy is told when the turn of its project comes
    let options = policy::options(&mut loaded, task).unwrap_or_else(|_| task.plan.clone());
    let mut project = pipeline::plan(loaded.project, &options).project;
    let foreign: BTreeSet<usize> = project.foreign.iter().map(|foreign| foreign.service).collect();
    let mut at = 0..;
    project.services.retain(|_| at.next().is_none_or(|at| !foreign.contains(&at)));
    project
}

/// Leaves out files that another project reads, and that Compose would not take by itself.
fn without_parts(linked: Vec<(Job, Links)>, skipped: &mut Vec<Skipped>) -> Vec<(Job, Links)> {
    let mut readers: HashMap<PathBuf, BTreeSet<usize>> = HashMap::new();
    for (at, (job, links)) in linked.iter().enumerate() {
        let files = job.paths().iter().map(|path| canonical(path)).chain(links.reads.iter().cloned());
        for file in files {
            readers.entry(file).or_default().insert(at);
        }
    }
    let mut gone = BTreeSet::new();
    for (at, (job, _)) in linked.iter().enumerate().filter(|(_, (job, _))| !job.stands) {
        let file = job.paths().first().map(|path| canonical(path));
        let readers = file.and_then(|file| readers.get(&file)).into_iter().flatten();
        let reader = readers.copied().find(|reader| *reader != at && !gone.contains(reader));
        if let Some((reader, _)) = reader.and_then(|reader| linked.get(reader)) {
            gone.insert(at);
            skipped.push(Skipped { path: job.name.clone(), why: Why::Part(reader.name.clone()) });
        }
    }
    let mut at = 0..;
    let mut linked = linked;
    linked.retain(|_| at.next().is_none_or(|at| !gone.contains(&at)));
    linked
}

/// The one project that may change a file: the one it is the first file of, else the first that names it, else the first
/// whose services are written in it.
fn owners(linked: &[(Job, Links)]) -> HashMap<PathBuf, usize> {
    let first = |(at, (job, _)): (usize, &(Job, Links))| {
        // what is built from a Dockerfile may change it, too
        let paths = if job.is_dockerfile() { &[] } else { job.paths() };
        paths.first().map(|path| (canonical(path), at)).into_iter().collect::<Vec<_>>()
    };
    let named = |(at, (job, _)): (usize, &(Job, Links))| {
        job.paths().iter().skip(1).map(|path| (canonical(path), at)).collect::<Vec<_>>()
    };
    let written = |(at, (_, links)): (usize, &(Job, Links))| {
        links.writes.iter().map(|path| (path.clone(), at)).collect::<Vec<_>>()
    };
    let claims = linked.iter().enumerate().flat_map(first);
    let claims = claims.chain(linked.iter().enumerate().flat_map(named));
    let claims = claims.chain(linked.iter().enumerate().flat_map(written));
    let mut owners = HashMap::new();
    for (path, at) in claims {
        owners.entry(path).or_insert(at);
    }
    owners
}
