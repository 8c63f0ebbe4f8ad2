//! What is known to be wrong: a list of file, service and pass, so that a check fails only on what is new.
//!
//! Holds no lines and no values, so that it stays the same while files are edited. Reads and writes nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

/// The version of the file.
pub const BASELINE_VERSION: u32 = 1;

const HEAD: &str = "\
# Known to `harden --check`, which fails only on what is not listed here. `harden baseline` writes this file.
";

/// One decision that is known to be wrong.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Known {
    /// The project's first file, from the folder of the baseline, with `/`.
    pub file: String,
    /// The service.
    pub service: String,
    /// The pass.
    pub pass: String,
}

/// Everything that is known to be wrong.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Baseline {
    /// Sorted, each once.
    pub known: BTreeSet<Known>,
}

impl Baseline {
    /// What is known of one file: service and pass.
    pub fn of<'b>(&'b self, file: &str) -> impl Iterator<Item = (&'b str, &'b str)> {
        let known = self.known.iter().filter(move |known| known.file == file);
        known.map(|known| (known.service.as_str(), known.pass.as_str()))
    }

    /// The text of the file: sorted, a line for each decision.
    #[must_use]
    pub fn text(&self) -> String {
        let mut files: BTreeMap<&str, BTreeMap<&str, Vec<&str>>> = BTreeMap::new();
        for known in &self.known {
            files.entry(&known.file).or_default().entry(&known.service).or_default().push(&known.pass);
        }
        let mut text = format!("{HEAD}version: {BASELINE_VERSION}\nfiles:");
        text += if files.is_empty() { " {}\n" } else { "\n" };
        for (file, services) in files {
            let _ = writeln!(text, "  {}:", key(file));
            for (service, passes) in services {
                let _ = writeln!(text, "    {}:", key(service));
                for pass in passes {
                    let _ = writeln!(text, "      - {pass}");
                }
            }
        }
        text
    }
}

/// A key, in quotes where it could be taken for something else.
pub(super) fn key(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._/-*".contains(c);
    let begins = text.starts_with(|c: char| c.is_ascii_alphabetic());
    let word = matches!(text, "true" | "false" | "null" | "yes" | "no" | "on" | "off" | "y" | "n");
    if begins && text.chars().all(plain) && !word {
        text.to_owned()
    } else {
        serde_json::Value::from(text).to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::{Baseline, Known};

    #[test]
    fn sorted_and_a_line_for_each() {
        let known = |file: &str, service: &str, pass: &str| Known {
            file: file.into(),
            service: service.into(),
            pass: pass.into(),
        };
        let all =
            [known("b.yml", "web", "user"), known("a.yml", "8.0", "user"), known("b.yml", "web", "init")];
        let baseline = Baseline { known: all.into() };
        let lines: Vec<String> = baseline.text().lines().skip(1).map(str::to_owned).collect();
        assert_eq!(
            lines,
            [
                "version: 1",
                "files:",
                "  a.yml:",
                "    \"8.0\":",
                "      - user",
                "  b.yml:",
                "    web:",
                "      - init",
                "      - user",
            ]
        );
        assert_eq!(baseline.of("b.yml").collect::<Vec<_>>(), [("web", "init"), ("web", "user")]);
        assert!(Baseline::default().text().ends_with("files: {}\n"));
    }
}
