//! `RUN`s of apt that stand directly below each other as one, and those that go.
//!
//! Says what the one instruction will say by its words, and edits only what stands between them.

use super::layer_cleanup::LISTS;
use super::lists::{Lists, PLACE};
use super::scripts::script;
use crate::dockerfile::read::{Dockerfile, Instruction, Kind};
use crate::dockerfile::referee::one_line;
use crate::dockerfile::shell::{Command, Then, Word};
use crate::plan::TextEdit;
use crate::source::{FileId, Span};

/// The longest `RUN` that is written on one line.
const ONE_LINE: usize = 100;

/// `RUN`s that become one.
pub(super) struct Joined<'f> {
    /// In order; more than one.
    pub(super) runs: Vec<&'f Instruction>,
    /// What fetches the lists first, where none of them does.
    update: Option<&'f str>,
}

/// The edit that takes an instruction away with its line.
pub(super) fn without((file, run): (&Dockerfile<'_>, &Instruction), (id, path): (FileId, &str)) -> TextEdit {
    let within = line(file, run);
    TextEdit {
        file: id,
        within,
        edits: vec![(within, String::new())],
        says: String::new(),
        words: format!("{path}:{}: remove RUN {}", file.line(run), run.body().trim()).into(),
    }
}

/// The bytes of an instruction with its line break, and with blank lines below where it does not follow another one.
fn line(file: &Dockerfile<'_>, run: &Instruction) -> Span {
    let is_own = |kind: &Kind| matches!(kind, Kind::Instruction(it) if it == run);
    let at = file.pieces.iter().position(|piece| is_own(&piece.kind)).unwrap_or_default();
    let before = at.checked_sub(1).and_then(|at| file.pieces.get(at));
    let follows = before.is_some_and(|piece| matches!(piece.kind, Kind::Instruction(_)));
    let mut end = file.pieces.get(at).map_or(run.range.end, |piece| piece.range.end);
    let below = file.pieces.iter().skip(at + 1).take_while(|piece| matches!(piece.kind, Kind::Blank));
    for piece in below.filter(|_| !follows) {
        end = piece.range.end;
    }
    Span::new(run.range.start, end)
}

impl<'f> Joined<'f> {
    /// The `RUN`s that become one with this one; `None` where none does.
    pub(super) fn from(
        file: &Dockerfile<'_>,
        first: &'f Instruction,
        all: &[&'f Instruction],
        lists: &Lists<'f>,
    ) -> Option<Self> {
        let update = lists.update_for(first);
        let is_first = |it: &&&Instruction| it.range.start > first.range.start;
        let mut runs = vec![first];
        let mut end = of_apt(file, first)?;
        for run in all.iter().copied().filter(|it| is_first(&it)) {
            let is_next = file.slice(end..run.range.start).trim_matches(['\r', ' ', '\t']) == "\n";
            if !is_next || lists.update_for(run).is_none() {
                break;
            }
            let Some(next) = of_apt(file, run) else { break };
            runs.push(run);
            end = next;
        }
        (runs.len() > 1).then_some(Self { runs, update })
    }

    /// The edit that makes one of them.
    pub(super) fn edit(&self, file: &Dockerfile<'_>, (id, path): (FileId, &str)) -> Option<TextEdit> {
        let (first, last) = (self.runs.first()?, self.runs.last()?);
        let scripts: Option<Vec<Vec<Command>>> = self.runs.iter().map(|run| Some(script(run)?.0)).collect();
        let scripts = scripts?;
        let pairs = self.runs.windows(2).zip(scripts.windows(2));
        let links: Option<Vec<Link<'_>>> = pairs.map(|(runs, scripts)| Link::of(runs, scripts)).collect();
        let links = links?;
        let is_kept = |command: &Command| command.words.iter().all(|word| !word.text.contains(PLACE));
        let is_left = scripts.last()?.iter().all(is_kept);
        let says = self.says(&links, is_left)?;
        let is_short = says.len() <= ONE_LINE && links.iter().all(|link| link.merged.is_some());
        let newline =
            if file.slice(first.range.start..last.range.end).contains('\r') { "\r\n" } else { "\n" };
        let and = if is_short { " && ".to_owned() } else { format!(" \\{newline} && ") };
        let mut edits = Vec::new();
        if let Some(update) = self.update {
            let start = body(first)?;
            edits.push((Span::new(start, start), format!("{update}{and}")));
        }
        for link in &links {
            let by = if link.merged.is_some() { " " } else { and.as_str() };
            edits.push((link.span, by.to_owned()));
        }
        if is_left {
            let end = Span::new(last.range.end, last.range.end);
            edits.push((end, format!("{and}{LISTS}")));
        }
        let taken: Vec<String> = self.runs.iter().skip(1).map(|run| file.line(run).to_string()).collect();
        let noun = if taken.len() == 1 { "line" } else { "lines" };
        let added = self.update.into_iter().chain(is_left.then_some(LISTS)).collect::<Vec<_>>().join(", ");
        let added = if added.is_empty() { added } else { format!(", add {added}") };
        Some(TextEdit {
            file: id,
            within: Span::new(first.range.start, last.range.end),
            edits,
            says: one_line(&says, '\0'),
            words: format!("{path}:{}: take in {noun} {}{added}", file.line(first), taken.join(", ")).into(),
        })
    }

    fn says(&self, links: &[Link<'_>], is_left: bool) -> Option<String> {
        let mut says = "RUN ".to_owned();
        if let Some(update) = self.update {
            says = says + update + " && ";
        }
        says += self.runs.first()?.body().trim();
        for (run, link) in self.runs.iter().skip(1).zip(links) {
            match link.merged {
                Some(packages) => says = says + " " + packages,
                None => says = says + " && " + run.body().trim(),
            }
        }
        Some(if is_left { says + " && " + LISTS } else { says })
    }
}

/// What stands between two of them.
struct Link<'f> {
    /// What goes.
    span: Span,
    /// The packages of the second, where it installs them as the first one does.
    merged: Option<&'f str>,
}

impl<'f> Link<'f> {
    fn of(runs: &[&'f Instruction], scripts: &[Vec<Command>]) -> Option<Self> {
        let ([one, two], [before, after]) = (runs, scripts) else { return None };
        let last = before.last()?;
        let is_alike =
            after.len() == 1 && is_install(last) && words_before(last) == words_before(after.first()?);
        let packages = after.first().and_then(packages).filter(|_| is_alike && packages(last).is_some());
        let merged = packages.and_then(|start| two.body().trim_end().get(start..));
        let offset = two.arguments.len() - two.body().len() + packages.unwrap_or_default();
        let end = if merged.is_some() { *two.at.get(offset)? as usize } else { body(two)? };
        Some(Self { span: Span::new(one.range.end, end), merged })
    }
}

fn is_install(command: &Command) -> bool {
    super::scripts::is_apt(command, "install")
}

/// Where the packages of an installation begin; `None` where there are flags among them.
fn packages(command: &Command) -> Option<usize> {
    let at = words_before(command).len();
    let rest = command.words.get(at..)?;
    let is_package = |word: &Word| word.plain && !word.text.starts_with('-');
    rest.iter().all(is_package).then_some(rest.first()?.range.start)
}

/// The words of an installation up to its packages.
fn words_before(command: &Command) -> Vec<&str> {
    let verb = command.words.iter().position(|word| word.text == "install").unwrap_or_default();
    let flags = command.words.iter().skip(verb + 1).take_while(|word| word.text.starts_with('-')).count();
    command.words.iter().take(verb + 1 + flags).map(|word| word.text.as_str()).collect()
}

/// The first byte of what runs.
fn body(run: &Instruction) -> Option<usize> {
    run.at.get(run.arguments.len() - run.body().len()).map(|at| *at as usize)
}

/// The end of a `RUN` on one line that does nothing but run apt, one command after the other.
fn of_apt(file: &Dockerfile<'_>, run: &Instruction) -> Option<usize> {
    let is_plain = run.keyword == "RUN" && run.heredocs.is_empty() && run.flags().next().is_none();
    let raw = file.slice(run.range.clone());
    let (script, _) = script(run).filter(|_| is_plain && !raw.contains('\n') && !raw.ends_with('\\'))?;
    let is_apt = |command: &Command| {
        let name = command.program().first().map_or("", |word| &word.text);
        let is_end = name == "rm" && command.then.is_none();
        (matches!(name, "apt-get" | "apt") || is_end) && command.word(0) != "sudo"
    };
    let is_chain = script.iter().all(|command| matches!(command.then, None | Some(Then::And)));
    (is_chain && script.iter().all(is_apt)).then_some(run.range.end)
}
