//! `harden prove`: the project as it is, the project as it would be, and for each service that no longer works what does.
//!
//! Calls the stages in their order and says how far it is. What to try is found by `prove::search`, whether it works by
//! `prove::judge`.

mod bench;
mod builds;
mod figures;
mod record;
mod table;
mod trial;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use super::Exit;
use super::console::Console;
use super::jobs::{From, Jobs};
use super::prepare::Failure;
use crate::cli::{Job, Prove};
use crate::docker::{self, Engine};
use crate::report::Verbosity;
use bench::{Bench, Trouble};
use trial::Course;

/// How often the line on a terminal moves.
const TICK: Duration = Duration::from_millis(200);

/// Does what was asked.
pub(super) fn prove(asked: &Prove, console: &mut Console<'_>) -> Exit {
    match asked.job {
        Job::Clean => clean(console),
        Job::Check => record::check(asked, console),
        Job::Run { write } => run(asked, write, console),
    }
}

fn run(asked: &Prove, write: bool, console: &mut Console<'_>) -> Exit {
    let engine = match Engine::find() {
        Ok(engine) => engine,
        Err(absent) => {
            console.error(&absent.to_string(), absent.help());
            return Exit::Failed;
        }
    };
    docker::listen();
    let bar = bar(asked, console);
    let proved = files(asked).and_then(|files| {
        let bench = Bench::new(asked, files)?;
        let course = Course::run(&bench, &mut |line| tell(console, asked, bar.as_ref(), line))?;
        let proved = record::proved(&bench, &engine, course)?;
        bench.sweep()?;
        Ok(proved)
    });
    if let Some(bar) = bar {
        bar.finish_and_clear();
    }
    match proved {
        Ok(proved) => table::tell(&proved, asked, write, console),
        Err(trouble) => fail(&trouble, console),
    }
}

/// The files of the one project.
fn files(asked: &Prove) -> Result<Vec<PathBuf>, Trouble> {
    let mut jobs = Jobs::of(&asked.task);
    if jobs.list.len() > 1 {
        let text = format!("`prove` takes one project, and {} were found", jobs.list.len());
        return Err(Trouble::Plain(text, Some("name its file, or its files with `-f`".to_owned())));
    }
    match jobs.list.pop().map(|job| job.from) {
        Some(From::Files(files)) => Ok(files),
        Some(From::Failed(failure)) => Err(Trouble::Ours(failure)),
        Some(From::Dockerfile(_) | From::Stdin) | None => Err(Trouble::Ours(Failure::Plain {
            text: "no project was found".to_owned(),
            help: Some("name its Compose file".to_owned()),
        })),
    }
}

/// A line that shows how far it is, where someone waits at a terminal.
fn bar(asked: &Prove, console: &Console<'_>) -> Option<ProgressBar> {
    let wanted = console.interactive && asked.task.verbosity > Verbosity::Quiet;
    wanted.then(|| {
        let bar = ProgressBar::new_spinner().with_style(ProgressStyle::default_spinner());
        bar.enable_steady_tick(TICK);
        bar
    })
}

/// How far it is: single trials pass by on a terminal, and stay in a log.
fn tell(console: &mut Console<'_>, asked: &Prove, bar: Option<&ProgressBar>, line: &str) {
    match bar {
        Some(bar) if line.starts_with(' ') => bar.set_message(line.trim().to_owned()),
        Some(bar) => {
            bar.set_message(line.to_owned());
            bar.suspend(|| console.note(&format!("{line}\n")));
        }
        None if asked.task.verbosity > Verbosity::Quiet => console.note(&format!("{line}\n")),
        None => {}
    }
}

fn fail(trouble: &Trouble, console: &mut Console<'_>) -> Exit {
    match trouble {
        Trouble::Ours(failure) => console.failure(failure),
        Trouble::Engine(docker::Failure::Interrupted) => {
            console.error("interrupted; what was started is removed, and nothing was written", None);
        }
        Trouble::Engine(failure) => {
            let help = matches!(failure, docker::Failure::TimedOut { .. } | docker::Failure::NoTime)
                .then_some("`--timeout` gives it more time, `--only` and `--skip` less to do");
            console.error(&format!("{failure}; nothing was written"), help);
        }
        Trouble::Plain(text, help) => console.error(text, help.as_deref()),
    }
    Exit::Failed
}

/// Removes what killed runs have left.
fn clean(console: &mut Console<'_>) -> Exit {
    let swept = match Engine::find().map(|_| docker::sweep(None)) {
        Ok(Ok(swept)) => swept,
        Ok(Err(failure)) => return fail(&failure.into(), console),
        Err(absent) => {
            console.error(&absent.to_string(), absent.help());
            return Exit::Failed;
        }
    };
    let parts = [
        (swept.containers, "container", "containers"),
        (swept.volumes, "volume", "volumes"),
        (swept.networks, "network", "networks"),
        (swept.images, "image", "images"),
        (swept.directories, "directory", "directories"),
    ];
    let removed = parts.iter().filter(|(count, ..)| *count > 0);
    let removed: Vec<String> = removed
        .map(|(count, one, many)| format!("{count} {}", if *count == 1 { one } else { many }))
        .collect();
    let text =
        if removed.is_empty() { "nothing is left".to_owned() } else { removed.join(", ") + " removed" };
    let alive = match swept.alive {
        0 => String::new(),
        1 => "; 1 run still goes on".to_owned(),
        runs => format!("; {runs} runs still go on"),
    };
    console.note(&format!("{text}{alive}\n"));
    Exit::Done
}

/// Controls by service.
type Controls = BTreeMap<String, Vec<crate::prove::search::Control>>;
