//! What a service can write to that outlives it or came from elsewhere, and which paths are covered.
//!
//! Knows paths only, not what an image does with them.

use crate::compose::{Mount, MountKind, Service};

/// The first mount that the service may write to.
pub(super) fn writable(service: &Service) -> Option<&Mount> {
    service.volumes.iter().map(|mount| &mount.value).find(|mount| !mount.read_only)
}

/// The engine's socket: whoever may open it is root on the host.
pub(super) fn engine_socket(service: &Service) -> Option<&Mount> {
    let is_socket = |path: &str| path.ends_with("docker.sock") || path.ends_with("podman.sock");
    service
        .volumes
        .iter()
        .map(|mount| &mount.value)
        .find(|mount| is_socket(&mount.target) || mount.source.as_deref().is_some_and(is_socket))
}

/// Whether a path is writable or replaced already: by a mount or a `tmpfs` on it or above it.
pub(super) fn is_covered(service: &Service, path: &str) -> bool {
    let path = &canonical(path);
    let on = |target: &str| tmpfs(target).covers(path);
    service.volumes.iter().any(|mount| on(&mount.target))
        || service.tmpfs.iter().any(|item| on(item.split(':').next().unwrap_or_default()))
}

/// `/var/run` is a link to `/run` in nearly all images.
fn canonical(path: &str) -> String {
    match path.strip_prefix("/var/run") {
        Some(rest) if rest.is_empty() || rest.starts_with('/') => format!("/run{rest}"),
        _ => path.to_owned(),
    }
}

fn tmpfs(path: &str) -> Mount {
    let target = canonical(path.trim_end_matches('/'));
    Mount { kind: MountKind::Tmpfs, source: None, target, read_only: false }
}

/// Whether a file is mounted that may set any option of a server.
pub(super) fn brings_configuration(service: &Service) -> bool {
    let is_configuration = |target: &str| {
        target.starts_with("/etc/") || [".conf", ".cnf"].iter().any(|end| target.ends_with(end))
    };
    let configs = service.configs.iter().filter_map(|config| config.target.as_deref());
    let mounts = service.volumes.iter().map(|mount| mount.target.as_str());
    mounts.chain(configs).any(|target| is_configuration(target) && !target.starts_with("/etc/localtime"))
}

#[cfg(test)]
mod tests {
    use super::{engine_socket, is_covered, writable};
    use crate::passes::testing::service;

    #[test]
    fn coverage() {
        let service = service(
            "volumes: ['vol-a:/var/cache/x', './c:/run/x/conf:ro']\ntmpfs: ['/tmp:size=1m', /var/run/]",
        );
        for path in ["/var/cache/x", "/var/cache/x/y", "/tmp", "/run/postgresql", "/var/run/postgresql"] {
            assert!(is_covered(&service, path), "{path}");
        }
        for path in ["/var/cache", "/tmpx", "/var/runner"] {
            assert!(!is_covered(&service, path), "{path}");
        }
    }

    #[test]
    fn what_may_be_written() {
        let target = |text: &str| writable(&service(text)).map(|mount| mount.target.clone());
        assert_eq!(target("volumes: ['./a:/a:ro', 'vol-b:/b']").as_deref(), Some("/b"));
        assert_eq!(target("volumes: ['./a:/a:ro']"), None);
        assert!(
            engine_socket(&service("volumes: ['/var/run/docker.sock:/var/run/docker.sock:ro']")).is_some()
        );
    }
}
