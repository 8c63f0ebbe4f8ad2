//! Splits a shell script into its simple commands, as far as that is needed to see whom it creates and what it hands
//! over.
//!
//! Runs nothing and follows no condition: every command that is written counts.

use std::iter::Peekable;
use std::str::CharIndices;

use super::super::expand::UNKNOWN;
use super::vars::{LONGEST_VALUE, Vars};

/// One simple command.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Command {
    /// Its words, the program first; quotes are gone and variables replaced.
    pub(super) words: Vec<String>,
    /// The files it is redirected to or from.
    pub(super) targets: Vec<String>,
    /// Where it begins, in bytes from the start of the script.
    pub(super) at: usize,
}

/// Words that may stand before a command.
const BEFORE: [&str; 14] = [
    "if", "then", "else", "elif", "do", "while", "until", "!", "{", "time", "sudo", "exec", "command", "eval",
];

/// The commands of a script. `escape` continues a line.
pub(super) fn commands(script: &str, escape: char, vars: &Vars) -> Vec<Command> {
    let mut reader = Reader::new(script, escape, vars);
    while reader.step(true) {}
    reader.end_command();
    reader.commands
}

/// The words of a text in which `&` and `|` mean nothing, such as that of `ENV`.
pub(super) fn words(text: &str, escape: char, vars: &Vars) -> Vec<String> {
    let mut reader = Reader::new(text, escape, vars);
    while reader.step(false) {}
    reader.end_word();
    reader.current.words
}

struct Reader<'a> {
    text: &'a str,
    chars: Peekable<CharIndices<'a>>,
    escape: char,
    vars: &'a Vars,
    commands: Vec<Command>,
    current: Command,
    /// The word so far; `None` between words.
    word: Option<String>,
    /// Whether the next word is the target of a redirection.
    redirects: bool,
}

impl<'a> Reader<'a> {
    fn new(text: &'a str, escape: char, vars: &'a Vars) -> Self {
        Self {
            text,
            chars: text.char_indices().peekable(),
            escape,
            vars,
            commands: Vec::new(),
            current: Command::default(),
            word: None,
            redirects: false,
        }
    }

    /// Reads a bit; false at the end.
    fn step(&mut self, operators: bool) -> bool {
        let Some((at, c)) = self.chars.next() else { return false };
        match c {
            _ if c == self.escape && self.at_line_end() => self.continue_line(),
            '\'' => self.single_quoted(),
            '"' => self.double_quoted(),
            '\\' => self.escaped(),
            '$' => self.variable(at),
            '`' if operators => self.backticks(),
            '\n' | ';' | '&' | '|' | '(' | ')' if operators => self.end_command(),
            '>' | '<' if operators => self.redirect(),
            '#' if operators && self.word.is_none() => {
                self.skip_line();
                self.end_command();
            }
            _ if c.is_whitespace() => self.end_word(),
            _ => self.push(at, c),
        }
        true
    }

    fn push(&mut self, at: usize, c: char) {
        self.begin(at);
        self.word.get_or_insert_default().push(c);
    }

    fn begin(&mut self, at: usize) {
        if self.current.words.is_empty() && self.word.is_none() {
            self.current.at = at;
        }
    }

    /// Whether only blanks are left on this line.
    fn at_line_end(&self) -> bool {
        self.rest().trim_start_matches([' ', '\t', '\r']).starts_with('\n')
    }

    fn rest(&self) -> &'a str {
        let at = self.chars.clone().next().map_or(self.text.len(), |(at, _)| at);
        self.text.get(at..).unwrap_or_default()
    }

    /// Goes to the next line, and over lines that are comments or empty.
    fn continue_line(&mut self) {
        self.skip_line();
        loop {
            let line = self.rest().split('\n').next().unwrap_or_default();
            let is_over = line.len() == self.rest().len();
            if is_over || !(line.trim_start().starts_with('#') || line.trim().is_empty()) {
                return;
            }
            self.skip_line();
        }
    }

    /// Skips to the end of the line, and over it when it was continued.
    fn skip_line(&mut self) {
        for (_, c) in self.chars.by_ref() {
            if c == '\n' {
                return;
            }
        }
    }

    fn single_quoted(&mut self) {
        let at = self.position();
        self.begin(at);
        let word = self.word.get_or_insert_default();
        for (_, c) in self.chars.by_ref() {
            if c == '\'' {
                return;
            }
            word.push(c);
        }
    }

    fn double_quoted(&mut self) {
        let at = self.position();
        self.begin(at);
        self.word.get_or_insert_default();
        while let Some((at, c)) = self.chars.next() {
            match c {
                '"' => return,
                '\\' => self.escaped(),
                '$' => self.variable(at),
                _ => self.push(at, c),
            }
        }
    }

    /// A character after a backslash; a line break there is nothing.
    fn escaped(&mut self) {
        if let Some((at, c)) = self.chars.next()
            && c != '\n'
        {
            self.push(at, c);
        }
    }

    fn variable(&mut self, at: usize) {
        self.begin(at);
        let rest = self.rest();
        let word = self.word.get_or_insert_default();
        let after = self.vars.substitute(rest, word);
        if word.len() > LONGEST_VALUE {
            word.clear();
            word.push(UNKNOWN);
        }
        let end = self.text.len() - after.len();
        while self.chars.next_if(|(at, _)| *at < end).is_some() {}
    }

    fn backticks(&mut self) {
        let at = self.position();
        self.push(at, UNKNOWN);
        for (_, c) in self.chars.by_ref() {
            if c == '`' {
                return;
            }
        }
    }

    /// `>`, `>>`, `<`, `2>&1`: the next word is a file, or as good as one.
    fn redirect(&mut self) {
        if self.word.as_ref().is_some_and(|word| word.bytes().all(|b| b.is_ascii_digit())) {
            self.word = None;
        }
        self.end_word();
        while self.chars.next_if(|(_, c)| matches!(c, '>' | '<' | '&' | '-')).is_some() {}
        self.redirects = true;
    }

    fn position(&self) -> usize {
        self.text.len() - self.rest().len()
    }

    fn end_word(&mut self) {
        let Some(word) = self.word.take() else { return };
        if std::mem::take(&mut self.redirects) {
            self.current.targets.push(word);
        } else {
            self.current.words.push(word);
        }
    }

    fn end_command(&mut self) {
        self.end_word();
        self.redirects = false;
        let mut command = std::mem::take(&mut self.current);
        let first = command.words.iter().position(|word| !stands_before(word)).unwrap_or(command.words.len());
        command.words.drain(..first);
        if !(command.words.is_empty() && command.targets.is_empty()) {
            self.commands.push(command);
        }
    }
}

/// A word before the program: a keyword, or `NAME=value`.
fn stands_before(word: &str) -> bool {
    let is_assignment = word.split_once('=').is_some_and(|(name, _)| {
        !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    });
    is_assignment || BEFORE.contains(&word)
}

#[cfg(test)]
mod tests {
    use super::{commands, words};
    use crate::image::dockerfile::vars::Vars;

    fn read(script: &str) -> Vec<String> {
        let mut vars = Vars::default();
        vars.set("U", Some("app".into()));
        let show = |command: super::Command| {
            let targets: String = command.targets.iter().flat_map(|target| [" > ", target]).collect();
            command.words.join(" ").replace('\0', "?") + &targets
        };
        commands(script, '\\', &vars).into_iter().map(show).collect()
    }

    #[test]
    fn commands_of_a_script() {
        let cases: [(&str, &[&str]); 12] = [
            ("a b && c || d; e", &["a b", "c", "d", "e"]),
            ("a \\\n  # note\n\n  b \\\n && c", &["a b", "c"]),
            ("a 'x  y' \"$U z\" w\\ v", &["a x  y app z w v"]),
            ("if id x; then y; fi", &["id x", "y", "fi"]),
            ("X=1 sudo a", &["a"]),
            ("a > /f 2>&1", &["a > /f > 1"]),
            ("a $(b && c) `d;e`", &["a ? ?"]),
            ("(a; b) | c &", &["a", "b", "c"]),
            ("a # b && c\nd", &["a", "d"]),
            ("a \\", &["a \\"]),
            ("chown ${U}:${U} \"/x y\"", &["chown app:app /x y"]),
            ("set -eux; { a; }", &["set -eux", "a", "}"]),
        ];
        for (script, expected) in cases {
            let expected: Vec<String> =
                expected.iter().map(|words| words.trim_end_matches(" \\").to_owned()).collect();
            assert_eq!(read(script), expected, "{script:?}");
        }
    }

    #[test]
    fn where_commands_begin() {
        let script = "a \\\n && chown x\nb";
        let at: Vec<usize> =
            commands(script, '\\', &Vars::default()).iter().map(|command| command.at).collect();
        assert_eq!(at, [0, 8, 16]);
    }

    #[test]
    fn words_know_no_operators() {
        assert_eq!(words("A=\"x&y\" B=c\\ d E='#'", '\\', &Vars::default()), ["A=x&y", "B=c d", "E=#"]);
    }
}
