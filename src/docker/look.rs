//! Containers and images that others have made, as `docker inspect` has them: looked at, and never changed.
//!
//! Only notation, and only what is compared: values of the environment are not even read.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Deserialize;

use super::QUESTION;
use super::parse::{complaint, nullable};
use super::run::{Call, Failure};

/// A container of a Compose project.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Inspected {
    /// Its id.
    pub id: String,
    /// Its name, with `/` before it.
    pub name: String,
    /// Id of its image.
    pub image: String,
    /// How it is.
    pub state: InspectedState,
    /// What it was made with.
    pub config: InspectedConfig,
    /// What it may do.
    pub host_config: InspectedHost,
}

/// How a container is.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct InspectedState {
    /// `created`, `running`, `exited` …
    pub status: String,
    /// Exit code of its first process.
    pub exit_code: i32,
}

/// What a container, or an image, was made with.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct InspectedConfig {
    /// The image as it was named.
    pub image: String,
    /// Its first process is started as this user; that of the image, where none was named.
    pub user: String,
    /// Its labels.
    #[serde(deserialize_with = "nullable")]
    pub labels: BTreeMap<String, String>,
}

/// What a container may do, and what it is bound by.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct InspectedHost {
    /// Bytes; 0 is no limit.
    pub memory: i64,
    /// Billionths of a CPU; 0 is no limit.
    pub nano_cpus: i64,
    /// Microseconds of a period; 0 is no limit.
    pub cpu_quota: i64,
    /// Microseconds; 0 is 100,000.
    pub cpu_period: i64,
    /// Processes; nothing, 0 and -1 are no limit.
    pub pids_limit: Option<i64>,
    /// Whether a small init is its first process; nothing where that was left to the engine.
    pub init: Option<bool>,
    /// Whether its root filesystem is read-only.
    pub readonly_rootfs: bool,
    /// Options by path.
    #[serde(deserialize_with = "nullable")]
    pub tmpfs: BTreeMap<String, String>,
    /// Capabilities that were added, with or without `CAP_`.
    #[serde(deserialize_with = "nullable")]
    pub cap_add: Vec<String>,
    /// Capabilities that were dropped.
    #[serde(deserialize_with = "nullable")]
    pub cap_drop: Vec<String>,
    /// `no-new-privileges`, profiles.
    #[serde(deserialize_with = "nullable")]
    pub security_opt: Vec<String>,
    /// How its output is kept.
    pub log_config: InspectedLog,
    /// Whether it may do everything.
    pub privileged: bool,
    /// What is mounted: `SOURCE:TARGET:OPTIONS`.
    #[serde(deserialize_with = "nullable")]
    pub binds: Vec<String>,
    /// What is mounted, written at length.
    #[serde(deserialize_with = "nullable")]
    pub mounts: Vec<InspectedMount>,
    /// Devices of the host.
    #[serde(deserialize_with = "nullable")]
    pub devices: Vec<InspectedDevice>,
    /// `host`, or the name of a network.
    pub network_mode: String,
    /// `host`, or nothing.
    pub pid_mode: String,
    /// `host`, `private` …
    pub ipc_mode: String,
    /// `host`, or nothing.
    #[serde(rename = "UTSMode")]
    pub uts_mode: String,
    /// `host`, or nothing.
    pub userns_mode: String,
}

/// Something that is mounted.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct InspectedMount {
    /// `bind`, `volume`, `tmpfs` …
    pub r#type: String,
    /// The path on the host, or the name of a volume.
    pub source: String,
    /// The path in the container.
    pub target: String,
    /// Whether it cannot be written to.
    pub read_only: bool,
}

/// A device.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct InspectedDevice {
    /// The device on the host.
    pub path_on_host: String,
}

/// How the output of a container is kept.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct InspectedLog {
    /// The driver.
    pub r#type: String,
    /// Its options, those that the engine adds by itself among them.
    #[serde(deserialize_with = "nullable")]
    pub config: BTreeMap<String, String>,
}

/// An image.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct InspectedImage {
    /// Its id.
    pub id: String,
    /// What registries call it: `name@sha256:…`.
    #[serde(deserialize_with = "nullable")]
    pub repo_digests: Vec<String>,
    /// What it is made with.
    #[serde(deserialize_with = "nullable")]
    pub config: InspectedConfig,
}

/// A Compose project that has containers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Started {
    /// Its name.
    pub name: String,
    /// The files that it was started from, as seen from there.
    pub files: Vec<PathBuf>,
}

impl Inspected {
    /// A label of Compose, by what stands after `com.docker.compose.`; empty where there is none.
    #[must_use]
    pub fn label(&self, name: &str) -> &str {
        self.config.labels.get(&format!("com.docker.compose.{name}")).map_or("", String::as_str)
    }

    /// Its name, without the `/`.
    #[must_use]
    pub fn short_name(&self) -> &str {
        self.name.trim_start_matches('/')
    }
}

/// The containers of a Compose project, running or not.
///
/// # Errors
/// When the engine does not answer.
pub fn inspected(project: &str) -> Result<Vec<Inspected>, Failure> {
    let label = format!("label=com.docker.compose.project={project}");
    let ids = Call::docker(["ps", "-aq", "--no-trunc", "--filter", &label], QUESTION).good()?;
    let ids: Vec<&str> = ids.split_whitespace().collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    // one that is removed meanwhile is an error, and the others are told all the same
    let words = ["inspect", "--type", "container"].into_iter().chain(ids);
    read(&Call::docker(words, QUESTION).run()?.out)
}

/// An image of this name or id; none where the engine has none.
///
/// # Errors
/// When the engine does not answer.
pub fn inspected_image(name: &str) -> Result<Option<InspectedImage>, Failure> {
    let told = Call::docker(["image", "inspect", "--", name], QUESTION).run()?;
    if told.is_success() {
        return Ok(read::<InspectedImage>(&told.out)?.pop());
    }
    let said = told.err.to_lowercase();
    if ["no such", "not known", "not found"].iter().any(|words| said.contains(words)) {
        return Ok(None);
    }
    Err(Failure::Failed { what: "image inspect".to_owned(), cause: complaint(&told) })
}

/// The Compose projects that have containers, and the files that they were started from.
///
/// # Errors
/// When the engine does not answer.
pub fn started() -> Result<Vec<Started>, Failure> {
    let format =
        "{{.Label \"com.docker.compose.project\"}}\t{{.Label \"com.docker.compose.project.config_files\"}}";
    let words = ["ps", "-a", "--filter", "label=com.docker.compose.project", "--format", format];
    let told = Call::docker(words, QUESTION).good()?;
    let mut all: Vec<Started> = told.lines().filter_map(project).collect();
    all.sort_by(|one, other| one.name.cmp(&other.name));
    all.dedup();
    Ok(all)
}

fn project(line: &str) -> Option<Started> {
    let (name, files) = line.split_once('\t')?;
    let files = files.split(',').filter(|file| !file.is_empty()).map(PathBuf::from).collect();
    Some(Started { name: name.to_owned(), files })
}

fn read<T: for<'de> Deserialize<'de>>(text: &str) -> Result<Vec<T>, Failure> {
    serde_json::from_str(text)
        .map_err(|error| Failure::Failed { what: "inspect".to_owned(), cause: error.to_string() })
}

#[cfg(test)]
mod tests {
    use super::{Inspected, InspectedImage, project, read};

    #[test]
    fn null_is_nothing_and_the_rest_is_not_read() {
        let text = r#"[{"Name": "/shop-web-1", "Config": {"Labels": null, "Env": ["PASSWORD=hush"]},
            "HostConfig": {"Tmpfs": null, "CapAdd": null, "PidsLimit": null, "Init": null, "UTSMode": "host",
            "LogConfig": {"Type": "local", "Config": null}}}]"#;
        let found: Vec<Inspected> = read(text).unwrap();
        let [one] = found.as_slice() else { panic!("{found:?}") };
        assert_eq!((one.short_name(), one.label("service")), ("shop-web-1", ""));
        assert_eq!(
            (one.host_config.uts_mode.as_str(), one.host_config.log_config.r#type.as_str()),
            ("host", "local")
        );
        assert!(!format!("{one:?}").contains("hush"));
        let image: Vec<InspectedImage> =
            read(r#"[{"Id": "sha256:1", "RepoDigests": null, "Config": null}]"#).unwrap();
        assert_eq!(image.len(), 1);
        assert!(read::<Inspected>("no").is_err());
    }

    #[test]
    fn a_project_knows_its_files() {
        let shop = project("shop\t/srv/a.yml,/srv/b.yml").unwrap();
        assert_eq!((shop.name.as_str(), shop.files.len()), ("shop", 2));
        assert_eq!(project("shop\t").unwrap().files.len(), 0);
    }
}
