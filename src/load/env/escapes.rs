//! Escapes of values in double quotes, as Go's `strconv` and Compose's pattern for them leave them.

/// The escapes of a value in double quotes: `\n` and the like, `\"`, `\\`, `\$`, and `\0` before an octal number of
/// three digits. What is none stays.
pub(super) fn unescape(text: &str) -> String {
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
