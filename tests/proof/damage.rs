//! Good rewrites of real files, damaged at random: whatever changes the meaning or a byte must be refused.

use std::path::{Path, PathBuf};

use super::case::{Case, TWO};
use harden::edit::{Edit, Rewrite};
use harden::plan::Plan;
use harden::source::{Newline, Source, Span};
use harden::verify::{ProofError, prove};
use harden::yaml::{Kind, Layers, Layout, Limits, Tree, parse};

/// A small generator of reproducible numbers.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(bound.max(1)).unwrap()).unwrap()
    }
}

/// A limit above the first key of every service that is a block mapping without one.
fn limit_all(mut case: Case) -> Case {
    let newline = match case.tree.source(case.file).newline() {
        Newline::Lf => "\n",
        Newline::CrLf => "\r\n",
    };
    for (index, &node) in case.services.clone().iter().enumerate() {
        let mapping = case.tree.node(node);
        let is_block = matches!(&mapping.kind, Kind::Mapping { layout: Layout::Block, .. });
        let start = mapping.span.range().start;
        let line = case.text()[..start].rsplit('\n').next().unwrap_or_default().to_owned();
        if is_block && case.tree.get(node, "mem_limit").is_none() && line.bytes().all(|byte| byte == b' ') {
            let name = case.names[index].clone();
            case = case.mem(&name).edit(start, start, &format!("mem_limit: 64m{newline}{line}"));
        }
    }
    case
}

fn corpus(part: &str) -> Vec<PathBuf> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let corpus = here.ancestors().map(|above| above.join("shared/corpus").join(part));
    let found = corpus.into_iter().find(|dir| dir.is_dir());
    let mut files = Vec::new();
    if let Some(dir) = found {
        push_files(&dir, &mut files);
    }
    files.sort();
    files
}

fn push_files(dir: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(dir).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            push_files(&path, files);
        } else if path.extension().is_some_and(|ending| ending == "yml" || ending == "yaml") {
            files.push(path);
        }
    }
}

/// Simple files of the corpus with a limit on every service, and the ones that live here.
fn limited() -> Vec<(PathBuf, Case)> {
    let read = |path: PathBuf| std::fs::read_to_string(&path).ok().map(|text| (path, text));
    let own = [("two", TWO.to_owned()), ("crlf", TWO.replace('\n', "\r\n"))];
    let own = own.into_iter().map(|(name, text)| (PathBuf::from(name), text));
    let simple = |text: &str| !text.contains(['*', '&']) && !text.contains("extends:");
    let all = own.chain(corpus("real").into_iter().filter_map(read)).filter(|(_, text)| simple(text));
    all.filter_map(|(path, text)| Some((path, limit_all(Case::read(&text)?)))).collect()
}

#[test]
fn untouched_files_hold_wherever_both_parsers_read_them() {
    for path in corpus("real").into_iter().chain(corpus("rejected")) {
        let Ok(text) = std::fs::read_to_string(&path) else { continue };
        let mut tree = Tree::default();
        let Ok(file) = parse(&mut tree, Source::new(&path, &*text), &Limits::default()) else { continue };
        let rewrite = Rewrite { file, edits: Vec::new(), parts: Vec::new(), text };
        let proof = prove(&tree, &Layers::default(), &Plan::default(), rewrite, &Plan::default());
        let accepted = matches!(proof, Ok(_) | Err(ProofError::Referee(_)));
        assert!(accepted, "{}: {}", path.display(), proof.unwrap_err());
        assert!(
            proof.is_ok() || path.to_string_lossy().contains("rejected"),
            "{} is not read",
            path.display()
        );
    }
}

#[test]
fn real_files_with_a_limit_on_every_service_hold() {
    for (path, case) in limited() {
        if let Err(error) = case.prove() {
            panic!("{}: {error}", path.display());
        }
    }
}

fn values(text: &str) -> Option<Vec<serde_yaml::Value>> {
    use serde::Deserialize;
    serde_yaml::Deserializer::from_str(text).map(|one| serde_yaml::Value::deserialize(one).ok()).collect()
}

#[test]
fn damaged_edits_are_refused() {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let mut refused = 0;
    for (path, mut case) in limited().into_iter().filter(|(_, case)| case.text().len() < 6000) {
        let good = case.edits.clone();
        let Some(expected) = values(&case.rewritten()).filter(|_| !good.is_empty()) else { continue };
        for kind in 0..8 {
            case.edits = damage(&good, kind, case.text(), &mut random);
            let same = values(&case.rewritten()).as_ref() == Some(&expected);
            let proof = case.prove();
            assert!(same || proof.is_err(), "damage {kind}: {}\n{}", path.display(), case.rewritten());
            refused += usize::from(proof.is_err());
        }
    }
    assert!(refused >= 12, "only {refused} were refused");
}

fn damage(good: &[Edit], kind: usize, text: &str, random: &mut Random) -> Vec<Edit> {
    let mut edits = good.to_vec();
    let at = random.below(edits.len());
    let edit = &mut edits[at];
    let start = edit.span.range().start;
    match kind {
        0 => drop(edits.remove(at)),
        1 => edit.text = edit.text.repeat(2),
        2 => edit.text = format!("  {}", edit.text),
        3 => edit.text.truncate(edit.text.trim_end_matches(' ').len()),
        4 => edit.text = edit.text.replace("64m", "'64'"),
        5 => edit.text = edit.text.replace("mem_limit", "memlimit"),
        6 => edit.span = Span::new(start - 1, start - 1),
        _ => {
            let lines: Vec<usize> = text.match_indices('\n').map(|(at, _)| at + 1).collect();
            let to = lines[random.below(lines.len())];
            edit.span = Span::new(to, to);
            edits.sort_by_key(|edit| edit.span.start);
        }
    }
    edits
}

#[test]
fn damaged_bytes_are_refused() {
    let mut random = Random(42);
    for (path, case) in limited().into_iter().filter(|(_, case)| case.text().len() < 6000) {
        let text = case.rewritten();
        for _ in 0..4 {
            let at = random.below(text.len());
            let Some((before, after)) = text.split_at_checked(at) else { continue };
            let mut rest = after.chars();
            rest.next();
            let damaged = format!("{before}{}", rest.as_str());
            if damaged != text {
                assert_eq!(case.prove_text(damaged).unwrap_err(), ProofError::Bytes, "{}", path.display());
            }
        }
    }
}

#[test]
fn a_deletion_besides_the_edits_is_refused() {
    let mut random = Random(7);
    for (path, mut case) in limited().into_iter().filter(|(_, case)| case.text().len() < 6000) {
        let good = case.edits.clone();
        let text = case.text().to_owned();
        for _ in 0..4 {
            let at = random.below(text.len());
            let clear = |edit: &Edit| edit.span.range().start != at && edit.span.range().start != at + 1;
            let visible = text.as_bytes()[at].is_ascii_graphic();
            if visible && good.iter().all(clear) {
                case.edits.clone_from(&good);
                case.edits.push(Edit { span: Span::new(at, at + 1), text: String::new() });
                case.edits.sort_by_key(|edit| edit.span.start);
                assert!(case.prove().is_err(), "{} at {at}", path.display());
            }
        }
    }
}
