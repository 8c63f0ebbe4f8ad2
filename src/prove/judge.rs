//! Says of services that run whether they do their job: at their first start, after a restart, and once they are made
//! again on the volumes that they have filled.
//!
//! Missing rights often show only at the second or third start. Also looks at what the kernel says of the processes, so that
//! a server that works only because it never stepped down is found. Decides nothing about what to try.

use std::collections::{BTreeMap, BTreeSet};
use std::thread;
use std::time::{Duration, Instant};

use super::probe::Probe;
use super::rules::Rules;
use super::seen::Seen;
use super::symptom::{Kind, Phase, Scrub, Symptom, telling};
use super::users::Users;
use crate::docker::{Container, Failure, Process, Project};

/// How often it is looked.
const TICK: Duration = Duration::from_millis(500);

/// How long processes and a probe may be late once the service is up.
const LATE: Duration = Duration::from_secs(12);

/// Lines of a log that are looked at.
const LINES: usize = 60;

/// How long is waited.
#[derive(Clone, Copy, Debug)]
pub struct Times {
    /// A service without a healthcheck is up when it has run for so long.
    pub settle: Duration,
    /// A service that is not up after that is not coming.
    pub patience: Duration,
}

/// What judges.
pub struct Judge<'a> {
    /// The project that runs.
    pub project: Project,
    /// Which services wait for which.
    pub levels: Vec<Vec<String>>,
    /// What its file says of each service.
    pub rules: BTreeMap<String, Rules>,
    /// What was seen of each service as it is; empty while that is found out.
    pub before: &'a BTreeMap<String, Seen>,
    /// What must succeed.
    pub probes: &'a BTreeMap<String, Probe>,
    /// How long is waited.
    pub times: Times,
    /// What must not be told.
    pub scrub: &'a Scrub,
    /// When everything must be over.
    pub end: Instant,
}

/// What was seen of each service, and what is wrong with it.
pub type Findings = BTreeMap<String, Finding>;

/// What was seen of one service.
#[derive(Clone, Debug, Default)]
pub struct Finding {
    /// What was seen.
    pub seen: Seen,
    /// The first thing that is wrong.
    pub symptom: Option<Symptom>,
}

/// Services that are up, with their containers.
type Up = Vec<(String, String)>;

/// A service that is looked at.
#[derive(Default)]
struct Watch {
    started: String,
    since: Option<Instant>,
    up: Option<Instant>,
}

/// How far a service is.
enum Stage {
    Waiting,
    Up,
    Ended,
    Failed(Symptom),
}

impl Judge<'_> {
    /// Starts services three times and looks at them. All of the project, or some of them beside the others, that are up.
    ///
    /// # Errors
    /// When the engine fails, or there is no more time.
    pub fn judge(&self, services: &[String], whole: bool) -> Result<Findings, Failure> {
        let mut findings: Findings = services.iter().map(|name| (name.clone(), Finding::default())).collect();
        for phase in [Phase::Fresh, Phase::Restarted, Phase::Again] {
            let complaint = self.start(services, whole)?;
            let up = self.look(&mut findings, phase, &complaint)?;
            if whole {
                self.measure(&mut findings, &up)?;
            }
            if !whole && findings.values().all(|finding| finding.symptom.is_some()) {
                break;
            }
            match phase {
                Phase::Fresh => self.stop(&mut findings)?,
                Phase::Restarted => self.remove(services, whole)?,
                Phase::Again => {}
            }
        }
        Ok(findings)
    }

    /// Starts services that are known to work, and waits until they are up.
    ///
    /// # Errors
    /// When the engine fails, or there is no more time.
    pub fn bring_up(&self, services: &[String], whole: bool) -> Result<Findings, Failure> {
        let mut findings: Findings = services.iter().map(|name| (name.clone(), Finding::default())).collect();
        let complaint = self.start(services, whole)?;
        self.look(&mut findings, Phase::Fresh, &complaint)?;
        Ok(findings)
    }

    /// Starts them; what Compose complains of when it gives up.
    fn start(&self, services: &[String], whole: bool) -> Result<String, Failure> {
        if whole {
            let output = self.act(&["up", "-d", "--quiet-pull"])?;
            if output.is_empty() {
                return Ok(output);
            }
            // it gives up on what waits for one that fails: that is judged for itself
            for service in self.not_started(services)? {
                self.act(&["up", "-d", "--no-deps", "--no-recreate", &service])?;
            }
            return Ok(output);
        }
        let names: Vec<&str> = services.iter().map(String::as_str).collect();
        self.act(&[&["up", "-d", "--no-deps", "--quiet-pull"], names.as_slice()].concat())
    }

    fn not_started(&self, services: &[String]) -> Result<Vec<String>, Failure> {
        let containers = self.project.containers()?;
        let started: BTreeSet<&str> = containers
            .iter()
            .filter(|container| container.state.status != "created")
            .map(Container::service)
            .collect();
        Ok(services.iter().filter(|name| !started.contains(name.as_str())).cloned().collect())
    }

    fn remove(&self, services: &[String], whole: bool) -> Result<(), Failure> {
        let names: Vec<&str> = services.iter().map(String::as_str).filter(|_| !whole).collect();
        self.act(&[&["rm", "-f", "-s", "-v"], names.as_slice()].concat()).map(drop)
    }

    /// Runs a command of Compose: what it complains of, or nothing when it ends well.
    fn act(&self, words: &[&str]) -> Result<String, Failure> {
        if Instant::now() > self.end {
            return Err(Failure::NoTime);
        }
        let output = self.project.act(words)?;
        if output.is_success() {
            return Ok(String::new());
        }
        Ok(telling(&output.err).unwrap_or_else(|| "Compose gives up".to_owned()))
    }

    /// Looks until it is clear of every service how it is; those that are up.
    fn look(&self, findings: &mut Findings, phase: Phase, complaint: &str) -> Result<Up, Failure> {
        let deadline = Instant::now() + self.times.patience;
        let mut open: BTreeMap<String, Watch> = findings
            .iter()
            .filter(|(_, finding)| finding.symptom.is_none())
            .map(|(name, _)| (name.clone(), Watch::default()))
            .collect();
        let mut up = Vec::new();
        while !open.is_empty() {
            if Instant::now() > self.end {
                return Err(Failure::NoTime);
            }
            let containers = self.project.containers()?;
            let late = Instant::now() > deadline;
            for (name, finding) in findings.iter_mut() {
                let Some(watch) = open.get_mut(name) else { continue };
                let container = containers.iter().find(|container| container.service() == name);
                match self.stage(name, container, watch, (phase, complaint, late), finding)? {
                    Stage::Waiting => continue,
                    Stage::Up => up.extend(container.map(|container| (name.clone(), container.id.clone()))),
                    Stage::Ended => finding.seen.ends = true,
                    Stage::Failed(symptom) => finding.symptom = Some(symptom),
                }
                open.remove(name);
            }
            if !open.is_empty() {
                thread::sleep(TICK);
            }
        }
        Ok(up)
    }

    fn stage(
        &self,
        name: &str,
        container: Option<&Container>,
        watch: &mut Watch,
        (phase, complaint, late): (Phase, &str, bool),
        finding: &mut Finding,
    ) -> Result<Stage, Failure> {
        let failed =
            |kind, words: String, log: String| Ok(Stage::Failed(self.symptom(kind, phase, &words, &log)));
        let Some(container) = container.filter(|container| container.state.status != "created") else {
            let error = container.map(|container| container.state.error.clone()).unwrap_or_default();
            let words = if error.is_empty() { complaint.to_owned() } else { error };
            return failed(Kind::Start, format!("it was not started: {words}"), String::new());
        };
        if watch.started != container.state.started_at {
            *watch = Watch { started: container.state.started_at.clone(), ..Watch::default() };
        }
        if matches!(container.state.status.as_str(), "exited" | "dead") {
            return self.ended(name, container, phase);
        }
        if !self.is_up(container, watch) {
            if late || is_unhealthy(container) {
                let (words, log) = (unhealthy(container), self.project.logs(&container.id, LINES)?);
                return failed(Kind::Health, words, log);
            }
            return Ok(Stage::Waiting);
        }
        let since = *watch.up.get_or_insert_with(Instant::now);
        match self.examine(name, container, &mut finding.seen)? {
            None => Ok(Stage::Up),
            Some(_) if since.elapsed() < LATE && !late => Ok(Stage::Waiting),
            Some((Kind::Probe, _)) if self.is_unfit(name) => {
                finding.seen.unfit = true;
                Ok(Stage::Waiting)
            }
            Some((kind, words)) => failed(kind, words, self.project.logs(&container.id, LINES)?),
        }
    }

    /// A service that is no longer there: fine where it is meant to end.
    fn ended(&self, name: &str, container: &Container, phase: Phase) -> Result<Stage, Failure> {
        let state = &container.state;
        let may_end = self.before.get(name).is_none_or(|before| before.ends);
        if state.exit_code == 0 && may_end {
            return Ok(Stage::Ended);
        }
        let log = self.project.logs(&container.id, LINES)?;
        if state.oom_killed {
            let words = "the kernel killed it for want of memory";
            return Ok(Stage::Failed(self.symptom(Kind::Memory, phase, words, &log)));
        }
        let said = telling(&log).map(|line| format!(": {line}")).unwrap_or_default();
        let words = format!("exit code {}{said}", state.exit_code);
        Ok(Stage::Failed(self.symptom(Kind::Exit, phase, &words, &log)))
    }

    fn is_up(&self, container: &Container, watch: &mut Watch) -> bool {
        match &container.state.health {
            Some(health) => health.status == "healthy",
            None => watch.since.get_or_insert_with(Instant::now).elapsed() >= self.times.settle,
        }
    }

    /// Looks closer at a service that is up; what is wrong with it.
    fn examine(
        &self,
        name: &str,
        container: &Container,
        seen: &mut Seen,
    ) -> Result<Option<(Kind, String)>, Failure> {
        let id = &container.id;
        let probe = self.probe(name, seen);
        if let Some(why) = probe.map(|probe| self.asked(id, probe)).transpose()?.flatten() {
            return Ok(Some((Kind::Probe, why)));
        }
        let processes = self.project.processes(id)?;
        if let Some(words) = self.before.get(name).and_then(|before| before.missing(&processes)) {
            return Ok(Some((Kind::Root, words)));
        }
        if let Some(control) = self.void(name, container, &processes)? {
            return Ok(Some((Kind::Void, format!("`{control}` is written and has no effect"))));
        }
        seen.image.clone_from(&container.image);
        seen.asked = container.state.health.is_some() || probe.is_some();
        seen.note_processes(&processes);
        if self.before.is_empty() {
            let data =
                container.mounts.iter().filter(|mount| mount.rw).map(|mount| mount.destination.as_str());
            let question = Users::question(&data.collect::<Vec<_>>());
            seen.users.note(&self.project.inside(id, Some("0"), &question)?.out);
        }
        if !container.host_config.readonly_rootfs {
            let mounted: Vec<&str> =
                container.mounts.iter().map(|mount| mount.destination.as_str()).collect();
            seen.note_written(&self.project.written(id)?, &mounted);
            let open = seen.unknown_directories();
            if !open.is_empty() {
                seen.note_directories(&self.project.inside(id, Some("0"), &Seen::question(&open))?.out);
            }
        }
        Ok(None)
    }

    /// What is asked of a service. One with a healthcheck is asked no more than that, but for what the user wants.
    fn probe(&self, name: &str, seen: &Seen) -> Option<&Probe> {
        let is_unfit = seen.unfit || self.before.get(name).is_some_and(|before| before.unfit);
        self.probes.get(name).filter(|probe| probe.own || !is_unfit)
    }

    /// Whether a probe that fails now says only that it does not fit this service.
    fn is_unfit(&self, name: &str) -> bool {
        self.before.is_empty() && self.probes.get(name).is_some_and(|probe| !probe.own)
    }

    /// Asks a service; what is wrong when the answer is no.
    fn asked(&self, id: &str, probe: &Probe) -> Result<Option<String>, Failure> {
        let output = match &probe.image {
            Some(image) => self.project.beside(id, image, &probe.command)?,
            None => self.project.inside(id, None, &probe.command)?,
        };
        if output.is_success() {
            return Ok(None);
        }
        let said = output.out + &output.err;
        if probe.image.is_none() && said.contains("\"sh\": executable file not found") {
            let words = "its probe cannot be run inside, where there is no shell: `probe: {command: …, image: …}` runs it beside";
            return Ok(Some(words.to_owned()));
        }
        let said = telling(&said).map(|line| format!(": {line}")).unwrap_or_default();
        Ok(Some(format!("its probe fails{said}")))
    }

    /// A control that is written and that the kernel knows nothing of.
    fn void(
        &self,
        name: &str,
        container: &Container,
        processes: &[Process],
    ) -> Result<Option<&'static str>, Failure> {
        let Some(rules) = self.rules.get(name) else { return Ok(None) };
        let mut accounts = processes.iter().filter_map(Project::account);
        let broken = accounts.find_map(|account| rules.broken_by(&account));
        if broken.is_some() || !rules.read_only {
            return Ok(broken);
        }
        if !container.host_config.readonly_rootfs {
            return Ok(Some("read_only"));
        }
        let write = "touch /.harden-prove && rm /.harden-prove";
        let is_open = self.project.inside(&container.id, Some("0"), write)?.is_success();
        Ok(is_open.then_some("read_only"))
    }

    /// What those that are up use.
    fn measure(&self, findings: &mut Findings, up: &[(String, String)]) -> Result<(), Failure> {
        let ids: Vec<&str> = up.iter().map(|(_, id)| id.as_str()).collect();
        for used in self.project.uses(&ids)? {
            let Some((name, _)) = up.iter().find(|(_, id)| id.starts_with(&used.id)) else { continue };
            if let Some(finding) = findings.get_mut(name) {
                let peak = &mut finding.seen.peak;
                peak.memory = peak.memory.max(used.memory);
                peak.pids = peak.pids.max(used.pids);
            }
        }
        Ok(())
    }

    pub(super) fn symptom(&self, kind: Kind, phase: Phase, words: &str, log: &str) -> Symptom {
        Symptom { kind, phase, words: self.scrub.clean(words), log: self.scrub.clean(log) }
    }
}

fn is_unhealthy(container: &Container) -> bool {
    container.state.health.as_ref().is_some_and(|health| health.status == "unhealthy")
}

fn unhealthy(container: &Container) -> String {
    let said = container.state.health.as_ref().and_then(|health| telling(&health.log.last()?.output));
    let said = said.map(|line| format!(": {line}")).unwrap_or_default();
    format!("its healthcheck fails{said}")
}
