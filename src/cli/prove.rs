//! `harden prove`: what may be typed, and what it means.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::input::{inputs, only_compose};
use super::plan::PlanWords;
use super::{Format, Input, Mode, Task, usage};

/// What was typed to prove a project.
#[derive(Args, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "one a flag; `Prove` is what they mean")]
pub(super) struct ProveWords {
    /// The Compose file. Without any: what Compose would take by itself
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
    /// A file of the project; give it several times to lay each over those before it
    #[arg(long = "file", short = 'f', value_name = "FILE", conflicts_with = "file")]
    layers: Vec<PathBuf>,

    /// Change the files in place; without it, the proved diff is printed
    #[arg(long, short, conflicts_with_all = ["check", "clean"])]
    write: bool,
    /// Start nothing; exit 1 if the evidence of a service is missing or stale
    #[arg(long, conflicts_with = "clean")]
    check: bool,
    /// Remove what a run has left that was killed, and do nothing else
    #[arg(long)]
    clean: bool,

    /// Also build each image whose Dockerfile or `.dockerignore` changes, before and after, and run and measure both. This
    /// runs what the Dockerfiles say
    #[arg(long, conflicts_with_all = ["check", "clean"])]
    build: bool,

    #[command(flatten)]
    words: PlanWords,

    /// Let the services write to what is mounted from the host, instead of to copies
    #[arg(long)]
    allow_binds: bool,
    /// Trials for each service that does not work as planned
    #[arg(long, value_name = "NUMBER", default_value_t = 40)]
    rounds: usize,
    /// How long everything may take, such as 30m
    #[arg(long, value_name = "TIME", default_value = "30m", value_parser = time)]
    timeout: Duration,
    /// How long a service may take until it is up
    #[arg(long, value_name = "TIME", default_value = "90s", value_parser = time)]
    patience: Duration,
    /// How long a service without a healthcheck must run to be up
    #[arg(long, value_name = "TIME", default_value = "5s", value_parser = time)]
    settle: Duration,

    /// How to print what was found
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    /// Print only errors and the diff
    #[arg(long, short)]
    quiet: bool,
}

/// What to prove, with everything settled.
#[derive(Debug)]
pub struct Prove {
    /// The project, and what may be written without having been tried.
    pub task: Task,
    /// What is to be done.
    pub job: Job,
    /// Whether what changes in a build is built, before and after.
    pub build: bool,
    /// Whether services may write to what is mounted.
    pub allow_binds: bool,
    /// Trials for each service.
    pub rounds: usize,
    /// How long everything may take.
    pub timeout: Duration,
    /// How long a service may take until it is up.
    pub patience: Duration,
    /// How long one without a healthcheck must run.
    pub settle: Duration,
    /// How to print what was found.
    pub format: Format,
}

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Job {
    /// Run the project, and print or write what was proved.
    Run {
        /// Change the files.
        write: bool,
    },
    /// Look whether there is evidence.
    Check,
    /// Remove what is left.
    Clean,
}

impl ProveWords {
    /// What was meant.
    pub(super) fn settled(self) -> Result<Prove, clap::Error> {
        let files: Vec<PathBuf> = self.file.into_iter().collect();
        let inputs = inputs(&files, &self.layers, &[])?;
        if inputs.contains(&Input::Stdin) {
            return Err(usage("standard input lies nowhere, so it cannot be run; name a file"));
        }
        only_compose(&inputs, "harden prove")?;
        let job = match (self.check, self.clean) {
            (true, _) => Job::Check,
            (_, true) => Job::Clean,
            _ => Job::Run { write: self.write },
        };
        let mut task = self.words.task(inputs, Mode::Diff, self.quiet);
        // it has a time of its own
        task.load.deadline = None;
        Ok(Prove {
            task,
            job,
            build: self.build,
            allow_binds: self.allow_binds,
            rounds: self.rounds,
            timeout: self.timeout,
            patience: self.patience,
            settle: self.settle,
            format: self.format,
        })
    }
}

/// `90s`, `30m`, `1h`.
fn time(text: &str) -> Result<Duration, String> {
    let expected = || "expected a time such as 90s, 30m or 1h".to_owned();
    let unit = [("s", 1), ("m", 60), ("h", 3600)].into_iter().find(|(unit, _)| text.ends_with(unit));
    let (unit, factor) = unit.ok_or_else(expected)?;
    let number: u64 = text.trim_end_matches(unit).parse().map_err(|_| expected())?;
    number.checked_mul(factor).filter(|time| *time > 0).map(Duration::from_secs).ok_or_else(expected)
}

#[cfg(test)]
mod tests {
    use super::time;
    use std::time::Duration;

    #[test]
    fn times() {
        assert_eq!(time("90s"), Ok(Duration::from_secs(90)));
        assert_eq!(time("2h"), Ok(Duration::from_secs(7200)));
        for text in ["", "s", "0m", "5", "-1s", "1d"] {
            assert!(time(text).is_err(), "{text}");
        }
    }
}
