//! The summary of one project: what changes, what that assumes, what is held back, what needs a person.
//!
//! Each section is silent when it has nothing to say, and nothing is said twice.

use std::fmt::Write as _;

use super::advice::{self, Advice};
use super::group::{self, Line, Said, lines, shortened};
use super::{BAD, HEADLINE, ODD, QUIET, SECTION, paint};
use crate::plan::{Change, Decision, Finding, Hold, PassId, Plan, Severity};
use crate::report::words::{self, clean, count};
use crate::report::{Outcome, Subject, Verbosity, location};

/// Widest text of a column; longer ones stick out.
const WIDEST: usize = 44;

/// Different findings of one kind that are shown without `-v`.
const MOST_FINDINGS: usize = 6;

/// The summary, with colours. Empty when there is nothing to say at this verbosity.
#[must_use]
pub fn summary(subject: &Subject<'_>, verbosity: Verbosity) -> String {
    let drifted = subject.outcome == Outcome::Checked && !subject.plan.is_empty();
    if verbosity == Verbosity::Quiet {
        return if drifted { headline(subject) } else { String::new() };
    }
    let mut out = headline(subject);
    unread(&mut out, subject);
    changed(&mut out, subject, verbosity);
    assumed(&mut out, subject.plan);
    held_back(&mut out, subject.plan);
    findings(&mut out, subject, verbosity);
    if verbosity == Verbosity::Verbose {
        already(&mut out, subject);
        left_alone(&mut out, subject.plan);
    }
    out
}

fn headline(subject: &Subject<'_>) -> String {
    let plan = subject.plan;
    let changes = plan.changes().count();
    let mut touched: Vec<usize> = plan.changes().map(|(service, _)| service).collect();
    touched.dedup();
    let mut parts = vec![count(plan.services.len(), "service", "services")];
    parts.push(match (changes, subject.outcome) {
        (0, _) => "nothing to change".to_owned(),
        (_, outcome) => {
            let verb = match outcome {
                Outcome::Shown => "",
                Outcome::Written => " written",
                Outcome::Checked => " missing",
            };
            let services = count(touched.len(), "service", "services");
            format!("{}{verb} in {services}", count(changes, "change", "changes"))
        }
    });
    let held = tally(plan, |decision| matches!(decision, Decision::HeldBack(..)));
    let advice = tally(plan, |decision| matches!(decision, Decision::Advise(_)));
    parts.extend((held > 0).then(|| format!("{held} held back")));
    parts.extend(
        (advice > 0).then(|| format!("{advice} {} a person", if advice == 1 { "needs" } else { "need" })),
    );
    let name = clean(&subject.name.display().to_string());
    format!("{}: {}\n", paint(HEADLINE, &name), parts.join(", "))
}

fn tally(plan: &Plan, which: impl Fn(&Decision) -> bool) -> usize {
    let decisions = plan.services.iter().flat_map(|service| &service.decisions);
    decisions.filter(|(_, decision)| which(decision)).count()
}

fn section(out: &mut String, title: &str) {
    let _ = writeln!(out, "\n  {}", paint(SECTION, title));
}

/// Files that were not read, and whom that concerns.
fn unread(out: &mut String, subject: &Subject<'_>) {
    if subject.unread.is_empty() {
        return;
    }
    section(out, "only partly seen");
    for file in &subject.unread {
        let names: Vec<String> = file.services.iter().map(|name| clean(name)).collect();
        let place = file.place.map(|place| format!(", {}", location(subject.sources, place)));
        let at = clean(&place.unwrap_or_default());
        let _ = writeln!(out, "    `{}` is not read yet ({}{at})", clean(file.file), file.reason);
        if !names.is_empty() {
            let _ = writeln!(out, "      {}", paint(QUIET, &format!("concerns {}", shortened(&names))));
        }
    }
}

fn changed(out: &mut String, subject: &Subject<'_>, verbosity: Verbosity) {
    let lines = lines(subject.plan, |_, decision| match decision {
        Decision::Apply(changes) => {
            changes.iter().map(|change| applied(change, subject, verbosity)).collect()
        }
        _ => Vec::new(),
    });
    let title = match subject.outcome {
        Outcome::Written => "changed",
        Outcome::Shown => "changes",
        Outcome::Checked => "missing",
    };
    table(out, title, subject.plan, &lines);
}

fn applied(change: &Change, subject: &Subject<'_>, verbosity: Verbosity) -> Said {
    let why = clean(&change.why);
    let text = clean(&words::change(change));
    if verbosity == Verbosity::Verbose {
        let grounds = clean(&words::grounds(change, subject.sources));
        return Said { text, detail: Some(format!("{why}; {grounds}")), note: None };
    }
    Said { text, detail: None, note: Some(why) }
}

/// Lines with their services in a column.
fn table(out: &mut String, title: &str, plan: &Plan, lines: &[Line]) {
    if lines.is_empty() {
        return;
    }
    section(out, title);
    let width = lines.iter().map(|line| line.text.chars().count()).filter(|&width| width <= WIDEST).max();
    let width = width.unwrap_or(0);
    for line in lines {
        let services = group::services(plan, &line.services);
        let note = line.note.as_ref().map(|note| format!("  {}", paint(QUIET, note))).unwrap_or_default();
        let _ = writeln!(out, "    {:width$}  {services}{note}", line.text);
        if let Some(detail) = &line.detail {
            let _ = writeln!(out, "      {}", paint(QUIET, detail));
        }
    }
}

/// What the changes assume: each assumption once, with the passes and services that rest on it.
fn assumed(out: &mut String, plan: &Plan) {
    let lines = lines(plan, |_, decision| match decision {
        Decision::Apply(changes) => {
            changes.iter().filter_map(words::assumption).map(|words| said(words)).collect()
        }
        _ => Vec::new(),
    });
    if lines.is_empty() {
        return;
    }
    section(out, "assumed");
    for (assumption, members) in by_text(&lines) {
        let _ = writeln!(out, "    {assumption}");
        for (passes, services) in by_services(&members) {
            let services = group::services(plan, services);
            let _ = writeln!(out, "      {}", paint(QUIET, &format!("{}: {services}", words::ids(&passes))));
        }
    }
}

fn said(text: &str) -> Said {
    Said { text: clean(text), detail: None, note: None }
}

/// Lines with the same text, in the order in which the texts first appear.
fn by_text(lines: &[Line]) -> Vec<(&str, Vec<&Line>)> {
    let mut groups: Vec<(&str, Vec<&Line>)> = Vec::new();
    for line in lines {
        match groups.iter_mut().find(|(text, _)| *text == line.text) {
            Some((_, members)) => members.push(line),
            None => groups.push((&line.text, vec![line])),
        }
    }
    groups
}

/// The passes that speak of the same services.
fn by_services<'a>(lines: &[&'a Line]) -> Vec<(Vec<PassId>, &'a [usize])> {
    let mut groups: Vec<(Vec<PassId>, &[usize])> = Vec::new();
    for line in lines {
        match groups.iter_mut().find(|(_, services)| *services == line.services) {
            Some((passes, _)) => passes.push(line.pass),
            None => groups.push((vec![line.pass], &line.services)),
        }
    }
    groups
}

/// What is known but not written, each with what releases it.
fn held_back(out: &mut String, plan: &Plan) {
    let lines = lines(plan, |_, decision| match decision {
        Decision::HeldBack(changes, hold) => {
            let text = clean(&words::changes(changes));
            vec![Said { text, detail: Some(clean(&release(changes, hold))), note: None }]
        }
        _ => Vec::new(),
    });
    table(out, "held back", plan, &lines);
}

fn release(changes: &[Change], hold: &Hold) -> String {
    let unsure = matches!(hold, Hold::Likely | Hold::Guess);
    let weakest = changes.iter().max_by_key(|change| change.confidence.level());
    match weakest.and_then(words::assumption).filter(|_| unsure) {
        Some(assumption) => format!("{assumption}; {}", hold.release()),
        None => hold.release().into_owned(),
    }
}

/// What a person must decide, the worst first.
fn findings(out: &mut String, subject: &Subject<'_>, verbosity: Verbosity) {
    let mut advice = advice::collect(subject.plan);
    if advice.is_empty() {
        return;
    }
    advice.sort_by_key(|advice| std::cmp::Reverse(advice.severity));
    section(out, "needs a person");
    let most = if verbosity == Verbosity::Verbose { usize::MAX } else { MOST_FINDINGS };
    for advice in &advice {
        for (finding, services) in advice.found.iter().take(most) {
            let _ = writeln!(
                out,
                "    {} {}: {}",
                severity(advice),
                advice.pass,
                found(subject, finding, services)
            );
        }
        if let Some(more) = advice.found.len().checked_sub(most).filter(|&more| more > 0) {
            let _ = writeln!(out, "           and {more} more like these; `-v` lists them");
        }
        let _ = writeln!(out, "           {}", paint(QUIET, &format!("help: {}", clean(advice.help))));
    }
}

fn severity(advice: &Advice<'_>) -> String {
    match advice.severity {
        Severity::High => paint(BAD, "high  "),
        Severity::Medium => paint(ODD, "medium"),
        Severity::Low => paint(QUIET, "low   "),
    }
}

fn found(subject: &Subject<'_>, finding: &Finding, services: &[usize]) -> String {
    let place = finding.place.map(|place| format!(", {}", location(subject.sources, place)));
    let services = group::services(subject.plan, services);
    format!("{} ({services}{})", clean(&finding.message), clean(&place.unwrap_or_default()))
}

fn already(out: &mut String, subject: &Subject<'_>) {
    let lines = lines(subject.plan, |pass, decision| match decision {
        Decision::Already(evidence) => {
            vec![said(&format!("{pass}: {}", words::evidence(evidence, subject.sources)))]
        }
        _ => Vec::new(),
    });
    table(out, "there already", subject.plan, &lines);
}

fn left_alone(out: &mut String, plan: &Plan) {
    let lines = lines(plan, |pass, decision| match decision {
        Decision::Skip(skip) => {
            words::skip(skip).map(|words| said(&format!("{pass}: {words}"))).into_iter().collect()
        }
        _ => Vec::new(),
    });
    table(out, "left alone", plan, &lines);
}
