//! What is beside the code for those who install or call harden: hooks, the action, the image, the release. Holds each
//! to what it names: flags that exist, files that are there, inputs that are used.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test reads its repository"
)]

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use serde_yaml::Value;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn yaml(path: &str) -> Value {
    serde_yaml::from_str(&read(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn harden(words: &[&str]) -> std::process::Output {
    Command::new(env!("CARGO_BIN_EXE_harden")).args(words).output().unwrap()
}

#[test]
fn the_hooks_call_what_there_is_on_the_files_that_compose_looks_for() {
    let hooks = yaml(".pre-commit-hooks.yaml");
    for hook in hooks.as_sequence().unwrap() {
        let mut words: Vec<&str> = hook["entry"].as_str().unwrap().split(' ').collect();
        assert_eq!(words.remove(0), "harden");
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("compose.yml");
        std::fs::write(&file, "services: {web: {image: nginx}}\n").unwrap();
        words.push(file.to_str().unwrap());
        let exit = harden(&words).status.code();
        assert!(matches!(exit, Some(0 | 1)), "{words:?} ends with {exit:?}");
        let files = hook["files"].as_str().unwrap();
        assert_eq!(
            files, r"(^|/)(docker-)?compose[^/]*\.ya?ml$",
            "tests hold this pattern to the names below"
        );
    }
    for name in harden::load::DEFAULT_NAMES {
        let rest = name.strip_prefix("docker-").unwrap_or(name).strip_prefix("compose").unwrap();
        assert!(rest == ".yml" || rest == ".yaml", "{name}");
    }
}

#[test]
fn the_action_uses_every_input_and_no_text_of_others() {
    let action = yaml("action.yml");
    let text = read("action.yml");
    for (input, _) in action["inputs"].as_mapping().unwrap() {
        let name = input.as_str().unwrap();
        assert!(text.contains(&format!("${{{{ inputs.{name} }}}}")), "`{name}` is never used");
    }
    for step in action["runs"]["steps"].as_sequence().unwrap() {
        let script = step["run"].as_str().unwrap_or_default();
        assert!(!script.contains("${{"), "an expression in a script can be made to run anything: {script}");
        assert!(step.get("uses").is_none(), "nothing of others is called");
    }
}

#[test]
fn workflows_have_few_rights() {
    for path in [".github/workflows/ci.yml", ".github/workflows/release.yml"] {
        let workflow = yaml(path);
        let rights = workflow["permissions"].as_mapping().unwrap();
        assert_eq!(rights.len(), 1, "{path}");
        assert_eq!(workflow["permissions"]["contents"].as_str(), Some("read"), "{path}");
        for (name, job) in workflow["jobs"].as_mapping().unwrap() {
            assert!(job["timeout-minutes"].is_number() || job.get("needs").is_some(), "{path} {name:?}");
            for step in job["steps"].as_sequence().unwrap() {
                assert!(!step["run"].as_str().unwrap_or_default().contains("${{ github."), "{path} {name:?}");
            }
        }
    }
}

#[test]
fn the_image_gets_all_that_it_copies_and_runs_as_nobody() {
    let dockerfile = read("Dockerfile");
    let ignored = read(".dockerignore");
    let let_in: BTreeSet<&str> = ignored.lines().filter_map(|line| line.strip_prefix('!')).collect();
    let copied = dockerfile
        .lines()
        .filter_map(|line| line.strip_prefix("COPY "))
        .filter(|copy| !copy.starts_with("--"));
    let copied: BTreeSet<&str> = copied
        .flat_map(|copy| {
            let mut words: Vec<&str> = copy.split_whitespace().collect();
            words.pop();
            words
        })
        .collect();
    assert_eq!(copied, let_in);
    for path in copied {
        assert!(root().join(path).exists(), "{path}");
    }
    assert!(dockerfile.lines().any(|line| line == "USER 65532:65532"));
}

#[test]
fn the_archive_holds_what_the_program_can_print() {
    let script = read("packaging/archive");
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        assert!(script.contains(shell), "{shell}");
        assert!(!harden(&["completions", shell]).stdout.is_empty(), "{shell}");
    }
    let man = String::from_utf8(harden(&["man"]).stdout).unwrap();
    assert!(man.contains(".TH harden 1") && man.contains("\\-\\-check"), "{man}");
}
