//! The pass `layer_size`. What it does and why stands in `layer_size.md`, which `harden explain` prints.
#![doc = include_str!("layer_size.md")]

use super::super::{Context, Meta, Pass, PassKind, Reads, findings};
use super::view::{View, look};
use super::{hidden, recommends};
use crate::plan::{Evidence, Severity, Skip, Verdict};
use crate::source::Place;

/// The pass.
#[derive(Debug)]
pub struct LayerSize;

const META: Meta = Meta {
    id: "layer_size",
    summary: "packages nobody asked for, and files that a later layer only hides",
    kind: PassKind::Advice,
    text: include_str!("layer_size.md"),
    reads: Reads { keys: &["build"], facts: &[] },
};

const RECOMMENDED: &str = "`apt-get install` also installs what its packages only recommend";

impl Pass for LayerSize {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn is_of_build(&self) -> bool {
        true
    }

    fn run(&self, context: &Context<'_>) -> Verdict {
        look(context, judge).unwrap_or(Verdict::Skip(Skip::NotApplicable))
    }
}

fn judge(view: &View<'_>) -> Verdict {
    if view.instructions().any(|it| it.keyword == "SHELL") {
        return Verdict::Skip(Skip::NotApplicable);
    }
    let hidden = hidden::find(view).map(|found| {
        let message = format!("deleted in a later layer only, and so still in the image: {}", found.names);
        (message, found.help, found.place)
    });
    let recommended = recommends::find(view);
    let fix = recommended.as_ref().map(|found| found.fix.clone()).unwrap_or_default();
    let recommended = recommended.map(|found| (RECOMMENDED.to_owned(), found.help, found.place));
    let all: Vec<(String, String, Place)> = [hidden, recommended].into_iter().flatten().collect();
    if let Some((_, _, place)) = all.first() {
        let messages: Vec<&str> = all.iter().map(|(message, _, _)| message.as_str()).collect();
        let helps: Vec<&str> = all.iter().map(|(_, help, _)| help.as_str()).collect();
        let advice = findings::advise(Severity::Low, messages.join("; "), helps.join("; "), Some(*place));
        return findings::with_fix(advice, fix);
    }
    let shown = recommends::without(view).map(|it| Verdict::Already(Evidence::File(view.place(it))));
    shown.unwrap_or(Verdict::Skip(Skip::NotApplicable))
}

#[cfg(test)]
mod tests {
    use super::super::testing::judge;
    use super::LayerSize;

    fn said(text: &str) -> String {
        judge(&LayerSize, "", text, "")
    }

    #[test]
    fn the_line_names_what_is_needed() {
        let line = |text: &str| said(text).split_once("write `").unwrap().1.to_owned();
        let cases = [
            ("FROM debian:13\nRUN apt-get install -y wget", "-y wget ca-certificates`"),
            ("FROM debian:13\nRUN apt-get install -y wget ca-certificates", "-y wget ca-certificates`"),
            ("FROM debian:13\nRUN apt-get install git=1:2", "git=1:2 ca-certificates`"),
            ("FROM node:24-slim\nRUN apt-get install git", "git ca-certificates`"),
            ("FROM node:24\nRUN apt-get install git", "git`"),
            ("FROM python:3.13\nRUN apt-get install gcc libpq-dev", "gcc libpq-dev libc6-dev`"),
            ("FROM debian:13\nRUN apt-get install tini", "tini`"),
            ("FROM debian:13\nRUN apt-get install a\nRUN apt install b", "a`, and the same in line 3"),
        ];
        for (text, expected) in cases {
            assert_eq!(line(text), format!("apt-get install --no-install-recommends {expected}"), "{text}");
        }
        assert!(said("FROM debian:13\nRUN apt-get install cmake").ends_with("recommends `gcc` and `make`"));
    }

    #[test]
    fn where_nothing_is_to_be_said() {
        let cases = [
            ("FROM debian:13\nRUN apt-get install --no-install-recommends -y curl", "already"),
            ("FROM debian:13\nRUN apt-get -y --no-install-recommends install curl", "already"),
            ("FROM debian:13\nRUN apt-get -o APT::Install-Recommends=0 install curl", "-"),
            ("FROM debian:13\nCOPY apt.conf /etc/apt/\nRUN apt-get install curl", "-"),
            ("FROM bitnami/minideb:bookworm\nRUN apt-get install curl", "-"),
            ("FROM debian:13\nRUN apt-get install -f", "-"),
            ("FROM debian:13\nRUN if a; then apt-get install curl; fi", "-"),
            ("FROM debian:13\nSHELL [\"bash\", \"-c\"]\nRUN apt-get install curl", "-"),
            ("FROM debian:13 AS a\nRUN apt-get install curl\nFROM scratch", "-"),
        ];
        for (text, expected) in cases {
            assert_eq!(said(text), expected, "{text}");
        }
    }

    #[test]
    fn what_is_deleted_too_late() {
        let cases = [
            ("RUN curl -o /tmp/a http://x/b\nRUN rm /tmp/a", "`/tmp/a`"),
            (
                "WORKDIR /w\nRUN curl -fsSLO http://x/b.tgz?c\nRUN sha256sum b.tgz\nRUN rm -f b.tgz",
                "`/w/b.tgz`",
            ),
            ("WORKDIR /w\nWORKDIR v\nRUN git clone http://x/y src\nRUN rm -rf ./src", "`/w/v/src`"),
            ("RUN git clone http://x/y /src\nRUN rm -rf /src/.git", "-"),
            ("RUN tar -xf a -C /opt/a\nRUN rm -rf /opt/*", "`/opt/*`"),
            ("COPY a.zip b.zip /tmp/\nRUN unzip /tmp/a.zip && rm /tmp/*.zip", "`/tmp/*.zip`"),
            ("COPY --from=b /x /tmp/x\nRUN rm -r /tmp/x", "`/tmp/x`"),
            ("RUN apk add --virtual .b gcc\nRUN make\nRUN apk del .b", "`.b`"),
            ("ADD a.tar.gz /tmp/\nRUN rm /tmp/a.tar.gz", "-"),
            ("COPY a /b\nRUN rm /a", "-"),
            ("COPY a b\nRUN rm b", "-"),
            ("RUN cd /x && wget http://x/y\nRUN cd /x && rm y", "-"),
            ("RUN wget -O - http://x/y | tar x\nRUN rm y", "-"),
            ("RUN apt-get purge -y perl", "-"),
            ("RUN mkdir /a && rmdir /a\nRUN rm -rf /b", "-"),
            ("RUN wget -O /a http://x && rm /a\nRUN rm -f /a", "-"),
        ];
        for (text, expected) in cases {
            let said = said(&format!("FROM alpine:3.22\n{text}"));
            let names = said.split('\n').next().unwrap_or_default().rsplit(": ").next().unwrap_or_default();
            assert_eq!(names, expected, "{text}: {said}");
        }
        let copied = said("FROM alpine:3.22\nCOPY k/a.zip /tmp/\nRUN unzip /tmp/a.zip && rm /tmp/a.zip");
        assert!(copied.contains("`RUN --mount=type=bind,source=k/a.zip,target=/tmp/a.zip`"), "{copied}");
    }
}
