//! The pass `layer_cleanup`. What it does and why stands in `layer_cleanup.md`, which `harden explain` prints.
#![doc = include_str!("layer_cleanup.md")]

use std::ops::Range;

use super::super::{Context, Meta, Pass, PassKind, Reads, findings};
use super::amend::Amendment;
use super::caches::{CACHES, Cache};
use super::joined::{self, Joined};
use super::lists::{Lists, uses_lists};
use super::scripts::{is_apt, pip, script, subcommand};
use super::view::Base;
use super::{pieces, site};
use crate::compose::Site;
use crate::dockerfile::read::{Dockerfile, Instruction};
use crate::dockerfile::shell::{Command, Word};
use crate::dockerfile::stages::{of_image, stages};
use crate::plan::{Change, Confidence, DOCKERFILE, Evidence, Op, Severity, Skip, TextEdit, Verdict};
use crate::source::{FileId, Place, Span};

/// The pass.
#[derive(Debug)]
pub struct LayerCleanup;

const META: Meta = Meta {
    id: "layer_cleanup",
    summary: "package lists and caches do not stay in the image",
    kind: PassKind::Rewrite,
    text: include_str!("layer_cleanup.md"),
    reads: Reads { keys: &["build"], facts: &[] },
};

/// Programs that leave something behind.
const MANAGERS: [&str; 15] = [
    "apt-get", "apt", "apk", "pip", "pip3", "npm", "yarn", "dnf", "microdnf", "yum", "tdnf", "zypper",
    "composer", "gem", "conda",
];

pub(super) const LISTS: &str = "rm -rf /var/lib/apt/lists/*";
/// Removes the package index of apk.
const INDEX: &str = "rm -rf /var/cache/apk/*";
const STALE: &str = "package lists in a layer of their own grow old in the cache, and stay in the image";
const HELP: &str =
    "clean up in the `RUN` that makes it; a cache mount (`--mount=type=cache`) keeps it out of the image";

impl Pass for LayerCleanup {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn is_of_build(&self) -> bool {
        true
    }

    fn run(&self, context: &Context<'_>) -> Verdict {
        let Some((site, recipe)) = site(context) else { return Verdict::Skip(Skip::NotApplicable) };
        let file = pieces(recipe);
        let is_odd = file.escape != '\\' || file.instructions().any(|it| it.keyword == "SHELL");
        if is_odd {
            return Verdict::Skip(Skip::NotApplicable);
        }
        let target = context.service.build.as_ref().and_then(|build| build.target.as_deref());
        let own = site.dockerfile.as_ref();
        let (id, path) = own.map_or((FileId::default(), ""), |own| (own.id, &*own.path));
        let all: Vec<&Instruction> = file.instructions().collect();
        let stages = stages(&file);
        let chain = of_image(&stages, target);
        let image: Vec<&Instruction> =
            chain.iter().flat_map(|stage| stage.instructions.iter().copied()).collect();
        let base = chain.first().map_or("", |stage| stage.base);
        let whole = Whole { file: &file, all: &all, image: &image, base, site, of: (id, path) };
        let lists = whole.lists();
        let (changes, clean) = whole.changes(&lists);
        let place = |range: Range<usize>| Place { file: id, span: Span::new(range.start, range.end) };
        let place = |range: Range<usize>| own.map(|_| place(range));
        if changes.is_empty() {
            return match (lists.stale, clean.and_then(place)) {
                (Some((by, it)), _) => stale(&file, (by, it), place(it.range.clone())),
                (None, Some(place)) => Verdict::Already(Evidence::File(place)),
                (None, None) => Verdict::Skip(Skip::NotApplicable),
            };
        }
        if own.is_some() {
            return Verdict::Change(changes);
        }
        let mut whys: Vec<&str> = changes.iter().map(|change| &*change.why).collect();
        whys.dedup();
        let inline = context.service.build.as_ref().and_then(|build| build.dockerfile_inline.as_ref());
        let place = inline.and_then(|text| text.place);
        findings::advise(Severity::Low, whys.join("; "), HELP, place)
    }
}

/// What is told of a `RUN` that installs by the lists of another, where nothing is written.
fn stale(file: &Dockerfile<'_>, (by, it): (&Instruction, &Instruction), place: Option<Place>) -> Verdict {
    let line = file.line(by);
    let message = format!(
        "it installs by the package lists of line {line}, which may come from the cache and name versions that are gone"
    );
    let is_root = !it.body().trim_start().starts_with("sudo");
    let update = if is_root { "apt-get update" } else { "sudo apt-get update" };
    let help = format!("run `{update}` in the same `RUN`, before it installs, and `{LISTS}` at its end");
    findings::advise(Severity::Low, message, help, place)
}

/// A Dockerfile, and what is to be known of it.
struct Whole<'f> {
    file: &'f Dockerfile<'f>,
    all: &'f [&'f Instruction],
    /// What makes the image.
    image: &'f [&'f Instruction],
    base: &'f str,
    site: &'f Site,
    of: (FileId, &'f str),
}

impl<'f> Whole<'f> {
    /// What is to be done about package lists: nothing where a `RUN` that needs it cannot be edited.
    fn lists(&self) -> Lists<'f> {
        let lists = Lists::of(self.file, self.all, self.image);
        let can_begin = |(run, update): &(&Instruction, &str)| {
            let amendment = Amendment { first: Some(update), ..Amendment::default() };
            let script = script(run).map(|(script, _)| script).unwrap_or_default();
            amendment.edit((self.file, run), &script, self.of).is_some()
        };
        if lists.needy.iter().all(can_begin) { lists } else { Lists::default() }
    }

    /// A change for each `RUN` that leaves something behind, and one that installs and leaves nothing.
    fn changes(&self, lists: &Lists<'f>) -> (Vec<Change>, Option<Range<usize>>) {
        let (mut changes, mut clean) = (Vec::new(), None);
        let mut joined: Vec<&Instruction> = Vec::new();
        let runs = self.image.iter().copied().filter(|it| it.keyword == "RUN");
        for run in runs.filter(|run| run.heredocs.is_empty() && run.exec().is_none()) {
            if joined.contains(&run) {
                continue;
            }
            if lists.spare.contains(&run) {
                changes.push(of_lists(joined::without((self.file, run), self.of), lists));
                continue;
            }
            let group = Joined::from(self.file, run, self.all, lists);
            if let Some((edit, group)) =
                group.and_then(|group| Some((group.edit(self.file, self.of)?, group)))
            {
                changes.push(of_lists(edit, lists));
                joined.extend(group.runs);
                continue;
            }
            match self.change(run, lists) {
                Some(Ok(change)) => changes.push(change),
                Some(Err(range)) => clean = clean.or(Some(range)),
                None => {}
            }
        }
        // where lists stay for a later `RUN`, not all is well
        let kept = self.all.iter().any(|it| uses_lists(self.file, it));
        (changes, clean.filter(|_| !kept))
    }

    /// The change of one `RUN`; where it installs and leaves nothing, where that is.
    fn change(&self, run: &'f Instruction, lists: &Lists<'f>) -> Option<Result<Change, Range<usize>>> {
        let (script, from) = script(run)?;
        let later: Vec<&Instruction> =
            self.all.iter().filter(|other| other.range.start > run.range.start).copied().collect();
        let needs = |other: &&Instruction| uses_lists(self.file, other) && lists.update_for(other).is_none();
        let update = lists.update_for(run);
        let mut found = Found::default();
        found.amendment.first = update;
        found.why.extend(update.map(|_| STALE));
        found.assumes = update.and(lists.assumes);
        let look = Look {
            run,
            script: &script,
            from,
            lists_are_needed: later.iter().any(needs),
            is_updated: update.is_some(),
            site: self.site,
        };
        look.flags(&mut found, self.all);
        // what cleans up may need `sudo`, too
        if script.iter().all(|command| command.word(0) != "sudo") {
            look.apt(&mut found);
            look.node(&mut found);
            look.caches(&mut found, &Rest { all: self.all, later: &later, base: self.base });
        }
        if found.amendment.is_empty() {
            let installs = |command: &Command| {
                MANAGERS.contains(&command.program().first().map_or("", |word| &word.text))
            };
            return script.iter().any(installs).then(|| Err(run.range.clone()));
        }
        let edit = found.amendment.edit((self.file, run), &script, self.of)?;
        // one reason for all commands of a kind
        found.why.dedup();
        Some(Ok(change(edit, found.why.join(", "), found.assumes)))
    }
}

fn change(edit: TextEdit, why: String, assumes: Option<&'static str>) -> Change {
    Change {
        path: DOCKERFILE.into(),
        op: Op::Text(Box::new(edit)),
        why: why.into(),
        confidence: match assumes {
            Some(assumes) => Confidence::Likely(assumes.into()),
            None => Confidence::Known(Evidence::AlwaysSafe(
                "what is left out is fetched anew when it is needed".into(),
            )),
        },
    }
}

/// A change of lists alone.
fn of_lists(edit: TextEdit, lists: &Lists<'_>) -> Change {
    change(edit, STALE.to_owned(), lists.assumes)
}

/// What was found in one `RUN`.
#[derive(Default)]
struct Found<'f> {
    amendment: Amendment<'f>,
    why: Vec<&'static str>,
    assumes: Option<&'static str>,
}

/// The other instructions.
struct Rest<'l> {
    all: &'l [&'l Instruction],
    later: &'l [&'l Instruction],
    base: &'l str,
}

/// One `RUN`, and what must be known of the rest.
struct Look<'l> {
    run: &'l Instruction,
    script: &'l [Command],
    /// Where the script begins in the arguments.
    from: usize,
    lists_are_needed: bool,
    /// Whether it is to get an `apt-get update`.
    is_updated: bool,
    site: &'l Site,
}

impl Look<'_> {
    fn apt(&self, found: &mut Found<'_>) {
        let does = |what: &str| self.script.iter().any(|command| is_apt(command, what));
        let removed = self.removes("/var/lib/apt/lists");
        let covered = self.is_mounted("/var/lib/apt") || removed || self.lists_are_needed;
        let is_left = self.is_updated || does("update") && does("install");
        if is_left && !covered {
            found.amendment.commands.push(LISTS);
            found.why.extend((!self.is_updated).then_some("the package lists of apt stay in the layer"));
        }
    }

    /// Flags that keep a cache from being made.
    fn flags(&self, found: &mut Found<'_>, all: &[&Instruction]) {
        for command in self.script {
            let program = command.program();
            let has = |flag: &str| program.iter().any(|word| word.text == flag);
            if let Some(end) = subcommand(program, &["apk"], "add") {
                let updates =
                    self.script.iter().any(|other| subcommand(other.program(), &["apk"], "update").is_some());
                let covered = self.is_mounted("/var/cache/apk") || self.is_mounted("/etc/apk/cache");
                let is_left = !(covered || self.removes("/var/cache/apk"));
                let why = "the package index of apk stays in the layer";
                if is_left && updates && !found.why.contains(&why) {
                    // what `apk update` fetches is kept, whatever `apk add` is told
                    found.amendment.commands.push(INDEX);
                    found.why.push(why);
                } else if is_left && !updates && !has("--no-cache") {
                    found.amendment.flags.push((self.from + end, "--no-cache"));
                    found.why.push(why);
                }
            }
            if let Some(end) = pip(program) {
                let is_set = all.iter().any(|it| {
                    matches!(it.keyword.as_str(), "ENV" | "ARG") && it.arguments.contains("PIP_NO_CACHE_DIR")
                });
                let covered = self.is_mounted("/.cache") || self.run.arguments.contains("PIP_NO_CACHE_DIR");
                if !(has("--no-cache-dir") || is_set || covered || self.removes(".cache")) {
                    found.amendment.flags.push((self.from + end, "--no-cache-dir"));
                    found.why.push("pip keeps a copy of what it installs");
                }
            }
        }
    }

    /// Caches that a command of their own empties.
    fn node(&self, found: &mut Found<'_>) {
        let installs = |program: &[Word], name: &str| {
            let words: Vec<&str> = program.iter().map(|word| word.text.as_str()).collect();
            match (name, words.as_slice()) {
                ("npm", ["npm", "ci" | "install" | "i", ..])
                | ("yarn", ["yarn"] | ["yarn", "install", ..]) => true,
                ("yarn", ["yarn", flag, ..]) => flag.starts_with("--") && *flag != "--version",
                _ => false,
            }
        };
        let does = |name: &str| self.script.iter().any(|command| installs(command.program(), name));
        let cleans = self.script.iter().any(|command| command.words.iter().any(|word| word.text == "cache"));
        if does("npm") && !(cleans || self.is_mounted(".npm") || self.removes(".npm")) {
            found.amendment.commands.push("npm cache clean --force");
            found.why.push("npm keeps a copy of what it installs");
        }
        // later versions run programs from their cache
        let is_first = !self
            .site
            .listing
            .entries
            .iter()
            .any(|entry| entry.name().starts_with(".yarnrc.yml") || entry.name().starts_with(".pnp."));
        if does("yarn") && is_first && !(cleans || self.is_mounted("yarn") || self.removes("yarn")) {
            found.amendment.commands.push("yarn cache clean");
            found.why.push("yarn keeps a copy of what it installs");
            found.assumes = Some("yarn is of version 1: later ones are set up by a `.yarnrc.yml`");
        }
    }

    /// Caches of other programs.
    fn caches(&self, found: &mut Found<'_>, rest: &Rest<'_>) {
        for cache in CACHES.iter().filter(|cache| self.fills(cache)) {
            let is_there = cache.only_on.is_empty() || Base::of(rest.base).name() == cache.only_on;
            let is_covered = cache.places.iter().any(|place| self.is_mounted(place) || self.removes(place));
            let says = |it: &&Instruction| {
                let mut words = it.arguments.split(|c: char| c.is_whitespace() || matches!(c, '=' | ';'));
                words.any(|word| cache.unless.contains(&word))
            };
            let is_set = says(&self.run) || rest.all.iter().any(|it| it.keyword == "ENV" && says(it));
            let is_used = cache.serves_later && rest.later.iter().any(|it| runs(it, cache));
            let is_named = found.amendment.commands.contains(&cache.command);
            if is_there && !(is_covered || is_set || is_used || is_named) {
                found.amendment.commands.push(cache.command);
                found.why.push(cache.why);
                found.assumes = found.assumes.or(cache.assumes);
            }
        }
    }

    fn fills(&self, cache: &Cache) -> bool {
        self.script.iter().any(|command| cache.is_filled_by(command.program()))
    }

    /// Whether a cache is mounted there.
    fn is_mounted(&self, path: &str) -> bool {
        self.run
            .flags()
            .any(|(name, value)| name == "mount" && !value.contains("type=bind") && value.contains(path))
    }

    /// Whether something like that is taken away, or kept elsewhere, at the end.
    fn removes(&self, path: &str) -> bool {
        let removes = |command: &&Command| {
            command.program().first().is_some_and(|word| word.text == "rm" || word.text == "find")
        };
        let mut removing = self.script.iter().filter(removes);
        removing.any(|command| command.words.iter().any(|word| word.text.contains(path)))
    }
}

/// Whether an instruction starts a program that has a cache.
fn runs(it: &Instruction, cache: &Cache) -> bool {
    let mut words = it.arguments.split(|c: char| c.is_whitespace() || matches!(c, ';' | '"' | '[' | ']'));
    matches!(it.keyword.as_str(), "RUN" | "CMD" | "ENTRYPOINT")
        && words.any(|word| cache.programs.contains(&word))
}
