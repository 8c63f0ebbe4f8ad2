//! How a service will be started: as its own user, or as root that steps down.
//!
//! Decided once a service, before the passes, so that `user`, `cap_drop` and `read_only` never contradict each
//! other.

use std::borrow::Cow;

use super::command::runs_own_program;
use super::mounts::{Volumes, is_at_or_below, obstacle};
use super::tmpfs::{WORLD_WRITABLE, canonical};
use super::{Basis, Built, Facts, Role, RootReads, UserSpec};
use crate::compose::Service;

/// The start of one service.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Start {
    /// Nothing is known of how it starts: an unknown image, a base image that runs the user's program, another
    /// entrypoint or program than the image's own, or a `user:` that only the environment knows.
    #[default]
    Unknown,
    /// The file says `user:` and it is not root.
    File,
    /// The image itself starts as a non-root user.
    Image(UserSpec),
    /// The image starts as a non-root user whose ids are not known.
    Named,
    /// harden writes `user:`; it works on the volumes of this service. Only while that is written: see
    /// [`Image::start_now`](super::Image::start_now).
    User(UserSpec),
    /// Starts as root.
    Root(RootReason),
}

/// Why a service keeps its root start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RootReason {
    /// The file says `user: root`.
    SaidInFile,
    /// A host path, a share or a volume whose owner is not known is mounted where it may be written. Names the target.
    BindMount(String),
    /// A volume is also written by a service of another image. Names the volume.
    Shared(String),
    /// Root reads something before it steps down: a key, a certificate, a secret. Names the target.
    Keys(String),
    /// The socket of the engine is mounted: only root and one group of the host may open it. Names the target.
    Socket(String),
    /// The file gives it capabilities (named), which a non-root user does not get.
    Capabilities(String),
    /// The image only works when started as root, or no user is known; says why.
    Image(Cow<'static, str>),
    /// `network_mode: host` and a port below 1024.
    LowPort(u16),
    /// A user start would work, but `user:` was not written (left out, or not sure enough for the level).
    NotWritten,
}

/// Variables by which an image is told whom to become after a start as root.
const STEP_DOWN_VARIABLES: [&str; 13] = [
    "PUID",
    "PGID",
    "UID",
    "GID",
    "USER_UID",
    "USER_GID",
    "USER_ID",
    "GROUP_ID",
    "USERMAP_UID",
    "USERMAP_GID",
    "LOCAL_USER_ID",
    "NB_UID",
    "NB_GID",
];

/// Decides the start of a service. Where anything is not certain, the answer is a root start or `Unknown`: both keep
/// what works today working. A user that a person wants for this very service is taken at their word.
pub(super) fn start(
    service: &Service,
    volumes: &Volumes<'_>,
    facts: Option<&Facts>,
    built: Option<&Built>,
    wanted: Option<UserSpec>,
) -> Start {
    if let Some(start) = said_in_file(service) {
        return start;
    }
    if let Some(user) = wanted {
        return Start::User(user);
    }
    if let Some(start) = built.and_then(|built| built.start.clone()) {
        return start;
    }
    if let Some(name) = step_down_variable(service) {
        return Start::Root(RootReason::Image(format!("it steps down to the user in `{name}`").into()));
    }
    let Some(facts) = facts else { return Start::Unknown };
    if let Some(user) = facts.default_user.as_ref().and_then(|fact| fact.value) {
        return Start::Image(user);
    }
    if facts.role == Role::Base || !runs_own_program(service, facts) {
        return Start::Unknown;
    }
    match user_start(facts) {
        Err(reason) => Start::Root(reason),
        Ok(user) => root_needed(service, volumes, facts).map_or(Start::User(user), Start::Root),
    }
}

/// What `user:` in the file says. A name or id that only the environment knows may be root.
fn said_in_file(service: &Service) -> Option<Start> {
    let user = service.user.as_ref()?.value.trim();
    let name = user.split(':').next().unwrap_or_default();
    match name {
        "" => None,
        _ if user.contains('$') => Some(Start::Unknown),
        "root" => Some(Start::Root(RootReason::SaidInFile)),
        id if id.parse() == Ok(0_u32) => Some(Start::Root(RootReason::SaidInFile)),
        _ => Some(Start::File),
    }
}

fn step_down_variable(service: &Service) -> Option<&'static str> {
    STEP_DOWN_VARIABLES
        .into_iter()
        .find(|name| service.environment.0.iter().any(|variable| variable.name == *name))
}

/// The user the image can be started as, or why not. From memory is not sure enough: a wrong id fails, or makes a
/// database anew beside the old one.
fn user_start(facts: &Facts) -> Result<UserSpec, RootReason> {
    let root = |why: String| RootReason::Image(why.into());
    if let Some(why) = &facts.root_only {
        return Err(root(why.value.clone()));
    }
    let Some(user) = &facts.user else {
        return Err(root("it is not known which user it works as".to_owned()));
    };
    if user.basis == Basis::Memory {
        return Err(root("the user it works as is only known from memory".to_owned()));
    }
    let has_data = facts.data.as_ref().is_some_and(|data| !data.value.is_empty());
    if has_data && facts.step_down.is_none() {
        return Err(root("it never steps down, so its data belong to root".to_owned()));
    }
    Ok(user.value)
}

/// What rules the start as its own user out in this service.
fn root_needed(service: &Service, volumes: &Volumes<'_>, facts: &Facts) -> Option<RootReason> {
    low_port(service, facts)
        .or_else(|| capabilities(service, facts))
        .or_else(|| device(service))
        .or_else(|| secrets(service, facts))
        .or_else(|| obstacle(service, volumes, facts))
        .or_else(|| foreign_scratch(service, facts))
}

/// A tmpfs or volume of the file where the image writes at run time: an existing directory then belongs to root, unless
/// the file gives it to somebody.
fn foreign_scratch(service: &Service, facts: &Facts) -> Option<RootReason> {
    let needed = facts.tmpfs.iter().flat_map(|fact| &fact.value).map(|tmpfs| tmpfs.path.as_str());
    let needed: Vec<&str> = needed.filter(|path| !WORLD_WRITABLE.contains(path)).map(canonical).collect();
    let covers = |target: &str| needed.iter().any(|path| is_at_or_below(path, canonical(target)));
    let written = service.tmpfs.iter().filter(|item| !item.value.contains("uid="));
    let mut targets =
        written.map(|item| item.value.split(':').next().unwrap_or_default().trim_end_matches('/'));
    let mounted =
        || service.volumes.iter().filter(|mount| !mount.read_only).map(|mount| mount.target.as_str());
    let target = targets.find(|target| covers(target)).or_else(|| mounted().find(|target| covers(target)))?;
    Some(RootReason::Image(format!("what is mounted on `{target}` may belong to root").into()))
}

fn low_port(service: &Service, facts: &Facts) -> Option<RootReason> {
    let on_host = service.network_mode.as_ref().is_some_and(|mode| mode.value == "host");
    let low = facts.ports.iter().copied().find(|port| *port < 1024)?;
    on_host.then_some(RootReason::LowPort(low))
}

/// A capability beyond those that the root start itself needs: the file wants it to be had.
fn capabilities(service: &Service, facts: &Facts) -> Option<RootReason> {
    let step_down = facts.caps_root.as_ref().map_or(&[][..], |fact| &fact.value);
    let wanted = service.cap_add.iter().find(|capability| {
        let name = capability.value.trim_start_matches("CAP_");
        name != "KILL" && !step_down.iter().any(|known| known == name)
    })?;
    Some(RootReason::Capabilities(wanted.value.clone()))
}

fn device(service: &Service) -> Option<RootReason> {
    let device = service.devices.first()?;
    Some(RootReason::Image(format!("it opens the device `{}` of the host", device.value.source).into()))
}

/// Secrets are files of the host with the host's owner: who reads them as root today might not be able to otherwise.
fn secrets(service: &Service, facts: &Facts) -> Option<RootReason> {
    let secret = service.secrets.first()?;
    let target = secret.value.target.as_deref().unwrap_or(&secret.value.source);
    let path = if target.starts_with('/') { target.to_owned() } else { format!("/run/secrets/{target}") };
    facts.reads_as_root(RootReads::Secrets).then_some(RootReason::Keys(path))
}
