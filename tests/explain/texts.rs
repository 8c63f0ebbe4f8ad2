//! What the text of a pass shows is what harden does. `UPDATE=1` writes the blocks that harden makes; read them.

use std::fs;
use std::path::Path;
use std::process::Command;

use harden::passes::Meta;

use super::harness::{Project, advises, is_of_build, sections, severity, target};

/// What harden says of a pass's own example: the advice, the diff, and the file afterwards.
struct Made {
    advice: String,
    diff: String,
    result: String,
}

fn made(meta: &Meta, project: &Project) -> Made {
    let level: &[&str] = if advises(meta) { &["--level", "strict"] } else { &[] };
    let words = [&["--only", meta.id], target(meta)].concat();
    let strict = [&words, level].concat();
    Made {
        advice: advice(&project.harden(&words).err),
        diff: project.harden(&strict).out,
        result: project.harden(&[&strict, &["--stdout"][..]].concat()).out,
    }
}

/// The part of the summary that says what a person must decide.
fn advice(summary: &str) -> String {
    let lines = summary.lines().skip_while(|line| line.trim() != "needs a person").skip(1);
    let lines: Vec<&str> = lines.take_while(|line| !line.is_empty()).map(|line| &line[4..]).collect();
    if lines.is_empty() { String::new() } else { lines.join("\n") + "\n" }
}

#[test]
fn every_example_is_what_harden_does() {
    for (meta, example) in sections("Example") {
        let project = Project::of(&example);
        let made = made(meta, &project);
        let shown = |language| example.code(language).last().unwrap_or_default().to_owned();
        let mut pairs = Vec::new();
        if advises(meta) {
            assert_ne!(made.advice, "", "{}", meta.id);
            pairs.push((shown("text"), made.advice));
        } else if is_of_build(meta) {
            assert_ne!(made.diff, "", "{}", meta.id);
        } else {
            pairs.push((example.code("yaml").nth(1).unwrap_or_default().to_owned(), made.result));
        }
        if !made.diff.is_empty() {
            pairs.push((shown("diff"), made.diff));
        }
        for (shown, made) in pairs {
            if std::env::var_os("UPDATE").is_some() {
                update(meta, &shown, &made);
            } else {
                assert_eq!(shown, made, "{}: `UPDATE=1 cargo test --test explain` writes it", meta.id);
            }
        }
    }
}

/// Puts what harden makes in the place of what is shown.
fn update(meta: &Meta, shown: &str, made: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!(
        "src/passes/{}{}.md",
        if is_of_build(meta) { "build/" } else { "" },
        meta.id
    ));
    let text = fs::read_to_string(&path).unwrap();
    let first = made.split_once('\n').unwrap().0;
    let (from, to) = if shown.is_empty() {
        let language = if first.starts_with("---") {
            "diff"
        } else if first == "services:" {
            "yaml"
        } else {
            "text"
        };
        (format!("```{language}\n```"), format!("```{language}\n{made}```"))
    } else {
        (format!("\n{shown}```"), format!("\n{made}```"))
    };
    assert!(text.contains(&from), "{}: {from}", meta.id);
    fs::write(path, text.replacen(&from, &to, 1)).unwrap();
}

/// What the diff makes of the example, by the program that a reader would use.
fn patched(meta: &Meta, project: &Project, diff: &str) -> String {
    project.write("change.diff", diff);
    let status =
        Command::new("git").args(["apply", "change.diff"]).current_dir(project.path()).status().unwrap();
    assert!(status.success(), "{}: the diff does not apply", meta.id);
    fs::read_to_string(project.path().join("compose.yml")).unwrap()
}

#[test]
fn every_diff_does_away_with_what_it_is_about() {
    for (meta, example) in sections("Example") {
        let project = Project::of(&example);
        let before = severity(&project.decision(meta.id, target(meta)));
        let after = patched(meta, &project, example.code("diff").next().unwrap());
        let decision = project.decision(meta.id, target(meta));
        if advises(meta) {
            assert!(before.is_some() && severity(&decision) < before, "{}: {decision}", meta.id);
        } else {
            let expected = example.code("yaml").nth(usize::from(!is_of_build(meta))).unwrap();
            assert_eq!(after, expected, "{}", meta.id);
            assert_eq!(decision["outcome"]["kind"], "already", "{}: {decision}", meta.id);
        }
    }
}

#[test]
fn a_way_back_is_left_as_it_is() {
    for (meta, undo) in sections("Undo") {
        let shown: Vec<&str> = undo.code("yaml").collect();
        assert!(advises(meta) || shown.len() == 1, "{}", meta.id);
        for file in shown {
            let project = Project::new(file);
            // what is asked for on the command line goes before the policy, and so before `x-harden`
            let only: &[&str] = if file.contains("x-harden") { &[] } else { &["--only", meta.id] };
            for level in ["safe", "standard", "strict"] {
                let ran = project.harden(&[only, &["--level", level]].concat());
                let added = format!("+    {}:", meta.id);
                assert!(only.is_empty() || ran.out.is_empty(), "{} at {level}: {ran:?}", meta.id);
                assert!(!ran.out.contains(&added), "{} at {level}: {ran:?}", meta.id);
            }
        }
    }
}

#[test]
fn a_waiver_waives_the_example() {
    for (meta, waive) in sections("Waive") {
        let policies: Vec<&str> = waive.code("yaml").collect();
        let [policy] = policies[..] else { panic!("{}: {policies:?}", meta.id) };
        assert!(policy.contains("reason: ") && policy.contains("until: "), "{}", meta.id);
        let (_, example) = sections("Example").find(|(other, _)| other.id == meta.id).unwrap();
        let project = Project::of(&example);
        project.write(".harden.yml", policy);
        let decision = project.decision(meta.id, &[target(meta), &["--level", "strict"]].concat());
        assert!(decision["waiver"]["reason"].is_string(), "{}: {decision}", meta.id);
        let ran = project.harden(&[&["--only", meta.id, "--level", "strict"], target(meta)].concat());
        assert_eq!(ran.out, "", "{}", meta.id);
        assert!(!ran.err.contains("warning"), "{}: {ran:?}", meta.id);
    }
}
