//! `--policy` and what goes with it.

use std::path::PathBuf;

use clap::Args;
use jiff::civil::Date;

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
        PolicyOptions { from, today: self.today }
    }
}
