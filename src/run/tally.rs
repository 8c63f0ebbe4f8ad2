//! The last line of a run: what a person wants to know first, in five seconds.
//!
//! Counts what was decided and says it; decides nothing.

use super::Exit;
use super::baseline::Compared;
use super::prepare::Prepared;
use crate::edit::Origin;
use crate::plan::{Decision, Skip};
use crate::report::Outcome;

/// What was found, in numbers.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    /// All projects.
    pub(super) projects: usize,
    /// Those of them that are Dockerfiles.
    pub(super) dockerfiles: usize,
    /// Services of those that could be hardened; a Dockerfile has none.
    pub(super) services: usize,
    /// Their changes, without those that the baseline knows.
    pub(super) changes: usize,
    /// Services that change.
    pub(super) services_changed: usize,
    /// Files that change.
    pub(super) files: usize,
    /// Projects with changes.
    pub(super) changed: usize,
    /// What could not be done.
    pub(super) failed: usize,
    /// Projects that were seen only in part.
    pub(super) unsure: usize,
    /// Files that look like a project and are none.
    pub(super) skipped: usize,
    /// Decisions that are held back.
    pub(super) held: usize,
    /// Findings that a person must decide.
    pub(super) advice: usize,
    /// Those that `--check` fails for.
    pub(super) failing: usize,
    /// Waivers that have run out.
    pub(super) expired: usize,
    /// Decisions that are waived.
    pub(super) waived: usize,
    /// Decisions that are wrong and that the baseline knows.
    pub(super) known: usize,
    /// What the baseline lists and is no longer there.
    pub(super) fixed: usize,
}

/// What the line is about.
#[derive(Clone, Copy, Debug)]
pub(super) struct Told {
    /// What became of the projects.
    pub(super) outcome: Outcome,
    /// How it ended.
    pub(super) exit: Exit,
    /// Whether there is more than one.
    pub(super) several: bool,
    /// Whether `--write` would write what is shown.
    pub(super) writable: bool,
}

impl Tally {
    /// Counts a project that could be hardened.
    pub(super) fn add(&mut self, project: &Prepared) {
        let services = project.plan.services.iter();
        for service in services {
            let applied = service.decisions.iter().map(|(_, decision)| decision.applied().len());
            let changes: usize = applied.sum();
            self.changes += changes;
            self.services_changed += usize::from(changes > 0);
            for (_, decision) in &service.decisions {
                self.held += usize::from(matches!(decision, Decision::HeldBack(..)));
                self.advice += usize::from(matches!(decision, Decision::Advise(_)));
                self.waived += usize::from(matches!(decision, Decision::Skip(Skip::Waived(_))));
            }
        }
        self.dockerfiles += usize::from(project.alone);
        self.services += if project.alone { 0 } else { project.plan.services.len() };
        self.files += project.verified.len();
        self.changed += usize::from(!project.verified.is_empty());
        self.unsure += usize::from(!project.unread().is_empty());
    }

    /// Counts what `--check` makes of a project that was added before: what the baseline knows is not missing.
    pub(super) fn check(&mut self, project: &Prepared, compared: &Compared) {
        self.failing += compared.advice.len();
        self.known += compared.known.len();
        self.fixed += compared.fixed.len();
        for (service, plan) in project.plan.services.iter().enumerate() {
            let decisions = plan.decisions.iter().enumerate();
            let changes = decisions
                .map(|(at, (_, decision))| (Origin { service, decision: at }, decision.applied().len()));
            let (known, new): (Vec<_>, Vec<_>) =
                changes.partition(|(origin, _)| compared.known.contains(origin));
            let [known, new] = [known, new].map(|all| all.iter().map(|(_, count)| count).sum::<usize>());
            self.changes -= known;
            self.services_changed -= usize::from(known > 0 && new == 0);
        }
        let is_changed = !project.verified.is_empty();
        self.changed -= usize::from(is_changed && compared.drift.is_empty());
    }

    /// The line, without its end; empty where an error has said all there is to say.
    pub(super) fn line(&self, told: Told) -> String {
        if self.projects == 0 && self.skipped == 0 || self.failed > 0 && !told.several && self.skipped == 0 {
            return String::new();
        }
        let checked = match (told.outcome, told.exit) {
            (Outcome::Checked, Exit::Done) => "check passed: ",
            (Outcome::Checked, Exit::Drift) => "check failed: ",
            (Outcome::Checked, Exit::Failed) => "check undecided: ",
            _ => "",
        };
        let whose =
            if told.several || self.skipped > 0 { format!("{}: ", self.looked_at()) } else { String::new() };
        let rest = self.rest();
        let rest = if rest.is_empty() { rest } else { format!("; {rest}") };
        format!("{checked}{whose}{}{rest}", self.found(told))
    }

    /// How much was looked at, each kind in its words.
    fn looked_at(&self) -> String {
        let compose = self.projects - self.dockerfiles;
        let mut kinds = Vec::new();
        if compose > 0 || self.dockerfiles == 0 {
            kinds.extend([count(compose, "project"), count(self.services, "service")]);
        }
        kinds.extend((self.dockerfiles > 0).then(|| count(self.dockerfiles, "Dockerfile")));
        kinds.join(", ")
    }

    /// What is to be done, the worst last.
    fn found(&self, told: Told) -> String {
        let worse = [
            (self.failing, "finding fails", "findings fail"),
            (self.expired, "waiver ran out", "waivers ran out"),
            (self.failed, "failed", "failed"),
            (self.unsure, "only partly seen", "only partly seen"),
        ];
        let worse = worse.into_iter().filter(|(number, ..)| *number > 0);
        let worse =
            worse.map(|(number, one, many)| format!("{number} {}", if number == 1 { one } else { many }));
        let changes = Some(self.to_change(told)).filter(|_| self.projects > self.failed || self.failed == 0);
        changes.into_iter().chain(worse).collect::<Vec<_>>().join(", ")
    }

    fn to_change(&self, told: Told) -> String {
        let changes = count(self.changes, "change");
        let place = if told.several {
            let what = if self.dockerfiles == self.projects { "Dockerfile" } else { "project" };
            format!("{} of {}", count(self.files, "file"), count(self.changed, what))
        } else if self.dockerfiles > 0 {
            count(self.files, "file")
        } else {
            count(self.services_changed, "service")
        };
        match told.outcome {
            _ if self.changes == 0 && self.known > 0 => "nothing new".to_owned(),
            _ if self.changes == 0 => "nothing to change".to_owned(),
            Outcome::Checked if self.known > 0 => count(self.changes, "new change") + " missing",
            Outcome::Checked => format!("{changes} missing in {place}"),
            Outcome::Written => format!("{changes} written to {place}"),
            Outcome::Shown if told.writable => format!("{changes} to make in {place} (`--write` makes them)"),
            Outcome::Shown => format!("{changes} in {place}"),
        }
    }

    /// What does not fail, but is not to be forgotten.
    fn rest(&self) -> String {
        let advice = self.advice.saturating_sub(self.failing);
        let needs = if advice == 1 { "needs a person" } else { "need a person" };
        let rest = [
            (self.held, "held back"),
            (advice, needs),
            (self.waived, "waived"),
            (self.known, "known to the baseline"),
            (self.fixed, "fixed"),
        ];
        let rest = rest.iter().filter(|(number, _)| *number > 0);
        let mut rest: Vec<String> = rest.map(|(number, what)| format!("{number} {what}")).collect();
        rest.extend((self.skipped > 0).then(|| format!("{} skipped", count(self.skipped, "file"))));
        rest.join(", ")
    }
}

/// `1 file`, `2 files`
fn count(number: usize, one: &str) -> String {
    format!("{number} {one}{}", if number == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::{Exit, Outcome, Tally, Told};

    fn told(outcome: Outcome, exit: Exit, several: bool) -> Told {
        Told { outcome, exit, several, writable: true }
    }

    #[test]
    fn the_line_says_what_matters() {
        let all = Tally {
            projects: 10,
            services: 30,
            changes: 80,
            files: 8,
            changed: 7,
            failed: 1,
            unsure: 1,
            skipped: 1,
            ..Tally::default()
        };
        assert_eq!(
            all.line(told(Outcome::Checked, Exit::Failed, true)),
            "check undecided: 10 projects, 30 services: 80 changes missing in 8 files of 7 projects, 1 failed, \
             1 only partly seen; 1 file skipped"
        );
        let clean = Tally { projects: 2, services: 1, ..Tally::default() };
        assert_eq!(
            clean.line(told(Outcome::Written, Exit::Done, true)),
            "2 projects, 1 service: nothing to change"
        );
        let none = Tally { projects: 2, failed: 2, ..Tally::default() };
        assert_eq!(
            none.line(told(Outcome::Checked, Exit::Failed, true)),
            "check undecided: 2 projects, 0 services: 2 failed"
        );
        let one = Tally { projects: 2, services: 2, changes: 1, files: 1, changed: 1, ..Tally::default() };
        assert_eq!(
            one.line(told(Outcome::Written, Exit::Done, true)),
            "2 projects, 2 services: 1 change written to 1 file of 1 project"
        );
    }

    #[test]
    fn a_check_says_how_it_ended_and_what_was_let_pass() {
        let one = |tally: Tally, exit| tally.line(told(Outcome::Checked, exit, false));
        let clean = Tally { projects: 1, services: 2, ..Tally::default() };
        assert_eq!(one(clean, Exit::Done), "check passed: nothing to change");
        let known =
            Tally { projects: 1, known: 9, fixed: 1, waived: 2, advice: 3, held: 6, ..Tally::default() };
        assert_eq!(
            one(known, Exit::Done),
            "check passed: nothing new; 6 held back, 3 need a person, 2 waived, 9 known to the baseline, 1 fixed"
        );
        let wrong = Tally {
            projects: 1,
            changes: 4,
            services_changed: 2,
            advice: 3,
            failing: 1,
            expired: 2,
            ..Tally::default()
        };
        assert_eq!(
            one(wrong, Exit::Drift),
            "check failed: 4 changes missing in 2 services, 1 finding fails, 2 waivers ran out; \
             2 need a person"
        );
    }

    #[test]
    fn a_dockerfile_has_no_services() {
        let one = Tally { projects: 1, dockerfiles: 1, changes: 2, files: 2, changed: 1, ..Tally::default() };
        let line = one.line(told(Outcome::Shown, Exit::Done, false));
        assert_eq!(line, "2 changes to make in 2 files (`--write` makes them)");
        let mixed = Tally { projects: 3, services: 4, ..one };
        let line = mixed.line(told(Outcome::Written, Exit::Done, true));
        assert_eq!(line, "2 projects, 4 services, 1 Dockerfile: 2 changes written to 2 files of 1 project");
    }

    #[test]
    fn nothing_is_added_to_an_error() {
        let failed = Tally { projects: 1, failed: 1, ..Tally::default() };
        assert_eq!(failed.line(told(Outcome::Checked, Exit::Failed, false)), "");
    }
}
