//! A report in plain words: what changes, what is held back, what needs a person. For files and merged reports; the
//! terminal has a summary of its own.

use std::fmt::Write as _;

use super::aside;
use super::drift;
use super::found::{self, Found, Subject};
use super::model::{Counted, Diagnostic, Difference, Mode, Outcome, Place, Project, Report, Status};
use super::words::{clean, count};

/// The report, project by project, and the sums where there are several.
pub(super) fn render(report: &Report) -> String {
    if report.mode == Mode::Drift {
        return drift::render(report);
    }
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
    if mode == Mode::Drift {
        return drift::headline(project);
    }
    let counts = &project.counts;
    let mut parts = match project.status {
        Status::Failed => return "failed".to_owned(),
        Status::Clean => vec!["nothing to change".to_owned()],
        Status::Unsure => vec!["seen only in part".to_owned()],
        Status::Changes => vec![changes(mode, project)],
    };
    let known = project.decisions().filter(|(_, decision)| decision.check == Some(Counted::Known)).count();
    parts.extend((known > 0).then(|| format!("{known} known to the baseline")));
    let fixed = fixed(project).len();
    parts.extend((fixed > 0).then(|| format!("{fixed} fixed")));
    parts.extend((counts.held_back > 0).then(|| format!("{} held back", counts.held_back)));
    parts.extend((counts.waived > 0).then(|| format!("{} waived", counts.waived)));
    parts.extend((counts.switched_off > 0).then(|| format!("{} switched off", counts.switched_off)));
    let advice = counts.advice.all();
    parts.extend((advice > 0).then(|| format!("{advice} {} a person", needs(advice))));
    parts.join(", ")
}

/// `3 changes missing in 2 services`, without those that the baseline knows.
fn changes(mode: Mode, project: &Project) -> String {
    let (changes, services) = missing(project);
    if changes == 0 {
        return "nothing new".to_owned();
    }
    let services = count(services, "service", "services");
    let verb = match mode {
        _ if project.written => " written",
        Mode::Check => " missing",
        Mode::Show | Mode::Write | Mode::Drift => "",
    };
    format!("{}{verb} in {services}", count(changes, "change", "changes"))
}

/// How many changes are missing that the baseline does not know, and in how many services.
pub(super) fn missing(project: &Project) -> (usize, usize) {
    let of_service = project.services.iter().map(|service| {
        let counts = service.decisions.iter().map(|decision| match &decision.outcome {
            Outcome::Apply { changes }
                if decision.waiver.is_none() && decision.check != Some(Counted::Known) =>
            {
                changes.len()
            }
            Outcome::Differs { differences } => differences.len(),
            _ => 0,
        });
        counts.sum::<usize>()
    });
    let counts: Vec<usize> = of_service.filter(|count| *count > 0).collect();
    (counts.iter().sum(), counts.len())
}

/// What the baseline lists and is no longer there: pass and service.
pub(super) fn fixed(project: &Project) -> Vec<(&str, &str)> {
    let baseline = project.check.as_ref().and_then(|check| check.baseline.as_ref());
    let fixed = baseline.map(|baseline| baseline.fixed.as_slice()).unwrap_or_default();
    fixed.iter().map(|fixed| (fixed.pass.as_str(), fixed.service.as_str())).collect()
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
        if let (Outcome::HeldBack { changes, release, .. }, None) = (&decision.outcome, &decision.waiver) {
            let texts: Vec<&str> = changes.iter().map(|change| change.text.as_str()).collect();
            let line = format!("held back  {}: {}; {release}", service.name, texts.join(" · "));
            let _ = writeln!(out, "  {}", clean(&line.replace('\n', " ")));
        }
    }
    for found in found::of(report, project) {
        let _ = writeln!(out, "  {}", clean(&line(&found).replace('\n', " ")));
    }
    for aside in aside::of(project) {
        let word = if aside.is_waived() { "waived" } else { "off" };
        let at = aside.place.map(|place| format!(", {}", at(place))).unwrap_or_default();
        let line = format!("{word:9}  {}: {}: {}{at}", aside.service.name, aside.decision.pass, aside.why);
        let _ = writeln!(out, "  {}", clean(&line.replace('\n', " ")));
    }
    for (pass, service) in fixed(project) {
        let _ = writeln!(out, "  {}", clean(&format!("fixed      {service}: {pass}")));
    }
}

fn line(found: &Found<'_>) -> String {
    let service = &found.service.name;
    match found.subject {
        Subject::Drift(changes) => {
            let texts: Vec<&str> = changes.iter().map(|change| change.text.as_str()).collect();
            let word = if found.is_known() { "known" } else { "missing" };
            format!("{word:9}  {service}: {}", texts.join(" · "))
        }
        Subject::Runs(differences) => {
            let texts: Vec<String> = differences.iter().map(Difference::text).collect();
            format!("{:9}  {service}: {}", "differs", texts.join(" · "))
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
