//! Removes what a run has made, by the label that everything it makes carries: at its end, and for `prove --clean` what runs
//! left that were killed.
//!
//! Touches nothing without the label, and nothing of a run that still goes on.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::time::Duration;

use super::run::{Call, Failure};

/// The label of everything that a run makes; its value is the run.
pub const LABEL: &str = "harden.prove";

/// The label that says which process the run belongs to.
pub const OWNER: &str = "harden.prove.owner";

/// What the names of projects and directories begin with.
pub const PREFIX: &str = "harden-prove-";

const LIMIT: Duration = Duration::from_secs(120);

/// What was removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// Containers.
    pub containers: usize,
    /// Volumes.
    pub volumes: usize,
    /// Networks.
    pub networks: usize,
    /// Images.
    pub images: usize,
    /// Directories.
    pub directories: usize,
    /// Runs that still go on.
    pub alive: usize,
}

/// A kind of thing that the engine has: how to list it with its owner, and how to remove it.
struct Kind {
    list: &'static [&'static str],
    owner: &'static str,
    remove: &'static [&'static str],
}

const KINDS: [Kind; 4] = [
    Kind {
        list: &["ps", "-a", "--no-trunc"],
        owner: "{{.ID}}\t{{.Label \"harden.prove\"}}\t{{.Label \"harden.prove.owner\"}}",
        remove: &["rm", "-f", "-v"],
    },
    Kind {
        list: &["volume", "ls"],
        owner: "{{.Name}}\t{{.Label \"harden.prove\"}}\t{{.Label \"harden.prove.owner\"}}",
        remove: &["volume", "rm", "-f"],
    },
    Kind {
        list: &["network", "ls", "--no-trunc"],
        owner: "{{.ID}}\t{{.Label \"harden.prove\"}}\t{{.Label \"harden.prove.owner\"}}",
        remove: &["network", "rm"],
    },
    // the label of an image is not told, its name is
    Kind { list: &["image", "ls", "--no-trunc"], owner: "{{.ID}}\t{{.Repository}}", remove: &["rmi", "-f"] },
];

/// Removes what one run has started: its containers, volumes and networks. Images that it has built stay for its next start.
///
/// # Errors
/// When the engine does not answer.
pub fn clear(run: &str) -> Result<(), Failure> {
    for kind in KINDS.iter().filter(|kind| kind.list.first() != Some(&"image")) {
        let doomed = doomed(kind, Some(run), &mut BTreeMap::new())?;
        remove(kind, &doomed)?;
    }
    Ok(())
}

/// Removes what one run has made, or what all runs have left whose process is gone.
///
/// # Errors
/// When the engine does not answer.
pub fn sweep(run: Option<&str>) -> Result<Swept, Failure> {
    let mut alive = BTreeMap::new();
    let mut counts = [0; 4];
    for (kind, count) in KINDS.iter().zip(&mut counts) {
        let doomed = doomed(kind, run, &mut alive)?;
        remove(kind, &doomed)?;
        *count = doomed.len();
    }
    let [containers, volumes, networks, images] = counts;
    let directories = if run.is_none() { directories() } else { 0 };
    let alive = alive.values().filter(|alive| **alive).count();
    Ok(Swept { containers, volumes, networks, images, directories, alive })
}

fn remove(kind: &Kind, doomed: &[String]) -> Result<(), Failure> {
    if doomed.is_empty() {
        return Ok(());
    }
    let words = kind.remove.iter().copied().chain(doomed.iter().map(String::as_str));
    Call::docker(words, LIMIT).deaf(true).run().map(drop)
}

/// The ids of what is to be removed.
fn doomed(
    kind: &Kind,
    run: Option<&str>,
    alive: &mut BTreeMap<String, bool>,
) -> Result<Vec<String>, Failure> {
    let filter = run.map_or_else(|| format!("label={LABEL}"), |run| format!("label={LABEL}={run}"));
    let words = kind.list.iter().copied().chain(["--filter", &filter, "--format", kind.owner]);
    let told = Call::docker(words, LIMIT).deaf(true).good()?;
    let mut ids = BTreeSet::new();
    for line in told.lines() {
        let mut cells = line.split('\t');
        let id = cells.next().unwrap_or_default().to_owned();
        let (of, owner) = (cells.next().unwrap_or_default(), cells.next().unwrap_or_default());
        let name = of.strip_prefix(PREFIX).unwrap_or_default();
        let of_alive = alive.keys().any(|run: &String| !name.is_empty() && name.starts_with(run));
        let is_alive = run.is_none() && (of_alive || lives(owner));
        if is_alive {
            alive.entry(of.to_owned()).or_insert(!of_alive);
        } else {
            // an image is told once for each of its names
            ids.insert(id);
        }
    }
    Ok(ids.into_iter().collect())
}

/// Directories of runs whose process is gone.
fn directories() -> usize {
    let entries = fs::read_dir(std::env::temp_dir()).into_iter().flatten().flatten();
    let ours = entries.filter(|entry| entry.file_name().to_string_lossy().starts_with(PREFIX));
    let gone = ours.filter(|entry| {
        #[expect(clippy::disallowed_methods, reason = "a run wrote it, and not a user")]
        let owner = fs::read_to_string(entry.path().join("owner")).unwrap_or_default();
        !lives(&owner)
    });
    gone.filter(|entry| fs::remove_dir_all(entry.path()).is_ok()).count()
}

/// Whether a process is there and is harden. Where that cannot be seen, any other process than this one counts as gone.
fn lives(pid: &str) -> bool {
    let Ok(pid) = pid.trim().parse::<u32>() else { return false };
    #[expect(clippy::disallowed_methods, reason = "the kernel wrote it, and not a user")]
    let name = fs::read_to_string(format!("/proc/{pid}/comm"));
    name.is_ok_and(|name| name.trim() == "harden")
}

#[cfg(test)]
mod tests {
    use super::lives;

    #[test]
    fn only_a_harden_is_alive() {
        assert!(!lives("") && !lives("x") && !lives("1"), "the first process is no harden");
        assert!(!lives(&std::process::id().to_string()), "a test is none either");
    }
}
