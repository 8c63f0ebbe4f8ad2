//! Reads the policy of a project: `.harden.yml`, and `x-harden` in its compose files.
//!
//! The file becomes one more source of the project's tree, so that a place in it is a place like any other. Everything
//! that is wrong with any of them is collected; there is no policy while something is.

mod baseline;
mod find;
mod read;
mod scalar;

use std::path::{Path, PathBuf};

use jiff::civil::Date;

use super::effective::fields;
use super::path::parent;
use super::{Error, Loaded, Options, read as file};
use crate::compose::Via;
use crate::policy::{KnownPass, Layer, Policy, today};
use crate::source::{FileId, Source};
use crate::yaml::{self, Limits, NodeId, Tree};
use read::Reader;

pub use baseline::{BASELINE_NAME, baseline, baseline_path};

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
        PolicyFrom::Found => find::above(&folder(loaded), POLICY_NAME),
    };
    let file = path.map(|path| open(&mut loaded.tree, &path, options)).transpose()?;
    let mut reader = Reader::new(&loaded.tree, passes);
    let mut policy = Policy { file, today: wanted.today.unwrap_or_else(today), ..Policy::default() };
    in_compose(&mut reader, loaded, &mut policy);
    policy.layers.extend(file.map(|file| in_file(&mut reader, &loaded.tree, file)));
    if reader.faults.is_empty() {
        return Ok(policy);
    }
    let diagnostics = reader.faults;
    Err(Error::Invalid { tree: Box::new(std::mem::take(&mut loaded.tree)), diagnostics })
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

/// The nearest first: what services say, then the top of the last file.
fn in_compose(reader: &mut Reader<'_>, loaded: &Loaded, policy: &mut Policy) {
    let tree = &loaded.tree;
    if !tree.sources().iter().any(|source| source.text().contains(EXTENSION)) {
        return;
    }
    let mut waivers = Vec::new();
    for (index, service) in loaded.project.services.iter().enumerate() {
        let said = loaded.services.of(index).filter_map(|value| extension(tree, value));
        let entry = said.fold(None, |far, node| Some(reader.own(node, &service.name, far, &mut waivers)));
        policy.own.push(entry);
    }
    if policy.own.iter().all(Option::is_none) {
        policy.own.clear();
    }
    if !waivers.is_empty() {
        policy.layers.push(Layer { waivers, ..Layer::default() });
    }
    let named = |file: FileId| loaded.files.iter().any(|path| path == tree.source(file).name());
    let documents = tree.documents().iter().rev().filter(|document| named(document.file));
    let tops = documents.filter_map(|document| extension(tree, document.root?));
    policy.layers.extend(tops.map(|node| reader.top(node)));
}

/// The value of `x-harden` in a mapping, also when it comes in through `<<`.
fn extension(tree: &Tree, mapping: NodeId) -> Option<NodeId> {
    let fields = fields(tree, mapping, Via::Own);
    fields.iter().find(|field| field.key.text(tree) == EXTENSION).map(|field| field.value.node())
}
