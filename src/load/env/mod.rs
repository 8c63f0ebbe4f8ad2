//! The variables that a project is interpolated with: `.env`, `--env-file` and, when asked for, the shell.
//!
//! The shell is off by default: what a run writes or finds must be the same on every machine and in CI. What is not in a
//! file is not known, and stays a value of its own. Values are secrets: nothing here shows one.

mod check;
mod dotenv;
mod escapes;
mod files;
mod service;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub(super) use files::compose_file;
pub(super) use service::attach;

use super::reach::Reach;
use super::{Error, Options, read};
use crate::compose::Secret;
use crate::compose::interpolate::{Piece, Variables, escape, pieces, substitute};
use crate::source::FileId;
use crate::yaml::{NodeId, Tree};

/// The file beside the Compose file that is read by itself.
const DEFAULT: &str = ".env";

/// Where a variable comes from.
#[derive(Clone, Debug)]
enum Origin {
    /// The shell that harden was started from.
    Shell,
    /// A line of a file, from 1.
    File(Arc<Path>, usize),
}

/// One variable.
#[derive(Clone, Debug)]
struct Known {
    /// In Compose's notation: `$$` is a dollar sign, and what is still unknown in it is a `${NAME}`.
    value: Secret,
    origin: Origin,
}

/// The variables that are known.
#[derive(Clone, Debug, Default)]
pub(super) struct Env(Arc<HashMap<String, Known>>);

impl Variables for Env {
    fn value(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(|known| known.value.expose())
    }
}

impl Env {
    /// The variables of a project in this folder: those of the shell, when they were asked for, win over those of the
    /// files, and later files over earlier ones. Without files named it is `.env`, if it is there.
    ///
    /// # Errors
    /// When a file cannot be read, or has a bad line.
    pub(super) fn for_project(
        folder: Option<&Path>,
        reach: &Reach,
        options: &Options,
    ) -> Result<Self, Error> {
        let shell = options.shell.iter().map(|(name, value)| {
            let value = Secret::new(escape(value.expose()));
            (name.clone(), Known { value, origin: Origin::Shell })
        });
        let env = Self(Arc::new(shell.collect()));
        if !options.env_files.is_empty() {
            return env.with_files(&options.env_files, options);
        }
        env.with_default(folder, reach, options)
    }

    /// These variables and, below them, those of the `.env` in a folder, if it is there.
    ///
    /// # Errors
    /// When it cannot be read, or has a bad line.
    pub(super) fn with_default(
        &self,
        folder: Option<&Path>,
        reach: &Reach,
        options: &Options,
    ) -> Result<Self, Error> {
        let path = folder.map(|folder| folder.join(DEFAULT));
        let path = path.filter(|path| path.exists() && !path.is_dir());
        path.iter().try_for_each(|path| reach.check(path))?;
        self.with_files(path.as_slice(), options)
    }

    /// These variables and those of files below them: what is there already wins, and values may refer to it; a later
    /// file wins over an earlier one.
    ///
    /// # Errors
    /// When a file cannot be read, or has a bad line.
    pub(super) fn with_files(&self, files: &[PathBuf], options: &Options) -> Result<Self, Error> {
        let mut merged = self.clone();
        for path in files {
            let text = text_of(path, options)?;
            let (found, bad) = dotenv::parse(&text, &merged);
            if !bad.is_empty() {
                return Err(refused(path, bad));
            }
            let path: Arc<Path> = path.as_path().into();
            for set in found.into_iter().filter(|set| !self.0.contains_key(&set.name)) {
                let origin = Origin::File(Arc::clone(&path), set.line);
                Arc::make_mut(&mut merged.0)
                    .insert(set.name, Known { value: Secret::new(set.value), origin });
            }
        }
        Ok(merged)
    }

    /// A variable as a message names it: with where it is set, and without its value.
    fn named(&self, name: &str) -> Option<String> {
        Some(match &self.0.get(name)?.origin {
            Origin::Shell => format!("`{name}` (the shell)"),
            Origin::File(path, line) => format!("`{name}` ({}:{line})", path.display()),
        })
    }
}

/// The variables of the shell that harden was started from; those that are no text are left out.
#[must_use]
pub fn shell() -> Vec<(String, Secret)> {
    let texts = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, Secret::new(value.into_string().ok()?))));
    texts.collect()
}

/// Which variables; made by [`Envs::add`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct EnvId(usize);

/// The variables for each file of a project: an included project has its own.
#[derive(Debug, Default)]
pub(super) struct Envs {
    all: Vec<Env>,
    /// By file.
    of_file: Vec<EnvId>,
    /// For a file that has none.
    none: Env,
}

impl Envs {
    /// Keeps variables for files that are to be read.
    pub(super) fn add(&mut self, env: Env) -> EnvId {
        self.all.push(env);
        EnvId(self.all.len() - 1)
    }

    /// Says which variables a file has.
    pub(super) fn set(&mut self, file: FileId, env: EnvId) {
        let at = usize::from(file.0);
        self.of_file.resize(self.of_file.len().max(at + 1), EnvId::default());
        if let Some(slot) = self.of_file.get_mut(at) {
            *slot = env;
        }
    }

    /// Which variables a file has.
    pub(super) fn id(&self, file: FileId) -> EnvId {
        self.of_file.get(usize::from(file.0)).copied().unwrap_or_default()
    }

    /// The variables for a file.
    pub(super) fn of(&self, file: FileId) -> &Env {
        self.all.get(self.id(file).0).unwrap_or(&self.none)
    }

    /// The text of a scalar with its variables put in; nothing for a collection.
    pub(super) fn text(&self, tree: &Tree, node: NodeId) -> String {
        let written = || tree.text(node).unwrap_or_default().to_owned();
        self.put_in(tree, node).unwrap_or_else(written)
    }

    /// The value of a scalar (aliases followed) with its variables put in; `None` when there are none that are known,
    /// so that it is as it is written.
    pub(super) fn put_in(&self, tree: &Tree, node: NodeId) -> Option<String> {
        let text = tree.text(node).filter(|text| text.contains('$'))?;
        let file = tree.node(tree.resolve(node)).file;
        // a text that Compose refuses was told of before
        let made = substitute(text, self.of(file)).ok()?;
        (made != text).then(|| made.into_owned())
    }
}

impl Envs {
    /// The variables of a scalar that are known, as a message names them.
    pub(super) fn names(&self, tree: &Tree, node: NodeId) -> String {
        let env = self.of(tree.node(tree.resolve(node)).file);
        let known = pieces(tree.text(node).unwrap_or_default()).filter_map(|piece| match piece {
            Piece::Variable(variable) => env.named(variable.name),
            _ => None,
        });
        let known: Vec<String> = known.collect();
        if known.is_empty() { "a variable".to_owned() } else { known.join(" and ") }
    }
}

fn text_of(path: &Path, options: &Options) -> Result<String, Error> {
    if path.is_dir() {
        let help = Some("name a file with a `NAME=value` on each line".to_owned());
        return Err(Error::Read { path: path.to_owned(), cause: "it is a directory".to_owned(), help });
    }
    read::file(path, options)
}

fn refused(path: &Path, bad: Vec<dotenv::Bad>) -> Error {
    let (source, diagnostics) = dotenv::complain(path, bad);
    let tree = Tree { sources: vec![source], ..Tree::default() };
    Error::Invalid { tree: Box::new(tree), diagnostics }
}
