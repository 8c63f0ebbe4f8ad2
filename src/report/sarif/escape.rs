//! Texts and paths as SARIF reads them.

use std::fmt::Write as _;

/// A path as a relative reference: what is not allowed there is percent-encoded.
pub(super) fn uri(path: &str) -> String {
    let mut uri = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/!$&'()*+,;=@".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            let _ = write!(uri, "%{byte:02X}");
        }
    }
    uri
}

/// A message in which nothing is taken for a link (`[a](b)`) or a placeholder (`{0}`).
pub(super) fn text(message: &str) -> String {
    let mut text = message.to_owned();
    if text.contains("](") {
        text = text.replace('[', "\\[").replace(']', "\\]");
    }
    if has_placeholder(&text) { text.replace('{', "{{").replace('}', "}}") } else { text }
}

fn has_placeholder(text: &str) -> bool {
    text.split('{').skip(1).any(|rest| {
        let digits = rest.chars().take_while(char::is_ascii_digit).count();
        digits > 0 && rest.get(digits..).is_some_and(|rest| rest.starts_with('}'))
    })
}

#[cfg(test)]
mod tests {
    use super::{text, uri};

    #[test]
    fn paths_become_references() {
        assert_eq!(uri("a b/ü#?.yml"), "a%20b/%C3%BC%23%3F.yml");
        assert_eq!(uri("a\n%:\".yml"), "a%0A%25%3A%22.yml");
    }

    #[test]
    fn links_and_placeholders_are_plain_text() {
        assert_eq!(text("[a](b)"), "\\[a\\](b)");
        assert_eq!(text("cap_drop: [ALL]"), "cap_drop: [ALL]");
        assert_eq!(text("x{0}"), "x{{0}}");
        assert_eq!(text("${USER}"), "${USER}");
    }
}
