//! Says the parser's complaints in words for people, and points at the byte that is to blame.

use crate::source::Span;
use crate::yaml::ErrorKind;
use granit_parser::{ErrorKind as Complaint, ScanError};

/// A complaint in our words.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) kind: ErrorKind,
    pub(super) span: Span,
    pub(super) help: Option<String>,
}

/// Translates the parser's complaint about a text. `depth` is the nesting limit it ran with.
pub(super) fn translate(text: &str, error: &ScanError, depth: usize) -> Fault {
    let at = error.marker().byte_offset().unwrap_or_default().min(text.len());
    if let Some(tab) = blamed_tab(text, at, error.kind()) {
        return self::tab(tab);
    }
    if let Some(alias) = alias_as_key(text, at, error.kind()) {
        return alias;
    }
    if let Some(fault) = open_quote(text, at, error.kind()) {
        return fault;
    }
    let (kind, help) = match unclosed(error.kind()) {
        Some(what) => (ErrorKind::Unclosed(what), None),
        None if *error.kind() == Complaint::RecursionLimitExceeded => (ErrorKind::TooDeep(depth), None),
        None => {
            let (message, help) = words(error.kind());
            (ErrorKind::Syntax(message), help.map(str::to_owned))
        }
    };
    Fault { kind, span: token(text, at), help }
}

/// The complaint about a tab.
pub(super) fn tab(at: usize) -> Fault {
    Fault { kind: ErrorKind::Tab, span: Span::new(at, at + 1), help: Some("use spaces".to_owned()) }
}

/// `*name:` where `*name :` was meant: the parser takes the colon as part of the name.
fn alias_as_key(text: &str, at: usize, complaint: &Complaint) -> Option<Fault> {
    let word = text.get(at..)?.split_whitespace().next()?;
    let alias = word.strip_suffix(':').filter(|alias| alias.starts_with('*'))?;
    (*complaint == Complaint::SimpleKeyExpected).then(|| Fault {
        kind: ErrorKind::Syntax("an alias used as a key needs a space before its colon".to_owned()),
        span: Span::new(at, at + word.len()),
        help: Some(format!("write `{alias} :`")),
    })
}

/// Quoted text that goes on in a line that is not indented: as good as always a quote that was never closed, so the
/// opening quote is to blame and not the line where the parser gave up.
fn open_quote(text: &str, at: usize, complaint: &Complaint) -> Option<Fault> {
    let before = text.get(..at).filter(|_| *complaint == Complaint::InvalidQuotedScalarIndent)?;
    let opens = |&(start, quote): &(usize, char)| {
        let line = before.get(start + 1..).and_then(|rest| rest.lines().next()).unwrap_or_default();
        let previous = before.get(..start).and_then(|text| text.chars().next_back());
        !line.contains(quote) && previous.is_none_or(|c| c.is_whitespace() || "[{,".contains(c))
    };
    let quotes = before.char_indices().rev().filter(|(_, c)| matches!(c, '"' | '\''));
    let (start, _) = quotes.take(64).find(opens)?;
    let help = "close it, or indent every line of the quoted text";
    Some(Fault { kind: ErrorKind::Unclosed("quote"), span: token(text, start), help: Some(help.to_owned()) })
}

/// What was opened and never closed.
fn unclosed(complaint: &Complaint) -> Option<&'static str> {
    match complaint {
        Complaint::UnclosedQuotedScalar => Some("quote"),
        Complaint::UnclosedFlowCollection { open: '[' } => Some("`[`"),
        Complaint::UnclosedFlowCollection { open: '{' } => Some("`{`"),
        _ => None,
    }
}

/// Message and help of a complaint; what we have no better words for is passed on without its preamble.
fn words(complaint: &Complaint) -> (String, Option<&'static str>) {
    use Complaint as C;
    let (message, help) = match complaint {
        C::ExpectedBlockMappingKey => {
            ("expected a key here", Some("all keys of a mapping must start in the same column"))
        }
        C::ExpectedBlockSequenceEntry => {
            ("expected `-` here", Some("a list and a mapping cannot be mixed; check the indentation"))
        }
        C::SimpleKeyExpected | C::InvalidSimpleKey => {
            ("expected `:` after this key", Some("write `key: value`, with a space after the colon"))
        }
        C::MappingValueNotAllowed | C::InvalidMappingValueWhitespace => {
            ("`:` is not allowed here", Some("quote a value that contains `: `, or check the indentation"))
        }
        C::MappingKeyNotAllowed => ("a key is not allowed here", Some("check the indentation")),
        C::InvalidColonPlacement => {
            ("`:` is not allowed here", Some("is a bracket or a quote before it left open?"))
        }
        C::BlockSequenceEntryNotAllowed => {
            ("a list is not allowed here", Some("start the list on its own line below the key"))
        }
        C::ExpectedFlowSequenceSeparator => ("expected `,` or `]`", None),
        C::ExpectedFlowMappingSeparator => ("expected `,` or `}`", None),
        C::UnexpectedEofFlowSequence => ("the file ends before `]`", None),
        C::UnexpectedEofFlowMapping | C::UnexpectedEofImplicitFlowMapping => {
            ("the file ends before `}`", None)
        }
        C::MisplacedFlowCollectionEnd => ("this bracket closes nothing", None),
        C::InvalidIndentation | C::InvalidFlowScalarIndent => {
            ("wrong indentation", Some("indent it more than the key it belongs to"))
        }
        C::InvalidQuotedScalarIndent => (
            "wrong indentation in quoted text",
            Some("close the quote before it, or indent every line of the quoted text"),
        ),
        C::InvalidBlockScalarIndent => ("wrong indentation in a block of text", None),
        C::InvalidTrailingSingleQuotedScalar | C::InvalidTrailingDoubleQuotedScalar => {
            ("text after the closing quote", Some("put the quotes around the whole value"))
        }
        C::UnknownQuotedScalarEscape => {
            ("unknown escape in double quotes", Some("use single quotes, or write `\\\\`"))
        }
        C::CommentNotSeparated => ("a comment needs a blank before its `#`", None),
        C::MissingAnchorOrAliasName => {
            ("`&` and `*` must be followed by a name", Some("quote the value if it is meant as text"))
        }
        C::DocumentIndicatorInQuotedScalar => ("a new document starts inside quoted text", None),
        C::UnexpectedCharacter { .. } | C::PlainScalarStartsWithDashFlowIndicator => {
            ("a value cannot start with this character", Some("quote the value"))
        }
        C::MismatchedFlowCollectionEnd { open, close } => {
            return (format!("`{open}` is closed by `{close}`"), None);
        }
        C::ExpectedDocumentStart => ("expected the end of the file here", Some("check the indentation")),
        other => return (without_preamble(&other.to_string()), None),
    };
    (message.to_owned(), help)
}

fn without_preamble(message: &str) -> String {
    let told = message.split_once(", ").filter(|(preamble, _)| preamble.starts_with("while "));
    told.map_or(message, |(_, rest)| rest).trim_end_matches('.').to_owned()
}

/// The tab that a complaint is about: one in the indent of the line at hand or, for a complaint that is about
/// tabs, of a line after it.
fn blamed_tab(text: &str, at: usize, complaint: &Complaint) -> Option<usize> {
    let line = text.get(..at)?.rfind('\n').map_or(0, |before| before + 1);
    if let Some(tab) = tab_in_indent(text, line) {
        return Some(tab);
    }
    let about_tabs = matches!(
        complaint,
        Complaint::TabNotAllowed
            | Complaint::TabInBlockIndentation
            | Complaint::TabInIndentation
            | Complaint::TabInPlainScalar
            | Complaint::TabAtBlockScalarStart
    );
    let rest = text.get(at..)?;
    let next = at + rest.find('\n')? + 1;
    about_tabs.then(|| tab_in_indent(text, next)).flatten()
}

fn tab_in_indent(text: &str, line: usize) -> Option<usize> {
    let rest = text.get(line..)?;
    let spaces = rest.len() - rest.trim_start_matches(' ').len();
    rest.as_bytes().get(spaces).filter(|&&byte| byte == b'\t').map(|_| line + spaces)
}

/// The word at an offset: what a person would underline.
fn token(text: &str, at: usize) -> Span {
    let at = (0..=at).rev().find(|&at| text.is_char_boundary(at)).unwrap_or_default();
    let rest = text.get(at..).unwrap_or_default();
    let first = rest.chars().next().filter(|&c| c != '\n' && c != '\r').map_or(0, char::len_utf8);
    let word = rest.find(|c: char| c.is_whitespace() || ":,[]{}\"'".contains(c)).unwrap_or(rest.len());
    Span::new(at, at + word.max(first))
}
