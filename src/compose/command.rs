//! `command`, `entrypoint` and `healthcheck.test`: a shell line or a list of words.

use std::fmt;

use serde::de::{Deserialize, Deserializer, SeqAccess, Visitor};

/// A command as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// `command:` without a value, or `null`: the image's own.
    Default,
    /// One string; Compose splits it as a shell would.
    Line(String),
    /// A list of words; empty clears the image's own.
    Words(Vec<String>),
}

impl Command {
    /// The words, split at white space for a line (quotes are kept: good enough to look for a program or a flag).
    pub fn words(&self) -> impl Iterator<Item = &str> {
        let (line, words): (&str, &[String]) = match self {
            Self::Default => ("", &[]),
            Self::Line(line) => (line, &[]),
            Self::Words(words) => ("", words),
        };
        line.split_whitespace().chain(words.iter().flat_map(|word| word.split_whitespace()))
    }

    /// The first word's last path segment: the program that is started.
    #[must_use]
    pub fn program(&self) -> Option<&str> {
        self.words().next().map(|word| word.rsplit('/').next().unwrap_or(word))
    }
}

impl<'de> Deserialize<'de> for Command {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(CommandVisitor)
    }
}

struct CommandVisitor;

impl<'de> Visitor<'de> for CommandVisitor {
    type Value = Command;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a command: a string or a list of strings")
    }

    fn visit_unit<E>(self) -> Result<Command, E> {
        Ok(Command::Default)
    }

    fn visit_str<E>(self, line: &str) -> Result<Command, E> {
        Ok(Command::Line(line.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Command, A::Error> {
        let mut words = Vec::new();
        while let Some(word) = seq.next_element::<Option<String>>()? {
            words.push(word.unwrap_or_default());
        }
        Ok(Command::Words(words))
    }
}
