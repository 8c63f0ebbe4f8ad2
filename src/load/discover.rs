//! Which files make a project, when they are not all named.
//!
//! Looks for names beside a file; opens nothing.

use std::path::{Path, PathBuf};

use super::DEFAULT_NAMES;

/// A file, and the override file that Compose would lay over it by itself: `compose.override.yaml` and the like beside
/// a file with a default name.
#[must_use]
pub fn with_override(path: &Path) -> Vec<PathBuf> {
    std::iter::once(path.to_owned()).chain(override_of(path)).collect()
}

fn override_of(path: &Path) -> Option<PathBuf> {
    let name = path.file_name()?.to_str().filter(|name| DEFAULT_NAMES.contains(name))?;
    let (stem, _) = name.rsplit_once('.')?;
    let candidates =
        ["yml", "yaml"].map(|extension| path.with_file_name(format!("{stem}.override.{extension}")));
    candidates.into_iter().find(|candidate| candidate.is_file())
}
