//! The proof: the only maker of [`Verified`], and only verified text is shown as new text or written.
//!
//! Re-reads the result with the other YAML parser, which shares no code with the one that made the tree, and
//! compares meaning: every value of the file, and every service as a whole where lines are shared. `meaning` reads,
//! `expect` says what is to be read, `compare` compares; `bytes` looks at the text alone.

mod build;
mod bytes;
mod change;
mod compare;
mod expect;
mod flow;
mod meaning;
mod merge;
mod whole;
mod written;

use std::collections::HashMap;

use crate::edit::Rewrite;
use crate::plan::Plan;
use crate::source::FileId;
use crate::yaml::{Layers, NodeId, Tree};
pub use build::contexts;
use bytes::Bytes;
use compare::{Comparison, Steps, compare_whole};
use expect::Expected;
use flow::Flows;
use meaning::Meaning;
pub use whole::{difference, whole};

/// Text that has been proven to mean the original plus the plan, and nothing else.
#[derive(Debug)]
pub struct Verified {
    rewrite: Rewrite,
}

impl Verified {
    /// The file.
    #[must_use]
    pub fn file(&self) -> FileId {
        self.rewrite.file
    }

    /// The proven text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.rewrite.text
    }

    /// The edits by decision.
    #[must_use]
    pub fn parts(&self) -> &[crate::edit::Part] {
        &self.rewrite.parts
    }

    /// What one of the parts puts into the file.
    #[must_use]
    pub fn written(&self, part: &crate::edit::Part) -> &str {
        self.rewrite.text.get(part.new.range()).unwrap_or_default()
    }

    /// The edits that make it.
    #[must_use]
    pub fn edits(&self) -> &[crate::edit::Edit] {
        &self.rewrite.edits
    }
}

/// Why a rewrite is not what was planned. A bug of harden in all cases but one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// The other parser cannot read the new text.
    #[error("the new text is not valid YAML: {0}")]
    Unreadable(String),
    /// The other parser cannot read the original text either, so nothing can be proven. Not a bug of harden.
    #[error("the second YAML parser cannot read this file, so nothing can be proven: {0}")]
    Referee(String),
    /// The meaning differs, or a change reaches a service it is not meant for.
    #[error("`{path}` is not what was planned")]
    Meaning {
        /// Dotted path of the first difference.
        path: String,
    },
    /// Bytes outside the edits differ.
    #[error("bytes outside the edits changed")]
    Bytes,
    /// The byte order mark, the line breaks or the end of the last line changed.
    #[error("the line ends changed")]
    Lines,
    /// A comment is gone or changed.
    #[error("a comment was lost")]
    Comment,
    /// A second run would change something.
    #[error("a second run would change `{0}` again")]
    NotIdempotent(String),
}

/// Proves one rewritten file.
///
/// `services` are the services' value nodes, as `load` gives them; `second` is what a second run would
/// plan, made on the model with `plan` folded in.
///
/// # Errors
/// The first thing that is not as planned.
pub fn prove(
    tree: &Tree,
    services: &Layers,
    plan: &Plan,
    rewrite: Rewrite,
    second: &Plan,
) -> Result<Verified, ProofError> {
    let prover = Prover::new(tree, services, plan);
    prover.check_extends()?;
    prover.prove(rewrite, second)
}

/// Proves all rewritten files of a project, as [`prove`] does each.
///
/// # Errors
/// The first thing that is not as planned.
pub fn prove_all(
    tree: &Tree,
    services: &Layers,
    plan: &Plan,
    rewrites: Vec<Rewrite>,
    second: &Plan,
) -> Result<Vec<Verified>, ProofError> {
    let prover = Prover::new(tree, services, plan);
    prover.check_extends()?;
    rewrites.into_iter().map(|rewrite| prover.prove(rewrite, second)).collect()
}

/// What is the same for all files of a project.
struct Prover<'a> {
    tree: &'a Tree,
    plan: &'a Plan,
    services: &'a Layers,
    expected: Expected<'a>,
    flows: Flows<'a>,
    /// By the nodes that write them.
    by_node: HashMap<NodeId, usize>,
}

impl<'a> Prover<'a> {
    fn new(tree: &'a Tree, services: &'a Layers, plan: &'a Plan) -> Self {
        let expected = Expected::new(tree, services, plan);
        let flows = Flows::new(tree, services, plan);
        let by_node = services.iter().map(|(index, node)| (node, index)).collect();
        Self { tree, plan, services, expected, flows, by_node }
    }

    fn check_extends(&self) -> Result<(), ProofError> {
        self.flows.check_extends(self.tree, self.services).map_err(meaning_error)
    }

    fn prove(&self, rewrite: Rewrite, second: &Plan) -> Result<Verified, ProofError> {
        let tree = self.tree;
        let source = tree.source(rewrite.file);
        let bytes = Bytes { old: source.text(), new: &rewrite.text, edits: &rewrite.edits };
        bytes.check_edits()?;
        bytes.check_lines(source.newline())?;
        if build::is_of_build(self.plan, rewrite.file) {
            let name = source.name().display().to_string();
            build::check(self.plan, rewrite.file, source.text(), &rewrite.text, &name)?;
            check_again(second)?;
            return Ok(Verified { rewrite });
        }
        let documents = read(bytes)?;
        bytes.check_deletions(self.expected.replaceable(rewrite.file))?;
        self.compare(rewrite.file, &documents).map_err(meaning_error)?;
        let comments = tree.documents_of(rewrite.file).flat_map(|document| &document.comments);
        bytes.check_comments(comments.copied())?;
        drop(documents);
        check_again(second)?;
        Ok(Verified { rewrite })
    }

    fn compare(&self, file: FileId, documents: &[Meaning<'_>]) -> Result<(), Steps> {
        let mut comparison = Comparison::new(self.tree, &self.by_node, &self.expected, &self.flows);
        let mut actual = documents.iter();
        let mut documents = self.tree.documents_of(file).peekable();
        while let Some(document) = documents.next() {
            let whole = self.expected.whole(file).filter(|_| documents.peek().is_none());
            match (document.root, whole, actual.next()) {
                (None, Some(whole), Some(actual)) => compare_whole(whole, actual)?,
                (Some(root), _, Some(actual)) => comparison.document(root, actual)?,
                (None, None, None | Some(Meaning::Null)) => {}
                _ => return Err(Steps::new()),
            }
        }
        if actual.next().is_some() { Err(Steps::new()) } else { Ok(()) }
    }
}

/// Reads the new text; when that fails, finds out whose fault it is.
fn read(bytes: Bytes<'_>) -> Result<Vec<Meaning<'_>>, ProofError> {
    meaning::read(bytes.new).map_err(|error| match meaning::read(bytes.old) {
        Ok(_) => ProofError::Unreadable(error),
        Err(error) => ProofError::Referee(error),
    })
}

fn meaning_error(steps: Steps) -> ProofError {
    let path = steps.into_iter().rev().collect::<Vec<_>>().join(".");
    ProofError::Meaning { path: if path.is_empty() { "the file".to_owned() } else { path } }
}

fn check_again(second: &Plan) -> Result<(), ProofError> {
    let Some((service, change)) = second.changes().next() else { return Ok(()) };
    let name = second.services.get(service).map_or("", |plan| plan.service.as_str());
    Err(ProofError::NotIdempotent(format!("{name}.{}", change.path.join("."))))
}
