//! The pass `sensitive_mounts`. What it does and why stands in `sensitive_mounts.md`, which `harden explain` prints.
#![doc = include_str!("sensitive_mounts.md")]

use super::findings::Found;
use super::{Context, Meta, Pass, PassKind, Reads, findings, host_path};
use crate::plan::{Severity, Verdict};

/// The pass.
#[derive(Debug)]
pub struct SensitiveMounts;

const META: Meta = Meta {
    id: "sensitive_mounts",
    summary: "directories of the host that open it",
    kind: PassKind::Advice,
    text: include_str!("sensitive_mounts.md"),
    reads: Reads { keys: &["volumes"], facts: &[] },
};

/// Sensitive as a whole; what is below is judged on its own.
const WHOLE: [&str; 18] = [
    "/", "/bin", "/boot", "/dev", "/etc", "/home", "/lib", "/lib64", "/opt", "/root", "/sbin", "/usr",
    "/usr/bin", "/usr/lib", "/var", "/var/lib", "~", "/etc/ssl",
];

/// Sensitive with everything below.
const WITH_ALL_BELOW: [&str; 17] = [
    "/boot",
    "/etc/cron.d",
    "/etc/docker",
    "/etc/kubernetes",
    "/etc/pam.d",
    "/etc/shadow",
    "/etc/ssh",
    "/etc/ssl/private",
    "/etc/sudoers",
    "/etc/sudoers.d",
    "/etc/systemd",
    "/proc",
    "/sys",
    "/var/lib/containerd",
    "/var/lib/containers",
    "/var/lib/docker",
    "/var/lib/kubelet",
];

/// Read by many and secret to nobody: only sensitive when they may be written.
const FINE_TO_READ: [&str; 12] = [
    "/bin",
    "/etc/ssl",
    "/lib",
    "/lib64",
    "/opt",
    "/sbin",
    "/usr",
    "/usr/bin",
    "/usr/lib",
    "/sys/fs/cgroup",
    "/sys/class",
    "/sys/devices",
];

/// Files and directories that may be read but not written.
const NOT_TO_WRITE: [&str; 4] = ["/etc/group", "/etc/passwd", "/lib/modules", "/usr/lib/modules"];

/// Keys of a person, below a home directory.
const KEYS: [&str; 11] = [
    ".ssh",
    ".aws",
    ".azure",
    ".config/gcloud",
    ".docker",
    ".git-credentials",
    ".gnupg",
    ".kube",
    ".netrc",
    ".npmrc",
    ".vault-token",
];

const HELP: &str = "mount only what it needs of it, and `:ro`";
const HELP_READ: &str = "mount only what it needs of it; `:ro` still lets it read everything";

impl Pass for SensitiveMounts {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn run(&self, context: &Context<'_>) -> Verdict {
        let found: Vec<Found> = context
            .service
            .volumes
            .iter()
            .filter_map(|mount| {
                let path = host_path::of(mount, context.project)?;
                Some(Found::new(severity(&path, mount.read_only)?, path, mount.place))
            })
            .collect();
        let (writable, readable): (Vec<Found>, Vec<Found>) =
            found.iter().cloned().partition(|found| found.severity == Severity::High);
        if writable.is_empty() {
            return findings::verdict(&found, "may read the host's", HELP_READ);
        }
        let words = match readable.as_slice() {
            [] => "may write to the host's".to_owned(),
            some => format!("may read the host's {}, and write to its", findings::names(some)),
        };
        findings::verdict(&writable, &words, HELP)
    }
}

/// High when it may be written, medium when it may be read, if the path matters at all.
fn severity(path: &str, read_only: bool) -> Option<Severity> {
    let below = |paths: &[&str]| paths.iter().any(|above| host_path::is_at_or_above(above, path));
    let sensitive = WHOLE.contains(&path) || below(&WITH_ALL_BELOW) || is_home(path) || is_key(path);
    let fine_to_read = FINE_TO_READ.contains(&path) || below(&NOT_TO_WRITE) || below(&["/sys/fs/cgroup"]);
    match (sensitive || below(&NOT_TO_WRITE), fine_to_read, read_only) {
        (false, ..) | (_, true, true) => None,
        (_, _, true) => Some(Severity::Medium),
        _ => Some(Severity::High),
    }
}

/// The home directory of one person.
fn is_home(path: &str) -> bool {
    path.strip_prefix("/home/").is_some_and(|name| !name.contains('/'))
}

fn is_key(path: &str) -> bool {
    let in_home = |rest: &str| KEYS.iter().any(|key| host_path::is_at_or_above(key, rest));
    let home = path.strip_prefix("~/").or_else(|| path.strip_prefix("/root/"));
    let home = home.or_else(|| path.strip_prefix("/home/").and_then(|rest| Some(rest.split_once('/')?.1)));
    home.is_some_and(in_home)
}

#[cfg(test)]
mod tests {
    use super::SensitiveMounts;
    use crate::passes::findings::said;
    use crate::passes::testing::{run, unknown};

    #[test]
    fn what_opens_the_host() {
        let cases = [
            ("/:/host", "high: may write to the host's `/`"),
            ("/:/host:ro", "medium: may read the host's `/`"),
            ("/etc/:/etc", "high: may write to the host's `/etc`"),
            ("/etc/shadow:/x:ro", "medium: may read the host's `/etc/shadow`"),
            ("/etc/passwd:/etc/passwd", "high: may write to the host's `/etc/passwd`"),
            ("/var/lib/docker/:/var/lib/docker:ro", "medium: may read the host's `/var/lib/docker`"),
            ("/var/lib/docker/volumes:/v", "high: may write to the host's `/var/lib/docker/volumes`"),
            ("/proc:/host/proc:ro,rslave", "medium: may read the host's `/proc`"),
            ("/sys:/sys", "high: may write to the host's `/sys`"),
            ("/dev:/dev", "high: may write to the host's `/dev`"),
            ("/lib/modules:/lib/modules", "high: may write to the host's `/lib/modules`"),
            ("${HOME}:/home/me", "high: may write to the host's `~`"),
            ("~/.ssh:/root/.ssh:ro", "medium: may read the host's `~/.ssh`"),
            ("/home/me/.kube/config:/k:ro", "medium: may read the host's `/home/me/.kube/config`"),
            ("/home/me:/data", "high: may write to the host's `/home/me`"),
            ("${ROOT:-/}:/host:ro", "medium: may read the host's `/`"),
        ];
        for (mount, expected) in cases {
            let text = format!("volumes: ['{mount}']");
            assert_eq!(said(&run(&SensitiveMounts, &text, &unknown())), expected, "{mount}");
        }
    }

    #[test]
    fn what_may_be_read_is_named_beside_what_may_be_written() {
        let text = "volumes: ['/etc:/x:ro', '/root/.ssh:/root/.ssh']";
        let expected = "high: may read the host's `/etc`, and write to its `/root/.ssh`";
        assert_eq!(said(&run(&SensitiveMounts, text, &unknown())), expected);
    }

    #[test]
    fn what_many_mount_is_fine() {
        for mount in [
            "data:/etc",
            "/data",
            "./etc:/etc",
            "/etc/localtime:/etc/localtime:ro",
            "/etc/timezone:/etc/timezone",
            "/etc/hosts:/etc/hosts:ro",
            "/etc/ssl/certs:/etc/ssl/certs:ro",
            "/etc/nginx:/etc/nginx",
            "/etc/letsencrypt:/etc/letsencrypt:ro",
            "/etc/passwd:/etc/passwd:ro",
            "/lib/modules:/lib/modules:ro",
            "/sys/fs/cgroup:/sys/fs/cgroup:ro",
            "/dev/shm:/dev/shm",
            "/home/me/media:/media",
            "/opt/app:/app",
            "/var/log:/var/log:ro",
            "/mnt/data:/data",
            "./.ssh:/keys",
            "./.docker/php:/etc/php",
            "/rootfs:/x",
            "${DATA}/etc:/etc",
            "/usr/share/zoneinfo:/x:ro",
            "/usr/bin/docker:/usr/bin/docker",
        ] {
            let text = format!("volumes: ['{mount}']");
            assert_eq!(said(&run(&SensitiveMounts, &text, &unknown())), "-", "{mount}");
        }
    }

    #[test]
    fn several_are_one_finding() {
        let text =
            "volumes: ['/proc:/p:ro', '/sys:/s:ro', {type: bind, source: /, target: /r, read_only: true}]";
        let found = said(&run(&SensitiveMounts, text, &unknown()));
        assert_eq!(found, "medium: may read the host's `/`, `/proc`, `/sys`");
    }
}
