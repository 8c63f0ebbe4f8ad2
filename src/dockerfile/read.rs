//! Reads a Dockerfile into pieces that put together are the file again.
//!
//! Follows the rules of the builder for directives, comments, continued lines and here-documents. Refuses nothing: what
//! is no instruction is one with an unknown keyword. What instructions mean is for others to say.

use std::ops::Range;

/// A Dockerfile in pieces.
#[derive(Clone, Debug)]
pub struct Dockerfile<'t> {
    text: &'t str,
    /// The line as a person has it of each line of the text, where these are others.
    pub lines: &'t [usize],
    /// What continues a line: `\`, or a backtick where a directive says so.
    pub escape: char,
    /// Whole lines, one after the other, from the first byte to the last.
    pub pieces: Vec<Piece>,
}

/// Some whole lines.
#[derive(Clone, Debug)]
pub struct Piece {
    /// Their bytes, with the last line break.
    pub range: Range<usize>,
    /// What they are.
    pub kind: Kind,
}

/// What lines are.
#[derive(Clone, Debug)]
pub enum Kind {
    /// `# syntax=`, `# escape=` or `# check=`, before anything else.
    Directive,
    /// A comment between instructions.
    Comment,
    /// Nothing.
    Blank,
    /// An instruction, with the lines that continue it and its here-documents.
    Instruction(Instruction),
}

/// An instruction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instruction {
    /// Its bytes from the keyword on, without here-documents and the last line break.
    pub range: Range<usize>,
    /// Its keyword, in capitals.
    pub keyword: String,
    /// What follows the keyword, as one line: without line breaks, what continues lines, and comments between them.
    pub arguments: String,
    /// Where each byte of that is written.
    pub at: Vec<u32>,
    /// Its here-documents, with the lines that end them.
    pub heredocs: Vec<Range<usize>>,
}

/// Reads a text.
#[must_use]
pub fn read(text: &str) -> Dockerfile<'_> {
    let mut reader = Reader { text, at: 0, escape: '\\' };
    let mut pieces = Vec::new();
    let mut directives = true;
    while let Some(line) = reader.line() {
        let start = reader.at;
        let kind = reader.piece(line, &mut directives);
        pieces.push(Piece { range: start..reader.at, kind });
    }
    Dockerfile { text, lines: &[], escape: reader.escape, pieces }
}

impl Dockerfile<'_> {
    /// The instructions in order.
    pub fn instructions(&self) -> impl Iterator<Item = &Instruction> {
        self.pieces.iter().filter_map(|piece| match &piece.kind {
            Kind::Instruction(instruction) => Some(instruction),
            Kind::Directive | Kind::Comment | Kind::Blank => None,
        })
    }

    /// The line that an instruction begins on, from 1.
    #[must_use]
    pub fn line(&self, instruction: &Instruction) -> usize {
        let above = self.slice(0..instruction.range.start).matches('\n').count();
        self.lines.get(above).copied().unwrap_or(above + 1)
    }

    /// All of it.
    #[must_use]
    pub fn text(&self) -> &str {
        self.text
    }

    /// The text of some bytes.
    #[must_use]
    pub fn slice(&self, range: Range<usize>) -> &str {
        self.text.get(range).unwrap_or_default()
    }
}

impl Instruction {
    /// The flags that its arguments begin with, each without the dashes, and its value.
    pub fn flags(&self) -> impl Iterator<Item = (&str, &str)> {
        let words = self.arguments.split_whitespace();
        let flags = words.map_while(|word| word.strip_prefix("--"));
        flags.map(|flag| flag.split_once('=').unwrap_or((flag, "")))
    }

    /// What follows the flags.
    #[must_use]
    pub fn body(&self) -> &str {
        let mut rest = self.arguments.trim_start();
        while rest.starts_with("--") {
            let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
            rest = rest.get(end..).unwrap_or_default().trim_start();
        }
        rest
    }

    /// The words of the exec form, if it is one.
    #[must_use]
    pub fn exec(&self) -> Option<Vec<String>> {
        let body = self.body().trim();
        if body.starts_with('[') { serde_json::from_str(body).ok() } else { None }
    }

    /// What it copies from the build context, if it is a `COPY` or `ADD`: paths and patterns, not what comes from other
    /// stages, the network or here-documents.
    #[must_use]
    pub fn sources(&self) -> Vec<String> {
        if !matches!(self.keyword.as_str(), "COPY" | "ADD") || self.flags().any(|(name, _)| name == "from") {
            return Vec::new();
        }
        let words = self.exec();
        let mut words = words.unwrap_or_else(|| self.body().split_whitespace().map(str::to_owned).collect());
        words.pop();
        let is_here = |word: &String| !(word.starts_with("<<") || is_remote(word));
        words.into_iter().filter(is_here).collect()
    }
}

/// Whether `ADD` gets it from elsewhere.
fn is_remote(source: &str) -> bool {
    source.contains("://") || source.starts_with("git@")
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
    escape: char,
}

impl<'t> Reader<'t> {
    /// The next line with its line break, without going over it; none at the end.
    fn line(&self) -> Option<&'t str> {
        self.text.get(self.at..)?.split_inclusive('\n').next()
    }

    fn piece(&mut self, line: &str, directives: &mut bool) -> Kind {
        let content = line.trim_start_matches('\u{feff}').trim();
        let directive = content.strip_prefix('#').filter(|_| *directives).and_then(directive);
        *directives &= directive.is_some();
        if content.is_empty() || content.starts_with('#') {
            self.at += line.len();
            if let Some(("escape", "`")) = directive.as_ref().map(|(name, value)| (name.as_str(), *value)) {
                self.escape = '`';
            }
            return match directive {
                Some(_) => Kind::Directive,
                None if content.is_empty() => Kind::Blank,
                None => Kind::Comment,
            };
        }
        Kind::Instruction(self.instruction())
    }

    fn instruction(&mut self) -> Instruction {
        let (mut joined, mut at) = (String::new(), Vec::new());
        let (mut start, mut end) = (None, self.at);
        while let Some(line) = self.line() {
            let content = line.trim_end_matches(['\n', '\r']);
            let skipped = content.len() - content.trim_start_matches(['\u{feff}', ' ', '\t']).len();
            let trimmed = content.get(skipped..).unwrap_or_default();
            let first = start.is_none();
            if !first && (trimmed.is_empty() || trimmed.starts_with('#')) {
                self.at += line.len();
                continue;
            }
            let from = if first { skipped } else { 0 };
            let written = content.get(from..).unwrap_or_default();
            let bare = written.trim_end_matches([' ', '\t']);
            let continued = bare.strip_suffix(self.escape);
            let kept = continued.unwrap_or(written);
            let offset = self.at + from;
            start.get_or_insert(offset);
            joined.push_str(kept);
            at.extend((0..kept.len()).map(|byte| u32::try_from(offset + byte).unwrap_or(u32::MAX)));
            end = self.at + content.trim_end().len();
            self.at += line.len();
            if continued.is_none() {
                break;
            }
        }
        let length = joined.find(char::is_whitespace).unwrap_or(joined.len());
        let (keyword, arguments) = joined.split_at_checked(length).unwrap_or((&joined, ""));
        let (keyword, arguments) = (keyword.to_ascii_uppercase(), arguments.to_owned());
        let at = at.split_off(length.min(at.len()));
        let heredocs = self.heredocs(&keyword, &arguments);
        Instruction { range: start.unwrap_or(end)..end, keyword, arguments, at, heredocs }
    }

    /// The here-documents that some arguments announce; what is never closed is none.
    fn heredocs(&mut self, keyword: &str, arguments: &str) -> Vec<Range<usize>> {
        let triggered = keyword == "ONBUILD";
        let keyword =
            if triggered { arguments.split_whitespace().next().unwrap_or_default() } else { keyword };
        if !["RUN", "COPY", "ADD"].iter().any(|name| keyword.eq_ignore_ascii_case(name)) {
            return Vec::new();
        }
        let mut found = Vec::new();
        for delimiter in arguments.split_whitespace().filter_map(delimiter) {
            let Some(length) = body(self.text.get(self.at..).unwrap_or_default(), &delimiter) else { break };
            found.push(self.at..self.at + length);
            self.at += length;
        }
        found
    }
}

/// Name and value of a directive, from what follows the `#`.
fn directive(comment: &str) -> Option<(String, &str)> {
    let (name, value) = comment.split_once('=')?;
    let name = name.trim().to_ascii_lowercase();
    let value = value.trim();
    (matches!(name.as_str(), "syntax" | "escape" | "check") && !value.is_empty()).then_some((name, value))
}

/// What ends the here-document that a word begins, and whether tabs may stand before that.
fn delimiter(word: &str) -> Option<(String, bool)> {
    let word = word.trim_start_matches(|c: char| c.is_ascii_digit()).strip_prefix("<<")?;
    let (tabs, word) = word.strip_prefix('-').map_or((false, word), |word| (true, word));
    let name: String = word.chars().filter(|c| !matches!(c, '"' | '\'')).collect();
    let is_name = !name.is_empty() && !name.contains(['<', '>', '&', ';', '|', '(', ')']);
    is_name.then_some((name, tabs))
}

/// The bytes of a here-document with the line that ends it.
fn body(text: &str, (delimiter, tabs): &(String, bool)) -> Option<usize> {
    let mut length = 0;
    for line in text.split_inclusive('\n') {
        length += line.len();
        let content = line.trim_end_matches(['\n', '\r']);
        let content = if *tabs { content.trim_start_matches('\t') } else { content };
        if content == delimiter {
            return Some(length);
        }
    }
    None
}
