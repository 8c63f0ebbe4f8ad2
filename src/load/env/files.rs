//! `COMPOSE_FILE` and `COMPOSE_PATH_SEPARATOR`: the files of a project, when its folder names them.

use std::path::{Path, PathBuf};

use super::dotenv::Bad;
use super::{DEFAULT, Env, Known, Origin, refused};
use crate::compose::interpolate::Variables as _;
use crate::image::expand::literal;
use crate::load::path::tidy;
use crate::load::reach::{HELP, OUTSIDE, Reach};
use crate::load::{Error, Options, read};

const FILES: &str = "COMPOSE_FILE";
const SEPARATOR: &str = "COMPOSE_PATH_SEPARATOR";

/// The files that the variables of a folder name, each laid over those before it; nothing where they name none.
///
/// # Errors
/// When the variables cannot be read, or a file is not there.
pub(in crate::load) fn compose_file(folder: &Path, options: &Options) -> Result<Option<Vec<PathBuf>>, Error> {
    if !may_name_files(folder, options) {
        return Ok(None);
    }
    let reach = Reach::around(Some(folder), options);
    let env = Env::for_project(Some(folder), &reach, options)?;
    let Some(known) = env.0.get(FILES).filter(|known| !known.value.expose().is_empty()) else {
        return Ok(None);
    };
    let text = literal(known.value.expose()).ok_or_else(|| {
        let help = "give the variables in it a value in the same file";
        known.complain("`COMPOSE_FILE` names files with a variable that is not known".to_owned(), Some(help))
    })?;
    let separator = env.value(SEPARATOR).filter(|text| !text.is_empty());
    let separator = separator.unwrap_or(if cfg!(windows) { ";" } else { ":" });
    let files = text.split(separator).map(str::trim).filter(|name| !name.is_empty());
    files.map(|name| there(folder, name, known, &reach)).collect::<Result<Vec<_>, _>>().map(Some)
}

/// Few folders name their files: the variables of the others are nothing to look into.
fn may_name_files(folder: &Path, options: &Options) -> bool {
    let default = folder.join(DEFAULT);
    let mut files = options.env_files.clone();
    files.extend((files.is_empty() && default.is_file()).then_some(default));
    let names = |path: &PathBuf| read::file(path, options).is_ok_and(|text| text.contains(FILES));
    options.shell.iter().any(|(name, _)| name == FILES) || files.iter().any(names)
}

fn there(folder: &Path, name: &str, known: &Known, reach: &Reach) -> Result<PathBuf, Error> {
    let path = tidy(&folder.join(name));
    if !reach.has(&path) && matches!(known.origin, Origin::File(..)) {
        return Err(known.complain(format!("`{FILES}` names `{name}`: {OUTSIDE}"), Some(HELP)));
    }
    if path.is_file() {
        return Ok(path);
    }
    let why = if path.is_dir() { "is a directory" } else { "is not there" };
    Err(known.complain(format!("`{FILES}` names `{name}`, which {why}"), None))
}

impl Known {
    /// A complaint about the value, at the line that sets it.
    fn complain(&self, message: String, help: Option<&'static str>) -> Error {
        match &self.origin {
            Origin::File(path, line) => {
                let before = format!("{FILES}=");
                refused(path, vec![Bad { line: *line, before, message, help }])
            }
            Origin::Shell => Error::Invalid {
                tree: Box::default(),
                diagnostics: vec![crate::load::Diagnostic {
                    message: format!("{message} (the shell sets it)"),
                    help: help.map(str::to_owned),
                    place: None,
                    note: None,
                }],
            },
        }
    }
}
