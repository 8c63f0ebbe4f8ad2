//! What is known of an image, with sources; and how a service made from it will be started.
//!
//! Facts only: nothing here looks at what a pass wants to write.

pub mod catalogue;
mod command;
pub(crate) mod expand;
mod facts;
mod mounts;
mod reference;
mod start;
mod tmpfs;

use std::collections::HashSet;
use std::sync::Arc;

use crate::compose::{Project, Service};

pub use facts::{Basis, Fact, Facts, Healthcheck, Init, Role, RootReads, Tmpfs, UserSpec};
use mounts::Volumes;
pub use reference::{Reference, Tag};
pub use start::{RootReason, Start};

/// What is known of one service's image.
#[derive(Clone, Debug, Default)]
pub struct Image {
    /// The catalogue's facts, when the image is known. Services of one image share them.
    pub facts: Option<Arc<Facts>>,
    /// How the service will be started: decided once, read by `user`, `cap_drop` and `read_only`.
    pub start: Start,
    /// The image, when its name is written out or has a default.
    pub reference: Option<Reference>,
    /// What the facts assume: that a variable in `image:` keeps its default. Nothing is surer than likely then.
    pub assumed: Option<String>,
    /// Whether a service of the project builds this image, so that it is never pulled.
    pub built_here: bool,
}

/// What is known of the image of every service, in their order: linear in the size of the project.
#[must_use]
pub fn of_project(project: &Project) -> Vec<Image> {
    let (volumes, built) = (Volumes::of(project), built(project));
    project.services.iter().map(|service| Image::with(service, &volumes, &built)).collect()
}

/// The names that services give to the images they build.
fn built(project: &Project) -> HashSet<&str> {
    let built = project.services.iter().filter(|service| service.build.is_some());
    built.filter_map(|service| Some(service.image.as_ref()?.value.as_str())).collect()
}

impl Image {
    /// What is known of the image of one service. Looks through the whole project: for all services, [`of_project`].
    #[must_use]
    pub fn of(service: &Service, project: &Project) -> Self {
        Self::with(service, &Volumes::of(project), &built(project))
    }

    fn with(service: &Service, volumes: &Volumes<'_>, built: &HashSet<&str>) -> Self {
        // an image that is built here only gets its name from `image:`
        let written = service.image.as_ref().filter(|_| service.build.is_none());
        let reference = written.and_then(|image| Reference::parse(&image.value));
        let facts = reference.as_ref().and_then(catalogue::facts);
        let start = start::start(service, volumes, facts.as_deref());
        let assumed = reference.as_ref().filter(|reference| reference.from_variable && facts.is_some());
        let assumed = assumed.and(written).map(|image| format!("assumes the default of `{}`", image.value));
        let built_here = service.build.is_some()
            || service.image.as_ref().is_some_and(|image| built.contains(image.value.as_str()));
        Self { facts, start, reference, assumed, built_here }
    }

    /// Whether the service runs the image's own program the way the image means it; what is known of a start, of
    /// capabilities and of written paths is about that program.
    #[must_use]
    pub fn runs_own_program(&self, service: &Service) -> bool {
        self.facts.as_ref().is_some_and(|facts| command::runs_own_program(service, facts))
    }

    /// The start as the service stands now: a [`Start::User`] whose `user:` was not written is a root start.
    #[must_use]
    pub fn start_now(&self, service: &Service) -> Start {
        let is_written = service.user.as_ref().is_some_and(|user| !user.trim().is_empty());
        match &self.start {
            Start::User(_) if !is_written => Start::Root(RootReason::NotWritten),
            start => start.clone(),
        }
    }
}
