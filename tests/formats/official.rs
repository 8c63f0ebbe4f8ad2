//! The SARIF report against the official schema, which is not part of this repository: `.ci/sarif` fetches it.

use std::env;

use crate::harness::{cases, json, program, set_aside, text};

#[test]
#[ignore = "needs SARIF_SCHEMA; `.ci/sarif` fetches the schema and runs this"]
fn the_official_schema_accepts_every_case() {
    let path = env::var_os("SARIF_SCHEMA").expect("SARIF_SCHEMA names the schema");
    let mut schema = json(&text(std::path::Path::new(&path)));
    // not a regular expression: it has one bracket too many; the report has no `language`
    for holder in ["run", "toolComponent"] {
        let language = schema.pointer_mut(&format!("/definitions/{holder}/properties/language")).unwrap();
        language.as_object_mut().unwrap().remove("pattern").unwrap();
    }
    let validator = jsonschema::validator_for(&schema).unwrap();
    assert!(!validator.is_valid(&json(r#"{"version": "2.1.0", "runs": [{}]}"#)), "it is the schema");
    for case in cases() {
        let sarif = json(&case.run(&["--check", "--format", "sarif"]));
        let faults: Vec<String> = validator
            .iter_errors(&sarif)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert!(faults.is_empty(), "{}: {faults:#?}", case.name());
    }
    let sarif = everything();
    let faults: Vec<String> =
        validator.iter_errors(&sarif).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(faults.is_empty(), "{faults:#?}");
}

/// A report with everything that one can hold.
fn everything() -> serde_json::Value {
    let repository = set_aside();
    json(&program(repository.path(), &["--check", "-q", "--format", "sarif"]).1)
}

#[test]
fn what_the_official_schema_judges_holds_everything() {
    let sarif = everything();
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    for (what, pointer, expected) in [
        ("a waiver", "/suppressions/0/justification", Some("it writes")),
        (
            "a waiver with its last day",
            "/suppressions/0/justification",
            Some("a \"mirror\" (until 2999-12-31)"),
        ),
        ("known drift", "/baselineState", Some("unchanged")),
        ("new drift", "/baselineState", Some("new")),
        ("advice", "/ruleId", Some("healthcheck")),
        ("a fix", "/fixes/0/artifactChanges/0/replacements/0/insertedContent/text", None),
    ] {
        let holds = |result: &serde_json::Value| {
            let found = result.pointer(pointer).and_then(serde_json::Value::as_str);
            found.is_some_and(|found| expected.is_none_or(|expected| found == expected))
        };
        assert!(results.iter().any(holds), "{what}: {sarif:#}");
    }
    let notes = sarif["runs"][0]["invocations"][0]["toolExecutionNotifications"].as_array().unwrap();
    assert!(notes.iter().any(|note| note["level"] == "note"), "{notes:#?}");
}

#[test]
fn every_result_names_its_rule_and_every_rule_explains_itself() {
    let mut levels = std::collections::BTreeSet::new();
    for case in cases() {
        let sarif = json(&case.run(&["--check", "--format", "sarif"]));
        assert_eq!((&sarif["version"], sarif["runs"].as_array().unwrap().len()), (&"2.1.0".into(), 1));
        let run = &sarif["runs"][0];
        let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
        assert_eq!(rules.len(), harden::passes::ALL.len());
        for rule in rules {
            assert!(rule["help"]["text"].as_str().unwrap().contains("## Example"), "{rule:#}");
        }
        for result in run["results"].as_array().unwrap() {
            let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
            assert_eq!(rules[index]["id"], result["ruleId"]);
            levels.insert(result["level"].as_str().unwrap().to_owned());
            for suppression in result["suppressions"].as_array().into_iter().flatten() {
                assert!(!suppression["justification"].as_str().unwrap_or_default().is_empty(), "{result:#}");
            }
            let region = &result["locations"][0]["physicalLocation"]["region"];
            assert!(
                region["startLine"].as_u64().unwrap() >= 1 && region["startColumn"].as_u64().unwrap() >= 1
            );
        }
    }
    assert_eq!(levels.into_iter().collect::<Vec<_>>(), ["error", "note", "warning"]);
}
