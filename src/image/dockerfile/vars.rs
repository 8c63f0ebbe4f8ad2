//! The variables of a build, and what a text with variables in it is worth.
//!
//! What only the builder or the base image knows stays unknown: it is never taken for empty.

use std::collections::HashMap;

use super::super::expand::UNKNOWN;
use crate::compose::interpolate::is_name;

/// Bytes between braces that are looked at; bounds how deep defaults of defaults go.
const LONGEST: usize = 1024;

/// Bytes of a value, or of a text with its values put in, that are looked at: each line may double the one before.
pub(super) const LONGEST_VALUE: usize = 16 << 10;

/// The value of an `ARG`.
pub(super) enum Value {
    Known(String),
    /// Only the builder or a shell knows it.
    Unknown,
}

impl Value {
    pub(super) fn known(self) -> Option<String> {
        match self {
            Self::Known(value) => Some(value),
            Self::Unknown => None,
        }
    }
}

/// Variables that are set, by name; `None` for one whose value is not known.
#[derive(Clone, Debug, Default)]
pub(super) struct Vars(HashMap<String, Option<String>>);

impl Vars {
    /// Sets one; a value with an unknown part is not known.
    pub(super) fn set(&mut self, name: &str, value: Option<String>) {
        let value = value.filter(|value| value.len() <= LONGEST_VALUE && !value.contains(UNKNOWN));
        self.0.insert(name.to_owned(), value);
    }

    /// The value, when it is known.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.as_deref()
    }

    /// Appends what the variable at the start of `text` (after the `$`) is worth, and returns what follows it.
    pub(super) fn substitute<'t>(&self, text: &'t str, out: &mut String) -> &'t str {
        if let Some(rest) = text.strip_prefix('(') {
            out.push(UNKNOWN);
            return split_closing(rest, '(', ')').1;
        }
        if let Some(rest) = text.strip_prefix('{') {
            let (inner, rest) = split_closing(rest, '{', '}');
            out.push_str(&self.braced(inner));
            return rest;
        }
        let name = text.split(|c| !is_name(c)).next().unwrap_or_default();
        if name.is_empty() {
            out.push(UNKNOWN);
            return text.strip_prefix(['@', '*', '?', '#', '$', '!', '-']).unwrap_or(text);
        }
        match self.get(name) {
            Some(value) => out.push_str(value),
            None => out.push(UNKNOWN),
        }
        text.strip_prefix(name).unwrap_or(text)
    }

    /// `NAME`, `NAME:-default`, `NAME:+other`; cutting and replacing is not known.
    fn braced(&self, inner: &str) -> String {
        if inner.len() > LONGEST {
            return unknown();
        }
        let name = inner.split(|c| !is_name(c)).next().unwrap_or_default();
        let operator = inner.strip_prefix(name).unwrap_or_default();
        let bare = operator.strip_prefix(':').unwrap_or(operator);
        let value = self.get(name).map(str::to_owned);
        if operator.is_empty() {
            return value.unwrap_or_else(unknown);
        }
        match (bare.strip_prefix('-'), bare.strip_prefix('+')) {
            (Some(default), _) if self.0.contains_key(name) => value
                .map_or_else(unknown, |value| if value.is_empty() { self.expand(default) } else { value }),
            (Some(default), _) => self.expand(default),
            (_, Some(other)) if self.0.contains_key(name) => self.expand(other),
            _ => unknown(),
        }
    }

    /// A text with its variables replaced; quotes and escapes stay.
    pub(super) fn expand(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('$') {
            out.push_str(before);
            rest = self.substitute(after, &mut out);
            if out.len() > text.len() + LONGEST_VALUE {
                return unknown();
            }
        }
        out.push_str(rest);
        out
    }
}

/// Splits at what closes a bracket that was opened before the text.
fn split_closing(text: &str, open: char, close: char) -> (&str, &str) {
    let mut depth = 1_usize;
    for (at, c) in text.char_indices() {
        if c == open {
            depth += 1;
        } else if c == close {
            depth -= 1;
        }
        if depth == 0 {
            let (inner, rest) = text.split_at_checked(at).unwrap_or((text, ""));
            return (inner, rest.strip_prefix(close).unwrap_or(rest));
        }
    }
    (text, "")
}

fn unknown() -> String {
    UNKNOWN.to_string()
}

#[cfg(test)]
mod tests {
    use super::Vars;

    #[test]
    fn what_variables_are_worth() {
        let mut vars = Vars::default();
        vars.set("A", Some("x".into()));
        vars.set("EMPTY", Some(String::new()));
        vars.set("SHELL", None);
        let cases = [
            ("$A/${A}", "x/x"),
            ("${B:-y}", "y"),
            ("${A:-y}", "x"),
            ("${EMPTY:-y}", "y"),
            ("${B:-${A}z}", "xz"),
            ("${A:+y}", "y"),
            ("$B", "\0"),
            ("${SHELL:-y}", "\0"),
            ("$(id -u)x", "\0x"),
            ("${A%x}", "\0"),
            ("$", "\0"),
            ("${A", "x"),
            ("$$A", "\0A"),
        ];
        for (text, expected) in cases {
            assert_eq!(vars.expand(text), expected, "{text}");
        }
    }
}
