//! Times as Compose writes them once it has resolved a file. Only notation.

/// `1m30s` in seconds; parts of a second do not count.
pub(super) fn seconds(text: &str) -> Option<u64> {
    let (mut total, mut number) = (0, String::new());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '0'..='9' => number.push(c),
            '.' => while chars.next_if(char::is_ascii_digit).is_some() {},
            'm' if chars.next_if_eq(&'s').is_some() => number.clear(),
            'h' | 'm' | 's' => {
                let unit = [('h', 3600), ('m', 60), ('s', 1)].into_iter().find(|(unit, _)| *unit == c)?.1;
                total += number.parse::<u64>().ok()? * unit;
                number.clear();
            }
            _ => return None,
        }
    }
    number.is_empty().then_some(total)
}

#[cfg(test)]
mod tests {
    use super::seconds;

    #[test]
    fn whole_seconds() {
        let cases =
            [("1h2m3.5s", Some(3723)), ("10s", Some(10)), ("500ms", Some(0)), ("x", None), ("5", None)];
        for (text, expected) in cases {
            assert_eq!(seconds(text), expected, "{text}");
        }
    }
}
