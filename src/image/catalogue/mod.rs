//! The catalogue: one small YAML file an image family, in the program itself, read only when an image is asked for.
//!
//! Finds an entry by the name a [`Reference`] has, never by less of it. Knows no service.

mod entry;
mod forms;
mod index;
mod section;

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, OnceLock, PoisonError};

use entry::Choice;
pub use entry::{Entry, EntryError};
pub(crate) use forms::fits;
pub use index::FILES;

use super::{Facts, Reference};

/// An entry once it was asked for, and the facts of those of its variants that were asked for.
struct Slot {
    entry: Entry,
    resolved: Mutex<Vec<(Choice, Arc<Facts>)>>,
}

/// One slot a file, empty until it is asked for; `None` in it for a file that cannot be read, which a test rules out.
static SLOTS: LazyLock<Vec<OnceLock<Option<Slot>>>> =
    LazyLock::new(|| FILES.iter().map(|_| OnceLock::new()).collect());

/// The names without a `*`, and which file has them.
static NAMES: LazyLock<HashMap<&'static str, usize>> = LazyLock::new(|| {
    let names =
        FILES.iter().enumerate().flat_map(|(at, (names, _))| names.iter().map(move |name| (*name, at)));
    names.filter(|(name, _)| !name.ends_with('*')).collect()
});

/// The facts of an image; `None` when the catalogue does not have it.
#[must_use]
pub fn facts(reference: &Reference) -> Option<Arc<Facts>> {
    let at = position(&reference.name())?;
    let slot = SLOTS.get(at)?.get_or_init(|| read(at)).as_ref()?;
    let choice = slot.entry.choice(reference);
    let mut resolved = slot.resolved.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, facts)) = resolved.iter().find(|(known, _)| *known == choice) {
        return Some(Arc::clone(facts));
    }
    let facts = Arc::new(slot.entry.facts_of(choice));
    resolved.push((choice, Arc::clone(&facts)));
    Some(facts)
}

/// Which file has a name; the longest pattern wins when no file has the name itself.
fn position(name: &str) -> Option<usize> {
    NAMES.get(name).copied().or_else(|| {
        let patterns = FILES.iter().enumerate().flat_map(|(at, (names, _))| {
            names.iter().filter_map(move |pattern| Some((pattern.strip_suffix('*')?, at)))
        });
        let fitting = patterns.filter(|(prefix, _)| name.starts_with(prefix));
        fitting.max_by_key(|(prefix, _)| prefix.len()).map(|(_, at)| at)
    })
}

fn read(at: usize) -> Option<Slot> {
    let (_, text) = FILES.get(at)?;
    Some(Slot { entry: Entry::read(text).ok()?, resolved: Mutex::default() })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::facts;
    use crate::image::{Facts, Reference};

    fn of(text: &str) -> Option<Arc<Facts>> {
        facts(&Reference::parse(text).unwrap())
    }

    fn user(text: &str) -> String {
        of(text).unwrap().user.as_ref().map_or_else(|| "unknown".to_owned(), |fact| fact.value.to_string())
    }

    #[test]
    fn a_tag_chooses_the_variant() {
        assert_eq!(user("postgres:16"), "999:999");
        assert_eq!(user("postgres:16-alpine"), "70:70");
        assert_eq!(user("postgres:alpine"), "70:70");
        assert_eq!(user("redis:7-alpine3.20"), "999:1000");
        assert_eq!(user("postgres:${V}"), "unknown");
        assert_eq!(user("postgres@sha256:abc"), "unknown");
        assert_eq!(user("postgres:${V:-16}-alpine"), "70:70");
    }

    #[test]
    fn a_version_chooses_the_variant() {
        let data = |text| of(text).unwrap().data.as_ref().map(|fact| fact.value.clone());
        assert_eq!(data("postgres:17.2"), Some(vec!["/var/lib/postgresql/data".to_owned()]));
        for text in ["postgres:18", "postgres:18-alpine", "postgres", "postgres:latest", "postgres:bookworm"]
        {
            assert_eq!(data(text), Some(vec!["/var/lib/postgresql".to_owned()]), "{text}");
        }
    }

    #[test]
    fn only_the_image_itself_is_known() {
        for text in
            ["acme/postgres", "ghcr.io/acme/postgres", "postgres-backup", "post", "localhost:5000/postgres"]
        {
            assert!(of(text).is_none(), "{text}");
        }
    }

    #[test]
    fn services_of_one_image_share_its_facts() {
        assert!(Arc::ptr_eq(&of("postgres:16").unwrap(), &of("library/postgres:15").unwrap()));
    }
}
