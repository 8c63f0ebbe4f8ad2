//! The directories that a Dockerfile makes or hands over: whose they are, and whether anything is in them.
//!
//! Only what was named; of the rest of the image nothing is known.

use std::collections::BTreeMap;

use super::super::mounts::is_at_or_below;
use super::accounts::Who;

/// A directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Directory {
    owner: Who,
    group: Who,
    group_writes: bool,
    all_write: bool,
    /// The line that put something into it, or that handed it over with what was in it before.
    pub(super) content: Option<u32>,
    /// The line that made it or handed it over last.
    pub(super) line: u32,
    /// Whether it is somebody's home: then it has a few files that nobody needs.
    pub(super) is_home: bool,
}

/// The directories by path.
#[derive(Clone, Debug, Default)]
pub(super) struct Files(BTreeMap<String, Directory>);

/// Directories that every image has.
const USUAL: [&str; 17] = [
    "/",
    "/bin",
    "/etc",
    "/home",
    "/lib",
    "/media",
    "/mnt",
    "/opt",
    "/root",
    "/run",
    "/sbin",
    "/srv",
    "/tmp",
    "/usr",
    "/var",
    "/usr/local",
    "/usr/share",
];

/// Further ones below `/var`.
const USUAL_VAR: [&str; 6] = ["/var/lib", "/var/log", "/var/cache", "/var/run", "/var/tmp", "/var/spool"];

/// Directories that are kept in mind; more were not written by a person.
const MOST: usize = 500;

impl Files {
    /// Makes a directory; an empty one when it was surely not there before. Those above it may have been there.
    pub(super) fn make(&mut self, path: &str, owner: &Who, group: &Who, is_new: bool, line: u32) {
        if !is_usual(path) && self.0.len() < MOST {
            let content = Some(line).filter(|_| !is_new);
            let fresh = || Directory { content, ..Directory::new(owner, group, line) };
            self.0.entry(path.to_owned()).or_insert_with(fresh);
        }
    }

    /// Makes somebody's home.
    pub(super) fn make_home(&mut self, path: &str, owner: &Who, line: u32) {
        if !is_usual(path) {
            let home = self.0.entry(path.to_owned()).or_insert_with(|| Directory::new(owner, owner, line));
            home.is_home = true;
            home.owner = owner.clone();
        }
    }

    /// Something comes to be at a path: everything above has content now.
    pub(super) fn fill(&mut self, path: &str, line: u32) {
        for (_, directory) in self.0.iter_mut().filter(|(above, _)| is_at_or_below(path, above)) {
            directory.content.get_or_insert(line);
        }
    }

    /// A directory with content is copied to a path.
    pub(super) fn copy(&mut self, path: &str, owner: &Who, group: &Who, line: u32) {
        let fresh = || Directory { content: Some(line), ..Directory::new(owner, group, line) };
        if !is_usual(path) && self.0.len() < MOST {
            let directory = self.0.entry(path.to_owned()).or_insert_with(fresh);
            if !owner.is_root() {
                // one that was there keeps its owner, but what is in it may be written now
                directory.owner = owner.clone();
                directory.line = line;
            }
        }
        self.fill(path, line);
    }

    /// A file is copied to a path. A directory that has to be made for it belongs to the owner of the file.
    pub(super) fn copy_file(&mut self, to: &str, is_directory: bool, owner: &Who, group: &Who, line: u32) {
        let above = to.rsplit_once('/').map_or("", |(above, _)| above);
        let directory = if is_directory || self.0.contains_key(to) { to } else { above };
        if owner.is_root() || directory.is_empty() || self.0.contains_key(directory) {
            self.fill(to, line);
        } else {
            self.copy(directory, owner, group, line);
        }
    }

    /// Hands a path over. One that nobody made here was there before, with whatever is in it.
    pub(super) fn chown(
        &mut self,
        path: &str,
        owner: Option<&Who>,
        group: Option<&Who>,
        deep: bool,
        line: u32,
    ) {
        self.change(path, deep, line, |directory| {
            if let Some(owner) = owner {
                directory.owner = owner.clone();
            }
            if let Some(group) = group {
                directory.group = group.clone();
            }
        });
    }

    /// Changes who may write.
    pub(super) fn chmod(&mut self, path: &str, group: bool, all: bool, deep: bool, line: u32) {
        self.change(path, deep, line, |directory| {
            directory.group_writes |= group;
            directory.all_write |= all;
        });
    }

    fn change(&mut self, path: &str, deep: bool, line: u32, change: impl Fn(&mut Directory)) {
        if !looks_like_file(path) && self.0.len() < MOST && path != "/tmp" {
            let root = Who::root();
            // a container starts with nothing in `/run`
            let content = Some(line).filter(|_| path != "/run");
            let before = || Directory { content, ..Directory::new(&root, &root, line) };
            self.0.entry(path.to_owned()).or_insert_with(before);
        }
        let reached = self.0.iter_mut().filter(|(at, _)| *at == path || (deep && is_at_or_below(at, path)));
        for (_, directory) in reached {
            change(directory);
            directory.line = line;
        }
    }

    /// Takes over those of another image.
    pub(super) fn import(&mut self, other: &Self) {
        self.0.extend(other.0.clone());
    }

    /// The directories that a user may write to, by path. One with a directory of somebody else in it has content.
    pub(super) fn writable(&self, user: &Who, group: &Who) -> Vec<(&str, Directory)> {
        let mut writable: Vec<(&str, Directory)> = Vec::new();
        for (path, directory) in self.0.iter().rev() {
            if directory.is_writable(user, group) {
                writable.push((path, directory.clone()));
            }
        }
        for (path, directory) in &mut writable {
            let foreign = self.0.iter().find(|(at, inner)| {
                at.as_str() != *path && is_at_or_below(at, path) && !inner.is_writable(user, group)
            });
            directory.content = directory.content.or(foreign.map(|(_, inner)| inner.line));
        }
        writable.reverse();
        writable
    }
}

impl Directory {
    fn new(owner: &Who, group: &Who, line: u32) -> Self {
        Self {
            owner: owner.clone(),
            group: group.clone(),
            group_writes: false,
            all_write: false,
            content: None,
            line,
            is_home: false,
        }
    }

    fn is_writable(&self, user: &Who, group: &Who) -> bool {
        self.all_write || self.owner.may_be(user) || (self.group_writes && self.group.may_be(group))
    }
}

fn is_usual(path: &str) -> bool {
    USUAL.contains(&path) || USUAL_VAR.contains(&path)
}

/// A name with an extension; `.cache` and `conf.d` are directories.
pub(super) fn looks_like_file(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    let extension = name.rsplit_once('.').filter(|(stem, _)| !stem.is_empty());
    extension.is_some_and(|(_, extension)| extension != "d" && !extension.is_empty())
}

/// A path from a directory, without `.`, `..` and doubled slashes. `/var/run` is a link to `/run`.
pub(super) fn join(directory: &str, path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    let from = if path.starts_with('/') { "" } else { directory };
    for part in from.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    match parts.as_slice() {
        ["var", "run", rest @ ..] => format!("/run/{}", rest.join("/")).trim_end_matches('/').to_owned(),
        parts => format!("/{}", parts.join("/")),
    }
}

#[cfg(test)]
mod tests {
    use super::{Files, join, looks_like_file};
    use crate::image::dockerfile::accounts::Who;

    fn who(id: u32) -> Who {
        Who { name: None, id: Some(id) }
    }

    fn show(files: &Files, uid: u32, gid: u32) -> String {
        let all = files.writable(&who(uid), &who(gid));
        let all = all.into_iter().map(|(path, directory)| match directory.content {
            Some(line) => format!("{path}!{line}"),
            None => path.to_owned(),
        });
        all.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn whose_directories_are() {
        let (root, app) = (Who::root(), who(5));
        let mut files = Files::default();
        files.make("/data", &root, &root, true, 1);
        files.make("/data/x", &root, &root, true, 1);
        files.make("/old", &app, &app, false, 1);
        assert_eq!(show(&files, 5, 5), "/old!1");
        files.chown("/data", Some(&app), None, false, 2);
        assert_eq!(show(&files, 5, 5), "/data!1 /old!1", "a directory of root is in it");
        files.chown("/data", Some(&app), None, true, 2);
        assert_eq!(show(&files, 5, 5), "/data /data/x /old!1");
        files.fill("/data/x/y", 3);
        assert_eq!(show(&files, 5, 5), "/data!3 /data/x!3 /old!1");
        files.chown("/srv/old", Some(&app), None, false, 4);
        files.chown("/run.sh", Some(&app), None, false, 4);
        assert_eq!(show(&files, 5, 5), "/data!3 /data/x!3 /old!1 /srv/old!4");
        assert_eq!(show(&files, 6, 6), "");
    }

    #[test]
    fn groups_and_everybody() {
        let root = Who::root();
        let mut files = Files::default();
        files.make("/a", &root, &root, true, 1);
        files.make("/b", &root, &root, true, 1);
        files.make("/b/c", &root, &root, true, 2);
        files.chmod("/a", true, false, false, 3);
        files.chmod("/b", true, true, false, 3);
        assert_eq!(show(&files, 5, 0), "/a /b!2");
        assert_eq!(show(&files, 5, 5), "/b!2");
    }

    #[test]
    fn paths() {
        assert_eq!(join("/app", "./x/../y//z/"), "/app/y/z");
        assert_eq!(join("/app", "/x"), "/x");
        assert_eq!(join("/", "../.."), "/");
        assert_eq!((join("/", "var/run/"), join("/var", "run/x")), ("/run".to_owned(), "/run/x".to_owned()));
        assert!(looks_like_file("/x/run.sh") && !looks_like_file("/x/.cache"));
        assert!(!looks_like_file("/etc/conf.d") && !looks_like_file("/x/y"));
    }
}
