//! The pass `dockerignore`. What it does and why stands in `dockerignore.md`, which `harden explain` prints.
#![doc = include_str!("dockerignore.md")]

use std::collections::BTreeSet;
use std::sync::Arc;

use super::super::{Context, Meta, Pass, PassKind, Reads, Subject};
use super::junk::KINDS;
use super::names::Names;
use super::site;
use crate::compose::{Entry, Recipe, Service, Site, size_in_words};
use crate::dockerfile::ignore::{Fate, Patterns};
use crate::plan::{Change, Confidence, DOCKERIGNORE, Evidence, Op, Skip, TextEdit, Verdict};
use crate::source::{Place, Span};

/// The pass.
#[derive(Debug)]
pub struct Dockerignore;

const META: Meta = Meta {
    id: "dockerignore",
    summary: "what the build does not need stays out of its context",
    kind: PassKind::Rewrite,
    text: include_str!("dockerignore.md"),
    reads: Reads { keys: &["build"], facts: &[] },
};

const ASSUMES: &str = "the build does not need what no `COPY`, `ADD` or `RUN` names";

/// Patterns that are named before the rest is only counted.
const NAMED: usize = 6;

impl Pass for Dockerignore {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn is_of_build(&self) -> bool {
        true
    }

    fn subject(&self, context: &Context<'_>) -> Option<Subject> {
        site(context).map(|(site, _)| Subject(site.ignore.id, Arc::as_ptr(&site.listing)))
    }

    fn run(&self, context: &Context<'_>) -> Verdict {
        let Some((site, _)) = site(context) else { return Verdict::Skip(Skip::NotApplicable) };
        let Some(old) = Patterns::parse(&site.ignored) else { return Verdict::Skip(Skip::NotApplicable) };
        let names = Names::of(sharers(context, site));
        let patterns = missing(site, &old, &names);
        if patterns.is_empty() {
            let place = Place { file: site.ignore.id, span: Span::default() };
            let is_there = !site.ignored.is_empty();
            let already = is_there.then_some(Verdict::Already(Evidence::File(place)));
            return already.unwrap_or(Verdict::Skip(Skip::NotApplicable));
        }
        Verdict::Change(vec![change(site, &old, &patterns)])
    }
}

/// The texts of all Dockerfiles that are built with what this file leaves out.
fn sharers<'c>(context: &Context<'c>, site: &'c Site) -> impl Iterator<Item = &'c str> {
    let id = site.ignore.id;
    let own = std::iter::once(context.service);
    let beside = site.neighbours.iter().map(|text| text.expose());
    let built = own.chain(&context.project.services).filter_map(move |service: &Service| {
        let build = &service.build.as_ref()?.value;
        let Recipe::Found(recipe) = &build.recipe else { return None };
        (build.site.as_ref()?.ignore.id == id).then(|| recipe.text.expose())
    });
    built.chain(beside)
}

/// The patterns to add: of what is there and travels, and nothing names.
fn missing(site: &Site, old: &Patterns, names: &Names) -> Vec<String> {
    let listing = &site.listing;
    let mut patterns = Vec::new();
    for kind in &KINDS {
        let found = listing.entries.iter().filter(|entry| kind.is_of(entry, listing));
        let travels = found.filter(|entry| old.fate(&entry.path) == Fate::Sent);
        let spare = travels.filter(|entry| kind.is_spare(entry.name(), names));
        let spare: BTreeSet<(&str, bool)> =
            spare.map(|entry| (entry.name(), entry.path.contains('/'))).collect();
        for name in spare.iter().map(|(name, _)| *name).collect::<BTreeSet<_>>() {
            let below = if spare.contains(&(name, true)) { "**/" } else { "" };
            let general = kind.pattern.map(|pattern| format!("{below}{pattern}"));
            let own = Some(format!("{below}{name}"));
            let harmless = [general, own].into_iter().flatten().find(|it| is_harmless(it, site, old, names));
            patterns.extend(harmless.filter(|pattern| !patterns.contains(pattern)));
        }
    }
    outer(patterns, site, old)
}

/// Whether a pattern leaves out nothing that is named, and nothing that the file takes back in.
fn is_harmless(pattern: &str, site: &Site, old: &Patterns, names: &Names) -> bool {
    let Some(own) = Patterns::parse(pattern) else { return false };
    let entries = site.listing.entries.iter().filter(|entry| own.ignores(&entry.path));
    let is_needed = |entry: &Entry| names.name(&entry.path) || old.fate(&entry.path) == Fate::Kept;
    !names.any_source(|source| own.ignores(source)) && !entries.into_iter().any(is_needed)
}

/// The patterns without those that add nothing to the ones before.
fn outer(patterns: Vec<String>, site: &Site, old: &Patterns) -> Vec<String> {
    let mut kept: Vec<String> = Vec::new();
    let mut sent: Vec<&Entry> =
        site.listing.entries.iter().filter(|entry| !old.ignores(&entry.path)).collect();
    for pattern in patterns {
        let Some(own) = Patterns::parse(&pattern) else { continue };
        let before = sent.len();
        sent.retain(|entry| !own.ignores(&entry.path));
        if sent.len() < before {
            kept.push(pattern);
        }
    }
    kept
}

fn change(site: &Site, old: &Patterns, patterns: &[String]) -> Change {
    let text = &site.ignored;
    let newline = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let joined = patterns.join(newline);
    let is_open = !text.is_empty() && !text.ends_with('\n');
    let added = if is_open { format!("{newline}{joined}") } else { format!("{joined}{newline}") };
    let end = Span::new(text.len(), text.len());
    let edit = TextEdit {
        file: site.ignore.id,
        within: end,
        edits: vec![(end, added)],
        says: patterns.join("\n"),
        words: format!("{}: add {}", site.ignore.path, listed(patterns)).into(),
    };
    Change {
        path: DOCKERIGNORE.into(),
        op: Op::Text(Box::new(edit)),
        why: saved(site, old, patterns).into(),
        confidence: Confidence::Likely(ASSUMES.into()),
    }
}

fn listed(patterns: &[String]) -> String {
    let rest = patterns.len().saturating_sub(NAMED);
    let named: Vec<&str> = patterns.iter().take(NAMED).map(String::as_str).collect();
    let named = named.join(", ");
    if rest == 0 { named } else { format!("{named} and {rest} more") }
}

/// What no longer travels, in words.
fn saved(site: &Site, old: &Patterns, patterns: &[String]) -> String {
    let new = Patterns::parse(&patterns.join("\n")).unwrap_or_default();
    let gone = site.listing.entries.iter().filter(|entry| !entry.is_folder);
    let gone = gone.filter(|entry| !old.ignores(&entry.path) && new.ignores(&entry.path));
    let (files, bytes) = gone.fold((0_u64, 0_u64), |(files, bytes), entry| (files + 1, bytes + entry.size));
    let least = if site.listing.complete { "" } else { "at least " };
    let noun = if files == 1 { "file" } else { "files" };
    let verb = if files == 1 { "travels" } else { "travel" };
    format!("{least}{files} {noun} of {} no longer {verb} to the builder", size_in_words(bytes))
}
