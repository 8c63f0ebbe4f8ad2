//! Asks Docker Compose what a project means.

use std::collections::BTreeMap;
use std::env;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::{Arc, LazyLock, Mutex, OnceLock};

use serde_json::Value;

use crate::common::plugin;

/// The name that every project gets, so that none depends on its folder.
pub const PROJECT: &str = "compared";

/// The home directory that `~` stands for.
pub const HOME: &str = "/home/compared";

/// What Compose said of projects that several tests ask about.
static SAID: LazyLock<Mutex<BTreeMap<Vec<PathBuf>, Said>>> = LazyLock::new(Mutex::default);

type Said = Arc<OnceLock<Result<Value, String>>>;

/// As [`config`]; asked once, whoever wants to know.
pub fn config_of_corpus(files: &[PathBuf]) -> Result<Value, String> {
    let said = SAID.lock().map_err(|error| error.to_string())?.entry(files.to_vec()).or_default().clone();
    said.get_or_init(|| config(files)).clone()
}

/// What the files mean, in Compose's canonical form.
pub fn config(files: &[PathBuf]) -> Result<Value, String> {
    let mut command = plugin::compose(shell());
    command.args(["-p", PROJECT, "--profile", "*"]);
    for file in files {
        command.arg("-f").arg(file);
    }
    let output = command
        .args(["config", "--format", "json"])
        .stdin(Stdio::null())
        .output()
        .map_err(|error| error.to_string())?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        let mut lines = said.trim().lines().filter(|line| !line.contains("level=warning"));
        return Err(lines.next().unwrap_or_default().to_owned());
    }
    // it writes every dollar sign twice, so that its output can be its input
    let text = String::from_utf8_lossy(&output.stdout).replace("$$", "$");
    serde_json::from_str(&text).map_err(|error| error.to_string())
}

/// The variables of the shell that both are told of: what Compose needs to run, and what it sets by itself.
pub fn shell() -> [(&'static str, String); 4] {
    let own = |name| env::var(name).ok();
    let config = own("DOCKER_CONFIG").unwrap_or_else(|| own("HOME").unwrap_or_default() + "/.docker");
    [
        ("PATH", own("PATH").unwrap_or_default()),
        ("HOME", HOME.to_owned()),
        ("DOCKER_CONFIG", config),
        ("COMPOSE_PROJECT_NAME", PROJECT.to_owned()),
    ]
}

/// The path that a file name stands for, as Compose shows it: links are not followed.
pub fn absolute(path: &Path) -> PathBuf {
    let path = if path.as_os_str().is_empty() { Path::new(".") } else { path };
    std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf())
}
