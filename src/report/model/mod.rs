//! What a run found, as data that can be stored, merged and rendered: the one source of every machine format.
//!
//! The JSON report is exactly these types, and `schemas/report.schema.json` is their contract: what is changed here is
//! changed there, and what breaks a reader raises [`VERSION`]. Holds no value of a variable: texts come from messages
//! that have none, and diffs are masked.

mod build;
mod check;
mod count;
pub(super) mod drift;
mod fingerprint;
mod fixes;
mod merge;
pub(super) mod names;
mod paths;
mod place;
#[cfg(test)]
pub(crate) mod sample;

use serde::{Deserialize, Serialize};

pub use build::{Checked, Facts};
pub use check::{Baseline, Check, Counted, Waiver};
pub use drift::{Compared, Difference};
pub(super) use fingerprint::of as fingerprint;
pub use merge::MergeError;
pub use paths::Root;
pub use place::{Place, Point};

/// The version of the format.
pub const VERSION: u32 = 1;

/// One run over any number of projects.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Report {
    /// The version of the format: [`VERSION`].
    pub version: u32,
    /// Who made it.
    pub tool: Tool,
    /// How sure harden had to be of what it writes, where no policy says otherwise.
    pub level: Level,
    /// What was asked for.
    pub mode: Mode,
    /// How much was found.
    pub summary: Summary,
    /// Sorted by path.
    pub projects: Vec<Project>,
}

/// Who made a report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tool {
    /// `harden`
    pub name: String,
    /// Its version.
    pub version: String,
}

/// The level of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Only what is known.
    Safe,
    /// Also what is likely.
    Standard,
    /// Also guesses.
    Strict,
}

/// What a run was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Show what would change.
    Show,
    /// Fail where something would change.
    Check,
    /// Change the files.
    Write,
    /// Compare what runs with what is written.
    Drift,
}

/// The sums of a report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Summary {
    /// Projects.
    pub projects: usize,
    /// Projects with nothing to change.
    pub clean: usize,
    /// Projects with changes.
    pub changes: usize,
    /// Projects that were seen only in part, with nothing to change in what was seen.
    pub unsure: usize,
    /// Projects that could not be hardened.
    pub failed: usize,
    /// What was decided, over all projects.
    pub counts: Counts,
}

/// How much was decided.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Counts {
    /// Services.
    pub services: usize,
    /// Services that change.
    pub services_to_change: usize,
    /// Changes.
    pub changes: usize,
    /// Decisions that were held back.
    pub held_back: usize,
    /// Decisions whose effect is there already.
    pub already: usize,
    /// Decisions to leave a service alone.
    pub skipped: usize,
    /// Decisions that a person waived: not counted elsewhere.
    pub waived: usize,
    /// Decisions that a policy switches off: not counted elsewhere.
    pub switched_off: usize,
    /// What a person must decide.
    pub advice: Advice,
}

/// Findings by severity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Advice {
    /// Gives the host or its secrets away.
    pub high: usize,
    /// Should be changed.
    pub medium: usize,
    /// Good to know.
    pub low: usize,
}

/// One project.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Project {
    /// Its first file: from the root of the repository where there is one, else as it was named; with `/`. Standard
    /// input is `stdin`.
    pub path: String,
    /// What became of it.
    pub status: Status,
    /// Whether its changes were written.
    pub written: bool,
    /// The level of its services, unless they say otherwise; `null` where it could not be hardened.
    pub level: Option<Level>,
    /// What Compose calls it, where its containers were looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub runs_as: Option<String>,
    /// What `--check` made of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub check: Option<Check>,
    /// How much was decided.
    pub counts: Counts,
    /// What was read of it. Empty where nothing could be read.
    pub files: Vec<File>,
    /// In the order of the file.
    pub services: Vec<Service>,
    /// Files that it depends on and that were not read.
    pub unread: Vec<Unread>,
    /// What is wrong (the project failed) or odd.
    pub diagnostics: Vec<Diagnostic>,
}

/// What became of a project.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Nothing to change.
    Clean,
    /// Something to change, or changed.
    Changes,
    /// Nothing to change in the part that was seen.
    Unsure,
    /// Could not be hardened; the diagnostics say why.
    Failed,
}

/// One file of a project.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    /// Like the path of a project.
    pub path: String,
    /// The unified diff; `null` when nothing changes. For reading: what may be a secret is `***` in it.
    pub diff: Option<String>,
    /// Whether something is masked in the diff, so that it cannot be applied. The edits of the decisions can.
    pub masked: bool,
}

/// One service.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Service {
    /// Its name.
    pub name: String,
    /// Where its name is written.
    pub place: Option<Place>,
    /// How sure harden had to be of what it writes for it.
    pub level: Level,
    /// One a pass, in the order of the passes. Passes that were not selected or have nothing to look at are left out.
    pub decisions: Vec<Decision>,
}

/// What one pass decided for a service.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decision {
    /// Id of the pass.
    pub pass: String,
    /// The same for the same project path, service and pass, whatever the lines.
    pub fingerprint: String,
    /// Where it is best shown, if that is not where the service's name is written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
    /// What was decided.
    pub outcome: Outcome,
    /// The edits that carry it out, in the order of the file. Edits at one offset follow each other in the order of the
    /// services and decisions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub edits: Vec<Edit>,
    /// Decisions that come first and whose edits carry this one out, too.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub carried_by: Vec<DecisionRef>,
    /// What `--check` makes of it; absent where it does not count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub check: Option<Counted>,
    /// A person's word that it does not count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiver: Option<Waiver>,
}

/// Names a decision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DecisionRef {
    /// The service.
    pub service: String,
    /// The pass.
    pub pass: String,
}

/// What was decided.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Outcome {
    /// Will be written, or was.
    Apply {
        /// What; never empty.
        changes: Vec<Change>,
    },
    /// Known how, but held back.
    HeldBack {
        /// What; never empty.
        changes: Vec<Change>,
        /// Which rule holds it back: `likely`, `guess`, `visible`, `shared`, `partly_seen`, `foreign` or `place`.
        reason: String,
        /// What would release it.
        release: String,
    },
    /// The effective service has it.
    Already {
        /// What shows it.
        evidence: Evidence,
    },
    /// Left alone.
    Skip {
        /// A word for programs, such as `own_init`.
        reason: String,
        /// The same for people.
        text: String,
    },
    /// A person must decide.
    Advise {
        /// How bad.
        severity: Severity,
        /// What was found.
        message: String,
        /// What to do about it.
        help: String,
        /// What `--level strict` writes.
        fix: Vec<Change>,
        /// What a person might make of a Dockerfile, as a unified diff; never written. What may be a secret is masked.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        proposal: Option<String>,
    },
    /// It runs as it is written.
    Same,
    /// It does not.
    Differs {
        /// In what; never empty.
        differences: Vec<Difference>,
    },
}

/// One key to set, or items to add.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// The keys from the service downwards.
    pub path: Vec<String>,
    /// What happens there.
    pub op: Op,
    /// The new value, the items to append, or the new item.
    pub value: serde_json::Value,
    /// Which item of the service's own list is replaced, from 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub index: Option<usize>,
    /// The change in one line, such as `mem_limit: 512m`.
    pub text: String,
    /// Why this value.
    pub why: String,
    /// How sure, and on what grounds.
    pub confidence: Confidence,
}

/// What happens at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Op {
    /// The key gets the value.
    Set,
    /// The items are appended.
    Append,
    /// One item is replaced.
    ReplaceItem,
    /// Text of a Dockerfile or a `.dockerignore` is replaced; the value says what by.
    Text,
}

/// How sure a change is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Confidence {
    /// Cannot go wrong.
    Known {
        /// Here is why.
        evidence: Evidence,
    },
    /// Rarely goes wrong.
    Likely {
        /// What it assumes.
        assumes: String,
    },
    /// Often goes wrong.
    Guess {
        /// What it assumes.
        assumes: String,
    },
}

/// What something rests on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Evidence {
    /// Safe for any image.
    AlwaysSafe {
        /// Why.
        why: String,
    },
    /// A fact of the image catalogue.
    Catalogue {
        /// The entry.
        image: String,
        /// Where the fact is from.
        source: String,
    },
    /// A place in the user's files.
    File {
        /// Where.
        place: Option<Place>,
    },
    /// A line of the Dockerfile.
    Dockerfile {
        /// The Dockerfile, as seen from the Compose file.
        path: String,
        /// The line, from 1.
        line: u32,
    },
    /// The service was run with it.
    Proved {
        /// The image.
        image: String,
        /// The day.
        date: String,
    },
}

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Good to know.
    Low,
    /// Should be changed.
    Medium,
    /// Gives the host or its secrets away.
    High,
}

/// One replacement of text; an insertion when its place is empty.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Edit {
    /// What is replaced in the original text.
    pub place: Place,
    /// By what.
    pub text: String,
}

/// A file that the project depends on and that was not read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unread {
    /// The file, as written; none for one that nothing names.
    pub file: Option<String>,
    /// Why it belongs to the project.
    pub reason: String,
    /// Where it is named.
    pub place: Option<Place>,
    /// The services that it may change.
    pub services: Vec<String>,
}

/// Something wrong or odd.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Diagnostic {
    /// How bad.
    pub kind: DiagnosticKind,
    /// What was found and what was expected.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
    /// Where.
    pub place: Option<Place>,
    /// A second place that explains the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Note>,
}

/// A second place, and what it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Note {
    /// What is there.
    pub message: String,
    /// Where.
    pub place: Option<Place>,
}

/// How bad a diagnostic is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DiagnosticKind {
    /// The job cannot be done.
    Error,
    /// Odd, but the job can be done.
    Warning,
}

impl Project {
    /// Every decision with the service it is for.
    pub fn decisions(&self) -> impl Iterator<Item = (&Service, &Decision)> {
        self.services
            .iter()
            .flat_map(|service| service.decisions.iter().map(move |decision| (service, decision)))
    }

    /// The errors of a project that failed.
    pub fn errors(&self) -> impl Iterator<Item = &Diagnostic> {
        self.diagnostics.iter().filter(|diagnostic| diagnostic.kind == DiagnosticKind::Error)
    }
}
