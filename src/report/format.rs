//! The formats by name, and one way to render each from a report.

use super::model::Report;
use super::{github, gitlab, json, junit, markdown, plain, sarif};

/// How a report is written down.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// Words for a person.
    #[default]
    Text,
    /// A unified diff.
    Diff,
    /// The report as data; see `schemas/report.schema.json`.
    Json,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
    /// Workflow commands: annotations on GitHub.
    Github,
    /// Code quality issues of GitLab.
    Gitlab,
    /// `JUnit` XML.
    Junit,
    /// A comment for a pull request.
    Markdown,
}

impl Format {
    /// Every format.
    pub const ALL: [Self; 8] = [
        Self::Text,
        Self::Diff,
        Self::Json,
        Self::Sarif,
        Self::Github,
        Self::Gitlab,
        Self::Junit,
        Self::Markdown,
    ];

    /// The word on the command line.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Diff => "diff",
            Self::Json => "json",
            Self::Sarif => "sarif",
            Self::Github => "github",
            Self::Gitlab => "gitlab",
            Self::Junit => "junit",
            Self::Markdown => "markdown",
        }
    }

    /// Whether it is one document about all projects, not one after the other.
    #[must_use]
    pub fn is_document(self) -> bool {
        !matches!(self, Self::Text | Self::Diff)
    }

    /// The report in this format. A diff is masked; where it must be exact, `diff::unified` makes it.
    #[must_use]
    pub fn render(self, report: &Report) -> String {
        match self {
            Self::Text => plain::render(report),
            Self::Diff => diffs(report),
            Self::Json => json::render(report),
            Self::Sarif => sarif::render(report),
            Self::Github => github::render(report),
            Self::Gitlab => gitlab::render(report),
            Self::Junit => junit::render(report),
            Self::Markdown => markdown::render(report),
        }
    }
}

fn diffs(report: &Report) -> String {
    let files = report.projects.iter().flat_map(|project| &project.files);
    files.filter_map(|file| file.diff.as_deref()).collect()
}
