//! A whole project: which container belongs to which service, and what all containers of a service have to say of a
//! control together.

use std::collections::BTreeSet;

use super::{CONTROLS, Control, Difference, Images, Pair, Verdict, said};
use crate::compose::{PartialReason, Project, Service, Setting};
use crate::docker::Inspected;
use crate::image::expand::literal;

/// A project beside its containers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Drift {
    /// In the order of the file.
    pub services: Vec<OfService>,
    /// Containers of services that the file does not have, by service.
    pub strangers: Vec<Stranger>,
}

/// A service beside its containers.
#[derive(Clone, Debug, PartialEq)]
pub struct OfService {
    /// Its index in the project.
    pub index: usize,
    /// What there is of it.
    pub presence: Presence,
    /// What its containers say, control by control; those that neither side speaks of are left out.
    pub findings: Vec<Finding>,
}

/// What there is of a service.
#[derive(Clone, Debug, PartialEq)]
pub enum Presence {
    /// These containers run, and were compared.
    Runs {
        /// Their names, sorted.
        containers: Vec<String>,
        /// How many the file wants, where it is another number.
        wanted: Option<usize>,
    },
    /// Nothing of it runs; why, in one clause.
    Absent(String),
    /// Part of it stands in a file that was not read, so that it cannot be compared.
    PartlySeen,
}

/// What the containers of a service say of a control.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// The control.
    pub control: &'static str,
    /// What they say together.
    pub outcome: Outcome,
}

/// What containers say together of a control.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// All run as the file says.
    Same,
    /// Some do not: each difference with the containers that have it.
    Differs(Vec<(Difference, Vec<String>)>),
    /// They are bound tighter than the file says.
    Tighter(String),
    /// The file says something that only the environment knows; the key.
    Unknown(String),
}

/// Containers of a service that the file does not have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stranger {
    /// The service that they belong to.
    pub service: String,
    /// Their names, sorted.
    pub containers: Vec<String>,
}

/// Compares a project with its containers. One-off containers (`docker compose run`) are not looked at.
#[must_use]
pub fn compare(project: &Project, containers: &[Inspected], images: &Images) -> Drift {
    let lasting: Vec<&Inspected> = containers.iter().filter(|container| !is_one_off(container)).collect();
    let services = project.services.iter().enumerate();
    let services = services.map(|(index, service)| {
        let own: Vec<&Inspected> =
            lasting.iter().copied().filter(|container| container.label("service") == service.name).collect();
        if project.partly_seen(index).is_some() {
            return OfService { index, presence: Presence::PartlySeen, findings: Vec::new() };
        }
        of_service(index, service, &own, images)
    });
    // a service that is not in sight may be in a file that was not read
    let is_whole = project.partial.iter().all(|partial| partial.reason != PartialReason::Include);
    let strangers = if is_whole { strangers(project, &lasting) } else { Vec::new() };
    Drift { services: services.collect(), strangers }
}

/// The names of images that have to be looked up before [`compare`]: those of the file, and those that run.
#[must_use]
pub fn named_images(project: &Project, containers: &[Inspected]) -> BTreeSet<String> {
    let written = project.services.iter().filter_map(|service| literal(&service.image.as_ref()?.value));
    let runs = containers.iter().filter(|container| runs(container));
    let runs = runs.flat_map(|container| [container.image.clone(), container.config.image.clone()]);
    written.chain(runs).filter(|name| !name.is_empty()).collect()
}

/// Whether anything of a project runs that is meant to last.
#[must_use]
pub fn is_any_running(containers: &[Inspected]) -> bool {
    containers.iter().any(|container| runs(container) && !is_one_off(container))
}

fn of_service(index: usize, service: &Service, own: &[&Inspected], images: &Images) -> OfService {
    let mut running: Vec<&Inspected> = own.iter().copied().filter(|container| runs(container)).collect();
    running.sort_by(|one, other| one.name.cmp(&other.name));
    if running.is_empty() {
        return OfService { index, presence: Presence::Absent(absent(service, own)), findings: Vec::new() };
    }
    let containers: Vec<String> = names(&running);
    let wanted = wanted(service).filter(|wanted| *wanted != containers.len());
    let findings = CONTROLS.iter().filter_map(|control| finding(control, service, &running, images));
    OfService { index, findings: findings.collect(), presence: Presence::Runs { containers, wanted } }
}

/// What all containers of a service say of a control; the worst counts.
fn finding(control: &Control, service: &Service, running: &[&Inspected], images: &Images) -> Option<Finding> {
    let mut all: Vec<(Difference, Vec<String>)> = Vec::new();
    let mut other = None;
    for container in running {
        match (control.judge)(&Pair { service, container, images }) {
            Verdict::Differs(differences) => {
                for one in differences {
                    add(&mut all, one, container.short_name());
                }
            }
            Verdict::Unknown(key) => other = Some(Outcome::Unknown(key)),
            Verdict::Tighter(what) if !matches!(other, Some(Outcome::Unknown(_))) => {
                other = Some(Outcome::Tighter(what));
            }
            Verdict::Same => other = other.or(Some(Outcome::Same)),
            Verdict::Tighter(_) | Verdict::Nothing => {}
        }
    }
    let outcome = if all.is_empty() { other? } else { Outcome::Differs(all) };
    Some(Finding { control: control.id, outcome })
}

/// Containers with the same difference are told together.
fn add(all: &mut Vec<(Difference, Vec<String>)>, difference: Difference, container: &str) {
    match all.iter_mut().find(|(known, _)| *known == difference) {
        Some((_, containers)) => containers.push(container.to_owned()),
        None => all.push((difference, vec![container.to_owned()])),
    }
}

fn strangers(project: &Project, containers: &[&Inspected]) -> Vec<Stranger> {
    let strange =
        |container: &&Inspected| runs(container) && project.index(container.label("service")).is_none();
    let strange: Vec<&Inspected> = containers.iter().copied().filter(strange).collect();
    let services: BTreeSet<&str> = strange.iter().map(|container| container.label("service")).collect();
    let of = |service: &str| {
        let own: Vec<&Inspected> =
            strange.iter().copied().filter(|container| container.label("service") == service).collect();
        let mut containers = names(&own);
        containers.sort();
        Stranger { service: service.to_owned(), containers }
    };
    services.into_iter().map(of).collect()
}

fn names(containers: &[&Inspected]) -> Vec<String> {
    containers.iter().map(|container| container.short_name().to_owned()).collect()
}

/// Whether a container is at work: also one that is held, or between two starts.
fn runs(container: &Inspected) -> bool {
    matches!(container.state.status.as_str(), "running" | "paused" | "restarting")
}

fn is_one_off(container: &Inspected) -> bool {
    container.label("oneoff").eq_ignore_ascii_case("true")
}

/// How many containers the file wants; `None` where only the environment knows.
fn wanted(service: &Service) -> Option<usize> {
    let replicas = service.deploy.as_ref().and_then(|deploy| deploy.value.replicas.as_ref());
    let replicas = match (said::setting(service.scale.as_ref()), replicas) {
        (said::Said::This(scale, _), _) => scale,
        (said::Said::Nothing, Some(Setting::Literal(replicas))) => *replicas,
        (said::Said::Nothing, Some(Setting::Variable(_))) | (said::Said::Unknown, _) => return None,
        (said::Said::Nothing, None) => 1,
    };
    usize::try_from(replicas).ok()
}

/// Why nothing of a service runs.
fn absent(service: &Service, own: &[&Inspected]) -> String {
    if service.provider.is_some() {
        return "an external provider runs it, not a container".to_owned();
    }
    if let Some(last) = own.first() {
        return match last.state.status.as_str() {
            "exited" | "dead" => format!("it ended with exit code {}", last.state.exit_code),
            other => format!("its container is `{other}`"),
        };
    }
    if wanted(service) == Some(0) {
        return "the file wants no container of it".to_owned();
    }
    match service.profiles.first() {
        Some(profile) => {
            format!("it has no container; it is only started with the profile `{}`", profile.value)
        }
        None => "it has no container".to_owned(),
    }
}
