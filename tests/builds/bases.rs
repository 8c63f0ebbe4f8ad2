//! The stand-ins for base images: built from the folders of `tests/builds/bases`, under their own names and under those that
//! `names.txt` gives them. An image of such a name that the engine has already is taken as it is.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::folder::{Folder, Ran};
use super::{docker, here};

/// What tells a stand-in from the image it stands for.
const LABEL: &str = "harden.test=stand-in";

/// Where a machine keeps the authorities that it trusts.
const TRUSTED: &str = "/etc/ssl/certs/ca-certificates.crt";

/// Builds these, in this order, and names them. What was built before is found again.
pub fn stand_in(names: &[&str]) {
    let folder = Folder::new(&[]);
    super::copied("bases", &folder);
    folder.put("debian/machine.crt", &fs::read_to_string(TRUSTED).unwrap());
    let table = fs::read_to_string(here("bases/names.txt")).unwrap();
    for name in names {
        let tag = format!("harden-test/{name}");
        build(&tag, &folder.path(name));
        let stands_for = table.lines().filter_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        for other in stands_for.flat_map(str::split_whitespace).filter(|other| is_free(other)) {
            assert_eq!(docker(&["tag", &tag, other]).code, Some(0), "{other}");
        }
    }
}

fn build(tag: &str, folder: &Path) {
    let mut build = Command::new("docker");
    // the classic builder finds what it has built before by itself, and needs no plugin
    build.env("DOCKER_BUILDKIT", "0").args(["build", "-q", "--network", "host", "--label", LABEL, "-t", tag]);
    let ran = Ran::of(build.arg(folder));
    assert_eq!(ran.code, Some(0), "{tag}: {}", ran.err);
}

/// Whether no image has that name, or a stand-in of another run.
fn is_free(name: &str) -> bool {
    let (key, value) = LABEL.split_once('=').unwrap();
    let found = docker(&["image", "inspect", "-f", &format!("{{{{index .Config.Labels \"{key}\"}}}}"), name]);
    found.code != Some(0) || found.out.trim() == value
}
