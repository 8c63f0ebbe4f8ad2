//! The images of services whose Dockerfile or `.dockerignore` changes: built as they are and as they would be, measured, and
//! given to the services of the run.
//!
//! Builds from copies only, one at a time, so that what is measured can be compared. Judges no service.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use super::bench::{Bench, Staged, Trouble, io};
use crate::compose::{Listing, Recipe, Service, Site};
use crate::docker::{self, Built, Failure, Project};
use crate::dockerfile::{read, stages};
use crate::load::{self, Texts};
use crate::prove::context::{Load, touchable};
use crate::prove::isolate::build_of;
use crate::prove::symptom::Scrub;
use crate::run::policy::without_evidence;
use crate::run::prepare::{self, Prepared};
use crate::source::FileId;

/// What was built.
#[derive(Debug, Default)]
pub(super) struct Builds {
    /// The services whose image was built both ways, or was to be.
    pub(super) services: BTreeMap<String, Build>,
    /// Services whose build is left alone, and why.
    pub(super) skipped: BTreeMap<String, String>,
    /// Why none of what changes is in the diff.
    pub(super) left_out: Option<String>,
    /// Files that builds may change.
    files: BTreeSet<PathBuf>,
    /// Those that do, and what they would be.
    texts: BTreeMap<PathBuf, String>,
}

/// The image of one service.
#[derive(Debug)]
pub(super) struct Build {
    /// The files that change, as seen from the Compose file.
    pub(super) edited: Vec<String>,
    /// The file that was changed for the second builds; none where nothing of the context is copied.
    pub(super) touched: Option<String>,
    /// The image as it is.
    pub(super) before: Figures,
    /// The image as it would be; none where it cannot be built.
    pub(super) after: Option<Figures>,
    /// What is wrong with that.
    pub(super) wrong: Option<String>,
}

/// What was measured of an image, once.
#[derive(Clone, Copy, Debug)]
pub(super) struct Figures {
    /// Bytes of the image.
    pub(super) image: u64,
    /// What travels to the builder.
    pub(super) context: Load,
    /// How long it takes to build all of it.
    pub(super) full: Duration,
    /// How long once a file has changed; none where no file is copied, or that build fails.
    pub(super) again: Option<Duration>,
}

/// As it is, or as it would be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Before,
    After,
}

/// A build that changes.
struct Edited {
    service: String,
    files: Vec<File>,
    /// The index of the Dockerfile among them, where it has a file.
    dockerfile: Option<usize>,
    /// Where the context is.
    context: PathBuf,
    listing: Arc<Listing>,
    /// Dockerfile and `.dockerignore` of each side.
    texts: [(String, String); 2],
}

/// A file of a build.
struct File {
    shown: String,
    /// As the project names it.
    name: PathBuf,
    /// In the directory of the build.
    copy: PathBuf,
    /// Its new text, where it has one.
    new: Option<String>,
}

/// Most bytes of a context that is copied.
const MOST: u64 = 2 << 30;

/// Where the copy of a context is, in the directory of its build.
const CONTEXT: &str = "context";

impl Side {
    fn name(self) -> &'static str {
        match self {
            Self::Before => "before",
            Self::After => "after",
        }
    }
}

impl Builds {
    /// Builds all that changes, before and after.
    ///
    /// # Errors
    /// When one cannot be built as it is: then there is nothing to compare. When the engine fails, or there is no more time.
    pub(super) fn made(
        bench: &Bench<'_>,
        staged: &Staged,
        scrub: &Scrub,
        say: &mut dyn FnMut(&str),
    ) -> Result<Self, Trouble> {
        let mut builds = Self::default();
        let edited = builds.edited(bench, &staged.isolated.config)?;
        if edited.is_empty() {
            say("no Dockerfile or `.dockerignore` changes: nothing is built for comparison");
        }
        for (number, edited) in edited.into_iter().enumerate() {
            say(&format!(
                "building {}: as it is, as it would be, and after a change of a file",
                edited.service
            ));
            let service = edited.service.clone();
            if let Some(why) = edited.is_too_large() {
                say(&format!("note: `{service}` is not built for comparison: {why}"));
                builds.skipped.insert(service, why);
                continue;
            }
            let folder = PathBuf::from(format!("builds/{number}"));
            let workshop =
                Workshop { bench, config: &staged.isolated.config, edited: &edited, folder, scrub };
            let build = workshop.run()?;
            bench.scratch.remove(&workshop.folder);
            builds.texts.extend(edited.new_texts());
            builds.services.insert(service, build);
        }
        builds.give(bench, Side::Before)?;
        Ok(builds)
    }

    /// What an ordinary run would change, of the services that are run.
    fn edited(&mut self, bench: &Bench<'_>, config: &Value) -> Result<Vec<Edited>, Trouble> {
        let task = &bench.asked.task;
        let mut loaded = bench.original()?;
        let options = without_evidence(&mut loaded, task)?;
        load::contexts(&mut loaded, &task.load, &Texts::new());
        let services: Vec<Service> = loaded.project.services.clone();
        let prepared = prepare::proven(loaded, &task.load, &options).map_err(Trouble::Ours)?;
        let mut all = Vec::new();
        for service in &services {
            let Some(site) = service.build.as_ref().and_then(|build| build.value.site.as_ref()) else {
                continue;
            };
            let name = |id: FileId| prepared.tree.source(id).name().to_owned();
            self.files.extend(ids(site).map(name));
            let own = config.get("services").and_then(|services| services.get(&service.name));
            if let Some(context) = own.and_then(|own| own.pointer("/build/context")?.as_str()) {
                all.extend(Edited::of(service, site, Path::new(context), &prepared));
            }
        }
        Ok(all)
    }

    /// Gives services the image of one side; what does not work as it would be stays as it is.
    pub(super) fn give(&self, bench: &Bench<'_>, side: Side) -> Result<(), Failure> {
        for (service, build) in &self.services {
            let side = if build.wrong.is_some() { Side::Before } else { side };
            docker::tag(&image(bench, service, side.name()), &image(bench, service, "latest"))?;
        }
        Ok(())
    }

    /// Whether the services of the run have any image as it would be.
    pub(super) fn are_given(&self) -> bool {
        self.services.values().any(|build| build.wrong.is_none())
    }

    /// Whether an image cannot be built as it would be, or its service fails with it.
    pub(super) fn fail(&self) -> bool {
        self.services.values().any(|build| build.wrong.is_some())
    }

    /// Notes services that fail with nothing but the new images. One without any fails because of another's.
    pub(super) fn blame(&mut self, failed: &BTreeMap<String, String>) {
        for (service, why) in failed {
            match self.services.get_mut(service) {
                Some(build) => build.wrong = Some(format!("it does not work with that image: {why}")),
                None => self.blame_all(service, why),
            }
        }
    }

    fn blame_all(&mut self, service: &str, why: &str) {
        for build in self.services.values_mut().filter(|build| build.wrong.is_none()) {
            build.wrong = Some(format!("`{service}` does not work with that image: {why}"));
        }
    }

    /// Whether what changes may be in the diff: something was built, all of it, and nothing fails.
    pub(super) fn hold(&self) -> bool {
        !self.services.is_empty() && self.skipped.is_empty() && !self.fail()
    }

    /// Whether a plan changes those files that were built, and as they were built.
    pub(super) fn agree(&self, prepared: &Prepared) -> bool {
        let of_builds = prepared.new_texts().filter(|(name, _)| self.files.contains(*name));
        let built = self.texts.iter().map(|(name, text)| (name.as_path(), text.as_str()));
        of_builds.collect::<BTreeMap<_, _>>() == built.collect()
    }
}

/// Where one image is built.
struct Workshop<'a> {
    bench: &'a Bench<'a>,
    config: &'a Value,
    edited: &'a Edited,
    /// In the directory of the run.
    folder: PathBuf,
    scrub: &'a Scrub,
}

impl Workshop<'_> {
    fn run(&self) -> Result<Build, Trouble> {
        let edited = self.edited;
        let context = self.path(CONTEXT);
        self.bench.scratch.copy(&edited.context, &context).map_err(|error| {
            let text = format!("cannot copy `{}`: {}", edited.context.display(), error.kind());
            Trouble::Plain(text, None)
        })?;
        for file in edited.files.iter().filter(|file| !file.copy.starts_with(CONTEXT) && file.name.exists()) {
            self.bench.scratch.copy(&file.name, &self.path(&file.copy)).map_err(|error| io(&error))?;
        }
        let [(dockerfile, before), (_, after)] = &edited.texts;
        let touched = touchable(&edited.listing, dockerfile, &[before, after]);
        let before = match self.measured(Side::Before, touched)? {
            Ok(figures) => figures,
            Err(why) => return Err(self.not_as_it_is(&why)),
        };
        for file in &edited.files {
            let Some(new) = &file.new else { continue };
            self.bench
                .scratch
                .put(&self.folder.join(&file.copy).to_string_lossy(), new)
                .map_err(|error| io(&error))?;
        }
        let (after, wrong) = match self.measured(Side::After, touched)? {
            Ok(figures) => (Some(figures), None),
            Err(why) => (None, Some(format!("it cannot be built: {why}"))),
        };
        let changed = edited.files.iter().filter(|file| file.new.is_some());
        let shown = changed.map(|file| file.shown.clone()).collect();
        Ok(Build { edited: shown, touched: touched.map(str::to_owned), before, after, wrong })
    }

    /// Builds all of one side, then once more with a change; why it cannot be built.
    fn measured(&self, side: Side, touched: Option<&str>) -> Result<Result<Figures, String>, Trouble> {
        let full = match self.project(side, side.name())?.build(&self.edited.service, true)? {
            Built::Image(took) => took,
            Built::Nothing(why) => return Ok(Err(self.scrub.clean(&why))),
        };
        let [before, after] = &self.edited.texts;
        let (_, ignored) = if side == Side::Before { before } else { after };
        let again = touched.map(|file| self.again(side, file)).transpose()?.flatten();
        Ok(Ok(Figures {
            image: docker::image_size(&image(self.bench, &self.edited.service, side.name()))?,
            context: Load::of(&self.edited.listing, ignored),
            full,
            again,
        }))
    }

    /// How long it takes once a file has changed, which is as before afterwards.
    fn again(&self, side: Side, touched: &str) -> Result<Option<Duration>, Trouble> {
        let file = self.folder.join(CONTEXT).join(touched);
        let Ok(length) = self.bench.scratch.append(&file, &blanks(&self.bench.run, side)) else {
            return Ok(None);
        };
        let built = self.project(side, "changed")?.build(&self.edited.service, false)?;
        self.bench.scratch.shorten(&file, length).map_err(|error| io(&error))?;
        Ok(match built {
            Built::Image(took) => Some(took),
            Built::Nothing(_) => None,
        })
    }

    /// A project that builds the service under this tag.
    fn project(&self, side: Side, tag: &str) -> Result<Project, Trouble> {
        let (service, context) = (&self.edited.service, self.path(CONTEXT));
        let dockerfile = self.edited.dockerfile.and_then(|at| self.edited.files.get(at));
        let dockerfile = dockerfile.map(|file| self.path(&file.copy));
        let project = build_of(
            self.config,
            service,
            &image(self.bench, service, tag),
            (&context, dockerfile.as_deref()),
        );
        let name = self.folder.join(format!("{}-{tag}.json", side.name()));
        let path = self.bench.scratch.put(&name.to_string_lossy(), &project.to_string());
        Ok(Project::new(&self.bench.run, &path.map_err(|error| io(&error))?).until(self.bench.end))
    }

    fn path(&self, name: impl AsRef<Path>) -> PathBuf {
        self.bench.scratch.path().join(&self.folder).join(name)
    }

    /// It cannot be built at all.
    fn not_as_it_is(&self, why: &str) -> Trouble {
        let service = &self.edited.service;
        let [(dockerfile, _), _] = &self.edited.texts;
        let absent =
            bases(dockerfile).into_iter().find(|base| matches!(docker::inspected_image(base), Ok(None)));
        let (what, help) = match absent {
            Some(base) => (
                format!("`{base}` is not on this engine, and Compose could not pull it: {why}"),
                "pull or build that image first".to_owned(),
            ),
            None => (why.to_owned(), "mend it first: only what can be built can be compared".to_owned()),
        };
        Trouble::Plain(format!("the image of `{service}` cannot be built as it is: {what}"), Some(help))
    }
}

impl Edited {
    /// The build of a service, if anything of it changes.
    fn of(service: &Service, site: &Site, context: &Path, prepared: &Prepared) -> Option<Self> {
        let Recipe::Found(recipe) = &service.build.as_ref()?.value.recipe else { return None };
        let new = |id: FileId| {
            prepared.verified.iter().find(|file| file.file() == id).map(|file| file.text().to_owned())
        };
        if !ids(site).any(|id| new(id).is_some()) {
            return None;
        }
        let files = site.dockerfile.iter().chain([&site.ignore]).map(|file| {
            let name = prepared.tree.source(file.id).name().to_owned();
            let copy = copy(&name, context);
            File { shown: file.path.to_string(), name, copy, new: new(file.id) }
        });
        let (old, ignored) = (recipe.text.expose().to_owned(), site.ignored.to_string());
        let dockerfile =
            site.dockerfile.as_ref().and_then(|file| new(file.id)).unwrap_or_else(|| old.clone());
        let left_out = new(site.ignore.id).unwrap_or_else(|| ignored.clone());
        Some(Self {
            service: service.name.clone(),
            files: files.collect(),
            dockerfile: site.dockerfile.as_ref().map(|_| 0),
            context: context.to_owned(),
            listing: Arc::clone(&site.listing),
            texts: [(old, ignored), (dockerfile, left_out)],
        })
    }

    fn is_too_large(&self) -> Option<String> {
        let bytes = Load::of(&self.listing, "").bytes;
        match self.listing.complete {
            false => Some(
                "its context has more files than are looked at; `--limit context=` sets how many".to_owned(),
            ),
            true if bytes > MOST => Some("its context has more than 2 GB, which are not copied".to_owned()),
            true => None,
        }
    }

    fn new_texts(&self) -> impl Iterator<Item = (PathBuf, String)> {
        self.files.iter().filter_map(|file| Some((file.name.clone(), file.new.clone()?)))
    }
}

/// The files of a build.
fn ids(site: &Site) -> impl Iterator<Item = FileId> {
    site.dockerfile.iter().chain([&site.ignore]).map(|file| file.id)
}

/// Where a file is in the directory of its build: within the context, or beside it.
fn copy(name: &Path, context: &Path) -> PathBuf {
    let file = name.file_name().unwrap_or_default();
    let folder = name.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    match real(folder).strip_prefix(real(context)) {
        Ok(below) => Path::new(CONTEXT).join(below).join(file),
        Err(_) => Path::new("beside").join(file),
    }
}

/// The name of an image of the run; `latest` is what its service is started from.
fn image(bench: &Bench<'_>, service: &str, tag: &str) -> String {
    format!("{}{}-{service}:{tag}", docker::PREFIX, bench.run)
}

/// Lines with nothing in them but blanks, which mean nothing at the end of a source: others in each run and on each side, so
/// that no builder has seen them before.
fn blanks(run: &str, side: Side) -> String {
    let digits = run.chars().filter_map(|digit| digit.to_digit(16)).chain([side as u32]);
    digits.flat_map(|digit| [" ".repeat(digit as usize), "\n".to_owned()]).collect()
}

/// The images that a Dockerfile starts from, but for those that a variable names.
fn bases(text: &str) -> Vec<String> {
    let file = read::read(text);
    let stages = stages::stages(&file);
    let names: Vec<&str> = stages.iter().filter_map(|stage| stage.name).collect();
    let is_image = |base: &&str| {
        let is_stage = names.iter().any(|name| name.eq_ignore_ascii_case(base));
        !base.is_empty() && !is_stage && !base.contains('$') && *base != "scratch"
    };
    stages.iter().map(|stage| stage.base).filter(is_image).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::{Builds, Side, bases, blanks, copy};
    use std::collections::BTreeMap;
    use std::path::Path;

    #[test]
    fn what_it_starts_from() {
        let text = "ARG V=1\nFROM golang:1.24 AS build\nFROM Build AS again\nFROM debian:$V\nFROM scratch\nFROM x/y\n";
        assert_eq!(bases(text), ["golang:1.24", "x/y"]);
    }

    #[test]
    fn files_keep_their_place_in_the_context() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(dir.path().join("app/deploy")).unwrap();
        let (at, context) = (|name: &str| dir.path().join(name), dir.path().join("app"));
        assert_eq!(copy(&at("app/deploy/Dockerfile"), &context), Path::new("context/deploy/Dockerfile"));
        assert_eq!(copy(&at("app/deploy/../.dockerignore"), &context), Path::new("context/.dockerignore"));
        assert_eq!(copy(&at("Dockerfile"), &context), Path::new("beside/Dockerfile"));
    }

    #[test]
    fn no_change_is_like_another() {
        let all = [blanks("1f0", Side::Before), blanks("1f0", Side::After), blanks("1f1", Side::Before)];
        assert!(all.iter().all(|text| text.trim().is_empty() && text.ends_with('\n')));
        assert!(all[0] != all[1] && all[0] != all[2] && all[1] != all[2]);
    }

    #[test]
    fn nothing_built_is_nothing_shown() {
        let mut builds = Builds::default();
        assert!(!builds.hold() && !builds.fail());
        builds.blame(&BTreeMap::from([("a".to_owned(), "b".to_owned())]));
        assert!(!builds.fail());
    }
}
