//! What `--format`, `--report` and `harden report merge` make, from outside: every format against its own rules, and all
//! of them against each other.

mod cases;
mod harness;
mod merge;
mod official;
mod secrets;
mod sides;
