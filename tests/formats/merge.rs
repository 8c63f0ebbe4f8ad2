//! `harden report merge`: shards are as good as one run, and what does not fit is refused.

use std::path::Path;

use crate::harness::{BROKEN, FORMATS, PLAIN, json, program, put, text};

const CLEAN: &str = "services:\n  web:\n    image: x\n    init: true\n";

/// Three shards in a directory, and their names.
fn shards(dir: &Path) -> [&'static str; 3] {
    put(dir, "a.yml", PLAIN);
    put(dir, "b.yml", CLEAN);
    put(dir, "c.yml", BROKEN);
    for (file, report) in [("a.yml", "json=1.json"), ("b.yml", "json=2.json"), ("c.yml", "json=3.json")] {
        program(dir, &[file, "--check", "--only", "init,env_secrets", "-q", "--report", report]);
    }
    ["1.json", "2.json", "3.json"]
}

#[test]
fn shards_make_what_one_run_makes_in_every_format() {
    let dir = tempfile::tempdir().unwrap();
    let [one, two, three] = shards(dir.path());
    let whole = |format: &str| {
        program(
            dir.path(),
            &["c.yml", "a.yml", "b.yml", "--check", "--only", "init,env_secrets", "-q", "--format", format],
        )
        .1
    };
    for format in FORMATS.into_iter().filter(|format| !["text", "diff"].contains(format)) {
        let (code, out, err) = program(dir.path(), &["report", "merge", one, two, three, "--format", format]);
        assert_eq!((code, err.as_str()), (Some(0), ""));
        assert_eq!(out, whole(format), "{format}");
        let (_, other, _) = program(dir.path(), &["report", "merge", three, one, two, "--format", format]);
        assert_eq!(other, out, "the order of the shards does not matter");
    }
    let (_, text_out, _) = program(dir.path(), &["report", "merge", one, two, three, "--format", "text"]);
    assert!(text_out.contains("a.yml: 1 change missing in 1 service, 1 needs a person\n"), "{text_out}");
    assert!(text_out.ends_with("3 projects, 1 clean, 1 with changes, 1 failed\n"), "{text_out}");
    let (_, diff, err) = program(dir.path(), &["report", "merge", one, "--format", "diff"]);
    assert!(diff.contains("+    init: true") && !diff.contains("hush"), "{diff}");
    assert!(err.contains("cannot be applied"), "{err}");
}

#[test]
fn the_exit_code_tells_what_was_found_only_when_asked() {
    let dir = tempfile::tempdir().unwrap();
    let [drift, clean, failed] = shards(dir.path());
    for (words, expected) in [
        (&[drift, clean, failed][..], 0),
        (&[clean, "--check"], 0),
        (&[drift, clean, "--check"], 1),
        (&[drift, clean, failed, "--check"], 2),
    ] {
        let (code, out, _) = program(dir.path(), &[&["report", "merge"], words].concat());
        assert_eq!(code, Some(expected), "{words:?}");
        assert_eq!(json(&out)["version"], 1);
    }
}

#[test]
fn the_result_goes_to_files_as_well() {
    let dir = tempfile::tempdir().unwrap();
    let [one, two, _] = shards(dir.path());
    let words = ["report", "merge", one, two, "-o", "all.json", "--report", "sarif=all.sarif"];
    assert_eq!(program(dir.path(), &words), (Some(0), String::new(), String::new()));
    assert_eq!(json(&text(dir.path().join("all.json")))["summary"]["projects"], 2);
    assert_eq!(json(&text(dir.path().join("all.sarif")))["version"], "2.1.0");
    let again = program(dir.path(), &["report", "merge", "all.json"]);
    assert_eq!(again.1, text(dir.path().join("all.json")), "a merged report can be merged");
    let (code, _, err) = program(dir.path(), &["report", "merge", one, "-o", "no/all.json"]);
    assert_eq!(code, Some(2));
    assert!(err.contains("there is no directory `no`"), "{err}");
    let (code, _, err) = program(dir.path(), &["report", "merge", one, "-o", one]);
    assert_eq!(code, Some(2));
    assert!(err.contains("named as a report and as something else"), "{err}");
}

#[test]
fn what_does_not_fit_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let [one, two, _] = shards(dir.path());
    let report = text(dir.path().join(one));
    put(dir.path(), "newer.json", &report.replacen("\"version\": 1", "\"version\": 2", 1));
    put(dir.path(), "cut.json", report.get(..report.len() / 2).unwrap());
    put(dir.path(), "list.json", "[1, 2]");
    put(dir.path(), "more.json", &report.replacen("\"mode\"", "\"moods\"", 1));
    put(dir.path(), "level.json", &text(dir.path().join(two)).replacen("\"standard\"", "\"safe\"", 1));
    put(dir.path(), "tool.json", &text(dir.path().join(two)).replacen(env!("CARGO_PKG_VERSION"), "9.9.9", 1));
    for (words, said) in [
        (&["newer.json"][..], "`newer.json` is a report of version 2, and this harden reads version 1"),
        (&["cut.json"], "`cut.json` is not JSON"),
        (&["list.json"], "`list.json` is not a report of harden"),
        (&["more.json"], "unknown field `moods`"),
        (&["nowhere.json"], "cannot read `nowhere.json`"),
        (&[one, "level.json"], "`level.json` was made with the level safe, and `1.json` with standard"),
        (&[one, "tool.json"], "`tool.json` was made with harden 9.9.9"),
        (&[one, one], "a report is named twice"),
        (&[one, "./1.json"], "the project `a.yml` is in `1.json` and again in `./1.json`"),
        (&[], "required"),
    ] {
        let (code, out, err) = program(dir.path(), &[&["report", "merge"], words].concat());
        assert_eq!((code, out.as_str()), (Some(2), ""), "{words:?}");
        assert!(err.contains(said), "{words:?}: {err}");
    }
}
