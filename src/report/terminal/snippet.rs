//! A message with its place underlined in the source.

use std::fmt::Write as _;
use std::ops::Range;

use annotate_snippets::{Annotation, AnnotationKind, Group, Level, Origin, Renderer, Snippet};

use super::{HELP, paint};
use crate::report::redact::{LONG, MASK, Masks, visible};
use crate::report::words::{clean, is_steering};
use crate::report::{Message, MessageKind, shown_name};
use crate::source::{Place, Source};

/// The message in full, with colours.
#[must_use]
pub fn message(sources: &[Source], message: &Message<'_>) -> String {
    let level = match message.kind {
        MessageKind::Error => Level::ERROR,
        MessageKind::Warning => Level::WARNING,
    };
    let masks = Masks::new(sources);
    let title = level.primary_title(clean(&masks.message(message.text, message.place)));
    let mut group = Group::with_title(title);
    for (place, label, kind) in places(message) {
        if let Some(shown) = Shown::new(sources, place) {
            group = if shown.is_in_place() {
                group.element(shown.snippet(kind, label))
            } else {
                group.element(shown.origin())
            };
        }
    }
    let help = message.help.and_then(|help| masks.help(message.text, help, message.place));
    let help = help.as_deref().map(clean);
    if let (Some(help), true) = (&help, message.place.is_some()) {
        group = group.element(Level::HELP.message(help));
    }
    let mut text = Renderer::styled().render(&[group]);
    text.push('\n');
    if let (Some(help), None) = (help, message.place) {
        let _ = writeln!(text, "{}: {help}", paint(HELP, "help"));
    }
    text
}

fn places<'a>(message: &Message<'a>) -> impl Iterator<Item = (Place, Option<&'a str>, AnnotationKind)> {
    let first = message.place.map(|place| (place, None, AnnotationKind::Primary));
    let second = message.note.map(|(place, label)| (place, Some(label), AnnotationKind::Context));
    first.into_iter().chain(second)
}

/// The first line of a place, as it may be shown.
struct Shown {
    name: String,
    line: usize,
    /// In the file; the text may be shorter than the line.
    column: usize,
    text: String,
    underlined: Range<usize>,
}

impl Shown {
    fn new(sources: &[Source], place: Place) -> Option<Self> {
        let source = sources.get(usize::from(place.file.0))?;
        let line = source.line(place.span.start);
        let span = source.line_span(line);
        let whole = cut(source.slice(span), place.span.start.saturating_sub(span.start) as usize + LONG);
        let bom = whole.len() - whole.trim_start_matches('\u{feff}').len();
        let clear = visible(source, line, whole).max(bom);
        let mut text = printable(whole.get(bom..clear)?);
        let hides = whole.get(clear..).is_some_and(|hidden| !hidden.trim().is_empty());
        if hides {
            text.push_str(if text.ends_with([' ', '=']) { "" } else { " " });
            text.push_str(MASK);
        }
        let within = |offset: u32| {
            let at = (offset.saturating_sub(span.start) as usize).saturating_sub(bom);
            if hides && at > clear - bom { text.len() } else { at.min(text.len()) }
        };
        let start = within(place.span.start).min(if hides { text.len() - MASK.len() } else { text.len() });
        let underlined = start..within(place.span.end).max(start);
        let (_, column) = source.line_col(place.span.start);
        Some(Self { name: clean(&shown_name(source.name())), line, column, text, underlined })
    }

    /// Whether the place is in the part of the line that is shown.
    fn is_in_place(&self) -> bool {
        let before = self.text.get(..self.underlined.start).unwrap_or_default();
        before.chars().count() + 1 == self.column
    }

    /// The place alone.
    fn origin(self) -> Origin<'static> {
        Origin::path(self.name).line(self.line).char_column(self.column)
    }

    fn snippet(self, kind: AnnotationKind, label: Option<&str>) -> Snippet<'_, Annotation<'_>> {
        let annotation = kind.span(self.underlined).label(label);
        Snippet::source(self.text).line_start(self.line).path(self.name).annotation(annotation)
    }
}

/// At most so many bytes from the start of a text.
fn cut(text: &str, most: usize) -> &str {
    let end = (0..=most.min(text.len())).rev().find(|&end| text.is_char_boundary(end));
    end.and_then(|end| text.get(..end)).unwrap_or(text)
}

/// The text without what would move the cursor, at the same length.
fn printable(text: &str) -> String {
    let replace = |c: char| match c {
        '\t' => '\t',
        c if c.is_ascii_control() => '?',
        c if is_steering(c) && c.len_utf8() == 2 => '\u{b7}',
        c if is_steering(c) => '\u{fffd}',
        c => c,
    };
    text.chars().map(replace).collect()
}

#[cfg(test)]
mod tests {
    use super::message;
    use crate::report::{Message, MessageKind};
    use crate::source::{FileId, Place, Source, Span};

    fn rendered(text: &str, at: &str, help: Option<&str>) -> String {
        let start = text.find(at).unwrap();
        let place = Place { file: FileId(0), span: Span::new(start, start + at.len()) };
        let shown = Message {
            kind: MessageKind::Error,
            text: "`mem_limit` must be a size such as 512m",
            help,
            place: Some(place),
            note: None,
        };
        anstream::adapter::strip_str(&message(&[Source::new("compose.yml", text)], &shown)).to_string()
    }

    #[test]
    fn the_place_is_underlined_at_line_and_column() {
        let text = "services:\n  db:\n    mem_limit: lots\n";
        let expected = "\
error: `mem_limit` must be a size such as 512m
 --> compose.yml:3:16
  |
3 |     mem_limit: lots
  |                ^^^^
  |
  = help: write a number and a unit
";
        assert_eq!(rendered(text, "lots", Some("write a number and a unit")), expected);
    }

    #[test]
    fn a_byte_order_mark_and_carriage_returns_do_not_show() {
        let shown = rendered("\u{feff}a: lots\r\nb: 1\r\n", "lots", None);
        assert!(shown.contains(" --> compose.yml:1:4"), "{shown}");
        assert!(shown.contains("1 | a: lots\n  |    ^^^^"), "{shown}");
    }

    #[test]
    fn secrets_do_not_show() {
        let text = "services:\n  db:\n    environment:\n      TOKEN: hush\n";
        let shown = rendered(text, "hush", None);
        assert!(!shown.contains("hush"), "{shown}");
        assert!(shown.contains("4 |       TOKEN: ***\n  |              ^^^"), "{shown}");
        let shown = rendered(text, "TOKEN", None);
        assert!(!shown.contains("hush") && shown.contains("^^^^^"), "{shown}");
        let shown = rendered("{environment: {A: hush}, mem_limit: lots}\n", "lots", None);
        assert!(
            !shown.contains("hush") && shown.contains("compose.yml:1:37") && !shown.contains('^'),
            "{shown}"
        );
    }

    #[test]
    fn escape_sequences_of_the_file_do_not_reach_the_terminal() {
        let shown = rendered("a: \u{1b}[31mlots\n", "lots", None);
        assert!(shown.contains("a: ?[31mlots"), "{shown}");
    }
}
