//! What the mounts of a service say about a start as the image's own user.
//!
//! A start as root copes with any owner; a start as a user only with directories that Docker makes from the image.
//! So every mount must be of a kind that is known to be harmless, and the first that is not is the reason to keep root.

use std::collections::HashMap;

use super::expand::{UNKNOWN, expand};
use super::{Facts, RootReads, RootReason};
use crate::compose::{Mount, MountKind, Project, Service, TopVolume};

/// Paths of the host that many mount and that anyone may read.
const WORLD_READABLE: [&str; 6] = [
    "/etc/localtime",
    "/etc/timezone",
    "/etc/hosts",
    "/etc/resolv.conf",
    "/usr/share/zoneinfo",
    "/usr/share/ca-certificates",
];

/// Directories with configuration and start scripts, which are read.
const CONFIGURATION: [&str; 3] = ["/etc", "/docker-entrypoint-initdb.d", "/docker-entrypoint.d"];

/// Extensions of configuration and scripts.
const CONFIGURATION_FILES: [&str; 20] = [
    "conf",
    "cnf",
    "cfg",
    "ini",
    "json",
    "yml",
    "yaml",
    "toml",
    "sql",
    "sh",
    "env",
    "xml",
    "properties",
    "acl",
    "template",
    "tmpl",
    "js",
    "lua",
    "html",
    "txt",
];

/// Extensions of keys and certificates.
const KEY_FILES: [&str; 7] = ["key", "pem", "crt", "cer", "p12", "pfx", "jks"];

/// Words in a path that stand for keys or passwords; the last ones also begin such words.
const KEY_WORDS: [&str; 12] = [
    "ssl",
    "tls",
    "acme",
    "key",
    "keys",
    "private",
    "passwd",
    "htpasswd",
    "password",
    "letsencrypt",
    "cert",
    "secret",
];

/// The volumes of a project by name, and which services write to each; made once a project.
pub(super) struct Volumes<'a> {
    top: HashMap<&'a str, &'a TopVolume>,
    writers: HashMap<&'a str, Vec<&'a Service>>,
}

impl<'a> Volumes<'a> {
    /// Looks through a project.
    pub(super) fn of(project: &'a Project) -> Self {
        let top = project.volumes.iter().map(|volume| (volume.name.as_str(), volume)).collect();
        let mut writers = HashMap::<_, Vec<_>>::new();
        for service in &project.services {
            for name in
                service.volumes.iter().filter(|mount| !mount.read_only).filter_map(|mount| volume(mount))
            {
                note_writer(writers.entry(name).or_default(), service);
            }
        }
        Self { top, writers }
    }

    /// Whether Docker makes the volume here, so that it starts as a copy of the image's directory.
    fn is_local(&self, mount: &Mount) -> bool {
        match mount.kind {
            MountKind::Anonymous => true,
            MountKind::Volume => volume(mount).is_some_and(|name| {
                !name.contains('$')
                    && self.top.get(name).is_none_or(|top| !top.is_elsewhere() && !top.external.0)
            }),
            MountKind::Bind | MountKind::Tmpfs | MountKind::Other => false,
        }
    }

    /// The volume's name when a service of another image, or with another entrypoint, writes to it too.
    fn shared<'m>(&self, mount: &'m Mount, service: &Service) -> Option<&'m str> {
        let name = volume(mount)?;
        let (own, _) = writer(service);
        let is_other = |other: &&Service| {
            let (image, special) = writer(other);
            other.name != service.name && (special || image != own)
        };
        self.writers.get(name)?.iter().any(is_other).then_some(name)
    }
}

/// What matters of a service that writes to a volume: its image, and whether it is made or started in its own way.
fn writer(service: &Service) -> (Option<&str>, bool) {
    let image = service.image.as_ref().map(|image| image.value.as_str());
    (image, service.entrypoint.is_some() || service.build.is_some())
}

/// Keeps two writers of a kind and up to three kinds: whoever asks finds another among these if there is one at all,
/// and thousands that share a volume cost no more than a few.
fn note_writer<'a>(writers: &mut Vec<&'a Service>, service: &'a Service) {
    let alike = writers.iter().filter(|known| writer(known) == writer(service)).count();
    if alike < 2 && writers.len() < 6 {
        writers.push(service);
    }
}

/// The name of a mounted volume.
fn volume(mount: &Mount) -> Option<&str> {
    mount.source.as_deref().filter(|_| mount.kind == MountKind::Volume)
}

/// The first thing that is mounted and that only a start as root is known to cope with.
pub(super) fn obstacle(service: &Service, volumes: &Volumes<'_>, facts: &Facts) -> Option<RootReason> {
    if let Some(other) = service.volumes_from.first() {
        return Some(RootReason::Shared(other.value.clone()));
    }
    if service.use_api_socket.is_some() {
        return Some(RootReason::Socket("/var/run/docker.sock".to_owned()));
    }
    moved_data(service, facts)
        .or_else(|| tmpfs_on_data(service, facts))
        .or_else(|| service.volumes.iter().find_map(|mount| of_mount(mount, service, volumes, facts)))
        .or_else(|| key_config(service, facts))
}

/// A data path that the environment moves to where the image has no directory: only root can make it.
fn moved_data(service: &Service, facts: &Facts) -> Option<RootReason> {
    let name = &facts.data_env.as_ref()?.value;
    let is_set = service.environment.0.iter().any(|variable| variable.name == *name);
    let path = service.environment.get(name).map(|path| expand(path).text).unwrap_or_default();
    let at_home = data(facts).any(|home| is_at_or_below(&path, home));
    match service.unread_env.first() {
        Some(file) if !is_set => {
            Some(RootReason::Image(format!("`{name}` may be set in `{file}`, which was not read").into()))
        }
        _ if is_set && !at_home => {
            Some(RootReason::Image(format!("`{name}` names a directory that root has to prepare").into()))
        }
        _ => None,
    }
}

fn tmpfs_on_data(service: &Service, facts: &Facts) -> Option<RootReason> {
    let paths = service.tmpfs.iter().map(|item| item.value.split(':').next().unwrap_or_default());
    let on_data =
        |path: &&str| data(facts).any(|data| is_at_or_below(data, path) || is_at_or_below(path, data));
    paths.into_iter().find(on_data).map(|path| RootReason::BindMount(path.to_owned()))
}

/// A file of `configs:` that looks like a key.
fn key_config(service: &Service, facts: &Facts) -> Option<RootReason> {
    let is_key = |config: &&str| looks_like_key(config);
    let names =
        service.configs.iter().map(|config| config.target.as_deref().unwrap_or(config.source.as_str()));
    let found = names.into_iter().find(is_key).filter(|_| facts.reads_as_root(RootReads::Keys))?;
    Some(RootReason::Keys(found.to_owned()))
}

fn of_mount(mount: &Mount, service: &Service, volumes: &Volumes<'_>, facts: &Facts) -> Option<RootReason> {
    let target = || mount.target.clone();
    if is_socket(mount) {
        return Some(RootReason::Socket(target()));
    }
    if WORLD_READABLE.iter().any(|path| is_at_or_below(&mount.target, path)) {
        return None;
    }
    if mount.target.contains(['$', UNKNOWN]) {
        return (!mount.read_only).then(|| RootReason::BindMount(target()));
    }
    let covers_data = data(facts).any(|path| mount.covers(path));
    if covers_data || data(facts).any(|path| mount.is_below(path)) {
        // below a data path the image has no directory that a volume could be a copy of
        let is_copy = covers_data && !mount.read_only && volumes.is_local(mount);
        return if is_copy { shared(mount, service, volumes) } else { Some(RootReason::BindMount(target())) };
    }
    if facts.reads_as_root(RootReads::Keys) && may_hold_keys(mount, service) {
        return Some(RootReason::Keys(target()));
    }
    if mount.read_only || is_content(mount, facts) || is_configuration(&mount.target) {
        return None;
    }
    if volumes.is_local(mount) && is_scratch(mount, facts) {
        return shared(mount, service, volumes);
    }
    Some(RootReason::BindMount(target()))
}

fn shared(mount: &Mount, service: &Service, volumes: &Volumes<'_>) -> Option<RootReason> {
    volumes.shared(mount, service).map(|name| RootReason::Shared(name.to_owned()))
}

fn data(facts: &Facts) -> impl Iterator<Item = &str> {
    facts.data.iter().flat_map(|fact| fact.value.iter().map(String::as_str))
}

fn is_socket(mount: &Mount) -> bool {
    let source = mount.source.as_deref().unwrap_or_default();
    [source, &mount.target].iter().any(|path| extension(path) == Some("sock"))
}

/// Whether private keys may come in: by the words of the path, or because TLS is served and this is what brings
/// files in.
pub(crate) fn may_hold_keys(mount: &Mount, service: &Service) -> bool {
    let by_name = looks_like_key(&mount.target) || mount.source.as_deref().is_some_and(looks_like_key);
    by_name || (serves_tls(service) && extension(&mount.target).is_none() && is_configuration(&mount.target))
}

fn serves_tls(service: &Service) -> bool {
    service.ports.iter().any(|port| port.target == "443" || port.published.as_deref() == Some("443"))
}

fn looks_like_key(path: &str) -> bool {
    let path = path.to_ascii_lowercase();
    let is_word =
        |word: &str| KEY_WORDS.contains(&word) || word.starts_with("cert") || word.starts_with("secret");
    extension(&path).is_some_and(|extension| KEY_FILES.contains(&extension))
        || path.split(|c: char| !c.is_ascii_alphanumeric()).any(is_word)
}

fn is_content(mount: &Mount, facts: &Facts) -> bool {
    facts.content.iter().flat_map(|fact| &fact.value).any(|path| is_at_or_below(&mount.target, path))
}

fn is_configuration(target: &str) -> bool {
    CONFIGURATION.iter().any(|directory| is_at_or_below(target, directory))
        || extension(target).is_some_and(|extension| CONFIGURATION_FILES.contains(&extension))
}

/// Whether the image has the directory ready for its user: then a new volume there is a copy of it.
fn is_scratch(mount: &Mount, facts: &Facts) -> bool {
    facts.tmpfs.iter().flat_map(|fact| &fact.value).any(|tmpfs| tmpfs.path == mount.target)
}

fn extension(path: &str) -> Option<&str> {
    let name = path.rsplit('/').next()?;
    name.rsplit_once('.').map(|(_, extension)| extension).filter(|extension| !extension.is_empty())
}

/// Whether the first path is the second or lies below it.
pub(super) fn is_at_or_below(path: &str, above: &str) -> bool {
    let above = above.trim_end_matches('/');
    path.strip_prefix(above).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
