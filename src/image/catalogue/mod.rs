//! The catalogue: one small YAML file an image family, in the program itself, read only when an image is asked for.
//!
//! Finds an entry by the name a [`Reference`] has, never by less of it; or by the name of a copy that somebody
//! published of the image, and then says so. Knows no service.

mod entry;
mod family;
mod forms;
mod index;
mod section;

use std::borrow::Cow;
use std::sync::{Arc, LazyLock, Mutex, OnceLock, PoisonError};

use entry::Choice;
pub use entry::{Entry, EntryError, Mirror};
pub use family::{Answer, Family, Holds, Variant, answer, families, near};
pub(crate) use forms::fits;
pub use index::{FILES, MIRRORS};
pub(crate) use section::Section;

use super::{Facts, Reference};

/// An entry once it was asked for, and the facts of those of its variants that were asked for.
struct Slot {
    entry: Entry,
    resolved: Mutex<Vec<(Choice, Arc<Facts>)>>,
}

/// The facts that answer for an image.
#[derive(Clone, Debug)]
pub struct Found {
    /// The facts.
    pub facts: Arc<Facts>,
    /// The image it is said to be a copy of, when it is not that image itself: nothing is sure then.
    pub copy_of: Option<Cow<'static, str>>,
}

/// One slot a file, empty until it is asked for; `None` in it for a file that cannot be read, which a test rules out.
static SLOTS: LazyLock<Vec<OnceLock<Option<Box<Slot>>>>> =
    LazyLock::new(|| FILES.iter().map(|_| OnceLock::new()).collect());

/// The names without a `*`, in the order of their letters, and which file has them.
static NAMES: LazyLock<Vec<(&'static str, usize)>> = LazyLock::new(|| {
    let mut known: Vec<_> = names().filter(|(name, _)| !name.ends_with('*')).collect();
    known.sort_unstable();
    known
});

/// What names begin with where an entry has them by a `*`, and which file that is.
static PREFIXES: LazyLock<Vec<(&'static str, usize)>> =
    LazyLock::new(|| names().filter_map(|(name, at)| Some((name.strip_suffix('*')?, at))).collect());

/// Every name and pattern, and which file has it.
fn names() -> impl Iterator<Item = (&'static str, usize)> {
    FILES.iter().enumerate().flat_map(|(at, (names, _))| names.iter().map(move |name| (*name, at)))
}

/// The facts of an image under its own names; `None` when the catalogue does not have it.
#[must_use]
pub fn facts(reference: &Reference) -> Option<Arc<Facts>> {
    slot(&reference.name()).map(|slot| slot.facts(reference))
}

/// The facts of an image, or of the image that it is said to be a copy of.
#[must_use]
pub fn find(reference: &Reference) -> Option<Found> {
    match facts(reference) {
        Some(facts) => Some(Found { facts, copy_of: None }),
        None => find_copied(reference),
    }
}

fn find_copied(reference: &Reference) -> Option<Found> {
    let name = reference.name();
    let entries = MIRRORS.iter().filter(|(mirror, _)| *mirror == name).filter_map(|(_, entry)| slot(entry));
    entries
        .filter_map(|slot| Some((slot, slot.entry.copied(&name, reference.known_tag())?)))
        .map(|(slot, original)| Found { facts: slot.facts(reference), copy_of: Some(original) })
        .next()
}

impl Slot {
    fn facts(&self, reference: &Reference) -> Arc<Facts> {
        let choice = self.entry.choice(reference);
        let mut resolved = self.resolved.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, facts)) = resolved.iter().find(|(known, _)| *known == choice) {
            return Arc::clone(facts);
        }
        let facts = Arc::new(self.entry.facts_of(choice));
        resolved.push((choice, Arc::clone(&facts)));
        facts
    }
}

/// The entry that has a name.
fn slot(name: &str) -> Option<&'static Slot> {
    let at = position(name)?;
    SLOTS.get(at)?.get_or_init(|| read(at)).as_deref()
}

/// Which file has a name; the longest pattern wins when no file has the name itself.
fn position(name: &str) -> Option<usize> {
    let own = NAMES.binary_search_by_key(&name, |(known, _)| known).ok().and_then(|at| NAMES.get(at));
    let fitting = || PREFIXES.iter().filter(|(prefix, _)| name.starts_with(prefix));
    own.or_else(|| fitting().max_by_key(|(prefix, _)| prefix.len())).map(|(_, at)| *at)
}

fn read(at: usize) -> Option<Box<Slot>> {
    let (_, text) = FILES.get(at)?;
    Some(Box::new(Slot { entry: Entry::read(text).ok()?, resolved: Mutex::default() }))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::{facts, find};
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

    #[test]
    fn a_copy_is_found_apart_from_the_image_itself() {
        let copied = |text: &str| find(&Reference::parse(text).unwrap()).map(|found| found.copy_of);
        let mirror = "registry.cn-hangzhou.aliyuncs.com/zhengqing";
        assert_eq!(copied("redis:7"), Some(None));
        assert_eq!(copied(&format!("{mirror}/redis:6.0.8")), Some(Some("redis".into())));
        assert!(of(&format!("{mirror}/redis:6.0.8")).is_none(), "a copy is not the image itself");
        assert_eq!(copied(&format!("{mirror}/acme")), None);
        assert_eq!(copied("registry.cn-hangzhou.aliyuncs.com/acme/redis:6.0.8"), None);
    }

    #[test]
    fn a_tag_chooses_what_was_copied() {
        let copied = |tag| {
            let text = format!("registry.cn-hangzhou.aliyuncs.com/zhengqing/kafka{tag}");
            find(&Reference::parse(&text).unwrap())?.copy_of
        };
        assert_eq!(copied(":3.4.1").as_deref(), Some("bitnami/kafka"));
        assert_eq!(copied(""), None);
        assert_eq!(copied(":${TAG}"), None);
    }
}
