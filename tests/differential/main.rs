//! Compares what harden reads with what Docker Compose reads: for every real file of the corpus, and for every folder of
//! `tests/merge/`, each typed field of each service, and the top-level volumes, equal what
//! `docker compose --profile '*' config --format json` says.
//!
//! `tests/README.md` says how to add a folder. `intended.rs` lists the differences that are intended. Needs the Compose
//! plugin, and the corpus beside the crate; without them it says so and passes, unless `HARDEN_CORPUS=required`.

#![expect(clippy::disallowed_methods, reason = "tests read files and ask Compose")]
#![expect(clippy::indexing_slicing, reason = "a test that cannot go on has failed")]
#![expect(clippy::cast_precision_loss, reason = "a share in per cent")]
#![expect(clippy::print_stdout, reason = "the table is for people")]
#![expect(clippy::ref_option, reason = "the fields of a service are handed over as they are")]

#[path = "../common/mod.rs"]
mod common;
mod compare;
mod compose;
#[path = "../common/generate/mod.rs"]
mod generate;
mod generated;
mod intended;
mod long;
mod ours;
mod text;
mod theirs;
mod verdicts;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use common::beside::{required, shared};
use common::plugin;
use compare::Outcome;
use harden::load;
use libtest_mimic::{Arguments, Failed, Trial};
use rayon::iter::{IntoParallelRefIterator as _, ParallelIterator as _};

fn main() {
    let mut trials = vec![
        Trial::test("corpus", || corpus().map_err(Failed::from)),
        Trial::test("generated", || generated::hardened().map_err(Failed::from)),
        Trial::test("verdicts/corpus", || verdicts::corpus().map_err(Failed::from)),
        Trial::test("verdicts/real", || verdicts::real().map_err(Failed::from)),
        Trial::test("verdicts/generated", || verdicts::generated().map_err(Failed::from)),
    ];
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/merge");
    let mut folders: Vec<PathBuf> =
        fs::read_dir(&root).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    folders.sort();
    trials.extend(folders.into_iter().filter(|path| path.is_dir()).map(|folder| {
        let name = format!("merge/{}", folder.file_name().unwrap_or_default().to_string_lossy());
        Trial::test(name, move || merge(&folder).map_err(Failed::from))
    }));
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}

/// Whether Compose can be asked. It must be, where that is required.
fn can_ask() -> Result<bool, String> {
    match plugin::is_there() {
        false if required() => Err("the Compose plugin is required and not there".to_owned()),
        there => Ok(there),
    }
}

/// A folder: its files, laid over each other, mean to harden what they mean to Compose. With a file `refused` in it,
/// both refuse them.
fn merge(folder: &Path) -> Result<(), String> {
    if !can_ask()? {
        return Ok(());
    }
    let paths = files(folder)?;
    let refused = folder.join("refused").is_file();
    match (compose::config(&paths), refused) {
        (Err(error), false) => Err(format!("Compose refuses it: {error}")),
        (Ok(_), true) => Err("Compose takes it".to_owned()),
        (Err(_), true) => match compare::load(&paths) {
            Ok(_) => Err("harden takes it, and Compose does not".to_owned()),
            Err(_) => Ok(()),
        },
        (Ok(theirs), false) => {
            let outcome = compare::compare(&paths, &theirs)?;
            if outcome.misses.is_empty() { Ok(()) } else { Err(outcome.misses.join("\n")) }
        }
    }
}

/// The files that `files` names, one a line, or `compose.yml` with the override file beside it.
fn files(folder: &Path) -> Result<Vec<PathBuf>, String> {
    if let Ok(names) = fs::read_to_string(folder.join("files")) {
        return Ok(names.lines().map(|name| folder.join(name)).collect());
    }
    let main = folder.join("compose.yml");
    if main.is_file() { Ok(load::with_override(&main)) } else { Err("no compose.yml".to_owned()) }
}

/// Every real file that Compose accepts.
fn corpus() -> Result<(), String> {
    let Some(root) = shared("corpus/real") else { return Ok(()) };
    if !can_ask()? {
        println!("no Compose plugin: nothing compared");
        return Ok(());
    }
    let manifest = fs::read_to_string(root.join("manifest.tsv")).map_err(|error| error.to_string())?;
    // those that Compose is known to refuse once variables are put in are not asked for again
    let accepted =
        manifest.lines().skip(1).filter(|line| !line.split('\t').any(|cell| cell == "nointerp_only"));
    let paths = accepted.filter_map(|line| line.split('\t').next());
    let paths: Vec<PathBuf> = paths.map(|path| root.join(path)).filter(|path| path.is_file()).collect();
    let outcomes = paths.par_iter().map(|path| {
        let files = load::with_override(path);
        let theirs = compose::config_of_corpus(&files).ok()?;
        Some(compare::compare(&files, &theirs))
    });
    let outcomes: Vec<_> = outcomes.collect();
    let name = |path: &Path| path.strip_prefix(&root).unwrap_or(path).display().to_string();
    let outcomes: Vec<(String, Result<Outcome, String>)> =
        paths.iter().zip(outcomes).filter_map(|(path, outcome)| Some((name(path), outcome?))).collect();
    report(&outcomes)
}

/// Prints how far the two agree; an error lists what differs.
fn report(outcomes: &[(String, Result<Outcome, String>)]) -> Result<(), String> {
    let (mut services, mut equal, mut whole) = (0, 0, 0);
    let mut fields: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    let mut faults = String::new();
    for (name, outcome) in outcomes {
        match outcome {
            Err(error) => {
                let _ = writeln!(faults, "{name}: {error}");
            }
            Ok(outcome) => {
                services += outcome.services;
                equal += outcome.equal;
                whole += usize::from(outcome.misses.is_empty());
                for (field, (same, compared)) in &outcome.fields {
                    let sum = fields.entry(field).or_default();
                    *sum = (sum.0 + same, sum.1 + compared);
                }
                for miss in &outcome.misses {
                    let _ = writeln!(faults, "{name}: {miss}");
                }
            }
        }
    }
    let share = |part: usize, all: usize| part as f64 * 100.0 / all.max(1) as f64;
    println!(
        "\nprojects that mean to harden what they mean to Compose: {whole} of {} ({:.2} %); services: {equal} of \
         {services} ({:.2} %)",
        outcomes.len(),
        share(whole, outcomes.len()),
        share(equal, services)
    );
    println!("{:<22}{:>8}{:>8}", "field", "set in", "equal");
    for (field, (same, compared)) in &fields {
        println!("{field:<22}{compared:>8}{same:>8}{}", if same == compared { "" } else { "  !" });
    }
    println!("differences that are intended, and are levelled before the comparison:");
    for (field, what) in intended::INTENDED {
        println!("  {field}: {what}");
    }
    if faults.is_empty() { Ok(()) } else { Err(faults) }
}
