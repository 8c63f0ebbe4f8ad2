//! What the case, corpus and example tests share: one hardening run through the public API, and its invariants.

#![expect(clippy::disallowed_methods, reason = "tests read and write their own files")]
#![allow(dead_code, reason = "each test target uses its own part")]
#![allow(clippy::indexing_slicing, clippy::string_slice, reason = "a test may stop at what cannot be")]

pub mod beside;
pub mod judge;
pub mod plugin;
pub mod stack;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use harden::load::{self, Loaded};
use harden::passes;
use harden::pipeline::{self, Planned};
use harden::plan::{Change, Confidence, Decision, Evidence, Finding, Op, PassId, Plan, Skip, Value};
use harden::source::{Place, Source};
use harden::verify::{self, Verified};
use harden::{edit, report};
use jiff::civil::date;
use serde_yaml::Deserializer;

/// One project, hardened.
pub struct Run {
    pub loaded: Loaded,
    pub planned: Planned,
    /// What it was planned with, the policy included.
    pub options: pipeline::Options,
    /// One per file that changes.
    pub verified: Vec<Verified>,
}

/// How files are read: the real ones come without the repositories that they are from.
pub fn anywhere() -> load::Options {
    load::Options { read_outside: true, ..load::Options::default() }
}

/// Hardens a file on disk.
pub fn harden_file(path: &Path, options: &pipeline::Options) -> Result<Run, String> {
    let loaded = load::file(path, &anywhere()).map_err(|error| format!("load: {error}"))?;
    harden(loaded, options)
}

/// Hardens the project that some files are. An error is as a person sees it, without colours.
pub fn harden_files(paths: &[PathBuf], options: &pipeline::Options) -> Result<Run, String> {
    hardened(load::files(paths, &anywhere(), &load::Texts::new()), options)
}

/// Hardens the project that some files are by an overlay, which need not be there yet.
pub fn harden_overlay(paths: &[PathBuf], overlay: &Path, options: &pipeline::Options) -> Result<Run, String> {
    let loaded = load::overlaid(paths, overlay, &anywhere(), &load::Texts::new());
    hardened(loaded, options)
}

fn hardened(loaded: Result<Loaded, load::Error>, options: &pipeline::Options) -> Result<Run, String> {
    match loaded {
        Ok(mut loaded) => {
            let options = with_policy(&mut loaded, options).map_err(|error| told(&error))?;
            load::contexts(&mut loaded, &anywhere(), &load::Texts::new());
            harden(loaded, &options)
        }
        Err(error) => Err(told(&error)),
    }
}

fn told(error: &load::Error) -> String {
    match error {
        load::Error::Invalid { tree, diagnostics } => {
            let said = diagnostics.iter().map(|diagnostic| said(tree, diagnostic));
            said.collect::<Vec<_>>().join("\n")
        }
        error @ load::Error::Read { .. } => format!("load: {error}"),
    }
}

/// With the policy of the project, as on the first day of 2026.
pub fn with_policy(
    loaded: &mut Loaded,
    options: &pipeline::Options,
) -> Result<pipeline::Options, load::Error> {
    let wanted = load::PolicyOptions { today: Some(date(2026, 1, 1)), ..load::PolicyOptions::default() };
    let policy = load::policy(loaded, &wanted, &passes::known(), &anywhere())?;
    Ok(pipeline::Options { policy: policy.into(), ..options.clone() })
}

/// A diagnostic: place, message, help, note.
fn said(tree: &harden::yaml::Tree, diagnostic: &load::Diagnostic) -> String {
    let at = |place: Place| {
        let source = tree.source(place.file);
        let (line, column) = source.line_col(place.span.start);
        format!("{}:{line}:{column}", source.name().display())
    };
    let place = diagnostic.place.map_or_else(String::new, |place| format!("{}: ", at(place)));
    let mut said = format!("{place}{}", diagnostic.message);
    if let Some((place, note)) = &diagnostic.note {
        let _ = write!(said, "\n  note: {note}: {}", at(*place));
    }
    if let Some(help) = &diagnostic.help {
        let _ = write!(said, "\n  help: {help}");
    }
    said
}

/// Hardens a text as if it stood in a file.
pub fn harden_text(path: &Path, text: &str, options: &pipeline::Options) -> Result<Run, String> {
    let loaded = load::rewritten(path, text, &anywhere()).map_err(|error| format!("load: {error}"))?;
    harden(loaded, options)
}

/// Hardens a text as if it stood in a file, by an overlay that is not there yet.
pub fn harden_text_by_overlay(path: &Path, text: &str, options: &pipeline::Options) -> Result<Run, String> {
    let overlay = path.with_file_name("there-is-no-such-overlay.yml");
    let texts = load::Texts::from([(path, text)]);
    let loaded = load::overlaid(&[path.to_owned()], &overlay, &load::Options::default(), &texts);
    harden(loaded.map_err(|error| format!("load: {error}"))?, options)
}

fn harden(mut loaded: Loaded, options: &pipeline::Options) -> Result<Run, String> {
    let project = std::mem::take(&mut loaded.project);
    let (planned, second) = pipeline::plan(project, options).second(options);
    let rewrites = edit::rewrite(&loaded.tree, &loaded.services, &planned.plan)
        .map_err(|error| format!("edit: {error}"))?;
    let prove = |rewrite| verify::prove(&loaded.tree, &loaded.services, &planned.plan, rewrite, &second);
    let verified = rewrites
        .into_iter()
        .map(prove)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| format!("proof: {error}"))?;
    verify::contexts(&loaded.tree, &planned.project, &verified).map_err(|error| format!("proof: {error}"))?;
    let run = Run { loaded, planned, verified, options: options.clone() };
    run.the_whole_is_as_planned()?;
    Ok(run)
}

impl Run {
    /// The text of the main file as it was.
    pub fn before(&self) -> &str {
        self.loaded.tree.sources()[0].text()
    }

    /// The text of the main file as it will be.
    pub fn after(&self) -> &str {
        self.verified
            .iter()
            .find(|verified| verified.file().0 == 0)
            .map_or_else(|| self.before(), Verified::text)
    }

    /// Every file that changes: as it was, and as it will be.
    pub fn changed(&self) -> impl Iterator<Item = (&Source, &Verified)> {
        self.verified.iter().map(|verified| (self.loaded.tree.source(verified.file()), verified))
    }

    /// The unified diff, with file names as seen from the folder.
    pub fn diff(&self, folder: &Path) -> String {
        let diffs = self.changed().map(|(source, verified)| {
            let name = source.name().strip_prefix(folder).unwrap_or(source.name());
            let text = source.text();
            let renamed = if source.is_absent() { Source::absent(name) } else { Source::new(name, text) };
            report::diff::unified(&renamed, verified)
        });
        diffs.collect()
    }

    /// The overlay.
    pub fn overlay(&self) -> Option<&Source> {
        self.loaded.services.top().map(|file| self.loaded.tree.source(file))
    }

    /// The texts of all files as they will be, by name.
    fn new_texts(&self) -> load::Texts<'_> {
        let old = self.loaded.tree.sources().iter().map(|source| (source.name(), source.text()));
        old.chain(self.changed().map(|(source, verified)| (source.name(), verified.text()))).collect()
    }

    /// Read again from the new texts, the project is the one that was planned: also for one file, where the tool
    /// itself relies on the proof of that file.
    fn the_whole_is_as_planned(&self) -> Result<(), String> {
        let files = match self.overlay() {
            // one that holds nothing is not given to Compose
            Some(overlay) if self.verified.is_empty() && overlay.text().is_empty() => {
                &self.loaded.files[..self.loaded.files.len() - 1]
            }
            _ => &self.loaded.files,
        };
        let read = load::files(files, &anywhere(), &self.new_texts());
        let read = read.map_err(|error| format!("proof: the new texts do not load: {error}"))?;
        match verify::difference(&self.planned.project, &read.project) {
            Some(path) => Err(format!("proof: `{path}` of the whole is not as planned")),
            None => Ok(()),
        }
    }

    /// Every decision, service by service; passes that have no subject in a service are left out.
    pub fn decisions(&self) -> String {
        let mut text = String::new();
        let (sites, sources) = (report::Sites::of(&self.verified), self.loaded.tree.sources());
        for (index, service) in self.planned.plan.services.iter().enumerate() {
            let _ = writeln!(text, "{}", service.service);
            let said = |decision: &&(PassId, Decision)| {
                !matches!(decision.1, Decision::Skip(Skip::NotSelected | Skip::NotApplicable))
            };
            for (at, (pass, decision)) in service.decisions.iter().enumerate() {
                if said(&&service.decisions[at]) {
                    let file = sites.elsewhere(sources, edit::Origin { service: index, decision: at });
                    let file = file.map_or_else(String::new, |file| format!(" ({file})"));
                    let _ = writeln!(text, "  {pass}{file}: {}", describe(decision, &self.loaded));
                }
            }
            if !service.decisions.iter().any(|decision| said(&decision)) {
                text += "  nothing to say\n";
            }
        }
        text
    }

    /// What must hold for every run, whatever the input.
    pub fn check_invariants(&self) -> Result<(), String> {
        untouched_bytes(self)?;
        for (source, verified) in self.changed() {
            if is_yaml(source) {
                comments_survive(source.text(), verified.text())?;
            }
            line_endings_kept(source.text(), verified.text())?;
        }
        second_run_changes_nothing(self, &self.options)?;
        proof_objects(self)
    }
}

/// One decision; lines after the first are indented below it.
fn describe(decision: &Decision, loaded: &Loaded) -> String {
    match decision {
        Decision::Apply(changes) => format!("apply{}", changes_text(changes, loaded)),
        Decision::HeldBack(changes, hold) => {
            format!("held back: {}{}", hold.release(), changes_text(changes, loaded))
        }
        Decision::Already(evidence) => format!("already: {}", evidence_text(evidence, loaded)),
        Decision::Skip(reason) => format!("skip: {}", skip_text(reason, loaded)),
        Decision::Advise(finding) => finding_text(finding, loaded),
    }
}

fn skip_text(reason: &Skip, loaded: &Loaded) -> String {
    match reason {
        Skip::SaidInFile(words) => format!("the file says {words}"),
        Skip::OwnInit(name) => format!("its own init is {name}"),
        Skip::Image(words) => format!("the image: {words}"),
        Skip::BindMount(words) => format!("a mount: {words}"),
        Skip::Conflict(words) => format!("a conflict: {words}"),
        Skip::Proved(words) => format!("left out by evidence: {words}"),
        Skip::LogDriver(name) => format!("the log driver is {name}"),
        Skip::Waived(waived) => {
            let until = waived.until.map(|day| format!(" until {day}")).unwrap_or_default();
            format!("waived{until}, {}: {}", line(waived.place, loaded), waived.reason)
        }
        Skip::SharedPid => "its process namespace is shared".to_owned(),
        Skip::Privileged => "`privileged: true` makes it void".to_owned(),
        Skip::Windows => "a Windows container".to_owned(),
        Skip::Provider => "a provider runs it".to_owned(),
        Skip::SwitchedOff(place) => format!("switched off, {}", line(*place, loaded)),
        Skip::NotApplicable | Skip::NotSelected => "nothing to look at".to_owned(),
    }
}

fn finding_text(finding: &Finding, loaded: &Loaded) -> String {
    let line = finding.place.map(|place| format!(", {}", line(place, loaded))).unwrap_or_default();
    let fix = if finding.fix.is_empty() {
        String::new()
    } else {
        format!("\n    at `--level strict`:{}", changes_text(&finding.fix, loaded))
    };
    let severity = format!("{:?}", finding.severity).to_lowercase();
    let proposal = finding.proposal.as_ref().map(|proposal| {
        let lines = proposal.text.lines().map(|line| format!("\n      {line}").trim_end().to_owned());
        format!(
            "\n    proposed:{}",
            lines.map(|line| if line.is_empty() { "\n".to_owned() } else { line }).collect::<String>()
        )
    });
    let proposal = proposal.unwrap_or_default();
    format!("advise, {severity}{line}\n    {}\n    help: {}{fix}{proposal}", finding.message, finding.help)
}

fn changes_text(changes: &[Change], loaded: &Loaded) -> String {
    let lines = changes.iter().map(|change| change_text(change, loaded));
    lines.flat_map(|line| ["\n    ".to_owned(), line]).collect()
}

fn change_text(change: &Change, loaded: &Loaded) -> String {
    let path = change.path.join(".");
    let written = match &change.op {
        Op::Set(value) => format!("{path}: {}", value_text(value)),
        Op::Append(items) => format!("{path}: add {}", value_text(&Value::List(items.clone()))),
        Op::ReplaceItem { index, value } => format!("{path}[{index}]: {}", value_text(value)),
        Op::Text(edit) => edit.words.to_string(),
    };
    let grounds = match &change.confidence {
        Confidence::Known(evidence) => format!("known: {}", evidence_text(evidence, loaded)),
        Confidence::Likely(assumption) => format!("likely: {assumption}"),
        Confidence::Guess(assumption) => format!("guess: {assumption}"),
    };
    format!("{written}\n      {}\n      {grounds}", change.why)
}

fn evidence_text(evidence: &Evidence, loaded: &Loaded) -> String {
    match evidence {
        Evidence::AlwaysSafe(why) => why.to_string(),
        Evidence::Catalogue { image, source } => format!("{image}, {source}"),
        Evidence::File(place) => line(*place, loaded),
        Evidence::Dockerfile { path, line } => format!("{path}, line {line}"),
        Evidence::Proved { image, date } => format!("{image}, run on {date}"),
    }
}

fn line(place: Place, loaded: &Loaded) -> String {
    let sources = loaded.tree.sources();
    let (main, source) = (&sources[0], loaded.tree.source(place.file));
    let line = source.line(place.span.start);
    if main.name() == source.name() {
        return format!("line {line}");
    }
    let folder = main.name().parent().unwrap_or(Path::new(""));
    format!("{}, line {line}", source.name().strip_prefix(folder).unwrap_or(source.name()).display())
}

fn value_text(value: &Value) -> String {
    match value {
        Value::Bool(flag) => flag.to_string(),
        Value::Number(number) => number.to_string(),
        Value::Str(text) => format!("{text:?}"),
        Value::List(items) => format!("[{}]", items.iter().map(value_text).collect::<Vec<_>>().join(", ")),
        Value::Override(value) => format!("!override {}", value_text(value)),
        Value::Map(entries) => {
            let entries = entries.iter().map(|(key, value)| format!("{key}: {}", value_text(value)));
            format!("{{{}}}", entries.collect::<Vec<_>>().join(", "))
        }
    }
}

fn untouched_bytes(run: &Run) -> Result<(), String> {
    for (source, verified) in run.changed() {
        let before = source.text();
        let (mut at_old, mut at_new) = (0, 0);
        for edit in verified.edits() {
            let kept = &before[at_old..edit.span.range().start];
            let same = verified.text().get(at_new..at_new + kept.len()) == Some(kept);
            if !same {
                return Err(format!("bytes before {:?} changed", edit.span));
            }
            at_old = edit.span.range().end;
            at_new += kept.len() + edit.text.len();
        }
        if verified.text().get(at_new..) != Some(&before[at_old..]) {
            return Err("bytes after the last edit changed".into());
        }
    }
    Ok(())
}

/// Every comment of the old text is in the new one, in order.
fn comments_survive(before: &str, after: &str) -> Result<(), String> {
    let after = comments(after)?;
    let mut rest = after.iter();
    for comment in comments(before)? {
        if !rest.any(|other| *other == comment) {
            return Err(format!("comment lost: {comment}"));
        }
    }
    Ok(())
}

fn comments(text: &str) -> Result<Vec<String>, String> {
    let mut tree = harden::yaml::Tree::default();
    let source = Source::new("t", text);
    harden::yaml::parse(&mut tree, source, &harden::yaml::Limits::default())
        .map_err(|error| error.to_string())?;
    let spans = tree.documents().iter().flat_map(|document| document.comments.clone());
    Ok(spans.map(|span| tree.sources()[0].slice(span).to_owned()).collect())
}

fn line_endings_kept(before: &str, after: &str) -> Result<(), String> {
    let bare = |text: &str| text.matches('\n').count() - text.matches("\r\n").count();
    let crlf = |text: &str| text.matches("\r\n").count();
    if crlf(before) == 0 && crlf(after) != 0 || bare(before) == 0 && before.contains('\n') && bare(after) != 0
    {
        return Err("line endings were mixed".into());
    }
    if !before.is_empty() && before.ends_with('\n') != after.ends_with('\n') {
        return Err("the end of the last line changed".into());
    }
    Ok(())
}

fn second_run_changes_nothing(run: &Run, options: &pipeline::Options) -> Result<(), String> {
    if run.verified.is_empty() {
        return Ok(());
    }
    let (bounds, texts) = (anywhere(), run.new_texts());
    let loaded = match (run.overlay(), run.loaded.files.split_last()) {
        (Some(overlay), Some((_, base))) => load::overlaid(base, overlay.name(), &bounds, &texts),
        _ => load::files(&run.loaded.files, &bounds, &texts),
    };
    let mut loaded = loaded.map_err(|error| format!("load: {error}"))?;
    load::contexts(&mut loaded, &bounds, &texts);
    let second = harden(loaded, options)?;
    match second.planned.plan.changes().next() {
        Some((service, change)) => {
            Err(format!("a second run would change {service} {}", change.path.join(".")))
        }
        None => Ok(()),
    }
}

/// The proof refuses the rewrite with an edit left out, shifted one level, or made twice, unless that means the same.
fn proof_objects(run: &Run) -> Result<(), String> {
    for verified in &run.verified {
        let edits = verified.edits();
        let picks = [0, edits.len() / 2, edits.len().saturating_sub(1)];
        for broken in picks.iter().flat_map(|&pick| broken(edits, pick)) {
            let text = splice(run.loaded.tree.source(verified.file()).text(), &broken);
            let yaml = is_yaml(run.loaded.tree.source(verified.file()));
            let same = |one: &str, two: &str| {
                if yaml { meaning(one) == meaning(two) } else { lines(one) == lines(two) }
            };
            if same(&text, verified.text()) {
                continue;
            }
            let rewrite = edit::Rewrite { file: verified.file(), edits: broken, parts: Vec::new(), text };
            let services = &run.loaded.services;
            if verify::prove(&run.loaded.tree, services, &run.planned.plan, rewrite, &Plan::default()).is_ok()
            {
                return Err("the proof let a broken rewrite pass".into());
            }
        }
    }
    Ok(())
}

fn is_yaml(source: &Source) -> bool {
    source.name().extension().is_some_and(|ending| ending == "yml" || ending == "yaml")
}

/// What a Dockerfile or a `.dockerignore` says.
fn lines(text: &str) -> Vec<&str> {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).collect()
}

fn broken(edits: &[edit::Edit], pick: usize) -> Vec<Vec<edit::Edit>> {
    let Some(edit) = edits.get(pick) else { return Vec::new() };
    let with = |text: String| {
        let mut edits = edits.to_vec();
        edits[pick].text = text;
        edits
    };
    let mut dropped = edits.to_vec();
    dropped.remove(pick);
    vec![
        dropped,
        with(edit.text.replace("\n  ", "\n")),
        with(edit.text.replace('\n', "\n  ")),
        with(format!("{}{}", edit.text, edit.text)),
    ]
}

fn splice(text: &str, edits: &[edit::Edit]) -> String {
    let (mut made, mut at) = (String::new(), 0);
    for edit in edits {
        made.push_str(&text[at..edit.span.range().start]);
        made.push_str(&edit.text);
        at = edit.span.range().end;
    }
    made + &text[at..]
}

fn meaning(text: &str) -> Option<Vec<serde_yaml::Value>> {
    let documents =
        Deserializer::from_str(text).map(|document| serde::Deserialize::deserialize(document).ok());
    documents.collect()
}
