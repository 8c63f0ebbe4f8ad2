//! Goes through the stages of a Dockerfile in the order in which they build on each other.

use std::collections::HashMap;

use parse_dockerfile::{Dockerfile, Instruction, Stage};

use super::super::Reference;
use super::super::catalogue;
use super::super::expand::{UNKNOWN, literal};
use super::accounts::Accounts;
use super::shell;
use super::stage::{Others, Said, State, Text};
use super::vars::{Value, Vars};
use crate::compose::{Build, Environment};

/// More stages were not written by a person.
const MOST_STAGES: usize = 200;

/// Variables that the builder sets itself.
const OF_BUILDER: [&str; 2] = ["TARGET", "BUILD"];

/// A walk through one file.
pub(super) struct Walk<'d, 'a, 't> {
    stages: Vec<Stage<'a, 'd>>,
    text: &'t Text<'t>,
    given: &'t Environment,
    contexts: &'t Environment,
    /// `ARG`s before the first stage.
    global: Vars,
    done: HashMap<usize, State>,
    /// The stage that is walked through: only earlier ones can be named.
    current: usize,
}

impl<'d, 'a, 't> Walk<'d, 'a, 't> {
    pub(super) fn new(file: &'d Dockerfile<'a>, text: &'t Text<'t>, build: &'t Build) -> Self {
        let mut walk = Self {
            stages: file.stages().collect(),
            text,
            given: &build.args,
            contexts: &build.additional_contexts,
            global: Vars::default(),
            done: HashMap::new(),
            current: 0,
        };
        for arg in file.global_args() {
            for word in shell::words(&arg.arguments.value, text.escape, &walk.global) {
                let (name, default) =
                    word.split_once('=').map_or((word.as_str(), None), |(name, value)| (name, Some(value)));
                if let Some(value) = walk.argument(name, default) {
                    walk.global.set(name, value.known());
                }
            }
        }
        walk
    }

    /// The image of a stage, by name or number; of the last one without.
    pub(super) fn target(mut self, name: Option<&str>) -> Option<State> {
        if self.stages.len() > MOST_STAGES {
            return None;
        }
        let last = self.stages.len().checked_sub(1)?;
        let at = match name.filter(|name| !name.is_empty()) {
            Some(name) => self.find(&literal(name)?, self.stages.len())?,
            None => last,
        };
        self.state(at)
    }

    /// A stage before another, by name or number.
    fn find(&self, name: &str, before: usize) -> Option<usize> {
        let named = |stage: &Stage<'_, '_>| {
            stage.from.as_.as_ref().is_some_and(|(_, own)| own.value.eq_ignore_ascii_case(name))
        };
        let by_name = self.stages.iter().take(before).position(named);
        by_name.or_else(|| name.parse().ok().filter(|at| *at < before))
    }

    /// The image that `additional_contexts` puts in the place of a name; anything but an image cannot be known.
    fn context(&self, name: &str) -> Option<String> {
        let is_given = self.contexts.0.iter().any(|context| context.name.eq_ignore_ascii_case(name));
        let image = || literal(self.contexts.get(name)?)?.strip_prefix("docker-image://").map(str::to_owned);
        is_given.then(|| image().unwrap_or_else(|| UNKNOWN.to_string()))
    }

    fn state(&mut self, at: usize) -> Option<State> {
        if let Some(done) = self.done.get(&at) {
            return Some(done.clone());
        }
        let before = std::mem::replace(&mut self.current, at);
        let state = self.walk(at);
        self.current = before;
        self.done.insert(at, state.clone()?);
        state
    }

    fn walk(&mut self, at: usize) -> Option<State> {
        let stage = self.stages.get(at)?;
        let (from, lines, text) = (stage.from, stage.instructions, self.text);
        let written = from.image.value.as_ref();
        let name = shell::words(written, text.escape, &self.global).join(" ");
        let parent = self.find(&name, at).filter(|_| name.parse::<usize>().is_err());
        let said = Said { what: written.to_owned(), line: text.lines.at(from.from.span.start) };
        let own = from.as_.as_ref().and_then(|(_, own)| self.context(&own.value));
        if let Some(instead) = own {
            return Some(State::new(said, instead));
        }
        let mut image = match parent {
            Some(parent) => self.state(parent)?.child(),
            None => State::new(said, self.context(&name).unwrap_or(name)),
        };
        if let Some(platform) = from.options.iter().find(|option| option.name.value == "platform") {
            let platform = platform.value.as_ref().map_or("", |platform| platform.value.as_ref());
            image.platform = self.global.expand(platform);
        }
        for (stage, line) in std::mem::take(&mut image.triggers) {
            let line = self.stages.get(stage).and_then(|stage| stage.instructions.get(line));
            if let Some(Instruction::Onbuild(trigger)) = line {
                image.apply(&trigger.instruction, text, self);
            }
        }
        for (number, line) in lines.iter().enumerate() {
            match line {
                Instruction::Onbuild(_) => image.triggers.push((at, number)),
                line => image.apply(line, text, self),
            }
        }
        Some(image)
    }
}

impl Others for Walk<'_, '_, '_> {
    fn stage(&mut self, name: &str) -> Option<State> {
        let at = self.find(name, self.current)?;
        self.state(at)
    }

    fn argument(&self, name: &str, default: Option<&str>) -> Option<Value> {
        let value = |value: Option<String>| value.map_or(Value::Unknown, Value::Known);
        if self.given.0.iter().any(|argument| argument.name == name) {
            return Some(value(self.given.get(name).and_then(literal)));
        }
        if let Some(default) = default {
            return Some(Value::Known(default.to_owned()));
        }
        if OF_BUILDER.iter().any(|prefix| name.starts_with(prefix)) {
            return Some(Value::Unknown);
        }
        self.global.get(name).map(|value| Value::Known(value.to_owned()))
    }
}

impl State {
    /// A stage on an image from elsewhere.
    fn new(base: Said<String>, name: String) -> Self {
        let reference = reference(&name);
        let facts = reference.as_ref().and_then(catalogue::facts);
        let accounts = reference.map(|reference| Accounts::of_base(&reference, facts.as_deref()));
        let mut vars = Vars::default();
        if name.starts_with("mcr.microsoft.com/dotnet/") {
            vars.set("APP_UID", Some("1654".to_owned()));
        }
        Self {
            base: Some(base),
            base_is_known: facts.is_some() || name == "scratch",
            base_name: name,
            vars,
            accounts: accounts.unwrap_or_default(),
            workdir: "/".to_owned(),
            ..Self::default()
        }
    }

    /// A stage on another: `ARG`s end with their stage, but what they name stays what it was.
    fn child(self) -> Self {
        Self { own_command: false, ..self }
    }
}

/// The base image as the catalogue would know it.
pub(super) fn reference(name: &str) -> Option<Reference> {
    if name.contains([UNKNOWN, '$']) || name == "scratch" { None } else { Reference::parse(name) }
}
