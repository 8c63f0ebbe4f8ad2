//! What may repair a control: the paths that a log tells of, a higher limit, another user; and which control a symptom
//! points to.
//!
//! Proposes only; whether it works is found by running it.

use std::collections::BTreeSet;

use super::search::Control;
use super::symptom::{Kind, Symptom};

/// How often a limit is raised.
const RAISES: usize = 5;

/// Entries of a tmpfs list, each path once; those that were planned first.
pub(super) fn merged(planned: &[String], more: &[String]) -> Vec<String> {
    let path = |entry: &String| entry.split(':').next().unwrap_or_default().to_owned();
    let known: BTreeSet<String> = more.iter().map(path).collect();
    let kept = planned.iter().filter(|entry| !known.contains(&path(entry)));
    kept.chain(more).cloned().collect()
}

/// Paths that a log says are on a read-only filesystem.
pub(super) fn read_only_paths(log: &str) -> BTreeSet<String> {
    let lines = log.lines().filter(|line| line.to_lowercase().contains("read-only file system"));
    let words = lines.flat_map(|line| line.split(|c: char| c.is_whitespace() || "'\"`():,;[]".contains(c)));
    let paths = words.filter(|word| word.starts_with('/') && word.len() > 1);
    paths.map(|path| path.trim_end_matches('/').to_owned()).collect()
}

/// Whether an entry of a tmpfs list is a path or above it.
pub(super) fn covers(entry: &str, path: &str) -> bool {
    let memory = entry.split(':').next().unwrap_or_default();
    path.strip_prefix(memory).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The directory of a path; none for one at the root.
pub(super) fn parent(path: &str) -> Option<String> {
    let (parent, _) = path.rsplit_once('/')?;
    (!parent.is_empty()).then(|| parent.to_owned())
}

/// The control that a symptom points to.
pub(super) fn suspect(symptom: &Symptom) -> Option<&'static str> {
    let log = symptom.log.to_lowercase() + &symptom.words.to_lowercase();
    match symptom.kind {
        Kind::Memory => Some("mem_limit"),
        _ if log.contains("read-only file system") => Some("read_only"),
        _ if log.contains("operation not permitted") => Some("cap_drop"),
        _ if log.contains("resource temporarily unavailable") => Some("pids_limit"),
        _ => None,
    }
}

/// The next limit: what holds the most that was seen with half as much on top, then twice the highest that was tried, a few
/// times.
pub(super) fn raised(
    tried: &BTreeSet<Vec<String>>,
    peak: u64,
    read: impl Fn(&str) -> Option<u64>,
    write: impl Fn(u64) -> String,
) -> Option<Vec<String>> {
    let highest = tried.iter().filter_map(|values| read(values.first()?)).max()?;
    let enough = peak.saturating_add(peak / 2).checked_next_power_of_two().unwrap_or(peak);
    let next = if enough > highest { enough } else { highest.saturating_mul(2) };
    (tried.len() <= RAISES).then(|| vec![write(next)])
}

/// The controls for a start as a user other than root: without capabilities, with memory that belongs to it.
pub(super) fn as_user(controls: &[Control], user: &str) -> Vec<Control> {
    let (uid, gid) = user.split_once(':').unwrap_or((user, "0"));
    let owned = |entry: &String| match entry.as_str() {
        // everybody's
        "/tmp" | "/var/tmp" => entry.clone(),
        path if !path.contains(':') => format!("{path}:uid={uid},gid={gid}"),
        _ => entry.clone(),
    };
    let others = controls.iter().filter(|(pass, _)| pass != "user").map(|(pass, values)| {
        let values = match pass.as_str() {
            "cap_drop" => Vec::new(),
            "read_only" => values.iter().map(owned).collect(),
            _ => values.clone(),
        };
        (pass.clone(), values)
    });
    [("user".to_owned(), vec![user.to_owned()])].into_iter().chain(others).collect()
}

#[cfg(test)]
mod tests {
    use super::{covers, parent, read_only_paths};

    #[test]
    fn paths_in_logs() {
        let log = "x\nmkdir: cannot create directory '/a/b': Read-only file system\nsee /etc/x\n\
                   open(\"/c/d.log\", 2): Read-only file system";
        assert_eq!(read_only_paths(log).into_iter().collect::<Vec<_>>(), ["/a/b", "/c/d.log"]);
        assert!(covers("/a:uid=1", "/a/b") && covers("/a", "/a") && !covers("/a", "/ab"));
        assert_eq!((parent("/a/b").as_deref(), parent("/a")), (Some("/a"), None));
    }
}
