//! Who a service may run as instead of root: the user it steps down to, the owner of its data, the users that its image has
//! beside those of every distribution.
//!
//! Pure: the judge asks in the container and notes the answers here. Whether one works is found by running it.

use std::collections::BTreeSet;

use crate::docker::Process;

/// What is known of users in a container.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Users {
    /// Whom its processes step down to.
    steps_down: BTreeSet<(u32, u32)>,
    /// Whom its data belong to.
    owners: BTreeSet<(u32, u32)>,
    /// The others that its image has.
    named: BTreeSet<(u32, u32)>,
}

/// Users that distributions have in every image; none is made for a service.
const OF_EVERY_IMAGE: [&str; 44] = [
    "_apt",
    "adm",
    "at",
    "backup",
    "bin",
    "cron",
    "cyrus",
    "daemon",
    "dbus",
    "ftp",
    "games",
    "gnats",
    "guest",
    "halt",
    "irc",
    "list",
    "lp",
    "mail",
    "man",
    "messagebus",
    "news",
    "nobody",
    "ntp",
    "operator",
    "polkitd",
    "postmaster",
    "proxy",
    "root",
    "shutdown",
    "smmsp",
    "squid",
    "sshd",
    "sync",
    "sys",
    "systemd-coredump",
    "systemd-network",
    "systemd-resolve",
    "systemd-timesync",
    "tss",
    "uucp",
    "vpopmail",
    "www-data",
    "xfs",
    "utmp",
];

/// Most users that are tried of those an image has.
const MOST: usize = 4;

impl Users {
    /// Notes whom processes belong to.
    pub fn note_processes(&mut self, processes: &[Process]) {
        let others = processes.iter().filter(|process| process.uid != 0);
        self.steps_down.extend(others.map(|process| (process.uid, process.gid)));
    }

    /// A shell command that tells of the users of an image, and of whom data belong to.
    #[must_use]
    pub fn question(mounted: &[&str]) -> String {
        let quoted: Vec<String> =
            mounted.iter().map(|path| format!("'{}'", path.replace('\'', r"'\''"))).collect();
        let owners = if quoted.is_empty() {
            String::new()
        } else {
            format!("stat -c 'data:%u:%g' {};", quoted.join(" "))
        };
        format!("{{ {owners} cat /etc/passwd; }} 2>/dev/null")
    }

    /// Notes the answer: lines of `/etc/passwd`, and those of the data.
    pub fn note(&mut self, answer: &str) {
        for line in answer.lines() {
            let cells: Vec<&str> = line.split(':').collect();
            match cells.as_slice() {
                ["data", uid, gid] => self.owners.extend(ids(uid, gid)),
                [name, _, uid, gid, ..] if !OF_EVERY_IMAGE.contains(name) => self.named.extend(ids(uid, gid)),
                _ => {}
            }
        }
    }

    /// Whom it steps down to, and whom its data belong to: those it works with already.
    #[must_use]
    pub fn own(&self) -> Vec<String> {
        let owners = self.owners.iter().filter(|owner| !self.steps_down.contains(owner));
        self.steps_down.iter().chain(owners).map(shown).collect()
    }

    /// All of them, the likeliest first.
    #[must_use]
    pub fn all(&self) -> Vec<String> {
        let mut all = self.own();
        let others = self.named.iter().map(shown).filter(|user| !all.contains(user)).take(MOST);
        let others: Vec<String> = others.collect();
        all.extend(others);
        all
    }
}

/// A user who is not root.
fn ids(uid: &str, gid: &str) -> Option<(u32, u32)> {
    let (uid, gid) = (uid.parse().ok()?, gid.parse().ok()?);
    (uid != 0).then_some((uid, gid))
}

fn shown((uid, gid): &(u32, u32)) -> String {
    format!("{uid}:{gid}")
}

#[cfg(test)]
mod tests {
    use super::Users;
    use crate::docker::Process;

    #[test]
    fn the_likeliest_come_first() {
        let mut users = Users::default();
        let process = |uid, gid| Process { pid: 1, uid, gid, name: "x".into() };
        users.note_processes(&[process(0, 0), process(70, 71)]);
        users.note(
            "data:0:0\ndata:1234:1235\ndata:70:71\nroot:x:0:0:root:/root:/bin/sh\nbin:x:1:1::/:/x\n\
             app:x:1000:1000::/home/app:/bin/sh\npg:x:70:71::/:/x\nodd\n",
        );
        assert_eq!(users.own(), ["70:71", "1234:1235"]);
        assert_eq!(users.all(), ["70:71", "1234:1235", "1000:1000"]);
    }

    #[test]
    fn the_question_can_ask_for_any_path() {
        assert!(Users::question(&["/a'b"]).contains(r"stat -c 'data:%u:%g' '/a'\''b';"));
        assert_eq!(Users::question(&[]), "{  cat /etc/passwd; } 2>/dev/null");
    }
}
