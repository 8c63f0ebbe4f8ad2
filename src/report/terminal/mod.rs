//! Words for a person at a terminal: the summary of a plan, and messages with their place underlined.
//!
//! Everything is made with colours; the stream that it is printed to takes them away where they are not wanted.
//! Lines of the user's files are shown only through `redact`, because they may hold secrets.

mod advice;
mod assumed;
mod group;
mod snippet;
mod summary;
#[cfg(test)]
mod tests;

use anstyle::{AnsiColor, Effects, Style};

use crate::report::words::is_steering;

pub use snippet::message;
pub use summary::{headline, summary};

pub(in crate::report) const HEADLINE: Style = Style::new().effects(Effects::BOLD);
pub(in crate::report) const SECTION: Style = AnsiColor::Cyan.on_default().effects(Effects::BOLD);
pub(in crate::report) const QUIET: Style = Style::new().effects(Effects::DIMMED);
const BAD: Style = AnsiColor::Red.on_default().effects(Effects::BOLD);
const ODD: Style = AnsiColor::Yellow.on_default().effects(Effects::BOLD);
const HELP: Style = AnsiColor::BrightCyan.on_default().effects(Effects::BOLD);
const REMOVED: Style = AnsiColor::Red.on_default();
const ADDED: Style = AnsiColor::Green.on_default();

/// A text in a style.
pub(in crate::report) fn paint(style: Style, text: &str) -> String {
    format!("{style}{text}{style:#}")
}

/// A unified diff with colours. Not for programs: use it only where colours are wanted.
#[must_use]
pub fn colored_diff(diff: &str) -> String {
    diff.split_inclusive('\n').map(colored_line).collect()
}

fn colored_line(line: &str) -> String {
    let shown = |c: char| if is_steering(c) && !matches!(c, '\t' | '\r' | '\n') { '?' } else { c };
    let line: String = line.chars().map(shown).collect();
    let style = match line.as_bytes() {
        [b'-', b'-', b'-', ..] | [b'+', b'+', b'+', ..] => HEADLINE,
        [b'@', ..] => SECTION,
        [b'-', ..] => REMOVED,
        [b'+', ..] => ADDED,
        _ => return line,
    };
    let (text, end) = line.strip_suffix('\n').map_or((&*line, ""), |text| (text, "\n"));
    format!("{}{end}", paint(style, text))
}
