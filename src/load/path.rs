//! Paths as a Compose file writes them, and what they mean on the disk.
//!
//! Looks at names only, except for [`canonical`] and [`real`], which tell whether two names are one file.

use std::path::{Component, Path, PathBuf};

use super::Error;
use super::read::reason;
use crate::image::expand::literal;

/// Where a path leads.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Named {
    /// Into this file system, as seen from where harden runs.
    Here(PathBuf),
    /// To another machine or a home directory.
    Elsewhere,
    /// Only the environment knows.
    Unknown,
}

/// What a path in a file means, when relative paths start from this folder.
pub(super) fn named(folder: &Path, text: &str) -> Named {
    match literal(text) {
        None => Named::Unknown,
        Some(text) if is_remote(&text) => Named::Elsewhere,
        Some(text) => Named::Here(tidy(&folder.join(text))),
    }
}

/// A repository, an archive elsewhere, another service's image, or a home directory.
pub(super) fn is_remote(text: &str) -> bool {
    text.contains("://")
        || text.starts_with("git@")
        || text.starts_with("github.com/")
        || text.starts_with("oci:")
        || text.starts_with("service:")
        || text.starts_with('~')
        || Path::new(text).extension().is_some_and(|extension| extension == "git")
}

/// The path without `.` and without `x/..`.
pub(super) fn tidy(path: &Path) -> PathBuf {
    let mut tidy = PathBuf::new();
    for part in path.components() {
        let after_name = matches!(tidy.components().next_back(), Some(Component::Normal(_)));
        match part {
            Component::CurDir => {}
            Component::ParentDir if after_name => {
                tidy.pop();
            }
            other => tidy.push(other),
        }
    }
    tidy
}

/// The folder that a file lies in; the empty path is where harden runs.
pub(super) fn parent(path: &Path) -> Option<PathBuf> {
    path.parent().map(Path::to_path_buf)
}

/// One name for every name of a file; the name itself for one that is not there.
pub(crate) fn canonical(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_path_buf())
}

/// The same for a name that must be right: that of a file that is there.
///
/// # Errors
/// When the system does not tell.
pub(crate) fn real(path: &Path) -> Result<PathBuf, Error> {
    let failed = |cause| Error::Read { path: path.to_path_buf(), cause: reason(&cause), help: None };
    path.canonicalize().map_err(failed)
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use super::{Named, named};

    #[test]
    fn a_path_starts_from_its_folder() {
        let from = |text| named(Path::new("app"), text);
        assert_eq!(from("../common.yml"), Named::Here(PathBuf::from("common.yml")));
        assert_eq!(from("./x/../y.yml"), Named::Here(PathBuf::from("app/y.yml")));
        assert_eq!(from("/srv/x.yml"), Named::Here(PathBuf::from("/srv/x.yml")));
        assert_eq!(from("${DIR:-x}/y.yml"), Named::Here(PathBuf::from("app/x/y.yml")));
        assert_eq!(from("${DIR}/y.yml"), Named::Unknown);
        for text in ["https://example.com/x.yml", "oci://example.com/x", "git@example.com:x.git", "~/x.yml"] {
            assert_eq!(from(text), Named::Elsewhere, "{text}");
        }
    }
}
