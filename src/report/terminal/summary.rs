//! The summary of one project: what changes, what that assumes, what is held back, what needs a person.
//!
//! Each section is silent when it has nothing to say, and nothing is said twice.

use std::collections::HashMap;
use std::fmt::Write as _;

use super::advice::{self, Advice};
use super::assumed;
use super::group::{self, Line, Said, lines, lines_at, shortened};
use super::{BAD, HEADLINE, ODD, QUIET, SECTION, paint};
use crate::edit::Origin;
use crate::plan::{Change, Decision, Finding, Hold, Plan, Severity, Skip};
use crate::report::redact::{self, sentence};
use crate::report::words::{self, clean, count};
use crate::report::{Outcome, Subject, Verbosity, location, shown_name};

/// Widest text of a column; longer ones stick out.
const WIDEST: usize = 44;

/// Different findings of one kind that are shown without `-v`.
const MOST_FINDINGS: usize = 6;

/// The summary, with colours. Empty when there is nothing to say at this verbosity.
#[must_use]
pub fn summary(subject: &Subject<'_>, verbosity: Verbosity) -> String {
    let drifted = subject.outcome == Outcome::Checked && new(subject).next().is_some();
    if verbosity == Verbosity::Quiet {
        return if drifted { headline(subject) } else { String::new() };
    }
    let mut out = headline(subject);
    unread(&mut out, subject);
    changed(&mut out, subject, verbosity);
    assumed::write(&mut out, subject);
    held_back(&mut out, subject.plan);
    waived(&mut out, subject.plan);
    switched_off(&mut out, subject);
    findings(&mut out, subject, verbosity);
    if verbosity == Verbosity::Verbose {
        catalogue(&mut out, subject.plan);
        already(&mut out, subject);
        left_alone(&mut out, subject.plan);
    } else {
        left_alone_count(&mut out, subject.plan);
    }
    out
}

/// How much was left alone: one line, so that nothing is passed over in silence.
fn left_alone_count(out: &mut String, plan: &Plan) {
    let left =
        tally(plan, |decision| matches!(decision, Decision::Skip(skip) if words::skip(skip).is_some()))
            - tally(plan, is_set_aside);
    if left > 0 {
        section(out, &format!("left alone: {left}; `-v` says why"));
    }
}

/// The first line of the summary, with colours: what changes, in numbers.
#[must_use]
pub fn headline(subject: &Subject<'_>) -> String {
    let plan = subject.plan;
    let mut touched: Vec<usize> = new(subject).map(|(service, _)| service).collect();
    let changes = touched.len();
    touched.dedup();
    let mut parts = Vec::new();
    parts.extend((!subject.alone).then(|| count(plan.services.len(), "service", "services")));
    parts.push(match (changes, subject.outcome) {
        (0, _) if !subject.known.is_empty() => "nothing new".to_owned(),
        (0, _) => "nothing to change".to_owned(),
        (_, outcome) => {
            let verb = match outcome {
                Outcome::Shown => "",
                Outcome::Written => " written",
                Outcome::Checked => " missing",
            };
            let services = format!(" in {}", count(touched.len(), "service", "services"));
            let services = if subject.alone { "" } else { &services };
            format!("{}{verb}{services}", count(changes, "change", "changes"))
        }
    });
    let held = tally(plan, |decision| matches!(decision, Decision::HeldBack(..)));
    let advice = tally(plan, |decision| matches!(decision, Decision::Advise(_)));
    parts.extend((held > 0).then(|| format!("{held} held back")));
    parts.extend(
        (advice > 0).then(|| format!("{advice} {} a person", if advice == 1 { "needs" } else { "need" })),
    );
    let aside = [
        (subject.known.len(), "known to the baseline"),
        (tally(plan, is_waived), "waived"),
        (tally(plan, is_switched_off), "switched off"),
    ];
    parts.extend(
        aside.iter().filter(|(number, _)| *number > 0).map(|(number, what)| format!("{number} {what}")),
    );
    let name = clean(&shown_name(subject.name));
    format!("{}: {}\n", paint(HEADLINE, &name), parts.join(", "))
}

/// The changes that the baseline does not know, with the index of their service.
fn new<'a>(subject: &'a Subject<'_>) -> impl Iterator<Item = (usize, &'a Change)> {
    let services = subject.plan.services.iter().enumerate();
    let decisions = services.flat_map(|(service, plan)| {
        let decisions = plan.decisions.iter().enumerate();
        decisions.map(move |(at, (_, decision))| (Origin { service, decision: at }, decision))
    });
    let new = decisions.filter(|(origin, _)| !subject.known.contains(origin));
    new.flat_map(|(origin, decision)| decision.applied().iter().map(move |change| (origin.service, change)))
}

fn tally(plan: &Plan, which: impl Fn(&Decision) -> bool) -> usize {
    let decisions = plan.services.iter().flat_map(|service| &service.decisions);
    decisions.filter(|(_, decision)| which(decision)).count()
}

pub(super) fn section(out: &mut String, title: &str) {
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
        let what = file
            .file
            .map_or_else(|| "another file".to_owned(), |file| format!("`{}`", clean(&sentence(file))));
        let _ = writeln!(out, "    {what} is not read ({}{at})", file.reason);
        if !names.is_empty() {
            let _ = writeln!(out, "      {}", paint(QUIET, &format!("concerns {}", shortened(&names))));
        }
    }
}

fn changed(out: &mut String, subject: &Subject<'_>, verbosity: Verbosity) {
    let lines = lines_at(subject.plan, |origin, _, decision| match decision {
        Decision::Apply(changes) if !subject.known.contains(&origin) => {
            let file = subject.sites.elsewhere(subject.sources, origin).map(|file| clean(&file));
            let said = changes.iter().map(|change| applied(change, subject, verbosity));
            said.map(|said| Said { file: file.clone(), ..said }).collect()
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
        return Said { text, detail: Some(format!("{why}; {grounds}")), note: None, file: None };
    }
    Said { text, detail: None, note: Some(why), file: None }
}

/// Lines with their services in a column, under a title.
fn table(out: &mut String, title: &str, plan: &Plan, lines: &[Line]) {
    if !lines.is_empty() {
        section(out, title);
        rows(out, plan, &lines.iter().collect::<Vec<_>>(), 4, true);
    }
}

/// A text that is wider than the column has its services below it.
fn rows(out: &mut String, plan: &Plan, lines: &[&Line], indent: usize, details: bool) {
    let widths = lines.iter().map(|line| line.text.chars().count());
    let column = widths.filter(|&width| width <= WIDEST).max().unwrap_or(0);
    for line in lines {
        let mut services = group::services(plan, &line.services);
        if let Some(file) = &line.file {
            let _ = write!(services, " ({file})");
        }
        let note = line.note.as_ref().map(|note| format!("  {}", paint(QUIET, note))).unwrap_or_default();
        let mut text = line.text.clone();
        if text.chars().count() > WIDEST {
            let _ = writeln!(out, "{:indent$}{text}", "");
            text.clear();
        }
        let _ = writeln!(out, "{:indent$}{text:column$}  {services}{note}", "");
        if let Some(detail) = line.detail.as_ref().filter(|_| details) {
            let _ = writeln!(out, "{:indent$}  {}", "", paint(QUIET, detail));
        }
    }
}

/// Each ground once, with the lines that rest on it.
fn grounds(out: &mut String, title: &str, plan: &Plan, lines: &[Line]) {
    if lines.is_empty() {
        return;
    }
    section(out, title);
    for (ground, members) in by_ground(lines) {
        let _ = writeln!(out, "    {ground}");
        rows(out, plan, &members, 6, false);
    }
}

fn said(text: &str) -> Said {
    Said { text: clean(text), detail: None, note: None, file: None }
}

/// Lines by their detail, in the order in which the details first appear.
pub(super) fn by_ground(lines: &[Line]) -> Vec<(&str, Vec<&Line>)> {
    let mut groups: Vec<(&str, Vec<&Line>)> = Vec::new();
    let mut known: HashMap<&str, usize> = HashMap::new();
    for line in lines {
        let ground = line.detail.as_deref().unwrap_or_default();
        let at = *known.entry(ground).or_insert(groups.len());
        match groups.get_mut(at) {
            Some((_, members)) => members.push(line),
            None => groups.push((ground, vec![line])),
        }
    }
    groups
}

/// What is known but not written: what releases it, and the changes that wait for that.
fn held_back(out: &mut String, plan: &Plan) {
    let lines = lines(plan, |_, decision| match decision {
        Decision::HeldBack(changes, hold) => vec![held(changes, hold)],
        _ => Vec::new(),
    });
    grounds(out, "held back", plan, &lines);
}

fn held(changes: &[Change], hold: &Hold) -> Said {
    let unsure = matches!(hold, Hold::Likely | Hold::Guess);
    let weakest = changes.iter().max_by_key(|change| change.confidence.level());
    let assumption =
        weakest.and_then(words::assumption).filter(|_| unsure).map(|words| assumed::split(words));
    let (detail, note) = match assumption {
        Some((ground, what)) => {
            (format!("{ground}; {}", hold.release()), what.map(|what| format!("assumes {what}")))
        }
        None => (hold.release().into_owned(), None),
    };
    Said {
        text: clean(&words::changes(changes)),
        detail: Some(clean(&detail)),
        note: note.map(|note| clean(&note)),
        file: None,
    }
}

fn is_waived(decision: &Decision) -> bool {
    matches!(decision, Decision::Skip(Skip::Waived(_)))
}

fn is_switched_off(decision: &Decision) -> bool {
    matches!(decision, Decision::Skip(Skip::SwitchedOff(_)))
}

fn is_set_aside(decision: &Decision) -> bool {
    is_waived(decision) || is_switched_off(decision)
}

/// Passes that the policy switches off, and where it says so.
fn switched_off(out: &mut String, subject: &Subject<'_>) {
    let lines = lines(subject.plan, |pass, decision| match decision {
        Decision::Skip(Skip::SwitchedOff(place)) => {
            let file = Some(clean(&location(subject.sources, *place)));
            vec![Said { text: pass.to_owned(), detail: None, note: None, file }]
        }
        _ => Vec::new(),
    });
    table(out, "switched off by the policy", subject.plan, &lines);
}

/// What a person said does not count: each reason once, with what it is for.
fn waived(out: &mut String, plan: &Plan) {
    let lines = lines(plan, |pass, decision| match decision {
        Decision::Skip(Skip::Waived(waived)) => {
            let until = waived.until.map(|day| format!(", until {day}")).unwrap_or_default();
            let detail = Some(clean(&format!("{}{until}", waived.reason)));
            vec![Said { text: pass.to_owned(), detail, note: None, file: None }]
        }
        _ => Vec::new(),
    });
    grounds(out, "waived", plan, &lines);
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
        let proposals = advice.found.iter().take(most).filter_map(|(finding, _)| finding.proposal.as_deref());
        for diff in proposals.filter_map(|proposal| redact::proposal(subject.sources, proposal)) {
            for line in diff.lines() {
                let _ = writeln!(out, "             {}", clean(line));
            }
        }
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
    let first = if services.len() > 1 { "first at " } else { "" };
    let place = finding.place.map(|place| format!(", {first}{}", location(subject.sources, place)));
    let services = group::bare_services(subject.plan, services);
    let at = format!("{services}{}", clean(&place.unwrap_or_default()));
    // a Dockerfile by itself is named by its place already
    let at = at.strip_prefix(&format!("{services}, ")).filter(|_| subject.alone).unwrap_or(&at);
    format!("{} ({at})", clean(&finding.message))
}

/// Where the facts about images are from, each source once.
fn catalogue(out: &mut String, plan: &Plan) {
    let lines = lines(plan, |_, decision| match decision {
        Decision::Apply(changes) => {
            changes.iter().filter_map(words::citation).map(|words| said(&words)).collect()
        }
        _ => Vec::new(),
    });
    table(out, "catalogue", plan, &group::over_passes(lines));
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
        Decision::Skip(skip) if !is_set_aside(decision) => {
            words::skip(skip).map(|words| said(&format!("{pass}: {words}"))).into_iter().collect()
        }
        _ => Vec::new(),
    });
    table(out, "left alone", plan, &lines);
}
