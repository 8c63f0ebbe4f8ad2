//! A list of files and folders, one a line or with a NUL after each, as `git ls-files` and `find -print0` print them.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use rayon::iter::{IntoParallelIterator as _, ParallelIterator as _};

use super::names::{self, Name};
use super::{Found, Project, Wanted, in_folder, tree};
use crate::load::{Error, Options, is_dockerfile, path, read};

/// The projects that a list names, as if they had been found in a tree: an override file stands for its project, and a
/// file that is there only for others is none. The path `-` is standard input.
///
/// # Errors
/// When the list itself cannot be read. What is wrong with an entry is in the result.
pub fn list(from: &Path, options: &Options) -> Result<Found, Error> {
    let is_stdin = from.as_os_str() == "-";
    let bytes = if is_stdin { read::stdin_bytes(options)? } else { read::bytes(from, options)? };
    Ok(projects(entries(&bytes), options))
}

fn projects(entries: Vec<PathBuf>, options: &Options) -> Found {
    let (trees, files): (Vec<_>, Vec<_>) = entries.into_iter().partition(|entry| entry.is_dir());
    let (dockerfiles, files): (Vec<_>, Vec<_>) = files.into_iter().partition(|file| is_dockerfile(file));
    let dockerfiles = dockerfiles.into_iter().map(|file| Project { files: vec![file], by_default: true });
    let dockerfiles = Found { projects: dockerfiles.collect(), ..Found::default() };
    let found = trees.into_par_iter().map(|root| tree(&root, options));
    found.reduce(Found::default, Found::with).with(named(files, options)).with(dockerfiles).sorted()
}

/// What single files are.
fn named(files: Vec<PathBuf>, options: &Options) -> Found {
    let mut folders: BTreeMap<PathBuf, Vec<(PathBuf, Name)>> = BTreeMap::new();
    let mut errors = Vec::new();
    for file in files {
        if let Err(error) = read::look(&file) {
            errors.push((file, error));
            continue;
        }
        let name = file.file_name().and_then(names::of).unwrap_or(Name::Other);
        folders.entry(path::parent(&file).unwrap_or_default()).or_default().push((file, name));
    }
    let found = folders.into_par_iter().map(|(at, files)| in_folder(&at, &files, Wanted::Listed, options));
    found.reduce(Found::default, Found::with).with(Found { errors, ..Found::default() })
}

fn entries(bytes: &[u8]) -> Vec<PathBuf> {
    let nul = bytes.contains(&0);
    let entries = bytes.split(|&byte| byte == if nul { 0 } else { b'\n' });
    let entries = entries.map(|entry| if nul { entry } else { entry.strip_suffix(b"\r").unwrap_or(entry) });
    entries.filter(|entry| !entry.is_empty()).map(|entry| plain(&PathBuf::from(name(entry)))).collect()
}

fn plain(path: &Path) -> PathBuf {
    let tidy = path::tidy(path);
    if tidy.as_os_str().is_empty() { PathBuf::from(".") } else { tidy }
}

/// A name need not be text where the system does not ask for it.
#[cfg(unix)]
fn name(bytes: &[u8]) -> OsString {
    <std::ffi::OsStr as std::os::unix::ffi::OsStrExt>::from_bytes(bytes).to_owned()
}

#[cfg(not(unix))]
fn name(bytes: &[u8]) -> OsString {
    String::from_utf8_lossy(bytes).into_owned().into()
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::entries;

    #[test]
    fn lines_and_nul_both_end_an_entry() {
        let paths = |names: &[&str]| names.iter().map(PathBuf::from).collect::<Vec<_>>();
        assert_eq!(entries(b"a/compose.yml\nb c.yml\r\n\n./d\n"), paths(&["a/compose.yml", "b c.yml", "d"]));
        assert_eq!(entries(b"a\nb.yml\0c\0"), paths(&["a\nb.yml", "c"]));
        assert!(entries(b"\n\n").is_empty());
    }
}
