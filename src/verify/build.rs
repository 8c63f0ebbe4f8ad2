//! The proof of Dockerfiles and `.dockerignore` files: they say what they said, and what was planned.
//!
//! Makes the edits of the plan itself, pass by pass, and reads each text with the parser that no edit is made by. Wants
//! the same instructions in the same order but for those that a pass has planned, which must say what it said they would.

use std::collections::BTreeMap;

use super::{ProofError, Verified};
use crate::compose::{Project, Recipe, Site};
use crate::dockerfile::glob::Glob;
use crate::dockerfile::ignore::{Patterns, clean};
use crate::dockerfile::referee;
use crate::plan::{Change, DOCKERFILE, Plan, TextEdit};
use crate::source::FileId;
use crate::yaml::Tree;

/// What a pass does to one text: its edits in order, and whether it is a Dockerfile.
#[derive(Default)]
struct Round<'p> {
    edits: Vec<&'p TextEdit>,
    is_dockerfile: bool,
}

/// Whether a plan changes a file that is no YAML.
pub(super) fn is_of_build(plan: &Plan, file: FileId) -> bool {
    plan.changes().any(|(_, change)| change.text_edit().is_some_and(|edit| edit.file == file))
}

/// Checks that a new text is what the passes have planned.
pub(super) fn check(plan: &Plan, file: FileId, old: &str, new: &str, name: &str) -> Result<(), ProofError> {
    let mut text = old.to_owned();
    for round in rounds(plan, file) {
        let next = round.apply(&text)?;
        let (before, after) = if round.is_dockerfile {
            (instructions(&text, true)?, instructions(&next, false)?)
        } else {
            (lines(&text), lines(&next))
        };
        round.compare(&before, &after, name)?;
        kept_comments(&text, &next)?;
        text = next;
    }
    if text == new { Ok(()) } else { Err(ProofError::Bytes) }
}

/// What each pass does to a file, in their order.
fn rounds(plan: &Plan, file: FileId) -> Vec<Round<'_>> {
    let mut rounds: BTreeMap<usize, Round<'_>> = BTreeMap::new();
    for service in &plan.services {
        for (at, (_, decision)) in service.decisions.iter().enumerate() {
            let own = |change: &'_ &Change| change.text_edit().is_some_and(|edit| edit.file == file);
            for change in decision.applied().iter().filter(own) {
                let round = rounds.entry(at).or_default();
                round.is_dockerfile = *change.path == *DOCKERFILE;
                round.edits.extend(change.text_edit());
            }
        }
    }
    rounds.into_values().map(Round::in_order).collect()
}

impl Round<'_> {
    fn in_order(mut self) -> Self {
        self.edits.sort_by_key(|edit| edit.within);
        self.edits.dedup();
        self
    }

    /// The text with the edits made, none of which reaches over its instruction.
    fn apply(&self, text: &str) -> Result<String, ProofError> {
        let mut new = text.to_owned();
        let mut end = text.len();
        for edit in self.edits.iter().rev() {
            let within = edit.within.range();
            if within.end > end {
                return Err(ProofError::Bytes);
            }
            for (span, by) in edit.edits.iter().rev() {
                let range = span.range();
                let fits = within.start <= range.start
                    && range.end <= end.min(within.end)
                    && range.start <= range.end;
                if !fits || text.get(range.clone()).is_none() {
                    return Err(ProofError::Bytes);
                }
                end = range.start;
                new.replace_range(range, by);
            }
            end = within.start;
        }
        Ok(new)
    }

    /// Requires that what was said before is said afterwards, but for what was planned.
    fn compare(
        &self,
        before: &[(usize, String)],
        after: &[(usize, String)],
        name: &str,
    ) -> Result<(), ProofError> {
        let mut planned: Vec<&str> = Vec::new();
        let mut edits = self.edits.iter().peekable();
        for (start, says) in before {
            while let Some(edit) = edits.next_if(|edit| edit.within.range().start <= *start) {
                planned.extend(edit.says.lines());
            }
            let replaced = |edit: &&TextEdit| edit.within.range().contains(start);
            if !self.edits.iter().any(replaced) {
                planned.push(says);
            }
        }
        planned.extend(edits.flat_map(|edit| edit.says.lines()));
        let said = after.iter().map(|(_, says)| says.as_str());
        match said.clone().zip(&planned).position(|(said, planned)| said != *planned) {
            None if after.len() == planned.len() => Ok(()),
            at => {
                let number = at.unwrap_or(after.len().min(planned.len())) + 1;
                Err(ProofError::Meaning { path: format!("{name}, instruction {number}") })
            }
        }
    }
}

/// Where each instruction begins, and what it says.
fn instructions(text: &str, is_original: bool) -> Result<Vec<(usize, String)>, ProofError> {
    let said = referee::read(text).ok_or_else(|| {
        let words = "a Dockerfile".to_owned();
        if is_original { ProofError::Referee(words) } else { ProofError::Unreadable(words) }
    })?;
    Ok(said.into_iter().map(|said| (said.range.start, said.says)).collect())
}

/// Where each pattern begins, and what it says.
fn lines(text: &str) -> Vec<(usize, String)> {
    let mut at = 0;
    let mut lines = Vec::new();
    for line in text.split('\n') {
        let says = line.trim_start_matches('\u{feff}').trim();
        if !says.is_empty() && !line.starts_with('#') {
            lines.push((at, says.to_owned()));
        }
        at += line.len() + 1;
    }
    lines
}

/// Requires that every line that is a comment is still there, in order.
fn kept_comments(old: &str, new: &str) -> Result<(), ProofError> {
    let is_comment = |line: &&str| line.trim_start_matches('\u{feff}').trim_start().starts_with('#');
    let mut there = new.lines().filter(is_comment);
    let mut all = old.lines().filter(is_comment);
    if all.all(|comment| there.any(|other| other == comment)) { Ok(()) } else { Err(ProofError::Comment) }
}

/// Requires that nothing that a Dockerfile names is newly left out of its context. `project` is as it will be; the tree
/// has the texts as they were.
///
/// # Errors
/// The first file that would be missing.
pub fn contexts(tree: &Tree, project: &Project, proven: &[Verified]) -> Result<(), ProofError> {
    for service in &project.services {
        let Some(build) = &service.build else { continue };
        let (Some(site), Recipe::Found(recipe)) = (&build.value.site, &build.value.recipe) else { continue };
        let Some(new) = proven.iter().find(|file| file.file() == site.ignore.id) else { continue };
        let old = Patterns::parse(tree.source(site.ignore.id).text());
        let (Some(old), Some(new)) = (old, Patterns::parse(new.text())) else {
            return Err(ProofError::Unreadable(site.ignore.path.to_string()));
        };
        let texts = std::iter::once(&recipe.text).chain(site.neighbours.iter().map(|text| &**text));
        let said =
            texts.flat_map(|text| referee::read(text.expose()).unwrap_or_default()).collect::<Vec<_>>();
        let lost = said.iter().flat_map(|said| &said.takes).find_map(|source| lost(source, site, &old, &new));
        if let Some(lost) = lost {
            return Err(ProofError::Meaning { path: format!("{}, which hides {lost}", site.ignore.path) });
        }
    }
    Ok(())
}

/// A file that a source of `COPY` or `ADD` stands for and that is newly left out.
fn lost(source: &str, site: &Site, old: &Patterns, new: &Patterns) -> Option<String> {
    let source = clean(&format!("/{}", source.trim_matches(['"', '\''])));
    let source = source.trim_start_matches('/');
    let newly = |path: &str| new.ignores(path) && !old.ignores(path);
    if !source.is_empty() && newly(source) {
        return Some(source.to_owned());
    }
    let glob = Glob::parse(source)?;
    let mut named = site.listing.entries.iter().filter(|entry| glob.matches(&entry.path));
    named.find(|entry| newly(&entry.path)).map(|entry| entry.path.to_string())
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::plan::{
        Change, Confidence, DOCKERFILE, DOCKERIGNORE, Decision, Level, Op, Path, Plan, ServicePlan, TextEdit,
    };
    use crate::source::{FileId, Span};
    use crate::verify::ProofError;

    fn edit(within: (usize, usize), at: (usize, usize), by: &str, says: &str) -> TextEdit {
        TextEdit {
            file: FileId(1),
            within: Span::new(within.0, within.1),
            edits: vec![(Span::new(at.0, at.1), by.to_owned())],
            says: says.to_owned(),
            words: "a test".into(),
        }
    }

    /// A plan of passes that make one edit each.
    fn plan(path: &Path, edits: Vec<TextEdit>) -> Plan {
        let change = |edit| Change {
            path: path.clone(),
            op: Op::Text(Box::new(edit)),
            why: "a test".into(),
            confidence: Confidence::Likely("a test".into()),
        };
        let decisions = edits.into_iter().map(|edit| ("x", Decision::Apply(vec![change(edit)]))).collect();
        let services = vec![ServicePlan { service: "a".to_owned(), level: Level::default(), decisions }];
        Plan { services, ..Plan::default() }
    }

    fn dockerfile(old: &str, new: &str, edits: Vec<TextEdit>) -> Result<(), ProofError> {
        check(&plan(&DOCKERFILE.into(), edits), FileId(1), old, new, "D")
    }

    const OLD: &str = "FROM a\nRUN b \\\n  # why\n  c\nUSER d\n";

    #[test]
    fn an_instruction_says_what_was_planned() {
        // `RUN b \ # why \ c` is from 7 to 27
        let new = "FROM a\nRUN b \\\n  # why\n  c && e\nUSER d\n";
        let end = OLD.find("\nUSER").unwrap();
        let made = |says: &str| dockerfile(OLD, new, vec![edit((7, end), (end, end), " && e", says)]);
        assert_eq!(made("RUN b c && e"), Ok(()));
        assert!(matches!(made("RUN b c && f"), Err(ProofError::Meaning { .. })));
        assert!(matches!(made("RUN b c && e\nUSER x"), Err(ProofError::Meaning { .. })));
    }

    #[test]
    fn nothing_else_changes() {
        let end = OLD.find("\nUSER").unwrap();
        let says = "RUN b c && e";
        let changed = |by: &str, new: &str| dockerfile(OLD, new, vec![edit((7, end), (end, end), by, says)]);
        let more = changed(" && e\nUSER x", "FROM a\nRUN b \\\n  # why\n  c && e\nUSER x\nUSER d\n");
        assert!(matches!(more, Err(ProofError::Meaning { .. })), "{more:?}");
        let other = changed(" && e", "FROM a\nRUN b \\\n  # why\n  c && e\nUSER root\n");
        assert_eq!(other, Err(ProofError::Bytes));
        let swallowed = changed(" && e \\", "FROM a\nRUN b \\\n  # why\n  c && e \\\nUSER d\n");
        assert!(matches!(swallowed, Err(ProofError::Meaning { .. })), "{swallowed:?}");
        let over = dockerfile(OLD, "", vec![edit((7, end), (0, end), "", says)]);
        assert_eq!(over, Err(ProofError::Bytes), "an edit stays in its instruction");
        let note = OLD.find("# why").unwrap();
        let gone = dockerfile(
            OLD,
            "FROM a\nRUN b \\\n  c\nUSER d\n",
            vec![edit((7, end), (note - 2, note + 6), "", "RUN b c")],
        );
        assert_eq!(gone, Err(ProofError::Comment));
    }

    #[test]
    fn passes_follow_each_other_and_instructions_may_be_new() {
        let new = "FROM a\nRUN x\nRUN b \\\n  # why\n  c\nUSER dd\n";
        let user = OLD.find("USER").unwrap() + 6;
        let edits = vec![
            edit((7, 7), (7, 7), "RUN x\n", "RUN x"),
            edit((user, user + 6), (user + 6, user + 6), "d", "USER dd"),
        ];
        assert_eq!(dockerfile(OLD, new, edits), Ok(()));
        assert!(matches!(
            dockerfile("FROM a\nNONSENSE\n", "", vec![edit((0, 6), (0, 0), "", "")]),
            Err(ProofError::Referee(_))
        ));
    }

    #[test]
    fn patterns_are_added_and_none_is_lost() {
        let check = |says: &str, new: &str| {
            let edits = vec![edit((4, 4), (4, 4), new.get(4..).unwrap_or_default(), says)];
            check(&plan(&DOCKERIGNORE.into(), edits), FileId(1), "# x\n", new, ".dockerignore")
        };
        assert_eq!(check("a\nb", "# x\na\nb\n"), Ok(()));
        assert!(check("a", "# x\na\nb\n").is_err() && check("a\nb", "# x\na\n").is_err());
    }
}
