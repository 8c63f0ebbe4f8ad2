//! Values that are set, each with the line that sets it: what one layer of a policy says, and how a near layer is laid
//! over a far one.
//!
//! Key by key: a near layer that sets one value leaves the others as they are.

use std::collections::BTreeMap;
use std::fmt;

use crate::compose::Bytes;
use crate::image::UserSpec;
use crate::plan::{Level, PassId, Severity};
use crate::source::Place;

/// A value as it was set.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Whether something is wanted.
    Flag(bool),
    /// How sure harden must be.
    Level(Level),
    /// How bad something is.
    Severity(Severity),
    /// From which severity on `--check` fails; `None` never does.
    FailOn(Option<Severity>),
    /// A size.
    Size(Bytes),
    /// A number of processors.
    Cpus(f64),
    /// A number of things.
    Count(u32),
    /// A user and group.
    User(UserSpec),
    /// Paths with their options.
    Paths(Vec<String>),
    /// A word of some vocabulary.
    Word(String),
    /// What succeeds when a service does its job.
    Probe(Probe),
}

/// What succeeds when a service does its job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Probe {
    /// A shell command.
    pub command: String,
    /// The image that it is run in, on the service's network; inside the service itself without one.
    pub image: Option<String>,
}

/// For whom a value was set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// For every service.
    Every,
    /// For single services, by name.
    Service,
}

/// A value, where it is set, and for whom.
#[derive(Clone, Debug, PartialEq)]
pub struct Given<T> {
    /// The value.
    pub value: T,
    /// The line that sets it.
    pub place: Place,
    /// For whom.
    pub scope: Scope,
}

/// The key of a value: a pass (none for the policy's own keys) and a name.
pub type SettingKey = (Option<PassId>, &'static str);

/// What is set.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Settings {
    values: BTreeMap<SettingKey, Given<Value>>,
}

impl Settings {
    /// No settings at all.
    #[must_use]
    pub fn none() -> &'static Self {
        static NONE: Settings = Settings { values: BTreeMap::new() };
        &NONE
    }

    /// Sets a value.
    pub fn set(&mut self, key: SettingKey, value: Given<Value>) {
        self.values.insert(key, value);
    }

    /// Takes from a farther layer what is not set here.
    pub fn over(&mut self, far: &Self) {
        for (key, value) in &far.values {
            self.values.entry(*key).or_insert_with(|| value.clone());
        }
    }

    /// Every value, in the order of their keys.
    pub fn iter(&self) -> impl Iterator<Item = (SettingKey, &Given<Value>)> {
        self.values.iter().map(|(key, value)| (*key, value))
    }

    /// How sure harden must be.
    #[must_use]
    pub fn level(&self) -> Option<Level> {
        self.read(None, "level", |value| if let Value::Level(level) = value { Some(*level) } else { None })
            .map(|level| level.value)
    }

    /// From which severity on `--check` fails; none never does.
    #[must_use]
    pub fn fail_on(&self) -> Option<Severity> {
        self.read(None, "fail_on", |value| if let Value::FailOn(from) = value { Some(*from) } else { None })
            .and_then(|from| from.value)
    }

    /// Where a pass is switched off, if it is.
    #[must_use]
    pub fn switched_off(&self, pass: PassId) -> Option<Place> {
        self.read(
            Some(pass),
            "enabled",
            |value| if let Value::Flag(flag) = value { Some(*flag) } else { None },
        )
        .filter(|enabled| !enabled.value)
        .map(|enabled| enabled.place)
    }

    /// How bad the findings of a pass are.
    #[must_use]
    pub fn severity(&self, pass: PassId) -> Option<Severity> {
        self.read(Some(pass), "severity", |value| {
            if let Value::Severity(severity) = value { Some(*severity) } else { None }
        })
        .map(|severity| severity.value)
    }

    /// What succeeds when the service does its job.
    #[must_use]
    pub fn probe(&self) -> Option<Probe> {
        self.read(
            None,
            "probe",
            |value| {
                if let Value::Probe(probe) = value { Some(probe.clone()) } else { None }
            },
        )
        .map(|probe| probe.value)
    }

    /// A size.
    #[must_use]
    pub fn size(&self, pass: PassId, name: &'static str) -> Option<Given<Bytes>> {
        self.read(Some(pass), name, |value| if let Value::Size(size) = value { Some(*size) } else { None })
    }

    /// A number of processors.
    #[must_use]
    pub fn cpus(&self, pass: PassId, name: &'static str) -> Option<Given<f64>> {
        self.read(Some(pass), name, |value| if let Value::Cpus(cpus) = value { Some(*cpus) } else { None })
    }

    /// A number of things.
    #[must_use]
    pub fn count(&self, pass: PassId, name: &'static str) -> Option<Given<u32>> {
        self.read(Some(pass), name, |value| if let Value::Count(count) = value { Some(*count) } else { None })
    }

    /// A user and group.
    #[must_use]
    pub fn user(&self, pass: PassId, name: &'static str) -> Option<Given<UserSpec>> {
        self.read(Some(pass), name, |value| if let Value::User(user) = value { Some(*user) } else { None })
    }

    /// Paths with their options.
    #[must_use]
    pub fn paths(&self, pass: PassId, name: &'static str) -> Option<Given<Vec<String>>> {
        self.read(
            Some(pass),
            name,
            |value| {
                if let Value::Paths(paths) = value { Some(paths.clone()) } else { None }
            },
        )
    }

    /// A word.
    #[must_use]
    pub fn word(&self, pass: PassId, name: &'static str) -> Option<Given<String>> {
        self.read(
            Some(pass),
            name,
            |value| {
                if let Value::Word(word) = value { Some(word.clone()) } else { None }
            },
        )
    }

    fn read<T>(
        &self,
        pass: Option<PassId>,
        name: &'static str,
        take: impl Fn(&Value) -> Option<T>,
    ) -> Option<Given<T>> {
        let given = self.values.get(&(pass, name))?;
        Some(Given { value: take(&given.value)?, place: given.place, scope: given.scope })
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(flag) => write!(f, "{flag}"),
            Self::Level(level) => f.write_str(level.as_str()),
            Self::Severity(severity) => f.write_str(severity.as_str()),
            Self::FailOn(from) => f.write_str(from.map_or("none", Severity::as_str)),
            Self::Size(size) => write!(f, "{size}"),
            Self::Cpus(cpus) => write!(f, "{cpus:?}"),
            Self::Count(count) => write!(f, "{count}"),
            Self::User(user) => write!(f, "{user}"),
            Self::Paths(paths) => write!(f, "[{}]", paths.join(", ")),
            Self::Word(word) => f.write_str(word),
            Self::Probe(Probe { command, image: None }) => f.write_str(command),
            Self::Probe(Probe { command, image: Some(image) }) => write!(f, "{command} (in `{image}`)"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Given, Scope, Settings, Value};
    use crate::source::Place;

    fn given(value: Value) -> Given<Value> {
        Given { value, place: Place::default(), scope: Scope::Every }
    }

    #[test]
    fn near_values_hide_far_ones_key_by_key() {
        let mut far = Settings::default();
        far.set((Some("logging"), "max_file"), given(Value::Count(5)));
        far.set((Some("logging"), "max_size"), given(Value::Word("20m".into())));
        far.set((Some("init"), "enabled"), given(Value::Flag(false)));
        let mut near = Settings::default();
        near.set((Some("logging"), "max_file"), given(Value::Count(2)));
        near.over(&far);
        assert_eq!(near.count("logging", "max_file").unwrap().value, 2);
        assert_eq!(near.word("logging", "max_size").unwrap().value, "20m");
        assert!(near.switched_off("init").is_some() && near.switched_off("cpus").is_none());
        assert_eq!(near.size("logging", "max_file"), None, "another type is no value");
    }
}
