//! Dockerfile texts and what they say of an image.

use std::sync::Arc;

use super::{Built, read};
use crate::compose::{Build, Dockerfile, Recipe, Secret, Spanned};
use crate::image::{Basis, Facts, Init, Start};
use crate::passes::testing::service;

fn describe(text: &str, yaml: &str) -> Option<(Facts, Built)> {
    let mut service = service(yaml);
    let file = Dockerfile {
        path: "D".to_owned(),
        file: None,
        first_line: 1,
        text: Secret::new(text),
        lines: std::sync::Arc::default(),
    };
    let build = service.build.get_or_insert_with(|| Box::new(Spanned::planned(Build::default())));
    build.value.recipe = Recipe::Found(Arc::new(file));
    let build = build.value.clone();
    read(&build, &service)
}

fn facts(text: &str) -> Facts {
    describe(text, "image: x").unwrap_or_else(|| panic!("not read: {text}")).0
}

fn built(text: &str) -> Built {
    describe(text, "image: x").unwrap_or_else(|| panic!("not read: {text}")).1
}

/// How it starts: the user and the line that says so.
fn user(text: &str) -> String {
    let built = built(text);
    match (built.start, built.user) {
        (Some(Start::Image(spec)), Some(line)) => format!("{spec} {line}"),
        (Some(Start::Image(spec)), None) => format!("{spec} base"),
        (Some(Start::Named), Some(line)) => format!("named {line}"),
        (start, line) => format!("{start:?} {line:?}"),
    }
}

/// The tmpfs list when it is sure enough, or `?` and the reason.
fn written(text: &str, yaml: &str) -> String {
    let (facts, _) = describe(text, yaml).unwrap();
    let Some(fact) = facts.read_only else { return "nothing".to_owned() };
    if fact.basis == Basis::Doubtful {
        return format!("? {}", fact.source.split(": assumes").next().unwrap_or_default());
    }
    let list = facts.tmpfs.unwrap().value;
    list.iter().map(|tmpfs| tmpfs.path.as_str()).collect::<Vec<_>>().join(" ")
}

#[test]
fn the_base_image_by_way_of_stages_and_arguments() {
    let cases = [
        ("FROM node:22", "node"),
        ("FROM --platform=$BUILDPLATFORM python:3.12-slim AS base\nFROM base\nFROM base AS last", "python"),
        ("ARG V=22\nARG IMAGE=node:${V}\nFROM ${IMAGE}", "node"),
        ("ARG V\nFROM node:${V:-22}-alpine", "node"),
        ("FROM golang AS build\nFROM docker.io/library/alpine:3\nCOPY --from=build /x /x", "alpine"),
        ("FROM acme/base:1", "acme/base:1"),
        ("FROM ${SECRET_BASE}", "${SECRET_BASE}"),
        ("FROM scratch", "scratch"),
        ("\u{feff}# syntax=docker/dockerfile:1\n\nFROM node", "node"),
        ("FROM node\r\nRUN a \\\r\n  && b\r\n", "node"),
    ];
    for (text, expected) in cases {
        assert_eq!(facts(text).name, expected, "{text}");
    }
}

#[test]
fn arguments_of_the_build_win_and_are_not_shown() {
    let text = "ARG BASE=alpine\nFROM ${BASE}\nARG UID=1000\nUSER $UID:$UID";
    let yaml = "build: {args: {BASE: 'node:22', UID: 1234}}";
    let (facts, built) = describe(text, yaml).unwrap();
    assert_eq!((facts.name.as_ref(), user(text).as_str()), ("node", "1000:1000 4"));
    assert_eq!(built.start, Some(Start::Image(crate::image::UserSpec { uid: 1234, gid: 1234 })));
    let (facts, built) = describe(text, "build: {args: [BASE=hush.example.com/hush, UID]}").unwrap();
    assert_eq!((facts.name.as_ref(), built.start), ("${BASE}", None), "only the shell knows UID");
    assert!(!format!("{facts:?}").contains("hush"));
}

#[test]
fn a_target_is_where_it_stops() {
    let text = "FROM node AS dev\nUSER node\nFROM node AS prod\nUSER 1234\n";
    let start = |target: &str| {
        let described = describe(text, &format!("build: {{target: '{target}'}}"));
        described.map(|(_, built)| built.user)
    };
    assert_eq!(start("dev"), Some(Some(2)));
    assert_eq!(start("PROD"), Some(Some(4)));
    assert_eq!(start("0"), Some(Some(2)));
    assert_eq!(start(""), Some(Some(4)));
    assert_eq!(start("${STAGE:-dev}"), Some(Some(2)));
    assert_eq!(start("none"), None);
    assert_eq!(start("$STAGE"), None);
}

#[test]
fn who_it_starts_as() {
    let cases = [
        ("FROM node\nUSER node", "1000:1000 2"),
        ("FROM node\nUSER \"node\"", "1000:1000 2"),
        ("FROM python\nRUN useradd -m app\nUSER app", "1000:1000 3"),
        ("FROM acme/x\nRUN groupadd -g 7 g && useradd -u 5 -g g app\nUSER app", "5:7 3"),
        ("FROM acme/x\nUSER app", "named 2"),
        ("FROM acme/x\nUSER app:app", "named 2"),
        ("FROM acme/x\nUSER 1000", "1000:0 2"),
        ("FROM acme/x\nUSER 1000:2000", "1000:2000 2"),
        ("FROM node\nUSER node\nUSER root", "None None"),
        ("FROM node\nUSER 0", "None None"),
        ("FROM node\nUSER $WHO", "None None"),
        ("FROM node\nENV WHO=node\nUSER ${WHO}", "1000:1000 3"),
        ("FROM node", "None None"),
        ("FROM nginx\nUSER nginx", "101:101 2"),
        ("FROM mcr.microsoft.com/dotnet/aspnet:8.0\nUSER $APP_UID", "1654:1654 2"),
        ("FROM node AS a\nUSER node\nFROM a\nRUN x", "1000:1000 2"),
        ("FROM node AS a\nONBUILD USER node\nFROM a\nRUN x", "1000:1000 2"),
        ("FROM node AS a\nONBUILD USER node\nUSER root", "None None"),
        (
            "FROM acme/b AS b\nRUN useradd -u 9 -g 9 app\nFROM scratch\nCOPY --from=b /etc/passwd /etc/\nUSER app",
            "9:9 5",
        ),
        ("FROM alpine\nRUN <<EOF\naddgroup -g 3 app\nadduser -D -u 4 -G app app\nEOF\nUSER app", "4:3 6"),
        ("FROM alpine\nRUN sh <<EOF && true\nadduser -D -u 4 app\nEOF\nUSER app", "4:4 5"),
        ("FROM alpine\nRUN cat <<EOF > /x\nUSER no\nEOF\nUSER nobody", "65534:65534 5"),
        ("FROM alpine\nRUN [\"adduser\", \"-D\", \"-u\", \"4\", \"app\"]\nUSER app", "4:4 3"),
        ("FROM alpine\nRUN [\"/bin/sh\", \"-c\", \"adduser -D -u 4 app\"]\nUSER app", "4:4 3"),
    ];
    for (text, expected) in cases {
        assert_eq!(user(text), expected, "{text}");
    }
}

#[test]
fn what_a_user_may_write() {
    let app = "FROM debian\nRUN groupadd -g 5 app && useradd -u 5 -g app -m app\n";
    let cases = [
        ("USER app", "/tmp"),
        ("WORKDIR /app\nCOPY . .\nUSER app", "/tmp"),
        ("RUN mkdir -p /run/app /cache && chown app:app /run/app /cache\nUSER app", "/tmp /cache /run/app"),
        ("RUN mkdir /var/run/app && chown -R 5 /var/run/app\nUSER 5", "/tmp /run/app"),
        ("RUN install -d -o app -g app -m 0750 /cache\nUSER app", "/tmp /cache"),
        ("RUN mkdir -m 1777 /cache\nUSER app", "/tmp /cache"),
        ("RUN mkdir /cache && chgrp 0 /cache && chmod g=u /cache\nUSER 77", "/tmp /cache"),
        ("RUN mkdir /cache && chown other /cache\nUSER app", "/tmp"),
        ("RUN cd / && mkdir cache && chown app cache\nUSER app", "/tmp /cache"),
        ("USER app\nWORKDIR /work", "/tmp /work"),
        ("USER app\nWORKDIR /work\nRUN npm ci", "? `D:4` lets it write among the files in `/work`"),
        ("COPY --chown=app . /app\nUSER app", "? `D:3` lets it write among the files in `/app`"),
        ("COPY --chown=app app.jar /app/\nUSER app", "? `D:3` lets it write among the files in `/app`"),
        (
            "COPY --chown=app app.jar /app/app.jar\nUSER app",
            "? `D:3` lets it write among the files in `/app`",
        ),
        ("COPY --chown=app app.jar /app.jar\nUSER app", "/tmp"),
        ("WORKDIR /app\nCOPY --chown=app app.jar ./\nUSER app", "/tmp"),
        ("WORKDIR /app\nCOPY --chown=app app.jar app.jar\nUSER app", "/tmp"),
        ("COPY --chown=app server /server\nUSER app\nENTRYPOINT [\"/server\"]", "/tmp"),
        (
            "WORKDIR /app\nCOPY . .\nRUN chown -R app .\nUSER app",
            "? `D:5` lets it write among the files in `/app`",
        ),
        ("RUN chown -R app /opt/x\nUSER app", "? `D:3` lets it write among the files in `/opt/x`"),
        (
            "RUN mkdir /cache && chown app /cache && cp x /cache/\nUSER app",
            "? `D:3` lets it write among the files in `/cache`",
        ),
        ("RUN chown app $WHERE\nUSER app", "? `D:3` hands over a path that cannot be read off it"),
        ("RUN chown app /srv/*\nUSER app", "? `D:3` hands over a path that cannot be read off it"),
        (
            "RUN mkdir /data && chown app /data\nUSER app",
            "? `D:3` gives it `/data`, which may hold what has to last: mount a volume there",
        ),
        ("RUN mkdir /data && chown app /data\nVOLUME [\"/data\"]\nUSER app", "/tmp"),
        ("COPY x /home/app/x\nUSER app", "? `D:2` lets it write among the files in `/home/app`"),
        ("RUN mkdir /cache && chown app /cache", "nothing"),
    ];
    for (lines, expected) in cases {
        assert_eq!(written(&format!("{app}{lines}"), "image: x"), expected, "{lines}");
    }
}

#[test]
fn what_the_compose_file_adds() {
    let text = "FROM debian\nCOPY --chown=5 . /app\nUSER 5";
    assert!(written(text, "image: x").starts_with('?'));
    assert_eq!(written(text, "volumes: ['.:/app']"), "/tmp");
    assert_eq!(written(text, "tmpfs: /app"), "/tmp");
    assert_eq!(written(text, "user: '6:6'"), "/tmp", "it is somebody else's");
    assert_eq!(written(text, "user: root"), "nothing");
    assert_eq!(written(text, "user: '${U}'"), "nothing");
    let root = "FROM debian\nRUN mkdir /cache && chown 6 /cache";
    assert_eq!(written(root, "user: '6:6'"), "/tmp /cache");
    assert_eq!(
        written("FROM acme/x\nRUN mkdir -p /c && chown 6 /c\nUSER 6", "image: x"),
        "? `D:2` lets it write among the files in `/c`"
    );
    assert_eq!(written("FROM acme/x\nRUN mkdir /c && chown 6 /c\nUSER 6:6", "image: x"), "/tmp /c");
}

#[test]
fn inits_and_what_steps_down() {
    let init = |text: &str, yaml: &str| match describe(text, yaml).unwrap().0.init {
        Some(fact) => match (fact.value, fact.basis) {
            (Init::Own(name), Basis::Dockerfile(line)) => format!("{name} {line}"),
            (Init::Own(name), _) => name,
            _ => "none".to_owned(),
        },
        None => "unknown".to_owned(),
    };
    let cases = [
        ("FROM acme/x\nENTRYPOINT [\"/usr/bin/tini\", \"--\", \"app\"]", "image: x", "tini 2"),
        ("FROM acme/x\nENTRYPOINT exec dumb-init app", "image: x", "dumb-init 2"),
        ("FROM acme/x\nCMD [\"supervisord\", \"-n\"]", "image: x", "supervisord 2"),
        ("FROM acme/x\nCMD [\"supervisord\", \"-n\"]", "command: app", "unknown"),
        ("FROM acme/x\nCMD [\"supervisord\"]\nENTRYPOINT [\"app\"]", "image: x", "supervisord 2"),
        ("FROM acme/x AS a\nCMD [\"supervisord\"]\nFROM a\nENTRYPOINT [\"app\"]", "image: x", "unknown"),
        ("FROM acme/x\nENTRYPOINT [\"tini\", \"--\"]\nENTRYPOINT []", "image: x", "unknown"),
        ("FROM acme/x\nENTRYPOINT [\"tini\", \"--\"]", "entrypoint: app", "unknown"),
        ("FROM acme/x\nENTRYPOINT [\"/init\"]", "image: x", "init 2"),
        ("FROM linuxserver/plex", "image: x", "s6-overlay v3"),
        ("FROM node", "image: x", "none"),
    ];
    for (text, yaml, expected) in cases {
        assert_eq!(init(text, yaml), expected, "{text} with {yaml}");
    }
    let step_down = facts("FROM acme/x\nENTRYPOINT [\"gosu\", \"app\", \"run\"]").step_down.unwrap();
    assert_eq!((step_down.value.as_str(), step_down.basis), ("gosu", Basis::Dockerfile(2)));
}

#[test]
fn capabilities_of_programs() {
    let caps = |text: &str| {
        let fact = facts(text).caps_user.unwrap();
        (fact.value.join(" "), fact.basis)
    };
    assert_eq!(caps("FROM node\nUSER node"), (String::new(), Basis::Dockerfile(2)));
    assert_eq!(caps("FROM acme/x\nUSER 5").1, Basis::Assumed);
    assert_eq!(caps("FROM alpine\nRUN apk add iputils\nUSER 5").1, Basis::Assumed);
    let set = "FROM node\nRUN apt-get install -y x \\\n && setcap 'cap_net_raw,cap_net_bind_service=+ep' /x\nUSER node";
    assert_eq!(caps(set), ("NET_BIND_SERVICE NET_RAW".to_owned(), Basis::Dockerfile(3)));
    assert!(facts("FROM node").caps_user.is_none());
}

#[test]
fn what_else_it_says() {
    let facts = facts(
        "FROM acme/x\nEXPOSE 80/tcp 443 $P 80\nVOLUME /a /b\nHEALTHCHECK --interval=5s CMD curl -f x\n\
         RUN apt-get install -y sudo=1.9",
    );
    assert_eq!(facts.ports, [80, 443]);
    assert_eq!(facts.data.unwrap().value, ["/a", "/b"]);
    let health = facts.healthcheck.unwrap();
    assert_eq!(
        (health.value.command.as_str(), health.value.builtin, health.basis),
        ("curl -f x", true, Basis::Dockerfile(4))
    );
    let sudo = facts.no_new_privileges.unwrap();
    assert_eq!(
        (sudo.value, sudo.source.as_ref()),
        (false, "`D:5` installs `sudo`, which could do nothing any more")
    );
    assert!(describe("FROM acme/x\nHEALTHCHECK NONE", "image: x").unwrap().0.healthcheck.is_none());
}

#[test]
fn another_program_than_that_of_the_base() {
    let facts = |text: &str| facts(text);
    for text in ["FROM nginx\nCOPY x /y", "FROM nginx\nCMD [\"nginx\", \"-g\", \"daemon off;\"]"] {
        assert!(facts(text).tmpfs.is_some(), "{text}");
    }
    for text in
        ["FROM nginx\nCMD [\"/start.sh\"]", "FROM nginx\nENTRYPOINT [\"/x\"]", "FROM nginx\nCMD nginx"]
    {
        assert!(facts(text).tmpfs.is_none(), "{text}");
    }
    let over = facts("FROM nginx\nCOPY x /var/cache/nginx/x");
    assert_eq!(over.read_only.unwrap().basis, Basis::Doubtful);
    assert!(over.tmpfs.unwrap().value.iter().all(|tmpfs| tmpfs.path != "/var/cache/nginx"));
    assert!(built("FROM nginx\nRUN x").assumed.is_some() && built("FROM nginx").assumed.is_none());
}

#[test]
fn windows_images() {
    for text in [
        "# escape=`\nFROM acme/x\nRUN a `\n b",
        "FROM mcr.microsoft.com/windows/servercore:ltsc2022",
        "FROM --platform=windows/amd64 acme/x",
    ] {
        assert!(built(text).windows, "{text}");
    }
    assert!(!built("FROM acme/x").windows);
}

#[test]
fn what_no_builder_takes_is_none() {
    for text in ["", "RUN x", "FROM", "FROM a\nWHAT x", "FROM a AS b\nFROM a AS b", "\0"] {
        assert!(describe(text, "image: x").is_none(), "{text:?}");
    }
    let many = "FROM a\n".repeat(201);
    assert!(describe(&many, "image: x").is_none());
}

/// Takes pieces out of texts, doubles them and mixes them: nothing panics.
#[test]
fn no_text_makes_it_panic() {
    let texts = [
        "# escape=`\nARG A=\"x y\" B\nFROM a:${A:-${B:+c}} AS b\nRUN <<EOF\nmkdir x\nEOF\nUSER b:c\n",
        "FROM b\nRUN cat <<'E' > /x && bash <<-F\nq\nE\n\tuseradd -u 1 -g -m\n\tF\nENTRYPOINT []\nCMD [\"a\", \"é\"]\n",
        "FROM c\nRUN set -eux; \\\n # note\n chown -R a.b ${X%%y} $(id -u) `x` '/a b' \"$'c\" {a,b} && setcap cap_a,=ep x\n",
        "FROM d\nCOPY --chown=a:b --from=b [\"x\", \"/y/\"]\nONBUILD ADD x /\nVOLUME [\"/a\"] \nEXPOSE 1-2/tcp\nSHELL [\"a\"]\n",
        "FROM e\nRUN install -d -o a -g 7 -m 0777 /x ./y && usermod -l b -u x a && adduser -DHS -g '' -G q w\nWORKDIR ../../x\n",
    ];
    let mut seed = 0x2545_f491_u64;
    let mut random = |below: usize| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        usize::try_from(seed % below.max(1) as u64).unwrap_or(0)
    };
    let mut read = 0;
    for round in 0..4000 {
        let mut chars: Vec<char> = texts[random(texts.len())].chars().collect();
        if round % 3 == 0 {
            chars.extend(texts[random(texts.len())].chars());
        }
        for _ in 0..=random(6) {
            let (from, length) = (random(chars.len()), random(12));
            let piece: Vec<char> = chars.iter().skip(from).take(length).copied().collect();
            let to = random(chars.len());
            match random(3) {
                0 => drop(chars.drain(from..(from + length).min(chars.len()))),
                1 => drop(chars.splice(to..to, piece)),
                _ => chars.insert(to, ['\\', '\n', '"', '$', '{', '\0', '<', '`', 'é', '\''][random(10)]),
            }
        }
        let text: String = chars.into_iter().collect();
        read += usize::from(describe(&text, "image: x").is_some());
    }
    assert!(read > 500, "too few were read to mean anything: {read}");
    let deep = format!("FROM a\nRUN {}", "${A:-".repeat(50_000));
    drop(describe(&deep, "image: x"));
}
