//! A Dockerfile of one stage as one of two: the first builds, the last one has what runs.
//!
//! Only for shapes of which it is known what runs: the program that `CMD` or `ENTRYPOINT` names is copied to the very path
//! where it was, and all that is said of running goes with it. Anything else gets no proposal.

use super::hidden::resolved;
use super::runtimes::{Runtime, runtime};
use super::view::View;
use crate::dockerfile::read::{Dockerfile, Instruction, Kind};
use crate::dockerfile::referee;
use crate::plan::Proposal;

/// What says how an image runs, and so belongs into the last stage.
const OF_RUNNING: [&str; 8] =
    ["CMD", "ENTRYPOINT", "EXPOSE", "LABEL", "STOPSIGNAL", "USER", "VOLUME", "MAINTAINER"];

/// What is understood of the instructions between `FROM` and `CMD`.
const OF_BUILDING: [&str; 5] = ["ARG", "COPY", "ENV", "RUN", "WORKDIR"];

/// A Dockerfile of one stage.
pub(super) struct Shape<'v> {
    pub(super) view: &'v View<'v>,
    /// Where it ends up, from the root.
    pub(super) folder: Option<String>,
    /// Its instructions that run something.
    pub(super) runs: Vec<&'v Instruction>,
    /// What starts, as the engine puts it together.
    pub(super) words: Vec<String>,
}

/// What a person might make of it.
pub(super) fn propose(view: &View<'_>) -> Option<Proposal> {
    let file = view.site.dockerfile.as_ref()?;
    let shape = shape(view)?;
    let text = shape.written(&runtime(&shape)?)?;
    let said = referee::read(&text)?;
    let stages = said.iter().filter(|it| it.says.starts_with("FROM ")).count();
    let is_same = |it: &&Instruction| {
        let says = referee::one_line(view.file.slice(it.range.clone()), '\\');
        it.keyword == "FROM" || said.iter().any(|other| other.says == says)
    };
    let is_whole = view.instructions().all(|it| is_same(&it));
    (stages == 2 && is_whole).then_some(Proposal { file: file.id, text })
}

/// The shape, if it is one that is understood.
fn shape<'v>(view: &'v View<'v>) -> Option<Shape<'v>> {
    let all: Vec<&Instruction> = view.file.instructions().collect();
    let stage = view.last_stage().filter(|_| view.stages.len() == 1)?;
    let is_plain = |it: &&Instruction| {
        let is_known = [&OF_RUNNING[..], &OF_BUILDING[..], &["FROM"][..]].concat().contains(&&*it.keyword);
        is_known && it.heredocs.is_empty()
    };
    let is_first = all.first().is_some_and(|it| it.keyword == "FROM" && it.flags().next().is_none());
    if !is_first || !all.iter().all(is_plain) || view.base().is_variable() || view.base().tag().is_empty() {
        return None;
    }
    let runs: Vec<&Instruction> =
        stage.instructions.iter().copied().filter(|it| it.keyword == "RUN").collect();
    let last = stage.instructions.iter().rposition(|it| matches!(&*it.keyword, "RUN" | "COPY"))?;
    let before = stage.instructions.get(..last)?;
    let copies = stage.instructions.iter().filter(|it| it.keyword == "COPY");
    let is_owned = copies.into_iter().any(|it| it.flags().next().is_some());
    // whoever builds is another one than root, or things belong to somebody
    if is_owned || before.iter().any(|it| it.keyword == "USER") {
        return None;
    }
    let mut folder = None;
    for it in stage.instructions.iter().filter(|it| it.keyword == "WORKDIR") {
        folder = Some(resolved(it.body().trim(), folder.as_deref())?);
    }
    let is_made = |it: &&Instruction| it.keyword == "ENV" && it.arguments.contains('$');
    if all.iter().any(|it| it.keyword == "ARG") && all.iter().any(is_made) {
        return None;
    }
    let words = words(view)?;
    Some(Shape { view, folder, runs, words })
}

/// Whether a variable is for a tool that builds.
fn is_of_tool(it: &Instruction) -> bool {
    let tools = ["GO", "CGO_", "CARGO_", "RUST", "MAVEN_", "GRADLE_", "COMPOSER_", "PIP_"];
    let mut pairs = it.body().split_whitespace();
    pairs.all(|pair| tools.iter().any(|tool| pair.starts_with(tool)))
}

/// The words of `ENTRYPOINT` and `CMD`, which must be lists.
fn words(view: &View<'_>) -> Option<Vec<String>> {
    let lists = ["ENTRYPOINT", "CMD"].into_iter().filter_map(|keyword| view.last(keyword));
    let words = lists.map(Instruction::exec).collect::<Option<Vec<_>>>()?.concat();
    (!words.is_empty()).then_some(words)
}

impl Shape<'_> {
    /// Whether a `USER` is named that only this image has.
    pub(super) fn has_own_user(&self) -> bool {
        let user = self.view.last("USER").map_or("0", |it| it.body().trim());
        !user.chars().all(|c| c.is_ascii_digit() || c == ':') && user != "root"
    }

    /// A path, as seen from where the program starts.
    pub(super) fn path(&self, written: &str) -> Option<String> {
        resolved(written, self.folder.as_deref())
    }

    /// The whole text.
    fn written(&self, runtime: &Runtime) -> Option<String> {
        let file = self.view.file;
        let name = self.view.last_stage()?.name;
        let parts = Parts::of(file, name, &runtime.begin);
        let stage = name.unwrap_or("build");
        let mut text = parts.building + &lines(&runtime.prepare);
        if !text.ends_with("\n\n") {
            text.push('\n');
        }
        text = text + "FROM " + &runtime.base + "\n" + &lines(&runtime.setup) + &parts.variables;
        if let Some(folder) = &self.folder {
            text = text + "WORKDIR " + folder + "\n";
        }
        let copies = runtime.copies.iter().map(|path| format!("COPY --from={stage} {path} {path}"));
        text = text + &lines(&copies.collect::<Vec<_>>()) + &parts.running;
        let is_crlf = file.slice(0..file.pieces.last()?.range.end).contains("\r\n");
        let text = text.replace("\r\n", "\n");
        Some(if is_crlf { text.replace('\n', "\r\n") } else { text })
    }
}

/// The lines of a Dockerfile by the stage that they go to, with the comments above them.
#[derive(Default)]
pub(super) struct Parts {
    pub(super) building: String,
    running: String,
    /// Those that both stages need.
    variables: String,
}

impl Parts {
    pub(super) fn of(file: &Dockerfile<'_>, name: Option<&str>, begin: &[String]) -> Self {
        let mut parts = Self::default();
        let mut above = String::new();
        for piece in &file.pieces {
            let text = file.slice(piece.range.clone()).trim_end_matches(['\r', '\n']);
            if let Kind::Instruction(it) = &piece.kind {
                parts.put(it, &above, text);
                if it.keyword == "FROM" {
                    parts.building += if name.is_none() { " AS build\n" } else { "\n" };
                    parts.building += &lines(begin);
                }
                above.clear();
            } else {
                above = above + text + "\n";
            }
        }
        parts.running += &above;
        parts
    }

    fn put(&mut self, it: &Instruction, above: &str, text: &str) {
        let end = if it.keyword == "FROM" { "" } else { "\n" };
        if OF_RUNNING.contains(&it.keyword.as_str()) {
            self.running = std::mem::take(&mut self.running) + above.trim_start_matches('\n') + text + end;
            return;
        }
        self.building = std::mem::take(&mut self.building) + above + text + end;
        if it.keyword == "ENV" && !is_of_tool(it) {
            self.variables = std::mem::take(&mut self.variables) + text + end;
        }
    }
}

fn lines(lines: &[String]) -> String {
    lines.iter().flat_map(|line| [line.as_str(), "\n"]).collect()
}
