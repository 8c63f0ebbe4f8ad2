//! A value together with the text that it was made of, where variables were put into that.

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::StrDeserializer;
use serde::de::{Deserialize, Deserializer, Error, SeqAccess, Visitor};

/// The newtype name by which [`Written`] asks `load`'s deserialiser for the text of a value as it stands in the file.
pub const WRITTEN: &str = "$harden::Written";

/// A value and, where it is not what stands in the file, what stands there.
#[derive(Clone, Debug)]
pub struct Written<T> {
    /// The value.
    pub value: T,
    /// The text in the file; `None` when the value is just that.
    pub text: Option<String>,
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Written<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_newtype_struct(WRITTEN, WrittenVisitor(PhantomData))
    }
}

/// Reads the sequence `text, value` that `load`'s deserialiser makes of a [`WRITTEN`] newtype (an empty text
/// is none); any other deserialiser
/// just hands over the value.
struct WrittenVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for WrittenVisitor<T> {
    type Value = Written<T>;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Written { value: T::deserialize(StrDeserializer::new(text))?, text: None })
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        Ok(Written { value: T::deserialize(deserializer)?, text: None })
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let text: String = seq.next_element()?.ok_or_else(|| A::Error::missing_field("text"))?;
        let value = seq.next_element()?.ok_or_else(|| A::Error::missing_field("value"))?;
        Ok(Written { value, text: Some(text).filter(|text| !text.is_empty()) })
    }
}
