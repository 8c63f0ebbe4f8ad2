//! A definition's `pattern`, compiled when a value first asks for it.
//!
//! A file uses few of the schema's patterns, and compiling all of them took a third of a run on a small file. A text
//! matches anywhere, as JSON Schema has it.

use std::borrow::Cow;
use std::sync::OnceLock;

use regex_lite::Regex;

/// One expression.
#[derive(Debug)]
pub(super) struct Pattern {
    text: Cow<'static, str>,
    regex: OnceLock<Regex>,
}

impl Pattern {
    /// Not compiled yet.
    pub(super) fn new(text: Cow<'static, str>) -> Self {
        Self { text, regex: OnceLock::new() }
    }

    /// Whether it is found in a text.
    pub(super) fn is_match(&self, text: &str) -> bool {
        // Truly infallible: the texts are constants that the tests compile.
        let regex = || Regex::new(&self.text).expect("the embedded schema's patterns compile");
        self.regex.get_or_init(regex).is_match(text)
    }
}

#[cfg(test)]
mod tests {
    use crate::load::schema::definition::SCHEMA;

    #[test]
    fn every_pattern_of_the_schema_compiles_and_takes_a_variable() {
        let all = (0..=SCHEMA.top).filter_map(|id| SCHEMA.get(id)?.pattern.as_ref());
        let matches: Vec<bool> = all.map(|pattern| pattern.is_match("${X}")).collect();
        assert!(matches.len() > 10, "{matches:?}");
        // all but the one of names, which are not interpolated
        assert_eq!(matches.iter().filter(|matches| !**matches).count(), 1);
    }
}
