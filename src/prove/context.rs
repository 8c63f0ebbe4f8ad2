//! What travels to a builder, and which file is changed to see how much of an image is made again.
//!
//! Pure: what lies in a context and what is left out of it is known; reads nothing.

use crate::compose::Listing;
use crate::dockerfile::glob::Glob;
use crate::dockerfile::ignore::{Patterns, clean};
use crate::dockerfile::read;

/// What travels to a builder.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Load {
    /// Bytes of the files.
    pub bytes: u64,
    /// How many there are; no folders.
    pub files: usize,
}

/// How people call the files that they write programs in.
const SOURCES: [&str; 33] = [
    "py", "js", "mjs", "cjs", "ts", "jsx", "tsx", "go", "rs", "java", "kt", "scala", "cs", "fs", "php", "rb",
    "ex", "exs", "c", "cc", "cpp", "h", "hpp", "swift", "dart", "lua", "pl", "sh", "html", "css", "vue",
    "svelte", "sql",
];

/// Files that look like those, and say what is installed.
const MANIFESTS: [&str; 4] = ["setup.py", "mix.exs", "Package.swift", "build.sbt"];

/// Folders whose files are made by programs.
const MADE: [&str; 6] = ["node_modules", "vendor", "dist", "target", "build", ".git"];

impl Load {
    /// Of a context with this `.dockerignore`.
    #[must_use]
    pub fn of(listing: &Listing, ignored: &str) -> Self {
        let patterns = Patterns::parse(ignored).unwrap_or_default();
        let files = listing.entries.iter().filter(|entry| !entry.is_folder && !patterns.ignores(&entry.path));
        files.fold(Self::default(), |sum, entry| Self { bytes: sum.bytes + entry.size, files: sum.files + 1 })
    }
}

/// A file that the Dockerfile copies and people change often: a source before anything else, those near the top first.
/// It must travel with each of these `.dockerignore` files.
#[must_use]
pub fn touchable<'l>(listing: &'l Listing, dockerfile: &str, ignored: &[&str]) -> Option<&'l str> {
    let sources: Vec<Glob> = copied(dockerfile);
    let ignored: Vec<Patterns> =
        ignored.iter().map(|text| Patterns::parse(text).unwrap_or_default()).collect();
    let travels = |path: &str| !ignored.iter().any(|patterns| patterns.ignores(path));
    let files = listing.entries.iter().filter(|entry| !entry.is_folder);
    let files = files.map(|entry| (entry, &*entry.path)).filter(|(_, path)| {
        travels(path) && sources.iter().any(|source| upwards(path).any(|path| source.matches(path)))
    });
    let best = files.min_by_key(|(entry, path)| (rank(entry.name(), path), path.matches('/').count(), *path));
    best.map(|(_, path)| path)
}

/// What is copied from the context, as patterns of paths.
fn copied(dockerfile: &str) -> Vec<Glob> {
    let file = read::read(dockerfile);
    let sources = file.instructions().flat_map(read::Instruction::sources);
    let plain = sources.map(|source| match clean(&source).trim_start_matches('/') {
        "" | "." => "**".to_owned(),
        path => path.to_owned(),
    });
    plain.filter_map(|source| Glob::parse(&source)).collect()
}

/// A path and the folders above it.
fn upwards(path: &str) -> impl Iterator<Item = &str> {
    let above = path.match_indices('/').filter_map(|(at, _)| path.get(..at));
    [path].into_iter().chain(above)
}

/// How often people change a file: the lower, the more.
fn rank(name: &str, path: &str) -> u8 {
    let end = name.rsplit_once('.').map_or("", |(_, end)| end);
    let is_made = path.split('/').any(|part| MADE.contains(&part));
    match () {
        () if is_made => 3,
        () if MANIFESTS.contains(&name) => 2,
        () if SOURCES.contains(&end) => 0,
        // what says how an image is built is no part of the program
        () if name.starts_with('.') || name.contains("Dockerfile") || name.contains("compose") => 2,
        () => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::{Load, touchable};
    use crate::compose::{Entry, Listing};

    fn listing(files: &[(&str, u64)]) -> Listing {
        let entry = |(path, size): &(&str, u64)| Entry {
            path: path.trim_end_matches('/').into(),
            size: *size,
            is_folder: path.ends_with('/'),
        };
        Listing { entries: files.iter().map(entry).collect(), complete: true }
    }

    #[test]
    fn what_is_left_out_does_not_travel() {
        let listing = listing(&[("a.py", 10), (".git/", 0), (".git/HEAD", 20), ("b/c.py", 3)]);
        assert_eq!(Load::of(&listing, ""), Load { bytes: 33, files: 3 });
        assert_eq!(Load::of(&listing, ".git\n"), Load { bytes: 13, files: 2 });
        assert_eq!(Load::of(&listing, "*\n!b\n"), Load { bytes: 3, files: 1 });
    }

    #[test]
    fn a_source_that_is_copied_is_changed() {
        let listing = listing(&[
            (".git/hook.py", 1),
            ("Dockerfile", 1),
            ("compose.yml", 1),
            ("node_modules/x/index.js", 1),
            ("package.json", 1),
            ("setup.py", 1),
            ("src/deep/b.js", 1),
            ("src/z.js", 1),
            ("static/logo.png", 1),
        ]);
        let of = |dockerfile: &str, ignored: &str| touchable(&listing, dockerfile, &["", ignored]);
        assert_eq!(of("FROM x\nCOPY . .\n", ""), Some("src/z.js"));
        assert_eq!(of("FROM x\nCOPY . .\n", "src/z.js\n"), Some("src/deep/b.js"));
        assert_eq!(of("FROM x\nCOPY ./src/d*/ /src\n", ""), Some("src/deep/b.js"));
        assert_eq!(of("FROM x\nADD [\"/static\", \"/s\"]\n", ""), Some("static/logo.png"));
        assert_eq!(of("FROM x\nCOPY . .\n", "src\n"), Some("package.json"));
        assert_eq!(of("FROM x\nCOPY setup.py .git compose.yml ./\n", ""), Some("compose.yml"));
        assert_eq!(of("FROM x\nCOPY --from=y /a /b\n", ""), None);
        assert_eq!(of("FROM x\nRUN true\n", ""), None);
    }
}
