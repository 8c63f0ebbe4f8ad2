//! The words for programs: they are part of the format and never change.

use super::{Level, Severity};
use crate::plan::{self, Hold, Skip};

/// A policy switches the pass off.
pub(in crate::report) const SWITCHED_OFF: &str = "switched_off";

/// Why a change is held back.
pub(super) fn hold(hold: &Hold) -> &'static str {
    match hold {
        Hold::Likely => "likely",
        Hold::Guess => "guess",
        Hold::Visible => "visible",
        Hold::Shared { .. } => "shared",
        Hold::PartlySeen => "partly_seen",
        Hold::Foreign { .. } => "foreign",
        Hold::Place(_) => "place",
    }
}

/// Why a service is left alone.
pub(super) fn skip(skip: &Skip) -> &'static str {
    match skip {
        Skip::SaidInFile(_) => "said_in_file",
        Skip::OwnInit(_) => "own_init",
        Skip::Waived(_) => "waived",
        Skip::SharedPid => "shared_pid",
        Skip::Privileged => "privileged",
        Skip::Windows => "windows",
        Skip::Image(_) => "image",
        Skip::BindMount(_) => "bind_mount",
        Skip::Conflict(_) => "conflict",
        Skip::Proved(_) => "proved",
        Skip::LogDriver(_) => "log_driver",
        Skip::Provider => "provider",
        Skip::SwitchedOff(_) => SWITCHED_OFF,
        Skip::NotApplicable => "not_applicable",
        Skip::NotSelected => "not_selected",
    }
}

impl From<plan::Level> for Level {
    fn from(level: plan::Level) -> Self {
        match level {
            plan::Level::Safe => Self::Safe,
            plan::Level::Standard => Self::Standard,
            plan::Level::Strict => Self::Strict,
        }
    }
}

impl From<plan::Severity> for Severity {
    fn from(severity: plan::Severity) -> Self {
        match severity {
            plan::Severity::Low => Self::Low,
            plan::Severity::Medium => Self::Medium,
            plan::Severity::High => Self::High,
        }
    }
}
