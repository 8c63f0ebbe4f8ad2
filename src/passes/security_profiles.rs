//! Security profiles that the service switches off.
//!
//! Docker runs every container under a seccomp profile, which closes about 50 of the kernel's calls, and under a profile
//! of `apparmor` or `selinux` where the host has it. `seccomp:unconfined` opens all calls again, `apparmor:unconfined`
//! and `label:disable` take the second wall away, `systempaths=unconfined` makes `/proc` and `/sys` writable.
//!
//! Looks at `security_opt`, with `:` or with `=`. A profile of your own (`seccomp:./profile.json`) is fine.
//!
//! What to do: remove it. New kernels and engines allow what it was mostly needed for. Where a program still needs one
//! more call (a browser's sandbox, a profiler), give it a profile of its own. Nothing is written at any level.
//!
//! Example:
//!
//! ```yaml
//! services:
//!   browser:
//!     security_opt: ["seccomp:./chrome.json"]   # instead of `seccomp:unconfined`
//! ```

use super::findings::Found;
use super::{Context, Meta, Pass, PassKind, findings};
use crate::plan::{Severity, Skip, Verdict};

/// The pass.
#[derive(Debug)]
pub struct SecurityProfiles;

const META: Meta = Meta {
    id: "security_profiles",
    summary: "seccomp, apparmor or selinux switched off",
    kind: PassKind::Advice,
    source: include_str!("security_profiles.rs"),
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
