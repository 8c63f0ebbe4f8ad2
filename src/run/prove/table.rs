//! What was proved, told: a table on standard error and the diff, or all of it as JSON.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use super::figures;
use super::record::{Proved, keep};
use crate::cli::{Format, Prove};
use crate::compose::Bytes;
use crate::evidence::{Ending, Record, Stop};
use crate::report::{Verbosity, masked_diff};
use crate::run::Exit;
use crate::run::console::Console;
use crate::run::reports::diffs;
use crate::write;

/// Prints what was found, and writes what is to be written.
pub(super) fn tell(proved: &Proved, asked: &Prove, write: bool, console: &mut Console<'_>) -> Exit {
    let fails = !proved.course.broken.is_empty() || proved.course.builds.fail();
    let mut exit = if fails { Exit::Drift } else { Exit::Done };
    if let Err(error) = keep(proved) {
        console.unwritten(&error);
        return Exit::Failed;
    }
    if !proved.course.open.is_empty() {
        exit = Exit::Failed;
    }
    console.left([proved.path.as_path()]);
    if write && exit == Exit::Done {
        exit = exit.max(written(proved, console));
    }
    let printed = match asked.format {
        Format::Json => console.data(&(document(proved, asked.build) + "\n")),
        Format::Text if write || exit == Exit::Failed => Exit::Done,
        Format::Text => console.diff(&diffs(&proved.prepared).collect::<String>()),
    };
    if asked.task.verbosity > Verbosity::Quiet {
        console.note(&table(proved));
        console.note(&format!("{} written\n", proved.path.display()));
    }
    if !proved.course.open.is_empty() {
        unfinished(proved, console);
    }
    exit.max(printed)
}

/// Some services took longer than there was time.
fn unfinished(proved: &Proved, console: &mut Console<'_>) {
    let names: Vec<String> = proved.course.open.iter().map(|name| format!("`{name}`")).collect();
    let text = format!(
        "there was no time left for {}; what was found of the others is kept, and no file of the project was written",
        names.join(", ")
    );
    console.error(&text, Some("`--timeout` gives it more time, `--only` and `--skip` less to do"));
}

fn written(proved: &Proved, console: &mut Console<'_>) -> Exit {
    let staged = match proved.prepared.stage().collect::<Result<Vec<_>, _>>() {
        Ok(staged) => staged,
        Err(error) => {
            console.unwritten(&error);
            return Exit::Failed;
        }
    };
    if let Err(stopped) = write::commit_all(staged) {
        console.stopped(&stopped);
        return Exit::Failed;
    }
    Exit::Done
}

/// One part a service.
fn table(proved: &Proved) -> String {
    let course = &proved.course;
    let mut text = String::new();
    for (name, record) in proved.records.iter().filter(|(_, record)| record.not_run.is_none()) {
        let before =
            if course.failed.contains_key(name) { "did not work as planned" } else { "works as planned" };
        let verdict = match course.broken.get(name) {
            Some(why) => format!("does not work: {why}"),
            None if course.failed.contains_key(name) => format!("{before}, works with what was found"),
            None => before.to_owned(),
        };
        let _ = writeln!(text, "\n{name}: {verdict}");
        rows(&mut text, record);
        if let Some(stop) = record.stop {
            let before = course.before.get(name).and_then(|seen| seen.stop);
            let _ = writeln!(text, "  stops     {}", stops(stop, before));
        }
    }
    text += &figures::table(&course.builds);
    for name in &course.open {
        let why = course.failed.get(name).map(|why| format!(": {why}")).unwrap_or_default();
        let _ = writeln!(text, "\n{name}: did not work as planned{why}; not finished");
    }
    for (name, why) in &course.refused {
        let _ = writeln!(text, "\n{name}: not run: {why}");
    }
    text + "\n"
}

fn rows(text: &mut String, record: &Record) {
    let mut row = |name: &str, value: &str| {
        let _ = writeln!(text, "  {name:8}  {value}");
    };
    let kept: Vec<String> = record.kept.iter().map(|(pass, values)| shown(pass, values)).collect();
    if !kept.is_empty() {
        row("kept", &kept.join(", "));
    }
    for (pass, why) in &record.dropped {
        row("left out", &format!("{pass}: {why}"));
    }
    let peak = &record.peak;
    let memory = Bytes(peak.memory.div_ceil(1 << 20) << 20);
    row("peak", &format!("memory {memory}, {} processes and threads", peak.pids));
    if !record.wrote.is_empty() {
        row("wrote", &record.wrote.join(", "));
    }
}

/// How it ends when it is told to, and how it did before.
fn stops(now: Stop, before: Option<Stop>) -> String {
    let took = |stop: Stop| match stop.ended {
        Ending::Clean => format!("in {:.1} s", stop.seconds),
        Ending::Unclean => format!("in {:.1} s, not cleanly", stop.seconds),
        Ending::Killed => format!("killed after {:.1} s: it does not end when it is told to", stop.seconds),
    };
    let before = before.map(|before| match before.ended {
        Ending::Killed => format!(" (before: killed after {:.1} s)", before.seconds),
        _ => format!(" (before: {})", took(before)),
    });
    took(now) + &before.unwrap_or_default()
}

fn shown(pass: &str, values: &[String]) -> String {
    match (pass, values) {
        ("cap_drop", values) if !values.is_empty() => format!("cap_drop (but {})", values.join(", ")),
        ("read_only", values) if !values.is_empty() => format!("read_only (but {})", values.join(", ")),
        (_, [value]) => format!("{pass} {value}"),
        _ => pass.to_owned(),
    }
}

/// All of it, for programs: what may be a secret is masked in the diff.
fn document(proved: &Proved, with_builds: bool) -> String {
    let course = &proved.course;
    let run = proved.records.iter().filter(|(_, record)| record.not_run.is_none());
    let services = run.map(|(name, record)| {
        let mut value: Map<String, Value> = serde_json::to_value(record)
            .ok()
            .and_then(|value| value.as_object().cloned())
            .unwrap_or_default();
        let as_planned = match course.failed.get(name) {
            Some(why) => json!({ "works": false, "why": why }),
            None => json!({ "works": true }),
        };
        let trials = course.found.get(name).map_or(0, |found| found.trials);
        value.insert("as_planned".to_owned(), as_planned);
        value.insert("works".to_owned(), (!course.broken.contains_key(name)).into());
        let stop_before = course.before.get(name).and_then(|seen| seen.stop);
        value.insert("stop_before".to_owned(), json!(stop_before));
        value.insert("trials".to_owned(), trials.into());
        value.extend(
            course.builds.services.get(name).map(|build| ("build".to_owned(), figures::document(build))),
        );
        (name.clone(), Value::Object(value))
    });
    let services: Map<String, Value> = services.collect();
    let prepared = &proved.prepared;
    let diffs = prepared.verified.iter().map(|file| masked_diff(prepared.tree.source(file.file()), file));
    let (diffs, masked): (Vec<String>, Vec<bool>) = diffs.unzip();
    let mut document = json!({
        "version": 1, "services": services, "not_run": course.refused, "not_finished": course.open,
        "notes": course.notes, "diff": diffs.concat(), "masked": masked.contains(&true),
    });
    if let Some(document) = document.as_object_mut().filter(|_| with_builds) {
        document.insert("not_built".to_owned(), json!(course.builds.skipped));
        document.insert("builds_left_out".to_owned(), json!(figures::left_out(&course.builds)));
    }
    serde_json::to_string_pretty(&document).unwrap_or_default()
}
