//! How values are written in a catalogue file: users, sizes, tmpfs, health commands, versions, patterns of tags.
//!
//! Only notation; what the values mean is said in [`Facts`](crate::image::Facts).

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error, Unexpected};
use serde_yaml::Value;

use crate::compose::{Bytes, Scalar};
use crate::image::{Healthcheck, Init, Tmpfs, UserSpec};

/// Who an image starts as: `root`, or `uid:gid`.
#[derive(Clone, Copy, Debug)]
pub(super) struct StartUser(Option<UserSpec>);

impl From<StartUser> for Option<UserSpec> {
    fn from(user: StartUser) -> Self {
        user.0
    }
}

impl<'de> Deserialize<'de> for StartUser {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        match text.as_str() {
            "root" => Ok(Self(None)),
            text => user(text).map(Some).map(Self),
        }
    }
}

impl<'de> Deserialize<'de> for UserSpec {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        user(&String::deserialize(deserializer)?)
    }
}

fn user<E: Error>(text: &str) -> Result<UserSpec, E> {
    let both = text.contains(':').then(|| UserSpec::parse(text)).flatten();
    both.ok_or_else(|| E::invalid_value(Unexpected::Str(text), &"`uid:gid` in quotes"))
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| D::Error::invalid_value(Unexpected::Str(&text), &Self::EXPECTED))
    }
}

impl<'de> Deserialize<'de> for Init {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Own {
            own: String,
        }
        let value = Value::deserialize(deserializer)?;
        match value.as_str() {
            Some("helps") => Ok(Self::Helps),
            Some("harmless") => Ok(Self::Harmless),
            Some(other) => Err(D::Error::unknown_variant(other, &["helps", "harmless", "own: NAME"])),
            None => {
                serde_yaml::from_value(value).map(|own: Own| Self::Own(own.own)).map_err(D::Error::custom)
            }
        }
    }
}

impl<'de> Deserialize<'de> for Tmpfs {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Long {
            path: String,
            size: Option<String>,
            #[serde(default)]
            exec: bool,
            when_mounted: Option<String>,
        }
        let value = Value::deserialize(deserializer)?;
        if let Some(path) = value.as_str() {
            return Ok(Self { path: path.to_owned(), ..Self::default() });
        }
        let long: Long = serde_yaml::from_value(value).map_err(D::Error::custom)?;
        Ok(Self { path: long.path, size: long.size, exec: long.exec, when_mounted: long.when_mounted })
    }
}

impl<'de> Deserialize<'de> for Healthcheck {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Long {
            command: String,
            builtin: bool,
        }
        let value = Value::deserialize(deserializer)?;
        if let Some(command) = value.as_str() {
            return Ok(Self { command: command.to_owned(), builtin: false });
        }
        let long: Long = serde_yaml::from_value(value).map_err(D::Error::custom)?;
        Ok(Self { command: long.command, builtin: long.builtin })
    }
}

/// The first two numbers of a version, written `18` or `"7.10"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Version(u32, u32);

impl Version {
    /// What a tag without a version stands for.
    pub(super) const NEWEST: Self = Self(u32::MAX, 0);
}

impl From<(u32, u32)> for Version {
    fn from((major, minor): (u32, u32)) -> Self {
        Self(major, minor)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.1 {
            0 => write!(f, "{}", self.0),
            minor => write!(f, "{}.{minor}", self.0),
        }
    }
}

impl<'de> Deserialize<'de> for Version {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        let text = value.as_u64().map(|number| number.to_string());
        let text = text.as_deref().or(value.as_str()).unwrap_or_default();
        let (major, minor) = text.split_once('.').unwrap_or((text, "0"));
        match (major.parse(), minor.parse()) {
            (Ok(major), Ok(minor)) => Ok(Self(major, minor)),
            _ => Err(D::Error::custom("a version is a whole number, or `\"major.minor\"` in quotes")),
        }
    }
}

/// Whether a text fits a pattern in which `*` stands for anything.
pub(crate) fn fits(pattern: &str, text: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else { return pattern == text };
    let Some(mut text) = text.strip_prefix(start) else { return false };
    let mut parts = rest.split('*').collect::<Vec<_>>();
    let end = parts.pop().unwrap_or_default();
    for part in parts {
        let Some((_, after)) = text.split_once(part) else { return false };
        text = after;
    }
    text.ends_with(end)
}

#[cfg(test)]
mod tests {
    use super::{Version, fits};
    use crate::image::{Init, Tmpfs, UserSpec};

    #[test]
    fn patterns() {
        for (pattern, text, expected) in [
            ("*alpine*", "16-alpine3.20", true),
            ("*alpine*", "alpine", true),
            ("*alpine*", "16", false),
            ("16*", "16.4", true),
            ("16", "16.4", false),
            ("*-fpm", "8-fpm", true),
            ("*-fpm", "8-fpm-alpine", false),
            ("a*b*c", "abc", true),
            ("a*b*c", "acb", false),
        ] {
            assert_eq!(fits(pattern, text), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn values_are_read_as_they_are_written() {
        let user: UserSpec = serde_yaml::from_str("'70:71'").unwrap();
        assert_eq!(user, UserSpec { uid: 70, gid: 71 });
        assert!(serde_yaml::from_str::<UserSpec>("postgres").is_err());
        assert_eq!(serde_yaml::from_str::<Init>("own: tini").unwrap(), Init::Own("tini".to_owned()));
        assert_eq!(serde_yaml::from_str::<Init>("helps").unwrap(), Init::Helps);
        assert!(serde_yaml::from_str::<Init>("perhaps").is_err());
        let tmpfs: Tmpfs = serde_yaml::from_str("{ path: /run, exec: true }").unwrap();
        assert!(tmpfs.exec && tmpfs.path == "/run");
        assert!(serde_yaml::from_str::<Tmpfs>("{ path: /run, mode: 1777 }").is_err());
        assert_eq!(serde_yaml::from_str::<Version>("18").unwrap(), Version(18, 0));
        assert_eq!(serde_yaml::from_str::<Version>("'7.10'").unwrap(), Version(7, 10));
        assert!(serde_yaml::from_str::<Version>("7.1").is_err());
    }
}
