//! The command line: what may be typed, and what it means.
//!
//! [`Cli`] is what was typed; [`Request`] is what it means once defaults and contradictions are settled. Reads no
//! user file and does no work.

mod bounds;
mod drift;
mod explain;
mod format;
mod input;
mod overlay;
mod plan;
mod policy;
mod prove;
mod schema;
#[cfg(test)]
mod tests;
mod value;

use std::path::PathBuf;

use anstream::ColorChoice;
use clap::{Args, CommandFactory as _, Parser, Subcommand, ValueEnum};

use crate::load;
use crate::pipeline;
use crate::plan::{Level, PassId};
use crate::report::{self, Verbosity};
use drift::DriftWords;
use explain::ExplainWords;
use format::{Formats, Stored};
use input::{agree, inputs};
use plan::ProjectWords;
use policy::{LookWords, PolicyCommand};
use prove::ProveWords;
use value::image;

pub use drift::Drift;
pub use format::{Destination, Merge};
pub use input::Input;
pub use prove::{Job, Prove};
pub use schema::Schema;

const EXAMPLES: &str = "\
Examples:
  harden compose.yml              show what would change, as a diff
  harden compose.yml --write      change the file in place
  harden compose.yml --check      fail if the file is not what harden would write
  harden . --check                the same for every project below this directory
  harden Dockerfile               the same for an image alone: its build, and what travels to the builder
  harden - < compose.yml          read standard input, print the hardened file
  harden --level safe             only what cannot go wrong, in ./compose.yaml
  harden explain read_only        what a pass does, why, and how it fails
  harden prove compose.yml        start it before and after, and show that it still works
  harden drift compose.yml        whether the containers that run are what the file says
  harden images postgres:16       what is known of an image, and what that makes of a service";

const EXIT_CODES: &str = "\
Exit codes:
  0  done; with --check: nothing to change
  1  --check found a file that is not what harden would write; prove found a service that no longer works;
     drift found a container that is not what the file says
  2  could not do the job; nothing was written";

/// Make a Docker Compose file production-safe, and prove that it still means the same
#[derive(Debug, Parser)]
#[command(
    version,
    about,
    args_conflicts_with_subcommands = true,
    help_template = concat!(
        "{about}\n\n{before-help}{usage-heading} {usage}\n\n{all-args}{after-help}"
    ),
    before_help = EXAMPLES,
    after_help = EXIT_CODES,
    override_usage = "harden [OPTIONS] [FILE]...\n       harden <COMMAND>"
)]
pub struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    harden: Harden,
    /// When to use colours (`NO_COLOR` is honoured)
    #[arg(long, value_enum, value_name = "WHEN", default_value = "auto", global = true)]
    color: Color,
}

/// Everything but hardening.
#[derive(Debug, Subcommand)]
enum Command {
    /// List the passes
    Passes,
    /// Say what a pass does, why, and how it fails; with files, what it decides in them and on what grounds
    Explain(ExplainWords),
    /// List the images that harden knows, or tell all that is known of some
    Images {
        /// Images as in `image:`, such as postgres:16-alpine. Without any: every family of images
        #[arg(value_name = "IMAGE", value_parser = image)]
        images: Vec<String>,
        /// How sure harden must be of what it writes into a service of such an image
        #[arg(long, value_enum, default_value = "standard")]
        level: Level,
        /// How to print it
        #[arg(long, value_enum, default_value = "text")]
        format: Format,
    },
    /// Record what is wrong today, so that `--check` fails only on what is new
    Baseline {
        #[command(flatten)]
        look: LookWords,
        /// Only take out what is fixed; add nothing
        #[arg(long)]
        prune: bool,
    },
    /// Write a policy to start from: `.harden.yml`, with what these files need
    Init(LookWords),
    /// Start a project as it is and as it would be, and find with which controls each service still does its job
    Prove(ProveWords),
    /// Compare the containers that run with what the file says; exit 1 if they differ
    ///
    /// Looks at every container of the Compose project: image, limits, init, user, read-only root, capabilities, privileges,
    /// namespaces of the host and logging. What the file says must be what runs, and what it does not say may not be
    /// more than Compose would give. `docker stack deploy` is not looked at.
    Drift(DriftWords),
    /// Work with the policy
    #[command(subcommand)]
    Policy(PolicyCommand),
    /// Merge stored JSON reports, and print them in any format
    #[command(subcommand)]
    Report(Stored),
    /// Print the man page
    Man,
    /// Print shell completions
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print a JSON Schema
    Schema {
        /// Of what
        schema: Schema,
    },
}

/// What was typed to harden files.
#[derive(Args, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "one a flag; `Task` is what they mean")]
struct Harden {
    /// Compose files, each a project of its own; Dockerfiles, each by itself; or directories: every Compose project in
    /// them. `-` is standard input. Without any: what `COMPOSE_FILE` in `.env` names, or compose.yaml, compose.yml,
    /// docker-compose.yaml or docker-compose.yml in this directory
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Read the names of files and directories from this file, one a line or with a NUL after each; `-` is standard
    /// input. May be repeated
    #[arg(long, value_name = "FILE", conflicts_with = "layers")]
    files_from: Vec<PathBuf>,
    /// A file of one project; give it several times to lay each over those before it, as Compose does
    #[arg(long = "file", short = 'f', value_name = "FILE", conflicts_with = "files")]
    layers: Vec<PathBuf>,
    /// The directory that the paths in the files of the project start from, and that its `.env` is in
    #[arg(long, value_name = "DIR")]
    project_directory: Option<PathBuf>,

    /// Leave the files of the project alone, and write into this file, which Compose is to lay over them. It is made
    /// where it is not there; what else it says is kept
    #[arg(long, value_name = "FILE")]
    overlay: Option<PathBuf>,

    /// Print a unified diff (the default)
    #[arg(long, conflicts_with_all = ["write", "stdout", "output"], help_heading = "Output")]
    diff: bool,
    /// Change the files in place
    #[arg(long, short, conflicts_with_all = ["check", "stdout", "output"], help_heading = "Output")]
    write: bool,
    /// Change nothing; exit 1 if a file is not what harden would write
    #[arg(long, conflicts_with_all = ["stdout", "output"], help_heading = "Output")]
    check: bool,
    /// Print the hardened file (the default for standard input)
    #[arg(long, conflicts_with = "output", help_heading = "Output")]
    stdout: bool,
    /// Write the hardened file here
    #[arg(long, short, value_name = "FILE", help_heading = "Output")]
    output: Option<PathBuf>,

    #[command(flatten)]
    words: ProjectWords,

    /// Print only errors, and what `--check` found
    #[arg(long, short, conflicts_with = "verbose", help_heading = "Output")]
    quiet: bool,
    /// Also say what is there already, what is left alone, and why each value was chosen
    #[arg(long, short, help_heading = "Output")]
    verbose: bool,

    #[command(flatten)]
    formats: Formats,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Color {
    Auto,
    Always,
    Never,
}

/// How facts are printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For a person
    #[default]
    Text,
    /// For a program; `harden schema images` describes it
    Json,
}

/// What is to be done.
#[derive(Debug)]
pub enum Request {
    /// Harden files. In a box, because the others are small.
    Harden(Box<Task>),
    /// Run a project. In a box, as above.
    Prove(Box<Prove>),
    /// Compare what runs. In a box, as above.
    Drift(Box<Drift>),
    /// List the passes.
    Passes,
    /// Say what a pass does.
    Explain(PassId),
    /// Tell what is known of images.
    Images(Images),
    /// Merge stored reports.
    Merge(Merge),
    /// Print the man page.
    Man,
    /// Print completions.
    Completions(clap_complete::Shell),
    /// Print a schema.
    Schema(Schema),
}

/// Which images, and how to tell of them.
#[derive(Debug)]
pub struct Images {
    /// Images as in `image:`; every family of images when empty.
    pub names: Vec<String>,
    /// For what harden would do to a service of such an image.
    pub level: Level,
    /// How to print it.
    pub format: Format,
}

/// Hardening, with everything settled.
#[derive(Debug)]
pub struct Task {
    /// What to read; never empty.
    pub inputs: Vec<Input>,
    /// The file that lies over those of the project, and alone is to be changed.
    pub overlay: Option<PathBuf>,
    /// What to do with the result.
    pub mode: Mode,
    /// Where the policy is, and what day it is.
    pub policy: load::PolicyOptions,
    /// Level and passes, before the policy has its say.
    pub plan: pipeline::Options,
    /// Bounds on what is read.
    pub load: load::Options,
    /// How much to say.
    pub verbosity: Verbosity,
    /// What to print to standard output.
    pub format: report::Format,
    /// Reports to write.
    pub reports: Vec<Destination>,
    /// Whether GitHub shows annotations that are printed.
    pub annotate: bool,
}

/// What to do with the result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Print a unified diff.
    Diff,
    /// Replace the files.
    Write,
    /// Fail on drift.
    Check {
        /// Print the diff too.
        diff: bool,
    },
    /// Print the new text.
    Stdout,
    /// Write the new text to this file.
    Output(PathBuf),
    /// Write what is wrong to the baseline.
    Baseline {
        /// Only take out what is fixed.
        prune: bool,
    },
    /// Write a policy to start from.
    Init,
    /// Print the policy.
    Policy,
    /// Say what a pass decided, and on what grounds.
    Explain {
        /// The pass.
        pass: PassId,
        /// Only for the service of this name.
        service: Option<String>,
    },
}

impl Cli {
    /// The colours asked for.
    #[must_use]
    pub fn color(&self) -> ColorChoice {
        match self.color {
            Color::Auto => ColorChoice::Auto,
            Color::Always => ColorChoice::Always,
            Color::Never => ColorChoice::Never,
        }
    }

    /// What was meant.
    ///
    /// # Errors
    /// When the words contradict each other, or no file was named and none is there.
    pub fn request(self) -> Result<Request, clap::Error> {
        Ok(match self.command {
            Some(Command::Passes) => Request::Passes,
            Some(Command::Explain(words)) => words.request()?,
            Some(Command::Images { images: names, level, format }) => {
                Request::Images(Images { names, level, format })
            }
            Some(Command::Report(Stored::Merge(words))) => Request::Merge(words.settled()?),
            Some(Command::Baseline { look, prune }) => {
                Request::Harden(look.task(Mode::Baseline { prune })?.into())
            }
            Some(Command::Prove(words)) => Request::Prove(words.settled()?.into()),
            Some(Command::Drift(words)) => Request::Drift(words.settled()?.into()),
            Some(Command::Init(look)) => Request::Harden(look.task(Mode::Init)?.into()),
            Some(Command::Policy(PolicyCommand::Show(look))) => {
                Request::Harden(look.task(Mode::Policy)?.into())
            }
            Some(Command::Man) => Request::Man,
            Some(Command::Completions { shell }) => Request::Completions(shell),
            Some(Command::Schema { schema }) => Request::Schema(schema),
            None => Request::Harden(self.harden.task()?.into()),
        })
    }
}

impl Harden {
    fn task(self) -> Result<Task, clap::Error> {
        let inputs = inputs(&self.files, &self.layers, &self.files_from)?;
        let mode = self.mode(&inputs);
        agree(&inputs, &mode)?;
        overlay::agree(self.overlay.as_deref(), &inputs, &mode, (self.words.target, self.words.style))?;
        self.formats.agree(self.diff, &inputs, &mode)?;
        let load = self.load(&inputs);
        Ok(Task {
            inputs,
            mode,
            policy: self.words.policy(),
            verbosity: self.verbosity(),
            load,
            overlay: self.overlay,
            format: self.formats.format.unwrap_or_default(),
            reports: self.formats.reports,
            annotate: std::env::var_os("GITHUB_ACTIONS").is_some_and(|value| value == "true"),
            plan: self.words.plan(),
        })
    }

    fn load(&self, inputs: &[Input]) -> load::Options {
        let trusted = bounds::trusted(inputs);
        load::Options { project_directory: self.project_directory.clone(), trusted, ..self.words.load() }
    }

    fn mode(&self, inputs: &[Input]) -> Mode {
        let format = self.formats.format.unwrap_or_default();
        let diff = self.diff || format == report::Format::Diff;
        match &self.output {
            Some(path) => Mode::Output(path.clone()),
            None if self.write => Mode::Write,
            None if self.check => Mode::Check { diff },
            None if self.stdout => Mode::Stdout,
            None if !diff && !format.is_document() && inputs == [Input::Stdin] => Mode::Stdout,
            None => Mode::Diff,
        }
    }

    fn verbosity(&self) -> Verbosity {
        match (self.quiet, self.verbose) {
            (true, _) => Verbosity::Quiet,
            (_, true) => Verbosity::Verbose,
            _ => Verbosity::Normal,
        }
    }
}

fn usage(problem: &str) -> clap::Error {
    Cli::command().error(clap::error::ErrorKind::ValueValidation, problem)
}
