//! A Dockerfile that is named itself: a project of one service that is nothing but a build.
//!
//! No Compose file is looked at, made up or shown: the service is put together here, has the name of the file and is built
//! in its folder. What is no Dockerfile is an error.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::path::parent;
use super::reach::{self, Reach};
use super::spoken::Spoken;
use super::{Diagnostic, Error, Loaded, Options, dockerfile, read};
use crate::compose::{Build, Dockerfile, Project, Recipe, Secret, Service, Spanned, Via};
use crate::dockerfile::read::read as pieces;
use crate::dockerfile::referee::{self, Fault};
use crate::source::{Place, Source, Span};
use crate::yaml::{Layers, Tree};

/// Names of files that say how to build an image, as people write them.
const NAMES: [&str; 4] = ["Dockerfile", "dockerfile", "Containerfile", "containerfile"];

/// What such a file must have.
const HELP: &str = "a Dockerfile begins with `FROM` and the image to build on, after comments and `ARG`";

/// What stands for text that is not shown.
const MASK: &str = "***";

/// Letters of a word that may be an instruction.
const LONGEST_WORD: usize = 12;

/// Whether a path is that of a Dockerfile, by the name of the file: `Dockerfile`, `Dockerfile.dev`, `api.Dockerfile`, and
/// the same with `Containerfile`.
#[must_use]
pub fn is_dockerfile(path: &Path) -> bool {
    let Some(name) = path.file_name().and_then(|name| name.to_str()) else { return false };
    let is_it = |known: &str| match (name.strip_prefix(known), name.strip_suffix(known)) {
        (Some(""), _) => true,
        (Some(rest), _) if rest.starts_with('.') => !rest.ends_with(".dockerignore"),
        (_, Some(rest)) => rest.ends_with('.'),
        _ => false,
    };
    NAMES.into_iter().any(is_it)
}

/// Loads a Dockerfile as a project of its own.
///
/// # Errors
/// When it cannot be read, or is no Dockerfile.
pub fn alone(path: &Path, options: &Options) -> Result<Loaded, Error> {
    reach::found(&[path.to_owned()], options)?;
    let bounds = Options { max_bytes: options.max_bytes.min(dockerfile::MAX_BYTES), ..options.clone() };
    let text = read::file(path, &bounds)?;
    if let Some(fault) = fault(&text) {
        return Err(no_dockerfile(path, &text, &fault));
    }
    let mut tree = Tree::default();
    let file = tree.add(Source::new(path, text.as_str())).unwrap_or_default();
    let folder = parent(path).unwrap_or_default();
    let reach = Reach::around(Some(&folder), options);
    let service = service(path, &text, Place { file, span: from(&text) });
    Ok(Loaded {
        files: vec![path.to_owned()],
        tree,
        project: Project { services: vec![service], alone: true, ..Project::default() },
        services: Layers::default(),
        warnings: Vec::new(),
        reach,
        folders: vec![Some(folder)],
        spoken: Spoken::default(),
    })
}

/// Requires that what lies around a Dockerfile was found: without it, silence would mean nothing.
///
/// # Errors
/// When it was not.
pub fn surrounded(loaded: &mut Loaded) -> Result<(), Error> {
    let mut builds = loaded.project.services.iter().filter_map(|service| service.build.as_ref());
    if builds.all(|build| build.value.site.is_some()) {
        return Ok(());
    }
    let unread = Diagnostic {
        message: "its `.dockerignore` cannot be read".to_owned(),
        help: Some("it must be a file in the same repository or directory, with patterns".to_owned()),
        place: None,
        note: None,
    };
    let diagnostics = vec![loaded.warnings.pop().unwrap_or(unread)];
    Err(Error::Invalid { tree: Box::new(std::mem::take(&mut loaded.tree)), diagnostics })
}

/// The one service, as if a Compose file beside the Dockerfile said only that it is built from it.
fn service(path: &Path, text: &str, place: Place) -> Service {
    let name = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let recipe = Dockerfile {
        path: name.clone(),
        file: Some(PathBuf::from(path)),
        first_line: 1,
        text: Secret::new(text),
        lines: Arc::default(),
    };
    let build = Build { recipe: Recipe::Found(Arc::new(recipe)), ..Build::default() };
    let build = Spanned { value: build, place: Some(place), via: Via::Own };
    Service { name, place, build: Some(Box::new(build)), ..Service::default() }
}

/// The Dockerfiles in a folder, sorted.
pub(super) fn in_folder(folder: &Path) -> Vec<PathBuf> {
    let here = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let entries = fs::read_dir(here).into_iter().flatten().flatten();
    let paths = entries.map(|entry| folder.join(entry.file_name()));
    let mut paths: Vec<PathBuf> = paths.filter(|path| is_dockerfile(path)).collect();
    paths.sort_unstable();
    paths
}

/// Why a text is no Dockerfile.
fn fault(text: &str) -> Option<Fault> {
    let bare = || from(text).is_empty().then(|| Fault { message: "it has no `FROM`".to_owned(), line: 1 });
    referee::fault(text).or_else(bare)
}

/// The error, with no more of the file than its line may show: what is no Dockerfile may be anything, also secret.
fn no_dockerfile(path: &Path, text: &str, fault: &Fault) -> Error {
    let lines = text.split('\n').enumerate();
    let shown = lines.map(|(at, line)| if at + 1 == fault.line { masked(line) } else { String::new() });
    let source = Source::new(path, shown.collect::<Vec<_>>().join("\n"));
    let span = source.line_span(fault.line);
    let mut tree = Tree::default();
    let place = tree.add(source).map(|file| Place { file, span });
    let message = format!("this is no Dockerfile: {}", told(&fault.message));
    let diagnostics = vec![Diagnostic { message, help: Some(HELP.to_owned()), place, note: None }];
    Error::Invalid { tree: Box::new(tree), diagnostics }
}

/// The first word of a line, where it is one.
fn masked(line: &str) -> String {
    let mut words = line.trim_start_matches('\u{feff}').split_whitespace();
    let first = words.next().map(|word| if is_word(word) { word } else { MASK });
    let rest = words.next().filter(|_| first != Some(MASK)).map(|_| MASK);
    first.into_iter().chain(rest).collect::<Vec<_>>().join(" ")
}

/// A message of the parser with what it quotes from the file in backticks, where that is a word.
fn told(message: &str) -> String {
    let quoted = message.split_once('\'').and_then(|(before, rest)| Some((before, rest.rsplit_once('\'')?)));
    match quoted {
        Some((before, (word, after))) if is_word(word) => format!("{before}`{word}`{after}"),
        Some((before, (_, after))) => format!("{before}`{MASK}`{after}"),
        None => message.to_owned(),
    }
}

/// Whether a text is like an instruction, perhaps misspelled.
fn is_word(text: &str) -> bool {
    text.len() <= LONGEST_WORD && text.chars().all(|c| c.is_ascii_alphabetic())
}

/// Where the first stage begins: its `FROM`.
fn from(text: &str) -> Span {
    let file = pieces(text);
    let first = file.instructions().find(|it| it.keyword == "FROM");
    first.map_or_else(Span::default, |it| Span::new(it.range.start, it.range.start + it.keyword.len()))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{fault, is_dockerfile, masked, no_dockerfile, told};
    use crate::dockerfile::referee::Fault;
    use crate::load::Error;

    #[test]
    fn names_of_dockerfiles() {
        let yes = [
            "Dockerfile",
            "a/b/Dockerfile",
            "Dockerfile.dev",
            "api.Dockerfile",
            "api.dockerfile",
            "dockerfile",
            "Containerfile",
            "Containerfile.prod.2",
            "ops/x.Containerfile",
        ];
        let no = [
            "Dockerfile.dockerignore",
            "Dockerfile.dev.dockerignore",
            ".dockerignore",
            "compose.yml",
            "Dockerfiles",
            "MyDockerfile",
            "DOCKERFILE",
            "Dockerfile-dev",
            "Dockerfile/compose.yml",
            "",
        ];
        for path in yes {
            assert!(is_dockerfile(Path::new(path)), "{path}");
        }
        for path in no {
            assert!(!is_dockerfile(Path::new(path)), "{path}");
        }
    }

    #[test]
    fn what_is_no_dockerfile_is_told_where() {
        for text in ["# x\nARG V=1\nFROM a:$V\nRUN b\n", "\u{feff}FROM a\r\nCMD [\"b\"]\r\n"] {
            assert_eq!(fault(text), None, "{text:?}");
        }
        let cases = [
            ("", 1),
            ("# x\n", 1),
            ("ARG V=1\n", 1),
            ("FROM a\nservices:\n  b\n", 2),
            ("FROM a\n\nCOPY b\n", 3),
        ];
        for (text, line) in cases {
            assert_eq!(fault(text).map(|fault| fault.line), Some(line), "{text:?}");
        }
    }

    #[test]
    fn nothing_of_a_broken_file_is_shown_but_its_first_word() {
        let cases = [
            ("RNU hush now", "RNU ***"),
            ("  COPY\r", "COPY"),
            ("DB_PASSWORD=hush", "***"),
            ("ghp_0123456789 hush", "***"),
            ("", ""),
        ];
        for (line, shown) in cases {
            assert_eq!(masked(line), shown, "{line:?}");
        }
        assert_eq!(told("unknown instruction 'RNU'"), "unknown instruction `RNU`");
        assert_eq!(told("unknown instruction 'A=hush'"), "unknown instruction `***`");
        assert_eq!(told("invalid JSON"), "invalid JSON");
        let Error::Invalid { tree, diagnostics } = no_dockerfile(
            Path::new("D"),
            "FROM a\nENV B=hush\nX=hush\n",
            &Fault { message: "x".into(), line: 3 },
        ) else {
            panic!("another error");
        };
        assert_eq!(tree.sources()[0].text(), "\n\n***\n");
        assert_eq!(
            diagnostics[0].place.map(|place| tree.sources()[0].line_col(place.span.start)),
            Some((3, 1))
        );
    }
}
