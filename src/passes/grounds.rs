//! How sure a pass may be of one service: the image's facts when they apply, an assumption when they do not.
//!
//! Only weighs grounds; it knows no Compose key. Assumptions are worded the same for the same case, because the
//! summary groups them over services.

use super::Context;
use crate::compose::{Recipe, Spanned};
use crate::image::{Basis, Fact, Facts, Image, Role};
use crate::plan::{Confidence, Evidence, Words};
use crate::policy::Given;

/// Why the catalogue does not answer for a service.
pub(super) const NOT_IN_CATALOGUE: &str = "the image is not in the catalogue";
/// Why a value is what the policy says.
pub(super) const AS_THE_POLICY_SAYS: &str = "as the policy says";
const NOT_AT_HAND: &str = "the image is built here and its Dockerfile is not at hand";
const UNREADABLE: &str = "the image is built here and its Dockerfile cannot be read";
const OWN_PROGRAM: &str = "the image runs a program of your own";
const FEW_FACTS: &str = "the catalogue says little of the image";
const OVERRIDDEN: &str = "the service starts another program than the image's own";

/// Everything the catalogue says of the image, also for a base image that runs the user's program.
pub(super) fn facts(image: &Image) -> Option<&Facts> {
    image.facts.as_deref()
}

/// The facts of an image whose program is known: not those of a base image.
pub(super) fn known<'a>(context: &Context<'a>) -> Option<&'a Facts> {
    facts(context.image).filter(|facts| facts.role != Role::Base)
}

/// The facts that hold for what the service runs: those of a known program, or of a user that a Dockerfile keeps within
/// bounds.
pub(super) fn holding<'a>(context: &Context<'a>) -> Option<&'a Facts> {
    let bounded = context.image.built.as_ref().is_some_and(|built| built.bounded);
    known(context).or_else(|| facts(context.image).filter(|_| bounded))
}

/// Why nothing is known of the program: one clause.
pub(super) fn unknown(context: &Context<'_>) -> &'static str {
    match facts(context.image) {
        Some(facts) if facts.role == Role::Base => OWN_PROGRAM,
        Some(_) if starts_another_program(context) => OVERRIDDEN,
        Some(_) => FEW_FACTS,
        None if context.service.build.is_some() => unread(context),
        None => NOT_IN_CATALOGUE,
    }
}

fn unread(context: &Context<'_>) -> &'static str {
    match context.service.build.as_ref().map(|build| &build.recipe) {
        Some(Recipe::Found(_)) => UNREADABLE,
        _ => NOT_AT_HAND,
    }
}

/// What a fact is worth for this service. The program that is really started may be another one than the facts
/// are about: then it is an assumption that they hold.
pub(super) fn of<T>(context: &Context<'_>, facts: &Facts, fact: &Fact<T>) -> Confidence {
    let confidence = by_way_of(context, of_fact(facts, fact));
    let is_own = matches!(fact.basis, Basis::Dockerfile(_));
    match doubt(context).filter(|_| !is_own) {
        Some(doubt) => weakest(confidence, Confidence::Likely(doubt)),
        None => confidence,
    }
}

/// What is known of a base image also rests on the line that names it.
fn by_way_of(context: &Context<'_>, confidence: Confidence) -> Confidence {
    match (&context.image.built, confidence) {
        (Some(built), Confidence::Known(Evidence::Catalogue { image, source })) => {
            let source = format!("{source}, by way of {}:{}", built.path, built.from).into();
            Confidence::Known(Evidence::Catalogue { image, source })
        }
        (_, confidence) => confidence,
    }
}

fn of_fact<T>(facts: &Facts, fact: &Fact<T>) -> Confidence {
    match fact.basis {
        Basis::Policy(place) => Confidence::Known(Evidence::File(place)),
        Basis::Measured | Basis::Stated => {
            Confidence::Known(Evidence::Catalogue { image: facts.name.clone(), source: fact.source.clone() })
        }
        Basis::Dockerfile(line) => {
            Confidence::Known(Evidence::Dockerfile { path: fact.source.clone(), line })
        }
        Basis::Assumed => Confidence::Likely(fact.source.clone()),
        Basis::Doubtful => Confidence::Guess(fact.source.clone()),
        Basis::Inferred => Confidence::Likely(
            "the facts of the image are read off its entrypoint and were never tried".into(),
        ),
        Basis::Memory => Confidence::Guess("the facts of the image are from memory".into()),
    }
}

/// How it is known that the image needs at least so much: follows the number.
pub(super) fn needed<T>(floor: &Fact<T>) -> &'static str {
    match floor.basis {
        Basis::Policy(_) => "that the policy says it needs",
        Basis::Measured => "below which it was seen to fail",
        Basis::Stated | Basis::Dockerfile(_) => "that it is stated to need",
        Basis::Inferred | Basis::Assumed => "that it seems to need",
        Basis::Memory | Basis::Doubtful => "that it is believed to need",
    }
}

/// Why the facts of a known image might not be about this service.
pub(super) fn doubt(context: &Context<'_>) -> Option<Words> {
    if starts_another_program(context) {
        return Some(format!("{OVERRIDDEN}: assumes that its facts still hold").into());
    }
    context.image.assumed.clone().map(Words::from)
}

/// Whether the service starts something else than what the facts of its image are about.
pub(super) fn starts_another_program(context: &Context<'_>) -> bool {
    context.image.facts.is_some() && !context.image.runs_own_program(context.service)
}

/// The less sure of two; the first when they are equally sure.
pub(super) fn weakest(one: Confidence, other: Confidence) -> Confidence {
    if other.level() > one.level() { other } else { one }
}

/// At least likely: for what rarely breaks an image nothing is known of, and so cannot be worse when little is.
pub(super) fn at_least_likely(confidence: Confidence) -> Confidence {
    match confidence {
        Confidence::Guess(why) => Confidence::Likely(why),
        sure => sure,
    }
}

/// The assumption for a service of which nothing is known.
pub(super) fn likely(context: &Context<'_>, assumption: &str) -> Confidence {
    Confidence::Likely(assume(context, assumption))
}

/// The same where it often goes wrong.
pub(super) fn guess(context: &Context<'_>, assumption: &str) -> Confidence {
    Confidence::Guess(assume(context, assumption))
}

fn assume(context: &Context<'_>, assumption: &str) -> Words {
    format!("{}: assumes {assumption}", unknown(context)).into()
}

/// That a person wants it so.
pub(super) fn wanted<T>(given: &Given<T>) -> Confidence {
    Confidence::Known(Evidence::File(given.place))
}

/// That the service has it, because it is written; or because an earlier pass has put it there.
pub(super) fn written<T>(value: &Spanned<T>) -> Evidence {
    value.place.map_or(Evidence::AlwaysSafe("another pass writes it".into()), Evidence::File)
}
