//! `harden drift`: finds the containers of each project, has them compared with what is written, and tells what differs.
//!
//! Asks the engine through `docker`; changes nothing, in the engine or in a file.

use std::path::{Path, PathBuf};

use super::Exit;
use super::console::Console;
use super::jobs::{From, Job, Jobs};
use super::policy;
use super::prepare::{Failure, reason};
use super::reports::{diagnostics, unwritable, write_all};
use crate::cli::{Drift, Task};
use crate::compose::Partial;
use crate::docker::{self, Engine, Inspected, inspected, inspected_image, started};
use crate::drift::{self, Images};
use crate::load::{self, Loaded, Texts, canonical};
use crate::pipeline;
use crate::plan::Plan;
use crate::report::drift::headline;
use crate::report::model::{
    Compared, Diagnostic, DiagnosticKind, Mode, Project, Report, Root, Status, Unread,
};
use crate::report::model::{Outcome, Place};
use crate::report::{Format, Masks, Verbosity, shown_name};

/// Most files that a message names.
const MOST_NAMES: usize = 3;

/// Does what was asked.
pub(super) fn drift(asked: &Drift, console: &mut Console<'_>) -> Exit {
    let task = &asked.task;
    if let Some(problem) = unwritable(&task.reports) {
        console.error(&problem, Some("nothing was done; make the directory first"));
        return Exit::Failed;
    }
    if let Err(absent) = Engine::find() {
        console.error(&absent.to_string(), absent.help());
        return Exit::Failed;
    }
    let jobs = Jobs::of(task);
    if let Some((problem, help)) = unfit(asked, &jobs) {
        console.error(problem, Some(help));
        return Exit::Failed;
    }
    let mut all = Told { projects: Vec::new(), notes: Vec::new(), root: Root::find() };
    for job in jobs.list {
        if let Err(failure) = all.job(job, asked, console) {
            console.error(&format!("{failure}; nothing was compared"), None);
            return Exit::Failed;
        }
    }
    all.tell(task, console)
}

fn unfit(asked: &Drift, jobs: &Jobs) -> Option<(&'static str, &'static str)> {
    match jobs.list.len() {
        0 => Some(("no project was found", "name its Compose file")),
        1 => None,
        _ if asked.name.is_some() => Some(("`--project-name` takes one project", "name its file")),
        _ if asked.task.load.project_directory.is_some() => {
            Some(("`--project-directory` takes one project", "name its files with `-f`"))
        }
        _ => None,
    }
}

/// What was found, and what is to be said once all is printed.
struct Told {
    projects: Vec<Project>,
    notes: Vec<String>,
    root: Root,
}

/// A project whose containers were looked at.
struct Seen {
    loaded: Loaded,
    name: String,
    containers: Vec<Inspected>,
    images: Images,
}

impl Told {
    /// One project. What is wrong with it is told, and the others are done.
    fn job(&mut self, job: Job, asked: &Drift, console: &mut Console<'_>) -> Result<(), docker::Failure> {
        let seen = loaded(job.from, asked).and_then(|(loaded, name)| look(loaded, name));
        let project = match seen {
            Ok(seen) => self.compared(seen, &asked.task, console),
            Err(Trouble::Engine(failure)) => return Err(failure),
            Err(Trouble::Ours(failure)) => {
                console.failure(&failure);
                Project::failed(&job.name, diagnostics(&failure, &self.root), &self.root)
            }
        };
        self.projects.push(project);
        Ok(())
    }

    fn compared(&mut self, seen: Seen, task: &Task, console: &mut Console<'_>) -> Project {
        let Seen { mut loaded, name, containers, images } = seen;
        let drift = drift::compare(&loaded.project, &containers, &images);
        let warning = elsewhere(&loaded, &name, &containers);
        if let (Some(warning), true) = (&warning, task.verbosity > Verbosity::Quiet) {
            console.warning(warning);
        }
        let unread = unread(&loaded, &self.root);
        let path = loaded.files.first().cloned().unwrap_or_default();
        let project = Compared {
            path: &path,
            name: &name,
            sources: loaded.tree.sources(),
            written: &loaded.project,
            drift: &drift,
            level: task.plan.level.into(),
            unread,
            diagnostics: said(&loaded, warning, &self.root),
        };
        let project = project.project(&self.root);
        if let Some(help) = help(&project, &name, &loaded.files) {
            self.notes.push(help);
        }
        self.notes.extend(to_harden(&mut loaded, task));
        project
    }

    /// Everything, and how it ended in one line.
    fn tell(self, task: &Task, console: &mut Console<'_>) -> Exit {
        let found = self.projects.iter().map(exit).max().unwrap_or_default();
        let report = Report::new(task.plan.level.into(), Mode::Drift, self.projects);
        let printed = match task.format {
            Format::Text => Format::Text.render(&without_words(&report)),
            format => format.render(&report),
        };
        let mut exit = found.max(console.data(&printed));
        if task.annotate && task.format != Format::Github {
            console.note(&Format::Github.render(&report));
        }
        exit = exit.max(write_all(&task.reports, &report, None, console));
        if task.verbosity > Verbosity::Quiet {
            self.notes.iter().for_each(|note| console.note(&format!("{note}\n")));
            console.note(&format!("{}: {}\n", verdict(exit), last(&report)));
        }
        exit
    }
}

/// Why a project is not compared.
enum Trouble {
    /// It cannot be read, or does not run.
    Ours(Failure),
    /// The engine does not answer, so that no other project can be compared either.
    Engine(docker::Failure),
}

impl std::convert::From<docker::Failure> for Trouble {
    fn from(failure: docker::Failure) -> Self {
        Self::Engine(failure)
    }
}

/// The project, and what Compose calls it.
fn loaded(from: From, asked: &Drift) -> Result<(Loaded, String), Trouble> {
    let options = &asked.task.load;
    let loaded = match from {
        From::Files(files) => load::files(&files, options, &Texts::new()),
        From::Dockerfile(path) => load::alone(&path, options),
        From::Stdin => load::stdin(options),
        From::Failed(failure) => return Err(Trouble::Ours(failure)),
    };
    let loaded = loaded.map_err(|error| Trouble::Ours(Failure::Load(error)))?;
    let name = match &asked.name {
        Some(name) => Some(name.clone()),
        None => load::project_name(&loaded, options).map_err(|error| Trouble::Ours(Failure::Load(error)))?,
    };
    match name {
        Some(name) => Ok((loaded, name)),
        None => Err(plain(
            format!("only the environment knows what Compose calls the project of {}", shown(&loaded)),
            "name it with `--project-name`, or let the shell's variables count with `--shell-env`".to_owned(),
        )),
    }
}

/// The containers of a project, and the images that are to be compared.
fn look(loaded: Loaded, name: String) -> Result<Seen, Trouble> {
    let containers = inspected(&name)?;
    if !drift::is_any_running(&containers) {
        return Err(not_running(&loaded, &name, containers.len())?);
    }
    let mut images = Images::new();
    for image in drift::named_images(&loaded.project, &containers) {
        if let Some(found) = inspected_image(&image)? {
            images.insert(image, found);
        }
    }
    Ok(Seen { loaded, name, containers, images })
}

/// Nothing runs by this name; by which other name, if there is one.
fn not_running(loaded: &Loaded, name: &str, stopped: usize) -> Result<Trouble, docker::Failure> {
    let files: Vec<PathBuf> = loaded.files.iter().map(|file| canonical(file)).collect();
    let others = started()?;
    let same = |file: &PathBuf| files.contains(&canonical(file));
    let other = others.iter().find(|other| other.name != name && other.files.iter().any(same));
    let text = match stopped {
        0 => format!("the project `{name}` of {} has no container here", shown(loaded)),
        _ => format!("nothing of the project `{name}` of {} runs", shown(loaded)),
    };
    let help = match other {
        Some(other) => {
            format!("the same file was started as `{}`: `--project-name {}`", other.name, other.name)
        }
        None => {
            format!("`{} up -d` starts it; `--project-name` names it otherwise", compose(name, &loaded.files))
        }
    };
    Ok(plain(text, help))
}

fn plain(text: String, help: String) -> Trouble {
    Trouble::Ours(Failure::Plain { text, help: Some(help) })
}

fn shown(loaded: &Loaded) -> String {
    let name = loaded.files.first().map(|file| shown_name(file)).unwrap_or_default();
    format!("`{name}`")
}

/// `docker compose` with the words that name the project.
fn compose(name: &str, files: &[PathBuf]) -> String {
    let files: Vec<String> = files
        .iter()
        .filter(|file| *file != Path::new("-"))
        .map(|file| format!(" -f {}", file.display()))
        .collect();
    format!("docker compose -p {name}{}", files.concat())
}

/// Containers that were started from other files may be of another project that has the same name.
fn elsewhere(loaded: &Loaded, name: &str, containers: &[Inspected]) -> Option<String> {
    let own: Vec<PathBuf> = loaded.files.iter().map(|file| canonical(file)).collect();
    if own.contains(&PathBuf::from("-")) {
        return None;
    }
    let labels = containers.iter().map(|container| container.label("project.config_files"));
    let mut others: Vec<&str> = labels
        .filter(|label| !label.is_empty())
        .filter(|label| !label.split(',').any(|file| own.contains(&canonical(Path::new(file)))))
        .collect();
    others.sort_unstable();
    others.dedup();
    let names: Vec<String> = others.iter().take(MOST_NAMES).map(|files| format!("`{files}`")).collect();
    (!names.is_empty()).then(|| {
        format!(
            "containers of `{name}` were started from {}, and not from {}",
            names.join(" and "),
            shown(loaded)
        )
    })
}

/// What is odd, for the report.
fn said(loaded: &Loaded, warning: Option<String>, root: &Root) -> Vec<Diagnostic> {
    let masks = Masks::new(loaded.tree.sources());
    let odd =
        loaded.warnings.iter().map(|found| Diagnostic::new(DiagnosticKind::Warning, found, &masks, root));
    let warning = warning
        .map(|text| Diagnostic { kind: DiagnosticKind::Warning, ..Diagnostic::error(&text, None, None) });
    odd.chain(warning).collect()
}

fn unread(loaded: &Loaded, root: &Root) -> Vec<Unread> {
    let services = &loaded.project.services;
    let one = |partial: &Partial| Unread {
        file: partial.file.clone(),
        reason: reason(partial.reason).to_owned(),
        place: partial.place.and_then(|place| Place::new(loaded.tree.sources(), place, root)),
        services: partial
            .services
            .iter()
            .filter_map(|&at| services.get(at))
            .map(|one| one.name.clone())
            .collect(),
    };
    loaded.project.partial.iter().map(one).collect()
}

/// What makes the containers again.
fn help(project: &Project, name: &str, files: &[PathBuf]) -> Option<String> {
    let differs = |name: &str, is_stranger: bool| {
        let mut decisions = project.decisions().filter(|(service, _)| service.name == name);
        decisions.any(|(_, decision)| {
            matches!(decision.outcome, Outcome::Differs { .. })
                && (decision.pass == drift::STRANGER.id) == is_stranger
        })
    };
    let names = project.services.iter().map(|service| service.name.as_str());
    let (mut own, mut strangers) = (Vec::new(), false);
    for service in names {
        own.extend(differs(service, false).then_some(service));
        strangers |= differs(service, true);
    }
    let compose = compose(name, files);
    match (own.is_empty(), strangers) {
        (true, false) => None,
        (true, true) => {
            Some(format!("help: `{compose} up -d --remove-orphans` removes what the file does not have"))
        }
        (false, _) => {
            let own = own.join(" ");
            let more = if strangers { " --remove-orphans" } else { "" };
            Some(format!(
                "help: `{compose} up -d --force-recreate{more} {own}` makes them again as the file says"
            ))
        }
    }
}

/// One line when harden would change the file itself: that is no drift, and what runs is no better for being as written.
fn to_harden(loaded: &mut Loaded, task: &Task) -> Option<String> {
    // a policy with faults is for the runs that need it to tell
    let options = policy::options(loaded, task).ok()?;
    let project = std::mem::take(&mut loaded.project);
    let plan: Plan = pipeline::plan(project, &options).plan;
    let of = |service: &crate::plan::ServicePlan| {
        service.decisions.iter().map(|(_, decision)| decision.applied().len()).sum::<usize>()
    };
    let changes: Vec<usize> = plan.services.iter().map(of).filter(|count| *count > 0).collect();
    let (sum, services) = (changes.iter().sum::<usize>(), changes.len());
    (sum > 0).then(|| {
        let is = if services == 1 { "1 service" } else { &format!("{services} services") };
        let changes = if sum == 1 { "1 change".to_owned() } else { format!("{sum} changes") };
        format!("note: {} itself is not hardened: {changes} to make in {is}; that is no drift", shown(loaded))
    })
}

/// The report without what was said on standard error.
fn without_words(report: &Report) -> Report {
    let compared = report.projects.iter().filter(|project| project.status != Status::Failed);
    let silent = compared.map(|project| Project { diagnostics: Vec::new(), ..project.clone() });
    Report { projects: silent.collect(), ..report.clone() }
}

/// What a project makes of the exit code, as with `--check`.
fn exit(project: &Project) -> Exit {
    match project.status {
        Status::Failed => Exit::Failed,
        _ if !project.unread.is_empty() => Exit::Failed,
        Status::Changes => Exit::Drift,
        Status::Clean | Status::Unsure => Exit::Done,
    }
}

fn verdict(exit: Exit) -> &'static str {
    match exit {
        Exit::Done => "check passed",
        Exit::Drift => "check failed",
        Exit::Failed => "check undecided",
    }
}

/// The sums.
fn last(report: &Report) -> String {
    match report.projects.as_slice() {
        [one] if one.status == Status::Failed => "nothing was compared".to_owned(),
        [one] => headline(one),
        _ => crate::report::drift::sums(report),
    }
}
