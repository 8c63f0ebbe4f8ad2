//! No format holds the value of a variable, and no name breaks out of a format.

use harden::report::model::Report;

use crate::harness::{DOCUMENTS, json, program, put, text};

const SECRETS: &str = "\
x-env: &env
  SHARED: hush-1
services:
  web:
    image: example/web:1.0
    environment:
      TOKEN: hush-2
      <<: *env
      LONG: >
        hush-3
        hush-4
  db:
    image: postgres:16
    environment:
    - POSTGRES_PASSWORD=hush-5
    - \"URL=postgres://me:hush-6@db/x\"
  cache:
    image: redis:7
    command: redis-server --requirepass hush-7
  one: {image: example/one:1.0, environment: {A: hush-8}, command: [run, --token, hush-9]}
  built:
    build:
      context: .
      args:
        NPM_TOKEN: hush-10
    environment: {B: hush-11}
";

#[test]
fn values_of_variables_are_in_no_document() {
    let dir = tempfile::tempdir().unwrap();
    put(dir.path(), "compose.yml", SECRETS);
    for level in ["safe", "standard", "strict"] {
        for format in DOCUMENTS {
            let (code, out, err) =
                program(dir.path(), &["--check", "--level", level, "--format", format, "-v"]);
            assert_eq!(code, Some(1), "{err}");
            assert!(!out.is_empty() && !out.contains("hush"), "{format}: {}", around(&out));
            assert!(!err.contains("hush"), "{}", around(&err));
        }
    }
    let (_, out, _) = program(dir.path(), &["--format", "json"]);
    let report = Report::parse("-", &out).unwrap();
    let file = &report.projects[0].files[0];
    assert!(file.masked && file.diff.as_deref().unwrap().contains("TOKEN: ***"), "{file:?}");
    let (_, exact, _) = program(dir.path(), &["--format", "diff"]);
    assert!(exact.contains("hush"), "the diff itself can be applied, so it has the lines as they are");
}

/// The line with the secret.
fn around(text: &str) -> String {
    text.lines().filter(|line| line.contains("hush")).collect::<Vec<_>>().join("\n")
}

#[test]
fn faults_in_variables_do_not_show_them() {
    let dir = tempfile::tempdir().unwrap();
    for (name, environment) in
        [("a.yml", "hush"), ("b.yml", "{A: {B: hush}}"), ("c.yml", "[A: [hush]]"), ("d.yml", "{A: 'hush}")]
    {
        put(dir.path(), name, &format!("services:\n  web:\n    image: x\n    environment: {environment}\n"));
        for format in DOCUMENTS {
            let (code, out, _) = program(dir.path(), &[name, "--format", format]);
            assert_eq!(code, Some(2), "{environment}");
            assert!(!out.is_empty() && !out.contains("hush"), "{format}: {out}");
        }
    }
}

#[cfg(unix)]
#[test]
fn hostile_file_names_stay_inside_every_format() {
    let dir = tempfile::tempdir().unwrap();
    let name = "a\"'&<b>]]>`x`|\n::error::%0A,\u{1b}[31m{0} [l](e).yml";
    put(dir.path(), name, "services:\n  we.b-_1:\n    image: x:1\n    command: [\"]]>\", \"::error::\"]\n");
    let run = |format: &str| program(dir.path(), &[name, "--check", "-q", "--format", format]).1;
    assert_eq!(json(&run("json"))["projects"][0]["path"], name);
    assert_eq!(json(&run("gitlab"))[0]["location"]["path"], name);
    let sarif = json(&run("sarif"));
    let result = &sarif["runs"][0]["results"][0];
    let uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].as_str().unwrap();
    assert!(uri.starts_with("a%22'&%3Cb%3E%5D%5D%3E%60x%60%7C%0A%3A%3Aerror%3A%3A%250A,%1B%5B31m"), "{uri}");
    for line in run("github").lines() {
        assert!(
            line.starts_with("::error file=a\"'&<b>]]>`x`|%0A%3A%3Aerror")
                || line.starts_with("::notice file="),
            "{line}"
        );
    }
    let junit = run("junit");
    let mut reader = quick_xml::Reader::from_str(&junit);
    let mut suites = 0;
    loop {
        match reader.read_event().unwrap() {
            quick_xml::events::Event::Eof => break,
            quick_xml::events::Event::Start(start) if start.name().as_ref() == b"testsuite" => {
                let found =
                    start.try_get_attribute("name").unwrap().unwrap().unescape_value().unwrap().into_owned();
                assert_eq!(found, name.replace('\u{1b}', "?").replace("\n::", "\n ::"));
                suites += 1;
            }
            _ => {}
        }
    }
    assert_eq!(suites, 1, "{junit}");
    let markdown = run("markdown");
    assert!(!markdown.contains('\u{1b}') && !markdown.contains("\n::error"), "{markdown}");
}

#[test]
fn reports_go_to_files_as_they_go_to_standard_output() {
    let dir = tempfile::tempdir().unwrap();
    put(dir.path(), "compose.yml", SECRETS);
    let mut words = vec!["--check".to_owned(), "-q".to_owned()];
    words.extend(DOCUMENTS.iter().map(|format| format!("--report={format}=out.{format}")));
    words.push("--report=diff=out.diff".to_owned());
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let (code, out, err) = program(dir.path(), &words);
    assert_eq!((code, out.as_str()), (Some(1), ""), "{err}");
    for format in DOCUMENTS.into_iter().chain(["diff"]) {
        let (_, printed, _) = program(dir.path(), &["--check", "-q", "--format", format]);
        assert_eq!(text(dir.path().join(format!("out.{format}"))), printed, "{format}");
    }
}
