//! The JSON Schema of a policy, made from the vocabulary and from the schema of the catalogue, whose facts it takes over.
//!
//! `schemas/policy.schema.json` is this text; a test holds them together.

use serde_json::{Map, Value, json};

use super::vocabulary::{Key, PROBE, SERVICE, TOP, Takes, WAIVED_PASS, WAIVER, pass_keys};
use crate::plan::PassId;

/// What a policy has to know of a pass: its id, whether it advises, and its summary.
pub type KnownPass = (PassId, bool, &'static str);

/// The schema, for these passes.
#[must_use]
pub fn schema(passes: &[KnownPass]) -> String {
    let mut top = object(TOP, &[], passes);
    top["$schema"] = "https://json-schema.org/draft/2020-12/schema".into();
    top["title"] = "The policy of harden: `.harden.yml`, and `x-harden` at the top of a compose file".into();
    let service = object(SERVICE, &[], passes);
    let mut defs = facts();
    defs.insert("passes".into(), all_passes(passes));
    defs.insert("service".into(), service);
    top["$defs"] = Value::Object(defs);
    serde_json::to_string_pretty(&top).unwrap_or_default() + "\n"
}

/// A mapping with these keys and no others.
fn object(keys: &[Key], required: &[&str], passes: &[KnownPass]) -> Value {
    let property = |key: &Key| {
        let mut value = shape(key.takes, passes);
        value["description"] = key.about.into();
        (key.name.to_owned(), value)
    };
    let properties: Map<String, Value> = keys.iter().map(property).collect();
    let mut object = json!({ "type": "object", "additionalProperties": false, "properties": properties });
    if !required.is_empty() {
        object["required"] = json!(required);
    }
    object
}

fn shape(takes: Takes, passes: &[KnownPass]) -> Value {
    let reference = |name: &str| json!({ "$ref": format!("#/$defs/{name}") });
    let mapping = |below: Value| json!({ "type": "object", "additionalProperties": below });
    match takes {
        Takes::Flag => json!({ "type": "boolean" }),
        Takes::Level | Takes::Severity | Takes::FailOn | Takes::LogDriver => json!({ "enum": takes.words() }),
        Takes::Size => {
            json!({ "type": ["string", "integer"], "pattern": "^[0-9]+(\\.[0-9]+)?([kKmMgG][bB]?|[bB])?$" })
        }
        Takes::Cpus => {
            json!({ "type": ["number", "string"], "exclusiveMinimum": 0, "pattern": "^[0-9]+(\\.[0-9]+)?$" })
        }
        Takes::Count => json!({ "type": "integer", "minimum": 1 }),
        Takes::User => json!({ "type": "string", "pattern": "^[0-9]+:[0-9]+$" }),
        Takes::Paths => json!({ "type": "array", "items": { "type": "string", "pattern": "^/" } }),
        Takes::LogSize => json!({ "type": "string", "pattern": "^[1-9][0-9]*[kmg]$" }),
        Takes::Text => json!({ "type": "string", "pattern": "\\S" }),
        Takes::Probe => {
            json!({ "oneOf": [shape(Takes::Text, passes), object(PROBE, &["command", "image"], passes)] })
        }
        Takes::Service => json!({ "type": "string", "minLength": 1 }),
        Takes::Day => {
            json!({ "type": "string", "format": "date", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$" })
        }
        Takes::Pass => json!({ "enum": ids(passes) }),
        Takes::Passes => reference("passes"),
        Takes::Services => mapping(reference("service")),
        Takes::Images => mapping(reference("section")),
        Takes::Facts => reference("section"),
        Takes::Waivers => {
            json!({ "type": "array", "items": object(WAIVER, &["service", "pass", "reason"], passes) })
        }
        Takes::WaivedPasses => json!({
            "type": "object",
            "propertyNames": { "enum": ids(passes) },
            "additionalProperties": object(WAIVED_PASS, &["reason"], passes),
        }),
    }
}

fn ids(passes: &[KnownPass]) -> Vec<PassId> {
    passes.iter().map(|(id, ..)| *id).collect()
}

fn all_passes(passes: &[KnownPass]) -> Value {
    let property = |(id, advises, summary): &KnownPass| {
        let keys: Vec<Key> = pass_keys(id, *advises).collect();
        let wanted = json!({
            "description": summary,
            "oneOf": [{ "type": "boolean" }, object(&keys, &[], passes)],
        });
        ((*id).to_owned(), wanted)
    };
    let properties: Map<String, Value> = passes.iter().map(property).collect();
    json!({ "type": "object", "additionalProperties": false, "properties": properties })
}

/// The definitions of the catalogue; a section of it is what can be said of an image.
fn facts() -> Map<String, Value> {
    let catalogue: Value =
        serde_json::from_str(include_str!("../../schemas/catalogue.schema.json")).unwrap_or_default();
    let mut defs = catalogue["$defs"].as_object().cloned().unwrap_or_default();
    let outside = ["role", "ports"].map(|name| (name, catalogue["properties"][name].clone()));
    if let Some(section) = defs.get_mut("section") {
        section["minProperties"] = 0.into();
        if let Some(properties) = section["properties"].as_object_mut() {
            properties.remove("extra");
            properties.extend(outside.map(|(name, value)| (name.to_owned(), value)));
        }
    }
    defs.retain(|name, _| !["name", "mirror", "version", "fact"].contains(&name.as_str()));
    defs
}
