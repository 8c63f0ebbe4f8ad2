//! What `docker stack deploy` makes of the keys of a Compose file: one table of facts, and which of them a file has.
//!
//! It is another reader than Compose: it has a schema of its own for every `version:`, refuses what the schema lacks,
//! and leaves out of the service what Swarm has no place for, often without a word. Data only; decides nothing.
//!
//! Every line was measured with the Docker CLI 28.2.2: the service that `docker stack deploy` asks a manager for, with
//! and without the key, and what `docker stack config` accepts at every version from 3.0 to 3.13.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::{Project, Spanned};

/// Who is to run the file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Target {
    /// `docker compose up`, on one machine.
    #[default]
    Compose,
    /// `docker stack deploy`, on a swarm.
    Swarm,
}

/// A version of the deployer's schema, such as 3.8.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version(pub u8, pub u8);

/// The newest; also that of a file without a `version`.
pub const NEWEST: Version = Version(3, 13);

/// What the deployer makes of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Treatment {
    /// Takes effect, from this version on; an older one refuses the file.
    Honoured(Version),
    /// Accepted, and left out of the service.
    Ignored,
    /// The file is refused.
    Refused,
    /// The file is refused where the value is a mapping.
    NoMapping,
    /// The file is refused where the value is a bare number.
    NoNumber,
}

/// One line of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// The key, dotted from the service downwards.
    pub key: &'static str,
    /// What becomes of it.
    pub treatment: Treatment,
    /// What to do instead, one clause; empty where there is nothing to do but leave it out.
    pub instead: &'static str,
}

const LIMITS: &str = "set it below `deploy.resources.limits`";
const NODES: &str = "set it on every node: `no-new-privileges` in `/etc/docker/daemon.json`";
const BY_NODE: &str = "choose the nodes with `deploy.placement.constraints`";
const NAMES: &str = "services of one network reach each other by name";

/// What passes write, then everything else the Compose Specification has and the deployer does not honour.
pub const RULES: &[Rule] = &[
    honoured("deploy.resources.limits.memory", Version(3, 0)),
    honoured("deploy.resources.limits.pids", Version(3, 9)),
    Rule {
        key: "deploy.resources.limits.cpus",
        treatment: Treatment::NoNumber,
        instead: "put the number in quotes",
    },
    Rule {
        key: "deploy.resources.reservations.cpus",
        treatment: Treatment::NoNumber,
        instead: "put the number in quotes",
    },
    honoured("init", Version(3, 7)),
    honoured("user", Version(3, 0)),
    honoured("read_only", Version(3, 0)),
    honoured("cap_drop", Version(3, 0)),
    honoured("cap_add", Version(3, 0)),
    honoured("logging", Version(3, 0)),
    honoured("healthcheck", Version(3, 0)),
    honoured("image", Version(3, 0)),
    // the long form, which is all that a pass adds
    honoured("volumes", Version(3, 2)),
    honoured("volumes.tmpfs.size", Version(3, 6)),
    ignored("tmpfs", "mount it below `volumes`, with `type: tmpfs`"),
    ignored("security_opt", NODES),
    // the address of a port, which is all that a pass writes there
    ignored("ports", "the port is open on every node: publish none, or let a firewall keep others out"),
    ignored("privileged", "there is no such thing in a swarm; add what it needs with `cap_add`"),
    ignored("restart", "use `deploy.restart_policy`"),
    ignored("build", "build and push the image first: every node pulls it"),
    ignored("container_name", ""),
    ignored("devices", BY_NODE),
    ignored("network_mode", "use `networks`; the network `host` may be one, as an external one"),
    ignored("pid", ""),
    ignored("ipc", ""),
    ignored("userns_mode", ""),
    ignored("shm_size", "mount `/dev/shm` below `volumes`, with `type: tmpfs`"),
    ignored("cgroup_parent", ""),
    ignored("domainname", ""),
    ignored("mac_address", ""),
    ignored("expose", NAMES),
    ignored("links", NAMES),
    ignored("external_links", NAMES),
    Rule {
        key: "depends_on",
        treatment: Treatment::NoMapping,
        instead: "use a list, whose order is ignored: the service must wait for what it needs",
    },
    refused("mem_limit", LIMITS),
    refused("cpus", LIMITS),
    refused("pids_limit", LIMITS),
    refused("memswap_limit", ""),
    refused("mem_reservation", "set it below `deploy.resources.reservations`"),
    refused("mem_swappiness", ""),
    refused("oom_kill_disable", ""),
    refused("cpu_count", LIMITS),
    refused("cpu_percent", LIMITS),
    refused("cpu_period", LIMITS),
    refused("cpu_quota", LIMITS),
    refused("cpu_rt_period", LIMITS),
    refused("cpu_rt_runtime", LIMITS),
    refused("cpu_shares", LIMITS),
    refused("cpuset", LIMITS),
    refused("extends", "write the service out"),
    refused("profiles", "keep it in a file of its own"),
    refused("scale", "use `deploy.replicas`"),
    refused("platform", BY_NODE),
    refused("pull_policy", ""),
    refused("runtime", ""),
    refused("gpus", "reserve generic resources below `deploy.resources.reservations`"),
    refused("group_add", "put the group into `user`"),
    refused("uts", ""),
    refused("cgroup", ""),
    refused("device_cgroup_rules", ""),
    refused("dns_opt", ""),
    refused("storage_opt", ""),
    refused("blkio_config", ""),
    refused("volumes_from", "name the volumes in each service"),
    refused("label_file", "use `labels`"),
    refused("annotations", "use `labels`"),
    refused("attach", ""),
    refused("develop", "keep it in a file of its own"),
    refused("provider", ""),
    refused("models", ""),
    refused("post_start", ""),
    refused("pre_stop", ""),
    refused("pull_refresh_after", ""),
    refused("use_api_socket", ""),
];

/// Keys of the whole file that the deployer refuses, and what to do instead.
pub const TOP: &[Rule] = &[
    refused("name", "give the name on the command line: `docker stack deploy -c FILE NAME`"),
    refused("include", "name the files with several `-c`"),
    refused("models", ""),
];

const fn honoured(key: &'static str, since: Version) -> Rule {
    Rule { key, treatment: Treatment::Honoured(since), instead: "" }
}

const fn ignored(key: &'static str, instead: &'static str) -> Rule {
    Rule { key, treatment: Treatment::Ignored, instead }
}

const fn refused(key: &'static str, instead: &'static str) -> Rule {
    Rule { key, treatment: Treatment::Refused, instead }
}

static BY_KEY: LazyLock<HashMap<&str, &Rule>> =
    LazyLock::new(|| RULES.iter().map(|rule| (rule.key, rule)).collect());

/// The line for a key, dotted from the service downwards.
#[must_use]
pub fn line(key: &str) -> Option<&'static Rule> {
    BY_KEY.get(key).copied()
}

/// What becomes of a key, or of the nearest one above it that the table has.
#[must_use]
pub fn rule(path: &[&str]) -> Option<&'static Rule> {
    let lengths = (1..=path.len()).rev();
    lengths.filter_map(|length| path.get(..length)).find_map(|above| line(&above.join(".")))
}

impl Version {
    /// Reads `3` and `3.8`; `None` for what the deployer does not know.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (major, minor) = text.split_once('.').unwrap_or((text, "0"));
        let version = Self(major.parse().ok()?, minor.parse().ok()?);
        (Self(3, 0)..=NEWEST).contains(&version).then_some(version)
    }
}

impl std::fmt::Display for Version {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.0, self.1)
    }
}

impl Project {
    /// The version of the deployer's schema that the file asks for; the newest where it asks for none that there is.
    #[must_use]
    pub fn schema(&self) -> Version {
        self.version.as_ref().and_then(|version| Version::parse(version)).unwrap_or(NEWEST)
    }

    /// The `version` that no deployer knows, such as `2.4`.
    #[must_use]
    pub fn unknown_version(&self) -> Option<&Spanned<String>> {
        self.version.as_ref().filter(|version| Version::parse(version).is_none())
    }
}

#[cfg(test)]
mod tests {
    use super::{RULES, TOP, Treatment, Version, rule};

    #[test]
    fn a_key_has_one_line() {
        for rules in [RULES, TOP] {
            for (at, rule) in rules.iter().enumerate() {
                assert!(rules.iter().skip(at + 1).all(|other| other.key != rule.key), "{}", rule.key);
            }
        }
    }

    #[test]
    fn what_is_below_a_key_shares_its_lot() {
        let key = |path: &[&str]| rule(path).map(|rule| rule.key);
        assert_eq!(key(&["logging", "options", "max-size"]), Some("logging"));
        assert_eq!(key(&["deploy", "resources", "limits", "pids"]), Some("deploy.resources.limits.pids"));
        assert_eq!(key(&["deploy", "labels"]), None);
        assert_eq!(rule(&["tmpfs"]).map(|rule| rule.treatment), Some(Treatment::Ignored));
    }

    #[test]
    fn versions_are_numbers() {
        assert_eq!(Version::parse("3"), Some(Version(3, 0)));
        assert_eq!(Version::parse("3.10"), Some(Version(3, 10)));
        assert!(Version::parse("3.9") < Version::parse("3.10"));
        for unknown in ["2", "2.4", "3.14", "4", "", "latest", "3.x"] {
            assert_eq!(Version::parse(unknown), None, "{unknown}");
        }
    }
}
