//! `volumes` of a service: short form `[SOURCE:]TARGET[:MODE]` and long form.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor, value::MapAccessDeserializer};

use super::interpolate::{Piece, pieces};
use super::{Flag, Setting};

/// What is mounted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MountKind {
    /// A named volume of the project.
    Volume,
    /// A volume without a name.
    Anonymous,
    /// A path of the host.
    Bind,
    /// Memory.
    Tmpfs,
    /// Anything else: `npipe`, `cluster`, `image`.
    Other,
}

/// One mount.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mount {
    /// What is mounted.
    pub kind: MountKind,
    /// Volume name or host path, as written.
    pub source: Option<String>,
    /// Path in the container, as written, without a trailing slash.
    pub target: String,
    /// Whether it is mounted read-only.
    pub read_only: bool,
}

impl Mount {
    /// Reads the short form. An interpolation keeps its colons: `${DATA:-./data}:/data:ro`.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let parts = with_drives(&split_colons(text));
        let (source, target, mode) = match parts.as_slice() {
            [target] => (None, target.as_ref(), ""),
            [source, target, rest @ ..] => {
                (Some(source.as_ref()), target.as_ref(), rest.first().map_or("", AsRef::as_ref))
            }
            [] => (None, "", ""),
        };
        let read_only = mode.split(',').any(|option| option == "ro" || option == "readonly");
        let kind = source.map_or(MountKind::Anonymous, kind_of);
        Self { kind, source: source.map(str::to_owned), target: trim(target), read_only }
    }

    /// Whether the mount covers a path: its target is the path or lies above it.
    #[must_use]
    pub fn covers(&self, path: &str) -> bool {
        is_at_or_above(&self.target, path)
    }

    /// Whether the mount lies strictly below a path.
    #[must_use]
    pub fn is_below(&self, path: &str) -> bool {
        self.target != path && is_at_or_above(path, &self.target)
    }
}

/// Whether the first path is the second or an ancestor of it.
fn is_at_or_above(above: &str, path: &str) -> bool {
    let above = above.trim_end_matches('/');
    path.trim_end_matches('/')
        .strip_prefix(above)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn trim(target: &str) -> String {
    let trimmed = target.trim_end_matches('/');
    if trimmed.is_empty() { target.to_owned() } else { trimmed.to_owned() }
}

/// A source that is a path is a bind mount; anything else is the name of a volume. What begins with a variable is
/// taken for what its default begins with, and without one for a path: a bind mount is the more careful reading.
fn kind_of(source: &str) -> MountKind {
    match pieces(source).next() {
        Some(Piece::Variable(variable)) => match variable.default().filter(|text| !text.is_empty()) {
            Some(default) => kind_of(default),
            None => MountKind::Bind,
        },
        Some(Piece::Text(text)) if !is_path(text) => MountKind::Volume,
        _ => MountKind::Bind,
    }
}

fn is_path(text: &str) -> bool {
    text.starts_with(['/', '.', '~']) || text.contains('\\') || text.get(1..2) == Some(":")
}

/// Puts single letters back before what follows their colon: to Compose they are always drives, so that `a:/b` is a
/// path and no volume `a`.
fn with_drives<'t>(parts: &[&'t str]) -> Vec<Cow<'t, str>> {
    let is_drive = |part: &str| part.len() == 1 && part.starts_with(|c: char| c.is_ascii_alphabetic());
    let mut joined: Vec<Cow<'t, str>> = Vec::with_capacity(parts.len());
    for &part in parts {
        match joined.last_mut().filter(|last| is_drive(last)) {
            Some(drive) => *drive = Cow::Owned(format!("{drive}:{part}")),
            None => joined.push(Cow::Borrowed(part)),
        }
    }
    joined
}

/// Splits at the colons that are not inside `${…}`.
pub(super) fn split_colons(text: &str) -> Vec<&str> {
    let mut depth = 0_usize;
    let mut previous = ' ';
    text.split(|c: char| {
        match c {
            '{' if previous == '$' || depth > 0 => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        previous = c;
        c == ':' && depth == 0
    })
    .collect()
}

/// The long form.
#[derive(Deserialize)]
struct Long {
    #[serde(rename = "type", default)]
    kind: String,
    source: Option<String>,
    #[serde(default)]
    target: String,
    read_only: Option<Setting<Flag>>,
}

impl From<Long> for Mount {
    fn from(long: Long) -> Self {
        let kind = match long.kind.as_str() {
            "bind" => MountKind::Bind,
            "tmpfs" => MountKind::Tmpfs,
            "volume" if long.source.is_some() => MountKind::Volume,
            "volume" => MountKind::Anonymous,
            _ => MountKind::Other,
        };
        let read_only = matches!(long.read_only, Some(Setting::Literal(Flag(true))));
        Self { kind, source: long.source, target: trim(&long.target), read_only }
    }
}

impl<'de> Deserialize<'de> for Mount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(MountVisitor)
    }
}

struct MountVisitor;

impl<'de> Visitor<'de> for MountVisitor {
    type Value = Mount;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a volume such as data:/var/lib/data, or a mapping")
    }

    fn visit_str<E>(self, text: &str) -> Result<Mount, E> {
        Ok(Mount::parse(text))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Mount, A::Error> {
        Long::deserialize(MapAccessDeserializer::new(map)).map(Mount::from)
    }
}

#[cfg(test)]
mod tests {
    use super::{Mount, MountKind};

    #[test]
    fn short_forms() {
        let cases = [
            ("data:/var/lib/x", MountKind::Volume, Some("data"), "/var/lib/x", false),
            ("./data:/data/:ro", MountKind::Bind, Some("./data"), "/data", true),
            ("/data", MountKind::Anonymous, None, "/data", false),
            ("${D:-./data}:/data:rw,z", MountKind::Bind, Some("${D:-./data}"), "/data", false),
            ("${D:-vol}:/data", MountKind::Volume, Some("${D:-vol}"), "/data", false),
            ("${D}/a-b:/data", MountKind::Bind, Some("${D}/a-b"), "/data", false),
            ("${D:-}/x:/data", MountKind::Bind, Some("${D:-}/x"), "/data", false),
            ("${D:-${E:-vol}}:/data", MountKind::Volume, Some("${D:-${E:-vol}}"), "/data", false),
            ("v$D:/data", MountKind::Volume, Some("v$D"), "/data", false),
            ("$D:/data", MountKind::Bind, Some("$D"), "/data", false),
            ("C:\\x:/data", MountKind::Bind, Some("C:\\x"), "/data", false),
            ("c:/x:/data:ro", MountKind::Bind, Some("c:/x"), "/data", true),
            ("va:/:ro", MountKind::Volume, Some("va"), "/", true),
            ("a:/data", MountKind::Anonymous, None, "a:/data", false),
        ];
        for (text, kind, source, target, read_only) in cases {
            let mount = Mount::parse(text);
            assert_eq!(
                mount,
                Mount { kind, source: source.map(str::to_owned), target: target.to_owned(), read_only },
                "{text}"
            );
        }
    }

    #[test]
    fn covering_is_by_path_segment() {
        let mount = Mount::parse("data:/var/lib");
        assert!(mount.covers("/var/lib") && mount.covers("/var/lib/x") && !mount.covers("/var/library"));
        assert!(mount.is_below("/var") && !mount.is_below("/var/lib") && mount.is_below("/"));
    }
}
