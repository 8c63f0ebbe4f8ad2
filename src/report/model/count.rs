//! The sums: counted from the decisions, never kept apart from them.

use super::names::SWITCHED_OFF;
use super::{
    Advice, Counts, Level, Mode, Outcome, Project, Report, Service, Severity, Status, Summary, Tool, VERSION,
};

impl Report {
    /// A report of this program, sorted and summed up.
    #[must_use]
    pub fn new(level: Level, mode: Mode, mut projects: Vec<Project>) -> Self {
        projects.sort_by(|left, right| left.path.cmp(&right.path));
        let tool =
            Tool { name: env!("CARGO_PKG_NAME").to_owned(), version: env!("CARGO_PKG_VERSION").to_owned() };
        let summary = Summary::of(&projects);
        Self { version: VERSION, tool, level, mode, summary, projects }
    }
}

impl Summary {
    pub(super) fn of(projects: &[Project]) -> Self {
        let mut summary = Self { projects: projects.len(), ..Self::default() };
        for project in projects {
            *match project.status {
                Status::Clean => &mut summary.clean,
                Status::Changes => &mut summary.changes,
                Status::Unsure => &mut summary.unsure,
                Status::Failed => &mut summary.failed,
            } += 1;
            summary.counts.add(&project.counts);
        }
        summary
    }
}

impl Counts {
    pub(super) fn of(services: &[Service]) -> Self {
        let mut counts = Self { services: services.len(), ..Self::default() };
        for service in services {
            let before = counts.changes;
            for decision in &service.decisions {
                match &decision.outcome {
                    _ if decision.waiver.is_some() => counts.waived += 1,
                    Outcome::Apply { changes } => counts.changes += changes.len(),
                    Outcome::HeldBack { .. } => counts.held_back += 1,
                    Outcome::Differs { differences } => counts.changes += differences.len(),
                    Outcome::Already { .. } | Outcome::Same => counts.already += 1,
                    Outcome::Skip { reason, .. } if reason == SWITCHED_OFF => counts.switched_off += 1,
                    Outcome::Skip { .. } => counts.skipped += 1,
                    Outcome::Advise { severity, .. } => *counts.advice.of(*severity) += 1,
                }
            }
            counts.services_to_change += usize::from(counts.changes > before);
        }
        counts
    }

    fn add(&mut self, other: &Self) {
        self.services += other.services;
        self.services_to_change += other.services_to_change;
        self.changes += other.changes;
        self.held_back += other.held_back;
        self.already += other.already;
        self.skipped += other.skipped;
        self.waived += other.waived;
        self.switched_off += other.switched_off;
        self.advice.high += other.advice.high;
        self.advice.medium += other.advice.medium;
        self.advice.low += other.advice.low;
    }
}

impl Advice {
    fn of(&mut self, severity: Severity) -> &mut usize {
        match severity {
            Severity::High => &mut self.high,
            Severity::Medium => &mut self.medium,
            Severity::Low => &mut self.low,
        }
    }

    /// All of them.
    #[must_use]
    pub fn all(&self) -> usize {
        self.high + self.medium + self.low
    }
}
