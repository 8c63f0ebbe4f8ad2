//! What `harden prove` found by running a project: pure data, as it stands in `.harden/evidence.yml`.
//!
//! Knows no service and decides nothing: `prove` finds it, `load` reads it, `pipeline` plans by it. Holds no value of any
//! environment.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The version of the file that is written.
pub const VERSION: u32 = 1;

/// Everything in one file, by the name of a project's first Compose file in the folder above it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Evidence {
    /// The version of its shape.
    pub version: u32,
    /// What was found, by file and service.
    #[serde(default)]
    pub files: BTreeMap<String, Records>,
}

/// What was found of the services of one project, by name.
pub type Records = BTreeMap<String, Record>;

/// What was found of one service.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// The image as the file names it; none for one that is built.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    /// What the engine had under that name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
    /// Fingerprints of the service for which it holds: as it was, and as it is once it is hardened.
    pub config: Vec<String>,
    /// The engine it was tried with.
    pub engine: String,
    /// The day.
    pub date: String,
    /// Why it was not run: nothing was found then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_run: Option<String>,
    /// Controls with which it did its job, by pass, with their values: a size, a user, the capabilities that are given back,
    /// what is mounted as memory. None for a control without a value of its own.
    #[serde(default)]
    pub kept: BTreeMap<String, Vec<String>>,
    /// Controls with which it did not, and what was seen.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub dropped: BTreeMap<String, String>,
    /// What it used at most while it was watched.
    #[serde(default)]
    pub peak: Peak,
    /// How it ended when it was told to, with what was found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stop: Option<Stop>,
    /// Directories of the root filesystem that it wrote to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub wrote: Vec<String>,
}

/// The most that was seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Peak {
    /// Memory, in bytes.
    pub memory: u64,
    /// Processes and threads.
    pub pids: u32,
}

/// How a service ended when it was told to.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stop {
    /// How long that took, in seconds.
    pub seconds: f64,
    /// In which way.
    pub ended: Ending,
}

/// The way in which a service ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Ending {
    /// By itself, by the signal.
    Clean,
    /// By itself, with an exit code that says something else.
    Unclean,
    /// It did not, so the engine killed it.
    Killed,
}

impl Record {
    /// Whether it was found for a service with this fingerprint.
    #[must_use]
    pub fn holds_for(&self, fingerprint: &str) -> bool {
        self.config.iter().any(|known| known == fingerprint)
    }
}

#[cfg(test)]
mod tests {
    use super::{Evidence, Record, VERSION};

    #[test]
    fn it_survives_the_file() {
        let record = Record {
            image: Some("redis:7".into()),
            config: vec!["a".into(), "b".into()],
            kept: [("cap_drop".into(), vec!["SETUID".into()]), ("init".into(), Vec::new())].into(),
            dropped: [("user".into(), "exit code 1: no".into())].into(),
            ..Record::default()
        };
        assert!(record.holds_for("b") && !record.holds_for("c"));
        let files = [("compose.yml".into(), [("db".into(), record)].into())].into();
        let evidence = Evidence { version: VERSION, files };
        let text = serde_yaml::to_string(&evidence).unwrap();
        assert_eq!(serde_yaml::from_str::<Evidence>(&text).unwrap(), evidence, "{text}");
    }
}
