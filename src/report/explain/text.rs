//! The text of a pass as a terminal shows it: headings in colour, code indented, and nothing else changed.

use std::fmt::Write as _;

use crate::passes::text::{Part, Section};
use crate::passes::{Meta, PassKind};
use crate::report::terminal::{HEADLINE, SECTION, colored_diff, paint};

/// All that there is to say of a pass.
#[must_use]
pub fn text(meta: &Meta) -> String {
    let kind = match meta.kind {
        PassKind::Rewrite => "rewrites",
        PassKind::Advice => "advises",
    };
    let text = meta.explained();
    let mut out = format!("{} {kind}: {}\n\n{}\n", paint(HEADLINE, meta.id), meta.summary, text.lead);
    for section in &text.sections {
        push(&mut out, section);
    }
    out
}

fn push(out: &mut String, section: &Section<'_>) {
    let _ = writeln!(out, "\n{}", paint(SECTION, section.title));
    for (at, part) in section.parts.iter().enumerate() {
        if at > 0 {
            out.push('\n');
        }
        match part {
            Part::Words(words) => push_lines(out, "  ", words),
            Part::Code { language: "diff", text } => push_lines(out, "    ", &colored_diff(text)),
            Part::Code { text, .. } => push_lines(out, "    ", text),
        }
    }
}

fn push_lines(out: &mut String, indent: &str, lines: &str) {
    for line in lines.lines() {
        let _ = match line {
            "" => writeln!(out),
            line => writeln!(out, "{indent}{line}"),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::text;
    use crate::passes::{ALL, Meta};

    fn shown(meta: &Meta) -> String {
        anstream::adapter::strip_str(&text(meta)).to_string()
    }

    #[test]
    fn every_line_of_every_text_is_shown() {
        for pass in ALL {
            let meta = pass.meta();
            let shown = shown(meta);
            for line in meta.text.lines().filter(|line| !line.starts_with("```")) {
                let line = line.trim_start_matches("## ").trim_end();
                assert!(shown.contains(line), "{}: {line}", meta.id);
            }
            assert!(!shown.contains("```") && !shown.contains("## "), "{}", meta.id);
        }
    }
}
