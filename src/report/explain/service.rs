//! What one pass decided for one service: the decision, its grounds, the facts behind it, and what would change it.

use std::fmt::Write as _;

use super::keys::written;
use super::{release, start};
use crate::edit::{Edit, Origin, Part};
use crate::image::{Basis, Image, Listed};
use crate::passes::Meta;
use crate::plan::{Decision, ServicePlan, Skip};
use crate::report::images::text::{reasons, wrap};
use crate::report::images::{basis, value};
use crate::report::terminal::{HEADLINE, SECTION, colored_diff, paint};
use crate::report::words::{self, clean};
use crate::report::{Subject, diff, location, redact};
use crate::source::{Place, Source, Span};
use crate::verify::Verified;

/// What was seen of a service before anything was decided.
#[derive(Debug)]
pub struct Seen {
    /// The service, as Compose would run it today.
    pub service: crate::compose::Service,
    /// What is known of its image.
    pub image: Image,
    /// What the policy and the command line set for the pass: key, value, and where.
    pub set: Vec<[String; 3]>,
}

/// A service and a pass.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// The pass.
    pub meta: &'a Meta,
    /// The project.
    pub subject: &'a Subject<'a>,
    /// Its files that change.
    pub verified: &'a [Verified],
    /// What was seen of the service.
    pub seen: &'a Seen,
    /// The index of the service.
    pub service: usize,
    /// A day until which a waiver could hold.
    pub until: &'a str,
}

/// All about the decision; empty where there is none.
#[must_use]
pub fn service(asked: &Asked<'_>) -> String {
    let Some(plan) = asked.subject.plan.services.get(asked.service) else { return String::new() };
    let found = plan.decisions.iter().enumerate().find(|(_, (pass, _))| *pass == asked.meta.id);
    let Some((at, (_, decision))) = found else { return String::new() };
    let mut out = asked.headline(plan);
    asked.decision(&mut out, decision);
    asked.change(&mut out, Origin { service: asked.service, decision: at });
    asked.facts(&mut out, plan);
    release::push(&mut out, asked, &plan.service, decision);
    out
}

impl Asked<'_> {
    fn sources(&self) -> &[Source] {
        self.subject.sources
    }

    fn headline(&self, plan: &ServicePlan) -> String {
        let at = self.at(Some(self.seen.service.place));
        format!("{} of {}{at}\n", paint(HEADLINE, self.meta.id), paint(HEADLINE, &clean(&plan.service)))
    }

    /// A place in brackets.
    fn at(&self, place: Option<Place>) -> String {
        place.map(|place| format!(" ({})", clean(&location(self.sources(), place)))).unwrap_or_default()
    }

    fn decision(&self, out: &mut String, decision: &Decision) {
        let (verb, what) = said(decision, self.sources());
        row(out, verb, &what);
        match decision {
            Decision::Apply(changes) | Decision::HeldBack(changes, _) => {
                for reason in reasons(changes, self.sources()) {
                    row(out, "because", &reason);
                }
                let known = self.sources_of_facts();
                let mut cited: Vec<String> = changes.iter().filter_map(words::citation).collect();
                cited.dedup();
                let others = cited.iter().filter(|cited| !known.iter().any(|known| cited.ends_with(known)));
                others.for_each(|source| row(out, "source", source));
            }
            Decision::Advise(found) => {
                row(out, "where", self.at(found.place).trim_matches([' ', '(', ')']));
                row(out, "help", &found.help);
            }
            Decision::Skip(Skip::Waived(waived)) => {
                let (verb, what) = said(&waived.decision, self.sources());
                row(out, "otherwise", &format!("{verb} {what}"));
                row(out, "where", self.at(Some(waived.place)).trim_matches([' ', '(', ')']));
            }
            Decision::Already(_) | Decision::Skip(_) => {}
        }
    }

    /// What this pass alone puts into the files for the service; nothing where it changes none. Bytes that other passes
    /// write, too, have no lines of their own.
    fn change(&self, out: &mut String, origin: Origin) {
        let (mut all, mut together) = (String::new(), false);
        for verified in self.verified {
            let Some(source) = self.sources().get(usize::from(verified.file().0)) else { continue };
            let own = verified.parts().iter().filter(|part| part.origins.contains(&origin));
            let (alone, others): (Vec<&Part>, Vec<&Part>) = own.partition(|part| is_of_one_pass(part));
            together |= !others.is_empty();
            let edit = |part: &&Part| Edit { span: part.span, text: verified.written(part).to_owned() };
            let edits: Vec<Edit> = alone.iter().map(edit).collect();
            let new = Source::new("", made(source, &edits));
            all += &redact::diff(&diff::from_edits(source, &edits), source, &new).0;
        }
        if !all.is_empty() {
            section(out, "change, without the other passes");
            for line in colored_diff(&clean(&all)).lines() {
                let _ = writeln!(out, "    {line}");
            }
        }
        if together {
            section(out, "change, together with other passes");
            row(out, "see", "`harden --diff` with the same files shows the lines");
        }
    }

    fn facts(&self, out: &mut String, plan: &ServicePlan) {
        section(out, "facts");
        self.image(out);
        row(out, "start", &start::words(&self.seen.image, plan));
        for key in self.meta.reads.keys {
            let found = written(&self.seen.service, key);
            let words: Vec<String> =
                found.iter().map(|(words, place)| format!("{}{}", clean(words), self.at(*place))).collect();
            if !words.is_empty() {
                row(out, key, &redact::sentence(&words.join(", ")));
            }
        }
        for [key, value, origin] in &self.seen.set {
            row(out, "set", &format!("{key}: {} ({})", clean(value), clean(origin)));
        }
        for (at, source) in self.sources_of_facts().iter().enumerate() {
            row(out, &format!("[{}]", at + 1), &clean(source));
        }
    }

    /// The facts of the image that the pass reads.
    fn listed(&self) -> Vec<Listed<'_>> {
        let all = self.seen.image.facts.as_ref().map(|facts| facts.list()).unwrap_or_default();
        all.into_iter().filter(|fact| self.meta.reads.facts.contains(&fact.name)).collect()
    }

    /// Where those are from that are from no file of the user, each once.
    fn sources_of_facts(&self) -> Vec<&str> {
        let mut sources = Vec::new();
        for fact in self.listed() {
            let is_users = matches!(fact.basis, Basis::Policy(_) | Basis::Dockerfile(_));
            if !is_users && !sources.contains(&fact.source) {
                sources.push(fact.source);
            }
        }
        sources
    }

    /// The image, the entry or Dockerfile that tells of it, and the facts that the pass reads.
    fn image(&self, out: &mut String) {
        let image = &self.seen.image;
        if let Some(written) = &self.seen.service.image {
            row(out, "image", &format!("{}{}", clean(&written.value), self.at(written.place)));
        }
        match (&image.built, &image.facts) {
            (Some(built), _) => row(out, "built from", &format!("{}:{}", clean(&built.path), built.from)),
            (None, Some(facts)) => row(out, "entry", &facts.name),
            (None, None) if image.built_here => row(out, "entry", "none: the Dockerfile was not read"),
            (None, None) => row(out, "entry", "none: the image is not in the catalogue"),
        }
        if let Some(assumed) = &image.assumed {
            row(out, "assumed", assumed);
        }
        let sources = self.sources_of_facts();
        for fact in self.listed() {
            let from = match fact.basis {
                Basis::Policy(place) => location(self.sources(), place),
                Basis::Dockerfile(line) => format!("{}:{line}", fact.source),
                other => {
                    let at = sources.iter().position(|source| *source == fact.source).unwrap_or_default();
                    format!("{} [{}]", basis(other), at + 1)
                }
            };
            row(out, fact.name, &format!("{}, {}", value::words(fact.value), clean(&from)));
        }
    }
}

/// What was decided: in a word, and what.
fn said(decision: &Decision, sources: &[Source]) -> (&'static str, String) {
    match decision {
        Decision::Apply(changes) => ("writes", words::changes(changes)),
        Decision::HeldBack(changes, _) => ("holds back", words::changes(changes)),
        Decision::Already(evidence) => ("is there", words::evidence(evidence, sources)),
        Decision::Advise(found) => (found.severity.as_str(), found.message.to_string()),
        Decision::Skip(Skip::NotApplicable) => ("nothing", "there is nothing to look at".to_owned()),
        Decision::Skip(Skip::NotSelected) => {
            ("does not run", "`--only` or `--skip` leave the pass out".to_owned())
        }
        Decision::Skip(Skip::SwitchedOff(place)) => {
            ("does not run", format!("the policy switches it off ({})", location(sources, *place)))
        }
        Decision::Skip(skip) => ("leaves it", words::skip(skip).unwrap_or_default()),
    }
}

/// A decision has the same index in every service.
fn is_of_one_pass(part: &Part) -> bool {
    part.origins.windows(2).all(|pair| matches!(pair, [one, other] if one.decision == other.decision))
}

fn made(source: &Source, edits: &[Edit]) -> String {
    let (mut text, mut done) = (String::new(), 0);
    for edit in edits {
        let range = edit.span.range();
        text.push_str(source.slice(Span::new(done, range.start)));
        text.push_str(&edit.text);
        done = range.end;
    }
    text.push_str(source.slice(Span::new(done, source.text().len())));
    text
}

pub(super) fn section(out: &mut String, title: &str) {
    let _ = writeln!(out, "\n  {}", paint(SECTION, title));
}

pub(super) fn row(out: &mut String, title: &str, text: &str) {
    wrap(out, &format!("    {title:17}  "), 23, &clean(text));
}
