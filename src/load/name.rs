//! The name of a project, as Compose derives it: what its containers are known by.

use std::path::{Component, Path};

use super::env::Env;
use super::path::tidy;
use super::reach::Reach;
use super::{Error, Loaded, Options};
use crate::compose::interpolate::{Variables as _, substitute};
use crate::image::expand::literal;
use crate::source::FileId;

/// The variable that wins over what the files say.
const VARIABLE: &str = "COMPOSE_PROJECT_NAME";

/// The name that Compose gives a project: `COMPOSE_PROJECT_NAME`, the last top-level `name`, or the folder of the project.
/// None where only the environment knows it, or nothing of it is left.
///
/// # Errors
/// When `.env` cannot be read.
pub fn project_name(loaded: &Loaded, options: &Options) -> Result<Option<String>, Error> {
    let folder = loaded.folder(FileId::default());
    let env = Env::for_project(folder, &Reach::around(folder, options), options)?;
    let set = env.value(VARIABLE).and_then(literal).filter(|name| !name.is_empty());
    if set.is_some() {
        return Ok(set);
    }
    if let Some(written) = written(loaded) {
        let known = substitute(&written, &env).ok().and_then(|text| literal(&text));
        return Ok(known.filter(|name| !name.is_empty()));
    }
    Ok(folder.and_then(of_folder))
}

/// The last `name` in the files that were named.
fn written(loaded: &Loaded) -> Option<String> {
    let tree = &loaded.tree;
    let named = |file: FileId| loaded.files.iter().any(|path| path == tree.source(file).name());
    let documents = tree.documents().iter().filter(|document| named(document.file));
    let mut written = documents.filter_map(|document| tree.text(tree.get(document.root?, "name")?));
    written.next_back().map(str::to_owned)
}

/// What is left of the name of a folder.
fn of_folder(folder: &Path) -> Option<String> {
    let folder = std::path::absolute(folder).ok().or_else(|| std::env::current_dir().ok())?;
    let folder = tidy(&if folder.as_os_str().is_empty() { std::env::current_dir().ok()? } else { folder });
    match folder.components().next_back()? {
        Component::Normal(name) => normal(&name.to_string_lossy()),
        _ => None,
    }
}

/// Lower case, and nothing but letters, digits, `-` and `_`, the first of them a letter or a digit.
fn normal(name: &str) -> Option<String> {
    let kept = |c: &char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_');
    let name: String = name.to_lowercase().chars().filter(kept).collect();
    let name = name.trim_start_matches(['-', '_']);
    (!name.is_empty()).then(|| name.to_owned())
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "tests make their own files")]
mod tests {
    use super::{normal, project_name};
    use crate::compose::Secret;
    use crate::load::{self, Options};
    use std::fs;

    fn name(text: &str, env: &str, shell: &[(&str, &str)]) -> Option<String> {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("My.Shop_2");
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join("compose.yml"), text).unwrap();
        fs::write(folder.join(".env"), env).unwrap();
        let shell = shell.iter().map(|(name, value)| ((*name).to_owned(), Secret::new(*value))).collect();
        let options = Options { shell, ..Options::default() };
        let loaded = load::file(&folder.join("x/../compose.yml"), &options);
        let loaded = loaded.or_else(|_| load::file(&folder.join("compose.yml"), &options)).unwrap();
        project_name(&loaded, &options).unwrap()
    }

    #[test]
    fn it_is_what_compose_calls_it() {
        const PLAIN: &str = "services: {a: {image: x}}\n";
        assert_eq!(name(PLAIN, "", &[]).as_deref(), Some("myshop_2"));
        let named = format!("name: front\n{PLAIN}");
        assert_eq!(name(&named, "", &[]).as_deref(), Some("front"));
        assert_eq!(name(&named, "COMPOSE_PROJECT_NAME=env\n", &[]).as_deref(), Some("env"));
        let shell = [("COMPOSE_PROJECT_NAME", "shell")];
        assert_eq!(name(&named, "COMPOSE_PROJECT_NAME=env\n", &shell).as_deref(), Some("shell"));
        let put_in = format!("name: ${{P:-shop}}-${{S}}\n{PLAIN}");
        assert_eq!(name(&put_in, "S=test\n", &[]).as_deref(), Some("shop-test"));
        assert_eq!(name(&put_in, "", &[]), None);
    }

    #[test]
    fn a_folder_keeps_what_may_stand_in_a_name() {
        assert_eq!(normal("_-Ab c.9").as_deref(), Some("abc9"));
        assert_eq!(normal("..."), None);
    }
}
