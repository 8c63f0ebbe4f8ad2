//! The format of `.env` files as Docker Compose 2.26 reads it: comments, `export`, quotes, escapes, values of several
//! lines, variables in values.
//!
//! Takes a text apart and says which lines are bad; opens no file. What it says never quotes a line: lines of a key that
//! lacks its quotes are bad too.

use std::collections::HashMap;

use super::super::Diagnostic;
use super::escapes::unescape;
use crate::compose::interpolate::{Fault, Variables, canonical, escape};
use crate::source::{FileId, Place, Source, Span};
use std::path::Path;

/// Bytes of all values of a file together; more is a mistake or an attack.
const MOST_BYTES: usize = 16 << 20;

/// What is shown of a value.
const MASK: &str = "***";

const NAMES: &str = "a name has letters, digits, `_`, `.` and `-`; a value of several lines stands in quotes";

/// One variable that is set.
#[derive(Clone)]
pub(super) struct Setting {
    pub(super) name: String,
    /// In Compose's notation.
    pub(super) value: String,
    /// The line that it starts on, from 1.
    pub(super) line: usize,
}

/// A line that Compose refuses.
#[derive(Debug)]
pub(super) struct Bad {
    pub(super) line: usize,
    /// The line up to its `=`, when the fault is behind that.
    pub(super) before: String,
    pub(super) message: String,
    pub(super) help: Option<&'static str>,
}

/// What a file sets, in order, and what is wrong with it. `outer` wins over earlier lines, as in Compose.
pub(super) fn parse(text: &str, outer: &dyn Variables) -> (Vec<Setting>, Vec<Bad>) {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut parser = Parser {
        rest: text,
        line: 1,
        bytes: 0,
        scope: Scope { outer, own: HashMap::new() },
        found: Vec::new(),
        bad: Vec::new(),
    };
    while parser.skip_blank() {
        parser.statement();
    }
    (parser.found, parser.bad)
}

/// The file with nothing in it but what may be shown, and what is wrong with it.
pub(super) fn complain(path: &Path, bad: Vec<Bad>) -> (Source, Vec<Diagnostic>) {
    let mut text = String::new();
    let mut line = 1;
    let mut diagnostics = Vec::new();
    for fault in bad {
        while line < fault.line {
            text.push('\n');
            line += 1;
        }
        text.push_str(&fault.before);
        let span = Span::new(text.len(), text.len() + MASK.len());
        text.push_str(MASK);
        diagnostics.push(Diagnostic {
            message: fault.message,
            help: fault.help.map(str::to_owned),
            place: Some(Place { file: FileId::default(), span }),
            note: None,
        });
    }
    (Source::new(path, text), diagnostics)
}

/// What values may refer to.
struct Scope<'a> {
    outer: &'a dyn Variables,
    own: HashMap<String, String>,
}

impl Variables for Scope<'_> {
    fn value(&self, name: &str) -> Option<&str> {
        self.outer.value(name).or_else(|| self.own.get(name).map(String::as_str))
    }
}

struct Parser<'a> {
    rest: &'a str,
    line: usize,
    bytes: usize,
    scope: Scope<'a>,
    found: Vec<Setting>,
    bad: Vec<Bad>,
}

impl<'a> Parser<'a> {
    fn take(&mut self, bytes: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at_checked(bytes).unwrap_or((self.rest, ""));
        self.line += taken.matches('\n').count();
        self.rest = rest;
        taken
    }

    /// Skips what is left of this line, and the line break.
    fn take_line(&mut self) -> &'a str {
        let end = self.rest.find('\n').map_or(self.rest.len(), |at| at + 1);
        self.take(end)
    }

    /// Skips blanks, empty lines and comments; false at the end.
    fn skip_blank(&mut self) -> bool {
        loop {
            let blank = self.rest.len() - self.rest.trim_start().len();
            self.take(blank);
            if !self.rest.starts_with('#') {
                return !self.rest.is_empty();
            }
            self.take_line();
        }
    }

    fn skip_spaces(&mut self) {
        let spaces = self.rest.len() - self.rest.trim_start_matches(is_space).len();
        self.take(spaces);
    }

    fn statement(&mut self) {
        let (start, line) = (self.rest, self.line);
        let after = self.rest.strip_prefix("export");
        if after.is_some_and(|rest| rest.starts_with([' ', '\t', '\n', '\r', '\u{c}'])) {
            self.take("export".len());
            self.skip_spaces();
        }
        let Some(end) = self.rest.find(|c: char| !(is_space(c) || is_of_name(c))) else {
            self.rest = "";
            return self.complain(line, "", "there is no `=` in the last line, and nothing after it", None);
        };
        let name = self.take(end).trim_end();
        let mark = self.rest.chars().next();
        if !matches!(mark, Some('=' | ':' | '\n')) {
            self.take_line();
            return self.complain(line, "", "this is not the name of a variable", Some(NAMES));
        }
        if name.contains(' ') {
            self.take_line();
            return self.complain(line, "", "there is a space in the name of the variable", Some(NAMES));
        }
        self.take(1);
        self.skip_spaces();
        if mark == Some('\n') {
            return self.inherit(name, line);
        }
        let before = start.get(..start.len() - self.rest.len()).unwrap_or_default();
        if name.is_empty() {
            self.take_line();
            return self.complain(line, "", "there is no name before the `=`", Some(NAMES));
        }
        match self.value() {
            Ok(value) => self.set(name, value, line),
            Err((message, help)) => self.complain(line, before, &message, help),
        }
    }

    /// A name alone: the value comes from around, or the variable is not set.
    fn inherit(&mut self, name: &str, line: usize) {
        if let Some(value) = self.scope.outer.value(name).map(str::to_owned) {
            self.set(name, value, line);
        }
    }

    fn set(&mut self, name: &str, value: String, line: usize) {
        self.bytes += value.len();
        if self.bytes > MOST_BYTES {
            self.rest = "";
            return self.complain(line, "", "the values of this file are too long", None);
        }
        self.scope.own.insert(name.to_owned(), value.clone());
        self.found.push(Setting { name: name.to_owned(), value, line });
    }

    fn complain(&mut self, line: usize, before: &str, message: &str, help: Option<&'static str>) {
        let before = before.lines().next().unwrap_or_default().to_owned();
        self.bad.push(Bad { line, before, message: message.to_owned(), help });
    }

    /// The value, in Compose's notation.
    fn value(&mut self) -> Result<String, (String, Option<&'static str>)> {
        let resolve = |text: &str, scope: &Scope<'_>| {
            canonical(text, scope).map_err(|fault| (said(&fault), fault.help()))
        };
        match self.rest.chars().next().filter(|quote| matches!(quote, '"' | '\'')) {
            None => {
                let line = self.take_line();
                let text = line.split_once(" #").map_or(line, |(text, _)| text);
                resolve(text.trim_end(), &self.scope)
            }
            Some(quote) => match (self.quoted(quote), quote) {
                (None, _) => Err(("the quote is never closed".to_owned(), None)),
                (Some(text), '"') => resolve(&unescape(text), &self.scope),
                (Some(text), _) => Ok(escape(&text.replace("\\'", "'")).into_owned()),
            },
        }
    }

    /// What stands between quotes; nothing is left when they are not closed.
    fn quoted(&mut self, quote: char) -> Option<&'a str> {
        self.take(1);
        let mut escaped = false;
        let end = self.rest.find(|c: char| {
            let closes = c == quote && !escaped;
            escaped = c == '\\' && !escaped;
            closes
        });
        let Some(end) = end else {
            self.rest = "";
            return None;
        };
        let text = self.take(end);
        self.take(1);
        Some(text)
    }
}

/// A blank that is no line break.
fn is_space(c: char) -> bool {
    matches!(c, '\t' | '\u{b}' | '\u{c}' | '\r' | ' ' | '\u{85}' | '\u{a0}')
}

fn is_of_name(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '.' | '-' | '[' | ']')
}

/// The fault without what stands around it: any text between `$` and the end of a line may be part of a password.
fn said(fault: &Fault) -> String {
    match fault {
        Fault::Operator(_) => Fault::Operator("NAME".to_owned()).to_string(),
        Fault::Unclosed(_) => "`${` is not closed on the same line".to_owned(),
        Fault::Required { name, .. } => format!("the variable `{name}` is required"),
        other => other.to_string(),
    }
}
