//! Changes of Dockerfiles and `.dockerignore` files, which several services may be built from.
//!
//! A file has one text for all of them: what one service wants of it reaches the others. So the first that asks for
//! something gets it, unless another is to be left as it is; what is wanted twice is done once.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::moved::{Round, before};
use crate::compose::{Dockerfile, Project, Recipe, Secret, Service, Site, SiteFile};
use crate::plan::{Change, DOCKERFILE, DOCKERIGNORE, Decision, Hold, Skip, TextEdit};
use crate::source::{FileId, Span};

/// Holds back what may not be written: files that are not ours, and what another service speaks against.
pub(super) fn settle(project: &Project, decisions: &mut [Decision], outside: bool) {
    for (service, decision) in project.services.iter().zip(decisions.iter_mut()) {
        if let Some(why) = not_ours(project, service, decision.applied(), outside) {
            hold(decision, why);
        }
    }
    let mut files: BTreeMap<FileId, Claims<'_>> = BTreeMap::new();
    for (index, (service, decision)) in project.services.iter().zip(decisions.iter()).enumerate() {
        claim(index, service, decision, &mut files);
    }
    let refused: Vec<(usize, usize)> = files.values().flat_map(Claims::refused).collect();
    for (index, by) in refused {
        let with = project.services.get(by).map_or("", |service| &service.name);
        let why = format!("`{with}` is built with it, too, and is to be left as it is");
        if let Some(decision) = decisions.get_mut(index) {
            hold(decision, Hold::Place(why.into()));
        }
    }
}

/// Folds what will be written into every service that is built from it.
pub(super) fn fold_all(project: &mut Project, decisions: &[Decision]) {
    let changes = decisions.iter().flat_map(Decision::applied);
    let mut edits: Vec<(&Change, &TextEdit)> =
        changes.filter_map(|change| Some((change, change.text_edit()?))).collect();
    // the last one first, so that those before it are where they were
    edits.sort_by_key(|(_, edit)| std::cmp::Reverse((edit.file, edit.within)));
    edits.dedup_by(|(_, next), (_, last)| next == last);
    for service in &mut project.services {
        for (change, edit) in &edits {
            let own = site(service).is_some_and(|site| ids(site).any(|id| id == edit.file));
            if own {
                let folded = fold(service, &change.path, edit);
                debug_assert!(folded.is_some(), "no fold for {:?}", change.path);
            }
        }
    }
}

/// Folds one edit into a service; `None` where that has no such file.
pub(super) fn fold(service: &mut Service, path: &[&str], edit: &TextEdit) -> Option<()> {
    let build = &mut service.build.as_mut()?.value;
    match path {
        DOCKERFILE => {
            let Recipe::Found(file) = &build.recipe else { return None };
            let text = Secret::new(edit.apply(file.text.expose()));
            let lines = lines(file, edit);
            build.recipe = Recipe::Found(Arc::new(Dockerfile { text, lines, ..Dockerfile::clone(file) }));
        }
        DOCKERIGNORE => {
            let site = build.site.as_mut()?;
            site.ignored = edit.apply(&site.ignored).into();
        }
        _ => return None,
    }
    Some(())
}

/// The line as written of each line that there is after an edit.
fn lines(file: &Dockerfile, edit: &TextEdit) -> Arc<[usize]> {
    let old = file.text.expose();
    let breaks = |span: &Span| old.get(span.range()).is_some_and(|text| text.contains('\n'));
    if !edit.edits.iter().any(|(span, by)| by.contains('\n') || breaks(span)) {
        return Arc::clone(&file.lines);
    }
    let ends: Vec<usize> = old.match_indices('\n').map(|(at, _)| at).collect();
    let round: Round = edit.edits.iter().map(|(span, by)| (*span, by.len())).collect();
    let new = edit.apply(old);
    let starts = std::iter::once(0).chain(new.match_indices('\n').map(|(at, _)| at + 1));
    let was = |at: usize| {
        let was = before(at, &round);
        let above = ends.partition_point(|end| *end < was);
        file.lines.get(above).copied().unwrap_or(above + 1)
    };
    starts.map(was).collect()
}

/// What is wanted of a file, and by whom.
#[derive(Default)]
struct Claims<'d> {
    /// What will be written.
    wanted: Vec<(usize, &'d TextEdit)>,
    /// What a service would want and is not to get.
    unwanted: HashMap<usize, Vec<&'d TextEdit>>,
    /// A service for which the pass is switched off.
    off: Option<usize>,
}

impl<'d> Claims<'d> {
    /// The services that are not to get what they want, each with the one that is in the way.
    fn refused(&self) -> Vec<(usize, usize)> {
        let mut taken: Vec<(usize, &TextEdit)> = Vec::new();
        let mut refused = Vec::new();
        for &(index, edit) in &self.wanted {
            match self.off.or_else(|| self.speaks_against(edit)) {
                Some(by) => refused.push((index, by)),
                None => match taken.iter().find(|(_, other)| edit.meets(other)) {
                    Some((_, other)) if *other == edit => {}
                    // an edit of its own decision is written with it, and the proof looks at both
                    Some((by, _)) if *by != index => refused.push((index, *by)),
                    _ => taken.push((index, edit)),
                },
            }
        }
        refused
    }

    fn speaks_against(&self, edit: &TextEdit) -> Option<usize> {
        let against = |edits: &[&'d TextEdit]| edits.iter().any(|other| edit.meets(other));
        let found = self.unwanted.iter().filter(|(_, edits)| against(edits));
        found.map(|(index, _)| *index).min()
    }
}

fn claim<'d>(
    index: usize,
    service: &Service,
    decision: &'d Decision,
    files: &mut BTreeMap<FileId, Claims<'d>>,
) {
    if matches!(decision, Decision::Skip(Skip::SwitchedOff(_))) {
        for id in site(service).into_iter().flat_map(ids) {
            files.entry(id).or_default().off.get_or_insert(index);
        }
    }
    let (changes, wanted) = match decision {
        Decision::Apply(changes) => (changes, true),
        Decision::HeldBack(changes, _) => (changes, false),
        Decision::Skip(Skip::Waived(waived)) => match &waived.decision {
            Decision::Apply(changes) | Decision::HeldBack(changes, _) => (changes, false),
            _ => return,
        },
        _ => return,
    };
    for edit in changes.iter().filter_map(Change::text_edit) {
        let claims = files.entry(edit.file).or_default();
        if wanted {
            claims.wanted.push((index, edit));
        } else {
            claims.unwanted.entry(index).or_default().push(edit);
        }
    }
}

fn not_ours(project: &Project, service: &Service, changes: &[Change], outside: bool) -> Option<Hold> {
    let site = site(service)?;
    let file = changes.iter().find_map(|change| file_of(site, change))?;
    if project.overlay {
        let why = format!("`--overlay` leaves `{}` alone; a run without it writes there", file.path);
        return Some(Hold::Place(why.into()));
    }
    let foreign = changes.iter().filter_map(|change| file_of(site, change)).find(|file| file.foreign);
    foreign.filter(|_| !outside).map(|file| Hold::Foreign { file: file.path.to_string() })
}

fn file_of<'s>(site: &'s Site, change: &Change) -> Option<&'s SiteFile> {
    let edit = change.text_edit()?;
    site.dockerfile.iter().chain([&site.ignore]).find(|file| file.id == edit.file)
}

fn hold(decision: &mut Decision, why: Hold) {
    if let Decision::Apply(changes) = decision {
        *decision = Decision::HeldBack(std::mem::take(changes), why);
    }
}

fn site(service: &Service) -> Option<&Site> {
    service.build.as_ref()?.value.site.as_ref()
}

fn ids(site: &Site) -> impl Iterator<Item = FileId> + use<> {
    let dockerfile = site.dockerfile.as_ref().map(|file| file.id);
    dockerfile.into_iter().chain([site.ignore.id])
}
