//! Counts the instructions of the whole pipeline and of one serde parse of the same text, by valgrind.
//!
//! `cargo bench --bench instructions` prints them for each byte and fails when the budget is broken. Unlike times,
//! counts are the same in every run, whatever else the machine does. Needs valgrind.

#![expect(clippy::disallowed_methods, reason = "a benchmark starts programs")]
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "the table is for people")]
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot go on has nothing to say")]
#![expect(clippy::cast_precision_loss, reason = "counts are shown with one digit")]

use std::hint::black_box;
use std::process::{Command, ExitCode};

use harden::load::{self, Options};
use harden::{edit, pipeline, report, verify};

/// A plain stack as people write them: four services, 60 lines.
const STACK: &str = include_str!("stack.yml");
/// The whole pipeline may take this many times the instructions of one parse.
const MOST_PARSES: f64 = 6.0;
/// Another processor has other variants of what copies and compares bytes, and so other counts.
const TOLERANCE: f64 = 1.03;
/// Runs that are counted, beyond the first, which also makes what is made once: the schema, the catalogue.
const RUNS: u64 = 10;

fn main() -> ExitCode {
    // what valgrind calls: the work, and how often
    let words: Vec<String> = std::env::args().collect();
    if let Some(at) = words.iter().position(|word| word == "--work") {
        let often = words.get(at + 2).and_then(|word| word.parse().ok()).unwrap();
        for _ in 0..often {
            if words.get(at + 1).is_some_and(|word| word == "parse") { parse() } else { harden() }
        }
        return ExitCode::SUCCESS;
    }
    let (Some(parse), Some(harden)) = (counted("parse"), counted("harden")) else {
        eprintln!("valgrind could not be run; it is a package of most systems");
        return ExitCode::FAILURE;
    };
    let per_byte = |count: f64| count / STACK.len() as f64;
    let ratio = harden / parse;
    println!("instructions for each byte of a file of 60 lines");
    println!("  one serde_yaml parse  {:>8.0}", per_byte(parse));
    println!(
        "  the whole pipeline    {:>8.0}, {ratio:.2} times as many, budget {MOST_PARSES}",
        per_byte(harden)
    );
    if ratio > MOST_PARSES * TOLERANCE { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

fn parse() {
    black_box(serde_yaml::from_str::<serde_yaml::Value>(black_box(STACK)).unwrap());
}

/// Load, plan, edit, verify with the second plan, diff.
fn harden() {
    let options = pipeline::Options::default();
    let mut loaded = load::text("compose.yml", black_box(STACK), &Options::default()).unwrap();
    let planned = pipeline::plan(std::mem::take(&mut loaded.project), &options);
    let rewrite = edit::rewrite(&loaded.tree, &loaded.services, &planned.plan).unwrap().pop().unwrap();
    let (planned, second) = planned.second(&options);
    let verified = verify::prove(&loaded.tree, &loaded.services, &planned.plan, rewrite, &second).unwrap();
    black_box(report::diff::unified(loaded.tree.source(verified.file()), &verified));
}

/// Instructions of one run of a kind of work: those of many, less those of one.
fn counted(work: &str) -> Option<f64> {
    let more = instructions(work, RUNS + 1)?;
    let one = instructions(work, 1)?;
    Some((more - one) as f64 / RUNS as f64)
}

fn instructions(work: &str, often: u64) -> Option<u64> {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(std::env::current_exe().ok()?)
        .args(["--work", work, &often.to_string()])
        .output()
        .ok()?;
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    let line = told.lines().find_map(|line| line.split_once("Collected : "))?;
    output.status.success().then(|| line.1.trim().parse().ok())?
}
