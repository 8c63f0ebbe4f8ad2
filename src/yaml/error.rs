//! Why a file is no YAML that harden can work on, in words for people.

use crate::source::Place;

/// A file that cannot be read as a tree: what, where, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{kind}")]
pub struct Error {
    /// What is wrong; its `Display` is the message.
    pub kind: ErrorKind,
    /// Where. The source is in the tree also when parsing failed.
    pub place: Place,
    /// What to do, where that is known; the text of the one `help:` line.
    pub help: Option<String>,
    /// A second place that explains the first, such as the first of two equal keys.
    pub note: Option<Note>,
}

/// A second place in an error, and what is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// Where.
    pub place: Place,
    /// What is there, such as "first given here".
    pub label: &'static str,
}

/// What is wrong with a file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ErrorKind {
    /// Against the grammar of YAML.
    #[error("{0}")]
    Syntax(String),
    /// A tab where only spaces may indent.
    #[error("tabs cannot indent YAML")]
    Tab,
    /// A carriage return without a line feed, which ends a line for YAML and for hardly any editor.
    #[error("this line ends with a carriage return alone")]
    LoneReturn,
    /// A quote or bracket that is never closed.
    #[error("this {0} is never closed")]
    Unclosed(&'static str),
    /// `*name` without an earlier `&name`.
    #[error("unknown alias `*{0}`")]
    UnknownAlias(String),
    /// `*name` inside the node that `&name` is on.
    #[error("alias `*{0}` refers to the node it is in")]
    Cycle(String),
    /// A key given twice in one mapping.
    #[error("key `{0}` is given twice")]
    DuplicateKey(String),
    /// Two `<<` in one mapping.
    #[error("`<<` is given twice in one mapping")]
    DuplicateMerge,
    /// Nested deeper than the limit.
    #[error("nested too deeply: more than {0} levels")]
    TooDeep(usize),
    /// Aliases that stand for more nodes than the limit.
    #[error("aliases expand to more than {0} nodes (a \"billion laughs\" file)")]
    TooManyNodes(usize),
}
