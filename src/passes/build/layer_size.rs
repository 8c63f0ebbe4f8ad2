//! The pass `layer_size`. What it does and why stands in `layer_size.md`, which `harden explain` prints.
#![doc = include_str!("layer_size.md")]

use super::super::{Context, Meta, Pass, PassKind, Reads, findings};
use super::recommends;
use super::view::{View, look};
use crate::plan::{Evidence, Severity, Skip, Verdict};

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
    if let Some(found) = recommends::find(view) {
        let advice = findings::advise(Severity::Low, RECOMMENDED, found.help, Some(found.place));
        return findings::with_fix(advice, found.fix);
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
}
