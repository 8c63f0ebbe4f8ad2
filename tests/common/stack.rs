//! What `docker stack config` says of a file before and after: needs the Docker CLI, no engine.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;
use std::sync::LazyLock;

use serde_yaml::Value;

use super::Run;

static CLI: LazyLock<bool> = LazyLock::new(|| {
    let help = Command::new("docker").args(["stack", "config", "--help"]).output();
    help.is_ok_and(|output| output.status.success())
});

/// Whether the Docker CLI has `docker stack config`.
pub fn cli_is_there() -> bool {
    *CLI
}

/// What the stack deployer reads from a text, or why it refuses it.
pub fn config(text: &str) -> Result<Value, String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    config_in(folder.path(), text)
}

/// The same in a folder, from which relative paths start.
fn config_in(folder: &Path, text: &str) -> Result<Value, String> {
    let path = folder.join("compose.yml");
    std::fs::write(&path, text).map_err(|error| error.to_string())?;
    let output = Command::new("docker").args(["stack", "config", "-c"]).arg(path).output();
    let output = output.map_err(|error| error.to_string())?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    serde_yaml::from_slice(&output.stdout).map_err(|error| error.to_string())
}

/// What the deployer finds wrong with the hardened file; `None` when it does not accept the original.
pub fn judge(run: &Run) -> Option<Vec<String>> {
    let folder = tempfile::tempdir().ok()?;
    let before = config_in(folder.path(), run.before()).ok()?;
    let after = match config_in(folder.path(), run.after()) {
        Ok(after) => after,
        Err(error) => return Some(vec![format!("the stack deployer refuses the result: {error}")]),
    };
    let services = &run.planned.plan.services;
    let fault = |(index, service): (usize, &harden::plan::ServicePlan)| {
        let own = run.planned.plan.changes().filter(|(of, _)| *of == index);
        let planned: BTreeSet<&str> = own.map(|(_, change)| change.path[0]).collect();
        let [before, after] =
            [&before, &after].map(|side| side["services"][service.service.as_str()].as_mapping());
        let (before, after) = before.zip(after)?;
        let missing = planned.iter().find(|key| !after.contains_key(**key));
        let changed = before.iter().find(|(key, value)| {
            !planned.contains(key.as_str().unwrap_or_default()) && after.get(key) != Some(value)
        });
        let key = missing.copied().or(changed.and_then(|(key, _)| key.as_str()))?;
        Some(format!("the stack deployer sees another `{key}` of `{}`", service.service))
    };
    Some(services.iter().enumerate().filter_map(fault).collect())
}
