//! A project of `tests/drift` with a `docker` beside it that is none: it says what the folder says.

#![expect(clippy::disallowed_methods, reason = "tests make and read their own files, and run the program")]
#![allow(dead_code, reason = "each test target uses its own part")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::folder::{Folder, Ran};

/// Answers as the folder beside it says: `containers.json` are those of the project that `project` names, and each image
/// has a file. Says nothing of other projects.
const DOCKER: &str = r#"#!/bin/sh
here=$(dirname "$0")
case "$1 $2" in
  "version "*) echo 24.0.7 ;;
  "compose version") echo 2.26.1 ;;
  "ps -aq") case "$*" in *"project=$(cat "$here/project")"*) echo some ids ;; esac ;;
  "ps -a") cat "$here/started" 2>/dev/null || true ;;
  "inspect --type") cat "$here/containers.json" ;;
  "image inspect")
    name=$(echo "$4" | tr '/:@' '___')
    cat "$here/image-$name.json" 2>/dev/null || { echo "Error: No such image: $4" >&2; exit 1; } ;;
  *) echo "not expected: $*" >&2; exit 9 ;;
esac
"#;

/// The folder of the cases.
pub fn cases() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/drift")
}

/// A project with an engine that is none beside it, in a folder of its own.
pub struct Staged(pub Folder);

impl Staged {
    /// The project of a case.
    pub fn case(name: &str) -> Self {
        let folder = Folder::new(&[("bin/docker", DOCKER)]);
        fs::set_permissions(folder.path("bin/docker"), fs::Permissions::from_mode(0o755)).unwrap();
        for entry in fs::read_dir(cases().join(name)).unwrap() {
            let path = entry.unwrap().path();
            let file = path.file_name().unwrap().to_str().unwrap();
            let text = fs::read_to_string(&path).unwrap();
            match file {
                "args" | "expected.txt" => {}
                "containers.json" | "project" => folder.put(format!("bin/{file}"), &text),
                "images.json" => images(&folder, &text),
                _ => folder.put(file, &text),
            }
        }
        Self(folder)
    }

    /// `harden drift`, to be run here.
    pub fn command(&self, words: &[&str]) -> Command {
        let mut command = self.0.command(&[&["drift"], words].concat());
        let path = format!("{}:/usr/bin:/bin", self.0.path("bin").display());
        command.env("PATH", path).env_remove("COMPOSE_PROJECT_NAME");
        command
    }

    /// Runs `harden drift`.
    pub fn run(&self, words: &[&str]) -> Ran {
        Ran::of(&mut self.command(words))
    }
}

/// Each image in a file of its own, as the engine that is none looks for it.
fn images(folder: &Folder, text: &str) {
    let all: Value = serde_json::from_str(text).unwrap();
    for (name, image) in all.as_object().unwrap() {
        let name = name.replace(['/', ':', '@'], "_");
        folder.put(format!("bin/image-{name}.json"), &format!("[{image}]"));
    }
}
