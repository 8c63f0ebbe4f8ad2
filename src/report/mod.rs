//! Shows one plan to a person or a program.
//!
//! Reporters compute nothing and decide nothing: they turn what they are given into text. Only `terminal` knows
//! colours and underlined source lines; only `diff` knows the unified format.

pub mod diff;
