//! Docker Compose, started as the `docker` client starts it, and without the client: that asks every plugin what it is,
//! each time, and takes as long as Compose itself.

#![expect(clippy::disallowed_methods, reason = "asks Compose")]

use std::path::PathBuf;
use std::process::Command;
use std::sync::LazyLock;

/// The plugin that `docker compose` starts, by what the client says of it. Needs no engine.
static PLUGIN: LazyLock<Option<PathBuf>> = LazyLock::new(|| {
    let path = r#"{{range .ClientInfo.Plugins}}{{if eq .Name "compose"}}{{.Path}}{{end}}{{end}}"#;
    let output = Command::new("docker").args(["info", "--format", path]).output().ok()?;
    let path = PathBuf::from(String::from_utf8(output.stdout).ok()?.trim());
    path.is_file().then_some(path)
});

/// Whether `docker compose` is there.
static IS_THERE: LazyLock<bool> = LazyLock::new(|| {
    let version = Command::new("docker").args(["compose", "version"]).output();
    version.is_ok_and(|output| output.status.success())
});

/// Whether the Compose plugin is installed.
pub fn is_there() -> bool {
    *IS_THERE
}

/// `docker compose`, to be told the rest, with these variables and no others.
pub fn compose<V: AsRef<std::ffi::OsStr>>(variables: impl IntoIterator<Item = (&'static str, V)>) -> Command {
    let mut command = Command::new(PLUGIN.as_deref().unwrap_or("docker".as_ref()));
    command.arg("compose").env_clear().envs(variables);
    if PLUGIN.is_some() {
        // by this variable a plugin knows that the client has started it
        command.env("DOCKER_CLI_PLUGIN_ORIGINAL_CLI_COMMAND", "docker");
    }
    command
}
