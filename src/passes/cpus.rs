//! The pass `cpus`. What it does and why stands in `cpus.md`, which `harden explain` prints.
#![doc = include_str!("cpus.md")]

use super::limits::{self, Key};
use super::{Context, Meta, Pass, PassKind, Reads, grounds};
use crate::compose::Service;
use crate::plan::{Change, Confidence, Evidence, Op, Skip, Value, Verdict, Words};

/// The pass.
#[derive(Debug)]
pub struct Cpus;

const META: Meta = Meta {
    id: "cpus",
    summary: "a CPU limit, so that one service cannot starve the others",
    kind: PassKind::Rewrite,
    text: include_str!("cpus.md"),
    reads: Reads {
        keys: &["cpus", "cpu_quota", "cpu_count", "cpu_percent", "cpu_period", "cpuset", "deploy"],
        facts: &[],
    },
};

const KEY: Key = Key { top: &["cpus"], deploy: &["deploy", "resources", "limits", "cpus"] };

/// Every host has that many.
const DEFAULT: f64 = 1.0;

impl Pass for Cpus {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn run(&self, context: &Context<'_>) -> Verdict {
        let service = context.service;
        let deploy = service.limits().and_then(|limits| limits.cpus.as_ref());
        let settled = KEY.settled(context.target, service.cpus.as_ref(), deploy, |cpus| *cpus <= 0.0);
        settled.or_else(|| other_limit(service)).unwrap_or_else(|| Verdict::Change(vec![change(context)]))
    }
}

/// The older ways to limit CPU time.
fn other_limit(service: &Service) -> Option<Verdict> {
    let texts = [
        ("cpu_quota", &service.cpu_quota),
        ("cpu_count", &service.cpu_count),
        ("cpu_percent", &service.cpu_percent),
        ("cpuset", &service.cpuset),
        ("cpu_period", &service.cpu_period),
    ];
    let (key, text) = texts.into_iter().find_map(|(key, text)| Some((key, text.as_ref()?)))?;
    Some(if key == "cpu_period" || is_off(key, text) {
        Verdict::Skip(Skip::SaidInFile(format!("{key}: {}", text.value).into()))
    } else {
        Verdict::Already(grounds::written(text))
    })
}

/// `-1` and `0` mean no limit, except in `cpuset`, where `0` is the first CPU.
fn is_off(key: &str, text: &str) -> bool {
    key != "cpuset" && text.parse::<f64>().is_ok_and(|number| number <= 0.0)
}

fn change(context: &Context<'_>) -> Change {
    let (cpus, why, confidence) = value(context);
    let path = KEY.path(context);
    // `1.0` in the format of the key: a number at the top, a string below `deploy`, as everybody writes it
    let text: Words = format!("{cpus:?}").into();
    let value = if path.len() > 1 { Value::Str(text) } else { Value::Number(text) };
    Change { path, op: Op::Set(value), why: why.into(), confidence }
}

fn value(context: &Context<'_>) -> (f64, &'static str, Confidence) {
    let wanted = context.policy.cpus(META.id, "default");
    let default = wanted.as_ref().map_or(DEFAULT, |wanted| wanted.value);
    let reserved = context.service.reservations().and_then(|reserved| reserved.cpus.as_ref());
    match reserved.map(|cpus| limits::value(&cpus.value)) {
        Some(Ok(cpus)) if cpus > default => (
            cpus,
            "as many as are reserved",
            Confidence::Likely("the host has the CPUs that are reserved".into()),
        ),
        Some(Err(())) => (
            default,
            if wanted.is_some() { grounds::AS_THE_POLICY_SAYS } else { ONE },
            Confidence::Guess(UNKNOWN_RESERVATION.into()),
        ),
        _ => match wanted {
            Some(wanted) => (default, grounds::AS_THE_POLICY_SAYS, grounds::wanted(&wanted)),
            None => (default, ONE, confidence(context)),
        },
    }
}

const ONE: &str = "one CPU, which every host has";
const UNKNOWN_RESERVATION: &str = "a variable without a default reserves CPUs: assumes no more than that";

fn confidence(context: &Context<'_>) -> Confidence {
    match grounds::known(context) {
        Some(_) => Confidence::Known(Evidence::AlwaysSafe("it throttles and never kills".into())),
        None => grounds::likely(context, "one CPU is enough"),
    }
}

#[cfg(test)]
mod tests {
    use super::Cpus;
    use crate::image::{Role, Start};
    use crate::passes::testing::{brief, entry, image, run, unknown};

    #[test]
    fn limits_and_places() {
        let cases = [
            ("image: x", "~ cpus: 1.0"),
            ("cpus: 2", "already"),
            ("cpus: ${CPUS}", "already"),
            ("cpus: 0", "file: cpus: 0"),
            ("cpu_quota: 50000", "already"),
            ("cpu_quota: -1", "file: cpu_quota: -1"),
            ("cpu_count: 2", "already"),
            ("cpuset: '0'", "already"),
            ("cpuset: 0,1", "already"),
            ("cpu_period: 100000", "file: cpu_period: 100000"),
            ("deploy: {resources: {limits: {memory: 1g}}}", "~ deploy.resources.limits.cpus: \"1.0\""),
            ("deploy: {resources: {limits: {}}}", "~ deploy.resources.limits.cpus: \"1.0\""),
            ("deploy: {resources: {limits: {cpus: '0.5'}}}", "already"),
            ("deploy: {resources: {limits: {cpus: 0}}}", "file: deploy.resources.limits.cpus: 0"),
            ("deploy: {resources: {reservations: {cpus: '0.5'}}}", "~ cpus: 1.0"),
            ("deploy: {resources: {reservations: {cpus: 2}}}", "~ cpus: 2.0"),
            ("deploy: {resources: {reservations: {cpus: '${C:-1.5}'}}}", "~ cpus: 1.5"),
            ("deploy: {resources: {reservations: {cpus: '${C}'}}}", "? cpus: 1.0"),
            ("deploy: {replicas: 2}", "~ cpus: 1.0"),
        ];
        for (text, expected) in cases {
            assert_eq!(brief(&run(&Cpus, text, &unknown())), expected, "{text}");
        }
    }

    #[test]
    fn safe_for_any_known_image() {
        let known = |role| image(entry("x", role), Start::Unknown);
        assert_eq!(brief(&run(&Cpus, "image: x", &known(Role::Web))), "= cpus: 1.0");
        assert_eq!(brief(&run(&Cpus, "image: x", &known(Role::Base))), "~ cpus: 1.0");
    }
}
