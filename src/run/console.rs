//! Where the output goes: data to stdout, words to stderr. Says which kind of error it is.

use std::collections::{BTreeSet, HashMap};
use std::fmt::Write as _;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anstream::adapter::strip_str;

use super::Exit;
use super::baseline::{Compared, named};
use super::policy::{Notes, OfFile};
use super::prepare::{Failure, Prepared};
use crate::cli::{Input, Task};
use crate::edit::{EditError, Origin};
use crate::load::{self, Diagnostic};
use crate::plan::{Level, Plan};
use crate::report::images::{self, Card};
use crate::report::{Message, MessageKind, Outcome, Subject, Verbosity, shown_name, terminal};
use crate::source::Source;
use crate::verify::ProofError;
use crate::write::{Stopped, WriteError, left_beside};

/// Faults of one file that are shown.
const MOST_FAULTS: usize = 20;

/// Different warnings that are shown without `-v`.
const MOST_WARNINGS: usize = 8;

/// And with it: more are of no use to anyone.
const MOST_WARNINGS_VERBOSE: usize = 200;

/// The two streams.
pub struct Console<'a> {
    /// For data. Takes no colours unless `colored_out` says so.
    pub out: &'a mut dyn Write,
    /// For words; takes colours away by itself if they are not wanted.
    pub err: &'a mut dyn Write,
    /// Whether diffs are coloured.
    pub colored_out: bool,
    /// Whether someone waits at a terminal and may be shown how far a long run is.
    pub interactive: bool,
}

/// How much of each project is told, unless `-v` or `-q` asks for more or less.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Detail {
    /// Everything: there is only one.
    Full,
    /// Everything of those that change.
    Changed,
    /// One line for each that changes.
    Line,
}

impl Console<'_> {
    /// Prints data. A reader that went away is no error.
    pub(super) fn data(&mut self, text: &str) -> Exit {
        let written = self.out.write_all(text.as_bytes());
        self.printed(written)
    }

    /// Prints data that are made with colours.
    pub(super) fn painted(&mut self, text: &str) -> Exit {
        if self.colored_out { self.data(text) } else { self.data(&strip_str(text).to_string()) }
    }

    /// Prints a diff.
    pub(super) fn diff(&mut self, diff: &str) -> Exit {
        if self.colored_out { self.data(&terminal::colored_diff(diff)) } else { self.data(diff) }
    }

    /// Makes sure that everything is out.
    pub(super) fn finish(&mut self) -> Exit {
        let flushed = self.out.flush();
        self.printed(flushed)
    }

    fn printed(&mut self, result: io::Result<()>) -> Exit {
        match result {
            Ok(()) => Exit::Done,
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Exit::Done,
            Err(error) => {
                self.error(&format!("cannot write to standard output: {}", error.kind()), None);
                Exit::Failed
            }
        }
    }

    /// Words have no second place to go: an error of stderr is not told.
    fn say(&mut self, text: &str) {
        let _ = self.err.write_all(text.as_bytes());
    }

    fn message(&mut self, sources: &[Source], message: &Message<'_>) {
        self.say(&terminal::message(sources, message));
    }

    /// An error without a place.
    pub(super) fn error(&mut self, text: &str, help: Option<&str>) {
        self.message(&[], &Message { kind: MessageKind::Error, text, help, place: None, note: None });
    }

    /// A warning without a place.
    pub(super) fn warning(&mut self, text: &str) {
        self.message(&[], &Message { kind: MessageKind::Warning, text, help: None, place: None, note: None });
    }

    /// What is to be told of a project.
    pub(super) fn project(&mut self, words: &str) {
        if self.finish() == Exit::Done {
            self.say(words);
        }
    }

    /// Why a project has no proven text.
    pub(super) fn failure(&mut self, failure: &Failure) {
        match failure {
            Failure::Load(error @ load::Error::Read { help, .. }) => {
                self.error(&error.to_string(), help.as_deref());
            }
            Failure::Load(load::Error::Invalid { tree, diagnostics }) => {
                self.faults(tree.sources(), diagnostics);
            }
            Failure::Edit(tree, error @ EditError::Place { at, .. }) => {
                let text = format!("{error}; nothing was written");
                let help = Some("`--skip` leaves that pass out");
                let kind = MessageKind::Error;
                self.message(tree.sources(), &Message { kind, text: &text, help, place: *at, note: None });
            }
            Failure::Plain { text, help } => self.error(text, help.as_deref()),
            Failure::Edit(tree, error) => self.bug(tree.sources(), &error.to_string()),
            Failure::Proof(tree, error @ ProofError::Referee(_)) => {
                self.error(&format!("{}: {error}", name(tree.sources())), None);
            }
            Failure::Proof(tree, error) => self.bug(tree.sources(), &error.to_string()),
        }
    }

    fn faults(&mut self, sources: &[Source], diagnostics: &[Diagnostic]) {
        for fault in diagnostics.iter().take(MOST_FAULTS) {
            let text = match fault.place {
                Some(_) => fault.message.clone(),
                None if sources.is_empty() => fault.message.clone(),
                None => format!("{}: {}", name(sources), fault.message),
            };
            self.message(sources, &Message { text: &text, ..diagnostic(MessageKind::Error, fault) });
        }
        if let Some(more) = diagnostics.len().checked_sub(MOST_FAULTS).filter(|&more| more > 0) {
            self.say(&format!("and {more} more errors in `{}`\n", name(sources)));
        }
    }

    fn bug(&mut self, sources: &[Source], what: &str) {
        let text = format!("this is a bug in harden; nothing was written: {}: {what}", name(sources));
        self.error(&text, Some("please report it, with the file if you can share it"));
    }

    /// A file that Compose would not read either.
    pub(super) fn ignored(&mut self, used: &Path, other: &Path) {
        let text = format!("found both `{}` and `{}`", used.display(), other.display());
        let help = format!("Compose reads `{}`, and so does harden", used.display());
        let kind = MessageKind::Warning;
        self.message(&[], &Message { kind, text: &text, help: Some(&help), place: None, note: None });
    }

    /// What there is to say of the policies of a run. A waiver that has run out fails `--check`.
    pub(super) fn policies(&mut self, notes: &Notes, checked: bool, complete: bool, verbosity: Verbosity) {
        if self.finish() != Exit::Done {
            return;
        }
        let loud = verbosity > Verbosity::Quiet;
        if checked {
            self.all_of(MessageKind::Error, &notes.expired(), verbosity);
        } else if loud {
            self.all_of(MessageKind::Warning, &notes.expired(), verbosity);
        }
        if loud {
            self.all_of(MessageKind::Warning, &notes.ending(), verbosity);
        }
        if loud && complete {
            self.all_of(MessageKind::Warning, &notes.unused(), verbosity);
        }
    }

    fn all_of(&mut self, kind: MessageKind, files: &[OfFile], verbosity: Verbosity) {
        for (source, found) in files {
            let sources = std::slice::from_ref(source);
            match kind {
                MessageKind::Warning => self.say(&warnings(sources, found, verbosity)),
                MessageKind::Error => self.faults(sources, found),
            }
        }
    }

    /// What the baseline makes of a project.
    pub(super) fn compared(&mut self, project: &Prepared, compared: &Compared) {
        let Some(path) = &compared.baseline else { return };
        let (name, path) = (name(project.tree.sources()), path.display());
        if !compared.drift.is_empty() {
            let new = listed(&project.plan, &compared.drift);
            self.error(&format!("{name}: not in `{path}`: {new}"), None);
        }
        let mut said = Vec::new();
        said.extend((!compared.known.is_empty()).then(|| format!("{} known", compared.known.len())));
        said.extend(
            (!compared.fixed.is_empty()).then(|| {
                format!("{} fixed, which `harden baseline --prune` takes out", compared.fixed.len())
            }),
        );
        if !said.is_empty() {
            self.say(&format!("{name}: {path}: {}\n", said.join(", ")));
        }
    }

    /// The findings that `--check` fails on.
    pub(super) fn failing(&mut self, project: &Prepared, failing: &BTreeSet<Origin>) {
        let Some(from) = failing.iter().filter_map(|&origin| project.judged.from(origin)).min() else {
            return;
        };
        let first = failing.first().and_then(|&origin| named(&project.plan, origin)).unwrap_or_default();
        let text = format!(
            "{}: advice is `{}` or worse, and the policy fails on that: {}",
            name(project.tree.sources()),
            from.as_str(),
            listed(&project.plan, failing)
        );
        let (service, pass) = first;
        let help = format!(
            "do what the summary says, or say why not below `waive` in `.harden.yml`: \
             `- {{service: {service}, pass: {pass}, reason: …}}`"
        );
        self.error(&text, Some(&help));
    }

    /// What `--check` found.
    pub(super) fn drift(&mut self, project: &Prepared, task: &Task) {
        let from_stdin =
            project.tree.sources().first().is_some_and(|source| source.name().as_os_str() == "-");
        if task.verbosity == Verbosity::Quiet || from_stdin {
            return;
        }
        let level = match task.plan.level {
            Level::Standard => String::new(),
            other => format!(" --level {}", other.as_str()),
        };
        // files that are a project only together cannot be named by one
        let together = match task.inputs.as_slice() {
            [Input::Files(_)] => true,
            [Input::Here] => project.tree.sources().first().is_some_and(|source| !is_default(source.name())),
            _ => false,
        };
        let how = if together {
            "`--write` in place of `--check`".to_owned()
        } else {
            let overlay = task.overlay.as_ref().map(|path| format!(" --overlay {}", path.display()));
            let overlay = overlay.unwrap_or_default();
            format!("`harden {}{overlay} --write{level}`", name(project.tree.sources()))
        };
        self.say(&format!("help: {how} writes what is missing\n"));
    }

    /// Why `--check` does not pass although nothing was found.
    pub(super) fn unsure(&mut self, project: &Prepared) {
        let sources = project.tree.sources();
        let unread = project.unread();
        let shown =
            |file: Option<&str>| file.map_or_else(|| "another file".to_owned(), |file| format!("`{file}`"));
        let files: Vec<String> = unread.iter().map(|unread| shown(unread.file)).collect();
        let text = format!(
            "{} is seen only in part, so `--check` cannot pass: {} not read",
            name(sources),
            files.join(", ") + if files.len() == 1 { " is" } else { " are" },
        );
        // a file that is named cannot be had from here; one that nothing names only has to be named
        let unnamed = unread.iter().any(|unread| unread.file.is_none());
        let help =
            || format!("name the file that it is laid over, too: `harden -f FILE -f {}`", name(sources));
        self.error(&text, unnamed.then(help).as_deref());
    }

    /// Why a file was not written.
    pub(super) fn unwritten(&mut self, error: &WriteError) {
        self.error(&format!("{error}; nothing was written"), error.help());
    }

    /// Why files were not written, and which were all the same.
    pub(super) fn stopped(&mut self, stopped: &Stopped) {
        let Stopped { error, replaced, kept } = stopped;
        if replaced.is_empty() {
            return self.unwritten(error);
        }
        let (replaced, kept) = (quoted(replaced), quoted(kept));
        let text =
            format!("{error}; written before that, and could not be put back: {replaced}; as before: {kept}");
        self.error(&text, error.help());
    }

    /// Temporary files beside those that were written.
    pub(super) fn left<'a>(&mut self, beside: impl IntoIterator<Item = &'a Path>) {
        let left = left_beside(beside);
        if left.is_empty() {
            return;
        }
        let text = format!(
            "left by a run of harden that was killed, or by one that is still at work: {}",
            quoted(&left)
        );
        let help = Some("remove what no run is at work on");
        let kind = MessageKind::Warning;
        self.message(&[], &Message { kind, text: &text, help, place: None, note: None });
    }

    /// An image that was asked for and that nothing is known of.
    pub(super) fn unknown_image(&mut self, card: &Card<'_>) {
        let (text, help) = images::unknown(card);
        self.error(&text, Some(&help));
    }

    /// Words after data.
    pub(super) fn note(&mut self, text: &str) {
        if self.finish() == Exit::Done {
            self.say(text);
        }
    }

    /// Other files were fine, and were not written either.
    pub(super) fn nothing_written(&mut self) {
        self.say("nothing was written\n");
    }
}

/// `init` of `web`, and so on.
fn listed(plan: &Plan, origins: &BTreeSet<Origin>) -> String {
    let names = origins.iter().filter_map(|&origin| named(plan, origin));
    let names: Vec<String> = names.map(|(service, pass)| format!("`{pass}` of `{service}`")).collect();
    names.join(", ")
}

/// The warnings and the summary of a project.
pub(super) fn words(
    project: &Prepared,
    outcome: Outcome,
    verbosity: Verbosity,
    detail: Detail,
    compared: Option<&Compared>,
) -> String {
    let known = compared.map(|compared| compared.known.clone()).unwrap_or_default();
    let subject = Subject { known, ..project.subject(outcome) };
    let unchanged = project.verified.is_empty() && subject.unread.is_empty();
    match (verbosity, detail) {
        (Verbosity::Quiet, _) => terminal::summary(&subject, verbosity),
        (Verbosity::Normal, Detail::Line) if unchanged => String::new(),
        (Verbosity::Normal, Detail::Line) => terminal::headline(&subject),
        (Verbosity::Normal, Detail::Changed) if unchanged => terminal::headline(&subject) + "\n",
        _ => {
            let warnings = warnings(project.tree.sources(), &project.warnings, verbosity);
            warnings + &terminal::summary(&subject, verbosity) + "\n" + &with_overlay(project, outcome)
        }
    }
}

/// How Compose is told of an overlay.
fn with_overlay(project: &Prepared, outcome: Outcome) -> String {
    match project.with_overlay().filter(|_| outcome != Outcome::Checked) {
        Some(files) => {
            format!("help: `docker compose {} up` starts the project with it\n", as_options(files))
        }
        None => String::new(),
    }
}

/// Each different warning once, at its first place.
fn warnings(sources: &[Source], warnings: &[Diagnostic], verbosity: Verbosity) -> String {
    let mut distinct: Vec<(&Diagnostic, usize)> = Vec::new();
    let mut known: HashMap<&str, usize> = HashMap::new();
    for warning in warnings {
        let at = *known.entry(&warning.message).or_insert(distinct.len());
        match distinct.get_mut(at) {
            Some((_, more)) => *more += 1,
            None => distinct.push((warning, 0)),
        }
    }
    let mut out = String::new();
    let most = if verbosity == Verbosity::Verbose { MOST_WARNINGS_VERBOSE } else { MOST_WARNINGS };
    for (warning, more) in distinct.iter().take(most) {
        let text = match more {
            0 => warning.message.clone(),
            1 => format!("{}, and at 1 more place", warning.message),
            more => format!("{}, and at {more} more places", warning.message),
        };
        out += &terminal::message(
            sources,
            &Message { text: &text, ..diagnostic(MessageKind::Warning, warning) },
        );
    }
    if let Some(more) = distinct.len().checked_sub(most).filter(|&more| more > 0) {
        let _ = writeln!(
            out,
            "and {more} more warnings{}",
            if most == MOST_WARNINGS { "; `-v` shows them" } else { "" }
        );
    }
    out
}

fn diagnostic(kind: MessageKind, found: &Diagnostic) -> Message<'_> {
    let note = found.note.as_ref().map(|(place, label)| (*place, label.as_str()));
    Message { kind, text: &found.message, help: found.help.as_deref(), place: found.place, note }
}

fn is_default(path: &Path) -> bool {
    load::DEFAULT_NAMES.iter().any(|name| path.ends_with(name))
}

/// Paths, one after the other.
fn quoted(paths: &[PathBuf]) -> String {
    paths.iter().map(|path| format!("`{}`", path.display())).collect::<Vec<_>>().join(", ")
}

/// Files as both harden and Compose take them.
fn as_options(files: &[PathBuf]) -> String {
    files.iter().map(|path| format!("-f {}", path.display())).collect::<Vec<_>>().join(" ")
}

fn name(sources: &[Source]) -> String {
    sources.first().map(|source| shown_name(source.name())).unwrap_or_default()
}
