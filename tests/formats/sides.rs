//! What formats must not do: change the exit code, write part of a job, or mix words and data.

use std::fs;

use crate::harness::{BROKEN, DOCUMENTS, FORMATS, PLAIN, json, on_github, program, put, text};

#[test]
fn the_format_never_changes_the_exit_code() {
    let dir = tempfile::tempdir().unwrap();
    put(dir.path(), "drift.yml", PLAIN);
    put(dir.path(), "broken.yml", BROKEN);
    put(dir.path(), "part.yml", "services:\n  web:\n    extends: {file: base.yml, service: web}\n");
    for format in FORMATS {
        for (words, expected) in [
            (&["drift.yml"][..], 0),
            (&["drift.yml", "--check"], 1),
            (&["broken.yml"], 2),
            (&["drift.yml", "broken.yml", "--check"], 2),
            (&["part.yml", "--check"], 2),
        ] {
            let (code, _, err) = program(dir.path(), &[words, &["--format", format]].concat());
            assert_eq!(code, Some(expected), "{format} {words:?}: {err}");
        }
    }
}

#[test]
fn several_projects_are_one_document_and_failures_are_in_it() {
    let dir = tempfile::tempdir().unwrap();
    put(dir.path(), "b.yml", PLAIN);
    put(dir.path(), "a.yml", PLAIN);
    put(dir.path(), "broken.yml", BROKEN);
    let run = |format: &str| {
        program(dir.path(), &["b.yml", "broken.yml", "a.yml", "--check", "--format", format]).1
    };
    let report = json(&run("json"));
    let projects: Vec<_> =
        report["projects"].as_array().unwrap().iter().map(|one| one["path"].as_str().unwrap()).collect();
    assert_eq!(projects, ["a.yml", "b.yml", "broken.yml"]);
    assert_eq!(report["summary"]["failed"], 1);
    assert_eq!(report["projects"][2]["diagnostics"][0]["place"]["start"]["line"], 4);
    let sarif = json(&run("sarif"));
    assert_eq!(sarif["runs"].as_array().unwrap().len(), 1);
    let invocation = &sarif["runs"][0]["invocations"][0];
    assert_eq!(invocation["executionSuccessful"], false);
    assert_eq!(invocation["toolExecutionNotifications"][0]["level"], "error");
    let junit = run("junit");
    assert_eq!(
        (junit.matches("<testsuites ").count(), junit.matches("<testsuite ").count()),
        (1, 3),
        "{junit}"
    );
    assert!(junit.contains("errors=\"1\"") && junit.contains("broken.yml:4:16"), "{junit}");
    assert!(
        run("github").starts_with("::error file=a.yml")
            || run("github").contains("::error file=broken.yml,line=4,col=16")
    );
    assert!(json(&run("gitlab")).as_array().unwrap().iter().any(|issue| issue["severity"] == "blocker"));
    assert!(run("markdown").contains("| `broken.yml` | failed |"));
}

#[test]
fn fingerprints_stay_when_lines_move() {
    let dir = tempfile::tempdir().unwrap();
    put(dir.path(), "compose.yml", PLAIN);
    let prints = || {
        let (_, out, _) = program(dir.path(), &["--format", "sarif", "-q"]);
        let results = json(&out)["runs"][0]["results"].as_array().unwrap().clone();
        results.iter().map(|result| result["partialFingerprints"].clone()).collect::<Vec<_>>()
    };
    let before = prints();
    put(dir.path(), "compose.yml", &format!("# one\n# two\n{PLAIN}    restart: always\n"));
    assert_eq!(prints(), before);
    let distinct: std::collections::BTreeSet<_> = before.iter().map(ToString::to_string).collect();
    assert_eq!(distinct.len(), before.len());
}

#[test]
fn a_missing_directory_is_told_before_anything_is_done() {
    let dir = tempfile::tempdir().unwrap();
    put(dir.path(), "compose.yml", PLAIN);
    let (code, out, err) =
        program(dir.path(), &["--write", "--report", "json=ok.json", "--report", "sarif=no/such/x.sarif"]);
    assert_eq!((code, out.as_str()), (Some(2), ""), "{err}");
    assert!(
        err.contains("cannot write the report `no/such/x.sarif`: there is no directory `no/such`"),
        "{err}"
    );
    assert_eq!(text(dir.path().join("compose.yml")), PLAIN);
    assert!(!dir.path().join("ok.json").exists());
}

#[test]
fn what_cannot_be_meant_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    put(dir.path(), "compose.yml", PLAIN);
    for (words, said) in [
        (&["--report", "json=-"][..], "`-` is no file; `--format json` prints to standard output"),
        (&["--report", "serif=x"], "did you mean `sarif`?"),
        (&["--report", "json"], "expected FORMAT=FILE"),
        (&["--format", "xml"], "possible values"),
        (&["--format", "json", "--diff"], "`--report diff=FILE` writes the diff to a file"),
        (&["--format", "json", "--stdout"], "cannot be used with"),
        (&["--report", "json=x", "--report", "sarif=x"], "two reports go to the same file"),
        (&["compose.yml", "--report", "json=compose.yml"], "named as a report and as something else"),
        (&["-o", "x", "--report", "json=x"], "named as a report and as something else"),
    ] {
        let (code, out, err) = program(dir.path(), words);
        assert_eq!((code, out.as_str()), (Some(2), ""), "{words:?}");
        assert!(err.contains(said), "{words:?}: {err}");
    }
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1, "nothing was written");
    assert_eq!(text(dir.path().join("compose.yml")), PLAIN);
}

#[test]
fn what_was_written_is_no_finding_any_more() {
    let dir = tempfile::tempdir().unwrap();
    put(dir.path(), "compose.yml", PLAIN);
    put(dir.path(), "broken.yml", BROKEN);
    let (code, out, _) = program(dir.path(), &["compose.yml", "broken.yml", "--write", "--format", "json"]);
    let report = json(&out);
    assert_eq!((code, &report["projects"][1]["written"]), (Some(2), &false.into()), "nothing was written");
    let (code, out, err) =
        program(dir.path(), &["compose.yml", "--write", "--format", "json", "--report", "sarif=s"]);
    let report = json(&out);
    assert_eq!(code, Some(0), "{err}");
    assert_eq!(report["projects"][0]["written"], true);
    assert!(report["summary"]["counts"]["changes"].as_u64().unwrap() > 0);
    let sarif = text(dir.path().join("s"));
    assert!(!sarif.contains("\"fixes\"") && sarif.contains("\"results\""), "{sarif}");
    let (code, out, _) = program(dir.path(), &["--check", "--format", "json", "compose.yml"]);
    assert_eq!((code, &json(&out)["projects"][0]["status"]), (Some(0), &"clean".into()));
}

#[test]
fn words_go_to_standard_error_and_documents_to_standard_output() {
    let dir = tempfile::tempdir().unwrap();
    put(dir.path(), "compose.yml", PLAIN);
    for format in DOCUMENTS {
        let (_, out, err) = program(dir.path(), &["--format", format]);
        assert!(err.starts_with("compose.yml: 1 service, ") && !out.starts_with("---"), "{format}: {err}");
        assert_eq!(
            program(dir.path(), &["--format", format, "-q"]),
            (Some(0), out, String::new()),
            "{format}"
        );
    }
}

#[test]
fn annotations_come_by_themselves_on_github() {
    let dir = tempfile::tempdir().unwrap();
    put(dir.path(), "compose.yml", PLAIN);
    let (code, out, err) = on_github(dir.path(), &["--check"]);
    assert_eq!((code, out.as_str()), (Some(1), ""));
    assert!(
        err.contains("\n::error file=compose.yml,line=2,col=3,title=harden%3A `web` is not hardened::"),
        "{err}"
    );
    let (_, out, err) = on_github(dir.path(), &["--diff"]);
    assert_eq!(out, program(dir.path(), &["--diff"]).1, "the diff can still be applied");
    assert!(err.contains("\n::warning file=compose.yml"), "{err}");
    for words in [&["--format", "github"][..], &["--write"], &["-q", "--diff"], &["--stdout"]] {
        put(dir.path(), "compose.yml", PLAIN);
        assert!(!on_github(dir.path(), words).2.contains("::warning"), "{words:?}");
    }
    assert!(!program(dir.path(), &["--check"]).2.contains("::error"));
}

#[test]
fn paths_are_those_of_the_repository() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join(".git")).unwrap();
    fs::create_dir(dir.path().join("web")).unwrap();
    put(dir.path(), "web/compose.yml", PLAIN);
    let from =
        |below: &str, file: &str| program(&dir.path().join(below), &[file, "-q", "--format", "gitlab"]).1;
    let expected = from(".", "web/compose.yml");
    assert_eq!(json(&expected)[0]["location"]["path"], "web/compose.yml");
    assert_eq!(from("web", "compose.yml"), expected);
    assert_eq!(from("web", "../web/./compose.yml"), expected);
}
