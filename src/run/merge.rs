//! `harden report merge`: reads stored reports, makes one of them, and prints or writes it.

use std::path::Path;

use super::Exit;
use super::console::Console;
use super::reports::{unwritable, write_all};
use crate::cli::Merge;
use crate::load;
use crate::report::Format;
use crate::report::model::{Project, Report, Status};

/// Largest report that is read, in bytes.
const MOST: u64 = 1 << 30;

/// Does what was asked.
pub(super) fn merge(asked: &Merge, console: &mut Console<'_>) -> Exit {
    if let Some(problem) = unwritable(&asked.files) {
        console.error(&problem, None);
        return Exit::Failed;
    }
    let Some(report) = merged(asked, console) else { return Exit::Failed };
    let formats = asked.files.iter().map(|file| file.format).chain(asked.print);
    if formats.into_iter().any(|format| format == Format::Diff) && has_masks(&report) {
        console.warning("the diff holds masked lines, so it cannot be applied: reports hold no values");
    }
    let printed = asked.print.map_or(Exit::Done, |format| console.data(&format.render(&report)));
    let written = write_all(&asked.files, &report, None, console);
    let found = if asked.check { found(&report) } else { Exit::Done };
    found.max(printed).max(written)
}

/// The reports as one, or nothing once every fault was told.
fn merged(asked: &Merge, console: &mut Console<'_>) -> Option<Report> {
    let mut reports = Vec::new();
    for path in &asked.reports {
        reports.extend(read(path, console).map(|report| (path.display().to_string(), report)));
    }
    if reports.len() < asked.reports.len() {
        return None;
    }
    match Report::merge(reports) {
        Ok(report) => report,
        Err(error) => {
            console.error(&error.to_string(), error.help());
            None
        }
    }
}

fn read(path: &Path, console: &mut Console<'_>) -> Option<Report> {
    let text = match load::text_of(path, &load::Options { max_bytes: MOST, ..load::Options::default() }) {
        Ok(text) => text,
        Err(error) => {
            console.error(&error.to_string(), None);
            return None;
        }
    };
    match Report::parse(&path.display().to_string(), &text) {
        Ok(report) => Some(report),
        Err(error) => {
            console.error(&error.to_string(), error.help());
            None
        }
    }
}

fn has_masks(report: &Report) -> bool {
    report.projects.iter().flat_map(|project| &project.files).any(|file| file.masked)
}

/// What `--check` would have said of all projects.
fn found(report: &Report) -> Exit {
    let fails = |project: &Project| match &project.check {
        Some(check) => !check.passed,
        None => project.status == Status::Changes,
    };
    let unread = report.projects.iter().any(|project| !project.unread.is_empty());
    if report.summary.failed > 0 || unread {
        Exit::Failed
    } else if report.projects.iter().any(fails) {
        Exit::Drift
    } else {
        Exit::Done
    }
}
