//! Does what was asked: one function per mode.
//!
//! Calls the stages in their order and hands what they make to `report` and `write`. Decides nothing but the exit
//! code.

mod about;
mod console;
mod images;
mod prepare;

use std::path::Path;
use std::process::ExitCode;

pub use console::Console;

use crate::cli::{Mode, Request, Task};
use crate::report::{Outcome, Verbosity, diff};
use crate::write::{self, Staged, WriteError};
use prepare::{Failure, Prepared, prepare};

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
        Request::Images(asked) => images::images(asked, console),
        Request::Completions(shell) => console.data(&about::completions(*shell)),
        Request::Schema(schema) => console.data(about::schema(*schema)),
    };
    exit.max(console.finish())
}

fn harden(task: &Task, console: &mut Console<'_>) -> Exit {
    if task.verbosity > Verbosity::Quiet {
        console.ignored(&task.ignored, &task.inputs);
    }
    match &task.mode {
        Mode::Write => write(task, console),
        Mode::Diff => each(task, console, show_diff),
        Mode::Check { .. } => each(task, console, check),
        Mode::Stdout => each(task, console, print),
        Mode::Output(path) => {
            each(task, console, |project, task, console| output(project, task, console, path))
        }
    }
}

/// One project after the other; the worst exit counts.
fn each(
    task: &Task,
    console: &mut Console<'_>,
    mut mode: impl FnMut(&Prepared, &Task, &mut Console<'_>) -> Exit,
) -> Exit {
    let mut worst = Exit::Done;
    for input in &task.inputs {
        let exit = match prepare(input, task) {
            Ok(project) => mode(&project, task, console),
            Err(failure) => fail(&failure, console),
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
    let exit = print_diff(project, console);
    console.project(project, Outcome::Shown, task.verbosity);
    exit
}

fn print_diff(project: &Prepared, console: &mut Console<'_>) -> Exit {
    let diffs = project.verified.iter().map(|file| diff::unified(project.tree.source(file.file()), file));
    console.diff(&diffs.collect::<String>())
}

fn check(project: &Prepared, task: &Task, console: &mut Console<'_>) -> Exit {
    let shown = match task.mode {
        Mode::Check { diff: true } => print_diff(project, console),
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
    console.project(project, Outcome::Shown, task.verbosity);
    Exit::Done
}

/// All files are proved, and all new texts are on the disk, before the first file is replaced.
fn write(task: &Task, console: &mut Console<'_>) -> Exit {
    let Some(projects) = prepare_all(task, console) else {
        console.nothing_written();
        return Exit::Failed;
    };
    let staged = projects.iter().flat_map(Prepared::stage).collect::<Result<Vec<_>, _>>();
    if let Err((error, done)) = staged.map_err(|error| (error, Vec::new())).and_then(commit) {
        console.unwritten(&error, &done);
        return Exit::Failed;
    }
    for project in &projects {
        console.project(project, Outcome::Written, task.verbosity);
    }
    Exit::Done
}

/// All projects, or nothing once every failure was told.
fn prepare_all(task: &Task, console: &mut Console<'_>) -> Option<Vec<Prepared>> {
    let (mut projects, mut failed) = (Vec::new(), false);
    for input in &task.inputs {
        match prepare(input, task) {
            Ok(project) => projects.push(project),
            Err(failure) => {
                console.failure(&failure);
                failed = true;
            }
        }
    }
    (!failed).then_some(projects)
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
