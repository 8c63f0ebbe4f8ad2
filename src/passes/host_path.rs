//! Paths of the host as mounts name them, brought to one spelling.
//!
//! Looks at the text only; whether the path exists is the host's business.

use crate::compose::{Mount, MountKind, Project};
use crate::image::expand::expand;

/// Ways to write the home directory.
const HOME: [&str; 4] = ["${HOME}", "$HOME", "${HOME:?}", "${HOME:-~}"];

/// The host path behind a mount: of a bind mount, or of a named volume whose driver option binds a path.
pub(super) fn of(mount: &Mount, project: &Project) -> Option<String> {
    let source = mount.source.as_deref()?;
    match mount.kind {
        MountKind::Bind => Some(clean(source)),
        MountKind::Volume => bound(source, project).map(clean),
        MountKind::Anonymous | MountKind::Tmpfs | MountKind::Other => None,
    }
}

fn bound<'a>(volume: &str, project: &'a Project) -> Option<&'a str> {
    let options = &project.volume(volume)?.driver_opts;
    let option = |name: &str| options.get(name)?.as_deref();
    let binds = option("o").is_some_and(|o| o.split(',').any(|o| matches!(o.trim(), "bind" | "rbind")));
    option("device").filter(|_| binds)
}

/// One spelling: variables as their defaults, `~` for the home directory, no doubled and no trailing slash. A variable
/// without a default leaves a character that no path has, so that nothing fits it by chance.
pub(super) fn clean(path: &str) -> String {
    let home = HOME.iter().find_map(|home| path.strip_prefix(home));
    let path = home.map_or_else(|| path.to_owned(), |rest| format!("~{rest}"));
    let mut clean = String::with_capacity(path.len());
    for c in expand(&path).text.chars() {
        if c != '/' || !clean.ends_with('/') {
            clean.push(c);
        }
    }
    let trimmed = clean.trim_end_matches('/').len().max(1);
    clean.truncate(trimmed);
    clean
}

/// Whether the first path is the second or an ancestor of it.
pub(super) fn is_at_or_above(above: &str, path: &str) -> bool {
    path.strip_prefix(above).is_some_and(|rest| rest.is_empty() || rest.starts_with('/') || above == "/")
}

#[cfg(test)]
mod tests {
    use super::{clean, is_at_or_above, of};
    use crate::compose::{Mount, Project, TopVolume};

    #[test]
    fn one_spelling() {
        let cases = [
            ("/", "/"),
            ("//var/run/docker.sock", "/var/run/docker.sock"),
            ("/etc/", "/etc"),
            ("${D:-/etc}", "/etc"),
            ("$HOME/.ssh/", "~/.ssh"),
            ("${HOME}/.ssh", "~/.ssh"),
            ("~/.ssh", "~/.ssh"),
            ("${D}/etc", "\0/etc"),
            ("", ""),
        ];
        for (path, expected) in cases {
            assert_eq!(clean(path), expected, "{path}");
        }
    }

    #[test]
    fn below_is_by_segment() {
        assert!(is_at_or_above("/", "/etc") && is_at_or_above("/etc", "/etc/x"));
        assert!(!is_at_or_above("/etc", "/etcetera") && !is_at_or_above("/etc/x", "/etc"));
    }

    #[test]
    fn a_volume_may_be_a_path_in_disguise() {
        let option = |name: &str, value: &str| (name.to_owned(), Some(value.to_owned()));
        let volume = TopVolume {
            name: "logs".into(),
            driver_opts: [option("device", "/var/log/"), option("o", "bind")].into(),
            ..TopVolume::default()
        };
        let project = Project { volumes: vec![volume], ..Project::default() };
        let path = |text: &str| of(&Mount::parse(text), &project);
        assert_eq!(path("logs:/x").as_deref(), Some("/var/log"));
        assert_eq!(path("other:/x"), None);
        assert_eq!(path("/srv/:/x").as_deref(), Some("/srv"));
        assert_eq!(path("/x"), None);
    }
}
