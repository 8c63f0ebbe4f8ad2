//! The facts of an image one after the other, for whoever shows all of them.
//!
//! Only a view: names are those of the catalogue files, and what a value means is said in [`Facts`](super::Facts).

use super::{Basis, Fact, Healthcheck, Init, RootReads, Tmpfs, UserSpec};
use crate::compose::Bytes;

/// One fact, whatever its type.
#[derive(Clone, Copy, Debug)]
pub struct Listed<'a> {
    /// Its name in a catalogue file.
    pub name: &'a str,
    /// The fact.
    pub value: Shown<'a>,
    /// How it was come by.
    pub basis: Basis,
    /// Where it is from.
    pub source: &'a str,
}

/// The value of a fact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown<'a> {
    /// Yes or no.
    Flag(bool),
    /// A number.
    Number(u32),
    /// A size.
    Size(Bytes),
    /// One text.
    Text(&'a str),
    /// Several texts.
    Texts(&'a [String]),
    /// Who it starts as; none is root.
    Start(Option<UserSpec>),
    /// A user.
    User(UserSpec),
    /// Files that root reads.
    Reads(&'a [RootReads]),
    /// Directories in memory.
    Tmpfs(&'a [Tmpfs]),
    /// How it takes to an init process.
    Init(&'a Init),
    /// A health command.
    Healthcheck(&'a Healthcheck),
}

impl<'a> Listed<'a> {
    /// A fact under its name.
    pub(super) fn new<T>(name: &'a str, fact: &'a Fact<T>) -> Self
    where
        &'a T: Into<Shown<'a>>,
    {
        Self { name, value: (&fact.value).into(), basis: fact.basis, source: &fact.source }
    }
}

/// How each type of a fact becomes [`Shown`].
macro_rules! shown {
    ($($type:ty: |$value:ident| $shown:expr,)+) => {
        $(impl<'a> From<&'a $type> for Shown<'a> {
            fn from($value: &'a $type) -> Self {
                $shown
            }
        })+
    };
}

shown! {
    bool: |value| Self::Flag(*value),
    u32: |value| Self::Number(*value),
    Bytes: |value| Self::Size(*value),
    String: |value| Self::Text(value),
    Vec<String>: |value| Self::Texts(value),
    Option<UserSpec>: |value| Self::Start(*value),
    UserSpec: |value| Self::User(*value),
    Vec<RootReads>: |value| Self::Reads(value),
    Vec<Tmpfs>: |value| Self::Tmpfs(value),
    Init: |value| Self::Init(value),
    Healthcheck: |value| Self::Healthcheck(value),
}
