//! Paths as reports show them: from the root of the repository, so that they are the same wherever harden was started
//! and whatever the user typed. Looks at no file's content.

use std::env;
use std::path::{Component, Path, PathBuf};

/// The root of the repository that harden was started in.
#[derive(Clone, Debug, Default)]
pub struct Root {
    /// The root itself; `None` outside of any repository.
    root: Option<PathBuf>,
    /// The current directory as seen from the root.
    below: PathBuf,
}

impl Root {
    /// The repository around the current directory.
    #[must_use]
    pub fn find() -> Self {
        let Ok(here) = env::current_dir() else { return Self::default() };
        match here.ancestors().find(|directory| directory.join(".git").exists()) {
            Some(root) => Self::new(root, &here),
            None => Self::default(),
        }
    }

    fn new(root: &Path, here: &Path) -> Self {
        let below = here.strip_prefix(root).unwrap_or(Path::new("")).to_owned();
        Self { root: Some(root.to_owned()), below }
    }

    /// A file as reports name it.
    #[must_use]
    pub fn path(&self, name: &Path) -> String {
        if name.as_os_str() == "-" {
            return "stdin".to_owned();
        }
        if name.is_absolute() {
            let plain = plain(name);
            let inside = self.root.as_ref().and_then(|root| plain.as_ref()?.strip_prefix(root).ok());
            return slashed(inside.unwrap_or(plain.as_deref().unwrap_or(name)));
        }
        slashed(&plain(&self.below.join(name)).unwrap_or_else(|| name.to_owned()))
    }
}

/// Without `.` and `..`; `None` when it leads out of where it starts.
fn plain(path: &Path) -> Option<PathBuf> {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                if !plain.pop() {
                    return None;
                }
            }
            other => plain.push(other),
        }
    }
    Some(plain)
}

/// With `/` on every system.
fn slashed(path: &Path) -> String {
    let text = path.to_string_lossy();
    if cfg!(windows) { text.replace('\\', "/") } else { text.into_owned() }
}

#[cfg(test)]
mod tests {
    use super::Root;
    use std::path::Path;

    #[test]
    fn paths_are_seen_from_the_root() {
        let root = Root::new(Path::new("/repo"), Path::new("/repo/web"));
        let cases = [
            ("compose.yml", "web/compose.yml"),
            ("./a/../compose.yml", "web/compose.yml"),
            ("../compose.yml", "compose.yml"),
            ("../../other/compose.yml", "../../other/compose.yml"),
            ("/repo/db/compose.yml", "db/compose.yml"),
            ("/srv/compose.yml", "/srv/compose.yml"),
            ("-", "stdin"),
        ];
        for (name, expected) in cases {
            assert_eq!(root.path(Path::new(name)), expected, "{name}");
        }
        assert_eq!(Root::default().path(Path::new("./compose.yml")), "compose.yml");
    }
}
