//! A report in plain words: what changes, what is held back, what needs a person. For files and merged reports; the
//! terminal has a summary of its own.

use std::fmt::Write as _;

use super::found::{self, Found, Subject};
use super::model::{Counts, Diagnostic, Mode, Outcome, Place, Project, Report, Status};
use super::words::{clean, count};

/// The report, project by project, and the sums where there are several.
pub(super) fn render(report: &Report) -> String {
    let mut out = String::new();
    for project in &report.projects {
        let _ = writeln!(out, "{}: {}", clean(&project.path), headline(report.mode, project));
        details(&mut out, report, project);
    }
    if report.projects.len() > 1 {
        let _ = writeln!(out, "{}", sums(report));
    }
    out
}

/// What became of a project, in one line.
pub(super) fn headline(mode: Mode, project: &Project) -> String {
    let counts = &project.counts;
    let mut parts = match project.status {
        Status::Failed => return "failed".to_owned(),
        Status::Clean => vec!["nothing to change".to_owned()],
        Status::Unsure => vec!["seen only in part".to_owned()],
        Status::Changes => vec![changes(mode, project)],
    };
    parts.extend((counts.held_back > 0).then(|| format!("{} held back", counts.held_back)));
    parts.extend((counts.waived > 0).then(|| format!("{} waived", counts.waived)));
    let advice = counts.advice.all();
    parts.extend((advice > 0).then(|| format!("{advice} {} a person", needs(advice))));
    parts.join(", ")
}

/// `3 changes missing in 2 services`
fn changes(mode: Mode, project: &Project) -> String {
    let Counts { changes, services_to_change, .. } = project.counts;
    let services = count(services_to_change, "service", "services");
    let verb = match mode {
        _ if project.written => " written",
        Mode::Check => " missing",
        Mode::Show | Mode::Write => "",
    };
    format!("{}{verb} in {services}", count(changes, "change", "changes"))
}

fn needs(number: usize) -> &'static str {
    if number == 1 { "needs" } else { "need" }
}

/// All projects in one line.
pub(super) fn sums(report: &Report) -> String {
    let summary = &report.summary;
    let mut parts = vec![count(summary.projects, "project", "projects")];
    let more = [
        (summary.clean, "clean"),
        (summary.changes, "with changes"),
        (summary.unsure, "seen only in part"),
        (summary.failed, "failed"),
    ];
    parts.extend(
        more.iter().filter(|(number, _)| *number > 0).map(|(number, what)| format!("{number} {what}")),
    );
    parts.join(", ")
}

fn details(out: &mut String, report: &Report, project: &Project) {
    for said in &project.diagnostics {
        let _ = writeln!(out, "  {}: {}", found::kind(said.kind), clean(&diagnostic(said)));
    }
    if let Some(unseen) = found::unseen(project) {
        let _ = writeln!(out, "  {}", clean(&unseen));
    }
    for (service, decision) in project.decisions() {
        if let Outcome::HeldBack { changes, release, .. } = &decision.outcome {
            let texts: Vec<&str> = changes.iter().map(|change| change.text.as_str()).collect();
            let line = format!("held back  {}: {}; {release}", service.name, texts.join(" · "));
            let _ = writeln!(out, "  {}", clean(&line.replace('\n', " ")));
        }
    }
    for found in found::of(report, project) {
        let _ = writeln!(out, "  {}", clean(&line(&found).replace('\n', " ")));
    }
}

fn line(found: &Found<'_>) -> String {
    let service = &found.service.name;
    match found.subject {
        Subject::Drift(changes) => {
            let texts: Vec<&str> = changes.iter().map(|change| change.text.as_str()).collect();
            format!("missing    {service}: {}", texts.join(" · "))
        }
        Subject::Advice { severity, message, help } => {
            let at = found.place().map(|place| format!(", {}", at(place))).unwrap_or_default();
            let pass = &found.decision.pass;
            format!("{:9}  {service}: {pass}: {message}{at}; help: {help}", found::severity(severity))
        }
    }
}

/// `file:line:column`
pub(super) fn at(place: &Place) -> String {
    format!("{}:{}:{}", place.file, place.start.line, place.start.column)
}

/// A diagnostic in one line.
pub(super) fn diagnostic(diagnostic: &Diagnostic) -> String {
    let place = diagnostic.place.as_ref().map(|place| format!("{}: ", at(place))).unwrap_or_default();
    let help = diagnostic.help.as_ref().map(|help| format!("; help: {help}")).unwrap_or_default();
    format!("{place}{}{help}", diagnostic.message)
}
