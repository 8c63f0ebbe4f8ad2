//! The words of every command that plans: how sure to be, by which policy, which passes, and with which variables.
//!
//! Each command adds its own words to the options that these give.

use std::path::PathBuf;

use clap::Args;

use super::policy::PolicyWords;
use super::value::pass_id;
use crate::load;
use crate::pipeline;
use crate::plan::{Level, PassId};

/// What was typed about the plan.
#[derive(Args, Debug)]
pub(super) struct PlanWords {
    /// How sure harden must be of what it writes [default: the policy's, else standard]
    #[arg(long, value_enum)]
    level: Option<Level>,
    #[command(flatten)]
    policy: PolicyWords,
    /// Run only these passes
    #[arg(long, value_name = "PASS", value_delimiter = ',', value_parser = pass_id)]
    only: Vec<PassId>,
    /// Do not run these passes
    #[arg(long, value_name = "PASS", value_delimiter = ',', value_parser = pass_id)]
    skip: Vec<PassId>,
    /// Read the variables of `${NAME}` from this file, in place of `.env` beside the Compose file. May be repeated: a
    /// later file wins
    #[arg(long, value_name = "FILE")]
    env_file: Vec<PathBuf>,
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
            ..pipeline::Options::default()
        }
    }

    /// Where the variables are.
    pub(super) fn load(&self) -> load::Options {
        load::Options { env_files: self.env_file.clone(), ..load::Options::default() }
    }
}
