//! What would change a decision: what releases it, what takes it out of the way, and how to waive it.

use std::fmt::Write as _;

use super::service::{Asked, row, section};
use crate::image::FACTS;
use crate::plan::{Decision, Hold, Skip};
use crate::report::words::{self, clean};

/// What can be done about a decision.
pub(super) fn push(out: &mut String, asked: &Asked<'_>, service: &str, decision: &Decision) {
    section(out, "what would change it");
    match decision {
        Decision::HeldBack(_, hold) => {
            row(out, "release", &hold.release());
            if matches!(hold, Hold::Guess | Hold::Likely) {
                facts(out, asked);
            }
        }
        Decision::Skip(skip) => row(out, "release", release(skip)),
        Decision::Already(_) => row(out, "release", "nothing is to be done"),
        Decision::Advise(found) if !found.fix.is_empty() => {
            row(out, "release", &format!("`--level strict` writes {}", words::changes(&found.fix)));
        }
        Decision::Apply(_) | Decision::Advise(_) => {}
    }
    if !matches!(decision, Decision::Already(_) | Decision::Skip(_)) {
        waiver(out, asked, service);
    }
    let id = asked.meta.id;
    row(out, "more", &format!("`harden explain {id}` tells how it fails, how to undo and how to waive it"));
}

/// Facts that a policy can say of the image.
fn facts(out: &mut String, asked: &Asked<'_>) {
    let names: Vec<String> = asked
        .meta
        .reads
        .facts
        .iter()
        .filter(|name| can_be_said(name))
        .map(|name| format!("`{name}`"))
        .collect();
    let Some(reference) = asked.seen.image.reference.as_ref().filter(|_| !names.is_empty()) else { return };
    let name = clean(&reference.name());
    row(out, "facts", &format!("in `.harden.yml`, below `images: {{{name}: …}}`: {}", names.join(", ")));
}

fn can_be_said(fact: &str) -> bool {
    FACTS.iter().any(|(name, _)| *name == fact)
}

/// A waiver to be copied.
fn waiver(out: &mut String, asked: &Asked<'_>, service: &str) {
    let (id, until) = (asked.meta.id, asked.until);
    row(out, "waive", "in `.harden.yml`, with a reason of yours:");
    let service = serde_json::Value::from(service).to_string();
    for line in [
        "waive:",
        &format!("  - service: {}", clean(&service)),
        &format!("    pass: {id}"),
        "    reason: …",
        &format!("    until: {until}"),
    ] {
        let _ = writeln!(out, "{}{line}", " ".repeat(23));
    }
}

fn release(skip: &Skip) -> &'static str {
    match skip {
        Skip::SaidInFile(_) => "take that line out of the file, and harden decides",
        Skip::OwnInit(_) => "nothing: a second init is of no use",
        Skip::SharedPid => "a process namespace of its own",
        Skip::Privileged => "take `privileged` out first",
        Skip::Windows | Skip::Provider => "nothing: the key means nothing there",
        Skip::Image(_) => "another image, or a fact of yours below `images:` in the policy",
        Skip::BindMount(_) => "what is said above, or a named volume in place of the path of the host",
        Skip::Conflict(_) => "take out what stands in its way, as said above",
        Skip::Proved(_) => "another run of `harden prove`, once the cause is gone",
        Skip::LogDriver(_) => "`json-file` or `local` as the driver",
        Skip::Waived(_) => "take the waiver out, or let it run out",
        Skip::NotApplicable => "nothing is to be done",
        Skip::NotSelected => "leave out `--only` and `--skip`",
        Skip::SwitchedOff(_) => "take that line out of the policy",
    }
}
