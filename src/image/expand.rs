//! What a text with `${…}` in it is worth when the environment is not known: the defaults that it carries itself.
//!
//! Looks at nothing but the text; `.env` and the environment are `load`'s business.

use crate::compose::interpolate::{Piece, pieces};

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
    for piece in pieces(text) {
        match piece {
            Piece::Text(text) => out.text.push_str(text),
            Piece::Dollar => out.text.push('$'),
            // `load` refuses a file with such a text
            Piece::Fault(_) => out.unknown(),
            Piece::Variable(variable) => match variable.default().filter(|_| defaults) {
                Some(default) => {
                    out.from_variable = true;
                    out.text.push_str(&expand(default).text);
                }
                None => out.unknown(),
            },
        }
    }
    out
}

impl Expanded {
    fn unknown(&mut self) {
        self.from_variable = true;
        self.text.push(UNKNOWN);
    }
}

/// The text when every variable in it has a default, as if none were set.
pub(crate) fn literal(text: &str) -> Option<String> {
    Some(expand(text).text).filter(|text| !text.contains(UNKNOWN))
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
            ("${A:-x", "\0", true),
            ("a$ $1", "a$ $1", false),
            ("${A:-{{.x}}}", "{{.x}}", true),
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
