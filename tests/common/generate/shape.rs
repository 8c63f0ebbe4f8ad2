//! The strategies that everything else is put together from: scalars, lists and mappings in every dress.
//!
//! Knows no key of Compose.

use proptest::collection::vec;
use proptest::option::weighted;
use proptest::prelude::{BoxedStrategy, Just, Strategy, prop_oneof};
use proptest::sample::select;

use super::node::{Above, Dress, Entry, KeyLook, Kind, Look, Node};

/// Values of some kind.
pub type Nodes = BoxedStrategy<Node>;

/// Comments as people write them.
const COMMENTS: &[&str] = &[
    "# why",
    "#no blank",
    "# ünïcode ✓ 漢字 🐳",
    "# image: commented/out:1",
    "# - \"an item\"",
    "#",
    "## 'quotes\" # and: {more} [marks] *a &b !c",
    "#\tmem_limit: 1g",
    "# trailing blanks  ",
];

/// What stands behind a value.
const BEHIND: &[&str] =
    &[" # behind", "  # ünïcode ✓", " #no blank", "\t# after a tab", " ", "   ", " # twice # key: value"];

/// One of these strings.
pub fn text(options: &'static [&'static str]) -> Nodes {
    dressed(select(options).prop_map(|text| Kind::Text(text.to_owned())))
}

/// One of these scalars, each as it is to be written.
pub fn raw(options: &'static [&'static str]) -> Nodes {
    dressed(select(options).prop_map(Kind::Raw))
}

/// Some of these strings, in any order.
pub fn texts(options: &'static [&'static str]) -> Nodes {
    list(options.iter().map(|option| Just(*option)).map(|option| just_text(option).boxed()).collect())
}

fn just_text(option: Just<&'static str>) -> impl Strategy<Value = Node> + use<> {
    dressed(option.prop_map(|text| Kind::Text(text.to_owned())))
}

/// All of these strings, in this order.
pub fn in_order(words: &'static [&'static str]) -> Nodes {
    let words: Vec<Nodes> = words.iter().map(|word| just_text(Just(*word)).boxed()).collect();
    dressed(words.prop_map(Kind::List))
}

/// With one more key in it, which is a number.
pub fn with(mapping: Nodes, key: &'static str, number: &'static str) -> Nodes {
    let add = move |mut node: Node| {
        let value = Node::plain(Kind::Raw(number));
        node.entries().into_iter().for_each(|entries| entries.insert(0, Entry::new(key, value.clone())));
        node
    };
    mapping.prop_map(add).boxed()
}

/// Some of these, in any order.
pub fn list(items: Vec<Nodes>) -> Nodes {
    let some: Vec<_> = items.into_iter().map(|item| weighted(0.5, item)).collect();
    dressed(some.prop_shuffle().prop_map(|items| Kind::List(items.into_iter().flatten().collect())))
}

/// Some of these keys, in any order.
pub fn map(entries: Vec<(&'static str, Nodes)>) -> Nodes {
    dressed(entries_of(entries, 0.5).prop_map(Kind::Map))
}

/// All of these keys, in any order.
pub fn whole(entries: Vec<(&'static str, Nodes)>) -> Nodes {
    let all: Vec<_> = entries.into_iter().map(|(key, value)| entry(key, value)).collect();
    dressed(all.prop_shuffle().prop_map(Kind::Map))
}

/// Each of these keys as often as the share says, in any order.
pub fn entries_of(
    entries: Vec<(&'static str, Nodes)>,
    share: f64,
) -> impl Strategy<Value = Vec<Entry>> + use<> {
    let some: Vec<_> = entries.into_iter().map(|(key, value)| weighted(share, entry(key, value))).collect();
    some.prop_shuffle().prop_map(|entries| entries.into_iter().flatten().collect())
}

fn entry(key: &'static str, value: Nodes) -> impl Strategy<Value = Entry> + use<> {
    (key_look(), value).prop_map(move |(look, value)| Entry { key: key.into(), look, value })
}

/// One of these kinds of values.
pub fn either(kinds: Vec<Nodes>) -> Nodes {
    proptest::strategy::Union::new(kinds).boxed()
}

/// A value in any dress.
pub fn dressed(kind: impl Strategy<Value = Kind> + 'static) -> Nodes {
    (kind, dress()).prop_map(|(kind, dress)| Node { kind, dress }).boxed()
}

/// How a key may be written.
pub fn key_look() -> impl Strategy<Value = KeyLook> {
    prop_oneof![
        40 => Just(KeyLook::Plain),
        1 => Just(KeyLook::Single),
        1 => Just(KeyLook::Double),
        1 => Just(KeyLook::Apart),
        1 => Just(KeyLook::Explicit),
    ]
}

/// Everything that may stand around a value, and how it may be written.
pub fn dress() -> impl Strategy<Value = Dress> {
    let behind = weighted(0.1, select(BEHIND)).prop_map(Option::unwrap_or_default);
    let step = weighted(0.06, 1_usize..9).prop_map(Option::unwrap_or_default);
    (above(), behind, look(), step).prop_map(|(above, behind, look, step)| Dress {
        above,
        behind,
        look,
        step,
        anchor: None,
        tag: None,
    })
}

/// Lines above a value, mostly none.
pub fn above() -> impl Strategy<Value = Vec<Above>> {
    let line = prop_oneof![
        3 => Just(Above::Blank),
        4 => select(COMMENTS).prop_map(Above::Comment),
        1 => (select(COMMENTS), 0_usize..12).prop_map(|(text, indent)| Above::Astray(text, indent)),
    ];
    weighted(0.12, vec(line, 1..4)).prop_map(Option::unwrap_or_default)
}

fn look() -> impl Strategy<Value = Look> {
    prop_oneof![
        24 => Just(Look::Usual),
        2 => Just(Look::Single),
        3 => Just(Look::Double),
        1 => Just(Look::Literal),
        1 => Just(Look::Folded),
        1 => Just(Look::OverLines),
        2 => Just(Look::Brackets),
        1 => Just(Look::Padded),
        1 => Just(Look::Tight),
    ]
}
