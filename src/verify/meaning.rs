//! What a YAML text means to the second parser: a small value type, cheaper than the parser's own.
//!
//! Tags are part of the meaning; aliases are expanded by the parser; `<<` stays an ordinary key, which
//! `merge` resolves. Strings are borrowed from the text where that is possible. Nothing here knows the tree.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, EnumAccess, MapAccess, SeqAccess, VariantAccess, Visitor};

/// A YAML value. Two values are equal when they mean the same and their keys are in the same order.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Meaning<'a> {
    /// Null or nothing at all.
    Null,
    /// A boolean.
    Bool(bool),
    /// A whole number that fits.
    Int(i64),
    /// A whole number that does not, in decimal digits.
    Big(Box<str>),
    /// A floating point number, by its bits, so that it can be compared and hashed.
    Float(u64),
    /// A string.
    Str(Cow<'a, str>),
    /// A sequence.
    Seq(Vec<Meaning<'a>>),
    /// A mapping, in the order of the text, duplicates included.
    Map(Vec<(Meaning<'a>, Meaning<'a>)>),
    /// A value with a local tag, such as `!reset`, without the exclamation mark.
    Tagged(Box<(String, Meaning<'a>)>),
}

impl Meaning<'_> {
    /// Whether it is this string.
    pub(super) fn is(&self, text: &str) -> bool {
        matches!(self, Self::Str(own) if own == text)
    }

    /// What a path calls it when it is a key.
    pub(super) fn label(&self) -> String {
        match self {
            Self::Str(text) => text.to_string(),
            Self::Int(number) => number.to_string(),
            Self::Bool(flag) => flag.to_string(),
            Self::Null => "null".to_owned(),
            _ => "?".to_owned(),
        }
    }
}

impl<'a> Meaning<'a> {
    /// The same without its tag.
    pub(super) fn untagged(self) -> Self {
        match self {
            Self::Tagged(inner) => inner.1,
            other => other,
        }
    }

    /// The value below a key; the value itself for an empty path.
    pub(super) fn at(&self, path: &[&str]) -> Option<&Meaning<'a>> {
        match (self, path) {
            (_, []) => Some(self),
            (Self::Tagged(inner), _) => inner.1.at(path),
            (Self::Map(entries), [key, rest @ ..]) => {
                entries.iter().find(|(own, _)| own.is(key)).and_then(|(_, value)| value.at(rest))
            }
            _ => None,
        }
    }
}

/// Reads every document of a text with the second parser, which would count a byte order mark as a column and then find
/// the first line deeper than the others.
///
/// # Errors
/// Why it cannot be read; never quotes a value of the file.
pub(super) fn read(text: &str) -> Result<Vec<Meaning<'_>>, String> {
    serde_yaml::Deserializer::from_str(text.strip_prefix('\u{feff}').unwrap_or(text))
        .map(|document| Meaning::deserialize(document).map_err(|error| words(&error)))
        .collect()
}

/// Reads one scalar by itself, as the second parser would read it in its place.
pub(super) fn read_scalar(text: &str) -> Option<Meaning<'_>> {
    serde_yaml::from_str(text).ok()
}

/// Messages about a value quote it, and it may be a secret: those are cut down to the place.
fn words(error: &serde_yaml::Error) -> String {
    let message = error.to_string();
    if !message.contains("invalid") {
        return message;
    }
    match error.location() {
        Some(place) => format!("a value is wrong at line {} column {}", place.line(), place.column()),
        None => "a value is wrong".to_owned(),
    }
}

impl<'de> Deserialize<'de> for Meaning<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(MeaningVisitor)
    }
}

struct MeaningVisitor;

impl<'de> Visitor<'de> for MeaningVisitor {
    type Value = Meaning<'de>;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Meaning::Null)
    }

    fn visit_none<E>(self) -> Result<Self::Value, E> {
        Ok(Meaning::Null)
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Self::Value, E> {
        Ok(Meaning::Bool(flag))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
        Ok(Meaning::Int(number))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
        Ok(i64::try_from(number).map_or_else(|_| big(&number), Meaning::Int))
    }

    fn visit_i128<E>(self, number: i128) -> Result<Self::Value, E> {
        Ok(i64::try_from(number).map_or_else(|_| big(&number), Meaning::Int))
    }

    fn visit_u128<E>(self, number: u128) -> Result<Self::Value, E> {
        Ok(i64::try_from(number).map_or_else(|_| big(&number), Meaning::Int))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Self::Value, E> {
        Ok(Meaning::Float(number.to_bits()))
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Meaning::Str(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Meaning::Str(Cow::Owned(text.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element()? {
            items.push(item);
        }
        items.shrink_to_fit();
        Ok(Meaning::Seq(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        entries.shrink_to_fit();
        Ok(Meaning::Map(entries))
    }

    fn visit_enum<A: EnumAccess<'de>>(self, data: A) -> Result<Self::Value, A::Error> {
        let (tag, content) = data.variant::<String>()?;
        Ok(Meaning::Tagged(Box::new((tag, content.newtype_variant()?))))
    }
}

fn big<'a>(number: &impl ToString) -> Meaning<'a> {
    Meaning::Big(number.to_string().into_boxed_str())
}

#[cfg(test)]
mod tests {
    use super::{Meaning, read};

    fn one(text: &str) -> Meaning<'_> {
        let mut documents = read(text).unwrap();
        assert_eq!(documents.len(), 1, "{text}");
        documents.remove(0)
    }

    #[test]
    fn a_value_is_small() {
        assert!(size_of::<Meaning<'_>>() <= 32);
    }

    #[test]
    fn types_are_told_apart() {
        assert_ne!(one("200"), one("'200'"));
        assert_ne!(one("1"), one("1.0"));
        assert_ne!(one("true"), one("'true'"));
        assert_ne!(one("~"), one("''"));
        assert_eq!(one("0x10"), one("16"));
        assert_eq!(one("99999999999999999999"), Meaning::Big("99999999999999999999".into()));
        assert_eq!(one("18446744073709551615"), Meaning::Big("18446744073709551615".into()));
    }

    #[test]
    fn a_tag_is_part_of_the_meaning() {
        assert_ne!(one("a: !reset null"), one("a: null"));
        assert_ne!(one("a: !reset [x]"), one("a: !override [x]"));
        assert_ne!(one("a: !override {b: c}"), one("a: {b: c}"));
        assert_eq!(one("a: !x\n  b: c\n"), one("a: !x {b: c}"));
    }

    #[test]
    fn aliases_are_expanded_and_duplicates_kept() {
        assert_eq!(one("a: &x [1]\nb: *x"), one("a: [1]\nb: [1]"));
        assert_ne!(one("a: 1\na: 1"), one("a: 1"));
    }

    #[test]
    fn every_document_is_read() {
        assert_eq!(read("a: 1\n---\nb: 2\n").unwrap().len(), 2);
        assert_eq!(read("").unwrap(), [Meaning::Null]);
        assert_eq!(read("# only\n").unwrap(), [Meaning::Null]);
        assert!(read("a: [\n").is_err());
        assert!(read("a: *nowhere").is_err());
    }

    #[test]
    fn a_message_never_quotes_a_value() {
        let message = read("a: !!int s3cret").unwrap_err();
        assert!(!message.contains("s3cret"), "{message}");
    }
}
