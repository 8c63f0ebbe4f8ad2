//! Says the same thing of several services once.

use std::collections::HashMap;

use crate::edit::Origin;
use crate::plan::{Decision, PassId, Plan};
use crate::report::words::clean;

/// Names that are listed before a group of services is shortened.
const NAMED: usize = 3;

/// Something said of one service.
pub(super) struct Said {
    /// What; equal texts of one pass are grouped.
    pub(super) text: String,
    /// Said below it; texts with different details are not grouped.
    pub(super) detail: Option<String>,
    /// Said beside it when all services of the group share it.
    pub(super) note: Option<String>,
    /// Where it is done, when that is not the main file; texts of different files are not grouped.
    pub(super) file: Option<String>,
}

/// Something said of one or more services.
pub(super) struct Line {
    /// What.
    pub(super) text: String,
    /// Said below it.
    pub(super) detail: Option<String>,
    /// Said beside it; `None` when the services differ in it.
    pub(super) note: Option<String>,
    /// Where it is done, when that is not the main file.
    pub(super) file: Option<String>,
    /// Indices of the services.
    pub(super) services: Vec<usize>,
    position: usize,
}

/// What is said of all decisions, grouped, in the order of the passes.
pub(super) fn lines(plan: &Plan, say: impl Fn(PassId, &Decision) -> Vec<Said>) -> Vec<Line> {
    lines_at(plan, |_, pass, decision| say(pass, decision))
}

/// The same, for words that depend on which decision it is.
pub(super) fn lines_at(plan: &Plan, say: impl Fn(Origin, PassId, &Decision) -> Vec<Said>) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    let mut known: HashMap<(usize, String, [Option<String>; 2]), usize> = HashMap::new();
    for (service, decisions) in plan.services.iter().map(|service| &service.decisions).enumerate() {
        for (position, (pass, decision)) in decisions.iter().enumerate() {
            for said in say(Origin { service, decision: position }, pass, decision) {
                let key = (position, said.text.clone(), [said.detail.clone(), said.file.clone()]);
                let at = *known.entry(key).or_insert(lines.len());
                match lines.get_mut(at) {
                    Some(line) => line.join(service, said.note.as_ref()),
                    None => lines.push(Line::new(position, service, said)),
                }
            }
        }
    }
    lines.sort_by_key(|line| line.position);
    lines
}

impl Line {
    fn new(position: usize, service: usize, said: Said) -> Self {
        let Said { text, detail, note, file } = said;
        Self { text, detail, note, file, services: vec![service], position }
    }

    fn join(&mut self, service: usize, note: Option<&String>) {
        if self.services.last() != Some(&service) {
            self.services.push(service);
        }
        if self.note.as_ref() != note {
            self.note = None;
        }
    }
}

/// Lines of several passes that say the same become one.
pub(super) fn over_passes(lines: Vec<Line>) -> Vec<Line> {
    let mut merged: Vec<Line> = Vec::new();
    let mut known: HashMap<String, usize> = HashMap::new();
    for line in lines {
        let at = *known.entry(line.text.clone()).or_insert(merged.len());
        match merged.get_mut(at) {
            Some(same) => same.services.extend(line.services),
            None => merged.push(line),
        }
    }
    for line in &mut merged {
        line.services.sort_unstable();
        line.services.dedup();
    }
    merged
}

/// Names of services: all of a few, the first of many.
pub(super) fn services(plan: &Plan, indices: &[usize]) -> String {
    let total = plan.services.len();
    if indices.len() == total && total > NAMED {
        return format!("all {total} services");
    }
    let names = indices.iter().filter_map(|&index| plan.services.get(index));
    let names: Vec<String> = names.map(|service| clean(&service.service)).collect();
    shortened(&names)
}

/// The same for a place between brackets, without a second pair of them.
pub(super) fn bare_services(plan: &Plan, indices: &[usize]) -> String {
    let text = services(plan, indices);
    match text.strip_suffix(')').and_then(|text| text.split_once(" (")) {
        Some((count, names)) => format!("{count}: {names}"),
        None => text,
    }
}

/// A list of names, shortened when it is long.
pub(super) fn shortened(names: &[String]) -> String {
    match names.get(..NAMED) {
        Some(first) if names.len() > NAMED => format!("{} services ({}, …)", names.len(), first.join(", ")),
        _ => names.join(", "),
    }
}
