//! How one string is written: plain where every YAML reads it back as that string, quoted otherwise.
//!
//! Knows the scalar rules of YAML 1.1 and 1.2 and no other notation.

/// Which quotes a file prefers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Quote {
    /// `'text'`
    Single,
    /// `"text"`
    #[default]
    Double,
}

/// How a string is to be written.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Manner {
    /// The quotes to use where quotes are used.
    pub quote: Quote,
    /// Quotes even where plain would do.
    pub always: bool,
    /// Quotes for whatever starts with a digit, as beside `"3"` in `max-size: "10m"`.
    pub digits: bool,
    /// Between brackets, where commas and brackets end a plain scalar.
    pub flow: bool,
}

/// Writes a string at the end of a text.
pub(super) fn write(out: &mut String, text: &str, manner: Manner) {
    let digits = manner.digits && text.starts_with(|first: char| first.is_ascii_digit());
    if !manner.always && !digits && is_plain(text, manner.flow) {
        return out.push_str(text);
    }
    match manner.quote {
        Quote::Single if !needs_escape(text) => single(out, text),
        Quote::Double if needs_backslash(text) && !needs_escape(text) && !text.contains('\'') => {
            single(out, text);
        }
        _ => double(out, text),
    }
}

/// Whether a string may stand without quotes and is still read as this string, by YAML 1.1 and 1.2.
pub(super) fn is_plain(text: &str, flow: bool) -> bool {
    !reads_as_other_type(text)
        && (is_word(text) || has_plain_form(text) && !(flow && text.contains([',', '[', ']', '{', '}'])))
}

/// Letters, digits and what never means anything beside them: most of what is written.
fn is_word(text: &str) -> bool {
    let is_harmless = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'/');
    text.starts_with(|first: char| first.is_ascii_alphanumeric()) && text.bytes().all(is_harmless)
}

fn has_plain_form(text: &str) -> bool {
    text == text.trim()
        && !needs_escape(text)
        && !starts_with_indicator(text)
        && !text.contains(": ")
        && !text.contains(" #")
        && !text.contains('\t')
        && !text.ends_with(':')
}

fn starts_with_indicator(text: &str) -> bool {
    let mut chars = text.chars();
    match chars.next() {
        Some('-' | '?' | ':') => {
            text.starts_with("---") || matches!(chars.next(), None | Some(' ' | ',' | ']'))
        }
        Some(first) => "#,[]{}&*!|>'\"%@`".contains(first) || text.starts_with("..."),
        None => true,
    }
}

fn reads_as_other_type(text: &str) -> bool {
    const WORDS: [&str; 13] =
        ["", "~", "null", "true", "false", "yes", "no", "on", "off", "y", "n", "=", "<<"];
    if WORDS.iter().any(|word| text.eq_ignore_ascii_case(word)) {
        return true;
    }
    // no number and no date starts with a letter
    let lower = || text.to_ascii_lowercase();
    !text.starts_with(|first: char| first.is_ascii_alphabetic()) && (is_number(&lower()) || is_date(&lower()))
}

fn is_number(lower: &str) -> bool {
    let unsigned = lower.strip_prefix(['-', '+']).unwrap_or(lower);
    matches!(unsigned, ".inf" | ".nan")
        || is_radix(unsigned)
        || is_sexagesimal(unsigned)
        || is_float(unsigned)
}

fn is_radix(text: &str) -> bool {
    [("0x", 16), ("0o", 8), ("0b", 2)].into_iter().any(|(prefix, radix)| {
        text.strip_prefix(prefix)
            .is_some_and(|rest| rest.chars().all(|digit| digit.is_digit(radix) || digit == '_'))
    })
}

/// Digits in groups, such as `10:30` and `999:999`; the latter is a number only to lenient readers.
fn is_sexagesimal(text: &str) -> bool {
    text.contains(':') && text.split(':').all(|group| starts_with_digit(group) && is_float(group))
}

fn is_float(text: &str) -> bool {
    let (mantissa, exponent) = text.split_once('e').unwrap_or((text, "0"));
    let exponent = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
    let mut dots = 0;
    let is_mantissa = mantissa.chars().all(|char| {
        dots += usize::from(char == '.');
        char.is_ascii_digit() || char == '_' || char == '.'
    });
    is_mantissa && dots <= 1 && mantissa.contains(|char: char| char.is_ascii_digit()) && is_digits(exponent)
}

fn is_date(text: &str) -> bool {
    let mut parts = text.split(['-', 't', ' ', ':']);
    let year = parts.next().unwrap_or_default();
    year.len() == 4 && is_digits(year) && text.contains('-') && parts.take(2).all(starts_with_digit)
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|char| char.is_ascii_digit())
}

fn starts_with_digit(text: &str) -> bool {
    text.starts_with(|char: char| char.is_ascii_digit())
}

/// Characters that only double quotes can hold.
fn needs_escape(text: &str) -> bool {
    text.chars()
        .any(|char| char.is_control() && char != '\t' || matches!(char, '\u{2028}' | '\u{2029}' | '\u{feff}'))
}

fn needs_backslash(text: &str) -> bool {
    text.contains(['"', '\\'])
}

fn single(out: &mut String, text: &str) {
    out.push('\'');
    out.push_str(&text.replace('\'', "''"));
    out.push('\'');
}

fn double(out: &mut String, text: &str) {
    out.push('"');
    for char in text.chars() {
        match char {
            '"' | '\\' => out.extend(['\\', char]),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            _ if needs_escape(char.encode_utf8(&mut [0; 4])) => {
                out.extend([r"\u", &format!("{:04x}", u32::from(char))]);
            }
            _ => out.push(char),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::{Manner, Quote};

    fn write(text: &str, manner: Manner) -> String {
        let mut out = String::new();
        super::write(&mut out, text, manner);
        out
    }

    fn plain(text: &str) -> bool {
        write(text, Manner::default()) == text
    }

    #[test]
    fn strings_that_stay_strings_are_plain() {
        for text in [
            "512m",
            "ALL",
            "/run:uid=101,gid=101",
            "no-new-privileges:true",
            "json-file",
            "10m",
            "1.5g",
            "${A:-b}",
            "nobody",
            "-x",
            ":ro",
            "a'b",
            "999:999x",
            "v1.2.3",
        ] {
            assert!(plain(text), "{text}");
        }
    }

    #[test]
    fn strings_that_would_be_read_otherwise_are_quoted() {
        for text in [
            "",
            "3",
            "1.0",
            "-1",
            "+1",
            "0x1F",
            "0o7",
            "0755",
            "1_000",
            "1e3",
            ".5",
            "999:999",
            "10:30",
            "yes",
            "No",
            "ON",
            "off",
            "y",
            "N",
            "true",
            "Null",
            "~",
            ".inf",
            ".NaN",
            "2001-01-01",
            "=",
            "<<",
            "a: b",
            "a #b",
            "a:",
            "- a",
            "-",
            "*a",
            "&a",
            "!a",
            "%a",
            "@a",
            "`a",
            "'a",
            "\"a",
            "{a",
            "[a",
            "#a",
            " a",
            "a ",
            "---",
            "a\tb",
        ] {
            assert!(!plain(text), "{text}");
        }
    }

    #[test]
    fn a_comma_needs_quotes_only_between_brackets() {
        let flow = Manner { flow: true, ..Manner::default() };
        assert_eq!(write("/run:uid=1,gid=1", flow), "\"/run:uid=1,gid=1\"");
        assert_eq!(write("ALL", flow), "ALL");
    }

    #[test]
    fn quotes_are_escaped() {
        let single = Manner { quote: Quote::Single, always: true, ..Manner::default() };
        let double = Manner { quote: Quote::Double, always: true, ..Manner::default() };
        assert_eq!(write("it's", single), "'it''s'");
        assert_eq!(write("it's \"x\"", double), "\"it's \\\"x\\\"\"");
        assert_eq!(write("a\"b", double), "'a\"b'");
        assert_eq!(write("a\nb", single), "\"a\\nb\"");
    }

    #[test]
    fn the_referee_reads_back_what_was_written() {
        for text in [
            "3", "yes", "a: b", "999:999", "it's", "\"", "a\nb", "\\", "\u{1b}", "512m", "-x", "a,b",
            "x'y\"z",
        ] {
            for quote in [Quote::Single, Quote::Double] {
                for (always, flow) in [(false, false), (true, false), (false, true)] {
                    let written = write(text, Manner { quote, always, flow, digits: false });
                    let read: String = serde_yaml::from_str(&written).unwrap();
                    assert_eq!(read, text, "{written}");
                }
            }
        }
    }
}
