//! A catalogue file as it is written, and how it becomes [`Facts`] for one tag.
//!
//! Facts stand below the word that says how they were come by: `measured`, `stated`, `inferred`, `from_memory`. Nothing
//! unknown is accepted, so a misspelt fact is an error and not a silent gap.

use std::borrow::Cow;

use serde::Deserialize;
use serde::de::Deserializer;

use super::family::Holds;
use super::forms::{Version, fits};
use super::section::{FactName, Section};
use crate::image::{Basis, Facts, Reference, Role};

/// The source of a fact from memory that names none.
const FROM_MEMORY: Kept = Cow::Borrowed("from memory");

/// A text that stays for the life of the program, as the catalogue itself does: every change that rests on a fact
/// cites its source, and none needs a copy.
pub(super) type Kept = Cow<'static, str>;

/// One catalogue file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// The repository as Docker Hub spells it; a trailing `*` stands for any rest.
    #[serde(deserialize_with = "kept")]
    pub name: Cow<'static, str>,
    /// Other names of the same image.
    #[serde(default)]
    pub also: Vec<String>,
    /// Copies of it that others published under names of their own.
    #[serde(default)]
    pub mirrors: Vec<Mirror>,
    role: Role,
    #[serde(deserialize_with = "kept")]
    source: Kept,
    #[serde(default)]
    ports: Vec<u16>,
    #[serde(default)]
    notes: Option<String>,
    #[serde(default)]
    measured: Section,
    #[serde(default)]
    stated: Section,
    #[serde(default)]
    inferred: Section,
    #[serde(default)]
    from_memory: Section,
    #[serde(default)]
    pub(super) variants: Vec<Variant>,
}

/// A copy of an image that somebody published under another name. What is known of the image holds for it only if its
/// publisher is right.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mirror {
    /// The name of the copy.
    pub name: String,
    /// The name it copies; the entry's first when left out.
    #[serde(default, deserialize_with = "kept_if_any")]
    pub of: Option<Cow<'static, str>>,
    /// Patterns of the tags that are copies, any of which must fit; every tag is when left out.
    #[serde(default)]
    pub tags: Vec<String>,
    /// Where the publisher says so.
    pub source: String,
}

/// What differs for some tags.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Variant {
    /// Patterns of tags, any of which must fit.
    pub(super) tags: Vec<String>,
    /// The first version it holds for. A tag without a version is the newest.
    pub(super) from: Option<Version>,
    /// The first version it no longer holds for.
    pub(super) below: Option<Version>,
    /// Another source than the file's.
    #[serde(deserialize_with = "kept_if_any")]
    source: Option<Kept>,
    /// Facts that do not hold, and what holds instead is not known.
    pub(super) unknown: Vec<FactName>,
    measured: Section,
    stated: Section,
    inferred: Section,
    from_memory: Section,
}

/// Why a catalogue file is refused.
#[derive(Debug, thiserror::Error)]
pub enum EntryError {
    /// Not the shape of an entry.
    #[error("{0}")]
    Shape(#[from] serde_yaml::Error),
    /// Names a fact below two words at once.
    #[error("`{entry}` says `{fact}` twice")]
    Twice {
        /// The entry.
        entry: String,
        /// The fact.
        fact: String,
    },
    /// A source is empty.
    #[error("`{0}` has a fact without a source")]
    NoSource(String),
    /// A variant that does not say which tags it is for.
    #[error("`{0}` has a variant without `tags`, `from` or `below`")]
    NoTags(String),
    /// A mirror of an entry that is a pattern does not say of which image it is a copy.
    #[error("`{0}` stands for many images and has a mirror without `of`")]
    NoOriginal(String),
}

/// The sections of an entry or a variant; later ones are less sure.
type Sections<'a> = [(Basis, &'a Section); 4];

impl Entry {
    /// Reads a catalogue file.
    ///
    /// # Errors
    ///
    /// When it is not an entry, says a fact twice, or leaves a source empty.
    pub fn read(text: &str) -> Result<Self, EntryError> {
        let entry: Self = serde_yaml::from_str(text)?;
        entry.check_sources()?;
        entry.check_sections(entry.sections())?;
        if entry.name.ends_with('*') && entry.mirrors.iter().any(|mirror| mirror.of.is_none()) {
            return Err(EntryError::NoOriginal(entry.name.into_owned()));
        }
        for variant in &entry.variants {
            if variant.tags.is_empty() && variant.from.is_none() && variant.below.is_none() {
                return Err(EntryError::NoTags(entry.name.into_owned()));
            }
            entry.check_sections(variant.sections())?;
        }
        Ok(entry)
    }

    /// The facts for a reference to this image.
    #[must_use]
    pub fn facts(&self, reference: &Reference) -> Facts {
        self.facts_of(self.choice(reference))
    }

    /// The name of the image that a mirror has under a tag.
    pub(super) fn copied(&self, mirror: &str, tag: Option<&str>) -> Option<Cow<'static, str>> {
        let named = self.mirrors.iter().filter(|known| known.name == mirror);
        let mirror = named.into_iter().find(|known| known.has(tag))?;
        Some(mirror.of.clone().unwrap_or_else(|| self.name.clone()))
    }

    /// Which variants a reference chooses: one bit each, and whether its tag is known at all.
    pub(super) fn choice(&self, reference: &Reference) -> Choice {
        let Some(tag) = reference.known_tag() else { return Choice { variants: 0, known: false } };
        let version = reference.version().map_or(Version::NEWEST, Version::from);
        let bits = self.variants.iter().enumerate();
        let variants =
            bits.fold(0, |set, (at, variant)| set | (u64::from(variant.holds_for(tag, version)) << at));
        Choice { variants, known: true }
    }

    /// The facts of a choice. When the tag is not known, what the variants do not agree on is not known either.
    pub(super) fn facts_of(&self, choice: Choice) -> Facts {
        let mut facts = self.base();
        for (at, variant) in self.variants.iter().enumerate() {
            if !choice.known {
                variant.forget(&mut facts);
            } else if choice.holds(at) == Holds::Yes {
                variant.apply(&mut facts, &self.source);
            }
        }
        facts
    }

    fn base(&self) -> Facts {
        let mut facts = Facts {
            name: self.name.clone(),
            role: self.role,
            ports: self.ports.clone(),
            notes: self.notes.clone().map(Cow::Owned),
            ..Facts::default()
        };
        apply(self.sections(), &mut facts, &self.source);
        facts
    }

    fn sections(&self) -> Sections<'_> {
        sections(&self.measured, &self.stated, &self.inferred, &self.from_memory)
    }

    fn check_sources(&self) -> Result<(), EntryError> {
        let variants = self.variants.iter().filter_map(|variant| variant.source.as_deref());
        let mirrors = self.mirrors.iter().map(|mirror| mirror.source.as_str());
        let of_sections = |sections: Sections<'_>| {
            sections.iter().any(|(_, section)| section.sources().iter().any(|source| is_blank(source)))
        };
        let blank = std::iter::once(&*self.source).chain(variants).chain(mirrors).any(is_blank)
            || of_sections(self.sections())
            || self.variants.iter().any(|variant| of_sections(variant.sections()));
        if blank { Err(EntryError::NoSource(self.name.to_string())) } else { Ok(()) }
    }

    fn check_sections(&self, sections: Sections<'_>) -> Result<(), EntryError> {
        let mut seen = Vec::new();
        for name in sections.iter().flat_map(|(_, section)| section.names()) {
            if seen.contains(&name) {
                return Err(EntryError::Twice { entry: self.name.to_string(), fact: format!("{name:?}") });
            }
            seen.push(name);
        }
        Ok(())
    }
}

impl Mirror {
    fn has(&self, tag: Option<&str>) -> bool {
        self.tags.is_empty() || tag.is_some_and(|tag| self.tags.iter().any(|pattern| fits(pattern, tag)))
    }
}

/// Which variants of an entry hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Choice {
    variants: u64,
    known: bool,
}

impl Choice {
    /// Whether the variant at this place holds.
    pub(super) fn holds(self, at: usize) -> Holds {
        match (self.known, self.variants >> at & 1) {
            (false, _) => Holds::Open,
            (true, 1) => Holds::Yes,
            (true, _) => Holds::No,
        }
    }
}

impl Variant {
    /// The facts that it gives.
    pub(super) fn gives(&self) -> Vec<FactName> {
        self.sections().into_iter().flat_map(|(_, section)| section.names()).collect()
    }

    fn holds_for(&self, tag: &str, version: Version) -> bool {
        let by_tag = self.tags.is_empty() || self.tags.iter().any(|pattern| fits(pattern, tag));
        by_tag
            && self.from.is_none_or(|from| from <= version)
            && self.below.is_none_or(|below| version < below)
    }

    fn sections(&self) -> Sections<'_> {
        sections(&self.measured, &self.stated, &self.inferred, &self.from_memory)
    }

    fn apply(&self, facts: &mut Facts, source: &Kept) {
        for name in &self.unknown {
            name.forget(facts);
        }
        apply(self.sections(), facts, self.source.as_ref().unwrap_or(source));
    }

    fn forget(&self, facts: &mut Facts) {
        for name in self.gives().into_iter().chain(self.unknown.iter().copied()) {
            name.forget(facts);
        }
    }
}

fn sections<'a>(
    measured: &'a Section,
    stated: &'a Section,
    inferred: &'a Section,
    memory: &'a Section,
) -> Sections<'a> {
    [
        (Basis::Measured, measured),
        (Basis::Stated, stated),
        (Basis::Inferred, inferred),
        (Basis::Memory, memory),
    ]
}

fn apply(sections: Sections<'_>, facts: &mut Facts, source: &Kept) {
    for (basis, section) in sections {
        section.apply(facts, basis, if basis == Basis::Memory { &FROM_MEMORY } else { source });
    }
}

fn kept<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Kept, D::Error> {
    String::deserialize(deserializer).map(|text| Cow::Borrowed(&*text.leak()))
}

fn kept_if_any<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Kept>, D::Error> {
    kept(deserializer).map(Some)
}

fn is_blank(source: &str) -> bool {
    source.trim().is_empty()
}
