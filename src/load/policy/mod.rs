//! Reads the policy of a project: `.harden.yml`, and `x-harden` in its compose files.
//!
//! The file becomes one more source of the project's tree, so that a place in it is a place like any other. Everything
//! that is wrong with any of them is collected; there is no policy while something is.

mod baseline;
mod find;
mod read;
mod scalar;

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use jiff::civil::Date;

use super::effective::fields;
use super::path::parent;
use super::reach::Reach;
use super::{Diagnostic, Error, Loaded, Options, read as file};
use crate::compose::Via;
use crate::policy::{KnownPass, Layer, Policy, today};
use crate::source::{FileId, Source};
use crate::yaml::{self, Limits, NodeId, Tree};
use read::Reader;

pub use baseline::{BASELINE_NAME, baseline, baseline_and_text, baseline_path};

/// The name that is looked for.
pub const POLICY_NAME: &str = ".harden.yml";

/// The key in a compose file.
const EXTENSION: &str = "x-harden";

/// Where a policy comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum PolicyFrom {
    /// The nearest `.harden.yml` from the project's folder up to the root of its repository, and the compose files.
    #[default]
    Found,
    /// This file, and the compose files.
    File(PathBuf),
    /// Nowhere.
    Nothing,
}

/// How a policy is read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PolicyOptions {
    /// Where from.
    pub from: PolicyFrom,
    /// Where the baseline is.
    pub baseline: PolicyFrom,
    /// The day for which waivers are judged; that of the clock when there is none.
    pub today: Option<Date>,
}

/// The policy of a project; its file is added to the project's sources.
///
/// # Errors
/// When the file cannot be read, or anything in it or in an `x-harden` is wrong: all of it is told.
pub fn policy(
    loaded: &mut Loaded,
    wanted: &PolicyOptions,
    passes: &[KnownPass],
    options: &Options,
) -> Result<Policy, Error> {
    let path = match &wanted.from {
        PolicyFrom::Nothing => return Ok(Policy::default()),
        PolicyFrom::File(path) => Some(path.clone()),
        PolicyFrom::Found => {
            let found = find::above(&folder(loaded), POLICY_NAME);
            found.iter().try_for_each(|path| Reach::around(path.parent(), options).check(path))?;
            found
        }
    };
    let file = path.map(|path| open(&mut loaded.tree, &path, options)).transpose()?;
    let mut reader = Reader::new(&loaded.tree, passes);
    let mut policy = Policy { file, today: wanted.today.unwrap_or_else(today), ..Policy::default() };
    in_compose(&mut reader, loaded, &mut policy);
    policy.layers.extend(file.map(|file| in_file(&mut reader, &loaded.tree, file)));
    let faults = distinct(reader.faults);
    if faults.is_empty() {
        let unheard = unheard(loaded, file);
        loaded.warnings.extend(unheard);
        return Ok(policy);
    }
    let diagnostics = faults;
    Err(Error::Invalid { tree: Box::new(std::mem::take(&mut loaded.tree)), diagnostics })
}

/// Each fault once: lines that make several services are read for each of them.
fn distinct(faults: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let mut known = HashSet::new();
    faults.into_iter().filter(|fault| known.insert((fault.place, fault.message.clone()))).collect()
}

/// The folder of the project: that of its first file.
fn folder(loaded: &Loaded) -> PathBuf {
    let first = loaded.files.first().map(PathBuf::as_path).filter(|path| *path != Path::new("-"));
    first.and_then(parent).unwrap_or_default()
}

fn open(tree: &mut Tree, path: &Path, options: &Options) -> Result<FileId, Error> {
    let source = Source::new(path, file::file(path, options)?);
    yaml::parse(tree, source, &Limits::default()).map_err(|error| Error::Invalid {
        diagnostics: vec![error.into()],
        tree: Box::new(std::mem::take(tree)),
    })
}

fn in_file(reader: &mut Reader<'_>, tree: &Tree, file: FileId) -> Layer {
    let mut roots = tree.documents_of(file).filter_map(|document| document.root);
    let layer = roots.next().map(|root| reader.top(root)).unwrap_or_default();
    if let Some(second) = roots.next() {
        reader.fault("a policy is one document", Some("put all of it into the first".into()), second);
    }
    layer
}

/// The nearest first: what services say, then the tops of the files that are included, then the top of the last file.
fn in_compose(reader: &mut Reader<'_>, loaded: &Loaded, policy: &mut Policy) {
    let tree = &loaded.tree;
    if !says(tree) {
        return;
    }
    let mut waivers = Vec::new();
    for (index, service) in loaded.project.services.iter().enumerate() {
        let (mut own, mut said) = (None, Vec::new());
        for node in nodes(loaded, index).into_iter().filter_map(|node| extension(tree, node)) {
            let mut near = Vec::new();
            own = Some(reader.own(node, &service.name, own, &mut near));
            // a near waiver goes before a far one
            near.append(&mut said);
            said = near;
        }
        waivers.append(&mut said);
        policy.own.push(own);
    }
    if policy.own.iter().all(Option::is_none) {
        policy.own.clear();
    }
    if !waivers.is_empty() {
        policy.layers.push(Layer { waivers, ..Layer::default() });
    }
    for included in &loaded.spoken.included {
        for node in included.roots.iter().rev().filter_map(|&root| extension(tree, root)) {
            policy.layers.push(Layer { within: Some(included.services.clone()), ..reader.top(node) });
        }
    }
    let named = |file: FileId| loaded.files.iter().any(|path| path == tree.source(file).name());
    let documents = tree.documents().iter().rev().filter(|document| named(document.file));
    let tops = documents.filter_map(|document| extension(tree, document.root?));
    policy.layers.extend(tops.map(|node| reader.top(node)));
}

/// Whether any file has the key at all.
fn says(tree: &Tree) -> bool {
    tree.sources().iter().any(|source| source.text().contains(EXTENSION))
}

/// All nodes that make a service, each laid over those before it.
fn nodes(loaded: &Loaded, index: usize) -> Vec<NodeId> {
    let extended = loaded.spoken.extended.get(&index);
    extended.cloned().unwrap_or_else(|| loaded.services.of(index).collect())
}

/// Files that only lend services through `extends` have no say in the project, and that is told.
fn unheard(loaded: &Loaded, policy: Option<FileId>) -> Vec<Diagnostic> {
    let tree = &loaded.tree;
    if !says(tree) {
        return Vec::new();
    }
    let named = |file: FileId| loaded.files.iter().any(|path| path == tree.source(file).name());
    let included = |root: NodeId| loaded.spoken.included.iter().any(|unit| unit.roots.contains(&root));
    let documents = tree.documents().iter().filter(|document| Some(document.file) != policy);
    let lent = documents.filter_map(|document| document.root.map(|root| (document.file, root)));
    let lent = lent.filter(|(file, root)| !named(*file) && !included(*root));
    let lent = lent.filter_map(|(_, root)| extension(tree, root));
    let said = lent.map(|node| Diagnostic {
        message: format!("`{EXTENSION}` at the top of a file that only lends services is not read"),
        help: Some("put it below the service that is extended".to_owned()),
        place: Some(tree.first_line(node)),
        note: None,
    });
    said.collect()
}

/// The value of `x-harden` in a mapping, also when it comes in through `<<`.
fn extension(tree: &Tree, mapping: NodeId) -> Option<NodeId> {
    let fields = fields(tree, mapping, Via::Own);
    fields.iter().find(|field| field.key.text(tree) == EXTENSION).map(|field| field.value.node())
}
