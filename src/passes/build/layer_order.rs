//! The pass `layer_order`. What it does and why stands in `layer_order.md`, which `harden explain` prints.
#![doc = include_str!("layer_order.md")]

use super::super::{Context, Meta, Pass, PassKind, Reads, findings};
use super::ecosystems::{Install, installs};
use super::view::{View, look};
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

const ASSUMES: &str = "assumes that the install reads nothing but these files";

/// Dependencies that are installed after everything was copied.
struct Late<'v> {
    /// What copies everything.
    copy: &'v Instruction,
    /// What installs.
    run: &'v Instruction,
    install: Install,
    /// The files that it reads, which lie in the context.
    files: Vec<String>,
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
            let message =
                format!("`{}` runs anew whenever any file of the context changes", late.install.shown);
            let advice = findings::advise(Severity::Low, message, late.help(), Some(view.place(late.copy)));
            findings::with_fix(advice, late.change(view).into_iter().collect())
        }
        None => match view.stages.iter().find_map(early) {
            Some(it) => Verdict::Already(Evidence::File(view.place(it))),
            None => Verdict::Skip(Skip::NotApplicable),
        },
    }
}

/// The first install of a stage, where everything is copied before it.
fn late<'v>(view: &View<'_>, stage: &Stage<'v>) -> Option<Late<'v>> {
    let at = stage.instructions.iter().position(|it| copies_everything(it))?;
    let (before, after) = stage.instructions.split_at_checked(at)?;
    let is_early = before.iter().any(|it| first_install(it).is_some());
    let (run, install) = after.iter().find_map(|it| Some((*it, first_install(it)?)))?;
    let is_cached = run.flags().any(|(name, value)| name == "mount" && value.contains("type=cache"));
    let is_outside = after.iter().take_while(|it| ***it != *run).any(|it| it.keyword == "WORKDIR");
    if is_early || is_cached || is_outside {
        return None;
    }
    let files = install.files(|path| view.is_sent(path), &view.names())?;
    Some(Late { copy: stage.instructions.get(at)?, run, install, files })
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
    fn copy_files(&self) -> String {
        format!("COPY {} ./", self.files.join(" "))
    }

    fn help(&self) -> String {
        let copy = self.copy.arguments.trim();
        let first = format!("`{}`, then `RUN {}`", self.copy_files(), self.install.first);
        let keyword = &self.copy.keyword;
        match self.install.note {
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
        if !(is_plain && is_whole && self.install.is_movable && self.is_followed(view))
            || self.is_hidden(view)
        {
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
            words: format!("{}: copy {} and install before the rest", file.path, self.files.join(", "))
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
            ("FROM x\nCOPY . .\nRUN cargo build", "-"),
            ("FROM x\nONBUILD COPY . .\nONBUILD RUN npm ci", "-"),
            ("COPY . .\nRUN npm ci", "-"),
        ];
        for (text, expected) in cases {
            assert_eq!(said(text, NODE), expected, "{text}");
        }
    }
}
