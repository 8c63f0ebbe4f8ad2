//! Collects what a run found, and writes the documents about it once all projects are done.

use std::collections::HashSet;
use std::path::Path;

use super::Exit;
use super::baseline::Compared;
use super::console::Console;
use super::prepare::{Failure, Prepared};
use crate::cli::{Destination, Mode, Task};
use crate::edit::EditError;
use crate::load;
use crate::report::model::{self, Diagnostic, DiagnosticKind, Facts, Place, Project, Report, Root, Status};
use crate::report::{Format, Masks, Outcome, Verbosity, diff};
use crate::verify::ProofError;
use crate::write::{self, Stopped};

/// What was found so far.
pub(super) struct Reports<'t> {
    task: &'t Task,
    root: Root,
    /// Whether anyone will read it.
    wanted: bool,
    projects: Vec<Project>,
    /// The files of each that change, as they are called when they are written.
    changed: Vec<Vec<String>>,
    /// The exact diffs, where they are to be written.
    diff: String,
}

impl<'t> Reports<'t> {
    pub(super) fn new(task: &'t Task) -> Self {
        let wanted = task.format.is_document() || !task.reports.is_empty() || annotates(task);
        let root = if wanted { Root::find() } else { Root::default() };
        Self { task, root, wanted, projects: Vec::new(), changed: Vec::new(), diff: String::new() }
    }

    /// A project that was hardened.
    pub(super) fn add(&mut self, project: &Prepared, outcome: Outcome, compared: Option<&Compared>) {
        if !self.wanted {
            return;
        }
        let masks = Masks::new(project.tree.sources());
        let warning = |found| Diagnostic::new(DiagnosticKind::Warning, found, &masks, &self.root);
        let facts = Facts {
            subject: &project.subject(outcome),
            verified: &project.verified,
            services: &project.places,
            diagnostics: project
                .warnings
                .iter()
                .chain(project.judged.notices().map(|(found, _)| found))
                .map(warning)
                .collect(),
            written: outcome == Outcome::Written && !project.verified.is_empty(),
            check: compared.map(|compared| compared.checked(project)),
        };
        self.projects.push(facts.project(&self.root));
        self.changed.push(project.new_texts().map(|(path, _)| path.display().to_string()).collect());
        if self.task.reports.iter().any(|report| report.format == Format::Diff) {
            self.diff.extend(diffs(project));
        }
    }

    /// Nothing was written, although everything was to be.
    pub(super) fn nothing_written(&mut self) {
        self.projects.iter_mut().for_each(|project| project.written = false);
    }

    /// Not all files could be replaced: a project whose files are not all among those that were has failed.
    pub(super) fn stopped(&mut self, stopped: &Stopped) {
        let Stopped { error, replaced, .. } = stopped;
        let done: HashSet<String> = replaced.iter().map(|path| path.display().to_string()).collect();
        for (project, changed) in self.projects.iter_mut().zip(&self.changed) {
            if changed.iter().any(|file| !done.contains(file)) {
                project.written = false;
                project.status = Status::Failed;
                project.diagnostics.push(Diagnostic::error(&error.to_string(), error.help(), None));
            }
        }
    }

    /// A project that could not be hardened.
    pub(super) fn fail(&mut self, name: &Path, failure: &Failure) {
        if self.wanted {
            self.projects.push(Project::failed(name, diagnostics(failure, &self.root), &self.root));
            self.changed.push(Vec::new());
        }
    }

    /// Prints and writes the documents.
    pub(super) fn finish(self, console: &mut Console<'_>) -> Exit {
        if !self.wanted {
            return Exit::Done;
        }
        let Self { task, projects, diff, .. } = self;
        let report = Report::new(task.plan.level.into(), mode(&task.mode), projects);
        let mut exit = Exit::Done;
        if task.format.is_document() {
            exit = console.data(&task.format.render(&report));
        }
        if annotates(task) {
            console.note(&Format::Github.render(&report));
        }
        exit.max(write_all(&task.reports, &report, Some(&diff), console))
    }
}

/// The unified diffs of a project.
pub(super) fn diffs(project: &Prepared) -> impl Iterator<Item = String> {
    project.verified.iter().map(|file| diff::unified(project.tree.source(file.file()), file))
}

/// Writes a report in every form that was asked for. `exact` is the diff, where it can be told exactly.
pub(super) fn write_all(
    files: &[Destination],
    report: &Report,
    exact: Option<&str>,
    console: &mut Console<'_>,
) -> Exit {
    let mut exit = Exit::Done;
    for Destination { format, path } in files {
        let written = match exact.filter(|_| *format == Format::Diff) {
            Some(diff) => write::create(path, diff),
            None => write::create(path, &format.render(report)),
        };
        if let Err(error) = written {
            console.error(&error.to_string(), error.help());
            exit = Exit::Failed;
        }
    }
    console.left(files.iter().map(|file| file.path.as_path()));
    exit
}

/// Why a report cannot be written, if that can be told before the work is done.
pub(super) fn unwritable(files: &[Destination]) -> Option<String> {
    files.iter().find_map(|Destination { path, .. }| {
        let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
        let shown = path.display();
        match parent {
            _ if path.is_dir() => Some(format!("cannot write the report `{shown}`: it is a directory")),
            Some(parent) if !parent.is_dir() => Some(format!(
                "cannot write the report `{shown}`: there is no directory `{}`",
                parent.display()
            )),
            _ => None,
        }
    })
}

/// Annotations come by themselves where GitHub shows them, but never among data.
fn annotates(task: &Task) -> bool {
    let shows = match task.mode {
        Mode::Check { .. } => true,
        Mode::Diff => task.verbosity > Verbosity::Quiet,
        Mode::Write
        | Mode::Stdout
        | Mode::Output(_)
        | Mode::Baseline { .. }
        | Mode::Init
        | Mode::Policy
        | Mode::Explain { .. } => false,
    };
    task.annotate && shows && task.format != Format::Github
}

fn mode(mode: &Mode) -> model::Mode {
    match mode {
        Mode::Check { .. } => model::Mode::Check,
        Mode::Write => model::Mode::Write,
        _ => model::Mode::Show,
    }
}

pub(super) fn diagnostics(failure: &Failure, root: &Root) -> Vec<Diagnostic> {
    match failure {
        Failure::Load(error @ load::Error::Read { help, .. }) => {
            vec![Diagnostic::error(&error.to_string(), help.as_deref(), None)]
        }
        Failure::Load(load::Error::Invalid { tree, diagnostics }) => {
            let masks = Masks::new(tree.sources());
            let error = |found| Diagnostic::new(DiagnosticKind::Error, found, &masks, root);
            diagnostics.iter().map(error).collect()
        }
        Failure::Edit(tree, error @ EditError::Place { at, .. }) => {
            let place = at.and_then(|at| Place::new(tree.sources(), at, root));
            let help = Some("`--skip` leaves that pass out");
            vec![Diagnostic::error(&error.to_string(), help, place)]
        }
        Failure::Proof(_, error @ ProofError::Referee(_)) => {
            vec![Diagnostic::error(&error.to_string(), None, None)]
        }
        Failure::Plain { text, help } => vec![Diagnostic::error(text, help.as_deref(), None)],
        Failure::Edit(_, error) => vec![bug(&error.to_string())],
        Failure::Proof(_, error) => vec![bug(&error.to_string())],
    }
}

fn bug(what: &str) -> Diagnostic {
    Diagnostic::error(&format!("this is a bug in harden; nothing was written: {what}"), None, None)
}
