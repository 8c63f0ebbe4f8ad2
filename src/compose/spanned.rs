//! A value that knows where it is written and how it got into the service.

use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;

use serde::de::{Deserialize, Deserializer, Error, SeqAccess, Visitor};

use crate::source::{FileId, Place, Span};

/// The newtype name by which [`Spanned`] asks `load`'s deserialiser for the place of a value.
pub const SPANNED: &str = "$harden::Spanned";

/// How a value got into the effective service.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Via {
    /// Written in the service itself.
    #[default]
    Own,
    /// Came in through `<<`.
    Merge,
    /// Came in through `extends`.
    Extends,
    /// Written in a later file or document, which Compose lays over the first.
    Override,
    /// Put there by an earlier pass; not in the file yet.
    Plan,
}

impl Via {
    /// A number that survives the trip through serde; `Via::from_code` reads it.
    #[must_use]
    pub fn code(self) -> u32 {
        self as u32
    }

    fn from_code(code: u32) -> Self {
        match code {
            1 => Self::Merge,
            2 => Self::Extends,
            3 => Self::Override,
            4 => Self::Plan,
            _ => Self::Own,
        }
    }
}

/// A value with its place.
#[derive(Clone, Debug, Default)]
pub struct Spanned<T> {
    /// The value.
    pub value: T,
    /// Where it is written; `None` for a value that a pass has put there.
    pub place: Option<Place>,
    /// How it got here.
    pub via: Via,
}

impl<T> Spanned<T> {
    /// A value that a pass has put into the model.
    pub fn planned(value: T) -> Self {
        Self { value, place: None, via: Via::Plan }
    }
}

/// What is written is compared, not where it is or how it got here.
impl<T: PartialEq> PartialEq for Spanned<T> {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl<T> Deref for Spanned<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Spanned<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_newtype_struct(SPANNED, SpannedVisitor(PhantomData))
    }
}

/// Reads the sequence `file, start, end, via, value` that `load`'s deserialiser makes of a [`SPANNED`] newtype.
struct SpannedVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for SpannedVisitor<T> {
    type Value = Spanned<T>;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a value with its place")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut word = || seq.next_element::<u32>()?.ok_or_else(|| A::Error::missing_field("place"));
        let (file, start, end, via) = (word()?, word()?, word()?, word()?);
        let value = seq.next_element()?.ok_or_else(|| A::Error::missing_field("value"))?;
        let file = FileId(u16::try_from(file).unwrap_or(u16::MAX));
        Ok(Spanned {
            value,
            place: Some(Place { file, span: Span { start, end } }),
            via: Via::from_code(via),
        })
    }
}
