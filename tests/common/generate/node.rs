//! What a generated file is made of: a tree that says what it means, and how each part of it is to be written.
//!
//! Holds no strategy and writes nothing: `shape.rs` makes nodes, `print.rs` writes them.

/// A value.
#[derive(Clone, Debug)]
pub struct Node {
    pub kind: Kind,
    pub dress: Dress,
}

/// What it is.
#[derive(Clone, Debug)]
pub enum Kind {
    /// A boolean, a number or nothing, as it is to be written.
    Raw(&'static str),
    /// A string: quotes are put where they are needed.
    Text(String),
    List(Vec<Node>),
    Map(Vec<Entry>),
    /// The name of an anchor.
    Alias(String),
}

/// A key with its value.
#[derive(Clone, Debug)]
pub struct Entry {
    pub key: String,
    pub look: KeyLook,
    pub value: Node,
}

/// How a key is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum KeyLook {
    #[default]
    Plain,
    Single,
    Double,
    /// With a blank before the colon.
    Apart,
    /// `? key` and `: value`, where the value is a scalar.
    Explicit,
}

/// How a value is written, and what stands around it. What does not fit the value is left out.
#[derive(Clone, Debug, Default)]
pub struct Dress {
    /// Lines above it.
    pub above: Vec<Above>,
    /// What stands behind it on its line: a comment, or blanks.
    pub behind: &'static str,
    pub look: Look,
    /// How much deeper its content is than its key; 0 is the file's own step.
    pub step: usize,
    pub anchor: Option<String>,
    pub tag: Option<&'static str>,
}

/// A line above.
#[derive(Clone, Copy, Debug)]
pub enum Above {
    Blank,
    /// A comment, at the indent of what follows.
    Comment(&'static str),
    /// A comment at another indent.
    Astray(&'static str, usize),
}

/// The form of a value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Look {
    /// Plain, and in block style.
    #[default]
    Usual,
    Single,
    Double,
    /// `|`
    Literal,
    /// `>`
    Folded,
    /// A scalar over two lines; an anchor on its own line; a dash on its own line; brackets over lines.
    OverLines,
    /// `{a: b}`, `[a]`
    Brackets,
    /// `{ a: b }`, `[ a ]`
    Padded,
    /// `{"a":"b"}`, `["a"]`
    Tight,
}

impl Node {
    /// A value with nothing around it.
    pub fn plain(kind: Kind) -> Self {
        Self { kind, dress: Dress::default() }
    }

    /// An alias of an anchor.
    pub fn alias(name: impl Into<String>) -> Self {
        Self::plain(Kind::Alias(name.into()))
    }

    /// A string with nothing around it.
    pub fn text(text: impl Into<String>) -> Self {
        Self::plain(Kind::Text(text.into()))
    }

    /// With an anchor on it.
    pub fn anchored(mut self, name: impl Into<String>) -> Self {
        self.dress.anchor = Some(name.into());
        self
    }

    /// Its entries, if it is a mapping.
    pub fn entries(&mut self) -> Option<&mut Vec<Entry>> {
        match &mut self.kind {
            Kind::Map(entries) => Some(entries),
            _ => None,
        }
    }

    /// The value of a key.
    pub fn get(&mut self, key: &str) -> Option<&mut Self> {
        self.entries()?.iter_mut().find(|entry| entry.key == key).map(|entry| &mut entry.value)
    }

    /// Takes keys out.
    pub fn drop_keys(&mut self, keys: &[&str]) {
        if let Some(entries) = self.entries() {
            entries.retain(|entry| !keys.contains(&entry.key.as_str()));
        }
    }
}

impl Entry {
    /// A key as it is mostly written.
    pub fn new(key: impl Into<String>, value: Node) -> Self {
        Self { key: key.into(), look: KeyLook::Plain, value }
    }
}
