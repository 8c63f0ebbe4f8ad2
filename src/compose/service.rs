//! One effective service: every key a pass looks at, typed; the names of the others.

use std::borrow::Cow;
use std::path::PathBuf;
use std::sync::Arc;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor, value::MapAccessDeserializer};

use super::stack::Rule;
use super::{Bytes, Command, Environment, Flag, List, Mount, Names, Port, Secret, Setting, Site, Spanned};
use crate::source::Place;

type Text = Option<Spanned<String>>;
// in a box, because files are large and few services say any of these
type RareText = Option<Box<Spanned<String>>>;
type Switch = Option<Spanned<Setting<Flag>>>;
type Size = Option<Spanned<Setting<Bytes>>>;
type Integer = Option<Spanned<Setting<i64>>>;
type Float = Option<Spanned<Setting<f64>>>;

/// One service as Compose would run it. Keys are those of the Compose Specification.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the fields are the keys of the Compose Specification, in its words")]
pub struct Service {
    /// Its name, and where the name is written.
    #[serde(skip)]
    pub name: String,
    #[serde(skip)]
    pub place: Place,
    /// Keys that carry `!reset`: Compose takes them away, so nothing may be written there.
    #[serde(skip)]
    pub reset: Vec<String>,
    /// Keys of its own mapping; only filled for a service that takes over another's lines.
    #[serde(skip)]
    pub own_keys: Vec<String>,
    /// Files of `env_file` that were not read: with any, `environment` is not all that the container gets.
    #[serde(skip)]
    pub unread_env: Vec<String>,
    /// Its keys that `docker stack deploy` refuses or ignores.
    #[serde(skip)]
    pub not_for_stacks: Vec<Spanned<&'static Rule>>,

    pub image: Text,
    pub build: Option<Box<Spanned<Build>>>,
    pub develop: Option<IgnoredAnyValue>,
    pub platform: RareText,
    pub command: Option<Spanned<Command>>,
    pub entrypoint: Option<Spanned<Command>>,
    pub provider: Option<IgnoredAnyValue>,
    pub extends: Option<Spanned<Extends>>,
    pub profiles: List<String>,
    pub restart: Text,
    pub container_name: Text,
    pub hostname: RareText,
    pub working_dir: RareText,
    pub runtime: RareText,
    pub isolation: RareText,
    pub stop_signal: RareText,

    pub user: Text,
    pub group_add: List<String>,
    pub privileged: Switch,
    pub read_only: Switch,
    pub init: Switch,
    pub cap_add: List<String>,
    pub cap_drop: List<String>,
    pub security_opt: List<String>,
    pub tmpfs: List<String>,
    pub devices: List<Device>,
    pub device_cgroup_rules: List<String>,
    pub sysctls: Option<Spanned<IgnoredAnyValue>>,
    pub ulimits: Option<Spanned<std::collections::BTreeMap<String, Ulimit>>>,
    pub pid: Text,
    pub ipc: Text,
    pub uts: Text,
    pub userns_mode: Text,
    pub cgroup: Text,
    pub cgroup_parent: RareText,
    pub network_mode: Text,

    pub mem_limit: Size,
    pub mem_reservation: Size,
    pub memswap_limit: Size,
    pub shm_size: Size,
    pub cpus: Float,
    pub cpu_count: RareText,
    pub cpu_percent: RareText,
    pub cpu_period: RareText,
    pub cpu_quota: RareText,
    pub cpu_shares: RareText,
    pub cpuset: RareText,
    pub pids_limit: Integer,
    pub deploy: Option<Box<Spanned<Deploy>>>,
    pub scale: Integer,

    pub ports: List<Port>,
    pub expose: List<String>,
    pub networks: Names,
    pub depends_on: Names,
    pub volumes: List<Mount>,
    pub volumes_from: List<String>,
    pub secrets: List<FileRef>,
    pub configs: List<FileRef>,
    pub environment: Environment,
    pub env_file: List<EnvFile>,
    pub healthcheck: Option<Spanned<Healthcheck>>,
    pub logging: Option<Spanned<Logging>>,
    pub gpus: Option<Spanned<IgnoredAnyValue>>,
    pub use_api_socket: Switch,
}

/// A value whose presence is all that matters.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct IgnoredAnyValue;

impl<'de> Deserialize<'de> for IgnoredAnyValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(IgnoredAny).map(|IgnoredAny| Self)
    }
}

/// `build`: a context path or a mapping.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, remote = "Self")]
pub struct Build {
    /// Build context: a path or an address. A path starts from the folder of the file that it is written in.
    pub context: Option<Spanned<String>>,
    /// Path of the Dockerfile, from the context.
    pub dockerfile: Option<String>,
    /// The Dockerfile itself.
    pub dockerfile_inline: Option<Spanned<String>>,
    /// The stage to stop at.
    pub target: Option<String>,
    /// Build arguments; may hold credentials, as environments do.
    pub args: Environment,
    /// Names that the Dockerfile may build on, and what they stand for instead of an image or a stage.
    pub additional_contexts: Environment,
    /// What `load` found of its Dockerfile.
    #[serde(skip)]
    pub recipe: Recipe,
    /// What `load` found around it; only where that was asked for, and can be read.
    #[serde(skip)]
    pub site: Option<Site>,
}

/// What lies beside them says nothing of what two Compose files mean.
impl PartialEq for Build {
    fn eq(&self, other: &Self) -> bool {
        let Self {
            context,
            dockerfile,
            dockerfile_inline,
            target,
            args,
            additional_contexts,
            recipe,
            site: _,
        } = self;
        (context, dockerfile, dockerfile_inline, target)
            == (&other.context, &other.dockerfile, &other.dockerfile_inline, &other.target)
            && (args, additional_contexts, recipe) == (&other.args, &other.additional_contexts, &other.recipe)
    }
}

/// What was found of the Dockerfile of a build.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Recipe {
    /// Not looked for: the project was not read from a file.
    #[default]
    NotLooked,
    /// Found and read.
    Found(Arc<Dockerfile>),
    /// Nothing that can be read here; says why in one clause.
    Missing(Cow<'static, str>),
}

/// A Dockerfile as written. Two are equal that say the same, wherever an inline one moved to in its file.
#[derive(Clone, Debug)]
pub struct Dockerfile {
    /// Where it is, as seen from the Compose file: `api/Dockerfile`, or the Compose file itself.
    pub path: String,
    /// Where it lies, as seen from where harden runs; none of one in the Compose file.
    pub file: Option<PathBuf>,
    /// The line of that file on which its first line is.
    pub first_line: u32,
    /// Its text; `ENV` and `ARG` may hold credentials.
    pub text: Secret,
    /// The line as written of each line of the text, from 1, where passes have changed it; empty where none has.
    pub lines: Arc<[usize]>,
}

impl PartialEq for Dockerfile {
    fn eq(&self, other: &Self) -> bool {
        (&self.path, &self.text) == (&other.path, &other.text)
    }
}

/// `deploy`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Deploy {
    /// `resources`.
    pub resources: Option<Spanned<Resources>>,
    /// `mode`: `replicated`, `global`, or a job.
    pub mode: Option<String>,
    /// `replicas`.
    pub replicas: Option<Setting<i64>>,
}

/// `deploy.resources`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Resources {
    /// `limits`; present even when empty, which is what Compose looks at.
    pub limits: Option<Spanned<Limits>>,
    /// `reservations`.
    pub reservations: Option<Spanned<Reservations>>,
}

/// `deploy.resources.limits`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Limits {
    /// `memory`.
    pub memory: Size,
    /// `cpus`.
    pub cpus: Float,
    /// `pids`.
    pub pids: Integer,
}

/// `deploy.resources.reservations`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Reservations {
    /// `memory`.
    pub memory: Size,
    /// `cpus`.
    pub cpus: Float,
    /// `devices`: GPUs and the like.
    pub devices: Option<Spanned<IgnoredAnyValue>>,
}

/// `logging`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Logging {
    /// `driver`.
    pub driver: Text,
    /// `options`, by name; numbers as text.
    pub options: Option<Spanned<std::collections::BTreeMap<String, Option<String>>>>,
}

/// `healthcheck`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Healthcheck {
    /// `test`.
    pub test: Option<Spanned<Command>>,
    /// `disable`.
    pub disable: Switch,
}

impl Healthcheck {
    /// Whether it switches the image's own check off.
    #[must_use]
    pub fn is_disabled(&self) -> bool {
        let none = self.test.as_ref().is_some_and(|test| test.words().next() == Some("NONE"));
        none || self.disable.as_ref().is_some_and(|flag| flag.value == Setting::Literal(Flag(true)))
    }
}

/// `extends`: a service name, or a mapping with a file.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, remote = "Self")]
pub struct Extends {
    /// The service.
    pub service: String,
    /// The file, when it is another one.
    pub file: Option<String>,
}

/// An item of `env_file`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, remote = "Self")]
pub struct EnvFile {
    /// Its path.
    pub path: String,
    /// Whether it must exist.
    pub required: Option<Setting<Flag>>,
}

/// An item of a service's `secrets` or `configs`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, remote = "Self")]
pub struct FileRef {
    /// Name of the top-level secret or config.
    pub source: String,
    /// Path or name in the container.
    pub target: Option<String>,
}

/// An item of `devices`: `HOST:CONTAINER[:PERMISSIONS]`, a CDI name, or a mapping.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, remote = "Self")]
pub struct Device {
    /// The device on the host, or a CDI name.
    pub source: String,
    /// The device in the container.
    pub target: Option<String>,
    /// `rwm` or part of it.
    pub permissions: Option<String>,
}

/// A value of `ulimits`: one number for both, or a mapping.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, remote = "Self")]
pub struct Ulimit {
    /// Soft limit.
    pub soft: Option<Setting<i64>>,
    /// Hard limit.
    pub hard: Option<Setting<i64>>,
}

/// Types that are written either as one string or as a mapping.
macro_rules! short_or_long {
    ($type:ident, $expected:literal, |$text:ident| $short:expr) => {
        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Form;
                impl<'de> Visitor<'de> for Form {
                    type Value = $type;
                    fn expecting(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
                        f.write_str($expected)
                    }
                    fn visit_unit<E>(self) -> Result<$type, E> {
                        Ok($type::default())
                    }
                    fn visit_str<E>(self, $text: &str) -> Result<$type, E> {
                        Ok($short)
                    }
                    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<$type, A::Error> {
                        // the inherent function that `remote = "Self"` derives: the long form
                        $type::deserialize(MapAccessDeserializer::new(map))
                    }
                }
                deserializer.deserialize_any(Form)
            }
        }
    };
}

short_or_long!(Build, "a build context or a mapping", |text| Build {
    context: Some(Spanned { value: text.to_owned(), ..Spanned::default() }),
    ..Build::default()
});
short_or_long!(Extends, "a service name or a mapping", |text| Extends {
    service: text.to_owned(),
    file: None
});
short_or_long!(EnvFile, "a path or a mapping", |text| EnvFile { path: text.to_owned(), required: None });
short_or_long!(FileRef, "a name or a mapping", |text| FileRef { source: text.to_owned(), target: None });
short_or_long!(Ulimit, "a number or a mapping", |text| {
    let limit = <i64 as super::Scalar>::parse(text).map(Setting::Literal);
    Ulimit { soft: limit.clone(), hard: limit }
});
short_or_long!(Device, "a device such as /dev/ttyUSB0, or a mapping", |text| {
    let mut parts = super::mount::split_colons(text).into_iter();
    Device {
        source: parts.next().unwrap_or_default().to_owned(),
        target: parts.next().map(str::to_owned),
        permissions: parts.next().map(str::to_owned),
    }
});

/// Whether a switch is written out as on.
pub(crate) fn is_on(switch: Option<&Spanned<Setting<Flag>>>) -> bool {
    switch.is_some_and(|flag| flag.value == Setting::Literal(Flag(true)))
}

impl Service {
    /// `deploy.resources`.
    #[must_use]
    pub fn resources(&self) -> Option<&Resources> {
        Some(&self.deploy.as_ref()?.value.resources.as_ref()?.value)
    }

    /// `deploy.resources.limits`, also when it is empty.
    #[must_use]
    pub fn limits(&self) -> Option<&Limits> {
        Some(&self.resources()?.limits.as_ref()?.value)
    }

    /// `deploy.resources.reservations`.
    #[must_use]
    pub fn reservations(&self) -> Option<&Reservations> {
        Some(&self.resources()?.reservations.as_ref()?.value)
    }

    /// Whether `privileged: true` is written out.
    #[must_use]
    pub fn is_privileged(&self) -> bool {
        is_on(self.privileged.as_ref())
    }

    /// Whether it runs Windows containers.
    #[must_use]
    pub fn is_windows(&self) -> bool {
        self.platform.as_ref().is_some_and(|platform| platform.starts_with("windows"))
    }
}
