//! The schemas that `harden schema` prints.

use clap::ValueEnum;

/// A schema that is part of the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Schema {
    /// Compose files
    Compose,
    /// The image catalogue
    Catalogue,
    /// What `harden images --format json` prints
    Images,
    /// What `--format json` prints
    Report,
    /// `.harden/evidence.yml`
    Evidence,
    /// `.harden.yml`, and `x-harden` in a compose file
    Policy,
}
