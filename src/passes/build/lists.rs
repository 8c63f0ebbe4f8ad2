//! Package lists of apt that one `RUN` fetches and another one installs by.
//!
//! The layer that fetches them may come from the cache, years old, and keeps them whatever a later one deletes. So each
//! `RUN` that needs lists gets an `apt-get update` of its own, and one that does nothing else goes. Where that is not
//! known to be the same, nothing is done, and a person is told.

use super::amend::is_sequence;
use super::scripts::{is_apt, script};
use crate::dockerfile::read::{Dockerfile, Instruction};
use crate::dockerfile::shell::{Command, Then};

/// Where apt keeps them.
pub(super) const PLACE: &str = "/var/lib/apt/lists";

/// What apt does by lists that are there.
const BY_LISTS: [&str; 7] =
    ["install", "upgrade", "dist-upgrade", "full-upgrade", "build-dep", "satisfy", "source"];

/// Programs that run what somebody else has written.
const RUNNERS: [&str; 9] = [".", "ansible-playbook", "bash", "dash", "make", "perl", "sh", "source", "zsh"];

/// What is taken for granted where those run.
const ASSUMES: &str = "no script that the build runs installs by lists from before";

/// What is to be done about lists.
#[derive(Debug, Default)]
pub(super) struct Lists<'f> {
    /// Those that fetch lists, or delete them, and do nothing else: they go.
    pub(super) spare: Vec<&'f Instruction>,
    /// Those that need lists, each with the command that fetches them.
    pub(super) needy: Vec<(&'f Instruction, &'f str)>,
    /// What that takes for granted.
    pub(super) assumes: Option<&'static str>,
    /// What fetches lists and what installs by them, where a person must see to it.
    pub(super) stale: Option<(&'f Instruction, &'f Instruction)>,
}

/// The lists that are there at some point: who has fetched them, and how.
#[derive(Clone, Copy)]
struct Fetched<'f> {
    by: &'f Instruction,
    update: &'f str,
    /// Whether the sources of packages are others since.
    is_old: bool,
}

impl<'f> Lists<'f> {
    /// Looks at what makes an image, in order, and at all instructions of its file.
    pub(super) fn of(file: &Dockerfile<'_>, all: &[&'f Instruction], image: &[&'f Instruction]) -> Self {
        let mut lists = Self::default();
        let (mut is_known, mut fetched) = (true, None::<Fetched<'f>>);
        for &it in image {
            if let Some(there) = fetched.filter(|_| uses_lists(file, it)) {
                lists.stale = lists.stale.or(Some((there.by, it)));
                is_known &= !there.is_old && may_begin_otherwise(it);
                lists.needy.push((it, there.update));
            }
            fetched = after(file, it, fetched);
        }
        let first = lists.stale.map_or(usize::MAX, |(by, _)| by.range.start);
        let mut others = all.iter().filter(|it| it.range.start > first && !image.contains(it));
        if !is_known || others.any(|it| uses_lists(file, it)) {
            return Self { stale: lists.stale, ..Self::default() };
        }
        lists.stale = None;
        let last = lists.needy.last().map_or(0, |(it, _)| it.range.start);
        lists.spare = image.iter().copied().filter(|it| is_spare(it, first..last)).collect();
        let is_left = lists.needy.is_empty() || !image.iter().any(|it| runs_others(it, first));
        lists.assumes = (!is_left).then_some(ASSUMES);
        lists
    }

    /// The command that is to fetch lists for a `RUN`.
    pub(super) fn update_for(&self, run: &Instruction) -> Option<&'f str> {
        self.needy.iter().find(|(it, _)| *it == run).map(|(_, update)| *update)
    }
}

/// The commands of a `RUN`, if it is a list of them.
fn plain(it: &Instruction) -> Option<Vec<Command>> {
    let is_plain = it.keyword == "RUN" && it.heredocs.is_empty() && it.exec().is_none();
    if is_plain { Some(script(it)?.0) } else { None }
}

/// Whether anything in an instruction speaks of one of these.
fn speaks_of(file: &Dockerfile<'_>, it: &Instruction, words: &[&str]) -> bool {
    let bodies = it.heredocs.iter().map(|body| file.slice(body.clone()));
    let mut texts = bodies.chain([it.arguments.as_str()]);
    texts.any(|text| words.iter().any(|word| text.contains(word)))
}

fn fetches(command: &Command) -> bool {
    is_apt(command, "update")
}

/// Whether a command needs lists, or starts another one that does.
fn installs(command: &Command) -> bool {
    let program = command.program().first().map_or("", |word| &word.text);
    let is_inner = |text: &str| text.contains("apt") && text.contains("install ") && !text.contains("update");
    BY_LISTS.iter().any(|what| is_apt(command, what))
        || matches!(program, "apt-cache" | "aptitude")
        || command.words.iter().any(|word| is_inner(&word.text))
}

/// Whether an instruction installs packages by lists that are there from before.
pub(super) fn uses_lists(file: &Dockerfile<'_>, it: &Instruction) -> bool {
    let is_run = matches!(it.keyword.as_str(), "RUN" | "ONBUILD");
    let is_mounted = it.flags().any(|(name, value)| name == "mount" && value.contains("/var/lib/apt"));
    if !is_run || is_mounted || !speaks_of(file, it, &["apt-get ", "apt ", "apt-cache ", "aptitude "]) {
        return false;
    }
    match plain(it) {
        Some(script) => script.iter().take_while(|command| !fetches(command)).any(installs),
        None => !speaks_of(file, it, &["apt-get update", "apt update"]) && speaks_of(file, it, &BY_LISTS),
    }
}

/// What is there after an instruction.
fn after<'f>(file: &Dockerfile<'_>, it: &'f Instruction, before: Option<Fetched<'f>>) -> Option<Fetched<'f>> {
    let touches = || speaks_of(file, it, &["/etc/apt"]);
    let fetched = |update| Some(Fetched { by: it, update, is_old: false });
    let Some(script) = plain(it) else {
        let is_new = it.keyword == "RUN" && speaks_of(file, it, &["apt-get update", "apt update"]);
        let old = before.map(|there| Fetched { is_old: there.is_old || touches(), ..there });
        return if is_new { fetched("apt-get update") } else { old };
    };
    let takes_away = |command: &Command| {
        command.program().first().is_some_and(|word| word.text == "rm")
            && command.words.iter().any(|word| word.text.contains(PLACE))
    };
    let update = script.iter().rposition(fetches);
    let deleted = script.iter().rposition(takes_away);
    match (update, deleted) {
        (update, Some(deleted)) if update < Some(deleted) => None,
        (Some(update), _) => {
            let words = script.get(update)?.program();
            let range = words.first()?.range.start..words.last()?.range.end;
            let is_plain = words.iter().all(|word| word.plain);
            fetched(it.body().get(range).filter(|_| is_plain).unwrap_or("apt-get update"))
        }
        (None, _) => before.map(|there| Fetched { is_old: there.is_old || touches(), ..there }),
    }
}

/// Whether a command can be put before those of a `RUN`, so that it fails where that does.
fn may_begin_otherwise(it: &Instruction) -> bool {
    let Some(script) = plain(it) else { return false };
    let is_chain = script.iter().all(|command| matches!(command.then, None | Some(Then::And | Then::Pipe)));
    let is_root = script.iter().all(|command| command.word(0) != "sudo");
    is_root && (is_chain || is_sequence(&script))
}

/// Whether a `RUN` in a range only fetches lists, or deletes them anywhere behind its beginning.
fn is_spare(it: &Instruction, within: std::ops::Range<usize>) -> bool {
    let script = plain(it).filter(|_| it.flags().next().is_none());
    let Some([command]) = script.as_deref() else { return false };
    let Some((program, words)) = command.words.split_first() else { return false };
    let start = it.range.start;
    let is_list = |text: &str| text.strip_prefix(PLACE).is_some_and(|rest| matches!(rest, "" | "/" | "/*"));
    let mut paths = words.iter().filter(|word| !word.text.starts_with('-'));
    let is_update = fetches(command) && words.iter().all(|word| word.plain) && program.text != "sudo";
    let is_deletion = program.text == "rm" && paths.all(|word| is_list(&word.text));
    is_update && within.contains(&start) || is_deletion && start > within.start
}

/// Whether an instruction behind some byte runs what somebody else has written.
fn runs_others(it: &Instruction, from: usize) -> bool {
    let Some(script) = plain(it) else { return it.keyword == "RUN" && it.range.start > from };
    let is_other = |command: &Command| {
        let program = command.program().first().map_or("", |word| &word.text);
        RUNNERS.contains(&program) || program.contains('/')
    };
    it.range.start > from && script.iter().any(is_other)
}

#[cfg(test)]
mod tests {
    use super::Lists;
    use crate::dockerfile::read::{Instruction, read};

    /// The lines that go, those that get an update, what is assumed, and what a person must see to.
    fn found(text: &str) -> String {
        let text = format!("FROM debian:13\n{text}");
        let file = read(&text);
        let all: Vec<&Instruction> = file.instructions().collect();
        let lists = Lists::of(&file, &all, &all);
        let line = |it: &&Instruction| file.line(it).to_string();
        let spare: Vec<String> = lists.spare.iter().map(line).collect();
        let needy: Vec<String> =
            lists.needy.iter().map(|(it, update)| format!("{}:{update}", line(it))).collect();
        let stale = lists.stale.map(|(by, it)| format!(" stale {} {}", line(&by), line(&it)));
        let likely = if lists.assumes.is_some() { " likely" } else { "" };
        format!("{}/{}{likely}{}", spare.join(","), needy.join(","), stale.unwrap_or_default())
    }

    #[test]
    fn who_needs_an_update_of_its_own() {
        let cases = [
            ("RUN apt-get update\nRUN apt-get install -y a", "2/3:apt-get update"),
            ("RUN apt-get -qq update\nCOPY . .\nRUN apt-get install a", "2/4:apt-get -qq update"),
            ("RUN apt update && apt install a\nRUN apt install b", "/3:apt update"),
            (
                "RUN apt-get update\nRUN apt-get upgrade -y\nRUN apt-get update && apt-get install a",
                "2/3:apt-get update",
            ),
            ("RUN apt-get update\nRUN apt-get update && apt-get install a", "/"),
            ("RUN apt-get update\nRUN set -e; x; apt-get install a", "2/3:apt-get update"),
            (
                "RUN apt-get update\nRUN apt-get install a\nRUN rm -rf /var/lib/apt/lists/*",
                "2,4/3:apt-get update",
            ),
            ("RUN apt-get update\nRUN apt-get install a\nRUN ./b.sh", "2/3:apt-get update likely"),
            ("RUN apt-get update\nRUN x; apt-get install a", "/ stale 2 3"),
            ("RUN apt-get update\nRUN x || apt-get install a", "/ stale 2 3"),
            ("RUN apt-get update\nRUN sudo apt-get install a", "/ stale 2 3"),
            ("RUN apt-get update\nRUN if x; then apt-get install a; fi", "/ stale 2 3"),
            ("RUN apt-get update\nRUN <<E\napt-get install a\nE", "/ stale 2 3"),
            ("RUN apt-get update\nONBUILD RUN apt-get install a", "/ stale 2 3"),
            (
                "RUN apt-get update\nCOPY x.list /etc/apt/sources.list.d/\nRUN apt-get install a",
                "/ stale 2 4",
            ),
            (
                "RUN apt-get update && apt-get install a && rm -r /var/lib/apt/lists/*\nRUN apt-get install b",
                "/",
            ),
            ("RUN apt-get update\nRUN --mount=type=cache,target=/var/lib/apt apt-get install a", "/"),
            ("RUN apt-get update\nRUN pip install apt-get", "/"),
            ("RUN apt-get install a", "/"),
        ];
        for (text, expected) in cases {
            assert_eq!(found(text), expected, "{text}");
        }
    }
}
