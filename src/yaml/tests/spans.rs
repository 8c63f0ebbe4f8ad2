//! Tricky inputs, each with the exact text that the spans must cover.

use super::read;
use crate::source::Source;
use crate::yaml::{Kind, Node, Text};

type Case = (&'static str, &'static [&'static str]);

#[test]
fn spans_are_exact() {
    for (text, expected) in CASES {
        assert_eq!(dump(text), *expected, "{text:?}");
    }
}

/// Every node in the order of its event, as it is written. Before it: anchor, tag, and for a collection its kind
/// and the offsets of its items' dashes. After it: `@` and the offset of an empty value, or the value where it is
/// not a slice of the source.
fn dump(text: &str) -> Vec<String> {
    let tree = read(text);
    tree.nodes.iter().map(|node| one(node, tree.source(node.file))).collect()
}

fn one(node: &Node, source: &Source) -> String {
    let properties: Vec<&str> =
        [node.anchor(), node.tag()].into_iter().flatten().map(|s| source.slice(s)).collect();
    let (at, written) = (node.span.start, source.slice(node.span));
    let shown = match &node.kind {
        Kind::Scalar { .. } if node.span.is_empty() => format!("@{at}"),
        Kind::Scalar { text: Text::Owned(value), .. } => format!("{written} => {value}"),
        Kind::Scalar { text: Text::Slice(value), .. } if *value != node.span => {
            format!("{written} -> {}", source.slice(*value))
        }
        Kind::Scalar { .. } => written.to_owned(),
        Kind::Mapping { .. } => format!("map {written}"),
        Kind::Sequence { items, .. } => {
            let dashes: Vec<u32> = items.iter().map(|item| item.dash).collect();
            format!("seq {dashes:?} {written}")
        }
        Kind::Alias(target) => format!("alias {} {written}", target.0),
    };
    [properties.as_slice(), &[&shown]].concat().join(" ")
}

#[rustfmt::skip]
const CASES: &[Case] = &[
    // plain
    ("a: 1\nb:\n  c: x y  \n",
     &["map a: 1\nb:\n  c: x y", "a", "1", "b", "map c: x y", "c", "x y"]),
    // flush list
    ("a:\n- x\n-\n- y\n\n# c\nb: 2",
     &["map a:\n- x\n-\n- y\n\n# c\nb: 2", "a", "seq [3, 7, 9] - x\n-\n- y", "x", "@8", "y", "b", "2"]),
    // indented list
    ("a:\n  - x\n\n  # c\nb:\n",
     &["map a:\n  - x\n\n  # c\nb:", "a", "seq [5] - x", "x", "b", "@18"]),
    // nested lists
    ("- - a\n  - b\n-   - c\n",
     &["seq [0, 12] - - a\n  - b\n-   - c", "seq [2, 8] - a\n  - b", "a", "b", "seq [16] - c", "c"]),
    // list of maps
    ("a:\n  - b: 1\n    c: 2\n  -\n    d: 3\n  - e:\n",
     &["map a:\n  - b: 1\n    c: 2\n  -\n    d: 3\n  - e:", "a", "seq [5, 23, 36] - b: 1\n    c: 2\n  -\n    d: 3\n  - e:", "map b: 1\n    c: 2", "b", "1", "c", "2", "map d: 3", "d", "3", "map e:", "e", "@40"]),
    // empty values before comments and blank lines
    ("a: # c\n\n  # d\nb:\n\nc:  \n",
     &["map a: # c\n\n  # d\nb:\n\nc:", "a", "@2", "b", "@16", "c", "@20"]),
    // anchors and tags of empty values
    ("a: &x\nb: !t\nc: &y !t # c\n- ",
     &["map a: &x\nb: !t\nc: &y !t # c\n-", "a", "&x @5", "b", "!t @11", "c", "&y !t seq [25] -", "@26"]),
    // tags
    ("s: !reset []\nt: !override\n  - q\nu: !!str 5\nv: !<x> y\n",
     &["map s: !reset []\nt: !override\n  - q\nu: !!str 5\nv: !<x> y", "s", "!reset seq [] []", "t", "!override seq [28] - q", "q", "u", "!!str 5", "v", "!<x> y"]),
    // anchor on its own line
    ("a: &x\n  b: 1\nc:\n  &y\n  d: 1\n",
     &["map a: &x\n  b: 1\nc:\n  &y\n  d: 1", "a", "&x map b: 1", "b", "1", "c", "&y map d: 1", "d", "1"]),
    // anchor on a sequence with a comment
    ("a: &x # c\n  - b\nc: &y !t\n- d\n",
     &["map a: &x # c\n  - b\nc: &y !t\n- d", "a", "&x seq [12] - b", "b", "c", "&y !t seq [25] - d", "d"]),
    // anchor of the root
    ("&r\n- a\n",
     &["&r seq [3] - a", "a"]),
    // anchored first key
    ("- &k key: v\n- &m\n  &n key: v\n",
     &["seq [0, 12] - &k key: v\n- &m\n  &n key: v", "map &k key: v", "&k key", "v", "&m map &n key: v", "&n key", "v"]),
    // alias as key
    ("a: &k v\n*k : 1\nb: {*k : 2}\n",
     &["map a: &k v\n*k : 1\nb: {*k : 2}", "a", "&k v", "alias 2 *k", "1", "b", "map {*k : 2}", "alias 2 *k", "2"]),
    // merge
    ("a: &a {x: 1}\nb:\n  <<: *a\nc:\n  <<: [*a, *a]\nd:\n  <<:\n  - *a\n",
     &["map a: &a {x: 1}\nb:\n  <<: *a\nc:\n  <<: [*a, *a]\nd:\n  <<:\n  - *a", "a", "&a map {x: 1}", "x", "1", "b", "map <<: *a", "<<", "alias 2 *a", "c", "map <<: [*a, *a]", "<<", "seq [35, 39] [*a, *a]", "alias 2 *a", "alias 2 *a", "d", "map <<:\n  - *a", "<<", "seq [54] - *a", "alias 2 *a"]),
    // quoted keys
    ("'a b': 1\n\"c\": 2\n'8.0':\n  x: 'it''s'\ny: \"a\n b\"\n",
     &["map 'a b': 1\n\"c\": 2\n'8.0':\n  x: 'it''s'\ny: \"a\n b\"", "'a b' -> a b", "1", "\"c\" -> c", "2", "'8.0' -> 8.0", "map x: 'it''s'", "x", "'it''s' => it's", "y", "\"a\n b\" => a b"]),
    // blank before the colon, tab after
    ("KEY : value\nimage:\tx\n",
     &["map KEY : value\nimage:\tx", "KEY", "value", "image", "x"]),
    // flow
    ("a: {b: [1, {c: d}, e: f], \"g\":h, i, j: , k: ,}\n",
     &["map a: {b: [1, {c: d}, e: f], \"g\":h, i, j: , k: ,}", "a", "map {b: [1, {c: d}, e: f], \"g\":h, i, j: , k: ,}", "b", "seq [8, 11, 19] [1, {c: d}, e: f]", "1", "map {c: d}", "c", "d", "map e: f", "e", "f", "\"g\" -> g", "h", "i", "@34", "j", "@38", "k", "@43"]),
    // flow over lines
    ("a: [\n  x, # c\n  y\n]\nb: {\n  c: d,\n}\n",
     &["map a: [\n  x, # c\n  y\n]\nb: {\n  c: d,\n}", "a", "seq [7, 16] [\n  x, # c\n  y\n]", "x", "y", "b", "map {\n  c: d,\n}", "c", "d"]),
    // flow with question marks
    ("{? a : b, ? c, : d}",
     &["map {? a : b, ? c, : d}", "a", "b", "c", "@13", "@15", "d"]),
    // flow pairs
    ("[? a : b, c: , : d]",
     &["seq [1, 10, 15] [? a : b, c: , : d]", "map ? a : b", "a", "b", "map c:", "c", "@12", "map : d", "@15", "d"]),
    // explicit keys
    ("? a\n? - b\n: - c\n? |\n  d\n# c\n: e\n",
     &["map ? a\n? - b\n: - c\n? |\n  d\n# c\n: e", "a", "@3", "seq [6] - b", "b", "seq [12] - c", "c", "|\n  d => d\n", "e"]),
    // explicit key with an anchor
    ("? &x a\n: &y b\n",
     &["map ? &x a\n: &y b", "&x a", "&y b"]),
    // no key
    (": v\n",
     &["map : v", "@0", "v"]),
    // multi-line plain
    ("a: x\n  y\n\n  z # c\nb: 1\n",
     &["map a: x\n  y\n\n  z # c\nb: 1", "a", "x\n  y\n\n  z => x y\nz", "b", "1"]),
    // multi-line quoted
    ("a: \"x\n  y\"\nb: 'p\n\n  q'\n",
     &["map a: \"x\n  y\"\nb: 'p\n\n  q'", "a", "\"x\n  y\" => x y", "b", "'p\n\n  q' => p\nq"]),
    // literal
    ("a: |\n  x\n\n  y\n\n\nb: 1\n",
     &["map a: |\n  x\n\n  y\n\n\nb: 1", "a", "|\n  x\n\n  y => x\n\ny\n", "b", "1"]),
    // literal strip
    ("a: |-\n  x\n\n# c\nb: 1\n",
     &["map a: |-\n  x\n\n# c\nb: 1", "a", "|-\n  x => x", "b", "1"]),
    // literal keep
    ("a: |+\n  x\n\n# c\nb: 1\n",
     &["map a: |+\n  x\n\n# c\nb: 1", "a", "|+\n  x\n => x\n\n", "b", "1"]),
    // literal with indent and comment
    ("a: |2- # c\n    x\n  y\n",
     &["map a: |2- # c\n    x\n  y", "a", "|2- # c\n    x\n  y =>   x\ny"]),
    // literal at the end
    ("a:\n  - |-\n    x",
     &["map a:\n  - |-\n    x", "a", "seq [5] - |-\n    x", "|-\n    x => x"]),
    // literal without a last line break
    ("a: |\n  x",
     &["map a: |\n  x", "a", "|\n  x => x"]),
    // literal keep without a last line break
    ("a: |+\n  x",
     &["map a: |+\n  x", "a", "|+\n  x => x"]),
    // literal nested, next line indented
    ("x:\n  a: |\n    q\n  # c\n  b: 1\n",
     &["map x:\n  a: |\n    q\n  # c\n  b: 1", "x", "map a: |\n    q\n  # c\n  b: 1", "a", "|\n    q => q\n", "b", "1"]),
    // empty block scalars
    ("a: |\nb: >-\n\nc: |+\n\n\nd: |",
     &["map a: |\nb: >-\n\nc: |+\n\n\nd: |", "a", "| => ", "b", ">- => ", "c", "|+\n\n => \n\n", "d", "| => "]),
    // blanks beyond the indent are content
    ("a: |\n  x\n     \n\nb: 1\n",
     &["map a: |\n  x\n     \n\nb: 1", "a", "|\n  x\n      => x\n   \n", "b", "1"]),
    // anchored block scalar
    ("a: &x !t >- # c\n  y\n  z\nb: 1",
     &["map a: &x !t >- # c\n  y\n  z\nb: 1", "a", "&x !t >- # c\n  y\n  z => y z", "b", "1"]),
    // folded
    ("a: >\n  x\n  y\n\n  z\nb: 1\n",
     &["map a: >\n  x\n  y\n\n  z\nb: 1", "a", ">\n  x\n  y\n\n  z => x y\nz\n", "b", "1"]),
    // dash and block scalar
    ("- |\n x\n- >\n y",
     &["seq [0, 7] - |\n x\n- >\n y", "|\n x => x\n", ">\n y => y"]),
    // windows line ends
    ("a:\r\n  - b\r\n\r\n  - |\r\n    c\r\n    d\r\n\r\n# e\r\nf:\r\n",
     &["map a:\r\n  - b\r\n\r\n  - |\r\n    c\r\n    d\r\n\r\n# e\r\nf:", "a", "seq [6, 15] - b\r\n\r\n  - |\r\n    c\r\n    d", "b", "|\r\n    c\r\n    d => c\nd\n", "f", "@43"]),
    // byte order mark
    ("\u{feff}- a\n-\n",
     &["seq [3, 7] - a\n-", "a", "@8"]),
    // byte order mark and comment
    ("\u{feff}# c\na: ü # d\nb:\n",
     &["map a: ü # d\nb:", "a", "ü", "b", "@19"]),
    // documents
    ("--- # c\n- a\n...\n---\nb:\n---\n",
     &["seq [8] - a", "a", "map b:", "b", "@22", "@26"]),
    // directive
    ("%YAML 1.2\n---\n- a\n",
     &["seq [14] - a", "a"]),
    // end marker first
    ("...\na: 1\n",
     &["map a: 1", "a", "1"]),
    // not ASCII
    ("ü: \"ö\"\n  # ä\nß:\n- é",
     &["map ü: \"ö\"\n  # ä\nß:\n- é", "ü", "\"ö\" -> ö", "ß", "seq [20] - é", "é"]),
];
