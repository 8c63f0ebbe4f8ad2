//! An image reference as written in `image:`, brought to the name by which the catalogue knows it.
//!
//! Mirrors and other spellings of Docker Hub are folded into one name; nothing else is: a private image never
//! becomes a public one because its last name is the same.

use super::expand::{UNKNOWN, expand};

/// Where an image comes from and which one it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// The registry; `None` is Docker Hub, under any of its names and mirrors.
    pub registry: Option<String>,
    /// The repository, on Docker Hub without `library/`: `postgres`, `grafana/grafana`.
    pub repository: String,
    /// The tag; `None` when there is none, which means `latest`.
    pub tag: Option<Tag>,
    /// The digest, with its algorithm, when there is one.
    pub digest: Option<String>,
    /// Whether the name or the tag is the default of a variable, which the environment may replace.
    pub from_variable: bool,
}

/// A tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tag {
    /// Written out, or the default of a variable.
    Known(String),
    /// Only the environment knows it.
    Unknown,
}

/// Other names of Docker Hub, and caches that pass it through under the same repository names.
const DOCKER_HUB: [&str; 8] = [
    "docker.io",
    "index.docker.io",
    "registry-1.docker.io",
    "registry.hub.docker.com",
    "hub.docker.com",
    "mirror.gcr.io",
    "public.ecr.aws/docker",
    "mcr.microsoft.com/mirror/docker",
];

/// Registries that hold the same image as Docker Hub below another namespace.
const SAME: [(&str, &str); 3] = [
    ("lscr.io/linuxserver/", "linuxserver/"),
    ("ghcr.io/linuxserver/", "linuxserver/"),
    ("public.ecr.aws/bitnami/", "bitnami/"),
];

/// Namespaces of Docker Hub with the official images for one machine.
const ARCHITECTURES: [&str; 8] =
    ["library", "amd64", "arm64v8", "arm32v7", "arm32v6", "i386", "ppc64le", "s390x"];

impl Reference {
    /// Reads a reference. Variables stand for their defaults; `None` when the name depends on a variable without one,
    /// or there is no name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let expanded = expand(text.trim());
        let (name, digest) = match expanded.text.split_once('@') {
            Some((name, digest)) => (name, Some(digest.to_owned())),
            None => (expanded.text.as_str(), None),
        };
        let (name, tag) = split_tag(name);
        if name.is_empty() || name.contains(UNKNOWN) {
            return None;
        }
        let (registry, repository) = split_registry(name);
        Some(Self {
            registry: registry.map(str::to_owned),
            repository: repository.to_owned(),
            tag: tag.map(tag_of),
            digest,
            from_variable: expanded.from_variable,
        })
    }

    /// The name under which the catalogue would have it: the repository, after its registry unless that is Docker Hub.
    #[must_use]
    pub fn name(&self) -> String {
        match &self.registry {
            Some(registry) => format!("{registry}/{}", self.repository),
            None => self.repository.clone(),
        }
    }

    /// Whether nothing pins it to a version: no digest, and no tag or `latest`.
    #[must_use]
    pub fn is_latest_or_untagged(&self) -> bool {
        let moving = match &self.tag {
            None => true,
            Some(Tag::Known(tag)) => tag == "latest",
            Some(Tag::Unknown) => false,
        };
        moving && self.digest.is_none()
    }

    /// The tag when it is known; an absent one is `latest`, unless a digest says which image it is.
    #[must_use]
    pub fn known_tag(&self) -> Option<&str> {
        match &self.tag {
            Some(Tag::Known(tag)) => Some(tag),
            Some(Tag::Unknown) => None,
            None => self.digest.is_none().then_some("latest"),
        }
    }

    /// The first number of the version that the tag names.
    #[must_use]
    pub fn major(&self) -> Option<u32> {
        self.version().map(|(major, _)| major)
    }

    /// The first two numbers of the version that the tag names; without a second one it moves with the newest, which
    /// counts as the largest.
    #[must_use]
    pub fn version(&self) -> Option<(u32, u32)> {
        version_of(self.known_tag()?)
    }

    /// Whether the tag says that the image is built on Alpine.
    #[must_use]
    pub fn is_alpine(&self) -> bool {
        self.known_tag().is_some_and(|tag| tag.contains("alpine"))
    }
}

fn tag_of(tag: &str) -> Tag {
    if tag.contains(UNKNOWN) { Tag::Unknown } else { Tag::Known(tag.to_owned()) }
}

/// `16.4-alpine`, `v3`, `7`: the version a tag starts with.
fn version_of(tag: &str) -> Option<(u32, u32)> {
    let numbers = tag.strip_prefix('v').unwrap_or(tag);
    let numbers = numbers.split(|c: char| !(c.is_ascii_digit() || c == '.')).next()?;
    let mut numbers = numbers.split('.');
    let major = numbers.next()?.parse().ok()?;
    Some((major, numbers.next().and_then(|minor| minor.parse().ok()).unwrap_or(u32::MAX)))
}

/// Splits the tag off: what follows a colon in the last segment (an earlier colon is a port).
fn split_tag(name: &str) -> (&str, Option<&str>) {
    match name.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => (name, Some(tag).filter(|tag| !tag.is_empty())),
        _ => (name, None),
    }
}

/// Splits the registry off and folds the names of Docker Hub into none.
fn split_registry(name: &str) -> (Option<&str>, &str) {
    if let Some((same, rest)) =
        SAME.iter().find_map(|(prefix, same)| Some((same, name.strip_prefix(prefix)?)))
        && let Some(at) = name.len().checked_sub(rest.len() + same.len())
    {
        return (None, name.get(at..).unwrap_or(name));
    }
    let on_hub = DOCKER_HUB.iter().find_map(|hub| name.strip_prefix(hub)?.strip_prefix('/'));
    if let Some(repository) = on_hub {
        return (None, official(repository));
    }
    match name.split_once('/') {
        Some((host, repository)) if host.contains(['.', ':']) || host == "localhost" => {
            (Some(host), repository)
        }
        _ => (None, official(name)),
    }
}

/// `library/postgres` and `arm64v8/postgres` are `postgres`.
fn official(repository: &str) -> &str {
    match repository.split_once('/') {
        Some((namespace, name)) if ARCHITECTURES.contains(&namespace) => name,
        _ => repository,
    }
}

#[cfg(test)]
mod tests {
    use super::{Reference, Tag};

    fn name(text: &str) -> Option<String> {
        Reference::parse(text).map(|reference| reference.name())
    }

    #[test]
    fn every_spelling_of_docker_hub_is_one_name() {
        for text in [
            "postgres",
            "postgres:16",
            "library/postgres:16",
            "docker.io/postgres",
            "docker.io/library/postgres:16@sha256:abc",
            "index.docker.io/library/postgres",
            "registry-1.docker.io/library/postgres:16-alpine",
            "mirror.gcr.io/library/postgres",
            "mirror.gcr.io/postgres:16",
            "public.ecr.aws/docker/library/postgres:16",
            "arm64v8/postgres",
            "postgres@sha256:abc",
            "postgres:${PG:-16}",
            "postgres:${PG}",
            "${IMAGE:-postgres:16}",
            "${REGISTRY:-}postgres:16",
            "${REGISTRY:-docker.io/}postgres",
        ] {
            assert_eq!(name(text).as_deref(), Some("postgres"), "{text}");
        }
        assert_eq!(name("lscr.io/linuxserver/plex:latest").as_deref(), Some("linuxserver/plex"));
        assert_eq!(name("ghcr.io/linuxserver/plex").as_deref(), Some("linuxserver/plex"));
        assert_eq!(name("docker.io/grafana/grafana").as_deref(), Some("grafana/grafana"));
    }

    #[test]
    fn a_private_image_keeps_its_own_name() {
        for text in [
            "ghcr.io/acme/postgres",
            "acme/postgres",
            "localhost/postgres",
            "localhost:5000/postgres",
            "registry.example.com:5000/library/postgres",
            "registry.example.com/postgres",
            "quay.io/acme/postgres",
            "public.ecr.aws/acme/postgres",
        ] {
            assert_eq!(name(text).as_deref(), Some(text), "{text}");
        }
        assert_eq!(name("ghcr.io/acme/postgres:1").as_deref(), Some("ghcr.io/acme/postgres"));
    }

    #[test]
    fn a_name_that_only_the_environment_knows_is_none() {
        for text in
            ["${IMG}", "$IMG:16", "${REGISTRY}/postgres", "${REG}postgres", "", "${IMG:?set it}", ":16"]
        {
            assert_eq!(name(text), None, "{text}");
        }
    }

    #[test]
    fn tags_ports_and_digests() {
        let parse = |text| Reference::parse(text).unwrap();
        let port = parse("registry.example.com:5000/app");
        assert_eq!((port.registry.as_deref(), port.tag), (Some("registry.example.com:5000"), None));
        let full = parse("docker.io/library/redis:7.2-alpine@sha256:abc");
        assert_eq!(full.tag, Some(Tag::Known("7.2-alpine".to_owned())));
        assert_eq!(full.digest.as_deref(), Some("sha256:abc"));
        assert!(full.is_alpine() && !full.from_variable && !full.is_latest_or_untagged());
        assert_eq!((full.major(), full.version()), (Some(7), Some((7, 2))));
        let default = parse("postgres:${PG:-16}");
        assert!(default.from_variable);
        assert_eq!(default.major(), Some(16));
        let unknown = parse("postgres:${PG}-alpine");
        assert_eq!(
            (unknown.tag.clone(), unknown.known_tag(), unknown.is_alpine()),
            (Some(Tag::Unknown), None, false)
        );
        assert!(!unknown.is_latest_or_untagged());
        assert!(parse("redis").is_latest_or_untagged() && parse("redis:latest").is_latest_or_untagged());
        assert_eq!(parse("traefik:v3.1").version(), Some((3, 1)));
        assert_eq!(parse("redis:alpine").version(), None);
        assert_eq!(parse("redis@sha256:abc").known_tag(), None);
    }
}
