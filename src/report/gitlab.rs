//! GitLab code quality: a list of issues with stable fingerprints, shown in merge requests.

use serde_json::{Value, json};

use super::aside::{self, Aside};
use super::found::{self, Found, Rank, Subject};
use super::model::{Diagnostic, DiagnosticKind, Project, Report, Severity, fingerprint};
use super::words::clean;

/// The report as code quality issues.
pub(super) fn render(report: &Report) -> String {
    let issues: Vec<Value> = report.projects.iter().flat_map(|project| issues(report, project)).collect();
    let mut text = serde_json::to_string_pretty(&issues).unwrap_or_default();
    text.push('\n');
    text
}

fn issues(report: &Report, project: &Project) -> Vec<Value> {
    let said = project.diagnostics.iter().enumerate().map(|(at, said)| unreadable(project, at, said));
    let unseen = found::unseen(project).map(|message| {
        let print = fingerprint(&[&project.path, "unseen"]);
        issue("partly_seen", &message, "blocker", &print, (&project.path, 1))
    });
    let found = found::of(report, project).map(|found| finding(&found));
    let aside = aside::of(project).map(|aside| set_aside(project, &aside));
    said.chain(unseen).chain(found).chain(aside).collect()
}

/// What a person set aside, at the place that says so: it keeps its fingerprint, so that it is neither new nor gone.
fn set_aside(project: &Project, aside: &Aside<'_>) -> Value {
    let decision = aside.decision;
    let at = aside.place.map_or((project.path.as_str(), 1), |place| (place.file.as_str(), place.start.line));
    let message = format!("`{}` of `{}`: {}", decision.pass, aside.service.name, aside.why);
    issue(&decision.pass, &message, "info", &decision.fingerprint, at)
}

fn finding(found: &Found<'_>) -> Value {
    let decision = found.decision;
    let known = if found.is_known() { "known to the baseline: " } else { "" };
    let message = format!("{known}{}; {}", found.message(), found.help());
    issue(&decision.pass, &message, severity(found), &decision.fingerprint, (found.file(), found.line()))
}

fn severity(found: &Found<'_>) -> &'static str {
    match (&found.subject, found.rank) {
        (Subject::Runs(_), _) | (Subject::Drift(_), Rank::Error) => "major",
        (Subject::Drift(_), _) => "minor",
        (Subject::Advice { severity, .. }, rank) => match severity {
            Severity::High => "critical",
            _ if rank == Rank::Error => "major",
            Severity::Medium => "minor",
            Severity::Low => "info",
        },
    }
}

/// Two of the same words in one file are told apart by their order.
fn unreadable(project: &Project, index: usize, diagnostic: &Diagnostic) -> Value {
    let severity = if diagnostic.kind == DiagnosticKind::Error { "blocker" } else { "info" };
    let place = diagnostic.place.as_ref();
    let at = place.map_or((project.path.as_str(), 1), |place| (place.file.as_str(), place.start.line));
    let before = project.diagnostics.iter().take(index);
    let same = before.filter(|other| other.message == diagnostic.message).count().to_string();
    let print = fingerprint(&[at.0, &diagnostic.message, &same]);
    issue("compose", &diagnostic.message, severity, &print, at)
}

fn issue(check: &str, text: &str, severity: &str, fingerprint: &str, (path, line): (&str, usize)) -> Value {
    json!({
        "check_name": check,
        "description": clean(&text.replace('\n', " ")),
        "severity": severity,
        "fingerprint": fingerprint,
        "location": {"path": path, "lines": {"begin": line}},
    })
}

#[cfg(test)]
mod tests {
    use super::render;
    use crate::report::model::sample;
    use std::collections::BTreeSet;

    #[test]
    fn every_issue_has_what_gitlab_asks_for() {
        let issues: Vec<serde_json::Value> = serde_json::from_str(&render(&sample::report())).unwrap();
        assert_eq!(issues.len(), 6, "{issues:#?}");
        let waived = issues.iter().find(|issue| issue["check_name"] == "read_only").unwrap();
        assert_eq!(waived["severity"], "info");
        assert_eq!(waived["description"], "`read_only` of `web`: waived until 2027-03-01: on purpose");
        let prints: BTreeSet<_> = issues.iter().map(|issue| issue["fingerprint"].as_str().unwrap()).collect();
        assert_eq!(prints.len(), issues.len());
        for issue in &issues {
            let severity = issue["severity"].as_str().unwrap();
            assert!(["info", "minor", "major", "critical", "blocker"].contains(&severity));
            assert!(issue["location"]["lines"]["begin"].as_u64().unwrap() >= 1);
            assert!(!issue["location"]["path"].as_str().unwrap().starts_with("./"));
        }
    }
}
