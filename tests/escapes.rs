//! Whatever a file, its names and its messages hold, no output moves a cursor, turns text around or begins a command of
//! GitHub.

#[path = "common/folder.rs"]
mod folder;

use folder::{Folder, Ran};

/// Escape, delete, a control of the second range, bidirectional overrides and isolates, a line separator, a mark of
/// direction.
const SIGNS: [char; 8] =
    ['\u{1b}', '\u{7f}', '\u{9b}', '\u{202e}', '\u{2066}', '\u{2028}', '\u{200f}', '\u{7}'];

/// A text in double quotes that holds them all, and a new line that would begin a command.
fn hostile() -> String {
    let signs: Vec<String> = SIGNS.iter().map(|c| format!("\\u{:04x}", u32::from(*c))).collect();
    let signs = signs.concat();
    format!("a{signs}]0;x\\n::error::b<b>|c")
}

/// Everything that is told of, in places where a message repeats it.
fn files() -> Vec<String> {
    let bad = hostile();
    let raw: String = SIGNS.iter().skip(2).filter(|c| **c != '\u{7}').collect();
    [
        format!("services:\n  web:\n    image: \"x:{bad}\"\n    pid: \"{bad}\"\n    devices: [\"/dev/{bad}\"]\n"),
        format!("services:\n  web:\n    image: x:1\n    cap_add: [\"{bad}\"]\n    security_opt: [\"seccomp:{bad}\"]\n"),
        format!("services:\n  web:\n    image: x:1\n    volumes: [\"/{bad}:/x\"]\n    ports: [\"{bad}\"]\n"),
        format!("services:\n  web:\n    image: x:1\n    logging: {{driver: \"{bad}\"}}\n    env_file: \"{bad}\"\n"),
        format!("services:\n  \"{bad}\":\n    image: x:1\n"),
        format!("services:\n  web:\n    image: x:1\n    \"{bad}\": 1\n"),
        format!("services:\n  web:\n    image: x:1\n    mem_limit: \"{bad}\"\n"),
        format!("services:\n  web:\n    image: x:1\n    extends: {{service: \"{bad}\"}}\n"),
        format!("include: [\"../{bad}\"]\nservices:\n  web:\n    image: x:1\n"),
        format!("services:\n  web:\n    build: \"../{bad}\"\n    env_file: \"../{bad}\"\n"),
        format!("include: [\"{bad}\"]\nservices:\n  web:\n    image: x:1\n"),
        format!("services:\n  web:\n    build: \"{bad}\"\n    depends_on: [\"{bad}\"]\n"),
        format!("services:\n  web: # {raw}\n    image: x{raw}\n    x-{raw}: 1\n    mem_limit: l{raw}\n"),
        format!("services:\n  web:\n    image: *a{raw}\n"),
        format!("services:\n  web: !{raw} {{image: x:1}}\n"),
    ]
    .into()
}

#[test]
fn no_words_steer_a_terminal() {
    let dir = Folder::new(&[]);
    for file in files() {
        dir.put("compose.yml", &file);
        for words in [
            &["--check", "-v"][..],
            &["--check", "--diff"],
            &["--level", "strict"],
            &["explain", "privileged"],
            &["explain", "image_tag"],
            &["init"],
            &["policy", "show"],
            &["--check", "-q", "--format", "github"],
            &["--check", "-q", "--format", "markdown"],
            &["--check", "-q", "--format", "junit"],
            &["--check", "-q", "--format", "gitlab"],
        ] {
            let ran = dir.run(&[words, &["compose.yml"]].concat());
            assert!(matches!(ran.code, Some(0..=2)), "{words:?}: {ran:?}");
            assert_tame(words, &ran);
        }
    }
}

fn assert_tame(words: &[&str], Ran { out, err, .. }: &Ran) {
    // a diff to a pipe is a patch, and has the lines as they are
    let is_patch = out.starts_with("--- a/");
    for text in [err, out].into_iter().take(if is_patch { 1 } else { 2 }) {
        let signs: Vec<&str> = text.lines().filter(|line| line.contains(SIGNS)).collect();
        assert!(signs.is_empty(), "{words:?}: {signs:?}");
        if !words.contains(&"github") {
            let begins = text.lines().find(|line| line.starts_with("::"));
            assert_eq!(begins, None, "{words:?}");
        }
    }
}

#[test]
fn a_diff_on_a_terminal_is_tame_and_a_patch_is_exact() {
    let raw = "\u{202e}x";
    let text = format!("services:\n  web:\n    image: x:1 # {raw}\n");
    let dir = Folder::new(&[("compose.yml", &text)]);
    let shown = dir.run(&["--color", "always", "compose.yml"]);
    assert!(shown.out.contains("image: x:1"), "{}", shown.out);
    assert!(!shown.out.contains('\u{202e}'), "{:?}", shown.out);
    let patch = dir.run(&["compose.yml"]);
    assert!(patch.out.contains(raw), "{:?}", patch.out);
}
