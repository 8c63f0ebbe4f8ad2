//! What `image_user` writes at strict: who the program is, right above what starts it.
//!
//! Writes nothing where something of the image is known to be for root alone, or may be. What the program writes to while it
//! runs, no file says.

use super::view::View;
use crate::dockerfile::read::{Instruction, Kind};
use crate::dockerfile::referee::one_line;
use crate::dockerfile::shell::{self, Command};
use crate::plan::TextEdit;
use crate::source::Span;

/// Instructions that say how the image runs, and make nothing.
const SAYS_HOW: [&str; 7] = ["CMD", "ENTRYPOINT", "ENV", "EXPOSE", "HEALTHCHECK", "LABEL", "STOPSIGNAL"];

/// Instructions after which it is not plain who owns what, or who runs what.
const ODD: [&str; 4] = ["ONBUILD", "SHELL", "USER", "VOLUME"];

/// Programs that keep what they install, or use later, in the directory of whoever runs them.
const AT_HOME: [&str; 9] =
    ["corepack", "mix", "nvm", "pipenv", "pipx", "playwright", "poetry", "puppeteer", "rustup"];

/// Words with which these do not.
const ELSEWHERE: [&str; 3] = ["--system", "virtualenvs.create", "virtualenvs.in-project"];

/// Modes with which everybody may read what is there.
const OPEN: [&str; 8] = ["+x", "a+x", "ugo+x", "755", "0755", "775", "777", "a+rx"];

/// The edit that makes a user and becomes it; `make` may be empty.
pub(super) fn edit(view: &View<'_>, make: &str, user: &str) -> Option<TextEdit> {
    let file = view.site.dockerfile.as_ref()?;
    let stage = view.last_stage()?;
    let start = stage.instructions.iter().find(|it| matches!(it.keyword.as_str(), "CMD" | "ENTRYPOINT"))?;
    let own = &stage.instructions;
    let ends = own.iter().skip_while(|it| it != &start).all(|it| SAYS_HOW.contains(&it.keyword.as_str()));
    let is_base =
        view.stages.iter().any(|other| stage.name.is_some_and(|name| other.base.eq_ignore_ascii_case(name)));
    if !ends || is_base || !view.instructions().all(is_for_everybody) {
        return None;
    }
    let at = below_comments(view, start);
    let end = if view.file.text().contains("\r\n") { "\r\n" } else { "\n" };
    let run = Some(make).filter(|make| !make.is_empty()).map(|make| format!("RUN {make}"));
    let lines: Vec<String> = run.into_iter().chain([format!("USER {user}")]).collect();
    let text: String = lines.iter().flat_map(|line| [line.as_str(), end]).collect();
    let within = Span::new(at, at);
    Some(TextEdit {
        file: file.id,
        within,
        edits: vec![(within, text)],
        says: lines.iter().map(|line| one_line(line, '\\')).collect::<Vec<_>>().join("\n"),
        words: format!("{}:{}: USER {user} above {}", file.path, view.file.line(start), start.keyword).into(),
    })
}

/// Where the comments begin that stand right above an instruction.
fn below_comments(view: &View<'_>, it: &Instruction) -> usize {
    let pieces = view.file.pieces.iter().rev().skip_while(|piece| piece.range.start > it.range.start);
    let above = pieces.skip(1).take_while(|piece| matches!(piece.kind, Kind::Comment));
    above.last().map_or(it.range.start, |piece| piece.range.start)
}

/// Whether what an instruction makes or starts is not for root alone.
fn is_for_everybody(it: &Instruction) -> bool {
    let names_home = it.arguments.contains("/root") || it.arguments.contains('~');
    let has_owner =
        it.flags().any(|(name, value)| name == "chown" || name == "chmod" && !OPEN.contains(&value));
    let is_open = it.keyword != "RUN"
        || it.heredocs.is_empty()
            && shell::commands(it.body()).is_some_and(|commands| commands.iter().all(leaves_open));
    !ODD.contains(&it.keyword.as_str()) && !names_home && !has_owner && is_open
}

/// Whether a command makes nothing that others may not read.
fn leaves_open(command: &Command) -> bool {
    let words: Vec<&str> = command.program().iter().map(|word| word.text.as_str()).collect();
    let has = |wanted: &[&str]| words.iter().any(|word| wanted.contains(word));
    let first = words.first().copied().unwrap_or_default();
    match first.rsplit('/').next().unwrap_or_default() {
        "chmod" => has(&OPEN),
        "chown" | "umask" | "install" | "sh" | "bash" | "source" | "." => false,
        "pip" | "pip3" | "python" | "python3" => !has(&["--user"]),
        "uv" => !has(&["tool", "python"]),
        name => !AT_HOME.contains(&name) || has(&ELSEWHERE),
    }
}
