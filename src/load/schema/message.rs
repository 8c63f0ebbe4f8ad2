//! Turns a validator's error into one sentence: what must be what, and what was found.
//!
//! What was expected is the `description` of the definition that failed. What was found is named by its type; its
//! text is shown only where the schema allows a closed vocabulary (a size, a flag, a number …), never where a free
//! text may be: compose files carry secrets.

use jsonschema::error::ValidationErrorKind;
use jsonschema::json::Node;
use jsonschema::paths::Location;
use jsonschema::{JsonType, ValidationError};
use serde_json::Value;

use super::subject::{self, Finder, Subject};
use super::view::{View, repeated};
use crate::load::Diagnostic;
use crate::source::Place;
use crate::yaml::Tree;

/// Texts longer than this are not shown.
const LONGEST_SHOWN: usize = 40;

/// Says what is wrong.
pub(super) fn diagnostic(finder: &mut Finder<'_>, schema: &Value, error: &ValidationError<'_>) -> Diagnostic {
    let (tree, subject) = (finder.tree, finder.find(error.instance_path()));
    match error.kind() {
        ValidationErrorKind::Required { property } => missing(tree, &subject, property),
        ValidationErrorKind::UniqueItems => twice(tree, &subject),
        ValidationErrorKind::PropertyNames { error } => misnamed(finder, &subject, schema, error),
        _ => mismatch(tree, &subject, definition(schema, error.schema_path())),
    }
}

fn mismatch(tree: &Tree, subject: &Subject, definition: Option<&Value>) -> Diagnostic {
    let value = View::Node(tree, subject.value);
    let message =
        format!("{} must be {}, found {}", subject.name, expected(definition), found(value, definition));
    let help = help(value.json_type(), definition).map(str::to_owned);
    diagnosed(message, help, subject::place(tree, subject.key, subject.value))
}

fn missing(tree: &Tree, subject: &Subject, property: &Value) -> Diagnostic {
    let name = property.as_str().unwrap_or_default();
    let place = subject.key.map_or_else(|| subject::place(tree, None, subject.value), |key| tree.place(key));
    diagnosed(format!("{} needs `{name}`", subject.name), None, place)
}

fn twice(tree: &Tree, subject: &Subject) -> Diagnostic {
    let item = repeated(tree, subject.value).map_or(subject.value, |item| item.node);
    let help = Some("remove one of them".to_owned());
    diagnosed(format!("{} must not list an item twice", subject.name), help, tree.place(item))
}

fn misnamed(
    finder: &mut Finder<'_>,
    subject: &Subject,
    schema: &Value,
    error: &ValidationError<'_>,
) -> Diagnostic {
    let name = error.instance().as_str().unwrap_or_default();
    let (tree, entry) = (finder.tree, finder.property(subject.value, name));
    let place = tree.place(entry.map_or(subject.value, |entry| entry.key));
    let expected = expected(definition(schema, error.schema_path()));
    diagnosed(format!("a name in {} must be {expected}, found `{name}`", subject.name), None, place)
}

fn diagnosed(message: String, help: Option<String>, place: Place) -> Diagnostic {
    Diagnostic { message, help, place: Some(place), note: None }
}

/// The definition that a failed keyword is in.
fn definition<'s>(schema: &'s Value, keyword: &Location) -> Option<&'s Value> {
    let (definition, _) = keyword.as_str().rsplit_once('/')?;
    schema.pointer(definition)
}

fn expected(definition: Option<&Value>) -> &str {
    definition.and_then(|definition| definition.get("description")?.as_str()).unwrap_or("something else")
}

fn found(value: View<'_>, definition: Option<&Value>) -> String {
    let is_closed = definition.is_some_and(|definition| definition.get("pattern").is_some());
    match value {
        View::Node(tree, id) if is_closed => {
            tree.text(id).filter(|text| is_shown(text)).map(|text| format!("`{text}`"))
        }
        _ => None,
    }
    .unwrap_or_else(|| kind(value.json_type()).to_owned())
}

fn is_shown(text: &str) -> bool {
    !text.is_empty() && text.chars().count() <= LONGEST_SHOWN && !text.contains(char::is_control)
}

fn kind(found: JsonType) -> &'static str {
    match found {
        JsonType::Null => "nothing",
        JsonType::Boolean => "a boolean",
        JsonType::Integer | JsonType::Number => "a number",
        JsonType::String => "a string",
        JsonType::Array => "a list",
        JsonType::Object => "a mapping",
    }
}

fn help(found: JsonType, definition: Option<&Value>) -> Option<&'static str> {
    let takes = |name: &str| match definition.and_then(|definition| definition.get("type")) {
        Some(Value::Array(types)) => types.iter().any(|kind| kind == name),
        Some(kind) => kind == name,
        None => false,
    };
    match found {
        JsonType::Number | JsonType::Integer if takes("string") && !takes("number") => {
            Some("put it in quotes")
        }
        JsonType::Boolean if takes("string") => Some("put it in quotes"),
        JsonType::String if takes("array") && !takes("string") => {
            Some("write it as a list, each item after a `- `")
        }
        JsonType::Object if takes("string") && !takes("object") => {
            Some("a `: ` in a text makes it a mapping: put the text in quotes, or write `=`")
        }
        JsonType::Null => Some("give it a value or remove the key"),
        _ => None,
    }
}
