//! The pass `layer_cleanup`. What it does and why stands in `layer_cleanup.md`, which `harden explain` prints.
#![doc = include_str!("layer_cleanup.md")]

use std::ops::Range;

use super::super::{Context, Meta, Pass, PassKind, Reads, findings};
use super::amend::Amendment;
use super::caches::{CACHES, Cache};
use super::scripts::{is_apt, pip, script, subcommand};
use super::site;
use super::view::Base;
use crate::compose::Site;
use crate::dockerfile::read::{self, Dockerfile, Instruction};
use crate::dockerfile::shell::{Command, Word};
use crate::dockerfile::stages::{of_image, stages};
use crate::plan::{Change, Confidence, DOCKERFILE, Evidence, Op, Severity, Skip, Verdict};
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

const LISTS: &str = "rm -rf /var/lib/apt/lists/*";
/// Removes the package index of apk.
const INDEX: &str = "rm -rf /var/cache/apk/*";
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
        let Some((site, text)) = site(context) else { return Verdict::Skip(Skip::NotApplicable) };
        let file = read::read(text);
        let is_odd = file.escape != '\\' || file.instructions().any(|it| it.keyword == "SHELL");
        if is_odd {
            return Verdict::Skip(Skip::NotApplicable);
        }
        let target = context.service.build.as_ref().and_then(|build| build.target.as_deref());
        let own = site.dockerfile.as_ref();
        let (id, path) = own.map_or((FileId::default(), ""), |own| (own.id, &*own.path));
        let (changes, clean) = changes(&file, site, target, (id, path));
        if changes.is_empty() {
            let place = |range: Range<usize>| Place { file: id, span: Span::new(range.start, range.end) };
            let shown = clean.filter(|_| own.is_some()).map(|range| Evidence::File(place(range)));
            return shown.map_or(Verdict::Skip(Skip::NotApplicable), Verdict::Already);
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

/// A change for each `RUN` of the image that leaves something behind, and one that installs and leaves nothing.
fn changes(
    file: &Dockerfile<'_>,
    site: &Site,
    target: Option<&str>,
    of: (FileId, &str),
) -> (Vec<Change>, Option<Range<usize>>) {
    let stages = stages(file);
    let all: Vec<&Instruction> = file.instructions().collect();
    let of_image = of_image(&stages, target);
    let runs = of_image.iter().flat_map(|stage| &stage.instructions).filter(|it| it.keyword == "RUN");
    let base = of_image.first().map_or("", |stage| stage.base);
    let (mut changes, mut clean) = (Vec::new(), None);
    for run in runs.filter(|run| run.heredocs.is_empty() && run.exec().is_none()) {
        let Some((script, from)) = script(run) else { continue };
        let later: Vec<&Instruction> =
            all.iter().filter(|other| other.range.start > run.range.start).copied().collect();
        let needed = later.iter().any(|other| uses_lists(other));
        let mut found = Found { amendment: Amendment::default(), why: Vec::new(), assumes: None };
        let look = Look { run, script: &script, from, lists_are_needed: needed, site };
        look.flags(&mut found, &all);
        // what cleans up may need `sudo`, too
        if script.iter().all(|command| command.word(0) != "sudo") {
            look.apt(&mut found);
            look.node(&mut found);
            look.caches(&mut found, &Rest { all: &all, later: &later, base });
        }
        if found.amendment.is_empty() {
            let installs = |command: &Command| {
                MANAGERS.contains(&command.program().first().map_or("", |word| &word.text))
            };
            let is_clean = script.iter().any(installs);
            clean = clean.or(is_clean.then(|| run.range.clone()));
            continue;
        }
        let edit = found.amendment.edit((file, run), &script, of);
        let Some(edit) = edit else { continue };
        // one reason for all commands of a kind
        found.why.dedup();
        changes.push(Change {
            path: DOCKERFILE.into(),
            op: Op::Text(Box::new(edit)),
            why: found.why.join(", ").into(),
            confidence: match found.assumes {
                Some(assumes) => Confidence::Likely(assumes.into()),
                None => Confidence::Known(Evidence::AlwaysSafe(
                    "what is left out is fetched anew when it is needed".into(),
                )),
            },
        });
    }
    // where lists stay for a later `RUN`, not all is well
    let kept = all.iter().any(|it| uses_lists(it));
    (changes, clean.filter(|_| !kept))
}

/// What was found in one `RUN`.
struct Found {
    amendment: Amendment,
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
    site: &'l Site,
}

impl Look<'_> {
    fn apt(&self, found: &mut Found) {
        let does = |what: &str| self.script.iter().any(|command| is_apt(command, what));
        let removed = self.removes("/var/lib/apt/lists");
        let covered = self.is_mounted("/var/lib/apt") || removed || self.lists_are_needed;
        if does("update") && does("install") && !covered {
            found.amendment.commands.push(LISTS);
            found.why.push("the package lists of apt stay in the layer");
        }
    }

    /// Flags that keep a cache from being made.
    fn flags(&self, found: &mut Found, all: &[&Instruction]) {
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
    fn node(&self, found: &mut Found) {
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
    fn caches(&self, found: &mut Found, rest: &Rest<'_>) {
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

/// Whether an instruction installs packages by lists that are there from before.
fn uses_lists(other: &Instruction) -> bool {
    let text = &other.arguments;
    let mentions = |words: [&str; 2]| words.iter().any(|words| text.contains(words));
    other.keyword == "RUN"
        && mentions(["apt-get ", "apt "])
        && text.contains("install")
        && !mentions(["apt-get update", "apt update"])
}
