//! The pass `image_healthcheck`. What it does and why stands in `image_healthcheck.md`, which `harden explain` prints.
#![doc = include_str!("image_healthcheck.md")]

use super::super::{Context, Meta, Pass, PassKind, Reads, findings, grounds, words};
use super::view::{Base, Family, View, look};
use crate::compose::Service;
use crate::dockerfile::read::Instruction;
use crate::plan::{Evidence, Severity, Skip, Verdict};

/// The pass.
#[derive(Debug)]
pub struct ImageHealthcheck;

const META: Meta = Meta {
    id: "image_healthcheck",
    summary: "a health check in the image, with a program that is in it",
    kind: PassKind::Advice,
    text: include_str!("image_healthcheck.md"),
    reads: Reads { keys: &["build", "healthcheck", "ports"], facts: &["healthcheck"] },
};

const MESSAGE: &str = "neither the image nor the service has a health check";
const MESSAGE_ALONE: &str = "the image has no health check";

/// Ports on which no web server listens by custom.
const NOT_WEB: [u16; 16] =
    [21, 22, 25, 53, 443, 1883, 3306, 5432, 5672, 6379, 8443, 9000, 9092, 11211, 27017, 50051];

impl Pass for ImageHealthcheck {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn is_of_build(&self) -> bool {
        true
    }

    fn run(&self, context: &Context<'_>) -> Verdict {
        if context.service.healthcheck.is_some() {
            return Verdict::Skip(Skip::NotApplicable);
        }
        look(context, |view| judge(context, view)).unwrap_or(Verdict::Skip(Skip::NotApplicable))
    }
}

/// Whether this pass says of a service that it has no health check, so that no other has to.
pub(in crate::passes) fn speaks(context: &Context<'_>) -> bool {
    let is_off = context.policy.switched_off(META.id).is_some();
    !is_off && matches!(ImageHealthcheck.run(context), Verdict::Advise(_))
}

fn judge(context: &Context<'_>, view: &View<'_>) -> Verdict {
    if let Some(it) = view.last("HEALTHCHECK") {
        let is_off = it.body().trim().eq_ignore_ascii_case("none");
        let already = Verdict::Already(Evidence::File(view.place(it)));
        return if is_off { Verdict::Skip(Skip::NotApplicable) } else { already };
    }
    match (port(context.service, view), program(view)) {
        (Some((port, place)), Some(program)) if !has_other_program(context) => {
            let (command, why) = (program.command(port), program.why);
            let help = format!("add `HEALTHCHECK CMD {command}`: {why}");
            findings::advise(
                Severity::Low,
                if context.project.alone { MESSAGE_ALONE } else { MESSAGE },
                help,
                Some(place.map_or(view.from(), |it| view.place(it))),
            )
        }
        _ => Verdict::Skip(Skip::NotApplicable),
    }
}

/// Whether the service runs something else than what the image starts, or something of which more is known.
fn has_other_program(context: &Context<'_>) -> bool {
    let service = context.service;
    let mode = service.deploy.as_ref().and_then(|deploy| deploy.mode.as_deref());
    let is_job = mode.is_some_and(|mode| mode.ends_with("-job"));
    service.command.is_some() || service.entrypoint.is_some() || is_job || grounds::known(context).is_some()
}

/// The port of a web server: the first that `EXPOSE` names, or the first that the service publishes.
fn port<'v>(service: &Service, view: &View<'v>) -> Option<(u16, Option<&'v Instruction>)> {
    let exposed = view.instructions().filter(|it| it.keyword == "EXPOSE");
    let exposed = exposed.flat_map(|it| it.body().split_whitespace().map(move |word| (word, Some(it))));
    let published = service.ports.iter().filter(|port| port.protocol.as_deref() != Some("udp"));
    let published = published.filter_map(|port| Some((words::resolved(&port.target)?, None)));
    let mut ports = exposed.chain(published).filter_map(|(word, it)| {
        Some((word.trim_end_matches("/tcp").parse().ok().filter(|port| *port != 0)?, it))
    });
    ports.next().filter(|(port, _)| !NOT_WEB.contains(port))
}

/// What stands before and after the address, where the system has Python.
const PYTHON3: (&str, &str) = ("python3 -c \"import urllib.request as r; r.urlopen('", "', timeout=3)\"");

/// A program that can ask a web server.
struct Program {
    /// What stands before and after the address.
    around: (&'static str, &'static str),
    /// How it is known to be there.
    why: String,
}

impl Program {
    fn new(before: &'static str, after: &'static str, why: impl Into<String>) -> Self {
        Self { around: (before, after), why: why.into() }
    }

    fn command(&self, port: u16) -> String {
        format!("{}http://127.0.0.1:{port}/{}", self.around.0, self.around.1)
    }
}

/// The first program that is in the image.
fn program(view: &View<'_>) -> Option<Program> {
    let packages = view.packages();
    let curl = ("curl -fsS -o /dev/null ", "");
    let wget = ("wget -q -O /dev/null ", "");
    for (name, (before, after)) in [("curl", curl), ("wget", wget)] {
        if packages.contains(&name) {
            return Some(Program::new(before, after, format!("the Dockerfile installs `{name}`")));
        }
    }
    if packages.contains(&"python3") {
        let (before, after) = PYTHON3;
        return Some(Program::new(before, after, "the Dockerfile installs `python3`"));
    }
    let base = view.base();
    match base.family() {
        Family::Bare => None,
        Family::Alpine => Some(Program::new(wget.0, wget.1, "`wget` is in the base image")),
        Family::Debian | Family::Unknown => of_language(&base),
    }
}

/// What a language brings along: its interpreter.
fn of_language(base: &Base<'_>) -> Option<Program> {
    let (before, after) = match base.name().as_str() {
        "python" => ("python -c \"import urllib.request as r; r.urlopen('", "', timeout=3)\""),
        "node" => (
            "node -e \"require('http').get('",
            "', r => process.exit(r.statusCode < 400 ? 0 : 1)).on('error', () => process.exit(1))\"",
        ),
        "oven/bun" => ("bun -e \"process.exit((await fetch('", "')).ok ? 0 : 1)\""),
        "ruby" => ("ruby -rnet/http -e \"exit Net::HTTP.get_response(URI('", "')).code.to_i < 400\""),
        "php" if !base.tag().contains("fpm") => {
            ("php -r \"exit(@file_get_contents('", "') === false ? 1 : 0);\"")
        }
        _ => return None,
    };
    Some(Program::new(
        before,
        after,
        format!("`{}` is in the base image", before.split(' ').next().unwrap_or_default()),
    ))
}

#[cfg(test)]
mod tests {
    use super::super::testing::judge;
    use super::ImageHealthcheck;

    fn said(keys: &str, dockerfile: &str) -> String {
        judge(&ImageHealthcheck, keys, dockerfile, "")
    }

    #[test]
    fn the_program_is_one_that_is_there() {
        let cases = [
            ("FROM python:3.12-slim\nEXPOSE 8000", "python -c"),
            ("FROM python:${V}\nEXPOSE 8000/tcp", "python -c"),
            ("FROM node:22-slim\nEXPOSE 3000", "node -e"),
            ("FROM node:22-alpine\nEXPOSE 3000", "wget -q"),
            ("FROM alpine:3.22\nRUN apk add --no-cache curl\nEXPOSE 8080", "curl -fsS"),
            ("FROM golang:1.24 AS b\nFROM alpine:3.22\nEXPOSE 8080", "wget -q"),
            ("FROM debian:12-slim\nRUN apt-get install -y wget\nEXPOSE 8080", "wget -q"),
            ("FROM ruby:3.4-slim\nEXPOSE 3000", "ruby -rnet/http"),
            ("FROM php:8.4-apache\nEXPOSE 80", "php -r"),
            ("FROM oven/bun:1\nEXPOSE 3000", "bun -e"),
            ("FROM redhat/ubi9:9.6\nRUN dnf install -y python3\nEXPOSE 8080", "python3 -c"),
        ];
        for (text, expected) in cases {
            let said = said("", text);
            assert!(said.starts_with("low: neither") && said.contains(expected), "{text}: {said}");
        }
        let full = said("", "FROM python:3.12-slim\nEXPOSE 8000");
        assert!(full.contains("r.urlopen('http://127.0.0.1:8000/', timeout=3)\"`"), "{full}");
    }

    #[test]
    fn what_has_a_check_or_no_way_to_it_gets_none() {
        let cases = [
            ("", "FROM node:22-slim\nEXPOSE 3000\nHEALTHCHECK CMD node check.js", "already"),
            ("", "FROM node:22-slim\nEXPOSE 3000\nHEALTHCHECK NONE", "-"),
            ("healthcheck: {test: x}", "FROM node:22-slim\nEXPOSE 3000", "-"),
            ("command: worker", "FROM node:22-slim\nEXPOSE 3000", "-"),
            ("deploy: {mode: global-job}", "FROM node:22-slim\nEXPOSE 3000", "-"),
            ("", "FROM node:22-slim", "-"),
            ("", "FROM node:22-slim\nEXPOSE 5432", "-"),
            ("", "FROM node:22-slim\nEXPOSE $PORT 53/udp", "-"),
            ("", "FROM scratch\nEXPOSE 8080", "-"),
            ("", "FROM gcr.io/distroless/static-debian12\nEXPOSE 8080", "-"),
            ("", "FROM debian:12-slim\nEXPOSE 8080", "-"),
            ("", "FROM $BASE\nEXPOSE 8080", "-"),
            ("", "FROM php:8.4-fpm\nEXPOSE 8080", "-"),
            ("", "RUN a", "-"),
        ];
        for (keys, text, expected) in cases {
            assert_eq!(said(keys, text), expected, "{keys}: {text}");
        }
    }

    #[test]
    fn a_published_port_will_do() {
        let text = "FROM node:22-slim\nCMD [\"node\", \"a.js\"]";
        assert!(said("ports: ['80:3000']", text).contains("http://127.0.0.1:3000/"));
        assert_eq!(said("ports: ['80:3000/udp']", text), "-");
    }
}
