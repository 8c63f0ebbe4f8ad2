//! `harden explain PASS FILE`: what a pass decided for the services of a project, and on what grounds.
//!
//! Decides nothing: the project is hardened in the usual way, and what was seen before that is kept.

use jiff::ToSpan as _;

use super::Exit;
use super::jobs::Job;
use super::prepare::Prepared;
use super::session::Session;
use super::shared::Shared;
use crate::cli::{Mode, Task};
use crate::compose::Project;
use crate::passes::{self, Meta};
use crate::pipeline;
use crate::plan::PassId;
use crate::policy::{Policy, vocabulary};
use crate::report::explain::{self, Asked, Seen};
use crate::report::{self, Outcome};
use crate::source::Source;

/// Days for which a waiver is proposed.
const DAYS: i64 = 90;

/// What is kept of a project for the explanation that was asked for; nothing where none was.
pub(super) fn seen(
    project: &Project,
    sources: &[Source],
    options: &pipeline::Options,
    task: &Task,
) -> Vec<Seen> {
    let Mode::Explain { pass, .. } = &task.mode else { return Vec::new() };
    let images = pipeline::images(project, options);
    let services = project.services.iter().zip(images).enumerate();
    let seen = services.map(|(index, (service, image))| {
        let set = set(pass, index, &service.name, sources, options);
        Seen { service: service.clone(), image, set }
    });
    seen.collect()
}

/// The level and the values of a pass, each with where it is set.
fn set(
    pass: PassId,
    index: usize,
    service: &str,
    sources: &[Source],
    options: &pipeline::Options,
) -> Vec<[String; 3]> {
    let settings = options.policy.of_service(index, service);
    let given = settings.iter().filter(|((of, name), _)| match of {
        Some(of) => *of == pass,
        None => *name == "level" && !options.level_is_given,
    });
    let mut rows: Vec<[String; 3]> = given
        .map(|((of, name), given)| {
            let key = of.map_or_else(|| name.to_owned(), |pass| format!("passes.{pass}.{name}"));
            [key, given.value.to_string(), report::location(sources, given.place)]
        })
        .collect();
    if rows.iter().all(|[name, ..]| name != "level") {
        let origin = if options.level_is_given { "`--level`" } else { "built in" };
        rows.insert(0, ["level".to_owned(), options.level.as_str().to_owned(), origin.to_owned()]);
    }
    rows
}

/// Tells of all projects; a service that none has is an error.
pub(super) fn explain(
    session: &mut Session<'_, '_>,
    jobs: Vec<Job>,
    shared: &Shared,
    (pass, service): (PassId, Option<&str>),
) -> Exit {
    let Some(meta) = passes::ALL.iter().map(|pass| pass.meta()).find(|meta| meta.id == pass) else {
        return Exit::Failed;
    };
    let (mut told, mut names) = (0, Vec::new());
    let worst = session.each(jobs, shared, |session, project| {
        let services = project.plan.services.iter().map(|planned| planned.service.as_str());
        let wanted: Vec<usize> = services
            .clone()
            .enumerate()
            .filter(|(_, name)| service.is_none_or(|service| service == *name))
            .map(|(index, _)| index)
            .collect();
        names.extend(services.map(str::to_owned));
        let exit = tell(session, project, meta, &wanted, told > 0);
        told += wanted.len();
        exit
    });
    match service.filter(|_| told == 0 && worst < Exit::Failed) {
        Some(service) => missing(session, service, &names),
        None => worst,
    }
}

fn tell(
    session: &mut Session<'_, '_>,
    project: &Prepared,
    meta: &Meta,
    wanted: &[usize],
    is_later: bool,
) -> Exit {
    let subject = project.subject(Outcome::Shown);
    let until = until(&project.judged.policy);
    let told = wanted.iter().filter_map(|&service| {
        let seen = project.seen.get(service)?;
        let verified = &project.verified;
        Some(explain::service(&Asked { meta, subject: &subject, verified, seen, service, until: &until }))
    });
    let text = told.collect::<Vec<_>>().join("\n");
    let gap = if is_later && !text.is_empty() { "\n" } else { "" };
    session.console.painted(&format!("{gap}{text}"))
}

/// A day some months from the one for which waivers are judged.
fn until(policy: &Policy) -> String {
    let today = if policy.is_empty() { crate::policy::today() } else { policy.today };
    today.checked_add(DAYS.days()).unwrap_or(today).to_string()
}

fn missing(session: &mut Session<'_, '_>, service: &str, names: &[String]) -> Exit {
    let near = vocabulary::nearest(service, names.iter().map(String::as_str));
    let help = match near {
        Some(near) => format!("did you mean `{near}`?"),
        None if names.is_empty() => "there are no services at all".to_owned(),
        None => format!(
            "there are {}",
            names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
        ),
    };
    session.console.error(&format!("there is no service `{service}`"), Some(&help));
    Exit::Failed
}
