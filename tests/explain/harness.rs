//! Runs harden on a file that an explanation shows, as a user would.

use std::fs;
use std::path::Path;

use clap::Parser as _;
use harden::cli::Cli;
use harden::passes::text::Section;
use harden::passes::{ALL, Meta, PassKind};
use harden::plan::Severity;
use harden::run::{Console, Exit, run};
use tempfile::TempDir;

/// A folder with one project.
pub struct Project(TempDir);

/// What a run made of it.
#[derive(Debug)]
pub struct Ran {
    pub exit: Exit,
    pub out: String,
    pub err: String,
}

impl Project {
    pub fn new(compose: &str) -> Self {
        let project = Self(tempfile::tempdir().unwrap());
        project.write("compose.yml", compose);
        // a repository of its own: nothing above it is looked at
        fs::create_dir(project.0.path().join(".git")).unwrap();
        project
    }

    /// That of an example, with the Dockerfile, the `.env` and the `package.json` that it shows.
    pub fn of(example: &Section<'_>) -> Self {
        let project = Self::new(example.code("yaml").next().unwrap());
        for (language, name) in [("dockerfile", "Dockerfile"), ("ini", ".env"), ("json", "package.json")] {
            if let Some(text) = example.code(language).next() {
                project.write(name, text);
            }
        }
        project
    }

    pub fn write(&self, name: &str, text: &str) {
        fs::write(self.path().join(name), text).unwrap();
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// Runs harden on its file; paths in what it says are those from its folder.
    pub fn harden(&self, words: &[&str]) -> Ran {
        self.with(&[], words)
    }

    pub fn with(&self, command: &[&str], words: &[&str]) -> Ran {
        let file = self.path().join("compose.yml");
        let file = file.to_str().unwrap();
        let today = ["--today", "2026-01-01"];
        let Ran { exit, out, err } = harden(&[command, &[file], &today, words].concat());
        let folder = format!("{}/", self.path().display());
        // a diff names absolute paths without their first slash
        let side = |text: &str, side: &str| text.replace(&format!(" {side}{folder}"), &format!(" {side}/"));
        let clean = |text: &str| side(&side(text, "a"), "b").replace(&folder, "");
        Ran { exit, out: clean(&out), err: clean(&err) }
    }

    /// The report of one pass: its decision for the only service it reports.
    pub fn decision(&self, pass: &str, words: &[&str]) -> serde_json::Value {
        let ran = self.harden(&[&["--only", pass, "--format", "json"], words].concat());
        let report: serde_json::Value =
            serde_json::from_str(&ran.out).unwrap_or_else(|error| panic!("{error}: {ran:?}"));
        report["projects"][0]["services"][0]["decisions"][0].clone()
    }
}

/// Runs harden; a usage error is an exit of 2 and its words.
pub fn harden(words: &[&str]) -> Ran {
    let parsed = Cli::try_parse_from(["harden"].iter().chain(words)).and_then(Cli::request);
    let request = match parsed {
        Ok(request) => request,
        Err(error) => return Ran { exit: Exit::Failed, out: String::new(), err: error.to_string() },
    };
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let mut console = Console { out: &mut out, err: &mut err, colored_out: false, interactive: false };
    let exit = run(&request, &mut console);
    let err = anstream::adapter::strip_str(std::str::from_utf8(&err).unwrap()).to_string();
    Ran { exit, out: String::from_utf8(out).unwrap(), err }
}

/// Every pass with its section under a heading.
pub fn sections(title: &str) -> impl Iterator<Item = (&'static Meta, Section<'static>)> {
    ALL.iter().map(move |pass| {
        let meta = pass.meta();
        (meta, meta.explained().section(title).unwrap().clone())
    })
}

/// What the words of a pass need to be about anything.
pub fn target(meta: &Meta) -> &'static [&'static str] {
    if meta.id == "stack_keys" { &["--target", "swarm"] } else { &[] }
}

/// Whether it is about files beside the Compose file.
pub fn is_of_build(meta: &Meta) -> bool {
    ALL.iter().any(|pass| pass.meta().id == meta.id && pass.is_of_build())
}

pub fn advises(meta: &Meta) -> bool {
    meta.kind == PassKind::Advice
}

/// How bad, or nothing where it is no advice.
pub fn severity(decision: &serde_json::Value) -> Option<Severity> {
    let word = decision["outcome"]["severity"].as_str()?;
    [Severity::Low, Severity::Medium, Severity::High].into_iter().find(|known| known.as_str() == word)
}
