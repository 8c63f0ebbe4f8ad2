//! What runs beside what is written, in words: a short table a service, and the line of a project.

use std::fmt::Write as _;

use super::found;
use super::model::drift::{NOT_RUNNING, SCALED, TIGHTER, VARIABLE};
use super::model::{Difference, Outcome, Project, Report, Service, Status};
use super::plain::{diagnostic, missing};
use super::words::{clean, count};
use crate::drift::STRANGER;

/// Widest cell that others are lined up with.
const WIDEST: usize = 44;

/// The report, project by project, and the sums where there are several.
pub(super) fn render(report: &Report) -> String {
    let mut out = String::new();
    for project in &report.projects {
        let _ = writeln!(out, "{}: {}", clean(&title_of(project)), headline(project));
        for said in &project.diagnostics {
            let _ = writeln!(out, "  {}: {}", found::kind(said.kind), clean(&diagnostic(said)));
        }
        if let Some(unseen) = found::unseen(project) {
            let _ = writeln!(out, "  {}", clean(&unseen));
        }
        project.services.iter().for_each(|service| out += &clean(&of_service(service)));
    }
    if report.projects.len() > 1 {
        let _ = writeln!(out, "\n{}", sums(report));
    }
    out
}

/// All projects in one line.
pub(crate) fn sums(report: &Report) -> String {
    let summary = &report.summary;
    let differences: usize = report.projects.iter().map(|project| missing(project).0).sum();
    let mut parts =
        vec![format!("{} in {}", differences_of(differences), count(summary.changes, "project", "projects"))];
    let more = [
        (summary.clean, "as it is written", "as they are written"),
        (summary.unsure, "only partly seen", "only partly seen"),
        (summary.failed, "not compared", "not compared"),
    ];
    let more = more.iter().filter(|(number, ..)| *number > 0);
    parts.extend(more.map(|(number, one, many)| count(*number, one, many)));
    format!("{}: {}", count(summary.projects, "project", "projects"), parts.join(", "))
}

fn differences_of(number: usize) -> String {
    count(number, "difference", "differences")
}

/// The title of a comment.
pub(super) fn title(report: &Report) -> String {
    let summary = &report.summary;
    let differences: usize = report.projects.iter().map(|project| missing(project).0).sum();
    if summary.failed > 0 {
        format!("{} could not be compared", count(summary.failed, "project", "projects"))
    } else if differences > 0 {
        format!("{} between what runs and what is written", differences_of(differences))
    } else if summary.unsure > 0 {
        "seen only in part".to_owned()
    } else {
        "what runs is what is written".to_owned()
    }
}

/// What became of a project, in few words.
pub(super) fn result(project: &Project) -> String {
    let (differences, services) = missing(project);
    match project.status {
        Status::Failed => "failed".to_owned(),
        Status::Clean => "runs as it is written".to_owned(),
        Status::Unsure => "seen only in part".to_owned(),
        Status::Changes => {
            let differences = differences_of(differences);
            format!("{differences} in {}", count(services, "service", "services"))
        }
    }
}

/// The same, with what was not compared and what does not count.
pub(crate) fn headline(project: &Project) -> String {
    let mut parts = vec![result(project)];
    let in_part = project.status == Status::Changes && !project.unread.is_empty();
    parts.extend(in_part.then(|| "seen only in part".to_owned()));
    let asides = [
        (NOT_RUNNING, "not running"),
        (VARIABLE, "not known without the environment"),
        (TIGHTER, "bound tighter than the file says"),
        (SCALED, "scaled otherwise"),
    ];
    for (wanted, words) in asides {
        let skips = project.decisions().filter(
            |(_, decision)| matches!(&decision.outcome, Outcome::Skip { reason, .. } if reason == wanted),
        );
        let number = skips.count();
        parts.extend((number > 0).then(|| format!("{number} {words}")));
    }
    parts.join(", ")
}

/// The file, and what Compose calls the project.
fn title_of(project: &Project) -> String {
    match &project.runs_as {
        Some(name) => format!("{} (project `{name}`)", project.path),
        None => project.path.clone(),
    }
}

fn of_service(service: &Service) -> String {
    let mut out = String::new();
    let differing = service.decisions.iter().filter_map(|decision| match &decision.outcome {
        Outcome::Differs { differences } if decision.pass == STRANGER.id => {
            let names = differences.iter().map(|one| one.runs.as_str()).collect::<Vec<_>>().join(", ");
            let _ = writeln!(out, "\n{}: not in the file, and runs: {names}", service.name);
            None
        }
        Outcome::Differs { differences } => Some(differences),
        _ => None,
    });
    let rows: Vec<&Difference> = differing.flatten().collect();
    let asides: Vec<&str> = service
        .decisions
        .iter()
        .filter_map(|decision| match &decision.outcome {
            Outcome::Skip { text, .. } => Some(text.as_str()),
            _ => None,
        })
        .collect();
    if !rows.is_empty() {
        let _ = writeln!(out, "\n{}", service.name);
        table(&mut out, &rows);
    } else if !asides.is_empty() {
        let _ = writeln!(out, "\n{}", service.name);
    }
    for aside in asides {
        let _ = writeln!(out, "  {}", aside.replace('\n', " "));
    }
    out
}

/// Key, what the file says, what runs, and which containers where it is not all.
fn table(out: &mut String, rows: &[&Difference]) {
    let cells: Vec<[String; 3]> = rows.iter().map(|row| cells(row)).collect();
    let head = [String::new(), "file says".to_owned(), "runs with".to_owned()];
    let width = |at: usize| {
        let all = cells.iter().chain([&head]).filter_map(|row| row.get(at));
        all.map(|cell| cell.chars().count()).filter(|width| *width <= WIDEST).max().unwrap_or(0)
    };
    let (first, second) = (width(0), width(1));
    for [key, file, runs] in [&head].into_iter().chain(&cells) {
        let line = format!("  {key:first$}  {file:second$}  {runs}");
        let _ = writeln!(out, "{}", line.trim_end());
    }
}

fn cells(row: &Difference) -> [String; 3] {
    let line = |text: &str| text.replace('\n', " ");
    let some = row.some().map(|some| format!("  ({some})")).unwrap_or_default();
    [line(&row.key), line(row.file.as_deref().unwrap_or("nothing")), line(&row.runs) + &some]
}
