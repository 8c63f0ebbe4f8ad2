//! Makes one edit of a `RUN`: flags put behind words, and commands put at its beginning and end, in the way it is written.
//!
//! Says what the instruction will say by its one line, and writes into its lines: two ways to the same, which the proof
//! compares.

use crate::dockerfile::read::{Dockerfile, Instruction};
use crate::dockerfile::referee::one_line;
use crate::dockerfile::shell::{Command, Then};
use crate::plan::TextEdit;
use crate::source::{FileId, Span};

/// What is to be done to an instruction.
#[derive(Debug, Default)]
pub(super) struct Amendment<'a> {
    /// A command that runs before the others.
    pub(super) first: Option<&'a str>,
    /// Words put in behind others, each with the end of that word in the arguments.
    pub(super) flags: Vec<(usize, &'static str)>,
    /// Commands that run at the end.
    pub(super) commands: Vec<&'static str>,
}

impl Amendment<'_> {
    pub(super) fn is_empty(&self) -> bool {
        self.first.is_none() && self.flags.is_empty() && self.commands.is_empty()
    }

    /// What is added, for people.
    fn added(&self) -> String {
        let flags = self.flags.iter().map(|(_, flag)| *flag);
        let all = self.first.into_iter().chain(flags).chain(self.commands.iter().copied());
        let mut added: Vec<&str> = all.collect();
        added.dedup();
        added.join(", ")
    }

    /// The edit; `None` where the lines are written in a way that is not known here.
    pub(super) fn edit(
        &self,
        (file, instruction): (&Dockerfile<'_>, &Instruction),
        script: &[Command],
        (id, path): (FileId, &str),
    ) -> Option<TextEdit> {
        let raw = file.slice(instruction.range.clone());
        let body = &instruction.arguments;
        let said = |arguments: &str| one_line(&format!("{} {arguments}", instruction.keyword), '\0');
        if raw.ends_with(file.escape) || one_line(raw, file.escape) != said(body) {
            return None;
        }
        let mut says = body.trim_end().to_owned();
        let always = is_sequence(script);
        for command in &self.commands {
            says = says + if always { "; " } else { " && " } + command;
        }
        let way = Way::of(raw, file.escape, always);
        let mut edits = Vec::new();
        let first = match self.first {
            Some(first) => Some((start(instruction, script)?, first)),
            None => None,
        };
        if let Some((start, first)) = first {
            let at = *instruction.at.get(start)? as usize;
            edits.push((Span::new(at, at), way.begin(first)));
        }
        for (end, flag) in &self.flags {
            let at = *instruction.at.get(end.checked_sub(1)?)? as usize + 1;
            edits.push((Span::new(at, at), format!(" {flag}")));
        }
        for (end, flag) in self.flags.iter().rev() {
            says.insert_str(*end, &format!(" {flag}"));
        }
        if let Some((start, first)) = first {
            says.insert_str(start, &format!("{first}{} ", if always { ";" } else { " &&" }));
        }
        if !self.commands.is_empty() {
            let end = Span::new(instruction.range.end, instruction.range.end);
            edits.push((end, self.commands.iter().map(|command| way.write(command)).collect()));
        }
        Some(TextEdit {
            file: id,
            within: Span::new(instruction.range.start, instruction.range.end),
            edits,
            says: said(&says),
            words: format!("{path}:{}: add {}", file.line(instruction), self.added()).into(),
        })
    }
}

/// Where a first command is put: behind what sets how the others run.
fn start(instruction: &Instruction, script: &[Command]) -> Option<usize> {
    let from = instruction.arguments.len() - instruction.body().len();
    let first = script.get(usize::from(is_sequence(script)))?;
    Some(from + first.words.first()?.range.start)
}

/// Whether a script stops at the first error by itself, and so its commands follow each other with `;`.
pub(super) fn is_sequence(script: &[Command]) -> bool {
    let stops = script.first().is_some_and(|first| {
        first.word(0) == "set" && first.word(1).starts_with('-') && first.word(1).contains('e')
    });
    stops && script.iter().all(|command| !matches!(command.then, Some(Then::And)))
}

/// How commands follow each other in some lines.
struct Way {
    /// Between the first of them and one that is put before it.
    between: String,
    /// Between the last of them and one that is put behind it.
    before: String,
}

impl Way {
    fn of(raw: &str, escape: char, always: bool) -> Self {
        let newline = if raw.contains("\r\n") { "\r\n" } else { "\n" };
        let operator = if always { ";" } else { "&&" };
        let lines: Vec<&str> = raw.lines().filter(|line| !line.trim_start().starts_with('#')).collect();
        let plain = if always { "; ".to_owned() } else { " && ".to_owned() };
        if lines.len() < 2 {
            return Self { between: plain.clone(), before: plain };
        }
        let bare = |line: &&str| line.trim_end().trim_end_matches(escape).trim_end().ends_with(operator);
        let after = lines.iter().position(bare).and_then(|at| lines.get(at + 1));
        let leading = lines.iter().rev().find(|line| line.trim_start().starts_with("&&"));
        let before = match (leading, after) {
            (None, Some(next)) if always => format!("; {escape}{newline}{}", indent(next)),
            (None, Some(next)) => format!(" && {escape}{newline}{}", indent(next)),
            (Some(line), _) if !always => format!(" {escape}{newline}{}&& ", indent(line)),
            _ if always => format!("; {escape}{newline}{}", lines.last().map_or("", |last| indent(last))),
            _ => format!(" {escape}{newline}{}&& ", lines.last().map_or("", |last| indent(last))),
        };
        let between = match (leading, after) {
            (Some(line), _) if !always => format!(" {escape}{newline}{}&& ", indent(line)),
            (None, Some(next)) if !always => format!(" && {escape}{newline}{}", indent(next)),
            (_, Some(next)) if always => format!("; {escape}{newline}{}", indent(next)),
            _ => plain,
        };
        Self { between, before }
    }

    fn begin(&self, command: &str) -> String {
        format!("{command}{}", self.between)
    }

    fn write(&self, command: &str) -> String {
        format!("{}{command}", self.before)
    }
}

fn indent(line: &str) -> &str {
    line.get(..line.len() - line.trim_start().len()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::Amendment;
    use crate::dockerfile::read::read;
    use crate::dockerfile::shell::commands;
    use crate::source::FileId;

    fn amended(text: &str) -> Option<String> {
        let file = read(text);
        let instruction = file.instructions().next()?;
        let script = commands(&instruction.arguments)?;
        let amendment = Amendment { commands: vec!["z"], ..Amendment::default() };
        let edit = amendment.edit((&file, instruction), &script, (FileId(1), "D"))?;
        Some(edit.apply(text))
    }

    #[test]
    fn a_command_is_put_before_the_others() {
        let cases = [
            ("RUN a\n", "RUN z && a\n"),
            ("RUN a \\\n && b\n", "RUN z \\\n && a \\\n && b\n"),
            ("RUN a && \\\n    b", "RUN z && \\\n    a && \\\n    b"),
            ("RUN a \\\n    b \\\n    c\n", "RUN z && a \\\n    b \\\n    c\n"),
            ("RUN set -eux; \\\n\ta; \\\n\tb\n", "RUN set -eux; \\\n\tz; \\\n\ta; \\\n\tb\n"),
            ("RUN A=1 a\n", "RUN z && A=1 a\n"),
        ];
        for (before, after) in cases {
            let file = read(before);
            let instruction = file.instructions().next().unwrap();
            let script = commands(instruction.body()).unwrap();
            let amendment = Amendment { first: Some("z"), ..Amendment::default() };
            let edit = amendment.edit((&file, instruction), &script, (FileId(1), "D")).unwrap();
            assert_eq!(edit.apply(before), after, "{before:?}");
            let says = edit.says.strip_prefix("RUN ").unwrap();
            assert!(says == "z && a" || says.contains("z && ") || says.contains("set -eux; z; a"), "{says}");
        }
    }

    #[test]
    fn commands_are_added_as_the_others_are_written() {
        let cases = [
            ("RUN a\n", "RUN a && z\n"),
            ("RUN a \\\n && b\nUSER x\n", "RUN a \\\n && b \\\n && z\nUSER x\n"),
            ("RUN a && \\\n    b", "RUN a && \\\n    b && \\\n    z"),
            ("RUN a && b \\\n    c \\\n    d\n", "RUN a && b \\\n    c \\\n    d \\\n    && z\n"),
            ("RUN set -eux; \\\n\ta; \\\n\tb\n", "RUN set -eux; \\\n\ta; \\\n\tb; \\\n\tz\n"),
            ("RUN set -e; a\n", "RUN set -e; a; z\n"),
            ("RUN a; b\n", "RUN a; b && z\n"),
            ("RUN a \\\r\n  && b\r\n", "RUN a \\\r\n  && b \\\r\n  && z\r\n"),
            ("RUN a \\\n  # why\n  && b\n", "RUN a \\\n  # why\n  && b \\\n  && z\n"),
        ];
        for (before, after) in cases {
            assert_eq!(amended(before).as_deref(), Some(after), "{before:?}");
        }
        for odd in ["RUN a \\\n", "RUN a\\\nb\n", "RUN a && (b)\n"] {
            assert_eq!(amended(odd), None, "{odd:?}");
        }
    }
}
