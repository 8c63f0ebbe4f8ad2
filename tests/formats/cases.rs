//! Every case folder: the JSON report keeps to its schema and comes back from it, and the fixes of the SARIF report,
//! taken together, make exactly the file that harden would write.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use harden::report::Format;
use harden::report::model::Report;
use serde_json::Value;

use crate::harness::{BROKEN, cases, here, json, program, proved, put, set_aside, text, text_before};

#[test]
fn every_report_keeps_to_the_schema_and_the_schema_to_the_reports() {
    let schema = json(&text("schemas/report.schema.json"));
    let validator = jsonschema::validator_for(&schema).unwrap();
    let mut found = BTreeSet::new();
    let mut check = |name: &str, out: &str| {
        let report = json(out);
        let faults: Vec<String> = validator
            .iter_errors(&report)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert!(faults.is_empty(), "{name}: {faults:#?}");
        let parsed = Report::parse(name, out).unwrap();
        assert_eq!(Format::Json.render(&parsed), out, "{name} does not come back as it was");
        keys(&report, &mut found);
    };
    for case in cases() {
        check(&case.name(), &case.run(&["--format", "json"]));
    }
    let dir = tempfile::tempdir().unwrap();
    put(dir.path(), "twice.yml", "services:\n  web:\n    image: x\n    image: y\n");
    put(dir.path(), "broken.yml", BROKEN);
    put(dir.path(), "part.yml", "include: [other.yml]\nservices:\n  web:\n    image: x\n    unknown: 1\n");
    for name in ["twice.yml", "broken.yml", "part.yml", "nowhere.yml"] {
        let path = dir.path().join(name);
        check(name, &here(&[path.to_str().unwrap(), "--check", "--format", "json"]));
    }
    let repository = set_aside();
    let out = program(repository.path(), &["--check", "-q", "--format", "json"]).1;
    check("what is set aside", &out);
    let repository = proved();
    check("what was run", &program(repository.path(), &["--check", "-q", "--format", "json"]).1);
    #[cfg(unix)]
    for case in ["replicas", "not-running", "unknown", "partly-seen"] {
        check(case, &crate::engine::Staged::case(case).run(&["--format", "json"]).out);
    }
    let mut known = BTreeSet::new();
    properties(&schema, &mut known);
    let unused: Vec<_> = known.difference(&found).collect();
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
fn all_fixes_together_make_the_hardened_files_and_each_alone_readable_ones() {
    let mut count = 0;
    for case in cases() {
        let sarif = json(&case.run(&["--format", "sarif"]));
        let fixes = fixes(&sarif);
        let mut all: BTreeMap<&str, Vec<Replacement>> = BTreeMap::new();
        for (file, replacements) in fixes.iter().flatten() {
            all.entry(file).or_default().extend(replacements.iter().cloned());
        }
        let written = case.written();
        for (file, replacements) in all {
            let copy = written.path().join(Path::new(file).strip_prefix(case.name()).unwrap());
            assert_eq!(apply(&text_before(file), replacements), text(copy), "{file}");
        }
        for (file, replacements) in fixes.into_iter().flatten() {
            let old = text_before(&file);
            if file.ends_with("ml") && serde_yaml::from_str::<serde_yaml::Value>(&old).is_ok() {
                let new = apply(&old, replacements);
                let read = serde_yaml::from_str::<serde_yaml::Value>(&new);
                assert!(read.is_ok(), "{file}: {}\n{new}", read.unwrap_err());
                count += 1;
            }
        }
    }
    assert!(count > 500, "only {count} fixes");
}

#[test]
fn edits_of_the_json_report_make_the_hardened_files() {
    for case in cases().into_iter().step_by(5) {
        let report = json(&case.run(&["--format", "json"]));
        let mut files: BTreeMap<String, Vec<(usize, usize, String)>> = BTreeMap::new();
        let services = report["projects"][0]["services"].as_array().unwrap();
        let decisions = services.iter().flat_map(|service| service["decisions"].as_array().unwrap());
        for edit in decisions.flat_map(|decision| decision["edits"].as_array().into_iter().flatten()) {
            let at = |point: &str| usize::try_from(edit["place"][point]["byte"].as_u64().unwrap()).unwrap();
            let file = edit["place"]["file"].as_str().unwrap().to_owned();
            let edit = (at("start"), at("end"), edit["text"].as_str().unwrap().to_owned());
            files.entry(file).or_default().push(edit);
        }
        let written = case.written();
        for (file, mut edits) in files {
            edits.sort_by_key(|(start, end, _)| (*start, end > start));
            let new = spliced(&text_before(&file), edits);
            let copy = written.path().join(Path::new(&file).strip_prefix(case.name()).unwrap());
            assert_eq!(new, text(copy), "{file}");
        }
    }
}

#[derive(Clone, Debug)]
struct Replacement {
    start: (u64, u64),
    end: (u64, u64),
    text: String,
}

/// The replacements of each result, by file.
fn fixes(sarif: &Value) -> Vec<Vec<(String, Vec<Replacement>)>> {
    let replacement = |change: &Value| {
        let region = &change["deletedRegion"];
        let number = |key: &str| region[key].as_u64().unwrap();
        Replacement {
            start: (number("startLine"), number("startColumn")),
            end: (number("endLine"), number("endColumn")),
            text: change["insertedContent"]["text"].as_str().unwrap().to_owned(),
        }
    };
    let of_file = |change: &Value| {
        let file = change["artifactLocation"]["uri"].as_str().unwrap().to_owned();
        (file, change["replacements"].as_array().unwrap().iter().map(replacement).collect())
    };
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    let fixed = results.iter().filter_map(|result| result.get("fixes"));
    fixed.map(|fixes| fixes[0]["artifactChanges"].as_array().unwrap().iter().map(of_file).collect()).collect()
}

/// Makes the replacements as a SARIF reader would: by line and UTF-16 column.
fn apply(old: &str, mut replacements: Vec<Replacement>) -> String {
    replacements.sort_by_key(|replacement| (replacement.start, replacement.end > replacement.start));
    let edits = replacements.into_iter().map(|one| (offset(old, one.start), offset(old, one.end), one.text));
    spliced(old, edits.collect())
}

fn spliced(old: &str, edits: Vec<(usize, usize, String)>) -> String {
    let mut new = String::new();
    let mut done = 0;
    for (start, end, text) in edits {
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
        let sarif = json(&here(&[path.to_str().unwrap(), "-q", "--format", "sarif", "--only", "init"]));
        let run = &sarif["runs"][0];
        let change = &run["results"][0]["fixes"][0]["artifactChanges"][0]["replacements"][0];
        assert_eq!(change["deletedRegion"]["startColumn"], expected, "{change:#}");
        assert_eq!(run["columnKind"], "utf16CodeUnits");
    }
}
