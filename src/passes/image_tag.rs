//! The pass `image_tag`. What it does and why stands in `image_tag.md`, which `harden explain` prints.
#![doc = include_str!("image_tag.md")]

use super::{Context, Meta, Pass, PassKind, Reads, findings, grounds};
use crate::image::{Reference, Tag};
use crate::plan::{Severity, Skip, Verdict};

/// The pass.
#[derive(Debug)]
pub struct ImageTag;

const META: Meta = Meta {
    id: "image_tag",
    summary: "images without a version or a digest",
    kind: PassKind::Advice,
    text: include_str!("image_tag.md"),
    reads: Reads { keys: &["image"], facts: &[] },
};

/// First words of tags that name no version: they follow a branch, a channel or the newest release.
const MOVING: [&str; 24] = [
    "alpine",
    "beta",
    "canary",
    "current",
    "dev",
    "develop",
    "edge",
    "head",
    "latest",
    "lts",
    "main",
    "mainline",
    "master",
    "next",
    "nightly",
    "prod",
    "production",
    "release",
    "rolling",
    "slim",
    "stable",
    "staging",
    "test",
    "unstable",
];

const HELP: &str = "name the version you have tested; a digest pins it for good";

impl Pass for ImageTag {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn run(&self, context: &Context<'_>) -> Verdict {
        let written = context.service.image.as_ref().filter(|_| !context.image.built_here);
        let Some((image, reference)) = written.zip(context.image.reference.as_ref()) else {
            return Verdict::Skip(Skip::NotApplicable);
        };
        if reference.digest.is_some() {
            return Verdict::Already(grounds::written(image));
        }
        match moving(reference) {
            Some(message) => findings::advise(Severity::Medium, message, HELP, image.place),
            None if reference.tag == Some(Tag::Unknown) => Verdict::Skip(Skip::NotApplicable),
            None => findings::advise(
                Severity::Low,
                "the image is pinned by a tag only",
                "add its digest where every deployment must be the same",
                image.place,
            ),
        }
    }
}

/// What makes the image change without a change of the file.
fn moving(reference: &Reference) -> Option<String> {
    match &reference.tag {
        None => Some("the image has no tag, which means `latest`".to_owned()),
        Some(Tag::Known(tag)) => is_moving(tag).then(|| format!("the tag `{tag}` names no version")),
        Some(Tag::Unknown) => None,
    }
}

pub(super) fn is_moving(tag: &str) -> bool {
    let first = tag.split(['-', '_']).next().unwrap_or_default();
    let has_version = tag.split(['-', '_']).any(|word| word.starts_with(|c: char| c.is_ascii_digit()));
    MOVING.contains(&first) && !has_version
}

#[cfg(test)]
mod tests {
    use super::ImageTag;
    use crate::compose::Project;
    use crate::image;
    use crate::passes::findings::said;
    use crate::passes::testing::{service, verdict};

    fn run(text: &str) -> String {
        let project = Project { services: vec![service(text)], ..Project::default() };
        let images = image::of_project(&project);
        said(&verdict(&ImageTag, &project.services[0], &images[0]))
    }

    #[test]
    fn what_the_tag_says() {
        let only_tag = "low: the image is pinned by a tag only";
        let cases = [
            ("postgres", "medium: the image has no tag, which means `latest`"),
            ("ghcr.io/acme/app", "medium: the image has no tag, which means `latest`"),
            ("postgres:latest", "medium: the tag `latest` names no version"),
            ("postgres:${PG:-latest}", "medium: the tag `latest` names no version"),
            ("redis:alpine", "medium: the tag `alpine` names no version"),
            ("app:stable-slim", "medium: the tag `stable-slim` names no version"),
            ("acme/app:main", "medium: the tag `main` names no version"),
            ("postgres:16", only_tag),
            ("debian:bookworm-slim", only_tag),
            ("app:stable-2024.05", only_tag),
            ("redis:alpine3.20", only_tag),
            ("localhost:5000/app:1.2", only_tag),
            ("postgres:16@sha256:abc", "already"),
            ("postgres@sha256:abc", "already"),
            ("postgres:${PG}", "-"),
            ("${IMAGE}", "-"),
            ("${IMAGE:-postgres:16}", only_tag),
        ];
        for (image, expected) in cases {
            assert_eq!(run(&format!("image: {image}")), expected, "{image}");
        }
    }

    #[test]
    fn what_is_built_is_not_pulled() {
        assert_eq!(run("build: .\nimage: app"), "-");
        let services = vec![service("build: .\nimage: app"), service("image: app"), service("image: other")];
        let project = Project { services, ..Project::default() };
        let images = image::of_project(&project);
        let said = |at: usize| said(&verdict(&ImageTag, &project.services[at], &images[at]));
        assert_eq!(said(1), "-");
        assert!(said(2).starts_with("medium"));
    }
}
