//! Invariants of the spanned tree over every file of the corpus, and its meaning against the other parser.
#![expect(
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "a test reads its own files, and fails by panicking"
)]

#[path = "common/beside.rs"]
mod beside;
#[path = "common/spans.rs"]
mod spans;

use beside::shared;
use harden::source::Source;
use harden::yaml::{self, Kind, Limits, NodeId, Tree};
use serde::Deserialize;
use serde_yaml::{Mapping, Value};
use spans::Spans;
use std::fs;
use std::path::PathBuf;

fn corpus(folder: &str) -> Vec<(PathBuf, String)> {
    let mut files = Vec::new();
    let mut folders: Vec<PathBuf> = shared("corpus").map(|root| root.join(folder)).into_iter().collect();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ext| ext == "yml" || ext == "yaml") {
                files.extend(fs::read_to_string(&path).ok().map(|text| (path, text)));
            }
        }
    }
    files.sort();
    files
}

fn parse(text: &str) -> Result<Tree, yaml::Error> {
    let mut tree = Tree::default();
    yaml::parse(&mut tree, Source::new("t", text), &Limits::default()).map(|_| tree)
}

/// What the other parser reads; `None` when it rejects a document. It counts a byte order mark as a column and
/// never stops after a scanner error, so the first is taken off and the second ends the reading.
fn values(text: &str) -> Option<Vec<Value>> {
    let documents = serde_yaml::Deserializer::from_str(text.trim_start_matches('\u{feff}'));
    documents.map(|document| Value::deserialize(document).ok()).collect()
}

/// Whether a node means what the other parser read.
fn same(tree: &Tree, id: NodeId, value: &Value) -> bool {
    match (value, &tree.node(tree.resolve(id)).kind) {
        (Value::Tagged(tagged), _) => same(tree, id, &tagged.value),
        (Value::Null, _) => tree.is_null(id),
        (Value::String(text), _) => tree.text(id) == Some(text),
        (Value::Bool(_) | Value::Number(_), Kind::Scalar { .. }) => {
            tree.text(id).and_then(|text| serde_yaml::from_str::<Value>(text).ok()).as_ref() == Some(value)
        }
        (Value::Sequence(values), Kind::Sequence { items, .. }) => {
            values.len() == items.len() && items.iter().zip(values).all(|(i, v)| same(tree, i.node, v))
        }
        (Value::Mapping(mapping), Kind::Mapping { .. }) => same_mapping(tree, id, mapping),
        _ => false,
    }
}

fn same_mapping(tree: &Tree, id: NodeId, mapping: &Mapping) -> bool {
    let entries = tree.entries(id);
    entries.len() == mapping.len()
        && entries
            .iter()
            .zip(mapping)
            .all(|(entry, (key, value))| same(tree, entry.key, key) && same(tree, entry.value, value))
}

fn same_documents(tree: &Tree, values: &[Value]) -> bool {
    let roots: Vec<NodeId> = tree
        .documents()
        .iter()
        .filter_map(|document| document.root)
        .filter(|&root| !tree.is_null(root))
        .collect();
    let values: Vec<&Value> = values.iter().filter(|value| !value.is_null()).collect();
    roots.len() == values.len() && roots.iter().zip(values).all(|(&root, value)| same(tree, root, value))
}

fn mismatches(name: &str, text: &str) -> Vec<String> {
    let (tree, values) = (parse(text), values(text));
    let wrong = match (&tree, values) {
        (Ok(tree), Some(values)) => {
            let mut wrong = Spans::check(tree);
            wrong.extend((!same_documents(tree, &values)).then(|| "another meaning".to_owned()));
            wrong
        }
        (Ok(tree), None) => Spans::check(tree),
        (Err(error), Some(_)) => vec![format!("{error} at {:?}", error.place.span)],
        (Err(_), None) => Vec::new(),
    };
    wrong.into_iter().map(|what| format!("{name}: {what}")).collect()
}

#[test]
fn every_corpus_file_means_the_same_to_both_parsers() {
    let wrong: Vec<String> = corpus("real")
        .iter()
        .flat_map(|(path, text)| mismatches(&path.display().to_string(), text))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn corpus_files_with_windows_line_ends_and_a_byte_order_mark_mean_the_same() {
    for (path, text) in corpus("real") {
        let text = format!(
            "\u{feff}{}",
            text.trim_start_matches('\u{feff}').replace("\r\n", "\n").replace('\n', "\r\n")
        );
        let wrong = mismatches(&path.display().to_string(), &text);
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}

#[test]
fn a_corpus_file_that_is_cut_off_anywhere_never_panics_and_keeps_its_spans() {
    for (path, text) in corpus("real") {
        let cuts = (0..text.len()).step_by(1 + text.len() / 40).filter(|&at| text.is_char_boundary(at));
        for at in cuts {
            let Ok(tree) = parse(&text[..at]) else { continue };
            let wrong = Spans::check(&tree);
            assert!(wrong.is_empty(), "{} cut at {at}: {}", path.display(), wrong.join("\n"));
        }
    }
}

#[test]
fn rejected_files_end_in_a_tree_or_an_error_with_a_place() {
    for (path, text) in corpus("rejected") {
        if let Err(error) = parse(&text) {
            let span = error.place.span.range();
            assert!(text.get(span).is_some() && !error.to_string().is_empty(), "{}", path.display());
        }
    }
}

/// What a slip of the keyboard, or a hostile hand, puts into a file.
const SLIPS: &[&str] = &[
    "\t", " ", "  ", "\n", "\n\n", ":", " : ", "- ", "-", "\"", "'", "#", " # c\n", "[", "]", "{", "}",
    "&a ", "*a", "!t ", "? ", "|", "|\n", ">\n", "|+\n", "|2-\n", "<<: ", ",", "\r\n", "...\n", "---\n",
    "a: b\n", "%", "@", "~", "\\", "é",
];

/// A small generator of reproducible numbers (xorshift).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % bound.max(1) as u64).unwrap()
    }

    fn mangle(&mut self, text: &str) -> String {
        let lines: Vec<&str> = text.split_inclusive('\n').collect();
        let first = self.below(lines.len());
        let last = (first + 1 + self.below(14)).min(lines.len());
        let mut text = lines[first..last].concat();
        for _ in 0..=self.below(3) {
            let at = (0..=self.below(text.len() + 1)).rev().find(|&at| text.is_char_boundary(at)).unwrap();
            match self.below(3) {
                0 if at < text.len() => drop(text.remove(at)),
                _ => text.insert_str(at, SLIPS[self.below(SLIPS.len())]),
            }
        }
        text
    }
}

#[test]
fn mangled_pieces_of_the_corpus_keep_their_spans_and_meaning() {
    let (files, mut numbers) = (corpus("real"), Numbers(88_172_645_463_325_252));
    for _ in 0..files.len() * 15 {
        let file = numbers.below(files.len());
        let text = numbers.mangle(&files[file].1);
        let Ok(tree) = parse(&text) else { continue };
        let mut wrong = Spans::check(&tree);
        // A scalar at the top is no Compose file, and the parsers differ on its indent.
        let scalar = tree.documents().iter().any(|d| d.root.is_some_and(|root| tree.text(root).is_some()));
        let same = scalar || values(&text).is_none_or(|values| same_documents(&tree, &values));
        wrong.extend((!same).then(|| "another meaning".to_owned()));
        assert!(wrong.is_empty(), "{text:?}: {}", wrong.join("\n"));
    }
}
