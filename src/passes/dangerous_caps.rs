//! The pass `dangerous_caps`. What it does and why stands in `dangerous_caps.md`, which `harden explain` prints.
#![doc = include_str!("dangerous_caps.md")]

use super::findings::Found;
use super::{Context, Meta, Pass, PassKind, Reads, findings};
use crate::compose::Via;
use crate::plan::{Severity, Skip, Verdict};

/// The pass.
#[derive(Debug)]
pub struct DangerousCaps;

const META: Meta = Meta {
    id: "dangerous_caps",
    summary: "capabilities that reach beyond the container",
    kind: PassKind::Advice,
    text: include_str!("dangerous_caps.md"),
    reads: Reads { keys: &["cap_add", "privileged"], facts: &[] },
};

/// These give the host away.
const HIGH: [&str; 8] =
    ["ALL", "BPF", "DAC_READ_SEARCH", "MAC_ADMIN", "SYS_ADMIN", "SYS_MODULE", "SYS_PTRACE", "SYS_RAWIO"];

/// These change the host, or the traffic of others.
const MEDIUM: [&str; 9] = [
    "AUDIT_CONTROL",
    "CHECKPOINT_RESTORE",
    "MAC_OVERRIDE",
    "NET_ADMIN",
    "PERFMON",
    "SYS_BOOT",
    "SYS_RESOURCE",
    "SYS_TIME",
    "SYSLOG",
];

const HELP: &str = "remove it, or keep it with a comment that says what needs it";
const HELP_NETWORK: &str = "right for a VPN or a firewall; otherwise remove it";

impl Pass for DangerousCaps {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn run(&self, context: &Context<'_>) -> Verdict {
        if context.service.is_privileged() {
            return Verdict::Skip(Skip::Privileged);
        }
        let written = context.service.cap_add.iter().filter(|capability| capability.via != Via::Plan);
        let found: Vec<Found> = written
            .filter_map(|capability| {
                let name = name(&capability.value);
                Some(Found::new(severity(&name)?, name, capability.place))
            })
            .collect();
        let only_network = found.iter().all(|found| found.name == "NET_ADMIN");
        findings::verdict(&found, "`cap_add` gives", if only_network { HELP_NETWORK } else { HELP })
    }
}

fn name(written: &str) -> String {
    let name = written.trim().to_ascii_uppercase();
    name.strip_prefix("CAP_").map(str::to_owned).unwrap_or(name)
}

fn severity(name: &str) -> Option<Severity> {
    if HIGH.contains(&name) {
        return Some(Severity::High);
    }
    MEDIUM.contains(&name).then_some(Severity::Medium)
}

#[cfg(test)]
mod tests {
    use super::DangerousCaps;
    use crate::compose::Spanned;
    use crate::passes::findings::said;
    use crate::passes::testing::{run, service, unknown, verdict};

    #[test]
    fn what_reaches_beyond() {
        let cases = [
            ("image: x", "-"),
            ("cap_add: [CHOWN, SETUID, NET_BIND_SERVICE, IPC_LOCK, NET_RAW]", "-"),
            ("cap_drop: [SYS_ADMIN, ALL]", "-"),
            ("cap_add: [NET_ADMIN]", "medium: `cap_add` gives `NET_ADMIN`"),
            ("cap_add: [CAP_SYS_ADMIN, chown]", "high: `cap_add` gives `SYS_ADMIN`"),
            ("cap_add: [sys_ptrace, net_admin]", "high: `cap_add` gives `NET_ADMIN`, `SYS_PTRACE`"),
            ("cap_add: [ALL]", "high: `cap_add` gives `ALL`"),
            ("cap_add: [SYS_TIME]", "medium: `cap_add` gives `SYS_TIME`"),
            ("cap_add: [ALL]\nprivileged: true", "Privileged"),
        ];
        for (text, expected) in cases {
            assert_eq!(said(&run(&DangerousCaps, text, &unknown())), expected, "{text}");
        }
    }

    #[test]
    fn what_harden_adds_is_not_advised_against() {
        let mut service = service("cap_add: [CHOWN]");
        service.cap_add.0.push(Spanned::planned("SYS_ADMIN".to_owned()));
        assert_eq!(said(&verdict(&DangerousCaps, &service, &unknown())), "-");
    }
}
