//! What services share: blocks with an anchor, merge keys, aliases, `extends`.
//!
//! Add a way of sharing: a variant of `Use`, and what `inherit` does with it.

use proptest::collection::vec;
use proptest::option::weighted;
use proptest::prelude::{Just, Strategy, any, prop_oneof};
use proptest::sample::Index;

use super::hardening;
use super::node::{Entry, Kind, Node};
use super::service;
use super::shape::{Nodes, dressed, entries_of, map, text, texts};

/// A block at the top that services share.
#[derive(Clone, Debug)]
pub struct Block {
    /// The key of a service that it is the value of; `None` for keys to be merged.
    key: Option<&'static str>,
    name: &'static str,
    value: Node,
}

/// How a service uses what is there already.
#[derive(Clone, Debug)]
pub enum Use {
    /// `<<: *block`, or `<<: [*block, *service]`
    Merge(Index),
    /// `<<` in the environment
    MergeBelow,
    /// `logging: *block`
    Alias(Index),
    /// `environment: *of-an-earlier-service`
    AliasOfKey(Index),
    /// `<<: *earlier`
    MergeService(Index),
    /// `service: *earlier`: nothing of its own
    WholeService(Index),
    /// `extends: earlier`, or with `service:`
    Extends(Index, bool),
    /// `depends_on` and `network_mode: service:x`
    DependsOn(Index, bool),
    NetworkOf(Index),
    /// `!reset` or `!override` on one of its keys
    Tag(Index, bool),
}

impl Block {
    /// The block as it stands at the top.
    pub fn entry(&self) -> Entry {
        Entry::new(format!("x-{}", self.name), self.value.clone().anchored(self.name))
    }
}

/// The blocks of a project.
pub fn blocks() -> impl Strategy<Value = Vec<Block>> {
    let block =
        |key, name, value: Nodes| weighted(0.25, value.prop_map(move |value| Block { key, name, value }));
    let common = |share| {
        let keys = service::KEYS.iter().chain(hardening::KEYS).map(|(key, value)| (*key, value())).collect();
        dressed(entries_of(keys, share).prop_map(Kind::Map))
    };
    let all = vec![
        block(None, "common", common(0.08)),
        block(None, "more", common(0.05)),
        block(Some("logging"), "logging", hardening::logging()),
        block(Some("environment"), "env", map(vec![("A", text(&["b"])), ("C", text(&["${D:-e}"]))])),
        block(Some("cap_drop"), "caps", texts(&["ALL", "NET_RAW"])),
        block(Some("image"), "image", text(&["nginx:1.27", "example/unknown:2"])),
        block(Some("security_opt"), "opts", texts(&["no-new-privileges:true", "label:disable"])),
    ];
    all.prop_map(|blocks| blocks.into_iter().flatten().collect())
}

/// One block, of what harden writes and goes by.
pub fn hardened_block() -> impl Strategy<Value = Vec<Block>> {
    let keys = hardening::KEYS.iter().map(|(key, value)| (*key, value())).collect();
    let value = dressed(entries_of(keys, 0.2).prop_map(Kind::Map));
    value.prop_map(|value| vec![Block { key: None, name: "common", value }])
}

/// How a service takes over keys from others: in one way or two.
pub fn taking_over() -> impl Strategy<Value = Vec<Use>> {
    let index = any::<Index>;
    let one = prop_oneof![
        4 => index().prop_map(Use::Merge),
        2 => index().prop_map(Use::MergeService),
        4 => (index(), any::<bool>()).prop_map(|(index, is_long)| Use::Extends(index, is_long)),
        1 => index().prop_map(Use::AliasOfKey),
    ];
    vec(one, 1..3)
}

/// How a service uses what is there, mostly not at all.
pub fn uses() -> impl Strategy<Value = Vec<Use>> {
    let index = any::<Index>;
    let one = prop_oneof![
        4 => index().prop_map(Use::Merge),
        2 => Just(Use::MergeBelow),
        4 => index().prop_map(Use::Alias),
        2 => index().prop_map(Use::AliasOfKey),
        2 => index().prop_map(Use::MergeService),
        1 => index().prop_map(Use::WholeService),
        3 => (index(), any::<bool>()).prop_map(|(index, is_long)| Use::Extends(index, is_long)),
        2 => (index(), any::<bool>()).prop_map(|(index, is_long)| Use::DependsOn(index, is_long)),
        1 => index().prop_map(Use::NetworkOf),
        1 => (index(), any::<bool>()).prop_map(|(index, is_reset)| Use::Tag(index, is_reset)),
    ];
    vec(one, 0..4)
}

/// The service with what it uses.
pub fn inherit(mut body: Node, uses: &[Use], blocks: &[Block], earlier: &mut [Entry]) -> Node {
    let mut merged: Vec<String> = Vec::new();
    for one in uses {
        match one {
            Use::Merge(index) => {
                merged.extend(block(blocks, index, false).map(|block| block.name.to_owned()));
            }
            Use::Alias(index) => {
                if let Some((key, block)) = block(blocks, index, true).and_then(|b| Some((b.key?, b))) {
                    put(&mut body, key, Node::alias(block.name));
                }
            }
            Use::MergeBelow => merge_below(&mut body, blocks),
            Use::AliasOfKey(index) => alias_of_key(&mut body, index, earlier),
            Use::MergeService(index) => merged.extend(anchor(index, earlier)),
            Use::WholeService(index) => {
                if let Some(name) = anchor(index, earlier) {
                    return Node::alias(name);
                }
            }
            Use::Extends(index, is_long) => {
                if let Some(name) = name(index, earlier) {
                    put(&mut body, "extends", extends(name, *is_long));
                }
            }
            Use::DependsOn(index, is_long) => {
                if let Some(name) = name(index, earlier) {
                    put(&mut body, "depends_on", depends_on(name, *is_long));
                }
            }
            Use::NetworkOf(index) => {
                if let Some(name) = name(index, earlier) {
                    put(&mut body, "network_mode", Node::text(format!("service:{name}")));
                }
            }
            Use::Tag(index, is_reset) => tag(&mut body, index, *is_reset),
        }
    }
    merge(&mut body, merged);
    body
}

fn block<'b>(blocks: &'b [Block], index: &Index, is_value: bool) -> Option<&'b Block> {
    let fitting: Vec<&Block> = blocks.iter().filter(|block| block.key.is_some() == is_value).collect();
    (!fitting.is_empty()).then(|| fitting[index.index(fitting.len())])
}

/// The name of an earlier service.
fn name(index: &Index, earlier: &[Entry]) -> Option<String> {
    (!earlier.is_empty()).then(|| earlier[index.index(earlier.len())].key.clone())
}

/// The anchor of an earlier service, which gets one if it has none.
fn anchor(index: &Index, earlier: &mut [Entry]) -> Option<String> {
    let place = (!earlier.is_empty()).then(|| index.index(earlier.len()))?;
    let node = &mut earlier[place].value;
    if let Kind::Alias(name) = &node.kind {
        return Some(name.clone());
    }
    Some(node.dress.anchor.get_or_insert_with(|| format!("s{place}")).clone())
}

/// Sets a key, where it was or as the last one.
fn put(body: &mut Node, key: &str, value: Node) {
    let Some(entries) = body.entries() else { return };
    match entries.iter_mut().find(|entry| entry.key == key) {
        Some(entry) => entry.value = value,
        None => entries.push(Entry::new(key, value)),
    }
}

/// A merge key, as the first key or the last one.
fn merge(body: &mut Node, mut names: Vec<String>) {
    names.dedup();
    let value = match names.as_slice() {
        [] => return,
        [one] => Node::alias(one.as_str()),
        _ => {
            let aliases = names.iter().map(|name| Node::alias(name.as_str())).collect();
            let mut list = Node::plain(Kind::List(aliases));
            list.dress.look = body.dress.look;
            list
        }
    };
    let is_last = body.dress.behind.is_empty() && names.len() == 1 && body.dress.step > 3;
    if let Some(entries) = body.entries() {
        let place = if is_last { entries.len() } else { entries.len() / 3 };
        entries.insert(place, Entry::new("<<", value));
    }
}

fn merge_below(body: &mut Node, blocks: &[Block]) {
    let is_there = blocks.iter().any(|block| block.name == "env");
    let Some(Kind::Map(entries)) = body.get("environment").map(|node| &mut node.kind) else { return };
    if is_there && !entries.iter().any(|entry| entry.key == "<<") {
        entries.push(Entry::new("<<", Node::alias("env")));
    }
}

/// One of the keys of an earlier service stands here, too.
fn alias_of_key(body: &mut Node, index: &Index, earlier: &mut [Entry]) {
    let place = index.index(earlier.len().max(1));
    let Some(entries) = earlier.get_mut(place).and_then(|entry| entry.value.entries()) else { return };
    let own = |entry: &&mut Entry| {
        !["<<", "extends", "depends_on", "network_mode"].contains(&entry.key.as_str())
            && !matches!(entry.value.kind, Kind::Alias(_) | Kind::Raw(_))
            && entry.value.dress.tag.is_none()
    };
    let mut fitting: Vec<&mut Entry> = entries.iter_mut().filter(own).collect();
    if fitting.is_empty() {
        return;
    }
    let at = index.index(fitting.len());
    let entry = &mut *fitting[at];
    let anchor = format!("k{place}-{at}");
    let name = entry.value.dress.anchor.get_or_insert(anchor).clone();
    let key = entry.key.clone();
    put(body, &key, Node::alias(name));
}

fn extends(name: String, is_long: bool) -> Node {
    if is_long {
        Node::plain(Kind::Map(vec![Entry::new("service", Node::text(name))]))
    } else {
        Node::text(name)
    }
}

fn depends_on(name: String, is_long: bool) -> Node {
    if !is_long {
        return Node::plain(Kind::List(vec![Node::text(name)]));
    }
    let condition = Entry::new("condition", Node::text("service_started"));
    Node::plain(Kind::Map(vec![Entry::new(name, Node::plain(Kind::Map(vec![condition])))]))
}

/// A tag on a key that no other service needs.
fn tag(body: &mut Node, index: &Index, is_reset: bool) {
    const TAKE: [&str; 6] = ["ports", "labels", "tmpfs", "cap_add", "security_opt", "logging"];
    let Some(entries) = body.entries() else { return };
    let mut fitting: Vec<&mut Entry> = entries
        .iter_mut()
        .filter(|entry| TAKE.contains(&entry.key.as_str()))
        .filter(|entry| matches!(entry.value.kind, Kind::List(_) | Kind::Map(_)))
        .collect();
    if !fitting.is_empty() {
        let at = index.index(fitting.len());
        fitting[at].value.dress.tag = Some(if is_reset { "!reset" } else { "!override" });
    }
}
