//! Single values of a policy, read from their text; and facts, as the catalogue's reader takes them.
//!
//! Only notation: where a value is allowed, and what it is for, is said elsewhere.

use jiff::civil::Date;
use serde_yaml::{Mapping, Value as Yaml};

use crate::compose::{Bytes, Scalar as _};
use crate::image::UserSpec;
use crate::plan::{Level, Severity};
use crate::policy::Value;
use crate::policy::vocabulary::Takes;
use crate::yaml::{Kind, NodeId, Quoting, Tree};

/// Memory below this is refused by the engine.
const LEAST_MEMORY: Bytes = Bytes::mib(6);

/// Reads a value; `None` when it is not what the key takes.
pub(super) fn value(takes: Takes, text: &str) -> Option<Value> {
    let text = text.trim();
    Some(match takes {
        Takes::Flag => Value::Flag(text.parse().ok()?),
        Takes::Level => Value::Level(level(text)?),
        Takes::Severity => Value::Severity(severity(text)?),
        Takes::FailOn if text == "none" => Value::FailOn(None),
        Takes::FailOn => Value::FailOn(Some(severity(text)?)),
        Takes::Size => Value::Size(Bytes::parse(text).filter(|size| *size >= LEAST_MEMORY)?),
        Takes::Cpus => Value::Cpus(text.parse().ok().filter(|cpus: &f64| *cpus > 0.0 && cpus.is_finite())?),
        Takes::Count => Value::Count(text.parse().ok().filter(|count| *count > 0)?),
        Takes::User => Value::User(user(text)?),
        Takes::LogSize => Value::Word(log_size(text)?.to_owned()),
        Takes::LogDriver => Value::Word(takes.words().iter().find(|word| **word == text)?.to_string()),
        Takes::Text if !text.is_empty() => Value::Word(text.to_owned()),
        _ => return None,
    })
}

fn level(text: &str) -> Option<Level> {
    [Level::Safe, Level::Standard, Level::Strict].into_iter().find(|level| level.as_str() == text)
}

fn severity(text: &str) -> Option<Severity> {
    [Severity::Low, Severity::Medium, Severity::High].into_iter().find(|severity| severity.as_str() == text)
}

/// With its group: without one it is root's.
fn user(text: &str) -> Option<UserSpec> {
    UserSpec::parse(text).filter(|_| text.contains(':'))
}

fn log_size(text: &str) -> Option<&str> {
    let number = text.strip_suffix(['k', 'm', 'g'])?;
    (number.parse::<u32>().ok()? > 0).then_some(text)
}

/// A path, with the options of a `tmpfs` after a colon.
pub(super) fn is_path(text: &str) -> bool {
    text.starts_with('/') && !text.contains(char::is_whitespace)
}

/// A day of the calendar.
pub(super) fn day(text: &str) -> Option<Date> {
    let is_written_out = text.len() == 10 && text.chars().all(|c| c.is_ascii_digit() || c == '-');
    is_written_out.then(|| text.parse().ok()).flatten()
}

/// A node as a value without places: plain scalars have their YAML type.
pub(super) fn plain(tree: &Tree, node: NodeId) -> Yaml {
    let node = tree.resolve(node);
    match &tree.node(node).kind {
        Kind::Mapping { entries, .. } => {
            let entries = entries.iter().map(|entry| (plain(tree, entry.key), plain(tree, entry.value)));
            Yaml::Mapping(entries.collect::<Mapping>())
        }
        Kind::Sequence { items, .. } => items.iter().map(|item| plain(tree, item.node)).collect(),
        Kind::Scalar { style: Quoting::Plain, .. } => {
            let text = tree.text(node).unwrap_or_default();
            match serde_yaml::from_str(text) {
                Ok(value @ (Yaml::Bool(_) | Yaml::Number(_) | Yaml::Null)) => value,
                _ => Yaml::String(text.to_owned()),
            }
        }
        _ => Yaml::String(tree.text(node).unwrap_or_default().to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::{day, value};
    use crate::policy::vocabulary::Takes;

    #[test]
    fn values_and_what_is_none() {
        let cases = [
            (Takes::Size, "512m", Some("512m")),
            (Takes::Size, "1gb", Some("1g")),
            (Takes::Size, "4m", None),
            (Takes::Size, "-1", None),
            (Takes::Cpus, "1.5", Some("1.5")),
            (Takes::Cpus, "0", None),
            (Takes::Cpus, "inf", None),
            (Takes::Count, "200", Some("200")),
            (Takes::Count, "0", None),
            (Takes::Count, "2.5", None),
            (Takes::User, "1001:1001", Some("1001:1001")),
            (Takes::User, "1001", None),
            (Takes::User, "app:app", None),
            (Takes::LogSize, "10m", Some("10m")),
            (Takes::LogSize, "10mb", None),
            (Takes::LogSize, "0m", None),
            (Takes::LogDriver, "local", Some("local")),
            (Takes::LogDriver, "syslog", None),
            (Takes::FailOn, "none", Some("none")),
            (Takes::Severity, "none", None),
            (Takes::Flag, "false", Some("false")),
            (Takes::Level, "strictly", None),
        ];
        for (takes, text, expected) in cases {
            let read = value(takes, text).map(|value| value.to_string());
            assert_eq!(read.as_deref(), expected, "{takes:?} {text}");
        }
    }

    #[test]
    fn days_are_real() {
        assert!(day("2027-03-01").is_some() && day("2028-02-29").is_some());
        for text in ["2027-02-29", "2027-3-1", "2027-13-01", "01.03.2027", "2027-03-01T00:00", "soon", ""] {
            assert_eq!(day(text), None, "{text}");
        }
    }
}
