//! What is known of images as JSON; `schemas/images.schema.json` describes it, and a test compares the two.

use serde::Serialize;
use serde_json::Value as Json;

use super::{Card, basis, value};
use crate::image::catalogue::{Answer, Family, Holds, Mirror, Variant};
use crate::image::{Listed, Shown};
use crate::plan::{Change, Confidence, Decision, Finding, Level, Op, PassId, Plan, Severity, Value};
use crate::report::words;
use crate::source::Source;

#[derive(Serialize)]
struct Families<'a> {
    families: Vec<FamilyJson<'a>>,
}

#[derive(Serialize)]
struct FamilyJson<'a> {
    name: Option<&'a str>,
    names: &'a [&'a str],
    mirrors: &'a [&'a str],
    role: &'static str,
    starts_as: Option<Json>,
    sureness: Json,
}

#[derive(Serialize)]
struct Cards<'a> {
    level: &'static str,
    images: Vec<CardJson<'a>>,
}

#[derive(Serialize)]
struct CardJson<'a> {
    image: &'a str,
    known: bool,
    did_you_mean: &'a [&'static str],
    entry: Option<EntryJson<'a>>,
    compose: &'a str,
    decisions: Vec<DecisionJson<'a>>,
}

#[derive(Serialize)]
struct EntryJson<'a> {
    name: &'a str,
    matched: &'a str,
    names: &'a [&'a str],
    copy_of: Option<&'a str>,
    mirrors: Vec<MirrorJson<'a>>,
    role: &'static str,
    ports: &'a [u16],
    notes: Option<&'a str>,
    variants: Vec<VariantJson<'a>>,
    facts: Vec<FactJson<'a>>,
}

#[derive(Serialize)]
struct MirrorJson<'a> {
    name: &'a str,
    of: Option<&'a str>,
    tags: &'a [String],
    source: &'a str,
}

#[derive(Serialize)]
struct VariantJson<'a> {
    tags: &'a [String],
    from: Option<&'a str>,
    below: Option<&'a str>,
    holds: &'static str,
    gives: &'a [&'static str],
    unknown: &'a [&'static str],
}

#[derive(Serialize)]
struct FactJson<'a> {
    name: &'a str,
    value: Json,
    basis: &'static str,
    source: &'a str,
}

/// One decision; what a kind of decision does not have is left out.
#[derive(Default, Serialize)]
struct DecisionJson<'a> {
    pass: PassId,
    decision: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    changes: Vec<ChangeJson<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    release: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    finding: Option<FindingJson<'a>>,
}

#[derive(Serialize)]
struct ChangeJson<'a> {
    path: &'a [&'static str],
    op: &'static str,
    value: Json,
    why: &'a str,
    confidence: &'static str,
    grounds: String,
}

#[derive(Serialize)]
struct FindingJson<'a> {
    severity: &'static str,
    message: &'a str,
    help: &'a str,
}

/// All families.
#[must_use]
pub fn families(families: &[Family]) -> String {
    print(&Families { families: families.iter().map(family).collect() })
}

/// Single images.
#[must_use]
pub fn cards(cards: &[Card<'_>], level: Level) -> String {
    print(&Cards { level: level.as_str(), images: cards.iter().map(card).collect() })
}

fn print(document: &impl Serialize) -> String {
    // strings, numbers and lists of them: there is nothing in it that could fail
    serde_json::to_string_pretty(document).unwrap_or_default() + "\n"
}

fn family(family: &Family) -> FamilyJson<'_> {
    let facts = &family.facts;
    let sureness = family.sureness().into_iter();
    FamilyJson {
        name: family.names.first().copied(),
        names: family.names,
        mirrors: &family.mirrors,
        role: value::role(facts.role),
        starts_as: facts.default_user.as_ref().map(|fact| value::json(Shown::Start(fact.value))),
        sureness: sureness.map(|(key, known)| (key.to_owned(), Json::from(known.map(basis)))).collect(),
    }
}

fn card<'a>(card: &Card<'a>) -> CardJson<'a> {
    CardJson {
        image: card.image,
        known: card.answer.is_some(),
        did_you_mean: card.near,
        entry: card.answer.map(entry),
        compose: card.text,
        decisions: decisions(card.plan, card.sources),
    }
}

fn entry(answer: &Answer) -> EntryJson<'_> {
    let facts = &answer.facts;
    EntryJson {
        name: &facts.name,
        matched: answer.matched,
        names: answer.names,
        copy_of: answer.copy_of.as_deref(),
        mirrors: answer.mirrors.iter().map(mirror).collect(),
        role: value::role(facts.role),
        ports: &facts.ports,
        notes: facts.notes.as_deref(),
        variants: answer.variants.iter().map(variant).collect(),
        facts: facts.list().into_iter().map(fact).collect(),
    }
}

fn mirror(mirror: &Mirror) -> MirrorJson<'_> {
    MirrorJson { name: &mirror.name, of: mirror.of.as_deref(), tags: &mirror.tags, source: &mirror.source }
}

fn variant(variant: &Variant) -> VariantJson<'_> {
    VariantJson {
        tags: &variant.tags,
        from: variant.from.as_deref(),
        below: variant.below.as_deref(),
        holds: match variant.holds {
            Holds::Yes => "yes",
            Holds::No => "no",
            Holds::Open => "open",
        },
        gives: &variant.gives,
        unknown: &variant.unknown,
    }
}

fn fact(fact: Listed<'_>) -> FactJson<'_> {
    FactJson {
        name: fact.name,
        value: value::json(fact.value),
        basis: basis(fact.basis),
        source: fact.source,
    }
}

fn decisions<'a>(plan: &'a Plan, sources: &[Source]) -> Vec<DecisionJson<'a>> {
    let all = plan.services.iter().flat_map(|service| &service.decisions);
    all.map(|(pass, made)| decision(pass, made, sources)).collect()
}

fn decision<'a>(pass: PassId, decision: &'a Decision, sources: &[Source]) -> DecisionJson<'a> {
    let all = |list: &'a [Change]| list.iter().map(|one| change(one, sources)).collect();
    let (word, none) = (|decision| DecisionJson { pass, decision, ..DecisionJson::default() }, None);
    match decision {
        Decision::Apply(changes) => DecisionJson { changes: all(changes), ..word("apply") },
        Decision::HeldBack(changes, hold) => {
            let release = Some(hold.release().into_owned());
            DecisionJson { changes: all(changes), release, ..word("held_back") }
        }
        Decision::Already(evidence) => {
            DecisionJson { reason: Some(words::evidence(evidence, sources)), ..word("already") }
        }
        Decision::Skip(skip) => match words::skip(skip) {
            None => DecisionJson { reason: none, ..word("not_applicable") },
            reason => DecisionJson { reason, ..word("skip") },
        },
        Decision::Advise(found) => DecisionJson { finding: Some(finding(found)), ..word("advise") },
    }
}

fn change<'a>(change: &'a Change, sources: &[Source]) -> ChangeJson<'a> {
    let (op, value) = match &change.op {
        Op::Set(value) => ("set", written(value)),
        Op::Append(items) => ("append", items.iter().map(written).collect()),
        Op::ReplaceItem { value, .. } => ("replace_item", written(value)),
        Op::Text(edit) => ("text", edit.words.as_ref().into()),
    };
    let (confidence, grounds) = match &change.confidence {
        Confidence::Known(evidence) => ("known", words::evidence(evidence, sources)),
        Confidence::Likely(words) => ("likely", words.to_string()),
        Confidence::Guess(words) => ("guess", words.to_string()),
    };
    ChangeJson { path: &change.path, op, value, why: &change.why, confidence, grounds }
}

fn written(value: &Value) -> Json {
    match value {
        Value::Bool(flag) => (*flag).into(),
        Value::Number(text) => serde_json::from_str(text).unwrap_or_else(|_| text.as_ref().into()),
        Value::Str(text) => text.as_ref().into(),
        Value::List(items) => items.iter().map(written).collect(),
        Value::Override(value) => written(value),
        Value::Map(entries) => {
            entries.iter().map(|(key, value)| (key.clone().into_owned(), written(value))).collect()
        }
    }
}

fn finding(finding: &Finding) -> FindingJson<'_> {
    let severity = match finding.severity {
        Severity::High => "high",
        Severity::Medium => "medium",
        Severity::Low => "low",
    };
    FindingJson { severity, message: &finding.message, help: &finding.help }
}
