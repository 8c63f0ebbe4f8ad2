//! The pass `layer_order`. What it does and why stands in `layer_order.md`, which `harden explain` prints.
#![doc = include_str!("layer_order.md")]

use std::path::{Path, PathBuf};

use super::super::{Context, Meta, Pass, PassKind, Reads, findings};
use super::ecosystems::{Install, Needs, installs};
use super::view::{View, look};
use crate::dockerfile::ignore::{Patterns, clean};
use crate::dockerfile::read::{Instruction, Kind};
use crate::dockerfile::referee::one_line;
use crate::dockerfile::stages::Stage;
use crate::plan::{Change, Confidence, DOCKERFILE, Evidence, Op, Severity, Skip, TextEdit, Verdict};
use crate::source::Span;

/// The pass.
#[derive(Debug)]
pub struct LayerOrder;

const META: Meta = Meta {
    id: "layer_order",
    summary: "dependencies that are installed anew whenever a source file changes",
    kind: PassKind::Advice,
    text: include_str!("layer_order.md"),
    reads: Reads { keys: &["build"], facts: &[] },
};

/// The directory that the base image has set.
const UNKNOWN: &str = "?";

const ASSUMES: &str = "assumes that the install reads nothing but these files";

/// Dependencies that are installed after everything was copied.
struct Late<'v> {
    /// What copies everything, or a whole folder.
    copy: &'v Instruction,
    /// What installs.
    run: &'v Instruction,
    install: Install,
    /// What it reads of the context.
    needs: Needs,
    /// The folder of the context that the paths of that start from, with a slash at the end; empty for the context.
    from: String,
    /// Where they go, from where the install begins.
    to: String,
    /// The `WORKDIR` that must come first.
    workdir: Option<&'v Instruction>,
}

impl Pass for LayerOrder {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn is_of_build(&self) -> bool {
        true
    }

    fn run(&self, context: &Context<'_>) -> Verdict {
        look(context, judge).unwrap_or(Verdict::Skip(Skip::NotApplicable))
    }
}

fn judge(view: &View<'_>) -> Verdict {
    let late = view.stages.iter().find_map(|stage| late(view, stage));
    match late {
        Some(late) => {
            let message = late.message();
            let advice = findings::advise(Severity::Low, message, late.help(), Some(view.place(late.copy)));
            findings::with_fix(advice, late.change(view).into_iter().collect())
        }
        None => match view.stages.iter().find_map(early) {
            Some(it) => Verdict::Already(Evidence::File(view.place(it))),
            None => Verdict::Skip(Skip::NotApplicable),
        },
    }
}

/// The first install of a stage, where what it reads is copied before it with everything else.
fn late<'v>(view: &View<'_>, stage: &Stage<'v>) -> Option<Late<'v>> {
    let own = &stage.instructions;
    let at = own.iter().position(|it| first_install(it).is_some())?;
    let (before, run) = (own.get(..at)?, *own.get(at)?);
    let is_cached = run.flags().any(|(name, value)| name == "mount" && value.contains("type=cache"));
    if is_cached {
        return None;
    }
    before.iter().enumerate().find_map(|(from, copy)| {
        let source = folder(view, copy)?;
        late_after(view, (before, from), run, &source)
    })
}

/// The same for a `COPY` of a folder, at its place in what stands before the install.
fn late_after<'v>(
    view: &View<'_>,
    (before, at): (&[&'v Instruction], usize),
    run: &'v Instruction,
    source: &str,
) -> Option<Late<'v>> {
    let copy = *before.get(at)?;
    let install = first_install(run)?;
    let home = workdir(before.get(..at)?);
    let here = workdir(before);
    let runs_in = install.folder.as_ref().map_or_else(|| here.clone(), |folder| entered(&here, folder));
    let below = below(&runs_in, &entered(&home, &destination(copy)))?;
    let from = [source, &below].into_iter().filter(|part| !part.is_empty());
    let from: String = from.flat_map(|part| [part, "/"]).collect();
    let needs = install.needs(&sent(view, &from))?;
    let is_moved = home != here;
    let workdir = before.iter().rfind(|it| it.keyword == "WORKDIR").filter(|_| is_moved).copied();
    let to = install
        .folder
        .as_ref()
        .map_or_else(String::new, |folder| format!("{}/", folder.trim_end_matches('/')));
    Some(Late { copy, run, install, needs, from, to, workdir })
}

/// The folder of the context that an instruction copies whole: empty for all of it.
fn folder(view: &View<'_>, it: &Instruction) -> Option<String> {
    if copies_everything(it) {
        return Some(String::new());
    }
    let [source] = &*it.sources() else { return None };
    let path = clean(source);
    let mut entries = view.site.listing.entries.iter();
    entries.any(|entry| entry.is_folder && *entry.path == *path).then_some(path)
}

/// Where a `COPY` goes, as written.
fn destination(it: &Instruction) -> String {
    let words = it.exec().unwrap_or_else(|| it.body().split_whitespace().map(str::to_owned).collect());
    words.last().cloned().unwrap_or_default()
}

/// The directory after some instructions of a stage; what the base image has set is not known.
fn workdir(instructions: &[&Instruction]) -> PathBuf {
    let named = instructions.iter().filter(|it| it.keyword == "WORKDIR").map(|it| it.body().trim());
    named.fold(PathBuf::from(UNKNOWN), |path, name| entered(&path, name))
}

/// A path from a directory; one that begins with a variable is taken for a whole one.
fn entered(path: &Path, name: &str) -> PathBuf {
    if name.starts_with('$') { PathBuf::from(name) } else { path.join(name) }
}

/// The path from one directory to one in it; `None` where it is not known to be in it.
fn below(inner: &Path, outer: &Path) -> Option<String> {
    if inner == Path::new(UNKNOWN) && !outer.starts_with(UNKNOWN) {
        return Some(String::new());
    }
    let (inner, outer) = (clean(inner.to_str()?), clean(outer.to_str()?));
    let rest = inner.strip_prefix(outer.trim_end_matches('/'))?;
    (rest.is_empty() || rest.starts_with('/')).then(|| rest.trim_start_matches('/').to_owned())
}

/// What is sent of a folder of the context, from there.
fn sent<'v>(view: &View<'v>, folder: &str) -> Vec<&'v str> {
    let ignored = Patterns::parse(&view.site.ignored).unwrap_or_default();
    let paths = view.site.listing.entries.iter().map(|entry| &*entry.path);
    let inside = paths.filter(|path| path.starts_with(folder) && !ignored.ignores(path));
    inside.filter_map(|path| path.strip_prefix(folder)).collect()
}

fn first_install(it: &Instruction) -> Option<Install> {
    if it.keyword == "RUN" { installs(it.body()) } else { None }
}

/// An install in a stage that is as it should be.
fn early<'v>(stage: &Stage<'v>) -> Option<&'v Instruction> {
    let first = stage.instructions.iter().find(|it| copies_everything(it) || first_install(it).is_some())?;
    (!copies_everything(first)).then_some(*first)
}

/// `COPY . .`, and `ADD` likewise.
fn copies_everything(it: &Instruction) -> bool {
    it.sources().iter().any(|source| matches!(source.as_str(), "." | "./" | "/" | "./."))
}

impl Late<'_> {
    fn message(&self) -> String {
        let source = clean(self.copy.sources().first().map_or(".", String::as_str));
        let what =
            if copies_everything(self.copy) { "the context".to_owned() } else { format!("`{source}`") };
        format!("`{}` runs anew whenever any file of {what} changes", self.install.shown)
    }

    fn copy_files(&self) -> String {
        let files: Vec<String> = self.needs.files.iter().map(|file| format!("{}{file}", self.from)).collect();
        let kept = self.copy.flags().filter(|(name, _)| matches!(*name, "chown" | "chmod" | "link"));
        let kept =
            kept.map(
                |(name, value)| {
                    if value.is_empty() { format!("--{name} ") } else { format!("--{name}={value} ") }
                },
            );
        let to = if self.to.is_empty() { "./" } else { &self.to };
        format!("COPY {}{} {to}", kept.collect::<String>(), files.join(" "))
    }

    fn help(&self) -> String {
        let copy = self.copy.arguments.trim();
        let workdir = self.workdir.map(|it| format!("`WORKDIR {}`", it.arguments.trim()));
        let files = (!self.needs.files.is_empty()).then(|| format!("`{}`", self.copy_files()));
        let folders = self.needs.folders.iter();
        let folders = folders.map(|folder| format!("`COPY {}{folder}/ {}{folder}/`", self.from, self.to));
        let parts = self.needs.of_parts.map(|name| format!("the `{name}` of each part into its own folder"));
        let lines: Vec<String> = workdir.into_iter().chain(files).chain(folders).chain(parts).collect();
        let first = format!("{}, then `RUN {}`", lines.join(", "), self.needs.first);
        let keyword = &self.copy.keyword;
        match self.needs.note {
            "" => format!("write {first}, and `{keyword} {copy}` only after these"),
            note => format!("write {first} ({note}), and `{keyword} {copy}` only after these"),
        }
    }

    /// The same lines in the better order, where nothing else stands between or in them.
    fn change(&self, view: &View<'_>) -> Option<Change> {
        let file = view.site.dockerfile.as_ref()?;
        let raw = |it: &Instruction| view.file.slice(it.range.clone()).to_owned();
        let (copy, run) = (raw(self.copy), raw(self.run));
        let is_plain = !(copy.contains('\n') || run.contains('\n')) && self.run.heredocs.is_empty();
        let is_whole = one_line(&copy, '\\') == copy.trim() && one_line(&run, '\\') == run.trim();
        let has_more = !self.needs.folders.is_empty() || self.needs.of_parts.is_some();
        let is_itself = self.install.is_movable && self.needs.first == self.run.body().trim();
        let is_simple = is_plain && is_whole && is_itself && !has_more;
        if !(is_simple && self.is_followed(view)) || self.is_hidden(view) {
            return None;
        }
        let words: Vec<&str> = self.copy.arguments.split_whitespace().collect();
        if !matches!(words.as_slice(), ["." | "./", "." | "./"]) || self.run.flags().next().is_some() {
            return None;
        }
        let between = view.file.slice(self.copy.range.end..self.run.range.start);
        let files = self.copy_files();
        let start = self.copy.range.start;
        let edit = TextEdit {
            file: file.id,
            within: Span::new(start, self.run.range.end),
            edits: vec![
                (Span::new(start, start), format!("{files}{between}{run}{between}")),
                (Span::new(self.copy.range.end, self.run.range.end), String::new()),
            ],
            says: format!("{files}\n{run}\n{copy}"),
            words: format!("{}: copy {} and install before the rest", file.path, self.needs.files.join(", "))
                .into(),
        };
        Some(Change {
            path: DOCKERFILE.into(),
            op: Op::Text(Box::new(edit)),
            why: "the layer with the dependencies stays until these files change".into(),
            confidence: Confidence::Guess(ASSUMES.into()),
        })
    }

    /// Whether the install stands in the line after the copy.
    fn is_followed(&self, view: &View<'_>) -> bool {
        let between = self.copy.range.end..self.run.range.start;
        let is_inside = |range: &std::ops::Range<usize>| between.contains(&range.start);
        let other = |kind: &Kind| !matches!(kind, Kind::Instruction(_));
        let has_more = view.file.pieces.iter().any(|piece| is_inside(&piece.range) && other(&piece.kind));
        !has_more && view.file.slice(between.clone()).trim().is_empty()
    }

    /// Whether what was installed would lie below what is copied after it.
    fn is_hidden(&self, view: &View<'_>) -> bool {
        self.install.makes.iter().any(|folder| view.is_sent(folder))
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{built, judge, judged};
    use super::LayerOrder;
    use crate::plan::Verdict;

    const NODE: &str = "package.json package-lock.json src/ src/a.js";

    fn said(text: &str, context: &str) -> String {
        judge(&LayerOrder, "", text, context)
    }

    /// The Dockerfile as strict writes it.
    fn rewritten(text: &str, context: &str) -> Option<String> {
        let Verdict::Advise(finding) = judged(&LayerOrder, &built("", text, context)) else { return None };
        Some(finding.fix.first()?.text_edit()?.apply(text))
    }

    #[test]
    fn what_can_be_written_is() {
        let cases = [
            (
                "FROM x\nCOPY . .\nRUN npm ci\n",
                NODE,
                "FROM x\nCOPY package.json package-lock.json ./\nRUN npm ci\nCOPY . .\n",
            ),
            (
                "FROM x\r\nCOPY . ./\r\nRUN go mod download\r\nRUN go build",
                "go.mod",
                "FROM x\r\nCOPY go.mod ./\r\nRUN go mod download\r\nCOPY . ./\r\nRUN go build",
            ),
            (
                "FROM x\nCOPY . .\n\nRUN pip install -r requirements.txt",
                "requirements.txt",
                "FROM x\nCOPY requirements.txt ./\n",
            ),
        ];
        for (text, context, expected) in cases {
            match rewritten(text, context) {
                Some(new) => assert_eq!(new, expected, "{text}"),
                None => assert!(text.contains("\n\n"), "{text}"),
            }
        }
    }

    #[test]
    fn what_is_not_so_simple_is_only_told() {
        let cases = [
            ("FROM x\nCOPY . .\n# why\nRUN npm ci", NODE),
            ("FROM x\nCOPY . .\nRUN npm ci && npm run build", NODE),
            ("FROM x\nCOPY --chown=node . .\nRUN npm ci", NODE),
            ("FROM x\nCOPY . /app\nRUN npm ci", NODE),
            ("FROM x\nCOPY . .\nENV A=b\nRUN npm ci", NODE),
            ("FROM x\nCOPY . .\nRUN npm ci \\\n --omit=dev", NODE),
            ("FROM x\nCOPY . .\nRUN npm ci", "package.json node_modules/"),
            ("FROM x\nCOPY . .\nRUN npm ci", "package.json parts/ui/package.json"),
            ("FROM x\nCOPY api/ ./\nRUN npm ci", "api/ api/package.json"),
            ("FROM x\nCOPY . $HOME\nWORKDIR $HOME\nRUN npm ci", NODE),
            ("FROM x\nCOPY . .\nRUN go build", "go.mod"),
        ];
        for (text, context) in cases {
            let said = said(text, context);
            assert!(said.starts_with("low: `") && !said.contains("+ fix"), "{text}: {said}");
        }
        let help = said("FROM x\nCOPY . .\nRUN npm ci && npm run build", NODE);
        assert!(help.ends_with("write `COPY package.json package-lock.json ./`, then `RUN npm ci`, and `COPY . .` only after these"), "{help}");
    }

    #[test]
    fn good_orders_and_others() {
        let cases = [
            ("FROM x\nCOPY package*.json ./\nRUN npm ci\nCOPY . .\nRUN npm run build", "already"),
            ("FROM x AS a\nCOPY go.mod ./\nRUN go mod download\nCOPY . .\nRUN go build\nFROM y", "already"),
            ("FROM x\nCOPY . .\nRUN --mount=type=cache,target=/root/.npm npm ci", "-"),
            ("FROM x\nCOPY . .\nRUN make", "-"),
            ("FROM x\nCOPY src/ src/\nRUN npm ci\nCOPY . .", "already"),
            ("FROM x\nCOPY . /app\nWORKDIR /other\nRUN npm ci", "-"),
            ("FROM x\nCOPY . .\nRUN cd ../other && npm ci", "-"),
            ("FROM x\nCOPY . .\nRUN cargo build", "-"),
            ("FROM x\nONBUILD COPY . .\nONBUILD RUN npm ci", "-"),
            ("COPY . .\nRUN npm ci", "-"),
        ];
        for (text, expected) in cases {
            assert_eq!(said(text, NODE), expected, "{text}");
        }
    }
}
