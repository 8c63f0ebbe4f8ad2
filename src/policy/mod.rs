//! What the people who own the files want: level, values, facts about their own images, waivers.
//!
//! A [`Policy`] is valid: `load` reads it and collects every fault before there is one. It comes in layers, and the
//! nearest wins, key by key: a service's own `x-harden`, the `x-harden` of the compose files, `.harden.yml`. Reads no file
//! and decides nothing about a service; the passes and the pipeline do.

mod baseline;
mod entry;
#[expect(clippy::indexing_slicing, reason = "keys of JSON objects that are made there")]
mod schema;
mod settings;
mod show;
mod starter;
pub mod vocabulary;
mod waiver;

pub use baseline::{BASELINE_VERSION, Baseline, Known};
pub use entry::{Entry, EntryKind};
pub use schema::{KnownPass, schema};
pub use settings::{Given, Probe, Scope, SettingKey, Settings, Value};
pub use show::show;
pub use starter::{Waiting, starter};
pub use waiver::{Standing, Waiver, today};

use std::collections::BTreeSet;

use jiff::civil::Date;

use crate::image::catalogue::fits;
use crate::image::{OwnFacts, Reference, Said};
use crate::plan::PassId;
use crate::source::{FileId, Place};

/// One place where a policy is written: a file, or an `x-harden`.
#[derive(Clone, Debug, Default)]
pub struct Layer {
    /// For every service.
    pub settings: Settings,
    /// For single services, in the order of the file.
    pub services: Vec<ServiceEntry>,
    /// Facts of images, in the order of the file.
    pub images: Vec<ImageEntry>,
    /// What is left as it is.
    pub waivers: Vec<Waiver>,
    /// The services that it is about: those of an included file; all when there is none.
    pub within: Option<BTreeSet<String>>,
}

/// What a layer says of single services.
#[derive(Clone, Debug)]
pub struct ServiceEntry {
    /// Their name, in which `*` stands for anything.
    pub pattern: String,
    /// Where that is written.
    pub place: Place,
    /// What is set for them.
    pub settings: Settings,
    /// What is known of their image.
    pub image: OwnFacts,
}

/// What a layer says of an image.
#[derive(Clone, Debug)]
pub struct ImageEntry {
    /// Its name; a last `*` stands for any rest.
    pub pattern: String,
    /// Where that is written.
    pub place: Place,
    /// The facts.
    pub facts: OwnFacts,
}

/// Everything that holds for one project.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    /// The file, if there is one.
    pub file: Option<FileId>,
    /// From near to far.
    pub layers: Vec<Layer>,
    /// What each service says itself, by index; empty when none does.
    pub own: Vec<Option<ServiceEntry>>,
    /// The day for which waivers are judged.
    pub today: Date,
}

impl Policy {
    /// Whether nothing is said at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.layers.is_empty() && self.own.is_empty()
    }

    /// What is set for every service.
    #[must_use]
    pub fn general(&self) -> Settings {
        let mut settings = Settings::default();
        self.layers
            .iter()
            .filter(|layer| layer.within.is_none())
            .for_each(|layer| settings.over(&layer.settings));
        settings
    }

    /// What is set for one service.
    #[must_use]
    pub fn of_service(&self, index: usize, name: &str) -> Settings {
        let mut settings = self.own_of(index).map(|own| own.settings.clone()).unwrap_or_default();
        for layer in self.about(name) {
            layer.of(name).for_each(|entry| settings.over(&entry.settings));
            settings.over(&layer.settings);
        }
        settings
    }

    /// What is known of the image of one service.
    #[must_use]
    pub fn of_image(&self, index: usize, service: &str, image: Option<&Reference>) -> Said<'_> {
        if self.is_empty() {
            return Said::default();
        }
        let name = image.map(Reference::name);
        let mut facts = Vec::new();
        for layer in self.about(service).rev() {
            let images = layer.images.iter().rev();
            let named = images.filter(|entry| name.as_ref().is_some_and(|name| fits(&entry.pattern, name)));
            facts.extend(named.map(|entry| &entry.facts));
        }
        for layer in self.about(service).rev() {
            let entries: Vec<&ServiceEntry> = layer.of(service).collect();
            facts.extend(entries.iter().rev().map(|entry| &entry.image));
        }
        facts.extend(self.own_of(index).map(|own| &own.image));
        facts.retain(|facts| !facts.is_empty());
        let user = self.of_service(index, service).user("user", "default");
        let user = user.filter(|user| user.scope == Scope::Service).map(|user| user.value);
        Said { facts, user, ..Said::default() }
    }

    /// The waiver of a pass for a service: one that holds before one that has run out, a near one before a far one.
    #[must_use]
    pub fn waiver(&self, service: &str, pass: PassId) -> Option<&Waiver> {
        let of_both = |waiver: &&Waiver| waiver.is_for(service, pass);
        let all = || self.about(service).flat_map(|layer| &layer.waivers).filter(of_both);
        all().find(|waiver| waiver.standing(self.today) != Standing::Expired).or_else(|| all().next())
    }

    /// The layers that may say something of a service.
    fn about(&self, service: &str) -> impl DoubleEndedIterator<Item = &Layer> {
        self.layers.iter().filter(move |layer| layer.is_about(service))
    }

    fn own_of(&self, index: usize) -> Option<&ServiceEntry> {
        self.own.get(index)?.as_ref()
    }
}

impl Layer {
    /// Whether it may say something of a service.
    #[must_use]
    pub fn is_about(&self, service: &str) -> bool {
        self.within.as_ref().is_none_or(|within| within.contains(service))
    }

    /// The entries for a service: the one with its very name first, then patterns in the order of the file.
    fn of(&self, service: &str) -> impl Iterator<Item = &ServiceEntry> {
        let exact = self.services.iter().filter(move |entry| entry.pattern == service);
        let patterns = self.services.iter().filter(move |entry| entry.pattern != service);
        exact.chain(patterns.filter(move |entry| fits(&entry.pattern, service)))
    }
}
