//! `harden images`: the catalogue, and what harden makes of single images.
//!
//! What would be done to a service is never told from the facts: a service is made, and goes the way of every other.

use super::Exit;
use super::console::Console;
use super::prepare::{Failure, Prepared, proven};
use crate::cli::{Format, Images};
use crate::image::Reference;
use crate::image::catalogue::{self, Answer, Family};
use crate::load;
use crate::pipeline;
use crate::plan::Level;
use crate::report::images::{Card, json, text};

/// The name of the file that a made service stands in.
const NAME: &str = "compose.yml";

/// An image that was asked for.
struct Asked<'a> {
    image: &'a str,
    reference: Option<Reference>,
    answer: Option<Answer>,
    near: Vec<&'static str>,
    /// A service of this image that says nothing else, hardened.
    service: Prepared,
}

/// Does what was asked.
pub(super) fn images(asked: &Images, console: &mut Console<'_>) -> Exit {
    if asked.names.is_empty() { list(asked.format, console) } else { tell(asked, console) }
}

/// All families.
fn list(format: Format, console: &mut Console<'_>) -> Exit {
    let families: Vec<Family> = catalogue::families().collect();
    let exit = console.data(&match format {
        Format::Text => text::families(&families),
        Format::Json => json::families(&families),
    });
    console.note(&text::count(&families));
    exit
}

/// Single images; one that nothing is known of is a job that could not be done, although the others are told.
fn tell(asked: &Images, console: &mut Console<'_>) -> Exit {
    let found = asked.names.iter().map(|image| ask(image, asked.level)).collect::<Result<Vec<_>, _>>();
    let found = match found {
        Ok(found) => found,
        Err(failure) => return super::fail(&failure, console),
    };
    let cards: Vec<Card<'_>> = found.iter().map(Asked::card).collect();
    let mut exit = console.data(&match asked.format {
        Format::Text => text::cards(&cards, asked.level),
        Format::Json => json::cards(&cards, asked.level),
    });
    exit = exit.max(console.finish());
    for card in cards.iter().filter(|card| card.answer.is_none()) {
        console.unknown_image(card);
        exit = Exit::Failed;
    }
    exit
}

fn ask(image: &str, level: Level) -> Result<Asked<'_>, Failure> {
    let reference = Reference::parse(image);
    let answer = reference.as_ref().and_then(catalogue::answer);
    let unknown = reference.as_ref().filter(|_| answer.is_none());
    let near = unknown.map(|reference| catalogue::near(&reference.name())).unwrap_or_default();
    let options = pipeline::Options { level, ..pipeline::Options::default() };
    let loaded = load::text(NAME, &plain_service(image), &load::Options::default()).map_err(Failure::Load)?;
    Ok(Asked {
        image,
        reference,
        answer,
        near,
        service: proven(loaded, &load::Options::default(), &options)?,
    })
}

/// A Compose file with one service that says nothing but its image.
fn plain_service(image: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "./_:@-${}".contains(c);
    let plain =
        image.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '$') && image.chars().all(is_plain);
    let scalar = if plain && !image.ends_with(':') { image.to_owned() } else { quoted(image) };
    format!("services:\n  app:\n    image: {scalar}\n")
}

/// A JSON string is a YAML one too.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

impl Asked<'_> {
    fn card(&self) -> Card<'_> {
        Card {
            image: self.image,
            named: self.reference.is_some(),
            answer: self.answer.as_ref(),
            near: &self.near,
            plan: &self.service.plan,
            sources: self.service.tree.sources(),
            text: self.service.text(),
        }
    }
}
