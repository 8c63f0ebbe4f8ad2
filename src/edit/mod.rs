//! Turns a plan into byte edits of the original text, once. It never decides anything.
//!
//! Every change of a [`Plan`] becomes one edit at the place where a careful person would have made it. Bytes
//! outside the edits are never looked at again. `target` finds the places; `block`, `flow`, `list` and `value`
//! know one way of writing each; `entry` makes room for a service in a
//! file that does not name it; `place` and `style` know where and how; `splice` makes the text.

mod anchors;
mod block;
mod defaults;
mod entry;
mod flow;
mod lines;
mod list;
mod place;
mod render;
mod scalar;
mod site;
mod splice;
mod style;
mod target;
mod text;
mod value;

use crate::plan::{Change, Plan};
use crate::source::{FileId, Place, Span};
use crate::yaml::{Layers, NodeId, Tree};
use block::{NewKey, NewKeys};
pub use defaults::{Defaults, KEY as DEFAULTS, defaults};
pub use entry::{Room, room};
pub use site::site;
use smallvec::SmallVec;
use splice::{Draft, Rank};
use std::collections::{BTreeMap, HashMap};
use style::{Style, Tally};
use target::{Slot, Task, Tasks, Want};

/// One replacement of bytes; an insertion when the span is empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// What is replaced in the original text.
    pub span: Span,
    /// By what.
    pub text: String,
}

/// A decision of the plan, by its indices.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Origin {
    /// Index of the service.
    pub service: usize,
    /// Index of the decision among those of the service.
    pub decision: usize,
}

/// The decisions behind some bytes: one for most.
pub type Origins = SmallVec<[Origin; 1]>;

/// What one decision puts into a file; several do where they want the same bytes. Parts at one offset follow each other
/// in their order; all parts together are the edits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// What is replaced in the original text.
    pub span: Span,
    /// By what: where that stands in the new text.
    pub new: Span,
    /// Whose it is; never empty.
    pub origins: Origins,
}

/// The edits of one file and the text they make.
#[derive(Clone, Debug)]
pub struct Rewrite {
    /// The file.
    pub file: FileId,
    /// Sorted, not overlapping.
    pub edits: Vec<Edit>,
    /// The same, by decision. Says whose an edit is; nothing is written from it.
    pub parts: Vec<Part>,
    /// The original text with the edits made. Not proven: only `verify` makes text that may be shown or written.
    pub text: String,
}

/// Why a change cannot be written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// Two services want different things of the same bytes, or a place has a form the editor does not know.
    #[error("`{service}`: cannot write `{path}`: {reason}")]
    Place {
        /// The service.
        service: String,
        /// The dotted key path.
        path: String,
        /// What is in the way.
        reason: &'static str,
        /// Where that is, or the service if it has no place of its own.
        at: Option<Place>,
    },
    /// Two edits want the same bytes: a bug of harden.
    #[error("two changes want the same bytes")]
    Overlap,
}

/// Writes the plan's changes into the files of the tree. `services` are the services' value nodes, as `load` gives
/// them. Files without a change are left out.
///
/// # Errors
/// When a change has no place.
pub fn rewrite(tree: &Tree, services: &Layers, plan: &Plan) -> Result<Vec<Rewrite>, EditError> {
    let defaults = defaults(tree, services, plan);
    let Tasks { list: tasks, entries, .. } = target::tasks(tree, services, plan, defaults.as_ref())?;
    let mut editor = Editor {
        tree,
        files: BTreeMap::new(),
        tallies: HashMap::new(),
        styles: HashMap::new(),
        origins: Origins::new(),
    };
    let mut keys = Grouped::default();
    let merging = defaults.map(|defaults| anchors::write(&mut editor, &defaults, plan));
    merging.into_iter().flatten().for_each(|(service, new)| keys.merge(service, new));
    for task in tasks {
        let Some(new) = task.new_key() else {
            let fail =
                |reason| failure(tree, plan, task.service, Some(task.change), Some(&task.node()), reason);
            editor.origins.clone_from(&task.origins);
            editor.existing(&task).map_err(fail)?;
            continue;
        };
        keys.add(new, task);
    }
    for (service, change, mut new) in keys.list {
        block::sort(&mut new);
        let fail = |reason| failure(tree, plan, service, change, Some(&new.mapping), reason);
        editor.new_keys(&new).map_err(fail)?;
    }
    if let (Some(first), Some(file)) = (entries.first(), services.top()) {
        let (service, change) = (first.service, Some(first.change));
        let fail = |reason| failure(tree, plan, service, change, None, reason);
        entry::write(&mut editor, file, entries).map_err(fail)?;
    }
    let rewrites = editor.finish()?;
    Ok(rewrites.into_iter().chain(text::rewrites(tree, plan)?).collect())
}

/// New keys by the mapping they go into, with the first service and change that want one there.
#[derive(Default)]
struct Grouped<'p> {
    list: Vec<(usize, Option<&'p Change>, NewKeys<'p>)>,
    by_mapping: HashMap<NodeId, usize>,
}

impl<'p> Grouped<'p> {
    /// Adds the merge key of a service.
    fn merge(&mut self, service: usize, new: NewKeys<'p>) {
        self.by_mapping.insert(new.mapping, self.list.len());
        self.list.push((service, None, new));
    }

    fn add(&mut self, (mapping, key, top): (NodeId, &'p str, bool), task: Task<'p>) {
        let at = *self.by_mapping.entry(mapping).or_insert_with(|| {
            let new = NewKeys { mapping, scope: task.scope, top, keys: Vec::new() };
            self.list.push((task.service, Some(task.change), new));
            self.list.len() - 1
        });
        if let Some((_, _, new)) = self.list.get_mut(at) {
            new.keys.push(NewKey { key, value: task.want.into_value(), origins: task.origins });
        }
    }
}

/// The edits so far, by file, and the styles that were looked up.
struct Editor<'t> {
    tree: &'t Tree,
    files: BTreeMap<FileId, Vec<Draft>>,
    tallies: HashMap<FileId, Tally>,
    styles: HashMap<NodeId, Style>,
    /// Whose the next edits are.
    origins: Origins,
}

impl Editor<'_> {
    fn existing(&mut self, task: &Task<'_>) -> Result<(), &'static str> {
        match (task.slot, &task.want) {
            (Slot::Items { list }, Want::Append(items)) => list::append(self, list, task.scope, items),
            (Slot::Item { list, item }, Want::Set(value)) => {
                value::set_item(self, list, item, task.scope, value)
            }
            (Slot::Value { mapping, value }, Want::Append(items)) if !self.tree.is_null(value) => {
                list::from_scalar(self, mapping, value, task.scope, items)
            }
            (Slot::Value { mapping, value }, want) => {
                value::set(self, mapping, value, task.scope, &want.clone().into_value())
            }
            _ => Err("no such list"),
        }
    }

    fn new_keys(&mut self, new: &NewKeys<'_>) -> Result<(), &'static str> {
        if target::is_flow(self.tree, new.mapping) {
            flow::insert_keys(self, new);
            return Ok(());
        }
        block::insert(self, new)
    }

    /// The style for new text in a mapping, from itself and its file.
    fn style(&mut self, scope: NodeId) -> Style {
        let tree = self.tree;
        let file = tree.node(scope).file;
        let tally = self.tallies.entry(file).or_insert_with(|| Tally::file(tree, file));
        *self.styles.entry(scope).or_insert_with(|| style::of(tree, tally, scope))
    }

    fn insert(&mut self, file: FileId, at: usize, text: String, rank: Rank) {
        self.draft(file, Span::new(at, at), text, rank);
    }

    fn replace(&mut self, file: FileId, span: Span, text: String) {
        self.draft(file, span, text, Rank::INLINE);
    }

    fn draft(&mut self, file: FileId, span: Span, text: String, rank: Rank) {
        let origins = self.origins.clone();
        self.files.entry(file).or_default().push(Draft { span, text, origins, rank });
    }

    fn finish(self) -> Result<Vec<Rewrite>, EditError> {
        let tree = self.tree;
        let rewrite = |(file, drafts)| {
            let drafts = splice::order(drafts);
            let edits = splice::join(&drafts).ok_or(EditError::Overlap)?;
            let text = splice::apply(tree.source(file).text(), &edits);
            Ok(Rewrite { file, edits, parts: splice::parts(drafts), text })
        };
        self.files.into_iter().map(rewrite).collect()
    }
}

fn failure(
    tree: &Tree,
    plan: &Plan,
    service: usize,
    change: Option<&Change>,
    at: Option<&NodeId>,
    reason: &'static str,
) -> EditError {
    let service = plan.services.get(service).map(|service| service.service.clone()).unwrap_or_default();
    let path = change.map_or_else(|| render::MERGE.to_owned(), |change| change.path.join("."));
    EditError::Place { service, path, reason, at: at.map(|&node| tree.place(node)) }
}
