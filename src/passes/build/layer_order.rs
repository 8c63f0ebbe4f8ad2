//! The pass `layer_order`. What it does and why stands in `layer_order.md`, which `harden explain` prints.
#![doc = include_str!("layer_order.md")]

use std::path::{Path, PathBuf};

use super::super::{Context, Meta, Pass, PassKind, Reads, findings};
use super::ecosystems::{Install, Needs, installs};
use super::source_last;
use super::view::{View, look};
use crate::dockerfile::ignore::{Patterns, clean};
use crate::dockerfile::read::Instruction;
use crate::dockerfile::stages::Stage;
use crate::plan::{
    Change, Confidence, DOCKERFILE, Evidence, Op, Proposal, Severity, Skip, TextEdit, Verdict,
};

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

/// Flags of a `COPY` that say how what is copied is to be, whatever it is.
const KEPT: [&str; 3] = ["chown", "chmod", "link"];

const HELP: &str =
    "copy what lists the dependencies before the rest, as in this diff, which `--level strict` writes";
const ASSUMES: &str = "assumes that the install reads nothing but these files";

/// Dependencies that are installed after everything was copied.
pub(super) struct Late<'v> {
    /// What copies everything, or a whole folder.
    pub(super) copy: &'v Instruction,
    /// What installs.
    pub(super) run: &'v Instruction,
    pub(super) install: Install,
    /// What it reads of the context.
    pub(super) needs: Needs,
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
    if let Some(late) = view.stages.iter().find_map(|stage| late(view, stage)) {
        return late.advice(view);
    }
    match view.stages.iter().find_map(early) {
        Some(it) => Verdict::Already(Evidence::File(view.place(it))),
        None => Verdict::Skip(Skip::NotApplicable),
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
    /// What is told, with what strict writes as a diff where that is known.
    fn advice(&self, view: &View<'_>) -> Verdict {
        let place = Some(view.place(self.copy));
        let told = findings::advise(Severity::Low, self.message(), self.help(), place);
        let Some(edit) = self.edit(view) else { return told };
        let proposal = Proposal { file: edit.file, text: edit.apply(view.file.text()) };
        findings::with_fix(findings::with_proposal(told, proposal, HELP), vec![change(edit)])
    }

    fn message(&self) -> String {
        let source = clean(self.copy.sources().first().map_or(".", String::as_str));
        let what =
            if copies_everything(self.copy) { "the context".to_owned() } else { format!("`{source}`") };
        format!("`{}` runs anew whenever any file of {what} changes", self.install.shown)
    }

    fn copy_files(&self) -> String {
        let files: Vec<String> = self.needs.files.iter().map(|file| format!("{}{file}", self.from)).collect();
        let to = if self.to.is_empty() { "./" } else { &self.to };
        format!("COPY {}{} {to}", self.flags(), files.join(" "))
    }

    /// What a `COPY` of a part says as the one of all does.
    fn flags(&self) -> String {
        let kept = self.copy.flags().filter(|(name, _)| KEPT.contains(name));
        let flag = |(name, value): (&str, &str)| match value {
            "" => format!("--{name} "),
            _ => format!("--{name}={value} "),
        };
        kept.map(flag).collect()
    }

    fn help(&self) -> String {
        let copy = self.copy.arguments.trim();
        let workdir = self.workdir.map(|it| format!("`WORKDIR {}`", it.arguments.trim()));
        let files = self.manifests().into_iter().map(|line| format!("`{line}`"));
        let parts = self.needs.of_parts.map(|name| format!("the `{name}` of each part into its own folder"));
        let lines: Vec<String> = workdir.into_iter().chain(files).chain(parts).collect();
        let first = format!("{}, then `RUN {}`", lines.join(", "), self.needs.first);
        let keyword = &self.copy.keyword;
        match self.needs.note {
            "" => format!("write {first}, and `{keyword} {copy}` only after these"),
            note => format!("write {first} ({note}), and `{keyword} {copy}` only after these"),
        }
    }

    /// The lines that copy what the install reads.
    pub(super) fn manifests(&self) -> Vec<String> {
        let files = (!self.needs.files.is_empty()).then(|| self.copy_files());
        let folder =
            |folder: &String| format!("COPY {}{}{folder}/ {}{folder}/", self.flags(), self.from, self.to);
        files.into_iter().chain(self.needs.folders.iter().map(folder)).collect()
    }

    /// The same in a few words.
    pub(super) fn named(&self) -> String {
        let folders = self.needs.folders.iter().map(|folder| format!("{folder}/"));
        self.needs.files.iter().cloned().chain(folders).collect::<Vec<_>>().join(", ")
    }

    /// Whether all of the context is copied, by nothing but that.
    pub(super) fn moves_all_of_it(&self) -> bool {
        matches!(&*self.copy.sources(), [source] if matches!(clean(source).as_str(), "" | "."))
            && self.copy.flags().all(|(name, _)| KEPT.contains(&name))
            && self.copy.exec().is_none()
    }

    /// Whether the copy goes to the same place whatever the directory is.
    pub(super) fn goes_to_a_whole_path(&self) -> bool {
        destination(self.copy).starts_with('/')
    }

    /// The same lines in the better order, where the install is known to read nothing but these files.
    fn edit(&self, view: &View<'_>) -> Option<TextEdit> {
        if self.needs.of_parts.is_some() || self.is_hidden(view) || self.reads_more(view) {
            return None;
        }
        source_last::edit(self, view)
    }

    /// Whether what was installed would lie below what is copied after it.
    fn is_hidden(&self, view: &View<'_>) -> bool {
        let makes = self.install.makes.iter().filter(|_| self.needs.is_all);
        makes.into_iter().any(|folder| view.is_sent(&format!("{}{folder}", self.from)))
    }

    /// Whether the context has what such an install reads or looks for besides, in whatever way.
    fn reads_more(&self, view: &View<'_>) -> bool {
        let has = |name: &str| view.is_sent(&format!("{}{name}", self.from));
        let ends_in = |end: &str| sent(view, &self.from).iter().any(|path| path.ends_with(end));
        match self.needs.first.as_str() {
            // modules that a `replace` may name; what is vendored is not downloaded
            first if first.contains("go mod download") => has("vendor") || ends_in("/go.mod"),
            // cargo refuses a manifest that names a target whose file is missing
            first if first.contains("cargo fetch") => {
                let others = ["src/bin", "benches", "examples", "tests"];
                !has("src/main.rs") || others.iter().any(|name| has(name))
            }
            first if first.contains("bundle") => ends_in(".gemspec"),
            _ => false,
        }
    }
}

fn change(edit: TextEdit) -> Change {
    Change {
        path: DOCKERFILE.into(),
        op: Op::Text(Box::new(edit)),
        why: "the layer with the dependencies stays until these files change".into(),
        confidence: Confidence::Guess(ASSUMES.into()),
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
                "FROM x\nCOPY requirements.txt ./\nRUN pip install -r requirements.txt\n\nCOPY . .",
            ),
            (
                "FROM x\nCOPY . .\nRUN npm ci && npm run build && npm cache clean --force",
                NODE,
                "FROM x\nCOPY package.json package-lock.json ./\nRUN npm ci && npm cache clean --force\n\
                 COPY . .\nRUN npm run build",
            ),
            (
                "FROM x\nCOPY . /srv\nWORKDIR /srv/web\nENV A=b\nRUN npm ci",
                "web/package.json",
                "FROM x\nWORKDIR /srv/web\nENV A=b\nCOPY web/package.json ./\nRUN npm ci\nCOPY . /srv",
            ),
            (
                "FROM x\nCOPY . .\nRUN cd web && npm ci && npm run build",
                "web/package.json",
                "FROM x\nCOPY web/package.json web/\nRUN cd web && npm ci\nCOPY . .\nRUN cd web && npm run build",
            ),
            (
                "FROM x\nCOPY --chown=node . .\nRUN corepack enable && yarn",
                "package.json .yarn/ .yarn/a.cjs",
                "FROM x\nCOPY --chown=node package.json ./\nCOPY --chown=node .yarn/ .yarn/\n\
                 RUN corepack enable && yarn\nCOPY --chown=node . .",
            ),
            (
                "FROM x\nCOPY . .\nRUN pip install pipenv\nRUN pipenv install --system",
                "Pipfile",
                "FROM x\nRUN pip install pipenv\nCOPY Pipfile ./\nRUN pipenv install --system\nCOPY . .",
            ),
            (
                "FROM x\nCOPY . .\n\nENV A=b\nRUN apt-get update && apt-get install -y git && rm -rf /var/lib/apt/lists/*\nRUN mix deps.get",
                "mix.exs",
                "FROM x\nENV A=b\nRUN apt-get update && apt-get install -y git && rm -rf /var/lib/apt/lists/*\n\
                 COPY mix.exs ./\nRUN mix deps.get\n\nCOPY . .",
            ),
            (
                "FROM x\nCOPY . .\nRUN go build \\\n -o /x && go clean -cache",
                "go.mod",
                "FROM x\nCOPY go.mod ./\nRUN go mod download\nCOPY . .\nRUN go build \\\n -o /x && go clean -cache",
            ),
            (
                "FROM x\nCOPY . .\nRUN composer install && composer clear-cache",
                "composer.json",
                "FROM x\nCOPY composer.json ./\nRUN composer install --no-scripts --no-autoloader && composer clear-cache\n\
                 COPY . .\nRUN composer install && composer clear-cache",
            ),
            (
                "FROM x\nCOPY . .\nRUN pnpm i",
                "package.json pnpm-lock.yaml pnpm-workspace.yaml",
                "FROM x\nCOPY package.json pnpm-lock.yaml pnpm-workspace.yaml ./\nRUN pnpm fetch\nCOPY . .\nRUN pnpm i",
            ),
            (
                "FROM x\nCOPY . .\nRUN cargo build",
                "Cargo.toml src/ src/main.rs",
                "FROM x\nCOPY Cargo.toml ./\nRUN mkdir -p src && touch src/main.rs && cargo fetch\nCOPY . .\nRUN cargo build",
            ),
        ];
        for (text, context, expected) in cases {
            let new = rewritten(text, context);
            assert_eq!(new.as_deref(), Some(expected), "{text}");
            assert_eq!(rewritten(expected, context), None, "{text}");
        }
    }

    #[test]
    fn what_is_not_so_simple_is_only_told() {
        let cases = [
            ("FROM x\nCOPY . .\n# why\nRUN npm ci", NODE),
            ("FROM x\nCOPY . .\nRUN npm ci; npm run build", NODE),
            ("FROM x\nCOPY . .\nRUN npm ci --tag=$TAG", NODE),
            ("FROM x\nCOPY . .\nRUN npm ci && npm run build \\\n --prod", NODE),
            ("FROM x\nCOPY . .\nRUN ./prepare && npm ci", NODE),
            ("FROM x\nCOPY . .\nRUN ./prepare\nRUN npm ci", NODE),
            ("FROM x\nCOPY . .\nRUN pip install .\nRUN npm ci", NODE),
            ("FROM x\nCOPY . .\nRUN rm -rf /app/.git\nRUN npm ci", NODE),
            ("FROM x\nCOPY . .\nRUN apt-get install ./a.deb\nRUN npm ci", NODE),
            ("FROM x\nCOPY . .\nRUN cd src && npm install -g x\nRUN npm ci", NODE),
            ("FROM x\nCOPY . .\nUSER node\nRUN npm ci", NODE),
            ("FROM x\nCOPY --exclude=a . .\nRUN npm ci", NODE),
            ("FROM x\nCOPY . \\\n .\nRUN npm ci", NODE),
            ("FROM x\nCOPY . .\nRUN --mount=type=secret,id=a npm ci", NODE),
            ("FROM x\nCOPY . .\nRUN npm ci", "package.json node_modules/"),
            ("FROM x\nCOPY . .\nRUN cd a && npm ci", "a/package.json a/node_modules/"),
            ("FROM x\nCOPY . .\nRUN npm ci", "package.json parts/ui/package.json"),
            ("FROM x\nCOPY api/ ./\nRUN npm ci", "api/ api/package.json"),
            ("FROM x\nCOPY . $HOME\nWORKDIR $HOME\nRUN npm ci", NODE),
            ("FROM x\nCOPY . .\nRUN cargo build", "Cargo.toml src/ src/lib.rs"),
            ("FROM x\nCOPY . .\nRUN cargo build", "Cargo.toml src/ src/main.rs benches/ benches/a.rs"),
            ("FROM x\nCOPY . .\nRUN go mod download", "go.mod tools/ tools/go.mod"),
            ("FROM x\nCOPY . .\nRUN bundle install", "Gemfile shop.gemspec"),
        ];
        for (text, context) in cases {
            let said = said(text, context);
            assert!(said.starts_with("low: `") && !said.contains("+ fix"), "{text}: {said}");
        }
        let help = said("FROM x\nCOPY . .\nRUN npm ci; npm run build", NODE);
        let expected = "write `COPY package.json package-lock.json ./`, then `RUN npm ci`, and `COPY . .` only after these";
        assert!(help.ends_with(expected), "{help}");
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
