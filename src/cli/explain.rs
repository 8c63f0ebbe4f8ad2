//! `harden explain`: a pass alone, or what it decides in files.

use std::path::PathBuf;

use clap::Args;

use super::input::{agree, inputs};
use super::plan::ProjectWords;
use super::value::PassParser;
use super::{Mode, Request, Task, overlay};
use crate::load;
use crate::plan::PassId;

/// What was typed to have something explained.
#[derive(Args, Debug)]
pub(super) struct ExplainWords {
    /// Id of the pass, as `harden passes` lists them
    #[arg(value_name = "PASS", value_parser = PassParser, hide_possible_values = true)]
    pass: PassId,
    /// Say what the pass decides in these files, as for `harden` itself, and not what it does in general
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Only for the service of this name
    #[arg(long, value_name = "SERVICE")]
    service: Option<String>,
    /// A file of one project; give it several times to lay each over those before it
    #[arg(long = "file", short = 'f', value_name = "FILE", conflicts_with = "files")]
    layers: Vec<PathBuf>,
    /// The directory that the paths in the files of the project start from, and that its `.env` is in
    #[arg(long, value_name = "DIR")]
    project_directory: Option<PathBuf>,
    /// The file that lies over those of the project, and alone is to be changed
    #[arg(long, value_name = "FILE")]
    overlay: Option<PathBuf>,
    #[command(flatten)]
    words: ProjectWords,
}

impl ExplainWords {
    /// What was meant: without anything that leads to a file, only the pass.
    pub(super) fn request(self) -> Result<Request, clap::Error> {
        let places = [&self.project_directory, &self.overlay];
        let is_general = self.files.is_empty() && self.layers.is_empty() && self.service.is_none();
        if is_general && places.iter().all(|place| place.is_none()) {
            return Ok(Request::Explain(self.pass));
        }
        Ok(Request::Harden(self.task()?.into()))
    }

    fn task(self) -> Result<Task, clap::Error> {
        let inputs = inputs(&self.files, &self.layers, &[])?;
        let mode = Mode::Explain { pass: self.pass, service: self.service };
        agree(&inputs, &mode)?;
        overlay::agree(self.overlay.as_deref(), &inputs, &mode, (self.words.target, self.words.style))?;
        let task = self.words.task(inputs, mode);
        let load = load::Options { project_directory: self.project_directory, ..task.load };
        Ok(Task { overlay: self.overlay, load, ..task })
    }
}
