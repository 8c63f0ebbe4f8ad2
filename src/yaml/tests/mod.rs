//! Tests of the tree as a whole: spans, queries, errors.

mod errors;
mod queries;
mod spans;

use super::{Error, Limits, Tree, parse};
use crate::source::{FileId, Source};

fn read(text: &str) -> Tree {
    let mut tree = Tree::default();
    parse(&mut tree, Source::new("t.yml", text), &Limits::default())
        .unwrap_or_else(|error| panic!("{text:?}: {error} at {:?}", error.place.span));
    tree
}

fn fail(text: &str) -> Error {
    let mut tree = Tree::default();
    let error = parse(&mut tree, Source::new("t.yml", text), &Limits::default()).expect_err(text);
    assert_eq!(tree.source(FileId(0)).text(), text, "the source is kept for messages");
    assert!(tree.nodes.is_empty() && tree.documents().is_empty());
    error
}
