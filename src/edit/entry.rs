//! Services that the only file that may change does not have yet: entries below its `services`, the key itself where it
//! is missing, or the whole text of a file that holds nothing.
//!
//! Each entry is one piece of text, whose decisions are all those of its service.

use super::block::{self, NewKey, NewKeys};
use super::lines::Lines;
use super::place::{self, Spot};
use super::splice::{Part, Rank};
use super::style::Style;
use super::target::is_flow;
use super::{Editor, Origins, render};
use crate::plan::{Change, Op, Value, Words};
use crate::source::FileId;
use crate::yaml::{NodeId, Tree};

/// The first line of a new file.
const HEADER: &str =
    "# hardening, as `harden --overlay` writes it: to be laid over the files of the project\n";

/// The key that holds the services.
const SERVICES: &str = "services";

/// Where a file has room for a service that it does not name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Room {
    /// In this mapping of services.
    Services(NodeId),
    /// Below a key `services` that this top mapping is to get.
    Top(NodeId),
    /// Nowhere yet: the file holds nothing but comments.
    File(FileId),
}

/// A service that the only file that may change does not have, and all that it is to say there.
#[derive(Clone, Debug)]
pub(super) struct NewService<'p> {
    /// The service.
    pub service: usize,
    /// Its name.
    pub name: &'p str,
    /// The first of the changes.
    pub change: &'p Change,
    /// What it is to have.
    pub keys: Vec<(Words, Value)>,
    /// The decisions that want it.
    pub origins: Origins,
}

/// The room in a file: in its last document that has services, or else in its last one.
#[must_use]
pub fn room(tree: &Tree, file: FileId) -> Room {
    let roots: Vec<NodeId> = tree.documents_of(file).filter_map(|document| document.root).collect();
    let services = roots.iter().rev().find_map(|&root| tree.get(root, SERVICES));
    match (services, roots.last()) {
        (Some(services), _) => Room::Services(tree.resolve(services)),
        (None, Some(&root)) => Room::Top(root),
        (None, None) => Room::File(file),
    }
}

/// Writes the entries into a file.
pub(super) fn write(
    editor: &mut Editor<'_>,
    file: FileId,
    entries: Vec<NewService<'_>>,
) -> Result<(), &'static str> {
    match room(editor.tree, file) {
        Room::Services(services) if is_flow(editor.tree, services) => add_keys(editor, services, entries),
        Room::Services(services) => add_lines(editor, services, &entries),
        Room::Top(root) => add_services(editor, root, entries),
        Room::File(file) => {
            fill(editor, file, &entries);
            Ok(())
        }
    }
}

fn add_keys(
    editor: &mut Editor<'_>,
    mapping: NodeId,
    entries: Vec<NewService<'_>>,
) -> Result<(), &'static str> {
    let key = |entry| {
        let NewService { name, keys, origins, .. } = entry;
        NewKey { key: name, value: Value::Map(keys), origins }
    };
    let keys = entries.into_iter().map(key).collect();
    editor.new_keys(&NewKeys { mapping, scope: mapping, top: false, keys })
}

/// All entries below a new key.
fn add_services(
    editor: &mut Editor<'_>,
    root: NodeId,
    entries: Vec<NewService<'_>>,
) -> Result<(), &'static str> {
    let origins = entries.iter().flat_map(|entry| entry.origins.iter().copied()).collect();
    let services = entries.into_iter().map(|entry| (entry.name.to_owned().into(), Value::Map(entry.keys)));
    let key = NewKey { key: SERVICES, value: Value::Map(services.collect()), origins };
    editor.new_keys(&NewKeys { mapping: root, scope: root, top: false, keys: vec![key] })
}

/// At the end of the services that are there, parted by blank lines as those are.
fn add_lines(
    editor: &mut Editor<'_>,
    services: NodeId,
    entries: &[NewService<'_>],
) -> Result<(), &'static str> {
    let tree = editor.tree;
    let style = editor.style(services);
    let indent = place::indent(tree, services);
    let spot = place::end_of(tree, services).ok_or("`services` has no line of its own")?;
    let parted = matches!(spot, Spot::After(_)) && are_parted(tree, services);
    for entry in entries {
        let blank = if parted { "\n" } else { "" };
        let lines = format!("{blank}{}", lines(entry, indent, &style));
        editor.origins.clone_from(&entry.origins);
        block::insert_lines(editor, services, spot, &lines, Rank::new(indent, Part::End));
    }
    Ok(())
}

/// Whether a blank line stands before the last of several services; one alone says nothing against it.
fn are_parted(tree: &Tree, services: NodeId) -> bool {
    let [_, .., last] = tree.entries(services) else { return true };
    let lines = Lines::new(tree.source(tree.node(services).file));
    let mut at = tree.outer_span(last.key).range().start;
    while let Some(previous) = lines.previous(at) {
        let line = lines.line(previous).trim();
        if !line.starts_with('#') {
            return line.is_empty();
        }
        at = previous;
    }
    false
}

/// The text of a file that has none but comments.
fn fill(editor: &mut Editor<'_>, file: FileId, entries: &[NewService<'_>]) {
    let source = editor.tree.source(file);
    let old = source.text();
    let style = Style::plain();
    let mut new = String::new();
    if old.trim_start_matches('\u{feff}').is_empty() {
        new.push_str(HEADER);
    } else if !old.ends_with('\n') {
        new.push('\n');
    }
    new.push_str(SERVICES);
    new.push_str(":\n");
    for (at, entry) in entries.iter().enumerate() {
        new.push_str(if at > 0 { "\n" } else { "" });
        new.push_str(&lines(entry, style.step, &style));
    }
    if !old.is_empty() && !old.ends_with('\n') {
        new.truncate(new.trim_end().len());
    }
    editor.origins = entries.iter().flat_map(|entry| entry.origins.iter().copied()).collect();
    let text = place::with_breaks(&new, source.newline().as_str());
    editor.insert(file, old.len(), text, Rank::INLINE);
}

fn lines(entry: &NewService<'_>, indent: usize, style: &Style) -> String {
    let value = Value::Map(entry.keys.clone());
    render::text(|out| render::entry(out, entry.name, &value, indent, style))
}

/// Lays a change into the keys of a new entry.
pub(super) fn grow(
    keys: &mut Vec<(Words, Value)>,
    path: &[&'static str],
    op: &Op,
) -> Result<(), &'static str> {
    let [key, rest @ ..] = path else { return Err("the path is empty") };
    let at = keys.iter().position(|(known, _)| known == key).unwrap_or_else(|| {
        keys.push(((*key).into(), Value::Map(Vec::new())));
        keys.len() - 1
    });
    let Some((_, value)) = keys.get_mut(at) else { return Ok(()) };
    match (value, op) {
        (Value::Map(below), _) if !rest.is_empty() => grow(below, rest, op),
        (_, Op::ReplaceItem { .. } | Op::Text(_)) => Err("no such list"),
        (_, _) if !rest.is_empty() => Err("not a mapping"),
        (Value::List(known), Op::Append(items)) => {
            let new: Vec<Value> = items.iter().filter(|item| !known.contains(item)).cloned().collect();
            known.extend(new);
            Ok(())
        }
        (value, Op::Append(items)) => {
            *value = Value::List(items.clone());
            Ok(())
        }
        (value, Op::Set(new)) => {
            *value = new.clone();
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{are_parted, grow};
    use crate::plan::{Op, Value};
    use crate::source::Source;
    use crate::yaml::{Limits, Tree, parse};

    fn parted(text: &str) -> bool {
        let mut tree = Tree::default();
        parse(&mut tree, Source::new("t", text), &Limits::default()).unwrap();
        let root = tree.documents()[0].root.unwrap();
        are_parted(&tree, tree.get(root, "services").unwrap())
    }

    #[test]
    fn services_are_parted_as_the_last_ones_are() {
        assert!(parted("services:\n  a: {}\n"));
        assert!(parted("services:\n  a: {}\n\n  # b\n  b: {}\n"));
        assert!(!parted("services:\n  a: {}\n  # b\n  b: {}\n"));
    }

    #[test]
    fn changes_of_one_service_grow_together() {
        let mut keys = Vec::new();
        let add = |items: &[&'static str]| Op::Append(items.iter().copied().map(Value::str).collect());
        grow(&mut keys, &["cap_add"], &add(&["A"])).unwrap();
        grow(&mut keys, &["cap_add"], &add(&["A", "B"])).unwrap();
        grow(&mut keys, &["logging", "options", "max-size"], &Op::Set(Value::str("1m"))).unwrap();
        grow(&mut keys, &["logging", "driver"], &Op::Set(Value::str("x"))).unwrap();
        let options = Value::Map(vec![("max-size".into(), Value::str("1m"))]);
        let logging = vec![("options".into(), options), ("driver".into(), Value::str("x"))];
        let expected = [("cap_add".into(), Value::strs(["A", "B"])), ("logging".into(), Value::Map(logging))];
        assert_eq!(keys, expected);
        let item = Op::ReplaceItem { index: 0, value: Value::str("x") };
        assert!(grow(&mut keys, &["ports"], &item).is_err());
        assert!(grow(&mut keys, &["cap_add", "x"], &add(&["A"])).is_err());
    }
}
