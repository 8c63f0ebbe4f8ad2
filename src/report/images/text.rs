//! What is known of images for a person: a table of all families, and a card for one image.

use std::fmt::Write as _;

use super::{Card, basis, value};
use crate::image::catalogue::{Answer, Family, Holds, Variant};
use crate::image::{Listed, Shown};
use crate::plan::{Change, Decision, Level, PassId, Plan};
use crate::report::words::{self, clean};
use crate::source::Source;

/// Where a sentence is broken.
const WIDTH: usize = 110;

/// All families, one a line.
#[must_use]
pub fn families(families: &[Family]) -> String {
    table(&std::iter::once(titles(families)).chain(families.iter().map(row)).collect::<Vec<_>>())
}

/// How many there are.
#[must_use]
pub fn count(all: &[Family]) -> String {
    let names: usize = all.iter().map(|family| family.names.len()).sum();
    let families = words::count(all.len(), "family", "families");
    let copies: usize = all.iter().map(|family| family.mirrors.len()).sum();
    format!(
        "{families} of images under {names} names, and {copies} copies by others; `*` stands for any rest\n"
    )
}

fn titles(families: &[Family]) -> Vec<String> {
    let keys = families.first().map(Family::sureness).into_iter().flatten().map(|(key, _)| key);
    ["image", "role", "starts as"].into_iter().chain(keys).chain(["also"]).map(str::to_uppercase).collect()
}

fn row(family: &Family) -> Vec<String> {
    let facts = &family.facts;
    let start =
        facts.default_user.as_ref().map_or("-".to_owned(), |fact| value::words(Shown::Start(fact.value)));
    let (name, also) = family.names.split_first().unwrap_or((&"", &[]));
    let copies = family.mirrors.iter().map(|mirror| format!("{mirror} (a copy)"));
    let also: Vec<String> = also.iter().map(|name| (*name).to_owned()).chain(copies).collect();
    let known = family.sureness().map(|(_, known)| known.map_or("-", basis).to_owned());
    let first = [(*name).to_owned(), value::role(facts.role).to_owned(), start];
    first.into_iter().chain(known).chain([also.join(", ")]).collect()
}

/// Columns as wide as their widest cell; nothing after the last.
fn table(rows: &[Vec<String>]) -> String {
    let columns = rows.first().map_or(0, Vec::len);
    let width = |column| rows.iter().filter_map(|row| row.get(column)).map(String::len).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths).map(|(cell, &width)| format!("{cell:width$}"));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned() + "\n"
    };
    rows.iter().map(line).collect()
}

/// Single images, one after the other.
#[must_use]
pub fn cards(cards: &[Card<'_>], level: Level) -> String {
    cards.iter().map(|one| card(one, level)).collect::<Vec<_>>().join("\n")
}

fn card(card: &Card<'_>, level: Level) -> String {
    let mut out = format!("{}\n", clean(card.image));
    match card.answer {
        Some(answer) => known(&mut out, answer),
        None => out
            .push_str("  not in the catalogue: what follows is written for any image nothing is known of\n"),
    }
    let level = level.as_str();
    let _ = writeln!(out, "\n  a service that says nothing else, at `--level {level}`");
    for line in card.text.lines() {
        let _ = writeln!(out, "    {}", clean(line));
    }
    let _ = writeln!(out, "\n  why");
    decisions(&mut out, card.plan, card.sources);
    out
}

fn known(out: &mut String, answer: &Answer) {
    let facts = &answer.facts;
    pair(out, "entry", &format!("{}, {}", facts.name, value::role(facts.role)));
    match &answer.copy_of {
        Some(original) => {
            pair(out, "copy of", &format!("{original}, as its publisher says; nothing is sure then"));
        }
        None if answer.matched != facts.name => pair(out, "found as", answer.matched),
        None => {}
    }
    if answer.names.len() > 1 {
        pair(out, "names", &answer.names.join(", "));
    }
    if !answer.mirrors.is_empty() {
        let mirrors = answer.mirrors.iter().map(|mirror| format!("{} ({})", mirror.name, mirror.source));
        pair(out, "copies", &mirrors.collect::<Vec<_>>().join("; "));
    }
    if !facts.ports.is_empty() {
        pair(out, "ports", &facts.ports.iter().map(u16::to_string).collect::<Vec<_>>().join(", "));
    }
    for (at, variant) in answer.variants.iter().enumerate() {
        let title = if at == 0 { "variants" } else { "" };
        pair(out, title, &format!("{} ({})", condition(variant), holds(variant.holds)));
    }
    if let Some(notes) = &facts.notes {
        pair(out, "notes", notes);
    }
    listed(out, &facts.list());
}

fn pair(out: &mut String, title: &str, text: &str) {
    wrap(out, &format!("  {title:9} "), 12, text);
}

fn holds(holds: Holds) -> &'static str {
    match holds {
        Holds::Yes => "holds here",
        Holds::No => "not here",
        Holds::Open => "the tag is not known, so neither is this",
    }
}

/// Which tags a variant is for, and what it is about.
fn condition(variant: &Variant) -> String {
    let tags = (!variant.tags.is_empty()).then(|| format!("tags {}", variant.tags.join(", ")));
    let from = variant.from.as_ref().map(|version| format!("from version {version}"));
    let below = variant.below.as_ref().map(|version| format!("below version {version}"));
    let when: Vec<String> = tags.into_iter().chain(from).chain(below).collect();
    let gives = (!variant.gives.is_empty()).then(|| format!("sets {}", variant.gives.join(", ")));
    let unknown = (!variant.unknown.is_empty()).then(|| format!("{} not known", variant.unknown.join(", ")));
    let what: Vec<String> = gives.into_iter().chain(unknown).collect();
    format!("{}: {}", when.join(", "), what.join("; "))
}

/// Every fact with its basis and the number of its source, and below them the sources, each once.
fn listed(out: &mut String, facts: &[Listed<'_>]) {
    let width = facts.iter().map(|fact| fact.name.len()).max().unwrap_or(0);
    let mut sources: Vec<&str> = Vec::new();
    let _ = writeln!(out, "\n  facts");
    for fact in facts {
        let known = sources.iter().position(|source| *source == fact.source);
        let number = known.unwrap_or_else(|| {
            sources.push(fact.source);
            sources.len() - 1
        });
        let number = format!("[{}]", number + 1);
        let value = value::words(fact.value);
        let _ = writeln!(out, "    {:width$}  {:8}  {number:4}  {value}", fact.name, basis(fact.basis));
    }
    let _ = writeln!(out, "\n  sources");
    for (at, source) in sources.iter().enumerate() {
        wrap(out, &format!("    {:5}", format!("[{}]", at + 1)), 9, source);
    }
}

/// One block a decision, in the order of the passes; what had nothing to look at comes last, in one line.
fn decisions(out: &mut String, plan: &Plan, sources: &[Source]) {
    let all = || plan.services.iter().flat_map(|service| &service.decisions);
    let mut idle = Vec::new();
    for (pass, decision) in all() {
        match said(decision, sources) {
            Some((verb, text, more)) => block(out, pass, verb, &text, &more),
            None => idle.push(*pass),
        }
    }
    if !idle.is_empty() {
        wrap(out, "    nothing to look at: ", 6, &idle.join(", "));
    }
}

fn block(out: &mut String, pass: PassId, verb: &str, text: &str, more: &[String]) {
    wrap(out, &format!("    {pass:17}  {verb:10}  "), 35, &clean(text));
    for line in more {
        wrap(out, &" ".repeat(35), 37, &clean(line));
    }
}

/// What was decided: in a word, what, and more about it. Nothing where there was nothing to look at.
fn said(decision: &Decision, sources: &[Source]) -> Option<(&'static str, String, Vec<String>)> {
    Some(match decision {
        Decision::Apply(changes) => ("writes", words::changes(changes), reasons(changes, sources)),
        Decision::HeldBack(changes, hold) => {
            let mut more = reasons(changes, sources);
            more.push(hold.release().into_owned());
            ("holds back", words::changes(changes), more)
        }
        Decision::Already(evidence) => ("already", words::evidence(evidence, sources), Vec::new()),
        Decision::Skip(skip) => ("leaves", words::skip(skip)?, Vec::new()),
        Decision::Advise(found) => {
            ("advises", found.message.clone().into_owned(), vec![format!("help: {}", found.help)])
        }
    })
}

/// Why, and how sure; each once.
pub(in crate::report) fn reasons(changes: &[Change], sources: &[Source]) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    let assumption = |change| words::assumption(change).map(|words| format!(": {words}")).unwrap_or_default();
    for change in changes {
        let reason = format!("{}; {}{}", change.why, words::grounds(change, sources), assumption(change));
        if !all.contains(&reason) {
            all.push(reason);
        }
    }
    all
}

/// Writes words after a start, broken at spaces; further lines are indented.
pub(in crate::report) fn wrap(out: &mut String, start: &str, indent: usize, text: &str) {
    let mut line = start.to_owned();
    let mut is_fresh = true;
    for word in text.split_whitespace() {
        if !is_fresh && line.chars().count() + 1 + word.chars().count() > WIDTH {
            let _ = writeln!(out, "{}", line.trim_end());
            line = " ".repeat(indent);
            is_fresh = true;
        }
        if !is_fresh {
            line.push(' ');
        }
        line.push_str(word);
        is_fresh = false;
    }
    let _ = writeln!(out, "{}", line.trim_end());
}
