//! What `--check` made of a project, and what a person set aside: the parts of a report that say what counts.
//!
//! Only data; what is decided was decided before.

use serde::{Deserialize, Serialize};

use super::{DecisionRef, Place};

/// What `--check` made of a project.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Check {
    /// Whether it passes.
    pub passed: bool,
    /// What is known to be wrong, where there is a baseline.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub baseline: Option<Baseline>,
}

/// What the baseline says of a project.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    /// Its file, like the path of a project.
    pub file: String,
    /// What it lists and is no longer there.
    pub fixed: Vec<DecisionRef>,
}

/// What `--check` makes of a decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Counted {
    /// It fails for it.
    Fails,
    /// It would fail for it, but the baseline knows it.
    Known,
}

/// A person's word that a finding does not count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Waiver {
    /// Why.
    pub reason: String,
    /// The last day, as `2027-03-01`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
    /// Where that is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
}
