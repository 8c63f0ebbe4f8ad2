//! Hostile files under 1 MB end with an answer, in bounded time and memory: no panic, no exhausted stack, no hang.

#![expect(clippy::print_stdout, reason = "a table of what was measured")]

#[path = "../common/folder.rs"]
mod folder;

mod hostile;
mod measured;

use std::time::{Duration, Instant};

use folder::{Folder, Ran};
use hostile::lines;
use measured::{Measured, measured};

/// Generous: the tests run unoptimised and beside others. Work that grows with the square of these files takes minutes.
const MOST: Duration = Duration::from_secs(60);

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

/// What a whole run may need, once harden is optimised.
const MOST_SECONDS: f64 = 1.0;
const MOST_BYTES: u64 = 200_000_000;

/// The time is that of the processor, so that it is the same beside other work; caches and memory are shared all the
/// same. A clock that ticks a hundred times a second adds its own part.
const TOLERANCE: f64 = 2.0;

/// How much longer four times the lines may take: four times, and noise. Work that grows with the square of them takes
/// sixteen times as long.
const MOST_GROWTH: f64 = 8.0;

/// Below this, in seconds, a time says more about the start of the program.
const LEAST_SECONDS: f64 = 0.3;

fn ended(hostile: &hostile::Hostile, measured: &Measured) {
    let (name, said) = (hostile.name, &measured.err);
    assert!(!said.contains("panicked") && !said.contains("bug in harden"), "{name}: {said}");
    assert_eq!(measured.code, Some(hostile.code), "{name}: {said}");
    assert!(said.contains(hostile.says), "{name}: {said}");
    let many = said.matches("error:").count();
    assert!(many <= 21, "{name}: {many} errors");
}

#[test]
fn hostile_projects_end_with_an_answer() {
    for hostile in hostile::all(32) {
        let measured = measured(env!("CARGO_BIN_EXE_harden").as_ref(), &hostile.files);
        ended(&hostile, &measured);
        assert!(measured.peak < MOST_BYTES, "{}: {} bytes", hostile.name, measured.peak);
    }
}

/// Some that are not refused and stand for the others: more take too long without optimisation.
#[test]
fn time_grows_with_the_file() {
    let chosen = [
        "services within the bound",
        "aliases within the bound",
        "merges of one",
        "unknown keys in one service",
        "values that are wrong",
        "documents with anchors",
        "variables of one service",
        "includes",
    ];
    let run = |part: usize, name: &str| {
        let found = hostile::all(part).into_iter().find(|hostile| hostile.name == name).unwrap();
        measured(env!("CARGO_BIN_EXE_harden").as_ref(), &found.files).seconds
    };
    for name in chosen {
        let (small, large) = (run(32, name), run(8, name));
        assert!(large < small.max(LEAST_SECONDS) * MOST_GROWTH, "{name}: {small} s, four times: {large} s");
    }
}

/// `HARDEN_RELEASE=target/release/harden cargo test --test bounds -- --ignored --nocapture` prints a table.
#[test]
#[ignore = "needs an optimised binary, named by HARDEN_RELEASE"]
fn no_project_under_a_megabyte_takes_more_than_a_second() {
    let binary = std::env::var_os("HARDEN_RELEASE").expect("HARDEN_RELEASE names the binary");
    let binary = std::path::PathBuf::from(binary).canonicalize().unwrap();
    let mut over = Vec::new();
    for hostile in hostile::all(1) {
        let bytes: usize = hostile.files.iter().map(|(_, text)| text.len()).sum();
        assert!(bytes < 1 << 20, "{}: {bytes} bytes", hostile.name);
        let measured = measured(&binary, &hostile.files);
        let Measured { seconds, peak, .. } = measured;
        println!("{:<36}{seconds:>6.2} s {:>5} MB", hostile.name, peak / 1_000_000);
        ended(&hostile, &measured);
        if seconds > MOST_SECONDS * TOLERANCE || peak > MOST_BYTES {
            over.push(hostile.name);
        }
    }
    assert!(over.is_empty(), "over {MOST_SECONDS} s (times {TOLERANCE}) or {MOST_BYTES} bytes: {over:?}");
}

#[test]
fn each_bound_can_be_raised_and_names_its_flag() {
    let two =
        "services: {a: {image: x}, b: {extends: a}, c: {extends: b}}\n---\nservices: {a: {init: true}}\n";
    let dir = Folder::new(&[
        ("compose.yml", &format!("include: [f.yml, ./f.yml]\n{two}")),
        ("f.yml", "services: {z: {image: x}}\n"),
    ]);
    assert_eq!(dir.run(&["--check", "-q", "compose.yml"]).code, Some(1));
    for (name, enough) in [("services", 4), ("values", 40), ("documents", 3), ("files", 2), ("extends", 2)] {
        let within = dir.run(&["--check", "-q", "--limit", &format!("{name}={enough}"), "compose.yml"]);
        assert_eq!(within.code, Some(1), "{name}: {}", within.err);
        let over = dir.run(&["--check", "-q", "--limit", &format!("{name}=1"), "compose.yml"]);
        assert_eq!(over.code, Some(2), "{name}: {}", over.err);
        let help = format!("`--limit {name}=NUMBER` raises the limit");
        assert!(over.err.contains("more than 1 ") && over.err.contains(&help), "{name}: {}", over.err);
    }
    let unknown = dir.run(&["--limit", "depth=1", "compose.yml"]);
    assert_eq!(unknown.code, Some(2));
    assert!(unknown.err.contains("expected one of services, values, documents"), "{}", unknown.err);
}

#[test]
fn a_run_ends_when_its_time_is_over() {
    let dir = Folder::new(&[]);
    let text = lines(300, |at| format!("  a{at}: {{image: x}}\n"));
    for at in 0..400 {
        dir.put(format!("d{at}/compose.yml"), &format!("services:\n{text}"));
    }
    let ran = dir.run(&["--check", "-q", "--limit", "time=1", "."]);
    assert_eq!(ran.code, Some(2), "{}", ran.err);
    assert!(ran.err.contains("longer than 1 seconds") && ran.err.contains("`--limit time="), "{}", ran.err);
}
