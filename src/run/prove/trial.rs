//! The course of a run: as it is, as it would be, then each service that no longer works by itself, then all together again.
//!
//! Each start is judged; nothing is written.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, Sender};
use std::sync::{Mutex, PoisonError};
use std::thread;

use serde_json::Value;

use super::Controls;
use super::bench::{Bench, Staged, Trouble, Wanted};
use super::builds::{Builds, Side};
use crate::docker::Failure;
use crate::plan::Level;
use crate::prove::judge::{Finding, Findings, Judge, Times};
use crate::prove::order;
use crate::prove::search::{Control, Found, Lab, Search, Wishes};
use crate::prove::symptom::{Scrub, Symptom};
use crate::prove::{Probe, Rules, Seen};

/// What was found.
#[derive(Default)]
pub(super) struct Course {
    /// What was seen of each service as it is.
    pub(super) before: BTreeMap<String, Seen>,
    /// What was seen of it in the end.
    pub(super) after: BTreeMap<String, Seen>,
    /// What each service is left with.
    pub(super) found: BTreeMap<String, Found>,
    /// Services that did not work with what was planned, and what was seen.
    pub(super) failed: BTreeMap<String, String>,
    /// Services that do not work even with what was found.
    pub(super) broken: BTreeMap<String, String>,
    /// Services for which there was not enough time.
    pub(super) open: BTreeSet<String>,
    /// Services that were not run, and why.
    pub(super) refused: BTreeMap<String, String>,
    /// What differs from the user's project.
    pub(super) notes: Vec<String>,
    /// What was built before and after.
    pub(super) builds: Builds,
}

/// Services that are tried at the same time.
const AT_ONCE: usize = 4;

/// Says how far it is.
type Say<'s> = &'s mut dyn FnMut(&str);

impl Course {
    /// Runs it.
    pub(super) fn run(bench: &Bench<'_>, say: Say<'_>) -> Result<Self, Trouble> {
        let mut course = Self::default();
        let probes = bench.probes()?;
        let scrub = course.as_it_is(bench, &probes, say)?;
        let mut wanted = bench.wanted(&probes)?;
        wanted.retain(|name, _| course.before.contains_key(name));
        let planned: Controls =
            wanted.iter().map(|(name, wanted)| (name.clone(), wanted.controls.clone())).collect();
        say(&format!("hardened: starting {}", services(wanted.len())));
        let mut ground = Ground { bench, before: course.before.clone(), probes, scrub, starts: 0 };
        course.builds.give(bench, Side::After)?;
        let hardened = course.hardened(&mut ground, &planned, say)?;
        course.failed = symptoms(&hardened);
        for (name, why) in &course.failed {
            say(&format!("  {name}: {why}"));
        }
        course.after = seen(&hardened);
        for (name, controls) in planned.iter().filter(|(name, _)| !course.failed.contains_key(*name)) {
            let found = Found { kept: controls.clone(), ..Found::default() };
            course.found.insert(name.clone(), found);
        }
        course.open = course.failed.keys().cloned().collect();
        match course.searched(&mut ground, &wanted, say) {
            Err(Trouble::Engine(Failure::NoTime)) => course.out_of_time(),
            other => other?,
        }
        Ok(course)
    }

    /// All services as they would be. Where one fails, it is first found out whether its image is to blame: no search among
    /// controls would mend that, so it is back to the image that it had.
    fn hardened(
        &mut self,
        ground: &mut Ground<'_, '_>,
        planned: &Controls,
        say: Say<'_>,
    ) -> Result<Findings, Trouble> {
        let hardened = ground.whole(planned)?;
        if symptoms(&hardened).is_empty() || !self.builds.are_given() {
            return Ok(hardened);
        }
        say("built: starting all services with the new images and nothing else that is new");
        let failed = symptoms(&ground.whole(&Controls::new())?);
        if failed.is_empty() {
            return Ok(hardened);
        }
        for (name, why) in &failed {
            say(&format!("  {name}: {why}"));
        }
        self.builds.blame(&failed);
        self.builds.give(ground.bench, Side::After)?;
        say("hardened: starting all services with the images that work");
        ground.whole(planned)
    }

    /// Looks for what those can live with that fail, and for what is better for the others.
    fn searched(
        &mut self,
        ground: &mut Ground<'_, '_>,
        wanted: &BTreeMap<String, Wanted>,
        say: Say<'_>,
    ) -> Result<(), Trouble> {
        let is_open = |(name, wanted): &(&String, &Wanted)| {
            self.failed.contains_key(*name) || ground.wishes(name, wanted) != Wishes::default()
        };
        let names: BTreeSet<String> = wanted.iter().filter(is_open).map(|(name, _)| name.clone()).collect();
        if names.is_empty() {
            return Ok(());
        }
        self.search(ground, &names, wanted, say)?;
        self.together(ground, say)
    }

    /// What was found by now is kept; a service that has not worked yet is not finished.
    fn out_of_time(&mut self) {
        let broken = std::mem::take(&mut self.broken);
        self.found.retain(|name, _| !broken.contains_key(name));
        self.open.extend(broken.into_keys());
    }

    /// Each of these services by itself, beside the others as they are. Those that do not depend on each other are tried
    /// at the same time.
    fn search(
        &mut self,
        ground: &Ground<'_, '_>,
        names: &BTreeSet<String>,
        wanted: &BTreeMap<String, Wanted>,
        say: Say<'_>,
    ) -> Result<(), Trouble> {
        let staged = ground.bench.stage(ground.bench.resolved(&Controls::new())?, "lab", BTreeMap::new())?;
        let all: Vec<String> = ground.before.keys().cloned().collect();
        for level in order::levels(&staged.isolated.config) {
            let level: Vec<&String> = level.iter().filter(|name| names.contains(*name)).collect();
            if level.is_empty() {
                continue;
            }
            // also those that did not survive that another was away
            ground.judge(&staged).bring_up(&all, true)?;
            let results = ground.at_once(&level, wanted, &self.failed, say);
            let mut end = Ok(());
            for (name, result) in level.into_iter().zip(results) {
                match result {
                    Ok(found) => {
                        self.open.remove(name);
                        self.found.insert(name.clone(), found);
                    }
                    Err(trouble) => end = end.and(Err(trouble)),
                }
            }
            end?;
        }
        ground.bench.clear().map_err(Trouble::from)
    }

    /// Starts the project as it is. What does not work then cannot be broken.
    fn as_it_is(
        &mut self,
        bench: &Bench<'_>,
        probes: &BTreeMap<String, Probe>,
        say: Say<'_>,
    ) -> Result<Scrub, Trouble> {
        let resolved = bench.resolved(&Controls::new())?;
        let scrub = Scrub::new(values(&resolved));
        let staged = bench.stage(resolved, "base", BTreeMap::new())?;
        self.notes.clone_from(&staged.isolated.notes);
        self.refused.clone_from(&staged.isolated.refused);
        for note in &self.notes {
            say(&format!("note: {note}"));
        }
        for (name, why) in &self.refused {
            say(&format!("note: `{name}` is not run: {why}"));
        }
        let names = staged.isolated.services();
        if names.is_empty() {
            let help = "look at the notes above, or at `profiles`";
            return Err(Trouble::Plain(
                "no service of the project can be run".to_owned(),
                Some(help.to_owned()),
            ));
        }
        if bench.asked.build {
            self.builds = Builds::made(bench, &staged, &scrub, say)?;
        }
        say(&format!("as it is: starting {}", services(names.len())));
        let before = BTreeMap::new();
        let findings = judge(bench, &staged, &before, probes, &scrub).judge(&names, true)?;
        let failed = symptoms(&findings);
        if !failed.is_empty() {
            let all: Vec<String> = failed.iter().map(|(name, why)| format!("`{name}`: {why}")).collect();
            let text = format!("the project does not work as it is: {}", all.join("; "));
            let help = "mend it first: only what works can be shown to work still";
            return Err(Trouble::Plain(text, Some(help.to_owned())));
        }
        self.before = seen(&findings);
        bench.clear()?;
        Ok(scrub)
    }

    /// Starts everything with what was found. A service that works alone and not with the others gets what it had.
    fn together(&mut self, ground: &mut Ground<'_, '_>, say: Say<'_>) -> Result<(), Trouble> {
        for _ in 0..2 {
            say("together: starting all services with what was found");
            let kept = self.found.iter().map(|(name, found)| (name.clone(), found.kept.clone())).collect();
            let findings = ground.whole(&kept)?;
            self.after = seen(&findings);
            let failed = symptoms(&findings);
            if failed.is_empty() {
                self.broken.clear();
                return Ok(());
            }
            for (name, why) in &failed {
                say(&format!("  {name}: {why}"));
            }
            self.broken = failed;
        }
        for (name, why) in &self.broken {
            let Some(found) = self.found.get_mut(name) else { continue };
            for (pass, _) in found.kept.drain(..) {
                found.dropped.insert(pass, format!("it fails beside the others: {why}"));
            }
        }
        Ok(())
    }
}

/// Where services are tried.
struct Ground<'a, 'b> {
    bench: &'a Bench<'b>,
    before: BTreeMap<String, Seen>,
    probes: BTreeMap<String, Probe>,
    scrub: Scrub,
    starts: usize,
}

impl Ground<'_, '_> {
    fn judge<'j>(&'j self, staged: &Staged) -> Judge<'j> {
        judge(self.bench, staged, &self.before, &self.probes, &self.scrub)
    }

    /// What is looked for beyond what was planned, where something asks it how it is: fewer capabilities, and a user in place
    /// of root. Users that only its image has are a guess.
    fn wishes(&self, name: &str, wanted: &Wanted) -> Wishes {
        let is_asked = |seen: &&Seen| seen.asked && !self.bench.has_foreign_data(name);
        let Some(seen) = self.before.get(name).filter(is_asked) else { return Wishes::default() };
        let has_caps = |(pass, values): &Control| pass == "cap_drop" && !values.is_empty();
        let may_guess = self.probes.get(name).is_some_and(|probe| probe.own)
            || self.bench.asked.task.plan.level == Level::Strict;
        let users = match (wanted.may_switch, may_guess) {
            (true, true) => seen.users.all(),
            (true, false) => seen.users.own(),
            (false, _) => Vec::new(),
        };
        let fewer = wanted.loose && wanted.controls.iter().any(has_caps);
        Wishes { works: false, fewer, users }
    }

    /// All services with these controls, on empty volumes.
    fn whole(&mut self, controls: &Controls) -> Result<Findings, Trouble> {
        self.starts += 1;
        let resolved = self.bench.resolved(controls)?;
        let staged = self.bench.stage(resolved, &format!("all{}", self.starts), BTreeMap::new())?;
        let names: Vec<String> = self.before.keys().cloned().collect();
        let findings = self.judge(&staged).judge(&names, true)?;
        self.bench.clear()?;
        Ok(findings)
    }

    /// Some services at the same time; what they say comes in the order in which it happens.
    fn at_once(
        &self,
        names: &[&String],
        wanted: &BTreeMap<String, Wanted>,
        failed: &BTreeMap<String, String>,
        say: Say<'_>,
    ) -> Vec<Result<Found, Trouble>> {
        let (next, results) = (AtomicUsize::new(0), Mutex::new(BTreeMap::new()));
        let (sender, lines) = mpsc::channel::<String>();
        thread::scope(|scope| {
            for _ in 0..names.len().min(AT_ONCE) {
                let (sender, next, results) = (sender.clone(), &next, &results);
                scope.spawn(move || {
                    while let Some(name) = names.get(next.fetch_add(1, Ordering::Relaxed)) {
                        let works = !failed.contains_key(*name);
                        let result = self.alone(name, wanted.get(*name), works, &sender);
                        results
                            .lock()
                            .unwrap_or_else(PoisonError::into_inner)
                            .insert((*name).clone(), result);
                    }
                });
            }
            drop(sender);
            for line in lines {
                say(&line);
            }
        });
        let mut results = results.into_inner().unwrap_or_else(PoisonError::into_inner);
        let gone = || Err(Trouble::Plain("a trial did not end".to_owned(), None));
        names.iter().map(|name| results.remove(*name).unwrap_or_else(gone)).collect()
    }

    /// One service.
    fn alone(
        &self,
        name: &str,
        wanted: Option<&Wanted>,
        works: bool,
        say: &Sender<String>,
    ) -> Result<Found, Trouble> {
        let wanted = wanted.cloned().unwrap_or_default();
        let nothing = Seen::default();
        let seen = self.before.get(name).unwrap_or(&nothing);
        let wishes = Wishes { works, ..self.wishes(name, &wanted) };
        let mut lab = One { ground: self, name, trials: 0, say };
        let found = Search::new(&mut lab, seen, self.bench.asked.rounds).run(&wanted.controls, &wishes)?;
        let (kept, dropped, trials) = (found.kept.len(), found.dropped.len(), found.trials);
        let _ = say.send(format!("  {name}: {kept} kept, {dropped} left out, {trials} trials"));
        Ok(found)
    }
}

/// One service on trial.
struct One<'a, 'g, 'b> {
    ground: &'a Ground<'g, 'b>,
    name: &'a str,
    trials: usize,
    say: &'a Sender<String>,
}

impl Lab for One<'_, '_, '_> {
    type Stop = Trouble;

    fn trial(&mut self, controls: &[Control]) -> Result<Option<Symptom>, Trouble> {
        self.trials += 1;
        let (ground, name) = (self.ground, self.name.to_owned());
        let kept = Controls::from([(name.clone(), controls.to_vec())]);
        let own = format!("t{}-{name}", self.trials);
        let fresh = BTreeMap::from([(name.clone(), own.clone())]);
        let staged = ground.bench.stage(ground.bench.resolved(&kept)?, "lab", fresh)?;
        let away = || -> Result<(), Failure> {
            staged.project.act(&["kill", &name])?;
            staged.project.act(&["rm", "-f", "-v", &name]).map(drop)
        };
        away()?;
        let mut findings = ground.judge(&staged).judge(std::slice::from_ref(&name), false)?;
        away()?;
        staged.project.remove_volumes(&own_volumes(&staged, &own))?;
        let symptom = findings.remove(&name).and_then(|finding| finding.symptom);
        let what: Vec<String> = controls.iter().map(shown).collect();
        let outcome = symptom.as_ref().map_or_else(|| "works".to_owned(), ToString::to_string);
        // nobody listens any more when the run ends
        let _ = self.say.send(format!("  {name} {}: {}: {outcome}", self.trials, what.join(" ")));
        Ok(symptom)
    }
}

/// The volumes that were made for one trial.
fn own_volumes(staged: &Staged, own: &str) -> Vec<String> {
    let volumes = staged.isolated.config.get("volumes").and_then(Value::as_object).into_iter().flatten();
    let own = volumes.map(|(key, _)| key).filter(|key| key.ends_with(&format!("--{own}")));
    own.map(|key| format!("{}_{key}", staged.project.name())).collect()
}

/// A control in few words.
fn shown((pass, values): &Control) -> String {
    if values.is_empty() { pass.clone() } else { format!("{pass}[{}]", values.join(",")) }
}

fn judge<'j>(
    bench: &Bench<'_>,
    staged: &Staged,
    before: &'j BTreeMap<String, Seen>,
    probes: &'j BTreeMap<String, Probe>,
    scrub: &'j Scrub,
) -> Judge<'j> {
    let services = staged.isolated.config.get("services").and_then(Value::as_object).into_iter().flatten();
    let times = Times { settle: bench.asked.settle, patience: bench.asked.patience };
    Judge {
        project: staged.project.clone().until(bench.end),
        levels: order::levels(&staged.isolated.config),
        rules: services.map(|(name, service)| (name.clone(), Rules::of(service))).collect(),
        before,
        probes,
        times,
        scrub,
        end: bench.end,
    }
}

fn symptoms(findings: &Findings) -> BTreeMap<String, String> {
    let failed =
        |(name, finding): (&String, &Finding)| Some((name.clone(), finding.symptom.as_ref()?.to_string()));
    findings.iter().filter_map(failed).collect()
}

fn seen(findings: &Findings) -> BTreeMap<String, Seen> {
    findings.iter().map(|(name, finding)| (name.clone(), finding.seen.clone())).collect()
}

/// The values of all environments, and of the arguments of builds.
fn values(resolved: &Value) -> Vec<String> {
    let services = resolved["services"].as_object().into_iter().flatten();
    let paths = ["/environment", "/build/args"];
    let secret = services.flat_map(|(_, service)| paths.into_iter().filter_map(|path| service.pointer(path)));
    let secret = secret.filter_map(Value::as_object).flatten();
    secret.filter_map(|(_, value)| value.as_str().map(str::to_owned)).collect()
}

fn services(number: usize) -> String {
    if number == 1 { "1 service".to_owned() } else { format!("{number} services") }
}
