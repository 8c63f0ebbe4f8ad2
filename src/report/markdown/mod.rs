//! A comment for a pull request: a table of the projects, and for each one what is missing, what needs a person, and the
//! diff in a fold. Bounded, because GitHub refuses longer comments.

mod escape;

use std::fmt::Write as _;

use super::aside;
use super::drift;
use super::found::{self, Found, Subject};
use super::model::{Difference, Mode, Outcome, Project, Report, Status};
use super::plain;
use super::words::count;
use escape::{code, fenced, html, prose};

/// Characters of a comment; GitHub takes 65,536.
const MOST: usize = 65_000;

/// Characters of the table: the rest is for the projects.
const MOST_ROWS: usize = 20_000;

/// Characters below which not even a part of a project is shown.
const LEAST: usize = 2_000;

/// Room for the sentence that says what was left out.
const RESERVED: usize = 200;

/// Marks the comment, so that the next one can replace it.
const MARK: &str = "<!-- harden -->\n";

/// The report as one comment.
pub(super) fn render(report: &Report) -> String {
    let mut out = format!("{MARK}### harden: {}\n", title(report));
    table(&mut out, report);
    let shown: Vec<&Project> = report.projects.iter().filter(|project| has_details(project)).collect();
    let mut left = 0;
    for project in &shown {
        let room = MOST.saturating_sub(out.chars().count() + RESERVED);
        match fitting(report, project, room) {
            Some(text) => out.push_str(&text),
            None => left += 1,
        }
    }
    if left > 0 {
        let projects = count(left, "project", "projects");
        let _ = writeln!(out, "\nThe details of {projects} are left out: this comment would be too long.");
    }
    out
}

fn title(report: &Report) -> String {
    let summary = &report.summary;
    let missing: usize = report.projects.iter().map(|project| plain::missing(project).0).sum();
    let changes = count(missing, "change", "changes");
    match report.mode {
        Mode::Drift => drift::title(report),
        _ if summary.failed > 0 => {
            format!("{} could not be read", count(summary.failed, "project", "projects"))
        }
        _ if summary.changes == 0 && summary.unsure > 0 => "seen only in part".to_owned(),
        Mode::Check if missing == 0 && fails(report) => "`--check` fails".to_owned(),
        _ if summary.changes == 0 => "nothing to change".to_owned(),
        _ if missing == 0 => "nothing new".to_owned(),
        Mode::Check => format!("{changes} missing"),
        Mode::Show => format!("{changes} to make"),
        Mode::Write => format!("{changes} made"),
    }
}

/// Whether `--check` fails for any of them.
fn fails(report: &Report) -> bool {
    report.projects.iter().filter_map(|project| project.check.as_ref()).any(|check| !check.passed)
}

/// Projects with nothing to tell are only counted.
fn table(out: &mut String, report: &Report) {
    let (told, silent): (Vec<_>, Vec<_>) = report.projects.iter().partition(|project| has_details(project));
    if !told.is_empty() {
        out.push_str("\n| project | result | held back | waived | high | medium | low |\n|---|---|--:|--:|--:|--:|--:|\n");
    }
    let mut left = 0;
    let end = out.chars().count() + MOST_ROWS;
    for project in told {
        let row = row(report, project);
        if left > 0 || out.chars().count() + row.chars().count() > end {
            left += 1;
        } else {
            out.push_str(&row);
        }
    }
    if left > 0 {
        let _ = writeln!(out, "\nand {} more", count(left, "project", "projects"));
    }
    if !silent.is_empty() {
        let same = if report.mode == Mode::Drift { "as it is written" } else { "with nothing to change" };
        let _ = writeln!(out, "\n{} {same}.", count(silent.len(), "project", "projects"));
    }
}

fn row(report: &Report, project: &Project) -> String {
    let counts = &project.counts;
    let result = match project.status {
        _ if report.mode == Mode::Drift => drift::result(project),
        Status::Failed => "failed".to_owned(),
        Status::Clean => "nothing to change".to_owned(),
        Status::Unsure => "seen only in part".to_owned(),
        Status::Changes => {
            let verb = match report.mode {
                _ if project.written => " made",
                Mode::Check => " missing",
                Mode::Show | Mode::Write | Mode::Drift => "",
            };
            match plain::missing(project).0 {
                0 => "nothing new".to_owned(),
                missing => format!("{}{verb}", count(missing, "change", "changes")),
            }
        }
    };
    let advice = &counts.advice;
    let path = code(&project.path).replace('|', "\\|");
    let numbers = [counts.held_back, counts.waived, advice.high, advice.medium, advice.low];
    let numbers = numbers.map(|number| number.to_string());
    format!("| {path} | {result} | {} |\n", numbers.join(" | "))
}

fn has_details(project: &Project) -> bool {
    let counts = &project.counts;
    project.status != Status::Clean
        || counts.advice.all() > 0
        || counts.held_back + counts.waived + counts.switched_off > 0
        || !plain::fixed(project).is_empty()
        || !project.diagnostics.is_empty()
}

/// As many details of a project as there is room for.
fn fitting(report: &Report, project: &Project, room: usize) -> Option<String> {
    let full = [true, false].into_iter().map(|diff| details(report, project, diff));
    full.into_iter()
        .find(|text| text.chars().count() <= room)
        .or_else(|| (room >= LEAST).then(|| brief(report, project, room)))
}

/// A line for each service that lacks something, without reasons, and as many as there is room for.
fn brief(report: &Report, project: &Project, room: usize) -> String {
    let mut out = opening(report, project);
    out.push_str("\n**Missing**\n\n");
    let mut left = room.saturating_sub(out.chars().count() + RESERVED);
    let drift = found::of(report, project).filter(Found::is_drift);
    let drift: Vec<Found<'_>> = drift.filter(|found| !found.is_known()).collect();
    for service in drift.chunk_by(|one, other| one.service.name == other.service.name) {
        let texts: Vec<String> = service.iter().flat_map(|found| briefly(found)).collect();
        let name = service.first().map(|found| code(&found.service.name)).unwrap_or_default();
        let line = format!("- {name}: {}\n", texts.join(", "));
        left = left.saturating_sub(line.chars().count());
        if left == 0 {
            break;
        }
        out.push_str(&line);
    }
    out.push_str("\nMore is left out: this comment would be too long.\n\n</details>\n");
    out
}

fn briefly(found: &Found<'_>) -> Vec<String> {
    match found.subject {
        Subject::Drift(changes) => changes.iter().map(|change| code(&change.text)).collect(),
        Subject::Runs(differences) => differences.iter().map(|one| code(&one.key)).collect(),
        Subject::Advice { .. } => Vec::new(),
    }
}

fn details(report: &Report, project: &Project, with_diff: bool) -> String {
    let mut out = opening(report, project);
    section(&mut out, "Problems", project.diagnostics.iter().map(|said| prose(&plain::diagnostic(said))));
    section(&mut out, "Not read", found::unseen(project).iter().map(|text| prose(text)));
    let (drift, advice): (Vec<_>, Vec<_>) = found::of(report, project).partition(Found::is_drift);
    let (known, drift): (Vec<_>, Vec<_>) = drift.into_iter().partition(Found::is_known);
    let missing = if report.mode == Mode::Drift { "Does not run as it is written" } else { "Missing" };
    section(&mut out, missing, drift.iter().map(entry));
    section(&mut out, "Held back", held_back(project));
    section(&mut out, "Needs a person", advice.iter().map(entry));
    section(&mut out, "Set aside", set_aside(project));
    section(&mut out, "Known to the baseline", known.iter().map(entry));
    section(&mut out, "Fixed, so `harden baseline --prune` takes it out", fixed(project));
    diffs(&mut out, project, with_diff);
    out.push_str("\n</details>\n");
    out
}

fn opening(report: &Report, project: &Project) -> String {
    let (path, headline) = (html(&project.path), html(&plain::headline(report.mode, project)));
    format!("\n<details><summary><code>{path}</code>: {headline}</summary>\n")
}

fn section(out: &mut String, title: &str, entries: impl Iterator<Item = String>) {
    let mut entries = entries.peekable();
    if entries.peek().is_some() {
        let _ = writeln!(out, "\n**{title}**\n");
        entries.for_each(|entry| {
            let _ = writeln!(out, "- {entry}");
        });
    }
}

fn entry(found: &Found<'_>) -> String {
    let service = code(&found.service.name);
    match found.subject {
        Subject::Drift(changes) => {
            let texts: Vec<String> = changes
                .iter()
                .map(|change| format!("{} ({})", code(&change.text), prose(&change.why)))
                .collect();
            format!("{service}: {}", texts.join(", "))
        }
        Subject::Runs(differences) => {
            let text = |one: &Difference| format!("{} {}", code(&one.key), prose(&one.both()));
            format!("{service}: {}", differences.iter().map(text).collect::<Vec<_>>().join(", "))
        }
        Subject::Advice { severity, message, help } => {
            let at = found.place().map(|place| format!(", {}", code(&plain::at(place)))).unwrap_or_default();
            let (pass, message, help) = (code(&found.decision.pass), prose(message), prose(help));
            let proposal = proposal(found).unwrap_or_default();
            format!("{} {pass}: {service}: {message}{at}; {help}{proposal}", found::severity(severity))
        }
    }
}

/// The diff that is proposed, as a block of its entry.
fn proposal(found: &Found<'_>) -> Option<String> {
    let Outcome::Advise { proposal: Some(diff), .. } = &found.decision.outcome else { return None };
    let block = fenced("diff", diff);
    let lines = block.lines().map(|line| format!("\n  {line}"));
    Some(format!("\n{}", lines.collect::<String>()))
}

fn held_back(project: &Project) -> impl Iterator<Item = String> {
    project.decisions().filter_map(|(service, decision)| match &decision.outcome {
        Outcome::HeldBack { changes, release, .. } if decision.waiver.is_none() => {
            let texts: Vec<String> = changes.iter().map(|change| code(&change.text)).collect();
            Some(format!("{}: {}: {}", code(&service.name), texts.join(", "), prose(release)))
        }
        _ => None,
    })
}

/// Each waiver and each switch once, with all that it is about.
fn set_aside(project: &Project) -> impl Iterator<Item = String> {
    aside::groups(project).into_iter().map(|group| {
        let names: Vec<String> =
            group.about.iter().map(|(pass, service)| format!("{}: {}", code(service), code(pass))).collect();
        let at = group.first.place.map(|place| format!(", {}", code(&plain::at(place)))).unwrap_or_default();
        format!("{}: {}{at}", names.join(", "), prose(&group.first.why))
    })
}

fn fixed(project: &Project) -> impl Iterator<Item = String> {
    plain::fixed(project).into_iter().map(|(pass, service)| format!("{}: {}", code(service), code(pass)))
}

fn diffs(out: &mut String, project: &Project, shown: bool) {
    let diffs: String = project.files.iter().filter_map(|file| file.diff.as_deref()).collect();
    if diffs.is_empty() {
        return;
    }
    if shown {
        let _ = write!(out, "\n{}", fenced("diff", &diffs));
    } else {
        out.push_str("\nThe diff is left out: this comment would be too long.\n");
    }
}

#[cfg(test)]
mod tests {
    use super::{MOST, render};
    use crate::report::model::{Report, Service, sample};

    #[test]
    fn the_table_stays_a_table_and_the_fold_a_fold() {
        let text = render(&sample::hostile());
        let rows: Vec<&str> = text.lines().filter(|line| line.starts_with('|')).collect();
        assert_eq!(rows.len(), 3, "{text}");
        for row in rows {
            assert_eq!(row.replace("\\|", "").matches('|').count(), 8, "{row}");
        }
        assert_eq!(text.matches("<details>").count(), 1, "{text}");
        assert_eq!(text.matches("</details>").count(), 1, "{text}");
        assert!(!text.contains('\u{1b}') && !text.contains(" @all\\"), "{text}");
    }

    fn renamed(service: &Service, at: usize) -> Service {
        Service { name: format!("{}{at}", service.name), ..service.clone() }
    }

    #[test]
    fn a_comment_is_never_too_long() {
        let sample = sample::report();
        let project = sample.projects.iter().find(|project| !project.services.is_empty()).unwrap();
        let many = |number: usize, diff: usize| {
            let copy = |at: usize| {
                let mut copy = project.clone();
                copy.path = format!("{at:06}/compose.yml");
                copy.files[0].diff = Some("+    init: true ü\n".repeat(diff));
                copy
            };
            Report::new(sample.level, sample.mode, (0..number).map(copy).collect())
        };
        let long = render(&many(1, 10_000));
        assert!(long.contains("The diff is left out") && long.contains("**Missing**"), "{long}");
        let mut large = many(1, 10_000);
        let project = &mut large.projects[0];
        project.services = (0..400).map(|at| renamed(&project.services[0], at)).collect();
        let brief = render(&large);
        assert!(brief.contains("- `web0`: `mem_limit: web`, `cpus: web`\n"), "{brief}");
        for text in [long, brief, render(&many(3_000, 3)), render(&many(40, 100))] {
            assert!(text.chars().count() <= MOST, "{}", text.chars().count());
            assert_eq!(text.matches("<details>").count(), text.matches("</details>").count());
            assert!(text.contains("left out"));
        }
    }
}
