//! The style a file is written in: indent step, list indentation, bracketed lists, quotes.
//!
//! Counted once per file, and again within each service that is edited: where a service is consistent, its own
//! habit wins. Detects only; it has no opinion but the defaults.

use super::lines::{Lines, indent_of};
use super::scalar::{Manner, Quote, is_plain};
use crate::source::FileId;
use crate::yaml::{Entry, Item, Kind, Layout, NodeId, Quoting, Tree};

/// How new text is to be written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Style {
    /// Indent of nested mappings.
    pub step: usize,
    /// Indent of a list's dashes below its key; 0 for flush.
    pub list: usize,
    /// Whether short lists are written with brackets.
    pub flow_lists: bool,
    /// Blanks inside braces.
    pub padded: bool,
    /// How strings are written that are the values of keys.
    pub values: Manner,
    /// How strings are written that are items of a list.
    pub items: Manner,
    /// How keys are written.
    pub keys: Manner,
}

/// The most levels of indent that are counted apart.
const WIDEST: usize = 9;

/// Lists of the kind that we write.
const SIMILAR: [&str; 4] = ["cap_add", "cap_drop", "security_opt", "tmpfs"];

/// Lists that are commands; written with brackets for reasons of their own.
const COMMANDS: [&str; 4] = ["command", "entrypoint", "test", "shell"];

/// What was seen, how often.
#[derive(Clone, Debug, Default)]
pub(super) struct Tally {
    steps: [usize; WIDEST],
    lists: [usize; WIDEST],
    /// Lists like ours: brackets, dashes.
    similar: (usize, usize),
    /// Other lists: brackets, dashes.
    other: (usize, usize),
    /// Quoted scalars.
    quotes: Quotes,
    /// Items of lists like ours that could be plain.
    items: Quotes,
}

/// How often each kind of quotes was seen.
#[derive(Clone, Copy, Debug, Default)]
struct Quotes {
    plain: usize,
    single: usize,
    double: usize,
}

impl Tally {
    /// Counts over a whole file.
    pub(super) fn file(tree: &Tree, file: FileId) -> Self {
        let mut tally = Self::default();
        let lines = Lines::new(tree.source(file));
        for node in tree.nodes_of(file) {
            tally.count(tree, lines, &node.kind, node.span.range().start);
        }
        tally
    }

    /// Counts over one node and what is below it.
    pub(super) fn below(tree: &Tree, scope: NodeId) -> Self {
        let mut tally = Self::default();
        let lines = Lines::new(tree.source(tree.node(scope).file));
        let mut open = vec![scope];
        while let Some(id) = open.pop() {
            let node = tree.node(id);
            tally.count(tree, lines, &node.kind, node.span.range().start);
            match &node.kind {
                Kind::Mapping { entries, .. } => open.extend(entries.iter().map(|entry| entry.value)),
                Kind::Sequence { items, .. } => open.extend(items.iter().map(|item| item.node)),
                _ => {}
            }
        }
        tally
    }

    fn count(&mut self, tree: &Tree, lines: Lines<'_>, kind: &Kind, start: usize) {
        match kind {
            Kind::Mapping { layout: Layout::Block, entries } => {
                let column = lines.column(start);
                for entry in entries {
                    self.value(tree, lines, *entry, column);
                }
            }
            Kind::Sequence { layout: Layout::Block, items } => {
                for item in items {
                    self.quotes.count(tree, item.node);
                }
            }
            _ => {}
        }
    }

    fn value(&mut self, tree: &Tree, lines: Lines<'_>, entry: Entry, column: usize) {
        let node = tree.node(entry.value);
        let deeper = || lines.column(node.span.range().start).saturating_sub(column);
        match &node.kind {
            Kind::Mapping { layout: Layout::Block, .. } => bump(&mut self.steps, deeper()),
            Kind::Sequence { layout, items } if !items.is_empty() => {
                if *layout == Layout::Block {
                    bump(&mut self.lists, deeper());
                }
                self.list(tree, tree.text(entry.key).unwrap_or_default(), *layout, items);
            }
            _ => self.quotes.count(tree, entry.value),
        }
    }

    fn list(&mut self, tree: &Tree, key: &str, layout: Layout, items: &[Item]) {
        if SIMILAR.contains(&key) {
            let plain =
                items.iter().filter(|item| tree.text(item.node).is_some_and(|text| is_plain(text, true)));
            plain.for_each(|item| self.items.count(tree, item.node));
        }
        let counts = match key {
            _ if COMMANDS.contains(&key) => return,
            _ if SIMILAR.contains(&key) => &mut self.similar,
            _ => &mut self.other,
        };
        match layout {
            Layout::Flow => counts.0 += 1,
            Layout::Block => counts.1 += 1,
        }
    }

    /// Whether our lists would be written with brackets here; `None` without a precedent.
    fn brackets(&self) -> Option<bool> {
        match (self.similar, self.other) {
            ((0, 0), (flow, 0)) if flow > 1 => Some(true),
            ((0, 0), _) => None,
            ((_, 0), _) => Some(true),
            _ => Some(false),
        }
    }
}

impl Quotes {
    fn count(&mut self, tree: &Tree, id: NodeId) {
        match quoting(tree, id) {
            Some(Quoting::Plain) => self.plain += 1,
            Some(Quoting::Single) => self.single += 1,
            Some(Quoting::Double) => self.double += 1,
            _ => {}
        }
    }

    /// The quotes that are used, if only one kind is.
    fn only(self) -> Option<Quote> {
        let used = self.single + self.double > 0;
        (used && (self.single == 0 || self.double == 0)).then(|| self.usual())
    }

    fn usual(self) -> Quote {
        if self.single > self.double { Quote::Single } else { Quote::Double }
    }

    /// How such strings are written; `None` without a precedent.
    fn manner(self) -> Option<Manner> {
        let always = self.plain == 0;
        let seen = self.plain + self.single + self.double > 0;
        seen.then(|| Manner { quote: self.usual(), always, ..Manner::default() })
    }
}

impl Style {
    /// The style of a file that has none of its own.
    pub(super) fn plain() -> Self {
        let [values, items, keys] = [Manner::default(); 3];
        Self { step: 2, list: 2, flow_lists: false, padded: false, values, items, keys }
    }
}

/// The style for new text in a mapping.
pub(super) fn of(tree: &Tree, file: &Tally, scope: NodeId) -> Style {
    let own = Tally::below(tree, scope);
    let step =
        usual(&own.steps, 1).or_else(|| outer_step(tree, scope)).or(usual(&file.steps, 1)).unwrap_or(2);
    let same_as_step = usual(&file.lists, 0) == usual(&file.steps, 1);
    let list = usual(&own.lists, 0).or(usual(&file.lists, 0).filter(|_| !same_as_step)).unwrap_or(step);
    let quote = own.quotes.only().unwrap_or_else(|| file.quotes.usual());
    let precedent = Some(own.similar).filter(|&(flow, block)| (flow == 0) != (block == 0));
    let flow_lists = precedent.map(|(_, block)| block == 0).or_else(|| file.brackets()).unwrap_or(false);
    let keys = Manner { quote, always: quotes_keys(tree, scope), ..Manner::default() };
    let values = Manner { quote, always: quotes_all(tree, scope), ..Manner::default() };
    let items = own.items.manner().or_else(|| file.items.manner()).unwrap_or(values);
    let items = if items.always { items } else { Manner { quote, ..items } };
    Style { step, list, flow_lists, padded: padded(tree, scope), values, items, keys }
}

/// Whether the values of a mapping that could be plain are all quoted, at least two of them.
fn quotes_all(tree: &Tree, mapping: NodeId) -> bool {
    let mut quoted = 0;
    for entry in tree.entries(mapping) {
        let text = tree.text(entry.value).unwrap_or_default();
        match quoting(tree, entry.value) {
            Some(Quoting::Plain) if is_plain(text, false) => return false,
            Some(Quoting::Single | Quoting::Double) if is_plain(text, false) => quoted += 1,
            _ => {}
        }
    }
    quoted > 1
}

/// Whether every key of a mapping is quoted, as in JSON.
pub(super) fn quotes_keys(tree: &Tree, mapping: NodeId) -> bool {
    let entries = tree.entries(mapping);
    !entries.is_empty()
        && entries
            .iter()
            .all(|entry| matches!(quoting(tree, entry.key), Some(Quoting::Single | Quoting::Double)))
}

/// Whether a flow mapping has blanks inside its braces.
pub(super) fn padded(tree: &Tree, mapping: NodeId) -> bool {
    let node = tree.node(mapping);
    tree.source(node.file).slice(node.span).starts_with("{ ")
}

/// How a scalar is quoted; `None` for anything but a scalar as written.
pub(super) fn quoting(tree: &Tree, id: NodeId) -> Option<Quoting> {
    match tree.node(id).kind {
        Kind::Scalar { style, .. } => Some(style),
        _ => None,
    }
}

/// How much deeper a block mapping is than the line that introduces it.
fn outer_step(tree: &Tree, mapping: NodeId) -> Option<usize> {
    let node = tree.node(mapping);
    if super::target::is_flow(tree, mapping) {
        return None;
    }
    let lines = Lines::new(tree.source(node.file));
    let column = lines.column(node.span.range().start);
    let mut at = node.span.range().start;
    while let Some(previous) = lines.previous(at) {
        let line = lines.line(previous);
        let is_content = !line.trim().is_empty() && !line.trim_start().starts_with('#');
        if is_content && indent_of(line) < column {
            return Some(column - indent_of(line)).filter(|&step| step < WIDEST);
        }
        at = previous;
    }
    None
}

fn bump(counts: &mut [usize; WIDEST], at: usize) {
    if let Some(count) = counts.get_mut(at) {
        *count += 1;
    }
}

/// The most frequent of the counted widths from `least` on; the smaller one of two as frequent.
fn usual(counts: &[usize; WIDEST], least: usize) -> Option<usize> {
    let seen = counts.iter().copied().enumerate().skip(least).filter(|&(_, count)| count > 0);
    seen.rev().max_by_key(|&(_, count)| count).map(|(width, _)| width)
}
