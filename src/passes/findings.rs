//! Makes one finding of the several things that a pass has found in one service.
//!
//! Words only: what is found, and how bad it is, is the passes' business.

use crate::plan::{Change, Finding, Proposal, Severity, Skip, Verdict, Words};
use crate::source::Place;

/// Names that are listed before the rest is only counted.
const NAMED: usize = 6;

/// One thing found.
#[derive(Clone, Debug)]
pub(super) struct Found {
    /// How bad.
    pub(super) severity: Severity,
    /// Its name as a person knows it, without backticks.
    pub(super) name: String,
    /// Where it is written.
    pub(super) place: Option<Place>,
}

impl Found {
    /// A thing with a name at a place.
    pub(super) fn new(severity: Severity, name: impl Into<String>, place: Option<Place>) -> Self {
        Self { severity, name: name.into(), place }
    }
}

/// One finding for all of them: the words before the names, as bad as the worst of them, at its place. No subject when
/// there is none.
pub(super) fn verdict(found: &[Found], words: &str, help: impl Into<Words>) -> Verdict {
    let Some(worst) = worst(found) else { return Verdict::Skip(Skip::NotApplicable) };
    advise(worst.severity, format!("{words} {}", names(found)), help, worst.place)
}

/// A finding without a fix.
pub(super) fn advise(
    severity: Severity,
    message: impl Into<Words>,
    help: impl Into<Words>,
    place: Option<Place>,
) -> Verdict {
    let (message, help) = (message.into(), help.into());
    Verdict::Advise(Finding { severity, message, help, place, fix: Vec::new(), proposal: None })
}

/// The same verdict with what a person might make of the file, and the help that goes with it.
pub(super) fn with_proposal(verdict: Verdict, proposal: Proposal, help: &'static str) -> Verdict {
    match verdict {
        Verdict::Advise(finding) => {
            Verdict::Advise(Finding { help: help.into(), proposal: Some(Box::new(proposal)), ..finding })
        }
        other => other,
    }
}

/// The same verdict with what strict writes.
pub(super) fn with_fix(verdict: Verdict, fix: Vec<Change>) -> Verdict {
    match verdict {
        Verdict::Advise(finding) => Verdict::Advise(Finding { fix, ..finding }),
        other => other,
    }
}

/// The first of the worst.
pub(super) fn worst(found: &[Found]) -> Option<&Found> {
    found.iter().rev().max_by_key(|found| found.severity)
}

/// The names, sorted, each once, in backticks; the last of many are only counted.
pub(super) fn names(found: &[Found]) -> String {
    let mut names: Vec<&str> = found.iter().map(|found| found.name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    let rest = names.len().saturating_sub(NAMED);
    let list: Vec<String> = names.iter().take(NAMED).map(|name| format!("`{name}`")).collect();
    let list = list.join(", ");
    if rest == 0 { list } else { format!("{list} and {rest} more") }
}

/// A verdict in one line a table can hold: `high: …`, with `+ fix` when strict writes something; `-` for nothing found.
#[cfg(test)]
pub(super) fn said(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Advise(finding) => {
            let severity = format!("{:?}", finding.severity).to_lowercase();
            let fix = if finding.fix.is_empty() { "" } else { " + fix" };
            format!("{severity}: {}{fix}", finding.message)
        }
        Verdict::Skip(Skip::NotApplicable) => "-".to_owned(),
        other => super::testing::brief(other),
    }
}

#[cfg(test)]
mod tests {
    use super::{Found, said, verdict};
    use crate::plan::Severity::{High, Low};

    #[test]
    fn many_things_are_one_finding() {
        let found = |severity, name: &str| Found::new(severity, name, None);
        assert_eq!(said(&verdict(&[], "has", "x")), "-");
        let two = [found(Low, "b"), found(High, "a"), found(Low, "b")];
        assert_eq!(said(&verdict(&two, "has", "x")), "high: has `a`, `b`");
        let many: Vec<_> = ["h", "g", "f", "e", "d", "c", "b", "a"].map(|name| found(Low, name)).into();
        assert_eq!(said(&verdict(&many, "has", "x")), "low: has `a`, `b`, `c`, `d`, `e`, `f` and 2 more");
    }
}
