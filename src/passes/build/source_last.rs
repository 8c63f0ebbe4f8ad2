//! The rewrite of `layer_order`: the `COPY` of the source goes below the install, and what the install reads is copied
//! before it.
//!
//! Moves lines as they are written. Writes nothing where something between the two may need the source; whether the
//! install does is for the caller.

use super::caches::CACHES;
use super::layer_order::Late;
use super::scripts::pip;
use super::view::View;
use crate::dockerfile::read::{Instruction, Kind};
use crate::dockerfile::referee::one_line;
use crate::dockerfile::shell::{self, Command, Then, Word};
use crate::plan::TextEdit;
use crate::source::Span;

/// What becomes of the `RUN` that installs.
struct Split {
    /// What runs before the source is there.
    first: String,
    /// What runs after that, if anything.
    rest: Option<String>,
}

/// Commands that empty a cache, but for those of [`CACHES`].
const CLEANERS: [&str; 2] = ["npm cache clean --force", "yarn cache clean"];

/// What sets up a build: a program, and the word that says what it is to do.
const SETUP: [(&str, &[&str]); 7] = [
    ("apk", &["add", "update", "upgrade"]),
    ("apt-get", &["install", "update", "upgrade"]),
    ("corepack", &["enable", "prepare"]),
    ("gem", &["install", "update"]),
    ("mix", &["local.hex", "local.rebar"]),
    ("poetry", &["config"]),
    ("rustup", &["component", "target"]),
];

/// Where programs of the system leave what may go: no place of a source.
const LEFT_BEHIND: [&str; 3] = ["/root/.cache", "/var/cache/", "/var/lib/apt/"];

/// The edit; `None` where it is not as simple as that.
pub(super) fn edit(late: &Late<'_>, view: &View<'_>) -> Option<TextEdit> {
    let file = view.site.dockerfile.as_ref()?;
    let raw = |it: &Instruction| view.file.slice(it.range.clone()).to_owned();
    let (copy, run) = (raw(late.copy), raw(late.run));
    let is_whole = one_line(&copy, '\\') == copy.trim() && late.run.heredocs.is_empty();
    if !is_whole || view.file.escape != '\\' || late.run.flags().next().is_some() {
        return None;
    }
    let split = split(late, &run).filter(|_| late.moves_all_of_it())?;
    let between = between(late, view)?;
    let next = between.first().map_or(late.run, |first| first);
    let gap = view.file.slice(late.copy.range.end..next.range.start);
    let end = if gap.contains('\r') { "\r\n" } else { "\n" };
    // what stands between the two comes first, as it is
    let above = view.file.slice(next.range.start..late.run.range.start);
    let manifests = late.manifests();
    let steps: Vec<&str> = manifests.iter().chain([&split.first]).map(String::as_str).collect();
    let below = split.rest.as_ref().map_or_else(String::new, |rest| format!("{gap}{rest}"));
    let text = format!("{above}{}{gap}{copy}{below}", steps.join(end));
    let lines = between.iter().map(|it| raw(it)).chain(manifests).chain([split.first, copy]);
    let says: Vec<String> = lines.chain(split.rest).map(|line| one_line(&line, '\\')).collect();
    let within = Span::new(late.copy.range.start, late.run.range.end);
    Some(TextEdit {
        file: file.id,
        within,
        edits: vec![(within, text)],
        says: says.join("\n"),
        words: format!("{}: copy {} and install before the rest", file.path, late.named()).into(),
    })
}

/// What stands between the two, if nothing of it needs the source, or is what a person says.
fn between<'v>(late: &Late<'v>, view: &View<'v>) -> Option<Vec<&'v Instruction>> {
    let range = late.copy.range.end..late.run.range.start;
    let mut found = Vec::new();
    for piece in view.file.pieces.iter().filter(|piece| range.contains(&piece.range.start)) {
        match &piece.kind {
            Kind::Instruction(it) if is_setup(it, late) => found.push(it),
            Kind::Blank => {}
            Kind::Instruction(it) if it == late.run => {}
            Kind::Instruction(_) | Kind::Comment | Kind::Directive => return None,
        }
    }
    Some(found)
}

/// Whether an instruction does the same without the source, and the `COPY` does the same below it.
fn is_setup(it: &Instruction, late: &Late<'_>) -> bool {
    match it.keyword.as_str() {
        "ENV" | "ARG" | "LABEL" | "EXPOSE" => true,
        "WORKDIR" => late.goes_to_a_whole_path(),
        "RUN" => {
            let commands = shell::commands(it.body()).filter(|_| it.heredocs.is_empty() && it != late.run);
            commands.is_some_and(|commands| commands.iter().all(sets_up))
        }
        _ => false,
    }
}

/// Whether a command is known not to look at the source.
fn sets_up(command: &Command) -> bool {
    let words = command.program();
    let has =
        |words: &[&str]| words.is_empty() || command.words.iter().any(|word| words.contains(&&*word.text));
    let is_setup = SETUP.iter().any(|(program, verbs)| *program == text(words, 0) && has(verbs));
    let is_global = matches!(text(words, 0), "npm" | "yarn" | "pnpm") && has(&["-g", "--global"]);
    let is_by_name = pip(words).is_some() && !has(&["-r", "-e", "-c"]);
    let names_a_path =
        words.iter().skip(1).any(|word| word.text.starts_with(['.', '$']) || word.text.contains('/'));
    let is_named = (is_setup || is_global || is_by_name) && !names_a_path;
    is_named || text(words, 0) == "set" || cleans(command) || takes_away(words)
}

/// `rm` of what the system has left.
fn takes_away(words: &[Word]) -> bool {
    let mut paths = words.iter().skip(1).filter(|word| !word.text.starts_with('-'));
    text(words, 0) == "rm" && paths.all(|path| LEFT_BEHIND.iter().any(|place| path.text.starts_with(place)))
}

/// The word at an index; empty where there is none.
fn text(words: &[Word], at: usize) -> &str {
    words.get(at).map_or("", |word| &word.text)
}

/// Whether a command does nothing but empty a cache.
fn cleans(command: &Command) -> bool {
    let words: Vec<&str> = command.words.iter().map(|word| word.text.as_str()).collect();
    let said = words.join(" ");
    CLEANERS.contains(&&*said) || CACHES.iter().any(|cache| cache.command == said)
}

/// What of the `RUN` goes above the source, and what below it.
fn split(late: &Late<'_>, run: &str) -> Option<Split> {
    let body = late.run.body();
    let commands = shell::commands(body)?;
    let (before, from) = commands.split_at_checked(late.install.at)?;
    let after = from.get(1..)?;
    let cleaners = after.iter().rev().take_while(|command| cleans(command)).count();
    let (after, cleaners) = after.split_at_checked(after.len() - cleaners)?;
    let is_simple = before
        .iter()
        .all(|command| command.then == Some(Then::And) && (sets_up(command) || command.word(0) == "cd"));
    match (is_simple, late.needs.is_all) {
        (false, _) => None,
        (_, false) => {
            let filled = shell::commands(&late.needs.first)?;
            let own = cleaners.iter().filter(|cleaner| is_filled(&filled, &cleaner.words));
            Some(Split { first: with(&late.needs.first, body, own), rest: Some(run.to_owned()) })
        }
        (_, true) if !late.install.is_plain => None,
        (_, true) if after.is_empty() => Some(Split { first: run.to_owned(), rest: None }),
        (_, true) => {
            let is_chain = from.iter().take(from.len() - 1).all(|command| command.then == Some(Then::And));
            let rest = rest(before, after, body).filter(|_| is_chain && one_line(run, '\\') == run.trim())?;
            Some(Split { first: with(&late.needs.first, body, cleaners.iter()), rest: Some(rest) })
        }
    }
}

/// What is done after the install, in the folder that was entered for it. What else was set up stays set up.
fn rest(before: &[Command], after: &[Command], body: &str) -> Option<String> {
    let entered =
        before.iter().filter(|command| command.word(0) == "cd").map(|command| text_of(command, body));
    let (first, last) = (after.first()?.words.first()?, after.last()?.words.last()?);
    let own = body.get(first.range.start..last.range.end);
    let all = entered.chain([own]).collect::<Option<Vec<_>>>()?;
    Some(format!("RUN {}", all.join(" && ")))
}

/// Whether one of these commands fills the cache that the other empties.
fn is_filled(commands: &[Command], cleaner: &[Word]) -> bool {
    let said = cleaner.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" ");
    let mut of = CACHES.iter().filter(|cache| cache.command == said);
    of.any(|cache| commands.iter().any(|command| cache.is_filled_by(command.program())))
}

/// A `RUN` of a script and of some commands of another.
fn with<'c>(script: &str, body: &str, more: impl Iterator<Item = &'c Command>) -> String {
    let more = more.filter_map(|command| text_of(command, body));
    let all: Vec<&str> = std::iter::once(script).chain(more).collect();
    format!("RUN {}", all.join(" && "))
}

/// The text of a command.
fn text_of<'b>(command: &Command, body: &'b str) -> Option<&'b str> {
    body.get(command.words.first()?.range.start..command.words.last()?.range.end)
}
