//! A Dockerfile as the passes see it that advise on the image: its stages, what they start from, what they install.
//!
//! Names and words only. What variables hold is never looked at: a tag that depends on one is not known.

use super::super::Context;
use super::{pieces, site};
use crate::compose::Site;
use crate::dockerfile::ignore::Patterns;
use crate::dockerfile::read::{Dockerfile, Instruction};
use crate::dockerfile::stages::{Stage, of_image, stages};
use crate::image::Reference;
use crate::source::{Place, Span};

/// A Dockerfile, and which of it makes the image.
pub(super) struct View<'v> {
    /// What lies around it.
    pub(super) site: &'v Site,
    /// Its pieces.
    pub(super) file: &'v Dockerfile<'v>,
    /// All stages.
    pub(super) stages: &'v [Stage<'v>],
    /// Those whose layers are in the image, the first one first; never empty.
    pub(super) chain: &'v [&'v Stage<'v>],
    /// Where the service is written.
    service: Place,
}

/// What a stage starts from.
#[derive(Debug)]
pub(super) struct Base<'v> {
    /// As written.
    pub(super) written: &'v str,
    /// What that means, where no variable is in the name.
    pub(super) reference: Option<Reference>,
}

/// What the system below an image is, as far as its name says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Family {
    /// Debian or what is made of it.
    Debian,
    Alpine,
    /// No shell, no package manager.
    Bare,
    Unknown,
}

/// Images on Debian or Ubuntu, unless their tag says otherwise.
pub(super) const ON_DEBIAN: [&str; 18] = [
    "buildpack-deps",
    "debian",
    "eclipse-temurin",
    "elixir",
    "erlang",
    "gcc",
    "golang",
    "gradle",
    "hexpm/elixir",
    "maven",
    "node",
    "openjdk",
    "perl",
    "php",
    "python",
    "ruby",
    "rust",
    "ubuntu",
];

/// Programs that install packages of the system, with the word that makes them do it.
const INSTALLERS: [(&str, &str); 7] = [
    ("apt-get", "install"),
    ("apt", "install"),
    ("apk", "add"),
    ("dnf", "install"),
    ("microdnf", "install"),
    ("yum", "install"),
    ("zypper", "install"),
];

/// Shows the Dockerfile of a service; `None` where there is none, or nothing that makes an image.
pub(super) fn look<T>(context: &Context<'_>, judge: impl FnOnce(&View<'_>) -> T) -> Option<T> {
    let (site, recipe) = site(context)?;
    let file = pieces(recipe);
    let stages = stages(&file);
    let target = context.service.build.as_ref().and_then(|build| build.target.as_deref());
    let chain = of_image(&stages, target);
    // a Windows image is another world
    let for_windows = context.image.built.as_ref().is_some_and(|built| built.windows);
    if chain.is_empty() || file.escape != '\\' || for_windows {
        return None;
    }
    let view = View { site, file: &file, stages: &stages, chain: &chain, service: context.service.place };
    Some(judge(&view))
}

impl<'v> View<'v> {
    /// What the image starts from.
    pub(super) fn base(&self) -> Base<'v> {
        Base::of(self.chain.first().map_or("", |stage| stage.base))
    }

    /// The last stage that is in the image.
    pub(super) fn last_stage(&self) -> Option<&'v Stage<'v>> {
        self.chain.last().copied()
    }

    /// What makes the image, in order.
    pub(super) fn instructions(&self) -> impl DoubleEndedIterator<Item = &'v Instruction> + use<'v> {
        self.chain.iter().flat_map(|stage| stage.instructions.iter().copied())
    }

    /// The last of a kind.
    pub(super) fn last(&self, keyword: &str) -> Option<&'v Instruction> {
        self.instructions().rfind(|it| it.keyword == keyword)
    }

    /// Where an instruction is written: its first line. Of one that stands in the Compose file, the service.
    pub(super) fn place(&self, it: &Instruction) -> Place {
        let Some(file) = &self.site.dockerfile else { return self.service };
        let length = self.file.slice(it.range.clone()).lines().next().map_or(0, str::len);
        Place { file: file.id, span: Span::new(it.range.start, it.range.start + length) }
    }

    /// The `FROM` of the stage that the image is.
    pub(super) fn from(&self) -> Place {
        let first = self.last_stage().and_then(|stage| stage.instructions.first());
        first.map_or(self.service, |it| self.place(it))
    }

    /// The packages of the system that some instructions install.
    pub(super) fn packages(&self) -> Vec<&'v str> {
        self.instructions().filter(|it| it.keyword == "RUN").flat_map(packages).collect()
    }

    /// Whether something lies in the context at this path, and is sent.
    pub(super) fn is_sent(&self, path: &str) -> bool {
        let ignored = Patterns::parse(&self.site.ignored).unwrap_or_default();
        self.site.listing.entries.iter().any(|entry| &*entry.path == path) && !ignored.ignores(path)
    }
}

impl<'v> Base<'v> {
    /// What a `FROM` names.
    pub(super) fn of(written: &'v str) -> Self {
        Self { written, reference: Reference::parse(written) }
    }

    /// The name without its tag; empty where it is not known.
    pub(super) fn name(&self) -> String {
        self.reference.as_ref().map(Reference::name).unwrap_or_default()
    }

    /// The tag; empty where there is none or it is not known.
    pub(super) fn tag(&self) -> &str {
        let is_written = self.reference.as_ref().is_some_and(|reference| reference.tag.is_some());
        self.reference.as_ref().filter(|_| is_written).and_then(Reference::known_tag).unwrap_or_default()
    }

    /// Whether the tag, and so the version, depends on a variable.
    pub(super) fn is_variable(&self) -> bool {
        self.written.contains('$')
    }

    /// What the system is.
    pub(super) fn family(&self) -> Family {
        let name = self.name();
        match name.as_str() {
            "scratch" => Family::Bare,
            name if name.starts_with("gcr.io/distroless/") => Family::Bare,
            _ if name == "alpine" || self.tag().contains("alpine") => Family::Alpine,
            _ if self.is_variable() && name != "debian" && name != "ubuntu" => Family::Unknown,
            name if ON_DEBIAN.contains(&name) && !self.tag().contains("windows") => Family::Debian,
            _ => Family::Unknown,
        }
    }
}

/// The packages that a `RUN` installs, without their versions.
pub(super) fn packages(run: &Instruction) -> Vec<&str> {
    let mut found = Vec::new();
    let (mut program, mut installs) = ("", false);
    for word in run.body().split_whitespace() {
        let bare = word.trim_end_matches(';');
        if matches!(bare, "" | "&&" | "||" | "|" | "\\") {
            (program, installs) = ("", false);
            continue;
        }
        if installs && !bare.starts_with(['-', '.', '$', '>']) {
            found.push(bare.split(['=', '~']).next().unwrap_or(bare));
        } else if INSTALLERS.iter().any(|(name, _)| *name == bare) {
            program = bare;
        } else if INSTALLERS.contains(&(program, bare)) {
            installs = true;
        }
        if word.ends_with(';') {
            (program, installs) = ("", false);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::{Base, Family, packages};
    use crate::dockerfile::read::read;

    #[test]
    fn what_is_installed() {
        let cases = [
            (
                "RUN apt-get update && apt-get install -y --no-install-recommends curl gcc=4:12 && rm -rf /x",
                "curl gcc",
            ),
            ("RUN set -e; apk add --no-cache --virtual .deps make g++; a curl", "make g++"),
            ("RUN --mount=type=cache,target=/x apt-get -y install \\\n  curl \\\n  wget", "curl wget"),
            ("RUN npm install curl", ""),
        ];
        for (text, expected) in cases {
            let file = read(text);
            let found: Vec<&str> = file.instructions().flat_map(packages).collect();
            assert_eq!(found.join(" "), expected, "{text}");
        }
    }

    #[test]
    fn what_the_system_is() {
        let cases = [
            ("python:3.12", Family::Debian),
            ("docker.io/library/node:22-slim", Family::Debian),
            ("node:22-alpine3.20", Family::Alpine),
            ("alpine", Family::Alpine),
            ("scratch", Family::Bare),
            ("gcr.io/distroless/static-debian12:nonroot", Family::Bare),
            ("node:$V", Family::Unknown),
            ("$BASE", Family::Unknown),
            ("ghcr.io/acme/node:22", Family::Unknown),
        ];
        for (written, expected) in cases {
            assert_eq!(Base::of(written).family(), expected, "{written}");
        }
    }
}
