//! Does what was asked: one function per mode.
//!
//! Calls the stages in their order and hands what they make to `report` and `write`. Decides nothing but the exit
//! code.

mod about;
mod baseline;
mod console;
mod drift;
mod evidence;
mod explain;
mod images;
mod init;
mod jobs;
mod merge;
mod policy;
mod prepare;
mod progress;
mod prove;
mod reports;
mod session;
mod shared;
mod tally;

use std::num::NonZero;
use std::process::ExitCode;
use std::sync::Mutex;
use std::thread;

pub use console::Console;

use crate::cli::{Input, Mode, Request, Task};
use crate::compose::stack::Target;
use crate::report::Verbosity;
use jobs::{Job, Jobs};
use prepare::Failure;
use session::Session;
use shared::Shared;

/// The stack of a thread, in bytes: that of the first one.
const STACK: usize = 8 << 20;

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
        Request::Prove(asked) => prove::prove(asked, console),
        Request::Drift(asked) => drift::drift(asked, console),
        Request::Passes => console.data(&about::passes()),
        Request::Explain(pass) => console.painted(&about::explain(pass)),
        Request::Merge(asked) => merge::merge(asked, console),
        Request::Images(asked) => images::images(asked, console),
        Request::Man => console.data(&about::man()),
        Request::Completions(shell) => console.data(&about::completions(*shell)),
        Request::Schema(schema) => console.data(about::schema(*schema)),
    };
    exit.max(console.finish())
}

fn harden(task: &Task, console: &mut Console<'_>) -> Exit {
    if let Some(problem) = reports::unwritable(&task.reports) {
        console.error(&problem, Some("nothing was done; make the directory first"));
        return Exit::Failed;
    }
    threads(task);
    let mut jobs = Jobs::of(task);
    if task.verbosity > Verbosity::Quiet
        && let Some((used, other)) = &jobs.ignored
    {
        console.ignored(used, other);
    }
    if let Some((problem, help)) = unfit(task, &jobs) {
        console.error(problem, Some(help));
        return Exit::Failed;
    }
    if jobs.list.is_empty() && task.verbosity > Verbosity::Quiet {
        console.warning("the list names no file");
    }
    let shared = Shared::of(&mut jobs, task);
    let mut session = Session::new(task, console, &jobs);
    let worst = match &task.mode {
        Mode::Write => session.write(jobs.list, &shared),
        Mode::Diff => session.each(jobs.list, &shared, Session::show_diff),
        Mode::Baseline { prune } => baseline::write(&mut session, jobs.list, &shared, *prune),
        Mode::Init => init::write(&mut session, jobs.list, &shared),
        Mode::Explain { pass, service } => {
            explain::explain(&mut session, jobs.list, &shared, (pass, service.as_deref()))
        }
        Mode::Policy => session.each(jobs.list, &shared, policy::show),
        Mode::Check { .. } => session.each(jobs.list, &shared, Session::check),
        Mode::Stdout => session.each(jobs.list, &shared, Session::print),
        Mode::Output(path) => {
            session.each(jobs.list, &shared, |session, project| session.output(project, path))
        }
    };
    session.end(worst, &jobs.skipped)
}

/// What walks a tree of nodes may go deeper than the small stacks of other threads are made for.
fn threads(task: &Task) {
    let is_several = |input: &Input| match input {
        Input::File(path) => path.is_dir(),
        Input::List(_) => true,
        _ => false,
    };
    // one file needs no others, and starting them takes as long as reading it
    if task.inputs.len() > 1 || task.inputs.iter().any(is_several) {
        let builder = rayon::ThreadPoolBuilder::new().stack_size(STACK);
        let wanted = thread::available_parallelism().map_or(1, NonZero::get);
        let builder = match possible(wanted) {
            0 => builder.num_threads(1).use_current_thread(),
            fewer if fewer < wanted => builder.num_threads(fewer),
            _ => builder,
        };
        // they may be there already, and then they do
        let _ = builder.build_global();
    }
}

/// How many threads the system gives us at once: a limit on processes may leave none, and `rayon` takes that for a bug.
fn possible(wanted: usize) -> usize {
    let at_work = Mutex::new(());
    thread::scope(|scope| {
        let held = at_work.lock();
        let spawn = || thread::Builder::new().stack_size(STACK).spawn_scoped(scope, || drop(at_work.lock()));
        let threads = (0..wanted).map_while(|_| spawn().ok()).count();
        drop(held);
        threads
    })
}

/// What only the files that were found can tell: how they and the mode go together.
fn unfit(task: &Task, jobs: &Jobs) -> Option<(&'static str, &'static str)> {
    let for_dockerfiles = jobs.list.iter().any(Job::is_dockerfile).then(|| only_for_compose(task)).flatten();
    if for_dockerfiles.is_some() {
        return for_dockerfiles;
    }
    if jobs.list.len() < 2 {
        return None;
    }
    match task.mode {
        Mode::Stdout | Mode::Output(_) => {
            Some(("`--stdout` and `--output` take one project", "use `--write` or `--diff` for several"))
        }
        _ if task.overlay.is_some() => Some(("`--overlay` takes one project", "name its files with `-f`")),
        _ if task.load.project_directory.is_some() => {
            Some(("`--project-directory` takes one project", "name its files with `-f`"))
        }
        _ => None,
    }
}

/// What cannot be done with a Dockerfile by itself.
fn only_for_compose(task: &Task) -> Option<(&'static str, &'static str)> {
    let service = "name the Compose file whose service is built from it";
    match task.mode {
        _ if task.overlay.is_some() => {
            Some(("`--overlay` lies over Compose files, and a Dockerfile is none", service))
        }
        _ if task.plan.target == Target::Swarm => {
            Some(("`docker stack deploy` builds nothing, so `--target swarm` takes no Dockerfile", service))
        }
        _ if task.load.project_directory.is_some() => Some((
            "`--project-directory` is for Compose files; a Dockerfile is built in its own directory",
            service,
        )),
        Mode::Stdout | Mode::Output(_) => Some((
            "`--stdout` and `--output` print one text, and a Dockerfile has a `.dockerignore` beside it",
            "use `--diff` or `--write`",
        )),
        _ => None,
    }
}

fn fail(failure: &Failure, console: &mut Console<'_>) -> Exit {
    console.failure(failure);
    Exit::Failed
}
