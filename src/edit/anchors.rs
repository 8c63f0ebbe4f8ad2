//! Writes the mapping that services merge, and the `<<` that merges it. Decides nothing: `defaults` does.

use super::block::{NewKey, NewKeys};
use super::defaults::{Defaults, KEY, User, merge_value};
use super::lines::{Lines, indent_of};
use super::place::{self, Spot};
use super::splice::{Part, Rank};
use super::target::is_flow;
use super::{Editor, Origin, Origins, flow, render};
use crate::plan::{Plan, Value};
use crate::source::Span;
use crate::yaml::{Kind, NodeId, Tree};

/// Writes the mapping, and a `<<` into each service that has one already. Returns the `<<` for the others, to be
/// written with their other new keys.
pub(super) fn write<'p>(
    editor: &mut Editor<'_>,
    defaults: &Defaults,
    plan: &'p Plan,
) -> Vec<(usize, NewKeys<'p>)> {
    if !defaults.is_there {
        editor.origins = defaults.users.iter().flat_map(|user| origins(plan, user)).collect();
        mapping(editor, defaults);
    }
    let mut new = Vec::new();
    for user in &defaults.users {
        let alias = format!("*{}", defaults.anchor);
        let origins = origins(plan, user);
        if let Some(value) = merge_value(editor.tree, user.node) {
            editor.origins = origins;
            add(editor, value, &alias);
        } else {
            // an alias is written as it stands, as a number is
            let key = NewKey { key: render::MERGE, value: Value::number(alias), origins };
            let (mapping, scope) = (user.node, user.node);
            new.push((user.service, NewKeys { mapping, scope, top: true, keys: vec![key] }));
        }
    }
    new
}

/// The decisions that a service takes from the mapping.
fn origins(plan: &Plan, user: &User) -> Origins {
    let decisions = plan.services.get(user.service).map(|service| service.decisions.as_slice());
    let decisions = decisions.unwrap_or_default().iter().enumerate();
    let takes = |key: Option<&&str>| key.is_some_and(|key| user.takes.contains(key));
    let chosen =
        decisions.filter(|(_, (_, made))| made.applied().iter().any(|change| takes(change.path.first())));
    chosen.map(|(decision, _)| Origin { service: user.service, decision }).collect()
}

/// The mapping, above `services` and a blank line.
fn mapping(editor: &mut Editor<'_>, defaults: &Defaults) {
    let (Some(first), Some(spot)) = (defaults.users.first(), spot(editor.tree, defaults.root)) else {
        return;
    };
    let style = editor.style(first.node);
    let lines = render::text(|out| {
        out.push_str(KEY);
        out.push_str(": &");
        out.push_str(&defaults.anchor);
        out.push('\n');
        for (key, value) in &defaults.keys {
            render::entry(out, key, value, style.step, &style);
        }
        out.push('\n');
    });
    super::block::insert_lines(editor, defaults.root, spot, &lines, Rank::new(0, Part::End));
}

/// Above `services` and the comments that introduce it. Comments at the start of the file introduce the file.
fn spot(tree: &Tree, root: NodeId) -> Option<Spot> {
    let entry = tree.entry(root, "services")?;
    let lines = Lines::new(tree.source(tree.node(root).file));
    let own = lines.start(tree.outer_span(entry.key).range().start);
    let mut start = own;
    while let Some(previous) = lines.previous(start) {
        let line = lines.line(previous);
        if !line.starts_with('#') || indent_of(line) > 0 {
            return Some(Spot::Before(start));
        }
        start = previous;
    }
    Some(Spot::Before(own))
}

/// One more alias behind those that a service merges: earlier ones win.
fn add(editor: &mut Editor<'_>, value: NodeId, alias: &str) {
    let tree = editor.tree;
    let node = tree.node(value);
    let (file, span) = (node.file, tree.outer_span(value));
    match &node.kind {
        Kind::Sequence { .. } if is_flow(tree, value) => {
            flow::insert(editor, value, &[alias.to_owned()], &[]);
        }
        Kind::Sequence { .. } => {
            let indent = place::indent(tree, value);
            let end = place::after(tree, value).unwrap_or(span.range().end);
            let line = format!("{:indent$}- {alias}\n", "");
            super::block::insert_lines(
                editor,
                value,
                Spot::After(end),
                &line,
                Rank::new(indent, Part::Value),
            );
        }
        _ => {
            let (start, end) = (span.range().start, span.range().end);
            editor.insert(file, start, "[".to_owned(), Rank::INLINE);
            editor.replace(file, Span::new(end, end), format!(", {alias}]"));
        }
    }
}
