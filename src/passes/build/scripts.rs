//! What the commands of a `RUN` are: which program, and what it is told to do.
//!
//! Words only; whoever asks knows what to make of them.

use crate::dockerfile::read::Instruction;
use crate::dockerfile::shell::{self, Command, Word};

/// The commands of a `RUN`, and where they begin in its arguments.
pub(super) fn script(run: &Instruction) -> Option<(Vec<Command>, usize)> {
    let body = run.body();
    Some((shell::commands(body)?, run.arguments.len() - body.len()))
}

/// Whether a command is apt that does something.
pub(super) fn is_apt(command: &Command, what: &str) -> bool {
    subcommand(command.program(), &["apt-get", "apt"], what).is_some()
}

/// The end of the word that says what a program is to do, if it is one of these and does that.
pub(super) fn subcommand(program: &[Word], names: &[&str], what: &str) -> Option<usize> {
    let (first, rest) = program.split_first()?;
    let name = first.text.rsplit('/').next().unwrap_or_default();
    let found = rest.iter().find(|word| !word.text.starts_with('-'))?;
    (names.contains(&name) && found.text == what).then_some(found.range.end)
}

/// The end of the word `install` of a pip.
pub(super) fn pip(program: &[Word]) -> Option<usize> {
    let is_python = program.first().is_some_and(|word| word.text.starts_with("python"));
    let words: Vec<&str> = program.iter().take(3).map(|word| word.text.as_str()).collect();
    match words.as_slice() {
        [_, "-m", "pip"] if is_python => subcommand(program.get(2..)?, &["pip"], "install"),
        _ => subcommand(program, &["pip", "pip3"], "install"),
    }
}
