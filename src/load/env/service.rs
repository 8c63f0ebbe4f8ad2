//! `env_file` of services: its variables go below those of `environment`, as Compose puts them.
//!
//! These files are for the containers and not for interpolation. One that is absent is normal where secrets are not
//! committed, as in CI: it is told, and the service's environment counts as not wholly known. One that cannot be read, or
//! has a bad line, is an error.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::super::{Diagnostic, Error, Options};
use super::dotenv::{self, Setting};
use super::{Envs, refused, text_of};
use crate::compose::interpolate::Variables;
use crate::compose::{
    EnvFile, Environment, Flag, Project, Secret, Service, Setting as Scalar, Spanned, Variable, Via,
};
use crate::image::expand::literal;
use crate::yaml::Tree;

/// Why a project with such a file cannot be loaded.
#[derive(Debug)]
pub(in super::super) enum EnvFileError {
    /// The Compose file names what cannot be read.
    Named(Diagnostic),
    /// The file has bad lines.
    Lines(Error),
}

impl EnvFileError {
    /// With the tree that the places are in.
    pub(in super::super) fn into_error(self, tree: Tree) -> Error {
        match self {
            Self::Named(diagnostic) => Error::Invalid { tree: Box::new(tree), diagnostics: vec![diagnostic] },
            Self::Lines(error) => error,
        }
    }
}

/// Gives every service the variables of its files, and returns what to warn of. `folders` are those that the
/// paths in each file start from; none for a text that lies nowhere, of which nothing is looked for.
pub(in super::super) fn attach(
    project: &mut Project,
    envs: &Envs,
    folders: &[Option<PathBuf>],
    options: &Options,
) -> Result<Vec<Diagnostic>, EnvFileError> {
    let mut files = Files { envs, folders, options, read: HashMap::new(), warnings: Vec::new() };
    for service in &mut project.services {
        hand_through(&mut service.environment, envs);
        service.build.iter_mut().for_each(|build| hand_through(&mut build.value.args, envs));
        if !service.env_file.is_empty() {
            files.of_service(service)?;
        }
    }
    Ok(files.warnings)
}

/// `- NAME` and `NAME:` are the variables that the project is interpolated with, where those are known.
fn hand_through(environment: &mut Environment, envs: &Envs) {
    for item in environment.0.iter_mut().filter(|item| item.value.value.is_none()) {
        let file = item.place.unwrap_or_default().file;
        if let Some(value) = envs.of(file).value(&item.value.name) {
            item.value.value = Some(Secret::new(value));
            item.value.written = Some(Secret::new(format!("${{{}}}", item.value.name)));
        }
    }
}

struct Files<'a> {
    envs: &'a Envs,
    folders: &'a [Option<PathBuf>],
    options: &'a Options,
    read: HashMap<PathBuf, String>,
    warnings: Vec<Diagnostic>,
}

impl Files<'_> {
    fn of_service(&mut self, service: &mut Service) -> Result<(), EnvFileError> {
        let mut found = Vec::new();
        for item in &service.env_file.0 {
            match self.of_item(item, &found)? {
                Some(settings) => found.extend(settings.into_iter().map(|set| (set, item.place))),
                None => service.unread_env.push(item.value.path.clone()),
            }
        }
        let mut variables: Vec<Spanned<Variable>> = Vec::new();
        for (set, place) in found {
            variables.retain(|variable| variable.name != set.name);
            if !service.environment.0.iter().any(|variable| variable.name == set.name) {
                let value = Some(Secret::new(set.value));
                let value = Variable { name: set.name, value, written: None, from_file: true };
                variables.push(Spanned { value, place, via: Via::Own });
            }
        }
        service.environment.0.splice(..0, variables);
        Ok(())
    }

    /// What a file sets; `None` when it is not there, or only the environment knows where it is.
    fn of_item(
        &mut self,
        item: &Spanned<EnvFile>,
        earlier: &[(Setting, Option<crate::source::Place>)],
    ) -> Result<Option<Vec<Setting>>, EnvFileError> {
        let file = item.place.unwrap_or_default().file;
        let folder = self.folders.get(usize::from(file.0)).and_then(Option::as_deref);
        let (Some(folder), Some(shown)) = (folder, literal(&item.value.path)) else { return Ok(None) };
        if shown.starts_with('~') {
            return Ok(None);
        }
        let path = folder.join(&shown);
        if shown.is_empty() || !path.exists() {
            self.absent(item, &shown);
            return Ok(None);
        }
        let text = self.text(&path, item, &shown)?;
        let earlier = earlier.iter().map(|(set, _)| (set.name.as_str(), set.value.as_str())).collect();
        let (found, bad) = dotenv::parse(&text, &Outer { earlier, env: self.envs.of(file) });
        if bad.is_empty() { Ok(Some(found)) } else { Err(EnvFileError::Lines(refused(&path, bad))) }
    }

    fn text(&mut self, path: &Path, item: &Spanned<EnvFile>, shown: &str) -> Result<String, EnvFileError> {
        if let Some(text) = self.read.get(path) {
            return Ok(text.clone());
        }
        let text = text_of(path, self.options).map_err(|error| {
            let cause = match error {
                Error::Read { cause, .. } => cause,
                Error::Invalid { .. } => String::new(),
            };
            EnvFileError::Named(diagnostic(item, format!("`env_file` names `{shown}`: {cause}"), None))
        })?;
        self.read.insert(path.to_owned(), text.clone());
        Ok(text)
    }

    fn absent(&mut self, item: &Spanned<EnvFile>, shown: &str) {
        if item.value.required == Some(Scalar::Literal(Flag(false))) {
            return;
        }
        let message = format!("`env_file` names `{shown}`, which is not there: what it sets is not known");
        self.warnings.push(diagnostic(item, message, Some("Compose does not start without it")));
    }
}

fn diagnostic(item: &Spanned<EnvFile>, message: String, help: Option<&str>) -> Diagnostic {
    Diagnostic { message, help: help.map(str::to_owned), place: item.place, note: None }
}

/// What the values of such a file may refer to: earlier files of the service, then what the project knows.
struct Outer<'a> {
    earlier: HashMap<&'a str, &'a str>,
    env: &'a dyn Variables,
}

impl Variables for Outer<'_> {
    fn value(&self, name: &str) -> Option<&str> {
        self.earlier.get(name).copied().or_else(|| self.env.value(name))
    }
}
