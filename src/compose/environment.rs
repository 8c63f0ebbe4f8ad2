//! `environment`: names with values that are never shown.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

use super::{Spanned, Written};

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
    /// What stands in the file, where variables were put into that; `None` when it is the value.
    pub written: Option<Secret>,
    /// Whether it stands in a file that `env_file` names, and not in the Compose file.
    pub from_file: bool,
}

impl Variable {
    /// Whether its value stands in the Compose file, and not in a file of variables.
    #[must_use]
    pub fn is_written_out(&self) -> bool {
        self.written.is_none() && !self.from_file
    }

    fn new(name: &str, value: Option<String>, written: Option<String>) -> Self {
        let name = name.to_owned();
        Self { name, value: value.map(Secret), written: written.map(Secret), from_file: false }
    }
}

/// The variables of a service, in order, with the place of each (of the value, or of the list item).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Environment(pub Vec<Spanned<Variable>>);

impl Environment {
    /// The value of a variable that is written out.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.variable(name)?.value.as_ref().map(Secret::expose)
    }

    /// A variable that is named.
    #[must_use]
    pub fn variable(&self, name: &str) -> Option<&Variable> {
        self.0.iter().rev().map(|variable| &variable.value).find(|variable| variable.name == name)
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
        while let Some(item) = seq.next_element::<Spanned<Written<String>>>()? {
            let text = item.value.text.as_ref().and_then(|text| text.split_once('='));
            let written = text.map(|(_, value)| value.to_owned());
            let value = match item.value.value.split_once('=') {
                Some((name, value)) => Variable::new(name, Some(value.to_owned()), written),
                None => Variable::new(&item.value.value, None, None),
            };
            variables.push(Spanned { value, place: item.place, via: item.via });
        }
        Ok(Environment(variables))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Environment, A::Error> {
        let mut variables = Vec::new();
        while let Some((name, item)) = map.next_entry::<String, Spanned<Option<Written<String>>>>()? {
            let (value, written) = item.value.map_or((None, None), |item| (Some(item.value), item.text));
            let value = Variable::new(&name, value, written);
            variables.push(Spanned { value, place: item.place, via: item.via });
        }
        Ok(Environment(variables))
    }
}
