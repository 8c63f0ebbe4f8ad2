//! Reads `.harden/evidence.yml`: what `harden prove` found of a project.

use std::path::{Path, PathBuf};

use super::path::parent;
use super::reach::Reach;
use super::{Diagnostic, Error, Options, read};
use crate::evidence::{Evidence, VERSION};
use crate::yaml::Tree;

/// Where it lies, from the folder of the project.
pub const EVIDENCE_NAME: &str = ".harden/evidence.yml";

/// The evidence of a project whose first file this is: where it lies, and the name of the project in it. None of standard
/// input.
#[must_use]
pub fn evidence_path(first: &Path) -> Option<(PathBuf, String)> {
    let name = first.file_name()?.to_string_lossy().into_owned();
    let folder = parent(first).unwrap_or_default();
    (first != Path::new("-")).then(|| (folder.join(EVIDENCE_NAME), name))
}

/// Reads evidence; nothing where there is no such file.
///
/// # Errors
/// When it cannot be read, is none, or is of a newer version.
pub fn evidence(path: &Path, options: &Options) -> Result<Option<Evidence>, Error> {
    if !path.exists() {
        return Ok(None);
    }
    Reach::around(path.parent().and_then(Path::parent), options).check(path)?;
    let text = read::file(path, options)?;
    let evidence: Evidence = serde_yaml::from_str(&text).map_err(|error| fault(path, &error.to_string()))?;
    if evidence.version == VERSION {
        return Ok(Some(evidence));
    }
    let message = format!("it is of version {}, and this harden knows {VERSION}", evidence.version);
    Err(fault(path, &message))
}

fn fault(path: &Path, message: &str) -> Error {
    let message = format!("`{}` is no evidence: {message}", path.display());
    let help = Some("`harden prove` writes it anew once it is removed".to_owned());
    Error::Invalid {
        tree: Box::new(Tree::default()),
        diagnostics: vec![Diagnostic { message, help, place: None, note: None }],
    }
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "tests make their own files")]
mod tests {
    use super::{Error, evidence, evidence_path};
    use crate::load::Options;
    use std::path::Path;

    #[test]
    fn it_lies_beside_the_project() {
        let (path, name) = evidence_path(Path::new("shop/compose.yml")).unwrap();
        assert_eq!((path.as_path(), name.as_str()), (Path::new("shop/.harden/evidence.yml"), "compose.yml"));
        assert_eq!(evidence_path(Path::new("-")), None);
    }

    #[test]
    fn what_is_none_is_told() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("evidence.yml");
        assert!(evidence(&path, &Options::default()).unwrap().is_none());
        for text in ["version: 9\n", "files: []\n", "version: 1\nfiles: {a: {b: {lots: 1}}}\n"] {
            std::fs::write(&path, text).unwrap();
            assert!(matches!(evidence(&path, &Options::default()), Err(Error::Invalid { .. })), "{text}");
        }
        std::fs::write(&path, "version: 1\n").unwrap();
        assert!(evidence(&path, &Options::default()).unwrap().unwrap().files.is_empty());
    }
}
