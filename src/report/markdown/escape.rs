//! Text that is shown as it is in Markdown, whatever it holds: no link, no mention, no tag, no end of a fence.

use crate::report::words::clean;

/// A code span.
pub(super) fn code(text: &str) -> String {
    let text = one_line(text);
    let fence = "`".repeat(longest_run(&text) + 1);
    let pad = if text.starts_with('`') || text.ends_with('`') || text.trim().is_empty() { " " } else { "" };
    format!("{fence}{pad}{text}{pad}{fence}")
}

/// A sentence with names in backticks, which become code spans.
pub(super) fn prose(text: &str) -> String {
    let text = one_line(text);
    let parts: Vec<&str> = text.split('`').collect();
    if parts.len().is_multiple_of(2) {
        return plain(&text);
    }
    let parts = parts.iter().enumerate().map(|(at, part)| match at % 2 {
        1 if part.is_empty() => plain("``"),
        1 => code(part),
        _ => plain(part),
    });
    parts.collect()
}

/// A block of code.
pub(super) fn fenced(language: &str, text: &str) -> String {
    let text = clean(text);
    let fence = "`".repeat(longest_run(&text).max(2) + 1);
    let end = if text.ends_with('\n') { "" } else { "\n" };
    format!("{fence}{language}\n{text}{end}{fence}\n")
}

/// Text inside a tag.
pub(super) fn html(text: &str) -> String {
    let text = one_line(text);
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('@', "&#64;")
        .replace('`', "&#96;")
}

fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => plain.push_str("&amp;"),
            '<' => plain.push_str("&lt;"),
            '>' => plain.push_str("&gt;"),
            '@' => plain.push_str("&#64;"),
            // an address alone becomes a link
            '/' => plain.push_str("&#47;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '#' | '|' | '~' | '$' => plain.extend(['\\', c]),
            c => plain.push(c),
        }
    }
    plain
}

fn one_line(text: &str) -> String {
    clean(&text.replace(['\r', '\n'], " "))
}

fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::{code, fenced, html, prose};

    #[test]
    fn spans_and_fences_outlast_their_text() {
        assert_eq!(code("a"), "`a`");
        assert_eq!(code("a`b``c"), "```a`b``c```");
        assert_eq!(code("`a"), "`` `a ``");
        assert_eq!(fenced("diff", "+```\n+x"), "````diff\n+```\n+x\n````\n");
    }

    #[test]
    fn prose_is_plain_but_for_its_names() {
        assert_eq!(prose("`web`: see [a](b) <i> @all"), "`web`: see \\[a\\](b) &lt;i&gt; &#64;all");
        assert_eq!(prose("odd ` tick\nnext"), "odd \\` tick next");
        assert_eq!(html("<b>`@x`"), "&lt;b&gt;&#96;&#64;x&#96;");
    }
}
