//! A Dockerfile that is named itself, from outside: what is shown, written, checked and reported, and what is refused.

#[path = "common/folder.rs"]
mod folder;

use folder::{Folder, Ran};

const DOCKERFILE: &str =
    "FROM node:22-slim\nENV API_TOKEN=hunter2\nCOPY . /app\nRUN npm ci\nCMD node server.js\n";
const HARDENED: &str = "FROM node:22-slim\nENV API_TOKEN=hunter2\nCOPY . /app\nRUN npm ci && npm cache clean \
                        --force\nCMD [\"node\", \"server.js\"]\n";
const FORMATS: [&str; 6] = ["json", "sarif", "markdown", "github", "gitlab", "junit"];

fn app() -> Folder {
    Folder::new(&[
        ("Dockerfile", DOCKERFILE),
        (".git/HEAD", "ref: refs/heads/main\n"),
        ("node_modules/a/index.js", "1\n"),
        ("server.js", "1\n"),
    ])
}

#[test]
fn it_is_shown_written_and_then_all_is_well() {
    let folder = app();
    let Ran { code, out, err } = folder.run(&["Dockerfile"]);
    assert_eq!(code, Some(0), "{err}");
    assert!(out.contains("--- a/Dockerfile\n+++ b/Dockerfile\n") && out.contains("+CMD [\"node\""), "{out}");
    assert!(
        out.ends_with("--- /dev/null\n+++ b/.dockerignore\n@@ -0,0 +1,2 @@\n+.git\n+node_modules\n"),
        "{out}"
    );
    assert!(err.starts_with("Dockerfile: 3 changes, "), "{err}");
    assert!(err.contains("3 changes to make in 2 files (`--write` makes them)"), "{err}");
    let ran = folder.run(&["Dockerfile", "--write"]);
    assert_eq!((ran.code, ran.out.as_str()), (Some(0), ""), "{ran:?}");
    assert_eq!(folder.text("Dockerfile"), HARDENED);
    assert_eq!(folder.text(".dockerignore"), ".git\nnode_modules\n");
    let Ran { code, err, .. } = folder.run(&["Dockerfile", "--check"]);
    assert_eq!(code, Some(0), "{err}");
    assert!(err.contains("check passed: nothing to change"), "{err}");
}

#[test]
fn check_fails_and_writes_nothing() {
    let folder = app();
    let Ran { code, out, err } = folder.run(&["Dockerfile", "--check"]);
    assert_eq!((code, out.as_str()), (Some(1), ""), "{err}");
    assert!(err.contains("help: `harden Dockerfile --write` writes what is missing"), "{err}");
    let ran = folder.run(&["Dockerfile", "--check", "--diff"]);
    assert!(ran.code == Some(1) && ran.out.contains("+++ b/Dockerfile"), "{ran:?}");
    assert_eq!(folder.text("Dockerfile"), DOCKERFILE);
    assert!(!folder.path(".dockerignore").exists());
}

#[test]
fn nothing_is_said_of_compose() {
    let folder = app();
    for words in [
        &["Dockerfile", "-v", "--level", "strict"][..],
        &["Dockerfile", "--check"],
        &["Dockerfile", "--write"],
    ] {
        let Ran { out, err, .. } = folder.run(words);
        for word in ["service", "ompose", "read_only", "mem_limit", "build.secrets"] {
            assert!(!err.contains(word) && !out.contains(word), "{word}: {out}{err}");
        }
    }
}

#[test]
fn every_report_names_it_and_no_secret() {
    let folder = app();
    for format in FORMATS {
        let Ran { code, out, err } = folder.run(&["Dockerfile", "--check", "--format", format]);
        assert_eq!(code, Some(1), "{format}: {err}");
        assert!(out.contains("Dockerfile") && out.contains(".dockerignore"), "{format}: {out}");
        assert!(!out.contains("hunter2") && !out.contains("\"compose.yml"), "{format}: {out}");
    }
    let Ran { out, .. } = folder.run(&["Dockerfile", "--format", "json"]);
    let report: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(report["projects"][0]["path"], "Dockerfile");
    assert_eq!(report["projects"][0]["services"][0]["name"], "Dockerfile");
}

#[test]
fn only_passes_of_the_build_run() {
    let folder = app();
    let ran = folder.run(&["Dockerfile", "--only", "signals", "--write"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_eq!(folder.text("Dockerfile"), DOCKERFILE.replace("node server.js", "[\"node\", \"server.js\"]"));
    let Ran { code, out, err } = folder.run(&["Dockerfile", "--only", "init,read_only", "--check"]);
    assert_eq!((code, out.as_str()), (Some(0), ""), "{err}");
    let Ran { code, err, .. } = folder.run(&["Dockerfile", "--level", "safe"]);
    assert!(code == Some(0) && err.contains("held back"), "{err}");
}

#[test]
fn the_policy_of_its_folder_counts_by_its_name() {
    let folder = app();
    folder.put(
        ".harden.yml",
        "passes:\n  layer_cleanup: false\nservices:\n  web:\n    level: safe\nwaive:\n  - {service: Dockerfile, pass: \
         signals, reason: a shell is wanted}\n  - {service: web, pass: init, reason: not of this file}\n  - {service: \
         Dockerfile, pass: dockerignore, reason: later}\n",
    );
    let Ran { code, err, .. } = folder.run(&["Dockerfile", "--check", "-v"]);
    assert_eq!(code, Some(0), "{err}");
    assert!(err.contains("a shell is wanted") && err.contains("2 waived") && !err.contains("web"), "{err}");
    folder.put("compose.yml", "services:\n  web:\n    image: x\n    init: false\n");
    let Ran { err, .. } = folder.run(&["compose.yml"]);
    assert!(!err.contains("for `Dockerfile`"), "a waiver for a Dockerfile is not in vain: {err}");
    folder.put(".harden.yml", "waive:\n  - {service: Dockerfile, pass: multi_stage, reason: x}\n");
    let Ran { err, .. } = folder.run(&["Dockerfile"]);
    assert!(err.contains("nothing needs the waiver of `multi_stage` for `Dockerfile`"), "{err}");
}

#[test]
fn a_baseline_knows_it() {
    let folder = app();
    let ran = folder.run(&["baseline", "Dockerfile"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let Ran { code, err, .. } = folder.run(&["Dockerfile", "--check"]);
    assert_eq!(code, Some(0), "{err}");
    folder.put(
        "Dockerfile",
        &DOCKERFILE.replace("npm ci", "npm ci\nRUN apt-get update && apt-get install -y curl"),
    );
    assert_eq!(folder.run(&["Dockerfile", "--check", "--no-baseline"]).code, Some(1));
}

#[test]
fn a_pass_is_explained_for_it() {
    let Ran { code, out, err } = app().run(&["explain", "signals", "Dockerfile"]);
    assert_eq!(code, Some(0), "{err}");
    assert!(out.contains("Dockerfile:5"), "{out}");
}

#[test]
fn line_ends_and_marks_stay() {
    let folder = app();
    let text = format!("\u{feff}{}", DOCKERFILE.replace('\n', "\r\n"));
    folder.put("Dockerfile", &text);
    folder.put(".dockerignore", "# ours\r\n*.log\r\n");
    let ran = folder.run(&["Dockerfile", "--write"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_eq!(folder.text("Dockerfile"), format!("\u{feff}{}", HARDENED.replace('\n', "\r\n")));
    assert_eq!(folder.text(".dockerignore"), "# ours\r\n*.log\r\n.git\r\nnode_modules\r\n");
}

#[test]
fn what_is_no_dockerfile_is_an_error_at_its_place() {
    let folder = app();
    let cases = [
        ("", "Dockerfile:1:1"),
        ("# only a comment\n", "Dockerfile:1:1"),
        ("ARG V=hunter2\n", "Dockerfile:1:1"),
        ("FROM a\nRUN b\nDB_PASSWORD=hunter2\n", "Dockerfile:3:1"),
        ("services:\n  web:\n    image: x\n", "Dockerfile:1:1"),
    ];
    for (text, place) in cases {
        folder.put("Dockerfile", text);
        for mode in ["--diff", "--check", "--write"] {
            let Ran { code, out, err } = folder.run(&["Dockerfile", mode]);
            assert_eq!((code, out.as_str()), (Some(2), ""), "{text:?} {mode}: {err}");
            assert!(err.contains("error: this is no Dockerfile: ") && err.contains(place), "{text:?}: {err}");
            assert!(!err.contains("hunter2"), "{err}");
        }
        let Ran { code, out, .. } = folder.run(&["Dockerfile", "--format", "json"]);
        assert!(
            code == Some(2) && out.contains("this is no Dockerfile") && !out.contains("hunter2"),
            "{out}"
        );
        assert_eq!(folder.text("Dockerfile"), text);
        assert!(!folder.path(".dockerignore").exists());
    }
    let Ran { code, err, .. } = folder.run(&["elsewhere/Dockerfile"]);
    assert_eq!(code, Some(2));
    assert!(err.contains("cannot read `elsewhere/Dockerfile`"), "{err}");
}

#[test]
fn what_cannot_be_looked_at_is_not_passed_over() {
    let folder = app();
    folder.put("Dockerfile", &format!("FROM a\n{}", "RUN b\n".repeat(20_000)));
    let Ran { code, err, .. } = folder.run(&["Dockerfile", "--check"]);
    assert_eq!(code, Some(2), "{err}");
    assert!(err.contains("more than 65536 bytes"), "{err}");
    folder.put("Dockerfile", DOCKERFILE);
    std::fs::create_dir(folder.path(".dockerignore")).unwrap();
    let Ran { code, err, .. } = folder.run(&["Dockerfile", "--check"]);
    assert_eq!(code, Some(2), "{err}");
    assert!(err.contains("`.dockerignore` cannot be read"), "{err}");
}

#[test]
fn its_folder_is_its_context_wherever_it_is() {
    let folder = app();
    folder.put("api/my app: #1.Dockerfile", DOCKERFILE);
    folder.put("api/node_modules/b.js", "1\n");
    let path = "api/my app: #1.Dockerfile";
    let Ran { code, out, err } = folder.run(&[path, "--write", "--format", "diff"]);
    assert_eq!(code, Some(0), "{err}");
    assert!(out.contains("+++ b/api/.dockerignore"), "{out}");
    assert_eq!(folder.text(path), HARDENED);
    assert_eq!(folder.text("api/.dockerignore"), "node_modules\n");
    assert!(!folder.path(".dockerignore").exists());
    let absolute = folder.path(path);
    assert_eq!(folder.run(&[absolute.to_str().unwrap(), "--check"]).code, Some(0));
}

#[test]
fn several_in_one_command_share_what_lies_beside_them() {
    let folder = app();
    folder.put("worker.Dockerfile", DOCKERFILE);
    folder.put("api/Dockerfile", "FROM scratch\nCOPY a /a\nUSER 1\nCMD [\"/a\"]\n");
    let files = ["Dockerfile", "worker.Dockerfile", "api/Dockerfile"];
    let Ran { code, out, err } = folder.run(&[&files[..], &["--diff"]].concat());
    assert_eq!(code, Some(0), "{err}");
    assert_eq!(out.matches("+++ b/.dockerignore").count(), 1, "{out}");
    assert!(out.contains("+++ b/Dockerfile") && out.contains("+++ b/worker.Dockerfile"), "{out}");
    assert!(err.contains("3 Dockerfiles: "), "{err}");
    let ran = folder.run(&[&files[..], &["--write"]].concat());
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_eq!(folder.text("worker.Dockerfile"), HARDENED);
    let list = files.join("\n");
    let Ran { code, err, .. } = folder.run_with(&["--files-from", "-", "--check"], &list);
    assert_eq!(code, Some(0), "{err}");
}

#[test]
fn what_one_beside_it_needs_still_travels() {
    let folder = app();
    folder.put("worker.Dockerfile", "FROM node:22-slim\nCOPY node_modules /app/node_modules\n");
    let Ran { code, out, err } = folder.run(&["Dockerfile", "--only", "dockerignore"]);
    assert_eq!(code, Some(0), "{err}");
    assert!(out.ends_with("@@ -0,0 +1 @@\n+.git\n"), "{out}");
    let both = ["Dockerfile", "worker.Dockerfile", "--only", "dockerignore", "--write"];
    let ran = folder.run(&both);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_eq!(folder.text(".dockerignore"), ".git\n");
}

#[test]
fn beside_its_compose_file_it_is_changed_once() {
    let folder = app();
    folder.put("compose.yml", "services:\n  web:\n    build: .\n");
    let words = ["compose.yml", "Dockerfile", "--only", "signals,dockerignore,layer_cleanup"];
    let Ran { code, out, err } = folder.run(&words);
    assert_eq!(code, Some(0), "{err}");
    assert_eq!(out.matches("+++ b/Dockerfile").count(), 1, "{out}");
    assert!(err.contains("1 project, 1 service, 1 Dockerfile: "), "{err}");
    assert_eq!(folder.run(&[&words[..], &["--write"]].concat()).code, Some(0));
    assert_eq!(folder.text("Dockerfile"), HARDENED);
    assert_eq!(folder.run(&[&words[..], &["--check"]].concat()).code, Some(0));
}

#[test]
fn a_directory_is_searched_for_compose_files_only() {
    let Ran { code, err, .. } = app().run(&["."]);
    assert_eq!(code, Some(2));
    assert!(err.contains("no Compose project in `.`"), "{err}");
}

#[test]
fn what_is_only_for_compose_files_is_refused() {
    let folder = app();
    let cases = [
        (&["Dockerfile", "--stdout"][..], "`--stdout` and `--output` print one text"),
        (&["Dockerfile", "-o", "x"], "`--stdout` and `--output` print one text"),
        (&["Dockerfile", "--overlay", "x.yml"], "`--overlay` lies over Compose files"),
        (&["Dockerfile", "--target", "swarm"], "`--target swarm` takes no Dockerfile"),
        (&["Dockerfile", "--project-directory", "."], "`--project-directory` is for Compose files"),
        (&["prove", "Dockerfile"], "`harden prove` is about containers"),
        (&["drift", "Dockerfile"], "`harden drift` is about containers"),
    ];
    for (words, problem) in cases {
        let Ran { code, out, err } = folder.run(words);
        assert_eq!((code, out.as_str()), (Some(2), ""), "{words:?}: {err}");
        assert!(err.starts_with("error: ") && err.contains(problem), "{words:?}: {err}");
    }
    assert!(!folder.path("x").exists() && !folder.path("x.yml").exists());
}
