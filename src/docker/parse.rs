//! What the engine says, in types: `inspect`, `stats`, `top`, `diff`, versions. Only notation.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::Deserializer;

use super::run::Output;

/// A container, as `docker inspect` has it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Container {
    /// Its id.
    pub id: String,
    /// Id of the image.
    pub image: String,
    /// How it is.
    pub state: State,
    /// What it was made with.
    pub config: Config,
    /// What it may do.
    pub host_config: HostConfig,
    /// What is mounted.
    #[serde(deserialize_with = "nullable")]
    pub mounts: Vec<Mount>,
}

/// How a container is.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct State {
    /// `created`, `running`, `exited` …
    pub status: String,
    /// Whether the kernel killed something in it for want of memory.
    #[serde(rename = "OOMKilled")]
    pub oom_killed: bool,
    /// Exit code of its first process.
    pub exit_code: i32,
    /// Why it did not start.
    pub error: String,
    /// When it started; changes with each start.
    pub started_at: String,
    /// What its healthcheck says.
    pub health: Option<Health>,
}

/// What a healthcheck says.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Health {
    /// `starting`, `healthy` or `unhealthy`.
    pub status: String,
    /// The last runs.
    #[serde(deserialize_with = "nullable")]
    pub log: Vec<Check>,
}

/// One run of a healthcheck.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Check {
    /// What it said.
    pub output: String,
}

/// What a container was made with.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Config {
    /// Its labels.
    #[serde(deserialize_with = "nullable")]
    pub labels: BTreeMap<String, String>,
    /// Its first process is started as this user.
    pub user: String,
}

/// What a container may do.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct HostConfig {
    /// Whether its root filesystem is read-only.
    pub readonly_rootfs: bool,
}

/// What is mounted.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Mount {
    /// Where.
    pub destination: String,
    /// Whether it may be written to.
    #[serde(rename = "RW")]
    pub rw: bool,
}

/// A process in a container, as `docker top` has it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Process {
    /// Its id on the host.
    pub pid: u32,
    /// Its effective user.
    pub uid: u32,
    /// Its effective group.
    pub gid: u32,
    /// Its name.
    pub name: String,
}

/// A path that a container has written, as `docker diff` has it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Written {
    /// The path.
    pub path: String,
    /// Whether it was not there before.
    pub added: bool,
}

/// `null` for an empty list or mapping.
pub(super) fn nullable<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(
    deserializer: D,
) -> Result<T, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

impl Container {
    /// The service it belongs to.
    #[must_use]
    pub fn service(&self) -> &str {
        self.config.labels.get("com.docker.compose.service").map_or("", String::as_str)
    }
}

/// The first two numbers of a version.
pub(super) fn version(text: &str) -> Option<(u32, u32)> {
    let mut parts = text.trim_start_matches('v').split(|c: char| !c.is_ascii_digit());
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

/// `docker top -eo pid,uid,gid,comm`.
pub(super) fn processes(text: &str) -> Vec<Process> {
    let rows = text.lines().skip(1).filter_map(|line| {
        let mut words = line.split_whitespace();
        let mut number = || words.next()?.parse().ok();
        let (pid, uid, gid) = (number()?, number()?, number()?);
        Some(Process { pid, uid, gid, name: words.next()?.to_owned() })
    });
    rows.collect()
}

/// `docker diff`; what was deleted is of no interest.
pub(super) fn written(text: &str) -> Vec<Written> {
    let rows = text.lines().filter_map(|line| {
        let (kind, path) = line.split_once(' ')?;
        matches!(kind, "A" | "C").then(|| Written { path: path.to_owned(), added: kind == "A" })
    });
    rows.collect()
}

/// `38.54MiB / 48MiB`: the first of both, in bytes.
pub(super) fn memory(text: &str) -> Option<u64> {
    let first = text.split('/').next()?.trim();
    let unit = first.find(|c: char| c.is_ascii_alphabetic())?;
    let (number, unit) = first.split_at(unit);
    let factor: u64 = match unit {
        "B" => 1,
        "kB" | "KB" => 1000,
        "KiB" => 1 << 10,
        "MB" => 1_000_000,
        "MiB" => 1 << 20,
        "GB" => 1_000_000_000,
        "GiB" => 1 << 30,
        _ => return None,
    };
    let (whole, part) = number.split_once('.').unwrap_or((number, ""));
    let part: String = part.chars().chain("000".chars()).take(3).collect();
    let thousandths = whole.parse::<u64>().ok()? * 1000 + part.parse::<u64>().ok()?;
    Some(thousandths.saturating_mul(factor) / 1000)
}

/// What a command complained of: its last line that says something, without the notation of logs.
pub(super) fn complaint(output: &Output) -> String {
    let is_said = |line: &&str| !line.trim().is_empty();
    let last = output.err.lines().rfind(is_said).or_else(|| output.out.lines().rfind(is_said));
    last.unwrap_or("it says nothing").trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::{Container, Process, Written, memory, processes, version, written};

    #[test]
    fn versions() {
        assert_eq!(version("20.10.24+dfsg1"), Some((20, 10)));
        assert_eq!(version("v2.26.1-4"), Some((2, 26)));
        assert_eq!(version("dev"), None);
    }

    #[test]
    fn tables() {
        let top = "PID   UID   GID  COMMAND\n101   0     0    nginx\n102   101   102  nginx\nrubbish\n";
        let process = |pid, uid, gid| Process { pid, uid, gid, name: "nginx".into() };
        assert_eq!(processes(top), [process(101, 0, 0), process(102, 101, 102)]);
        let path = |path: &str, added| Written { path: path.into(), added };
        assert_eq!(written("C /run\nA /run/a b\nD /x\n"), [path("/run", false), path("/run/a b", true)]);
    }

    #[test]
    fn sizes() {
        assert_eq!(memory("38.54MiB / 48MiB"), Some(40_412_119));
        assert_eq!(memory("512KiB / 1GiB"), Some(512 << 10));
        assert_eq!(memory("0B / 0B"), Some(0));
        assert_eq!(memory("--"), None);
    }

    #[test]
    fn containers() {
        let text = r#"[{"Id": "c1", "Image": "sha256:1", "State": {"Status": "exited", "OOMKilled": true, "ExitCode": 137,
            "Health": null}, "Config": {"User": "", "Labels": {"com.docker.compose.service": "db"}},
            "HostConfig": {"ReadonlyRootfs": true}, "Mounts": null}]"#;
        let found: Vec<Container> = serde_json::from_str(text).unwrap();
        let one = &found[0];
        assert_eq!((one.service(), one.state.exit_code, one.state.oom_killed), ("db", 137, true));
        assert!(one.host_config.readonly_rootfs && one.mounts.is_empty());
    }
}
