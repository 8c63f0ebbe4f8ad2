//! Every case folder: the JSON report keeps to its schema and comes back from it, and the fixes of the SARIF report,
//! taken together, make exactly the file that harden would write.

use std::collections::BTreeSet;

use harden::report::Format;
use harden::report::model::Report;
use serde_json::Value;

use crate::harness::{BROKEN, cases, here, json, put, text};

fn words<'a>(file: &'a str, args: &'a [String], more: &[&'a str]) -> Vec<&'a str> {
    let mut words = vec![file, "-q"];
    words.extend(args.iter().map(String::as_str));
    words.extend(more);
    words
}

#[test]
fn every_report_keeps_to_the_schema_and_the_schema_to_the_reports() {
    let schema = json(&text("schemas/report.schema.json"));
    let validator = jsonschema::validator_for(&schema).unwrap();
    let mut seen = BTreeSet::new();
    let mut check = |name: &str, out: &str| {
        let report = json(out);
        let faults: Vec<String> = validator
            .iter_errors(&report)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert!(faults.is_empty(), "{name}: {faults:#?}");
        let parsed = Report::parse(name, out).unwrap();
        assert_eq!(Format::Json.render(&parsed), out, "{name} does not come back as it was");
        keys(&report, &mut seen);
    };
    for (file, args) in cases() {
        check(&file, &here(&words(&file, &args, &["--format", "json"])).out);
    }
    let dir = tempfile::tempdir().unwrap();
    put(dir.path(), "twice.yml", "services:\n  web:\n    image: x\n    image: y\n");
    put(dir.path(), "broken.yml", BROKEN);
    put(dir.path(), "part.yml", "include: [other.yml]\nservices:\n  web:\n    image: x\n    unknown: 1\n");
    for name in ["twice.yml", "broken.yml", "part.yml", "nowhere.yml"] {
        let path = dir.path().join(name);
        check(name, &here(&[path.to_str().unwrap(), "--check", "--format", "json"]).out);
    }
    let mut known = BTreeSet::new();
    properties(&schema, &mut known);
    let waiver = ["waiver", "until"].map(str::to_owned); // nothing makes them yet
    let unused: Vec<_> = known.difference(&seen).filter(|key| !waiver.contains(key)).collect();
    assert!(unused.is_empty(), "no report has {unused:?}, which the schema describes");
}

/// Every key of every object.
fn keys(value: &Value, seen: &mut BTreeSet<String>) {
    match value {
        Value::Object(entries) => {
            for (key, value) in entries {
                seen.insert(key.clone());
                keys(value, seen);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| keys(item, seen)),
        _ => {}
    }
}

/// Every key that a schema describes.
fn properties(schema: &Value, known: &mut BTreeSet<String>) {
    match schema {
        Value::Object(entries) => {
            for (key, value) in entries {
                if let ("properties", Some(described)) = (key.as_str(), value.as_object()) {
                    known.extend(described.keys().cloned());
                }
                properties(value, known);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| properties(item, known)),
        _ => {}
    }
}

#[test]
fn all_fixes_together_make_the_hardened_file_and_each_alone_a_readable_one() {
    let mut fixed = 0;
    for (file, args) in cases() {
        let old = text(&file);
        let sarif = json(&here(&words(&file, &args, &["--format", "sarif"])).out);
        let fixes = fixes(&sarif, &file);
        let all: Vec<Replacement> = fixes.iter().flatten().cloned().collect();
        assert_eq!(apply(&old, all), here(&words(&file, &args, &["--stdout"])).out, "{file}");
        let is_one_document = serde_yaml::from_str::<serde_yaml::Value>(&old).is_ok();
        for fix in fixes.into_iter().filter(|_| is_one_document) {
            let new = apply(&old, fix);
            let read = serde_yaml::from_str::<serde_yaml::Value>(&new);
            assert!(read.is_ok(), "{file}: {}\n{new}", read.unwrap_err());
            fixed += 1;
        }
    }
    assert!(fixed > 500, "only {fixed} fixes");
}

#[test]
fn edits_of_the_json_report_are_those_of_the_fixes() {
    for (file, args) in cases().into_iter().step_by(7) {
        let report = json(&here(&words(&file, &args, &["--format", "json"])).out);
        let old = text(&file);
        let mut edits: Vec<(u64, u64, String)> = Vec::new();
        for service in report["projects"][0]["services"].as_array().unwrap() {
            for decision in service["decisions"].as_array().unwrap() {
                for edit in decision["edits"].as_array().into_iter().flatten() {
                    let at = |point: &str| edit["place"][point]["byte"].as_u64().unwrap();
                    edits.push((at("start"), at("end"), edit["text"].as_str().unwrap().to_owned()));
                }
            }
        }
        edits.sort_by_key(|(start, end, _)| (*start, end > start));
        let mut new = String::new();
        let mut done = 0;
        for (start, end, text) in edits {
            new += &old[done..usize::try_from(start).unwrap()];
            new += &text;
            done = usize::try_from(end).unwrap();
        }
        new += &old[done..];
        assert_eq!(new, here(&words(&file, &args, &["--stdout"])).out, "{file}");
    }
}

#[derive(Clone, Debug)]
struct Replacement {
    start: (u64, u64),
    end: (u64, u64),
    text: String,
}

/// The replacements of each result.
fn fixes(sarif: &Value, file: &str) -> Vec<Vec<Replacement>> {
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    let replacement = |change: &Value| {
        let region = &change["deletedRegion"];
        let number = |key: &str| region[key].as_u64().unwrap();
        Replacement {
            start: (number("startLine"), number("startColumn")),
            end: (number("endLine"), number("endColumn")),
            text: change["insertedContent"]["text"].as_str().unwrap().to_owned(),
        }
    };
    let of_result = |result: &Value| {
        let change = &result["fixes"][0]["artifactChanges"][0];
        assert_eq!(change["artifactLocation"]["uri"], file);
        change["replacements"].as_array().unwrap().iter().map(replacement).collect()
    };
    results.iter().filter(|result| result.get("fixes").is_some()).map(of_result).collect()
}

/// Makes the replacements as a SARIF reader would: by line and UTF-16 column.
fn apply(old: &str, mut replacements: Vec<Replacement>) -> String {
    replacements.sort_by_key(|replacement| (replacement.start, replacement.end > replacement.start));
    let mut new = String::new();
    let mut done = 0;
    for Replacement { start, end, text } in replacements {
        let (start, end) = (offset(old, start), offset(old, end));
        new += &old[done..start];
        new += &text;
        done = end;
    }
    new + &old[done..]
}

fn offset(text: &str, (line, column): (u64, u64)) -> usize {
    let starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1));
    let start = starts.clone().nth(usize::try_from(line).unwrap() - 1).unwrap();
    let start = start + if text[start..].starts_with('\u{feff}') { 3 } else { 0 };
    let mut left = column - 1;
    for (at, char) in text[start..].char_indices() {
        if left == 0 {
            return start + at;
        }
        left -= char.len_utf16() as u64;
    }
    assert_eq!(left, 0, "{line}:{column} is not in the text");
    text.len()
}

#[test]
fn columns_count_utf16_code_units_and_no_byte_order_mark() {
    let dir = tempfile::tempdir().unwrap();
    let old = "{x-note: \"🐳ü\", services: {web: {image: x}}}\n";
    let path = dir.path().join("odd.yml");
    let expected = old[..old.find("}}}").unwrap()].encode_utf16().count() + 1;
    for text in [old.to_owned(), format!("\u{feff}{old}")] {
        put(dir.path(), "odd.yml", &text);
        let sarif = json(&here(&[path.to_str().unwrap(), "-q", "--format", "sarif", "--only", "init"]).out);
        let run = &sarif["runs"][0];
        let change = &run["results"][0]["fixes"][0]["artifactChanges"][0]["replacements"][0];
        assert_eq!(change["deletedRegion"]["startColumn"], expected, "{change:#}");
        assert_eq!(run["columnKind"], "utf16CodeUnits");
    }
}
