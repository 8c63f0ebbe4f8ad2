//! Files that cannot be read: what is said, where, and what helps.

use super::{fail, read};
use crate::source::{FileId, Source};
use crate::yaml::{ErrorKind, Limits, Tree, parse};
use std::time::{Duration, Instant};

/// Message, text at the place, and help of a file's error.
fn told(text: &str) -> (String, String, String) {
    let error = fail(text);
    let at = text.get(error.place.span.range()).expect("a place in the text").to_owned();
    (error.to_string(), at, error.help.unwrap_or_default())
}

#[test]
fn errors_say_what_is_wrong_where_and_what_helps() {
    let cases = [
        ("a: \"x", "this quote is never closed", "\"", ""),
        ("a: [1", "this `[` is never closed", "[", ""),
        ("a: {b: 1", "this `{` is never closed", "{", ""),
        ("a: [1}", "`[` is closed by `}`", "[", ""),
        ("a: ]", "this bracket closes nothing", "]", ""),
        ("a:\n\tb: 1\n", "tabs cannot indent YAML", "\t", "use spaces"),
        ("a:\n \tb: 1\n", "tabs cannot indent YAML", "\t", "use spaces"),
        ("\ta: 1\n", "tabs cannot indent YAML", "\t", "use spaces"),
        ("a:\n  - b\n\t- c\n", "tabs cannot indent YAML", "\t", "use spaces"),
        ("a:\n    b: 1\n\tc: 2\n", "tabs cannot indent YAML", "\t", "use spaces"),
        ("x: &name 1\ny: *nmae", "unknown alias `*nmae`", "*nmae", "did you mean `*name`?"),
        (
            "a: *b\nc: &b 1",
            "unknown alias `*b`",
            "*b",
            "`&b` comes later; an anchor must come before its aliases",
        ),
        (
            "a: *.x",
            "unknown alias `*.x`",
            "*.x",
            "a value that starts with `*` is an alias; quote it if it is meant as text",
        ),
        ("a: &k 1\n*k: 2", "an alias used as a key needs a space before its colon", "*k:", "write `*k :`"),
        (
            "a: &x 1\n---\nb: *x\n",
            "unknown alias `*x`",
            "*x",
            "`&x` is in another document; anchors end at `---`",
        ),
        ("a: &x [*x]", "alias `*x` refers to the node it is in", "*x", ""),
        ("a: &x\n  b: {c: *x}", "alias `*x` refers to the node it is in", "*x", ""),
        ("a: 1\nb\n", "expected `:` after this key", "b", "write `key: value`, with a space after the colon"),
        (
            "a:\n  b: 1\n c: 2\n",
            "expected a key here",
            "c",
            "all keys of a mapping must start in the same column",
        ),
        (
            "a: b: c",
            "`:` is not allowed here",
            ":",
            "quote a value that contains `: `, or check the indentation",
        ),
        ("a: @x", "a value cannot start with this character", "@x", "quote the value"),
        ("a: - b", "a list is not allowed here", "-", "start the list on its own line below the key"),
        ("a: \"x\" y", "text after the closing quote", "y", "put the quotes around the whole value"),
        (
            "a: 'x\nb: 1\n",
            "this quote is never closed",
            "'",
            "close it, or indent every line of the quoted text",
        ),
    ];
    for (text, message, at, help) in cases {
        let expected = (message.to_owned(), at.to_owned(), help.to_owned());
        assert_eq!(told(text), expected, "{text:?}");
    }
}

#[test]
fn a_tab_elsewhere_is_no_indent() {
    for text in ["a:\tb\n", "a: b\t# c\n", "a: b\n\t\nc: d\n", "-\ta\n", "a: [b,\tc]\n"] {
        assert_eq!(read(text).documents().len(), 1, "{text:?}");
    }
}

#[test]
fn a_key_given_twice_points_at_both() {
    let many: String = (0..40).map(|i| format!("k{i}: 1\n")).chain(["k7: 2\n".to_owned()]).collect();
    let cases = [
        ("a: 1\nb: 2\n\"a\": 3\n", "a", 10, 0),
        ("x: &k a\ny: {*k : 1, a: 2}\n", "a", 20, 12),
        ("{a, b: {c, d}, a: 1}", "a", 15, 1),
        (&many, "k7", 270, 42),
    ];
    for (text, key, second, first) in cases {
        let error = fail(text);
        assert_eq!(error.kind, ErrorKind::DuplicateKey(key.to_owned()), "{text:?}");
        assert_eq!(error.place.span.start, second, "{text:?}");
        assert_eq!(error.note.map(|note| note.place.span.start), Some(first), "{text:?}");
    }
}

#[test]
fn a_merge_key_given_twice_is_told_apart_from_a_quoted_one() {
    assert_eq!(fail("<<: {}\na: 1\n<<: {}\n").kind, ErrorKind::DuplicateMerge);
    read("<<: {}\n\"<<\": {}\n");
    assert_eq!(fail("'<<': 1\n\"<<\": 2\n").kind, ErrorKind::DuplicateKey("<<".to_owned()));
}

#[test]
fn deep_nesting_ends_early_and_cleanly() {
    let stairs = (0..2_000).map(|depth| " ".repeat(depth) + "a:\n").collect();
    let deep = [
        "[".repeat(10_000),
        "{a: ".repeat(10_000),
        "[{a: ".repeat(10_000),
        "- ".repeat(100_000),
        "? ".repeat(100_000),
        "- ? ".repeat(100_000),
        stairs,
    ];
    for text in deep {
        let start = Instant::now();
        assert_eq!(fail(&text).kind, ErrorKind::TooDeep(128), "{text:.20}");
        assert!(start.elapsed() < Duration::from_secs(1), "{text:.20}");
    }
}

#[test]
fn block_and_flow_levels_are_counted_together() {
    let limits = Limits { depth: 4, ..Limits::default() };
    let depth = |text: &str| parse(&mut Tree::default(), Source::new("t", text), &limits).map(|_| ());
    assert_eq!(depth("a:\n  - [[1]]\n"), Ok(()));
    assert_eq!(depth("a:\n  - [[[1]]]\n").unwrap_err().kind, ErrorKind::TooDeep(4));
    assert_eq!(depth("a:\n  - [[b: 1]]\n").unwrap_err().kind, ErrorKind::TooDeep(4));
}

#[test]
fn aliases_are_counted_expanded() {
    let line = |n: usize| format!("a{}: &a{} [*a{n}, *a{n}, *a{n}]\n", n + 1, n + 1);
    let text = "a0: &a0 [x, x]\n".to_owned() + &(0..60).map(line).collect::<Vec<_>>().concat();
    let error = fail(&text);
    assert_eq!(error.kind, ErrorKind::TooManyNodes(1_000_000));
    assert!(error.note.is_some());
}

#[test]
fn the_alias_budget_counts_each_node_an_alias_stands_for() {
    let text = "a: &a {b: 1}\nc: *a\nd: [*a, *a]\n";
    let within = |nodes| {
        let limits = Limits { expanded_nodes: nodes, ..Limits::default() };
        parse(&mut Tree::default(), Source::new("t", text), &limits).is_ok()
    };
    assert!(within(9) && !within(8));
}

#[test]
fn a_file_that_fails_leaves_the_files_before_it_alone() {
    let mut tree = Tree::default();
    let limits = Limits::default();
    parse(&mut tree, Source::new("a", "a: 1\n"), &limits).unwrap();
    let error = parse(&mut tree, Source::new("b", "b: 1\n---\nc: *x\n"), &limits).unwrap_err();
    assert_eq!(error.place.file, FileId(1));
    assert_eq!((tree.nodes.len(), tree.documents().len(), tree.sources().len()), (3, 1, 2));
    parse(&mut tree, Source::new("c", "c: 1\n# c"), &limits).unwrap();
    assert_eq!(tree.documents()[1].file, FileId(2));
    assert_eq!(tree.documents()[1].comments.len(), 1);
}
