//! What the kernel must say of a service's processes, by what its file says: so that a control that is written and has no
//! effect is found.

use serde_json::Value;

use crate::docker::Account;

/// All capabilities, in the order of their bits.
const CAPABILITIES: [&str; 41] = [
    "CHOWN",
    "DAC_OVERRIDE",
    "DAC_READ_SEARCH",
    "FOWNER",
    "FSETID",
    "KILL",
    "SETGID",
    "SETUID",
    "SETPCAP",
    "LINUX_IMMUTABLE",
    "NET_BIND_SERVICE",
    "NET_BROADCAST",
    "NET_ADMIN",
    "NET_RAW",
    "IPC_LOCK",
    "IPC_OWNER",
    "SYS_MODULE",
    "SYS_RAWIO",
    "SYS_CHROOT",
    "SYS_PTRACE",
    "SYS_PACCT",
    "SYS_ADMIN",
    "SYS_BOOT",
    "SYS_NICE",
    "SYS_RESOURCE",
    "SYS_TIME",
    "SYS_TTY_CONFIG",
    "MKNOD",
    "LEASE",
    "AUDIT_WRITE",
    "AUDIT_CONTROL",
    "SETFCAP",
    "MAC_OVERRIDE",
    "MAC_ADMIN",
    "SYSLOG",
    "WAKE_ALARM",
    "BLOCK_SUSPEND",
    "AUDIT_READ",
    "PERFMON",
    "BPF",
    "CHECKPOINT_RESTORE",
];

/// What holds for one service.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rules {
    /// The capabilities that it may have, one bit each; none when nothing is said.
    pub capabilities: Option<u64>,
    /// Whether no process may gain rights.
    pub no_new_privileges: bool,
    /// Whether its root filesystem is read-only.
    pub read_only: bool,
}

impl Rules {
    /// What a service of a resolved project says.
    #[must_use]
    pub fn of(service: &Value) -> Self {
        let words = |key: &str| {
            let items = service[key].as_array().into_iter().flatten();
            items.filter_map(Value::as_str).map(str::to_owned).collect::<Vec<_>>()
        };
        let drops_all = words("cap_drop").iter().any(|cap| name(cap) == "ALL");
        let given = words("cap_add").iter().map(|cap| bit(cap)).fold(0, |all, bit| all | bit);
        let grants =
            |option: &String| matches!(option.as_str(), "no-new-privileges" | "no-new-privileges:true");
        Self {
            capabilities: drops_all.then_some(given),
            no_new_privileges: words("security_opt").iter().any(grants),
            read_only: service["read_only"] == true,
        }
    }

    /// What is written and has no effect on a process.
    #[must_use]
    pub fn broken_by(&self, account: &Account) -> Option<&'static str> {
        let beyond = self.capabilities.is_some_and(|given| account.capabilities & !given != 0);
        if beyond {
            return Some("cap_drop");
        }
        (self.no_new_privileges && !account.no_new_privileges).then_some("no-new-privileges")
    }
}

fn name(cap: &str) -> String {
    let upper = cap.trim().to_ascii_uppercase();
    upper.strip_prefix("CAP_").map_or(upper.clone(), str::to_owned)
}

fn bit(cap: &str) -> u64 {
    let name = name(cap);
    match CAPABILITIES.iter().position(|known| *known == name) {
        Some(at) => 1 << at,
        None if name == "ALL" => u64::MAX,
        // one that is newer than this table cannot be looked for
        None => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::Rules;
    use crate::docker::Account;
    use serde_json::json;

    #[test]
    fn what_is_written_must_hold() {
        let rules = Rules::of(&json!({
            "cap_drop": ["ALL"], "cap_add": ["CAP_CHOWN", "SETUID"], "security_opt": ["no-new-privileges:true"],
            "read_only": true,
        }));
        assert_eq!((rules.capabilities, rules.read_only), (Some(0x81), true));
        let account = |capabilities, no_new_privileges| Account { capabilities, no_new_privileges };
        assert_eq!(rules.broken_by(&account(0x80, true)), None);
        assert_eq!(rules.broken_by(&account(0x82, true)), Some("cap_drop"));
        assert_eq!(rules.broken_by(&account(0, false)), Some("no-new-privileges"));
        assert_eq!(Rules::of(&json!({})).broken_by(&account(u64::MAX, false)), None);
    }
}
