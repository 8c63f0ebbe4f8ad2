//! What services are built from, from outside: files beside the Compose file are shown, written and checked with it.

#[path = "common/folder.rs"]
mod folder;

use std::fs;

use folder::{Folder, Ran};

const WEB: &str = "services:\n  web:\n    build: .\n";
const ONLY: [&str; 2] = ["--only", "dockerignore"];

fn app() -> Folder {
    Folder::new(&[
        ("compose.yml", WEB),
        ("Dockerfile", "FROM node:22-slim\nCOPY . /app\nRUN npm ci\n"),
        (".git/HEAD", "ref: refs/heads/main\n"),
        (".env", "TOKEN=hunter2\n"),
        ("node_modules/a/index.js", "1\n"),
        ("server.js", "1\n"),
    ])
}

fn run(folder: &Folder, words: &[&str]) -> Ran {
    folder.run(&[&ONLY[..], words].concat())
}

#[test]
fn a_new_file_is_shown_written_and_then_all_is_well() {
    let folder = app();
    assert_eq!(run(&folder, &["--check"]).code, Some(1));
    let Ran { code, out, err } = run(&folder, &[]);
    assert_eq!(code, Some(0), "{err}");
    assert_eq!(out, "--- /dev/null\n+++ b/.dockerignore\n@@ -0,0 +1,3 @@\n+.git\n+node_modules\n+.env\n");
    assert!(err.contains("3 files of") && !err.contains("hunter2"), "{err}");
    let ran = run(&folder, &["--write"]);
    assert_eq!((ran.code, ran.out.as_str()), (Some(0), ""), "{ran:?}");
    assert_eq!(folder.text(".dockerignore"), ".git\nnode_modules\n.env\n");
    assert_eq!(folder.text("compose.yml"), WEB);
    assert_eq!(run(&folder, &["--check"]).code, Some(0));
}

#[test]
fn both_kinds_of_files_are_in_one_diff_and_one_write() {
    let folder = app();
    let words = ["--only", "dockerignore,init", "--write", "--format", "diff"];
    let Ran { code, out, err } = folder.run(&words);
    assert_eq!(code, Some(0), "{err}");
    assert!(out.contains("+++ b/compose.yml") && out.contains("+++ b/.dockerignore"), "{out}");
    assert!(folder.text("compose.yml").contains("init: true"));
    assert!(folder.text(".dockerignore").contains(".env"));
}

#[test]
fn where_one_text_is_asked_for_nothing_else_is_looked_at() {
    let folder = app();
    assert_eq!(run(&folder, &["--stdout"]).out, WEB);
    assert_eq!(folder.run_with(&["-", "--only", "dockerignore"], WEB).out, WEB);
    assert!(!run(&folder, &["--format", "json", "--stdout"]).err.contains("node_modules"));
}

#[test]
fn reports_name_the_file() {
    let folder = app();
    for format in ["json", "sarif", "markdown", "github", "gitlab", "junit"] {
        let Ran { code, out, err } = run(&folder, &["--check", "--format", format]);
        assert_eq!(code, Some(1), "{format}: {err}");
        assert!(out.contains(".dockerignore"), "{format}: {out}");
        assert!(!out.contains("hunter2"), "{format}: {out}");
    }
}

#[test]
fn projects_that_share_a_context_change_its_file_once() {
    let folder = app();
    folder.put("stage/compose.yml", "services:\n  web:\n    build: ../\n");
    folder.put("other/compose.yml", "services:\n  web:\n    build: ../\n");
    let Ran { code, out, err } = run(&folder, &[".", "--outside"]);
    assert_eq!(code, Some(0), "{err}");
    assert_eq!(out.matches("+++ b/").count(), 1, "{out}");
    let ran = run(&folder, &[".", "--outside", "--write"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_eq!(folder.text(".dockerignore"), ".git\nnode_modules\n.env\n");
    assert_eq!(run(&folder, &[".", "--outside", "--check"]).code, Some(0));
}

#[test]
fn what_lies_elsewhere_is_not_ours() {
    let folder = app();
    folder.put("deploy/compose.yml", "services:\n  web:\n    build: ..\n");
    let Ran { code, out, err } = run(&folder, &["deploy/compose.yml", "-v"]);
    assert_eq!((code, out.as_str()), (Some(0), ""), "{err}");
    assert!(err.contains("`--outside` writes there"), "{err}");
    assert!(run(&folder, &["deploy/compose.yml", "--outside"]).out.contains("+node_modules"));
}

#[test]
#[cfg(unix)]
fn links_are_neither_followed_nor_walked_in_circles() {
    let folder = app();
    std::os::unix::fs::symlink("..", folder.path("up")).unwrap();
    std::os::unix::fs::symlink(".", folder.path("self")).unwrap();
    std::os::unix::fs::symlink("/etc/hostname", folder.path(".env.host")).unwrap();
    let Ran { code, out, err } = run(&folder, &[]);
    assert_eq!(code, Some(0), "{err}");
    assert!(out.ends_with("+.env\n+.env.host\n"), "{out}");
    fs::remove_file(folder.path(".dockerignore")).ok();
    std::os::unix::fs::symlink("/etc/passwd", folder.path(".dockerignore")).unwrap();
    let Ran { code, out, .. } = run(&folder, &[]);
    assert_eq!((code, out.as_str()), (Some(0), ""), "a link that leads out is not read");
}

#[test]
fn a_large_context_is_listed_as_far_as_the_limit_goes() {
    let folder = app();
    for number in 0..50 {
        folder.put(format!("node_modules/b/{number}.js"), "1\n");
    }
    let Ran { code, err, .. } = run(&folder, &["--limit", "context=20"]);
    assert_eq!(code, Some(0), "{err}");
    assert!(err.contains("at least "), "{err}");
    assert!(!run(&folder, &[]).err.contains("at least "));
}

#[test]
fn credentials_in_a_dockerfile_are_in_no_report() {
    let folder = app();
    folder.put(
        "Dockerfile",
        "FROM debian:12\nENV API_TOKEN=ghp_0123456789abcdefghijABCDEFGHIJ012345\nRUN apt-get update && apt-get install -y x \
         && x https://bob:pa55w0rdx@example.org/\nCMD node 'server.js' --password=topsecretx\n",
    );
    let words = ["compose.yml", "--only", "layer_cleanup,signals", "--check", "--format"];
    for format in ["json", "sarif", "markdown", "github", "gitlab", "junit", "text"] {
        let Ran { code, out, err } = folder.run(&[&words[..], &[format]].concat());
        assert_eq!(code, Some(1), "{format}: {err}");
        for secret in ["ghp_0123", "pa55w0rdx", "topsecretx"] {
            assert!(!out.contains(secret) && !err.contains(secret), "{format}: {out}{err}");
        }
    }
    for format in ["json", "sarif", "markdown", "github", "gitlab", "junit", "text"] {
        let Ran { out, err, .. } = folder.run(&["--only", "build_secrets", "--format", format]);
        assert!(format!("{out}{err}").contains("API_TOKEN"), "{format}: {out}{err}");
        for secret in ["ghp_0123", "pa55w0rdx", "topsecretx"] {
            assert!(!out.contains(secret) && !err.contains(secret), "{format}: {out}{err}");
        }
    }
    assert_eq!(folder.run(&["--only", "signals", "--write"]).code, Some(0));
    assert!(
        folder.text("Dockerfile").ends_with("CMD [\"node\", \"server.js\", \"--password=topsecretx\"]\n")
    );
}
