//! A second opinion on a rewrite, which shares no code with harden's own proof: read by `serde_yaml` alone, the new
//! text is the old one with the planned changes, and every line of the old one is still there.
//!
//! Takes the plan from harden, and nothing else.

#![allow(dead_code, reason = "each test target uses its own part")]
#![allow(clippy::indexing_slicing, clippy::string_slice, reason = "a test may stop at what cannot be")]

use std::collections::BTreeSet;

use harden::plan::{Change, Op, Plan, Value as Planned};
use serde::Deserialize as _;
use serde_yaml::{Mapping, Value};
use similar::{ChangeTag, TextDiff};

/// What is wrong with a file's new text.
pub fn check(old: &str, new: &str, plan: &Plan) -> Result<(), String> {
    lines(old, new, plan)?;
    let (before, after) = (read(old)?, read(new)?);
    if before.len() != after.len() {
        return Err(format!("{} documents became {}", before.len(), after.len()));
    }
    for (before, after) in before.iter().zip(&after) {
        document(before, after, plan, old.contains('*'))?;
    }
    arrived(&after, plan)
}

/// The documents of a text. The parser counts a byte order mark as a column.
pub fn read(text: &str) -> Result<Vec<Value>, String> {
    let documents = serde_yaml::Deserializer::from_str(text.trim_start_matches('\u{feff}'));
    documents.map(|document| Value::deserialize(document).map_err(|error| error.to_string())).collect()
}

/// Every old line is there, in order; one that is part of a changed block holds all of its characters, or its value is
/// replaced.
fn lines(old: &str, new: &str, plan: &Plan) -> Result<(), String> {
    let diff = TextDiff::from_lines(old, new);
    let mut replaced = 0;
    for op in diff.ops() {
        let side = |tag| -> Vec<String> {
            let changes = diff.iter_changes(op).filter(|change| change.tag() == tag);
            changes.map(|change| change.value().to_owned()).collect()
        };
        let (gone, come) = (side(ChangeTag::Delete).concat(), side(ChangeTag::Insert).concat());
        if holds(&come, &gone) {
            continue;
        }
        replaced += side(ChangeTag::Delete).len();
        comments_of(&gone).try_for_each(|comment| {
            if come.contains(comment) { Ok(()) } else { Err(format!("lost the comment `{comment}`")) }
        })?;
    }
    let replacing = plan.changes().filter(|(_, change)| !matches!(change.op, Op::Append(_))).count();
    if replaced <= 2 * replacing { Ok(()) } else { Err(format!("{replaced} lines were replaced")) }
}

/// What is surely a comment in some lines.
fn comments_of(lines: &str) -> impl Iterator<Item = &str> {
    lines.lines().filter(|line| !line.contains(['"', '\''])).filter_map(|line| {
        let at = line.find(" #")?;
        Some(line[at..].trim())
    })
}

/// Whether a text has all characters of another, in order.
fn holds(text: &str, other: &str) -> bool {
    let mut chars = text.chars();
    other.chars().filter(|c| !c.is_whitespace()).all(|c| chars.any(|own| own == c))
}

/// Nothing but services and what they share differs.
fn document(before: &Value, after: &Value, plan: &Plan, is_shared: bool) -> Result<(), String> {
    let (Some(old), Some(new)) = (before.as_mapping(), after.as_mapping()) else {
        return if before == after { Ok(()) } else { Err("a document changed".to_owned()) };
    };
    for key in names(&[old, new]) {
        let (old, new) = (old.get(&key), new.get(&key));
        let may_differ = key.starts_with("x-") && is_shared || key == harden::edit::DEFAULTS && old.is_none();
        match (old, new) {
            (Some(old), Some(new)) if key == "services" => services(old, new, plan)?,
            _ if old == new || may_differ => {}
            _ => return Err(format!("`{key}` changed")),
        }
    }
    Ok(())
}

fn names(sides: &[&Mapping]) -> BTreeSet<String> {
    sides.iter().flat_map(|side| side.keys()).map(name).collect()
}

fn name(key: &Value) -> String {
    key.as_str().map_or_else(|| format!("{key:?}"), str::to_owned)
}

/// Each key of each service is what it was, or what was planned.
fn services(before: &Value, after: &Value, plan: &Plan) -> Result<(), String> {
    let [before, after] = [before, after].map(|side| side.as_mapping().cloned().unwrap_or_default());
    if names(&[&before]) != names(&[&after]) {
        return Err("services came or went".to_owned());
    }
    for ((service, old), (_, new)) in before.iter().zip(&after) {
        let service = name(service);
        let [old, new] = [old, new].map(|side| merged(bare(side)));
        let expected = changed(&old, own(plan, &service));
        let taken = changed(&old, inherited(plan, &service));
        let both = changed(&taken, own(plan, &service));
        let sides = [&old, &new].map(|side| side.as_mapping().cloned().unwrap_or_default());
        for key in names(&[&sides[0], &sides[1]]) {
            let is = new.get(&key);
            let may_be = [&old, &expected, &taken, &both];
            if !may_be.iter().any(|may| may.get(&key) == is) {
                return Err(format!(
                    "`{service}.{key}` is {is:?}\nwas {:?}\nplanned {:?}",
                    old.get(&key),
                    expected.get(&key)
                ));
            }
        }
    }
    Ok(())
}

/// Every planned change is there, in one of the documents.
fn arrived(documents: &[Value], plan: &Plan) -> Result<(), String> {
    for (index, change) in plan.changes() {
        let service = &plan.services[index].service;
        let mut views = documents.iter().filter_map(|document| {
            let services = document.get("services")?.as_mapping()?;
            let (_, service) = services.iter().find(|(key, _)| name(key) == *service)?;
            Some(merged(bare(service)))
        });
        if !views.any(|view| has(&view, change)) {
            return Err(format!("`{service}.{}` did not arrive", change.path.join(".")));
        }
    }
    Ok(())
}

fn has(service: &Value, change: &Change) -> bool {
    let found = change.path.iter().try_fold(service, |value, key| bare(value).get(*key)).map(bare);
    match (&change.op, found) {
        (Op::Set(planned), Some(found)) => *found == value(planned),
        (Op::Append(items), Some(Value::Sequence(found))) => {
            items.iter().all(|item| found.contains(&value(item)))
        }
        (Op::ReplaceItem { value: planned, .. }, Some(Value::Sequence(found))) => {
            found.contains(&value(planned))
        }
        _ => false,
    }
}

fn own<'p>(plan: &'p Plan, service: &str) -> Vec<&'p Change> {
    let of = |index: &usize| plan.services[*index].service == service;
    plan.changes().filter(|(index, _)| of(index)).map(|(_, change)| change).collect()
}

/// Changes of other services that reach this one.
fn inherited<'p>(plan: &'p Plan, service: &str) -> Vec<&'p Change> {
    let links = plan.inherited.iter().filter(|link| plan.services[link.heir].service == service);
    let changes = links.flat_map(|link| {
        plan.changes().filter(|(index, change)| *index == link.source && change.path == link.path)
    });
    changes.map(|(_, change)| change).collect()
}

/// A value without its tag.
fn bare(value: &Value) -> &Value {
    match value {
        Value::Tagged(tagged) => &tagged.value,
        other => other,
    }
}

/// A mapping with what its merge keys bring, at every depth.
fn merged(value: &Value) -> Value {
    match value {
        Value::Mapping(mapping) => {
            let own = mapping.iter().filter(|(key, _)| key.as_str() != Some("<<"));
            let mut all: Mapping = own.map(|(key, value)| (key.clone(), merged(value))).collect();
            let sources = match mapping.get("<<") {
                Some(Value::Sequence(sources)) => sources.clone(),
                Some(source) => vec![source.clone()],
                None => Vec::new(),
            };
            for source in sources.iter().map(merged) {
                for (key, value) in source.as_mapping().into_iter().flatten() {
                    if !all.contains_key(key) {
                        all.insert(key.clone(), value.clone());
                    }
                }
            }
            Value::Mapping(all)
        }
        Value::Sequence(items) => Value::Sequence(items.iter().map(merged).collect()),
        Value::Tagged(tagged) => merged(&tagged.value),
        other => other.clone(),
    }
}

/// A service with changes made to it.
fn changed(service: &Value, changes: Vec<&Change>) -> Value {
    let mut service = service.clone();
    for change in changes.into_iter().filter(|change| change.text_edit().is_none()) {
        if let Some(place) = place(&mut service, &change.path) {
            make(place, &change.op);
        }
    }
    service
}

/// The value at a path, with mappings made on the way.
fn place<'v>(mut value: &'v mut Value, path: &[&str]) -> Option<&'v mut Value> {
    for key in path {
        if value.is_null() {
            *value = Value::Mapping(Mapping::new());
        }
        value = value.as_mapping_mut()?.entry(Value::from(*key)).or_insert(Value::Null);
    }
    Some(value)
}

fn make(place: &mut Value, op: &Op) {
    match op {
        Op::Set(planned) => *place = value(planned),
        Op::Append(items) => {
            let mut list = match place.clone() {
                Value::Sequence(list) => list,
                Value::Null => Vec::new(),
                one => vec![one],
            };
            list.extend(items.iter().map(value));
            *place = Value::Sequence(list);
        }
        Op::ReplaceItem { index, value: planned } => {
            if let Some(item) = place.as_sequence_mut().and_then(|list| list.get_mut(*index)) {
                *item = value(planned);
            }
        }
        // nothing of a Compose file
        Op::Text(_) => {}
    }
}

fn value(planned: &Planned) -> Value {
    match planned {
        Planned::Bool(flag) => Value::Bool(*flag),
        Planned::Number(text) => serde_yaml::from_str(text).unwrap_or_default(),
        Planned::Str(text) => Value::String(text.clone().into_owned()),
        Planned::List(items) => Value::Sequence(items.iter().map(value).collect()),
        Planned::Map(entries) => {
            Value::Mapping(entries.iter().map(|(key, own)| (Value::from(&**key), value(own))).collect())
        }
        Planned::Override(inner) => value(inner),
    }
}
