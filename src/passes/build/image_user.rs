//! The pass `image_user`. What it does and why stands in `image_user.md`, which `harden explain` prints.
#![doc = include_str!("image_user.md")]

use super::super::{Context, Meta, Pass, PassKind, Reads, cap_drop, findings, grounds, mounts, user};
use super::view::{Base, Family, View, look};
use super::{multi_stage, unprivileged};
use crate::compose::Service;
use crate::image::Start;
use crate::plan::{Change, Confidence, DOCKERFILE, Evidence, Op, Severity, Skip, Verdict};

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
const ASSUMES: &str =
    "assumes that it writes nowhere but in `/tmp`, and that its files are for everybody to read";
const OVERRIDES: &str = "take `user` out of the service, or say in a comment what it needs root for";

/// Programs that step down from root, or are there to do it, and what brings them.
const STEP_DOWN: [&str; 8] = ["gosu", "su-exec", "setpriv", "runuser", "s6", "sshd", "crond", "supervisord"];

/// What to write into a Dockerfile.
struct Lines {
    /// What makes the user; nothing where the image has one.
    make: &'static str,
    /// The argument of `USER`.
    user: &'static str,
    /// What else is to be known.
    note: &'static str,
}

const ON_DEBIAN: Lines =
    Lines { make: "groupadd --gid 10001 app && useradd --uid 10001 --gid app --create-home app", ..NUMBER };
const ON_ALPINE: Lines = Lines { make: "addgroup -g 10001 app && adduser -D -u 10001 -G app app", ..NUMBER };
/// A user that no file of the image knows.
const NUMBER: Lines = Lines { make: "", user: "10001:10001", note: "" };
const NO_USERADD: &str = "the base has no `useradd`, and a number needs none";
const APP_UID: &str = "`APP_UID` is 1654, the user `app` that the base brings since .NET 8";
const MIX_HOME: &str = "`ENV MIX_HOME=/opt/mix` above `mix local.hex`, which is in `/root` otherwise";

/// Servers that start as root and give their work to others.
const SERVERS: [&str; 8] =
    ["cron", "apache2", "apache2ctl", "apachectl", "httpd", "httpd-foreground", "nginx", "php-fpm"];

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
    let lines = lines(&view.base()).filter(|_| !needs_root(context, view) && !is_server(context, view));
    let Some(mut lines) = lines else { return Verdict::Skip(Skip::NotApplicable) };
    if lines.note.is_empty() && view.instructions().any(|it| it.arguments.contains("mix local.hex")) {
        lines.note = MIX_HOME;
    }
    let place = last.map_or(view.from(), |it| view.place(it));
    let told = findings::advise(Severity::Medium, MESSAGE, help(&lines), Some(place));
    findings::with_fix(told, change(context, view, &lines).into_iter().collect())
}

/// What strict writes, where nothing of the image or of what runs it is known to be for root.
fn change(context: &Context<'_>, view: &View<'_>, lines: &Lines) -> Option<Change> {
    let own = view.site.dockerfile.as_ref().map(|file| file.id);
    let is_same = |service: &&Service| {
        let site = service.build.as_ref().and_then(|build| build.value.site.as_ref());
        site.and_then(|site| site.dockerfile.as_ref()).map(|file| file.id) == own
    };
    let mut others = context.project.services.iter().filter(is_same);
    let is_obstructed =
        user::obstacle(context).is_some() || others.any(|other| mounts::writable(other).is_some());
    let on_host = context.service.network_mode.as_ref().is_some_and(|mode| mode.value == "host");
    // an image that is there to build is to be split first: then another one runs
    if is_obstructed || on_host || multi_stage::is_sdk(&view.base()) {
        return None;
    }
    Some(Change {
        path: DOCKERFILE.into(),
        op: Op::Text(Box::new(unprivileged::edit(view, lines.make, lines.user)?)),
        why: "the program is nobody who could change the image, or be root on the host".into(),
        confidence: Confidence::Guess(ASSUMES.into()),
    })
}

fn help(lines: &Lines) -> String {
    let user = lines.user;
    let owner = if user.contains(':') || user.parse::<u32>().is_ok() {
        user.to_owned()
    } else {
        format!("{user}:{user}")
    };
    let make = if lines.make.is_empty() { String::new() } else { format!("`RUN {}` and ", lines.make) };
    let note = if lines.note.is_empty() { String::new() } else { format!("; {}", lines.note) };
    format!(
        "add {make}`USER {user}` before the last command, and `COPY --chown={owner}` for what it writes to{note}"
    )
}

/// Whether a server is started that becomes another user by itself.
fn is_server(context: &Context<'_>, view: &View<'_>) -> bool {
    let last = [view.last("ENTRYPOINT"), view.last("CMD")].into_iter().flatten();
    let has_other = context.service.command.is_some() || context.service.entrypoint.is_some();
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let mut words = last.flat_map(|it| it.arguments.split(move |c: char| !is_part(c)));
    !has_other && words.any(|word| SERVERS.contains(&word))
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
    let of_image = |user| Some(Lines { user, ..NUMBER });
    match name.as_str() {
        "node" => return of_image("node"),
        "oven/bun" => return of_image("bun"),
        "denoland/deno" => return of_image("deno"),
        // both start as root and give their work to others
        "php" if tag.contains("apache") || tag.contains("fpm") => return None,
        name if name.starts_with("gcr.io/distroless/") && tag.contains("nonroot") => return None,
        name if name.starts_with("mcr.microsoft.com/dotnet/") => return dotnet(base),
        name => {
            if let Some(has_useradd) = red_hat(name, tag) {
                return Some(if has_useradd { ON_DEBIAN } else { Lines { note: NO_USERADD, ..NUMBER } });
            }
        }
    }
    match base.family() {
        Family::Debian => Some(ON_DEBIAN),
        Family::Alpine if is_official(&name) => Some(ON_ALPINE),
        Family::Bare => of_image("65532:65532"),
        Family::Alpine | Family::Unknown => None,
    }
}

/// Whether an image with Alpine in its tag is one of those that start as root.
fn is_official(name: &str) -> bool {
    let others = ["alpine", "docker", "elixir", "eclipse-temurin", "erlang", "golang", "hexpm/elixir"];
    others.contains(&name) || matches!(name, "php" | "python" | "ruby" | "rust")
}

/// Whether an image of the family of Red Hat has `useradd`; `None` for any other, and for those that start as a user.
fn red_hat(name: &str, tag: &str) -> Option<bool> {
    let last = name.rsplit('/').next().unwrap_or_default();
    let is_red_hat = ["redhat/", "registry.access.redhat.com/", "registry.redhat.io/"];
    let system = last.split('-').next().unwrap_or_default().trim_end_matches(|c: char| c.is_ascii_digit());
    let is_ubi = is_red_hat.iter().any(|start| name.starts_with(start)) && system == "ubi";
    let known = [
        "almalinux",
        "amazonlinux",
        "centos",
        "fedora",
        "fedora-minimal",
        "public.ecr.aws/amazonlinux/amazonlinux",
        "quay.io/centos/centos",
        "quay.io/fedora/fedora",
        "registry.fedoraproject.org/fedora",
        "rockylinux",
        "rockylinux/rockylinux",
    ];
    let is_known = is_ubi || known.contains(&name) || name.starts_with("almalinux/");
    let is_small = ["minimal", "micro"].iter().any(|word| last.contains(word) || tag.contains(word));
    is_known.then_some(!is_small && last != "amazonlinux")
}

/// The lines for .NET, which brings a user since version 8; `None` where it runs as that already.
fn dotnet(base: &Base<'_>) -> Option<Lines> {
    let tag = base.tag();
    let starts_as_user =
        ["chiseled", "distroless", "nanoserver", "windows"].iter().any(|word| tag.contains(word));
    let version: u32 = tag.split(['.', '-']).next()?.parse().ok().filter(|_| !starts_as_user)?;
    let of_system = if tag.contains("alpine") { ON_ALPINE } else { ON_DEBIAN };
    Some(if version >= 8 { Lines { user: "$APP_UID", note: APP_UID, ..NUMBER } } else { of_system })
}

#[cfg(test)]
mod tests {
    use super::super::testing::{built, judge, judged};
    use super::ImageUser;
    use crate::plan::Verdict;

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
            ("FROM almalinux:9\nCMD a", debian),
            ("FROM registry.access.redhat.com/ubi9/ubi:9.6\nCMD a", debian),
            (
                "FROM registry.access.redhat.com/ubi9/ubi-minimal:9.6\nCMD a",
                "add `USER 10001:10001` before the last command, and `COPY --chown=10001:10001` for what it writes to; the base has no `useradd`",
            ),
            ("FROM redhat/ubi9-micro:9.6\nCMD a", "add `USER 10001:10001`"),
            ("FROM rockylinux:9-minimal\nCMD a", "add `USER 10001:10001`"),
            ("FROM amazonlinux:2023\nCMD a", "add `USER 10001:10001`"),
            ("FROM elixir:1.18\nCMD a", debian),
            ("FROM elixir:1.18-alpine\nRUN mix local.hex --force\nCMD a", "; `ENV MIX_HOME=/opt/mix`"),
            ("FROM hexpm/elixir:1.18.1-erlang-27.2-alpine-3.22.1\nCMD a", "`RUN addgroup"),
            ("FROM mcr.microsoft.com/dotnet/aspnet:9.0\nCMD a", "add `USER $APP_UID` before"),
            ("FROM mcr.microsoft.com/dotnet/aspnet:6.0-alpine\nCMD a", "`RUN addgroup"),
            ("FROM golang:1.25 AS b\nFROM debian:12-slim\nCOPY --from=b /a /a\nCMD a", debian),
        ];
        for (text, expected) in cases {
            let said = said("", text);
            let message = said.lines().next().unwrap_or_default().trim_end_matches(" + fix");
            assert!(
                message == "medium: the image starts as root" && said.contains(expected),
                "{text}: {said}"
            );
        }
    }

    /// The Dockerfile as strict writes it.
    fn rewritten(keys: &str, text: &str) -> Option<String> {
        let Verdict::Advise(finding) = judged(&ImageUser, &built(keys, text, "")) else { return None };
        Some(finding.fix.first()?.text_edit()?.apply(text))
    }

    #[test]
    fn strict_writes_who_it_is() {
        let make = "RUN groupadd --gid 10001 app && useradd --uid 10001 --gid app --create-home app\nUSER 10001:10001\n";
        let cases = [
            ("FROM node:24\nRUN npm ci\n", "USER node\n", "EXPOSE 80\nCMD a\nEXPOSE 81"),
            (
                "FROM python:3.13\nRUN pip install a\n\n",
                make,
                "# starts it\n# with b\nENTRYPOINT [\"a\"]\nCMD b\n",
            ),
            ("FROM redhat/ubi9-micro:9\nCOPY a /a\n", "USER 10001:10001\n", "CMD a"),
            ("FROM mcr.microsoft.com/dotnet/aspnet:9.0\nRUN chmod +x a\n", "USER $APP_UID\n", "CMD a"),
            ("FROM python:3.13 AS a\nUSER 1\nFROM python:3.13\nCOPY --from=a /a /a\n", make, "CMD a"),
            ("FROM python:3.13\nRUN poetry config virtualenvs.create false\n", make, "CMD a"),
        ];
        for (above, lines, below) in cases {
            let (exposed, start) = below.split_at(if below.starts_with("EXPOSE") { 10 } else { 0 });
            let new = rewritten("", &format!("{above}{below}"));
            assert_eq!(new, Some(format!("{above}{exposed}{lines}{start}")), "{above}{below}");
        }
    }

    #[test]
    fn strict_leaves_what_may_be_for_root() {
        let texts = [
            "FROM node:24\nWORKDIR /root/app\nCMD a",
            "FROM node:24\nVOLUME /data\nCMD a",
            "FROM node:24\nUSER root\nCMD a",
            "FROM node:24\nRUN chown -R a /b\nCMD a",
            "FROM node:24\nRUN chmod 600 /b\nCMD a",
            "FROM node:24\nCOPY --chown=a . .\nCMD a",
            "FROM node:24\nRUN corepack enable\nCMD a",
            "FROM node:24\nRUN if a; then b; fi\nCMD a",
            "FROM node:24\nRUN <<E\na\nE\nCMD a",
            "FROM node:24\nCMD a\nRUN b",
            "FROM node:24\nRUN a",
            "FROM python:3.13\nRUN pipenv install\nCMD a",
            "FROM python:3.13\nRUN pip install --user a\nCMD a",
            "FROM golang:1.25\nCMD a",
        ];
        for text in texts {
            assert_eq!(said("", text).lines().next(), Some("medium: the image starts as root"), "{text}");
            assert_eq!(rewritten("", text), None, "{text}");
        }
        for keys in ["volumes: [data:/data]", "network_mode: host", "volumes_from: [b]"] {
            assert_eq!(rewritten(keys, "FROM node:24\nCMD a"), None, "{keys}");
        }
        assert!(rewritten("volumes: [./a:/a:ro]", "FROM node:24\nCMD a").is_some());
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
                "medium: the image starts as root + fix",
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
            ("", "FROM mcr.microsoft.com/dotnet/aspnet:9.0-noble-chiseled\nCMD a", "-"),
            ("", "FROM registry.access.redhat.com/ubi9/python-312:1\nCMD a", "-"),
            ("", "FROM acme/ubi9:1\nCMD a", "-"),
            ("", "FROM rockylinux:9\nCMD [\"/usr/sbin/httpd\", \"-DFOREGROUND\"]", "-"),
            ("", "ARG B\nFROM $B\nCMD a", "-"),
            ("", "RUN a", "-"),
            ("", "FROM node:24-slim\nARG U=node\nUSER $U\nCMD a", "already"),
        ];
        for (keys, text, expected) in cases {
            assert_eq!(said(keys, text).lines().next(), Some(expected), "{keys}: {text}");
        }
    }
}
