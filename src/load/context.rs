//! Lists what lies in the build contexts of a project, and reads what is left out of them.
//!
//! Names and sizes only; links are not followed. Never an error: of a context that lies elsewhere, or that may not be
//! read, there is nothing to say; of Dockerfiles that are longer than people write them, a warning.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::alone::in_folder;
use super::dockerfile::{MAX_BYTES, folder, from_project};
use super::path::{canonical, is_remote, parent, tidy};
use super::reach::Reach;
use super::{Bound, Diagnostic, Loaded, Options, Texts, read};
use crate::compose::{Build, Entry, Listing, Recipe, Secret, Site, SiteFile, Spanned};
use crate::dockerfile::ignore::Patterns;
use crate::dockerfile::referee;
use crate::image::expand::literal;
use crate::source::{FileId, Source};
use crate::yaml::Tree;

/// The name of the file that leaves things out.
const IGNORE: &str = ".dockerignore";

/// Bytes of one Dockerfile that is looked at: its instructions are laid beside each other, and people write a hundred.
const LONGEST: usize = 64 << 10;

/// How many Dockerfiles beside others are read.
const MOST_NEIGHBOURS: usize = 100;

/// Finds what lies around the Dockerfile of every build, where both parsers of Dockerfiles can read it. Its files become
/// sources of the project's tree. One that has a new text is not read.
pub fn contexts(loaded: &mut Loaded, options: &Options, texts: &Texts<'_>) {
    let Loaded { tree, project, folders, reach, warnings, .. } = loaded;
    let options = Options { max_bytes: options.max_bytes.min(MAX_BYTES), ..options.clone() };
    let home = folders.first().and_then(Option::as_deref).map(|home| canonical(&here(home.to_owned())));
    let left = options.limits.context;
    let files = no_yaml(tree);
    let mut finder = Finder {
        tree,
        reach,
        options: &options,
        texts,
        home,
        files,
        listings: HashMap::new(),
        folders: BTreeMap::new(),
        left,
        bytes: options.limits.dockerfiles,
    };
    let mut over = None;
    for build in project.services.iter_mut().filter_map(|service| service.build.as_mut()) {
        match finder.within_bounds(build) {
            Ok(()) => build.value.site = finder.site(build, folders),
            Err(warning) => over = over.or(Some(warning)),
        }
    }
    let neighbours = finder.neighbours();
    for build in project.services.iter_mut().filter_map(|service| service.build.as_mut()) {
        if let Some(site) = &mut build.value.site {
            site.neighbours = neighbours.get(&site.ignore.id).cloned().unwrap_or_default();
        }
    }
    warnings.extend(over);
}

/// What was found so far.
struct Finder<'a> {
    tree: &'a mut Tree,
    reach: &'a Reach,
    options: &'a Options,
    texts: &'a Texts<'a>,
    /// The directory of the project.
    home: Option<PathBuf>,
    files: HashMap<PathBuf, (FileId, Arc<str>)>,
    listings: HashMap<PathBuf, Arc<Listing>>,
    /// Where other Dockerfiles may lie for which a file leaves things out, too.
    folders: BTreeMap<FileId, BTreeSet<PathBuf>>,
    /// How many entries may still be listed.
    left: usize,
    /// How many bytes of Dockerfiles may still be looked at.
    bytes: usize,
}

impl Finder<'_> {
    /// Takes the Dockerfile of a build from what may still be looked at.
    fn within_bounds(&mut self, build: &Spanned<Build>) -> Result<(), Diagnostic> {
        let Recipe::Found(recipe) = &build.value.recipe else { return Ok(()) };
        let length = recipe.text.expose().len();
        let warning = |message: String, help: String| Diagnostic {
            message: format!("{message}: this build is not looked at"),
            help: Some(help),
            place: build.place,
            note: None,
        };
        if length > LONGEST {
            let help = "nothing is said of the image that it makes".to_owned();
            return Err(warning(format!("a Dockerfile of more than {LONGEST} bytes"), help));
        }
        self.bytes = self.bytes.checked_sub(length).ok_or_else(|| {
            let exceeded = self.options.limits.exceeded(Bound::Dockerfiles, build.place);
            warning(exceeded.message, exceeded.help.unwrap_or_default())
        })?;
        Ok(())
    }

    fn site(&mut self, build: &Spanned<Build>, folders: &[Option<PathBuf>]) -> Option<Site> {
        let (from, below) = from_project(folders, folder(build, folders)?);
        let Recipe::Found(recipe) = &build.value.recipe else { return None };
        referee::read(recipe.text.expose())?;
        let context = literal(build.value.context.as_ref().map_or(".", |context| context))?;
        if is_remote(&context) {
            return None;
        }
        let below = tidy(&below.join(context));
        let context = here(from.join(&below));
        if !self.reach.has(&context) || !context.is_dir() {
            return None;
        }
        let own = recipe.file.as_ref().map(|file| beside(file)).filter(|file| file.is_file());
        let shown = match &own {
            Some(_) => PathBuf::from(format!("{}{IGNORE}", recipe.path)),
            None => below.join(IGNORE),
        };
        let is_own = own.is_some();
        let (ignore, ignored) =
            self.ignore(&own.unwrap_or_else(|| from.join(&below).join(IGNORE)), &shown)?;
        let dockerfile = match &recipe.file {
            None => None,
            Some(path) => {
                Some(self.file(path, Path::new(&recipe.path), || Some(recipe.text.expose().to_owned()))?.0)
            }
        };
        let beside = recipe.file.as_deref().and_then(parent);
        // one that is named after a Dockerfile counts for that alone
        if !is_own {
            let folders = self.folders.entry(ignore.id).or_default();
            folders.extend(beside.into_iter().chain([context.clone()]));
        }
        let listing = self.listing(context);
        Some(Site { dockerfile, ignore, ignored, listing, neighbours: Arc::default() })
    }

    /// The texts of the Dockerfiles beside those that services are built from, as far as they can be read, by the file that
    /// leaves things out for them, too.
    fn neighbours(&mut self) -> BTreeMap<FileId, Arc<[Arc<Secret>]>> {
        let files = std::mem::take(&mut self.folders);
        let folders: BTreeSet<&PathBuf> = files.values().flatten().collect();
        let paths =
            folders.iter().flat_map(|folder| in_folder(folder).into_iter().map(move |path| (*folder, path)));
        let others = paths.filter(|(_, path)| !self.files.contains_key(&place(path)) && self.reach.has(path));
        let mut left = self.bytes;
        let texts = others.take(MOST_NEIGHBOURS).filter_map(|(folder, path)| {
            Some((folder, read::file_or(&path, self.options, self.texts).ok()?))
        });
        let within = texts.take_while(|(_, text)| {
            left = left.saturating_sub(text.len());
            left > 0
        });
        let texts: Vec<(&PathBuf, Arc<Secret>)> =
            within.map(|(folder, text)| (folder, Arc::new(Secret::new(text)))).collect();
        let of = |folders: &BTreeSet<PathBuf>| {
            let own = texts.iter().filter(|(folder, _)| folders.contains(*folder));
            own.map(|(_, text)| Arc::clone(text)).collect()
        };
        files.iter().map(|(file, folders)| (*file, of(folders))).collect()
    }

    /// The file that leaves things out, and its text; none where it cannot be read, or no builder takes it.
    fn ignore(&mut self, path: &Path, shown: &Path) -> Option<(SiteFile, Arc<str>)> {
        let (reach, options, texts) = (self.reach, self.options, self.texts);
        let text = || match path.symlink_metadata() {
            _ if texts.contains_key(path) => texts.get(path).map(|text| (*text).to_owned()),
            Err(_) => Some(String::new()),
            Ok(_) if !reach.has(path) => None,
            Ok(_) => read::file(path, options).ok().filter(|text| Patterns::parse(text).is_some()),
        };
        self.file(path, shown, text)
    }

    /// A file as a source of the project, once.
    fn file(
        &mut self,
        path: &Path,
        shown: &Path,
        text: impl FnOnce() -> Option<String>,
    ) -> Option<(SiteFile, Arc<str>)> {
        let real = place(path);
        let foreign = self.home.as_ref().is_none_or(|home| !real.starts_with(home));
        if !self.files.contains_key(&real) {
            let text = text()?;
            let held = Arc::from(text.as_str());
            let absent = text.is_empty() && path.symlink_metadata().is_err();
            let source = if absent { Source::absent(path) } else { Source::new(path, text) };
            self.files.insert(real.clone(), (self.tree.add(source)?, held));
        }
        let (id, text) = self.files.get(&real)?;
        let path = shown.to_string_lossy().replace('\\', "/").into();
        Some((SiteFile { id: *id, path, foreign }, Arc::clone(text)))
    }

    fn listing(&mut self, context: PathBuf) -> Arc<Listing> {
        if let Some(known) = self.listings.get(&context) {
            return Arc::clone(known);
        }
        let listing = list(&context, self.left);
        self.left -= listing.entries.len();
        let listing = Arc::new(listing);
        self.listings.insert(context, Arc::clone(&listing));
        listing
    }
}

/// The files that are no YAML and that the project has already: a Dockerfile by itself.
fn no_yaml(tree: &Tree) -> HashMap<PathBuf, (FileId, Arc<str>)> {
    let files = tree.sources().iter().zip(0..).map(|(source, id)| (source, FileId(id)));
    let files = files.filter(|(_, id)| tree.documents_of(*id).next().is_none());
    files.map(|(source, id)| (place(source.name()), (id, Arc::from(source.text())))).collect()
}

/// The empty path is where harden runs.
fn here(path: PathBuf) -> PathBuf {
    if path.as_os_str().is_empty() { PathBuf::from(".") } else { path }
}

/// `Dockerfile.dockerignore`, which goes before the one in the context.
fn beside(dockerfile: &Path) -> PathBuf {
    let mut name = dockerfile.as_os_str().to_owned();
    name.push(IGNORE);
    PathBuf::from(name)
}

/// Where a file is or would be, links followed.
fn place(path: &Path) -> PathBuf {
    match (path.canonicalize(), path.parent(), path.file_name()) {
        (Ok(real), ..) => real,
        (_, Some(folder), Some(name)) if folder.as_os_str().is_empty() => {
            canonical(&here(PathBuf::new())).join(name)
        }
        (_, Some(folder), Some(name)) => canonical(folder).join(name),
        _ => path.to_owned(),
    }
}

/// At most so many entries of a folder: those near the top first, each folder in the order of its names.
fn list(context: &Path, most: usize) -> Listing {
    let mut listing = Listing { entries: Vec::new(), complete: true };
    let mut open = std::collections::VecDeque::from([String::new()]);
    while let Some(below) = open.pop_front() {
        for (path, size, is_folder) in folder_of(context, &below) {
            if listing.entries.len() >= most {
                listing.complete = false;
                return listing;
            }
            if is_folder {
                open.push_back(path.clone());
            }
            listing.entries.push(Entry { path: path.into(), size, is_folder });
        }
    }
    listing
}

/// What lies in one folder; nothing of one that cannot be read.
fn folder_of(context: &Path, below: &str) -> Vec<(String, u64, bool)> {
    let entries = fs::read_dir(context.join(below)).into_iter().flatten().flatten();
    let mut found: Vec<(String, u64, bool)> = entries
        .filter_map(|entry| {
            let name = entry.file_name();
            let path = if below.is_empty() { String::new() } else { format!("{below}/") } + name.to_str()?;
            let meta = entry.metadata().ok()?;
            let size = if meta.is_dir() { 0 } else { meta.len() };
            Some((path, size, meta.is_dir()))
        })
        .collect();
    found.sort_unstable();
    found
}
