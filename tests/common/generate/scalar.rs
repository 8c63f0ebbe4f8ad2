//! Writes one string in the form that is asked for, or, where that would change what it means, in double quotes.

use super::node::{KeyLook, Look};

/// A key.
pub fn key(text: &str, look: KeyLook) -> String {
    match look {
        // in quotes it would be an ordinary key
        _ if text == "<<" => text.to_owned(),
        KeyLook::Single => single(text),
        KeyLook::Double => double(text),
        _ if is_plain(text, true) => text.to_owned(),
        _ => double(text),
    }
}

/// A string on the line of its key, or over lines that are indented.
pub fn inline(text: &str, look: Look, indent: usize) -> String {
    match look {
        Look::Single if !text.contains('\n') => single(text),
        Look::Double | Look::Tight => double(text),
        Look::OverLines => over_lines(text, indent),
        _ if is_plain(text, false) => text.to_owned(),
        _ => double(text),
    }
}

/// A string in brackets.
pub fn in_brackets(text: &str, brackets: Look, own: Look) -> String {
    match own {
        _ if brackets == Look::Tight => double(text),
        Look::Single if !text.contains('\n') => single(text),
        Look::Double => double(text),
        _ if is_plain(text, true) => text.to_owned(),
        _ => double(text),
    }
}

/// Whether it is written as a block.
pub fn is_block(text: &str, look: Look) -> bool {
    let is_possible = !text.is_empty() && !text.starts_with([' ', '\n']) && !text.contains('\t');
    is_possible && matches!(look, Look::Literal | Look::Folded)
}

/// What a block begins with.
pub fn block_head(text: &str, look: Look) -> &'static str {
    let is_folded = look == Look::Folded && !text.trim_end_matches('\n').contains('\n');
    match (is_folded, text.ends_with('\n')) {
        (true, true) => ">",
        (true, false) => ">-",
        (false, true) => "|",
        (false, false) => "|-",
    }
}

/// Broken where there is a single blank.
fn over_lines(text: &str, indent: usize) -> String {
    let is_plain = is_plain(text, false);
    let deep = " ".repeat(indent);
    match text.split_once(' ') {
        Some((first, rest)) if !rest.is_empty() && !first.is_empty() && !rest.starts_with([' ', '#']) => {
            if is_plain && !rest.starts_with('-') {
                format!("{first}\n{deep}{rest}")
            } else {
                let (first, rest) = (double(first), double(rest));
                format!("{}\n{deep}{}", first.trim_end_matches('"'), rest.trim_start_matches('"'))
            }
        }
        _ if is_plain => text.to_owned(),
        _ => double(text),
    }
}

fn single(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

fn double(text: &str) -> String {
    let escaped = text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n").replace('\t', "\\t");
    format!("\"{escaped}\"")
}

/// Whether it is the same string without quotes to every reader.
fn is_plain(text: &str, in_brackets: bool) -> bool {
    let first = text.starts_with(|c: char| c.is_alphanumeric() || "/.$_<".contains(c));
    let marks = if in_brackets { "-_./:@=+$" } else { "-_./:@=+${}, &'\"%()" };
    let inside = text.chars().all(|c| c.is_alphanumeric() || marks.contains(c));
    let broken = text.contains(": ") || text.contains(" #") || text.ends_with([':', ' ']);
    // a colon before a bracket or comma ends a key
    let is_key = in_brackets && text.contains(':') && text.contains("::");
    first && inside && !broken && !is_key && !is_other(text)
}

/// Whether a reader may take it for a number, a boolean, a date or nothing.
fn is_other(text: &str) -> bool {
    let words =
        ["", "~", "null", "true", "false", "yes", "no", "on", "off", "y", "n", ".inf", ".nan", ".", "<<"];
    let numeric = text.starts_with(|c: char| c.is_ascii_digit() || c == '.')
        && text.chars().all(|c| c.is_ascii_hexdigit() || "xob_.:+-eTZ".contains(c));
    words.contains(&text.to_lowercase().as_str()) || numeric
}
