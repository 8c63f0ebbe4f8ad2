//! Puts services together to a project: what they share, what they inherit, and what stands beside them.
//!
//! Whatever the parts are, the project is valid: `settle` takes out what Compose refuses beside something else.

use proptest::collection::vec;
use proptest::prelude::{BoxedStrategy, Strategy, any};
use proptest::sample::select;

use super::hardening;
use super::node::{Entry, Kind, Node};
use super::service;
use super::settle::{Limits, settle};
use super::shape::{Nodes, above, dress, entries_of, key_look, map, raw, text, texts};
use super::share::{Block, Use, blocks, hardened_block, inherit, taking_over, uses};

/// Names of services, in order; some need quotes.
const NAMES: &[&str] = &["web", "db", "8.0", "cache-1", "a_b.c", "null"];

/// How one service is to be made.
#[derive(Clone, Debug)]
struct Draft {
    body: Node,
    uses: Vec<Use>,
}

/// A project: the roots of its documents. There is one; `documents.rs` puts another behind it.
pub fn project() -> BoxedStrategy<Vec<Node>> {
    put_together(blocks().boxed(), vec(draft(), 1..5).boxed())
}

/// A project of services that have little of their own, and take over what harden writes from a block and each other.
pub fn sharing() -> BoxedStrategy<Vec<Node>> {
    let draft = (body(0.01, 0.06), taking_over()).prop_map(|(body, uses)| Draft { body, uses });
    put_together(hardened_block().boxed(), vec(draft, 2..5).boxed())
}

fn put_together(
    blocks: BoxedStrategy<Vec<Block>>,
    drafts: BoxedStrategy<Vec<Draft>>,
) -> BoxedStrategy<Vec<Node>> {
    let limits = select(&[Limits::OfService, Limits::OfDeploy, Limits::None][..]);
    (blocks, drafts, top(), limits, any::<bool>())
        .prop_map(|(blocks, drafts, top, limits, is_networked)| {
            let mut services = Vec::new();
            for (index, draft) in drafts.into_iter().enumerate() {
                services.push((NAMES[index].to_owned(), draft));
            }
            vec![assemble(&blocks, services, top, limits, is_networked)]
        })
        .boxed()
}

fn draft() -> impl Strategy<Value = Draft> {
    (body(0.1, 0.12), uses()).prop_map(|(body, uses)| Draft { body, uses })
}

/// The keys of a service: an image always, and each other one as often as its share says.
pub fn body(around: f64, own: f64) -> Nodes {
    let keys = |keys: &'static [service::Key], share| {
        entries_of(keys.iter().map(|(key, value)| (*key, value())).collect(), share)
    };
    let image = (key_look(), service::image());
    let image = image.prop_map(|(look, value)| Entry { key: "image".into(), look, value });
    let all = (image, keys(service::KEYS, around), keys(hardening::KEYS, own));
    let all = all.prop_map(|(image, around, own)| {
        let all = std::iter::once(image).chain(around).chain(own);
        all.collect::<Vec<_>>()
    });
    (all.prop_shuffle(), dress(), above())
        .prop_map(|(entries, mut dress, above)| {
            dress.above = above;
            Node { kind: Kind::Map(entries), dress }
        })
        .boxed()
}

/// What stands beside the services, each with its place among them.
fn top() -> impl Strategy<Value = Vec<(bool, Entry)>> {
    let entries = entries_of(
        vec![
            ("name", text(&["a-name"])),
            ("version", text(&["3.8", "2"])),
            ("x-after", map(vec![("a", raw(&["1", ""])), ("b", texts(&["c", "d"]))])),
        ],
        0.2,
    );
    entries.prop_flat_map(|entries| {
        let places = vec(any::<bool>(), entries.len());
        places.prop_map(move |places| places.into_iter().zip(entries.clone()).collect())
    })
}

fn services_of(entries: Vec<Entry>) -> Node {
    Node::plain(Kind::Map(entries))
}

fn assemble(
    blocks: &[Block],
    drafts: Vec<(String, Draft)>,
    top: Vec<(bool, Entry)>,
    limits: Limits,
    is_networked: bool,
) -> Node {
    let mut services: Vec<Entry> = Vec::new();
    for (name, draft) in drafts {
        let value = inherit(draft.body, &draft.uses, blocks, &mut services);
        services.push(Entry::new(name, value));
    }
    let mut shared: Vec<Entry> = blocks.iter().map(Block::entry).collect();
    settle(&mut shared, &mut services, limits, is_networked);
    let needed = super::settle::needed(&shared, &services);
    let (before, after): (Vec<_>, Vec<_>) = top.into_iter().partition(|(is_before, _)| *is_before);
    let before = before.into_iter().map(|(_, entry)| entry);
    let after = after.into_iter().map(|(_, entry)| entry);
    let services = Entry::new("services", services_of(services));
    let entries = before.chain(shared).chain([services]).chain(needed).chain(after);
    Node::plain(Kind::Map(entries.collect()))
}
