//! `env_file` of services: its variables go below those of `environment`, as Compose puts them.
//!
//! These files are for the containers and not for interpolation. One that is absent is normal where secrets are not
//! committed, as in CI: it is told, and the service's environment counts as not wholly known. One that cannot be read, or
//! has a bad line, is an error.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use super::super::gather::Gathered;
use super::super::limits::Bound;
use super::super::reach::{HELP, OUTSIDE};
use super::super::{Diagnostic, Error, Options};
use super::dotenv::{self, Setting};
use super::{Envs, refused, text_of};
use crate::compose::interpolate::Variables;
use crate::compose::{
    EnvFile, Environment, Flag, Project, Secret, Service, Setting as Scalar, Spanned, Variable, Via,
};
use crate::image::expand::literal;
use crate::source::Place;
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

/// Gives every service the variables of its files, and returns what to warn of. Of a text that lies nowhere nothing is
/// looked for.
pub(in super::super) fn attach(
    project: &mut Project,
    gathered: &Gathered,
    options: &Options,
) -> Result<Vec<Diagnostic>, EnvFileError> {
    let Gathered { envs, .. } = gathered;
    let mut files = Files { gathered, options, read: HashMap::new(), warnings: Vec::new() };
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
    gathered: &'a Gathered,
    options: &'a Options,
    read: HashMap<PathBuf, String>,
    warnings: Vec<Diagnostic>,
}

impl Files<'_> {
    fn of_service(&mut self, service: &mut Service) -> Result<(), EnvFileError> {
        let mut found = Vec::new();
        let mut earlier = HashMap::new();
        for item in &service.env_file.0 {
            match self.of_item(item, &earlier)? {
                Some(settings) => {
                    self.count(&settings, item)?;
                    earlier.extend(settings.iter().map(|set| (set.name.clone(), set.value.clone())));
                    found.extend(settings.into_iter().map(|set| (set, item.place)));
                }
                None => service.unread_env.push(item.value.path.clone()),
            }
        }
        let variables = winning(found, &service.environment);
        service.environment.0.splice(..0, variables);
        Ok(())
    }

    fn count(&self, settings: &[Setting], item: &Spanned<EnvFile>) -> Result<(), EnvFileError> {
        let growth = &self.gathered.growth;
        if settings.iter().all(|set| growth.add_text(&set.name) && growth.add_text(&set.value)) {
            return Ok(());
        }
        Err(EnvFileError::Named(self.options.limits.exceeded(Bound::Values, item.place)))
    }

    /// What a file sets; `None` when it is not there, or only the environment knows where it is.
    fn of_item(
        &mut self,
        item: &Spanned<EnvFile>,
        earlier: &HashMap<String, String>,
    ) -> Result<Option<Vec<Setting>>, EnvFileError> {
        let file = item.place.unwrap_or_default().file;
        let folder = self.gathered.folders.get(usize::from(file.0)).and_then(Option::as_deref);
        let (Some(folder), Some(shown)) = (folder, literal(&item.value.path)) else { return Ok(None) };
        if shown.starts_with('~') {
            return Ok(None);
        }
        let path = folder.join(&shown);
        if !self.gathered.reach.has(&path) {
            let message = format!("`env_file` names `{shown}`, and {OUTSIDE}: what it sets is not known");
            self.warnings.push(diagnostic(item, message, Some(HELP)));
            return Ok(None);
        }
        if shown.is_empty() || !path.exists() {
            self.absent(item, &shown);
            return Ok(None);
        }
        let text = self.text(&path, item, &shown)?;
        let (found, bad) = dotenv::parse(&text, &Outer { earlier, env: self.gathered.envs.of(file) });
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

/// The variables that count: the last of each name, and none that the service sets itself.
fn winning(found: Vec<(Setting, Option<Place>)>, own: &Environment) -> Vec<Spanned<Variable>> {
    let mut known: HashSet<String> = own.0.iter().map(|variable| variable.name.clone()).collect();
    let mut variables = Vec::new();
    for (set, place) in found.into_iter().rev().filter(|(set, _)| known.insert(set.name.clone())) {
        let value = Some(Secret::new(set.value));
        let value = Variable { name: set.name, value, written: None, from_file: true };
        variables.push(Spanned { value, place, via: Via::Own });
    }
    variables.reverse();
    variables
}

fn diagnostic(item: &Spanned<EnvFile>, message: String, help: Option<&str>) -> Diagnostic {
    Diagnostic { message, help: help.map(str::to_owned), place: item.place, note: None }
}

/// What the values of such a file may refer to: earlier files of the service, then what the project knows.
struct Outer<'a> {
    earlier: &'a HashMap<String, String>,
    env: &'a dyn Variables,
}

impl Variables for Outer<'_> {
    fn value(&self, name: &str) -> Option<&str> {
        self.earlier.get(name).map(String::as_str).or_else(|| self.env.value(name))
    }
}
