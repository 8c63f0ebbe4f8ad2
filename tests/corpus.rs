//! Runs every real file of the corpus beside the crate: no panic, no failed proof, nothing lost, a second run changes
//! nothing; and, where the Compose plugin is installed, Compose accepts the result and sees no other difference than
//! the plan's.
//!
//! `HARDEN_STEP=1` takes every file where a sample is enough. The corpus is not part of the crate: without it these
//! tests say so and pass, unless `HARDEN_CORPUS=required`.
//! `cargo test --release --test corpus -- --nocapture` prints the tables.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_precision_loss,
    reason = "a test that cannot go on has failed"
)]
#![expect(clippy::disallowed_methods, reason = "tests read files and ask Compose")]
#![expect(clippy::print_stdout, reason = "the tables are for people")]

mod common;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

use common::beside::{required, shared};
use common::judge::judge;
use common::plugin;
use common::{Run, harden_file, harden_overlay, harden_text, stack};
use harden::compose::Service;
use harden::compose::stack::Target;
use harden::image::{self, Basis, Facts, Image};
use harden::load;
use harden::passes::ALL;
use harden::pipeline::Options;
use harden::plan::{Decision, Level, Skip, Style};
use harden::verify;
use rayon::iter::{IntoParallelRefIterator as _, ParallelIterator as _};

/// One line of a manifest.
#[derive(Clone)]
struct Entry {
    path: PathBuf,
    /// Accepted by Compose with and without interpolation.
    both: bool,
    error: String,
}

fn entries(folder: &str) -> Vec<Entry> {
    let Some(root) = shared("corpus").map(|root| root.join(folder)) else { return Vec::new() };
    let manifest = fs::read_to_string(root.join("manifest.tsv")).unwrap();
    let mut lines = manifest.lines();
    let header: Vec<&str> = lines.next().unwrap().split('\t').collect();
    let column = |name: &str| header.iter().position(|title| *title == name).unwrap();
    let (path, error, class) = (column("path"), column("error"), column("class"));
    lines
        .map(|line| line.split('\t').collect::<Vec<_>>())
        .map(|row| (root.join(row[path]), row))
        .filter(|(path, _)| path.is_file())
        .map(|(path, row)| Entry { path, both: row[class] == "both", error: row[error].to_owned() })
        .collect()
}

/// The real files but those with variables that Compose refuses, and that are an error here too (`tests/load.rs`).
fn real() -> Vec<Entry> {
    let refused = |entry: &Entry| entry.error.contains("invalid interpolation");
    entries("real").into_iter().filter(|entry| !refused(entry)).collect()
}

#[test]
fn every_real_file_is_hardened_and_proven_at_every_level() {
    let entries = real();
    let mut tables = String::new();
    for level in [Level::Safe, Level::Standard, Level::Strict] {
        let options = Options { level, ..Options::default() };
        let results = entries.par_iter().map(|entry| {
            let run = harden_file(&entry.path, &options)?;
            run.check_invariants()?;
            Ok::<Run, String>(run)
        });
        let results: Vec<_> = results.collect();
        let faults: Vec<String> = entries.iter().zip(&results).filter_map(fault).collect();
        let runs: Vec<Run> = results.into_iter().flatten().collect();
        let table = format!(
            "\nlevel {}: {} files, {} faults\n{}",
            level.as_str(),
            entries.len(),
            faults.len(),
            decisions(&runs)
        );
        print!("{table}");
        assert!(faults.is_empty(), "{}", faults.join("\n"));
        tables.push_str(&table);
    }
    leave("corpus-decisions.txt", &tables);
}

/// Leaves a table below the target directory, where `.ci/run` finds it.
fn leave(name: &str, table: &str) {
    fs::write(Path::new(env!("CARGO_TARGET_TMPDIR")).join(name), table).unwrap();
}

#[test]
fn a_sample_is_hardened_and_proven_with_anchors_and_for_a_swarm() {
    let step = env::var("HARDEN_STEP").ok().and_then(|step| step.parse().ok()).unwrap_or(12);
    let entries: Vec<Entry> = real().into_iter().step_by(step).collect();
    let anchors = Options { style: Style::Anchors, ..Options::default() };
    let swarm = Options { target: Target::Swarm, ..Options::default() };
    let both = Options { style: Style::Anchors, ..swarm.clone() };
    for options in [anchors, swarm, both] {
        let results = entries.par_iter().map(|entry| {
            let run = harden_file(&entry.path, &options)?;
            run.check_invariants()?;
            accepted(&run, entry, options.target).map(|()| run)
        });
        let results: Vec<_> = results.collect();
        let faults: Vec<String> = entries.iter().zip(&results).filter_map(fault).collect();
        let merging =
            results.iter().flatten().filter(|run| run.after().contains("x-harden-defaults: &harden"));
        println!(
            "{:?} {:?}: {} of {} share values",
            options.target,
            options.style,
            merging.count(),
            entries.len()
        );
        assert!(faults.is_empty(), "{}", faults.join("\n"));
    }
}

/// What the reader that it is written for finds wrong with a hardened file, where that is installed.
fn accepted(run: &Run, entry: &Entry, target: Target) -> Result<(), String> {
    let faults = match target {
        Target::Compose if entry.both && plugin::is_there() => judge(run),
        Target::Swarm if stack::cli_is_there() => stack::judge(run),
        _ => None,
    };
    match faults.unwrap_or_default() {
        faults if faults.is_empty() => Ok(()),
        faults => Err(faults.join("; ")),
    }
}

fn fault((entry, result): (&Entry, &Result<Run, String>)) -> Option<String> {
    result.as_ref().err().map(|error| format!("{}: {error}", entry.path.display()))
}

/// The share of services per pass and decision, in per cent.
fn decisions(runs: &[Run]) -> String {
    let services: usize = runs.iter().map(|run| run.planned.plan.services.len()).sum();
    let mut counts: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for service in runs.iter().flat_map(|run| &run.planned.plan.services) {
        for (pass, decision) in &service.decisions {
            *counts.entry((pass, column(decision))).or_default() += 1;
        }
    }
    let mut table = format!("{services} services, per cent of them:\n");
    let _ = writeln!(table, "{:<20}{}", "pass", COLUMNS.map(|title| format!("{title:>10}")).concat());
    for pass in ALL {
        let id = pass.meta().id;
        let share = |title| per_cent(counts.get(&(id, title)).copied().unwrap_or(0), services);
        let cells = COLUMNS.map(|title| format!("{:>10.1}", share(title)));
        let _ = writeln!(table, "{id:<20}{}", cells.concat());
    }
    table
}

fn per_cent(part: usize, all: usize) -> f64 {
    part as f64 * 100.0 / all.max(1) as f64
}

const COLUMNS: [&str; 6] = ["apply", "held", "already", "skip", "n/a", "advise"];

fn column(decision: &Decision) -> &'static str {
    match decision {
        Decision::Apply(_) => "apply",
        Decision::HeldBack(..) => "held",
        Decision::Already(_) => "already",
        Decision::Skip(Skip::NotApplicable | Skip::NotSelected) => "n/a",
        Decision::Skip(_) => "skip",
        Decision::Advise(_) => "advise",
    }
}

#[test]
fn the_share_of_services_whose_image_is_known() {
    let entries = real();
    let load = |entry: &Entry| load::file(&entry.path, &common::anywhere()).unwrap();
    let loaded: Vec<_> = entries.par_iter().map(load).collect();
    let mut known = Knowledge::default();
    for loaded in &loaded {
        for (service, image) in loaded.project.services.iter().zip(image::of_project(&loaded.project)) {
            known.count(service, &image);
        }
    }
    let table = known.table();
    print!("{table}");
    leave("corpus-images.txt", &table);
}

/// How many services have an image that something is known of, and how.
#[derive(Default)]
struct Knowledge {
    services: usize,
    /// By where the knowledge is from.
    from: BTreeMap<&'static str, usize>,
    /// By fact and basis, for services whose image the catalogue has.
    facts: BTreeMap<(&'static str, &'static str), usize>,
    /// Images of which nothing is known.
    unknown: BTreeMap<String, usize>,
}

impl Knowledge {
    fn count(&mut self, service: &Service, image: &Image) {
        self.services += 1;
        let from = match (&image.facts, &image.reference) {
            _ if image.built.is_some() => "its Dockerfile",
            (Some(facts), _) => {
                self.count_facts(facts);
                "the catalogue"
            }
            (None, Some(reference)) if !image.built_here => {
                *self.unknown.entry(reference.name()).or_default() += 1;
                "nothing: not in the catalogue"
            }
            (None, _) if image.built_here => "nothing: its Dockerfile is not in the corpus",
            (None, _) if service.image.is_some() => "nothing: a variable without a default names it",
            (None, _) => "nothing: another file names it",
        };
        *self.from.entry(from).or_default() += 1;
    }

    fn count_facts(&mut self, facts: &Facts) {
        let bases = [
            ("starts as", facts.default_user.as_ref().map(|fact| fact.basis)),
            ("user", facts.user.as_ref().map(|fact| fact.basis)),
            ("read_only", facts.read_only.as_ref().map(|fact| fact.basis)),
            ("caps_root", facts.caps_root.as_ref().map(|fact| fact.basis)),
            ("no_new_privileges", facts.no_new_privileges.as_ref().map(|fact| fact.basis)),
            ("init", facts.init.as_ref().map(|fact| fact.basis)),
            ("memory", facts.memory.as_ref().map(|fact| fact.basis)),
        ];
        for (fact, basis) in bases {
            *self.facts.entry((fact, basis_name(basis))).or_default() += 1;
        }
    }

    fn table(&self) -> String {
        let mut table = format!("\n{} services, per cent of them known from\n", self.services);
        for (from, count) in &self.from {
            let _ = writeln!(table, "{:>6.1}  {from} ({count})", per_cent(*count, self.services));
        }
        self.write_facts(&mut table);
        self.write_unknown(&mut table);
        table
    }

    fn write_facts(&self, table: &mut String) {
        let _ = writeln!(table, "{:<20}{}", "fact", BASES.map(|title| format!("{title:>10}")).concat());
        let facts: BTreeSet<&str> = self.facts.keys().map(|(fact, _)| *fact).collect();
        for fact in facts {
            let count = |basis| self.facts.get(&(fact, basis)).copied().unwrap_or(0);
            let cells = BASES.map(|basis| format!("{:>10.1}", per_cent(count(basis), self.services)));
            let _ = writeln!(table, "{fact:<20}{}", cells.concat());
        }
    }

    fn write_unknown(&self, table: &mut String) {
        let mut unknown: Vec<_> = self.unknown.iter().collect();
        unknown.sort_by_key(|(name, count)| (Reverse(**count), *name));
        let shown: usize = env::var("HARDEN_UNKNOWN").ok().and_then(|count| count.parse().ok()).unwrap_or(20);
        let _ = writeln!(table, "{} images not in the catalogue, the most frequent:", unknown.len());
        for (name, count) in unknown.iter().take(shown) {
            let _ = writeln!(table, "{count:>6}  {name}");
        }
    }
}

const BASES: [&str; 5] = ["measured", "stated", "inferred", "memory", "unknown"];

fn basis_name(basis: Option<Basis>) -> &'static str {
    match basis {
        Some(Basis::Measured | Basis::Policy(_)) => "measured",
        Some(Basis::Stated | Basis::Dockerfile(_)) => "stated",
        Some(Basis::Inferred | Basis::Assumed) => "inferred",
        Some(Basis::Memory | Basis::Doubtful) => "memory",
        None => "unknown",
    }
}

#[test]
fn what_compose_refuses_ends_in_a_clear_error_or_a_clean_pass() {
    let entries = entries("rejected");
    let harden = |entry: &Entry| harden_file(&entry.path, &Options::default()).err();
    let errors: Vec<_> = entries.par_iter().map(harden).collect();
    for (entry, error) in entries.iter().zip(errors) {
        let ours = error.unwrap_or_else(|| "clean pass".into());
        assert!(
            !ours.starts_with("edit:") && !ours.starts_with("proof:"),
            "{}: {ours}",
            entry.path.display()
        );
        println!("{}\n    compose: {}\n    harden:  {ours}", entry.path.display(), entry.error);
    }
}

/// Whether Compose can be asked. It must be, where that is required.
fn can_ask() -> bool {
    let is_there = plugin::is_there();
    assert!(is_there || !required(), "the Compose plugin is required and not there");
    if !is_there {
        println!("no Compose plugin: nothing checked");
    }
    is_there
}

#[test]
fn compose_accepts_what_it_accepted_and_sees_only_the_planned_keys() {
    if !can_ask() {
        return;
    }
    let entries: Vec<Entry> = real().into_iter().filter(|entry| entry.both).collect();
    let results: Vec<_> = entries.par_iter().map(|entry| judged(&entry.path)).collect();
    let faults: Vec<String> = results.iter().flatten().flatten().cloned().collect();
    let judged = results.iter().filter(|result| result.is_some()).count();
    println!("\nCompose judged {judged} of {} hardened files, {} faults", entries.len(), faults.len());
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn an_overlay_leaves_the_file_alone_and_compose_sees_only_the_planned_keys() {
    if !can_ask() {
        return;
    }
    let step = if env::var_os("HARDEN_CORPUS_ALL").is_some() { 1 } else { 5 };
    let entries: Vec<Entry> = entries("real").into_iter().filter(|entry| entry.both).step_by(step).collect();
    let results: Vec<_> = entries.par_iter().map(|entry| judged_with_overlay(&entry.path)).collect();
    let faults: Vec<String> = results.iter().flatten().flatten().cloned().collect();
    let judged = results.iter().filter(|result| result.is_some()).count();
    println!(
        "\nCompose judged {judged} of {} overlays, {} faults; one file in {step}, `HARDEN_CORPUS_ALL=1` takes all",
        entries.len(),
        faults.len()
    );
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// What is wrong with the overlay of a file; `None` when Compose does not accept the original on this machine.
fn judged_with_overlay(path: &Path) -> Option<Vec<String>> {
    let options = Options::default();
    let overlay = path.with_file_name("there-is-no-such-overlay.yml");
    let faults = match harden_overlay(&[path.to_owned()], &overlay, &options) {
        Ok(run) if run.changed().any(|(source, _)| source.name() != overlay) => {
            Some(vec!["another file than the overlay changes".to_owned()])
        }
        Ok(run) => match run.check_invariants() {
            Ok(()) => judge(&run),
            Err(fault) => Some(vec![fault]),
        },
        Err(error) => Some(vec![error]),
    };
    faults.map(|faults| faults.iter().map(|fault| format!("{}: {fault}", path.display())).collect())
}

/// What Compose finds wrong with the hardened file; `None` when it does not accept the original on this machine.
fn judged(path: &Path) -> Option<Vec<String>> {
    let name = |fault| format!("{}: {fault}", path.display());
    match harden_file(path, &Options::default()) {
        Ok(run) => judge(&run).map(|faults| faults.into_iter().map(name).collect()),
        Err(error) => Some(vec![name(error)]),
    }
}

/// Who raises the level later must not get less than who starts with it: strict after standard is strict. One thing
/// stays: capabilities that standard gave to a start as root, which give nothing to the user of strict.
#[test]
fn strict_after_standard_is_strict() {
    let entries = real();
    let at = |level| Options { level, ..Options::default() };
    let faults = entries.par_iter().map(|entry| {
        let text = fs::read_to_string(&entry.path).map_err(|error| error.to_string())?;
        let hardened = |text: &str, level| harden_text(&entry.path, text, &at(level));
        let once = hardened(&text, Level::Strict)?.planned.project;
        let standard = hardened(&text, Level::Standard)?;
        let mut twice = hardened(standard.after(), Level::Strict)?.planned.project;
        for (twice, once) in twice.services.iter_mut().zip(&once.services) {
            let is_user =
                twice.user.as_ref().is_some_and(|user| !matches!(user.split(':').next(), Some("0" | "root")));
            let is_void = is_user && once.cap_add.iter().all(|cap| twice.cap_add.has(cap));
            if is_void {
                twice.cap_add = once.cap_add.clone();
            }
        }
        verify::difference(&once, &twice).map_or(Ok(()), Err)
    });
    let faults: Vec<Result<(), String>> = faults.collect();
    let faults = entries.iter().zip(faults).filter_map(|(entry, fault)| Some((entry, fault.err()?)));
    let faults: Vec<String> =
        faults.map(|(entry, fault)| format!("{}: {fault}", entry.path.display())).collect();
    assert!(faults.is_empty(), "{} of {}:\n{}", faults.len(), entries.len(), faults.join("\n"));
}
