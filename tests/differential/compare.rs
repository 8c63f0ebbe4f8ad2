//! Compares one project field by field.

use std::collections::BTreeMap;
use std::path::PathBuf;

use harden::compose::Secret;
use harden::load::{self, Loaded};
use serde_json::Value;

use crate::{compose, ours, theirs};

/// The fields of one service, or of one volume, by name; what is absent and what is empty is the same.
pub type Fields = BTreeMap<&'static str, Value>;

/// How far one project agrees.
#[derive(Default)]
pub struct Outcome {
    /// How many services it has.
    pub services: usize,
    /// How many of them agree in every field.
    pub equal: usize,
    /// By field: in how many services it is equal, and in how many it is set.
    pub fields: BTreeMap<&'static str, (usize, usize)>,
    /// What differs, a line each.
    pub misses: Vec<String>,
}

/// Reads the project as harden does.
pub fn load(paths: &[PathBuf]) -> Result<Loaded, String> {
    let shell = compose::shell().map(|(name, value)| (name.to_owned(), Secret::new(value)));
    let options =
        load::Options { shell: shell.into_iter().collect(), read_outside: true, ..load::Options::default() };
    load::files(paths, &options, &load::Texts::new()).map_err(|error| match error {
        load::Error::Invalid { diagnostics, .. } => {
            let messages = diagnostics.into_iter().map(|diagnostic| diagnostic.message);
            format!("harden refuses it: {}", messages.collect::<Vec<_>>().join("; "))
        }
        error @ load::Error::Read { .. } => format!("harden refuses it: {error}"),
    })
}

/// Compares what the files mean to harden with what Compose says.
pub fn compare(paths: &[PathBuf], theirs: &Value) -> Result<Outcome, String> {
    let loaded = load(paths)?;
    let mut outcome = Outcome::default();
    outcome.names(
        "services",
        &names(&theirs["services"]),
        loaded.project.services.iter().map(|service| &*service.name),
    );
    for service in &loaded.project.services {
        let Some(other) = theirs["services"].get(&service.name) else { continue };
        outcome.services += 1;
        let same = outcome.fields(&service.name, &ours::service(&loaded, service), &theirs::service(other));
        outcome.equal += usize::from(same);
    }
    // Compose leaves out the volumes that no service uses
    for volume in &loaded.project.volumes {
        let Some(other) = theirs["volumes"].get(&volume.name) else { continue };
        let path = format!("volumes.{}", volume.name);
        outcome.fields(&path, &ours::volume(volume), &theirs::volume(other));
    }
    let known = |name: &&str| loaded.project.volume(name).is_none();
    let unknown: Vec<&str> = names(&theirs["volumes"]).into_iter().filter(known).collect();
    outcome.misses.extend(unknown.iter().map(|name| format!("volumes: only Compose has `{name}`")));
    Ok(outcome)
}

fn names(mapping: &Value) -> Vec<&str> {
    mapping.as_object().into_iter().flatten().map(|(name, _)| name.as_str()).collect()
}

impl Outcome {
    fn names<'n>(&mut self, what: &str, theirs: &[&str], ours: impl Iterator<Item = &'n str>) {
        let ours: Vec<&str> = ours.collect();
        let only = |side: &[&str], other: &[&str], who: &str| -> Vec<String> {
            let missing = side.iter().filter(|name| !other.contains(name));
            missing.map(|name| format!("{what}: only {who} has `{name}`")).collect()
        };
        self.misses.extend(only(theirs, &ours, "Compose"));
        self.misses.extend(only(&ours, theirs, "harden"));
    }

    /// Whether all fields are equal.
    fn fields(&mut self, name: &str, ours: &Fields, theirs: &Fields) -> bool {
        let before = self.misses.len();
        for (field, value) in theirs {
            let own = &ours[field];
            if is_empty(own) && is_empty(value) {
                continue;
            }
            let count = self.fields.entry(field).or_default();
            count.1 += 1;
            match difference(&format!("{name}.{field}"), own, value) {
                None => count.0 += 1,
                miss => self.misses.extend(miss),
            }
        }
        before == self.misses.len()
    }
}

/// The first place in which the two differ, and how. Numbers may differ by what a short float cannot hold.
fn difference(at: &str, ours: &Value, theirs: &Value) -> Option<String> {
    match (ours, theirs) {
        (Value::Number(a), Value::Number(b)) if near(a.as_f64(), b.as_f64()) => None,
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            let mut items = a.iter().zip(b).enumerate();
            items.find_map(|(index, (a, b))| difference(&format!("{at}[{index}]"), a, b))
        }
        (Value::Array(a), Value::Array(b)) => {
            let only = |side: &[Value], other: &[Value]| {
                let is_there = |item: &Value| other.iter().any(|other| difference("", item, other).is_none());
                let missing: Vec<String> =
                    side.iter().filter(|item| !is_there(item)).map(ToString::to_string).collect();
                missing.join(", ")
            };
            let (a, b) = ((a.len(), only(a, b)), (b.len(), only(b, a)));
            Some(format!("{at}: only harden ({} items) {}; only Compose ({}) {}", a.0, a.1, b.0, b.1))
        }
        (Value::Object(a), Value::Object(b)) => {
            let of =
                |side: &serde_json::Map<String, Value>, key: &str| side.get(key).cloned().unwrap_or_default();
            let mut keys = a.keys().chain(b.keys());
            keys.find_map(|key| difference(&format!("{at}.{key}"), &of(a, key), &of(b, key)))
        }
        _ if ours == theirs || is_empty(ours) && is_empty(theirs) => None,
        _ => Some(format!("{at}: harden {ours}, Compose {theirs}")),
    }
}

fn near(a: Option<f64>, b: Option<f64>) -> bool {
    let (a, b) = (a.unwrap_or_default(), b.unwrap_or_default());
    (a - b).abs() <= 1e-6 * a.abs().max(1.0)
}

/// What Compose leaves out: nothing, and what says as much. `Some("")` of a variable is told apart by its shape.
fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(flag) => !flag,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.values().all(is_empty),
    }
}
