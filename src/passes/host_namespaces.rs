//! The pass `host_namespaces`. What it does and why stands in `host_namespaces.md`, which `harden explain` prints.
#![doc = include_str!("host_namespaces.md")]

use super::findings::Found;
use super::{Context, Meta, Pass, PassKind, Reads, findings, words};
use crate::compose::{Service, Spanned};
use crate::plan::{Severity, Verdict};

/// The pass.
#[derive(Debug)]
pub struct HostNamespaces;

const META: Meta = Meta {
    id: "host_namespaces",
    summary: "the host's network, processes or memory shared",
    kind: PassKind::Advice,
    text: include_str!("host_namespaces.md"),
    reads: Reads { keys: &["network_mode", "pid", "ipc", "uts", "userns_mode", "cgroup"], facts: &[] },
};

const ONLY_NETWORK: &str =
    "publish ports instead, unless it must see the host's own network (mDNS, DHCP, a VPN, a monitor)";
const HELP: &str = "remove what is not needed; only a monitor of the host needs to see into it";

impl Pass for HostNamespaces {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn run(&self, context: &Context<'_>) -> Verdict {
        let found: Vec<Found> = shared(context.service).collect();
        let only_network = found.iter().all(|found| found.name.starts_with("network_mode"));
        findings::verdict(&found, "shares with the host:", if only_network { ONLY_NETWORK } else { HELP })
    }
}

fn shared(service: &Service) -> impl Iterator<Item = Found> {
    let keys: [(&str, &Option<Spanned<String>>, Severity); 6] = [
        ("network_mode", &service.network_mode, Severity::Medium),
        ("pid", &service.pid, Severity::High),
        ("ipc", &service.ipc, Severity::Medium),
        ("uts", &service.uts, Severity::Low),
        ("userns_mode", &service.userns_mode, Severity::Medium),
        ("cgroup", &service.cgroup, Severity::Medium),
    ];
    keys.into_iter().filter_map(|(key, value, severity)| {
        let value = value.as_ref().filter(|value| words::resolved(value) == Some("host"))?;
        Some(Found::new(severity, format!("{key}: host"), value.place))
    })
}

#[cfg(test)]
mod tests {
    use super::HostNamespaces;
    use crate::passes::findings::said;
    use crate::passes::testing::{run, unknown};

    #[test]
    fn only_the_host_counts() {
        let cases = [
            ("image: x", "-"),
            ("network_mode: bridge", "-"),
            ("network_mode: service:vpn", "-"),
            ("pid: container:app", "-"),
            ("ipc: shareable", "-"),
            ("network_mode: ${MODE}", "-"),
            ("hostname: host", "-"),
            ("network_mode: host", "medium: shares with the host: `network_mode: host`"),
            ("network_mode: ${MODE:-host}", "medium: shares with the host: `network_mode: host`"),
            ("pid: host", "high: shares with the host: `pid: host`"),
            ("uts: host", "low: shares with the host: `uts: host`"),
            ("userns_mode: host", "medium: shares with the host: `userns_mode: host`"),
            ("cgroup: host", "medium: shares with the host: `cgroup: host`"),
            (
                "pid: host\nipc: host\nnetwork_mode: host",
                "high: shares with the host: `ipc: host`, `network_mode: host`, `pid: host`",
            ),
        ];
        for (text, expected) in cases {
            assert_eq!(said(&run(&HostNamespaces, text, &unknown())), expected, "{text}");
        }
    }
}
