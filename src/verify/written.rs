//! What the original means: nodes of the spanned tree as meanings.
//!
//! Values come from our own parser; only how a plain scalar that could be a number is read is asked of the second
//! one, for that is a question of notation and not of structure.

use std::borrow::Cow;

use super::meaning::{Meaning, read_scalar};
use crate::yaml::{Kind, Node, NodeId, Quoting, Tree};

/// Far beyond what the second parser lets nest, so that no walk exhausts the stack.
const DEPTH: usize = 300;

/// What a tag on a node does to its meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tag<'a> {
    /// No tag.
    None,
    /// `!name`: part of the meaning.
    Local(&'a str),
    /// `!!name` and `!<tag:…>`: says how a scalar is read.
    Core(&'a str),
    /// A form whose expansion is not followed, such as `!handle!name`.
    Odd,
}

/// What a node means; aliases are followed, `<<` is kept.
pub(super) fn meaning(tree: &Tree, id: NodeId) -> Meaning<'_> {
    at_depth(tree, id, DEPTH)
}

fn at_depth(tree: &Tree, id: NodeId, depth: usize) -> Meaning<'_> {
    let node = tree.node(id);
    let Some(depth) = depth.checked_sub(1) else { return Meaning::Null };
    let inner = match &node.kind {
        Kind::Alias(target) => return at_depth(tree, *target, depth),
        Kind::Scalar { style, .. } => scalar(tree, id, *style),
        Kind::Sequence { items, .. } => {
            Meaning::Seq(items.iter().map(|item| at_depth(tree, item.node, depth)).collect())
        }
        Kind::Mapping { entries, .. } => {
            let pair = |key, value| (at_depth(tree, key, depth), at_depth(tree, value, depth));
            Meaning::Map(entries.iter().map(|entry| pair(entry.key, entry.value)).collect())
        }
    };
    match tag(tree, node) {
        Tag::Local(name) => Meaning::Tagged(Box::new((name.to_owned(), inner))),
        _ => inner,
    }
}

/// What a scalar node means without its local tag.
pub(super) fn scalar(tree: &Tree, id: NodeId, style: Quoting) -> Meaning<'_> {
    let text = tree.text(id).unwrap_or_default();
    match tag(tree, tree.node(id)) {
        Tag::Core(name) => core_scalar(name, text),
        _ if style == Quoting::Plain => plain(text),
        _ => Meaning::Str(Cow::Borrowed(text)),
    }
}

fn core_scalar<'a>(name: &str, text: &'a str) -> Meaning<'a> {
    match name {
        "null" => Meaning::Null,
        "bool" => Meaning::Bool(text.eq_ignore_ascii_case("true")),
        "int" => plain(text),
        "float" => match plain(text) {
            Meaning::Int(_) | Meaning::Big(_) => {
                text.parse::<f64>().map_or(Meaning::Null, |number| Meaning::Float(number.to_bits()))
            }
            other => other,
        },
        _ => Meaning::Str(Cow::Borrowed(text)),
    }
}

/// What a plain scalar means.
pub(super) fn plain(text: &str) -> Meaning<'_> {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Meaning::Null,
        "true" | "True" | "TRUE" => Meaning::Bool(true),
        "false" | "False" | "FALSE" => Meaning::Bool(false),
        _ if !may_be_number(text) => Meaning::Str(Cow::Borrowed(text)),
        _ => number(text),
    }
}

fn may_be_number(text: &str) -> bool {
    let starts = text.starts_with(|first: char| first.is_ascii_digit() || matches!(first, '+' | '-' | '.'));
    if !starts {
        return false;
    }
    let special = ["inf", "nan"].iter().any(|word| text.to_ascii_lowercase().ends_with(word));
    let number = |byte: u8| byte.is_ascii_hexdigit() || matches!(byte, b'x' | b'o' | b'+' | b'-' | b'.');
    special || text.bytes().all(number) && text.bytes().any(|byte| byte.is_ascii_digit())
}

/// Short decimal numbers, of which files are full, are read here; anything else by the second parser.
fn number(text: &str) -> Meaning<'_> {
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, fraction) = text.split_once('.').map_or((text, None), |(whole, rest)| (whole, Some(rest)));
    let short = text.len() <= 18 && is_digits(whole) && (whole == "0" || !whole.starts_with('0'));
    match fraction {
        None if short => return text.parse().map_or(Meaning::Null, Meaning::Int),
        Some(fraction) if short && is_digits(fraction) => {
            return text.parse::<f64>().map_or(Meaning::Null, |number| Meaning::Float(number.to_bits()));
        }
        _ => {}
    }
    match read_scalar(text) {
        Some(value @ (Meaning::Int(_) | Meaning::Big(_) | Meaning::Float(_))) => value,
        _ => Meaning::Str(Cow::Borrowed(text)),
    }
}

/// The tag of a node.
pub(super) fn tag<'a>(tree: &'a Tree, node: &Node) -> Tag<'a> {
    const CORE: &str = "tag:yaml.org,2002:";
    let Some(span) = node.tag() else { return Tag::None };
    let text = tree.source(node.file).slice(span);
    if text.contains('%') {
        return Tag::Odd;
    }
    if let Some(verbatim) = text.strip_prefix("!<").and_then(|rest| rest.strip_suffix('>')) {
        return match verbatim.strip_prefix('!') {
            Some(name) => Tag::Local(name),
            None => Tag::Core(verbatim.strip_prefix(CORE).unwrap_or(verbatim)),
        };
    }
    match (text.strip_prefix("!!"), text.strip_prefix('!')) {
        (Some(name), _) => Tag::Core(name),
        (_, Some("")) => Tag::Local(text),
        (_, Some(name)) if !name.contains('!') => Tag::Local(name),
        _ => Tag::Odd,
    }
}

/// The value of a key of a mapping, as written, with `<<` followed: own keys win, then earlier merges.
pub(super) fn merged(tree: &Tree, mapping: NodeId, key: &str) -> Option<NodeId> {
    tree.get(mapping, key).or_else(|| merged_only(tree, mapping, key))
}

/// The value of a key that comes in through `<<`.
pub(super) fn merged_only(tree: &Tree, mapping: NodeId, key: &str) -> Option<NodeId> {
    sources(tree, mapping).into_iter().find_map(|source| merged(tree, source, key))
}

fn sources(tree: &Tree, mapping: NodeId) -> Vec<NodeId> {
    let Some(value) = tree.get(mapping, "<<") else { return Vec::new() };
    let items = tree.items(value);
    if items.is_empty() { vec![value] } else { items.iter().map(|item| item.node).collect() }
}
