//! The policy as it holds: every value, and the line that sets it.
//!
//! For people; the words are those of the policy itself, so that a line can be copied into it.

use std::fmt::Write as _;

use super::vocabulary::{Key, TOP, Takes, VALUES};
use super::{Given, Policy, Scope, SettingKey, Standing, Value};
use crate::source::Place;

/// The values that hold for every service, those of single services, and what is left as it is. `services` are their names
/// by index; `at` tells a place as people read it.
#[must_use]
pub fn show(policy: &Policy, services: &[&str], at: &dyn Fn(Place) -> String) -> String {
    let mut rows: Vec<[String; 3]> = Vec::new();
    let general = policy.general();
    let set =
        |key: SettingKey| general.iter().find(|(known, _)| *known == key).map(|(_, given)| given.clone());
    for key in all_keys() {
        rows.push(match set(key) {
            Some(given) => row("", key, &given, at),
            None => [name(key), built_in(key).to_owned(), "built in".to_owned()],
        });
    }
    let known = all_keys();
    let others = general.iter().filter(|(key, _)| !known.contains(key));
    rows.extend(others.map(|(key, given)| row("", key, given, at)));
    for (index, service) in services.iter().enumerate() {
        let settings = policy.of_service(index, service);
        let own = settings.iter().filter(|(key, given)| {
            given.scope == Scope::Service || set(*key).is_none_or(|general| general.place != given.place)
        });
        rows.extend(own.map(|(key, given)| row(&format!("services.{service}."), key, given, at)));
    }
    for layer in &policy.layers {
        for entry in &layer.images {
            let facts = entry.facts.names().join(", ");
            rows.push([format!("images.{}", entry.pattern), facts, at(entry.place)]);
        }
    }
    table(&rows) + &waivers(policy, at)
}

fn row(prefix: &str, key: SettingKey, given: &Given<Value>, at: &dyn Fn(Place) -> String) -> [String; 3] {
    [format!("{prefix}{}", name(key)), given.value.to_string(), at(given.place)]
}

fn name((pass, name): SettingKey) -> String {
    pass.map_or_else(|| name.to_owned(), |pass| format!("passes.{pass}.{name}"))
}

/// The keys that always have a value.
fn all_keys() -> Vec<SettingKey> {
    let single = |key: &&Key| matches!(key.takes, Takes::Level | Takes::FailOn);
    let top = TOP.iter().filter(single).map(|key| (None, key.name));
    let passes = VALUES.iter().flat_map(|(pass, keys)| keys.iter().map(|key| (Some(*pass), key.name)));
    top.chain(passes).collect()
}

fn built_in((pass, name): SettingKey) -> &'static str {
    match (pass, name) {
        (None, "level") => "standard",
        (None, "fail_on") => "none",
        (Some("cpus"), _) => "1.0",
        (Some("user"), _) => "1000:1000",
        (Some("read_only"), _) => "[/tmp, /run]",
        (Some("logging"), "driver") => "json-file",
        (Some("logging"), "max_size") => "10m",
        (Some("logging"), "max_file") => "3",
        _ => "by image",
    }
}

fn waivers(policy: &Policy, at: &dyn Fn(Place) -> String) -> String {
    let mut text = String::new();
    for waiver in policy.layers.iter().flat_map(|layer| &layer.waivers) {
        let until = waiver.until.map(|day| day.to_string());
        let when = match (waiver.standing(policy.today), until) {
            (Standing::Expired, Some(day)) => format!("ran out on {day}"),
            (_, Some(day)) => format!("until {day}"),
            (_, None) => "for ever".to_owned(),
        };
        let place = at(waiver.place);
        let _ =
            writeln!(text, "  {} of {}, {when}: {}  ({place})", waiver.pass, waiver.service, waiver.reason);
    }
    if text.is_empty() { text } else { format!("\nwaived\n{text}") }
}

fn table(rows: &[[String; 3]]) -> String {
    let width =
        |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max();
    let (first, second) = (width(0).unwrap_or(0), width(1).unwrap_or(0));
    let mut text = String::new();
    for [key, value, origin] in rows {
        let _ = writeln!(text, "{key:first$}  {value:second$}  {origin}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{all_keys, built_in};

    #[test]
    fn what_is_built_in_is_what_the_passes_say() {
        for (key, source) in [
            ((Some("cpus"), "default"), include_str!("../passes/cpus.rs")),
            ((Some("logging"), "max_size"), include_str!("../passes/logging.rs")),
            ((Some("logging"), "driver"), include_str!("../passes/logging.rs")),
        ] {
            assert!(all_keys().contains(&key));
            assert!(source.contains(built_in(key)), "{key:?}");
        }
    }
}
