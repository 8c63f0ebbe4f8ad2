//! The format of `.env` files as Docker Compose 2.26 reads it: comments, `export`, quotes, escapes, values of several
//! lines, variables in values.
//!
//! Takes a text apart and says which lines are bad; opens no file. What it says never quotes a line: lines of a key that
//! lacks its quotes are bad too.

use std::collections::HashMap;

use super::super::Diagnostic;
use crate::compose::interpolate::{Variables, canonical, escape};
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
    line: usize,
    /// The line up to its `=`, when the fault is behind that.
    before: String,
    message: String,
    help: Option<&'static str>,
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
            canonical(text, scope).map_err(|fault| (fault.to_string(), fault.help()))
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

/// The escapes of a value in double quotes: `\n` and the like, `\"`, `\\`, `\$`, and `\0` before an octal number of
/// three digits. What is none stays.
fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('\\') {
        out.push_str(before);
        rest = escaped(after, &mut out);
    }
    out.push_str(rest);
    out
}

/// Appends what the escape stands for, and returns what follows it.
fn escaped<'t>(after: &'t str, out: &mut String) -> &'t str {
    let mut rest = after.chars();
    let plain = match rest.next() {
        Some('a') => '\u{7}',
        Some('b') => '\u{8}',
        Some('f') => '\u{c}',
        Some('n') => '\n',
        Some('r') => '\r',
        Some('t') => '\t',
        Some('v') => '\u{b}',
        Some('"') => '"',
        Some('\\') => '\\',
        Some('$') => {
            out.push_str("$$");
            return rest.as_str();
        }
        Some('0') => return octal(rest.as_str(), out),
        _ => {
            out.push('\\');
            return after;
        }
    };
    out.push(plain);
    rest.as_str()
}

fn octal<'t>(after: &'t str, out: &mut String) -> &'t str {
    let len = after.bytes().take(3).take_while(u8::is_ascii_digit).count();
    let (digits, rest) = after.split_at_checked(len).unwrap_or((after, ""));
    match u8::from_str_radix(digits, 8) {
        Ok(code) if len == 3 => out.push(char::from(code)),
        _ => {
            out.push('\\');
            out.push_str(digits);
        }
    }
    rest
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{complain, parse};
    use crate::compose::interpolate::{Nothing, Variables};

    fn read(text: &str) -> Result<Vec<(String, String)>, usize> {
        let (found, bad) = parse(text, &Nothing);
        match bad.first() {
            Some(bad) => Err(bad.line),
            None => Ok(found.into_iter().map(|set| (set.name, set.value)).collect()),
        }
    }

    /// Measured with Docker Compose 2.26.1; a `$` stands twice, and what nobody knows stays.
    #[test]
    fn as_compose_reads_it() {
        let cases = [
            ("A=1", "A=1"),
            ("A = 1 ", "A=1"),
            ("export A=1", "A=1"),
            ("export  A=1\nexportB=2", "A=1 exportB=2"),
            ("A: 1\nB:2", "A=1 B=2"),
            ("A:=1", "A==1"),
            ("A : 'x' # c", "A=x"),
            ("A=x # c\nB=x#c\nC=x\t#c", "A=x B=x#c C=x\t#c"),
            ("A='x' # c\nB=1", "A=x B=1"),
            ("A='x'B=1", "A=x B=1"),
            ("A='x' y\nB=2", "A=x B=2"),
            ("A= #c\nB=#c", "A=#c B=#c"),
            ("A=\nB=''\nC=\"\"", "A= B= C="),
            ("A=\n\n\nB=2", "A= B=2"),
            ("A=a\\nb\nB='a\\nb'\nC=\"a\\nb\"", "A=a\\nb B=a\\nb C=a\nb"),
            (r#"A="a\tc\\d\"e\$f\x41\0101\q""#, "A=a\tc\\d\"e$$f\\x41A\\q"),
            (r#"A="\01\0777\0377\08\0999\012345""#, "A=\\1\\777ÿ\\8\\999S45"),
            (r#"A="\0""#, "A=\\"),
            (r"A='a\\b\'c\d'", r"A=a\\b'c\d"),
            (r"A='a\\'", r"A=a\\"),
            (r"A='x\\\'y'", r"A=x\\'y"),
            ("A=a\"b\"", "A=a\"b\""),
            ("A=\"a\nb\"\nB='c\nd'", "A=a\nb B=c\nd"),
            ("A=1\nB=$A-${A}\nC='$A'\nD=\"$A\"", "A=1 B=1-1 C=$$A D=1"),
            ("B=$A\nA=1", "B=${A} A=1"),
            ("A=$$x\nB=\"$$x\"\nC=$\nD=a$1", "A=$$x B=$$x C=$$ D=a$$1"),
            ("A=\\$x", "A=\\${x}"),
            ("A=${U:-d}\nB=${A:+2}${U:?no}", "A=${U:-d} B=2${U:?no}"),
            ("A=x\nB=${A:-${U}}${E-y}", "A=x B=x${E-y}"),
            ("A=1\nA=$A$A", "A=1 A=11"),
            ("A\nB=1\n", "B=1"),
            ("A.b=1\nA-b=2\nA[0]=3\né=4\n1A=5", "A.b=1 A-b=2 A[0]=3 é=4 1A=5"),
            ("\u{feff}A=1\r\nB=2\r\n", "A=1 B=2"),
            ("A=\"1\r\n2\"\r\nB='1'\r\n", "A=1\r\n2 B=1"),
            ("#c\n\n  A=1\n  # d\n\tB=2", "A=1 B=2"),
            ("A=a=b\nB=`x`\nC=1;D=2", "A=a=b B=`x` C=1;D=2"),
            ("A=\u{a0}1\nB=\u{2003}1\u{2003}", "A=1 B=\u{2003}1"),
            ("# only", ""),
            ("", ""),
        ];
        for (text, expected) in cases {
            let found = read(text).unwrap_or_else(|line| panic!("{text:?} has a bad line {line}"));
            let found: Vec<String> = found.iter().map(|(name, value)| format!("{name}={value}")).collect();
            assert_eq!(found.join(" "), expected, "{text:?}");
        }
    }

    #[test]
    fn bad_lines_are_found() {
        let cases = [
            ("A", 1),
            ("A=1\nA B", 2),
            ("export A", 1),
            ("A='x'y", 1),
            ("A B=1", 1),
            ("A!=1", 1),
            ("\"A\"=1", 1),
            ("=1", 1),
            ("A=1\n:1", 2),
            ("A=1\n\n}\n", 3),
            ("A=\"x\"\"y\"", 1),
            ("A=1\nB='unterminated\nC=1", 2),
            ("A=\"x # y", 1),
            ("A=${", 1),
            ("A=\"${\"", 1),
            ("A=${U:-a # b}", 1),
            ("A\u{2003}=1", 1),
            ("A=\nB=${A:?no}", 2),
        ];
        for (text, line) in cases {
            assert_eq!(read(text), Err(line), "{text:?}");
        }
    }

    #[test]
    fn all_bad_lines_are_told_and_none_is_shown() {
        let text = "A=hush ${\nhush hush=1\n  export B='hush\n";
        let (_, bad) = parse(text, &Nothing);
        let (source, told) = complain(Path::new(".env"), bad);
        assert_eq!(source.text(), "A=***\n***\nexport B=***");
        let places: Vec<_> =
            told.iter().map(|told| source.line_col(told.place.unwrap().span.start)).collect();
        assert_eq!(places, [(1, 3), (2, 1), (3, 10)]);
        assert!(!format!("{told:?}").contains("hush"), "{told:?}");
    }

    #[test]
    fn what_is_around_wins_and_is_inherited() {
        struct Shell;
        impl Variables for Shell {
            fn value(&self, name: &str) -> Option<&str> {
                (name == "S").then_some("shell")
            }
        }
        let (found, _) = parse("S=file\nA=$S\nS\nT\n", &Shell);
        let found: Vec<_> = found.iter().map(|set| (set.name.as_str(), set.value.as_str())).collect();
        assert_eq!(found, [("S", "file"), ("A", "shell"), ("S", "shell")]);
    }

    #[test]
    fn values_cannot_grow_without_bounds() {
        let doubling: String = (1..64).map(|n| format!("A{n}=$A{}$A{}\n", n - 1, n - 1)).collect();
        let (_, bad) = parse(&format!("A0=xxxxxxxx\n{doubling}"), &Nothing);
        assert!(!bad.is_empty());
    }
}
