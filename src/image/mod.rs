//! What is known of an image, with sources; and how a service made from it will be started.
//!
//! Facts only: nothing here looks at what a pass wants to write.

pub mod catalogue;
mod command;
mod dockerfile;
pub(crate) mod expand;
mod facts;
mod listing;
mod mounts;
mod own;
mod reference;
mod start;
mod tmpfs;

use std::collections::HashMap;
use std::sync::Arc;

use crate::compose::{Build, Project, Service};

use catalogue::Found;
pub(crate) use command::is_init;
pub use dockerfile::Built;
pub use facts::{Basis, Fact, Facts, Healthcheck, Init, Role, RootReads, Tmpfs, UserSpec};
pub use listing::{Listed, Shown};
use mounts::Volumes;
pub(crate) use mounts::may_hold_keys;
pub use own::{FACTS, OwnFacts, Refused, Said};
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
    /// What the facts assume: that a variable in `image:` keeps its default, that it names a version like those that are
    /// known, or that the image is the copy that its publisher says it is. Nothing is surer than likely then.
    pub assumed: Option<String>,
    /// Whether a service of the project builds this image, so that it is never pulled.
    pub built_here: bool,
    /// How it is built, when that is done here and the Dockerfile was read.
    pub built: Option<Built>,
}

/// What is known of the image of every service, in their order: linear in the size of the project.
#[must_use]
pub fn of_project(project: &Project) -> Vec<Image> {
    of_project_with(project, &|_, _| Said::default())
}

/// The same, where the user says more: of the service with this index, and of the image under this name.
#[must_use]
pub fn of_project_with<'a>(
    project: &Project,
    said: &dyn Fn(usize, Option<&Reference>) -> Said<'a>,
) -> Vec<Image> {
    let (volumes, builds) = (Volumes::of(project), builds(project));
    let image = |(index, service): (usize, &Service)| {
        let named = named(service);
        let said = said(index, named.as_ref());
        Image::with(service, named, &volumes, &builds, &said)
    };
    project.services.iter().enumerate().map(image).collect()
}

fn named(service: &Service) -> Option<Reference> {
    service.image.as_ref().and_then(|image| Reference::parse(&image.value))
}

/// What services build, by the name they give to the image.
type Builds<'a> = HashMap<&'a str, &'a Build>;

fn builds(project: &Project) -> Builds<'_> {
    project
        .services
        .iter()
        .filter_map(|service| Some((service.image.as_ref()?.value.as_str(), &service.build.as_ref()?.value)))
        .collect()
}

impl Image {
    /// What is known of the image of one service. Looks through the whole project: for all services, [`of_project`].
    #[must_use]
    pub fn of(service: &Service, project: &Project) -> Self {
        Self::with(service, named(service), &Volumes::of(project), &builds(project), &Said::default())
    }

    fn with(
        service: &Service,
        named: Option<Reference>,
        volumes: &Volumes<'_>,
        builds: &Builds<'_>,
        said: &Said<'_>,
    ) -> Self {
        let by_name = || builds.get(service.image.as_ref()?.value.as_str()).copied();
        let build = service.build.as_ref().map(|build| &build.value).or_else(by_name);
        // an image that is built here only gets its name from `image:`
        let written = service.image.as_ref().filter(|_| service.build.is_none());
        let reference = named.filter(|_| written.is_some());
        if let Some((facts, built)) = build.and_then(|build| dockerfile::read(build, service)) {
            return Self { reference, ..Self::built(service, volumes, said.added(facts), built, said) };
        }
        let found = reference.as_ref().filter(|_| !said.alone).and_then(catalogue::find);
        let assumed = found.as_ref().and_then(|found| assumed(reference.as_ref()?, found, &written?.value));
        let facts = said.added_to_known(found.map(|found| found.facts), reference.as_ref());
        let start = start::start(service, volumes, facts.as_deref(), None, said.user);
        Self { facts, start, reference, assumed, built_here: build.is_some(), built: None }
    }

    fn built(service: &Service, volumes: &Volumes<'_>, facts: Facts, built: Built, said: &Said<'_>) -> Self {
        let start = start::start(service, volumes, Some(&facts), Some(&built), said.user);
        let (facts, assumed) = (Some(Arc::new(facts)), built.assumed.clone());
        Self { facts, start, reference: None, assumed, built_here: true, built: Some(built) }
    }

    /// Whether the service runs the image's own program the way the image means it; what is known of a start, of
    /// capabilities and of written paths is about that program. For a user that its Dockerfile keeps within bounds,
    /// any program will do.
    #[must_use]
    pub fn runs_own_program(&self, service: &Service) -> bool {
        let bounded = self.built.as_ref().is_some_and(|built| built.bounded);
        bounded || self.facts.as_ref().is_some_and(|facts| command::runs_own_program(service, facts))
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

/// What has to be so for the facts to be about the image.
fn assumed(reference: &Reference, found: &Found, written: &str) -> Option<String> {
    let copy = found.copy_of.as_ref();
    let copy = copy.map(|original| {
        format!("that `{}` is a copy of `{original}`, as its publisher says", reference.name())
    });
    let variable = reference.from_variable.then(|| match reference.known_tag() {
        Some(_) => format!("the default of `{written}`"),
        // a variable without a default
        None => {
            format!("that what all versions of `{}` have in common holds for `{written}`", reference.name())
        }
    });
    let all: Vec<String> = variable.into_iter().chain(copy).collect();
    (!all.is_empty()).then(|| format!("assumes {}", all.join(" and ")))
}
