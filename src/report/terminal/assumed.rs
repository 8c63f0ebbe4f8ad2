//! What the changes assume: each ground once, and below it all that is assumed of the same services in one sentence.

use std::fmt::Write as _;

use super::group::{self, Line, Said, lines_at};
use super::summary::{by_ground, section};
use crate::plan::{Decision, PassId};
use crate::report::Subject;
use crate::report::words::{self, clean};

/// Where a sentence is broken.
const WIDTH: usize = 110;

/// Says of a pass what the ground has said already.
const SAME: &str = "that its facts still hold";

/// Writes the section; nothing when nothing is assumed.
pub(super) fn write(out: &mut String, subject: &Subject<'_>) {
    let plan = subject.plan;
    let lines = lines_at(plan, |origin, pass, decision| match decision {
        Decision::Apply(changes) if !subject.known.contains(&origin) => {
            changes.iter().filter_map(words::assumption).map(|words| assumption(pass, words)).collect()
        }
        _ => Vec::new(),
    });
    if lines.is_empty() {
        return;
    }
    section(out, "assumed");
    for (ground, members) in by_ground(&lines) {
        let _ = writeln!(out, "    {ground}");
        for (services, texts) in by_services(&members) {
            sentence(out, &group::services(plan, services), &texts);
        }
    }
}

/// An assumption reads `ground: assumes what`.
pub(super) fn split(words: &str) -> (&str, Option<&str>) {
    words.split_once(": assumes ").map_or((words, None), |(ground, what)| (ground, Some(what)))
}

/// What is assumed; the pass where that is all there is to say.
fn assumption(pass: PassId, words: &str) -> Said {
    let (ground, what) = split(words);
    let what = what.filter(|what| *what != SAME).map(|what| what.strip_prefix("that ").unwrap_or(what));
    // the title says already that it is assumed
    let ground = ground.strip_prefix("assumes ").unwrap_or(ground);
    let ground = ground.strip_prefix("that ").unwrap_or(ground);
    Said { text: clean(what.unwrap_or(pass)), detail: Some(clean(ground)), note: None, file: None }
}

/// The texts that are about the same services, in the order in which those first appear.
fn by_services<'a>(lines: &[&'a Line]) -> Vec<(&'a [usize], Vec<&'a str>)> {
    let mut groups: Vec<(&[usize], Vec<&str>)> = Vec::new();
    for line in lines {
        match groups.iter_mut().find(|(services, _)| *services == line.services.as_slice()) {
            Some((_, texts)) => texts.push(&line.text),
            None => groups.push((&line.services, vec![&line.text])),
        }
    }
    groups
}

/// `services: this, that`, broken between the parts where it gets too long.
fn sentence(out: &mut String, services: &str, texts: &[&str]) {
    let mut line = format!("      {services}:");
    for (at, text) in texts.iter().enumerate() {
        let end = if at + 1 == texts.len() { "" } else { "," };
        if line.chars().count() + text.chars().count() + 2 > WIDTH {
            let _ = writeln!(out, "{line}");
            line = " ".repeat(7);
        }
        let _ = write!(line, " {text}{end}");
    }
    let _ = writeln!(out, "{line}");
}
