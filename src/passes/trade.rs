//! What the name of an image tells of its trade: a virtual machine, a browser, a mail server, a virus scanner.
//!
//! Only asked where nothing better is known, and only to give more room or to keep a right that the trade is known to
//! use; a name never takes anything away.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use super::{Context, grounds};
use crate::compose::Bytes;
use crate::plan::Words;

/// A trade, and what it takes.
struct Trade {
    /// Parts of image names.
    names: &'static [&'static str],
    /// Memory in MiB; 0 for the usual.
    memory: u64,
    /// Processes and threads; 0 for the usual.
    pids: u32,
    /// Capabilities beyond the start-up set.
    caps: &'static [&'static str],
    /// What it is, for the reason.
    what: &'static str,
}

const TRADES: [Trade; 9] = [
    Trade {
        names: &[
            "activemq",
            "cassandra",
            "confluence",
            "dubbo",
            "efak",
            "elasticsearch",
            "flink",
            "flowable",
            "hadoop",
            "java",
            "jdk",
            "jenkins",
            "jira",
            "jpom",
            "jre",
            "kafka",
            "keycloak",
            "logstash",
            "minecraft",
            "mycat",
            "nacos",
            "neo4j",
            "nexus",
            "opensearch",
            "powerjob",
            "pulsar",
            "rocketmq",
            "seata",
            "sentinel-dashboard",
            "skywalking",
            "solr",
            "sonarqube",
            "spark",
            "teamcity",
            "temurin",
            "tomcat",
            "trino",
            "wildfly",
            "xxl-job",
            "zipkin",
            "zookeeper",
        ],
        memory: 2048,
        pids: 1024,
        caps: &[],
        what: "a Java virtual machine",
    },
    Trade {
        names: &[
            "browserless",
            "chrome",
            "chromium",
            "firefox",
            "neko",
            "playwright",
            "puppeteer",
            "selenium",
        ],
        memory: 2048,
        pids: 1024,
        caps: &[],
        what: "a browser",
    },
    Trade {
        names: &[
            "comfyui",
            "diffusion",
            "embedding",
            "inference",
            "llama",
            "llm",
            "localai",
            "machine-learning",
            "ollama",
            "pytorch",
            "sglang",
            "tensorflow",
            "triton",
            "whisper",
        ],
        memory: 8192,
        pids: 1024,
        caps: &[],
        what: "a model that is held in memory",
    },
    Trade {
        names: &[
            "bitcoin",
            "clamav",
            "clamd",
            "clickhouse",
            "collabora",
            "frigate",
            "geth",
            "gitlab",
            "immich",
            "milvus",
            "monerod",
            "mssql",
            "onlyoffice",
            "oracle",
            "photoprism",
            "plex",
        ],
        memory: 4096,
        pids: 1024,
        caps: &[],
        what: "a program that is known for its size",
    },
    Trade {
        names: &["dovecot", "exim", "mailserver", "mailu", "opensmtpd", "poste.io", "postfix", "stalwart"],
        memory: 0,
        pids: 0,
        caps: &["SYS_CHROOT"],
        what: "a mail server",
    },
    Trade {
        names: &["ftp"],
        memory: 0,
        pids: 0,
        caps: &["AUDIT_WRITE", "SYS_CHROOT"],
        what: "a file server that locks its users in",
    },
    Trade {
        names: &["forgejo", "gitea", "gitlab", "gogs", "openssh", "sftp", "ssh-", "sshd"],
        memory: 0,
        pids: 0,
        caps: &["AUDIT_WRITE", "SYS_CHROOT"],
        what: "an SSH server",
    },
    Trade {
        names: &["bind9", "knot", "pdns", "powerdns", "unbound"],
        memory: 0,
        pids: 0,
        caps: &["SYS_CHROOT"],
        what: "a name server",
    },
    Trade {
        names: &[
            "blackbox",
            "checkmk",
            "dhcp",
            "dnsmasq",
            "gatus",
            "homebridge",
            "icinga",
            "librenms",
            "nagios",
            "netdata",
            "nmap",
            "ntopng",
            "openvas",
            "pialert",
            "smokeping",
            "speedtest",
            "statping",
            "telegraf",
            "uptime",
            "watchyourlan",
            "zabbix",
        ],
        memory: 0,
        pids: 0,
        caps: &["NET_RAW"],
        what: "a monitor that sends pings",
    },
];

/// The memory of the hungriest trade that the name tells of.
pub(super) fn memory(context: &Context<'_>) -> Option<(Bytes, Words)> {
    let trade = named(context).filter(|trade| trade.memory > 0).max_by_key(|trade| trade.memory)?;
    Some((Bytes::mib(trade.memory), format!("room for {}", trade.what).into()))
}

/// The processes and threads of the busiest.
pub(super) fn pids(context: &Context<'_>) -> Option<(u32, Words)> {
    let trade = named(context).filter(|trade| trade.pids > 0).max_by_key(|trade| trade.pids)?;
    Some((trade.pids, format!("{} runs hundreds of threads", trade.what).into()))
}

/// What all of them need besides the start-up set.
pub(super) fn caps(context: &Context<'_>) -> BTreeSet<String> {
    named(context).flat_map(|trade| trade.caps).map(|&cap| cap.to_owned()).collect()
}

fn named(context: &Context<'_>) -> impl Iterator<Item = &'static Trade> {
    let found = found(&name(context));
    TRADES.iter().zip(found).filter_map(|(trade, found)| found.then_some(trade))
}

/// Which trades have a part in a name: at each of its letters, only the parts that begin with it are looked at.
fn found(name: &str) -> [bool; TRADES.len()] {
    let mut found = [false; TRADES.len()];
    for (at, first) in name.bytes().enumerate() {
        for (part, trade) in PARTS.get(usize::from(first)).into_iter().flatten() {
            let is_here = name.as_bytes().get(at..).is_some_and(|rest| rest.starts_with(part.as_bytes()));
            if is_here && let Some(found) = found.get_mut(*trade) {
                *found = true;
            }
        }
    }
    found
}

/// All parts of names by their first letter, which is of ASCII, and whose they are. Made anew in every run and asked for
/// short texts: a quick table serves better than an automaton that is quick to ask.
static PARTS: LazyLock<Vec<Vec<(&'static str, usize)>>> = LazyLock::new(|| {
    let mut parts = vec![Vec::new(); 128];
    for (at, trade) in TRADES.iter().enumerate() {
        for part in trade.names {
            if let Some(same) = parts.get_mut(usize::from(part.bytes().next().unwrap_or_default())) {
                same.push((*part, at));
            }
        }
    }
    parts
});

/// The image's names as the file and the catalogue have them; that of the service where the image has none.
pub(super) fn name(context: &Context<'_>) -> String {
    let written = context.service.image.as_ref().map_or(context.service.name.as_str(), |image| &image.value);
    let known = grounds::facts(context.image).map_or("", |facts| facts.name.as_ref());
    format!("{written} {known}").to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::{TRADES, found};

    #[test]
    fn every_trade_takes_something_by_names_in_lower_case() {
        for trade in &TRADES {
            assert!(trade.memory > 0 || trade.pids > 0 || !trade.caps.is_empty(), "{}", trade.what);
            assert!(trade.names.is_sorted(), "{}", trade.what);
            let lower = |name: &&str| name.len() > 2 && **name == name.to_ascii_lowercase();
            assert!(trade.names.iter().all(lower), "{}", trade.what);
        }
    }

    #[test]
    fn a_part_is_found_wherever_it_stands() {
        for (at, trade) in TRADES.iter().enumerate() {
            for part in trade.names {
                for name in [
                    (*part).to_owned(),
                    format!("acme/é{part}"),
                    format!("{part}-x:1 "),
                    format!("jav{part}"),
                ] {
                    assert!(found(&name)[at], "{name}");
                }
            }
        }
        assert_eq!(found("acme/jav:a jd"), [false; TRADES.len()]);
    }
}
