//! Our check beside the library's, with the same schema: every spot that there is, with every kind of value.

use std::collections::BTreeSet;

use jsonschema::error::{ValidationError, ValidationErrorKind};
use jsonschema::paths::LocationSegment;
use serde_json::{Value, json};

use super::COMPOSE_SCHEMA;
use super::definition::{DefinitionId, SCHEMA};
use super::subject::{Step, name};
use super::validate::validate;
use crate::source::Source;
use crate::yaml::{self, Limits, Tree};

/// One of each kind that the schema tells apart, and what is near its limits.
fn values() -> Vec<Value> {
    let texts = [
        "",
        "lots",
        "512m",
        "1.5 GB",
        "-1",
        "0x1f",
        "30s",
        "1h30m",
        "1.5",
        "1e3",
        "all",
        "true",
        "NO",
        "${X}",
        "host",
        "private",
        "service_healthy",
        "start-first",
        "sync+exec",
        "every_12h",
        "enabled",
        "z",
        "0",
        "100",
        "1_000",
    ];
    let mut values: Vec<Value> = texts.iter().map(|text| json!(text)).collect();
    let numbers = [-1001.0, -1000.0, -1.0, -0.5, 0.0, 0.5, 1.0, 100.0, 101.0, 1000.0, 1001.0];
    values.extend(numbers.map(|number| json!(number)));
    values.extend([-1001, -1000, -1, 0, 1, 100, 101, 1000, 1001].map(|number: i32| json!(number)));
    values.extend([
        json!(null),
        json!(true),
        json!([]),
        json!({}),
        json!({"a": 1}),
        json!({"a b": {"a": "b"}}),
    ]);
    values.extend([
        json!(["a"]),
        json!(["a", "a"]),
        json!([1, 1.5]),
        json!([null]),
        json!([["a"]]),
        json!([{}, {"a": 1}]),
    ]);
    values.extend([json!({"a": null}), json!({"a": [1]}), json!({"a": {}}), json!({"x-a": true})]);
    values
}

/// A way into a document.
#[derive(Clone, Copy)]
enum Into {
    Key(&'static str),
    Item,
}

/// The ways to all spots of the schema, each definition followed wherever it is used.
fn spots(id: DefinitionId, way: &mut Vec<Into>, found: &mut Vec<Vec<Into>>) {
    found.push(way.clone());
    let definition = SCHEMA.get(id).unwrap();
    let known = definition.known.iter().map(|(key, below)| (Into::Key(key), *below));
    let open = definition.open.map(|below| (Into::Key("any"), below));
    let items = definition.items.map(|below| (Into::Item, below));
    for (step, below) in known.chain(open).chain(items) {
        way.push(step);
        spots(below, way, found);
        way.pop();
    }
}

fn document(way: &[Into], value: &Value) -> Value {
    way.iter().rev().fold(value.clone(), |inner, step| match step {
        Into::Key(key) => json!({*key: inner}),
        Into::Item => json!([inner]),
    })
}

/// How our message for an error of the library begins.
fn beginning(error: &ValidationError<'_>) -> String {
    let path = error.instance_path();
    let texts: Vec<_> = path.segments().collect();
    let steps: Vec<Step<'_>> = texts
        .iter()
        .map(|segment| match segment {
            LocationSegment::Property(name) => Step::Key(name),
            LocationSegment::Index(at) => Step::Item(*at),
        })
        .collect();
    let name = name(&steps);
    match error.kind() {
        ValidationErrorKind::Required { property } => {
            format!("{name} needs `{}`", property.as_str().unwrap())
        }
        ValidationErrorKind::UniqueItems => format!("{name} must not list an item twice"),
        ValidationErrorKind::PropertyNames { .. } => format!("a name in {name} must be "),
        _ => format!("{name} must be "),
    }
}

fn ours(document: &Value) -> BTreeSet<String> {
    let mut tree = Tree::default();
    yaml::parse(&mut tree, Source::new("t.yml", document.to_string()), &Limits::default()).unwrap();
    let root = tree.documents()[0].root.unwrap();
    let faults = validate(&tree, root, false);
    let left_out = faults.left_out.into_iter().map(|(_, fault)| fault);
    faults.sure.into_iter().chain(left_out).map(|fault| fault.message).collect()
}

#[test]
fn the_library_finds_the_same_faults_everywhere() {
    let schema: Value = serde_json::from_str(COMPOSE_SCHEMA).unwrap();
    let library = jsonschema::validator_for(&schema).unwrap();
    let mut ways = Vec::new();
    spots(SCHEMA.top, &mut Vec::new(), &mut ways);
    assert!(ways.len() > 400, "{}", ways.len());
    let (mut compared, mut faulty) = (0, 0);
    for (way, value) in ways.iter().flat_map(|way| values().into_iter().map(move |value| (way, value))) {
        let document = document(way, &value);
        let wanted: BTreeSet<String> =
            library.iter_errors(&document).map(|error| beginning(&error)).collect();
        let found = ours(&document);
        let is_same = wanted.len() == found.len()
            && wanted.iter().all(|start| found.iter().any(|message| message.starts_with(start)));
        assert!(is_same, "{document}\nlibrary: {wanted:#?}\nours: {found:#?}");
        compared += 1;
        faulty += usize::from(!found.is_empty());
    }
    assert!(faulty > compared / 4 && faulty < compared);
}
