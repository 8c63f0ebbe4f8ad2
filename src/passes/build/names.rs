//! What Dockerfiles name of their context, and what their commands speak of.

use crate::dockerfile::glob::Glob;
use crate::dockerfile::ignore::clean;
use crate::dockerfile::read::{self, Instruction};

/// What all Dockerfiles of one context name.
#[derive(Debug, Default)]
pub(super) struct Names {
    /// Sources of `COPY` and `ADD`, each as the builder takes it; not the whole context.
    sources: Vec<(String, Option<Glob>)>,
    /// Everything but comments, in one text.
    said: String,
}

impl Names {
    /// Those of some Dockerfiles.
    pub(super) fn of<'t>(texts: impl Iterator<Item = &'t str>) -> Self {
        let mut names = Self::default();
        for text in texts {
            let file = read::read(text);
            for instruction in file.instructions() {
                let triggered = triggered(instruction);
                let sources = triggered.as_ref().unwrap_or(instruction).sources();
                let mounted = instruction.flags().filter_map(mounted);
                for source in sources.into_iter().chain(mounted) {
                    names.sources.extend(named(&source));
                }
                names.said.push_str(&instruction.arguments);
                names.said.push('\n');
                names.said.extend(instruction.heredocs.iter().map(|body| file.slice(body.clone())));
            }
        }
        names
    }

    /// Whether `COPY` or `ADD` names a path, or something in or above it other than the whole context.
    pub(super) fn name(&self, path: &str) -> bool {
        self.sources.iter().any(|(source, glob)| {
            let below = source.strip_prefix(path).is_some_and(|rest| rest.starts_with('/'));
            source == path || below || glob.as_ref().is_some_and(|glob| glob.matches(path))
        })
    }

    /// Whether a pattern of a `.dockerignore` would leave out a source, wherever that lies.
    pub(super) fn any_source(&self, is_left_out: impl Fn(&str) -> bool) -> bool {
        self.sources.iter().any(|(source, _)| is_left_out(source))
    }

    /// Whether anything speaks of a word, with no letter, digit, `-` or `_` beside it.
    pub(super) fn speak_of(&self, word: &str) -> bool {
        let is_part = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_');
        self.said.match_indices(word).any(|(at, _)| {
            let before = self.said.get(..at).and_then(|before| before.chars().next_back());
            let after = self.said.get(at + word.len()..).and_then(|after| after.chars().next());
            !before.is_some_and(is_part) && !after.is_some_and(|c| is_part(c) || c == '.')
        })
    }
}

/// The instruction behind `ONBUILD`.
fn triggered(instruction: &Instruction) -> Option<Instruction> {
    if instruction.keyword != "ONBUILD" {
        return None;
    }
    let file = read::read(instruction.arguments.trim());
    file.instructions().next().cloned()
}

/// The source of a bind mount of the context.
fn mounted((name, value): (&str, &str)) -> Option<String> {
    let pair = |names: &[&str]| {
        let mut pairs = value.split(',').filter_map(|pair| pair.split_once('='));
        pairs.find(|(name, _)| names.contains(name)).map(|(_, value)| value.to_owned())
    };
    let is_bind =
        name == "mount" && pair(&["from"]).is_none() && pair(&["type"]).is_none_or(|kind| kind == "bind");
    if is_bind { pair(&["source", "src"]) } else { None }
}

/// A source from the root of the context; none that is the whole of it. A variable may stand for anything.
fn named(source: &str) -> Option<(String, Option<Glob>)> {
    let mut plain = String::new();
    let mut rest = source;
    while let Some((before, after)) = rest.split_once('$') {
        plain = plain + before + "*";
        rest = match after.strip_prefix('{') {
            Some(braced) => braced.split_once('}').map_or("", |(_, after)| after),
            None => after.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '_'),
        };
    }
    plain.push_str(rest);
    let path = clean(&format!("/{plain}"));
    let path = path.trim_start_matches('/').to_owned();
    let glob = Glob::parse(&path);
    (!path.is_empty()).then_some((path, glob))
}

#[cfg(test)]
mod tests {
    use super::Names;

    #[test]
    fn what_is_named() {
        let text = "FROM a\nCOPY . .\nCOPY ./web/dist/ [x] /y/\nCOPY k*.pem /k/\nADD ${D}/x /\nRUN --mount=type=bind,source=s,target=/s . venv/bin/activate && git describe\nONBUILD COPY o /o\n# .env\n";
        let names = Names::of([text].into_iter());
        for named in ["web/dist", "web", "key.pem", "any/x", "s", "o"] {
            assert!(names.name(named), "{named}");
        }
        for other in ["web/dist/a", ".env", "z", "", "we"] {
            assert!(!names.name(other), "{other}");
        }
        assert!(names.speak_of("git") && names.speak_of("venv") && !names.speak_of(".env"));
        assert!(!names.speak_of("gi") && !names.speak_of("describ"));
        assert!(names.any_source(|source| source == "web/dist") && !names.any_source(|source| source == "."));
    }
}
