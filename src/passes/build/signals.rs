//! The pass `signals`. What it does and why stands in `signals.md`, which `harden explain` prints.
#![doc = include_str!("signals.md")]

use std::ops::Range;

use super::super::{Context, Meta, Pass, PassKind, Reads, findings};
use super::quotes::{Broken, broken};
use super::view::{View, look};
use crate::compose::{Flag, Setting, Site};
use crate::dockerfile::read::{Dockerfile, Instruction};
use crate::dockerfile::referee::one_line;
use crate::dockerfile::shell::{self, Word, is_assignment};
use crate::plan::{Change, Confidence, DOCKERFILE, Evidence, Op, Severity, Skip, TextEdit, Verdict};
use crate::source::{Place, Span};

/// The pass.
#[derive(Debug)]
pub struct Signals;

const META: Meta = Meta {
    id: "signals",
    summary: "the program gets the signals, and not a shell before it",
    kind: PassKind::Rewrite,
    text: include_str!("signals.md"),
    reads: Reads { keys: &["build", "command", "entrypoint"], facts: &[] },
};

const ASSUMES: &str = "an entrypoint of the base image starts the program as it starts a shell";
const HELP: &str = "write it as a list of words, or begin the last command with `exec`";

/// Commands that only a shell has.
const BUILTINS: [&str; 15] = [
    ".", ":", "alias", "cd", "eval", "exec", "exit", "export", "read", "set", "source", "trap", "ulimit",
    "umask", "wait",
];

impl Pass for Signals {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn is_of_build(&self) -> bool {
        true
    }

    fn run(&self, context: &Context<'_>) -> Verdict {
        look(context, |view| seen(context, view)).unwrap_or(Verdict::Skip(Skip::NotApplicable))
    }
}

/// A list that is none, or else what starts the program, and whether that is a shell.
fn seen(context: &Context<'_>, view: &View<'_>) -> Verdict {
    let lists = lists(context, view);
    let edits: Option<Vec<Change>> = lists.iter().map(|list| list.change(view)).collect();
    let unclear = lists.iter().find(|list| list.broken.quotes.is_none()).or(lists.first());
    match (edits, unclear) {
        (_, None) => started(context, view),
        (None, Some(list)) => list.advise(view),
        (Some(mut edits), Some(_)) => {
            if let Verdict::Change(more) = started(context, view) {
                edits.extend(more);
            }
            Verdict::Change(edits)
        }
    }
}

/// A list that no builder reads as one.
struct List<'v> {
    it: &'v Instruction,
    /// Where it begins in the arguments.
    from: usize,
    broken: Broken,
}

/// The lists that count for the service and are none.
fn lists<'v>(context: &Context<'_>, view: &View<'v>) -> Vec<List<'v>> {
    let service = context.service;
    let is_started = service.entrypoint.is_none();
    let counts = [
        ("ENTRYPOINT", is_started),
        ("CMD", is_started && service.command.is_none()),
        ("HEALTHCHECK", service.healthcheck.is_none()),
    ];
    let counting = counts.iter().filter(|(_, counts)| *counts);
    let mut lists: Vec<List<'v>> =
        counting.filter_map(|(keyword, _)| List::of(view.last(keyword)?)).collect();
    lists.sort_by_key(|list| list.it.range.start);
    lists
}

impl<'v> List<'v> {
    fn of(it: &'v Instruction) -> Option<Self> {
        let body = it.body();
        let text = if it.keyword == "HEALTHCHECK" {
            body.get(..3).filter(|word| word.eq_ignore_ascii_case("CMD")).and(body.get(3..))?
        } else {
            body
        };
        Some(Self { it, from: it.arguments.len() - text.len(), broken: broken(text)? })
    }

    fn advise(&self, view: &View<'_>) -> Verdict {
        let keyword = &self.it.keyword;
        let what = if keyword == "HEALTHCHECK" {
            "the check fails always: a shell runs its list as it stands, and finds no such command"
        } else {
            "the program never starts: a shell runs the list as it stands, and finds no such command"
        };
        let list = self.broken.words.as_deref().and_then(shown);
        let list = list.map_or(String::new(), |list| format!(": `{list}`"));
        let help = format!(
            "write `{keyword}` as JSON, with double quotes around each word, one comma between two, and both brackets{list}"
        );
        findings::advise(Severity::High, what, help, Some(view.place(self.it)))
    }

    /// The edit that makes a list of it.
    fn change(&self, view: &View<'_>) -> Option<Change> {
        let file = view.site.dockerfile.as_ref()?;
        let quotes = self.broken.quotes.as_ref()?;
        let byte = |at: usize| self.it.at.get(self.from + at).map(|byte| *byte as usize);
        let mut says = self.it.arguments.clone();
        let mut edits = Vec::new();
        for quote in quotes.iter().rev() {
            says.replace_range(self.from + quote.start..self.from + quote.end, "\"");
            let span = Span::new(byte(quote.start)?, byte(quote.end.checked_sub(1)?)? + 1);
            edits.push((span, "\"".to_owned()));
        }
        edits.reverse();
        let edit = TextEdit {
            file: file.id,
            within: Span::new(self.it.range.start, self.it.range.end),
            edits,
            says: one_line(&format!("{} {says}", self.it.keyword), '\0'),
            words: format!(
                "{}:{}: {} with double quotes",
                file.path,
                view.file.line(self.it),
                self.it.keyword
            )
            .into(),
        };
        Some(Change {
            path: DOCKERFILE.into(),
            op: Op::Text(Box::new(edit)),
            why: "without them a shell runs the list as it stands, and finds no such command".into(),
            confidence: Confidence::Likely("the list is meant to be one".into()),
        })
    }
}

/// A list as JSON, up to the first word that may hold a credential.
fn shown(words: &[String]) -> Option<String> {
    let is_open = |word: &&String| !word.starts_with('-') && !word.contains(['=', '@', '$']);
    let open: Vec<String> =
        words.iter().take_while(is_open).filter_map(|word| serde_json::to_string(word).ok()).collect();
    let rest = if open.len() < words.len() { ", …" } else { "" };
    (!open.is_empty()).then(|| format!("[{}{rest}]", open.join(", ")))
}

/// What starts the program, and whether that is a shell.
fn started(context: &Context<'_>, view: &View<'_>) -> Verdict {
    let service = context.service;
    if service.entrypoint.is_some() || view.instructions().any(|it| it.keyword == "SHELL") {
        return Verdict::Skip(Skip::NotApplicable);
    }
    match (view.last("ENTRYPOINT"), view.last("CMD")) {
        (Some(entrypoint), cmd) if entrypoint.exec().is_none() => {
            // as a list it would get these as words, which a shell does not
            let takes_more = cmd.is_some() || service.command.is_some();
            judge((view.file, entrypoint), context, (view.site, !takes_more))
        }
        (entrypoint, Some(cmd)) if cmd.exec().is_none() && service.command.is_none() => {
            judge((view.file, cmd), context, (view.site, entrypoint.is_none()))
        }
        (Some(it), _) | (None, Some(it)) => Verdict::Already(evidence(it, context)),
        (None, None) => Verdict::Skip(Skip::NotApplicable),
    }
}

/// What is to be done about a command in shell form.
fn judge(
    (file, instruction): (&Dockerfile<'_>, &Instruction),
    context: &Context<'_>,
    (site, is_alone): (&Site, bool),
) -> Verdict {
    let body = instruction.body().trim();
    if body.split_whitespace().next() == Some("exec") || body.is_empty() || body.starts_with('[') {
        return Verdict::Skip(Skip::NotApplicable);
    }
    let change = words(body).filter(|_| is_alone).and_then(|words| change((file, instruction), site, &words));
    if let Some(change) = change {
        return Verdict::Change(vec![change]);
    }
    let span = Span::new(instruction.range.start, instruction.range.start + instruction.keyword.len());
    let place = site.dockerfile.as_ref().map(|file| Place { file: file.id, span });
    let has_init = matches!(&context.service.init, Some(init) if init.value == Setting::Literal(Flag(true)));
    let what = if has_init {
        "ends at once below `init: true`: the program is killed with it"
    } else {
        "the program may never hear of them"
    };
    let message = format!("a shell gets the signals of `{}`, and {what}", instruction.keyword);
    findings::advise(Severity::Low, message, HELP, place)
}

/// The words of a command that needs no shell.
fn words(body: &str) -> Option<Vec<Word>> {
    let commands = shell::commands(body)?;
    let [command] = commands.as_slice() else { return None };
    let first = command.word(0);
    let needs_shell =
        BUILTINS.contains(&first) || is_assignment(first) || command.words.iter().any(|word| !word.plain);
    (!needs_shell).then(|| command.words.clone())
}

fn change(
    (text, instruction): (&Dockerfile<'_>, &Instruction),
    site: &Site,
    words: &[Word],
) -> Option<Change> {
    let file = site.dockerfile.as_ref()?;
    let raw = text.slice(instruction.range.clone());
    // comments between the lines would be lost
    if raw.contains('\n') || raw.ends_with('\\') {
        return None;
    }
    let edit = TextEdit {
        file: file.id,
        within: Span::new(instruction.range.start, instruction.range.end),
        edits: edits(instruction, words)?,
        says: one_line(&format!("{} {}", instruction.keyword, list(words)?), '\0'),
        words: format!(
            "{}:{}: {} as a list of words",
            file.path,
            text.line(instruction),
            instruction.keyword
        )
        .into(),
    };
    Some(Change {
        path: DOCKERFILE.into(),
        op: Op::Text(Box::new(edit)),
        why: "the program gets `SIGTERM` itself, and stops in good order".into(),
        confidence: Confidence::Likely(ASSUMES.into()),
    })
}

/// The words as JSON has them.
fn list(words: &[Word]) -> Option<String> {
    let quoted = words.iter().map(|word| serde_json::to_string(&word.text).ok());
    Some(format!("[{}]", quoted.collect::<Option<Vec<_>>>()?.join(", ")))
}

/// What is put around the words. They stay as they are, and are in no edit: they may hold credentials.
fn edits(instruction: &Instruction, words: &[Word]) -> Option<Vec<(Span, String)>> {
    let body = instruction.arguments.len() - instruction.body().len();
    let byte = |at: usize| instruction.at.get(body + at).map(|byte| *byte as usize);
    let mut edits = Vec::new();
    let mut from = instruction.range.start + instruction.keyword.len();
    for word in words {
        let range = kept(instruction.body().get(word.range.clone())?, word)?;
        let before = if edits.is_empty() { " [\"" } else { "\", \"" };
        edits.push((Span::new(from, byte(range.start)?), before.to_owned()));
        from = byte(range.end.checked_sub(1)?)? + 1;
    }
    edits.push((Span::new(from, instruction.range.end), "\"]".to_owned()));
    Some(edits)
}

/// The bytes of a word that can stay between the quotes of JSON.
fn kept(raw: &str, word: &Word) -> Option<Range<usize>> {
    let is_plain = serde_json::to_string(&word.text).ok()?.len() == word.text.len() + 2;
    let bare = ['\'', '"'].iter().find_map(|&quote| raw.strip_prefix(quote)?.strip_suffix(quote));
    let quotes = usize::from(bare.is_some());
    let same = bare.unwrap_or(raw) == word.text && is_plain && !word.text.is_empty();
    same.then(|| word.range.start + quotes..word.range.end - quotes)
}

fn evidence(it: &Instruction, context: &Context<'_>) -> Evidence {
    let place = context.service.build.as_ref().and_then(|build| {
        let file = build.value.site.as_ref()?.dockerfile.as_ref()?;
        Some(Place { file: file.id, span: Span::new(it.range.start, it.range.end) })
    });
    place.map_or(Evidence::AlwaysSafe("the Dockerfile has it".into()), Evidence::File)
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn commands_that_need_no_shell() {
        let cases = [
            ("node server.js", Some("node|server.js")),
            ("gunicorn -b '0.0.0.0:80' \"my app\"", Some("gunicorn|-b|0.0.0.0:80|my app")),
            ("node $FILE", None),
            ("node *.js", None),
            ("a && b", None),
            ("PORT=1 node x", None),
            ("cd /app", None),
            ("exec node x", None),
            ("a > /dev/null", None),
            ("a | b", None),
        ];
        for (body, expected) in cases {
            let words = words(body).map(|words| words.into_iter().map(|word| word.text).collect::<Vec<_>>());
            assert_eq!(words.map(|words| words.join("|")).as_deref(), expected, "{body}");
        }
    }
}
