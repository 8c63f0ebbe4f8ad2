//! What type a scalar is, as the YAML 1.2 core schema has it: `no`, `0755` and `1_000` are strings.
//!
//! Knows quoting and the `!!` tags; follows no alias.

use std::borrow::Cow;

use serde_json::Number;

use super::definition::Type;
use crate::yaml::{Kind, Node, NodeId, Quoting, Tree};

/// A scalar's type and, where it is more than a text, its value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Scalar<'a> {
    /// `null`, `~` or nothing at all.
    Null,
    /// `true` or `false`.
    Flag(bool),
    /// Finite.
    Number(Number),
    /// Anything else.
    Text(Cow<'a, str>),
}

impl Scalar<'_> {
    /// Its type. `1.0` is a whole number, as JSON Schema has it.
    pub(super) fn kind(&self) -> Type {
        match self {
            Self::Null => Type::Null,
            Self::Flag(_) => Type::Boolean,
            Self::Number(number) if number.as_f64().is_some_and(|number| number.fract() == 0.0) => {
                Type::Integer
            }
            Self::Number(_) => Type::Number,
            Self::Text(_) => Type::String,
        }
    }
}

/// The scalar that a value is, alias followed; `None` for anything else.
pub(super) fn of(tree: &Tree, value: NodeId) -> Option<Scalar<'_>> {
    read(tree, tree.node(tree.resolve(value)), tree.text(value).unwrap_or_default())
}

/// The scalar of a node; `text` is its value after unescaping.
fn read<'a>(tree: &Tree, node: &Node, text: &'a str) -> Option<Scalar<'a>> {
    let Kind::Scalar { style, .. } = node.kind else { return None };
    let tag = node.tag().map(|tag| tree.source(node.file).slice(tag));
    let plain = match tag {
        Some("!!null" | "!!bool" | "!!int" | "!!float") => true,
        // `!reset` and `!override` say how to merge, not what the value is.
        None | Some("!reset" | "!override") => style == Quoting::Plain,
        Some(_) => false,
    };
    Some(if plain { resolve(text) } else { Scalar::Text(Cow::Borrowed(text)) })
}

fn resolve(text: &str) -> Scalar<'_> {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Scalar::Null,
        "true" | "True" | "TRUE" => Scalar::Flag(true),
        "false" | "False" | "FALSE" => Scalar::Flag(false),
        _ => number(text).map_or(Scalar::Text(Cow::Borrowed(text)), Scalar::Number),
    }
}

fn number(text: &str) -> Option<Number> {
    // Nearly every scalar of a Compose file is a word: look no further than its first byte.
    let first = text.bytes().next()?;
    if !(first.is_ascii_digit() || matches!(first, b'+' | b'-' | b'.')) {
        return None;
    }
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if digits.starts_with(['+', '-']) {
        return None;
    }
    integer(digits, negative).or_else(|| float(text, digits))
}

fn integer(digits: &str, negative: bool) -> Option<Number> {
    let (digits, radix) = match digits.get(..2) {
        Some("0x") => (digits.get(2..)?, 16),
        Some("0o") => (digits.get(2..)?, 8),
        Some("0b") => (digits.get(2..)?, 2),
        _ if digits.len() > 1 && digits.starts_with('0') => return None,
        _ => (digits, 10),
    };
    if digits.starts_with(['+', '-']) {
        return None;
    }
    let value = u64::from_str_radix(digits, radix).ok()?;
    if !negative {
        return Some(value.into());
    }
    0_i64.checked_sub_unsigned(value).map(Number::from)
}

fn float(text: &str, digits: &str) -> Option<Number> {
    let shaped =
        digits.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'e' | b'E' | b'+' | b'-'));
    // `0755` and `007` stay strings; what `integer` has left over of digits alone is too large for it.
    let is_octal = digits.starts_with('0') && digits.bytes().all(|byte| byte.is_ascii_digit());
    if !shaped || is_octal {
        return None;
    }
    text.parse().ok().and_then(Number::from_f64)
}

#[cfg(test)]
mod tests {
    use super::{Scalar, resolve};

    #[test]
    fn plain_scalars_resolve_as_the_referee_has_them() {
        let texts = [
            "",
            "~",
            "null",
            "no",
            "on",
            "yes",
            "true",
            "False",
            "0755",
            "1_000",
            "0x1f",
            "0o17",
            "0b11",
            "-5",
            "+5",
            "--5",
            "+-5",
            "0x-5",
            "1.5",
            ".5",
            "5.",
            "-.5",
            "1e3",
            "1e",
            "e1",
            ".",
            "..",
            "1.2.3",
            "1:2",
            "00",
            "0",
            "0.5",
            "00.5",
            "-0",
            "18446744073709551615",
            "-9223372036854775808",
            "2020-01-01",
            "1e400",
            "512m",
        ];
        for text in texts {
            let referee: serde_yaml::Value = serde_yaml::from_str(text).unwrap();
            let same = match (resolve(text), &referee) {
                (Scalar::Null, serde_yaml::Value::Null) => true,
                (Scalar::Flag(ours), serde_yaml::Value::Bool(theirs)) => ours == *theirs,
                (Scalar::Number(ours), serde_yaml::Value::Number(theirs)) => ours.as_f64() == theirs.as_f64(),
                (Scalar::Text(ours), serde_yaml::Value::String(theirs)) => ours == theirs.as_str(),
                // No finite number: a text to us, so that it is refused where a number is wanted.
                (Scalar::Text(_), serde_yaml::Value::Number(theirs)) => !theirs.is_finite(),
                _ => false,
            };
            assert!(same, "`{text}`: {:?} and {referee:?}", resolve(text));
        }
    }
}
