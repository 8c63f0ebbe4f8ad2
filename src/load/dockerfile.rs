//! Finds and reads the Dockerfile of every service that is built here.
//!
//! Never an error: a build whose Dockerfile is elsewhere or cannot be read is one of which nothing is known, and the
//! reason is kept. Only text is handed over; `image` knows what it means.

use std::borrow::Cow;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::gather::Gathered;
use super::limits::Bound;
use super::path::{is_remote, tidy};
use super::reach::{HELP, OUTSIDE, Reach};
use super::{Diagnostic, Options, Texts, read};
use crate::compose::{Build, Dockerfile, Project, Recipe, Secret, Spanned};
use crate::image::expand::literal;
use crate::source::Place;
use crate::yaml::Tree;

/// Larger ones were not written by a person.
pub(super) const MAX_BYTES: u64 = 256 << 10;

/// Names that builders look for when none is given, in their order.
const NAMES: [&str; 2] = ["Dockerfile", "dockerfile"];

/// Bytes of a Dockerfile that count as one value of each service that is built from it: it is looked into for each.
const BYTES: usize = 8;

/// What is said of a Dockerfile that is there, before the cause.
const UNREADABLE: &str = "its Dockerfile is there, and cannot be read: ";

/// What cannot be found, and why.
type Reason = Cow<'static, str>;

/// Gives every build its Dockerfile, and returns what to warn of; none of a text that lies nowhere.
pub(super) fn attach(
    project: &mut Project,
    gathered: &Gathered,
    options: &Options,
    texts: &Texts<'_>,
) -> Vec<Diagnostic> {
    let mut warnings = Vec::new();
    let Gathered { tree, folders, reach, growth, .. } = gathered;
    let options = Options { max_bytes: options.max_bytes.min(MAX_BYTES), ..Options::default() };
    let mut read = HashMap::new();
    for build in project.services.iter_mut().filter_map(|service| service.build.as_mut()) {
        let context = build.value.context.as_ref().and_then(|context| context.place);
        let folder = folder(build, folders);
        build.value.recipe = match (&build.value.dockerfile_inline, folder) {
            (Some(text), _) => Recipe::Found(Arc::new(inline(text, tree))),
            (None, None) => Recipe::NotLooked,
            (None, Some(folder)) => {
                let bounds = Bounds { reach, options: &options, texts };
                from_file(&build.value, from_project(folders, folder), &bounds, &mut read)
            }
        };
        let place = context.or(build.place);
        match &build.value.recipe {
            Recipe::Found(found) if !growth.add(found.text.expose().len() / BYTES) => {
                warnings.push(unread("there is too much of it", &Bound::Values.help(), place));
                build.value.recipe = Recipe::Missing("there is too much of it".into());
            }
            Recipe::Missing(why) if why.ends_with(OUTSIDE) => warnings.push(unread(OUTSIDE, HELP, place)),
            Recipe::Missing(why) => {
                let cause = why.strip_prefix(UNREADABLE);
                warnings.extend(cause.map(|cause| unread(cause, "nothing is said of what it makes", place)));
            }
            _ => {}
        }
    }
    warnings
}

/// The folder that the paths of a build start from.
pub(super) fn folder<'p>(build: &Spanned<Build>, folders: &'p [Option<PathBuf>]) -> Option<&'p Path> {
    let context = build.value.context.as_ref().and_then(|context| context.place);
    let file = usize::from(context.or(build.place).unwrap_or_default().file.0);
    folders.get(file).and_then(Option::as_deref)
}

/// What may be read, and what stands for a file.
struct Bounds<'a> {
    reach: &'a Reach,
    options: &'a Options,
    texts: &'a Texts<'a>,
}

fn unread(why: &str, help: &str, place: Option<Place>) -> Diagnostic {
    let message = format!("the Dockerfile is not read: {why}");
    Diagnostic { message, help: Some(help.to_owned()), place, note: None }
}

/// A folder as seen from the one of the project, with that one; from itself where it lies elsewhere.
pub(super) fn from_project<'p>(folders: &'p [Option<PathBuf>], folder: &'p Path) -> (&'p Path, &'p Path) {
    let project = folders.first().and_then(Option::as_deref);
    let below = project.and_then(|project| Some((project, folder.strip_prefix(project).ok()?)));
    below.unwrap_or((folder, Path::new("")))
}

/// The text in the Compose file itself. In a block scalar its first line is the one after the indicator.
fn inline(text: &Spanned<String>, tree: &Tree) -> Dockerfile {
    let place = text.place.unwrap_or_default();
    let source = tree.source(place.file);
    let line = source.line(place.span.start);
    let is_block = source.slice(place.span).starts_with(['|', '>']);
    Dockerfile {
        path: source.name().file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned()),
        file: None,
        first_line: u32::try_from(line + usize::from(is_block)).unwrap_or(u32::MAX),
        text: Secret::new(text.value.as_str()),
        lines: Arc::default(),
    }
}

fn from_file(
    build: &Build,
    (folder, below): (&Path, &Path),
    bounds: &Bounds<'_>,
    read: &mut HashMap<PathBuf, Recipe>,
) -> Recipe {
    let shown = match locate(build) {
        Ok(shown) => tidy(&below.join(shown)),
        Err(why) => return Recipe::Missing(why),
    };
    let at = folder.join(&shown);
    read.entry(at).or_insert_with(|| read_first(build, folder, &shown, bounds)).clone()
}

/// The path of the Dockerfile as seen from the folder that the paths of the file start from.
fn locate(build: &Build) -> Result<PathBuf, Reason> {
    let known = |text: &str, what: &str| {
        let unknown = || Reason::from(format!("its {what} is set by a variable without a default"));
        literal(text).ok_or_else(unknown)
    };
    let context = known(build.context.as_ref().map_or(".", |context| context), "context")?;
    if is_remote(&context) {
        return Err("its context is not in this place".into());
    }
    let name = known(build.dockerfile.as_deref().unwrap_or("Dockerfile"), "`dockerfile`")?;
    Ok(tidy(&Path::new(&context).join(name)))
}

fn read_first(build: &Build, folder: &Path, shown: &Path, bounds: &Bounds<'_>) -> Recipe {
    let Bounds { reach, options, texts } = bounds;
    let names: &[&str] = if build.dockerfile.is_none() { &NAMES } else { &[] };
    let candidates = names.iter().map(|name| shown.with_file_name(name));
    let found = candidates.into_iter().map(|path| (folder.join(&path), path));
    let found = found.into_iter().find(|(at, _)| reach.has(at) && at.is_file()).map(|(_, path)| path);
    let path = found.unwrap_or_else(|| shown.to_owned());
    let at = folder.join(&path);
    match reach.check(&at).and_then(|()| read::file_or(&at, options, texts)) {
        Ok(text) => Recipe::Found(Arc::new(Dockerfile {
            path: path.to_string_lossy().replace('\\', "/"),
            file: Some(at),
            first_line: 1,
            text: Secret::new(text),
            lines: Arc::default(),
        })),
        Err(error) => Recipe::Missing(reason(&error, at.is_file() && reach.has(&at)).into()),
    }
}

/// The cause without the path, which is that of this machine.
fn reason(error: &super::Error, is_there: bool) -> String {
    match error {
        super::Error::Read { cause, .. } if is_there => format!("{UNREADABLE}{cause}"),
        super::Error::Read { cause, .. } => format!("its Dockerfile cannot be read: {cause}"),
        super::Error::Invalid { .. } => "its Dockerfile cannot be read".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{locate, tidy};
    use crate::compose::{Build, Recipe, Spanned};
    use crate::load::{self, Options};

    fn build(context: &str, dockerfile: Option<&str>) -> Build {
        Build {
            context: Some(Spanned::planned(context.to_owned())),
            dockerfile: dockerfile.map(str::to_owned),
            ..Build::default()
        }
    }

    #[test]
    fn where_it_is() {
        let cases = [
            (build(".", None), Some("Dockerfile")),
            (build("./api/", None), Some("api/Dockerfile")),
            (build("api", Some("docker/prod.Dockerfile")), Some("api/docker/prod.Dockerfile")),
            (build("./api", Some("../Dockerfile.api")), Some("Dockerfile.api")),
            (build("..", Some("x/../../y")), Some("../../y")),
            (build("${DIR:-api}", None), Some("api/Dockerfile")),
            (build("${DIR}", None), None),
            (build(".", Some("$FILE")), None),
            (build("https://github.com/acme/x.git#main", None), None),
            (build("git@github.com:acme/x", None), None),
            (build("~/x", None), None),
        ];
        for (build, expected) in cases {
            assert_eq!(locate(&build).ok().as_deref(), expected.map(Path::new), "{build:?}");
        }
        assert_eq!(tidy(Path::new("/a/./b/../c")), Path::new("/a/c"));
    }

    #[test]
    fn an_inline_one_knows_its_lines_and_shows_no_text() {
        let text =
            "services:\n  a:\n    build:\n      dockerfile_inline: |\n        FROM hush\n        USER 5\n";
        let loaded = load::text("compose.yml", text, &Options::default()).unwrap();
        let build = loaded.project.services[0].build.as_ref().unwrap();
        let Recipe::Found(found) = &build.recipe else { panic!("{:?}", build.recipe) };
        assert_eq!((found.path.as_str(), found.first_line), ("compose.yml", 5));
        assert_eq!(found.text.expose(), "FROM hush\nUSER 5\n");
        assert!(!format!("{:?}", build.recipe).contains("hush"));
    }

    #[test]
    fn without_a_file_nothing_is_read() {
        let loaded = load::text("compose.yml", "services: {a: {build: .}}", &Options::default()).unwrap();
        assert!(matches!(loaded.project.services[0].build.as_ref().unwrap().recipe, Recipe::NotLooked));
    }
}
