//! What a text with `${…}` in it is worth when the environment is not known: the defaults that it carries itself.
//!
//! Looks at nothing but the text; `.env` and the environment are `load`'s business.

/// Stands for a part that only the environment knows. Cannot occur in a Compose file.
pub(crate) const UNKNOWN: char = '\0';

/// A text with its variables replaced by their defaults.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Expanded {
    /// The text; [`UNKNOWN`] in place of every variable without a default.
    pub(crate) text: String,
    /// Whether there was any variable.
    pub(crate) from_variable: bool,
}

/// Replaces `${NAME:-default}` and `${NAME-default}` by the default, every other variable by [`UNKNOWN`], and `$$` by `$`.
pub(crate) fn expand(text: &str) -> Expanded {
    replace(text, true)
}

/// Replaces every variable by [`UNKNOWN`], also one with a default: what is left is written out.
pub(crate) fn blank(text: &str) -> String {
    replace(text, false).text
}

fn replace(text: &str, defaults: bool) -> Expanded {
    let mut out = Expanded { text: String::with_capacity(text.len()), from_variable: false };
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('$') {
        out.text.push_str(before);
        rest = variable(after, defaults, &mut out);
    }
    out.text.push_str(rest);
    out
}

/// The text when every variable in it has a default, as if none were set.
pub(crate) fn literal(text: &str) -> Option<String> {
    Some(expand(text).text).filter(|text| !text.contains(UNKNOWN))
}

/// Reads what follows a `$` and returns what follows that.
fn variable<'a>(after: &'a str, defaults: bool, out: &mut Expanded) -> &'a str {
    if let Some(rest) = after.strip_prefix('$') {
        out.text.push('$');
        return rest;
    }
    out.from_variable = true;
    let Some(inner) = after.strip_prefix('{') else {
        out.text.push(UNKNOWN);
        return after.trim_start_matches(is_name);
    };
    let (inner, rest) = split_closing(inner, '{', '}');
    match default_of(inner).filter(|_| defaults) {
        Some(default) => out.text.push_str(&expand(default).text),
        None => out.text.push(UNKNOWN),
    }
    rest
}

/// The default of `NAME:-default` or `NAME-default`.
fn default_of(inner: &str) -> Option<&str> {
    let tail = inner.trim_start_matches(is_name);
    tail.strip_prefix(":-").or_else(|| tail.strip_prefix('-'))
}

/// Splits at what closes a bracket that was opened before the text.
pub(super) fn split_closing(text: &str, open: char, close: char) -> (&str, &str) {
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

/// Whether a character may stand in the name of a variable.
pub(super) fn is_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

#[cfg(test)]
mod tests {
    use super::{blank, expand};

    #[test]
    fn defaults_are_used_and_the_rest_is_unknown() {
        let cases = [
            ("plain", "plain", false),
            ("${A:-x}", "x", true),
            ("${A-x}y", "xy", true),
            ("${A:-${B:-x}}/${C-}z", "x/z", true),
            ("$A:1", "\0:1", true),
            ("${A}", "\0", true),
            ("${A:?say so}", "\0", true),
            ("${A:+x}", "\0", true),
            ("${{ github.repository }}:1", "\0:1", true),
            ("a$$b", "a$b", false),
            ("${A:-x", "x", true),
        ];
        for (text, expected, from_variable) in cases {
            let expanded = expand(text);
            assert_eq!((expanded.text.as_str(), expanded.from_variable), (expected, from_variable), "{text}");
        }
    }

    #[test]
    fn only_what_is_written_out_is_left() {
        assert_eq!(blank("a${B:-${C:-x}}d$E.$$"), "a\0d\0.$");
    }
}
