//! The rules of a SARIF run: every pass with its own text; where what runs was compared, every control.

use serde_json::{Value, json};

use crate::drift::{CONTROLS, Control, STRANGER};
use crate::passes::{ALL, Meta, PassKind};
use crate::report::model::Mode;

/// All rules of a run, in their order.
pub(super) fn all(mode: Mode) -> Vec<Value> {
    match mode {
        Mode::Drift => controls().map(compared).collect(),
        Mode::Show | Mode::Check | Mode::Write => ALL.iter().map(|pass| rule(pass.meta())).collect(),
    }
}

/// The id of a rule: a control has the name of the pass about it, and is another rule.
pub(super) fn id(mode: Mode, pass: &str) -> String {
    if mode == Mode::Drift { format!("drift/{pass}") } else { pass.to_owned() }
}

/// Where a rule stands among them.
pub(super) fn index(mode: Mode, id: &str) -> Option<usize> {
    match mode {
        Mode::Drift => controls().position(|control| control.id == id),
        Mode::Show | Mode::Check | Mode::Write => ALL.iter().position(|pass| pass.meta().id == id),
    }
}

fn controls() -> impl Iterator<Item = &'static Control> {
    CONTROLS.iter().chain([&STRANGER])
}

fn compared(control: &Control) -> Value {
    json!({
        "id": id(Mode::Drift, control.id),
        "shortDescription": {"text": control.summary},
        "fullDescription": {"text": control.summary},
        "help": {"text": "make the container again as the file says: `docker compose up -d --force-recreate`"},
        "defaultConfiguration": {"level": "error"},
        "properties": {"tags": ["security", "docker-compose", "drift"]},
    })
}

fn rule(meta: &Meta) -> Value {
    let (text, first) = (meta.text, meta.explained().lead.replace('\n', " "));
    let (level, kind) = match meta.kind {
        PassKind::Rewrite => ("error", "hardening"),
        PassKind::Advice => ("warning", "advice"),
    };
    json!({
        "id": meta.id,
        "shortDescription": {"text": meta.summary},
        "fullDescription": {"text": first},
        "help": {"text": text, "markdown": text},
        "defaultConfiguration": {"level": level},
        "properties": {"tags": ["security", "docker-compose", kind]},
    })
}
