//! What is known of an image after each line of its Dockerfile: walks a stage, line by line.
//!
//! Follows the builder where it matters for how the image starts and what it may write; anything else is passed over.

use std::collections::BTreeSet;

use parse_dockerfile::{
    Command, Flag, HealthcheckArguments, Instruction, JsonOrStringArray, Source, UnescapedString,
};

use super::super::expand::UNKNOWN;
use super::super::mounts::is_at_or_below;
use super::accounts::{Accounts, Who};
use super::run::{Script, run};
use super::shell;
use super::text::Lines;
use super::tree::{Files, join, looks_like_file};
use super::vars::{Value, Vars};

/// Paths that are kept in mind; more were not written by a person.
const MOST_COPIED: usize = 500;

/// Where base images and packages have directories of their own.
const OF_PACKAGES: [&str; 7] = ["/usr", "/etc", "/lib", "/bin", "/sbin", "/var/www", "/var/lib"];

/// Something the Dockerfile says, and on which line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Said<T> {
    pub(super) what: T,
    pub(super) line: u32,
}

/// A command of `ENTRYPOINT` or `CMD`.
pub(super) type Words = Said<Vec<String>>;

/// An image as it stands after some lines.
#[derive(Clone, Debug, Default)]
pub(super) struct State {
    /// The name that its first stage is built from, as written, and the line.
    pub(super) base: Option<Said<String>>,
    /// The same with its variables replaced.
    pub(super) base_name: String,
    pub(super) platform: String,
    /// Whether the catalogue has it, or it is empty.
    pub(super) base_is_known: bool,
    pub(super) vars: Vars,
    pub(super) accounts: Accounts,
    pub(super) files: Files,
    pub(super) user: Option<Said<String>>,
    pub(super) workdir: String,
    pub(super) entrypoint: Option<Words>,
    pub(super) command: Option<Words>,
    /// Whether this stage has set the command.
    pub(super) own_command: bool,
    pub(super) volumes: Vec<Said<String>>,
    /// Where something is copied to.
    pub(super) copied: Vec<Said<String>>,
    pub(super) ports: Vec<u16>,
    /// `None` inside for `HEALTHCHECK NONE`.
    pub(super) healthcheck: Option<Said<Option<String>>>,
    /// Capabilities that programs were given.
    pub(super) file_caps: Option<Said<BTreeSet<String>>>,
    /// The line that installs programs which carry capabilities.
    pub(super) packaged_caps: Option<u32>,
    /// The line that installs `sudo`.
    pub(super) sudo: Option<u32>,
    /// A line that hands a path over which cannot be read.
    pub(super) unclear: Option<u32>,
    /// Whether anything is run, so that more may have changed than is seen.
    pub(super) runs: bool,
    /// What is done when another stage builds on this one.
    /// By the numbers of the stage and of the line in it.
    pub(super) triggers: Vec<(usize, usize)>,
}

/// What a stage needs of the rest of the file.
pub(super) trait Others {
    /// The state of a stage that `COPY --from` names.
    fn stage(&mut self, name: &str) -> Option<State>;
    /// The value that `ARG name` has here, when it has any.
    fn argument(&self, name: &str, default: Option<&str>) -> Option<Value>;
}

/// The file as a whole.
pub(super) struct Text<'t> {
    pub(super) lines: Lines,
    pub(super) source: &'t str,
    pub(super) escape: char,
    /// Bodies of here-documents that the parser does not know.
    pub(super) bodies: &'t [std::ops::Range<usize>],
}

impl State {
    /// Applies one line.
    pub(super) fn apply(&mut self, line: &Instruction<'_>, text: &Text<'_>, others: &mut dyn Others) {
        match line {
            Instruction::Arg(arg) => self.argument(&arg.arguments.value, text, others),
            Instruction::Env(env) => self.environment(&env.arguments.value, text),
            Instruction::User(user) => {
                let name = self.word(&user.arguments, text);
                self.user = Some(Said { what: name, line: text.lines.at(user.user.span.start) });
            }
            Instruction::Workdir(workdir) => {
                let path = self.word(&workdir.arguments, text);
                self.enter(&path, text.lines.at(workdir.workdir.span.start));
            }
            Instruction::Entrypoint(entrypoint) => {
                let words = self.command_words(&entrypoint.arguments, text);
                self.entrypoint =
                    Some(Said { what: words, line: text.lines.at(entrypoint.entrypoint.span.start) });
                self.command = self.command.take().filter(|_| self.own_command);
            }
            Instruction::Cmd(cmd) => {
                let words = self.command_words(&cmd.arguments, text);
                self.command = Some(Said { what: words, line: text.lines.at(cmd.cmd.span.start) });
                self.own_command = true;
            }
            Instruction::Volume(volume) => {
                self.volume(&volume.arguments, text.lines.at(volume.volume.span.start), text);
            }
            Instruction::Expose(expose) => self.expose(&expose.arguments, text),
            Instruction::Healthcheck(check) => {
                let line = text.lines.at(check.healthcheck.span.start);
                self.healthcheck = Some(Said { what: health(&check.arguments), line });
            }
            Instruction::Copy(copy) => {
                let line = text.lines.at(copy.copy.span.start);
                self.copy(&copy.options, &copy.src, &copy.dest, line, text, others);
            }
            Instruction::Add(add) => {
                let line = text.lines.at(add.add.span.start);
                self.copy(&add.options, &add.src, &add.dest, line, text, others);
            }
            Instruction::Run(_) => self.run(line, text),
            _ => {}
        }
    }

    /// One word, without its quotes and with its variables replaced.
    fn word(&self, written: &UnescapedString<'_>, text: &Text<'_>) -> String {
        shell::words(&written.value, text.escape, &self.vars).join(" ")
    }

    fn argument(&mut self, written: &str, text: &Text<'_>, others: &dyn Others) {
        for word in shell::words(written, text.escape, &self.vars) {
            let (name, default) =
                word.split_once('=').map_or((word.as_str(), None), |(name, value)| (name, Some(value)));
            if let Some(value) = others.argument(name, default) {
                self.vars.set(name, value.known());
            }
        }
    }

    /// `ENV A=b C=d`, or the old `ENV A b c`.
    fn environment(&mut self, written: &str, text: &Text<'_>) {
        let words = shell::words(written, text.escape, &self.vars);
        if words.first().is_some_and(|word| !word.contains('=')) {
            if let Some((name, rest)) = words.split_first() {
                self.vars.set(name, Some(rest.join(" ")));
            }
            return;
        }
        for (name, value) in words.iter().filter_map(|word| word.split_once('=')) {
            self.vars.set(name, Some(value.to_owned()));
        }
    }

    /// `WORKDIR`: makes the directory, for the user of that moment.
    fn enter(&mut self, path: &str, line: u32) {
        if path.contains(UNKNOWN) || self.workdir.contains(UNKNOWN) && !path.starts_with('/') {
            self.workdir = UNKNOWN.to_string();
            self.unclear = self.unclear.or_else(|| (!self.runs_as().0.is_root()).then_some(line));
            return;
        }
        self.workdir = join(&self.workdir, path);
        let (user, group) = self.runs_as();
        let is_new = self.is_new(&self.workdir);
        self.files.make(&self.workdir, &user, &group, is_new, line);
    }

    /// Whether a directory was surely not there before: not of an image that nobody knows, nor where a base image or
    /// a package may have put it.
    pub(super) fn is_new(&self, path: &str) -> bool {
        self.base_is_known && !OF_PACKAGES.iter().any(|above| is_at_or_below(path, above))
    }

    /// Whom the next `RUN` runs as.
    pub(super) fn runs_as(&self) -> (Who, Who) {
        match &self.user {
            Some(user) => self.accounts.resolve(&user.what),
            None => (Who::root(), Who::root()),
        }
    }

    /// The words of a command; those of the shell form are the shell's.
    fn command_words(&self, command: &Command<'_>, text: &Text<'_>) -> Vec<String> {
        match command {
            Command::Exec(words) => words.value.iter().map(|word| word.value.clone().into_owned()).collect(),
            Command::Shell(line) if matches!(line.value.trim(), "\"\"" | "[]") => Vec::new(),
            Command::Shell(line) => {
                let words = shell::words(line.value, text.escape, &self.vars);
                ["/bin/sh", "-c"].into_iter().map(str::to_owned).chain(words).collect()
            }
            _ => vec![UNKNOWN.to_string()],
        }
    }

    fn volume(&mut self, paths: &JsonOrStringArray<'_, 1>, line: u32, text: &Text<'_>) {
        let paths = match paths {
            JsonOrStringArray::Json(paths) => &paths.value,
            JsonOrStringArray::String(paths) => paths,
        };
        for path in paths {
            let path = self.word(path, text);
            if !path.contains(UNKNOWN) {
                self.volumes.push(Said { what: join("/", &path), line });
            }
        }
    }

    fn expose(&mut self, ports: &[UnescapedString<'_>], text: &Text<'_>) {
        for port in ports {
            let port = self.word(port, text);
            let number = port.split('/').next().unwrap_or_default().parse();
            self.ports.extend(number.ok().filter(|port| !self.ports.contains(port)));
        }
    }

    fn copy(
        &mut self,
        options: &[Flag<'_>],
        from: &[Source<'_>],
        to: &UnescapedString<'_>,
        line: u32,
        text: &Text<'_>,
        others: &mut dyn Others,
    ) {
        let option = |name: &str| options.iter().find(|flag| flag.name.value == name)?.value.as_ref();
        let sources: Vec<String> = from.iter().map(|source| self.source(source, text)).collect();
        let to = self.word(to, text);
        if let Some(stage) = option("from").and_then(|name| others.stage(&self.word(name, text))) {
            self.import(&stage, &sources, &to);
        }
        let (owner, group) = match option("chown") {
            Some(owner) => self.accounts.resolve(&self.word(owner, text)),
            None => (Who::root(), Who::root()),
        };
        if to.contains(UNKNOWN) || (!to.starts_with('/') && self.workdir.contains(UNKNOWN)) {
            self.unclear = self.unclear.or_else(|| (!owner.is_root()).then_some(line));
            return;
        }
        let path = join(&self.workdir, &to);
        if is_one_file(&sources) {
            self.files.copy_file(&path, to.ends_with('/'), &owner, &group, line);
        } else {
            self.files.copy(&path, &owner, &group, line);
        }
        if self.copied.len() < MOST_COPIED {
            self.copied.push(Said { what: path, line });
        }
    }

    fn source(&self, source: &Source<'_>, text: &Text<'_>) -> String {
        match source {
            Source::Path(path) => self.word(path, text),
            _ => "document.txt".to_owned(),
        }
    }

    /// `COPY --from=x /etc/passwd /etc/` brings the users of the other stage, `COPY --from=x / /` all of it.
    fn import(&mut self, stage: &Self, sources: &[String], to: &str) {
        let all = sources.iter().any(|source| source == "/") && to == "/";
        if all {
            self.files.import(&stage.files);
        }
        if let (Some(caps), true) = (&stage.file_caps, self.file_caps.is_none()) {
            self.file_caps = Some(caps.clone()); // the copy of a program keeps them
        }
        if all || sources.iter().any(|source| matches!(source.as_str(), "/etc/passwd" | "/etc" | "/etc/")) {
            self.accounts.import(&stage.accounts);
        }
    }

    fn run(&mut self, line: &Instruction<'_>, text: &Text<'_>) {
        let Instruction::Run(instruction) = line else { return };
        self.runs = true;
        for script in Script::of(instruction, text) {
            run(self, &script, text);
        }
    }
}

/// A single file: no directory is made for it.
fn is_one_file(sources: &[String]) -> bool {
    matches!(sources, [source] if looks_like_file(source) && !source.ends_with('/') && !source.contains(['*', '?']))
}

fn health(arguments: &HealthcheckArguments<'_>) -> Option<String> {
    match arguments {
        HealthcheckArguments::Cmd { arguments, .. } => Some(match arguments {
            Command::Exec(words) => {
                words.value.iter().map(|word| word.value.as_ref()).collect::<Vec<_>>().join(" ")
            }
            Command::Shell(line) => line.value.to_owned(),
            _ => String::new(),
        }),
        _ => None,
    }
}
