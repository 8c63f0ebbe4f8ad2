//! `${VARIABLE}` in the values of a Compose file: what is known of the environment is put in, the rest stays.
//!
//! A variable that nobody knows is a value of its own, never an empty text: it stays as written, and the text stays in
//! Compose's notation, in which `$$` is a dollar sign. Reads no file and no environment; faults never quote a value.

mod grammar;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

pub(crate) use grammar::{Operator, Piece, Variable, is_name, pieces};

/// Variables inside one another beyond this are refused.
const MOST_NESTED: usize = 64;

/// Bytes by which a text may grow: more than any program takes as one variable.
const MOST_GROWTH: usize = 1 << 20;

/// Variables that are known.
pub trait Variables {
    /// The value of a variable, in Compose's notation ([`escape`] makes it so); what is still unknown in it stands there
    /// as `${NAME}`.
    fn value(&self, name: &str) -> Option<&str>;
}

/// No variable is known.
#[derive(Clone, Copy, Debug, Default)]
pub struct Nothing;

impl Variables for Nothing {
    fn value(&self, _name: &str) -> Option<&str> {
        None
    }
}

/// Why Compose refuses a text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// `${}`, `${1}`, `${{ … }}`.
    #[error("`${{` must be followed by the name of a variable")]
    Name,
    /// `${A:x}`, `${A.b}`.
    #[error("`${{{0}` must be followed by `}}`, or by `-`, `?` or `+`, with or without a colon before it")]
    Operator(String),
    /// `${A`, `${A:-b`.
    #[error("`${{{0}` is not closed on the same line")]
    Unclosed(String),
    /// More than a person would write.
    #[error("variables are nested more than {MOST_NESTED} deep")]
    Depth,
    /// A text that grows without bounds.
    #[error("the variables in it make it too long")]
    Length,
    /// `${A:?why}` when `A` is empty, or not set where that counts.
    #[error("the variable `{name}` is required{}{}", if message.is_empty() { "" } else { ": " }, message)]
    Required {
        /// The variable.
        name: String,
        /// What the file says about it; empty when that would show a value.
        message: String,
    },
}

impl Fault {
    /// What to do about it.
    #[must_use]
    pub fn help(&self) -> Option<&'static str> {
        match self {
            Self::Name | Self::Operator(_) | Self::Unclosed(_) => {
                Some("a dollar sign that is meant as such is written `$$`")
            }
            Self::Depth | Self::Length => None,
            Self::Required { .. } => Some("give it a value in `.env`"),
        }
    }
}

/// Puts in the values of the variables that are known. The others stay as they are, with what is known inside of them.
///
/// # Errors
/// What Compose refuses, whatever the values; and a required variable that is known to be empty.
pub fn substitute<'t>(text: &'t str, variables: &dyn Variables) -> Result<Cow<'t, str>, Fault> {
    if !text.contains('$') {
        return Ok(Cow::Borrowed(text));
    }
    let mut builder = Builder { variables, changed: false };
    let made = builder.text(text, 0)?;
    Ok(if builder.changed { Cow::Owned(made) } else { Cow::Borrowed(text) })
}

/// The same in a form to which anything may be appended: every unknown variable in braces, every dollar sign doubled.
pub(crate) fn canonical(text: &str, variables: &dyn Variables) -> Result<String, Fault> {
    Builder { variables, changed: false }.text(text, 0)
}

/// The text as Compose sees it when no variable in it is set: defaults, or else nothing; `$$` is `$`.
///
/// # Errors
/// What Compose refuses, and a required variable.
pub fn finish(text: &str) -> Result<String, Fault> {
    finish_within(text, 0)
}

/// A plain text in Compose's notation.
#[must_use]
pub fn escape(text: &str) -> Cow<'_, str> {
    if text.contains('$') { Cow::Owned(text.replace('$', "$$")) } else { Cow::Borrowed(text) }
}

fn finish_within(text: &str, depth: usize) -> Result<String, Fault> {
    let mut out = String::with_capacity(text.len());
    for piece in pieces(text) {
        match piece {
            Piece::Text(text) => out.push_str(text),
            Piece::Dollar => out.push('$'),
            Piece::Fault(fault) => return Err(fault),
            Piece::Variable(variable) => {
                let Some(operation) = variable.operation else { continue };
                let argument = finish_within(operation.argument, deeper(depth)?)?;
                match operation.operator {
                    Operator::Default => out.push_str(&argument),
                    Operator::Required => return Err(required(variable)),
                    Operator::Alternative => {}
                }
            }
        }
    }
    Ok(out)
}

fn deeper(depth: usize) -> Result<usize, Fault> {
    if depth < MOST_NESTED { Ok(depth + 1) } else { Err(Fault::Depth) }
}

fn required(variable: Variable<'_>) -> Fault {
    let said = variable.operation.map_or("", |operation| operation.argument);
    // with a variable in it the message might quote a value
    let message = if said.contains('$') { "" } else { said };
    Fault::Required { name: variable.name.to_owned(), message: message.to_owned() }
}

impl<'a> Variable<'a> {
    /// What stands in for it when it is not set.
    pub(crate) fn default(&self) -> Option<&'a str> {
        let operation = self.operation.filter(|operation| operation.operator == Operator::Default);
        operation.map(|operation| operation.argument)
    }
}

struct Builder<'v> {
    variables: &'v dyn Variables,
    /// Whether anything was put in.
    changed: bool,
}

impl Builder<'_> {
    fn text(&mut self, text: &str, depth: usize) -> Result<String, Fault> {
        let mut out = String::with_capacity(text.len());
        for piece in pieces(text) {
            match piece {
                Piece::Text(text) => out.push_str(text),
                Piece::Dollar => out.push_str("$$"),
                Piece::Fault(fault) => return Err(fault),
                Piece::Variable(variable) => out.push_str(&self.variable(variable, depth)?),
            }
            if out.len() > text.len() + MOST_GROWTH {
                return Err(Fault::Length);
            }
        }
        Ok(out)
    }

    fn variable(&mut self, variable: Variable<'_>, depth: usize) -> Result<String, Fault> {
        let known = self.variables.value(variable.name);
        let Some(operation) = variable.operation else {
            self.changed |= known.is_some();
            return Ok(known.map_or_else(|| format!("${{{}}}", variable.name), str::to_owned));
        };
        // Compose looks at the argument whether it is needed or not
        let argument = self.text(operation.argument, deeper(depth)?)?;
        let value = known.map(|value| (value, if operation.colon { filled(value) } else { Some(true) }));
        let result = match (operation.operator, value) {
            (Operator::Required, Some((_, Some(false)))) => return Err(required(variable)),
            (Operator::Default | Operator::Required, Some((value, Some(true)))) => value.to_owned(),
            (Operator::Default, Some((_, Some(false)))) | (Operator::Alternative, Some((_, Some(true)))) => {
                argument
            }
            (Operator::Alternative, Some((_, Some(false)))) => String::new(),
            (_, None | Some((_, None))) => return Ok(keep(variable, &argument)),
        };
        self.changed = true;
        Ok(result)
    }
}

/// Whether a value in Compose's notation is sure to be something, or sure to be empty.
fn filled(value: &str) -> Option<bool> {
    if value.is_empty() {
        return Some(false);
    }
    let is_something = |piece| match piece {
        Piece::Text(_) | Piece::Dollar => true,
        Piece::Fault(_) => false,
        Piece::Variable(variable) => variable.operation.is_some_and(|operation| match operation.operator {
            Operator::Default => operation.colon && filled(operation.argument) == Some(true),
            Operator::Required => operation.colon,
            Operator::Alternative => false,
        }),
    };
    pieces(value).any(is_something).then_some(true)
}

/// An unknown variable with what became of its argument. What cannot be told apart from its neighbours any more goes
/// without: a value may hold braces.
fn keep(variable: Variable<'_>, argument: &str) -> String {
    let Variable { written, name, operation } = variable;
    let Some(operation) = operation else { return format!("${{{name}}}") };
    let colon = if operation.colon { ":" } else { "" };
    let made = format!("${{{name}{colon}{}{argument}}}", operation.operator.sign());
    if is_one(&made, argument) {
        made
    } else if operation.balanced {
        written.to_owned()
    } else {
        format!("${{{name}}}")
    }
}

/// Whether a text is one variable with this argument, whatever may follow.
fn is_one(text: &str, argument: &str) -> bool {
    let first = pieces(text).next();
    matches!(first, Some(Piece::Variable(Variable { written, operation: Some(operation), .. }))
        if written == text && operation.argument == argument && operation.balanced)
}
