//! Runs the editor on a text and a few changes, and checks what must hold for every edit.

use harden::edit::{self, EditError, Rewrite};
use harden::plan::{Change, Confidence, Decision, Evidence, Level, Op, Plan, ServicePlan, Value};
use harden::source::Source;
use harden::yaml::{Limits, NodeId, Tree, parse};
use serde::Deserialize;
use serde_yaml::Value as Yaml;

/// Changes with the name of the service they are for.
pub(crate) type Changes = Vec<(&'static str, Change)>;

pub(crate) fn change(path: &'static str, op: Op) -> Change {
    let why = Evidence::AlwaysSafe("a test".into());
    Change { path: path.split('.').collect(), op, why: "a test".into(), confidence: Confidence::Known(why) }
}

pub(crate) fn set(path: &'static str, value: Value) -> Change {
    change(path, Op::Set(value))
}

pub(crate) fn str(path: &'static str, text: &'static str) -> Change {
    set(path, Value::str(text))
}

pub(crate) fn yes(path: &'static str) -> Change {
    set(path, Value::Bool(true))
}

pub(crate) fn list(path: &'static str, items: &[&'static str]) -> Change {
    set(path, Value::strs(items.iter().copied()))
}

pub(crate) fn append(path: &'static str, items: &[&'static str]) -> Change {
    change(path, Op::Append(items.iter().copied().map(Value::str).collect()))
}

pub(crate) fn replace(path: &'static str, index: usize, value: Value) -> Change {
    change(path, Op::ReplaceItem { index, value })
}

/// The changes for the service `web`.
pub(crate) fn web(changes: Vec<Change>) -> Changes {
    changes.into_iter().map(|change| ("web", change)).collect()
}

/// The case as a diff: lines with a blank in front are kept, `-` taken out, `+` put in.
pub(crate) fn case(diff: &str, changes: &Changes) {
    also(diff, changes, &[]);
}

/// A case in which the changes also reach other places, given as dotted paths from the top; `x-log@logging` is
/// what services have as `logging`.
pub(crate) fn also(diff: &str, changes: &Changes, others: &[&str]) {
    let (old, new) = (side(diff, '-'), side(diff, '+'));
    same(&edited(&old, changes, others), &new);
}

/// A case with whole texts, for what a diff cannot show.
pub(crate) fn whole(old: &str, new: &str, changes: &Changes) {
    same(&edited(old, changes, &[]), new);
}

/// The new text, with all that must hold checked.
pub(crate) fn edited(old: &str, changes: &Changes, others: &[&str]) -> String {
    let rewrite = rewrite(old, changes).unwrap().remove(0);
    check(old, &rewrite, changes, others).unwrap_or_else(|why| panic!("{why}\n{}", rewrite.text));
    rewrite.text
}

/// The error for a text that cannot be edited.
pub(crate) fn refused(old: &str, changes: &Changes) -> String {
    rewrite(old, changes).unwrap_err().to_string()
}

pub(crate) fn rewrite(old: &str, changes: &Changes) -> Result<Vec<Rewrite>, EditError> {
    let tree = tree(old).unwrap();
    let (names, nodes) = services(&tree);
    let plan = plan(&names, changes);
    edit::rewrite(&tree, &nodes.into(), &plan)
}

pub(crate) fn tree(text: &str) -> Result<Tree, String> {
    let mut tree = Tree::default();
    parse(&mut tree, Source::new("compose.yml", text), &Limits::default())
        .map_err(|error| error.to_string())?;
    Ok(tree)
}

/// Names and value nodes of the services.
pub(crate) fn services(tree: &Tree) -> (Vec<String>, Vec<NodeId>) {
    let root = tree.documents().iter().find_map(|document| document.root);
    let services = root.and_then(|root| tree.get(root, "services"));
    let entries = services.map(|services| tree.entries(services)).unwrap_or_default();
    entries.iter().map(|entry| (tree.text(entry.key).unwrap().to_owned(), entry.value)).unzip()
}

fn plan(names: &[String], changes: &Changes) -> Plan {
    let service = |name: &String| ServicePlan {
        service: name.clone(),
        level: Level::Standard,
        decisions: vec![("test", Decision::Apply(of(name, changes)))],
    };
    let services = names.iter().map(service).collect();
    Plan { level: Level::Standard, services, ..Plan::default() }
}

fn of(name: &str, changes: &Changes) -> Vec<Change> {
    changes.iter().filter(|(service, _)| *service == name).map(|(_, change)| change.clone()).collect()
}

fn side(diff: &str, mark: char) -> String {
    let lines = diff.trim_start_matches('\n').split_inclusive('\n');
    lines.filter(|line| line.starts_with([' ', mark])).map(|line| &line[1..]).collect()
}

fn same(found: &str, expected: &str) {
    assert!(found == expected, "found\n{found}\nexpected\n{expected}");
}

/// All that must hold for any edit.
pub(crate) fn check(old: &str, new: &Rewrite, changes: &Changes, others: &[&str]) -> Result<(), String> {
    let (before, after) = (tree(old)?, tree(&new.text)?);
    let (before, after) = (comments(&before), comments(&after));
    ensure(before == after, "comments differ")?;
    ensure(undone(old, new).as_deref() == Some(old), "the edits taken out do not give the old bytes")?;
    ensure(old.ends_with('\n') == new.text.ends_with('\n'), "the last line break differs")?;
    ensure(breaks(old) == breaks(&new.text), "line breaks differ")?;
    let mut expected = documents(old)?;
    let top = expected.iter_mut().find(|value| value.get("services").is_some()).ok_or("no services")?;
    for (service, change) in changes {
        apply_at(top, &["services", service], change, 0)?;
        for other in others {
            let (path, below) = other.split_once('@').unwrap_or((other, ""));
            let known = below.split('.').filter(|key| !key.is_empty()).count();
            apply_at(top, &path.split('.').collect::<Vec<_>>(), change, known)?;
        }
    }
    let found = documents(&new.text)?;
    if found == expected { Ok(()) } else { Err(format!("meaning differs:\n{expected:?}\nfound\n{found:?}")) }
}

fn ensure(holds: bool, why: &str) -> Result<(), String> {
    if holds { Ok(()) } else { Err(why.to_owned()) }
}

fn comments(tree: &Tree) -> Vec<&str> {
    let of = |document: &'_ harden::yaml::Document| (document.file, document.comments.clone());
    let spans = tree.documents().iter().map(of);
    spans.flat_map(|(file, spans)| spans.into_iter().map(move |span| tree.source(file).slice(span))).collect()
}

/// Which kinds of line breaks there are.
fn breaks(text: &str) -> (bool, bool) {
    let crlf = text.matches("\r\n").count();
    (crlf > 0, text.matches('\n').count() > crlf)
}

fn undone(old: &str, new: &Rewrite) -> Option<String> {
    let (mut text, mut at, mut from) = (String::new(), 0, 0);
    for edit in &new.edits {
        let kept = edit.span.range().start.checked_sub(from)?;
        text.push_str(new.text.get(at..at + kept)?);
        text.push_str(old.get(edit.span.range())?);
        at += kept;
        assert_eq!(new.text.get(at..at + edit.text.len()), Some(&*edit.text));
        (at, from) = (at + edit.text.len(), edit.span.range().end);
    }
    text.push_str(new.text.get(at..)?);
    Some(text)
}

pub(crate) fn documents(text: &str) -> Result<Vec<Yaml>, String> {
    let documents = serde_yaml::Deserializer::from_str(text);
    documents.map(|document| Yaml::deserialize(document).map_err(|error| error.to_string())).collect()
}

/// Applies a change to what is at a path; that is already `known` keys down the path of the change.
fn apply_at(top: &mut Yaml, path: &[&str], change: &Change, known: usize) -> Result<(), String> {
    let mut at = top;
    for key in path {
        let inner = content(at);
        let found = match key.parse::<usize>() {
            Ok(index) => inner.get_mut(index),
            Err(_) => inner.get_mut(*key),
        };
        at = found.ok_or_else(|| format!("no {key}"))?;
    }
    apply(at, &change.path[known..], &change.op);
    Ok(())
}

fn content(value: &mut Yaml) -> &mut Yaml {
    match value {
        Yaml::Tagged(tagged) => content(&mut tagged.value),
        value => value,
    }
}

fn apply(value: &mut Yaml, path: &[&str], op: &Op) {
    let value = content(value);
    if let [key, rest @ ..] = path {
        if value.is_null() {
            *value = Yaml::Mapping(serde_yaml::Mapping::new());
        }
        let entries = value.as_mapping_mut().unwrap();
        let at = entries.entry(Yaml::from(*key)).or_insert(Yaml::Null);
        return apply(at, rest, op);
    }
    match op {
        Op::Set(new) => *value = meaning(new),
        Op::ReplaceItem { index, value: new } => value.as_sequence_mut().unwrap()[*index] = meaning(new),
        Op::Append(items) => {
            let old = match std::mem::take(value) {
                Yaml::Sequence(old) => old,
                Yaml::Null => Vec::new(),
                single => vec![single],
            };
            let new = items.iter().map(meaning).filter(|item| !old.contains(item)).collect::<Vec<_>>();
            *value = old.into_iter().chain(new).collect::<Vec<_>>().into();
        }
        Op::Text(_) => {}
    }
}

fn meaning(value: &Value) -> Yaml {
    match value {
        Value::Bool(value) => Yaml::from(*value),
        Value::Number(text) => serde_yaml::from_str(text).unwrap(),
        Value::Str(text) => Yaml::from(&**text),
        Value::List(items) => items.iter().map(meaning).collect::<Vec<_>>().into(),
        Value::Override(value) => {
            let tag = serde_yaml::value::Tag::new("override");
            Yaml::Tagged(Box::new(serde_yaml::value::TaggedValue { tag, value: meaning(value) }))
        }
        Value::Map(entries) => {
            let entries = entries.iter().map(|(key, value)| (Yaml::from(&**key), meaning(value)));
            Yaml::Mapping(entries.collect())
        }
    }
}
