//! One line of a Compose file, looked at as text alone: what it opens, and how much of it may be shown.

use super::LONG;

/// Words that a name with a secret contains.
const SECRET_WORDS: [&str; 12] = [
    "passw",
    "passphrase",
    "_pass",
    "requirepass",
    "pwd",
    "secret",
    "token",
    "api_key",
    "apikey",
    "_key",
    "credential",
    "environment",
];

/// Keys below which names have values that may be anything.
const NAMED: [&str; 5] = ["args", "labels", "annotations", "driver_opts", "ssh"];

/// Keys whose values may be any text.
const FREE: [&str; 6] = ["command", "entrypoint", "test", "content", "dockerfile_inline", "probe"];

/// Those of them that no key of Compose is like.
const MISSPELLED: [&str; 6] =
    ["environment", "labels", "annotations", "driver_opts", "command", "entrypoint"];

/// Keys of an extension (`x-…`) whose values may be shown: those that hardening writes or is about. Others may mean
/// anything.
const PLAIN: [&str; 36] = [
    "<<",
    "cap_add",
    "cap_drop",
    "cpus",
    "depends_on",
    "deploy",
    "driver",
    "healthcheck",
    "image",
    "init",
    "interval",
    "limits",
    "logging",
    "max-file",
    "max-size",
    "mem_limit",
    "mem_reservation",
    "memory",
    "mode",
    "networks",
    "options",
    "pids",
    "pids_limit",
    "platform",
    "ports",
    "privileged",
    "read_only",
    "reservations",
    "resources",
    "restart",
    "retries",
    "security_opt",
    "timeout",
    "tmpfs",
    "user",
    "volumes",
];

/// The extension that is our own: a policy, whose faults have to be seen.
const OURS: &str = "x-harden";

/// What the lines below one are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Below {
    /// Compose keys like any other.
    Plain,
    /// Names, each with a value that may be a secret.
    Names,
    /// An extension, of which only a few keys are known.
    Extension,
    /// Text that may be anything.
    Text,
}

pub(super) struct Line<'a> {
    pub(super) indent: usize,
    is_item: bool,
    pub(super) is_empty: bool,
    content: &'a str,
}

impl<'a> Line<'a> {
    pub(super) fn of(text: &'a str) -> Self {
        let text = text.trim_start_matches('\u{feff}');
        let trimmed = text.trim_start();
        Self {
            // a tab is an error, and may stand for any indent
            indent: text
                .chars()
                .take_while(|c| c.is_whitespace())
                .map(|c| if c == '\t' { 8 } else { 1 })
                .sum(),
            is_item: trimmed.starts_with("- ") || trimmed.trim_end() == "-",
            is_empty: trimmed.is_empty() || trimmed.starts_with('#'),
            content: trimmed.trim_start_matches(['-', ' ']),
        }
    }

    /// Whether the line below is in the block that this line opens; a list may be flush with its key.
    pub(super) fn encloses(&self, below: &Self) -> bool {
        self.indent < below.indent || (self.indent == below.indent && below.is_item && !self.is_item)
    }

    /// What this line opens, where it is itself below a line that opens `around`.
    pub(super) fn opens(&self, around: Below) -> Below {
        let key = self.key();
        match around {
            Below::Text => Below::Text,
            _ if self.opens_text() || FREE.contains(&&*key) => Below::Text,
            Below::Names if self.has_value() => Below::Text,
            Below::Names => Below::Names,
            _ if is_secret(&key) => Below::Names,
            _ if key.starts_with("x-") && key != OURS => Below::Extension,
            Below::Extension if !PLAIN.contains(&&*key) => Below::Extension,
            _ => Below::Plain,
        }
    }

    fn key(&self) -> String {
        let key = self.content.split(':').next().unwrap_or_default();
        key.trim_matches(['"', '\'', ' ', '{']).to_ascii_lowercase()
    }

    /// Whether anything but an anchor or a tag follows the key.
    fn has_value(&self) -> bool {
        let value = self.content.split_once(':').map_or(self.content, |(_, value)| value);
        let value = value.split(" #").next().unwrap_or_default();
        value.split_whitespace().any(|word| !word.starts_with(['&', '!', '#']))
    }

    /// Whether the lines below are a block of text.
    fn opens_text(&self) -> bool {
        let content = self.content.split(" #").next().unwrap_or_default();
        let last = content.split_whitespace().next_back().unwrap_or_default();
        last.starts_with(['|', '>']) && last.chars().skip(1).all(|c| matches!(c, '+' | '-' | '1'..='9'))
    }
}

fn is_secret(key: &str) -> bool {
    NAMED.contains(&key)
        || key.contains("env")
        || is_misspelled(key)
        || SECRET_WORDS.iter().any(|word| key.contains(word))
}

/// Whether a key was meant to be one with values that are not shown: `enviroment`.
fn is_misspelled(key: &str) -> bool {
    let may_be =
        |known: &&&str| key.len().abs_diff(known.len()) <= 2 && key.chars().next() == known.chars().next();
    let meant = |known: &&str| (1..=2).contains(&strsim::damerau_levenshtein(key, known));
    MISSPELLED.iter().filter(may_be).any(meant)
}

/// How many bytes from the start of a line may be shown, where it is below a line that opens `around`.
pub(super) fn shown(text: &str, around: Below) -> usize {
    let start = text.len() - text.trim_start_matches([' ', '-', '\t', '#', '\u{feff}']).len();
    let inside = match around {
        Below::Plain if is_misspelled(&Line::of(text).key()) => name(text, start).unwrap_or(text.len()),
        Below::Text => start,
        Below::Names => name(text, start).unwrap_or(start),
        Below::Extension if PLAIN.contains(&&*Line::of(text).key()) => text.len(),
        Below::Extension if Line::of(text).has_value() => name(text, start).unwrap_or(start),
        Below::Plain | Below::Extension => text.len(),
    };
    inside.min(outside(text))
}

/// The end of `NAME:` or, in an item, of `NAME=`: a line that goes on with a value from above has neither.
fn name(text: &str, start: usize) -> Option<usize> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-' | '/' | '"' | '\'');
    let rest = text.get(start..)?;
    let end = rest.find(|c| !is_name(c))?;
    let after = rest.get(end..)?;
    let is_item = text.get(..start)?.contains('-');
    let ends = after == ":" || after.starts_with(": ") || (is_item && after.starts_with('='));
    (end > 0 && ends).then_some(start + end + 1)
}

/// In any line everything up to a value whose name or form speaks of a secret.
fn outside(text: &str) -> usize {
    let lower = text.to_ascii_lowercase();
    let named = SECRET_WORDS.iter().filter_map(|word| {
        let after = lower.find(word)? + word.len();
        let rest = lower.get(after..)?;
        rest.find([':', '=', ' ']).map(|at| after + at + 1)
    });
    let keys = NAMED.iter().chain(&FREE).filter_map(|key| after_key(&lower, key));
    // a password may follow even where the line is cut off before its `@`
    let is_cut = text.len() >= LONG;
    let address =
        lower.find("://").filter(|&at| is_cut || lower.get(at..).is_some_and(|rest| rest.contains('@')));
    let first = named.chain(keys).chain(address.map(|at| at + 3)).chain(extension(&lower)).min();
    first.unwrap_or(text.len()).min(text.len())
}

/// The end of `key:`, as a whole word.
fn after_key(line: &str, key: &str) -> Option<usize> {
    line.match_indices(key).find_map(|(at, _)| {
        let starts = line.get(..at)?.chars().next_back().is_none_or(|c| " \t{,\"'".contains(c));
        let after = line.get(at + key.len()..)?;
        let colon = after.trim_start_matches(['"', '\'', ' ']).starts_with(':');
        (starts && colon).then(|| Some(at + key.len() + after.find(':')? + 1))?
    })
}

/// The end of `x-name:` before a value.
fn extension(line: &str) -> Option<usize> {
    let at = line.match_indices("x-").map(|(at, _)| at);
    let mut keys = at.filter(|&at| {
        let before = line.get(..at).and_then(|before| before.chars().next_back());
        let is_ours = line.get(at..).is_some_and(|key| Line::of(key).key() == OURS);
        !is_ours && before.is_none_or(|c| " \t{,\"'\u{feff}".contains(c))
    });
    let at = keys.find(|&at| line.get(at..).is_some_and(|key| Line::of(key).has_value()))?;
    let end = at + line.get(at..)?.find(':')? + 1;
    // an image or a path may have such a name, too
    line.get(end..)?.starts_with([' ', '\t']).then_some(end)
}
