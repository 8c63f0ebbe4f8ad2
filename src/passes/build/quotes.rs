//! Lists of words that are no JSON, such as `['node', 'server.js']`: builders take them for a command of a shell.
//!
//! Says what was meant where that is plain. What only looks like a list, such as `[ -f /ready ]`, is none.

use std::ops::Range;

/// A list that no builder reads as one.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Broken {
    /// Its words, where each can be told.
    pub(super) words: Option<Vec<String>>,
    /// The bytes of all its quotes, where nothing but these is wrong.
    pub(super) quotes: Option<Vec<Range<usize>>>,
}

/// Words after which a `$` is for a shell.
const SHELLS: [&str; 6] = ["sh", "bash", "ash", "/bin/sh", "/bin/bash", "/bin/ash"];

/// Reads what follows `CMD`; `None` where it is a list, or not meant to be one.
pub(super) fn broken(text: &str) -> Option<Broken> {
    let is_json = serde_json::from_str::<Vec<serde_json::Value>>(text.trim()).is_ok();
    if is_json || !is_meant(text.trim()) {
        return None;
    }
    let mut reader = Reader { text, at: text.find('[')? + 1, quotes: Vec::new(), is_plain: true };
    let words = reader.words();
    let is_shell = |words: &Vec<String>| words.first().is_some_and(|it| SHELLS.contains(&it.as_str()));
    let has_variable = words.as_ref().is_some_and(|words| words.iter().any(|word| word.contains('$')));
    let is_plain = reader.is_plain && (!has_variable || words.as_ref().is_some_and(is_shell));
    let quotes = words.as_ref().filter(|_| is_plain).map(|_| reader.quotes);
    Some(Broken { words, quotes })
}

/// Whether brackets are meant to be those of a list.
fn is_meant(text: &str) -> bool {
    let Some(inner) = text.strip_prefix('[').filter(|inner| !inner.starts_with('[')) else { return false };
    let is_test = inner.starts_with(char::is_whitespace);
    let is_quoted = inner.trim_start().starts_with(is_quote);
    let has_comma = text.char_indices().any(|(at, c)| {
        let before = text.get(..at).and_then(|before| before.chars().next_back());
        c == ',' && before.is_some_and(is_quote)
    });
    if is_test { is_quoted && has_comma } else { is_quoted || text.ends_with(']') }
}

fn is_quote(c: char) -> bool {
    matches!(c, '"' | '\'' | '`' | '\u{201c}' | '\u{201d}' | '\u{2018}' | '\u{2019}')
}

/// The quote that ends what another begins.
fn closing(open: char) -> &'static [char] {
    match open {
        '"' => &['"'],
        '\'' => &['\''],
        '`' => &['`', '\''],
        '\u{201c}' | '\u{201d}' => &['\u{201c}', '\u{201d}'],
        _ => &['\u{2018}', '\u{2019}'],
    }
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
    quotes: Vec<Range<usize>>,
    /// Whether only quotes are wrong so far.
    is_plain: bool,
}

impl Reader<'_> {
    fn peek(&self) -> Option<char> {
        self.text.get(self.at..)?.chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += c.len_utf8();
        Some(c)
    }

    /// The words up to the end; `None` where one cannot be told.
    fn words(&mut self) -> Option<Vec<String>> {
        let mut words = Vec::new();
        loop {
            let commas = self.separators();
            match self.peek() {
                None => self.is_plain = false,
                Some(']') => {
                    self.at += 1;
                    self.is_plain &= commas == 0;
                    let rest = self.text.get(self.at..).unwrap_or_default();
                    rest.trim().is_empty().then_some(())?;
                }
                Some(c) => {
                    self.is_plain &= commas == usize::from(!words.is_empty());
                    words.push(self.word(c)?);
                    continue;
                }
            }
            return (!words.is_empty()).then_some(words);
        }
    }

    /// Goes over blanks and commas, and counts these.
    fn separators(&mut self) -> usize {
        let mut commas = 0;
        while let Some(c) = self.peek().filter(|c| c.is_whitespace() || *c == ',') {
            commas += usize::from(c == ',');
            self.at += c.len_utf8();
        }
        commas
    }

    fn word(&mut self, first: char) -> Option<String> {
        let mut word = String::new();
        if !is_quote(first) {
            self.is_plain = false;
            while let Some(c) = self.peek().filter(|c| !c.is_whitespace() && !matches!(c, ',' | ']')) {
                word.push(c);
                self.at += c.len_utf8();
            }
            return (!word.contains(is_quote)).then_some(word);
        }
        self.quotes.push(self.at..self.at + first.len_utf8());
        self.next();
        loop {
            let c = self.next()?;
            if closing(first).contains(&c) {
                self.quotes.push(self.at - c.len_utf8()..self.at);
                break;
            }
            // what JSON writes otherwise
            self.is_plain &= !matches!(c, '"' | '\\') && !c.is_control();
            word.push(c);
        }
        let is_end = self.peek().is_none_or(|c| c.is_whitespace() || matches!(c, ',' | ']'));
        (is_end && !word.is_empty()).then_some(word)
    }
}

#[cfg(test)]
mod tests {
    use super::broken;

    /// The words, and whether only quotes are wrong; `-` for what is no broken list.
    fn said(text: &str) -> String {
        let Some(broken) = broken(text) else { return "-".to_owned() };
        let words = broken.words.map_or("?".to_owned(), |words| words.join("|"));
        words + if broken.quotes.is_some() { " plain" } else { "" }
    }

    #[test]
    fn what_was_meant() {
        let cases = [
            ("['node', 'server.js']", "node|server.js plain"),
            (" [ 'node','server.js' ] ", "node|server.js plain"),
            ("[\u{201c}node\u{201d}, \u{201c}a.js\u{201d}]", "node|a.js plain"),
            ("[\"node\", 'a.js']", "node|a.js plain"),
            ("['sh', '-c', 'echo $A']", "sh|-c|echo $A plain"),
            ("['echo', '$A']", "echo|$A"),
            ("[\"node\", \"a.js\",]", "node|a.js"),
            ("[\"node\" \"a.js\"]", "node|a.js"),
            ("[\"node\", \"a.js\"", "node|a.js"),
            ("[node, a.js]", "node|a.js"),
            ("['a', 'it's']", "?"),
            ("['a', 'say \"b\"']", "a|say \"b\""),
            ("['a'] && b", "?"),
            ("[\"a", "?"),
            ("[\"a\"]", "-"),
            ("[]", "-"),
            ("[\"a\", 1]", "-"),
            ("[ -f /ready ]", "-"),
            ("[ \"$A\" = 'x' ] && b", "-"),
            ("[[ -f /ready ]]", "-"),
            ("node a.js", "-"),
        ];
        for (text, expected) in cases {
            assert_eq!(said(text), expected, "{text}");
        }
    }
}
