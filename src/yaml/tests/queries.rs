//! Documents, comments, anchors and what an editor asks of a tree.

use super::read;
use crate::source::{FileId, Span};
use crate::yaml::{NodeId, Tree};

fn at(tree: &Tree, path: &[&str]) -> NodeId {
    let root = tree.documents()[0].root.unwrap();
    path.iter().fold(root, |node, key| tree.get(node, key).unwrap())
}

fn written(tree: &Tree, spans: &[Span]) -> Vec<String> {
    spans.iter().map(|&span| tree.source(FileId(0)).slice(span).to_owned()).collect()
}

#[test]
fn comments_are_exact_and_in_order() {
    let tree = read("# a\r\nb: |  # c\r\n  # no\r\nd: [  # e\r\n 1] # f\r\n\r\n# g");
    assert_eq!(written(&tree, &tree.documents()[0].comments), ["# a", "# c", "# e", "# f", "# g"]);
}

#[test]
fn two_hundred_comments_between_two_keys_are_no_error() {
    let text = format!("a:\n{}  b: 1\n", "  # c\n".repeat(5_000));
    assert_eq!(read(&text).documents()[0].comments.len(), 5_000);
}

#[test]
fn comments_within_a_span() {
    let tree = read("# a\nx: # b\n  y: 1 # c\n# d\n");
    let document = &tree.documents()[0];
    let whole = tree.node(at(&tree, &["x"])).span;
    assert_eq!(written(&tree, document.comments_within(whole)), [""; 0]);
    assert_eq!(written(&tree, document.comments_within(Span::new(7, 22))), ["# b", "# c"]);
    assert_eq!(written(&tree, document.comments_within(Span::new(0, 100))).len(), 4);
}

#[test]
fn documents_keep_their_comments_and_anchors_apart() {
    let tree = read("# a\n---\nb: &b 1 # b\n---\n# c\nd: &d {e: &e 2}\n...\n# f\n");
    let documents = tree.documents();
    assert_eq!(documents.len(), 2);
    assert_eq!(written(&tree, &documents[0].comments), ["# a", "# b"]);
    assert_eq!(written(&tree, &documents[1].comments), ["# c", "# f"]);
    let anchored =
        documents[1].anchored.iter().map(|&id| tree.node(id).anchor().unwrap()).collect::<Vec<_>>();
    assert_eq!(written(&tree, &anchored), ["&d", "&e"]);
    let (first, second) = (documents[0].root.unwrap(), documents[1].anchored[1]);
    assert!(std::ptr::eq(tree.document_of(first).unwrap(), &raw const documents[0]));
    assert!(std::ptr::eq(tree.document_of(second).unwrap(), &raw const documents[1]));
}

#[test]
fn a_file_without_a_node_is_one_document_without_a_root() {
    for (text, comments) in
        [("", 0), ("\n\n", 0), ("# a\n# b", 2), ("\u{feff}", 0), ("---\n# a\n", 1), ("...\n", 0)]
    {
        let tree = read(text);
        assert_eq!(tree.documents().len(), 1, "{text:?}");
        assert_eq!(tree.documents()[0].root, None, "{text:?}");
        assert_eq!(tree.documents()[0].comments.len(), comments, "{text:?}");
    }
}

#[test]
fn an_alias_is_read_as_what_it_stands_for() {
    let tree = read("a: &a {x: 1}\nb: *a\nc: &s v\nd: *s\n");
    assert_eq!(tree.resolve(at(&tree, &["b"])), at(&tree, &["a"]));
    assert_eq!(tree.text(at(&tree, &["b", "x"])), Some("1"));
    assert_eq!(tree.text(at(&tree, &["d"])), Some("v"));
}

#[test]
fn the_latest_anchor_of_a_name_counts() {
    let tree = read("a: &x 1\nb: *x\nc: &x 2\nd: *x\n");
    assert_eq!(tree.text(at(&tree, &["b"])), Some("1"));
    assert_eq!(tree.text(at(&tree, &["d"])), Some("2"));
}

#[test]
fn empty_values_are_null() {
    let tree = read("a:\nb: ~\nc: ''\nd: null\ne: 'null'\n");
    let null = |key| tree.is_null(at(&tree, &[key]));
    assert_eq!(["a", "b", "c", "d", "e"].map(null), [true, true, false, true, false]);
    assert_eq!(tree.text(at(&tree, &["a"])), Some(""));
}

#[test]
fn indents_are_columns_of_the_first_key_or_dash() {
    let tree =
        read("\u{feff}a:\n   b: 1\nc:\n- d: 1\ne: &e {f: 1}\ng:\n  - h\ni: &i !t\n    ? j\n    : k\nl: *i\n");
    let indent = |path: &[&str]| tree.key_indent(at(&tree, path));
    assert_eq!(indent(&[]), Some(0));
    assert_eq!(indent(&["a"]), Some(3));
    assert_eq!(tree.key_indent(tree.items(at(&tree, &["c"]))[0].node), Some(2));
    assert_eq!(
        (indent(&["e"]), indent(&["c"]), indent(&["i"]), indent(&["l"])),
        (None, None, Some(4), Some(4))
    );
    let dash = |path: &[&str]| tree.dash_indent(at(&tree, path));
    assert_eq!((dash(&["c"]), dash(&["g"]), dash(&["a"])), (Some(0), Some(2), None));
}

#[test]
fn outer_spans_take_in_anchor_and_tag() {
    let text = "a: &x !t\n  b: 1\nc: !u &y\nd: z\n";
    let tree = read(text);
    let outer = |key| tree.source(FileId(0)).slice(tree.outer_span(at(&tree, &[key])));
    assert_eq!([outer("a"), outer("c"), outer("d")], ["&x !t\n  b: 1", "!u &y", "z"]);
}

#[test]
fn only_a_plain_merge_key_merges() {
    let tree = read("<<: {}\n'<<': {}\na: 1\n");
    let merges: Vec<bool> =
        tree.entries(at(&tree, &[])).iter().map(|entry| tree.is_merge_key(entry.key)).collect();
    assert_eq!(merges, [true, false, false]);
}

#[test]
fn ten_thousand_services_are_read() {
    let service = |i: usize| format!("  svc{i}:\n    image: a:{i}\n");
    let tree = read(&("services:\n".to_owned() + &(0..10_000).map(service).collect::<Vec<_>>().concat()));
    assert_eq!(tree.entries(at(&tree, &["services"])).len(), 10_000);
    assert_eq!(tree.text(at(&tree, &["services", "svc9999", "image"])), Some("a:9999"));
}

#[test]
fn a_node_is_small() {
    let size = size_of::<crate::yaml::Node>();
    assert!(size <= 48, "{size}");
}
