//! What the user says of an image of their own: the facts of a catalogue entry, each known by the line that says it.
//!
//! Only notation and how such facts are laid over those that are known already; who said what of which image is for
//! others to find.

use std::borrow::Cow;
use std::sync::Arc;

use serde_yaml::Value;

use super::catalogue::Section;
use super::{Basis, Facts, Reference, Role, UserSpec};
use crate::compose::{Bytes, Scalar as _};
use crate::source::Place;

/// The facts that can be said of an image, and what each must be.
pub const FACTS: [(&str, &str); 26] = [
    ("caps_root", CAPABILITIES),
    ("caps_user", CAPABILITIES),
    ("content", PATHS),
    ("data", PATHS),
    ("data_env", "the name of a variable"),
    ("default_user", "`root`, or `uid:gid` in quotes"),
    ("entrypoint", "the name of a program"),
    ("file_env", FLAG),
    ("healthcheck", "a shell command"),
    ("init", "`helps`, `harmless`, or `own: NAME`"),
    ("memory", Bytes::EXPECTED),
    ("memory_floor", Bytes::EXPECTED),
    ("needs_privileged", "a clause that says why"),
    ("no_new_privileges", FLAG),
    ("pids_floor", COUNT),
    ("ports", "a list of ports"),
    ("read_only", FLAG),
    ("role", "`datastore`, `web`, `admin`, `app` or `base`"),
    ("root_only", "a clause that says why"),
    ("root_reads", "a list of `keys` and `secrets`"),
    ("servers", "a list of program names"),
    ("step_down", "the name of a program"),
    ("tmpfs", "a list of absolute paths, or of `path`, `size` and `exec`"),
    ("user", "`uid:gid` in quotes"),
    ("user_name", "the name of a user"),
    ("volumes", PATHS),
];

const CAPABILITIES: &str = "a list of capabilities such as CHOWN";
const PATHS: &str = "a list of absolute paths";
const FLAG: &str = "true or false";
const COUNT: &str = "a whole number";

/// What a fact cites besides its line.
const SOURCE: Cow<'static, str> = Cow::Borrowed("the policy says so");

/// Facts of one image as the user gives them.
#[derive(Clone, Debug, Default)]
pub struct OwnFacts {
    facts: Vec<(Section, Place)>,
    role: Option<Role>,
    ports: Option<Vec<u16>>,
    /// A list of what it writes, and no word on whether the rest may be read-only: it may.
    writes: Option<Place>,
}

/// Why a fact is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// There is no such fact.
    Unknown,
    /// It must be this.
    Expected(&'static str),
}

impl OwnFacts {
    /// Takes a fact.
    ///
    /// # Errors
    /// When there is no such fact, or the value does not have its shape.
    pub fn add(&mut self, name: &str, value: Value, place: Place) -> Result<(), Refused> {
        let (_, expected) = FACTS.iter().find(|(fact, _)| *fact == name).ok_or(Refused::Unknown)?;
        let expected = Refused::Expected(expected);
        if !is_plausible(name, &value) {
            return Err(expected);
        }
        match name {
            "role" => self.role = Some(serde_yaml::from_value(value).map_err(|_| expected)?),
            "ports" => self.ports = Some(serde_yaml::from_value(value).map_err(|_| expected)?),
            _ => {
                let section = Section::one(name, value).ok_or(Refused::Unknown)?.map_err(|_| expected)?;
                self.facts.push((section, place));
            }
        }
        if name == "tmpfs" {
            self.writes = Some(place);
        }
        Ok(())
    }

    /// What is said, by name.
    #[must_use]
    pub fn names(&self) -> Vec<&'static str> {
        let mut names: Vec<&'static str> =
            self.facts.iter().flat_map(|(section, _)| section.words()).collect();
        names.extend(self.role.map(|_| "role"));
        names.extend(self.ports.as_ref().map(|_| "ports"));
        names
    }

    /// Whether nothing is said.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.facts.is_empty() && self.role.is_none() && self.ports.is_none()
    }

    /// These facts, and others laid over them.
    #[must_use]
    pub fn then(mut self, over: Self) -> Self {
        self.facts.extend(over.facts);
        let writes = over.writes.or(self.writes);
        Self { facts: self.facts, role: over.role.or(self.role), ports: over.ports.or(self.ports), writes }
    }

    /// Lays the facts over those that are known.
    fn apply(&self, facts: &mut Facts) {
        if let Some(place) = self.writes
            && let Some(Ok(section)) = Section::one("read_only", Value::Bool(true))
        {
            section.apply(facts, Basis::Policy(place), &SOURCE);
        }
        for (section, place) in &self.facts {
            section.apply(facts, Basis::Policy(*place), &SOURCE);
        }
        facts.role = self.role.unwrap_or(facts.role);
        facts.ports = self.ports.clone().unwrap_or_else(|| std::mem::take(&mut facts.ports));
    }
}

/// What the shape alone does not rule out: relative paths, sizes that are none, words for capabilities.
fn is_plausible(name: &str, value: &Value) -> bool {
    let all = |test: &dyn Fn(&Value) -> bool| value.as_sequence().is_none_or(|items| items.iter().all(test));
    let absolute = |value: &Value| value.as_str().is_none_or(|path| path.starts_with('/'));
    let size = |value: &Value| value.as_str().and_then(Bytes::parse).is_some_and(|size| size.0 > 0);
    match name {
        "caps_root" | "caps_user" => all(&|item| item.as_str().is_some_and(is_capability)),
        "data" | "content" | "volumes" => all(&absolute),
        "tmpfs" => {
            all(&|item| absolute(item.get("path").unwrap_or(item)) && item.get("size").is_none_or(size))
        }
        "memory" | "memory_floor" => value.get("value").map_or_else(|| size(value), size),
        _ => true,
    }
}

fn is_capability(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_ascii_uppercase() || c == '_')
}

/// Everything that the user says of one service's image.
#[derive(Clone, Debug, Default)]
pub struct Said<'a> {
    /// Facts, each laid over those before it.
    pub facts: Vec<&'a OwnFacts>,
    /// The user that this very service is to run as.
    pub user: Option<UserSpec>,
    /// Whether this is all there is: the catalogue is not asked.
    pub alone: bool,
}

impl Said<'_> {
    /// The facts with these laid over them.
    pub(super) fn added(&self, mut facts: Facts) -> Facts {
        self.facts.iter().for_each(|own| own.apply(&mut facts));
        facts
    }

    /// The same for facts that services share, or that there are none of yet.
    pub(super) fn added_to_known(
        &self,
        known: Option<Arc<Facts>>,
        image: Option<&Reference>,
    ) -> Option<Arc<Facts>> {
        if self.facts.is_empty() {
            return known;
        }
        let new = || Facts {
            name: image.map(|image| Cow::Owned(image.name())).unwrap_or_default(),
            ..Facts::default()
        };
        let facts = known.map_or_else(new, |known| Facts::clone(&known));
        Some(Arc::new(self.added(facts)))
    }
}

#[cfg(test)]
mod tests {
    use super::{FACTS, OwnFacts, Refused, Said};
    use crate::image::catalogue::Section;
    use crate::image::{Basis, Facts, UserSpec};
    use crate::source::Place;
    use serde_yaml::Value;

    fn value(text: &str) -> Value {
        serde_yaml::from_str(text).unwrap()
    }

    #[test]
    fn every_fact_of_the_catalogue_can_be_said() {
        let schema: serde_json::Value =
            serde_json::from_str(include_str!("../../schemas/catalogue.schema.json")).unwrap();
        for name in schema["$defs"]["section"]["properties"].as_object().unwrap().keys() {
            assert!(name == "extra" || FACTS.iter().any(|(fact, _)| fact == name), "{name}");
        }
        for (name, _) in FACTS {
            let known = Section::one(name, Value::Null).is_some();
            assert!(known || name == "role" || name == "ports", "{name}");
        }
        assert!(FACTS.is_sorted());
    }

    #[test]
    fn what_is_no_fact_is_refused_with_what_it_must_be() {
        let cases = [
            ("user", "app", "`uid:gid` in quotes"),
            ("user", "'1001'", "`uid:gid` in quotes"),
            ("tmpfs", "[cache]", "a list of absolute paths, or of `path`, `size` and `exec`"),
            (
                "tmpfs",
                "[{path: /x, size: much}]",
                "a list of absolute paths, or of `path`, `size` and `exec`",
            ),
            ("memory", "lots", "a size such as 512m"),
            ("read_only", "[1]", "true or false"),
            ("caps_root", "[chown]", "a list of capabilities such as CHOWN"),
            ("role", "thing", "`datastore`, `web`, `admin`, `app` or `base`"),
        ];
        for (name, text, expected) in cases {
            let refused = OwnFacts::default().add(name, value(text), Place::default());
            assert_eq!(refused, Err(Refused::Expected(expected)), "{name}: {text}");
        }
        let refused = OwnFacts::default().add("users", value("x"), Place::default());
        assert_eq!(refused, Err(Refused::Unknown));
    }

    #[test]
    fn a_list_of_what_it_writes_says_that_the_rest_is_read_only() {
        let place = Place { span: crate::source::Span::new(3, 9), ..Place::default() };
        let mut own = OwnFacts::default();
        own.add("user", value("'1001:1001'"), place).unwrap();
        own.add("tmpfs", value("[/app/cache]"), place).unwrap();
        let facts = Said { facts: vec![&own], ..Said::default() }.added(Facts::default());
        assert_eq!(facts.user.unwrap().value, UserSpec { uid: 1001, gid: 1001 });
        let read_only = facts.read_only.unwrap();
        assert!(read_only.value && read_only.basis == Basis::Policy(place));
        own.add("read_only", value("false"), place).unwrap();
        let facts = Said { facts: vec![&own], ..Said::default() }.added(Facts::default());
        assert!(!facts.read_only.unwrap().value);
    }
}
