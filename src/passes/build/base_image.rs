//! The pass `base_image`. What it does and why stands in `base_image.md`, which `harden explain` prints.
#![doc = include_str!("base_image.md")]

use super::super::image_tag::is_moving;
use super::super::{Context, Meta, Pass, PassKind, Reads, findings};
use super::ended::ended;
use super::view::{Base, View, look};
use crate::plan::{Evidence, Severity, Skip, Verdict};
use crate::source::Place;

/// The pass.
#[derive(Debug)]
pub struct BaseImage;

const META: Meta = Meta {
    id: "base_image",
    summary: "base images without a version, without updates, or larger than they need be",
    kind: PassKind::Advice,
    text: include_str!("base_image.md"),
    reads: Reads { keys: &["build"], facts: &[] },
};

/// Things that are told before the rest is left for the next run.
const TOLD: usize = 3;

/// What the slim variant of an image lacks, by image.
const SLIM: [(&str, &str); 5] = [
    ("debian", "it lacks manual pages and locales"),
    ("node", "it lacks compilers, `git` and CA certificates, which native modules need to build"),
    ("perl", "it lacks compilers and headers, which modules in C need to build"),
    ("python", "it lacks compilers and headers, which packages without wheels need to build"),
    ("ruby", "it lacks compilers and headers, which native gems need to build"),
];

/// Something that is wrong with a base image.
struct Fault {
    severity: Severity,
    message: String,
    help: String,
    place: Place,
}

impl Pass for BaseImage {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn is_of_build(&self) -> bool {
        true
    }

    fn run(&self, context: &Context<'_>) -> Verdict {
        look(context, |view| judge(context, view)).unwrap_or(Verdict::Skip(Skip::NotApplicable))
    }
}

fn judge(context: &Context<'_>, view: &View<'_>) -> Verdict {
    let build = context.service.build.as_ref();
    let given = build.map(|build| build.additional_contexts.0.iter()).into_iter().flatten();
    let given: Vec<&str> = given.map(|given| given.name.as_str()).collect();
    let faults = faults(view, &given);
    let Some(worst) = faults.iter().rev().max_by_key(|fault| fault.severity) else {
        return Verdict::Already(Evidence::File(view.from()));
    };
    let joined = |part: fn(&Fault) -> &str| {
        let mut parts: Vec<&str> = Vec::new();
        for part in faults.iter().take(TOLD).map(part).filter(|part| !part.is_empty()) {
            if !parts.contains(&part) {
                parts.push(part);
            }
        }
        parts.join("; ")
    };
    let (message, help) = (joined(|fault| &fault.message), joined(|fault| &fault.help));
    findings::advise(worst.severity, message, help, Some(worst.place))
}

/// What is wrong with the images that the file names, each once; the worst that can be said of each. Some names are given
/// another meaning by who builds it.
fn faults(view: &View<'_>, given: &[&str]) -> Vec<Fault> {
    let mut faults: Vec<Fault> = Vec::new();
    let mut seen: Vec<&str> = Vec::new();
    for (at, stage) in view.stages.iter().enumerate() {
        let earlier = view.stages.get(..at).unwrap_or_default();
        let is_stage =
            earlier.iter().filter_map(|other| other.name).any(|name| name.eq_ignore_ascii_case(stage.base));
        let is_given = given.iter().any(|name| name.eq_ignore_ascii_case(stage.base));
        if is_stage || is_given || seen.contains(&stage.base) {
            continue;
        }
        seen.push(stage.base);
        let is_kept = view.chain.first().is_some_and(|first| first.base == stage.base);
        let place = stage.instructions.first().map_or(view.from(), |it| view.place(it));
        faults.extend(fault(&Base::of(stage.base), is_kept, place));
    }
    faults
}

/// What is wrong with one image; what is only built with is judged more gently.
fn fault(base: &Base<'_>, is_kept: bool, place: Place) -> Option<Fault> {
    let reference = base.reference.as_ref().filter(|_| base.written != "scratch")?;
    let severity = if is_kept { Severity::Medium } else { Severity::Low };
    let written = base.written;
    let is_moving = reference.digest.is_none() && (base.tag().is_empty() || is_moving(base.tag()));
    // what it is made of stands in its name, and its tags are kinds
    let is_named = reference.name().starts_with("gcr.io/distroless/");
    if is_moving && !is_named && !base.is_variable() {
        let message = format!("`{written}` names no version");
        let help = "name the version that you have tested".to_owned();
        return Some(Fault { severity, message, help, place });
    }
    if let Some((what, end)) = ended(base) {
        let message = format!("`{written}` gets no more updates: {what} ended on {end}");
        let help = "take a version that is still maintained".to_owned();
        return Some(Fault { severity, message, help, place });
    }
    if matches!(reference.name().as_str(), "openjdk" | "java" | "centos") {
        let message = format!("`{written}` gets no more updates: its publisher has given it up");
        let help = if reference.name() == "centos" {
            "take one that is maintained, such as `almalinux` or `rockylinux`"
        } else {
            "take `eclipse-temurin` in the same version"
        };
        return Some(Fault { severity, message, help: help.to_owned(), place });
    }
    let (variant, lacks) = slim(base).filter(|_| is_kept)?;
    let message = format!("`{written}` is a whole system, and there is a slim one");
    let help = format!("try `{variant}`: {lacks}");
    Some(Fault { severity: Severity::Low, message, help, place })
}

/// The slim variant of an image, and what it lacks.
fn slim(base: &Base<'_>) -> Option<(String, &'static str)> {
    let (name, tag) = (base.name(), base.tag());
    let lacks = SLIM.iter().find(|(image, _)| *image == name)?.1;
    let is_other = ["alpine", "slim", "windows", "nanoserver"].iter().any(|word| tag.contains(word));
    if is_other || base.is_variable() || base.written.contains('@') {
        return None;
    }
    let shown = base.written.strip_suffix(tag)?;
    let slim = match tag.split_once('-') {
        // these put the system last
        Some((version, system)) if matches!(name.as_str(), "python" | "ruby" | "perl") => {
            format!("{version}-slim-{system}")
        }
        _ => format!("{tag}-slim"),
    };
    Some((format!("{shown}{slim}"), lacks))
}

#[cfg(test)]
mod tests {
    use super::super::testing::judge;
    use super::BaseImage;

    fn said(text: &str) -> String {
        judge(&BaseImage, "", text, "")
    }

    #[test]
    fn what_is_wrong_with_a_base() {
        let cases = [
            ("FROM node", "medium: `node` names no version"),
            ("FROM node:latest", "medium: `node:latest` names no version"),
            (
                "FROM node:16-slim",
                "medium: `node:16-slim` gets no more updates: Node.js 16 ended on 2023-09-11",
            ),
            ("FROM python:slim", "medium: `python:slim` names no version"),
            ("FROM openjdk:17-slim", "medium: `openjdk:17-slim` gets no more updates: its publisher"),
            ("FROM python:3.13\nRUN a", "low: `python:3.13` is a whole system"),
            ("FROM python:3.13-bookworm", "try `python:3.13-slim-bookworm`"),
            ("FROM node:24-bookworm", "try `node:24-bookworm-slim`"),
            ("FROM docker.io/library/debian:12", "try `docker.io/library/debian:12-slim`"),
            ("FROM golang AS b\nFROM scratch", "low: `golang` names no version"),
            ("FROM python:3.8 AS a\nFROM a", "medium: `python:3.8` gets no more"),
            ("FROM golang AS b\nFROM node:16-slim", "`golang` names no version; `node:16-slim` gets"),
        ];
        for (text, expected) in cases {
            let said = said(text);
            assert!(said.contains(expected), "{text}: {said}");
        }
        assert_eq!(
            said("FROM golang AS b\nFROM node:16-slim").lines().next().unwrap().split(':').next(),
            Some("medium")
        );
    }

    #[test]
    fn what_is_well_chosen() {
        let good = [
            "FROM node:24-slim",
            "FROM node:24-alpine",
            "FROM python:3.13 AS build\nFROM python:3.13-slim",
            "FROM golang:1.25 AS build\nFROM gcr.io/distroless/static-debian12:nonroot",
            "FROM golang:1.25 AS build\nFROM scratch",
            "FROM node@sha256:abc",
            "FROM ubuntu:24.04",
            "ARG V=16\nFROM node:${V}",
            "ARG BASE\nFROM $BASE",
            "FROM ghcr.io/acme/base:1",
        ];
        for text in good {
            assert_eq!(said(text), "already", "{text}");
        }
        for text in ["RUN a", "", "# syntax=x"] {
            assert_eq!(said(text), "-", "{text}");
        }
    }
}
