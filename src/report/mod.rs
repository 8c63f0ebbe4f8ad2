//! Shows one plan to a person or a program.
//!
//! Reporters compute nothing and decide nothing: they turn what they are given into text. Only `terminal` knows
//! colours and underlined source lines; only `diff` knows the unified format.

pub mod diff;

/// How much to say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verbosity {
    /// Only errors, and drift.
    Quiet,
    /// What a person needs.
    #[default]
    Normal,
    /// Everything, with reasons.
    Verbose,
}
