//! What services are built from, from outside: files beside the Compose file are shown, written and checked with it.

#![expect(clippy::disallowed_methods, reason = "tests make and read their own files")]

#[path = "common/folder.rs"]
mod folder;

use std::fs;
use std::path::{Path, PathBuf};

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

/// Every case of a group, with its Dockerfile.
fn dockerfiles(group: &str) -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases").join(group);
    let cases = fs::read_dir(root).into_iter().flatten().flatten();
    let cases = cases.map(|case| case.path().join("Dockerfile"));
    let mut found: Vec<PathBuf> = cases.filter(|path| path.is_file()).collect();
    assert!(found.len() > 10, "{group}: {}", found.len());
    found.sort();
    found
}

#[test]
fn of_what_is_well_made_nothing_is_said_at_any_level() {
    let folder = Folder::new(&[]);
    let found = dockerfiles("build_good");
    for path in &found {
        let Ran { code, out, err } = folder.run(&[path.to_str().unwrap(), "--check", "--level", "strict"]);
        assert_eq!((code, out.as_str()), (Some(0), ""), "{}: {err}", path.display());
        assert!(err.contains("check passed: nothing to change\n"), "{}: {err}", path.display());
    }
    let named = |name: &str| found.iter().any(|path| path.to_string_lossy().contains(&format!("/{name}")));
    let ecosystems = "npm yarn pnpm bun pip poetry uv pipenv go cargo maven gradle composer bundler nuget mix c/ \
                      nginx debian alpine rhel";
    let lacking: Vec<&str> = ecosystems.split_whitespace().filter(|name| !named(name)).collect();
    assert!(lacking.is_empty(), "no well-made Dockerfile for {lacking:?}");
}

#[test]
fn each_of_all_dockerfiles_is_as_it_is_to_be_after_one_write() {
    for path in ["build_naive", "build_hostile"].into_iter().flat_map(dockerfiles) {
        let folder = Folder::new(&[("Dockerfile", &fs::read_to_string(&path).unwrap())]);
        let first = folder.run(&["Dockerfile", "--write", "--level", "strict"]);
        assert!(matches!(first.code, Some(0 | 2)), "{}: {first:?}", path.display());
        assert!(!first.err.contains("bug in harden"), "{}: {first:?}", path.display());
        let second = folder.run(&["Dockerfile", "--check", "--level", "strict"]);
        assert_eq!(second.code, first.code, "{}: {second:?}", path.display());
    }
}

#[test]
fn bytes_that_nobody_writes_do_no_harm() {
    let long = format!("FROM a\nRUN echo {}\nCMD node x\n", "x".repeat(1 << 20));
    let cases: [(&[u8], &str); 8] = [
        (long.as_bytes(), "larger than the limit"),
        (b"FROM a\n# caf\xe9\nCMD node x\n", "line 2 is not UTF-8"),
        (b"\xff\xfeF\0R\0O\0M\0", "it is UTF-16"),
        (b"\0\0\0\0", "this is no Dockerfile"),
        (b"FROM\0a\nCMD node x\n", "this is no Dockerfile"),
        (b"\xef\xbb\xbf# only\n# comments", "this is no Dockerfile"),
        (b"\r\n\r\n", "this is no Dockerfile"),
        (b"FROM a\nRUN <<EOF\nCMD node x\n", "this is no Dockerfile"),
    ];
    for (bytes, problem) in cases {
        let folder = Folder::new(&[("compose.yml", WEB), ("a.log", "1\n")]);
        let path = folder.path("Dockerfile");
        fs::write(&path, bytes).unwrap();
        for mode in ["--check", "--write"] {
            let Ran { code, out, err } = folder.run(&["Dockerfile", mode]);
            assert_eq!((code, out.as_str()), (Some(2), ""), "{problem}: {err}");
            assert!(err.contains(problem), "{problem}: {err}");
            let Ran { code, err, .. } = folder.run(&["compose.yml", "--only", "signals,dockerignore", mode]);
            assert_eq!(code, Some(0), "{problem}: {err}");
            let is_text = problem.starts_with("this is no");
            assert!(
                is_text || err.contains("the Dockerfile is not read: ") && err.contains(problem),
                "{err}"
            );
        }
        assert_eq!(fs::read(&path).unwrap(), bytes, "{problem}");
        assert!(!folder.path(".dockerignore").exists(), "{problem}");
    }
    let folder = Folder::new(&[("Dockerfile", "FROM a\nRUN echo b\0c\nUSER 1\nCMD node x\n")]);
    assert_eq!(folder.run(&["Dockerfile", "--write"]).code, Some(0));
    assert_eq!(folder.text("Dockerfile"), "FROM a\nRUN echo b\0c\nUSER 1\nCMD [\"node\", \"x\"]\n");
}

#[test]
#[cfg(unix)]
fn what_is_no_file_is_never_waited_for_or_followed() {
    use std::os::unix::fs::symlink;

    let folder = Folder::new(&[("compose.yml", WEB), ("a.log", "1\n"), ("in/real", "FROM a\nCMD node x\n")]);
    let path = folder.path("Dockerfile");
    let refused = |why: &str| {
        let Ran { code, out, err } = folder.run(&["compose.yml", "--only", "signals,dockerignore"]);
        assert_eq!((code, out.as_str()), (Some(0), ""), "{why}: {err}");
        fs::remove_file(&path).or_else(|_| fs::remove_dir(&path)).unwrap();
    };
    symlink("Dockerfile", &path).unwrap();
    refused("a link to itself");
    symlink("/etc/hostname", &path).unwrap();
    refused("a link that leads out");
    fs::create_dir(&path).unwrap();
    refused("a folder");
    let made = std::process::Command::new("mkfifo").arg(&path).status().unwrap();
    assert!(made.success());
    refused("a pipe that nobody writes to");
    symlink("in/real", &path).unwrap();
    symlink("../in", folder.path("in/again")).unwrap();
    let Ran { code, err, .. } = folder.run(&["compose.yml", "--only", "signals,dockerignore", "--write"]);
    assert_eq!(code, Some(0), "{err}");
    assert_eq!(folder.text("in/real"), "FROM a\nCMD [\"node\", \"x\"]\n", "a link that stays in is followed");
    assert_eq!(folder.text(".dockerignore"), "*.log\n");
}

#[test]
fn of_a_hundred_thousand_files_those_are_looked_at_that_the_limit_lets() {
    let folder = app();
    for at in 0..100_000_u32 {
        let path = folder.path(format!("node_modules/p{}/f{at}.js", at / 1000));
        if at % 1000 == 0 {
            fs::create_dir(path.parent().unwrap()).unwrap();
        }
        fs::write(path, b"").unwrap();
    }
    let start = std::time::Instant::now();
    let Ran { code, out, err } = run(&folder, &[]);
    let taken = start.elapsed();
    assert_eq!(code, Some(0), "{err}");
    assert!(out.ends_with("+.git\n+node_modules\n+.env\n"), "{out}");
    let told = err.split_once("at least ").and_then(|(_, rest)| rest.split(' ').next());
    let told: usize = told.unwrap_or_else(|| panic!("{err}")).parse().unwrap();
    assert!((99_000..100_000).contains(&told), "the limit is 100000 entries, and {told} files were told");
    assert!(taken.as_secs() < 60, "{taken:?}");
    assert!(!run(&folder, &["--limit", "context=200000"]).err.contains("at least "));
}

#[test]
fn what_dockerfiles_of_no_service_copy_still_travels() {
    let folder = app();
    folder.put("Dockerfile.offline", "FROM node:22-slim\nCOPY node_modules /app/node_modules\n");
    let Ran { code, out, err } = run(&folder, &[]);
    assert_eq!(code, Some(0), "{err}");
    assert!(out.ends_with("@@ -0,0 +1,2 @@\n+.git\n+.env\n"), "{out}");
    fs::remove_file(folder.path("Dockerfile.offline")).unwrap();
    folder.put("ops/Dockerfile", "FROM node:22-slim\nCOPY .env /x\n");
    assert!(run(&folder, &[]).out.ends_with("+node_modules\n+.env\n"), "another folder is another context");
}

#[test]
fn advice_is_told_where_its_owner_finds_it() {
    let text = "FROM debian:13-slim\nRUN apt-get update && apt-get install -y --no-install-recommends curl\nEXPOSE 8080\nCMD \
                curl x\n";
    let folder = Folder::new(&[("Dockerfile", text)]);
    let Ran { err, .. } = folder.run(&["Dockerfile"]);
    assert!(err.contains("rm -rf /var/lib/apt/lists"), "an earlier pass makes the line longer: {err}");
    assert!(err.contains("image_healthcheck: the image has no health check (Dockerfile:3:1)"), "{err}");
}
