//! The schema, read into what a check asks of it: one definition a spot, references followed.
//!
//! Every subschema of `schemas/compose.schema.json` is a reference to a definition, so a definition is a spot, and a
//! walk over the tree needs no more than a table of them. A keyword that is not known here is refused when the schema
//! is read, so the schema cannot say what the check does not do. Must not look at a file.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::sync::LazyLock;

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::COMPOSE_SCHEMA;
use super::pattern::Pattern;
use super::scalar::Scalar;

/// Index of a definition; the top of a file is one too.
pub(super) type DefinitionId = usize;

/// All definitions.
#[derive(Debug)]
pub(super) struct Schema {
    all: Vec<Definition>,
    /// The top of a file.
    pub(super) top: DefinitionId,
}

/// What a value may be, and what may be below it.
#[derive(Debug)]
pub(super) struct Definition {
    /// Completes the sentence `KEY must be ...`.
    pub(super) description: Cow<'static, str>,
    /// Empty for any.
    types: Vec<Type>,
    /// What a text must match.
    pub(super) pattern: Option<Pattern>,
    minimum: Option<f64>,
    maximum: Option<f64>,
    /// Keys that mean something here, in the order of their letters.
    pub(super) known: Vec<(&'static str, DefinitionId)>,
    /// What any other key holds; `None` when other keys mean nothing.
    pub(super) open: Option<DefinitionId>,
    /// What every key must be.
    pub(super) names: Option<DefinitionId>,
    /// Keys that must be there.
    pub(super) required: Vec<&'static str>,
    /// What a list's items are.
    pub(super) items: Option<DefinitionId>,
    /// Whether a list may have an item only once.
    pub(super) distinct: bool,
}

/// A type of JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Type {
    Null,
    Boolean,
    Integer,
    Number,
    String,
    Array,
    Object,
}

// Truly infallible: the text is a constant that the tests read.
pub(super) static SCHEMA: LazyLock<Schema> =
    LazyLock::new(|| Schema::read(COMPOSE_SCHEMA).expect("the embedded schema has only what is known here"));

impl Schema {
    /// A definition.
    pub(super) fn get(&self, id: DefinitionId) -> Option<&Definition> {
        self.all.get(id)
    }

    /// Whether the top of a file knows a key.
    pub(super) fn is_top(&self, key: &str) -> bool {
        self.get(self.top).is_some_and(|top| top.key(key).is_some())
    }

    fn read(text: &'static str) -> serde_json::Result<Self> {
        let mut top: Written = serde_json::from_str(text)?;
        let definitions = std::mem::take(&mut top.definitions);
        let ids = definitions.keys().enumerate().map(|(id, name)| (*name, id)).collect();
        let id = definitions.len();
        let all = definitions.into_values().chain([top]).map(|written| Definition::of(written, &ids));
        Ok(Self { all: all.collect(), top: id })
    }
}

impl Definition {
    fn of(written: Written<'static>, ids: &HashMap<&str, DefinitionId>) -> Self {
        let target = |reference: Reference| ids.get(reference.name()).copied();
        let known = written.properties.into_iter();
        Self {
            description: written.description,
            types: written.types.into(),
            pattern: written.pattern.map(Pattern::new),
            minimum: written.minimum,
            maximum: written.maximum,
            known: known.filter_map(|(key, reference)| Some((key, target(reference)?))).collect(),
            open: written.additional_properties.and_then(target),
            names: written.property_names.and_then(target),
            required: written.required,
            items: written.items.and_then(target),
            distinct: written.unique_items,
        }
    }

    /// What a known key holds.
    pub(super) fn key(&self, name: &str) -> Option<DefinitionId> {
        let at = self.known.binary_search_by_key(&name, |(known, _)| known).ok()?;
        self.known.get(at).map(|(_, id)| *id)
    }

    /// Whether there may be keys here at all.
    pub(super) fn is_keyed(&self) -> bool {
        self.open.is_some() || !self.known.is_empty()
    }

    /// Whether a key that is not in `known` deserves a word.
    pub(super) fn is_closed(&self) -> bool {
        self.open.is_none() && !self.known.is_empty()
    }

    /// Whether a value may be of a type. A whole number is a number too.
    pub(super) fn takes(&self, wanted: Type) -> bool {
        let is = |kind: &Type| *kind == wanted || (*kind == Type::Number && wanted == Type::Integer);
        self.types.is_empty() || self.types.iter().any(is)
    }

    /// Whether a single value is one of those that this spot takes.
    pub(super) fn fits(&self, value: &Scalar<'_>) -> bool {
        self.takes(value.kind())
            && match value {
                Scalar::Text(text) => self.pattern.as_ref().is_none_or(|pattern| pattern.is_match(text)),
                Scalar::Number(number) => number.as_f64().is_none_or(|number| self.is_within(number)),
                Scalar::Null | Scalar::Flag(_) => true,
            }
    }

    fn is_within(&self, number: f64) -> bool {
        self.minimum.is_none_or(|least| number >= least) && self.maximum.is_none_or(|most| number <= most)
    }
}

/// A definition as it is written, or the top of the schema.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Written<'s> {
    #[serde(borrow, default)]
    description: Cow<'s, str>,
    #[serde(rename = "type", default)]
    types: Types,
    #[serde(borrow, default)]
    pattern: Option<Cow<'s, str>>,
    #[serde(default)]
    minimum: Option<f64>,
    #[serde(default)]
    maximum: Option<f64>,
    #[serde(borrow, default)]
    properties: BTreeMap<&'s str, Reference<'s>>,
    #[serde(borrow, default)]
    additional_properties: Option<Reference<'s>>,
    #[serde(borrow, default)]
    property_names: Option<Reference<'s>>,
    #[serde(borrow, default)]
    required: Vec<&'s str>,
    #[serde(borrow, default)]
    items: Option<Reference<'s>>,
    #[serde(default)]
    unique_items: bool,
    #[serde(borrow, default)]
    definitions: BTreeMap<&'s str, Written<'s>>,
    #[serde(rename = "$schema", default)]
    _dialect: IgnoredAny,
    #[serde(rename = "$comment", default)]
    _comment: IgnoredAny,
    #[serde(rename = "title", default)]
    _title: IgnoredAny,
}

/// `{"$ref": "#/definitions/NAME"}`.
#[derive(Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
struct Reference<'s> {
    #[serde(rename = "$ref")]
    target: &'s str,
}

impl<'s> Reference<'s> {
    fn name(self) -> &'s str {
        self.target.strip_prefix("#/definitions/").unwrap_or(self.target)
    }
}

/// `"string"`, or a list of types.
#[derive(Deserialize)]
#[serde(untagged)]
enum Types {
    One(Type),
    Some(Vec<Type>),
}

impl Default for Types {
    fn default() -> Self {
        Self::Some(Vec::new())
    }
}

impl From<Types> for Vec<Type> {
    fn from(types: Types) -> Self {
        match types {
            Types::One(kind) => vec![kind],
            Types::Some(kinds) => kinds,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{SCHEMA, Schema};

    #[test]
    fn the_table_knows_what_is_where() {
        let top = SCHEMA.get(SCHEMA.top).unwrap();
        let services = SCHEMA.get(top.key("services").unwrap()).unwrap();
        let service = SCHEMA.get(services.open.unwrap()).unwrap();
        assert!(top.is_closed() && !services.is_closed() && service.is_closed());
        assert_eq!(service.known.len(), 92);
        let port = SCHEMA.get(SCHEMA.get(service.key("ports").unwrap()).unwrap().items.unwrap()).unwrap();
        assert!(port.key("published").is_some() && port.key("publish").is_none());
    }

    #[test]
    fn what_the_check_does_not_do_is_refused() {
        for keyword in
            ["oneOf", "anyOf", "allOf", "not", "if", "enum", "const", "patternProperties", "minItems"]
        {
            let text: &'static str = format!("{{\"definitions\": {{\"a\": {{\"{keyword}\": []}}}}}}").leak();
            let refused = Schema::read(text).unwrap_err().to_string();
            assert!(refused.contains(&format!("unknown field `{keyword}`")), "{refused}");
        }
        let beside = r##"{"definitions": {"a": {"items": {"$ref": "#/definitions/a", "type": "string"}}}}"##;
        assert!(Schema::read(beside).is_err());
    }

    #[test]
    fn every_reference_leads_somewhere() {
        let text = super::COMPOSE_SCHEMA;
        let read: super::Written<'_> = serde_json::from_str(text).unwrap();
        let bodies = read.definitions.values().chain([&read]);
        let references = bodies.flat_map(|body| {
            let single = [body.additional_properties, body.property_names, body.items];
            body.properties.values().copied().chain(single.into_iter().flatten())
        });
        let mut count = 0;
        for reference in references {
            assert!(read.definitions.contains_key(reference.name()), "{}", reference.target);
            count += 1;
        }
        assert_eq!(count, text.matches("\"$ref\"").count());
    }
}
