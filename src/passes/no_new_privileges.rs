//! The pass `no_new_privileges`. What it does and why stands in `no_new_privileges.md`, which `harden explain` prints.
#![doc = include_str!("no_new_privileges.md")]

use std::borrow::Cow;

use super::{Context, Meta, Pass, PassKind, Reads, grounds, words};
use crate::compose::{Flag, Scalar, Service};
use crate::plan::{Change, Confidence, Op, Skip, Value, Verdict};

/// The pass.
#[derive(Debug)]
pub struct NoNewPrivileges;

const META: Meta = Meta {
    id: "no_new_privileges",
    summary: "no program gains rights by starting another",
    kind: PassKind::Rewrite,
    text: include_str!("no_new_privileges.md"),
    reads: Reads { keys: &["security_opt", "privileged", "command"], facts: &["no_new_privileges"] },
};

const OPTION: &str = "no-new-privileges";

impl Pass for NoNewPrivileges {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn run(&self, context: &Context<'_>) -> Verdict {
        if let Some(verdict) = written(context.service) {
            return verdict;
        }
        match obstacle(context) {
            Some(skip) => Verdict::Skip(skip),
            None => Verdict::Change(vec![Change {
                path: Cow::Borrowed(&["security_opt"]),
                op: Op::Append(vec![Value::str("no-new-privileges:true")]),
                why: "a setuid program gives nobody more rights".into(),
                confidence: confidence(context),
            }]),
        }
    }
}

/// What the file says. The engine takes the last one; a value that only the environment knows counts as yes.
fn written(service: &Service) -> Option<Verdict> {
    let (item, on) = service.security_opt.iter().rev().find_map(|item| Some((item, reads(item)?)))?;
    Some(if on {
        Verdict::Already(grounds::written(item))
    } else {
        Verdict::Skip(Skip::SaidInFile("no-new-privileges:false".into()))
    })
}

/// Whether an option switches it on or off; `None` for another option.
fn reads(item: &str) -> Option<bool> {
    let rest = item.trim_matches(['"', '\'', ' ']).strip_prefix(OPTION)?;
    if rest.is_empty() {
        return Some(true);
    }
    let value = rest.strip_prefix([':', '='])?;
    Some(Flag::parse(value) != Some(Flag(false)))
}

fn obstacle(context: &Context<'_>) -> Option<Skip> {
    if context.service.is_privileged() {
        return Some(Skip::Privileged);
    }
    if words::of(context.service).any(|word| words::program(word) == "sudo") {
        return Some(Skip::Conflict("the command needs `sudo`".into()));
    }
    let fact = grounds::facts(context.image)?.no_new_privileges.as_ref()?;
    (!fact.value).then(|| Skip::Image(fact.source.clone()))
}

fn confidence(context: &Context<'_>) -> Confidence {
    let known = grounds::known(context).and_then(|facts| Some((facts, facts.no_new_privileges.as_ref()?)));
    match known {
        Some((facts, fact)) => grounds::at_least_likely(grounds::of(context, facts, fact)),
        None => grounds::likely(context, "it needs no setuid program such as `sudo`"),
    }
}

#[cfg(test)]
mod tests {
    use super::NoNewPrivileges;
    use crate::image::{Facts, Image, Role, Start};
    use crate::passes::testing::{brief, entry, image, measured, run, unknown};

    const ADDED: &str = "~ security_opt + [\"no-new-privileges:true\"]";

    fn known(works: bool, role: Role) -> Image {
        image(Facts { no_new_privileges: measured(works), ..entry("x", role) }, Start::Unknown)
    }

    #[test]
    fn every_spelling_counts() {
        let cases = [
            ("image: x", ADDED),
            ("security_opt: ['seccomp:unconfined']", ADDED),
            ("security_opt: [no-new-privileges]", "already"),
            ("security_opt: ['no-new-privileges:true']", "already"),
            ("security_opt: ['no-new-privileges=true']", "already"),
            ("security_opt: ['\"no-new-privileges:true\"']", "already"),
            ("security_opt: ['no-new-privileges:${NNP}']", "already"),
            ("security_opt: no-new-privileges:true", "already"),
            ("security_opt: ['no-new-privileges:false']", "file: no-new-privileges:false"),
            ("security_opt: ['no-new-privileges=0']", "file: no-new-privileges:false"),
            ("security_opt: ['no-new-privileges-x']", ADDED),
            ("privileged: true", "Privileged"),
            ("command: sudo -u app run", "conflict: the command needs `sudo`"),
        ];
        for (text, expected) in cases {
            assert_eq!(brief(&run(&NoNewPrivileges, text, &unknown())), expected, "{text}");
        }
    }

    #[test]
    fn what_the_image_says() {
        let sure = "= security_opt + [\"no-new-privileges:true\"]";
        assert_eq!(brief(&run(&NoNewPrivileges, "image: x", &known(true, Role::Web))), sure);
        assert_eq!(brief(&run(&NoNewPrivileges, "image: x", &known(true, Role::Base))), ADDED);
        assert_eq!(brief(&run(&NoNewPrivileges, "image: x", &known(false, Role::App))), "image: a test");
    }
}
