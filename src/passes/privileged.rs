//! The pass `privileged`. What it does and why stands in `privileged.md`, which `harden explain` prints.
#![doc = include_str!("privileged.md")]

use std::borrow::Cow;

use super::{Context, Meta, Pass, PassKind, Reads, findings, grounds, words};
use crate::compose::{Flag, Scalar, Setting};
use crate::plan::{Change, Confidence, Op, Severity, Skip, Value, Verdict, Words};

/// The pass.
#[derive(Debug)]
pub struct Privileged;

const META: Meta = Meta {
    id: "privileged",
    summary: "a container without walls",
    kind: PassKind::Advice,
    text: include_str!("privileged.md"),
    reads: Reads { keys: &["privileged", "devices", "cap_add"], facts: &["needs_privileged"] },
};

const MESSAGE: &str = "`privileged: true` is root on the host";
const HELP: &str = "remove it, and name what it needs under `devices` and `cap_add`";

impl Pass for Privileged {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn run(&self, context: &Context<'_>) -> Verdict {
        let Some(privileged) = &context.service.privileged else {
            return Verdict::Skip(Skip::NotApplicable);
        };
        let need = need(context);
        let help =
            need.map_or(Words::from(HELP), |need| format!("the image is made to run so: {need}").into());
        let advice = findings::advise(Severity::High, MESSAGE, help, privileged.place);
        match &privileged.value {
            Setting::Literal(Flag(false)) => Verdict::Already(grounds::written(privileged)),
            Setting::Literal(Flag(true)) if need.is_some() => advice,
            Setting::Literal(Flag(true)) => findings::with_fix(advice, vec![fix()]),
            Setting::Variable(text) if is_on(text) => advice,
            Setting::Variable(_) => Verdict::Skip(Skip::NotApplicable),
        }
    }
}

/// Why the image's own program does not work without it.
fn need<'a>(context: &Context<'a>) -> Option<&'a str> {
    let need = grounds::known(context)?.needs_privileged.as_ref()?;
    (!grounds::starts_another_program(context)).then_some(&*need.value)
}

fn is_on(text: &str) -> bool {
    words::resolved(text).and_then(Flag::parse) == Some(Flag(true))
}

fn fix() -> Change {
    Change {
        path: Cow::Borrowed(&["privileged"]),
        op: Op::Set(Value::Bool(false)),
        why: "a privileged container is root on the host".into(),
        confidence: Confidence::Guess("assumes that it needs no device and no right of the host".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::Privileged;
    use crate::image::{Facts, Role, Start};
    use crate::passes::findings::said;
    use crate::passes::testing::{entry, image, measured, run, unknown};
    use crate::plan::{Op, Value, Verdict};

    #[test]
    fn every_way_to_say_it() {
        let found = "high: `privileged: true` is root on the host";
        let cases = [
            ("image: x", "-".to_owned()),
            ("privileged: false", "already".to_owned()),
            ("privileged: true", format!("{found} + fix")),
            ("privileged: 'yes'", format!("{found} + fix")),
            ("privileged: ${P:-true}", found.to_owned()),
            ("privileged: ${P:-false}", "-".to_owned()),
            ("privileged: ${P}", "-".to_owned()),
        ];
        for (text, expected) in cases {
            assert_eq!(said(&run(&Privileged, text, &unknown())), expected, "{text}");
        }
    }

    #[test]
    fn what_needs_it_keeps_it() {
        let facts = Facts { needs_privileged: measured("it must".into()), ..entry("x", Role::App) };
        let image = image(facts, Start::Unknown);
        let found = "high: `privileged: true` is root on the host";
        assert_eq!(said(&run(&Privileged, "privileged: true", &image)), found);
        let Verdict::Advise(finding) = run(&Privileged, "privileged: true", &image) else { panic!() };
        assert_eq!(finding.help, "the image is made to run so: it must");
        assert_eq!(
            said(&run(&Privileged, "privileged: true\ncommand: sh -c x", &image)),
            format!("{found} + fix")
        );
    }

    #[test]
    fn strict_writes_false() {
        let Verdict::Advise(finding) = run(&Privileged, "privileged: true", &unknown()) else { panic!() };
        assert_eq!(finding.fix[0].op, Op::Set(Value::Bool(false)));
        assert_eq!(finding.fix[0].path.as_ref(), ["privileged"]);
    }
}
