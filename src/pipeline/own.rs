//! Makes a service's changes writable in its own lines: what comes in through `<<` is written out whole.
//!
//! Own keys replace merged ones, so adding an item to a merged list means writing the whole list. What comes in
//! through `extends` is appended to by Compose and needs nothing. Only restates changes; never adds any.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::fold;
use crate::compose::{List, Logging, Service, Spanned, Via};
use crate::plan::{Change, Decision, Hold, Op, Value, Words};

/// Restates a decision so that it can be written into the service's own mapping.
pub(super) fn restate(decision: Decision, service: &Service) -> Decision {
    match decision {
        Decision::Apply(changes) => own(changes, service),
        other => other,
    }
}

fn own(mut changes: Vec<Change>, service: &Service) -> Decision {
    if is_merged(service.logging.as_ref()) && changes.iter().any(|change| is_below(change, "logging")) {
        return Decision::Apply(whole_logging(&changes, service));
    }
    if is_merged(service.deploy.as_deref()) && changes.iter().any(|change| is_below(change, "deploy")) {
        let why = "`deploy` comes in through `<<`: add the limit where it is defined";
        return Decision::HeldBack(changes, Hold::Place(why.into()));
    }
    let merged_mounts = service.volumes.first().is_some_and(|mount| mount.via == Via::Merge);
    let adds = |change: &Change| *change.path == ["volumes"] && matches!(change.op, Op::Append(_));
    if merged_mounts && changes.iter().any(adds) {
        let why = "`volumes` comes in through `<<`: mount the memory where it is defined";
        return Decision::HeldBack(changes, Hold::Place(why.into()));
    }
    if let Some(key) = changes.iter().find_map(|change| torn_list(change, service)) {
        let why = format!("`{key}` comes in through `<<` and from elsewhere: write it out by hand");
        return Decision::HeldBack(changes, Hold::Place(why.into()));
    }
    for change in &mut changes {
        write_out(change, service);
    }
    Decision::Apply(changes)
}

/// Makes items to append to a merged list a list of the service's own.
fn write_out(change: &mut Change, service: &Service) {
    let key = change.path.first().copied().unwrap_or_default();
    if let (Op::Append(items), Some(merged)) = (&change.op, merged_list(service, key)) {
        // what a later file adds is appended to it all the same
        let merged = merged.iter().filter(|item| item.via == Via::Merge);
        let inherited = merged.map(|item| Value::str(item.value.clone()));
        change.op = Op::Set(Value::List(inherited.chain(items.iter().cloned()).collect()));
    }
}

/// The change as who extends the service gets it. A list that is written out whole, because it came in through `<<`, came to
/// the heir before, too: only what is new in it is put behind the heir's.
pub(super) fn extended<'c>(change: &'c Change, service: &Service) -> Cow<'c, Change> {
    let [key] = *change.path else { return Cow::Borrowed(change) };
    let (Op::Set(Value::List(whole)), Some(merged)) = (&change.op, merged_list(service, key)) else {
        return Cow::Borrowed(change);
    };
    let merged = merged.iter().filter(|item| item.via == Via::Merge);
    let merged: Vec<Value> = merged.map(|item| Value::str(item.value.clone())).collect();
    if !merged.iter().all(|item| whole.contains(item)) {
        return Cow::Borrowed(change);
    }
    let new = whole.iter().filter(|item| !merged.contains(item)).cloned().collect();
    Cow::Owned(Change { op: Op::Append(new), ..change.clone() })
}

/// One change that writes the whole `logging`, with the changes of this decision in it.
fn whole_logging(changes: &[Change], service: &Service) -> Vec<Change> {
    let mut folded = service.clone();
    for change in changes {
        let known = fold::apply(&mut folded, change);
        debug_assert!(known, "no fold for {:?}", change.path);
    }
    let Some((first, logging)) = changes.first().zip(folded.logging.as_ref()) else {
        return changes.to_vec();
    };
    let path = Cow::Borrowed(["logging"].as_slice());
    vec![Change { path, op: Op::Set(logging_value(logging)), ..first.clone() }]
}

/// A `logging` as it is written out whole.
pub(super) fn logging_value(logging: &Logging) -> Value {
    let mut entries: Vec<(Words, Value)> = Vec::new();
    if let Some(driver) = &logging.driver {
        entries.push(("driver".into(), Value::str(driver.value.clone())));
    }
    let options: Option<&BTreeMap<String, Option<String>>> =
        logging.options.as_ref().map(|options| &options.value);
    let option = |(name, value): (&String, &Option<String>)| {
        (Words::from(name.clone()), Value::str(value.clone().unwrap_or_default()))
    };
    if let Some(options) = options {
        // the ones that rotate last, in the order in which people write them
        let is_ours = |name: &str| name == "max-size" || name == "max-file";
        let others = options.iter().filter(|(name, _)| !is_ours(name));
        let ours = options.iter().rev().filter(|(name, _)| is_ours(name));
        entries.push(("options".into(), Value::Map(others.chain(ours).map(option).collect())));
    }
    Value::Map(entries)
}

fn is_below(change: &Change, key: &str) -> bool {
    change.path.len() > 1 && change.path.first() == Some(&key)
}

fn is_merged<T>(value: Option<&Spanned<T>>) -> bool {
    value.is_some_and(|value| value.via == Via::Merge)
}

/// The key of a list to append to of which only a later part came in through `<<`: a list of the service's own would
/// hide that part, and one written out whole would repeat the others.
fn torn_list(change: &Change, service: &Service) -> Option<&'static str> {
    let key = change.path.first().copied()?;
    let mut later = list(service, key)?.iter().skip(1);
    let is_torn = merged_list(service, key).is_none() && later.any(|item| item.via == Via::Merge);
    (is_torn && matches!(change.op, Op::Append(_))).then_some(key)
}

/// The list of a key when it came in through `<<`.
fn merged_list<'s>(service: &'s Service, key: &str) -> Option<&'s List<String>> {
    list(service, key).filter(|list| list.first().is_some_and(|item| item.via == Via::Merge))
}

fn list<'s>(service: &'s Service, key: &str) -> Option<&'s List<String>> {
    match key {
        "cap_add" => Some(&service.cap_add),
        "cap_drop" => Some(&service.cap_drop),
        "security_opt" => Some(&service.security_opt),
        "tmpfs" => Some(&service.tmpfs),
        _ => None,
    }
}
