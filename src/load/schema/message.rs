//! Turns a fault into one sentence: what must be what, and what was found.
//!
//! What was expected is the `description` of the definition that failed. What was found is named by its type; its
//! text is shown only where the schema allows a closed vocabulary (a size, a flag, a number …), never where a free
//! text may be: compose files carry secrets.

use super::definition::{Definition, Type};
use super::subject::{self, Subject};
use super::validate::{Fault, kind_of};
use super::view::repeated;
use crate::load::Diagnostic;
use crate::source::Place;
use crate::yaml::{NodeId, Tree};

/// Texts longer than this are not shown.
const LONGEST_SHOWN: usize = 40;

/// Says what is wrong with a value.
pub(super) fn diagnostic(tree: &Tree, subject: &Subject, fault: Fault<'_>) -> Diagnostic {
    match fault {
        Fault::Mismatch(definition) => mismatch(tree, subject, definition),
        Fault::Missing(property) => missing(tree, subject, property),
        Fault::Twice => twice(tree, subject),
        Fault::Misnamed(key, names) => misnamed(tree, subject, key, names),
    }
}

fn mismatch(tree: &Tree, subject: &Subject, definition: &Definition) -> Diagnostic {
    let expected = &definition.description;
    let message =
        format!("{} must be {expected}, found {}", subject.name, found(tree, subject.value, definition));
    let help = help(kind_of(tree, subject.value), definition).map(str::to_owned);
    diagnosed(message, help, subject::place(tree, subject.key, subject.value))
}

fn missing(tree: &Tree, subject: &Subject, property: &str) -> Diagnostic {
    let place = subject.key.map_or_else(|| subject::place(tree, None, subject.value), |key| tree.place(key));
    diagnosed(format!("{} needs `{property}`", subject.name), None, place)
}

fn twice(tree: &Tree, subject: &Subject) -> Diagnostic {
    let item = repeated(tree, subject.value).unwrap_or(subject.value);
    let help = Some("remove one of them".to_owned());
    diagnosed(format!("{} must not list an item twice", subject.name), help, tree.place(item))
}

fn misnamed(tree: &Tree, subject: &Subject, key: NodeId, names: &Definition) -> Diagnostic {
    let (expected, name) = (&names.description, tree.text(key).unwrap_or_default());
    let message = format!("a name in {} must be {expected}, found `{name}`", subject.name);
    diagnosed(message, None, tree.place(key))
}

fn diagnosed(message: String, help: Option<String>, place: Place) -> Diagnostic {
    Diagnostic { message, help, place: Some(place), note: None }
}

fn found(tree: &Tree, value: NodeId, definition: &Definition) -> String {
    let text = definition.pattern.as_ref().and_then(|_| tree.text(value)).filter(|text| is_shown(text));
    text.map_or_else(|| kind(kind_of(tree, value)).to_owned(), |text| format!("`{text}`"))
}

fn is_shown(text: &str) -> bool {
    !text.is_empty() && text.chars().count() <= LONGEST_SHOWN && !text.contains(char::is_control)
}

fn kind(found: Type) -> &'static str {
    match found {
        Type::Null => "nothing",
        Type::Boolean => "a boolean",
        Type::Integer | Type::Number => "a number",
        Type::String => "a string",
        Type::Array => "a list",
        Type::Object => "a mapping",
    }
}

fn help(found: Type, definition: &Definition) -> Option<&'static str> {
    let takes = |kind| definition.takes(kind);
    match found {
        Type::Number | Type::Integer if takes(Type::String) && !takes(Type::Number) => {
            Some("put it in quotes")
        }
        Type::Boolean if takes(Type::String) => Some("put it in quotes"),
        Type::String if takes(Type::Array) && !takes(Type::String) => {
            Some("write it as a list, each item after a `- `")
        }
        Type::Object if takes(Type::String) => {
            Some("a `: ` in a text makes it a mapping: put the text in quotes, or write `=`")
        }
        Type::Null => Some("give it a value or remove the key"),
        _ => None,
    }
}
