//! SARIF 2.1.0: one run, a rule a pass, a result for everything that is missing or needs a person, and for what is missing
//! the exact replacements.
//!
//! Columns count UTF-16 code units, which the run says. Paths are relative to the root of the repository.

mod escape;
mod rules;

use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use super::aside;
use super::found::{self, Found, Rank, Subject};
use super::model::{Decision, DiagnosticKind, Edit, Mode, Outcome, Place, Project, Report};
use escape::{text, uri};

/// The report as SARIF.
pub(super) fn render(report: &Report) -> String {
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [run(report)],
    });
    let mut text = serde_json::to_string_pretty(&log).unwrap_or_default();
    text.push('\n');
    text
}

fn run(report: &Report) -> Value {
    json!({
        "tool": {"driver": {
            "name": report.tool.name,
            "semanticVersion": report.tool.version,
            "version": report.tool.version,
            "rules": rules::all(report.mode),
        }},
        "columnKind": "utf16CodeUnits",
        "originalUriBaseIds": {"%SRCROOT%": {"description": {"text": "the root of the repository"}}},
        "invocations": [invocation(report)],
        "results": results(report),
    })
}

fn invocation(report: &Report) -> Value {
    let done = report.summary.failed == 0 && (!report.mode.decides() || report.summary.unsure == 0);
    let notifications: Vec<Value> = report.projects.iter().flat_map(notifications).collect();
    json!({"executionSuccessful": done, "toolExecutionNotifications": notifications})
}

fn notifications(project: &Project) -> Vec<Value> {
    let said = project.diagnostics.iter().map(|diagnostic| {
        let message = match &diagnostic.help {
            Some(help) => format!("{}; help: {help}", diagnostic.message),
            None => diagnostic.message.clone(),
        };
        notification(found::kind(diagnostic.kind), &message, diagnostic.place.as_ref(), project)
    });
    let unseen = found::unseen(project)
        .map(|message| notification(found::kind(DiagnosticKind::Warning), &message, None, project));
    said.chain(unseen).chain(set_aside(project)).collect()
}

/// Switches, and waivers of what would be no result anyway.
fn set_aside(project: &Project) -> impl Iterator<Item = Value> {
    let is_result = |outcome: &Outcome| match outcome {
        Outcome::Apply { .. } => !project.written,
        other => matches!(other, Outcome::Advise { .. }),
    };
    aside::of(project).filter(move |aside| !is_result(&aside.decision.outcome)).map(|aside| {
        let message = format!("`{}` of `{}`: {}", aside.decision.pass, aside.service.name, aside.why);
        notification("note", &message, aside.place, project)
    })
}

fn notification(level: &str, message: &str, place: Option<&Place>, project: &Project) -> Value {
    let location = location(place, &project.path);
    json!({"level": level, "message": {"text": text(message)}, "locations": [location]})
}

fn results(report: &Report) -> Vec<Value> {
    let all = || report.projects.iter().flat_map(|project| found::with_waived(report, project));
    // a run says of all results whether they are suppressed, or of none
    let waives = all().any(|found| found.decision.waiver.is_some());
    let result = |found: Found<'_>| {
        let mut result = result(report.mode, &found);
        if waives {
            result.insert("suppressions".into(), suppressions(found.decision));
        }
        Value::Object(result)
    };
    all().map(result).collect()
}

fn result(mode: Mode, found: &Found<'_>) -> Map<String, Value> {
    let decision = found.decision;
    let mut location = location(found.place(), &found.project.path);
    if let Some(location) = location.as_object_mut() {
        let service = &found.service.name;
        let logical =
            json!([{"name": service, "fullyQualifiedName": format!("services.{service}"), "kind": "object"}]);
        location.insert("logicalLocations".into(), logical);
    }
    let mut result = Map::new();
    result.insert("ruleId".into(), rules::id(mode, &decision.pass).into());
    if let Some(index) = rules::index(mode, &decision.pass) {
        result.insert("ruleIndex".into(), index.into());
    }
    result.insert("level".into(), level(found.rank).into());
    result.insert("message".into(), json!({"text": text(&message(found))}));
    result.insert("locations".into(), json!([location]));
    // the second name is the one that GitHub matches alerts by
    let prints = json!({"harden/v1": decision.fingerprint, "primaryLocationLineHash": decision.fingerprint});
    result.insert("partialFingerprints".into(), prints);
    result.extend(baseline_state(found).map(|state| ("baselineState".to_owned(), state.into())));
    if let (Subject::Drift(_), false) = (&found.subject, decision.edits.is_empty()) {
        result.insert("fixes".into(), json!([fix(found)]));
    }
    result
}

/// How it stands to the baseline, where there is one and it is about such findings.
fn baseline_state(found: &Found<'_>) -> Option<&'static str> {
    found.project.check.as_ref()?.baseline.as_ref()?;
    found.decision.check.map(|_| if found.is_known() { "unchanged" } else { "new" })
}

fn level(rank: Rank) -> &'static str {
    match rank {
        Rank::Error => "error",
        Rank::Warning => "warning",
        Rank::Note => "note",
    }
}

/// What is wrong; what to do about it where no fix says that.
fn message(found: &Found<'_>) -> String {
    let mut message = found.message();
    if !matches!(found.subject, Subject::Drift(_)) {
        let _ = write!(message, "; {}", found.help());
    }
    for by in &found.decision.carried_by {
        let _ = write!(message, "; the fix of `{}` for `{}` writes this, too", by.pass, by.service);
    }
    message
}

fn fix(found: &Found<'_>) -> Value {
    let mut files: Vec<(&str, Vec<Value>)> = Vec::new();
    for edit in &found.decision.edits {
        let file = edit.place.file.as_str();
        match files.iter_mut().find(|(known, _)| *known == file) {
            Some((_, replacements)) => replacements.push(replacement(edit)),
            None => files.push((file, vec![replacement(edit)])),
        }
    }
    let changes: Vec<Value> = files
        .into_iter()
        .map(|(file, all)| json!({"artifactLocation": artifact(file), "replacements": all}))
        .collect();
    json!({"description": {"text": text(&description(found.decision))}, "artifactChanges": changes})
}

fn description(decision: &Decision) -> String {
    match &decision.outcome {
        Outcome::Apply { changes } => {
            let texts: Vec<String> = changes.iter().map(|change| format!("`{}`", change.text)).collect();
            format!("write {}", texts.join(", "))
        }
        _ => String::new(),
    }
}

fn replacement(edit: &Edit) -> Value {
    json!({"deletedRegion": region(&edit.place), "insertedContent": {"text": edit.text}})
}

/// The end is the character after the last one, as SARIF counts.
fn region(place: &Place) -> Value {
    json!({
        "startLine": place.start.line,
        "startColumn": place.start.utf16,
        "endLine": place.end.line,
        "endColumn": place.end.utf16,
    })
}

fn location(place: Option<&Place>, path: &str) -> Value {
    match place {
        Some(place) => {
            json!({"physicalLocation": {"artifactLocation": artifact(&place.file), "region": region(place)}})
        }
        None => json!({"physicalLocation": {"artifactLocation": artifact(path)}}),
    }
}

fn artifact(path: &str) -> Value {
    if path.starts_with('/') {
        return json!({"uri": format!("file://{}", uri(path))});
    }
    json!({"uri": uri(path), "uriBaseId": "%SRCROOT%"})
}

fn suppressions(decision: &Decision) -> Value {
    match &decision.waiver {
        Some(waiver) => {
            let until = waiver.until.as_ref().map(|day| format!(" (until {day})")).unwrap_or_default();
            let justification = format!("{}{until}", waiver.reason);
            json!([{"kind": "external", "status": "accepted", "justification": justification}])
        }
        None => json!([]),
    }
}
