//! What the tests of trees share: a file to begin with, and what Compose says.

use std::process::Command;

pub use crate::folder::{Folder as Tree, Ran};

/// A service that harden knows how to change.
pub const PLAIN: &str = "services:\n  web:\n    image: nginx:1.27\n";

/// What Compose says of a project; nothing where the plugin is not installed.
#[expect(clippy::disallowed_methods, reason = "asks Compose")]
pub fn compose(tree: &Tree, file: &str) -> Option<Result<(), String>> {
    let version = Command::new("docker").args(["compose", "version"]).output();
    version.ok().filter(|output| output.status.success())?;
    let path = tree.path(file);
    let said = Ran::of(Command::new("docker").args(["compose", "-f"]).arg(path).args(["config", "--quiet"]));
    Some(if said.code == Some(0) { Ok(()) } else { Err(said.err) })
}
