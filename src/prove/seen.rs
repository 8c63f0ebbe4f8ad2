//! What is seen of a service while it runs: who its processes are, what it uses, where it writes.
//!
//! Pure: the judge asks the engine and notes the answers here.

use std::collections::{BTreeMap, BTreeSet};

use super::users::Users;
use crate::docker::{Process, Written};
use crate::evidence::{Peak, Stop};

/// What is seen of one service.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Seen {
    /// Id of its image.
    pub image: String,
    /// Whether it ends by itself with success.
    pub ends: bool,
    /// Whether a healthcheck asks it how it is.
    pub asked: bool,
    /// Whether what is known of its image asks for what this service has not.
    pub unfit: bool,
    /// How it ends when it is told to; none for one that has ended by then.
    pub stop: Option<Stop>,
    /// The most it used.
    pub peak: Peak,
    /// Names of processes that are not root's, as long as they were there each time.
    workers: Option<BTreeSet<String>>,
    /// Whom it may run as.
    pub users: Users,
    /// What it wrote to the root filesystem.
    written: BTreeMap<String, bool>,
    /// Directories it wrote to.
    directories: BTreeMap<String, Directory>,
}

/// A directory as it is in a container.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Directory {
    /// User and group that it belongs to.
    pub owner: (u32, u32),
    /// Names in it.
    pub names: BTreeSet<String>,
}

/// Where the engine itself writes.
const OF_THE_ENGINE: [&str; 6] = ["/dev", "/proc", "/sys", "/etc/hosts", "/etc/hostname", "/etc/resolv.conf"];

/// What starts programs.
const SHELLS: [&str; 5] = ["sh", "ash", "bash", "busybox", "dash"];

impl Seen {
    /// Notes what runs.
    pub fn note_processes(&mut self, processes: &[Process]) {
        let names: BTreeSet<String> =
            processes.iter().filter(|process| process.uid != 0).map(|process| process.name.clone()).collect();
        self.workers = Some(match self.workers.take() {
            // what comes and goes, such as a healthcheck, is not the service
            Some(known) => known.intersection(&names).cloned().collect(),
            None => names,
        });
        self.users.note_processes(processes);
    }

    /// What is missing of the processes that step down, in words.
    #[must_use]
    pub fn missing(&self, processes: &[Process]) -> Option<String> {
        let is_there = |name: &String, root: bool| {
            processes.iter().any(|process| process.name == *name && (process.uid == 0) == root)
        };
        // a program may do without the shell that started it
        let is_missed = |name: &&String| is_there(name, true) || !SHELLS.contains(&name.as_str());
        let mut missing = self.workers.iter().flatten().filter(|name| !is_there(name, false));
        let missing = missing.find(is_missed)?;
        Some(if is_there(missing, true) {
            format!("`{missing}` still runs as root: it does not step down")
        } else {
            format!("no `{missing}` runs any more")
        })
    }

    /// Notes what was written, but for what is mounted.
    pub fn note_written(&mut self, written: &[Written], mounted: &[&str]) {
        let is_below = |path: &str, above: &str| {
            path.strip_prefix(above).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        for Written { path, added } in written {
            let others = OF_THE_ENGINE.iter().chain(mounted);
            if !others.into_iter().any(|above| is_below(path, above)) {
                self.written.entry(path.clone()).or_insert(*added);
            }
        }
        // the directories on the way to a mount were only made for it
        let on_the_way = |path: &str| mounted.iter().any(|mount| is_below(mount, path));
        self.written.retain(|path, _| !on_the_way(path));
    }

    /// The directories in which something was written: the nearest that was there before.
    #[must_use]
    pub fn places(&self) -> BTreeSet<String> {
        let in_places = self.written.iter().filter(|(path, added)| **added || !self.is_parent(path));
        in_places.filter_map(|(path, _)| self.nearest_old(path)).collect()
    }

    /// Whether something that was written lies below.
    fn is_parent(&self, path: &str) -> bool {
        let below = format!("{path}/");
        self.written.keys().any(|other| other.starts_with(&below))
    }

    fn nearest_old(&self, path: &str) -> Option<String> {
        let (parent, _) = path.rsplit_once('/')?;
        if self.written.get(parent) == Some(&true) {
            return self.nearest_old(parent);
        }
        (!parent.is_empty()).then(|| parent.to_owned())
    }

    /// Directories of which it is not known what is in them.
    #[must_use]
    pub fn unknown_directories(&self) -> Vec<String> {
        let added = self.written.iter().filter(|(path, added)| **added && self.is_parent(path));
        let all = self.places().into_iter().chain(added.map(|(path, _)| path.clone()));
        all.filter(|path| !self.directories.contains_key(path)).collect()
    }

    /// A shell command that tells of directories.
    #[must_use]
    pub fn question(directories: &[String]) -> String {
        let quoted: Vec<String> =
            directories.iter().map(|path| format!("'{}'", path.replace('\'', r"'\''"))).collect();
        format!(
            "for d in {}; do printf '\\001%s\\n' \"$d\"; stat -c '%u %g' \"$d\"; ls -A \"$d\"; done 2>/dev/null",
            quoted.join(" ")
        )
    }

    /// Notes the answer.
    pub fn note_directories(&mut self, answer: &str) {
        for part in answer.split('\u{1}').skip(1) {
            let mut lines = part.lines();
            let (Some(path), Some(owner)) = (lines.next(), lines.next()) else { continue };
            let Some((uid, gid)) = owner.split_once(' ') else { continue };
            let (Ok(uid), Ok(gid)) = (uid.parse(), gid.parse()) else { continue };
            let names = lines.map(str::to_owned).collect();
            self.directories.insert(path.to_owned(), Directory { owner: (uid, gid), names });
        }
    }

    /// What would have to be memory for a read-only root filesystem: each with its options; or the path that cannot be,
    /// because it would hide files of the image.
    ///
    /// # Errors
    /// The path of a file of the image that is changed, or of a new one among others.
    pub fn memory(&self) -> Result<Vec<String>, String> {
        let mut wanted = BTreeSet::new();
        for place in self.places() {
            wanted.extend(self.below(&place)?);
        }
        let is_covered = |path: &str| {
            wanted.iter().any(|other: &String| {
                path.strip_prefix(other.as_str()).is_some_and(|rest| rest.starts_with('/'))
            })
        };
        Ok(wanted.iter().filter(|path| !is_covered(path)).map(|path| self.entry(path)).collect())
    }

    /// The place itself where the image has nothing in it; else the directories that were made in it.
    fn below(&self, place: &str) -> Result<Vec<String>, String> {
        let children = || {
            let prefix = format!("{place}/");
            let children = self
                .written
                .iter()
                .filter(move |(path, _)| path.strip_prefix(&prefix).is_some_and(|rest| !rest.contains('/')));
            children.map(|(path, added)| (path.clone(), *added)).collect::<Vec<_>>()
        };
        let ours: BTreeSet<String> = children()
            .into_iter()
            .filter(|(_, added)| *added)
            .filter_map(|(path, _)| path.rsplit_once('/').map(|(_, name)| name.to_owned()))
            .collect();
        let has_content =
            self.directories.get(place).is_some_and(|found| found.names.difference(&ours).next().is_some());
        if !has_content {
            return Ok(vec![place.to_owned()]);
        }
        let mut made = Vec::new();
        for (path, added) in children() {
            match (added, self.directories.contains_key(&path)) {
                (true, true) => made.push(path),
                // a directory of the image in which something was written is a place of its own
                (false, _) if self.is_parent(&path) => {}
                _ => return Err(path),
            }
        }
        Ok(made)
    }

    /// A `tmpfs` for whom the directory belongs to.
    fn entry(&self, path: &str) -> String {
        match self.directories.get(path).map(|found| found.owner) {
            Some((uid, gid)) if uid != 0 => format!("{path}:uid={uid},gid={gid}"),
            _ => path.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Seen;
    use crate::docker::{Process, Written};

    fn process(name: &str, uid: u32) -> Process {
        Process { pid: 1, uid, gid: uid, name: name.into() }
    }

    fn wrote(paths: &[(&str, bool)], mounted: &[&str], answer: &str) -> Seen {
        let written: Vec<Written> =
            paths.iter().map(|(path, added)| Written { path: (*path).into(), added: *added }).collect();
        let mut seen = Seen::default();
        seen.note_written(&written, mounted);
        seen.note_directories(answer);
        seen
    }

    #[test]
    fn a_server_that_never_steps_down_is_found() {
        let mut seen = Seen::default();
        seen.note_processes(&[process("httpd", 0), process("httpd", 33), process("curl", 33)]);
        seen.note_processes(&[process("httpd", 0), process("httpd", 33)]);
        assert_eq!(seen.users.own(), ["33:33"]);
        assert_eq!(seen.missing(&[process("httpd", 0), process("httpd", 33)]), None);
        let root = seen.missing(&[process("httpd", 0)]).unwrap();
        assert_eq!(root, "`httpd` still runs as root: it does not step down");
        assert_eq!(seen.missing(&[]).unwrap(), "no `httpd` runs any more");
    }

    #[test]
    fn a_shell_may_go_and_may_not_become_roots() {
        let mut seen = Seen::default();
        seen.note_processes(&[process("sh", 1000), process("node", 1000)]);
        assert_eq!(seen.missing(&[process("node", 1000)]), None);
        assert!(seen.missing(&[process("sh", 1000)]).is_some());
        assert!(seen.missing(&[process("sh", 0), process("node", 1000)]).is_some());
    }

    #[test]
    fn an_empty_directory_becomes_memory_for_its_owner() {
        let paths = [("/run", false), ("/run/app.pid", true), ("/var", false), ("/var/cache", false)];
        let more = [("/var/cache/app", false), ("/var/cache/app/x", true), ("/etc/hosts", false)];
        let seen = wrote(
            &[paths.as_slice(), more.as_slice()].concat(),
            &[],
            "\u{1}/run\n0 0\napp.pid\n\u{1}/var/cache/app\n101 101\nx\n",
        );
        assert_eq!(seen.places().into_iter().collect::<Vec<_>>(), ["/run", "/var/cache/app"]);
        assert_eq!(seen.memory().unwrap(), ["/run", "/var/cache/app:uid=101,gid=101"]);
    }

    #[test]
    fn a_directory_that_was_made_among_others_is_memory_itself() {
        let paths = [("/opt", false), ("/opt/x", true), ("/opt/x/f", true)];
        let seen = wrote(&paths, &[], "\u{1}/opt\n0 0\nx\ntool\n\u{1}/opt/x\n0 0\nf\n");
        assert_eq!(seen.memory().unwrap(), ["/opt/x"]);
    }

    #[test]
    fn files_of_the_image_cannot_be_memory() {
        let changed = wrote(&[("/etc", false), ("/etc/passwd", false)], &[], "\u{1}/etc\n0 0\npasswd\n");
        assert_eq!(changed.memory(), Err("/etc/passwd".to_owned()));
        let among = wrote(&[("/app", false), ("/app/log", true)], &[], "\u{1}/app\n0 0\nlog\nmain.py\n");
        assert_eq!(among.memory(), Err("/app/log".to_owned()));
    }

    #[test]
    fn what_is_mounted_is_not_written() {
        let paths = [("/var", false), ("/var/lib", false), ("/var/lib/x", true), ("/var/lib/x/d", true)];
        let seen = wrote(&paths, &["/var/lib/x/d"], "");
        assert!(seen.places().is_empty() && seen.memory().unwrap().is_empty());
    }

    #[test]
    fn the_question_can_ask_for_any_path() {
        assert!(Seen::question(&["/a'b".to_owned()]).contains(r"'/a'\''b'"));
    }
}
