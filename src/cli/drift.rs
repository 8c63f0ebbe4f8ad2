//! `harden drift`: what may be typed, and what it means.

use std::path::PathBuf;

use clap::Args;

use super::format::{apart, destination};
use super::input::{inputs, only_compose};
use super::{Destination, Input, Mode, Task, usage};
use crate::load::{self, PolicyFrom, PolicyOptions};
use crate::pipeline;
use crate::report::{Format, Verbosity};

/// What was typed to compare what runs with what is written.
#[derive(Args, Debug)]
pub(super) struct DriftWords {
    /// Compose files or directories, as for `harden` itself
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    /// A file of one project; give it several times to lay each over those before it
    #[arg(long = "file", short = 'f', value_name = "FILE", conflicts_with = "files")]
    layers: Vec<PathBuf>,
    /// What Compose calls the project. Without it: `COMPOSE_PROJECT_NAME` in `.env`, `name` in the file, or the folder
    #[arg(long, short, value_name = "NAME")]
    project_name: Option<String>,
    /// The directory that the paths in the files of the project start from, and that its `.env` is in
    #[arg(long, value_name = "DIR")]
    project_directory: Option<PathBuf>,
    /// Read the variables of `${NAME}` from this file, in place of `.env` beside the Compose file. May be repeated: a
    /// later file wins
    #[arg(long, value_name = "FILE")]
    env_file: Vec<PathBuf>,
    /// Let the variables of the shell win over those of the files, as Compose does
    #[arg(long)]
    shell_env: bool,

    /// What to print to standard output; never changes the exit code
    #[arg(long, value_enum, value_name = "FORMAT", default_value = "text")]
    format: Format,
    /// Also write what was found to a file, such as sarif=drift.sarif; as often as needed
    #[arg(long = "report", value_name = "FORMAT=FILE", value_parser = destination)]
    reports: Vec<Destination>,
    /// Print only errors, and what was found
    #[arg(long, short)]
    quiet: bool,
}

/// What to compare, with everything settled.
#[derive(Debug)]
pub struct Drift {
    /// The projects, and how to tell of them.
    pub task: Task,
    /// What Compose calls the one project, where that is said.
    pub name: Option<String>,
}

impl DriftWords {
    /// What was meant.
    pub(super) fn settled(self) -> Result<Drift, clap::Error> {
        let inputs = inputs(&self.files, &self.layers, &[])?;
        only_compose(&inputs, "harden drift")?;
        let mut formats = self.reports.iter().map(|report| report.format).chain([self.format]);
        if formats.any(|format| format == Format::Diff) {
            return Err(usage("what runs has no text, so there is no diff; every other format can be had"));
        }
        let taken: Vec<PathBuf> = inputs.iter().flat_map(Input::paths).cloned().collect();
        apart(&self.reports, &taken)?;
        let shell = if self.shell_env { load::shell() } else { Vec::new() };
        let load = load::Options {
            project_directory: self.project_directory,
            env_files: self.env_file,
            trusted: taken.into_iter().collect(),
            shell,
            ..load::Options::default()
        };
        let task = Task {
            inputs,
            overlay: None,
            mode: Mode::Check { diff: false },
            policy: PolicyOptions { from: PolicyFrom::Found, baseline: PolicyFrom::Nothing, today: None },
            plan: pipeline::Options::default(),
            load,
            verbosity: if self.quiet { Verbosity::Quiet } else { Verbosity::Normal },
            format: self.format,
            reports: self.reports,
            annotate: std::env::var_os("GITHUB_ACTIONS").is_some_and(|value| value == "true"),
        };
        Ok(Drift { task, name: self.project_name })
    }
}
