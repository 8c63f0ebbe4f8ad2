//! The facts of one image, each with its basis and source: the shape of a catalogue entry.
//!
//! `schemas/catalogue.schema.json` describes the same shape for the people who write entries.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;

use crate::compose::Bytes;
use crate::source::Place;

/// How a fact was come by; the order is from sure to unsure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Basis {
    /// The user's own policy says it, here.
    Policy(Place),
    /// Tried on a running container.
    Measured,
    /// A Dockerfile or documentation line says it.
    Stated,
    /// This line of the service's own Dockerfile says it; the source is its path.
    Dockerfile(u32),
    /// Read off an entrypoint, never run.
    Inferred,
    /// Follows from the service's own Dockerfile, if what the source says in words holds.
    Assumed,
    /// From memory.
    Memory,
    /// Like [`Basis::Assumed`], for what often does not hold.
    Doubtful,
}

/// A fact with its grounds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact<T> {
    /// The fact.
    pub value: T,
    /// How it was come by.
    pub basis: Basis,
    /// Where it is from: a repository and path, or what was run.
    pub source: Cow<'static, str>,
}

/// What an image is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// A database, cache or broker: holds data, has no business on a public interface.
    Datastore,
    /// A web server, proxy or balancer.
    Web,
    /// An administration page.
    Admin,
    /// An application with a fixed program.
    #[default]
    App,
    /// A language or distribution image that runs the user's own program: little can be known of that.
    Base,
}

/// A numeric user and group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UserSpec {
    /// User id.
    pub uid: u32,
    /// Group id.
    pub gid: u32,
}

impl UserSpec {
    /// Reads `uid:gid`, and `uid` alone, whose group is 0.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (uid, gid) = text.split_once(':').unwrap_or((text, "0"));
        Some(Self { uid: uid.parse().ok()?, gid: gid.parse().ok()? })
    }
}

impl fmt::Display for UserSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.uid, self.gid)
    }
}

/// A directory that must be writable although the root filesystem is not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tmpfs {
    /// The path; never one with content in the image.
    pub path: String,
    /// Size limit such as `64m`; none means half of the memory.
    pub size: Option<String>,
    /// Whether programs are run from it.
    pub exec: bool,
    /// Needed only when something is mounted at or below this path.
    pub when_mounted: Option<String>,
}

/// How an image takes to `init: true`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Init {
    /// It brings its own PID 1, by this name; another one breaks it or is of no use.
    Own(String),
    /// It does not reap children or handle signals well without one.
    Helps,
    /// It neither needs nor minds one.
    Harmless,
}

/// Everything known of one image, with the variant for a tag already applied.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// The catalogue entry's name: the repository as Docker Hub spells it.
    pub name: Cow<'static, str>,
    /// What it is for.
    pub role: Role,
    /// The user the image starts as: `None` in the fact means root.
    pub default_user: Option<Fact<Option<UserSpec>>>,
    /// The user it works as when started with `user:`.
    pub user: Option<Fact<UserSpec>>,
    /// Program that steps down from root: `gosu`, `su-exec`, `setpriv`, or the server itself.
    pub step_down: Option<Fact<String>>,
    /// The name of that user in the image.
    pub user_name: Option<Fact<String>>,
    /// Why it has to be started as root; no `user` is known then.
    pub root_only: Option<Fact<String>>,
    /// Why it does not work without `privileged: true`.
    pub needs_privileged: Option<Fact<String>>,
    /// The image's own entrypoint program, by its last path segment.
    pub entrypoint: Option<Fact<String>>,
    /// First words of a command with which the entrypoint starts the server as it is meant to (`*.conf` style patterns
    /// allowed); none when the command is only arguments.
    pub servers: Option<Fact<Vec<String>>>,
    /// What root reads before it steps down; anything may be, when it is not known.
    pub root_reads: Option<Fact<Vec<RootReads>>>,
    /// Paths that hold data.
    pub data: Option<Fact<Vec<String>>>,
    /// Paths that the image declares as volumes: they can be written to although nothing is mounted there.
    pub volumes: Option<Fact<Vec<String>>>,
    /// The environment variable that moves the data path.
    pub data_env: Option<Fact<String>>,
    /// Paths with content or configuration that it only reads.
    pub content: Option<Fact<Vec<String>>>,
    /// Whether it works with a read-only root filesystem (with the tmpfs list); a `false` says why in the source.
    pub read_only: Option<Fact<bool>>,
    /// Directories it writes to besides the data paths.
    pub tmpfs: Option<Fact<Vec<Tmpfs>>>,
    /// Capabilities for a start as root.
    pub caps_root: Option<Fact<Vec<String>>>,
    /// Capabilities for a start with `user:` (from file capabilities); almost always empty.
    pub caps_user: Option<Fact<Vec<String>>>,
    /// Whether no-new-privileges works.
    pub no_new_privileges: Option<Fact<bool>>,
    /// How it takes to `init: true`.
    pub init: Option<Fact<Init>>,
    /// A health command whose program is in the image.
    pub healthcheck: Option<Fact<Healthcheck>>,
    /// Ports it listens on.
    pub ports: Vec<u16>,
    /// Whether `NAME_FILE` variables are read.
    pub file_env: Option<Fact<bool>>,
    /// A generous memory limit.
    pub memory: Option<Fact<Bytes>>,
    /// Below this it was seen to fail, or must.
    pub memory_floor: Option<Fact<Bytes>>,
    /// Below this many processes and threads it was seen to fail, or must.
    pub pids_floor: Option<Fact<u32>>,
    /// What else to know.
    pub notes: Option<Cow<'static, str>>,
    /// Further facts by name, for `harden images`.
    pub extra: BTreeMap<String, Fact<String>>,
}

impl Facts {
    /// Whether root reads such files before it steps down; a service that never steps down reads all of them so.
    #[must_use]
    pub fn reads_as_root(&self, what: RootReads) -> bool {
        match &self.root_reads {
            Some(reads) => reads.value.contains(&what),
            None => true,
        }
    }
}

/// What a root process reads before it steps down, so that the files may belong to root alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RootReads {
    /// Private keys, certificates and password files.
    Keys,
    /// What `secrets:` mounts.
    Secrets,
}

/// How to ask an image whether it is well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Healthcheck {
    /// The shell command.
    pub command: String,
    /// Whether the image has it already.
    pub builtin: bool,
}
