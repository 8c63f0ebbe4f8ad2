//! What is kept of a run: the evidence, and the diff that the ordinary pipeline makes by it. `--check` looks whether there is
//! any.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::Arc;

use super::bench::{Bench, Trouble, only};
use super::trial::Course;
use super::{fail, files};
use crate::cli::{Prove, Task};
use crate::docker::{Engine, digest, digests};
use crate::evidence::{Evidence, Record, Records, VERSION};
use crate::load::{self, Loaded};
use crate::pipeline;
use crate::policy::today;
use crate::prove::Seen;
use crate::run::Exit;
use crate::run::console::Console;
use crate::run::policy::without_evidence;
use crate::run::prepare::{self, Prepared};
use crate::write;

/// What was proved.
pub(super) struct Proved {
    pub(super) course: Course,
    /// What is kept of each service that was run.
    pub(super) records: Records,
    /// The project as the ordinary pipeline writes it by that.
    pub(super) prepared: Prepared,
    /// Where the evidence lies.
    pub(super) path: std::path::PathBuf,
    /// All of it.
    pub(super) evidence: Evidence,
}

/// Makes records of what was found, and the diff that follows from them.
pub(super) fn proved(bench: &Bench<'_>, engine: &Engine, mut course: Course) -> Result<Proved, Trouble> {
    let task = &bench.asked.task;
    let mut loaded = bench.original()?;
    let before: BTreeMap<String, String> = fingerprints(&loaded);
    let first = loaded.files.first().cloned().unwrap_or_default();
    let mut records = Records::new();
    for service in &loaded.project.services {
        let record = match (course.found.get(&service.name), course.refused.get(&service.name)) {
            (Some(found), _) => Record { dropped: found.dropped.clone(), ..only(&found.kept, "") },
            (None, Some(why)) => Record { not_run: Some(why.clone()), ..Record::default() },
            (None, None) => continue,
        };
        let image = service.image.as_ref().filter(|_| service.build.is_none());
        let image = image.map(|image| image.value.clone());
        records
            .insert(service.name.clone(), Record { image, ..filled(record, &service.name, &course, engine) });
    }
    let prepared = planned(&mut loaded, task, &records, &mut course)?;
    let after = after(bench, &prepared)?;
    for (name, record) in &mut records {
        let both = [before.get(name), after.get(name)];
        record.config = both.into_iter().flatten().cloned().collect();
        record.config.dedup();
    }
    let (path, name) = load::evidence_path(&first)
        .ok_or_else(|| Trouble::Plain("the project has no file".to_owned(), None))?;
    let mut evidence = load::evidence(&path, &task.load)?.unwrap_or_default();
    evidence.version = VERSION;
    let old = evidence.files.remove(&name).unwrap_or_default();
    let unfinished = old.into_iter().filter(|(service, _)| course.open.contains(service));
    evidence.files.insert(name, unfinished.chain(records.clone()).collect());
    Ok(Proved { course, records, prepared, path, evidence })
}

/// The record with all that was seen.
fn filled(record: Record, name: &str, course: &Course, engine: &Engine) -> Record {
    let nothing = Seen::default();
    let before = course.before.get(name).unwrap_or(&nothing);
    let after = course.after.get(name).unwrap_or(&nothing);
    let mut peak = before.peak;
    peak.memory = peak.memory.max(after.peak.memory);
    peak.pids = peak.pids.max(after.peak.pids);
    Record {
        digest: digest(&before.image).ok(),
        engine: engine.version.clone(),
        date: today().to_string(),
        peak,
        stop: after.stop,
        wrote: before.places().into_iter().collect(),
        ..record
    }
}

/// The ordinary plan, by what was found. Nothing is written into services that were not run, and no build is changed that
/// was not tried as it would be.
fn planned(
    loaded: &mut Loaded,
    task: &Task,
    records: &Records,
    course: &mut Course,
) -> Result<Prepared, Trouble> {
    if course.builds.hold() {
        let prepared = by_records(loaded, task, records, course, true)?;
        if course.builds.agree(&prepared) {
            return Ok(prepared);
        }
        let why = "with what was found, something else would be written there than what was built";
        course.builds.left_out = Some(why.to_owned());
    }
    by_records(loaded, task, records, course, false)
}

fn by_records(
    loaded: &mut Loaded,
    task: &Task,
    records: &Records,
    course: &Course,
    with_builds: bool,
) -> Result<Prepared, Trouble> {
    let mut all = records.clone();
    for (name, why) in &course.refused {
        // the ordinary run may do what it always does; what is shown here as proved may not
        all.insert(name.clone(), only(&[], &format!("it was not run: {why}")));
    }
    for service in &loaded.project.services {
        all.entry(service.name.clone()).or_insert_with(|| only(&[], "it was not run"));
    }
    let options = without_evidence(loaded, task)?;
    let options = pipeline::Options { evidence: Arc::new(all), ..options };
    if with_builds {
        load::contexts(loaded, &task.load, &load::Texts::new());
    }
    let loaded = std::mem::replace(loaded, load::files(&loaded.files, &task.load, &load::Texts::new())?);
    prepare::proven(loaded, &task.load, &options).map_err(Trouble::Ours)
}

/// The fingerprints of the services once the diff is applied.
fn after(bench: &Bench<'_>, prepared: &Prepared) -> Result<BTreeMap<String, String>, Trouble> {
    let texts: HashMap<&Path, &str> = prepared.new_texts().collect();
    let loaded = load::files(&prepared.files, &bench.asked.task.load, &texts)?;
    Ok(fingerprints(&loaded))
}

fn fingerprints(loaded: &Loaded) -> BTreeMap<String, String> {
    let services = loaded.project.services.iter();
    services.map(|service| (service.name.clone(), service.fingerprint())).collect()
}

/// Writes the evidence; where, and why not.
pub(super) fn keep(proved: &Proved) -> Result<(), write::WriteError> {
    let head = "# What `harden prove` found by running the project; `harden` plans by it while it holds.\n";
    let text = serde_yaml::to_string(&proved.evidence).unwrap_or_default();
    write::create_below(&proved.path, &(head.to_owned() + &text))
}

/// Whether there is evidence for every service, and it still holds.
pub(super) fn check(asked: &Prove, console: &mut Console<'_>) -> Exit {
    let standing = files(asked).and_then(|files| {
        let loaded = load::files(&files, &asked.task.load, &load::Texts::new())?;
        let standing = crate::run::evidence::of(&loaded, &asked.task.load)?;
        Ok((loaded, standing))
    });
    let (loaded, standing) = match standing {
        Ok(found) => found,
        Err(trouble) => return fail(&trouble, console),
    };
    let other = other_images(&standing.current);
    let names = || loaded.project.services.iter().map(|service| service.name.as_str());
    let stale: Vec<&str> = names().filter(|name| standing.stale.iter().any(|stale| stale == name)).collect();
    let missing: Vec<&str> =
        names().filter(|name| !standing.current.contains_key(*name) && !stale.contains(name)).collect();
    for (what, names) in [("no evidence for", &missing), ("stale evidence for", &stale)] {
        if !names.is_empty() {
            let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
            console.error(&format!("there is {what} {}", names.join(", ")), Some("`harden prove` finds it"));
        }
    }
    for (name, image) in &other {
        let text = format!("the evidence for `{name}` is stale: `{image}` is another image by now");
        console.error(&text, Some("`harden prove` finds it anew"));
    }
    let holds = missing.is_empty() && stale.is_empty() && other.is_empty();
    if holds { Exit::Done } else { Exit::Drift }
}

/// Services whose image is not the one that was run, and its name, by what an engine that is at hand has under that name.
/// Where it has none, the name is all that can be compared; a digest in it is a part of it.
fn other_images(current: &Records) -> Vec<(String, String)> {
    let known = |(name, record): (&String, &Record)| {
        Some((name.clone(), record.image.clone()?, record.digest.clone()?))
    };
    let known: Vec<(String, String, String)> = current.iter().filter_map(known).collect();
    if known.is_empty() || Engine::find().is_err() {
        return Vec::new();
    }
    let is_other = |image: &str, then: &String| digests(image).is_ok_and(|now| !now.contains(then));
    let others = known.into_iter().filter(|(_, image, then)| is_other(image, then));
    others.map(|(name, image, _)| (name, image)).collect()
}
