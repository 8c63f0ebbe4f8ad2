//! From a file to proven text: load, plan, edit, verify.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Instant;

use super::explain;
use super::jobs::From;
use super::policy::{self, Judged};
use super::shared::Shared;
use crate::cli::{Mode, Task};
use crate::compose::{Partial, PartialReason, Project, Service};
use crate::edit::{self, EditError, Rewrite};
use crate::load::{self, Bound, Diagnostic, Loaded, Texts};
use crate::passes::ALL;
use crate::pipeline::{self, Planned};
use crate::plan::Plan;
use crate::report::explain::Seen;
use crate::report::{Outcome, Sites, Subject, Unread};
use crate::source::{FileId, Place};
use crate::verify::{self, ProofError, Verified};
use crate::write::{self, Staged, WriteError};
use crate::yaml::{Layers, Tree};

/// One project with its proven new text.
pub(super) struct Prepared {
    /// The files as written.
    pub(super) tree: Tree,
    /// Where each service's name is written, by index.
    pub(super) places: Vec<Place>,
    /// What is odd.
    pub(super) warnings: Vec<Diagnostic>,
    /// The decisions.
    pub(super) plan: Plan,
    /// What was not seen of the project.
    partial: Vec<Partial>,
    /// The files that change.
    pub(super) verified: Vec<Verified>,
    /// The files that were named, and the overlay.
    pub(super) files: Vec<PathBuf>,
    /// The file that alone may change, where there is such a one.
    overlay: Option<FileId>,
    /// Whether it is a Dockerfile by itself.
    pub(super) alone: bool,
    /// What the policy has to say of the plan.
    pub(super) judged: Judged,
    /// The image of each service that is not built here, by index.
    pub(super) images: Vec<Option<String>>,
    /// What was seen of each service before it was planned, by index; only kept to be explained.
    pub(super) seen: Vec<Seen>,
}

/// Why there is no proven text.
pub(super) enum Failure {
    /// The file could not be loaded.
    Load(load::Error),
    /// A change has no place.
    Edit(Box<Tree>, EditError),
    /// The rewrite is not what was planned.
    Proof(Box<Tree>, ProofError),
    /// What was asked for does not fit what is there.
    Plain {
        /// What is wrong.
        text: String,
        /// What to do about it.
        help: Option<String>,
    },
}

/// Everything up to the proof, for the job of this index.
pub(super) fn prepare(at: usize, from: From, task: &Task, shared: &Shared) -> Result<Prepared, Failure> {
    match from {
        From::Files(files) => shared.prepare(at, &files, task),
        From::Dockerfile(path) => judged(load::alone(&path, &task.load).map_err(Failure::Load)?, task),
        From::Stdin => judged(load::stdin(&task.load).map_err(Failure::Load)?, task),
        From::Failed(failure) => Err(failure),
    }
}

/// Fails once the run has taken too long. Looked at between the stages; each of them takes time that is bounded by what it
/// is given.
pub(super) fn in_time(bounds: &load::Options) -> Result<(), Failure> {
    if bounds.deadline.is_none_or(|deadline| Instant::now() < deadline) {
        return Ok(());
    }
    let text = format!("the run takes longer than {} seconds", bounds.limits.time.as_secs());
    Err(Failure::Plain { text, help: Some(Bound::Time.help()) })
}

/// Everything between loading and the proof, with the policy of the project.
pub(super) fn judged(mut loaded: Loaded, task: &Task) -> Result<Prepared, Failure> {
    in_time(&task.load)?;
    let options = policy::options(&mut loaded, task).map_err(Failure::Load)?;
    if looks_at_builds(task, &loaded, &options) {
        load::contexts(&mut loaded, &task.load, &Texts::new());
        if loaded.project.alone {
            load::surrounded(&mut loaded).map_err(Failure::Load)?;
        }
    }
    let seen = explain::seen(&loaded.project, loaded.tree.sources(), &options, task);
    Ok(Prepared { seen, ..proven(loaded, &task.load, &options)? })
}

/// Whether Dockerfiles and contexts are looked at: not where only one text is written, which is that of a Compose file.
fn looks_at_builds(task: &Task, loaded: &Loaded, options: &pipeline::Options) -> bool {
    let one_text = matches!(task.mode, Mode::Stdout | Mode::Output(_));
    let is_stdin = loaded.files.first().is_some_and(|file| file.as_os_str() == "-");
    let wanted = ALL.iter().any(|pass| pass.is_of_build() && options.selects(pass.meta().id));
    wanted && !one_text && !is_stdin
}

/// Everything between loading and the proof.
pub(super) fn proven(
    loaded: Loaded,
    bounds: &load::Options,
    options: &pipeline::Options,
) -> Result<Prepared, Failure> {
    let Loaded { files, tree, project, services, warnings, .. } = loaded;
    let places = project.services.iter().map(|service| service.place).collect();
    let Planned { plan, mut project } = pipeline::plan(project, options);
    let judged = Judged::new(&options.policy, &project, &plan);
    let images = project.services.iter().map(image).collect();
    in_time(bounds)?;
    let rewrites = match edit::rewrite(&tree, &services, &plan) {
        Ok(rewrites) => rewrites,
        Err(error) => return Err(Failure::Edit(Box::new(tree), error)),
    };
    // before what was not seen is taken out: it decides, too
    let second = (!rewrites.is_empty()).then(|| pipeline::again(&mut project, options));
    let (partial, verified) = (std::mem::take(&mut project.partial), Vec::new());
    let overlay = services.top();
    let prepared = Prepared {
        tree,
        places,
        warnings,
        plan,
        partial,
        verified,
        files,
        overlay,
        alone: project.alone,
        judged,
        images,
        seen: Vec::new(),
    };
    let Some(second) = second else { return Ok(prepared) };
    in_time(bounds)?;
    // the proof holds the whole new text in its own form: nothing that is not needed may be beside it
    let (policy, of_builds) = (usize::from(options.policy.file.is_some()), files_of_builds(&project));
    let has_heirs = !project.inheritance.is_empty();
    let several = has_heirs || prepared.tree.sources().len() - policy - of_builds > 1;
    let planned = (several || of_builds > 0).then_some(project);
    match prepared.proofs(rewrites, &services, &second, (planned, several), bounds) {
        Ok(verified) => Ok(Prepared { verified, ..prepared }),
        Err(error) => Err(Failure::Proof(Box::new(prepared.tree), error)),
    }
}

/// How many of the files are Dockerfiles and what lies around them.
fn files_of_builds(project: &Project) -> usize {
    let sites = project.services.iter().filter_map(|service| service.build.as_ref()?.value.site.as_ref());
    let files = sites.flat_map(|site| site.dockerfile.iter().chain([&site.ignore]));
    files.map(|file| file.id).collect::<BTreeSet<_>>().len()
}

impl Prepared {
    /// Proves the new text of each file, what is built, and all of them together where the project has several, or a service takes over
    /// what is written for another: what then comes to it is for nobody but the loader to say.
    fn proofs(
        &self,
        rewrites: Vec<Rewrite>,
        services: &Layers,
        second: &Plan,
        (planned, several): (Option<Project>, bool),
        bounds: &load::Options,
    ) -> Result<Vec<Verified>, ProofError> {
        let verified = verify::prove_all(&self.tree, services, &self.plan, rewrites, second)?;
        let Some(planned) = planned else { return Ok(verified) };
        verify::contexts(&self.tree, &planned, &verified)?;
        if several {
            verify::whole(&self.files, self.tree.sources(), &verified, &planned, bounds)?;
        }
        Ok(verified)
    }

    /// The text of the project's file, or of the overlay: the proven one, or the original where nothing changes.
    pub(super) fn text(&self) -> &str {
        let file = self.overlay.unwrap_or_default();
        match self.verified.iter().find(|verified| verified.file() == file) {
            Some(verified) => verified.text(),
            None => self.tree.source(file).text(),
        }
    }

    /// Puts the new texts beside their files.
    pub(super) fn stage(&self) -> impl Iterator<Item = Result<Staged, WriteError>> {
        self.verified.iter().map(|verified| {
            let source = self.tree.source(verified.file());
            if source.is_absent() {
                write::stage_new(source.name(), verified)
            } else {
                write::stage(source.name(), source.text(), verified)
            }
        })
    }

    /// The files to be given to Compose, where there is an overlay to be laid over them.
    pub(super) fn with_overlay(&self) -> Option<&[PathBuf]> {
        let absent = self.tree.source(self.overlay?).is_absent();
        (!absent || !self.verified.is_empty()).then_some(&self.files)
    }

    /// The files that change, with their new texts.
    pub(super) fn new_texts(&self) -> impl Iterator<Item = (&Path, &str)> {
        self.verified.iter().map(|file| (self.tree.source(file.file()).name(), file.text()))
    }

    /// The name of its first file.
    pub(super) fn name(&self) -> &Path {
        self.tree.source(FileId::default()).name()
    }

    /// What reporters show.
    pub(super) fn subject(&self, outcome: Outcome) -> Subject<'_> {
        let name = self.name();
        let (sources, sites) = (self.tree.sources(), Sites::of(&self.verified));
        let (unread, known) = (self.unread(), BTreeSet::new());
        Subject { name, alone: self.alone, sources, plan: &self.plan, unread, sites, outcome, known }
    }

    /// Files that the project depends on and that were not read.
    pub(super) fn unread(&self) -> Vec<Unread<'_>> {
        let services = &self.plan.services;
        let unread = self.partial.iter().map(|partial| Unread {
            file: partial.file.as_deref(),
            reason: reason(partial.reason),
            place: partial.place,
            services: partial
                .services
                .iter()
                .filter_map(|&index| services.get(index))
                .map(|service| service.service.as_str())
                .collect(),
        });
        unread.collect()
    }
}

fn image(service: &Service) -> Option<String> {
    service.image.as_ref().filter(|_| service.build.is_none()).map(|image| image.value.clone())
}

pub(super) fn reason(reason: PartialReason) -> &'static str {
    match reason {
        PartialReason::Extends => "`extends` names it",
        PartialReason::Include => "`include` names it",
        PartialReason::Fragment => {
            "neither `image` nor `build` is given here, so the rest stands in another file"
        }
    }
}
