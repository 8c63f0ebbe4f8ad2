//! The project as a whole, after the proofs of its files: read again from the new texts, it must be the project that
//! was planned.
//!
//! For projects of several files, where what one file says may be changed by another. Uses the loader itself, so it
//! says nothing of a single file that the proof of that file has not said with another parser.

use super::{ProofError, Verified};
use crate::compose::{List, Mount, Project, Service, Spanned};
use crate::load::{self, Loaded, Texts};
use crate::source::Source;

/// Requires that the new texts, read as the project was, make the planned model. `sources` are the project's files as
/// they were, `files` the ones that were named.
///
/// # Errors
/// The first service and key that is not as planned.
pub fn whole(
    loaded_from: &[std::path::PathBuf],
    sources: &[Source],
    proven: &[Verified],
    planned: &Project,
    options: &load::Options,
) -> Result<(), ProofError> {
    let mut texts: Texts<'_> = sources.iter().map(|source| (source.name(), source.text())).collect();
    for verified in proven {
        if let Some(source) = sources.get(usize::from(verified.file().0)) {
            texts.insert(source.name(), verified.text());
        }
    }
    let options = load::Options { limits: load::Limits::none(), ..options.clone() };
    let read = load::files(loaded_from, &options, &texts);
    let Loaded { project, .. } = read.map_err(|error| ProofError::Unreadable(error.to_string()))?;
    match difference(planned, &project) {
        Some(path) => Err(ProofError::Meaning { path }),
        None => Ok(()),
    }
}

/// The dotted path of the first difference between two projects.
#[must_use]
pub fn difference(planned: &Project, read: &Project) -> Option<String> {
    if planned.volumes != read.volumes {
        return Some("volumes".to_owned());
    }
    let mut pairs = planned.services.iter().zip(&read.services);
    let different = pairs.find_map(|(planned, read)| Some((planned, key(planned, read)?)));
    match different {
        Some((service, key)) => Some(format!("services.{}.{key}", service.name)),
        None if planned.services.len() != read.services.len() => Some("services".to_owned()),
        None => None,
    }
}

/// The first key in which two services differ. Lists that a pass adds to are compared without their order, which no
/// engine looks at.
fn key(planned: &Service, read: &Service) -> Option<&'static str> {
    if planned.name != read.name {
        return Some("name");
    }
    let mut lists = lists(planned).into_iter().zip(lists(read));
    let different = lists.find(|((_, planned), (_, read))| sorted(planned) != sorted(read));
    different.map(|((key, _), _)| key).or_else(|| rest(planned, read))
}

fn lists(service: &Service) -> [(&'static str, &List<String>); 4] {
    [
        ("cap_add", &service.cap_add),
        ("cap_drop", &service.cap_drop),
        ("security_opt", &service.security_opt),
        ("tmpfs", &service.tmpfs),
    ]
}

fn sorted(list: &List<String>) -> Vec<&str> {
    let mut items: Vec<&str> = list.iter().map(|item: &Spanned<String>| item.value.as_str()).collect();
    items.sort_unstable();
    items
}

/// By target, whose order no engine looks at.
fn mounts(service: &Service) -> Vec<&Mount> {
    let mut mounts: Vec<&Mount> = service.volumes.iter().map(|mount| &mount.value).collect();
    mounts.sort_by_key(|mount| &mount.target);
    mounts
}

/// The keys that have one value.
fn rest(planned: &Service, read: &Service) -> Option<&'static str> {
    let same = [
        ("image", planned.image == read.image),
        ("user", planned.user == read.user),
        ("privileged", planned.privileged == read.privileged),
        ("read_only", planned.read_only == read.read_only),
        ("init", planned.init == read.init),
        ("mem_limit", planned.mem_limit == read.mem_limit),
        ("cpus", planned.cpus == read.cpus),
        ("pids_limit", planned.pids_limit == read.pids_limit),
        ("deploy", planned.deploy == read.deploy),
        ("logging", planned.logging == read.logging),
        ("healthcheck", planned.healthcheck == read.healthcheck),
        ("ports", planned.ports == read.ports),
        ("volumes", mounts(planned) == mounts(read)),
        ("environment", planned.environment == read.environment),
        ("command", planned.command == read.command),
        ("entrypoint", planned.entrypoint == read.entrypoint),
        ("build", planned.build == read.build),
        ("depends_on", planned.depends_on == read.depends_on),
        ("networks", planned.networks == read.networks),
        ("network_mode", planned.network_mode == read.network_mode),
        ("pid", planned.pid == read.pid),
        ("ipc", planned.ipc == read.ipc),
        ("secrets", planned.secrets == read.secrets),
        ("configs", planned.configs == read.configs),
        ("group_add", planned.group_add == read.group_add),
        ("devices", planned.devices == read.devices),
    ];
    same.into_iter().find(|(_, same)| !same).map(|(key, _)| key)
}
