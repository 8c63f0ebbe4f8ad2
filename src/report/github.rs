//! Workflow commands: annotations in a pull request on GitHub.
//!
//! GitHub shows ten a kind and step, so what is missing is one annotation a service, and the worst come first.

use std::fmt::Write as _;

use super::aside;
use super::found::{self, Found, Rank, Subject};
use super::model::{DiagnosticKind, Difference, Place, Project, Report};
use super::words::clean;

/// One annotation.
struct Annotation {
    rank: Rank,
    file: String,
    place: Option<Place>,
    title: String,
    message: String,
}

/// One command a line.
pub(super) fn render(report: &Report) -> String {
    let mut all: Vec<Annotation> =
        report.projects.iter().flat_map(|project| annotations(report, project)).collect();
    all.sort_by_key(|annotation| annotation.rank);
    all.iter().map(command).collect()
}

fn annotations(report: &Report, project: &Project) -> Vec<Annotation> {
    let mut all: Vec<Annotation> = Vec::new();
    for diagnostic in &project.diagnostics {
        let rank = if diagnostic.kind == DiagnosticKind::Error { Rank::Error } else { Rank::Warning };
        let message = with_help(&diagnostic.message, diagnostic.help.as_deref());
        all.push(about(project, rank, diagnostic.place.clone(), "harden".to_owned(), message));
    }
    if let Some(message) = found::unseen(project) {
        let rank = if report.mode.decides() { Rank::Error } else { Rank::Warning };
        all.push(about(project, rank, None, "harden".to_owned(), message));
    }
    // before notes of the same rank, of which there may be more than GitHub shows
    all.extend(aside::groups(project).iter().map(|group| {
        let aside = &group.first;
        let title = if aside.is_waived() { "harden: waived" } else { "harden: switched off" };
        let message = format!("{}: {}", group.names(), aside.why);
        about(project, Rank::Note, aside.place.cloned(), title.to_owned(), message)
    }));
    all.extend(findings(report, project));
    all
}

/// Drift by service, what fails apart from what the baseline knows; advice one by one.
fn findings(report: &Report, project: &Project) -> Vec<Annotation> {
    let mut all: Vec<Annotation> = Vec::new();
    let mut drifting: Option<(&str, Rank)> = None;
    let (mut drift, advice): (Vec<_>, Vec<_>) = found::of(report, project).partition(Found::is_drift);
    drift.sort_by_key(|found| found.rank);
    for found in &drift {
        let (texts, title, missing) = match found.subject {
            Subject::Drift(changes) => {
                let texts: Vec<&str> = changes.iter().map(|change| change.text.as_str()).collect();
                (texts.join(" · "), "is not hardened", "missing; ")
            }
            Subject::Runs(differences) => {
                let texts: Vec<String> = differences.iter().map(Difference::text).collect();
                (texts.join("\n"), "does not run as it is written", "")
            }
            Subject::Advice { .. } => continue,
        };
        if let Some(annotation) =
            all.last_mut().filter(|_| drifting == Some((&found.service.name, found.rank)))
        {
            let _ = write!(annotation.message, "\n{texts}");
        } else {
            let title = format!("harden: `{}` {title}", found.service.name);
            let known = if found.is_known() { "known to the baseline, and " } else { "" };
            let message = format!("{known}{missing}{}:\n{texts}", found.help());
            all.push(about(project, found.rank, found.place().cloned(), title, message));
        }
        drifting = Some((&found.service.name, found.rank));
    }
    all.extend(advice.iter().map(|found| {
        let title = format!("harden: {}", found.decision.pass);
        let message = with_help(&found.message(), Some(found.help()));
        about(project, found.rank, found.place().cloned(), title, message)
    }));
    all
}

fn with_help(message: &str, help: Option<&str>) -> String {
    help.map_or_else(|| message.to_owned(), |help| format!("{message}\nhelp: {help}"))
}

fn about(project: &Project, rank: Rank, place: Option<Place>, title: String, message: String) -> Annotation {
    let file = place.as_ref().map_or(&project.path, |place| &place.file).clone();
    Annotation { rank, file, place, title, message }
}

fn command(annotation: &Annotation) -> String {
    let kind = match annotation.rank {
        Rank::Error => "error",
        Rank::Warning => "warning",
        Rank::Note => "notice",
    };
    let mut command = format!("::{kind} ");
    // standard input has no file to show it in
    if annotation.file != "stdin" {
        let _ = write!(command, "file={},", property(&annotation.file));
        if let Some(place) = &annotation.place {
            let _ = write!(command, "line={},col={},", place.start.line, place.start.column);
        }
    }
    let _ = writeln!(command, "title={}::{}", property(&annotation.title), data(&annotation.message));
    command
}

/// A value before the second `::`.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

/// The text after it.
fn data(text: &str) -> String {
    clean(&text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A"))
}

#[cfg(test)]
mod tests {
    use super::render;
    use crate::report::model::sample;

    #[test]
    fn nothing_in_a_name_ends_the_command() {
        let text = render(&sample::hostile());
        for line in text.lines() {
            let (properties, message) = line.strip_prefix("::").unwrap().split_once("::").unwrap();
            let (kind, properties) = properties.split_once(' ').unwrap();
            assert!(["error", "warning", "notice"].contains(&kind), "{line}");
            let names: Vec<_> = properties.split(',').map(|pair| pair.split_once('=').unwrap().0).collect();
            assert!(names.iter().all(|name| ["file", "line", "col", "title"].contains(name)), "{line}");
            assert!(!message.contains('\u{1b}'), "{line}");
        }
        assert!(text.contains("%0A") && text.contains("%25") && text.contains("%3A%3Aerror"), "{text}");
    }

    #[test]
    fn drift_is_one_annotation_a_service_and_comes_first() {
        let text = render(&sample::report());
        assert!(text.starts_with("::error file="), "{text}");
        assert_eq!(text.matches("is not hardened").count(), 1, "{text}");
        let last = text.lines().last().unwrap();
        assert!(last.starts_with("::notice file=") && last.contains("title=harden%3A waived::"), "{text}");
        assert!(last.ends_with("`read_only` of `web`: waived until 2027-03-01: on purpose"), "{text}");
    }
}
