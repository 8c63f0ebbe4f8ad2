//! Which files of a build context a `.dockerignore` leaves out, by the rules of the builder.
//!
//! The last pattern that says something of a file, or of a folder above it, counts; `!` takes it back in.

use super::glob::Glob;

/// A pattern of a `.dockerignore`.
#[derive(Clone, Debug)]
pub struct Pattern {
    /// As the builder takes it, without `!`.
    pub text: String,
    /// Whether it takes back in.
    pub includes: bool,
    glob: Glob,
}

/// What a `.dockerignore` says of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// No pattern leaves it out.
    Sent,
    /// A pattern with `!` takes the very file or folder back in.
    Kept,
    /// It is left out.
    Ignored,
}

/// The patterns of a file in their order.
#[derive(Clone, Debug, Default)]
pub struct Patterns(Vec<Pattern>);

impl Patterns {
    /// Reads a file; `None` where the builder refuses it.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        lines(text).map(|line| Pattern::parse(&line)).collect::<Option<_>>().map(Self)
    }

    /// What becomes of a path of the context.
    #[must_use]
    pub fn fate(&self, path: &str) -> Fate {
        let mut fate = Fate::Sent;
        for pattern in &self.0 {
            // one that changes nothing is not looked at
            if pattern.includes != (fate == Fate::Ignored) {
                continue;
            }
            let own = pattern.glob.matches(path);
            if own || parents(path).any(|parent| pattern.glob.matches(parent)) {
                fate = match (pattern.includes, own) {
                    (true, true) => Fate::Kept,
                    (true, false) => Fate::Sent,
                    (false, _) => Fate::Ignored,
                };
            }
        }
        fate
    }

    /// Whether a path is left out.
    #[must_use]
    pub fn ignores(&self, path: &str) -> bool {
        self.fate(path) == Fate::Ignored
    }

    /// The patterns.
    #[must_use]
    pub fn list(&self) -> &[Pattern] {
        &self.0
    }
}

impl Pattern {
    fn parse(line: &str) -> Option<Self> {
        let (includes, text) = line.strip_prefix('!').map_or((false, line), |rest| (true, rest.trim()));
        let text = clean(text);
        let text = text.strip_prefix('/').filter(|rest| !rest.is_empty()).unwrap_or(&text).to_owned();
        // `!` alone is refused
        let glob = Glob::parse(&text).filter(|_| !(includes && text == "."))?;
        Some(Self { text, includes, glob })
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        (&self.text, self.includes) == (&other.text, other.includes)
    }
}

/// The lines that say something, without blanks around.
fn lines(text: &str) -> impl Iterator<Item = String> {
    let lines = text.strip_prefix('\u{feff}').unwrap_or(text).lines();
    let lines = lines.filter(|line| !line.starts_with('#')).map(str::trim);
    lines.filter(|line| !line.is_empty()).map(str::to_owned)
}

/// The folders above a path, the top one first.
fn parents(path: &str) -> impl Iterator<Item = &str> {
    path.match_indices('/').filter_map(|(at, _)| path.get(..at))
}

/// A path without `.`, doubled slashes, a slash at the end, and names that `..` takes back.
#[must_use]
pub fn clean(path: &str) -> String {
    let absolute = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/').filter(|part| !part.is_empty() && *part != ".") {
        match (part, parts.last()) {
            ("..", Some(last)) if *last != ".." => drop(parts.pop()),
            ("..", _) if absolute => {}
            _ => parts.push(part),
        }
    }
    let joined = parts.join("/");
    match (absolute, joined.is_empty()) {
        (true, _) => format!("/{joined}"),
        (false, true) => ".".to_owned(),
        (false, false) => joined,
    }
}
