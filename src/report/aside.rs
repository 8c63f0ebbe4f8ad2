//! What people set aside: decisions that are waived and passes that a policy switches off, in words for every format, so
//! that none is dropped in silence.

use super::model::names::SWITCHED_OFF;
use super::model::{Decision, Outcome, Place, Project, Service};

/// A decision that a person set aside.
pub(super) struct Aside<'a> {
    /// The service.
    pub(super) service: &'a Service,
    /// The decision.
    pub(super) decision: &'a Decision,
    /// Who says so, and why: a waiver with its last day and reason, or a switch.
    pub(super) why: String,
    /// Where that is said.
    pub(super) place: Option<&'a Place>,
}

/// Decisions that are set aside by the same words.
pub(super) struct Group<'a> {
    /// The first of them.
    pub(super) first: Aside<'a>,
    /// What they are: pass and service.
    pub(super) about: Vec<(&'a str, &'a str)>,
}

/// Everything that is set aside in a project.
pub(super) fn of(project: &Project) -> impl Iterator<Item = Aside<'_>> {
    project.decisions().filter_map(|(service, decision)| {
        let (why, place) = match (&decision.waiver, &decision.outcome) {
            (Some(waiver), _) => {
                let until = waiver.until.as_ref().map(|day| format!(" until {day}")).unwrap_or_default();
                (format!("waived{until}: {}", waiver.reason), waiver.place.as_ref())
            }
            (None, Outcome::Skip { reason, text }) if reason == SWITCHED_OFF => {
                (text.clone(), decision.place.as_ref())
            }
            _ => return None,
        };
        Some(Aside { service, decision, why, place })
    })
}

/// The same, once for each place and reason.
pub(super) fn groups(project: &Project) -> Vec<Group<'_>> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    for aside in of(project) {
        let about = (aside.decision.pass.as_str(), aside.service.name.as_str());
        let same = |group: &&mut Group<'_>| {
            group.first.why == aside.why
                && group.first.place == aside.place
                && (aside.decision.waiver.is_some() || group.first.decision.pass == aside.decision.pass)
        };
        match groups.iter_mut().find(same) {
            Some(group) => group.about.push(about),
            None => groups.push(Group { first: aside, about: vec![about] }),
        }
    }
    groups
}

impl Aside<'_> {
    pub(super) fn is_waived(&self) -> bool {
        self.decision.waiver.is_some()
    }
}

impl Group<'_> {
    /// What is set aside: `init` of `web`, in one line.
    pub(super) fn names(&self) -> String {
        let names: Vec<String> =
            self.about.iter().map(|(pass, service)| format!("`{pass}` of `{service}`")).collect();
        names.join(", ")
    }
}
