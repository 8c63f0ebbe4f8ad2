//! A project: its services, its volumes, and what was not seen of it.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::stack::Rule;
use super::{Flag, Service, Setting, Spanned};
use crate::source::Place;

/// What Compose would run, as far as it was read.
#[derive(Debug, Default)]
pub struct Project {
    /// In the order of the file.
    pub services: Vec<Service>,
    /// Top-level `volumes`, in the order of the file.
    pub volumes: Vec<TopVolume>,
    /// `version`, which only `docker stack deploy` looks at.
    pub version: Option<Spanned<String>>,
    /// Keys of the whole file that `docker stack deploy` refuses.
    pub not_for_stacks: Vec<Spanned<&'static Rule>>,
    /// Files this project depends on that were not read.
    pub partial: Vec<Partial>,
    /// Which service's own lines also make another service.
    pub inheritance: Vec<Inheritance>,
    /// Keys that do not come from one service (the first index) to another that merges it (the second): a block of no
    /// service, which is merged before it, has them.
    pub hidden: BTreeMap<(usize, usize), Vec<&'static str>>,
    /// Keys of which it depends on the change whether it comes from one service (the first index) to another (the second):
    /// the first is also written in a later place, where changes go. With each, whether the place that the other takes over
    /// has it, too: then what is added to a list is added there.
    pub unsure: BTreeMap<(usize, usize), BTreeMap<&'static str, bool>>,
    /// Blocks below a service that several places use through an anchor.
    pub shared: Vec<Shared>,
    /// Services that are written in files outside the project's directory, where those would have to be changed.
    pub foreign: Vec<Foreign>,
    /// Services that another project takes over and needs otherwise than this one.
    pub heirs: Vec<Heir>,
    /// Whether changes go into a file that lies over all others, which keep what they say.
    pub overlay: bool,
    /// Whether it is a Dockerfile by itself: nothing is known of how its image is run.
    pub alone: bool,
}

impl Project {
    /// The index of a service.
    #[must_use]
    pub fn index(&self, name: &str) -> Option<usize> {
        self.services.iter().position(|service| service.name == name)
    }

    /// A top-level volume.
    #[must_use]
    pub fn volume(&self, name: &str) -> Option<&TopVolume> {
        self.volumes.iter().find(|volume| volume.name == name)
    }

    /// Why a service is only partly seen, if it is.
    #[must_use]
    pub fn partly_seen(&self, service: usize) -> Option<&Partial> {
        self.partial.iter().find(|partial| partial.services.contains(&service))
    }
}

/// A top-level volume.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct TopVolume {
    /// Its key under `volumes`.
    #[serde(skip)]
    pub name: String,
    /// `driver`.
    pub driver: Option<String>,
    /// `driver_opts`: a `device` makes it a bind mount or a network share.
    pub driver_opts: std::collections::BTreeMap<String, Option<String>>,
    /// Whether something else made it: `true` or the old mapping form.
    pub external: External,
}

/// `external`: a flag, or the old mapping form, which means yes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct External(pub bool);

impl<'de> Deserialize<'de> for External {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ExternalVisitor)
    }
}

struct ExternalVisitor;

impl<'de> serde::de::Visitor<'de> for ExternalVisitor {
    type Value = External;

    fn expecting(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        f.write_str("true, false or a mapping")
    }

    fn visit_unit<E>(self) -> Result<External, E> {
        Ok(External(false))
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<External, E> {
        let setting = Setting::<Flag>::deserialize(serde::de::value::StrDeserializer::new(text))?;
        Ok(External(setting != Setting::Literal(Flag(false))))
    }

    fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<External, A::Error> {
        while map.next_entry::<serde::de::IgnoredAny, serde::de::IgnoredAny>()?.is_some() {}
        Ok(External(true))
    }
}

impl TopVolume {
    /// Whether its data lie where a driver option says, so that their owner is not Docker's doing.
    #[must_use]
    pub fn is_elsewhere(&self) -> bool {
        self.driver_opts.contains_key("device")
            || self.driver.as_deref().is_some_and(|driver| driver != "local")
    }
}

/// A service whose file is not the project's to change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Foreign {
    /// Index of the service.
    pub service: usize,
    /// The file, as seen from where harden runs.
    pub file: String,
}

/// A service of another project that takes over one of this.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heir {
    /// Index of the service that is taken over.
    pub service: usize,
    /// The other one, as a message names it between backticks.
    pub name: String,
}

/// A file the project depends on that was not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Partial {
    /// Why it belongs to the project.
    pub reason: PartialReason,
    /// The file as written; `None` for one that nothing names.
    pub file: Option<String>,
    /// Where it is named.
    pub place: Option<Place>,
    /// Indices of the services it may change.
    pub services: Vec<usize>,
}

/// Why another file belongs to the project.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PartialReason {
    /// `extends` with a `file`.
    Extends,
    /// `include`.
    Include,
    /// The service has neither an image nor a build here: the rest of it stands in a file that is not named.
    Fragment,
}

/// `heir` takes over the own keys of `source`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Inheritance {
    /// Index of the service whose own lines are taken over.
    pub source: usize,
    /// Index of the service that takes them over.
    pub heir: usize,
    /// How: lists that come through `extends` are appended to, through `<<` they are replaced.
    pub via: Heritage,
}

/// A block or list below a service, such as its `logging`, that is written once and used in several places.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shared {
    /// The keys from the service to it.
    pub path: Vec<String>,
    /// Indices of the services that have it at this path.
    pub services: Vec<usize>,
    /// Indices of the services that get it at this path through `<<`.
    pub merged: Vec<usize>,
    /// Whether it is also used where no service has it at this path.
    pub elsewhere: bool,
}

/// How a service takes over another's lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heritage {
    /// `<<: *source`
    Merge,
    /// `extends: source`
    Extends,
    /// `heir: *source`: the heir has no lines of its own.
    Alias,
}
