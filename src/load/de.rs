//! A serde deserialiser over the effective view of the tree.
//!
//! Scalars are handed over as text: the typed model reads them itself, because a `${VARIABLE}` may stand anywhere.
//! [`Spanned`](crate::compose::Spanned) values get their place. Knows no key of Compose.

use std::borrow::Cow;
use std::fmt;
use std::slice;
use std::vec;

use serde::de::value::{BorrowedStrDeserializer, U32Deserializer};
use serde::de::{
    self, DeserializeSeed, Deserializer, Expected, IntoDeserializer, MapAccess, SeqAccess, Unexpected,
    Visitor,
};
use serde::forward_to_deserialize_any;

use super::effective::{Field, Key, Shape, View, fields, is_merge, is_reset, shape};
use super::env::Envs;
use super::limits::Growth;
use super::merge::Ground;
use crate::compose::{SPANNED, Via, WRITTEN};
use crate::source::Place;
use crate::yaml::{Entry, Item, Tree};

/// A value that the typed model cannot take, and where it is written.
#[derive(Debug)]
pub(super) struct DeError {
    /// The key it is under, when it is under one.
    pub(super) key: Option<String>,
    /// What was expected and found.
    pub(super) message: String,
    /// The innermost place.
    pub(super) place: Option<Place>,
}

impl std::error::Error for DeError {}

impl fmt::Display for DeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl de::Error for DeError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self { key: None, message: message.to_string(), place: None }
    }

    fn invalid_type(found: Unexpected, expected: &dyn Expected) -> Self {
        let found = match found {
            Unexpected::Map => "a mapping",
            Unexpected::Seq => "a list",
            Unexpected::Unit => "nothing",
            // never the text itself: it may be a credential
            _ => "a single value",
        };
        Self::custom(format_args!("must be {expected}, found {found}"))
    }

    fn invalid_value(found: Unexpected, expected: &dyn Expected) -> Self {
        match found {
            // only sizes, flags and numbers are read this way
            Unexpected::Str(text) => Self::custom(format_args!("must be {expected}, found `{text}`")),
            other => Self::invalid_type(other, expected),
        }
    }
}

impl DeError {
    /// For a value that is not written there but comes from a file of variables: it is not shown.
    fn hide_value(mut self, names: &str) -> Self {
        if let Some((expected, _)) = self.message.rsplit_once(", found `") {
            self.message = format!("{expected}, found the value of {names}");
        }
        self
    }

    fn at(mut self, place: Place) -> Self {
        self.place.get_or_insert(place);
        self
    }

    fn under(mut self, key: &str) -> Self {
        self.key.get_or_insert_with(|| key.to_owned());
        self
    }
}

/// One value to be deserialised.
#[derive(Clone)]
pub(super) struct Cursor<'t> {
    tree: &'t Tree,
    envs: &'t Envs,
    growth: &'t Growth,
    view: View,
    via: Via,
}

impl<'t> Cursor<'t> {
    /// Starts at a view.
    pub(super) fn new(Ground { tree, envs, growth }: Ground<'t>, view: View, via: Via) -> Self {
        Self { tree, envs, growth, view, via }
    }

    /// Another view of the same project.
    fn at(&self, view: View, via: Via) -> Self {
        Self { view, via, ..*self }
    }

    fn place(&self) -> Place {
        self.tree.place(self.view.node())
    }

    fn shape(&self) -> Shape {
        shape(self.tree, &self.view)
    }

    fn text<'de, V: Visitor<'de>>(&self, visitor: V) -> Result<V::Value, DeError>
    where
        't: 'de,
    {
        match self.value()? {
            Cow::Borrowed(text) => visitor.visit_borrowed_str(text),
            Cow::Owned(text) => {
                visitor.visit_string(text).map_err(|error: DeError| self.without_values(error))
            }
        }
    }

    /// What is read from a scalar: what is written, or what its variables make of it.
    fn value(&self) -> Result<Cow<'t, str>, DeError> {
        let (tree, node) = (self.tree, self.view.node());
        let written = tree.text(node).unwrap_or_default();
        let made = self.envs.put_in(tree, node);
        if !self.growth.add_text(made.as_deref().unwrap_or(written)) {
            return Err(de::Error::custom("too many values"));
        }
        if let View::Pair(key, value) = self.view {
            // `key=value` of a mapping that meets a list
            let value = made
                .map(Cow::Owned)
                .or_else(|| Some(tree.text(value)?.into()).filter(|_| !tree.is_null(value)));
            let key = key.text(tree);
            return Ok(value.map_or(Cow::Borrowed(key), |value| Cow::Owned(format!("{key}={value}"))));
        }
        Ok(made.map_or(Cow::Borrowed(written), Cow::Owned))
    }

    /// An error without the values that variables have.
    fn without_values(&self, error: DeError) -> DeError {
        match self.view {
            View::Pair(..) => error,
            _ => error.hide_value(&self.envs.names(self.tree, self.view.node())),
        }
    }

    /// The text as it stands in the file, where variables were put into it.
    fn written(&self) -> Option<String> {
        self.envs.put_in(self.tree, self.view.node())?;
        let text = self.tree.text(self.view.node())?;
        Some(match self.view {
            View::Pair(key, _) => format!("{}={text}", key.text(self.tree)),
            _ => text.to_owned(),
        })
    }

    fn list<'de, V: Visitor<'de>>(&self, visitor: V) -> Result<V::Value, DeError>
    where
        't: 'de,
    {
        visitor.visit_seq(List { start: self, rest: self.items() })
    }

    fn items(&self) -> Items<'t, '_> {
        match &self.view {
            View::List(_, items) => Items::Joined(items.iter()),
            view => Items::Written(self.tree.items(view.node()).iter()),
        }
    }

    fn map<'de, V: Visitor<'de>>(&self, visitor: V) -> Result<V::Value, DeError>
    where
        't: 'de,
    {
        visitor.visit_map(Mapping { start: self, rest: self.fields(), next: None })
    }

    fn fields(&self) -> Fields<'t> {
        let tree = self.tree;
        match &self.view {
            View::Map(_, fields) => Fields::Joined(Vec::from(&**fields).into_iter()),
            View::Node(node) if tree.entries(*node).iter().any(|&entry| is_merge(tree, entry)) => {
                Fields::Joined(fields(tree, *node, self.via).into_iter())
            }
            view => Fields::Written(tree.entries(view.node()).iter()),
        }
    }
}

impl<'de> Deserializer<'de> for Cursor<'de> {
    type Error = DeError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DeError> {
        let result = match self.shape() {
            Shape::Null => visitor.visit_unit(),
            Shape::Text => self.text(visitor),
            Shape::List => self.list(visitor),
            Shape::Map => self.map(visitor),
        };
        result.map_err(|error| error.at(self.place()))
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DeError> {
        let result = match self.shape() {
            Shape::Null | Shape::Text => self.text(visitor),
            Shape::List => Err(de::Error::invalid_type(Unexpected::Seq, &visitor)),
            Shape::Map => Err(de::Error::invalid_type(Unexpected::Map, &visitor)),
        };
        result.map_err(|error| error.at(self.place()))
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DeError> {
        self.deserialize_str(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DeError> {
        if self.shape() == Shape::Null { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, DeError> {
        if name == WRITTEN {
            return visitor
                .visit_seq(WithText { text: Some(self.written().unwrap_or_default()), value: self });
        }
        if name != SPANNED {
            return visitor.visit_newtype_struct(self);
        }
        visitor.visit_seq(WithPlace { place: self.place(), via: self.via, part: 0, value: self })
    }

    /// A struct is a mapping and never a list, so no code is made that would read one from a list.
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, DeError> {
        let result = match self.shape() {
            Shape::Null => visitor.visit_unit(),
            Shape::Text => self.text(visitor),
            Shape::List => Err(de::Error::invalid_type(Unexpected::Seq, &visitor)),
            Shape::Map => self.map(visitor),
        };
        result.map_err(|error| error.at(self.place()))
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DeError> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char bytes byte_buf unit unit_struct seq tuple
        tuple_struct map enum identifier
    }
}

/// The sequence `file, start, end, via, value` that makes a `Spanned`.
struct WithPlace<'t> {
    place: Place,
    via: Via,
    part: u8,
    value: Cursor<'t>,
}

impl<'de> SeqAccess<'de> for WithPlace<'de> {
    type Error = DeError;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, DeError> {
        let part = self.part;
        self.part += 1;
        let number = |number: u32| U32Deserializer::new(number);
        let value = match part {
            0 => seed.deserialize(number(u32::from(self.place.file.0))),
            1 => seed.deserialize(number(self.place.span.start)),
            2 => seed.deserialize(number(self.place.span.end)),
            3 => seed.deserialize(number(self.via.code())),
            4 => seed.deserialize(self.value.clone()),
            _ => return Ok(None),
        };
        value.map(Some)
    }
}

/// The sequence `text, value` that makes a `Written`.
struct WithText<'t> {
    /// Empty when the value is what is written; `None` once it was handed over.
    text: Option<String>,
    value: Cursor<'t>,
}

impl<'de> SeqAccess<'de> for WithText<'de> {
    type Error = DeError;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, DeError> {
        match self.text.take() {
            Some(text) => seed.deserialize(text.into_deserializer()).map(Some),
            None => seed.deserialize(self.value.clone()).map(Some),
        }
    }
}

/// A list. One type for both kinds, because each type that is read from lists is made once for each type of list.
struct List<'t, 'c> {
    start: &'c Cursor<'t>,
    rest: Items<'t, 'c>,
}

/// The items that are left.
enum Items<'t, 'c> {
    /// As written.
    Written(slice::Iter<'t, Item>),
    /// Put together.
    Joined(slice::Iter<'c, (View, Via)>),
}

impl<'de> SeqAccess<'de> for List<'de, '_> {
    type Error = DeError;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, DeError> {
        let next = match &mut self.rest {
            Items::Written(items) => items.next().map(|item| (View::Node(item.node), self.start.via)),
            Items::Joined(items) => items.next().cloned(),
        };
        next.map(|(view, via)| seed.deserialize(self.start.at(view, via))).transpose()
    }

    fn size_hint(&self) -> Option<usize> {
        Some(match &self.rest {
            Items::Written(items) => items.len(),
            Items::Joined(items) => items.len(),
        })
    }
}

/// A mapping. One type for both kinds, as with lists.
struct Mapping<'t, 'c> {
    start: &'c Cursor<'t>,
    rest: Fields<'t>,
    next: Option<Field>,
}

/// The entries that are left.
enum Fields<'t> {
    /// As written: the common case, without a copy.
    Written(slice::Iter<'t, Entry>),
    /// Put together.
    Joined(vec::IntoIter<Field>),
}

impl Mapping<'_, '_> {
    fn field(&mut self) -> Option<Field> {
        let via = self.start.via;
        match &mut self.rest {
            Fields::Written(entries) => {
                let field =
                    |entry: &Entry| Field { key: Key::Node(entry.key), value: View::Node(entry.value), via };
                entries.next().map(field)
            }
            Fields::Joined(fields) => fields.next(),
        }
    }
}

impl<'de> MapAccess<'de> for Mapping<'de, '_> {
    type Error = DeError;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, DeError> {
        let tree = self.start.tree;
        let next = std::iter::from_fn(|| self.field()).find(|field| !is_reset(tree, field.value.node()));
        self.next = next;
        let key = |field: &Field| BorrowedStrDeserializer::new(field.key.text(tree));
        self.next.as_ref().map(|field| seed.deserialize(key(field))).transpose()
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, DeError> {
        let field = self.next.take().ok_or_else(value_before_key)?;
        let cursor = self.start.at(field.value, field.via);
        seed.deserialize(cursor).map_err(|error| error.under(field.key.text(self.start.tree)))
    }
}

fn value_before_key() -> DeError {
    de::Error::custom("a value was asked for before its key")
}
