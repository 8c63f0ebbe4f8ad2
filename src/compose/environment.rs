//! `environment`: names with values that are never shown.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

use super::Spanned;

/// A value that may be a credential. `Debug` does not show it, and there is no `Display`.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps a value.
    pub fn new(value: impl Into<String>) -> Self {
        Self(value.into())
    }

    /// The value, to be looked at and never to be shown.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<redacted>")
    }
}

/// One variable.
#[derive(Clone, Debug, PartialEq)]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// Its value; `None` when it is taken from the shell (`- NAME`, `NAME:`).
    pub value: Option<Secret>,
}

/// The variables of a service, in order, with the place of each (of the value, or of the list item).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Environment(pub Vec<Spanned<Variable>>);

impl Environment {
    /// The value of a variable that is written out.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().rev().find(|variable| variable.name == name)?;
        found.value.value.as_ref().map(Secret::expose)
    }
}

impl<'de> Deserialize<'de> for Environment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(EnvironmentVisitor)
    }
}

struct EnvironmentVisitor;

impl<'de> Visitor<'de> for EnvironmentVisitor {
    type Value = Environment;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a mapping or a list of NAME=value")
    }

    fn visit_unit<E>(self) -> Result<Environment, E> {
        Ok(Environment::default())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Environment, A::Error> {
        let mut variables = Vec::new();
        while let Some(item) = seq.next_element::<Spanned<String>>()? {
            let (name, value) = match item.value.split_once('=') {
                Some((name, value)) => (name.to_owned(), Some(Secret::new(value))),
                None => (item.value.clone(), None),
            };
            variables.push(Spanned { value: Variable { name, value }, place: item.place, via: item.via });
        }
        Ok(Environment(variables))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Environment, A::Error> {
        let mut variables = Vec::new();
        while let Some((name, item)) = map.next_entry::<String, Spanned<Option<String>>>()? {
            let value = item.value.map(Secret);
            variables.push(Spanned { value: Variable { name, value }, place: item.place, via: item.via });
        }
        Ok(Environment(variables))
    }
}
