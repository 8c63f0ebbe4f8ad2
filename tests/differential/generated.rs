//! Generated files: Compose takes them, reads them as harden does, takes what harden makes of them, and sees no other
//! difference than the planned one.
//!
//! `HARDEN_GENERATED=1000` tries that many of them.

use std::path::Path;
use std::{env, fs};

use harden::pipeline::Options;
use harden::plan::{Level, Style};
use rayon::iter::{IntoParallelRefIterator as _, ParallelIterator as _};

use crate::common::{harden_file, judge::judge};
use crate::{can_ask, compare, compose, generate};

/// Compose is asked five times for each; of files that share much, and of those of two documents, there are half as many.
const FILES: usize = 60;

pub fn hardened() -> Result<(), String> {
    if !can_ask()? {
        println!("no Compose plugin: nothing compared");
        return Ok(());
    }
    let files = env::var("HARDEN_GENERATED").ok().and_then(|count| count.parse().ok()).unwrap_or(FILES);
    let kinds = [generate::compose(), generate::sharing(), generate::documents()];
    let texts = kinds.iter().zip([files, files / 2, files / 2]);
    let texts = texts.flat_map(|(kind, files)| generate::sample(kind, files, 20));
    let texts: Vec<(usize, String)> = texts.enumerate().collect();
    let faults: Vec<Result<(), String>> = texts
        .par_iter()
        .map(|(index, text)| one(*index, text).map_err(|why| format!("{why}\n----\n{text}----")))
        .collect();
    let faults: Vec<String> = faults.into_iter().filter_map(Result::err).collect();
    println!("{} generated files, hardened and judged by Compose, {} faults", texts.len(), faults.len());
    if faults.is_empty() { Ok(()) } else { Err(faults.join("\n")) }
}

fn one(index: usize, text: &str) -> Result<(), String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let path = folder.path().join("stack.yml");
    fs::write(&path, text).map_err(|error| error.to_string())?;
    same_meaning(&path)?;
    let level = [Level::Safe, Level::Standard, Level::Strict][index % 3];
    let style = if index % 4 == 3 { Style::Anchors } else { Style::Blocks };
    let run = harden_file(&path, &Options { level, level_is_given: true, style, ..Options::default() })?;
    match judge(&run) {
        None => Err("Compose refuses the file without interpolation".to_owned()),
        Some(faults) if faults.is_empty() => Ok(()),
        Some(faults) => Err(format!("{}\n{}", faults.join("\n"), run.after())),
    }
}

fn same_meaning(path: &Path) -> Result<(), String> {
    let paths = [path.to_owned()];
    let theirs = compose::config(&paths).map_err(|error| format!("Compose refuses it: {error}"))?;
    let misses = compare::compare(&paths, &theirs)?.misses;
    if misses.is_empty() { Ok(()) } else { Err(misses.join("\n")) }
}
