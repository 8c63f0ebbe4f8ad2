//! What runs beside what is written, as reports hold it: from a comparison to the decisions of its services.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::build::text;
use super::{
    Check, Counted, Counts, Decision, Diagnostic, File, Level, Mode, Outcome, Place, Project, Root, Service,
    Status, Unread, fingerprint,
};
use crate::compose;
use crate::drift::{CONTAINER, Drift, Finding, OfService, Presence, REPLICAS, STRANGER, Stranger};
use crate::drift::{Difference as Differing, Outcome as Found};
use crate::source::Source;

/// Nothing of a service runs.
pub(in crate::report) const NOT_RUNNING: &str = "not_running";
/// It is bound tighter than the file says.
pub(in crate::report) const TIGHTER: &str = "tighter";
/// Only the environment knows what the file says.
pub(in crate::report) const VARIABLE: &str = "variable";
/// Another number of containers runs.
pub(in crate::report) const SCALED: &str = "scaled";

/// One value that runs otherwise than it is written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Difference {
    /// The key, as in the file.
    pub key: String,
    /// What the file says, in words; `null` where it says nothing.
    pub file: Option<String>,
    /// What runs, in words.
    pub runs: String,
    /// The containers for which that is so, by name.
    pub containers: Vec<String>,
    /// How many containers of the service run.
    pub of: usize,
}

/// A project that was compared with its containers.
#[derive(Debug)]
pub struct Compared<'a> {
    /// Its first file.
    pub path: &'a Path,
    /// What Compose calls it.
    pub name: &'a str,
    /// Its files; places point into them.
    pub sources: &'a [Source],
    /// What the files say.
    pub written: &'a compose::Project,
    /// What was found.
    pub drift: &'a Drift,
    /// For the report, which has one.
    pub level: Level,
    /// Files that it depends on and that were not read.
    pub unread: Vec<Unread>,
    /// What is odd.
    pub diagnostics: Vec<Diagnostic>,
}

impl Mode {
    /// Whether the exit code says what was found.
    pub(in crate::report) fn decides(self) -> bool {
        matches!(self, Self::Check | Self::Drift)
    }
}

impl Difference {
    /// `mem_limit: file 512m, runs no limit`
    pub(in crate::report) fn text(&self) -> String {
        format!("`{}`: {}", self.key, self.both())
    }

    /// `file 512m, runs no limit (web-2 of 3 containers)`
    pub(in crate::report) fn both(&self) -> String {
        let file = self.file.as_deref().unwrap_or("nothing");
        let some = self.some().map(|some| format!(" ({some})")).unwrap_or_default();
        format!("file {file}, runs {}{some}", self.runs)
    }

    /// Which containers, where it is not all of them.
    pub(in crate::report) fn some(&self) -> Option<String> {
        let names = self.containers.join(", ");
        (self.containers.len() < self.of).then(|| format!("{names}, of {} containers", self.of))
    }
}

impl Compared<'_> {
    /// The project as reports hold it.
    #[must_use]
    pub fn project(self, root: &Root) -> Project {
        let path = root.path(self.path);
        let build = Build { compared: &self, path: &path, root };
        let mut services: Vec<Service> =
            self.drift.services.iter().filter_map(|service| build.service(service)).collect();
        services.extend(self.drift.strangers.iter().map(|stranger| build.stranger(stranger)));
        let counts = Counts::of(&services);
        let status = match (counts.changes, self.unread.is_empty()) {
            (0, true) => Status::Clean,
            (0, false) => Status::Unsure,
            _ => Status::Changes,
        };
        let file = |source: &Source| File { path: root.path(source.name()), diff: None, masked: false };
        Project {
            files: self.sources.iter().map(file).collect(),
            status,
            written: false,
            level: Some(self.level),
            runs_as: Some(self.name.to_owned()),
            check: Some(Check { passed: status == Status::Clean, baseline: None }),
            counts,
            services,
            unread: self.unread,
            diagnostics: self.diagnostics,
            path,
        }
    }
}

struct Build<'a> {
    compared: &'a Compared<'a>,
    path: &'a str,
    root: &'a Root,
}

impl Build<'_> {
    fn service(&self, found: &OfService) -> Option<Service> {
        let written = self.compared.written.services.get(found.index)?;
        let name = &written.name;
        let mut decisions: Vec<Decision> = self.presence(name, &found.presence).into_iter().collect();
        let of = match &found.presence {
            Presence::Runs { containers, .. } => containers.len(),
            Presence::Absent(_) | Presence::PartlySeen => 0,
        };
        decisions.extend(found.findings.iter().map(|finding| self.finding(name, finding, of)));
        let place = Place::new(self.compared.sources, written.place, self.root);
        Some(Service { name: name.clone(), place, level: self.compared.level, decisions })
    }

    /// What there is to say of a service before its controls.
    fn presence(&self, service: &str, presence: &Presence) -> Option<Decision> {
        match presence {
            Presence::Absent(why) => Some(self.decision(service, CONTAINER, skip(NOT_RUNNING, why))),
            Presence::Runs { containers, wanted: Some(wanted) } => {
                let text = format!("{} run, and the file wants {wanted}", containers.len());
                Some(self.decision(service, REPLICAS, skip(SCALED, &text)))
            }
            Presence::Runs { .. } | Presence::PartlySeen => None,
        }
    }

    fn finding(&self, service: &str, finding: &Finding, of: usize) -> Decision {
        let mut place = None;
        let outcome = match &finding.outcome {
            Found::Same => Outcome::Same,
            Found::Differs(all) => {
                place = all.iter().find_map(|(difference, _)| difference.place);
                let one = |(one, containers): &(Differing, Vec<String>)| difference(one, containers, of);
                Outcome::Differs { differences: all.iter().map(one).collect() }
            }
            Found::Tighter(what) => skip(TIGHTER, &format!("runs with {what}, and the file says nothing")),
            Found::Unknown(key) => skip(
                VARIABLE,
                &format!(
                    "`{key}` depends on a variable that is in no file: `--env-file` or `--shell-env` tells it"
                ),
            ),
        };
        let place = place.and_then(|place| Place::new(self.compared.sources, place, self.root));
        Decision { place, ..self.decision(service, finding.control, outcome) }
    }

    fn stranger(&self, stranger: &Stranger) -> Service {
        let difference = Difference {
            key: "services".to_owned(),
            file: None,
            runs: text(&stranger.containers.join(", ")),
            containers: stranger.containers.clone(),
            of: stranger.containers.len(),
        };
        let outcome = Outcome::Differs { differences: vec![difference] };
        let decisions = vec![self.decision(&stranger.service, STRANGER.id, outcome)];
        Service { name: stranger.service.clone(), place: None, level: self.compared.level, decisions }
    }

    fn decision(&self, service: &str, control: &str, outcome: Outcome) -> Decision {
        let check = matches!(outcome, Outcome::Differs { .. }).then_some(Counted::Fails);
        Decision {
            pass: control.to_owned(),
            // a finding of another kind than the one of the pass
            fingerprint: fingerprint(&[self.path, service, control, "drift"]),
            place: None,
            outcome,
            edits: Vec::new(),
            carried_by: Vec::new(),
            check,
            waiver: None,
        }
    }
}

fn difference(found: &Differing, containers: &[String], of: usize) -> Difference {
    Difference {
        key: found.key.clone(),
        file: found.file.as_deref().map(text),
        runs: text(&found.runs),
        containers: containers.to_vec(),
        of,
    }
}

fn skip(reason: &str, words: &str) -> Outcome {
    Outcome::Skip { reason: reason.to_owned(), text: text(words) }
}
