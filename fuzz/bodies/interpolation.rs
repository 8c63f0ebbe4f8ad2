//! Any text with variables: put in, or a fault; what is escaped comes back as it was.

use harden::compose::interpolate::{Variables, escape, finish, substitute};

struct Known;

impl Variables for Known {
    fn value(&self, name: &str) -> Option<&str> {
        match name {
            "A" => Some("$$B"),
            "B" => Some("}"),
            "E" => Some(""),
            _ => None,
        }
    }
}

pub fn run(data: &[u8]) {
    let text = super::text(data);
    let _ = finish(&text);
    assert_eq!(finish(&escape(&text)).as_deref(), Ok(text.as_str()));
    let _ = substitute(&text, &Known);
}
