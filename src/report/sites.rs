//! In which file of a project each decision is carried out, for words about those that are not in the main one.
//!
//! Reads it off the proven edits; decides nothing.

use std::collections::BTreeMap;
use std::path::Path;

use crate::edit::Origin;
use crate::source::{FileId, Source};
use crate::verify::Verified;

/// The files of the decisions that change something.
#[derive(Debug, Default)]
pub struct Sites(pub(super) BTreeMap<Origin, Vec<FileId>>);

impl Sites {
    /// Those of some rewrites.
    #[must_use]
    pub fn of(verified: &[Verified]) -> Self {
        let mut sites = Self::default();
        for file in verified {
            for &origin in file.parts().iter().flat_map(|part| &part.origins) {
                let files = sites.0.entry(origin).or_default();
                if !files.contains(&file.file()) {
                    files.push(file.file());
                }
            }
        }
        sites
    }

    /// The names of a decision's files, as seen from the main one; `None` when that is the only one.
    #[must_use]
    pub fn elsewhere(&self, sources: &[Source], origin: Origin) -> Option<String> {
        let files = self.0.get(&origin)?;
        let main = FileId::default();
        if files.iter().all(|file| *file == main) {
            return None;
        }
        let name = |file: FileId| sources.get(usize::from(file.0)).map(Source::name);
        let folder = name(main).and_then(Path::parent).unwrap_or(Path::new(""));
        let names = files.iter().filter_map(|file| name(*file));
        let seen = names.map(|name| name.strip_prefix(folder).unwrap_or(name).display().to_string());
        Some(seen.collect::<Vec<_>>().join(", "))
    }
}
