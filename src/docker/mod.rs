//! The engine, through the `docker` command and its Compose plugin: the only module that starts processes.
//!
//! So contexts, rootless engines, remote ones and compatible commands work as they do for the user. Says what is wrong when
//! something is missing; decides nothing about services.

mod image;
mod interrupt;
mod look;
mod parse;
mod project;
mod run;
mod scratch;
mod sweep;

pub use image::{Built, image_size, tag};
pub use interrupt::{interrupted, listen};
pub use look::{
    Inspected, InspectedConfig, InspectedDevice, InspectedHost, InspectedImage, InspectedLog, InspectedMount,
    InspectedState, Started, inspected, inspected_image, started,
};
pub use parse::{Check, Config, Container, Health, HostConfig, Mount, Process, State, Written};
pub use project::{Account, Project, Use, digest, digests, resolved};
pub use run::{Failure, Output};
pub use scratch::{Scratch, TooLarge, measure};
pub use sweep::{LABEL, OWNER, PREFIX, Swept, clear, sweep};

use std::time::Duration;

use run::Call;

/// How long a question may take.
const QUESTION: Duration = Duration::from_secs(60);

/// The oldest engine and Compose whose behaviour is known.
const OLDEST: [(&str, (u32, u32)); 2] = [("engine", (20, 10)), ("Compose plugin", (2, 17))];

/// An engine that answers.
#[derive(Clone, Debug)]
pub struct Engine {
    /// The engine's version.
    pub version: String,
    /// The version of the Compose plugin.
    pub compose: String,
}

/// Why no engine can be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Absent {
    /// There is no command.
    #[error("there is no `docker` command")]
    Command,
    /// Nobody answers.
    #[error("no engine answers: {0}")]
    Engine(String),
    /// The user may not talk to it.
    #[error("you may not talk to the engine: {0}")]
    Permission(String),
    /// There is no Compose plugin.
    #[error("`docker compose` does not work: {0}")]
    Plugin(String),
    /// One of them is older than what is known to work.
    #[error("the {what} is {found}, and harden needs {needed} or newer")]
    TooOld {
        /// Which of them.
        what: &'static str,
        /// Its version.
        found: String,
        /// The oldest that works.
        needed: String,
    },
    /// Ctrl-C.
    #[error("interrupted")]
    Interrupted,
}

impl Absent {
    /// What to do about it.
    #[must_use]
    pub fn help(&self) -> Option<&'static str> {
        match self {
            Self::Command => Some("install the Docker CLI; harden talks to the engine with it"),
            Self::Engine(_) => Some("start it, or choose another with `docker context use`"),
            Self::Permission(_) => {
                Some("join the group of its socket, use a rootless engine, or choose another context")
            }
            Self::Plugin(_) => Some("install the Compose plugin, version 2"),
            Self::TooOld { .. } => Some("update it"),
            Self::Interrupted => None,
        }
    }
}

impl Engine {
    /// Finds out whether there is one, and which.
    ///
    /// # Errors
    /// When anything is missing or too old.
    pub fn find() -> Result<Self, Absent> {
        let (version, is_docker) = engine_version()?;
        let compose = compose_version()?;
        let found = [&version, &compose];
        for ((what, oldest), found) in OLDEST.into_iter().zip(found) {
            // other engines count otherwise
            let counts = is_docker || what != "engine";
            if counts && parse::version(found).is_some_and(|known| known < oldest) {
                let needed = format!("{}.{}", oldest.0, oldest.1);
                return Err(Absent::TooOld { what, found: found.clone(), needed });
            }
        }
        Ok(Self { version, compose })
    }
}

/// The version of the engine, and whether it is Docker's own.
fn engine_version() -> Result<(String, bool), Absent> {
    if let Some(version) = podman() {
        return Ok((version, false));
    }
    let format = "{{.Server.Version}} {{range .Server.Components}}{{.Name}},{{end}}";
    match Call::docker(["version", "--format", format], QUESTION).run() {
        Ok(output) if output.is_success() && !output.out.trim().is_empty() => {
            let (version, parts) = output.out.trim().split_once(' ').unwrap_or((output.out.trim(), ""));
            Ok((version.to_owned(), !parts.contains("Podman")))
        }
        Ok(output) => Err(unreachable(&output.err)),
        Err(failure) => Err(absent(failure, Absent::Engine)),
    }
}

/// The version of podman, where that is what `docker` runs: it is client and engine at once, and has no server to tell of.
fn podman() -> Option<String> {
    let output = Call::docker(["--version"], QUESTION).run().ok()?;
    output.out.trim().strip_prefix("podman version ").map(|version| format!("podman {version}"))
}

fn compose_version() -> Result<String, Absent> {
    match Call::docker(["compose", "version", "--short"], QUESTION).run() {
        Ok(output) if output.is_success() => Ok(output.out.trim().trim_start_matches('v').to_owned()),
        Ok(output) => Err(Absent::Plugin(first_line(&output.err))),
        Err(failure) => Err(absent(failure, Absent::Plugin)),
    }
}

fn unreachable(words: &str) -> Absent {
    let line = words.lines().find(|line| !line.trim().is_empty()).unwrap_or("it says nothing").trim();
    if line.contains("permission denied") {
        Absent::Permission(line.to_owned())
    } else {
        Absent::Engine(line.to_owned())
    }
}

fn absent(failure: Failure, otherwise: impl FnOnce(String) -> Absent) -> Absent {
    match failure {
        Failure::NoCommand => Absent::Command,
        Failure::Interrupted => Absent::Interrupted,
        other => otherwise(other.to_string()),
    }
}

/// The first line that says something.
pub(crate) fn first_line(words: &str) -> String {
    words.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or("it says nothing").to_owned()
}

#[cfg(test)]
mod tests {
    use super::{Absent, unreachable};

    #[test]
    fn what_is_wrong_is_told_apart() {
        let denied = "Got permission denied while trying to connect to the Docker daemon socket at unix:///x";
        assert!(matches!(unreachable(denied), Absent::Permission(_)));
        let gone = unreachable("\nCannot connect to the Docker daemon at unix:///x. Is it running?\n");
        assert_eq!(
            gone.to_string(),
            "no engine answers: Cannot connect to the Docker daemon at unix:///x. Is it running?"
        );
        assert!(gone.help().is_some());
    }
}
