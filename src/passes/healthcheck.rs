//! The pass `healthcheck`. What it does and why stands in `healthcheck.md`, which `harden explain` prints.
#![doc = include_str!("healthcheck.md")]

use std::borrow::Cow;

use super::build::image_healthcheck;
use super::{Context, Meta, Pass, PassKind, Reads, findings, grounds};
use crate::compose::{Healthcheck as Written, Service, Spanned};
use crate::image::{Basis, Fact, Facts, Healthcheck as Command};
use crate::plan::{Change, Evidence, Op, Severity, Skip, Value, Verdict};

/// The pass.
#[derive(Debug)]
pub struct Healthcheck;

const META: Meta = Meta {
    id: "healthcheck",
    summary: "a command that tells whether the service still works",
    kind: PassKind::Advice,
    text: include_str!("healthcheck.md"),
    reads: Reads { keys: &["healthcheck", "build"], facts: &["healthcheck"] },
};

const NONE: &str = "no health check";
const OFF: &str = "the health check is switched off";
const HELP: &str = "add a `healthcheck` that asks the server itself, with a program that is in the image";
const HELP_BUILD: &str = "add a `healthcheck` here, or `HEALTHCHECK` to the Dockerfile";

/// How often, how long, how many times; and how long a start may take.
const TIMES: [(&str, &str); 3] = [("interval", "30s"), ("timeout", "5s"), ("start_period", "30s")];

impl Pass for Healthcheck {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn run(&self, context: &Context<'_>) -> Verdict {
        let service = context.service;
        match &service.healthcheck {
            Some(written) => said(written),
            None if is_job(service) || is_part(service) => Verdict::Skip(Skip::NotApplicable),
            None if has_instruction(service) => {
                Verdict::Already(Evidence::AlwaysSafe("the Dockerfile has `HEALTHCHECK`".into()))
            }
            None => match in_dockerfile(context) {
                Some(evidence) => Verdict::Already(evidence),
                // it names the command, too
                None if image_healthcheck::speaks(context) => Verdict::Skip(Skip::NotApplicable),
                None => missing(context),
            },
        }
    }
}

/// What the file says; a check without a `test` sets the times of the image's own.
fn said(written: &Spanned<Written>) -> Verdict {
    if written.value.is_disabled() {
        return findings::advise(
            Severity::Low,
            OFF,
            "say in a comment why, or remove the line",
            written.place,
        );
    }
    Verdict::Already(grounds::written(written))
}

/// A job ends by itself; whether it worked is its exit code.
fn is_job(service: &Service) -> bool {
    let mode = service.deploy.as_ref().and_then(|deploy| deploy.mode.as_deref());
    mode.is_some_and(|mode| mode.ends_with("-job"))
}

/// Without an image it only adds to a service of another file, which may have the check.
fn is_part(service: &Service) -> bool {
    let elsewhere = service.extends.as_ref().is_some_and(|extends| extends.file.is_some());
    elsewhere || service.image.is_none() && service.build.is_none()
}

fn has_instruction(service: &Service) -> bool {
    let inline = service.build.as_ref().and_then(|build| build.dockerfile_inline.as_ref());
    inline.is_some_and(|text| text.lines().any(|line| line.trim_start().starts_with("HEALTHCHECK CMD")))
}

/// `HEALTHCHECK` of the Dockerfile that was read, whatever program it starts.
fn in_dockerfile(context: &Context<'_>) -> Option<Evidence> {
    let fact = grounds::facts(context.image)?.healthcheck.as_ref()?;
    match fact.basis {
        Basis::Dockerfile(line) => Some(Evidence::Dockerfile { path: fact.source.clone(), line }),
        _ => None,
    }
}

fn missing(context: &Context<'_>) -> Verdict {
    let known = grounds::known(context).and_then(|facts| Some((facts, facts.healthcheck.as_ref()?)));
    let help = if context.service.build.is_some() { HELP_BUILD } else { HELP };
    match known {
        Some((facts, fact)) if fact.value.builtin => {
            Verdict::Already(Evidence::Catalogue { image: facts.name.clone(), source: fact.source.clone() })
        }
        Some((facts, fact)) if !grounds::starts_another_program(context) => {
            let advice = findings::advise(Severity::Low, NONE, help_with(fact), Some(context.service.place));
            findings::with_fix(advice, fix(context, facts, fact))
        }
        _ => findings::advise(Severity::Low, NONE, help, Some(context.service.place)),
    }
}

fn help_with(fact: &Fact<Command>) -> String {
    let sure = if is_sure(fact.basis) { "works" } else { "should work" };
    format!("`{}` {sure} in this image", escaped(&fact.value.command))
}

fn is_sure(basis: Basis) -> bool {
    matches!(basis, Basis::Policy(_) | Basis::Measured | Basis::Stated | Basis::Dockerfile(_))
}

fn fix(context: &Context<'_>, facts: &Facts, fact: &Fact<Command>) -> Vec<Change> {
    let is_doubtful = matches!(fact.basis, Basis::Memory | Basis::Doubtful);
    if is_doubtful || needs_values(&fact.value.command, context.service) {
        return Vec::new();
    }
    vec![Change {
        path: Cow::Borrowed(&["healthcheck"]),
        op: Op::Set(value(&fact.value.command)),
        why: "Docker sees when it no longer works".into(),
        confidence: grounds::of(context, facts, fact),
    }]
}

fn value(command: &str) -> Value {
    let [interval, timeout, start] = TIMES.map(|(key, time)| (key.into(), Value::str(time)));
    let test = ("test".into(), Value::strs(["CMD-SHELL".to_owned(), escaped(command)]));
    Value::Map(vec![test, interval, timeout, ("retries".into(), Value::number("3")), start])
}

/// A `$` of the shell, as Compose wants it.
fn escaped(command: &str) -> String {
    command.replace('$', "$$")
}

/// Whether the shell would put in a variable that has no default and that the service does not set.
fn needs_values(command: &str, service: &Service) -> bool {
    // what is between single quotes is not the shell's
    let outside: String = command.split('\'').step_by(2).collect();
    outside.split('$').skip(1).any(|rest| {
        let name = rest.trim_start_matches('{');
        let name = name.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).next().unwrap_or_default();
        let default = rest.strip_prefix('{').and_then(|rest| rest.strip_prefix(name));
        let has_default = default.is_some_and(|rest| rest.starts_with(":-") || rest.starts_with('-'));
        !has_default && service.environment.get(name).is_none()
    })
}

#[cfg(test)]
mod tests {
    use super::{Healthcheck, needs_values};
    use crate::image::{Basis, Facts, Healthcheck as Command, Image, Role, Start};
    use crate::passes::findings;
    use crate::passes::testing::{brief, entry, fact, image, run, service, unknown};
    use crate::plan::Verdict;

    fn known(command: &str, builtin: bool, basis: Basis) -> Image {
        let command = Command { command: command.into(), builtin };
        image(Facts { healthcheck: fact(command, basis), ..entry("x", Role::Datastore) }, Start::Unknown)
    }

    fn said(text: &str, image: &Image) -> String {
        findings::said(&run(&Healthcheck, text, image))
    }

    #[test]
    fn what_the_file_says() {
        let cases = [
            ("image: x", "low: no health check"),
            ("build: .", "low: no health check"),
            ("healthcheck: {test: curl -f http://localhost}", "already"),
            ("healthcheck: {test: [CMD, x]}", "already"),
            ("healthcheck: {interval: 10s}", "already"),
            ("healthcheck: {disable: true}", "low: the health check is switched off"),
            ("healthcheck: {test: [NONE]}", "low: the health check is switched off"),
            ("healthcheck: {disable: false, test: x}", "already"),
            ("image: x\ndeploy: {mode: replicated-job}", "-"),
            ("image: x\ndeploy: {mode: global}", "low: no health check"),
            ("environment: {A: b}", "-"),
            ("image: x\nextends: {file: base.yml, service: x}", "-"),
            ("image: x\nextends: y", "low: no health check"),
            ("build: {dockerfile_inline: \"FROM x\\nHEALTHCHECK CMD y\"}", "already"),
            ("build: {dockerfile_inline: \"FROM x\\nHEALTHCHECK NONE\"}", "low: no health check"),
        ];
        for (text, expected) in cases {
            assert_eq!(said(text, &unknown()), expected, "{text}");
        }
    }

    #[test]
    fn what_is_known_of_the_image() {
        let missing = "low: no health check";
        assert_eq!(said("image: x", &known("x", true, Basis::Memory)), "already");
        assert_eq!(said("image: x", &known("ping", false, Basis::Measured)), format!("{missing} + fix"));
        assert_eq!(said("image: x", &known("ping", false, Basis::Inferred)), format!("{missing} + fix"));
        assert_eq!(said("image: x", &known("ping", false, Basis::Memory)), missing);
        assert_eq!(said("image: x", &known("ping -p $PW", false, Basis::Measured)), missing);
        assert_eq!(said("image: x\ncommand: sh -c x", &known("ping", false, Basis::Measured)), missing);
        let with_value = "image: x\nenvironment: {PW: x}";
        assert_eq!(
            said(with_value, &known("ping -p $PW", false, Basis::Measured)),
            format!("{missing} + fix")
        );
    }

    fn finding(image: &Image) -> crate::plan::Finding {
        match run(&Healthcheck, "image: x", image) {
            Verdict::Advise(finding) => finding,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_dollar_is_written_for_compose() {
        let finding = finding(&known("ping -U ${USER:-x}", false, Basis::Measured));
        assert_eq!(finding.help, "`ping -U $${USER:-x}` works in this image");
        let fix = brief(&Verdict::Change(finding.fix));
        assert_eq!(
            fix,
            "= healthcheck: {test: [\"CMD-SHELL\", \"ping -U $${USER:-x}\"], interval: \"30s\", timeout: \"5s\", \
             retries: 3, start_period: \"30s\"}"
        );
    }

    #[test]
    fn variables_of_the_command() {
        let cases = [
            ("ping", false),
            ("ping -U ${U:-x}", false),
            ("ping -U ${U-x}", false),
            ("ping -t '$SYS/#'", false),
            ("ping -U $U", true),
            ("ping -U ${U}", true),
            ("ping -U $SET ${SET}", false),
        ];
        let service = service("environment: {SET: x}");
        for (command, expected) in cases {
            assert_eq!(needs_values(command, &service), expected, "{command}");
        }
    }
}
