//! Programs that keep a copy of what they install, and the command that takes it away.
//!
//! A table. Not in it are those that link what they install to their cache (pnpm, bun, uv): there the copy costs nothing,
//! and those whose cache is also where programs run from (Cargo, Maven, Gradle).

use crate::dockerfile::shell::Word;

/// A cache of a program.
#[derive(Debug)]
pub(super) struct Cache {
    /// Programs, and what one of them does that fills it.
    pub(super) programs: &'static [&'static str],
    pub(super) verbs: &'static [&'static str],
    /// What empties it.
    pub(super) command: &'static str,
    /// What is left behind otherwise.
    pub(super) why: &'static str,
    /// Words one of which is in each mount or `rm` that has to do with it.
    pub(super) places: &'static [&'static str],
    /// Words that say that it is emptied, elsewhere, or not used.
    pub(super) unless: &'static [&'static str],
    /// The image that it is so in; empty for any.
    pub(super) only_on: &'static str,
    /// Whether what runs later is faster for it: then that is to empty it.
    pub(super) serves_later: bool,
    /// What emptying it assumes, if anything.
    pub(super) assumes: Option<&'static str>,
}

const PACKAGES: &str = "the package lists and packages stay in the layer";
const COPIES: &str = "a copy of what is installed stays in the layer";
const DNF: &[&str] = &["install", "update", "upgrade", "groupinstall", "localinstall", "reinstall"];
const GEMS: Cache = Cache {
    only_on: "ruby",
    unless: &["BUNDLE_PATH", "GEM_HOME", "--path", "path", "--deployment", "deployment"],
    ..cache(&["gem"], &["install"], "rm -rf /usr/local/bundle/cache/*.gem", COPIES, &["bundle"])
};

/// All of them.
pub(super) const CACHES: [Cache; 11] = [
    cache(&["dnf"], DNF, "dnf clean all", PACKAGES, &["/var/cache"]),
    cache(&["microdnf"], DNF, "microdnf clean all", PACKAGES, &["/var/cache"]),
    cache(&["yum"], DNF, "yum clean all", PACKAGES, &["/var/cache"]),
    cache(&["tdnf"], DNF, "tdnf clean all", PACKAGES, &["/var/cache"]),
    cache(&["zypper"], &["install", "in"], "zypper clean --all", PACKAGES, &["/var/cache"]),
    Cache {
        unless: &["clear-cache", "clearcache", "cc", "--no-cache", "COMPOSER_CACHE_DIR", "COMPOSER_HOME"],
        ..cache(
            &["composer"],
            &["install", "require", "update", "create-project"],
            "composer clear-cache",
            COPIES,
            &["composer", "/tmp/cache"],
        )
    },
    GEMS,
    Cache { programs: &["bundle"], ..GEMS },
    Cache {
        unless: &["locals", "NUGET_HTTP_CACHE_PATH"],
        ..cache(
            &["dotnet"],
            &["restore", "build", "publish"],
            "dotnet nuget locals http-cache --clear",
            COPIES,
            &["nuget", "NuGet"],
        )
    },
    Cache {
        unless: &["clean", "GOCACHE"],
        serves_later: true,
        assumes: Some("nothing is compiled in the container"),
        ..cache(
            &["go"],
            &["build", "install"],
            "go clean -cache",
            "what the compiler keeps stays in the layer",
            &["/.cache", "go-build"],
        )
    },
    cache(&["conda"], &["install", "create", "env"], "conda clean --all --yes", COPIES, &["conda"]),
];

const fn cache(
    programs: &'static [&'static str],
    verbs: &'static [&'static str],
    command: &'static str,
    why: &'static str,
    places: &'static [&'static str],
) -> Cache {
    let unless = &["clean"];
    Cache { programs, verbs, command, why, places, unless, only_on: "", serves_later: false, assumes: None }
}

impl Cache {
    /// Whether a command fills it.
    pub(super) fn is_filled_by(&self, program: &[Word]) -> bool {
        let Some((first, rest)) = program.split_first() else { return false };
        let verb = rest.iter().find(|word| !word.text.starts_with('-'));
        self.programs.contains(&first.text.as_str())
            && verb.is_some_and(|verb| self.verbs.contains(&verb.text.as_str()))
    }
}
