//! Which values are written once for several services, in a top-level `x-harden-defaults` mapping that they merge.
//!
//! A question of layout only: what each service ends up with is the plan's, and the proof holds it to that. A service
//! that merges the mapping gets all of its keys, so it must want each of them or have a value of its own. Text is not
//! looked at here but for the names of anchors.

use super::block::ORDER;
use super::scalar::is_plain;
use super::site;
use super::style::quotes_keys;
use super::target::is_flow;
use crate::plan::{Op, Plan, Style, Value};
use crate::source::FileId;
use crate::yaml::{Kind, Layers, NodeId, Quoting, Tree};

/// The key of the mapping.
pub const KEY: &str = "x-harden-defaults";

/// Fewer services do not make a mapping worth its lines.
const LEAST: usize = 3;

/// A mapping that services merge, and what they take from it.
#[derive(Clone, Debug)]
pub struct Defaults {
    /// The top-level mapping of the file.
    pub root: NodeId,
    /// Name of the anchor, without the ampersand.
    pub anchor: String,
    /// Whether the mapping is there already.
    pub is_there: bool,
    /// Its keys and values, in order.
    pub keys: Vec<(&'static str, Value)>,
    /// Who merges it.
    pub users: Vec<User>,
}

/// A service that merges the mapping.
#[derive(Clone, Debug)]
pub struct User {
    /// Index of the service.
    pub service: usize,
    /// Its own mapping.
    pub node: NodeId,
    /// The keys whose change comes in that way. Of the others it has values of its own.
    pub takes: Vec<&'static str>,
}

impl Defaults {
    /// Who writes this change by merging the mapping.
    #[must_use]
    pub fn user_of(&self, service: usize, path: &[&str]) -> Option<&User> {
        let [key] = path else { return None };
        self.users.iter().find(|user| user.service == service && user.takes.contains(key))
    }
}

/// The mapping for the project's first file; `None` where every service gets a block of its own.
#[must_use]
pub fn defaults(tree: &Tree, services: &Layers, plan: &Plan) -> Option<Defaults> {
    if services.top().is_some() {
        return None;
    }
    let root = tree.documents_of(FileId::default()).next()?.root?;
    let found = tree.entry(root, KEY);
    if found.is_none() && plan.style == Style::Blocks {
        return None;
    }
    let members = members(tree, services, plan, root);
    match found {
        Some(entry) => join(tree, root, entry.value, &members),
        None => found_new(tree, root, &members),
    }
}

/// A service that could merge the mapping.
struct Member<'t> {
    tree: &'t Tree,
    service: usize,
    node: NodeId,
    /// Its new keys, of which it has none so far.
    wants: Vec<(&'static str, Value)>,
    /// Keys of which it will have a value of its own.
    writes: Vec<&'static str>,
}

impl Member<'_> {
    fn takes(&self, key: &str, value: &Value) -> bool {
        self.wants.iter().any(|(own, wanted)| *own == key && wanted == value)
    }

    /// Whether merging these keys gives it nothing that it does not want.
    fn fits(&self, keys: &[(&'static str, Value)]) -> bool {
        let has = |key: &str| self.writes.contains(&key) || lookup(self.tree, self.node, key).is_some();
        let differs = |key: &str| self.wants.iter().any(|(own, _)| *own == key);
        keys.iter().all(|(key, value)| self.takes(key, value) || has(key) || differs(key))
    }

    fn saves(&self, keys: &[(&'static str, Value)]) -> usize {
        keys.iter().filter(|(key, value)| self.takes(key, value)).map(|(_, value)| lines(value)).sum()
    }

    fn user(&self, keys: &[(&'static str, Value)]) -> User {
        let takes = keys.iter().filter(|(key, value)| self.takes(key, value)).map(|(key, _)| *key);
        User { service: self.service, node: self.node, takes: takes.collect() }
    }
}

/// Joins the services that can to the mapping that is there. Its keys stay as they are: others merge it.
fn join(tree: &Tree, root: NodeId, value: NodeId, members: &[Member<'_>]) -> Option<Defaults> {
    let anchor = anchor(tree, value)?;
    let known: Option<Vec<_>> = tree.entries(value).iter().map(|entry| known(tree, entry.key)).collect();
    let wanted = |key: &'static str| {
        let node = tree.get(value, key)?;
        let mut values = members.iter().flat_map(|member| &member.wants);
        let same = values.find(|(own, wanted)| *own == key && says(tree, node, wanted));
        // a value that nobody wants still reaches who merges it: it then has to have its own
        Some((key, same.map_or(Value::Bool(false), |(_, value)| value.clone())))
    };
    let keys: Vec<_> = known?.into_iter().filter_map(wanted).collect();
    let is_worth = |member: &&Member<'_>| member.fits(&keys) && member.saves(&keys) > 1;
    let is_free = |member: &&Member<'_>| tree.node(member.node).span.start > tree.node(value).span.start;
    let users: Vec<User> =
        members.iter().filter(is_free).filter(is_worth).map(|member| member.user(&keys)).collect();
    let is_there = true;
    (!users.is_empty()).then_some(Defaults { root, anchor, is_there, keys, users })
}

/// A new mapping: key after key, the most wanted first, as long as it saves lines.
fn found_new(tree: &Tree, root: NodeId, members: &[Member<'_>]) -> Option<Defaults> {
    let top = tree.entry(root, "services")?;
    let file = tree.source(FileId::default());
    if is_flow(tree, root) || file.column(tree.outer_span(top.key).start) > 0 {
        return None;
    }
    let mut keys: Vec<(&'static str, Value)> = Vec::new();
    let mut best = None;
    for candidate in candidates(members) {
        keys.push(candidate);
        match saving(members, &keys) {
            saved if saved > best => best = saved,
            _ => drop(keys.pop()),
        }
    }
    best.filter(|saved| *saved > 0)?;
    keys.sort_by_key(|(key, _)| ORDER.iter().position(|known| known == key));
    let users = users(members, &keys);
    Some(Defaults { root, anchor: free_anchor(tree), is_there: false, keys, users })
}

/// Every key with the value that most want, if enough do, the most wanted first.
fn candidates(members: &[Member<'_>]) -> Vec<(&'static str, Value)> {
    let mut counts: Vec<((&'static str, &Value), usize)> = Vec::new();
    for (key, value) in members.iter().flat_map(|member| &member.wants) {
        match counts.iter_mut().find(|(known, _)| *known == (*key, value)) {
            Some((_, count)) => *count += 1,
            None => counts.push(((*key, value), 1)),
        }
    }
    counts.retain(|(_, count)| *count >= LEAST);
    // stable: of equally wanted ones the first in the file
    counts.sort_by_key(|((_, value), count)| std::cmp::Reverse(*count * lines(value)));
    let mut best: Vec<(&'static str, Value)> = Vec::new();
    for ((key, value), _) in counts {
        if best.iter().all(|(known, _)| *known != key) {
            best.push((key, value.clone()));
        }
    }
    best
}

/// Lines saved by these keys; `None` where too few services take one of them.
fn saving(members: &[Member<'_>], keys: &[(&'static str, Value)]) -> Option<isize> {
    let users: Vec<&Member<'_>> = members.iter().filter(|member| is_user(member, keys)).collect();
    let takers =
        |(key, value): &(&'static str, Value)| users.iter().filter(|user| user.takes(key, value)).count();
    if keys.iter().any(|key| takers(key) < LEAST) {
        return None;
    }
    let saved: usize = users.iter().map(|user| user.saves(keys)).sum();
    // the mapping's key and the blank line below, and the merge key of each
    let spent = total(keys) + users.len() + 2;
    Some(saved.cast_signed() - spent.cast_signed())
}

fn users(members: &[Member<'_>], keys: &[(&'static str, Value)]) -> Vec<User> {
    members.iter().filter(|member| is_user(member, keys)).map(|member| member.user(keys)).collect()
}

fn is_user(member: &Member<'_>, keys: &[(&'static str, Value)]) -> bool {
    member.saves(keys) >= total(keys).min(2) && member.fits(keys)
}

fn total(keys: &[(&'static str, Value)]) -> usize {
    keys.iter().map(|(_, value)| lines(value)).sum()
}

/// The lines of a value in block style.
fn lines(value: &Value) -> usize {
    match value {
        Value::List(items) => 1 + items.iter().map(lines).sum::<usize>(),
        Value::Map(entries) => 1 + entries.iter().map(|(_, value)| lines(value)).sum::<usize>(),
        _ => 1,
    }
}

fn members<'t>(tree: &'t Tree, services: &Layers, plan: &Plan, root: NodeId) -> Vec<Member<'t>> {
    let nodes = services.bases().iter().enumerate();
    let own = nodes
        .filter(|(at, node)| services.over(*at).next().is_none() && may_merge(tree, services, **node, root));
    own.map(|(service, &node)| {
        let mut member = Member { tree, service, node, wants: Vec::new(), writes: Vec::new() };
        member.sort_changes(services, plan);
        member
    })
    .collect()
}

impl Member<'_> {
    /// Tells the changes that could come from the mapping from those that cannot.
    fn sort_changes(&mut self, services: &Layers, plan: &Plan) {
        let changes = plan.compose_changes().filter(|(of, _)| *of == self.service).map(|(_, change)| change);
        let changes: Vec<_> = changes.collect();
        for change in &changes {
            let Some(&key) = change.path.first() else { continue };
            let alone = changes.iter().filter(|other| other.path.first() == Some(&key)).count() == 1;
            let here = site(self.tree, services, self.service, change) == Some(self.node);
            let is_new = lookup(self.tree, self.node, key).is_none() && ORDER.contains(&key);
            let value = match &change.op {
                Op::Set(value) => Some(value.clone()),
                Op::Append(items) => Some(Value::List(items.clone())),
                Op::ReplaceItem { .. } | Op::Text(_) => None,
            };
            match value.filter(|_| alone && here && is_new && change.path.len() == 1) {
                Some(value) => self.wants.push((key, value)),
                None => self.writes.push(key),
            }
        }
    }
}

/// Whether a service can be given a `<<`: it has lines of its own in this document, which are nobody else's, and takes
/// over nothing that appends to what it would merge.
fn may_merge(tree: &Tree, services: &Layers, node: NodeId, root: NodeId) -> bool {
    let written = tree.node(node);
    let is_plain = matches!(written.kind, Kind::Mapping { .. }) && written.anchor().is_none();
    let tagged = written.tag().is_some()
        || tree.entries(node).iter().any(|entry| tree.node(entry.value).tag().is_some());
    let here = tree.document_of(node).is_some_and(|document| document.root == Some(root));
    is_plain
        && here
        && !tagged
        && !quotes_keys(tree, node)
        && lookup(tree, node, "extends").is_none()
        && sources(tree, node)
            .is_some_and(|sources| !sources.iter().any(|own| services.bases().contains(own)))
}

/// The mappings that a node merges, aliases followed; `None` where one is written in another way than `*name`.
fn sources(tree: &Tree, node: NodeId) -> Option<Vec<NodeId>> {
    let Some(value) = merge_value(tree, node) else { return Some(Vec::new()) };
    let alias = |node: NodeId| match tree.node(node).kind {
        Kind::Alias(target) if matches!(tree.node(target).kind, Kind::Mapping { .. }) => Some(target),
        _ => None,
    };
    match &tree.node(value).kind {
        Kind::Alias(_) => Some(vec![alias(value)?]),
        Kind::Sequence { items, .. } if !items.is_empty() => {
            items.iter().map(|item| alias(item.node)).collect()
        }
        _ => None,
    }
}

/// The value of a mapping's merge key.
pub(super) fn merge_value(tree: &Tree, node: NodeId) -> Option<NodeId> {
    tree.entries(node).iter().find(|entry| tree.is_merge_key(entry.key)).map(|entry| entry.value)
}

/// The value of a key, the mapping's own or one that it merges.
fn lookup(tree: &Tree, mapping: NodeId, key: &str) -> Option<NodeId> {
    tree.get(mapping, key).or_else(|| {
        let sources = sources(tree, mapping)?;
        sources.into_iter().find_map(|source| lookup(tree, source, key))
    })
}

/// The anchor of a mapping without `<<` in it.
fn anchor(tree: &Tree, value: NodeId) -> Option<String> {
    let node = tree.node(value);
    let is_simple = matches!(node.kind, Kind::Mapping { .. }) && node.tag().is_none();
    let name = tree.source(node.file).slice(node.anchor()?).strip_prefix('&')?;
    // a later anchor of that name would be the one that services get
    let unique = anchors(tree).filter(|other| *other == name).count() == 1;
    (is_simple && unique && merge_value(tree, value).is_none()).then(|| name.to_owned())
}

/// `harden`, or with a number where that is taken.
fn free_anchor(tree: &Tree) -> String {
    let taken: Vec<&str> = anchors(tree).collect();
    let numbered = (2..).map(|number: u32| format!("harden{number}"));
    let mut names = std::iter::once("harden".to_owned()).chain(numbered);
    names.find(|name| !taken.contains(&name.as_str())).unwrap_or_default()
}

/// The names of all anchors of the first file.
fn anchors(tree: &Tree) -> impl Iterator<Item = &str> {
    let file = FileId::default();
    let spans = tree.nodes.iter().filter(move |node| node.file == file).filter_map(crate::yaml::Node::anchor);
    spans.filter_map(move |span| tree.source(file).slice(span).strip_prefix('&'))
}

/// A key of the mapping, as one that passes write.
fn known(tree: &Tree, key: NodeId) -> Option<&'static str> {
    let text = tree.text(key)?;
    ORDER.iter().copied().find(|known| *known == text)
}

/// Whether a node says just this value.
fn says(tree: &Tree, node: NodeId, value: &Value) -> bool {
    let text = tree.text(node);
    let bare = matches!(tree.node(tree.resolve(node)).kind, Kind::Scalar { style: Quoting::Plain, .. });
    match value {
        Value::Bool(flag) => bare && text == Some(if *flag { "true" } else { "false" }),
        Value::Number(number) => bare && text == Some(number),
        Value::Str(string) => text == Some(string) && (!bare || is_plain(string, false)),
        Value::Override(_) => false,
        Value::List(values) => {
            let items = tree.items(node);
            items.len() == values.len()
                && items.iter().zip(values).all(|(item, value)| says(tree, item.node, value))
        }
        Value::Map(values) => {
            let mut pairs = values.iter().map(|(key, value)| (tree.get(node, key), value));
            tree.entries(node).len() == values.len()
                && pairs.all(|(node, value)| node.is_some_and(|node| says(tree, node, value)))
        }
    }
}
