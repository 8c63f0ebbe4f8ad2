//! The words of every command that plans: how sure to be, by which policy, which passes, and with which variables.
//!
//! Each command adds its own words to the options that these give.

use std::path::PathBuf;

use clap::Args;

use super::bounds::{self, BoundWords};
use super::policy::PolicyWords;
use super::value::{PassParser, size};
use super::{Input, Mode, Task};
use crate::compose::stack::Target;
use crate::load;
use crate::pipeline;
use crate::plan::{Level, PassId, Style};
use crate::report::{self, Verbosity};

/// What was typed about the plan.
#[derive(Args, Debug)]
pub(super) struct PlanWords {
    /// How sure harden must be of what it writes [default: the policy's, else standard]
    #[arg(long, value_enum)]
    level: Option<Level>,
    #[command(flatten)]
    policy: PolicyWords,
    /// Trust nothing that is built in of images: only Dockerfiles, the policy and evidence
    #[arg(long)]
    no_catalogue: bool,
    /// Run only these passes
    #[arg(long, value_name = "PASS", value_delimiter = ',', value_parser = PassParser, hide_possible_values = true)]
    only: Vec<PassId>,
    /// Do not run these passes
    #[arg(long, value_name = "PASS", value_delimiter = ',', value_parser = PassParser, hide_possible_values = true)]
    skip: Vec<PassId>,
    /// Read the variables of `${NAME}` from this file, in place of `.env` beside the Compose file. May be repeated: a
    /// later file wins
    #[arg(long, value_name = "FILE")]
    env_file: Vec<PathBuf>,
    #[command(flatten)]
    bounds: BoundWords,
}

impl PlanWords {
    /// Where the policy is.
    pub(super) fn policy(&self) -> load::PolicyOptions {
        self.policy.settled()
    }

    /// Level and passes.
    pub(super) fn plan(&self) -> pipeline::Options {
        pipeline::Options {
            level: self.level.unwrap_or_default(),
            level_is_given: self.level.is_some(),
            only: self.only.clone(),
            skip: self.skip.clone(),
            no_catalogue: self.no_catalogue,
            ..pipeline::Options::default()
        }
    }

    /// Where the variables are.
    pub(super) fn load(&self) -> load::Options {
        load::Options { env_files: self.env_file.clone(), ..self.bounds.settled() }
    }

    /// The task of a command that prints in its own way.
    pub(super) fn task(&self, inputs: Vec<Input>, mode: Mode, quiet: bool) -> Task {
        let load = load::Options { trusted: bounds::trusted(&inputs), ..self.load() };
        Task {
            inputs,
            overlay: None,
            mode,
            policy: self.policy(),
            plan: self.plan(),
            load,
            verbosity: if quiet { Verbosity::Quiet } else { Verbosity::Normal },
            format: report::Format::default(),
            reports: Vec::new(),
            annotate: false,
        }
    }
}

/// What was typed about how projects are read and for whom they are planned.
#[derive(Args, Debug)]
pub(super) struct ProjectWords {
    #[command(flatten)]
    plan: PlanWords,
    /// Let the variables of the shell win over those of the files, as Compose does. Off by default: the same files
    /// then give the same result on every machine and in CI. A variable that is in no file is not known, and what
    /// depends on it is left as it is
    #[arg(long)]
    shell_env: bool,
    /// Who is to run the file
    #[arg(long, value_enum, default_value = "compose")]
    pub(super) target: Target,
    /// How changes are laid out
    #[arg(long, value_enum, default_value = "blocks")]
    pub(super) style: Style,
    /// Also change included files that lie outside the project's directory
    #[arg(long)]
    outside: bool,
    /// Largest file that is read, such as 64m
    #[arg(long, value_name = "SIZE", value_parser = size)]
    max_size: Option<u64>,
}

impl ProjectWords {
    /// Where the policy is.
    pub(super) fn policy(&self) -> load::PolicyOptions {
        self.plan.policy()
    }

    /// Level, passes, and for whom.
    pub(super) fn plan(&self) -> pipeline::Options {
        pipeline::Options {
            target: self.target,
            outside: self.outside,
            style: self.style,
            ..self.plan.plan()
        }
    }

    /// How files are read.
    pub(super) fn load(&self) -> load::Options {
        load::Options {
            max_bytes: self.max_size.unwrap_or(load::Options::default().max_bytes),
            shell: if self.shell_env { load::shell() } else { Vec::new() },
            ..self.plan.load()
        }
    }

    /// The task of a command that prints in its own way.
    pub(super) fn task(&self, inputs: Vec<Input>, mode: Mode) -> Task {
        let task = self.plan.task(inputs, mode, false);
        let load = load::Options { trusted: task.load.trusted, ..self.load() };
        Task { plan: self.plan(), load, ..task }
    }
}
