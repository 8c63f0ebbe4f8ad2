//! What is read: the files, directories and lists that are named, and how they go together with what is to be done.
//!
//! Looks at words only; what is there is found out when it is read.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use super::{Mode, usage};
use crate::load;

/// Where a project is read from.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Input {
    /// A file, with the override file beside it; or a directory, with every project in it.
    File(PathBuf),
    /// The files of one project, each laid over those before it.
    Files(Vec<PathBuf>),
    /// The project that Compose would take by itself.
    Here,
    /// A list of files and directories; `-` is standard input.
    List(PathBuf),
    /// A project from standard input.
    Stdin,
}

impl Input {
    /// The files that are named; none for standard input.
    #[must_use]
    pub fn paths(&self) -> &[PathBuf] {
        match self {
            Self::File(path) | Self::List(path) => std::slice::from_ref(path),
            Self::Files(paths) => paths,
            Self::Here | Self::Stdin => &[],
        }
    }

    /// Whether standard input is read for it.
    fn is_stdin(&self) -> bool {
        match self {
            Self::Stdin => true,
            Self::List(path) => path.as_os_str() == "-",
            Self::File(_) | Self::Files(_) | Self::Here => false,
        }
    }
}

/// What to read: what is named, or what Compose would take.
pub(super) fn inputs(
    files: &[PathBuf],
    layers: &[PathBuf],
    lists: &[PathBuf],
) -> Result<Vec<Input>, clap::Error> {
    if layers.iter().any(|path| path.as_os_str() == "-") {
        return Err(usage("`--file` cannot be standard input; name `-` alone"));
    }
    if !layers.is_empty() {
        return Ok(vec![Input::Files(layers.to_vec())]);
    }
    let files = files.iter().map(|path| input(path));
    let inputs: Vec<Input> = files.chain(lists.iter().cloned().map(Input::List)).collect();
    Ok(if inputs.is_empty() { vec![Input::Here] } else { inputs })
}

fn input(path: &Path) -> Input {
    if path.as_os_str() == "-" { Input::Stdin } else { Input::File(path.to_owned()) }
}

/// Refuses a Dockerfile where containers are looked at.
pub(super) fn only_compose(inputs: &[Input], command: &str) -> Result<(), clap::Error> {
    match inputs.iter().flat_map(Input::paths).find(|path| load::is_dockerfile(path)) {
        None => Ok(()),
        Some(path) => Err(usage(&format!(
            "`{command}` is about containers, and `{}` makes only an image; name the Compose file whose service is built \
             from it",
            path.display()
        ))),
    }
}

/// What clap cannot know: how files and modes go together.
pub(super) fn agree(inputs: &[Input], mode: &Mode) -> Result<(), clap::Error> {
    let stdin = inputs.iter().filter(|input| input.is_stdin()).count();
    let mut seen = HashSet::new();
    let problem = match mode {
        _ if stdin > 1 => "`-` is named twice, and standard input can be read only once",
        _ if !inputs.iter().all(|input| seen.insert(input)) => "a file is named twice",
        Mode::Write if inputs.contains(&Input::Stdin) => {
            "`--write` cannot change standard input; leave it out to print the result"
        }
        Mode::Stdout | Mode::Output(_) if inputs.len() > 1 || matches!(inputs, [Input::List(_)]) => {
            "`--stdout` and `--output` take one file; use `--write` or `--diff` for several"
        }
        Mode::Output(path) if inputs.contains(&Input::File(path.clone())) => {
            "`--output` names the file that is read; use `--write` to change it in place"
        }
        _ => return Ok(()),
    };
    Err(usage(problem))
}
