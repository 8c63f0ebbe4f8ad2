//! The schema's `pattern` keyword, with expressions that are compiled when a value first asks for them.
//!
//! A file uses few of the schema's patterns, and compiling all of them took a third of a run on a small file. Must
//! mean what the validator's own `pattern` means: a text matches anywhere, and what is no text always.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use jsonschema::json::Node;
use jsonschema::{Keyword, ValidationError};
use regex::Regex;
use serde_json::Value;

use super::view::{View, Yaml};

/// The expressions of a schema, each once.
#[derive(Default)]
pub(super) struct Patterns(Mutex<HashMap<String, Arc<Pattern>>>);

/// One expression.
struct Pattern {
    text: String,
    regex: OnceLock<Regex>,
}

impl Patterns {
    /// The keyword for what a schema says of a pattern.
    ///
    /// # Errors
    ///
    /// If it is no string.
    pub(super) fn keyword<'s>(
        &self,
        said: &'s Value,
    ) -> Result<Box<dyn for<'i> Keyword<'i, Yaml>>, ValidationError<'s>> {
        let text = said.as_str().ok_or_else(|| ValidationError::custom("a pattern must be a string"))?;
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let new = || Arc::new(Pattern { text: text.to_owned(), regex: OnceLock::new() });
        Ok(Box::new(Arc::clone(known.entry(text.to_owned()).or_insert_with(new))))
    }
}

impl Pattern {
    fn regex(&self) -> &Regex {
        // Truly infallible: the texts are constants that the tests compile.
        self.regex.get_or_init(|| Regex::new(&self.text).expect("the embedded schema's patterns compile"))
    }
}

impl<'i> Keyword<'i, Yaml> for Arc<Pattern> {
    fn validate(&self, value: View<'i>) -> Result<(), ValidationError<'i>> {
        if self.is_valid(value) { Ok(()) } else { Err(ValidationError::custom("no match")) }
    }

    fn is_valid(&self, value: View<'i>) -> bool {
        value.as_string().is_none_or(|text| self.regex().is_match(&text))
    }
}

#[cfg(test)]
mod tests {
    use regex::Regex;
    use serde_json::Value;

    use crate::load::schema::COMPOSE_SCHEMA;

    #[test]
    fn every_pattern_of_the_schema_compiles() {
        let mut waiting = vec![serde_json::from_str::<Value>(COMPOSE_SCHEMA).unwrap()];
        let mut seen = 0;
        while let Some(value) = waiting.pop() {
            match value {
                Value::Object(map) => {
                    if let Some(Value::String(text)) = map.get("pattern") {
                        assert!(Regex::new(text).is_ok(), "{text}");
                        seen += 1;
                    }
                    waiting.extend(map.into_iter().map(|(_, value)| value));
                }
                Value::Array(list) => waiting.extend(list),
                _ => {}
            }
        }
        assert!(seen > 10, "{seen}");
    }
}
