//! Credentials are planted in every place that can hold one, and no output of any mode, format or error holds them.
//!
//! Left out where it is the file itself that was asked for: the text and the lines around a change that `--diff` (and
//! `--format text` and `diff`), `--stdout` and `--output` print. Even these hold nothing from files beside it.

mod errors;
#[path = "../common/folder.rs"]
mod folder;
mod planted;

use folder::{Folder, Ran};
use planted::{FILES, SHELL, SILENT};

/// Documents about a run.
const DOCUMENTS: [&str; 6] = ["json", "sarif", "github", "gitlab", "junit", "markdown"];

fn project() -> Folder {
    Folder::new(&FILES)
}

fn run(dir: &Folder, words: &[&str]) -> Ran {
    Ran::of(dir.command(words).envs(SHELL))
}

/// The lines of a text that hold a planted credential.
fn leaks(text: &str) -> Vec<&str> {
    text.lines().filter(|line| line.contains("hush")).collect()
}

fn assert_silent(words: &[&str], Ran { code, out, err }: &Ran) {
    assert_eq!((leaks(out), leaks(err)), (Vec::new(), Vec::new()), "{words:?} ended with {code:?}");
}

#[test]
fn no_document_holds_one() {
    let dir = project();
    for format in DOCUMENTS {
        for more in [
            &["--check", "--level", "strict"][..],
            &["--level", "safe", "--shell-env"],
            &["--check", "--style", "anchors"],
            &["--target", "swarm"],
        ] {
            let words = [&["--format", format, "-v", "compose.yml"], more].concat();
            let ran = run(&dir, &words);
            assert!(matches!(ran.code, Some(0 | 1)) && ran.out.len() > 1000, "{ran:?}");
            assert_silent(&words, &ran);
        }
    }
}

#[test]
fn merged_reports_hold_none() {
    let dir = project();
    let stored = run(&dir, &["--check", "-q", "--report", "json=one.json", "compose.yml"]);
    assert_eq!(stored.code, Some(1), "{}", stored.err);
    for format in DOCUMENTS.into_iter().chain(["text", "diff"]) {
        let words = ["report", "merge", "one.json", "--format", format];
        let ran = run(&dir, &words);
        assert!(ran.code == Some(0) && !ran.out.is_empty(), "{ran:?}");
        assert_silent(&words, &ran);
    }
}

#[test]
fn words_hold_none() {
    let dir = project();
    for words in [
        &["--check", "-v", "compose.yml"][..],
        &["--check", "-v", "--shell-env", "--level", "strict", "compose.yml"],
        &["--check", "-q", "compose.yml"],
        &["policy", "show"],
        &["policy", "show", "compose.yml"],
        &["policy", "check"],
        &["init", "compose.yml"],
        &["baseline", "compose.yml"],
        &["baseline", "--prune", "compose.yml"],
    ] {
        let ran = run(&dir, words);
        assert!(ran.code.is_some() && !(ran.out.is_empty() && ran.err.is_empty()), "{words:?}: {ran:?}");
        assert_silent(words, &ran);
    }
    assert_eq!(leaks(&dir.text(".harden-baseline.yml")), Vec::<&str>::new());
}

#[test]
fn a_policy_to_start_from_holds_none() {
    let dir = Folder::new(
        &FILES.map(|(name, text)| if name == ".harden.yml" { ("x.txt", text) } else { (name, text) }),
    );
    let ran = run(&dir, &["init", "compose.yml"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_silent(&["init"], &ran);
    assert_eq!(leaks(&dir.text(".harden.yml")), Vec::<&str>::new());
}

#[test]
fn explanations_hold_none() {
    let dir = project();
    let passes = run(&dir, &["passes"]).out;
    let passes = passes.lines().filter_map(|line| line.split_whitespace().next());
    let mut told = 0;
    for pass in passes.filter(|word| word.chars().all(|c| c.is_ascii_lowercase() || c == '_')) {
        let words = ["explain", pass, "compose.yml"];
        let ran = run(&dir, &words);
        if ran.code == Some(0) {
            told += 1;
            assert_silent(&words, &ran);
        }
    }
    assert!(told >= 20, "{told}");
}

#[test]
fn what_is_said_beside_the_file_itself_holds_none() {
    let dir = project();
    for words in [
        &["--diff", "-v", "compose.yml"][..],
        &["--diff", "--check", "-v", "compose.yml"],
        &["--overlay", "over.yml", "-v", "compose.yml"],
        &["-o", "out.yml", "-v", "included.yml"],
        &["--stdout", "-v", "included.yml"],
        &["--write", "-v", "compose.yml"],
    ] {
        let ran = run(&dir, words);
        assert!(matches!(ran.code, Some(0 | 1)), "{words:?}: {ran:?}");
        assert_eq!(leaks(&ran.err), Vec::<&str>::new(), "{words:?}");
        let silent: Vec<&str> = SILENT.iter().flat_map(|text| hushes(text)).collect();
        let told = hushes(&ran.out);
        assert!(silent.iter().all(|word| !told.contains(word)), "{words:?}: {told:?}");
    }
}

/// The planted words of a text.
fn hushes(text: &str) -> Vec<&str> {
    text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| word.contains("hush")).collect()
}
