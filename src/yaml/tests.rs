//! Tricky inputs, each with the exact text that the spans must cover.

use super::{Error, ErrorKind, Kind, Limits, NodeId, Text, Tree, parse};
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

/// Every node in order of its start: `kind<written>`, with `&`/`!` before and `=value` after where they differ.
fn dump(text: &str) -> Vec<String> {
    let tree = read(text);
    let ids = (0..tree.nodes.len()).map(|id| NodeId(u32::try_from(id).unwrap()));
    ids.map(|id| one(&tree, id)).collect()
}

fn one(tree: &Tree, id: NodeId) -> String {
    let node = tree.node(id);
    let source = tree.source(node.file);
    let properties: String =
        [node.anchor, node.tag].into_iter().flatten().map(|s| format!("{} ", source.slice(s))).collect();
    let written = source.slice(node.span);
    match &node.kind {
        Kind::Scalar { text: Text::Owned(value), .. } => format!("{properties}{written}={value}"),
        Kind::Scalar { text: Text::Slice(_), .. } => format!("{properties}{written}"),
        Kind::Mapping { .. } => format!("{properties}map {written}"),
        Kind::Sequence { items, .. } => {
            let dashes: String =
                items.iter().map(|i| char::from(source.text().as_bytes()[i.dash as usize])).collect();
            format!("{properties}seq{dashes} {written}")
        }
        Kind::Alias(_) => format!("alias {written}"),
    }
}

#[test]
fn spans_are_exact() {
    let cases: &[(&str, &[&str])] = &[
        ("a: 1\n", &["map a: 1", "a", "1"]),
        (
            "a:\n- x\n-\n- y\n\n# c\nb: 2",
            &["map a:\n- x\n-\n- y\n\n# c\nb: 2", "a", "seq--- - x\n-\n- y", "x", "", "y", "b", "2"],
        ),
        ("a:\n  - x\n\n  # c\nb:\n", &["map a:\n  - x\n\n  # c\nb:", "a", "seq- - x", "x", "b", ""]),
        (
            "s: !reset []\nt: !override\n  - q\n",
            &["map s: !reset []\nt: !override\n  - q", "s", "!reset seq []", "t", "!override seq- - q", "q"],
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(dump(text), *expected, "{text:?}");
    }
}

#[test]
fn a_key_given_twice_is_an_error() {
    let error = fail("a: 1\nb: 2\n\"a\": 3\n");
    assert_eq!(error.kind, ErrorKind::DuplicateKey("a".to_owned()));
    assert_eq!((error.place.span.start, error.note.unwrap().place.span.start), (10, 0));
}
