//! `--policy` and what goes with it; `harden baseline`, `harden init` and `harden policy`.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use jiff::civil::Date;

use super::input::inputs;
use super::plan::PlanWords;
use super::{Input, Mode, Task, usage};
use crate::load::{PolicyFrom, PolicyOptions};

/// What was typed about the policy.
#[derive(Args, Debug)]
pub(super) struct PolicyWords {
    /// The policy. Without it: the nearest `.harden.yml` from the project's folder up to the root of its repository
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// Read no policy, not even `x-harden` in the Compose files
    #[arg(long, conflicts_with = "policy")]
    no_policy: bool,
    /// The baseline: `--check` fails only on what is not in it. Without it: the nearest `.harden-baseline.yml`, as the
    /// policy
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
    /// Read no baseline
    #[arg(long, conflicts_with = "baseline")]
    no_baseline: bool,
    /// The day for which waivers are judged
    #[arg(long, value_name = "DAY", hide = true)]
    today: Option<Date>,
}

impl PolicyWords {
    /// What was meant.
    pub(super) fn settled(&self) -> PolicyOptions {
        let from = match &self.policy {
            _ if self.no_policy => PolicyFrom::Nothing,
            Some(path) => PolicyFrom::File(path.clone()),
            None => PolicyFrom::Found,
        };
        let baseline = match &self.baseline {
            _ if self.no_baseline => PolicyFrom::Nothing,
            Some(path) => PolicyFrom::File(path.clone()),
            None => PolicyFrom::Found,
        };
        PolicyOptions { from, baseline, today: self.today }
    }
}

/// Work with the policy.
#[derive(Debug, Subcommand)]
pub(super) enum PolicyCommand {
    /// Print every value that holds for a project, and the line that sets it
    Show(LookWords),
}

/// Files and how they are looked at, for what is written or told about the policy.
#[derive(Args, Debug)]
pub(super) struct LookWords {
    /// Compose files, Dockerfiles or directories, as for `harden` itself
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    /// A file of one project; give it several times to lay each over those before it
    #[arg(long = "file", short = 'f', value_name = "FILE", conflicts_with = "files")]
    layers: Vec<PathBuf>,
    #[command(flatten)]
    words: PlanWords,
    /// Print only errors
    #[arg(long, short)]
    quiet: bool,
}

impl LookWords {
    /// What was meant.
    pub(super) fn task(self, mode: Mode) -> Result<Task, clap::Error> {
        let inputs = inputs(&self.files, &self.layers, &[])?;
        if mode != Mode::Policy && inputs.contains(&Input::Stdin) {
            return Err(usage(
                "standard input lies nowhere, so there is no folder to write into; name a file",
            ));
        }
        Ok(self.words.task(inputs, mode, self.quiet))
    }
}
