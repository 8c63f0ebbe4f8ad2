//! Reads stored reports and makes one of several: what shards of a large job found, as if one run had found it.

use std::collections::BTreeMap;

use super::{Counts, Report, Summary, VERSION};

/// Why reports cannot be read or merged.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum MergeError {
    /// Not JSON at all, or cut off.
    #[error("`{file}` is not JSON: {cause}")]
    Syntax {
        /// The report.
        file: String,
        /// What is wrong, and where.
        cause: String,
    },
    /// JSON, but no report.
    #[error("`{file}` is not a report of harden: {cause}")]
    Shape {
        /// The report.
        file: String,
        /// What is wrong, and where.
        cause: String,
    },
    /// A report of another version of the format.
    #[error("`{file}` is a report of version {found}, and this harden reads version {VERSION}")]
    Version {
        /// The report.
        file: String,
        /// Its version.
        found: u64,
    },
    /// Reports of different runs.
    #[error("`{file}` was made with {what} {found}, and `{first}` with {other}")]
    Different {
        /// The report.
        file: String,
        /// In what they differ.
        what: &'static str,
        /// What the report says.
        found: String,
        /// The first report.
        first: String,
        /// What that says.
        other: String,
    },
    /// Two reports have the same project.
    #[error("the project `{path}` is in `{first}` and again in `{file}`")]
    Twice {
        /// The project.
        path: String,
        /// The report that has it, too.
        file: String,
        /// The first report.
        first: String,
    },
}

impl MergeError {
    /// What to do about it.
    #[must_use]
    pub fn help(&self) -> Option<&'static str> {
        match self {
            Self::Syntax { .. } | Self::Shape { .. } => Some("`harden --report json=FILE` writes one"),
            Self::Version { .. } => Some("make all reports with the harden that merges them"),
            Self::Different { .. } => Some("run all shards in the same way"),
            Self::Twice { .. } => Some("give each project to one shard only"),
        }
    }
}

impl Report {
    /// Reads a stored report.
    ///
    /// # Errors
    /// When it is none, or one of another version.
    pub fn parse(file: &str, text: &str) -> Result<Self, MergeError> {
        let shape = |error: serde_json::Error| {
            let (file, cause) = (file.to_owned(), error.to_string());
            if error.is_data() {
                MergeError::Shape { file, cause }
            } else {
                MergeError::Syntax { file, cause }
            }
        };
        let version = serde_json::from_str::<serde_json::Value>(text).map_err(shape)?.get("version").cloned();
        match version.as_ref().and_then(serde_json::Value::as_u64) {
            Some(found) if found == u64::from(VERSION) => serde_json::from_str(text).map_err(shape),
            Some(found) => Err(MergeError::Version { file: file.to_owned(), found }),
            None => {
                let cause = "it has no `version`".to_owned();
                Err(MergeError::Shape { file: file.to_owned(), cause })
            }
        }
    }

    /// One report of several, each with the name of its file. What comes out does not depend on their order.
    ///
    /// # Errors
    /// When they are of different runs, or share a project.
    pub fn merge(reports: Vec<(String, Self)>) -> Result<Option<Self>, MergeError> {
        let mut reports = reports.into_iter();
        let Some((first, mut merged)) = reports.next() else { return Ok(None) };
        let mut homes: BTreeMap<String, String> = BTreeMap::new();
        claim(&mut homes, &first, &merged)?;
        for (file, report) in reports {
            agree(&first, &merged, &file, &report)?;
            claim(&mut homes, &file, &report)?;
            merged.projects.extend(report.projects);
        }
        merged.projects.iter_mut().for_each(|project| project.counts = Counts::of(&project.services));
        merged.projects.sort_by(|left, right| left.path.cmp(&right.path));
        merged.summary = Summary::of(&merged.projects);
        Ok(Some(merged))
    }
}

/// Notes whose the projects are; none may be another's.
fn claim(homes: &mut BTreeMap<String, String>, file: &str, report: &Report) -> Result<(), MergeError> {
    for project in &report.projects {
        if let Some(first) = homes.insert(project.path.clone(), file.to_owned()) {
            return Err(MergeError::Twice { path: project.path.clone(), file: file.to_owned(), first });
        }
    }
    Ok(())
}

fn agree(first: &str, merged: &Report, file: &str, report: &Report) -> Result<(), MergeError> {
    let same = [
        ("harden", report.tool.version.clone(), merged.tool.version.clone()),
        ("the level", word(&report.level), word(&merged.level)),
        ("the mode", word(&report.mode), word(&merged.mode)),
    ];
    match same.into_iter().find(|(_, found, other)| found != other) {
        Some((what, found, other)) => {
            Err(MergeError::Different { file: file.to_owned(), what, found, first: first.to_owned(), other })
        }
        None => Ok(()),
    }
}

/// An enum as it stands in the report.
fn word(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default().trim_matches('"').to_owned()
}
