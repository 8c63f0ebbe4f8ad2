//! What a build rarely needs of its context, by the names that tools give it.
//!
//! A table of names, and on what each depends. What is done about it is the pass's business.

use super::names::Names;
use crate::compose::{Entry, Listing};

/// A kind of thing.
#[derive(Debug)]
pub(super) struct Kind {
    /// Names it has: `*` at the start or the end stands for the rest.
    pub(super) names: &'static [&'static str],
    /// Names like those that it does not have.
    pub(super) but: &'static [&'static str],
    /// Whether it is a folder, a file, or either.
    pub(super) what: What,
    /// What must lie beside it, by such names, too: without, the name means something else.
    pub(super) beside: &'static [&'static str],
    /// When the build can do without it.
    pub(super) when: When,
    /// A pattern for all of them, where people write one.
    pub(super) pattern: Option<&'static str>,
}

/// What may have a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    Folder,
    File,
    Any,
}

/// When a build can do without something.
#[derive(Clone, Copy, Debug)]
pub(super) enum When {
    /// Always: it is made anew when it is missing.
    Always,
    /// Unless a command speaks of it, or of one of these words.
    Unmentioned(&'static [&'static str]),
    /// When a command makes it: one of these words is in it.
    Made(&'static [&'static str]),
}

const NODE: &[&str] = &["package.json"];
const INSTALL_NODE: &[&str] = &["npm ci", "npm i", "npm install", "yarn", "pnpm", "bun"];
const BUILD_NODE: &[&str] = &["npm run", "yarn build", "yarn run", "pnpm build", "pnpm run", "bun run"];
const INSTALL_PYTHON: &[&str] = &["pip", "pip3", "poetry", "uv", "pipenv", "pdm"];

/// All kinds.
pub(super) const KINDS: [Kind; 16] = [
    any(
        &[".git"],
        When::Unmentioned(&["git", "setuptools_scm", "setuptools-scm", "versioneer", "gitversion"]),
    ),
    folder(&["node_modules"], &[], When::Made(INSTALL_NODE)),
    folder(&[".venv", "venv"], &[], When::Made(INSTALL_PYTHON)),
    folder(
        &["__pycache__", ".pytest_cache", ".mypy_cache", ".ruff_cache", ".tox", ".gradle", ".terraform"],
        &[],
        When::Always,
    ),
    folder(&[".idea", ".vscode"], &[], When::Unmentioned(&[])),
    folder(&["target"], &["Cargo.toml"], When::Made(&["cargo"])),
    folder(&["target"], &["pom.xml"], When::Made(&["mvn", "mvnw"])),
    folder(&["build"], &["build.gradle", "build.gradle.kts"], When::Made(&["gradle", "gradlew"])),
    folder(&["bin", "obj"], &["*.csproj", "*.fsproj", "*.vbproj"], When::Made(&["dotnet"])),
    folder(&["vendor"], &["composer.json"], When::Made(&["composer install", "composer"])),
    folder(&["dist", "build", ".next", ".nuxt"], NODE, When::Made(BUILD_NODE)),
    folder(&["_build", "deps"], &["mix.exs"], When::Made(&["mix"])),
    Kind { pattern: Some("*.log"), ..file(&["*.log"], &[], When::Unmentioned(&[])) },
    file(
        &[".env", ".env.*"],
        &["*.example", "*.sample", "*.template", "*.dist", "*.defaults"],
        When::Unmentioned(&[]),
    ),
    file(
        &["id_rsa", "id_ed25519", "id_ecdsa", "id_dsa", "*.key"],
        &["*public*", "*.pub.key"],
        When::Unmentioned(&[]),
    ),
    file(&["*key.pem", "*.pfx", "*.p12", "*.keystore"], &["*public*", "*pub*"], When::Unmentioned(&[])),
];

const fn folder(names: &'static [&'static str], beside: &'static [&'static str], when: When) -> Kind {
    Kind { names, but: &[], what: What::Folder, beside, when, pattern: None }
}

const fn any(names: &'static [&'static str], when: When) -> Kind {
    Kind { names, but: &[], what: What::Any, beside: &[], when, pattern: None }
}

const fn file(names: &'static [&'static str], but: &'static [&'static str], when: When) -> Kind {
    Kind { names, but, what: What::File, beside: &[], when, pattern: None }
}

impl Kind {
    /// Whether something in a context is of this kind.
    pub(super) fn is_of(&self, entry: &Entry, listing: &Listing) -> bool {
        let name = entry.name();
        let fits = match self.what {
            What::Folder => entry.is_folder,
            What::File => !entry.is_folder,
            What::Any => true,
        };
        let is = |names: &[&str]| names.iter().any(|pattern| is_like(name, pattern));
        fits && is(self.names) && !is(self.but) && self.stands_beside(entry, listing)
    }

    fn stands_beside(&self, entry: &Entry, listing: &Listing) -> bool {
        let folder = entry.path.strip_suffix(entry.name()).unwrap_or_default();
        let is = |name: &str| !name.contains('/') && self.beside.iter().any(|pattern| is_like(name, pattern));
        let is_it = |path: &str| path.strip_prefix(folder).is_some_and(is);
        self.beside.is_empty() || listing.entries.iter().any(|other| is_it(&other.path))
    }

    /// Whether a build can do without one of a name.
    pub(super) fn is_spare(&self, name: &str, names: &Names) -> bool {
        match self.when {
            When::Always => true,
            When::Unmentioned(words) => {
                !names.speak_of(name) && !words.iter().any(|word| names.speak_of(word))
            }
            When::Made(words) => words.iter().any(|word| names.speak_of(word)),
        }
    }
}

/// Whether a file of this name holds credentials, as a rule.
pub(super) fn is_private(name: &str) -> bool {
    let of = |kind: &Kind, names: &[&str]| {
        names.iter().any(|pattern| is_like(name, pattern)) && kind.what == What::File
    };
    let mut private = KINDS.iter().filter(|kind| kind.pattern.is_none());
    private.any(|kind| of(kind, kind.names) && !of(kind, kind.but))
}

/// Whether a name is one that a pattern stands for.
fn is_like(name: &str, pattern: &str) -> bool {
    match (pattern.strip_prefix('*'), pattern.strip_suffix('*')) {
        (Some(middle), Some(_)) => name.contains(middle.trim_end_matches('*')),
        (Some(end), None) => name.len() > end.len() && name.ends_with(end),
        (None, Some(start)) => name.len() > start.len() && name.starts_with(start),
        (None, None) => name == pattern,
    }
}
