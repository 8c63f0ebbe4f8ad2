//! The keys of a service that harden writes or goes by, as people spell them.
//!
//! Add a spelling: one more value in its line. All values of `mem_limit` are above all of `mem_reservation`, because
//! Compose refuses the opposite.

use super::service::Key;
use super::shape::{Nodes, either, list, map, raw, text, texts, whole};

/// Keys that may stand in any service.
pub const KEYS: &[Key] = &[
    ("mem_limit", || {
        either(vec![
            text(&["512m", "1g", "300M", "1073741824", "${MEM:-512m}", "0.5gb"]),
            raw(&["536870912"]),
        ])
    }),
    ("mem_reservation", || text(&["64m", "32M"])),
    ("memswap_limit", || either(vec![text(&["2g"]), raw(&["-1"])])),
    ("shm_size", || text(&["64m", "128mb"])),
    ("cpus", || either(vec![raw(&["0.5", "1", "1.5"]), text(&["0.50", "1"])])),
    ("pids_limit", || either(vec![raw(&["100", "-1", "1000"]), text(&["250"])])),
    ("init", flag),
    ("read_only", flag),
    ("privileged", || raw(&["true", "false"])),
    ("user", || text(&["1000", "1000:1000", "root", "0:0", "nobody", "${UID:-1000}:${GID:-1000}"])),
    ("cap_drop", || {
        either(vec![texts(&["ALL"]), texts(&["all"]), texts(&["NET_RAW", "CAP_SYS_ADMIN", "mknod"])])
    }),
    ("cap_add", || texts(&["CHOWN", "CAP_NET_BIND_SERVICE", "net_admin", "SYS_PTRACE", "setuid"])),
    ("security_opt", security_opt),
    ("tmpfs", || {
        either(vec![
            text(&["/tmp", "/run:size=64m,mode=1777"]),
            texts(&["/tmp", "/run:uid=1000", "/var/cache/nginx"]),
        ])
    }),
    ("logging", logging),
    ("deploy", deploy),
    ("ipc", || text(&["host", "private"])),
    ("oom_score_adj", || raw(&["-500"])),
];

fn flag() -> Nodes {
    either(vec![raw(&["true", "false", "True", "FALSE"]), text(&["true", "false"])])
}

fn security_opt() -> Nodes {
    list(vec![
        text(&[
            "no-new-privileges:true",
            "no-new-privileges",
            "no-new-privileges=true",
            "no-new-privileges:false",
        ]),
        text(&["apparmor:unconfined", "apparmor=docker-default"]),
        text(&["seccomp:unconfined", "seccomp=unconfined"]),
        text(&["label:disable"]),
    ])
}

/// Log drivers, with and without a bound.
pub fn logging() -> Nodes {
    let options = map(vec![
        ("max-size", text(&["10m", "-1"])),
        ("max-file", text(&["3", "1"])),
        ("tag", text(&["{{.Name}}", "ünïcode"])),
    ]);
    let file = map(vec![("driver", text(&["json-file", "local"])), ("options", options)]);
    either(vec![file, whole(vec![("driver", text(&["syslog", "none", "journald"]))])])
}

fn deploy() -> Nodes {
    map(vec![
        ("resources", resources()),
        ("replicas", raw(&["1"])),
        ("mode", text(&["replicated"])),
        ("restart_policy", whole(vec![("condition", text(&["on-failure"])), ("max_attempts", raw(&["3"]))])),
        ("labels", texts(&["a=b"])),
    ])
}

/// What a deployed service may use.
pub fn resources() -> Nodes {
    let limits = map(vec![
        ("memory", text(&["512M", "1g"])),
        ("cpus", either(vec![text(&["0.50", "1"]), raw(&["0.5"])])),
        ("pids", raw(&["100"])),
    ]);
    let reservations = map(vec![("memory", text(&["64M"])), ("cpus", text(&["0.1"]))]);
    map(vec![("limits", limits), ("reservations", reservations)])
}
