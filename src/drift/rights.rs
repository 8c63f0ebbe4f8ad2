//! What a container may do: capabilities, new privileges, profiles, privileged mode, namespaces of the host.

use std::collections::BTreeSet;

use super::said::{Said, list, switch, text};
use super::{Difference, Pair, Verdict};
use crate::compose::Spanned;
use crate::source::Place;

/// What an engine gives a container that says nothing.
const DEFAULT: [&str; 14] = [
    "AUDIT_WRITE",
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "FSETID",
    "KILL",
    "MKNOD",
    "NET_BIND_SERVICE",
    "NET_RAW",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYS_CHROOT",
];

/// Every capability, as a word.
const ALL: &str = "ALL";

/// `privileged`.
pub(super) fn privileged(pair: &Pair<'_>) -> Verdict {
    let runs = pair.container.host_config.privileged;
    match switch(pair.service.privileged.as_ref()) {
        Said::Unknown => Verdict::Unknown("privileged".to_owned()),
        Said::Nothing if runs => Verdict::differs("privileged", None, "true", None),
        Said::Nothing => Verdict::Nothing,
        Said::This(wanted, _) if wanted == runs => Verdict::Same,
        Said::This(wanted, place) => {
            Verdict::differs("privileged", Some(wanted.to_string()), runs.to_string(), place)
        }
    }
}

/// `cap_drop` and `cap_add`: the set that both make is compared, not how it is spelt.
pub(super) fn capabilities(pair: &Pair<'_>) -> Verdict {
    let (drop, add) = (list(&pair.service.cap_drop), list(&pair.service.cap_add));
    let says = !drop.is_silent() || !add.is_silent();
    let (drop, add, place) = match (drop, add) {
        (Said::Unknown, _) => return Verdict::Unknown("cap_drop".to_owned()),
        (_, Said::Unknown) => return Verdict::Unknown("cap_add".to_owned()),
        (drop, add) => both(drop, add),
    };
    let host = &pair.container.host_config;
    let (written, runs) = (Caps::of(&drop, &add), Caps::of(&host.cap_drop, &host.cap_add));
    let (given, has) = (written.given(), runs.given());
    if given == has {
        return if says { Verdict::Same } else { Verdict::Nothing };
    }
    if !says && is_within(&has, &given) {
        return Verdict::Tighter(runs.words());
    }
    let file = says.then(|| written.words());
    Verdict::differs("cap_drop", file, runs.words(), place)
}

fn both(drop: Said<Vec<String>>, add: Said<Vec<String>>) -> (Vec<String>, Vec<String>, Option<Place>) {
    let parts = |said| match said {
        Said::This(items, place) => (items, place),
        Said::Nothing | Said::Unknown => (Vec::new(), None),
    };
    let ((drop, first), (add, second)) = (parts(drop), parts(add));
    (drop, add, first.or(second))
}

/// What is dropped and added, by plain names.
struct Caps {
    drop: BTreeSet<String>,
    add: BTreeSet<String>,
}

impl Caps {
    fn of(drop: &[String], add: &[String]) -> Self {
        let plain = |names: &[String]| names.iter().map(|name| plain(name)).collect();
        Self { drop: plain(drop), add: plain(add) }
    }

    /// The set that the engine makes of them; with `ALL` in it where that was added.
    fn given(&self) -> BTreeSet<String> {
        let base: BTreeSet<String> = if self.add.contains(ALL) {
            // all but those that are dropped by name
            let but = self.drop.iter().filter(|name| *name != ALL).map(|name| format!("-{name}"));
            return but.chain([ALL.to_owned()]).collect();
        } else if self.drop.contains(ALL) {
            BTreeSet::new()
        } else {
            DEFAULT.iter().map(|name| (*name).to_owned()).filter(|name| !self.drop.contains(name)).collect()
        };
        base.union(&self.add).cloned().collect()
    }

    /// `drop ALL, add CHOWN`
    fn words(&self) -> String {
        let list = |names: &BTreeSet<String>| names.iter().cloned().collect::<Vec<_>>().join(" ");
        let parts = [("drop", list(&self.drop)), ("add", list(&self.add))];
        let parts: Vec<String> = parts
            .iter()
            .filter(|(_, names)| !names.is_empty())
            .map(|(word, names)| format!("{word} {names}"))
            .collect();
        if parts.is_empty() { "the engine's default set".to_owned() } else { parts.join(", ") }
    }
}

fn is_within(has: &BTreeSet<String>, given: &BTreeSet<String>) -> bool {
    has.is_subset(given)
}

/// `CAP_NET_RAW`, `net_raw`: one name.
fn plain(name: &str) -> String {
    let name = name.trim().to_ascii_uppercase();
    name.strip_prefix("CAP_").map(str::to_owned).unwrap_or(name)
}

/// `no-new-privileges` in `security_opt`.
pub(super) fn no_new_privileges(pair: &Pair<'_>) -> Verdict {
    let runs = gains_none(&pair.container.host_config.security_opt).unwrap_or(false);
    let (wanted, place) = match list(&pair.service.security_opt) {
        Said::Unknown => return Verdict::Unknown("security_opt".to_owned()),
        Said::This(options, place) => (gains_none(&options), place),
        Said::Nothing => (None, None),
    };
    let shown = |set: bool| format!("no-new-privileges:{set}");
    match wanted {
        None if runs => Verdict::Tighter(shown(true)),
        None => Verdict::Nothing,
        Some(wanted) if wanted == runs => Verdict::Same,
        Some(wanted) => {
            let runs = if runs { shown(true) } else { "no such option".to_owned() };
            Verdict::differs("security_opt", Some(shown(wanted)), runs, place)
        }
    }
}

/// Whether options say that no privileges are gained, in any spelling; `None` where none speaks of it.
fn gains_none(options: &[String]) -> Option<bool> {
    let mut said = options.iter().filter_map(|option| {
        let rest = option.trim().strip_prefix("no-new-privileges")?;
        match rest.trim_start_matches([':', '=']) {
            "" | "true" => Some(true),
            "false" => Some(false),
            _ => None,
        }
    });
    said.next_back()
}

/// The other options of `security_opt`.
pub(super) fn profiles(pair: &Pair<'_>) -> Verdict {
    let (written, place) = match list(&pair.service.security_opt) {
        Said::Unknown => return Verdict::Unknown("security_opt".to_owned()),
        Said::This(options, place) => (named(&options), place),
        Said::Nothing => (BTreeSet::new(), None),
    };
    let mut runs = named(&pair.container.host_config.security_opt);
    if !written.contains("label=disable") && frees_labels(pair) {
        runs.remove("label=disable");
    }
    let (missing, more): (Vec<&String>, Vec<&String>) =
        (written.difference(&runs).collect(), runs.difference(&written).collect());
    let missing =
        missing.iter().map(|name| difference("security_opt", Some((*name).clone()), "no such option", place));
    let wider = more.iter().filter(|name| !written.is_empty() || loosens(name));
    let wider = wider.map(|name| difference("security_opt", None, name, None));
    let differences: Vec<Difference> = missing.chain(wider).collect();
    match more.first() {
        Some(name) if differences.is_empty() => Verdict::Tighter(format!("security_opt: {name}")),
        _ => Verdict::of(differences, !written.is_empty()),
    }
}

/// The engine switches labels off by itself for what shares the processes of the host, or may do everything.
fn frees_labels(pair: &Pair<'_>) -> bool {
    let host = &pair.container.host_config;
    host.privileged || host.pid_mode == "host" || host.ipc_mode == "host"
}

/// Options by one spelling; Compose hands the text of a seccomp profile over in place of its file.
fn named(options: &[String]) -> BTreeSet<String> {
    let others = options.iter().filter(|option| !option.trim().starts_with("no-new-privileges"));
    let others = others.map(|option| match option.split_once([':', '=']) {
        Some(("seccomp", profile)) if profile != "unconfined" => "seccomp=a profile".to_owned(),
        Some((name, value)) => format!("{name}={value}"),
        None => option.clone(),
    });
    others.collect()
}

/// Whether an option takes something away that the engine does by itself.
fn loosens(option: &str) -> bool {
    option.ends_with("=unconfined") || option == "label=disable"
}

/// Namespaces of the host: whether they are shared, and nothing else of these keys.
pub(super) fn host_namespaces(pair: &Pair<'_>) -> Verdict {
    let (service, host) = (pair.service, &pair.container.host_config);
    let all: [(&str, Option<&Spanned<String>>, &str); 5] = [
        ("network_mode", service.network_mode.as_ref(), &host.network_mode),
        ("pid", service.pid.as_ref(), &host.pid_mode),
        ("ipc", service.ipc.as_ref(), &host.ipc_mode),
        ("uts", service.uts.as_ref(), &host.uts_mode),
        ("userns_mode", service.userns_mode.as_ref(), &host.userns_mode),
    ];
    let (mut differences, mut says) = (Vec::new(), false);
    for (key, written, runs) in all {
        let (wanted, place) = match text(written) {
            Said::Unknown => return Verdict::Unknown(key.to_owned()),
            Said::This(mode, place) => (Some(mode), place),
            Said::Nothing => (None, None),
        };
        let is_wanted = wanted.as_deref() == Some("host");
        says |= is_wanted;
        if is_wanted != (runs == "host") {
            let runs = if runs == "host" { "host" } else { "one of its own" };
            differences.push(difference(key, wanted, runs, place));
        }
    }
    Verdict::of(differences, says)
}

fn difference(key: &str, file: Option<String>, runs: &str, place: Option<Place>) -> Difference {
    Difference { key: key.to_owned(), file, runs: runs.to_owned(), place }
}
