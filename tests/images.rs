//! `harden images`: its JSON is what the schema says, it shows what harden really writes, and what is not known is
//! said and ends with 2.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use clap::Parser as _;
use harden::cli::Cli;
use harden::image::catalogue::{FILES, MIRRORS};
use harden::load;
use harden::pipeline::{self, Options};
use harden::plan::{Decision, Level};
use harden::run::{Console, Exit, run};
use serde_json::Value;

/// Runs `harden images`; the exit, stdout and stderr.
fn images(words: &[&str]) -> (Exit, String, String) {
    let cli = Cli::try_parse_from(["harden", "images"].iter().chain(words)).unwrap();
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let mut console = Console { out: &mut out, err: &mut err, colored_out: false, interactive: false };
    let exit = run(&cli.request().unwrap(), &mut console);
    let err = anstream::adapter::strip_str(std::str::from_utf8(&err).unwrap()).to_string();
    (exit, String::from_utf8(out).unwrap(), err)
}

fn json(words: &[&str]) -> Value {
    let (_, out, _) = images(&[&["--format", "json"], words].concat());
    serde_json::from_str(&out).unwrap()
}

fn schema() -> jsonschema::Validator {
    let text = include_str!("../schemas/images.schema.json");
    jsonschema::validator_for(&serde_json::from_str(text).unwrap()).unwrap()
}

fn faults(document: &Value) -> Vec<String> {
    schema().iter_errors(document).map(|error| format!("{}: {error}", error.instance_path())).collect()
}

/// Every name of the catalogue, and images in all the ways they are written.
fn asked() -> Vec<&'static str> {
    let names = FILES.iter().flat_map(|(names, _)| names.iter().copied());
    let others = [
        "postgres:16-alpine",
        "postgres:${PG:-16}",
        "postgres:${PG}",
        "postgres@sha256:0000000000000000000000000000000000000000000000000000000000000000",
        "mirror.gcr.io/library/redis:7",
        "lscr.io/linuxserver/plex:latest",
        "elasticsearch:7.17.0",
        "registry.example.com:5000/acme/api:1",
        "acme/postgres",
        "${IMAGE}",
        "odd\"name:[x]#",
    ];
    names.chain(others).collect()
}

#[test]
fn json_fits_the_schema_at_every_level() {
    assert_eq!(faults(&json(&[])), [""; 0]);
    for level in ["safe", "standard", "strict"] {
        let document = json(&[&["--level", level], asked().as_slice()].concat());
        assert_eq!(faults(&document), [""; 0], "{level}");
        assert_eq!(document["images"].as_array().unwrap().len(), asked().len());
    }
}

#[test]
fn the_schema_refuses_what_is_not_printed() {
    let sound = json(&["postgres:16-alpine"]);
    for (pointer, key) in [
        ("", "level"),
        ("/images/0", "compose"),
        ("/images/0/entry", "matched"),
        ("/images/0/entry/facts/0", "source"),
        ("/images/0/entry/variants/0", "holds"),
        ("/images/0/decisions/1", "changes"),
        ("/images/0/decisions/1/changes/0", "grounds"),
    ] {
        let mut less = sound.clone();
        less.pointer_mut(pointer).unwrap().as_object_mut().unwrap().remove(key).unwrap();
        assert_ne!(faults(&less), [""; 0], "{pointer}/{key} can be left out");
        let mut more = sound.clone();
        more.pointer_mut(pointer).unwrap().as_object_mut().unwrap().insert("colour".into(), "red".into());
        assert_ne!(faults(&more), [""; 0], "{pointer} takes anything");
    }
}

#[test]
fn what_is_shown_is_what_the_pipeline_decides() {
    for (word, level) in [("safe", Level::Safe), ("standard", Level::Standard), ("strict", Level::Strict)] {
        let shown = json(&["--level", word, "postgres:16-alpine", "acme/api:1", "linuxserver/plex"]);
        for image in shown["images"].as_array().unwrap() {
            let name = image["image"].as_str().unwrap();
            let text = format!("services:\n  app:\n    image: {name}\n");
            let loaded = load::text("compose.yml", &text, &load::Options::default()).unwrap();
            let plan = pipeline::plan(loaded.project, &Options { level, ..Options::default() }).plan;
            let told = image["decisions"].as_array().unwrap();
            assert_eq!(told.len(), plan.services[0].decisions.len());
            for ((pass, decision), told) in plan.services[0].decisions.iter().zip(told) {
                assert_eq!(told["pass"], *pass);
                assert_eq!(
                    told["decision"] == "apply",
                    matches!(decision, Decision::Apply(_)),
                    "{name}: {pass}"
                );
                assert_eq!(
                    told["release"].is_string(),
                    matches!(decision, Decision::HeldBack(..)),
                    "{name}: {pass}"
                );
            }
            let hardened =
                load::text("x", image["compose"].as_str().unwrap(), &load::Options::default()).unwrap();
            let again = pipeline::plan(hardened.project, &Options { level, ..Options::default() }).plan;
            assert!(again.is_empty(), "{name} at {word}: the text shown is not the hardened one");
        }
    }
}

#[test]
fn every_fact_is_shown_with_its_basis_and_source() {
    let (exit, out, err) = images(&["postgres:16-alpine"]);
    assert_eq!((exit, err.as_str()), (Exit::Done, ""));
    let shown = json(&["postgres:16-alpine"]);
    let facts = shown["images"][0]["entry"]["facts"].as_array().unwrap();
    assert!(facts.len() > 15);
    for fact in facts {
        let (name, basis) = (fact["name"].as_str().unwrap(), fact["basis"].as_str().unwrap());
        let line = out.lines().find(|line| line.trim_start().starts_with(&format!("{name} "))).unwrap();
        assert!(line.contains(basis), "{line}");
        assert!(out.contains(fact["source"].as_str().unwrap()), "{name}");
    }
    assert!(out.contains("tags *alpine*: sets user (holds here)"), "{out}");
    assert!(out.contains("from version 18: sets data, volumes (not here)"), "{out}");
}

#[test]
fn the_list_has_a_line_for_every_file_and_its_columns_are_aligned() {
    let (exit, out, err) = images(&[]);
    assert_eq!(exit, Exit::Done);
    assert!(err.starts_with(&format!("{} families of images under ", FILES.len())), "{err}");
    let mut lines = out.lines();
    let role = lines.next().unwrap().find("ROLE").unwrap();
    for (line, (names, _)) in lines.by_ref().zip(FILES) {
        assert!(line.starts_with(&format!("{} ", names[0])), "{line}");
        assert_eq!(line.as_bytes()[role - 1], b' ');
        assert_ne!(line.as_bytes()[role], b' ', "{line}");
        assert!(names.iter().all(|name| line.contains(name)), "{line}");
    }
    assert_eq!(lines.next(), None);
}

#[test]
fn what_is_not_known_is_said_and_fails_although_the_rest_is_told() {
    let (exit, out, err) = images(&["acme/postgres", "redis:7", "${IMAGE}", "xqzzyk/wvutq"]);
    assert_eq!(exit, Exit::Failed);
    assert!(out.contains("entry     redis, datastore") && out.contains("not in the catalogue"), "{out}");
    assert!(err.contains("error: `acme/postgres` is not in the catalogue"), "{err}");
    assert!(err.contains("help: did you mean `postgres`"), "{err}");
    assert!(err.contains("error: only the environment knows which image `${IMAGE}` is"), "{err}");
    assert!(err.contains("help: `harden images` lists what is known"), "{err}");
    let quiet = images(&["--format", "json", "acme/postgres"]);
    assert_eq!(quiet.0, Exit::Failed, "the format never changes the exit code");
}

#[test]
fn a_copy_by_others_is_never_surer_than_likely() {
    let (mirror, original) = MIRRORS.iter().copied().find(|(_, original)| *original == "redis").unwrap();
    let shown = json(&["--level", "strict", mirror]);
    let image = &shown["images"][0];
    assert_eq!(image["entry"]["copy_of"], original);
    let decisions = image["decisions"].as_array().unwrap();
    let changes: Vec<&Value> =
        decisions.iter().filter_map(|decision| decision["changes"].as_array()).flatten().collect();
    let user = changes.iter().find(|change| change["path"] == serde_json::json!(["user"])).unwrap();
    assert!(user["grounds"].as_str().unwrap().contains("is a copy of `redis`"), "{user}");
    for change in changes {
        let known = change["confidence"] == "known";
        assert!(!known || !change["grounds"].as_str().unwrap().contains("catalogue"), "{change}");
    }
    let (_, out, _) = images(&[mirror]);
    assert!(out.contains(&format!("copy of   {original}, as its publisher says")), "{out}");
}
