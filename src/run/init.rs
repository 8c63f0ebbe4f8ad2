//! `harden init`: a policy to start from, in the folder of the first project, and never in the place of another.

use std::path::{Path, PathBuf};

use super::Exit;
use super::jobs::Job;
use super::prepare::Prepared;
use super::session::Session;
use super::shared::Shared;
use crate::cli::Task;
use crate::image::Reference;
use crate::load::{POLICY_NAME, PolicyFrom};
use crate::plan::{Decision, Hold};
use crate::policy::{Waiting, starter};
use crate::report::Verbosity;
use crate::write;

/// Writes it.
pub(super) fn write(session: &mut Session<'_, '_>, jobs: Vec<Job>, shared: &Shared) -> Exit {
    let first = jobs.first().map(|job| job.name.clone()).unwrap_or_default();
    let path = target(session.task, &first);
    if path.exists() {
        let text = format!("`{}` is there already; nothing was written", path.display());
        session.console.error(&text, Some("`harden policy show` tells what it says"));
        return Exit::Failed;
    }
    let mut waiting = Vec::new();
    let worst = session.each(jobs, shared, |_, project| {
        waiting.extend(held(project));
        Exit::Done
    });
    if worst == Exit::Failed {
        session.console.nothing_written();
        return worst;
    }
    if let Err(error) = write::create_new(&path, &starter(&waiting)) {
        session.console.unwritten(&error);
        return Exit::Failed;
    }
    session.console.left([path.as_path()]);
    if session.task.verbosity > Verbosity::Quiet {
        let text = match waiting.len() {
            0 => "nothing waits for facts".to_owned(),
            1 => "1 service waits for facts".to_owned(),
            more => format!("{more} services wait for facts"),
        };
        session.console.note(&format!("{} written: {text}\n", path.display()));
        if !waiting.is_empty() {
            session
                .console
                .note("help: put in what you know of them, and `harden` shows what that releases\n");
        }
    }
    Exit::Done
}

fn target(task: &Task, first: &Path) -> PathBuf {
    match &task.policy.from {
        PolicyFrom::File(path) => path.clone(),
        PolicyFrom::Found | PolicyFrom::Nothing if first.is_dir() => first.join(POLICY_NAME),
        PolicyFrom::Found | PolicyFrom::Nothing => first.with_file_name(POLICY_NAME),
    }
}

/// The services of a project with controls that facts would release.
fn held(project: &Prepared) -> Vec<Waiting> {
    let mut waiting = Vec::new();
    let services = project.plan.services.iter().zip(&project.images);
    for (service, image) in services {
        let waits =
            |decision: &Decision| matches!(decision, Decision::HeldBack(_, Hold::Likely | Hold::Guess));
        let passes: Vec<_> =
            service.decisions.iter().filter(|(_, decision)| waits(decision)).map(|(pass, _)| *pass).collect();
        if !passes.is_empty() {
            let image = image.as_ref().and_then(|image| Reference::parse(image)).map(|image| image.name());
            waiting.push(Waiting { service: service.service.clone(), image, passes });
        }
    }
    waiting
}
