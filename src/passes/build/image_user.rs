//! The pass `image_user`. What it does and why stands in `image_user.md`, which `harden explain` prints.
#![doc = include_str!("image_user.md")]

use super::super::{Context, Meta, Pass, PassKind, Reads, cap_drop, findings, grounds, user};
use super::view::{Base, Family, View, look};
use crate::image::Start;
use crate::plan::{Evidence, Severity, Skip, Verdict};

/// The pass.
#[derive(Debug)]
pub struct ImageUser;

const META: Meta = Meta {
    id: "image_user",
    summary: "images that start as root, and the lines that change that",
    kind: PassKind::Advice,
    text: include_str!("image_user.md"),
    reads: Reads { keys: &["build", "user"], facts: &["default_user", "step_down"] },
};

const MESSAGE: &str = "the image starts as root";
const OVERRIDES: &str = "take `user` out of the service, or say in a comment what it needs root for";

/// Programs that step down from root, or are there to do it, and what brings them.
const STEP_DOWN: [&str; 8] = ["gosu", "su-exec", "setpriv", "runuser", "s6", "sshd", "crond", "supervisord"];

/// What to write into a Dockerfile.
struct Lines {
    /// What makes the user; nothing where the image has one.
    make: &'static str,
    /// The argument of `USER`.
    user: &'static str,
}

impl Pass for ImageUser {
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
    if let Some(user) = user::written(context.service).filter(|user| !user::is_root(user)) {
        return Verdict::Already(grounds::written(user));
    }
    let last = view.last("USER");
    let is_root = last.map(|it| user::is_root(it.body().trim()));
    if let (Some(user), Some(false), Some(it)) = (user::written(context.service), is_root, last) {
        let message = format!("`user: {}` takes the place of `USER {}`", user.value, it.body().trim());
        return findings::advise(Severity::Medium, message, OVERRIDES, user.place);
    }
    if let (Some(it), Some(false)) = (last, is_root) {
        return Verdict::Already(Evidence::File(view.place(it)));
    }
    let lines = lines(&view.base()).filter(|_| !needs_root(context, view));
    let Some(lines) = lines else { return Verdict::Skip(Skip::NotApplicable) };
    let place = last.map_or(view.from(), |it| view.place(it));
    findings::advise(Severity::Medium, MESSAGE, help(&lines), Some(place))
}

fn help(lines: &Lines) -> String {
    let user = lines.user;
    let owner = if user.contains(':') || user.parse::<u32>().is_ok() {
        user.to_owned()
    } else {
        format!("{user}:{user}")
    };
    let make = if lines.make.is_empty() { String::new() } else { format!("`RUN {}` and ", lines.make) };
    format!(
        "add {make}`USER {user}` before the last command, and `COPY --chown={owner}` for what it writes to"
    )
}

/// Whether it is started as root for a reason, or as something that is known to step down, or not as root at all.
fn needs_root(context: &Context<'_>, view: &View<'_>) -> bool {
    let facts = grounds::facts(context.image);
    let steps_down = facts.is_some_and(|facts| facts.step_down.is_some() || facts.root_only.is_some());
    let is_user = matches!(context.image.start, Start::Image(_) | Start::Named | Start::User(_));
    // `cap_drop`, which comes before, gives back what a start as root may need: that asks for nothing
    let is_asked = context.service.user.is_some() || !cap_drop::tells_nothing(context);
    let is_known = grounds::known(context).is_some();
    steps_down || is_user || is_asked || is_known || context.service.is_privileged() || has_step_down(view)
}

/// Whether anything in the file speaks of a program that steps down, or serves many users.
fn has_step_down(view: &View<'_>) -> bool {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '-';
    view.instructions().any(|it| {
        let texts = it.heredocs.iter().map(|body| view.file.slice(body.clone()));
        texts.chain([it.arguments.as_str()]).any(|text| {
            let mut words = text.split(|c: char| !is_part(c));
            words.any(|word| STEP_DOWN.contains(&word) || word.starts_with("s6-"))
        })
    })
}

/// The lines for a base; `None` where it may already have a user of its own, or steps down.
fn lines(base: &Base<'_>) -> Option<Lines> {
    let (name, tag) = (base.name(), base.tag());
    let of_image = |user| Some(Lines { make: "", user });
    match name.as_str() {
        "node" => return of_image("node"),
        "oven/bun" => return of_image("bun"),
        "denoland/deno" => return of_image("deno"),
        // both start as root and give their work to others
        "php" if tag.contains("apache") || tag.contains("fpm") => return None,
        name if name.starts_with("gcr.io/distroless/") && tag.contains("nonroot") => return None,
        _ => {}
    }
    match base.family() {
        Family::Debian => Some(Lines {
            make: "groupadd --gid 10001 app && useradd --uid 10001 --gid app --create-home app",
            user: "10001:10001",
        }),
        Family::Alpine if is_official(&name) => Some(Lines {
            make: "addgroup -g 10001 app && adduser -D -u 10001 -G app app",
            user: "10001:10001",
        }),
        Family::Bare => of_image("65532:65532"),
        Family::Alpine | Family::Unknown => None,
    }
}

/// Whether an image with Alpine in its tag is one of those that start as root.
fn is_official(name: &str) -> bool {
    matches!(name, "alpine" | "python" | "golang" | "ruby" | "rust" | "php" | "eclipse-temurin" | "docker")
}

#[cfg(test)]
mod tests {
    use super::super::testing::judge;
    use super::ImageUser;

    fn said(keys: &str, text: &str) -> String {
        judge(&ImageUser, keys, text, "")
    }

    #[test]
    fn the_lines_are_those_of_the_base() {
        let debian = "`RUN groupadd --gid 10001 app && useradd --uid 10001 --gid app --create-home app` and `USER 10001:10001`";
        let cases = [
            (
                "FROM node:24-slim\nCMD a",
                "add `USER node` before the last command, and `COPY --chown=node:node`",
            ),
            ("FROM node:${V}\nCMD a", "`USER node`"),
            ("FROM python:3.13-slim\nCMD a", debian),
            ("FROM python:3.13-slim\nUSER app\nUSER root\nCMD a", debian),
            (
                "FROM python:3.13-alpine\nCMD a",
                "`RUN addgroup -g 10001 app && adduser -D -u 10001 -G app app`",
            ),
            ("FROM golang:1.25 AS b\nUSER 1\nFROM scratch\nCMD a", "add `USER 65532:65532`"),
            ("FROM gcr.io/distroless/static-debian12\nCMD a", "add `USER 65532:65532`"),
            ("FROM golang:1.25 AS b\nFROM debian:12-slim\nCOPY --from=b /a /a\nCMD a", debian),
        ];
        for (text, expected) in cases {
            let said = said("", text);
            assert!(
                said.starts_with("medium: the image starts as root\n") && said.contains(expected),
                "{text}: {said}"
            );
        }
    }

    #[test]
    fn what_is_no_root_or_needs_it() {
        let cases = [
            ("", "FROM node:24-slim\nUSER node\nCMD a", "already"),
            ("", "FROM node:24-slim AS base\nUSER 1000:1000\nFROM base\nCMD a", "already"),
            ("user: 1000:1000", "FROM node:24-slim\nCMD a", "already"),
            ("user: root", "FROM node:24-slim\nCMD a", "-"),
            (
                "user: '0:0'",
                "FROM node:24-slim\nUSER node\nCMD a",
                "medium: `user: 0:0` takes the place of `USER node`",
            ),
            ("user: root", "FROM node:24-slim\nUSER node\nUSER 0\nCMD a", "-"),
            (
                "cap_drop: [ALL]\ncap_add: [CHOWN, DAC_OVERRIDE, FOWNER, KILL, NET_BIND_SERVICE, SETGID, SETUID]",
                "FROM node:24-slim\nCMD a",
                "medium: the image starts as root",
            ),
            ("cap_add: [NET_ADMIN]", "FROM node:24-slim\nCMD a", "-"),
            ("privileged: true", "FROM node:24-slim\nCMD a", "-"),
            ("", "FROM debian:12-slim\nRUN apt-get install -y gosu\nENTRYPOINT [\"/e.sh\"]", "-"),
            ("", "FROM alpine:3.22\nRUN apk add --no-cache su-exec\nENTRYPOINT [\"/e.sh\"]", "-"),
            ("", "FROM alpine:3.22\nCMD [\"s6-svscan\"]", "-"),
            ("", "FROM postgres:16\nRUN a", "-"),
            ("", "FROM php:8.4-apache\nRUN a", "-"),
            ("", "FROM gcr.io/distroless/static-debian12:nonroot\nCMD a", "-"),
            ("", "FROM ghcr.io/acme/base:1\nCMD a", "-"),
            ("", "ARG B\nFROM $B\nCMD a", "-"),
            ("", "RUN a", "-"),
            ("", "FROM node:24-slim\nARG U=node\nUSER $U\nCMD a", "already"),
        ];
        for (keys, text, expected) in cases {
            assert_eq!(said(keys, text).lines().next(), Some(expected), "{keys}: {text}");
        }
    }
}
