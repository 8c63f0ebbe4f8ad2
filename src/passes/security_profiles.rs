//! The pass `security_profiles`. What it does and why stands in `security_profiles.md`, which `harden explain` prints.
#![doc = include_str!("security_profiles.md")]

use super::findings::Found;
use super::{Context, Meta, Pass, PassKind, Reads, findings};
use crate::plan::{Severity, Skip, Verdict};

/// The pass.
#[derive(Debug)]
pub struct SecurityProfiles;

const META: Meta = Meta {
    id: "security_profiles",
    summary: "seccomp, apparmor or selinux switched off",
    kind: PassKind::Advice,
    text: include_str!("security_profiles.md"),
    reads: Reads { keys: &["security_opt", "privileged"], facts: &[] },
};

/// What switches a profile off, and how bad that is.
const OFF: [(&str, &str, Severity); 4] = [
    ("seccomp", "unconfined", Severity::High),
    ("systempaths", "unconfined", Severity::High),
    ("apparmor", "unconfined", Severity::Medium),
    ("label", "disable", Severity::Medium),
];

const HELP: &str = "remove it, or name a profile of its own that allows the one call it needs";

impl Pass for SecurityProfiles {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn run(&self, context: &Context<'_>) -> Verdict {
        if context.service.is_privileged() {
            return Verdict::Skip(Skip::Privileged);
        }
        let options = context.service.security_opt.iter();
        let found: Vec<Found> = options
            .filter_map(|option| {
                let (written, severity) = off(&option.value)?;
                Some(Found::new(severity, written, option.place))
            })
            .collect();
        findings::verdict(&found, "switches a profile off:", HELP)
    }
}

/// The option as the file has it, when it switches a profile off.
fn off(option: &str) -> Option<(&str, Severity)> {
    let written = option.trim_matches(['"', '\'', ' ']);
    let (name, value) = written.split_once([':', '='])?;
    let (.., severity) =
        OFF.into_iter().find(|(off, word, _)| name.trim() == *off && value.trim() == *word)?;
    Some((written, severity))
}

#[cfg(test)]
mod tests {
    use super::SecurityProfiles;
    use crate::passes::findings::said;
    use crate::passes::testing::{run, unknown};

    #[test]
    fn only_what_is_switched_off_counts() {
        let cases = [
            ("image: x", "-"),
            ("security_opt: ['no-new-privileges:true', 'seccomp:./profile.json']", "-"),
            ("security_opt: ['apparmor:docker-default', 'label:type:x']", "-"),
            ("security_opt: ['seccomp:unconfined']", "high: switches a profile off: `seccomp:unconfined`"),
            ("security_opt: ['seccomp=unconfined']", "high: switches a profile off: `seccomp=unconfined`"),
            (
                "security_opt: ['apparmor=unconfined']",
                "medium: switches a profile off: `apparmor=unconfined`",
            ),
            ("security_opt: ['label:disable']", "medium: switches a profile off: `label:disable`"),
            (
                "security_opt: ['systempaths=unconfined', 'apparmor:unconfined']",
                "high: switches a profile off: `apparmor:unconfined`, `systempaths=unconfined`",
            ),
            ("privileged: true\nsecurity_opt: ['seccomp:unconfined']", "Privileged"),
        ];
        for (text, expected) in cases {
            assert_eq!(said(&run(&SecurityProfiles, text, &unknown())), expected, "{text}");
        }
    }
}
