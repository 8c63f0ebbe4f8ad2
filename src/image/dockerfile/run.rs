//! What the commands of `RUN` do, as far as it shows: users, directories and whose they are, capabilities of programs.

use std::borrow::Cow;
use std::collections::BTreeSet;

use parse_dockerfile::{Command, RunInstruction};

use super::super::expand::UNKNOWN;
use super::accounts::Who;
use super::shell::{self, commands};
use super::stage::{Said, State, Text};
use super::tree::join;

/// A script, and where it begins in the file.
pub(super) struct Script<'t> {
    text: Cow<'t, str>,
    at: usize,
}

/// Shells that run a script given in words.
const SHELLS: [&str; 5] = ["sh", "bash", "ash", "dash", "zsh"];

/// Programs that put nothing into the directories they name or are run in.
const QUIET: [&str; 34] = [
    "[",
    "adduser",
    "addgroup",
    "apk",
    "apt",
    "apt-get",
    "cat",
    "dnf",
    "echo",
    "export",
    "false",
    "fi",
    "find",
    "grep",
    "groupadd",
    "id",
    "ldconfig",
    "ls",
    "microdnf",
    "passwd",
    "pip",
    "pip3",
    "printf",
    "rm",
    "rmdir",
    "set",
    "test",
    "true",
    "update-ca-certificates",
    "useradd",
    "usermod",
    "which",
    "yum",
    "}",
];

/// Programs that install packages.
const INSTALLERS: [&str; 7] = ["apk", "apt", "apt-get", "dnf", "microdnf", "yum", "zypper"];

/// Packages whose programs carry capabilities.
const WITH_CAPS: [&str; 6] = ["iputils", "iputils-ping", "iputils-arping", "caddy", "mtr", "mtr-tiny"];

/// How deep scripts in words of scripts are read.
const DEEPEST: usize = 3;

impl<'t> Script<'t> {
    /// The scripts of one `RUN`.
    pub(super) fn of(run: &'t RunInstruction<'_>, text: &Text<'t>) -> Vec<Self> {
        let documents = run
            .here_docs
            .iter()
            .map(|document| Script { text: Cow::Borrowed(document.value.as_ref()), at: document.span.start });
        match &run.arguments {
            Command::Exec(words) => {
                let quoted = words.value.iter().map(|word| format!("'{}'", word.value.replace('\'', "")));
                let line = quoted.collect::<Vec<_>>().join(" ");
                vec![Script { text: Cow::Owned(line), at: words.span.start }]
            }
            Command::Shell(line) if line.value.trim().is_empty() => documents.collect(),
            Command::Shell(line) => {
                let script = Script { text: Cow::Borrowed(line.value), at: line.span.start };
                let bodies =
                    text.bodies.iter().filter(|body| feeds_shell(line.value) && is_next(&line.span, body));
                let bodies = bodies.filter_map(|body| {
                    Some(Script { text: Cow::Borrowed(text.source.get(body.clone())?), at: body.start })
                });
                std::iter::once(script).chain(bodies).collect()
            }
            _ => Vec::new(),
        }
    }
}

/// Whether a here-document is a script, and not a file that is written.
fn feeds_shell(line: &str) -> bool {
    let program = line.split_whitespace().next().unwrap_or_default();
    SHELLS.contains(&last_segment(program))
}

fn is_next(line: &std::ops::Range<usize>, body: &std::ops::Range<usize>) -> bool {
    body.start >= line.end && body.start - line.end <= 2
}

/// Follows a script.
pub(super) fn run(state: &mut State, script: &Script<'_>, text: &Text<'_>) {
    let mut runner = Runner { directory: state.workdir.clone(), state };
    runner.script(&script.text, script.at, text, 0);
}

struct Runner<'s> {
    state: &'s mut State,
    directory: String,
}

impl Runner<'_> {
    fn script(&mut self, script: &str, at: usize, text: &Text<'_>, depth: usize) {
        for command in commands(script, text.escape, &self.state.vars) {
            let begin = at + command.at;
            self.command(&command, text.lines.at(begin));
            if let [program, flag, inner, ..] = command.words.as_slice()
                && SHELLS.contains(&last_segment(program))
                && flag.starts_with('-')
                && flag.ends_with('c')
                && depth < DEEPEST
            {
                self.script(inner, begin, text, depth + 1);
            }
        }
    }

    fn command(&mut self, command: &shell::Command, line: u32) {
        for target in command.targets.iter().filter(|target| !target.starts_with("/dev/")) {
            self.fill(target, line);
        }
        let Some((program, words)) = command.words.split_first() else { return };
        let program = last_segment(program);
        match program {
            "cd" => self.enter(words.first()),
            "mkdir" => self.make(words, line),
            "install" => self.install(words, line),
            "chown" => self.chown(words, line),
            "chgrp" => self.chgrp(words, line),
            "chmod" => self.chmod(words, line),
            "setcap" => self.setcap(words, line),
            _ => self.other(program, &command.words, line),
        }
    }

    fn other(&mut self, program: &str, words: &[String], line: u32) {
        if let Some(name) = self.state.accounts.run(words) {
            self.make_home(&name, line);
        }
        if INSTALLERS.contains(&program) {
            self.packages(words, line);
        }
        if !QUIET.contains(&program) {
            for path in words.iter().skip(1).filter_map(|word| absolute(word)) {
                self.fill(path, line);
            }
            self.fill(".", line);
        }
    }

    fn packages(&mut self, words: &[String], line: u32) {
        let mut names = words.iter().skip(1).map(|word| word.split(['=', '@']).next().unwrap_or_default());
        if names.clone().any(|name| name == "sudo") {
            self.state.sudo.get_or_insert(line);
        }
        if names.any(|name| WITH_CAPS.contains(&name)) {
            self.state.packaged_caps.get_or_insert(line);
        }
    }

    fn make_home(&mut self, name: &str, line: u32) {
        let Some(user) = self.state.accounts.user(name).cloned() else { return };
        let owner = Who { name: Some(name.to_owned()), id: user.uid };
        if let Some(home) = user.home.filter(|home| !home.contains(UNKNOWN)) {
            self.state.files.make_home(&join("/", &home), &owner, line);
        }
    }

    /// The path of a word; `None` when it is not known which it is.
    fn path(&self, word: &str) -> Option<String> {
        let unknown = word.contains([UNKNOWN, '*', '?', '{', '[', '~'])
            || (!word.starts_with('/') && self.directory.contains(UNKNOWN));
        (!unknown).then(|| join(&self.directory, word))
    }

    fn is_new(&self, word: &str) -> bool {
        self.path(word).is_some_and(|path| self.state.is_new(&path))
    }

    fn fill(&mut self, word: &str, line: u32) {
        if let Some(path) = self.path(word) {
            self.state.files.fill(&path, line);
        }
    }

    fn enter(&mut self, word: Option<&String>) {
        let path = word.and_then(|word| self.path(word));
        self.directory = path.unwrap_or_else(|| UNKNOWN.to_string());
    }

    fn make(&mut self, words: &[String], line: u32) {
        let (options, paths) = split(words, &["-m", "--mode"]);
        let mode = options.iter().find_map(|(name, value)| value.as_deref().filter(|_| *name != "-Z"));
        let may_exist = options.iter().any(|(name, _)| *name == "--parents" || is_letter(name, 'p'));
        let (owner, group) = self.state.runs_as();
        for path in paths {
            let is_new = !may_exist || self.is_new(path);
            self.handed_over(path, &owner, line, |files, path| {
                files.make(path, &owner, &group, is_new, line);
                if let Some(mode) = mode {
                    files.chmod(path, group_writes(mode), all_write(mode), false, line);
                }
            });
        }
    }

    fn install(&mut self, words: &[String], line: u32) {
        let (options, paths) = split(words, &["-o", "--owner", "-g", "--group", "-m", "--mode"]);
        let value = |names: [&str; 2]| {
            options.iter().find(|(name, _)| names.contains(name)).and_then(|(_, value)| value.clone())
        };
        let makes = options.iter().any(|(name, _)| *name == "--directory" || is_letter(name, 'd'));
        if !makes {
            for path in paths {
                self.fill(path, line);
            }
            return;
        }
        let owner = value(["-o", "--owner"]).map(|name| self.state.accounts.resolve(&name).0);
        let group = value(["-g", "--group"]).map(|name| self.state.accounts.group(&name));
        let (user, primary) = self.state.runs_as();
        let (owner, group) = (owner.unwrap_or(user), group.unwrap_or(primary));
        let mode = value(["-m", "--mode"]).unwrap_or_default();
        for path in paths {
            let is_new = self.is_new(path);
            self.handed_over(path, &owner, line, |files, path| {
                files.make(path, &Who::root(), &Who::root(), is_new, line);
                files.chown(path, Some(&owner), Some(&group), false, line);
                files.chmod(path, group_writes(&mode), all_write(&mode), false, line);
            });
        }
    }

    fn chown(&mut self, words: &[String], line: u32) {
        let (options, words) = split(words, &[]);
        let Some((who, paths)) = words.split_first() else { return };
        let who = if who.contains(':') { (*who).clone() } else { who.replacen('.', ":", 1) };
        let has_user = !who.starts_with(':');
        let (owner, group) = self.state.accounts.resolve(who.trim_end_matches(':'));
        let owner = Some(owner).filter(|_| has_user);
        let group = Some(group).filter(|_| who.contains(':'));
        let nobody = Who::root();
        let to = owner.clone().or_else(|| group.clone()).unwrap_or(nobody);
        let deep = is_deep(&options);
        for path in paths {
            self.handed_over(path, &to, line, |files, path| {
                files.chown(path, owner.as_ref(), group.as_ref(), deep, line);
            });
        }
    }

    fn chgrp(&mut self, words: &[String], line: u32) {
        let (options, words) = split(words, &[]);
        let Some((group, paths)) = words.split_first() else { return };
        let group = self.state.accounts.group(group);
        let deep = is_deep(&options);
        for path in paths {
            self.handed_over(path, &group, line, |files, path| {
                files.chown(path, None, Some(&group), deep, line);
            });
        }
    }

    fn chmod(&mut self, words: &[String], line: u32) {
        let deep = words.iter().any(|word| word == "-R" || word == "--recursive");
        let mut words = words.iter().filter(|word| !word.starts_with("-R") && !word.starts_with("--"));
        let Some(mode) = words.next() else { return };
        let (group, all) = (group_writes(mode), all_write(mode));
        if !group && !all {
            return;
        }
        let somebody = Who::default();
        for path in words {
            self.handed_over(path, &somebody, line, |files, path| files.chmod(path, group, all, deep, line));
        }
    }

    /// Does something to a path; one that cannot be read is kept in mind when it is given to another than root.
    fn handed_over(
        &mut self,
        word: &str,
        to: &Who,
        line: u32,
        change: impl FnOnce(&mut super::tree::Files, &str),
    ) {
        match self.path(word) {
            Some(path) => change(&mut self.state.files, &path),
            None if !to.is_root() => {
                self.state.unclear.get_or_insert(line);
            }
            None => {}
        }
    }

    /// `setcap cap_net_bind_service=+ep FILE`
    fn setcap(&mut self, words: &[String], line: u32) {
        let given = words.iter().filter(|word| word.to_ascii_lowercase().starts_with("cap_"));
        let names = given.flat_map(|word| word.split(['=', '+']).next().unwrap_or_default().split(','));
        let upper = names.map(|name| name.trim().to_ascii_uppercase());
        let caps: BTreeSet<String> =
            upper.filter_map(|name| name.strip_prefix("CAP_").map(str::to_owned)).collect();
        if !caps.is_empty() {
            let said = self.state.file_caps.get_or_insert(Said { what: BTreeSet::new(), line });
            said.what.extend(caps);
        }
    }
}

type Given<'w> = Vec<(&'w str, Option<String>)>;

/// Options with their values, and the other words.
fn split<'w>(words: &'w [String], with_value: &[&str]) -> (Given<'w>, Vec<&'w String>) {
    let (mut options, mut rest) = (Vec::new(), Vec::new());
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let (name, glued) = word
            .split_once('=')
            .map_or((word.as_str(), None), |(name, value)| (name, Some(value.to_owned())));
        let takes = |name: &str| with_value.contains(&name);
        if !word.starts_with('-') {
            rest.push(word);
        } else if takes(name) {
            options.push((name, glued.or_else(|| words.next().cloned())));
        } else if let Some((name, value)) = word.split_at_checked(2).filter(|(name, _)| takes(name)) {
            options.push((name, Some(value.to_owned())));
        } else {
            options.push((name, None));
        }
    }
    (options, rest)
}

fn is_deep(options: &Given<'_>) -> bool {
    options.iter().any(|(name, _)| *name == "--recursive" || is_letter(name, 'R'))
}

/// Whether a word of single letters has this one.
fn is_letter(option: &str, letter: char) -> bool {
    !option.starts_with("--") && option.contains(letter)
}

fn last_segment(word: &str) -> &str {
    word.rsplit('/').next().unwrap_or(word)
}

/// The absolute path in a word: `/x`, `--prefix=/x`.
fn absolute(word: &str) -> Option<&str> {
    let path = word.split_once('=').map_or(word, |(_, value)| value);
    path.starts_with('/').then_some(path)
}

/// Whether a mode lets a group write: `775`, `g+w`, `g=u`.
fn group_writes(mode: &str) -> bool {
    octal(mode, 1)
        .unwrap_or_else(|| symbolic(mode, &['g', 'a']) || mode.contains("g=u") || mode.contains("g+u"))
}

/// Whether a mode lets everybody write: `777`, `a+w`, `o+rwx`.
fn all_write(mode: &str) -> bool {
    octal(mode, 0).unwrap_or_else(|| symbolic(mode, &['o', 'a']))
}

/// The bit for writing of a digit, counted from the right.
fn octal(mode: &str, from_right: usize) -> Option<bool> {
    if mode.is_empty() || !mode.chars().all(|c| c.is_digit(8)) {
        return None;
    }
    let digit = mode.chars().rev().nth(from_right).and_then(|c| c.to_digit(8));
    Some(digit.is_some_and(|digit| digit & 2 != 0))
}

fn symbolic(mode: &str, who: &[char]) -> bool {
    mode.split(',').any(|part| {
        let (to, what) = part.split_once(['+', '=']).unwrap_or((part, ""));
        to.contains(who) && what.contains('w')
    })
}

#[cfg(test)]
mod tests {
    use super::{all_write, group_writes};

    #[test]
    fn modes() {
        for mode in ["777", "1777", "a+w", "o+rwx", "ugo+rw", "u=rw,o=rw"] {
            assert!(all_write(mode), "{mode}");
        }
        for mode in ["755", "775", "+x", "g+w", "u+w", "a-w", "o=r", "7", ""] {
            assert_eq!(all_write(mode), mode == "7", "{mode}");
        }
        for mode in ["775", "770", "g+w", "g=u", "a+rw"] {
            assert!(group_writes(mode), "{mode}");
        }
        assert!(!group_writes("755") && !group_writes("g+r"));
    }
}
