//! Does what was asked: one function per mode.
//!
//! Calls the stages in their order and hands what they make to `report` and `write`. Decides nothing but the exit
//! code.

mod about;
mod console;
mod images;
mod merge;
mod prepare;
mod reports;

use std::path::Path;
use std::process::ExitCode;

pub use console::Console;

use crate::cli::{Mode, Request, Task};
use crate::report::{Format, Outcome, Verbosity};
use crate::write::{self, Staged, WriteError};
use prepare::{Failure, Prepared, prepare};
use reports::{Reports, diffs};

/// How it ended; the order is from good to bad.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    /// Done; with `--check`: nothing to change.
    #[default]
    Done,
    /// `--check` found drift.
    Drift,
    /// The job could not be done; nothing was written.
    Failed,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        match exit {
            Exit::Done => Self::from(0),
            Exit::Drift => Self::from(1),
            Exit::Failed => Self::from(2),
        }
    }
}

/// Does what was asked, and tells the console.
pub fn run(request: &Request, console: &mut Console<'_>) -> Exit {
    let exit = match request {
        Request::Harden(task) => harden(task, console),
        Request::Passes => console.data(&about::passes()),
        Request::Explain(pass) => console.data(&about::explain(pass)),
        Request::Merge(asked) => merge::merge(asked, console),
        Request::Images(asked) => images::images(asked, console),
        Request::Man => console.data(&about::man()),
        Request::Completions(shell) => console.data(&about::completions(*shell)),
        Request::Schema(schema) => console.data(about::schema(*schema)),
    };
    exit.max(console.finish())
}

fn harden(task: &Task, console: &mut Console<'_>) -> Exit {
    if task.verbosity > Verbosity::Quiet {
        console.ignored(&task.ignored, &task.inputs);
    }
    if let Some(problem) = reports::unwritable(&task.reports) {
        console.error(&problem, Some("nothing was done; make the directory first"));
        return Exit::Failed;
    }
    let mut reports = Reports::new(task);
    let exit = match &task.mode {
        Mode::Write => write(task, console, &mut reports),
        Mode::Diff => each(task, console, &mut reports, show_diff),
        Mode::Check { .. } => each(task, console, &mut reports, check),
        Mode::Stdout => each(task, console, &mut reports, print),
        Mode::Output(path) => {
            each(task, console, &mut reports, |project, task, console| output(project, task, console, path))
        }
    };
    exit.max(reports.finish(console))
}

/// One project after the other; the worst exit counts.
fn each(
    task: &Task,
    console: &mut Console<'_>,
    reports: &mut Reports<'_>,
    mut mode: impl FnMut(&Prepared, &Task, &mut Console<'_>) -> Exit,
) -> Exit {
    let mut worst = Exit::Done;
    for input in &task.inputs {
        let exit = match prepare(input, task) {
            Ok(project) => {
                let exit = mode(&project, task, console);
                reports.add(&project, Outcome::Shown);
                exit
            }
            Err(failure) => {
                reports.fail(input, &failure);
                fail(&failure, console)
            }
        };
        worst = worst.max(exit);
    }
    worst
}

fn fail(failure: &Failure, console: &mut Console<'_>) -> Exit {
    console.failure(failure);
    Exit::Failed
}

fn show_diff(project: &Prepared, task: &Task, console: &mut Console<'_>) -> Exit {
    let exit = print_diff(project, task, console);
    console.project(project, Outcome::Shown, task.verbosity);
    exit
}

/// Not where standard output is for a document about all projects.
fn print_diff(project: &Prepared, task: &Task, console: &mut Console<'_>) -> Exit {
    if task.format.is_document() { Exit::Done } else { console.diff(&diffs(project).collect::<String>()) }
}

fn check(project: &Prepared, task: &Task, console: &mut Console<'_>) -> Exit {
    let shown = match task.mode {
        Mode::Check { diff: true } => print_diff(project, task, console),
        _ => Exit::Done,
    };
    console.project(project, Outcome::Checked, task.verbosity);
    let found = if !project.verified.is_empty() {
        console.drift(project, task);
        Exit::Drift
    } else if project.unread().is_empty() {
        Exit::Done
    } else {
        console.unsure(project);
        Exit::Failed
    };
    found.max(shown)
}

fn print(project: &Prepared, task: &Task, console: &mut Console<'_>) -> Exit {
    let exit = console.data(project.text());
    console.project(project, Outcome::Shown, task.verbosity);
    exit
}

fn output(project: &Prepared, task: &Task, console: &mut Console<'_>, path: &Path) -> Exit {
    if let Err(error) = write::create(path, project.text()) {
        console.unwritten(&error, &[]);
        return Exit::Failed;
    }
    let exit = if task.format == Format::Diff { print_diff(project, task, console) } else { Exit::Done };
    console.project(project, Outcome::Shown, task.verbosity);
    exit
}

/// All files are proved, and all new texts are on the disk, before the first file is replaced.
fn write(task: &Task, console: &mut Console<'_>, reports: &mut Reports<'_>) -> Exit {
    let (projects, failed) = prepare_all(task, console, reports);
    if failed {
        for project in &projects {
            reports.add(project, Outcome::Shown);
        }
        console.nothing_written();
        return Exit::Failed;
    }
    let staged = projects.iter().flat_map(Prepared::stage).collect::<Result<Vec<_>, _>>();
    if let Err((error, done)) = staged.map_err(|error| (error, Vec::new())).and_then(commit) {
        console.unwritten(&error, &done);
        for project in &projects {
            if project.is_among(&done) {
                reports.add(project, Outcome::Written);
            } else {
                reports.unwritten(project, &error);
            }
        }
        return Exit::Failed;
    }
    let mut exit = Exit::Done;
    for project in &projects {
        if task.format == Format::Diff {
            exit = exit.max(print_diff(project, task, console));
        }
        console.project(project, Outcome::Written, task.verbosity);
        reports.add(project, Outcome::Written);
    }
    exit
}

/// All projects that can be hardened, and whether there are others, once every failure was told.
fn prepare_all(task: &Task, console: &mut Console<'_>, reports: &mut Reports<'_>) -> (Vec<Prepared>, bool) {
    let (mut projects, mut failed) = (Vec::new(), false);
    for input in &task.inputs {
        match prepare(input, task) {
            Ok(project) => projects.push(project),
            Err(failure) => {
                console.failure(&failure);
                reports.fail(input, &failure);
                failed = true;
            }
        }
    }
    (projects, failed)
}

/// Replaces the files in turn; on an error, also says which were replaced before.
fn commit(staged: Vec<Staged>) -> Result<(), (WriteError, Vec<String>)> {
    let mut done = Vec::new();
    for file in staged {
        let name = file.path().display().to_string();
        if let Err(error) = file.commit() {
            return Err((error, done));
        }
        done.push(name);
    }
    Ok(())
}
