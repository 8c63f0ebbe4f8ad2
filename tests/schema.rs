//! Our Compose schema against the specification's own, against its list of keys, and against real files.
//!
//! What each wrong value is told stands beside the code (`src/load/schema/tests.rs`). The specification's schema and
//! the corpus lie beside the repository; where they are absent the tests that need them say so and pass.

#![allow(
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test reads files and shows tables"
)]

#[path = "common/beside.rs"]
mod beside;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use beside::shared;
use harden::load::{self, COMPOSE_SCHEMA, Error, Options};
use serde_json::Value;

fn ours() -> Value {
    serde_json::from_str(COMPOSE_SCHEMA).expect("the schema is JSON")
}

/// Every key of a schema as `services.*.ports.[].target`, references followed.
fn keys(schema: &Value) -> BTreeSet<String> {
    let mut keys = BTreeSet::new();
    collect(schema, schema, "", &mut keys);
    keys
}

fn collect(schema: &Value, at: &Value, path: &str, keys: &mut BTreeSet<String>) {
    if let Some(name) = at["$ref"].as_str() {
        let target = schema.pointer(name.trim_start_matches('#')).expect("references lead somewhere");
        return collect(schema, target, path, keys);
    }
    for (key, below) in at["properties"].as_object().into_iter().flatten() {
        let path = format!("{path}.{key}");
        keys.insert(path.clone());
        collect(schema, below, &path, keys);
    }
    for below in at["patternProperties"].as_object().into_iter().flatten().filter(|(name, _)| *name != "^x-")
    {
        collect(schema, below.1, &format!("{path}.*"), keys);
    }
    if at["additionalProperties"].is_object() {
        collect(schema, &at["additionalProperties"], &format!("{path}.*"), keys);
    }
    if at["items"].is_object() {
        collect(schema, &at["items"], &format!("{path}.[]"), keys);
    }
    for branch in ["oneOf", "anyOf", "allOf"].iter().filter_map(|word| at[word].as_array()).flatten() {
        collect(schema, branch, path, keys);
    }
}

#[test]
fn the_schema_is_valid_against_its_metaschema() {
    jsonschema::meta::validate(&ours()).expect("a valid schema");
    assert_eq!(ours()["$schema"], "http://json-schema.org/draft-07/schema#");
}

#[test]
fn every_key_of_the_specification_is_ours_and_no_other() {
    let Some(path) = shared("reference/compose-spec.json") else { return };
    let theirs: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    let (ours, theirs) = (keys(&ours()), keys(&theirs));
    let missing: Vec<&String> = theirs.difference(&ours).collect();
    let invented: Vec<&String> = ours.difference(&theirs).collect();
    assert!(missing.is_empty() && invented.is_empty(), "missing: {missing:#?}, invented: {invented:#?}");
    println!("{} keys at their places, all in both", ours.len());
    assert!(ours.len() > 300);
}

#[test]
fn every_key_on_the_list_is_ours() {
    let Some(path) = shared("reference/compose-keys.md") else { return };
    let known = keys(&ours());
    let names: BTreeSet<&str> = known.iter().filter_map(|path| path.rsplit('.').next()).collect();
    let text = fs::read_to_string(path).unwrap();
    let (mut section, mut services) = ("", 0);
    for line in text.lines() {
        section = line.strip_prefix("## ").unwrap_or(section);
        let Some((key, shape)) = line.strip_prefix("- `").and_then(|rest| rest.split_once('`')) else {
            continue;
        };
        match section {
            "Top level" => assert!(known.contains(&format!(".{key}")), "{key}"),
            "service" => {
                services += 1;
                assert!(known.contains(&format!(".services.*.{key}")), "{key}");
            }
            _ => assert!(names.contains(key), "{section}: {key}"),
        }
        for inner in braced(shape) {
            assert!(names.contains(inner), "{key}: {inner}");
        }
    }
    assert_eq!(services, 92);
}

/// The keys in `mapping{a, b}`.
fn braced(shape: &str) -> impl Iterator<Item = &str> {
    let inner =
        shape.split_once('{').and_then(|(_, rest)| rest.split_once('}')).map_or("", |(inner, _)| inner);
    inner.split(", ").filter(|key| !key.is_empty())
}

#[test]
fn no_file_that_compose_accepts_is_refused() {
    let Some(corpus) = shared("corpus/real") else { return };
    let manifest = rows(&corpus);
    let (mut warned, mut refused) = (0, Vec::new());
    // the repositories that the files are from are not around them
    let options = Options { read_outside: true, ..Options::default() };
    for row in &manifest {
        match load::file(&corpus.join(&row.path), &options) {
            Ok(loaded) => warned += usize::from(!loaded.warnings.is_empty()),
            // texts that Compose refuses once it puts variables in
            Err(error) if first_line(&error).starts_with("`${") && !row.interpolates => {}
            Err(error) => refused.push(format!("{}: {}", row.path, first_line(&error))),
        }
    }
    println!("{} files accepted, {warned} of them with warnings", manifest.len() - refused.len());
    assert!(refused.is_empty(), "{} of {} refused:\n{}", refused.len(), manifest.len(), refused.join("\n"));
    assert!(manifest.len() > 500);
}

#[test]
fn what_compose_refuses_is_refused_or_warned_about_or_beyond_one_file() {
    let Some(corpus) = shared("corpus/rejected") else { return };
    let known = keys(&ours());
    let (mut agreed, mut silent) = (0, Vec::new());
    for row in rows(&corpus) {
        let verdict = match load::file(&corpus.join(&row.path), &Options::default()) {
            Err(error) => first_line(&error),
            Ok(loaded) => loaded
                .warnings
                .first()
                .map_or("accepted".to_owned(), |first| format!("warning: {}", first.message)),
        };
        println!("{}\n    compose: {}\n    harden:  {verdict}", row.path, row.reason);
        agreed += usize::from(verdict != "accepted");
        if verdict == "accepted" && row.reason.contains("validating ") && !is_newer(&row.reason, &known) {
            silent.push(row.path);
        }
    }
    println!("{agreed} refused or warned about");
    // Of the files that Compose refuses for their shape, none may pass without a word.
    assert_eq!(silent, [""; 0]);
    assert!(agreed >= 20);
}

#[test]
fn a_file_is_refused_through_the_front_door_with_its_place() {
    let text = "services:\n  web:\n    image: x\n    mem_limit: lots\n";
    let Err(Error::Invalid { tree, diagnostics }) = load::text("t.yml", text, &Options::default()) else {
        panic!("accepted");
    };
    let [error] = diagnostics.as_slice() else { panic!("{diagnostics:?}") };
    assert_eq!(error.message, "`mem_limit` must be a size such as 512m, found `lots`");
    let place = error.place.unwrap();
    assert_eq!(tree.source(place.file).slice(place.span), "lots");
    assert_eq!(tree.source(place.file).line_col(place.span.start), (4, 16));
}

#[test]
fn an_unknown_key_is_a_warning_through_the_front_door() {
    let text = "services:\n  web:\n    image: x\n    restrat: always\n";
    let loaded = load::text("t.yml", text, &Options::default()).expect("a newer key is no mistake");
    let [warning] = loaded.warnings.as_slice() else { panic!("{:?}", loaded.warnings) };
    assert_eq!(warning.message, "unknown key `restrat`");
    assert_eq!(warning.help.as_deref(), Some("did you mean `restart`?"));
}

/// Whether the Compose that wrote the manifest refused what the specification has taken up since: a key that is
/// known by now, or a word for `pull_policy`.
fn is_newer(reason: &str, known: &BTreeSet<String>) -> bool {
    let key = reason.split("Additional property ").nth(1).and_then(|rest| rest.split(' ').next());
    let is_known = |key: &str| known.iter().any(|path| path.ends_with(&format!(".{key}")));
    key.is_some_and(is_known) || reason.contains(".pull_policy must be one of")
}

struct Row {
    path: String,
    /// What Compose says.
    reason: String,
    /// Whether Compose takes it with its variables put in.
    interpolates: bool,
}

fn rows(corpus: &Path) -> Vec<Row> {
    let text = fs::read_to_string(corpus.join("manifest.tsv")).unwrap();
    let mut lines = text.lines().map(|line| line.split('\t').collect::<Vec<_>>());
    let head = lines.next().unwrap();
    let column = |name: &str| head.iter().position(|title| *title == name);
    let (path, reason) = (column("path").unwrap(), column("error"));
    let accepted = column("accepted_interpolated");
    let interpolates = |line: &[&str]| accepted.is_none_or(|at| line.get(at) == Some(&"1"));
    let reason = |line: &[&str]| reason.and_then(|at| line.get(at)).copied().unwrap_or_default().to_owned();
    let row = |line: Vec<&str>| Row {
        path: line[path].to_owned(),
        reason: reason(&line),
        interpolates: interpolates(&line),
    };
    lines.map(row).collect()
}

fn first_line(error: &Error) -> String {
    error.to_string().lines().next().unwrap_or_default().to_owned()
}
