//! Which keys the schema knows at which spot, read off the schema itself.
//!
//! Every subschema of `schemas/compose.schema.json` is a reference to a definition, so a definition is a spot, and a
//! walk over the tree needs no more than a table of them.

use std::collections::{BTreeMap, HashMap};
use std::sync::LazyLock;

use serde_json::Value;

use super::SCHEMA;

/// Index of a definition; the top of a file is one too.
pub(super) type ShapeId = usize;

/// What may be below a value of one definition.
#[derive(Debug, Default)]
pub(super) struct Shape {
    /// Keys that mean something here.
    pub(super) known: HashMap<&'static str, ShapeId>,
    /// What any other key holds; `None` when other keys mean nothing.
    pub(super) open: Option<ShapeId>,
    /// What a list's items are.
    pub(super) items: Option<ShapeId>,
    /// Whether there may be keys here at all.
    pub(super) keyed: bool,
}

/// All definitions, and the top of a file.
#[derive(Debug)]
pub(super) struct Shapes {
    all: Vec<Shape>,
    /// The top of a file.
    pub(super) top: ShapeId,
}

pub(super) static SHAPES: LazyLock<Shapes> = LazyLock::new(|| Shapes::of(&SCHEMA));

impl Shapes {
    /// A definition.
    pub(super) fn get(&self, id: ShapeId) -> Option<&Shape> {
        self.all.get(id)
    }

    fn of(schema: &'static Value) -> Self {
        let definitions: Vec<(&str, &Value)> = children(schema, "definitions").collect();
        let ids = definitions.iter().enumerate().map(|(id, (name, _))| (*name, id)).collect();
        let mut all: Vec<Shape> = definitions.iter().map(|(_, body)| Shape::of(body, &ids)).collect();
        let top = all.len();
        all.push(Shape::of(schema, &ids));
        Self { all, top }
    }
}

impl Shape {
    fn of(body: &'static Value, ids: &BTreeMap<&'static str, ShapeId>) -> Self {
        let target = |value: &Value| {
            let name = value.get("$ref")?.as_str()?.strip_prefix("#/definitions/")?;
            ids.get(name).copied()
        };
        let known =
            children(body, "properties").filter_map(|(key, value)| Some((key, target(value)?))).collect();
        let open = body.get("additionalProperties");
        Self {
            known,
            open: open.and_then(target),
            items: body.get("items").and_then(target),
            keyed: open.is_some() || body.get("properties").is_some(),
        }
    }

    /// Whether a key that is not in `known` deserves a word.
    pub(super) fn is_closed(&self) -> bool {
        self.open.is_none() && !self.known.is_empty()
    }
}

fn children(value: &'static Value, key: &str) -> impl Iterator<Item = (&'static str, &'static Value)> {
    let object = value.get(key).and_then(Value::as_object);
    object.into_iter().flatten().map(|(name, child)| (name.as_str(), child))
}

#[cfg(test)]
mod tests {
    use super::{SCHEMA, SHAPES};
    use serde_json::Value;

    #[test]
    fn every_subschema_is_a_reference_to_a_definition() {
        let definitions = SCHEMA["definitions"].as_object().unwrap();
        for body in definitions.values().chain([&*SCHEMA]) {
            let properties = body.get("properties").and_then(Value::as_object).into_iter().flatten();
            let others =
                ["items", "additionalProperties", "propertyNames"].iter().filter_map(|key| body.get(*key));
            for child in properties.map(|(_, child)| child).chain(others).filter(|child| !child.is_boolean())
            {
                let name =
                    child["$ref"].as_str().and_then(|name| name.strip_prefix("#/definitions/")).unwrap();
                assert!(definitions.contains_key(name), "{name}");
                assert_eq!(child.as_object().unwrap().len(), 1, "{child}");
            }
            for word in ["oneOf", "anyOf", "allOf", "not", "if", "enum", "patternProperties"] {
                assert!(body.get(word).is_none(), "{word}");
            }
        }
    }

    #[test]
    fn the_table_knows_what_is_where() {
        let top = SHAPES.get(SHAPES.top).unwrap();
        let services = SHAPES.get(top.known["services"]).unwrap();
        let service = SHAPES.get(services.open.unwrap()).unwrap();
        assert!(top.is_closed() && !services.is_closed() && service.is_closed());
        assert_eq!(service.known.len(), 92);
        let port = SHAPES.get(SHAPES.get(service.known["ports"]).unwrap().items.unwrap()).unwrap();
        assert!(port.known.contains_key("published"));
    }
}
