//! The words of a policy: every key, what it takes, and what it is for. Said once, here: the reader takes its keys and its
//! messages from this table, and `schemas/policy.schema.json` is written from it.
//!
//! Holds no value of anybody's policy.

use crate::compose::{Bytes, Scalar as _};
use crate::plan::PassId;

/// What a key takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takes {
    /// `true` or `false`
    Flag,
    /// A level.
    Level,
    /// A severity.
    Severity,
    /// A severity, or `none`.
    FailOn,
    /// A size such as 512m.
    Size,
    /// A number of processors.
    Cpus,
    /// A whole number above 0.
    Count,
    /// `uid:gid`
    User,
    /// Absolute paths, each with options of `tmpfs`.
    Paths,
    /// A size as log drivers take it.
    LogSize,
    /// A log driver that rotates.
    LogDriver,
    /// A text that says something.
    Text,
    /// A shell command, and the image that it is in.
    Probe,
    /// A day such as 2027-03-01.
    Day,
    /// A name of a service, in which `*` stands for anything.
    Service,
    /// Id of a pass.
    Pass,
    /// Passes and what is wanted of them.
    Passes,
    /// Services and what is wanted of them.
    Services,
    /// Facts of images.
    Images,
    /// Facts of one image.
    Facts,
    /// A list of waivers.
    Waivers,
    /// Waivers by pass.
    WaivedPasses,
}

/// One key.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// The key.
    pub name: &'static str,
    /// What it takes.
    pub takes: Takes,
    /// What it is for.
    pub about: &'static str,
}

const fn key(name: &'static str, takes: Takes, about: &'static str) -> Key {
    Key { name, takes, about }
}

/// What `.harden.yml` and a top-level `x-harden` hold.
pub const TOP: &[Key] = &[
    key("level", Takes::Level, "How sure harden must be of what it writes."),
    key("fail_on", Takes::FailOn, "The severity of advice from which `--check` fails."),
    key("passes", Takes::Passes, "Values of passes, and which are off."),
    key("services", Takes::Services, "The same for single services; `*` in a name stands for anything."),
    key(
        "images",
        Takes::Images,
        "What is known of your own images, as in the catalogue; a last `*` stands for any rest.",
    ),
    key("waive", Takes::Waivers, "What is left as it is, and why."),
];

/// What a service's own `x-harden` holds, and an entry of `services`.
pub const SERVICE: &[Key] = &[
    key("level", Takes::Level, "How sure harden must be of what it writes into this service."),
    key("passes", Takes::Passes, "Values of passes for this service, and which are off."),
    key("image", Takes::Facts, "What is known of its image, as in the catalogue."),
    key(
        "probe",
        Takes::Probe,
        "A shell command that succeeds when it does its job; `harden prove` runs it inside, or in an image on its network.",
    ),
    key("waive", Takes::WaivedPasses, "What is left as it is in this service, and why."),
];

/// What a `probe` holds that is not run inside the service.
pub const PROBE: &[Key] = &[
    key("command", Takes::Text, "The shell command; the service is `localhost`."),
    key("image", Takes::Text, "The image that has a shell and the programs it needs."),
];

/// What an item of `waive` holds.
pub const WAIVER: &[Key] = &[
    key("service", Takes::Service, "The service; `*` stands for anything."),
    key("pass", Takes::Pass, "The pass that is to leave it alone."),
    key("reason", Takes::Text, "Why."),
    key("until", Takes::Day, "The last day on which it holds."),
];

/// What a waiver below a service and a pass holds.
pub const WAIVED_PASS: &[Key] =
    &[key("reason", Takes::Text, "Why."), key("until", Takes::Day, "The last day on which it holds.")];

/// What every pass takes.
pub const ENABLED: Key =
    key("enabled", Takes::Flag, "Whether it runs. `false` instead of a mapping says the same.");

/// What a pass takes that advises.
pub const SEVERITY: Key = key("severity", Takes::Severity, "How bad its findings are.");

/// What single passes take.
pub const VALUES: &[(PassId, &[Key])] = &[
    ("mem_limit", &[key("default", Takes::Size, "The limit; more only where the service needs it.")]),
    ("cpus", &[key("default", Takes::Cpus, "The limit; more only where more is reserved.")]),
    ("pids_limit", &[key("default", Takes::Count, "The limit; more only where the service needs it.")]),
    (
        "user",
        &[key(
            "default",
            Takes::User,
            "For a service: who it runs as. Else: who an unknown image is tried as.",
        )],
    ),
    (
        "read_only",
        &[key(
            "tmpfs",
            Takes::Paths,
            "For a service: what it writes to. Else: what an unknown image writes to.",
        )],
    ),
    (
        "logging",
        &[
            key("driver", Takes::LogDriver, "The driver where the file names none."),
            key("max_size", Takes::LogSize, "The size at which a log file is full."),
            key("max_file", Takes::Count, "How many log files are kept."),
        ],
    ),
];

impl Takes {
    /// What a message says was expected.
    #[must_use]
    pub fn expected(self) -> &'static str {
        match self {
            Self::Flag => "true or false",
            Self::Level => "`safe`, `standard` or `strict`",
            Self::Severity => "`low`, `medium` or `high`",
            Self::FailOn => "`none`, `low`, `medium` or `high`",
            Self::Size => Bytes::EXPECTED,
            Self::Cpus => "a number of CPUs such as 1.5",
            Self::Count => "a whole number above 0",
            Self::User => "`uid:gid` in quotes",
            Self::Paths => "a list of absolute paths",
            Self::LogSize => "a size such as 10m",
            Self::LogDriver => "`json-file` or `local`",
            Self::Text => "a text that is not empty",
            Self::Probe => "a shell command, or a mapping of `command` and `image`",
            Self::Day => "a day such as 2027-03-01",
            Self::Service => "the name of a service",
            Self::Pass => "the id of a pass",
            Self::Passes => "a mapping of passes",
            Self::Services => "a mapping of services",
            Self::Images => "a mapping of images",
            Self::Facts => "a mapping of facts",
            Self::Waivers => "a list of waivers",
            Self::WaivedPasses => "a mapping of passes to their waivers",
        }
    }

    /// The words it is one of, when it is one of few.
    #[must_use]
    pub fn words(self) -> &'static [&'static str] {
        match self {
            Self::Level => &["safe", "standard", "strict"],
            Self::Severity => &["low", "medium", "high"],
            Self::FailOn => &["none", "low", "medium", "high"],
            Self::LogDriver => &["json-file", "local"],
            _ => &[],
        }
    }
}

/// The keys below a pass.
pub fn pass_keys(pass: &str, advises: bool) -> impl Iterator<Item = Key> {
    let own = VALUES.iter().filter(move |(id, _)| *id == pass).flat_map(|(_, keys)| *keys);
    std::iter::once(ENABLED).chain(advises.then_some(SEVERITY)).chain(own.copied())
}

/// The word that was likely meant. Case, `-` for `_` and a quarter of the letters may be wrong.
#[must_use]
pub fn nearest<'w>(written: &str, words: impl IntoIterator<Item = &'w str>) -> Option<&'w str> {
    let written = written.to_lowercase().replace('-', "_");
    let words: Vec<&str> = words.into_iter().collect();
    if let Some(word) = words.iter().find(|word| written.len() > 2 && word.starts_with(&written)) {
        return Some(word);
    }
    let distance = |word: &'w str| (strsim::damerau_levenshtein(&written, &word.replace('-', "_")), word);
    let (distance, word) = words.into_iter().map(distance).min()?;
    let allowed = (written.chars().count() / 4).max(1);
    (distance <= allowed && distance < word.len()).then_some(word)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn what_was_meant() {
        let words = ["level", "fail_on", "passes", "mem_limit", "json-file"];
        for (written, meant) in [
            ("lvel", Some("level")),
            ("fail-on", Some("fail_on")),
            ("memlimit", Some("mem_limit")),
            ("Passes", Some("passes")),
            ("json_file", Some("json-file")),
            ("mem", Some("mem_limit")),
            ("x", None),
            ("unrelated", None),
        ] {
            assert_eq!(nearest(written, words), meant, "{written}");
        }
    }
}
