//! Times every stage of the pipeline and compares the whole with one serde parse of the same text, in one process.
//!
//! `cargo bench` prints the tables and fails when a budget is broken. Absolute times depend on the machine; the
//! ratios do not, because both sides are measured in turn. Medians throughout.

#![expect(clippy::indexing_slicing, reason = "a test that cannot go on has failed")]
#![expect(clippy::disallowed_methods, reason = "a benchmark starts the program and makes its own files")]
#![expect(clippy::print_stdout, reason = "the tables are for people")]
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot go on has nothing to say")]
#![expect(clippy::cast_precision_loss, reason = "times and sizes are shown with two digits")]

use std::fmt::Write as _;
use std::fs;
use std::hint::black_box;
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use harden::load::{self, Options};
use harden::{edit, pipeline, report, verify};

/// A plain stack as people write them: four services, 60 lines.
const STACK: &str = include_str!("stack.yml");

/// Budgets, from the project's goals. A run says when one is missed.
const MOST_PARSES: f64 = 6.0;
const MOST_MEMORY: f64 = 25.0;
const MOST_MILLISECONDS: f64 = 10.0;
/// The machine that the milliseconds were set for parses the small file in this time; on a slower one they stretch.
const REFERENCE_PARSE: Duration = Duration::from_micros(40);
/// A run fails only when a time is over its budget by more than this: machines are noisy. What cannot be noise shows in
/// `instructions.rs`, which counts and lets nothing pass.
const NOISE: f64 = 1.5;
/// The same for memory, which differs little from run to run.
const PAGES: f64 = 1.25;
/// Time per byte of the largest file against the middle one.
const MOST_GROWTH: f64 = 1.5;

fn main() -> ExitCode {
    let inputs = [
        ("60 lines", STACK.to_owned(), 400),
        ("57 services", repeated(57), 60),
        ("10000 services", repeated(10_000), 3),
    ];
    println!(
        "{:<16}{:>9}{:>9}{:>9}{:>9}{:>9}{:>9}{:>9}{:>9}{:>7}",
        "ms", "KiB", "load", "plan", "edit", "verify", "diff", "whole", "parse", "ratio"
    );
    let mut results = Vec::new();
    let mut per_byte = Vec::new();
    let mut slowness = 1.0_f64;
    for (name, text, rounds) in &inputs {
        let stages = measure(text, *rounds);
        print_row(name, text, &stages);
        results.push(Measured {
            what: format!("{name}: parses"),
            value: stages.ratio,
            budget: MOST_PARSES,
            slack: NOISE,
        });
        per_byte.push(stages.whole.as_secs_f64() / text.len() as f64);
        if *text == inputs[0].1 {
            slowness = (stages.parse.as_secs_f64() / REFERENCE_PARSE.as_secs_f64()).max(1.0);
        }
    }
    let growth = per_byte[2] / per_byte[1];
    println!("time per byte, 10000 services against 57: {growth:.2}");
    results.push(Measured { what: "growth".into(), value: growth, budget: MOST_GROWTH, slack: NOISE });
    results.extend(whole_process(&inputs[0].1, &inputs[2].1, slowness));
    let missed = results.iter().filter(|result| result.value > result.budget);
    for result in missed.clone() {
        println!("over budget: {} {:.2}, budget {:.2}", result.what, result.value, result.budget);
    }
    let failed = missed.filter(|result| result.value > result.budget * result.slack).count();
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// One figure and what it may be.
struct Measured {
    what: String,
    value: f64,
    budget: f64,
    /// How many times the budget fails the run.
    slack: f64,
}

/// The stack's services over and over under other names, as one file.
fn repeated(services: usize) -> String {
    let (head, rest) = STACK.split_once("services:\n").unwrap();
    let (body, tail) = rest.split_once("volumes:\n  pgdata:").unwrap();
    let blocks: Vec<&str> = body.split("\n\n").map(str::trim_end).filter(|block| !block.is_empty()).collect();
    let mut text = format!("{head}services:\n");
    for at in 0..services {
        let block = blocks[at % blocks.len()];
        let (name, lines) = block.trim_start().split_once(":\n").unwrap();
        writeln!(text, "  {name}-{at}:\n{lines}\n{}", extra(services)).unwrap();
    }
    format!("{text}volumes:\n  pgdata:{tail}")
}

/// What large files are made of: labels. They bring 10,000 services to 9 MB.
fn extra(services: usize) -> String {
    let lines = if services < 1000 { 0 } else { 9 };
    let label = |at| {
        format!("      routing.example.com/rule-{at}: \"Host(`shop-{at}.example.com`) && Path(`/v{at}`)\"\n")
    };
    let labels: String = (0..lines).map(label).collect();
    if lines == 0 { labels } else { format!("    annotations:\n{labels}") }
}

struct Stages {
    parts: [Duration; 5],
    whole: Duration,
    parse: Duration,
    ratio: f64,
}

fn measure(text: &str, rounds: usize) -> Stages {
    let mut samples: [Vec<Duration>; 7] = Default::default();
    for _ in 0..=rounds {
        let start = Instant::now();
        black_box(serde_yaml::from_str::<serde_yaml::Value>(black_box(text)).unwrap());
        samples[6].push(start.elapsed());
        let parts = once(text);
        for (at, part) in parts.iter().enumerate() {
            samples[at].push(*part);
        }
        samples[5].push(parts.iter().sum());
    }
    // round by round, so that both sides of a ratio had the machine in the same state
    let ratio = median(
        samples[5].iter().zip(&samples[6]).map(|(whole, parse)| whole.as_secs_f64() / parse.as_secs_f64()),
    );
    let medians = samples.map(|list| Duration::from_secs_f64(median(list.iter().map(Duration::as_secs_f64))));
    let [load, plan, edit, verify, diff, whole, parse] = medians;
    Stages { parts: [load, plan, edit, verify, diff], whole, parse, ratio }
}

/// The middle of some figures without the first, which warms up.
fn median(figures: impl Iterator<Item = f64>) -> f64 {
    let mut figures: Vec<f64> = figures.skip(1).collect();
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

/// One run of the whole pipeline: load, plan, edit, verify (with the second plan), diff.
fn once(text: &str) -> [Duration; 5] {
    let mut clock = Instant::now();
    let mut lap = || {
        let now = Instant::now();
        let part = now - clock;
        clock = now;
        part
    };
    let options = pipeline::Options::default();
    let mut loaded = load::text("compose.yml", black_box(text), &Options::default()).unwrap();
    let load = lap();
    let planned = pipeline::plan(std::mem::take(&mut loaded.project), &options);
    let plan = lap();
    let rewrite = edit::rewrite(&loaded.tree, &loaded.services, &planned.plan).unwrap().pop().unwrap();
    let edit = lap();
    let (planned, second) = planned.second(&options);
    let verified = verify::prove(&loaded.tree, &loaded.services, &planned.plan, rewrite, &second).unwrap();
    let verify = lap();
    black_box(report::diff::unified(loaded.tree.source(verified.file()), &verified));
    let diff = lap();
    [load, plan, edit, verify, diff]
}

fn print_row(name: &str, text: &str, stages: &Stages) {
    let ms = |time: Duration| format!("{:>9.3}", time.as_secs_f64() * 1e3);
    let parts = stages.parts.map(ms).concat();
    let kib = text.len() as f64 / 1024.0;
    println!("{name:<16}{kib:>9.1}{parts}{}{}{:>7.2}", ms(stages.whole), ms(stages.parse), stages.ratio);
}

/// The program itself: time from start to exit on the small file, peak memory on the large one.
fn whole_process(small: &str, large: &str, slowness: f64) -> [Measured; 2] {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        path
    };
    let (small_file, large_file) = (write("small.yml", small), write("large.yml", large));
    let mut times: Vec<Duration> = (0..50).map(|_| run(&small_file).0).collect();
    times.sort();
    let milliseconds = times[times.len() / 2].as_secs_f64() * 1e3;
    let (_, peak) = run(&large_file);
    let factor = peak as f64 / large.len() as f64;
    println!("`harden FILE --diff`, 60 lines: {milliseconds:.1} ms from start to exit");
    println!(
        "`harden FILE --diff`, {:.1} MB: peak memory {:.0} MB, {factor:.1} times the file",
        large.len() as f64 / 1e6,
        peak as f64 / 1e6
    );
    [
        Measured {
            what: "process ms".into(),
            value: milliseconds,
            budget: MOST_MILLISECONDS * slowness,
            slack: NOISE,
        },
        Measured {
            what: "peak memory, times the file".into(),
            value: factor,
            budget: MOST_MEMORY,
            slack: PAGES,
        },
    ]
}

/// Runs `harden FILE --diff`; gives the time and the peak resident memory in bytes.
fn run(file: &Path) -> (Duration, u64) {
    let start = Instant::now();
    let mut child = Command::new(env!("CARGO_BIN_EXE_harden"))
        .arg(file)
        .arg("--diff")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    loop {
        if let Some(code) = child.try_wait().unwrap() {
            assert!(code.success(), "harden failed on {}", file.display());
            return (start.elapsed(), peak);
        }
        let text = fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok());
        peak = peak.max(kib.unwrap_or(0) * 1024);
        std::thread::sleep(Duration::from_micros(200));
    }
}
