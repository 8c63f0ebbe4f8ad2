//! Facts of one basis as a catalogue file gives them.
//!
//! A fact is its value, or `{ value, source }` where it is from somewhere else than the rest of the file.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::{DeserializeOwned, Deserializer, Error as _};
use serde_yaml::Value;

use super::entry::Kept;
use super::forms::StartUser;
use crate::compose::Bytes;
use crate::image::{Basis, Fact, Facts, Healthcheck, Init, Listed, RootReads, Tmpfs, UserSpec};

/// A value, or a value with its own source.
#[derive(Clone, Debug)]
struct Given<T> {
    value: T,
    source: Option<&'static str>,
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Given<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Long<T> {
            value: T,
            source: String,
        }
        let value = Value::deserialize(deserializer)?;
        if value.get("value").is_some() {
            let long: Long<T> = serde_yaml::from_value(value).map_err(D::Error::custom)?;
            return Ok(Self { value: long.value, source: Some(long.source.leak()) });
        }
        let value = serde_yaml::from_value(value).map_err(D::Error::custom)?;
        Ok(Self { value, source: None })
    }
}

/// Makes the places that must know every fact from one list: the section of a file, the names, how a section is applied,
/// how a fact is forgotten, and the list of all facts.
macro_rules! facts {
    ($($name:ident: $written:ty,)+) => {
        /// Facts that were come by in the same way.
        #[derive(Clone, Debug, Default, Deserialize)]
        #[serde(default, deny_unknown_fields)]
        pub(crate) struct Section {
            $($name: Option<Given<$written>>,)+
            extra: BTreeMap<String, Given<String>>,
        }

        /// The name of a fact.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
        #[serde(rename_all = "snake_case")]
        #[expect(non_camel_case_types, reason = "the names are those of the facts")]
        pub(crate) enum FactName {
            $($name,)+
        }

        impl Section {
            /// Puts the facts of this section in the place of those that are there.
            pub(crate) fn apply(&self, facts: &mut Facts, basis: Basis, source: &Kept) {
                $(if let Some(given) = &self.$name {
                    facts.$name = Some(given.fact(basis, source));
                })+
                for (name, given) in &self.extra {
                    facts.extra.insert(name.clone(), given.fact(basis, source));
                }
            }

            /// Reads one fact; `None` for a name that is none.
            ///
            /// # Errors
            /// When the value does not have the shape of the fact.
            pub(crate) fn one(name: &str, value: Value) -> Option<Result<Self, serde_yaml::Error>> {
                Some(match name {
                    $(stringify!($name) => serde_yaml::from_value(value)
                        .map(|given| Self { $name: Some(given), ..Self::default() }),)+
                    _ => return None,
                })
            }

            /// The facts that it gives.
            pub(super) fn names(&self) -> Vec<FactName> {
                let mut names = Vec::new();
                $(if self.$name.is_some() {
                    names.push(FactName::$name);
                })+
                names
            }

            /// The names of the facts that it gives.
            pub(crate) fn words(&self) -> Vec<&'static str> {
                self.names().into_iter().map(FactName::word).collect()
            }

            /// The sources that single facts have.
            pub(super) fn sources(&self) -> Vec<&str> {
                let mut sources: Vec<&str> = self.extra.values().filter_map(|given| given.source).collect();
                $(sources.extend(self.$name.as_ref().and_then(|given| given.source));)+
                sources
            }
        }

        impl Facts {
            /// Every fact that is known, in the order in which they are documented, the extra ones last.
            #[must_use]
            pub fn list(&self) -> Vec<Listed<'_>> {
                let mut list = Vec::new();
                $(list.extend(self.$name.as_ref().map(|fact| Listed::new(stringify!($name), fact)));)+
                list.extend(self.extra.iter().map(|(name, fact)| Listed::new(name, fact)));
                list
            }
        }

        impl FactName {
            /// Takes the fact away.
            pub(super) fn forget(self, facts: &mut Facts) {
                match self {
                    $(Self::$name => facts.$name = None,)+
                }
            }

            /// The name in a catalogue file.
            pub(super) fn word(self) -> &'static str {
                match self {
                    $(Self::$name => stringify!($name),)+
                }
            }
        }
    };
}

facts! {
    default_user: StartUser,
    user: UserSpec,
    user_name: String,
    root_only: String,
    needs_privileged: String,
    step_down: String,
    entrypoint: String,
    servers: Vec<String>,
    root_reads: Vec<RootReads>,
    data: Vec<String>,
    volumes: Vec<String>,
    data_env: String,
    content: Vec<String>,
    read_only: bool,
    tmpfs: Vec<Tmpfs>,
    caps_root: Vec<String>,
    caps_user: Vec<String>,
    no_new_privileges: bool,
    init: Init,
    healthcheck: Healthcheck,
    file_env: bool,
    memory: Bytes,
    memory_floor: Bytes,
    pids_floor: u32,
}

impl<T: Clone> Given<T> {
    fn fact<F: From<T>>(&self, basis: Basis, source: &Kept) -> Fact<F> {
        let source = self.source.map_or_else(|| source.clone(), Cow::Borrowed);
        Fact { value: self.value.clone().into(), basis, source }
    }
}
