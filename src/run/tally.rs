//! The last line of a run over several projects: what a person wants to know first.

use super::prepare::Prepared;
use crate::report::Outcome;

/// What was found, in numbers.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    /// Projects that could be hardened.
    pub(super) projects: usize,
    /// Their services.
    pub(super) services: usize,
    /// Changes of all of them.
    pub(super) changes: usize,
    /// Files that change.
    pub(super) files: usize,
    /// Projects with changes.
    pub(super) changed: usize,
    /// What could not be done.
    pub(super) failed: usize,
    /// Projects without changes that were seen only in part.
    pub(super) unsure: usize,
    /// Files that look like a project and are none.
    pub(super) skipped: usize,
}

impl Tally {
    /// Counts a project.
    pub(super) fn add(&mut self, project: &Prepared) {
        self.projects += 1;
        self.services += project.plan.services.len();
        self.changes += project.plan.changes().count();
        self.files += project.verified.len();
        self.changed += usize::from(!project.verified.is_empty());
        self.unsure += usize::from(project.verified.is_empty() && !project.unread().is_empty());
    }

    /// The line, without its end.
    pub(super) fn line(&self, outcome: Outcome) -> String {
        let all = self.projects + self.failed;
        let change = count(self.changes, "change");
        let place = format!("{} of {}", count(self.files, "file"), count(self.changed, "project"));
        let done = match outcome {
            _ if self.changes == 0 => "nothing to change".to_owned(),
            Outcome::Checked => format!("{change} missing in {place}"),
            Outcome::Written => format!("{change} written to {place}"),
            Outcome::Shown => format!("{change} in {place}"),
        };
        let worse = [(self.failed, "failed"), (self.unsure, "only partly seen")];
        let worse = worse.into_iter().filter(|(number, _)| *number > 0);
        let done = Some(done).filter(|_| self.projects > 0);
        let parts: Vec<String> =
            done.into_iter().chain(worse.map(|(number, what)| format!("{number} {what}"))).collect();
        let skipped = if self.skipped > 0 {
            format!("; {} skipped", count(self.skipped, "file"))
        } else {
            String::new()
        };
        let services = count(self.services, "service");
        format!("{}, {services}: {}{skipped}", count(all, "project"), parts.join(", "))
    }
}

/// `1 file`, `2 files`
fn count(number: usize, one: &str) -> String {
    format!("{number} {one}{}", if number == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::{Outcome, Tally};

    #[test]
    fn the_line_says_what_matters() {
        let all = Tally {
            projects: 9,
            services: 30,
            changes: 80,
            files: 8,
            changed: 7,
            failed: 1,
            unsure: 1,
            skipped: 1,
        };
        assert_eq!(
            all.line(Outcome::Checked),
            "10 projects, 30 services: 80 changes missing in 8 files of 7 projects, 1 failed, 1 only partly seen; \
             1 file skipped"
        );
        let clean = Tally { projects: 2, services: 1, ..Tally::default() };
        assert_eq!(clean.line(Outcome::Written), "2 projects, 1 service: nothing to change");
        let none = Tally { failed: 2, ..Tally::default() };
        assert_eq!(none.line(Outcome::Checked), "2 projects, 0 services: 2 failed");
        let one = Tally { projects: 2, services: 2, changes: 1, files: 1, changed: 1, ..Tally::default() };
        assert_eq!(
            one.line(Outcome::Written),
            "2 projects, 2 services: 1 change written to 1 file of 1 project"
        );
    }
}
