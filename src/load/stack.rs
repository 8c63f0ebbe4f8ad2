//! Finds the keys that `docker stack deploy` refuses or ignores, by the table in `compose::stack`.
//!
//! Looks at the effective project, because the deployer resolves `<<` too. Says nothing of it: a pass does.

use std::borrow::Cow;

use super::effective::{Field, Shape, View, shape, view_fields, view_items};
use super::gather::Layer;
use crate::compose::stack::{Rule, TOP, Treatment, line};
use crate::compose::{Port, Spanned, Via};
use crate::yaml::{Kind, NodeId, Quoting, Tree};

/// Keys whose parts the table also has lines for.
const BELOW: [&str; 4] = ["deploy", "resources", "limits", "reservations"];

/// The keys of a service that the deployer does not honour.
pub(super) fn of_service(tree: &Tree, fields: &[Field]) -> Vec<Spanned<&'static Rule>> {
    let mut found = Vec::new();
    push(tree, None, fields, &mut found);
    found
}

/// The keys of a whole file that the deployer refuses.
pub(super) fn of_file(tree: &Tree, layer: Layer) -> Vec<Spanned<&'static Rule>> {
    let written = |rule: &'static Rule| Some(spanned(tree, rule, tree.entry(layer.root, rule.key)?.key));
    TOP.iter().filter_map(written).collect()
}

/// `version` of a file.
pub(super) fn version(tree: &Tree, layer: Layer) -> Option<Spanned<String>> {
    let node = tree.get(layer.root, "version")?;
    let value = tree.text(node)?.to_owned();
    Some(Spanned { value, place: Some(tree.place(node)), via: Via::Own })
}

fn push(tree: &Tree, above: Option<&str>, fields: &[Field], found: &mut Vec<Spanned<&'static Rule>>) {
    for field in fields {
        let key = field.key.text(tree);
        let dotted = above.map_or(Cow::Borrowed(key), |above| format!("{above}.{key}").into());
        if let Some(rule) = line(&dotted).filter(|rule| matters(tree, rule, &field.value)) {
            found.push(spanned(tree, rule, field.key.node().unwrap_or(field.value.node())));
        }
        if BELOW.contains(&key) {
            push(tree, Some(&dotted), &view_fields(tree, &field.value, field.via), found);
        }
    }
}

/// Whether a key with this value is not honoured. Of `ports` only addresses are not.
fn matters(tree: &Tree, rule: &Rule, value: &View) -> bool {
    match rule.treatment {
        Treatment::Honoured(_) => false,
        Treatment::Ignored if rule.key == "ports" => names_address(tree, value),
        Treatment::Ignored | Treatment::Refused => true,
        Treatment::NoMapping => shape(tree, value) == Shape::Map,
        Treatment::NoNumber => is_bare_number(tree, value.node()),
    }
}

fn names_address(tree: &Tree, ports: &View) -> bool {
    let items = view_items(tree, ports, Via::Own);
    items.iter().map(|(item, _)| item.node()).any(|node| match tree.text(node) {
        Some(text) => Port::parse(text).host_ip.is_some(),
        None => tree.get(node, "host_ip").is_some(),
    })
}

fn is_bare_number(tree: &Tree, node: NodeId) -> bool {
    let node = tree.resolve(node);
    let bare = matches!(tree.node(node).kind, Kind::Scalar { style: Quoting::Plain, .. });
    bare && tree.text(node).is_some_and(|text| text.parse::<f64>().is_ok())
}

fn spanned(tree: &Tree, rule: &'static Rule, node: NodeId) -> Spanned<&'static Rule> {
    Spanned { value: rule, place: Some(tree.place(node)), via: Via::Own }
}
