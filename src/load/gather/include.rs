//! `include`: opens the files of an included project, with variables of its own, and never in a circle.

use std::path::{Path, PathBuf};

use super::{Gatherer, Layer, Scope, Stop, unreadable};
use crate::compose::PartialReason;
use crate::load::Diagnostic;
use crate::load::env::{Env, EnvId};
use crate::load::mention::paths;
use crate::load::path::{Named, canonical, named, parent};
use crate::source::Place;
use crate::yaml::NodeId;

/// Files that include one another, one in the other, at most.
const DEEPEST: usize = 64;

impl Gatherer<'_> {
    /// Opens the projects that a document includes.
    pub(super) fn includes(&mut self, layer: Layer, scope: &Scope) -> Result<(), Stop> {
        let tree = &self.found.tree;
        if scope.chain.len() > DEEPEST {
            return Err(too_deep(scope.included).into());
        }
        let Some(include) = tree.get(layer.root, "include") else { return Ok(()) };
        let items: Vec<NodeId> = tree.items(include).iter().map(|item| item.node).collect();
        items.into_iter().try_for_each(|item| self.include(item, scope))
    }

    fn include(&mut self, item: NodeId, scope: &Scope) -> Result<(), Stop> {
        let paths = paths(&self.found.tree, item, &self.found.envs);
        let place = self.found.tree.place(item);
        let mut env = None;
        let (mut files, mut chain, mut folder) = (Vec::new(), scope.chain.clone(), self.directory(item));
        for (node, text) in paths {
            let place = self.found.tree.place(node);
            let Some(path) = self.find(place, &text, PartialReason::Include) else { return Ok(()) };
            self.found.reach.check(&path).map_err(|error| unreadable(error, place, &text))?;
            let key = canonical(&path);
            self.refuse_overlay(&key, place)?;
            if scope.chain.contains(&key) {
                return Err(circle(place, &scope.chain, &key).into());
            }
            chain.push(key);
            folder = folder.or_else(|| parent(&path));
            let env = match env {
                Some(env) => env,
                None => *env.insert(self.included_env(item, folder.as_deref())?),
            };
            files.push(self.open(&path, folder.clone(), (place, &text), env)?);
        }
        if files.is_empty() {
            return Ok(());
        }
        self.unit(&files, &Scope { chain, included: Some(place), by: scope.by })
    }

    /// `project_directory` of a long `include`.
    fn directory(&self, item: NodeId) -> Option<PathBuf> {
        let tree = &self.found.tree;
        let node = tree.get(item, "project_directory")?;
        let folder = self.folder(tree.place(node))?;
        match named(folder, &self.found.envs.text(tree, node)) {
            Named::Here(path) => Some(path),
            Named::Elsewhere | Named::Unknown => None,
        }
    }

    /// The variables of an included project: those around it win over those of its `env_file`, or of its `.env`.
    fn included_env(&mut self, item: NodeId, folder: Option<&Path>) -> Result<EnvId, Stop> {
        let tree = &self.found.tree;
        let around = self.found.envs.of(tree.place(item).file);
        let node = tree.get(item, "env_file").filter(|&node| !tree.is_null(node));
        let made = match node {
            None => around.with_default(folder, &self.found.reach, self.options).map_err(Stop::Read)?,
            Some(node) => {
                let list = tree.items(node).iter().map(|item| item.node);
                let nodes = tree.text(node).map(|_| node).into_iter().chain(list);
                let mut env = around.clone();
                for node in nodes {
                    env = self.included_file(&env, node)?;
                }
                env
            }
        };
        Ok(self.found.envs.add(made))
    }

    /// With one more file; one that only the environment can name sets nothing that is known.
    fn included_file(&self, env: &Env, node: NodeId) -> Result<Env, Stop> {
        let (place, text) = (self.found.tree.place(node), self.found.envs.text(&self.found.tree, node));
        match self.folder(place).map(|folder| named(folder, &text)) {
            Some(Named::Here(path)) => {
                self.found.reach.check(&path).map_err(|error| unreadable(error, place, &text))?;
                env.with_files(&[path], self.options).map_err(|error| unreadable(error, place, &text))
            }
            _ => Ok(env.clone()),
        }
    }
}

fn too_deep(place: Option<Place>) -> Diagnostic {
    let message = format!("more than {DEEPEST} files include one another, one in the other");
    Diagnostic { message, help: Some("include some of them in one file".into()), place, note: None }
}

fn circle(place: Place, chain: &[PathBuf], back: &Path) -> Diagnostic {
    let names = chain.iter().map(PathBuf::as_path).skip_while(|path| *path != back).chain([back]);
    let names = names.map(|path| path.file_name().unwrap_or_default().to_string_lossy().into_owned());
    Diagnostic {
        message: format!("`include` goes round in a circle: {}", names.collect::<Vec<_>>().join(" -> ")),
        help: Some("take one `include` out of the circle".into()),
        place: Some(place),
        note: None,
    }
}
