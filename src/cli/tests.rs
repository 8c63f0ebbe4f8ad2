//! What is typed, and what it means.

use super::{Cli, Format, Input, Mode, Request, Task};
use crate::plan::Level;
use crate::report::Verbosity;
use clap::{CommandFactory, Parser};

fn task(words: &[&str]) -> Result<Task, String> {
    let cli = Cli::try_parse_from(std::iter::once(&"harden").chain(words)).map_err(|e| e.to_string())?;
    match cli.request().map_err(|error| error.to_string())? {
        Request::Harden(task) => Ok(*task),
        other => Err(format!("{other:?}")),
    }
}

fn mode(words: &[&str]) -> Mode {
    task(words).unwrap().mode
}

#[test]
fn the_definition_is_sound() {
    Cli::command().debug_assert();
}

#[test]
fn modes_follow_from_the_words() {
    assert_eq!(mode(&["a.yml"]), Mode::Diff);
    assert_eq!(mode(&["a.yml", "--diff"]), Mode::Diff);
    assert_eq!(mode(&["a.yml", "b.yml"]), Mode::Diff);
    assert_eq!(mode(&["a.yml", "--check"]), Mode::Check { diff: false });
    assert_eq!(mode(&["a.yml", "--check", "--diff"]), Mode::Check { diff: true });
    assert_eq!(mode(&["a.yml", "--write"]), Mode::Write);
    assert_eq!(mode(&["a.yml", "-o", "b.yml"]), Mode::Output("b.yml".into()));
    assert_eq!(mode(&["-"]), Mode::Stdout);
    assert_eq!(mode(&["-", "--diff"]), Mode::Diff);
    assert_eq!(mode(&["-", "--check"]), Mode::Check { diff: false });
    assert_eq!(task(&["-"]).unwrap().inputs, [Input::Stdin]);
}

#[test]
fn contradictions_are_refused() {
    for words in [
        &["a.yml", "--write", "--check"][..],
        &["a.yml", "--write", "--diff"],
        &["a.yml", "--stdout", "--check"],
        &["a.yml", "--stdout", "-o", "b.yml"],
        &["a.yml", "b.yml", "--stdout"],
        &["a.yml", "-o", "a.yml"],
        &["-", "--write"],
        &["-", "-"],
        &["a.yml", "a.yml"],
        &["-", "--files-from", "-"],
        &["-f", "a.yml", "--files-from", "list"],
        &["--files-from", "list", "--stdout"],
        &["a.yml", "-q", "-v"],
        &["a.yml", "--max-size", "lots"],
        &["a.yml", "--level", "extreme"],
    ] {
        assert!(task(words).is_err(), "{words:?}");
    }
}

#[test]
fn what_is_read_follows_from_the_names() {
    let inputs = |words: &[&str]| task(words).unwrap().inputs;
    assert_eq!(inputs(&[]), [Input::Here]);
    assert_eq!(inputs(&["."]), [Input::File(".".into())]);
    assert_eq!(inputs(&["-f", "a", "-f", "b"]), [Input::Files(vec!["a".into(), "b".into()])]);
    assert_eq!(
        inputs(&["a", "--files-from", "-", "--write"]),
        [Input::File("a".into()), Input::List("-".into())]
    );
    let folder = task(&["-", "--project-directory", "srv"]).unwrap().load.project_directory;
    assert_eq!(folder, Some("srv".into()));
}

#[test]
fn passes_are_checked_and_suggested() {
    let task_of = task(&["a.yml", "--only", "init,mem_limit", "--skip", "user"]).unwrap();
    assert_eq!((task_of.plan.only, task_of.plan.skip), (vec!["init", "mem_limit"], vec!["user"]));
    let error = task(&["a.yml", "--only", "memlimit"]).unwrap_err();
    assert!(error.contains("did you mean `mem_limit`?"), "{error}");
    let error = task(&["a.yml", "--skip", "zzz"]).unwrap_err();
    assert!(error.contains("`harden passes` lists them"), "{error}");
}

#[test]
fn a_file_may_be_called_like_a_command() {
    assert_eq!(task(&["./passes"]).unwrap().inputs, [Input::File("./passes".into())]);
    assert!(task(&["passes"]).is_err_and(|other| other == "Passes"));
}

#[test]
fn levels_and_verbosity_have_defaults() {
    let plain = task(&["a.yml"]).unwrap();
    assert_eq!((plain.plan.level, plain.verbosity), (Level::Standard, Verbosity::Normal));
    let other = task(&["a.yml", "--level", "strict", "-q", "--max-size", "1m"]).unwrap();
    assert_eq!((other.plan.level, other.verbosity), (Level::Strict, Verbosity::Quiet));
    assert_eq!(other.load.max_bytes, 1 << 20);
}

#[test]
fn help_opens_with_examples() {
    let help = Cli::command().render_long_help().to_string();
    let (examples, usage) = (help.find("Examples:").unwrap(), help.find("Usage:").unwrap());
    assert!(examples < usage, "{help}");
}

#[test]
fn images_are_asked_for_by_any_name_that_can_stand_in_a_file() {
    let images = |words: &[&str]| {
        let cli = Cli::try_parse_from(["harden", "images"].iter().chain(words)).map_err(|e| e.to_string())?;
        match cli.request().map_err(|error| error.to_string())? {
            Request::Images(images) => Ok((images.names, images.level, images.format)),
            other => Err(format!("{other:?}")),
        }
    };
    assert_eq!(images(&[]), Ok((vec![], Level::Standard, Format::Text)));
    let asked = images(&["a:1", "b:${TAG:-2}", "--level", "safe", "--format", "json"]);
    assert_eq!(asked, Ok((vec!["a:1".to_owned(), "b:${TAG:-2}".to_owned()], Level::Safe, Format::Json)));
    for words in [&[""][..], &["a b"], &["a\nb"], &["a", "--format", "yaml"], &["a", "--write"]] {
        assert!(images(words).is_err(), "{words:?}");
    }
}
