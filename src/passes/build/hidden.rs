//! Files and packages that one layer makes and a later one deletes: the deletion hides them, and the bytes stay.
//!
//! Only what a command or a `COPY` names is known to have been made; what the base image brings is of no account.

use super::scripts::{is_apt, script, subcommand};
use super::view::{View, packages};
use crate::dockerfile::glob::Glob;
use crate::dockerfile::ignore::clean;
use crate::dockerfile::read::Instruction;
use crate::dockerfile::shell::{Command, Then, Word};
use crate::source::Place;

/// What is deleted too late.
pub(super) struct Hidden {
    /// Its names, each in backticks.
    pub(super) names: String,
    /// What to do.
    pub(super) help: String,
    /// Where it is deleted.
    pub(super) place: Place,
}

/// Names that are listed.
const NAMED: usize = 4;

/// An instruction, and the directory that it runs in, as far as that is known.
struct Step<'v> {
    it: &'v Instruction,
    folder: Option<String>,
}

/// What makes something that is deleted later.
enum Maker {
    /// A `RUN`, by its index.
    Run(usize),
    /// A `COPY` of a file of the context, and where it goes to.
    Copy(String, String),
    /// Another `COPY` or `ADD`.
    Other,
}

/// The first `RUN` that deletes what an earlier instruction has made.
pub(super) fn find(view: &View<'_>) -> Option<Hidden> {
    let steps = steps(view);
    (1..steps.len()).find_map(|at| {
        let step = steps.get(at)?;
        let (script, _) = plain(step.it)?;
        let deleted = deleted(&script, step);
        let made = |name: &String| Some((name.clone(), maker(name, steps.get(..at)?)?));
        let found: Vec<(String, Maker)> = deleted.iter().filter_map(made).collect();
        let (_, first) = found.first()?;
        let names: Vec<String> = found.iter().take(NAMED).map(|(name, _)| format!("`{name}`")).collect();
        let help = help(view, &steps, (at, &script), first)?;
        Some(Hidden { names: names.join(", "), help, place: view.place(step.it) })
    })
}

/// What makes the image, each with its directory.
fn steps<'v>(view: &View<'v>) -> Vec<Step<'v>> {
    let mut folder = None;
    let mut steps = Vec::new();
    for it in view.instructions() {
        match it.keyword.as_str() {
            // another base may have another directory
            "FROM" if it.body().contains('$') || steps.is_empty() => folder = None,
            "WORKDIR" => folder = resolved(it.body().trim().trim_matches('"'), folder.as_deref()),
            _ => {}
        }
        steps.push(Step { it, folder: folder.clone() });
    }
    steps
}

/// The commands of a `RUN` that has nothing else.
fn plain(it: &Instruction) -> Option<(Vec<Command>, usize)> {
    let is_run = it.keyword == "RUN" && it.heredocs.is_empty() && it.exec().is_none();
    is_run.then(|| script(it)).flatten()
}

/// A path from the root, if that is known.
pub(super) fn resolved(path: &str, folder: Option<&str>) -> Option<String> {
    if path.is_empty() || path.contains(['$', '~', '<', '>']) {
        return None;
    }
    let whole = if path.starts_with('/') { path.to_owned() } else { format!("{}/{path}", folder?) };
    let path = clean(&whole);
    (path != "/").then_some(path)
}

/// The directory of a script: none where it goes elsewhere.
fn folder<'s>(script: &[Command], step: &'s Step<'_>) -> Option<&'s str> {
    let moves = script.iter().any(|command| matches!(command.word(0), "cd" | "pushd"));
    step.folder.as_deref().filter(|_| !moves)
}

/// The files and packages that a script takes away and has not made itself.
fn deleted(script: &[Command], step: &Step<'_>) -> Vec<String> {
    let folder = folder(script, step);
    let own = packages(step.it);
    let mut found = Vec::new();
    for (at, command) in script.iter().enumerate() {
        let before = script.get(..at).unwrap_or_default();
        let program = command.program();
        let words = program.iter().skip(1).filter(|word| !word.text.starts_with('-'));
        if program.first().is_some_and(|word| word.text == "rm") {
            let paths = words.filter_map(|word| resolved(&word.text, folder));
            found.extend(paths.filter(|path| !before.iter().any(|other| makes(other, path, folder))));
        } else if removes_packages(command) {
            let names = words.skip(1).map(|word| word.text.clone());
            found.extend(names.filter(|name| !own.contains(&name.as_str())));
        }
    }
    found.dedup();
    found
}

fn removes_packages(command: &Command) -> bool {
    let removes = ["purge", "remove", "autoremove"].iter().any(|what| is_apt(command, what));
    removes || subcommand(command.program(), &["apk"], "del").is_some()
}

/// Whether a command makes a path, or something in it.
fn makes(command: &Command, path: &str, folder: Option<&str>) -> bool {
    let program = command.program();
    let Some((first, rest)) = program.split_first() else { return false };
    let name = first.text.rsplit('/').next().unwrap_or_default();
    if path.starts_with("/var/lib/apt/lists") {
        return is_apt(command, "update");
    }
    let made = targets(name, rest);
    made.iter().filter_map(|made| resolved(made, folder)).any(|made| is_in(&made, path))
}

/// The files and folders that a program makes.
fn targets<'w>(program: &str, words: &'w [Word]) -> Vec<&'w str> {
    let after = |flags: &[&str]| {
        let pairs = words.windows(2).filter_map(|pair| match pair {
            [flag, value] if flags.contains(&flag.text.as_str()) => Some(value.text.as_str()),
            _ => None,
        });
        pairs.collect::<Vec<_>>()
    };
    let bare = || words.iter().map(|word| word.text.as_str()).filter(|word| !word.starts_with('-'));
    let kept = || words.iter().filter_map(|word| downloaded(program, words, &word.text));
    match program {
        "curl" => kept().chain(after(&["-o", "-fsSLo", "-sSLo", "-fLo", "-Lo", "--output"])).collect(),
        "wget" => kept().chain(after(&["-O", "-qO", "-nvO", "--output-document"])).collect(),
        "tar" => after(&["-C", "--directory"]),
        "unzip" => after(&["-d"]),
        "cp" | "mv" => bare().next_back().into_iter().collect(),
        "git" if bare().next() == Some("clone") => bare().next_back().into_iter().collect(),
        "mkdir" => bare().collect(),
        _ => Vec::new(),
    }
}

/// The file that a download makes in its directory.
fn downloaded<'w>(program: &str, words: &[Word], url: &'w str) -> Option<&'w str> {
    let has = |start: &str, letter: char| {
        words.iter().any(|word| word.text.starts_with(start) && word.text.contains(letter))
    };
    let is_kept = match program {
        "wget" => !has("-", 'O'),
        "curl" => has("-", 'O'),
        _ => false,
    };
    let (_, rest) = url.split_once("://").filter(|_| is_kept)?;
    let name = rest.split(['?', '#']).next()?.rsplit('/').next()?;
    (!name.is_empty()).then_some(name)
}

/// Whether a path is what is deleted, or lies in that.
fn is_in(made: &str, deleted: &str) -> bool {
    let below = made.strip_prefix(deleted).is_some_and(|rest| rest.starts_with('/'));
    below || Glob::parse(deleted).is_some_and(|glob| glob.matches(made))
}

/// The last of some instructions that makes what is deleted later.
fn maker(name: &str, before: &[Step<'_>]) -> Option<Maker> {
    before.iter().enumerate().rev().find_map(|(at, step)| match step.it.keyword.as_str() {
        "RUN" => run_makes(name, step).then_some(Maker::Run(at)),
        "COPY" | "ADD" => copied(name, step),
        _ => None,
    })
}

fn run_makes(name: &str, step: &Step<'_>) -> bool {
    let Some((script, _)) = plain(step.it) else { return false };
    if !name.starts_with('/') {
        return packages(step.it).contains(&name) || names_group(&script, name);
    }
    let folder = folder(&script, step);
    let leaves = script.iter().rposition(|command| makes(command, name, folder));
    leaves.is_some_and(|at| !script.iter().skip(at).any(|command| deletes(command, name, folder)))
}

/// `apk add --virtual NAME`
fn names_group(script: &[Command], name: &str) -> bool {
    let mut words = script.iter().flat_map(|command| command.words.windows(2));
    words.any(|pair| matches!(pair, [flag, word] if matches!(flag.text.as_str(), "--virtual" | "-t") && word.text == name))
}

fn deletes(command: &Command, path: &str, folder: Option<&str>) -> bool {
    let program = command.program();
    let is_rm = program.first().is_some_and(|word| matches!(word.text.as_str(), "rm" | "mv"));
    let mut paths = program.iter().skip(1).filter_map(|word| resolved(&word.text, folder));
    is_rm && paths.any(|deleted| is_in(path, &deleted) || is_in(&deleted, path))
}

/// Whether a `COPY` or `ADD` brings what is deleted later.
fn copied(name: &str, step: &Step<'_>) -> Option<Maker> {
    let words =
        step.it.exec().unwrap_or_else(|| step.it.body().split_whitespace().map(str::to_owned).collect());
    let (to, sources) = words.split_last()?;
    let target =
        resolved(to, step.folder.as_deref()).or_else(|| step.folder.clone().filter(|_| to == "."))?;
    let is_folder = to.ends_with('/') || to == "." || sources.len() > 1;
    sources.iter().find_map(|source| {
        let last = source.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
        // what ADD unpacks does not stay
        let is_unpacked = step.it.keyword == "ADD" && last.contains(".t");
        let path = if is_folder { format!("{target}/{last}") } else { target.clone() };
        if is_unpacked || !is_in(&path, name) {
            return None;
        }
        let is_file =
            step.it.keyword == "COPY" && !source.contains(['*', '?', '[', '$']) && last.contains('.');
        let is_own = is_file && step.it.sources().contains(source) && path == name;
        Some(if is_own { Maker::Copy(source.clone(), path) } else { Maker::Other })
    })
}

fn help(
    view: &View<'_>,
    steps: &[Step<'_>],
    (at, script): (usize, &[Command]),
    maker: &Maker,
) -> Option<String> {
    Some(match maker {
        Maker::Copy(source, target) => format!(
            "take it with `RUN --mount=type=bind,source={source},target={target}` where it is needed, with neither `COPY` nor `rm`"
        ),
        Maker::Other => {
            "copy it in a stage of its own, and only what is made of it into the last one".to_owned()
        }
        Maker::Run(index) => {
            let line = view.file.line(steps.get(*index)?.it);
            let body = steps.get(at)?.it.body().split_whitespace().collect::<Vec<_>>().join(" ");
            let is_next = index + 1 == at;
            if is_next && only_deletes(script) && body.len() < 100 {
                format!("put `&& {body}` at the end of the `RUN` in line {line}")
            } else {
                let own = view.file.line(steps.get(at)?.it);
                format!(
                    "make one `RUN` of those from line {line} to line {own}, or build in a stage of its own and copy the result"
                )
            }
        }
    })
}

/// Whether a script does nothing but take away, one after the other.
fn only_deletes(script: &[Command]) -> bool {
    script.iter().all(|command| {
        let is_rm = command.word(0) == "rm" || removes_packages(command);
        is_rm && !matches!(command.then, Some(Then::Or | Then::Pipe))
    })
}
