//! Whether harden takes what Compose takes, and refuses what it refuses: the files of the corpus, and generated files with
//! one fault. Every disagreement is in a table, with its reason; a line that no file needs is a fault, too.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use harden::load;
use rayon::iter::{IntoParallelRefIterator as _, ParallelIterator as _};

use crate::common::beside::shared;
use crate::{can_ask, compare, compose, generate};

/// Part of what Compose says of a file of the corpus that harden takes, and why harden takes it.
const TAKEN: &[(&str, &str)] = &[
    ("Additional property models", NEWER),
    ("Additional property provider", NEWER),
    ("Additional property pre_start", NEWER),
    ("Additional property image", NEWER),
    ("Additional property initial_sync", NEWER),
    ("pull_policy must be one of", NEWER),
    ("Additional property wrongField", UNKNOWN),
    ("Additional property start_on_create", UNKNOWN),
    ("Additional property Version", UNKNOWN),
    ("too many colons", VARIABLE),
    ("invalid type string for external", VARIABLE),
    ("open compose/$HOSTNAME/", VARIABLE),
];

/// Part of what Compose says of a real file that harden takes, and why harden takes it.
const TAKEN_REAL: &[(&str, &str)] = &[
    ("is missing a value", VARIABLE),
    ("empty section between colons", VARIABLE),
    ("env file", ENV_FILE),
    ("dependency cycle detected", BEFORE),
    ("refers to undefined network", ELSEWHERE),
    ("refers to undefined volume", ELSEWHERE),
    ("depends on undefined service", ELSEWHERE),
    ("has neither an image nor a build context", ELSEWHERE),
    ("can't set distinct values on 'pids_limit'", BEFORE),
    ("Invalid containerPort", PORT),
];

/// Part of what harden says of a real file that Compose takes, and why harden refuses it.
const REFUSED_REAL: &[(&str, &str)] = &[];

const NEWER: &str = "newer than the Compose that is asked";
const UNKNOWN: &str = "a key that nobody knows is warned of: the next Compose may know it";
const VARIABLE: &str = "a variable decides, and another machine may set it";

/// Generated faults that harden takes and Compose refuses, and why.
const TAKEN_FAULTS: &[(&str, &str)] = &[
    ("imgae: Text(\"nginx\")", UNKNOWN),
    ("logging: Pair(\"drivers\", \"json-file\")", UNKNOWN),
    ("deploy: Pair(\"resource\", \"x\")", UNKNOWN),
    ("build: Pair(\"contxt\", \".\")", UNKNOWN),
    ("ports: Item(\"eighty:80\")", PORT),
    ("ports: Item(\"80:99999\")", PORT),
    ("depends_on: Item(\"nobody\")", ELSEWHERE),
    ("network_mode: Text(\"service:nobody\")", ELSEWHERE),
    ("volumes: Item(\"nowhere:/x\")", ELSEWHERE),
    ("networks: Item(\"nowhere\")", ELSEWHERE),
    ("secrets: Item(\"nothing\")", ELSEWHERE),
    ("configs: Item(\"nothing\")", ELSEWHERE),
    ("image: Text(\"${A:?must be set}\")", VARIABLE),
    ("memswap_limit: Text(\"-1\")", "read as no limit, which it is without quotes"),
    ("env_file: Text(\"there-is-no-such-file\")", ENV_FILE),
];

const ENV_FILE: &str = "it lies where the project runs, and need not be here";
const PORT: &str = "no pass needs the number; Compose says so as soon as the file is used";
const BEFORE: &str =
    "it was wrong before, and no pass adds to it; Compose says so as soon as the file is used";
const ELSEWHERE: &str = "a file that is laid over this one may have it";

/// Generated faults that harden refuses and Compose takes, and why.
const REFUSED_FAULTS: &[(&str, &str)] = &[];

/// The rejected files of the corpus.
pub fn corpus() -> Result<(), String> {
    let Some(root) = shared("corpus/rejected") else { return Ok(()) };
    let manifest = fs::read_to_string(root.join("manifest.tsv")).map_err(|error| error.to_string())?;
    let mut lines = manifest.lines().map(|line| line.split('\t').collect::<Vec<_>>());
    let header = lines.next().ok_or("an empty manifest")?;
    let column = header.iter().position(|title| *title == "error").ok_or("no column of errors")?;
    let (mut used, mut faults, mut both) = (BTreeSet::new(), Vec::new(), 0);
    for row in lines.filter(|row| root.join(row[0]).is_file()) {
        if load::file(&root.join(row[0]), &load::Options::default()).is_err() {
            both += 1;
            continue;
        }
        match TAKEN.iter().find(|(said, _)| row[column].contains(said)) {
            Some((said, _)) => drop(used.insert(*said)),
            None => faults.push(format!("harden takes {}; Compose: {}", row[0], row[column])),
        }
    }
    println!("rejected files of the corpus: both refuse {both}; harden takes those of which Compose says");
    faults.extend(told(TAKEN, &used));
    if faults.is_empty() { Ok(()) } else { Err(faults.join("\n")) }
}

/// The real files: the program, started as people start it, ends with 2 where Compose refuses the file, and nowhere else.
pub fn real() -> Result<(), String> {
    let Some(root) = shared("corpus/real") else { return Ok(()) };
    if !can_ask()? {
        println!("no Compose plugin: nothing compared");
        return Ok(());
    }
    let manifest = fs::read_to_string(root.join("manifest.tsv")).map_err(|error| error.to_string())?;
    let paths: Vec<&str> = manifest.lines().skip(1).filter_map(|line| line.split('\t').next()).collect();
    let verdicts: Vec<Verdicts> = paths
        .par_iter()
        .filter(|path| root.join(path).is_file())
        .map(|path| {
            let files = load::with_override(&root.join(path));
            Ok(((*path).to_owned(), started(&files)?, compose::config_of_corpus(&files).map(drop)))
        })
        .collect::<Result<_, String>>()?;
    let (table, faults) = weighed(&verdicts);
    print!("{table}");
    let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join("corpus-verdicts.txt");
    fs::write(place, table).map_err(|error| error.to_string())?;
    if faults.is_empty() { Ok(()) } else { Err(faults.join("\n")) }
}

/// What the program says of a project: its first error where it ends with 2.
fn started(files: &[PathBuf]) -> Result<Result<(), String>, String> {
    let named = files.iter().flat_map(|file| [OsStr::new("-f"), file.as_os_str()]);
    let mut command = Command::new(env!("CARGO_BIN_EXE_harden"));
    command.args(["--check", "-q"]).args(named).env_clear().envs(compose::shell()).stdin(Stdio::null());
    let output = command.output().map_err(|error| error.to_string())?;
    let said = String::from_utf8_lossy(&output.stderr);
    match output.status.code() {
        Some(0 | 1) => Ok(Ok(())),
        Some(2) => Ok(Err(said.lines().next().unwrap_or_default().to_owned())),
        other => Err(format!("{files:?} ends with {other:?}: {said}")),
    }
}

/// The table of the disagreements by reason, and those that have none.
fn weighed(verdicts: &[Verdicts]) -> (String, Vec<String>) {
    let (mut faults, mut known, mut same) = (Vec::new(), BTreeMap::new(), [0, 0]);
    for (name, ours, theirs) in verdicts {
        let (lines, said, taker) = match (ours, theirs) {
            (Ok(()), Ok(())) => {
                same[0] += 1;
                continue;
            }
            (Err(_), Err(_)) => {
                same[1] += 1;
                continue;
            }
            (Ok(()), Err(said)) => (TAKEN_REAL, said, "harden"),
            (Err(said), Ok(())) => (REFUSED_REAL, said, "Compose"),
        };
        match lines.iter().find(|(part, _)| said.contains(part)) {
            Some(line) => known.entry((taker, line)).or_insert_with(Vec::new).push(name.as_str()),
            None => faults.push(format!("{taker} takes {name}; the other: {said}")),
        }
    }
    let idle = TAKEN_REAL.iter().chain(REFUSED_REAL).filter(|line| !known.keys().any(|(_, own)| own == line));
    faults.extend(idle.map(|(part, _)| format!("no real file needs the line `{part}`")));
    let mut table = format!(
        "\n{} real files: both take {}, both refuse {}, and of the rest\n",
        verdicts.len(),
        same[0],
        same[1]
    );
    for ((taker, (part, why)), names) in known {
        let _ = writeln!(table, "{:>4}  {taker} takes them, the other says \"{part}\": {why}", names.len());
        for name in names {
            let _ = writeln!(table, "        {name}");
        }
    }
    (table, faults)
}

/// Files with one fault each.
pub fn generated() -> Result<(), String> {
    if !can_ask()? {
        println!("no Compose plugin: nothing compared");
        return Ok(());
    }
    let verdicts: Vec<Verdicts> =
        generate::faulty(8).par_iter().map(|(name, text)| asked(name, text)).collect::<Result<_, _>>()?;
    let mut faults = Vec::new();
    let (mut taken, mut refused, mut same) = (BTreeSet::new(), BTreeSet::new(), 0);
    for (name, ours, theirs) in &verdicts {
        let known =
            |table: &[(&'static str, &str)]| table.iter().find(|(of, _)| of == name).map(|(of, _)| *of);
        match (ours, theirs) {
            (Ok(()), Err(why)) => match known(TAKEN_FAULTS) {
                Some(of) => drop(taken.insert(of)),
                None => faults.push(format!("harden takes `{name}`; Compose: {why}")),
            },
            (Err(why), Ok(())) => match known(REFUSED_FAULTS) {
                Some(of) => drop(refused.insert(of)),
                None => faults.push(format!("Compose takes `{name}`; harden: {why}")),
            },
            _ => same += 1,
        }
    }
    println!("generated faults: the same verdict on {same} of {}; harden takes", verdicts.len());
    faults.extend(told(TAKEN_FAULTS, &taken));
    println!("and refuses");
    faults.extend(told(REFUSED_FAULTS, &refused));
    if faults.is_empty() { Ok(()) } else { Err(faults.join("\n")) }
}

/// The name of a fault, what harden says, and what Compose says.
type Verdicts = (String, Result<(), String>, Result<(), String>);

fn asked(name: &str, text: &str) -> Result<Verdicts, String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let paths = [folder.path().join("stack.yml")];
    fs::write(&paths[0], text).map_err(|error| error.to_string())?;
    let theirs = compose::config(&paths).map(drop);
    Ok((name.to_owned(), compare::load(&paths).map(drop), theirs))
}

/// Prints a table, and names the lines that are not needed.
fn told(table: &[(&str, &str)], used: &BTreeSet<&str>) -> Vec<String> {
    for (what, why) in table {
        println!("  {what}: {why}");
    }
    let idle = table.iter().filter(|(what, _)| !used.contains(what));
    idle.map(|(what, _)| format!("no file needs the line `{what}`")).collect()
}
