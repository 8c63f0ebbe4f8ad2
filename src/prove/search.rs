//! Finds what a service can live with: which control breaks it, and what repairs that.
//!
//! Knows no engine: it asks a [`Lab`] to run the service with some controls. The controls are halved until each that breaks it
//! stands alone; that one is repaired by what was seen, or left out with the reason. What is found works together, because
//! each trial adds to what worked before.

use std::collections::{BTreeMap, BTreeSet};

use super::Seen;
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

/// How often a limit is doubled.
const DOUBLINGS: usize = 5;

/// Said of what was not tried.
const UNTRIED: &str = "not tried: there were no rounds left";

impl<'a, L: Lab> Search<'a, L> {
    /// A search with so many trials.
    pub fn new(lab: &'a mut L, seen: &'a Seen, rounds: usize) -> Self {
        Self { lab, seen, rounds, known: BTreeMap::new(), found: Found::default() }
    }

    /// Finds what works of these controls. Where it is `loose`, the capabilities are also made fewer, because nobody knows
    /// whether so many are needed.
    ///
    /// # Errors
    /// When there can be no more trials.
    pub fn run(mut self, planned: &[Control], loose: bool) -> Result<Found, L::Stop> {
        let working = match self.suspected(planned)? {
            Some(working) => working,
            None => self.settle(Vec::new(), planned)?,
        };
        self.found.kept = if loose { self.fewer(working)? } else { working };
        Ok(self.found)
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
            "user" => {
                let users = self.seen.users.iter().map(|(uid, gid)| vec![format!("{uid}:{gid}")]);
                users.into_iter().find(is_new)
            }
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
                doubled(tried, |text| Bytes::parse(text).map(|size| size.0), |size| Bytes(size).to_string())
            }
            "pids_limit" => doubled(tried, |text| text.parse().ok(), |count| count.to_string()),
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
        let caps = working.get(at).map(|(_, caps)| caps.clone()).unwrap_or_default();
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

/// Entries of a tmpfs list, each path once; those that were planned first.
fn merged(planned: &[String], more: &[String]) -> Vec<String> {
    let path = |entry: &String| entry.split(':').next().unwrap_or_default().to_owned();
    let known: BTreeSet<String> = more.iter().map(path).collect();
    let kept = planned.iter().filter(|entry| !known.contains(&path(entry)));
    kept.chain(more).cloned().collect()
}

/// Paths that a log says are on a read-only filesystem.
fn read_only_paths(log: &str) -> BTreeSet<String> {
    let lines = log.lines().filter(|line| line.to_lowercase().contains("read-only file system"));
    let words = lines.flat_map(|line| line.split(|c: char| c.is_whitespace() || "'\"`():,;[]".contains(c)));
    let paths = words.filter(|word| word.starts_with('/') && word.len() > 1);
    paths.map(|path| path.trim_end_matches('/').to_owned()).collect()
}

/// Whether an entry of a tmpfs list is a path or above it.
fn covers(entry: &str, path: &str) -> bool {
    let memory = entry.split(':').next().unwrap_or_default();
    path.strip_prefix(memory).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The directory of a path; none for one at the root.
fn parent(path: &str) -> Option<String> {
    let (parent, _) = path.rsplit_once('/')?;
    (!parent.is_empty()).then(|| parent.to_owned())
}

/// The control that a symptom points to.
fn suspect(symptom: &Symptom) -> Option<&'static str> {
    let log = symptom.log.to_lowercase() + &symptom.words.to_lowercase();
    match symptom.kind {
        Kind::Memory => Some("mem_limit"),
        _ if log.contains("read-only file system") => Some("read_only"),
        _ if log.contains("operation not permitted") => Some("cap_drop"),
        _ if log.contains("resource temporarily unavailable") => Some("pids_limit"),
        _ => None,
    }
}

/// Twice the highest number that was tried, a few times.
fn doubled(
    tried: &BTreeSet<Vec<String>>,
    read: impl Fn(&str) -> Option<u64>,
    write: impl Fn(u64) -> String,
) -> Option<Vec<String>> {
    let highest = tried.iter().filter_map(|values| read(values.first()?)).max()?;
    (tried.len() <= DOUBLINGS).then(|| vec![write(highest.saturating_mul(2))])
}

#[cfg(test)]
mod tests {
    use super::{Control, Found, Lab, Search, Seen, covers, parent, read_only_paths};
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
        let found = Search::new(&mut lab, seen, rounds).run(&planned(), false).unwrap();
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

    #[test]
    fn paths_in_logs() {
        let log = "x\nmkdir: cannot create directory '/a/b': Read-only file system\nsee /etc/x\n\
                   open(\"/c/d.log\", 2): Read-only file system";
        assert_eq!(read_only_paths(log).into_iter().collect::<Vec<_>>(), ["/a/b", "/c/d.log"]);
        assert!(covers("/a:uid=1", "/a/b") && covers("/a", "/a") && !covers("/a", "/ab"));
        assert_eq!((parent("/a/b").as_deref(), parent("/a")), (Some("/a"), None));
    }
}
