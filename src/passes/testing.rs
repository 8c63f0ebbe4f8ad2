//! Makes services, images and verdicts for the tests of the passes: a service from a few lines of YAML.
//!
//! Knows no anchors and no places; `load` is tested on its own.

use serde::de::value::{MapDeserializer, SeqDeserializer, U32Deserializer};
use serde::de::{Deserialize, DeserializeSeed, Deserializer, IntoDeserializer, SeqAccess, Visitor};
use serde::forward_to_deserialize_any;
use serde_yaml::{Error, Value};

use super::{Context, Pass};
use crate::compose::stack::Target;
use crate::compose::{Project, SPANNED, Service};
use crate::image::{Basis, Fact, Facts, Image, Role, Start, UserSpec};
use crate::plan::{Change, Confidence, Op, Skip, Value as Planned, Verdict};
use crate::policy::Settings;

/// A service from YAML, without places.
pub(crate) fn service(text: &str) -> Service {
    let value: Value = serde_yaml::from_str(text).expect("valid YAML");
    if value.is_null() { Service::default() } else { Service::deserialize(De(&value)).expect("a service") }
}

/// What a pass says of a service and an image.
pub(crate) fn run(pass: &dyn Pass, text: &str, image: &Image) -> Verdict {
    verdict(pass, &service(text), image)
}

/// What a pass says of a service that is there already.
pub(crate) fn verdict(pass: &dyn Pass, service: &Service, image: &Image) -> Verdict {
    let (project, target) = (&Project::default(), Target::Compose);
    super::run(
        pass,
        &Context { service, project, image, target, policy: Settings::none() },
        &mut super::Said::default(),
    )
}

/// The verdict in one short line a table can hold: `~ mem_limit: 1g` (`=` known, `~` likely, `?` guess),
/// `already`, or the skip's name with its words.
pub(crate) fn brief(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Change(changes) => changes.iter().map(change).collect::<Vec<_>>().join("; "),
        Verdict::Already(_) => "already".to_owned(),
        Verdict::Skip(skip) => reason(skip),
        Verdict::Advise(finding) => format!("advise: {}", finding.message),
    }
}

fn reason(skip: &Skip) -> String {
    match skip {
        Skip::SaidInFile(words) => format!("file: {words}"),
        Skip::OwnInit(words) => format!("own init: {words}"),
        Skip::Image(words) => format!("image: {words}"),
        Skip::BindMount(words) => format!("bind mount: {words}"),
        Skip::Conflict(words) => format!("conflict: {words}"),
        Skip::LogDriver(words) => format!("log driver: {words}"),
        other => format!("{other:?}"),
    }
}

fn change(change: &Change) -> String {
    let sign = match change.confidence {
        Confidence::Known(_) => '=',
        Confidence::Likely(_) => '~',
        Confidence::Guess(_) => '?',
    };
    let path = change.path.join(".");
    match &change.op {
        Op::Set(value) => format!("{sign} {path}: {}", show(value)),
        Op::Append(items) => format!("{sign} {path} + {}", show(&Planned::List(items.clone()))),
        Op::ReplaceItem { index, value } => format!("{sign} {path}[{index}]: {}", show(value)),
        Op::Text(edit) => format!("{sign} {}", edit.words),
    }
}

fn show(value: &Planned) -> String {
    match value {
        Planned::Bool(flag) => flag.to_string(),
        Planned::Number(text) => text.to_string(),
        Planned::Str(text) => format!("{text:?}"),
        Planned::List(items) => format!("[{}]", items.iter().map(show).collect::<Vec<_>>().join(", ")),
        Planned::Override(value) => format!("!override {}", show(value)),
        Planned::Map(entries) => {
            let entries = entries.iter().map(|(key, value)| format!("{key}: {}", show(value)));
            format!("{{{}}}", entries.collect::<Vec<_>>().join(", "))
        }
    }
}

/// An image of which nothing is known.
pub(crate) fn unknown() -> Image {
    Image::default()
}

/// A fact of that basis.
#[expect(clippy::unnecessary_wraps, reason = "the fields of `Facts` are optional")]
pub(crate) fn fact<T>(value: T, basis: Basis) -> Option<Fact<T>> {
    Some(Fact { value, basis, source: "a test".into() })
}

/// A measured fact.
pub(crate) fn measured<T>(value: T) -> Option<Fact<T>> {
    fact(value, Basis::Measured)
}

/// An entry without facts.
pub(crate) fn entry(name: &'static str, role: Role) -> Facts {
    Facts { name: name.into(), role, ..Facts::default() }
}

/// A known image with this start.
pub(crate) fn image(facts: Facts, start: Start) -> Image {
    Image { facts: Some(facts.into()), start, ..Image::default() }
}

/// The start as user and group 999, as harden writes it.
pub(crate) fn as_999() -> Start {
    Start::User(UserSpec { uid: 999, gid: 999 })
}

/// Deserialises a parsed value as `load` does: every scalar is its text, every spanned value has a place.
#[derive(Clone, Copy)]
struct De<'a>(&'a Value);

impl De<'_> {
    fn text(self) -> String {
        match self.0 {
            Value::String(text) => text.clone(),
            Value::Bool(flag) => flag.to_string(),
            Value::Number(number) => number.to_string(),
            _ => String::new(),
        }
    }
}

impl<'de> Deserializer<'de> for De<'_> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0 {
            Value::Null => visitor.visit_unit(),
            Value::Sequence(items) => visitor.visit_seq(SeqDeserializer::new(items.iter().map(De))),
            Value::Mapping(entries) => {
                let entries = entries.iter().map(|(key, value)| (De(key), De(value)));
                visitor.visit_map(MapDeserializer::new(entries))
            }
            _ => visitor.visit_string(self.text()),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.0.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        if name == SPANNED {
            visitor.visit_seq(Placed { value: self, words: 0 })
        } else {
            visitor.visit_newtype_struct(self)
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map struct enum identifier ignored_any
    }
}

impl IntoDeserializer<'_, Error> for De<'_> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

/// Four zeros for the place, then the value.
struct Placed<'a> {
    value: De<'a>,
    words: u32,
}

impl<'de> SeqAccess<'de> for Placed<'_> {
    type Error = Error;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Error> {
        self.words += 1;
        match self.words {
            1..=4 => seed.deserialize(U32Deserializer::<Error>::new(0)).map(Some),
            5 => seed.deserialize(self.value).map(Some),
            _ => Ok(None),
        }
    }
}
