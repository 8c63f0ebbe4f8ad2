//! The pass `multi_stage`. What it does and why stands in `multi_stage.md`, which `harden explain` prints.
#![doc = include_str!("multi_stage.md")]

use super::super::{Context, Meta, Pass, PassKind, Reads, findings};
use super::two_stages::propose;
use super::view::{Base, Family, View, look, packages};
use super::{handed_out, node};
use crate::plan::{Evidence, Severity, Skip, Verdict};

/// The pass.
#[derive(Debug)]
pub struct MultiStage;

const META: Meta = Meta {
    id: "multi_stage",
    summary: "compilers, headers and development dependencies in the image that runs",
    kind: PassKind::Advice,
    text: include_str!("multi_stage.md"),
    reads: Reads { keys: &["build"], facts: &[] },
};

/// Images that are there to build, and the second stage of what they build.
const SDKS: [(&str, &str); 11] = [
    (
        "golang",
        "`RUN CGO_ENABLED=0 go build -o /out/app .`, then `FROM gcr.io/distroless/static-debian12` and `COPY --from=build /out/app /app`",
    ),
    (
        "rust",
        "`RUN cargo build --release`, then `FROM debian:trixie-slim` and `COPY --from=build` what is in `target/release`",
    ),
    (
        "maven",
        "`RUN mvn -B package`, then `FROM eclipse-temurin` with `-jre` in its tag and `COPY --from=build` the jar in `target`",
    ),
    (
        "gradle",
        "`RUN gradle --no-daemon bootJar`, then `FROM eclipse-temurin` with `-jre` in its tag and `COPY --from=build` the jar in `build/libs`",
    ),
    (
        "mcr.microsoft.com/dotnet/sdk",
        "`RUN dotnet publish -c Release -o /out`, then `FROM mcr.microsoft.com/dotnet/aspnet` in the same version and `COPY --from=build /out .`",
    ),
    ("gcc", "`RUN make`, then `FROM debian:trixie-slim` and `COPY --from=build` the program"),
    (
        "swift",
        "`RUN swift build -c release`, then `FROM swift` with `-slim` in its tag and `COPY --from=build` the program",
    ),
    ("haskell", "`RUN cabal install`, then `FROM debian:trixie-slim` and `COPY --from=build` the program"),
    ("composer", "`RUN composer install --no-dev`, then `FROM php` and `COPY --from=build` with `vendor`"),
    (
        "buildpack-deps",
        "the commands that build, then `FROM debian:trixie-slim` and `COPY --from=build` the program",
    ),
    (
        "eclipse-temurin",
        "the commands that build, then `FROM eclipse-temurin` with `-jre` in its tag and `COPY --from=build` the jar",
    ),
];

/// The system that outlines name, where the tag names no other.
const TRIXIE: &str = "debian:trixie-slim";

/// Packages of the system that only builds need; also all that end in `-dev` or `-devel`.
const BUILD_PACKAGES: [&str; 14] = [
    "autoconf",
    "automake",
    "build-base",
    "build-essential",
    "clang",
    "cmake",
    "g++",
    "gcc",
    "golang",
    "libtool",
    "make",
    "musl-dev",
    "pkg-config",
    "rustc",
];

/// What takes packages away again.
const REMOVALS: [&str; 6] = [
    "apk del",
    "apt-get purge",
    "apt-get remove",
    "apt-get autoremove",
    "apt purge",
    "docker-php-ext-install",
];

/// Names of stages that are for work on the program.
const FOR_WORK: [&str; 6] = ["dev", "development", "test", "debug", "watch", "builder"];

const PROPOSED: &str = "build in a stage of its own, as in this diff, and copy what else the program reads";

impl Pass for MultiStage {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn is_of_build(&self) -> bool {
        true
    }

    fn run(&self, context: &Context<'_>) -> Verdict {
        let target = context.service.build.as_ref().and_then(|build| build.target.as_deref());
        if target.is_some_and(|target| FOR_WORK.contains(&target.to_ascii_lowercase().as_str())) {
            return Verdict::Skip(Skip::NotApplicable);
        }
        look(context, judge).unwrap_or(Verdict::Skip(Skip::NotApplicable))
    }
}

fn judge(view: &View<'_>) -> Verdict {
    if let Some(advice) = handed_out::find(view) {
        return advice;
    }
    let found = sdk(view).or_else(|| left_packages(view)).or_else(|| left_dependencies(view));
    let found = found.map(|advice| match propose(view) {
        Some(proposal) => findings::with_proposal(advice, proposal, PROPOSED),
        None => advice,
    });
    found.unwrap_or_else(|| {
        let many = view.stages.len() > 1;
        let already = Verdict::Already(Evidence::File(view.from()));
        if many { already } else { Verdict::Skip(Skip::NotApplicable) }
    })
}

/// Whether an image is there to build.
pub(super) fn is_sdk(base: &Base<'_>) -> bool {
    SDKS.iter().any(|(name, _)| *name == base.name())
}

/// An image that is there to build, and builds something.
fn sdk(view: &View<'_>) -> Option<Verdict> {
    let base = view.base();
    let (_, outline) = SDKS.iter().find(|(name, _)| *name == base.name())?;
    let has_runtime = base.name() == "eclipse-temurin" && (base.tag().contains("jre") || !compiles(view));
    if has_runtime {
        return None;
    }
    let first = view.chain.first()?.instructions.first()?;
    let message = format!(
        "the image keeps the compiler and the sources: its base `{}` is there to build",
        base.written
    );
    // programs load what the system that they were linked on has
    let system = match ["bullseye", "bookworm"].into_iter().find(|name| base.tag().contains(name)) {
        Some(name) => format!("debian:{name}-slim"),
        None if base.tag().contains("alpine") => "alpine".to_owned(),
        None => TRIXIE.to_owned(),
    };
    let outline = outline.replace(TRIXIE, &system);
    let help = format!("`FROM {} AS build` with {outline}", base.written);
    Some(findings::advise(Severity::Medium, message, help, Some(view.place(first))))
}

fn compiles(view: &View<'_>) -> bool {
    let words = ["mvn", "mvnw", "./mvnw", "gradle", "gradlew", "./gradlew", "javac", "sbt"];
    let mut runs = view.instructions().filter(|it| it.keyword == "RUN");
    runs.any(|it| it.body().split_whitespace().any(|word| words.contains(&word)))
}

/// Packages that only builds need, and that the same line does not take away.
fn left_packages(view: &View<'_>) -> Option<Verdict> {
    for it in view.instructions().filter(|it| it.keyword == "RUN") {
        let is_build =
            |name: &&str| BUILD_PACKAGES.contains(name) || name.ends_with("-dev") || name.ends_with("-devel");
        let found: Vec<findings::Found> = packages(it)
            .into_iter()
            .filter(is_build)
            .map(|name| findings::Found::new(Severity::Low, name, Some(view.place(it))))
            .collect();
        let is_removed = REMOVALS.iter().any(|removal| it.body().contains(removal));
        if !found.is_empty() && !is_removed {
            let system = match view.base().family() {
                Family::Alpine => "`RUN apk add` only the libraries",
                Family::Debian | Family::Bare | Family::Unknown => "install only the libraries",
            };
            let help = format!(
                "build in a stage of its own, and in the last one {system} that the program loads, and `COPY --from=build` the rest"
            );
            return Some(findings::verdict(&found, "the image keeps what only a build needs:", help));
        }
    }
    None
}

/// Development dependencies of Node that are there to build, and stay.
fn left_dependencies(view: &View<'_>) -> Option<Verdict> {
    let runs = || view.instructions().filter(|it| it.keyword == "RUN");
    let says = |words: &[&str]| runs().find(|it| words.iter().any(|word| it.body().contains(word)));
    let (install, manager) = runs().find_map(|it| Some((it, node::installs(it)?)))?;
    let build = runs().find(|it| node::builds(it))?;
    let pruned = ["prune", "--omit=dev", "--omit dev", "--production", "--prod", "node_modules", " focus "];
    let is_node = Base::of(view.base().written).name() == "node";
    if says(&pruned).is_some() || !is_node || build.range.start < install.range.start {
        return None;
    }
    let message = "the image keeps the development dependencies that build it";
    let (end, what) = match node::prune(view, manager) {
        Some(prune) => (prune, "`COPY --from=build` what runs"),
        None => (node::DEPLOY, "`COPY --from=build /out .`"),
    };
    let help =
        format!("build in `FROM {} AS build`, end it with `RUN {end}`, and {what}", view.base().written);
    Some(findings::advise(Severity::Low, message, help, Some(view.place(install))))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{built, judge, judged};
    use super::MultiStage;
    use crate::plan::Verdict;

    fn said(keys: &str, text: &str) -> String {
        judge(&MultiStage, keys, text, "")
    }

    #[test]
    fn what_only_builds_need() {
        let cases = [
            (
                "FROM golang:1.25\nRUN go build -o /app .",
                "medium: the image keeps the compiler and the sources: its base `golang:1.25`",
            ),
            ("FROM golang:1.25\nRUN go build", "help"),
            ("FROM rust:1 AS a\nFROM a\nRUN cargo build", "medium:"),
            ("FROM maven:3-eclipse-temurin-21\nRUN mvn package", "`-jre` in its tag"),
            ("FROM mcr.microsoft.com/dotnet/sdk:9.0\nRUN dotnet publish", "dotnet/aspnet"),
            ("FROM eclipse-temurin:21\nRUN ./mvnw package", "`-jre`"),
            (
                "FROM python:3.13-slim\nRUN apt-get update && apt-get install -y gcc libpq-dev curl",
                "low: the image keeps what only a build needs: `gcc`, `libpq-dev`",
            ),
            ("FROM python:3.13-alpine\nRUN apk add build-base", "`RUN apk add` only"),
            (
                "FROM node:24-slim\nRUN npm ci\nRUN npm run build",
                "low: the image keeps the development dependencies",
            ),
        ];
        for (text, expected) in cases {
            let said = said("", text);
            let is_there = said.contains(expected)
                || expected == "help" && said.contains("`FROM golang:1.25 AS build` with");
            assert!(is_there, "{text}: {said}");
        }
    }

    #[test]
    fn what_leaves_that_behind() {
        let cases = [
            ("", "FROM golang:1.25 AS b\nRUN go build\nFROM scratch\nCOPY --from=b /a /a", "already"),
            (
                "",
                "FROM node:24 AS b\nRUN npm ci && npm run build\nFROM nginx:1\nCOPY --from=b /a /a",
                "already",
            ),
            ("", "FROM python:3.13-slim\nRUN pip install x", "-"),
            ("", "FROM python:3.13-alpine\nRUN apk add --virtual .b gcc && pip install x && apk del .b", "-"),
            ("", "FROM php:8.4\nRUN apt-get install -y libpq-dev && docker-php-ext-install pgsql", "-"),
            ("", "FROM node:24-slim\nRUN npm ci\nRUN npm run build && npm prune --omit=dev", "-"),
            ("", "FROM eclipse-temurin:21-jre\nCOPY a.jar /", "-"),
            ("", "FROM eclipse-temurin:21\nCOPY a.jar /", "-"),
            ("", "FROM $SDK\nRUN go build", "-"),
            ("", "RUN go build", "-"),
        ];
        for (keys, text, expected) in cases {
            assert_eq!(said(keys, text), expected, "{keys}: {text}");
        }
    }

    /// The last stage that is proposed, in one line; `-` where none is.
    fn proposed(text: &str, context: &str) -> String {
        let Verdict::Advise(finding) = judged(&MultiStage, &built("", text, context)) else {
            return "-".into();
        };
        let Some(proposal) = finding.proposal else { return "-".into() };
        let (_, last) = proposal.text.rsplit_once("\n\nFROM ").unwrap();
        last.trim_end().replace('\n', "; ")
    }

    #[test]
    fn what_runs_is_taken_over() {
        let cases = [
            (
                "FROM golang:1.25\nWORKDIR /a\nCOPY . .\nENV CGO_ENABLED=0\nRUN go build -o b\nCMD [\"./b\"]",
                "gcr.io/distroless/static-debian12; WORKDIR /a; COPY --from=build /a/b /a/b; CMD [\"./b\"]",
            ),
            (
                "FROM rust:1-bookworm\nCOPY . /a\nRUN cargo install --path /a\nCMD [\"b\"]",
                "debian:bookworm-slim; RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates && rm -rf /var/lib/apt/lists/*; ENV PATH=/usr/local/cargo/bin:$PATH; COPY --from=build /usr/local/cargo/bin/b /usr/local/cargo/bin/b; CMD [\"b\"]",
            ),
            (
                "FROM gcc:14\nWORKDIR /a\nCOPY . .\nRUN gcc -O2 -o b b.c\nCMD [\"/a/b\"]",
                "debian:trixie-slim; WORKDIR /a; COPY --from=build /a/b /a/b; CMD [\"/a/b\"]",
            ),
            (
                "FROM eclipse-temurin:21-jdk-alpine\nWORKDIR /a\nCOPY . .\nRUN ./mvnw package\nCMD [\"java\", \"-jar\", \"/a/b.jar\"]",
                "eclipse-temurin:21-jre-alpine; WORKDIR /a; COPY --from=build /a/b.jar /a/b.jar; CMD [\"java\", \"-jar\", \"/a/b.jar\"]",
            ),
        ];
        for (text, expected) in cases {
            assert_eq!(proposed(text, "b.c"), expected, "{text}");
        }
    }

    #[test]
    fn what_is_not_so_simple_gets_no_proposal() {
        let go = |more: &str, cmd: &str| {
            format!("FROM golang:1.25-alpine\nWORKDIR /a\nCOPY . .\n{more}\nRUN go build -o b .\nCMD {cmd}\n")
        };
        assert_ne!(proposed(&go("", "[\"./b\"]"), ""), "-");
        let others = [
            ("", "./b"),
            ("", "[\"sh\", \"-c\", \"./b\"]"),
            ("", "[\"b\"]"),
            ("", "[\"./c\"]"),
            ("RUN apk add --no-cache ffmpeg", "[\"./b\"]"),
            ("RUN mkdir /data", "[\"./b\"]"),
            ("RUN cd x && go generate", "[\"./b\"]"),
            ("RUN if a; then go vet; fi", "[\"./b\"]"),
            ("RUN --mount=type=cache,target=/a/b go vet", "[\"./b\"]"),
            ("RUN <<E\ngo vet\nE", "[\"./b\"]"),
            ("HEALTHCHECK CMD wget -q localhost", "[\"./b\"]"),
            ("ARG V\nENV W=$V", "[\"./b\"]"),
            ("USER nobody", "[\"./b\"]"),
            ("COPY --chown=1:1 x .", "[\"./b\"]"),
            ("ADD x.tgz .", "[\"./b\"]"),
        ];
        for (more, cmd) in others {
            assert_eq!(proposed(&go(more, cmd), ""), "-", "{more} {cmd}");
        }
        let make = "FROM gcc:14\nWORKDIR /a\nCOPY . .\nRUN make\nCMD [\"./b\"]";
        assert_eq!(proposed(make, "b.cpp"), "-", "it may load what only the compiler brings");
        assert_eq!(proposed("FROM golang:$V\nRUN go build -o /b\nCMD [\"/b\"]", ""), "-");
        assert_eq!(proposed("FROM --platform=x golang:1\nRUN go build -o /b\nCMD [\"/b\"]", ""), "-");
    }
}
