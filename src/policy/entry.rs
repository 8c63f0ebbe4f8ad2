//! The entries of a policy that must be about something: a name of a service, of an image, a waiver.
//!
//! Tells which of them a project has a use for; that nobody has one is only known at the end of a run.

use super::Policy;
use crate::compose::{Project, Service};
use crate::image::Reference;
use crate::image::catalogue::fits;
use crate::plan::{Decision, Plan, Skip};
use crate::source::Place;

/// An entry of a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// What it is.
    pub kind: EntryKind,
    /// Where it is written.
    pub place: Place,
    /// Whether the project has a use for it.
    pub used: bool,
}

/// What an entry is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EntryKind {
    /// A name below `services`.
    Service(String),
    /// A name below `images`.
    Image(String),
    /// A waiver of a pass.
    Waiver(String),
}

impl EntryKind {
    /// What to say when nobody has a use for it.
    #[must_use]
    pub fn unused(&self) -> (String, &'static str) {
        match self {
            Self::Service(name) => {
                (format!("there is no service `{name}`"), "remove it, or name one that is there")
            }
            Self::Image(name) => {
                (format!("no service uses the image `{name}`"), "remove it, or name one without its tag")
            }
            Self::Waiver(what) => (
                format!("nothing needs the waiver of {what}"),
                "remove it: no such change or finding is left",
            ),
        }
    }
}

impl Policy {
    /// Every entry that must be about something, with whether this project has a use for it.
    #[must_use]
    pub fn entries(&self, project: &Project, plan: &Plan) -> Vec<Entry> {
        let mut entries = Vec::new();
        for layer in &self.layers {
            let services = || project.services.iter().filter(|service| layer.is_about(&service.name));
            let image = |service: &Service| Some(Reference::parse(&service.image.as_ref()?.value)?.name());
            let images: Vec<String> = services().filter_map(image).collect();
            entries.extend(layer.services.iter().map(|entry| Entry {
                kind: EntryKind::Service(entry.pattern.clone()),
                place: entry.place,
                used: services().any(|service| fits(&entry.pattern, &service.name)),
            }));
            entries.extend(layer.images.iter().map(|entry| Entry {
                kind: EntryKind::Image(entry.pattern.clone()),
                place: entry.place,
                used: images.iter().any(|name| fits(&entry.pattern, name)),
            }));
            entries.extend(layer.waivers.iter().map(|waiver| Entry {
                kind: EntryKind::Waiver(format!("`{}` for `{}`", waiver.pass, waiver.service)),
                place: waiver.place,
                used: is_needed(plan, |service, pass| {
                    layer.is_about(service) && waiver.is_for(service, pass)
                }),
            }));
        }
        entries
    }
}

/// Whether something is left to waive. What was not asked for this time may need it another time.
fn is_needed(plan: &Plan, concerns: impl Fn(&str, &'static str) -> bool) -> bool {
    plan.services.iter().any(|service| {
        service.decisions.iter().any(|(pass, decision)| {
            concerns(&service.service, pass)
                && match decision {
                    Decision::Skip(skip) => matches!(skip, Skip::Waived(_) | Skip::NotSelected),
                    Decision::Already(_) => false,
                    Decision::Apply(_) | Decision::HeldBack(..) | Decision::Advise(_) => true,
                }
        })
    })
}
