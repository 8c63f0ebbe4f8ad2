//! Which files a project reads and which it may change, so that projects that share files are not changed blindly.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::path::canonical;
use super::{Options, Texts, files, read};
use crate::source::FileId;

/// The files of a project beside those that were named, by one name for each file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Links {
    /// Those that it names in `include` and `extends`, directly or not.
    pub reads: BTreeSet<PathBuf>,
    /// Those of them that its services are written in and that are hardened with it.
    pub writes: BTreeSet<PathBuf>,
}

/// The links of the project that some files are; none of one that cannot be loaded. `outside` says whether files outside
/// the project's directory are hardened, too.
#[must_use]
pub fn links(paths: &[PathBuf], outside: bool, options: &Options) -> Links {
    if !paths.iter().any(|path| may_link(path, options)) {
        return Links::default();
    }
    let Ok(loaded) = files(paths, options, &Texts::new()) else { return Links::default() };
    let named: BTreeSet<PathBuf> = paths.iter().map(|path| canonical(path)).collect();
    let name = |file: FileId| canonical(loaded.tree.source(file).name());
    let foreign = |service: usize| loaded.project.foreign.iter().any(|foreign| foreign.service == service);
    let written = loaded.services.iter().filter(|(service, _)| outside || !foreign(*service));
    let written: BTreeSet<FileId> = written.map(|(_, node)| loaded.tree.node(node).file).collect();
    let reads = loaded.tree.sources().iter().map(|source| canonical(source.name()));
    Links {
        reads: reads.filter(|path| !named.contains(path)).collect(),
        writes: written.into_iter().map(name).filter(|path| !named.contains(path)).collect(),
    }
}

/// Most files link to no other, and need not be parsed to know it.
fn may_link(path: &Path, options: &Options) -> bool {
    let text = read::file(path, options);
    text.is_ok_and(|text| text.contains("include") || text.contains("extends"))
}
