//! The tree as the validator sees it: JSON types, aliases followed, `<<` merged, `!reset` values gone.
//!
//! Nothing is copied: a node is a tree and an index. Values leave this file only as types and texts to match.

use std::borrow::Cow;
use std::collections::HashSet;

use jsonschema::JsonType;
use jsonschema::json::{Array, Json, JsonNumber, Node, NodeIdentity, Object};
use serde_json::{Number, Value};

use super::scalar::{self, Scalar};
use crate::load::effective::{is_merge, is_reset, merge_sources};
use crate::yaml::{Entry, Item, Kind, NodeId, Tree};

/// Names this representation to the validator.
pub(super) struct Yaml;

/// A node as Compose sees it, or the name of a key while names are checked.
#[derive(Clone, Copy, Debug)]
pub(super) enum View<'a> {
    /// A node; may be an alias.
    Node(&'a Tree, NodeId),
    /// A key.
    Name(&'a str),
}

/// A mapping with its merges.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mapping<'a>(&'a Tree, NodeId);

/// A list.
#[derive(Clone, Copy, Debug)]
pub(super) struct List<'a>(&'a Tree, NodeId);

/// A number of JSON.
pub(super) struct Finite(Number);

impl<'a> View<'a> {
    fn scalar(self) -> Option<Scalar<'a>> {
        match self {
            Self::Name(name) => Some(Scalar::Text(Cow::Borrowed(name))),
            Self::Node(tree, id) => {
                let node = tree.node(tree.resolve(id));
                scalar::read(tree, node, tree.text(id)?)
            }
        }
    }

    fn kind(self) -> Option<(&'a Kind, &'a Tree, NodeId)> {
        match self {
            Self::Name(_) => None,
            Self::Node(tree, id) => {
                let id = tree.resolve(id);
                Some((&tree.node(id).kind, tree, id))
            }
        }
    }
}

impl Json for Yaml {
    type Node<'a> = View<'a>;
    type PreparedKey = String;
    type StringBuffer = String;

    fn prepare_key(key: &str) -> String {
        key.to_owned()
    }

    fn with_string_node<T>(buffer: &mut String, string: &str, f: impl FnOnce(View<'_>) -> T) -> T {
        buffer.clear();
        buffer.push_str(string);
        f(View::Name(buffer))
    }
}

impl<'a> Node<'a, Yaml> for View<'a> {
    type Object = Mapping<'a>;
    type Array = List<'a>;
    type Number = Finite;

    fn as_object(&self) -> Option<Mapping<'a>> {
        match self.kind()? {
            (Kind::Mapping { .. }, tree, id) => Some(Mapping(tree, id)),
            _ => None,
        }
    }

    fn as_array(&self) -> Option<List<'a>> {
        match self.kind()? {
            (Kind::Sequence { .. }, tree, id) => Some(List(tree, id)),
            _ => None,
        }
    }

    fn as_string(&self) -> Option<Cow<'a, str>> {
        match self.scalar()? {
            Scalar::Text(text) => Some(text),
            _ => None,
        }
    }

    fn as_number(&self) -> Option<Finite> {
        match self.scalar()? {
            Scalar::Number(number) => Some(Finite(number)),
            _ => None,
        }
    }

    fn as_boolean(&self) -> Option<bool> {
        match self.scalar()? {
            Scalar::Flag(flag) => Some(flag),
            _ => None,
        }
    }

    fn is_null(&self) -> bool {
        self.scalar() == Some(Scalar::Null)
    }

    fn json_type(&self) -> JsonType {
        match (self.scalar(), self.kind()) {
            (Some(Scalar::Null), _) => JsonType::Null,
            (Some(Scalar::Flag(_)), _) => JsonType::Boolean,
            (Some(Scalar::Number(_)), _) => JsonType::Number,
            (None, Some((Kind::Mapping { .. }, ..))) => JsonType::Object,
            (None, Some((Kind::Sequence { .. }, ..))) => JsonType::Array,
            (Some(Scalar::Text(_)) | None, _) => JsonType::String,
        }
    }

    /// Asked for when an error is made. Messages are written from the tree, so a collection is not copied.
    fn to_value(&self) -> Cow<'a, Value> {
        Cow::Owned(match self.scalar() {
            Some(Scalar::Flag(flag)) => Value::Bool(flag),
            Some(Scalar::Number(number)) => Value::Number(number),
            Some(Scalar::Text(text)) => Value::String(text.into_owned()),
            Some(Scalar::Null) | None => Value::Null,
        })
    }

    fn identity(&self) -> Option<NodeIdentity> {
        let (_, tree, id) = self.kind()?;
        Some(NodeIdentity::tagged(std::ptr::from_ref(tree).addr(), id.0))
    }
}

impl<'a> Object<'a, Yaml> for Mapping<'a> {
    type Node = View<'a>;
    type MemberName = &'a str;
    type MembersIter = Box<dyn Iterator<Item = (&'a str, View<'a>)> + 'a>;

    fn len(&self) -> usize {
        self.members().count()
    }

    fn get(&self, key: &String) -> Option<View<'a>> {
        self.members().find_map(|(name, value)| (name == key).then_some(value))
    }

    fn members(&self) -> Self::MembersIter {
        let Self(tree, id) = *self;
        let member = move |entry: Entry| Some((tree.text(entry.key)?, View::Node(tree, entry.value)));
        let own = tree.entries(id);
        if own.iter().any(|entry| is_merge(tree, *entry)) {
            return Box::new(effective(tree, id).into_iter().filter_map(member));
        }
        Box::new(own.iter().copied().filter(|entry| !is_reset(tree, entry.value)).filter_map(member))
    }
}

impl<'a> Array<'a, Yaml> for List<'a> {
    type Node = View<'a>;
    type ElementsIter = Box<dyn Iterator<Item = View<'a>> + 'a>;

    fn len(&self) -> usize {
        self.elements().count()
    }

    fn elements(&self) -> Self::ElementsIter {
        let Self(tree, id) = *self;
        let items = tree.items(id).iter().filter(|item| !is_reset(tree, item.node));
        Box::new(items.map(|item| View::Node(tree, item.node)))
    }

    /// Scalars by their text; collections never repeat one another, for no list that has to be distinct takes them.
    fn is_unique(&self) -> bool {
        repeated(self.0, self.1).is_none()
    }
}

impl JsonNumber for Finite {
    fn as_u64(&self) -> Option<u64> {
        self.0.as_u64()
    }

    fn as_i64(&self) -> Option<i64> {
        self.0.as_i64()
    }

    fn as_f64(&self) -> Option<f64> {
        self.0.as_f64()
    }

    fn as_str(&self) -> Cow<'_, str> {
        Cow::Owned(self.0.to_string())
    }

    fn to_number(&self) -> Cow<'_, Number> {
        Cow::Borrowed(&self.0)
    }
}

/// The first item of a list whose text an earlier item has.
pub(super) fn repeated(tree: &Tree, list: NodeId) -> Option<&Item> {
    let mut seen = HashSet::new();
    tree.items(list).iter().find(|item| tree.text(item.node).is_some_and(|text| !seen.insert(text)))
}

/// A mapping's entries as Compose sees them: own ones first, then merged ones that they do not hide.
pub(super) fn effective(tree: &Tree, mapping: NodeId) -> Vec<Entry> {
    let (mut entries, mut names, mut visited) = (Vec::new(), HashSet::new(), HashSet::new());
    let mut waiting = vec![tree.resolve(mapping)];
    while let Some(id) = waiting.pop() {
        if !visited.insert(id) {
            continue;
        }
        let own = tree.entries(id);
        let (merges, own): (Vec<Entry>, Vec<Entry>) = own.iter().partition(|entry| is_merge(tree, **entry));
        let fresh =
            own.into_iter().filter(|entry| tree.text(entry.key).is_none_or(|name| names.insert(name)));
        entries.extend(fresh.filter(|entry| !is_reset(tree, entry.value)));
        // The stack hands out the last one first, and the first merge source wins.
        waiting
            .extend(merges.iter().rev().flat_map(|entry| merge_sources(tree, entry.value).into_iter().rev()));
    }
    entries
}
