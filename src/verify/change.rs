//! A planned change applied to a meaning, and the first difference of two meanings.

use std::borrow::Cow;

use super::meaning::Meaning;
use super::written::plain;
use crate::plan::{Op, Value};

/// The value with the change made at the path below it. Tags stay where they are.
pub(super) fn apply<'a>(base: Meaning<'a>, path: &[&'static str], op: &'a Op) -> Meaning<'a> {
    match (base, path) {
        (Meaning::Tagged(inner), _) => Meaning::Tagged(Box::new((inner.0, apply(inner.1, path, op)))),
        (base, []) => operate(base, op),
        (Meaning::Map(entries), [key, rest @ ..]) => Meaning::Map(apply_below(entries, key, rest, op)),
        (_, [key, rest @ ..]) => Meaning::Map(apply_below(Vec::new(), key, rest, op)),
    }
}

fn apply_below<'a>(
    mut entries: Vec<(Meaning<'a>, Meaning<'a>)>,
    key: &'static str,
    rest: &[&'static str],
    op: &'a Op,
) -> Vec<(Meaning<'a>, Meaning<'a>)> {
    if let Some((_, value)) = entries.iter_mut().find(|(own, _)| own.is(key)) {
        *value = apply(std::mem::replace(value, Meaning::Null), rest, op);
    } else {
        entries.push((Meaning::Str(Cow::Borrowed(key)), apply(Meaning::Null, rest, op)));
    }
    entries
}

/// The mapping with the value of a key without its tag.
pub(super) fn untagged<'a>(base: Meaning<'a>, key: &str) -> Meaning<'a> {
    let Meaning::Map(mut entries) = base else { return base };
    if let Some((_, value)) = entries.iter_mut().find(|(own, _)| own.is(key)) {
        *value = std::mem::replace(value, Meaning::Null).untagged();
    }
    Meaning::Map(entries)
}

fn operate<'a>(base: Meaning<'a>, op: &'a Op) -> Meaning<'a> {
    match op {
        Op::Set(value) => planned(value),
        Op::Append(items) => append(base, items),
        Op::ReplaceItem { index, value } => replace(base, *index, value),
        // nothing of a Compose file
        Op::Text(_) => base,
    }
}

/// One string is a list of one, and nothing is an empty list, as everywhere in Compose.
fn append<'a>(base: Meaning<'a>, items: &'a [Value]) -> Meaning<'a> {
    let mut list = match base {
        Meaning::Null => Vec::new(),
        Meaning::Seq(list) => list,
        other => vec![other],
    };
    for item in items.iter().map(planned) {
        if !list.contains(&item) {
            list.push(item);
        }
    }
    Meaning::Seq(list)
}

fn replace<'a>(base: Meaning<'a>, index: usize, value: &'a Value) -> Meaning<'a> {
    let Meaning::Seq(mut list) = base else { return base };
    if let Some(item) = list.get_mut(index) {
        *item = planned(value);
    }
    Meaning::Seq(list)
}

/// What a planned value means.
pub(super) fn planned(value: &Value) -> Meaning<'_> {
    match value {
        Value::Bool(flag) => Meaning::Bool(*flag),
        Value::Number(text) => plain(text),
        Value::Str(text) => Meaning::Str(Cow::Borrowed(text)),
        Value::List(items) => Meaning::Seq(items.iter().map(planned).collect()),
        Value::Override(value) => Meaning::Tagged(Box::new(("override".to_owned(), planned(value)))),
        Value::Map(entries) => Meaning::Map(
            entries.iter().map(|(key, value)| (Meaning::Str(Cow::Borrowed(key)), planned(value))).collect(),
        ),
    }
}

/// The path, innermost first, of the first place where two values differ; the order of keys does not count.
pub(super) fn difference(expected: &Meaning<'_>, actual: &Meaning<'_>) -> Option<Vec<String>> {
    match (expected, actual) {
        (Meaning::Map(expected), Meaning::Map(actual)) => map_difference(expected, actual),
        (Meaning::Seq(expected), Meaning::Seq(actual)) => seq_difference(expected, actual),
        (Meaning::Tagged(expected), Meaning::Tagged(actual)) if expected.0 == actual.0 => {
            difference(&expected.1, &actual.1)
        }
        _ => (expected != actual).then(Vec::new),
    }
}

fn seq_difference(expected: &[Meaning<'_>], actual: &[Meaning<'_>]) -> Option<Vec<String>> {
    for (index, (expected, actual)) in expected.iter().zip(actual).enumerate() {
        if let Some(path) = difference(expected, actual) {
            return Some(below(path, index.to_string()));
        }
    }
    let shorter = expected.len().min(actual.len());
    (expected.len() != actual.len()).then(|| vec![shorter.to_string()])
}

type Entry<'a> = (Meaning<'a>, Meaning<'a>);

fn map_difference(expected: &[Entry<'_>], actual: &[Entry<'_>]) -> Option<Vec<String>> {
    let mut next = 0;
    for (key, value) in expected {
        let Some(at) = find(actual, key, next) else { return Some(vec![key.label()]) };
        next = at + 1;
        let other = actual.get(at).map_or(&Meaning::Null, |(_, value)| value);
        if let Some(path) = difference(value, other) {
            return Some(below(path, key.label()));
        }
    }
    if expected.len() == actual.len() {
        return None;
    }
    let extra = actual.iter().find(|(key, _)| find(expected, key, 0).is_none());
    Some(vec![extra.or(actual.first()).map_or_else(String::new, |(key, _)| key.label())])
}

/// Searches from where the last key was found, so that mappings in the same order are compared in one walk.
fn find(entries: &[Entry<'_>], key: &Meaning<'_>, from: usize) -> Option<usize> {
    let (before, after) = entries.split_at_checked(from).unwrap_or((entries, &[]));
    let hit = after.iter().position(|(own, _)| own == key).map(|at| at + before.len());
    hit.or_else(|| before.iter().position(|(own, _)| own == key))
}

fn below(mut path: Vec<String>, key: String) -> Vec<String> {
    path.push(key);
    path
}

#[cfg(test)]
mod tests {
    use super::super::meaning::{Meaning, read};
    use super::{apply, difference};
    use crate::plan::{Op, Value};

    fn one(text: &str) -> Meaning<'_> {
        read(text).unwrap().remove(0)
    }

    #[test]
    fn a_set_makes_the_mappings_on_the_way() {
        let op = Op::Set(Value::str("256m"));
        let path = ["deploy", "resources", "limits", "memory"];
        let expected = one("{deploy: {mode: x, resources: {limits: {memory: 256m}}}}");
        assert_eq!(apply(one("deploy: {mode: x}"), &path, &op), expected);
    }

    #[test]
    fn an_append_never_repeats() {
        let op = Op::Append(vec![Value::str("ALL"), Value::str("B")]);
        for (base, expected) in [("[ALL]", "[ALL, B]"), ("", "[ALL, B]"), ("A", "[A, ALL, B]")] {
            assert_eq!(apply(one(base), &[], &op), one(expected));
        }
    }

    #[test]
    fn an_item_is_replaced_and_tags_stay() {
        let op = Op::ReplaceItem { index: 1, value: Value::str("x") };
        assert_eq!(apply(one("p: !override [a, b]"), &["p"], &op), one("p: !override [a, x]"));
        assert_eq!(apply(one("p: [a]"), &["p"], &op), one("p: [a]"));
    }

    #[test]
    fn differences_have_a_path_and_ignore_order() {
        assert_eq!(difference(&one("{a: 1, b: [1, {c: 2}]}"), &one("{b: [1, {c: 2}], a: 1}")), None);
        let path = difference(&one("{a: 1, b: [1, {c: 2}]}"), &one("{b: [1, {c: 3}], a: 1}"));
        assert_eq!(path, Some(vec!["c".to_owned(), "1".to_owned(), "b".to_owned()]));
        assert!(difference(&one("{a: 1}"), &one("{a: 1, b: 1}")).is_some());
        assert!(difference(&one("{a: 1}"), &one("{a: 1, a: 1}")).is_some());
        assert!(difference(&one("[1]"), &one("[1, 2]")).is_some());
        assert!(difference(&one("!a x"), &one("!b x")).is_some());
    }
}
