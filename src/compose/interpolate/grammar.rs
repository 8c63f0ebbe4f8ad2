//! The grammar of `$NAME` and `${NAME…}`: takes a text apart, and knows no values.
//!
//! As Docker Compose 2.26 has it, with its oddities: an argument ends at the brace that closes it or, when none does, at
//! the last brace of its line; a brace that follows an opening one directly is not counted; a `$` that begins nothing
//! stands for itself. Never panics and takes time in proportion to the text.

use super::Fault;

/// One piece of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Piece<'a> {
    /// What stands for itself; without a `$`.
    Text(&'a str),
    /// A `$` that is meant as such: `$$`, or one that begins no variable.
    Dollar,
    /// A variable.
    Variable(Variable<'a>),
    /// What Compose refuses; the pieces go on after it.
    Fault(Fault),
}

/// `$NAME`, `${NAME}` or `${NAME:-argument}` and the like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Variable<'a> {
    /// All of it.
    pub(crate) written: &'a str,
    /// Its name.
    pub(crate) name: &'a str,
    /// What is done when it is set or not set.
    pub(crate) operation: Option<Operation<'a>>,
}

/// What follows the name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Operation<'a> {
    /// `-`, `?` or `+`.
    pub(crate) operator: Operator,
    /// Whether a colon is before the operator: an empty value then counts as none.
    pub(crate) colon: bool,
    /// What follows the operator; may hold variables.
    pub(crate) argument: &'a str,
    /// Whether a brace of its own closes it, whatever follows on the line.
    pub(crate) balanced: bool,
}

/// The operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operator {
    /// `-`: the argument stands in for a variable that is not set.
    Default,
    /// `?`: the argument says what is wrong when it is not set.
    Required,
    /// `+`: the argument replaces a variable that is set.
    Alternative,
}

impl Operator {
    fn of(c: char) -> Option<Self> {
        Some(match c {
            '-' => Self::Default,
            '?' => Self::Required,
            '+' => Self::Alternative,
            _ => return None,
        })
    }

    /// The character.
    pub(crate) fn sign(self) -> char {
        match self {
            Self::Default => '-',
            Self::Required => '?',
            Self::Alternative => '+',
        }
    }
}

/// Takes a text apart.
pub(crate) fn pieces(text: &str) -> Pieces<'_> {
    Pieces { rest: text }
}

/// The pieces of a text, in order.
#[derive(Clone, Debug)]
pub(crate) struct Pieces<'a> {
    rest: &'a str,
}

impl<'a> Iterator for Pieces<'a> {
    type Item = Piece<'a>;

    fn next(&mut self) -> Option<Piece<'a>> {
        if self.rest.is_empty() {
            return None;
        }
        let before = self.rest.find('$').unwrap_or(self.rest.len());
        if before > 0 {
            return Some(Piece::Text(self.take(before)));
        }
        Some(self.dollar())
    }
}

impl<'a> Pieces<'a> {
    fn take(&mut self, bytes: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at_checked(bytes).unwrap_or((self.rest, ""));
        self.rest = rest;
        taken
    }

    /// What begins with a `$`.
    fn dollar(&mut self) -> Piece<'a> {
        let after = self.rest.strip_prefix('$').unwrap_or_default();
        if after.starts_with('$') {
            self.take(2);
            return Piece::Dollar;
        }
        if after.starts_with('{') {
            return self.braces();
        }
        let (name, _) = split_name(after);
        let written = self.take(1 + name.len());
        if name.is_empty() {
            return Piece::Dollar;
        }
        Piece::Variable(Variable { written, name, operation: None })
    }

    fn braces(&mut self) -> Piece<'a> {
        match braced(self.rest) {
            Ok(variable) => {
                self.take(variable.written.len());
                Piece::Variable(variable)
            }
            Err(fault) => {
                self.take(balanced_len(self.rest));
                Piece::Fault(fault)
            }
        }
    }
}

/// A text that begins with `${`.
fn braced(text: &str) -> Result<Variable<'_>, Fault> {
    let (name, tail) = split_name(text.strip_prefix("${").unwrap_or_default());
    let end_of_name = text.len() - tail.len();
    let part = |end: usize| text.get(..end).unwrap_or(text);
    match tail.chars().next() {
        _ if name.is_empty() => return Err(Fault::Name),
        None => return Err(Fault::Unclosed(name.to_owned())),
        Some('}') => return Ok(Variable { written: part(end_of_name + 1), name, operation: None }),
        Some(_) => {}
    }
    let (operator, colon, argument) = operator(tail).ok_or_else(|| Fault::Operator(name.to_owned()))?;
    let (len, balanced) = argument_len(argument).ok_or_else(|| Fault::Unclosed(name.to_owned()))?;
    let start = text.len() - argument.len();
    let argument = argument.get(..len).unwrap_or_default();
    let operation = Some(Operation { operator, colon, argument, balanced });
    Ok(Variable { written: part(start + len + 1), name, operation })
}

fn operator(tail: &str) -> Option<(Operator, bool, &str)> {
    let (colon, tail) = tail.strip_prefix(':').map_or((false, tail), |rest| (true, rest));
    let mut rest = tail.chars();
    let operator = Operator::of(rest.next()?)?;
    Some((operator, colon, rest.as_str()))
}

/// How many bytes belong to an argument that goes on to the end of the line at most, and whether its own brace ends it.
fn argument_len(argument: &str) -> Option<(usize, bool)> {
    let mut open = 1_usize;
    let mut last = None;
    let mut skipped = false;
    for (at, byte) in argument.bytes().enumerate().take_while(|(_, byte)| *byte != b'\n') {
        if byte == b'}' {
            last = Some(at);
        }
        match byte {
            _ if skipped => skipped = false,
            b'}' if open == 1 => return Some((at, true)),
            b'}' => open -= 1,
            b'{' => (open, skipped) = (open + 1, true),
            _ => {}
        }
    }
    last.map(|at| (at, false))
}

/// The length up to the brace that closes the first one, or the whole text.
fn balanced_len(text: &str) -> usize {
    let mut depth = 0_usize;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'{' => depth += 1,
            b'}' if depth <= 1 => return at + 1,
            b'}' => depth -= 1,
            _ => {}
        }
    }
    text.len()
}

/// A name at the start of a text, and what follows it.
fn split_name(text: &str) -> (&str, &str) {
    if text.starts_with(|c: char| c.is_ascii_digit()) {
        return ("", text);
    }
    let end = text.find(|c: char| !is_name(c)).unwrap_or(text.len());
    text.split_at_checked(end).unwrap_or((text, ""))
}

/// Whether a character may stand in the name of a variable.
pub(crate) fn is_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}
