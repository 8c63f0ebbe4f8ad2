//! What is seen when a service does not do its job, in words that hold no value of any environment.

use std::fmt;

/// When it was seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// At its first start, with nothing on its volumes.
    #[default]
    Fresh,
    /// After it was stopped and started.
    Restarted,
    /// After it was removed and made again, on the volumes that it had filled.
    Again,
}

/// What kind of thing was seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    /// The engine did not start it.
    Start,
    /// It ended by itself.
    #[default]
    Exit,
    /// The kernel killed it for want of memory.
    Memory,
    /// Its healthcheck fails.
    Health,
    /// The user's own probe fails.
    Probe,
    /// Processes that used to step down still run as root, or are gone.
    Root,
    /// It no longer stops when it is told to.
    Stop,
    /// What was written has no effect.
    Void,
}

/// What was seen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Symptom {
    /// What kind of thing.
    pub kind: Kind,
    /// When.
    pub phase: Phase,
    /// In words.
    pub words: String,
    /// Its last lines, for whoever looks for paths in them.
    pub log: String,
}

impl fmt::Display for Symptom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let when = match self.phase {
            Phase::Fresh => "",
            Phase::Restarted => "after a restart: ",
            Phase::Again => "when made again on its volumes: ",
        };
        write!(f, "{when}{}", self.words)
    }
}

/// Longest line of a log that is told, in characters.
const LONGEST: usize = 160;

/// What often tells the cause, the most telling first.
const TELLING: [&str; 8] = [
    "read-only file system",
    "operation not permitted",
    "permission denied",
    "resource temporarily unavailable",
    "cannot",
    "failed",
    "error",
    "fatal",
];

/// Takes the values of an environment out of words.
#[derive(Clone, Debug, Default)]
pub struct Scrub {
    /// The longest first, so that one that is a part of another does not tell the rest.
    values: Vec<String>,
}

impl Scrub {
    /// Hides these values; those too short to be told from other text are left out.
    #[must_use]
    pub fn new(values: impl IntoIterator<Item = String>) -> Self {
        let mut values: Vec<String> = values.into_iter().filter(|value| value.chars().count() >= 4).collect();
        values.sort_by(|one, other| other.len().cmp(&one.len()).then(one.cmp(other)));
        values.dedup();
        Self { values }
    }

    /// The words without the values.
    #[must_use]
    pub fn clean(&self, words: &str) -> String {
        self.values.iter().fold(words.to_owned(), |words, value| words.replace(value, "***"))
    }
}

/// The line of a log that tells most of why a service failed.
#[must_use]
pub fn telling(log: &str) -> Option<String> {
    let lines: Vec<String> =
        log.lines().map(plain).filter(|line| line.chars().any(char::is_alphabetic)).collect();
    let with = |word: &str| lines.iter().rfind(|line| line.to_lowercase().contains(word)).cloned();
    let line = TELLING.into_iter().find_map(with).or_else(|| lines.last().cloned())?;
    let short: String = line.chars().take(LONGEST).collect();
    Some(if short.len() < line.len() { short + "…" } else { short })
}

/// A line without colours and what else a terminal would do.
fn plain(line: &str) -> String {
    let mut out = String::new();
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        match c {
            '\u{1b}' => while chars.next().is_some_and(|c| !c.is_ascii_alphabetic()) {},
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::{Kind, Phase, Scrub, Symptom, telling};

    #[test]
    fn the_cause_comes_before_the_last_line() {
        let log = "starting\n\u{1b}[31mmkdir: cannot create '/x': Read-only file system\u{1b}[0m\nbye\n";
        assert_eq!(telling(log).as_deref(), Some("mkdir: cannot create '/x': Read-only file system"));
        assert_eq!(telling("one\ntwo\n---\n").as_deref(), Some("two"));
        assert_eq!(telling(" \n"), None);
        assert_eq!(telling(&"é".repeat(400)).unwrap().chars().count(), 161);
    }

    #[test]
    fn values_are_never_told() {
        let scrub = Scrub::new(["hush".to_owned(), "hush-hush".to_owned(), "no".to_owned()]);
        assert_eq!(scrub.clean("login hush-hush and hush, no more"), "login *** and ***, no more");
    }

    #[test]
    fn it_says_when() {
        let symptom = Symptom {
            kind: Kind::Exit,
            phase: Phase::Restarted,
            words: "exit code 1".into(),
            log: String::new(),
        };
        assert_eq!(symptom.to_string(), "after a restart: exit code 1");
    }
}
