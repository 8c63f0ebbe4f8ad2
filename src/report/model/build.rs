//! From what a run holds to the data of a report: the only place where plans, places and edits become texts and numbers.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::fixes::{self, Fix};
use super::{
    Baseline, Change, Check, Confidence, Counted, Counts, Decision, DecisionRef, Diagnostic, Edit, Evidence,
    File, Op, Outcome, Place, Project, Root, Service, Status, Unread, Waiver, fingerprint, names,
};
use crate::edit::Origin;
use crate::plan::{self, PassId, Plan, ServicePlan};
use crate::report::{Subject, redact, words};
use crate::source::{self, Source};
use crate::verify::Verified;

/// All that is known of one project.
pub struct Facts<'a> {
    /// The project and its plan.
    pub subject: &'a Subject<'a>,
    /// The files that change.
    pub verified: &'a [Verified],
    /// Where each service's name is written, by index.
    pub services: &'a [source::Place],
    /// What is odd.
    pub diagnostics: Vec<Diagnostic>,
    /// Whether the changes were written.
    pub written: bool,
    /// What `--check` made of it, if that was asked for.
    pub check: Option<Checked<'a>>,
}

/// What `--check` made of a project.
#[derive(Clone, Debug, Default)]
pub struct Checked<'a> {
    /// Whether it passes.
    pub passed: bool,
    /// The decisions that it fails for.
    pub fails: BTreeSet<Origin>,
    /// Those that it would fail for, but the baseline knows them.
    pub known: BTreeSet<Origin>,
    /// The baseline, if there is one, and what it lists and is no longer there: service and pass.
    pub baseline: Option<(&'a Path, Vec<(&'a str, &'a str)>)>,
}

impl Facts<'_> {
    /// The project as reports hold it.
    #[must_use]
    pub fn project(self, root: &Root) -> Project {
        let files = Files::new(self.subject.sources, root);
        let path = root.path(self.subject.name);
        let made = fixes(&self);
        let carriers = carriers(&made);
        let (plan, check) = (self.subject.plan, self.check.as_ref());
        let build = Builder { files: &files, plan, path: &path, fixes: made, carriers, check };
        let services: Vec<Service> = (0..self.subject.plan.services.len())
            .filter_map(|index| build.service(index, self.services.get(index).copied()))
            .collect();
        let unread: Vec<Unread> = self.subject.unread.iter().map(|file| build.unread(file)).collect();
        let status = match (self.verified.is_empty(), unread.is_empty()) {
            (false, _) => Status::Changes,
            (true, true) => Status::Clean,
            (true, false) => Status::Unsure,
        };
        let files = files.list(self.verified);
        let counts = Counts::of(&services);
        let (level, check) = (Some(plan.level.into()), check.map(|check| check.of(root)));
        let Self { diagnostics, written, .. } = self;
        Project {
            path,
            status,
            written,
            level,
            runs_as: None,
            check,
            counts,
            files,
            services,
            unread,
            diagnostics,
        }
    }
}

impl Checked<'_> {
    fn of(&self, root: &Root) -> Check {
        let named =
            |(service, pass): &(&str, &str)| DecisionRef { service: (*service).into(), pass: (*pass).into() };
        let baseline = self.baseline.as_ref().map(|(file, fixed)| Baseline {
            file: root.path(file),
            fixed: fixed.iter().map(named).collect(),
        });
        Check { passed: self.passed, baseline }
    }

    fn counted(&self, origin: Origin) -> Option<Counted> {
        match (self.fails.contains(&origin), self.known.contains(&origin)) {
            (true, _) => Some(Counted::Fails),
            (false, true) => Some(Counted::Known),
            (false, false) => None,
        }
    }
}

/// The files of a project and their names in the report.
struct Files<'a> {
    sources: &'a [Source],
    root: &'a Root,
}

impl<'a> Files<'a> {
    fn new(sources: &'a [Source], root: &'a Root) -> Self {
        Self { sources, root }
    }

    fn place(&self, place: source::Place) -> Option<Place> {
        Place::new(self.sources, place, self.root)
    }

    fn list(&self, verified: &[Verified]) -> Vec<File> {
        let file = |(index, source): (usize, &Source)| {
            let path = self.root.path(source.name());
            let new = verified.iter().find(|verified| usize::from(verified.file().0) == index);
            match new.map(|new| redact::unified(source, new)) {
                Some((diff, masked)) => File { path, diff: Some(diff), masked },
                None => File { path, diff: None, masked: false },
            }
        };
        self.sources.iter().enumerate().map(file).collect()
    }
}

/// The fixes of all files, sorted by the decision that they are shown with.
fn fixes(facts: &Facts<'_>) -> Vec<Fix> {
    let of_file = |verified: &Verified| {
        let source = facts.subject.sources.get(usize::from(verified.file().0));
        source.map(|source| fixes::of(source, verified)).unwrap_or_default()
    };
    let mut all: Vec<Fix> = facts.verified.iter().flat_map(of_file).collect();
    all.sort_by_key(|fix| fix.first);
    all
}

/// For decisions that share fixes with earlier ones: those that show them.
fn carriers(fixes: &[Fix]) -> BTreeMap<Origin, Vec<Origin>> {
    let mut carriers: BTreeMap<Origin, Vec<Origin>> = BTreeMap::new();
    for Fix { first, origins, .. } in fixes {
        for origin in origins.iter().filter(|origin| *origin != first) {
            let known = carriers.entry(*origin).or_default();
            if known.last() != Some(first) {
                known.push(*first);
            }
        }
    }
    carriers
}

struct Builder<'a> {
    files: &'a Files<'a>,
    plan: &'a Plan,
    path: &'a str,
    fixes: Vec<Fix>,
    carriers: BTreeMap<Origin, Vec<Origin>>,
    check: Option<&'a Checked<'a>>,
}

impl Builder<'_> {
    fn service(&self, index: usize, place: Option<source::Place>) -> Option<Service> {
        let planned = self.plan.services.get(index)?;
        let decision = |(at, (pass, decision)): (usize, &(PassId, plan::Decision))| {
            let outcome = self.outcome(decision)?;
            let origin = Origin { service: index, decision: at };
            Some(self.decision(origin, planned, pass, outcome, (shown_at(decision), place)))
        };
        let decisions = planned.decisions.iter().enumerate().filter_map(decision).collect();
        let place = place.and_then(|place| self.files.place(place));
        Some(Service { name: planned.service.clone(), place, level: planned.level.into(), decisions })
    }

    fn decision(
        &self,
        origin: Origin,
        planned: &ServicePlan,
        pass: PassId,
        outcome: Outcome,
        (at, service): (Option<source::Place>, Option<source::Place>),
    ) -> Decision {
        let own = self.own(origin);
        let elsewhere = own.iter().all(|fix| service.is_none_or(|place| place.file != fix.place.file));
        let place = own.first().filter(|_| elsewhere).map(|fix| fix.place).or(at);
        Decision {
            pass: pass.to_owned(),
            fingerprint: fingerprint::of(&[self.path, &planned.service, pass]),
            place: place.and_then(|place| self.files.place(place)),
            carried_by: if matches!(outcome, Outcome::Apply { .. }) {
                self.carried_by(origin)
            } else {
                Vec::new()
            },
            edits: own.iter().filter_map(|fix| self.edit(fix)).collect(),
            outcome,
            check: self.check.and_then(|check| check.counted(origin)),
            waiver: planned.decisions.get(origin.decision).and_then(|(_, decision)| self.waiver(decision)),
        }
    }

    fn edit(&self, fix: &Fix) -> Option<Edit> {
        Some(Edit { place: self.files.place(fix.place)?, text: fix.text.clone() })
    }

    /// The fixes that are shown with a decision.
    fn own(&self, origin: Origin) -> &[Fix] {
        let start = self.fixes.partition_point(|fix| fix.first < origin);
        let end = self.fixes.partition_point(|fix| fix.first <= origin);
        self.fixes.get(start..end).unwrap_or_default()
    }

    /// The decisions with which the other fixes of a decision are shown.
    fn carried_by(&self, origin: Origin) -> Vec<DecisionRef> {
        let carriers = self.carriers.get(&origin).map(Vec::as_slice).unwrap_or_default();
        carriers.iter().filter_map(|&origin| self.name(origin)).collect()
    }

    fn name(&self, origin: Origin) -> Option<DecisionRef> {
        let service = self.plan.services.get(origin.service)?;
        let (pass, _) = service.decisions.get(origin.decision)?;
        Some(DecisionRef { service: service.service.clone(), pass: (*pass).to_owned() })
    }

    fn outcome(&self, decision: &plan::Decision) -> Option<Outcome> {
        Some(match decision {
            plan::Decision::Apply(changes) => Outcome::Apply { changes: self.changes(changes) },
            plan::Decision::HeldBack(changes, hold) => Outcome::HeldBack {
                changes: self.changes(changes),
                reason: names::hold(hold).to_owned(),
                release: text(&hold.release()),
            },
            plan::Decision::Already(evidence) => Outcome::Already { evidence: self.evidence(evidence) },
            plan::Decision::Skip(plan::Skip::Waived(waived)) => self.outcome(&waived.decision)?,
            plan::Decision::Skip(skip) => {
                Outcome::Skip { reason: names::skip(skip).to_owned(), text: text(&words::skip(skip)?) }
            }
            plan::Decision::Advise(finding) => Outcome::Advise {
                severity: finding.severity.into(),
                message: text(&finding.message),
                help: text(&finding.help),
                fix: self.changes(&finding.fix),
                proposal: finding.proposal.as_ref().and_then(|it| redact::proposal(self.files.sources, it)),
            },
        })
    }

    fn changes(&self, changes: &[plan::Change]) -> Vec<Change> {
        changes.iter().map(|change| self.change(change)).collect()
    }

    fn change(&self, change: &plan::Change) -> Change {
        let (op, value, index) = match &change.op {
            plan::Op::Set(value) => (Op::Set, json(value), None),
            plan::Op::Append(items) => (Op::Append, items.iter().map(json).collect(), None),
            plan::Op::ReplaceItem { index, value } => (Op::ReplaceItem, json(value), Some(*index)),
            plan::Op::Text(edit) => (Op::Text, edit.words.as_ref().into(), None),
        };
        Change {
            path: change.path.iter().map(|&key| key.to_owned()).collect(),
            op,
            value,
            index,
            text: text(&words::change(change)),
            why: text(&change.why),
            confidence: match &change.confidence {
                plan::Confidence::Known(found) => Confidence::Known { evidence: self.evidence(found) },
                plan::Confidence::Likely(words) => Confidence::Likely { assumes: text(words) },
                plan::Confidence::Guess(words) => Confidence::Guess { assumes: text(words) },
            },
        }
    }

    fn evidence(&self, evidence: &plan::Evidence) -> Evidence {
        match evidence {
            plan::Evidence::AlwaysSafe(why) => Evidence::AlwaysSafe { why: text(why) },
            plan::Evidence::Catalogue { image, source } => {
                Evidence::Catalogue { image: text(image), source: text(source) }
            }
            plan::Evidence::File(place) => Evidence::File { place: self.files.place(*place) },
            plan::Evidence::Dockerfile { path, line } => {
                Evidence::Dockerfile { path: text(path), line: *line }
            }
            plan::Evidence::Proved { image, date } => {
                Evidence::Proved { image: text(image), date: text(date) }
            }
        }
    }

    /// A person's word on a decision.
    fn waiver(&self, decision: &plan::Decision) -> Option<Waiver> {
        let plan::Decision::Skip(plan::Skip::Waived(waived)) = decision else { return None };
        let until = waived.until.map(|day| day.to_string());
        Some(Waiver { reason: text(&waived.reason), until, place: self.files.place(waived.place) })
    }

    fn unread(&self, file: &crate::report::Unread<'_>) -> Unread {
        Unread {
            file: file.file.map(text),
            reason: file.reason.to_owned(),
            place: file.place.and_then(|place| self.files.place(place)),
            services: file.services.iter().map(|&service| service.to_owned()).collect(),
        }
    }
}

/// Where a finding is, or a pass is switched off; other decisions are shown at their service.
fn shown_at(decision: &plan::Decision) -> Option<source::Place> {
    match decision {
        plan::Decision::Advise(finding) => finding.place,
        plan::Decision::Skip(plan::Skip::Waived(waived)) => shown_at(&waived.decision),
        plan::Decision::Skip(plan::Skip::SwitchedOff(place)) => Some(*place),
        _ => None,
    }
}

pub(super) fn text(words: &str) -> String {
    redact::sentence(words).into_owned()
}

fn json(value: &plan::Value) -> serde_json::Value {
    match value {
        plan::Value::Bool(flag) => (*flag).into(),
        plan::Value::Number(number) => {
            serde_json::from_str(number).unwrap_or_else(|_| number.as_ref().into())
        }
        plan::Value::Str(text) => text.as_ref().into(),
        plan::Value::List(items) => items.iter().map(json).collect(),
        plan::Value::Override(value) => json(value),
        plan::Value::Map(entries) => {
            entries.iter().map(|(key, value)| (key.to_string(), json(value))).collect()
        }
    }
}
