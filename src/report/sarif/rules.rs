//! The rules of a SARIF run: every pass with its own text.

use serde_json::{Value, json};

use crate::passes::{ALL, Meta, PassKind};

/// All passes, in their order.
pub(super) fn all() -> Vec<Value> {
    ALL.iter().map(|pass| rule(pass.meta())).collect()
}

/// Where a pass stands among them.
pub(super) fn index(id: &str) -> Option<usize> {
    ALL.iter().position(|pass| pass.meta().id == id)
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
