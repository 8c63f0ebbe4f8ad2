//! The catalogue as a person looks at it: its families, what answers for an image and why, and names that are near.
//!
//! Only for `harden images`; passes ask for [`facts`](super::facts).

use std::borrow::Cow;
use std::sync::Arc;

use super::forms::Version;
use super::section::FactName;
use super::{Entry, FILES, Found, Mirror, find, position, slot};
use crate::image::{Basis, Facts, Reference};

/// Names that are at least this much alike (Jaro-Winkler) are near.
const ALIKE: f64 = 0.86;

/// How much less alike than the best one a name may be to be suggested too.
const AS_NEAR: f64 = 0.05;

/// Names that are suggested.
const MOST_NEAR: usize = 3;

/// One catalogue file.
#[derive(Clone, Debug)]
pub struct Family {
    /// The names it answers to, the entry's own first; a trailing `*` stands for any rest.
    pub names: &'static [&'static str],
    /// The names of copies that others published.
    pub mirrors: Vec<&'static str>,
    /// What is known of its newest version.
    pub facts: Arc<Facts>,
}

/// The entry that answers for an image.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The name or pattern that fits: one of the names, or the name of the copy.
    pub matched: &'static str,
    /// All names of the entry, its own first.
    pub names: &'static [&'static str],
    /// Copies of it that others published.
    pub mirrors: &'static [Mirror],
    /// What it is said to be a copy of, when it is not the image itself.
    pub copy_of: Option<Cow<'static, str>>,
    /// What is known, with the variants for the tag applied.
    pub facts: Arc<Facts>,
    /// What differs for some tags.
    pub variants: Vec<Variant>,
}

/// A variant of an entry, and whether it holds for an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variant {
    /// Patterns of tags, any of which must fit.
    pub tags: Vec<String>,
    /// The first version it holds for.
    pub from: Option<String>,
    /// The first version it no longer holds for.
    pub below: Option<String>,
    /// The facts it gives.
    pub gives: Vec<&'static str>,
    /// The facts that are not known for it.
    pub unknown: Vec<&'static str>,
    /// Whether it holds.
    pub holds: Holds,
}

/// Whether a variant holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holds {
    /// The tag is one of its tags.
    Yes,
    /// The tag is another one.
    No,
    /// The tag is not known, and with it neither are the facts that the variant gives.
    Open,
}

impl Family {
    /// How sure the main facts are, by the Compose key that rests on them; `None` where they are not known.
    #[must_use]
    pub fn sureness(&self) -> [(&'static str, Option<Basis>); 4] {
        let facts = &self.facts;
        let start = facts.default_user.as_ref();
        let steps_down = start.is_none_or(|start| start.value.is_none());
        let (user, caps) = if steps_down {
            (facts.user.as_ref().map(|fact| fact.basis), &facts.caps_root)
        } else {
            (start.map(|fact| fact.basis), &facts.caps_user)
        };
        [
            ("user", user),
            ("read_only", facts.read_only.as_ref().map(|fact| fact.basis)),
            ("cap_drop", caps.as_ref().map(|fact| fact.basis)),
            ("init", facts.init.as_ref().map(|fact| fact.basis)),
        ]
    }
}

/// Every family, in the order of the files.
pub fn families() -> impl Iterator<Item = Family> {
    FILES.iter().filter_map(|(names, _)| {
        let first = names.first()?;
        let slot = slot(first)?;
        let mut mirrors: Vec<&str> = slot.entry.mirrors.iter().map(|mirror| mirror.name.as_str()).collect();
        mirrors.dedup();
        Some(Family { names, mirrors, facts: slot.facts(&Reference::parse(first)?) })
    })
}

/// The entry that answers for an image, and what it says.
#[must_use]
pub fn answer(reference: &Reference) -> Option<Answer> {
    let Found { facts, copy_of } = find(reference)?;
    let (names, _) = FILES.get(position(&facts.name)?)?;
    let entry = &slot(&facts.name)?.entry;
    let name = reference.name();
    let mirror = || entry.mirrors.iter().find(|mirror| mirror.name == name);
    let matched = matched(names, &name).or_else(|| Some(mirror()?.name.as_str()))?;
    Some(Answer {
        matched,
        names,
        mirrors: &entry.mirrors,
        copy_of,
        facts,
        variants: variants(entry, reference),
    })
}

fn variants(entry: &Entry, reference: &Reference) -> Vec<Variant> {
    let choice = entry.choice(reference);
    let words = |names: Vec<FactName>| names.into_iter().map(FactName::word).collect();
    let variants = entry.variants.iter().enumerate().map(|(at, variant)| Variant {
        tags: variant.tags.clone(),
        from: variant.from.as_ref().map(Version::to_string),
        below: variant.below.as_ref().map(Version::to_string),
        gives: words(variant.gives()),
        unknown: words(variant.unknown.clone()),
        holds: choice.holds(at),
    });
    variants.collect()
}

/// The name itself, or the longest pattern that fits it.
fn matched(names: &'static [&'static str], name: &str) -> Option<&'static str> {
    let fits = |known: &&str| known.strip_suffix('*').is_some_and(|prefix| name.starts_with(prefix));
    let patterns = names.iter().copied().filter(fits);
    names.iter().copied().find(|known| *known == name).or_else(|| patterns.max_by_key(|known| known.len()))
}

/// Names of the catalogue that are like this one, or end like it, one a family; the nearest first.
#[must_use]
pub fn near(name: &str) -> Vec<&'static str> {
    let name = name.to_lowercase();
    let score = |known: &&'static str| (likeness(known.trim_end_matches('*'), &name), *known);
    let nearest =
        |names: &[&'static str]| names.iter().map(score).max_by(|left, right| left.0.total_cmp(&right.0));
    let families = FILES.iter().filter_map(|(names, _)| nearest(names));
    let mut near: Vec<_> = families.filter(|(likeness, _)| *likeness > ALIKE).collect();
    // the plainest of equals is the one that is meant most often
    near.sort_by(|left, right| right.0.total_cmp(&left.0).then(left.1.len().cmp(&right.1.len())));
    let best = near.first().map_or(1.0, |(likeness, _)| *likeness);
    near.retain(|(likeness, _)| best - likeness < AS_NEAR);
    near.into_iter().map(|(_, known)| known).take(MOST_NEAR).collect()
}

/// How much two names are alike, whole or by their last segment.
fn likeness(left: &str, right: &str) -> f64 {
    let whole = strsim::jaro_winkler(left, right);
    let last = |name: &str| name.rsplit('/').next().unwrap_or_default().to_owned();
    let (left, right) = (last(left), last(right));
    // nothing can be said of one or two letters
    let short = left.len().min(right.len()) < 3;
    if short { whole } else { whole.max(strsim::jaro_winkler(&left, &right)) }
}

#[cfg(test)]
mod tests {
    use super::{Holds, answer, families, near};
    use crate::image::Reference;
    use crate::image::catalogue::{FILES, MIRRORS};

    fn holds(text: &str) -> Vec<Holds> {
        let answer = answer(&Reference::parse(text).unwrap()).unwrap();
        answer.variants.iter().map(|variant| variant.holds).collect()
    }

    #[test]
    fn every_file_is_a_family() {
        let names: Vec<_> = families().map(|family| family.names).collect();
        let files: Vec<_> = FILES.iter().map(|(names, _)| *names).collect();
        assert_eq!(names, files);
    }

    #[test]
    fn variants_say_whether_they_hold() {
        assert_eq!(holds("postgres:16-alpine"), [Holds::Yes, Holds::No]);
        assert_eq!(holds("postgres:18"), [Holds::No, Holds::Yes]);
        assert_eq!(holds("postgres:${TAG}"), [Holds::Open, Holds::Open]);
        let answer = answer(&Reference::parse("postgres:17").unwrap()).unwrap();
        assert_eq!(answer.variants[1].from.as_deref(), Some("18"));
        assert_eq!(answer.variants[1].gives, ["data", "volumes"]);
    }

    #[test]
    fn an_answer_names_the_name_or_the_pattern_that_fits() {
        let matched = |text: &str| answer(&Reference::parse(text).unwrap()).map(|answer| answer.matched);
        assert_eq!(matched("mirror.gcr.io/library/postgres:16"), Some("postgres"));
        assert_eq!(matched("bitnami/redis"), Some("bitnami/*"));
        assert_eq!(matched("bitnamilegacy/redis"), Some("bitnamilegacy/*"));
        assert_eq!(matched("bitnami/postgresql"), Some("bitnami/postgresql"));
        assert_eq!(matched("acme/postgres"), None);
    }

    #[test]
    fn a_copy_is_told_from_the_image() {
        let (mirror, original) = MIRRORS[0];
        let copy = answer(&Reference::parse(mirror).unwrap()).unwrap();
        assert_eq!(copy.matched, mirror);
        assert_eq!(copy.copy_of.as_deref(), Some(original));
        assert!(copy.mirrors.iter().any(|known| known.name == mirror));
        let image = answer(&Reference::parse(original).unwrap()).unwrap();
        assert_eq!((image.matched, image.copy_of), (original, None));
        assert!(families().any(|family| family.names[0] == original && family.mirrors.contains(&mirror)));
    }

    #[test]
    fn near_names_are_few_and_the_nearest_comes_first() {
        assert_eq!(near("postgress").first(), Some(&"postgres"));
        assert_eq!(near("acme/postgres").first(), Some(&"postgres"));
        assert_eq!(near("grafana").first(), Some(&"grafana/grafana"));
        assert!(near("a").is_empty() && near("xqzzyk/wvutq").is_empty());
        assert!(near("postgre").len() <= 3);
    }
}
