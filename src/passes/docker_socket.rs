//! The pass `docker_socket`. What it does and why stands in `docker_socket.md`, which `harden explain` prints.
#![doc = include_str!("docker_socket.md")]

use super::findings::Found;
use super::{Context, Meta, Pass, PassKind, Reads, findings, host_path};
use crate::compose::{Flag, Mount, Setting, Spanned};
use crate::plan::{Severity, Skip, Verdict};

/// The pass.
#[derive(Debug)]
pub struct DockerSocket;

const META: Meta = Meta {
    id: "docker_socket",
    summary: "the engine's socket inside a container",
    kind: PassKind::Advice,
    text: include_str!("docker_socket.md"),
    reads: Reads { keys: &["volumes", "use_api_socket"], facts: &[] },
};

/// The last segments of the paths of engine sockets.
const SOCKETS: [&str; 6] =
    ["docker.sock", "docker.raw.sock", "podman.sock", "containerd.sock", "crio.sock", "docker_engine"];

/// Directories of the host that hold such a socket.
const DIRECTORIES: [&str; 6] =
    ["/run", "/var/run", "/run/podman", "/run/containerd", "/run/crio", "/var/run/podman"];

/// The last segment of the names of images that stand between a service and the socket.
const PROXIES: [&str; 3] = ["docker-socket-proxy", "socket-proxy", "docker-proxy"];

impl Pass for DockerSocket {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn run(&self, context: &Context<'_>) -> Verdict {
        let found: Vec<Found> = mounted(context).chain(requested(context)).collect();
        match findings::worst(&found) {
            None => Verdict::Skip(Skip::NotApplicable),
            Some(worst) if is_proxy(context) => findings::advise(
                Severity::Low,
                "passes the engine's socket on, as a proxy for it must",
                "allow only the requests that are needed, and publish no port",
                worst.place,
            ),
            Some(_) => findings::verdict(
                &found,
                "is root on the host through",
                "put a socket proxy between that passes only the requests it needs; `:ro` does not limit them",
            ),
        }
    }
}

/// Sockets and directories with sockets among the mounts.
fn mounted(context: &Context<'_>) -> impl Iterator<Item = Found> {
    context.service.volumes.iter().filter_map(move |mount| {
        let name = socket(mount, context)?;
        Some(Found::new(Severity::High, name, mount.place))
    })
}

fn socket(mount: &Spanned<Mount>, context: &Context<'_>) -> Option<String> {
    let host = host_path::of(mount, context.project);
    let pipe = mount.source.clone();
    let ends = [host.clone(), pipe, Some(mount.target.clone())];
    let socket = ends.iter().flatten().find_map(|path| last_segment(path).filter(|end| is_socket(end)));
    let socket = socket.map(|socket| socket.trim_end_matches('}').to_owned());
    socket.or_else(|| host.filter(|path| DIRECTORIES.contains(&path.as_str())))
}

fn is_socket(name: &str) -> bool {
    SOCKETS.contains(&name.trim_end_matches('}'))
}

fn last_segment(path: &str) -> Option<&str> {
    path.rsplit(['/', '\\']).next()
}

fn requested(context: &Context<'_>) -> Option<Found> {
    let requested = context.service.use_api_socket.as_ref()?;
    (requested.value == Setting::Literal(Flag(true)))
        .then(|| Found::new(Severity::High, "use_api_socket", requested.place))
}

fn is_proxy(context: &Context<'_>) -> bool {
    let name = context.image.reference.as_ref().map(|reference| reference.repository.as_str());
    name.and_then(last_segment).is_some_and(|name| PROXIES.contains(&name))
}

#[cfg(test)]
mod tests {
    use super::DockerSocket;
    use crate::image::{Image, Reference};
    use crate::passes::findings::said;
    use crate::passes::testing::{run, unknown};

    #[test]
    fn every_way_to_get_the_socket() {
        let found = |name: &str| format!("high: is root on the host through `{name}`");
        let cases = [
            ("volumes: ['/var/run/docker.sock:/var/run/docker.sock']", found("docker.sock")),
            ("volumes: ['//var/run/docker.sock:/var/run/docker.sock:ro']", found("docker.sock")),
            ("volumes: ['${SOCK:-/var/run/docker.sock}:/tmp/x']", found("docker.sock")),
            ("volumes: ['${SOCK}:/var/run/docker.sock']", found("docker.sock")),
            ("volumes: ['$XDG_RUNTIME_DIR/podman/podman.sock:/x']", found("podman.sock")),
            (
                "volumes: [{type: bind, source: /run/containerd/containerd.sock, target: /s}]",
                found("containerd.sock"),
            ),
            (
                "volumes: [{type: npipe, source: '\\\\.\\pipe\\docker_engine', target: '\\\\.\\pipe\\x'}]",
                found("docker_engine"),
            ),
            ("volumes: ['/var/run:/var/run:ro']", found("/var/run")),
            ("volumes: ['/run/:/host/run']", found("/run")),
            ("use_api_socket: true", found("use_api_socket")),
            (
                "volumes: ['/var/run/docker.sock:/x', '/run/podman/podman.sock:/y']",
                "high: is root on the host through `docker.sock`, `podman.sock`".to_owned(),
            ),
        ];
        for (text, expected) in cases {
            assert_eq!(said(&run(&DockerSocket, text, &unknown())), expected, "{text}");
        }
    }

    #[test]
    fn other_sockets_and_directories_are_no_matter() {
        for text in [
            "image: x",
            "volumes: ['/run/mysqld/mysqld.sock:/mysqld.sock']",
            "volumes: ['run:/var/run/x']",
            "volumes: ['./docker.sock.md:/x']",
            "volumes: ['/var/run/app:/var/run/app']",
            "volumes: ['data:/run']",
            "tmpfs: /run",
            "use_api_socket: false",
        ] {
            assert_eq!(said(&run(&DockerSocket, text, &unknown())), "-", "{text}");
        }
    }

    #[test]
    fn a_proxy_is_the_right_place() {
        for name in ["tecnativa/docker-socket-proxy:0.3", "lscr.io/linuxserver/socket-proxy"] {
            let image = Image { reference: Reference::parse(name), ..Image::default() };
            let text = "volumes: ['/var/run/docker.sock:/var/run/docker.sock:ro']";
            assert!(said(&run(&DockerSocket, text, &image)).starts_with("low: "), "{name}");
        }
    }
}
