//! The parts of a plan in words, for every reporter that is read by people.

use crate::plan::{Change, Confidence, Evidence, Op, Skip, Value, Waived, Words};
use crate::report::location;
use crate::source::Source;

/// What a change writes: `mem_limit: 512m`.
pub(super) fn change(change: &Change) -> String {
    let path = change.path.join(".");
    match &change.op {
        Op::Set(value) => format!("{path}: {}", value_text(value)),
        Op::Append(items) => format!("{path}: add {}", list(items)),
        Op::ReplaceItem { index, value } => format!("{path}[{index}]: {}", value_text(value)),
        Op::Text(edit) => edit.words.to_string(),
    }
}

/// All changes of one decision.
pub(super) fn changes(all: &[Change]) -> String {
    all.iter().map(change).collect::<Vec<_>>().join(" · ")
}

fn value_text(value: &Value) -> String {
    match value {
        Value::Bool(flag) => flag.to_string(),
        Value::Number(text) | Value::Str(text) => text.to_string(),
        Value::List(items) if items.is_empty() => "[]".to_owned(),
        Value::List(items) => list(items),
        Value::Override(value) => value_text(value),
        Value::Map(entries) => {
            let entries = entries.iter().map(|(key, value)| match value {
                Value::Map(_) => value_text(value),
                _ => format!("{key} {}", value_text(value)),
            });
            entries.collect::<Vec<_>>().join(", ")
        }
    }
}

fn list(items: &[Value]) -> String {
    items.iter().map(value_text).collect::<Vec<_>>().join(", ")
}

/// What a change assumes, when it assumes anything.
pub(super) fn assumption(change: &Change) -> Option<&Words> {
    match &change.confidence {
        Confidence::Known(_) => None,
        Confidence::Likely(words) | Confidence::Guess(words) => Some(words),
    }
}

/// What a change rests on, in few words; assumptions and sources have sections of their own.
pub(super) fn grounds(change: &Change, sources: &[Source]) -> String {
    match &change.confidence {
        Confidence::Known(Evidence::Catalogue { .. }) => "known from the catalogue".to_owned(),
        Confidence::Known(found) => format!("known: {}", evidence(found, sources)),
        Confidence::Likely(_) => "likely".to_owned(),
        Confidence::Guess(_) => "a guess".to_owned(),
    }
}

/// The catalogue entry that a change rests on, with the sources of its fact.
pub(super) fn citation(change: &Change) -> Option<String> {
    match &change.confidence {
        Confidence::Known(Evidence::Catalogue { image, source }) => Some(format!("`{image}`: {source}")),
        _ => None,
    }
}

/// Where a fact is from.
pub(super) fn evidence(evidence: &Evidence, sources: &[Source]) -> String {
    match evidence {
        Evidence::AlwaysSafe(why) => why.to_string(),
        Evidence::Catalogue { image, source } => {
            let from = if source.starts_with("from ") { "" } else { "from " };
            format!("catalogue entry `{image}`, {from}{source}")
        }
        Evidence::File(place) => location(sources, *place),
        Evidence::Dockerfile { path, line } => format!("{path}:{line}"),
        Evidence::Proved { image, date } => format!("`{image}` was run with it on {date}"),
    }
}

/// Why a service was left alone; nothing where there was nothing to look at.
pub(super) fn skip(skip: &Skip) -> Option<String> {
    Some(match skip {
        Skip::SaidInFile(words) => format!("the file says {words}"),
        Skip::OwnInit(name) => format!("its own init is {name}"),
        Skip::Image(words) | Skip::BindMount(words) | Skip::Conflict(words) | Skip::LogDriver(words) => {
            words.to_string()
        }
        Skip::Proved(words) => format!("left out by evidence: {words}"),
        Skip::Waived(waived) => waiver(waived),
        Skip::SharedPid => "its process namespace is shared".to_owned(),
        Skip::Privileged => "`privileged: true` makes it void".to_owned(),
        Skip::Windows => "it runs Windows containers".to_owned(),
        Skip::Provider => "an external provider runs it, not a container".to_owned(),
        Skip::SwitchedOff(_) => "the policy switches it off".to_owned(),
        Skip::NotApplicable | Skip::NotSelected => return None,
    })
}

/// A person's word, as a person reads it.
pub(super) fn waiver(waived: &Waived) -> String {
    let until = waived.until.map(|day| format!(", until {day}")).unwrap_or_default();
    format!("waived{until}: {}", waived.reason)
}

/// `text` for one, `texts` for any other number.
pub(super) fn count(number: usize, one: &str, many: &str) -> String {
    if number == 1 { format!("1 {one}") } else { format!("{number} {many}") }
}

/// Text from a file, fit for a terminal: what would move the cursor, change colours or turn the text around is shown as
/// `?`, and no line begins as a command of GitHub does.
pub(super) fn clean(text: &str) -> String {
    let text: String = text.chars().map(|c| if is_steering(c) && c != '\n' { '?' } else { c }).collect();
    if text.contains("\n::") { text.replace("\n::", "\n ::") } else { text }
}

/// Whether a character shows nothing itself and changes how others are shown: a control character, a mark of direction,
/// a separator of lines.
pub(super) fn is_steering(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}
