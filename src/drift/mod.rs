//! What runs, beside what is written: the containers of a Compose project, service by service and control by control.
//!
//! Pure comparison of two models: [`Service`] as `load` reads it, and [`Inspected`] as the engine tells it. Starts
//! nothing, reads nothing, and never looks at the value of an environment variable.
//!
//! Three rules decide, for every control:
//! - what the file says must be what runs;
//! - where the file says nothing, a container that may do *more* than Compose would give it differs, too;
//! - where the file says nothing, a container that is bound *tighter* is told and does not differ.

mod image;
mod limits;
mod logging;
mod mounts;
mod process;
mod project;
mod rights;
mod said;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use crate::compose::Service;
use crate::docker::{Inspected, InspectedImage};
use crate::source::Place;

pub use project::{
    Drift, Finding, OfService, Outcome, Presence, Stranger, compare, is_any_running, named_images,
};

/// Something that is compared.
#[derive(Debug)]
pub struct Control {
    /// Its id: that of the pass about it, where there is one.
    pub id: &'static str,
    /// What it means that it differs.
    pub summary: &'static str,
    judge: fn(&Pair<'_>) -> Verdict,
}

/// Everything that is compared in a container, in the order in which it is told.
pub const CONTROLS: &[Control] = &[
    Control { id: "image", summary: "another image runs than the file names", judge: image::image },
    Control {
        id: "privileged",
        summary: "a container runs privileged, or not, unlike the file",
        judge: rights::privileged,
    },
    Control {
        id: "mem_limit",
        summary: "the memory limit of what runs is not that of the file",
        judge: limits::memory,
    },
    Control {
        id: "cpus",
        summary: "the CPU limit of what runs is not that of the file",
        judge: limits::cpus,
    },
    Control {
        id: "pids_limit",
        summary: "the process limit of what runs is not that of the file",
        judge: limits::pids,
    },
    Control {
        id: "init",
        summary: "what runs has no init process, or one, unlike the file",
        judge: process::init,
    },
    Control {
        id: "user",
        summary: "what runs was started as another user than the file names",
        judge: process::user,
    },
    Control {
        id: "read_only",
        summary: "what runs may write where the file does not let it, or the reverse",
        judge: process::read_only,
    },
    Control {
        id: "cap_drop",
        summary: "what runs has other capabilities than the file gives",
        judge: rights::capabilities,
    },
    Control {
        id: "no_new_privileges",
        summary: "what runs may gain privileges, or not, unlike the file",
        judge: rights::no_new_privileges,
    },
    Control {
        id: "security_profiles",
        summary: "what runs has other security profiles than the file names",
        judge: rights::profiles,
    },
    Control {
        id: "host_namespaces",
        summary: "what runs shares namespaces of the host that the file does not, or the reverse",
        judge: rights::host_namespaces,
    },
    Control {
        id: "sensitive_mounts",
        summary: "what runs has more of the host mounted than the file says",
        judge: mounts::mounts,
    },
    Control {
        id: "devices",
        summary: "what runs has other devices of the host than the file says",
        judge: mounts::devices,
    },
    Control {
        id: "logging",
        summary: "the output of what runs is kept otherwise than the file says",
        judge: logging::logging,
    },
];

/// A container that runs, of a service that the file does not have.
pub const STRANGER: Control = Control {
    id: "orphan",
    summary: "a container runs whose service is not in the file",
    judge: |_| Verdict::Nothing,
};

/// A service of which nothing runs; never differs.
pub const CONTAINER: &str = "container";

/// How many containers of a service run; never differs.
pub const REPLICAS: &str = "replicas";

/// A service and one of its containers.
#[derive(Clone, Copy, Debug)]
struct Pair<'a> {
    service: &'a Service,
    container: &'a Inspected,
    images: &'a Images,
}

/// The images that the engine has, by the names and ids that were asked for.
pub type Images = BTreeMap<String, InspectedImage>;

/// What the comparison of one control says.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// Neither the file nor the container says anything.
    Nothing,
    /// It runs as the file says.
    Same,
    /// It does not; never empty.
    Differs(Vec<Difference>),
    /// It is bound tighter, and the file says nothing: this is what it runs with.
    Tighter(String),
    /// What the file says depends on a variable that is in no file.
    Unknown(String),
}

/// One value that is not the same.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// The key, as in the file: `mem_limit`, `logging.options.max-size`.
    pub key: String,
    /// What the file says, in few words; `None` where it says nothing.
    pub file: Option<String>,
    /// What runs, in few words.
    pub runs: String,
    /// Where the file says it.
    pub place: Option<Place>,
}

impl Verdict {
    /// A single value that differs.
    fn differs(key: &str, file: Option<String>, runs: impl Into<String>, place: Option<Place>) -> Self {
        Self::Differs(vec![Difference { key: key.to_owned(), file, runs: runs.into(), place }])
    }

    /// No difference is the same, or nothing where the file says nothing.
    fn of(differences: Vec<Difference>, says: bool) -> Self {
        match (differences.is_empty(), says) {
            (false, _) => Self::Differs(differences),
            (true, true) => Self::Same,
            (true, false) => Self::Nothing,
        }
    }
}
