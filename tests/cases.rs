//! Runs every folder `tests/cases/<group>/<case>/`: `input.yml` with its siblings, `expected.diff`, `expected.txt`.
//!
//! A group named after a pass runs that pass alone, one whose name begins with `build_` all passes of the build, and any
//! other all passes. A file `args` may hold
//! `level=strict`, `target=swarm`, `style=anchors`, `only=a,b`, `skip=a,b`, `files=a,b` or `overlay=a`, a line each.
//! `UPDATE=1 cargo test --test cases` writes the expected files.
//! Every case also proves the invariants of `common::Run`, and asks Docker Compose where its plugin is installed.
//! `tests/README.md` says how to add a case.

#![expect(clippy::disallowed_methods, reason = "tests read and write their own files")]

mod common;

use std::path::{Path, PathBuf};
use std::{env, fs};

use common::judge::judge;
use common::plugin;
use common::{Run, harden_files, harden_overlay, stack};
use harden::compose::stack::Target;
use harden::load;
use harden::passes::ALL;
use harden::pipeline::Options;
use harden::plan::{Level, PassId, Style};
use libtest_mimic::{Arguments, Failed, Trial};

fn main() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let trials = folders(&root).into_iter().flat_map(|group| folders(&group)).map(|case| {
        let name = case.strip_prefix(&root).unwrap_or(&case).display().to_string();
        Trial::test(name, move || run(&case).map_err(Failed::from))
    });
    libtest_mimic::run(&Arguments::from_args(), trials.collect()).exit();
}

fn folders(path: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(path).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut folders: Vec<PathBuf> = entries.filter(|path| path.is_dir()).collect();
    folders.sort();
    folders
}

fn run(case: &Path) -> Result<(), String> {
    let options = options(case)?;
    let hardened = match overlay(case) {
        Some(overlay) => harden_overlay(&files(case)?, &overlay, &options),
        None => harden_files(&files(case)?, &options),
    };
    let run = match hardened {
        // what is harden's own fault is never expected
        Err(error) if !error.starts_with("proof:") && !error.starts_with("edit:") => {
            let error = error.replace(&format!("{}/", case.display()), "");
            return compare(&case.join("expected.error"), &format!("{error}\n"));
        }
        result => result?,
    };
    compare(&case.join("expected.diff"), &run.diff(case))?;
    let decisions = run.decisions().replace(&format!("{}/", case.display()), "");
    compare(&case.join("expected.txt"), &decisions)?;
    run.check_invariants()?;
    accepted_by_compose(&run)?;
    if options.target == Target::Swarm { accepted_by_the_deployer(&run) } else { Ok(()) }
}

/// Where the Docker CLI is installed: what the stack deployer accepts before, it accepts after, with the planned keys.
fn accepted_by_the_deployer(run: &Run) -> Result<(), String> {
    let one_file = run.loaded.tree.sources().len() == 1;
    if !one_file || run.verified.is_empty() || !stack::cli_is_there() {
        return Ok(());
    }
    match stack::judge(run).unwrap_or_default() {
        faults if faults.is_empty() => Ok(()),
        faults => Err(faults.join("\n")),
    }
}

/// Where the Compose plugin is installed: what it accepts before, it accepts after, and sees only the planned keys.
fn accepted_by_compose(run: &Run) -> Result<(), String> {
    if run.verified.is_empty() || !plugin::is_there() {
        return Ok(());
    }
    match judge(run).unwrap_or_default() {
        faults if faults.is_empty() => Ok(()),
        faults => Err(faults.join("\n")),
    }
}

/// The file that `args` names as the overlay; it need not be there.
fn overlay(case: &Path) -> Option<PathBuf> {
    let args = fs::read_to_string(case.join("args")).unwrap_or_default();
    args.lines().find_map(|line| line.strip_prefix("overlay=")).map(|name| case.join(name))
}

/// The files of the case: those that `args` names, or `input.yml`, or the name that Compose looks for, with the override
/// file beside it.
fn files(case: &Path) -> Result<Vec<PathBuf>, String> {
    let args = fs::read_to_string(case.join("args")).unwrap_or_default();
    if let Some(names) = args.lines().find_map(|line| line.strip_prefix("files=")) {
        return Ok(names.split(',').map(|name| case.join(name)).collect());
    }
    let names = std::iter::once("input.yml").chain(load::DEFAULT_NAMES);
    let main = names.map(|name| case.join(name)).find(|path| path.is_file()).ok_or("no input.yml")?;
    Ok(load::with_override(&main))
}

fn options(case: &Path) -> Result<Options, String> {
    let group = case.parent().and_then(Path::file_name).and_then(|name| name.to_str()).unwrap_or_default();
    let mut options = Options { only: of_group(group), ..Options::default() };
    let mut level = None;
    for line in fs::read_to_string(case.join("args")).unwrap_or_default().lines() {
        match line.split_once('=') {
            Some(("files" | "overlay", _)) => {}
            Some(("outside", "true")) => options.outside = true,
            Some(("level", "safe")) => level = Some(Level::Safe),
            Some(("level", "standard")) => level = Some(Level::Standard),
            Some(("level", "strict")) => level = Some(Level::Strict),
            Some(("style", "anchors")) => options.style = Style::Anchors,
            Some(("target", "swarm")) => options.target = Target::Swarm,
            Some(("only", ids)) => options.only = passes(ids)?,
            Some(("skip", ids)) => options.skip = passes(ids)?,
            _ => return Err(format!("args: cannot read `{line}`")),
        }
    }
    Ok(Options { level: level.unwrap_or_default(), level_is_given: level.is_some(), ..options })
}

/// The passes of a group; none stands for all.
fn of_group(group: &str) -> Vec<PassId> {
    let builds = ALL.iter().filter(|pass| pass.is_of_build() && group.starts_with("build_"));
    pass(group).map_or_else(|| builds.map(|pass| pass.meta().id).collect(), |id| vec![id])
}

fn passes(ids: &str) -> Result<Vec<PassId>, String> {
    ids.split(',').map(|id| pass(id).ok_or_else(|| format!("args: no pass `{id}`"))).collect()
}

fn pass(id: &str) -> Option<PassId> {
    ALL.iter().map(|pass| pass.meta().id).find(|&known| known == id)
}

fn updating() -> bool {
    env::var_os("UPDATE").is_some()
}

fn compare(path: &Path, actual: &str) -> Result<(), String> {
    if updating() {
        return fs::write(path, actual).map_err(|error| error.to_string());
    }
    let expected = fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    if expected == actual {
        return Ok(());
    }
    let diff = similar::TextDiff::from_lines(&expected, actual);
    Err(format!("{} differs:\n{}", path.display(), diff.unified_diff()))
}
