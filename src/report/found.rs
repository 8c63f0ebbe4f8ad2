//! What a report finds wrong, one entry a service and pass, in words: what sarif, github, gitlab, junit and markdown have
//! in common.

use crate::drift::STRANGER;
use crate::report::model::{
    Change, Counted, Decision, DiagnosticKind, Difference, Mode, Outcome, Place, Project, Report, Service,
    Severity,
};

/// How bad something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rank {
    /// `--check` fails for it.
    Error,
    /// Should be changed.
    Warning,
    /// Good to know.
    Note,
}

/// One thing that is wrong.
pub(super) struct Found<'a> {
    /// The project.
    pub(super) project: &'a Project,
    /// The service.
    pub(super) service: &'a Service,
    /// The decision.
    pub(super) decision: &'a Decision,
    /// What it is about.
    pub(super) subject: Subject<'a>,
    /// How bad.
    pub(super) rank: Rank,
}

/// What a finding is about.
pub(super) enum Subject<'a> {
    /// Something is missing in the file.
    Drift(&'a [Change]),
    /// It runs otherwise than it is written.
    Runs(&'a [Difference]),
    /// A person must decide.
    Advice { severity: Severity, message: &'a str, help: &'a str },
}

impl<'a> Found<'a> {
    /// What is wrong, in one line.
    pub(super) fn message(&self) -> String {
        let service = &self.service.name;
        match self.subject {
            Subject::Drift(changes) => {
                let texts: Vec<String> =
                    changes.iter().map(|change| format!("`{}` ({})", change.text, change.why)).collect();
                format!("`{service}` lacks {}", texts.join(", "))
            }
            Subject::Runs(differences) => {
                let texts: Vec<String> = differences.iter().map(Difference::text).collect();
                format!("`{service}` does not run as it is written: {}", texts.join("; "))
            }
            Subject::Advice { message, .. } => format!("`{service}`: {message}"),
        }
    }

    /// What to do about it.
    pub(super) fn help(&self) -> &'a str {
        match self.subject {
            Subject::Drift(_) => "`harden --write` writes it",
            Subject::Runs(_) if self.decision.pass == STRANGER.id => {
                "`docker compose up -d --remove-orphans` removes it"
            }
            Subject::Runs(_) => "`docker compose up -d --force-recreate` makes it again as the file says",
            Subject::Advice { help, .. } => help,
        }
    }

    /// Where it is shown: at its place, or else at the start of the project.
    pub(super) fn file(&self) -> &'a str {
        self.place().map_or(self.project.path.as_str(), |place| place.file.as_str())
    }

    /// Where, if that is known.
    pub(super) fn place(&self) -> Option<&'a Place> {
        self.decision.place.as_ref().or(self.service.place.as_ref())
    }

    /// The line, from 1.
    pub(super) fn line(&self) -> usize {
        self.place().map_or(1, |place| place.start.line)
    }

    pub(super) fn is_drift(&self) -> bool {
        matches!(self.subject, Subject::Drift(_) | Subject::Runs(_))
    }

    /// Whether `--check` would fail for it, but the baseline knows it.
    pub(super) fn is_known(&self) -> bool {
        self.decision.check == Some(Counted::Known)
    }
}

/// Everything that is wrong with a project, waived or not. What was written is not wrong any more.
pub(super) fn with_waived<'a>(report: &Report, project: &'a Project) -> impl Iterator<Item = Found<'a>> {
    let checks = report.mode == Mode::Check;
    project.decisions().filter_map(move |(service, decision)| {
        let fails = decision.check == Some(Counted::Fails);
        let (subject, rank) = match &decision.outcome {
            Outcome::Apply { changes } if !project.written => {
                // what the baseline knows, and what a person waived, does not fail
                let counts = checks && decision.check != Some(Counted::Known) && decision.waiver.is_none();
                (Subject::Drift(changes), if counts { Rank::Error } else { Rank::Warning })
            }
            Outcome::Differs { differences } => (Subject::Runs(differences), Rank::Error),
            Outcome::Advise { severity, message, help, .. } => {
                let rank = if fails { Rank::Error } else { rank(*severity) };
                (Subject::Advice { severity: *severity, message, help }, rank)
            }
            _ => return None,
        };
        Some(Found { project, service, decision, subject, rank })
    })
}

/// Everything that is wrong with a project.
pub(super) fn of<'a>(report: &Report, project: &'a Project) -> impl Iterator<Item = Found<'a>> {
    with_waived(report, project).filter(|found| found.decision.waiver.is_none())
}

fn rank(severity: Severity) -> Rank {
    match severity {
        Severity::High | Severity::Medium => Rank::Warning,
        Severity::Low => Rank::Note,
    }
}

/// Why a project that was seen in part cannot pass.
pub(super) fn unseen(project: &Project) -> Option<String> {
    let shown =
        |file: Option<&str>| file.map_or_else(|| "another file".to_owned(), |file| format!("`{file}`"));
    let files: Vec<String> = project.unread.iter().map(|unread| shown(unread.file.as_deref())).collect();
    (!files.is_empty()).then(|| format!("seen only in part: {} not read", files.join(", ")))
}

/// What a person calls a diagnostic's kind.
pub(super) fn kind(kind: DiagnosticKind) -> &'static str {
    match kind {
        DiagnosticKind::Error => "error",
        DiagnosticKind::Warning => "warning",
    }
}

/// A severity as a word.
pub(super) fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::High => "high",
        Severity::Medium => "medium",
        Severity::Low => "low",
    }
}
