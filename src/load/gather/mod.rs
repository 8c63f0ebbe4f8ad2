//! Opens every file of a project: those named, the overrides beside them, and what `include` and `extends` name.
//!
//! Parses each file once, into one tree, and notes for whom it was opened. Decides nothing about meaning; a file that
//! is named and not there is an error where it is named, and one that lies elsewhere is noted as not read.

mod include;

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::effective::{fields, is_reset};
use super::env::{Env, EnvId, Envs};
use super::limits::{Bound, Growth};
use super::mention::{Target, next_target, target};
use super::merge::Ground;
use super::path::{Named, canonical, named, parent};
use super::reach::Reach;
use super::schema::{self, Checked};
use super::{Diagnostic, Error, Options, Texts, read};
use crate::compose::{PartialReason, Via};
use crate::source::{FileId, Place, Source};
use crate::yaml::{self, Limits, NodeId, Tree};

/// Files that Compose takes as one project: the main one, or one that `include` brings in.
#[derive(Debug)]
pub(super) struct Unit {
    /// Their documents in order, each laid over those before it.
    pub(super) layers: Vec<Layer>,
    /// Where it is included, for messages; none for the main one.
    pub(super) included: Option<Place>,
    /// The unit and the document of it that include it.
    pub(super) by: Option<(usize, NodeId)>,
    /// Whether its files lie outside the project's directory, so that they are not ours to change.
    pub(super) foreign: bool,
}

/// One document of a unit.
#[derive(Clone, Copy, Debug)]
pub(super) struct Layer {
    /// Its file.
    pub(super) file: FileId,
    /// Its top node.
    pub(super) root: NodeId,
}

/// A file that is named and was not read.
#[derive(Debug)]
pub(super) struct Unread {
    /// Why it belongs to the project.
    pub(super) reason: PartialReason,
    /// As written.
    pub(super) file: String,
    /// Where it is named.
    pub(super) place: Place,
}

/// Everything that was opened.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    /// All files.
    pub(super) tree: Tree,
    /// The main unit first.
    pub(super) units: Vec<Unit>,
    /// The folder that the paths in a file start from, by file; none for a text that lies nowhere.
    pub(super) folders: Vec<Option<PathBuf>>,
    /// The variables of each file.
    pub(super) envs: Envs,
    /// Values that are left out, by their nodes: each is wrong if nothing lies below it.
    pub(super) nulls: HashMap<NodeId, Diagnostic>,
    /// The file that an `extends` leads to, by its value node.
    pub(super) extended: HashMap<NodeId, FileId>,
    /// The file that alone is to be changed, and lies over the others.
    pub(super) overlay: Option<FileId>,
    /// Where files may lie that others name.
    pub(super) reach: Reach,
    /// How many values the services have.
    pub(super) growth: Growth,
    /// What was not read.
    pub(super) unread: Vec<Unread>,
    /// What is odd.
    pub(super) warnings: Vec<Diagnostic>,
}

impl Gathered {
    /// What the merge rules look at.
    pub(super) fn ground(&self) -> Ground<'_> {
        Ground { tree: &self.tree, envs: &self.envs, growth: &self.growth }
    }
}

/// The first text of a project, and where it lies.
pub(super) struct Main {
    /// What was read.
    pub(super) source: Source,
    /// The folder of the project; none when nothing beside the text is to be looked at.
    pub(super) folder: Option<PathBuf>,
    /// Further files, each laid over those before it.
    pub(super) over: Vec<PathBuf>,
    /// The file that lies over all of them and alone is to be changed; it need not be there yet.
    pub(super) overlay: Option<PathBuf>,
}

/// Opens the files.
///
/// # Errors
/// When a file cannot be read, or is no Compose file.
pub(super) fn gather(main: Main, options: &Options, texts: &Texts<'_>) -> Result<Gathered, Error> {
    let mut gatherer = Gatherer {
        found: Gathered {
            reach: reach(&main, options),
            growth: Growth::new(options.limits.values),
            ..Gathered::default()
        },
        opened: HashMap::new(),
        brought: 0,
        overlay: None,
        errors: Vec::new(),
        options,
        texts,
    };
    match gatherer.main(main) {
        Ok(()) if gatherer.errors.is_empty() => Ok(gatherer.found),
        Ok(()) => Err(invalid(gatherer.found.tree, gatherer.errors)),
        Err(Stop::Read(error)) => Err(error),
        Err(Stop::Invalid(diagnostic)) => {
            gatherer.errors.push(*diagnostic);
            Err(invalid(gatherer.found.tree, gatherer.errors))
        }
    }
}

/// Around the folder of the project, and those that its files were named in.
fn reach(main: &Main, options: &Options) -> Reach {
    let named = std::iter::once(main.source.name()).chain(main.over.iter().map(PathBuf::as_path));
    let named = named.chain(main.overlay.as_deref()).filter_map(Path::parent);
    let named = named.filter(|_| main.folder.is_some());
    Reach::of(main.folder.as_deref().into_iter().chain(named), options)
}

pub(super) fn invalid(tree: Tree, diagnostics: Vec<Diagnostic>) -> Error {
    Error::Invalid { tree: Box::new(tree), diagnostics }
}

/// Why no further file is opened.
enum Stop {
    Read(Error),
    Invalid(Box<Diagnostic>),
}

impl From<Diagnostic> for Stop {
    fn from(diagnostic: Diagnostic) -> Self {
        Self::Invalid(Box::new(diagnostic))
    }
}

struct Gatherer<'a> {
    found: Gathered,
    /// By canonical path.
    opened: HashMap<PathBuf, FileId>,
    /// How often `include` and `extends` brought in a file.
    brought: usize,
    /// The canonical path of the overlay.
    overlay: Option<PathBuf>,
    errors: Vec<Diagnostic>,
    options: &'a Options,
    texts: &'a Texts<'a>,
}

/// How a unit came to be opened.
#[derive(Clone)]
struct Scope {
    /// The canonical paths of the files that include this one, outermost first.
    chain: Vec<PathBuf>,
    included: Option<Place>,
    by: Option<(usize, NodeId)>,
}

impl Gatherer<'_> {
    fn main(&mut self, main: Main) -> Result<(), Stop> {
        let folder = main.folder;
        let path = main.source.name().to_owned();
        let env = Env::for_project(folder.as_deref(), &self.found.reach, self.options).map_err(Stop::Read)?;
        let env = self.found.envs.add(env);
        let first = self.parse(main.source, folder.clone(), env)?;
        let mut chain = Vec::new();
        if folder.is_some() {
            chain.push(canonical(&path));
            self.opened.insert(canonical(&path), first);
        }
        let mut files = vec![first];
        for path in main.over {
            let text = self.text(&path).map_err(Stop::Read)?;
            chain.push(canonical(&path));
            files.push(self.parse(Source::new(path, text), folder.clone(), env)?);
        }
        if let Some(path) = main.overlay {
            let key = canonical(&path);
            if chain.contains(&key) {
                return Err(own_file(&path, None).into());
            }
            files.extend(self.overlay(path, folder, env)?);
            self.overlay = Some(key);
        }
        self.unit(&files, &Scope { chain, included: None, by: None })
    }

    /// Opens the overlay; none when it has nothing to lay over the other files yet.
    fn overlay(
        &mut self,
        path: PathBuf,
        folder: Option<PathBuf>,
        env: EnvId,
    ) -> Result<Option<FileId>, Stop> {
        let is_there = self.texts.contains_key(path.as_path()) || path.symlink_metadata().is_ok();
        let source = if is_there {
            let text = self.text(&path).map_err(Stop::Read)?;
            Source::new(path, text)
        } else {
            Source::absent(path)
        };
        let file = self.parse(source, folder, env)?;
        self.found.overlay = Some(file);
        let is_empty = self.found.tree.documents_of(file).all(|document| document.root.is_none());
        Ok((!is_empty).then_some(file))
    }

    /// Notes a unit, and opens what it names.
    fn unit(&mut self, files: &[FileId], scope: &Scope) -> Result<(), Stop> {
        let layers = self.layers(files)?;
        self.count_documents()?;
        for (depth, layer) in layers.iter().enumerate() {
            let Checked { errors, warnings, nulls } = schema::check(&self.found.tree, layer.root, depth > 0);
            self.errors.extend(errors);
            self.found.nulls.extend(nulls);
            self.found.warnings.extend(warnings);
        }
        if !self.errors.is_empty() {
            return Ok(());
        }
        let foreign = scope.included.is_some() && self.is_foreign(files);
        let at = self.found.units.len();
        let &Scope { included, by, .. } = scope;
        self.found.units.push(Unit { layers: layers.clone(), included, by, foreign });
        for layer in &layers {
            self.extends(*layer)?;
        }
        for layer in layers {
            self.includes(layer, &Scope { by: Some((at, layer.root)), ..scope.clone() })?;
        }
        Ok(())
    }

    fn count_documents(&self) -> Result<(), Stop> {
        let limits = &self.options.limits;
        match self.found.tree.documents().get(limits.documents) {
            None => Ok(()),
            Some(document) => {
                let place = document.root.map(|root| self.found.tree.first_line(root));
                Err(limits.exceeded(Bound::Documents, place).into())
            }
        }
    }

    /// The documents of some files that hold anything.
    fn layers(&mut self, files: &[FileId]) -> Result<Vec<Layer>, Stop> {
        let tree = &self.found.tree;
        let documents =
            |file| tree.documents_of(file).filter_map(move |document| Some((file, document.root?)));
        let layers: Vec<Layer> =
            files.iter().copied().flat_map(documents).map(|(file, root)| Layer { file, root }).collect();
        match files.iter().find(|&&file| !layers.iter().any(|layer| layer.file == file)) {
            Some(&file) => Err(nothing(file).into()),
            None => Ok(layers),
        }
    }

    /// Whether files lie outside the folder of the main one.
    fn is_foreign(&self, files: &[FileId]) -> bool {
        let Some(root) = self.found.folders.first().and_then(Option::as_deref) else { return false };
        let root = canonical(if root.as_os_str().is_empty() { Path::new(".") } else { root });
        let name = |file: &FileId| canonical(self.found.tree.source(*file).name());
        files.iter().any(|file| !name(file).starts_with(&root))
    }

    /// Opens the files that the services of a document extend, and those that these extend.
    fn extends(&mut self, layer: Layer) -> Result<(), Stop> {
        let tree = &self.found.tree;
        let Some(services) = tree.get(layer.root, "services") else { return Ok(()) };
        let named: Vec<Target> = fields(tree, services, Via::Own)
            .iter()
            .filter(|field| !is_reset(tree, field.value.node()))
            .filter_map(|field| target(tree, field.value.node()))
            .collect();
        named.into_iter().try_for_each(|target| self.extend(target))
    }

    /// Opens the file of a service that another extends, and those that this one leads to.
    fn extend(&mut self, target: Target) -> Result<(), Stop> {
        let mut next = Some(target);
        while let Some(target) = next {
            next = self.extend_once(&target)?;
        }
        Ok(())
    }

    fn extend_once(&mut self, target: &Target) -> Result<Option<Target>, Stop> {
        if self.found.extended.contains_key(&target.at) {
            return Ok(None);
        }
        let tree = &self.found.tree;
        let place = tree.place(target.file);
        let text = self.found.envs.text(tree, target.file);
        let Some(path) = self.find(place, &text, PartialReason::Extends) else { return Ok(None) };
        let env = self.found.envs.id(place.file);
        let file = self.open(&path, parent(&path), (place, &text), env)?;
        self.found.extended.insert(target.at, file);
        Ok(next_target(&self.found.tree, file, &target.service))
    }

    /// What a file of the project names is the project's, and no overlay.
    fn refuse_overlay(&self, key: &Path, at: Place) -> Result<(), Stop> {
        match &self.overlay {
            Some(overlay) if overlay == key => Err(own_file(key, Some(at)).into()),
            _ => Ok(()),
        }
    }

    fn folder(&self, place: Place) -> Option<&Path> {
        self.found.folders.get(usize::from(place.file.0))?.as_deref()
    }

    /// The path that a text names; notes one that cannot be read.
    fn find(&mut self, place: Place, text: &str, reason: PartialReason) -> Option<PathBuf> {
        if let Some(folder) = self.folder(place)
            && let Named::Here(path) = named(folder, text)
        {
            return Some(path);
        }
        self.found.unread.push(Unread { reason, file: text.to_owned(), place });
        None
    }

    /// Opens a file that a place names, once.
    fn open(
        &mut self,
        path: &Path,
        folder: Option<PathBuf>,
        (at, text): (Place, &str),
        env: EnvId,
    ) -> Result<FileId, Stop> {
        self.brought += 1;
        if self.brought > self.options.limits.files {
            return Err(self.options.limits.exceeded(Bound::Files, Some(at)).into());
        }
        self.found.reach.check(path).map_err(|error| unreadable(error, at, text))?;
        let key = canonical(path);
        self.refuse_overlay(&key, at)?;
        if let Some(&file) = self.opened.get(&key) {
            return Ok(file);
        }
        let content = self.text(path).map_err(|error| unreadable(error, at, text))?;
        let file = self.parse(Source::new(path, content), folder, env)?;
        self.opened.insert(key, file);
        Ok(file)
    }

    fn text(&self, path: &Path) -> Result<String, Error> {
        read::file_or(path, self.options, self.texts)
    }

    fn parse(&mut self, source: Source, folder: Option<PathBuf>, env: EnvId) -> Result<FileId, Stop> {
        self.found.folders.push(folder);
        let file = yaml::parse(&mut self.found.tree, source, &Limits::default()).map_err(Diagnostic::from)?;
        self.found.envs.set(file, env);
        self.errors.extend(self.found.envs.check(&self.found.tree, file));
        Ok(file)
    }
}

fn own_file(path: &Path, place: Option<Place>) -> Diagnostic {
    let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
    Diagnostic {
        message: format!("`{name}` is one of the files of the project, and cannot be its overlay"),
        help: Some("give the overlay a name of its own, such as `compose.harden.yml`".into()),
        place,
        note: None,
    }
}

fn nothing(file: FileId) -> Diagnostic {
    let help = Some("a compose file has a `services:` mapping".to_owned());
    let place = Some(Place { file, ..Place::default() });
    Diagnostic { message: "nothing in this file".into(), help, place, note: None }
}

fn unreadable(error: Error, at: Place, text: &str) -> Stop {
    match error {
        Error::Read { cause, help, .. } => Diagnostic {
            message: format!("cannot read `{text}`: {cause}"),
            help,
            place: Some(at),
            note: None,
        }
        .into(),
        invalid @ Error::Invalid { .. } => Stop::Read(invalid),
    }
}
