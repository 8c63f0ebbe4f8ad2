//! What is to be hardened: every project that the words of the command line lead to, once and in order.
//!
//! Looks for files and opens none; what cannot be found is a job that has failed already, so that the others are done.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::prepare::Failure;
use crate::cli::{Input, Task};
use crate::load::discover::{self, Found, Project, Skipped, Why};
use crate::load::{self, canonical};

/// One project to harden.
pub(super) struct Job {
    /// What it is called in messages and reports.
    pub(super) name: PathBuf,
    /// Where it is read from.
    pub(super) from: From,
    /// Whether it is a project whatever other projects make of its file.
    pub(super) stands: bool,
    /// Whether each of its files was named.
    named: bool,
}

/// Where a project is read from.
pub(super) enum From {
    /// Its files, each laid over those before it.
    Files(Vec<PathBuf>),
    /// A Dockerfile by itself.
    Dockerfile(PathBuf),
    /// Standard input.
    Stdin,
    /// Nowhere.
    Failed(Failure),
}

/// All that is to be done, and what is left out.
#[derive(Default)]
pub(super) struct Jobs {
    /// In the order of the command line; those of a tree or a list in the order of their paths.
    pub(super) list: Vec<Job>,
    /// Files that look like a project and are none.
    pub(super) skipped: Vec<Skipped>,
    /// The file that Compose takes, and one that it does not take because of it.
    pub(super) ignored: Option<(PathBuf, PathBuf)>,
}

impl Job {
    fn files(files: Vec<PathBuf>, stands: bool) -> Self {
        let name = files.first().cloned().unwrap_or_default();
        let is_dockerfile = files.len() == 1 && load::is_dockerfile(&name);
        let from = if is_dockerfile { From::Dockerfile(name.clone()) } else { From::Files(files) };
        Self { name, from, stands: stands || is_dockerfile, named: false }
    }

    /// Whether it is a Dockerfile by itself.
    pub(super) fn is_dockerfile(&self) -> bool {
        matches!(self.from, From::Dockerfile(_))
    }

    fn failed(name: PathBuf, failure: Failure) -> Self {
        Self { name, from: From::Failed(failure), stands: true, named: false }
    }

    /// The files that were named or found; none of standard input.
    pub(super) fn paths(&self) -> &[PathBuf] {
        match &self.from {
            From::Files(files) => files,
            From::Dockerfile(path) => std::slice::from_ref(path),
            From::Stdin | From::Failed(_) => &[],
        }
    }
}

impl Jobs {
    /// Everything that a task leads to.
    pub(super) fn of(task: &Task) -> Self {
        let mut jobs = Self::default();
        for input in &task.inputs {
            jobs.input(input, task);
        }
        jobs.distinct();
        if let Some(overlay) = &task.overlay {
            jobs.leave_out(overlay);
        }
        jobs
    }

    fn input(&mut self, input: &Input, task: &Task) {
        match input {
            Input::File(path) if path.is_dir() => self.found(discover::tree(path, &task.load)),
            Input::File(path) => self.list.push(Job::files(load::with_override(path), true)),
            Input::Files(paths) => self.list.push(Job { named: true, ..Job::files(paths.clone(), true) }),
            Input::Stdin => self.list.push(Job { from: From::Stdin, ..Job::files(vec!["-".into()], true) }),
            Input::List(path) => match discover::list(path, &task.load) {
                Ok(found) => self.found(found),
                Err(error) => self.list.push(Job::failed(path.clone(), Failure::Load(error))),
            },
            Input::Here => self.here(task),
        }
    }

    fn found(&mut self, found: Found) {
        let projects = found.projects.into_iter();
        let mut jobs: Vec<Job> =
            projects.map(|Project { files, by_default }| Job::files(files, by_default)).collect();
        let errors = found.errors.into_iter();
        jobs.extend(errors.map(|(path, error)| Job::failed(path, Failure::Load(error))));
        jobs.sort_by(|one, other| one.name.cmp(&other.name));
        self.list.extend(jobs);
        self.skipped.extend(found.skipped);
    }

    /// The project that Compose would take by itself.
    fn here(&mut self, task: &Task) {
        let folder = task.load.project_directory.clone().unwrap_or_default();
        let job = match discover::folder(&folder, &task.load) {
            Ok(files) if files.is_empty() => Job::failed(".".into(), nothing(&folder)),
            Ok(files) => {
                let mut defaults = discover::defaults(&folder).into_iter();
                let used = defaults.next().filter(|used| files.first() == Some(used));
                self.ignored = used.zip(defaults.next());
                Job::files(files, true)
            }
            Err(error) => Job::failed(folder.join(".env"), Failure::Load(error)),
        };
        self.list.push(job);
    }

    /// Takes an overlay out of the files that Compose would find by itself. Those that were named are what they are.
    fn leave_out(&mut self, overlay: &Path) {
        let overlay = canonical(overlay);
        for job in self.list.iter_mut().filter(|job| !job.named) {
            if let From::Files(files) = &mut job.from {
                let first = files.first().cloned();
                files.retain(|path| Some(path) == first.as_ref() || canonical(path) != overlay);
            }
        }
    }

    /// Takes out projects that are reached twice: by two paths of the command line, or by a symbolic link.
    fn distinct(&mut self) {
        if self.list.len() < 2 {
            return;
        }
        let mut known: HashMap<Vec<PathBuf>, PathBuf> = HashMap::new();
        let skipped = &mut self.skipped;
        self.list.retain(|job| {
            let files: Vec<PathBuf> = job.paths().iter().map(|path| canonical(path)).collect();
            match known.get(&files).filter(|_| !files.is_empty()) {
                None => {
                    known.insert(files, job.name.clone());
                    true
                }
                Some(first) => {
                    if *first != job.name {
                        skipped.push(Skipped { path: job.name.clone(), why: Why::Same(first.clone()) });
                    }
                    false
                }
            }
        });
    }
}

fn nothing(folder: &Path) -> Failure {
    let names = load::DEFAULT_NAMES.map(|name| format!("`{name}`")).join(", ");
    let here = folder.as_os_str().is_empty();
    let at = if here { "this directory".to_owned() } else { format!("`{}`", folder.display()) };
    Failure::Plain {
        text: format!("no file was named, and there is no {names} in {at}"),
        help: Some("name a file, or a directory to harden every project in it".to_owned()),
    }
}
