//! Finds what a service can live with: which control breaks it, and what repairs that.
//!
//! Knows no engine: it asks a [`Lab`] to run the service with some controls. The controls are halved until each that breaks it
//! stands alone; that one is repaired by what was seen, or left out with the reason. What is found works together, because
//! each trial adds to what worked before.

use std::collections::{BTreeMap, BTreeSet};

use super::Seen;
use super::repair::{as_user, covers, merged, parent, raised, read_only_paths, suspect};
use super::symptom::{Kind, Symptom};
use crate::compose::{Bytes, Scalar as _};

/// A control and its values: the id of its pass, and what a [`Record`](crate::evidence::Record) keeps of it.
pub type Control = (String, Vec<String>);

/// Where a service can be run.
pub trait Lab {
    /// Why there can be no more trials.
    type Stop;

    /// Runs the service with these controls and no others: what is wrong with it, if anything is.
    ///
    /// # Errors
    /// When there can be no more trials.
    fn trial(&mut self, controls: &[Control]) -> Result<Option<Symptom>, Self::Stop>;
}

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// Controls with which it does its job.
    pub kept: Vec<Control>,
    /// Controls with which it does not, and what was seen.
    pub dropped: BTreeMap<String, String>,
    /// How many trials that took.
    pub trials: usize,
}

/// What came of a trial.
#[derive(Clone, Debug)]
enum Outcome {
    /// It does its job.
    Works,
    /// It does not.
    Fails(Symptom),
    /// There was none: no rounds are left.
    None,
}

/// What is looked for beyond what was planned.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wishes {
    /// Whether it is known to work as planned.
    pub works: bool,
    /// Whether capabilities are left out that are not needed.
    pub fewer: bool,
    /// Users that it is tried as instead of root, the likeliest first.
    pub users: Vec<String>,
}

/// What is looked for.
pub struct Search<'a, L> {
    /// Where it is run.
    pub lab: &'a mut L,
    /// What was seen of the service as it is.
    pub seen: &'a Seen,
    /// How many trials there may be.
    pub rounds: usize,
    /// What came of each trial.
    known: BTreeMap<Vec<Control>, Outcome>,
    found: Found,
}

/// What a start as root often needs, from little to much; the last is what a container has by default.
const RUNGS: [&[&str]; 4] = [&[], &["SETGID", "SETUID"], &START_UP, &DEFAULT];

/// What is often needed, most often last.
const OFTEN: [&str; 5] = ["CHOWN", "DAC_OVERRIDE", "KILL", "SETGID", "SETUID"];

/// What entrypoints need to prepare a directory, step down, listen and stop.
const START_UP: [&str; 7] =
    ["CHOWN", "DAC_OVERRIDE", "FOWNER", "KILL", "NET_BIND_SERVICE", "SETGID", "SETUID"];

/// The same and the others: where the start-up set is not enough, it may all be left out at once.
const DEFAULT: [&str; 14] = [
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "KILL",
    "NET_BIND_SERVICE",
    "SETGID",
    "SETUID",
    "NET_RAW",
    "SYS_CHROOT",
    "AUDIT_WRITE",
    "FSETID",
    "MKNOD",
    "SETFCAP",
    "SETPCAP",
];

/// Said of what was not tried.
const UNTRIED: &str = "not tried: there were no rounds left";

impl<'a, L: Lab> Search<'a, L> {
    /// A search with so many trials.
    pub fn new(lab: &'a mut L, seen: &'a Seen, rounds: usize) -> Self {
        Self { lab, seen, rounds, known: BTreeMap::new(), found: Found::default() }
    }

    /// Finds what works of these controls, and what more is wished for.
    ///
    /// # Errors
    /// When there can be no more trials.
    pub fn run(mut self, planned: &[Control], wishes: &Wishes) -> Result<Found, L::Stop> {
        if wishes.works {
            self.known.insert(planned.to_vec(), Outcome::Works);
        }
        let working = match self.suspected(planned)? {
            Some(working) => working,
            None => self.settle(Vec::new(), planned)?,
        };
        self.found.kept = match self.as_another(&working, &wishes.users)? {
            Some(better) => better,
            None if wishes.fewer => self.fewer(working)?,
            None => working,
        };
        Ok(self.found)
    }

    /// The same as a user other than root, who needs no capabilities and has none.
    fn as_another(&mut self, working: &[Control], users: &[String]) -> Result<Option<Vec<Control>>, L::Stop> {
        for user in users {
            let controls = as_user(working, user);
            match self.trial(&controls)? {
                Outcome::Works => {
                    self.found.dropped.remove("user");
                    return Ok(Some(controls));
                }
                Outcome::Fails(symptom) => {
                    let reason = || format!("as {user}: {symptom}");
                    self.found.dropped.entry("user".to_owned()).or_insert_with(reason);
                }
                Outcome::None => break,
            }
        }
        Ok(None)
    }

    /// What works where the first trial tells which control alone is to blame.
    fn suspected(&mut self, planned: &[Control]) -> Result<Option<Vec<Control>>, L::Stop> {
        let Outcome::Fails(symptom) = self.trial(planned)? else { return Ok(None) };
        let suspect = planned.iter().find(|(pass, _)| Some(pass.as_str()) == suspect(&symptom));
        let Some(suspect) = suspect else { return Ok(None) };
        let others: Vec<Control> = planned.iter().filter(|control| *control != suspect).cloned().collect();
        match self.trial(&others)? {
            Outcome::Works => self.repair(others, suspect, &symptom).map(Some),
            _ => Ok(None),
        }
    }

    /// Adds controls to those that work, as many as work together.
    fn settle(&mut self, working: Vec<Control>, more: &[Control]) -> Result<Vec<Control>, L::Stop> {
        if more.is_empty() {
            return Ok(working);
        }
        let all = [working.as_slice(), more].concat();
        match (self.trial(&all)?, more) {
            (Outcome::Works, _) => Ok(all),
            (Outcome::None, _) => {
                let untried = more.iter().map(|(pass, _)| (pass.clone(), UNTRIED.to_owned()));
                self.found.dropped.extend(untried);
                Ok(working)
            }
            (Outcome::Fails(symptom), [culprit]) => self.repair(working, culprit, &symptom),
            (Outcome::Fails(_), _) => {
                let (first, second) = more.split_at(more.len() / 2);
                let working = self.settle(working, first)?;
                self.settle(working, second)
            }
        }
    }

    /// Tries other values of the one control that breaks it.
    fn repair(
        &mut self,
        working: Vec<Control>,
        culprit: &Control,
        first: &Symptom,
    ) -> Result<Vec<Control>, L::Stop> {
        let (pass, values) = culprit;
        let mut tried: BTreeSet<Vec<String>> = [values.clone()].into();
        let mut symptom = first.clone();
        while let Some(next) = self.candidate(pass, values, &tried, &symptom) {
            tried.insert(next.clone());
            let all = [working.as_slice(), &[(pass.clone(), next)]].concat();
            match self.trial(&all)? {
                Outcome::Works if pass == "cap_drop" => return self.fewer(all),
                Outcome::Works => return Ok(all),
                Outcome::Fails(other) => symptom = other,
                Outcome::None => break,
            }
        }
        self.found.dropped.insert(pass.clone(), self.reason(pass, first));
        Ok(working)
    }

    /// What to try next for a control; none when there is nothing left.
    fn candidate(
        &self,
        pass: &str,
        planned: &[String],
        tried: &BTreeSet<Vec<String>>,
        symptom: &Symptom,
    ) -> Option<Vec<String>> {
        let is_new = |values: &Vec<String>| !tried.contains(values);
        match pass {
            "cap_drop" => RUNGS.iter().map(|rung| owned(rung)).find(is_new),
            "user" => self.seen.users.all().into_iter().map(|user| vec![user]).find(is_new),
            "read_only" => {
                let mut entries = self.seen.memory().ok()?;
                let is_there = |path: &String| entries.iter().any(|entry| covers(entry, path));
                let told: Vec<String> =
                    read_only_paths(&symptom.log).into_iter().filter(|path| !is_there(path)).collect();
                entries.extend(told.iter().filter_map(|path| parent(path)));
                let last = tried.iter().map(Vec::len).max().unwrap_or_default();
                let more: Vec<String> = merged(planned, &entries);
                [entries, more].into_iter().find(is_new).filter(|_| last < 64)
            }
            "mem_limit" if symptom.kind != Kind::Start || tried.len() == 1 => {
                let read = |text: &str| Bytes::parse(text).map(|size| size.0);
                raised(tried, self.seen.peak.memory, read, |size| Bytes(size).to_string())
            }
            "pids_limit" => {
                let read = |text: &str| text.parse().ok();
                raised(tried, self.seen.peak.pids.into(), read, |count| count.to_string())
            }
            _ => None,
        }
    }

    /// Why a control is left out: what was seen with it, and what would have repaired it and cannot be.
    fn reason(&self, pass: &str, symptom: &Symptom) -> String {
        match self.seen.memory() {
            Err(path) if pass == "read_only" => {
                format!("it writes `{path}`, beside files of the image that memory would hide")
            }
            _ => symptom.to_string(),
        }
    }

    /// Leaves out capabilities, many at once where that works, until each that is left is needed.
    fn fewer(&mut self, working: Vec<Control>) -> Result<Vec<Control>, L::Stop> {
        let Some(at) = working.iter().position(|(pass, _)| pass == "cap_drop") else { return Ok(working) };
        let mut caps = working.get(at).map(|(_, caps)| caps.clone()).unwrap_or_default();
        // what is hardly ever needed may go at once
        caps.sort_by_key(|cap| (OFTEN.iter().position(|often| often == cap), cap.clone()));
        self.without(working, at, &caps)
    }

    fn without(
        &mut self,
        working: Vec<Control>,
        at: usize,
        doubtful: &[String],
    ) -> Result<Vec<Control>, L::Stop> {
        if doubtful.is_empty() {
            return Ok(working);
        }
        let now = working.get(at).map(|(_, caps)| caps.clone()).unwrap_or_default();
        let fewer = with(&working, at, now.into_iter().filter(|cap| !doubtful.contains(cap)).collect());
        match self.trial(&fewer)? {
            Outcome::Works => Ok(fewer),
            Outcome::Fails(_) if doubtful.len() > 1 => {
                let (first, second) = doubtful.split_at(doubtful.len() / 2);
                let working = self.without(working, at, first)?;
                self.without(working, at, second)
            }
            Outcome::Fails(_) | Outcome::None => Ok(working),
        }
    }

    /// A trial, while there are rounds left; none is made twice.
    fn trial(&mut self, controls: &[Control]) -> Result<Outcome, L::Stop> {
        if let Some(known) = self.known.get(controls) {
            return Ok(known.clone());
        }
        if self.found.trials >= self.rounds {
            return Ok(Outcome::None);
        }
        self.found.trials += 1;
        let outcome = self.lab.trial(controls)?.map_or(Outcome::Works, Outcome::Fails);
        self.known.insert(controls.to_vec(), outcome.clone());
        Ok(outcome)
    }
}

fn owned(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

/// The controls with other values for one of them.
fn with(controls: &[Control], at: usize, values: Vec<String>) -> Vec<Control> {
    let mut controls = controls.to_vec();
    if let Some((_, old)) = controls.get_mut(at) {
        *old = values;
    }
    controls
}

#[cfg(test)]
mod tests {
    use super::super::repair::as_user;
    use super::{Control, Found, Lab, Search, Seen, Wishes};
    use crate::docker::{Process, Written};
    use crate::prove::symptom::{Kind, Symptom};

    /// A service that works as long as a rule holds; says what breaks it.
    struct Fake<F> {
        rule: F,
        trials: Vec<String>,
    }

    impl<F: Fn(&[Control]) -> Result<(), &'static str>> Lab for Fake<F> {
        type Stop = ();

        fn trial(&mut self, controls: &[Control]) -> Result<Option<Symptom>, ()> {
            self.trials.push(format!("{controls:?}"));
            Ok((self.rule)(controls).err().map(|words| Symptom {
                kind: Kind::Exit,
                words: words.to_owned(),
                log: words.to_owned(),
                ..Symptom::default()
            }))
        }
    }

    fn control(pass: &str, values: &[&str]) -> Control {
        (pass.to_owned(), super::owned(values))
    }

    fn planned() -> Vec<Control> {
        vec![
            control("mem_limit", &["64m"]),
            control("cpus", &["1.0"]),
            control("pids_limit", &["20"]),
            control("init", &[]),
            control("user", &["1000:1000"]),
            control("read_only", &["/tmp"]),
            control("cap_drop", &[]),
            control("no_new_privileges", &[]),
            control("logging", &[]),
        ]
    }

    fn values<'c>(controls: &'c [Control], pass: &str) -> Option<&'c [String]> {
        controls.iter().find(|(id, _)| id == pass).map(|(_, values)| values.as_slice())
    }

    fn search(
        seen: &Seen,
        rounds: usize,
        rule: impl Fn(&[Control]) -> Result<(), &'static str>,
    ) -> (Found, usize) {
        let mut lab = Fake { rule, trials: Vec::new() };
        let found = Search::new(&mut lab, seen, rounds).run(&planned(), &Wishes::default()).unwrap();
        assert_eq!(found.trials, lab.trials.len());
        assert_eq!(found.kept.len() + found.dropped.len(), planned().len(), "{found:?}");
        (found, lab.trials.len())
    }

    #[test]
    fn what_works_takes_one_trial() {
        assert_eq!(search(&Seen::default(), 9, |_| Ok(())).1, 1);
    }

    #[test]
    fn the_one_that_breaks_it_is_found_and_the_others_are_kept() {
        let (found, _) = search(&Seen::default(), 30, |controls| match values(controls, "init") {
            Some(_) => Err("must be process 1"),
            None => Ok(()),
        });
        assert_eq!(
            found.dropped.into_iter().collect::<Vec<_>>(),
            [("init".into(), "must be process 1".into())]
        );
    }

    #[test]
    fn limits_are_raised() {
        let (found, _) = search(&Seen::default(), 30, |controls| {
            let memory = values(controls, "mem_limit").is_none_or(|limit| limit[0] == "256m");
            let pids =
                values(controls, "pids_limit").is_none_or(|limit| limit[0].parse::<u32>().unwrap() > 30);
            if memory && pids { Ok(()) } else { Err("killed") }
        });
        assert_eq!(values(&found.kept, "mem_limit").unwrap(), ["256m"]);
        assert_eq!(values(&found.kept, "pids_limit").unwrap(), ["40"]);
        assert!(found.dropped.is_empty());
    }

    #[test]
    fn a_limit_holds_what_was_seen_with_some_to_spare() {
        let mut seen = Seen::default();
        seen.peak.memory = 300 << 20;
        let (found, trials) = search(&seen, 30, |controls| match values(controls, "mem_limit") {
            Some(limit) if limit[0] != "512m" => Err("cannot allocate"),
            _ => Ok(()),
        });
        assert_eq!(values(&found.kept, "mem_limit").unwrap(), ["512m"]);
        assert!(trials < 9, "64m, then 512m at once: {trials}");
    }

    #[test]
    fn another_user_needs_no_capabilities() {
        let planned = [control("read_only", &["/run", "/tmp"]), control("cap_drop", &["SETUID"])];
        let wishes = Wishes { fewer: true, users: super::owned(&["5:5", "7:8"]), ..Wishes::default() };
        let rule = |controls: &[Control]| match values(controls, "user") {
            Some(user) if user[0] == "5:5" => Err("exit code 1"),
            None if values(controls, "cap_drop").unwrap().is_empty() => Err("EPERM"),
            _ => Ok(()),
        };
        let mut lab = Fake { rule, trials: Vec::new() };
        let found = Search::new(&mut lab, &Seen::default(), 9).run(&planned, &wishes).unwrap();
        assert_eq!((found.kept, found.dropped.len()), (as_user(&planned, "7:8"), 0));
        let wishes = Wishes { users: super::owned(&["5:5"]), ..wishes };
        let found = Search::new(&mut lab, &Seen::default(), 9).run(&planned, &wishes).unwrap();
        assert_eq!(found.dropped["user"], "as 5:5: exit code 1");
        assert_eq!(values(&found.kept, "cap_drop").unwrap(), ["SETUID"]);
        let wishes = Wishes { works: true, ..Wishes::default() };
        let found = Search::new(&mut lab, &Seen::default(), 9).run(&planned, &wishes).unwrap();
        assert_eq!(found.trials, 0, "what is known is not tried");
        let memory = as_user(&planned, "7:8");
        assert_eq!(values(&memory, "read_only").unwrap(), ["/run:uid=7,gid=8", "/tmp"]);
    }

    #[test]
    fn the_user_is_the_one_that_it_steps_down_to() {
        let mut seen = Seen::default();
        seen.note_processes(&[Process { pid: 1, uid: 70, gid: 71, name: "x".into() }]);
        let (found, _) = search(&seen, 30, |controls| match values(controls, "user") {
            Some(user) if user[0] != "70:71" => Err("no"),
            _ => Ok(()),
        });
        assert_eq!(values(&found.kept, "user").unwrap(), ["70:71"]);
    }

    #[test]
    fn as_few_capabilities_as_it_needs() {
        let needs = |wanted: &'static [&'static str]| {
            move |controls: &[Control]| match values(controls, "cap_drop") {
                Some(caps) if !wanted.iter().all(|cap| caps.iter().any(|given| given == cap)) => Err("EPERM"),
                _ => Ok(()),
            }
        };
        for wanted in [&["SETGID", "SETUID"][..], &["CHOWN", "SETGID"], &["NET_RAW"], &["KILL", "MKNOD"]] {
            let (found, trials) = search(&Seen::default(), 60, needs(wanted));
            let caps = values(&found.kept, "cap_drop").unwrap();
            assert!(caps.len() == wanted.len() && trials < 25, "{caps:?} after {trials}");
        }
    }

    #[test]
    fn what_it_writes_becomes_memory() {
        let mut seen = Seen::default();
        let written = |path: &str, added| Written { path: path.into(), added };
        seen.note_written(&[written("/opt/x", false), written("/opt/x/f", true)], &[]);
        seen.note_directories("\u{1}/opt/x\n5 6\nf\n");
        let (found, _) = search(&seen, 30, |controls| match values(controls, "read_only") {
            Some(memory) if !memory.iter().any(|entry| entry == "/opt/x:uid=5,gid=6") => Err("EROFS"),
            Some(memory) if !memory.iter().any(|entry| entry == "/srv/late") => {
                Err("cannot open '/srv/late/f': Read-only file system")
            }
            _ => Ok(()),
        });
        assert_eq!(values(&found.kept, "read_only").unwrap(), ["/opt/x:uid=5,gid=6", "/srv/late"]);
    }

    #[test]
    fn the_first_symptom_may_tell_the_culprit() {
        let (found, trials) = search(&Seen::default(), 30, |controls| match values(controls, "cap_drop") {
            Some(caps) if !caps.iter().any(|cap| cap == "SETUID") => Err("setuid: Operation not permitted"),
            _ => Ok(()),
        });
        assert_eq!(values(&found.kept, "cap_drop").unwrap(), ["SETUID"]);
        assert!(trials <= 6, "{trials}");
    }

    #[test]
    fn without_rounds_nothing_is_claimed() {
        let (found, trials) = search(&Seen::default(), 2, |controls| match values(controls, "logging") {
            Some(_) => Err("no"),
            None => Ok(()),
        });
        assert_eq!(trials, 2);
        assert!(found.dropped["logging"].starts_with("not tried"), "{found:?}");
    }
}
