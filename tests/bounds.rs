//! Hostile files under 1 MB end with an answer, in bounded time and memory: no panic, no exhausted stack, no hang.

#[path = "common/folder.rs"]
mod folder;

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use folder::{Folder, Ran};

/// Generous: the tests run unoptimised and beside others. Work that grows with the square of these files takes minutes.
const MOST: Duration = Duration::from_secs(60);

/// A text of lines, or of parts, by their numbers.
fn lines(count: usize, line: impl Fn(usize) -> String) -> String {
    (0..count).fold(String::new(), |mut text, at| {
        let _ = write!(text, "{}", line(at));
        text
    })
}

fn run(files: &[(&str, &str)]) -> Ran {
    let dir = Folder::new(files);
    let start = Instant::now();
    let ran = dir.run(&["--check", "-q", "compose.yml"]);
    let took = start.elapsed();
    assert!(took < MOST, "{took:?}: {}", ran.err);
    assert!(!ran.err.contains("panicked") && !ran.err.contains("bug in harden"), "{}", ran.err);
    ran
}

fn refused(text: &str, why: &str) {
    assert!(text.len() < 1 << 20);
    let ran = run(&[("compose.yml", text)]);
    assert_eq!(ran.code, Some(2), "{}", ran.err);
    assert!(ran.err.contains(why), "{}", ran.err);
}

fn taken(text: &str) {
    assert!(text.len() < 1 << 20);
    let ran = run(&[("compose.yml", text)]);
    assert_eq!(ran.code, Some(1), "{}", ran.err);
}

#[test]
fn what_grows_without_bounds_is_refused() {
    let nine = |at: usize| vec![format!("*a{at}"); 9].join(",");
    let laughs = lines(11, |at| format!("x-a{}: &a{} [{}]\n", at + 1, at + 1, nine(at)));
    refused(&format!("x-a0: &a0 [x]\n{laughs}services: {{w: {{image: x}}}}\n"), "billion laughs");
    let merges = lines(15_000, |at| format!("x-{}: &m{} {{<<: *m{at}, k{at}: 1}}\n", at + 1, at + 1));
    refused(&format!("x-0: &m0 {{image: x}}\n{merges}services: {{w: *m15000}}\n"), "billion laughs");
}

#[test]
fn what_nests_too_deeply_is_refused() {
    refused(&format!("x: {}{}\n", "[".repeat(400_000), "]".repeat(400_000)), "nested too deeply");
    refused(
        &format!("services:\n{}", lines(1200, |at| format!("{}a:\n", " ".repeat(at + 1)))),
        "nested too deeply",
    );
    let variables = format!("{}x{}", "${A:-".repeat(50_000), "}".repeat(50_000));
    refused(&format!("services: {{w: {{image: x, command: \"{variables}\"}}}}\n"), "nested more than");
    let open = "${A:-".repeat(150_000);
    refused(&format!("services: {{w: {{image: x, command: \"{open}\"}}}}\n"), "not closed");
}

#[test]
fn long_files_are_read_to_the_end() {
    taken(&format!("services: {{w: {{image: x, command: \"{}\"}}}}\n", "a".repeat(900_000)));
    taken(&format!("services:\n  w:\n    image: x\n{}", "    # c\n".repeat(120_000)));
    let mounts = lines(40_000, |at| format!("    - ./a{at}:/b{at}\n"));
    taken(&format!("services:\n  w:\n    image: x\n    volumes:\n{mounts}"));
    let merges = vec!["*a"; 50_000].join(",");
    taken(&format!("x-a: &a {{init: true}}\nservices:\n  w:\n    image: x\n    <<: [{merges}]\n"));
}

#[test]
fn a_pathological_dockerfile_is_read_to_the_end() {
    let variables = lines(4000, |at| format!("ENV A{}=$A{at}$A{at}\n", at + 1));
    let chain = "RUN adduser a && ".repeat(1000);
    let text = format!("FROM x\nARG A0=x\n{chain}true\n{variables}{}", "RUN \"".repeat(9000));
    let ran = run(&[("compose.yml", "services: {w: {build: .}}\n"), ("Dockerfile", &text)]);
    assert_eq!(ran.code, Some(1), "{}", ran.err);
}

#[test]
fn a_file_over_the_limit_is_refused_and_the_flag_is_named() {
    let dir = Folder::new(&[("compose.yml", &"# c\n".repeat(1000))]);
    let ran = dir.run(&["--check", "--max-size", "1k", "compose.yml"]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.err.contains("larger than the limit of 1k") && ran.err.contains("--max-size"), "{}", ran.err);
}
