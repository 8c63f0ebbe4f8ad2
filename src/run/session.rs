//! One run over all its projects: in parallel, told in order, and never more of them in memory than are at work.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use rayon::iter::{IntoParallelIterator as _, ParallelIterator as _};

use super::baseline::{Baselines, Compared};
use super::console::{Console, Detail, words};
use super::jobs::{Job, Jobs};
use super::policy::Notes;
use super::prepare::{Failure, Prepared, in_time, prepare};
use super::progress::Progress;
use super::reports::{Reports, diffs};
use super::shared::Shared;
use super::tally::{Tally, Told};
use super::{Exit, fail};
use crate::cli::{Input, Mode, Task};
use crate::docker::{self, interrupted};
use crate::load::canonical;
use crate::load::discover::Skipped;
use crate::report::{Format, Outcome, Verbosity};
use crate::write::{self, Staged, Stopped, WriteError};

/// Projects for each thread that are taken up together.
const BATCH: usize = 16;

/// More projects than this are told in one line each.
const MANY: usize = 10;

/// What a run needs all the time.
pub(super) struct Session<'r, 'c> {
    pub(super) task: &'r Task,
    pub(super) console: &'r mut Console<'c>,
    reports: Reports<'r>,
    tally: Tally,
    notes: Notes,
    baselines: Baselines,
    /// New texts of files that several projects may be built from.
    built: HashMap<PathBuf, String>,
    detail: Detail,
    pub(super) several: bool,
}

/// New texts on the disk beside their files, and what is to be said once they are in place.
#[derive(Default)]
struct Staging {
    files: Vec<Staged>,
    words: Vec<String>,
    diff: String,
    error: Option<WriteError>,
}

impl<'r, 'c> Session<'r, 'c> {
    pub(super) fn new(task: &'r Task, console: &'r mut Console<'c>, jobs: &Jobs) -> Self {
        let detail = match jobs.list.len() {
            0 | 1 => Detail::Full,
            2..=MANY => Detail::Changed,
            _ => Detail::Line,
        };
        let tally = Tally { skipped: jobs.skipped.len(), ..Tally::default() };
        let several = jobs.list.len() > 1;
        let notes = Notes::default();
        Self {
            task,
            console,
            reports: Reports::new(task),
            tally,
            notes,
            baselines: Baselines::default(),
            built: HashMap::new(),
            detail,
            several,
        }
    }

    /// All projects; the worst exit counts.
    pub(super) fn each(
        &mut self,
        jobs: Vec<Job>,
        shared: &Shared,
        mut mode: impl FnMut(&mut Self, &Prepared) -> Exit,
    ) -> Exit {
        let wanted = self.console.interactive && self.task.verbosity > Verbosity::Quiet;
        let mut progress = Progress::new(jobs.len(), wanted);
        let mut worst = Exit::Done;
        let mut jobs = jobs.into_iter().enumerate();
        loop {
            let batch: Vec<(usize, Job)> = jobs.by_ref().take(batch_size(self.several)).collect();
            let size = batch.len();
            if size == 0 || interrupted() {
                return worst;
            }
            if let Err(late) = in_time(&self.task.load) {
                // once, and not for each project that is left
                let first = batch.first().map(|(_, job)| job.name.clone()).unwrap_or_default();
                return self.one(&first, Err(late), &mut mode);
            }
            let done = prepare_batch(batch, self.task, shared);
            progress.aside(|| {
                for (name, project) in done {
                    worst = worst.max(self.one(&name, project, &mut mode));
                }
            });
            progress.step(size);
        }
    }

    fn one(
        &mut self,
        name: &Path,
        project: Result<Prepared, Failure>,
        mode: &mut impl FnMut(&mut Self, &Prepared) -> Exit,
    ) -> Exit {
        self.tally.projects += 1;
        match project.and_then(|project| self.without_repeats(project)) {
            Ok(project) => {
                self.tally.add(&project);
                self.notes.note(&project.judged, &project.tree);
                mode(self, &project)
            }
            Err(failure) => self.fail(name, &failure),
        }
    }

    /// The project without new texts of Dockerfiles and `.dockerignore` files that one before it has as well.
    fn without_repeats(&mut self, mut project: Prepared) -> Result<Prepared, Failure> {
        if !self.several {
            return Ok(project);
        }
        let mut clash = None;
        let Prepared { tree, verified, .. } = &mut project;
        verified.retain(|file| {
            let name = tree.source(file.file()).name();
            if tree.documents_of(file.file()).next().is_some() {
                return true;
            }
            let known = self.built.entry(place(name)).or_default();
            let is_new = known.is_empty();
            if is_new {
                file.text().clone_into(known);
            } else if known != file.text() {
                clash = Some(name.to_owned());
            }
            is_new
        });
        match clash {
            None => Ok(project),
            Some(file) => Err(Failure::Plain {
                text: format!(
                    "`{}` wants another `{}` than a project before it",
                    project.name().display(),
                    file.display()
                ),
                help: Some("harden the two in runs of their own".to_owned()),
            }),
        }
    }

    fn fail(&mut self, name: &Path, failure: &Failure) -> Exit {
        self.tally.failed += 1;
        self.reports.fail(name, failure);
        fail(failure, self.console)
    }

    fn tell(&mut self, project: &Prepared, outcome: Outcome, compared: Option<&Compared>) {
        let words = words(project, outcome, self.task.verbosity, self.detail, compared);
        self.console.project(&words);
        self.reports.add(project, outcome, compared);
    }

    pub(super) fn show_diff(&mut self, project: &Prepared) -> Exit {
        let exit = self.print_diff(project);
        self.tell(project, Outcome::Shown, None);
        exit
    }

    /// Not where standard output is for a document about all projects.
    fn print_diff(&mut self, project: &Prepared) -> Exit {
        if self.task.format.is_document() {
            return Exit::Done;
        }
        self.console.diff(&diffs(project).collect::<String>())
    }

    pub(super) fn check(&mut self, project: &Prepared) -> Exit {
        let compared = match self.baselines.compare(project, self.task) {
            Ok(compared) => compared,
            Err(error) => return self.fail(project.name(), &Failure::Load(error)),
        };
        let shown = match self.task.mode {
            Mode::Check { diff: true } => self.print_diff(project),
            _ => Exit::Done,
        };
        self.tally.check(project, &compared);
        self.tell(project, Outcome::Checked, Some(&compared));
        self.console.failing(project, &compared.advice);
        self.console.compared(project, &compared);
        if !compared.drift.is_empty() && !self.several {
            self.console.drift(project, self.task);
        }
        let found = if !project.unread().is_empty() {
            self.console.unsure(project);
            Exit::Failed
        } else if compared.passes(project) {
            Exit::Done
        } else {
            Exit::Drift
        };
        found.max(shown)
    }

    pub(super) fn print(&mut self, project: &Prepared) -> Exit {
        let exit = self.console.data(project.text());
        self.tell(project, Outcome::Shown, None);
        exit
    }

    pub(super) fn output(&mut self, project: &Prepared, path: &Path) -> Exit {
        if let Err(error) = write::create(path, project.text()) {
            self.console.unwritten(&error);
            return Exit::Failed;
        }
        self.console.left([path]);
        let exit = if self.task.format == Format::Diff { self.print_diff(project) } else { Exit::Done };
        self.tell(project, Outcome::Shown, None);
        exit
    }

    /// All files are proved, and all new texts are on the disk, before the first file is replaced.
    pub(super) fn write(&mut self, jobs: Vec<Job>, shared: &Shared) -> Exit {
        let mut staging = Staging::default();
        self.each(jobs, shared, |session, project| session.stage(project, &mut staging));
        if self.tally.failed > 0 {
            self.reports.nothing_written();
            self.console.nothing_written();
            return Exit::Failed;
        }
        if interrupted() {
            self.reports.nothing_written();
            self.console.error("interrupted; nothing was written", None);
            return Exit::Failed;
        }
        let Staging { files, words, diff, error } = staging;
        let paths: Vec<PathBuf> = files.iter().map(|file| file.path().to_owned()).collect();
        let written = match error {
            Some(error) => Err(Box::new(Stopped { error, replaced: Vec::new(), kept: Vec::new() })),
            None => write::commit_all(files),
        };
        self.console.left(paths.iter().map(PathBuf::as_path));
        if let Err(stopped) = written {
            self.tally.failed += 1;
            self.console.stopped(&stopped);
            self.reports.stopped(&stopped);
            return Exit::Failed;
        }
        let exit = self.console.diff(&diff);
        for words in &words {
            self.console.project(words);
        }
        exit
    }

    /// Puts the new texts of a project beside its files, unless nothing will be written anyway.
    fn stage(&mut self, project: &Prepared, staging: &mut Staging) -> Exit {
        self.reports.add(project, Outcome::Written, None);
        if self.tally.failed > 0 || staging.error.is_some() {
            staging.files.clear();
            return Exit::Failed;
        }
        // from now on there is something to tidy up
        docker::listen();
        match project.stage().collect::<Result<Vec<_>, _>>() {
            Ok(files) => staging.files.extend(files),
            Err(error) => staging.error = Some(error),
        }
        if self.task.format == Format::Diff {
            staging.diff.extend(diffs(project));
        }
        staging.words.push(words(project, Outcome::Written, self.task.verbosity, self.detail, None));
        Exit::Done
    }

    /// The documents about all projects, and the last words.
    pub(super) fn end(mut self, worst: Exit, skipped: &[Skipped]) -> Exit {
        self.tally.expired = self.notes.expired().iter().map(|(_, found)| found.len()).sum();
        let words = self.last_words(worst, skipped);
        let Self { task, console, reports, notes, .. } = self;
        let exit = worst.max(reports.finish(console));
        let checked = matches!(task.mode, Mode::Check { .. });
        if !matches!(task.mode, Mode::Baseline { .. } | Mode::Init | Mode::Policy | Mode::Explain { .. }) {
            console.policies(&notes, checked, worst < Exit::Failed, task.verbosity);
        }
        console.note(&words);
        exit
    }

    fn last_words(&self, worst: Exit, skipped: &[Skipped]) -> String {
        let mut words = String::new();
        if self.task.verbosity == Verbosity::Quiet {
            return words;
        }
        let verbose = self.task.verbosity == Verbosity::Verbose;
        for Skipped { path, why } in skipped.iter().filter(|_| verbose) {
            let _ = writeln!(words, "skipped `{}`: {why}", path.display());
        }
        if self.several && worst == Exit::Drift && self.tally.changes > 0 {
            words += "help: `--write` in place of `--check` writes what is missing";
            words += if self.detail == Detail::Line && !verbose { ", `-v` shows it\n" } else { "\n" };
        }
        let line = self.line(worst);
        if !line.is_empty() {
            words += &line;
            words += if !verbose && !skipped.is_empty() { "; `-v` says why\n" } else { "\n" };
        }
        words
    }

    /// The sums, for the modes that decide something.
    fn line(&self, exit: Exit) -> String {
        let (outcome, writable) = match self.task.mode {
            Mode::Baseline { .. } | Mode::Init | Mode::Policy | Mode::Explain { .. } => return String::new(),
            Mode::Check { .. } => (Outcome::Checked, false),
            Mode::Write if exit < Exit::Failed => (Outcome::Written, false),
            Mode::Diff => (Outcome::Shown, self.task.inputs != [Input::Stdin]),
            Mode::Write | Mode::Stdout | Mode::Output(_) => (Outcome::Shown, false),
        };
        self.tally.line(Told { outcome, exit, several: self.several, writable })
    }
}

/// Where a file is or would be, the links above it followed.
fn place(path: &Path) -> PathBuf {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    path.file_name().map_or_else(|| path.to_owned(), |name| canonical(folder).join(name))
}

fn batch_size(several: bool) -> usize {
    if several { rayon::current_num_threads() * BATCH } else { 1 }
}

/// Everything up to the proof for some projects, in their order.
fn prepare_batch(
    batch: Vec<(usize, Job)>,
    task: &Task,
    shared: &Shared,
) -> Vec<(PathBuf, Result<Prepared, Failure>)> {
    let one = |(at, job): (usize, Job)| (job.name, prepare(at, job.from, task, shared));
    if batch.len() == 1 {
        batch.into_iter().map(one).collect()
    } else {
        batch.into_par_iter().map(one).collect()
    }
}
