//! What is to be done, and on what grounds: pure data.
//!
//! A [`Plan`] is all that reporters show and all that `edit` writes. Nothing here decides, reads or writes.

use std::borrow::Cow;

use jiff::civil::Date;

use crate::source::{FileId, Place, Span};

/// Text that is mostly fixed.
pub type Words = Cow<'static, str>;

/// Id of a pass: the Compose key it governs, such as `mem_limit`.
pub type PassId = &'static str;

/// A value to write, free of any notation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// `true`, `false`
    Bool(bool),
    /// A number as it is to be written, such as `200` or `1.0`.
    Number(Words),
    /// A string; `edit` chooses the quotes.
    Str(Words),
    /// A list.
    List(Vec<Value>),
    /// A mapping, in order.
    Map(Vec<(Words, Value)>),
    /// A list or mapping that takes the place of what the files below have, which it would only add to: `!override`.
    Override(Box<Value>),
}

/// One key to set, or items to add, in one service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The key below the service: `["mem_limit"]`, `["deploy", "resources", "limits", "memory"]`.
    pub path: Path,
    /// What happens there.
    pub op: Op,
    /// Why this value: one short clause a person reads, such as `the image asks for at least 96m`.
    pub why: Words,
    /// How sure, and on what grounds.
    pub confidence: Confidence,
}

/// Keys from the service downwards. All keys Compose defines for what we write are fixed words.
pub type Path = Cow<'static, [&'static str]>;

/// What happens at a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Op {
    /// The key gets this value; mappings on the way are made where missing. Replaces what is there.
    Set(Value),
    /// These items are appended to the list; the list is made where missing. Never repeats an item.
    Append(Vec<Value>),
    /// One item of the service's own list is replaced, by its index in the service's own (unmerged) list.
    ReplaceItem {
        /// Index from 0.
        index: usize,
        /// The new item.
        value: Value,
    },
    /// Text of a Dockerfile or of a `.dockerignore` is replaced. In a box, because few changes are these.
    Text(Box<TextEdit>),
}

/// What a change makes of a file that is no YAML. The path of the change says which: [`DOCKERFILE`] or [`DOCKERIGNORE`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextEdit {
    /// The file.
    pub file: FileId,
    /// The instruction that is edited, or the instructions, from the first keyword to the end of the last line; or the
    /// place at the start of a line where new ones are put. In the text as the passes before have left it.
    pub within: Span,
    /// What is replaced within, and by what: in order, not overlapping.
    pub edits: Vec<(Span, String)>,
    /// What is there afterwards: each instruction, or pattern, on a line of its own with one blank between its words.
    pub says: String,
    /// What it does, as other changes are told: `.dockerignore: add .git`. Without backticks, and never a secret.
    pub words: Words,
}

/// Path of a change of the Dockerfile that a service is built from.
pub const DOCKERFILE: &[&str] = &["build", "dockerfile"];

/// Path of a change of what is left out of the context that a service is built from.
pub const DOCKERIGNORE: &[&str] = &["build", "dockerignore"];

/// How sure a change is; the order is from sure to unsure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Confidence {
    /// Cannot go wrong, and here is why.
    Known(Evidence),
    /// Rarely goes wrong; this is what it assumes.
    Likely(Words),
    /// Often goes wrong; this is what it assumes.
    Guess(Words),
}

/// What a `Known` rests on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Evidence {
    /// Safe for any image; says why.
    AlwaysSafe(Words),
    /// A catalogue fact that was measured or that the image's source states.
    Catalogue {
        /// The catalogue entry, such as `postgres`.
        image: Words,
        /// Where the fact is from, such as a Dockerfile or `measured`.
        source: Words,
    },
    /// A line of the user's own files.
    File(Place),
    /// A line of the Dockerfile that the service is built from.
    Dockerfile {
        /// The Dockerfile, as seen from the Compose file.
        path: Words,
        /// The line, from 1.
        line: u32,
    },
    /// `harden prove` ran the service with it. In boxes, so that the others stay small.
    Proved {
        /// The image, as the file names it, or the service that is built.
        image: Box<str>,
        /// The day.
        date: Box<str>,
    },
}

/// How much may be written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Only `Known` changes.
    Safe,
    /// Also `Likely` ones.
    #[default]
    Standard,
    /// Also `Guess`es, and changes of what the outside sees.
    Strict,
}

impl Level {
    /// The word on the command line.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Safe => "safe",
            Self::Standard => "standard",
            Self::Strict => "strict",
        }
    }
}

/// How the changes are laid out in the file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Style {
    /// Each service has a block of its own.
    #[default]
    Blocks,
    /// What at least three services share is written once, in a mapping that they merge.
    Anchors,
}

/// What a pass says of one service, before the level is applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// These changes would do it (never empty).
    Change(Vec<Change>),
    /// The effective service has it; where that is written, or what shows it.
    Already(Evidence),
    /// Does not apply here, or would break it.
    Skip(Skip),
    /// A person must decide.
    Advise(Finding),
}

/// The one decision for a service and a pass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Will be written.
    Apply(Vec<Change>),
    /// Known how, but held back.
    HeldBack(Vec<Change>, Hold),
    /// The effective service has it.
    Already(Evidence),
    /// Does not apply here, or would break it.
    Skip(Skip),
    /// A person must decide. In a box, because a plan holds a decision for every service and pass, and few are these.
    Advise(Box<Finding>),
}

/// Why a change is held back; [`Hold::release`] says what would release it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hold {
    /// The level does not write what is only likely.
    Likely,
    /// The level does not write guesses.
    Guess,
    /// The level does not change what the outside sees.
    Visible,
    /// The same lines also make another service, which needs something else.
    Shared {
        /// The other service.
        with: String,
    },
    /// The service is only partly seen: it also depends on another file.
    PartlySeen,
    /// The service is written in a file outside the project's directory.
    Foreign {
        /// The file.
        file: String,
    },
    /// The place cannot be edited without touching something else; says what.
    Place(Words),
}

/// Why a pass leaves a service alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Skip {
    /// The file says so itself, such as `init: false`; the words quote it.
    SaidInFile(Words),
    /// The image or the entrypoint brings its own init process.
    OwnInit(Words),
    /// The process namespace is shared with the host or another container.
    SharedPid,
    /// `privileged: true` makes the control void.
    Privileged,
    /// A Windows container.
    Windows,
    /// The image is known not to work with it; says why.
    Image(Words),
    /// A bind mount on a data path is owned by whoever made it; says which and how to switch.
    BindMount(Words),
    /// `harden prove` found that the service does not do its job with it; says what was seen.
    Proved(Words),
    /// Goes against something else that the service asks for; says what.
    Conflict(Words),
    /// Another log driver than the ones that rotate by options.
    LogDriver(Words),
    /// Run by an external provider, not as a container.
    Provider,
    /// A person says that it is to be left as it is.
    Waived(Box<Waived>),
    /// The policy switches the pass off; where it says so.
    SwitchedOff(Place),
    /// Nothing to look at: the pass has no subject in this service.
    NotApplicable,
    /// Excluded with `--skip` or not among `--only`; such decisions are not reported.
    NotSelected,
}

/// What would have been decided, and why it does not count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waived {
    /// The decision: never an `Already` or a `Skip`.
    pub decision: Decision,
    /// Why it does not count.
    pub reason: String,
    /// The last day on which that holds.
    pub until: Option<Date>,
    /// Where that is said.
    pub place: Place,
}

/// Something a person must decide.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// How bad.
    pub severity: Severity,
    /// What was found, one clause, never a secret's value.
    pub message: Words,
    /// What to do about it, one clause.
    pub help: Words,
    /// Where it is written.
    pub place: Option<Place>,
    /// What `--level strict` writes.
    pub fix: Vec<Change>,
    /// What a person might make of the file, if that can be shown whole.
    pub proposal: Option<Box<Proposal>>,
}

/// A new text for a file that is no YAML, as a diff to be read: at this level nothing writes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// The file.
    pub file: FileId,
    /// All of its new text.
    pub text: String,
}

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Good to know.
    Low,
    /// Should be changed.
    Medium,
    /// Gives the host or its secrets away.
    High,
}

impl Severity {
    /// The word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

/// All decisions of one service, in the order of the passes.
#[derive(Clone, Debug)]
pub struct ServicePlan {
    /// The service's name.
    pub service: String,
    /// The level that it was made for.
    pub level: Level,
    /// One decision a pass.
    pub decisions: Vec<(PassId, Decision)>,
}

/// All decisions of a project, in the order of the file.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// The level of services that have none of their own.
    pub level: Level,
    /// How it is to be laid out.
    pub style: Style,
    /// One entry a service.
    pub services: Vec<ServicePlan>,
    /// Which changes also reach other services through `<<`, an alias or `extends`, and are meant to.
    pub inherited: Vec<Inherited>,
}

/// A change of one service that another takes over by inheriting its lines. `verify` takes any flow that is
/// not listed here, and not planned for the heir itself, for a leak.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inherited {
    /// Index of the service that takes it over.
    pub heir: usize,
    /// Index of the service whose change it is.
    pub source: usize,
    /// The path of that change.
    pub path: Path,
}

impl Plan {
    /// Every change to be written, with the index of its service.
    pub fn changes(&self) -> impl Iterator<Item = (usize, &Change)> {
        self.services.iter().enumerate().flat_map(|(index, service)| {
            let changes = service.decisions.iter().flat_map(|(_, decision)| decision.applied());
            changes.map(move |change| (index, change))
        })
    }

    /// Those that are written in Compose files.
    pub fn compose_changes(&self) -> impl Iterator<Item = (usize, &Change)> {
        self.changes().filter(|(_, change)| change.text_edit().is_none())
    }

    /// Whether nothing is to be written.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.changes().next().is_none()
    }
}

impl Change {
    /// What it makes of a file that is no YAML, if it is about such a one.
    #[must_use]
    pub fn text_edit(&self) -> Option<&TextEdit> {
        match &self.op {
            Op::Text(edit) => Some(edit),
            Op::Set(_) | Op::Append(_) | Op::ReplaceItem { .. } => None,
        }
    }
}

impl TextEdit {
    /// Makes the edits in a text.
    #[must_use]
    pub fn apply(&self, text: &str) -> String {
        let mut new = String::with_capacity(text.len());
        let mut at = 0;
        for (span, replacement) in &self.edits {
            new.push_str(text.get(at..span.range().start).unwrap_or_default());
            new.push_str(replacement);
            at = span.range().end;
        }
        new + text.get(at..).unwrap_or_default()
    }

    /// Whether both are about the same lines.
    #[must_use]
    pub fn meets(&self, other: &Self) -> bool {
        let (one, two) = (self.within, other.within);
        let overlap = one.start < two.end && two.start < one.end;
        self.file == other.file && (overlap || one == two || one.start == two.start)
    }
}

impl Decision {
    /// The changes that will be written.
    #[must_use]
    pub fn applied(&self) -> &[Change] {
        match self {
            Self::Apply(changes) => changes,
            _ => &[],
        }
    }
}

impl Confidence {
    /// The lowest level that writes such a change.
    #[must_use]
    pub fn level(&self) -> Level {
        match self {
            Self::Known(_) => Level::Safe,
            Self::Likely(_) => Level::Standard,
            Self::Guess(_) => Level::Strict,
        }
    }
}

impl Hold {
    /// What would release it, one clause.
    #[must_use]
    pub fn release(&self) -> Words {
        match self {
            Self::Likely => "`--level standard` writes it".into(),
            Self::Guess => "facts about the image release it, or `--level strict`".into(),
            Self::Visible => "`--level strict` writes it".into(),
            Self::Shared { with } => format!("give `{with}` lines of its own").into(),
            Self::PartlySeen => "it also depends on another file, which could not be read".into(),
            Self::Foreign { file } => {
                // an overlay is laid over Compose files only
                let is_compose = file.ends_with("yml") || file.ends_with("yaml");
                let over = if is_compose { ", `--overlay` over it" } else { "" };
                format!("`{file}` is not in the project's directory; `--outside` writes there{over}").into()
            }
            Self::Place(what) => what.clone(),
        }
    }
}

impl Value {
    /// A string value.
    pub fn str(text: impl Into<Words>) -> Self {
        Self::Str(text.into())
    }

    /// A list of strings.
    pub fn strs<T: Into<Words>>(items: impl IntoIterator<Item = T>) -> Self {
        Self::List(items.into_iter().map(Self::str).collect())
    }

    /// A number as it is to be written.
    pub fn number(text: impl Into<Words>) -> Self {
        Self::Number(text.into())
    }
}

#[cfg(test)]
mod tests {
    use super::{Decision, PassId};

    #[test]
    fn a_decision_is_small() {
        assert!(size_of::<(PassId, Decision)>() <= 72, "{}", size_of::<(PassId, Decision)>());
    }
}
