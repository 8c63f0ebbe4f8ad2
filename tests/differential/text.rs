//! Texts as Compose reads them once no further variable is known.

use std::path::{Component, Path, PathBuf};

use harden::compose::interpolate;

use crate::compose::{self, HOME};

/// The text with every variable put in: those that are still in it are set nowhere.
pub fn finish(text: &str) -> String {
    interpolate::finish(text).unwrap_or_else(|fault| format!("<{fault}>"))
}

/// A path as Compose shows it: absolute. What is so already stays as it is, also where it is not tidy.
pub fn path(folder: &Path, text: &str) -> String {
    let is_windows = text.get(1..3).is_some_and(|colon| colon == ":\\" || colon == ":/");
    match text.strip_prefix('~') {
        Some(rest) if rest.is_empty() || rest.starts_with('/') => format!("{HOME}{rest}"),
        _ if text.starts_with('/') || is_windows => text.to_owned(),
        _ => tidy(&compose::absolute(folder).join(text)),
    }
}

/// A path without what means nothing in it.
pub fn tidy(path: &Path) -> String {
    let mut tidy = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                tidy.pop();
            }
            other => tidy.push(other),
        }
    }
    tidy.display().to_string()
}

/// Splits a command line as Compose does, which is as a shell would, except that it drops everything from an unquoted
/// operator on.
pub fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        match (quote, c) {
            (Some('\''), _) if c != '\'' => word.get_or_insert_default().push(c),
            (_, '\\') => word.get_or_insert_default().extend(chars.next()),
            (Some(open), _) if c == open => quote = None,
            (None, '"' | '\'') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None, ' ' | '\t' | '\r' | '\n') => words.extend(word.take()),
            (None, ';' | '&' | '|' | '<' | '>') => break,
            _ => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}
