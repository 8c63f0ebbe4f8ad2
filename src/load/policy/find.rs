//! Where the policy or the baseline of a folder lies: in it or above it, but never outside its repository or its owner's home.
//!
//! Looks at names only.

use std::path::{Path, PathBuf};

use crate::load::path::{canonical, tidy};
use crate::load::reach::{home, root};

/// The nearest file of that name from a folder upwards. Without a repository around it, only the folder itself counts.
pub(super) fn above(folder: &Path, name: &str) -> Option<PathBuf> {
    within(folder, name, home().as_deref())
}

fn within(folder: &Path, name: &str, home: Option<&Path>) -> Option<PathBuf> {
    let here = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let real = canonical(here);
    let root = root(&real, home);
    let (depth, found) = real
        .ancestors()
        .take_while(|above| above.starts_with(&root))
        .map(|above| above.join(name))
        .enumerate()
        .find(|(_, path)| path.is_file())?;
    Some(shown(folder, name, depth, found))
}

/// The path as seen from where harden runs, unless a link on the way makes that another file.
fn shown(folder: &Path, name: &str, depth: usize, found: PathBuf) -> PathBuf {
    let up = (0..depth).fold(folder.to_owned(), |path, _| path.join(".."));
    let near = tidy(&up.join(name));
    if canonical(&near) == canonical(&found) { near } else { found }
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "tests make their own files")]
mod tests {
    use super::within;
    use std::fs;

    #[test]
    fn up_to_the_repository_and_not_above_it() {
        let dir = tempfile::tempdir().unwrap();
        let top = dir.path().canonicalize().unwrap();
        let app = top.join("repo/apps/shop");
        fs::create_dir_all(&app).unwrap();
        fs::write(top.join(".harden.yml"), "").unwrap();
        assert_eq!(within(&app, ".harden.yml", None), None, "no repository: only the folder itself");
        fs::create_dir(top.join("repo/.git")).unwrap();
        assert_eq!(within(&app, ".harden.yml", None), None, "never above the repository");
        fs::write(top.join("repo/.harden.yml"), "").unwrap();
        assert_eq!(within(&app, ".harden.yml", None), Some(top.join("repo/.harden.yml")));
        assert_eq!(within(&app, ".harden.yml", Some(&top.join("repo/apps"))), None, "never above the home");
        assert_eq!(within(&app, ".harden.yml", Some(&top)), Some(top.join("repo/.harden.yml")));
        fs::write(app.join(".harden.yml"), "").unwrap();
        assert_eq!(within(&app, ".harden.yml", None), Some(app.join(".harden.yml")), "the nearest");
    }
}
