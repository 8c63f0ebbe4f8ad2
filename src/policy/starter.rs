//! The policy to start from: what can be said, with the facts that would release what is held back in these files.
//!
//! Everything in it that changes anything is a comment; with its comments taken away it is a policy.

use std::fmt::Write as _;

use super::baseline::key;
use crate::plan::PassId;

/// A service with controls that are held back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// The service.
    pub service: String,
    /// Its image, when it has a name and is not built here.
    pub image: Option<String>,
    /// The passes that wait.
    pub passes: Vec<PassId>,
}

const HEAD: &str = "\
# The policy of harden. What is not said here has its default: `harden policy show` tells every value and where it is
# set, `harden schema policy` prints a JSON Schema for your editor.

# How sure harden must be of what it writes: safe, standard or strict.
level: standard

# `harden --check` also fails on advice of this severity or worse: none, low, medium or high.
fail_on: none
";

const VALUES: &str = "
# Values of the passes, here for every service.
# passes:
#   mem_limit: {default: 512m}
#   cpus: {default: 1.0}
#   logging: {max_size: 10m, max_file: 3}
#   init: false
";

const WAIVERS: &str = "
# What is left as it is, and why. After the last day, `harden --check` fails again.
# waive:
#   - service: NAME
#     pass: read_only
#     reason: what speaks against it
#     until: 2030-12-31
";

/// The text.
#[must_use]
pub fn starter(waiting: &[Waiting]) -> String {
    let (images, built): (Vec<&Waiting>, Vec<&Waiting>) =
        waiting.iter().partition(|waiting| waiting.image.is_some());
    let mut text = HEAD.to_owned();
    if !images.is_empty() {
        text +=
            "\n# Facts about images that harden does not know. Each line that is true releases a control:\n";
        text += "# take the `#` away, and put in who the image runs as and where it writes.\n# images:\n";
        let mut seen: Vec<&str> = Vec::new();
        for waiting in &images {
            let image = waiting.image.as_deref().unwrap_or_default();
            if seen.contains(&image) {
                continue;
            }
            seen.push(image);
            let same: Vec<&Waiting> =
                images.iter().copied().filter(|other| other.image == waiting.image).collect();
            let _ = writeln!(text, "#   {}:{}", key(image), waits(&same));
            if same.iter().any(|waiting| waiting.passes.contains(&"user")) {
                text += "#     user: \"1000:1000\"\n";
            }
            if same.iter().any(|waiting| waiting.passes.contains(&"read_only")) {
                text += "#     tmpfs: [/tmp]\n";
            }
        }
    }
    if !built.is_empty() {
        text += "\n# What services that are built here run as and write to.\n# services:\n";
        for waiting in built {
            let _ = writeln!(text, "#   {}:{}", key(&waiting.service), waits(&[waiting]));
            text += "#     passes:\n";
            if waiting.passes.contains(&"user") {
                text += "#       user: {default: \"1000:1000\"}\n";
            }
            if waiting.passes.contains(&"read_only") {
                text += "#       read_only: {tmpfs: [/tmp]}\n";
            }
        }
    }
    text + VALUES + WAIVERS
}

/// Who waits for it, and with what.
fn waits(waiting: &[&Waiting]) -> String {
    let services: Vec<&str> = waiting.iter().map(|waiting| waiting.service.as_str()).collect();
    let mut passes: Vec<&str> = waiting.iter().flat_map(|waiting| waiting.passes.iter().copied()).collect();
    passes.sort_unstable();
    passes.dedup();
    format!("  # {} of {}", passes.join(", "), services.join(", "))
}
