//! The pass `cap_drop`. What it does and why stands in `cap_drop.md`, which `harden explain` prints.
#![doc = include_str!("cap_drop.md")]

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::path::Path;

use super::{Context, Meta, Pass, PassKind, Reads, grounds, trade};
use crate::compose::{Flag, List, Mount, MountKind, Service, Setting, Spanned};
use crate::image::{Basis, Fact, Facts, RootReason, Start, may_hold_keys};
use crate::plan::{Change, Confidence, Op, Skip, Value, Verdict, Words};

/// The pass.
#[derive(Debug)]
pub struct CapDrop;

const META: Meta = Meta {
    id: "cap_drop",
    summary: "no capabilities but the few that the start needs",
    kind: PassKind::Rewrite,
    text: include_str!("cap_drop.md"),
    reads: Reads {
        keys: &["cap_drop", "cap_add", "privileged", "user", "init", "volumes", "secrets", "network_mode"],
        facts: &["default_user", "step_down", "caps_root", "caps_user", "root_reads"],
    },
};

/// What entrypoints need to prepare a directory, step down, listen and stop.
///
/// `AUDIT_WRITE` is not among them. Measured on Debian 12 with libpam and libaudit (engine 20.10, kernel 6.18, with and
/// without no-new-privileges): `su`, `su -`, `runuser`, `setpriv`, `chpasswd`, `usermod` and jobs of cron, of root and of
/// another user, do their work without it; `sudo` does, too, and says that it cannot send an audit message.
const START_UP: [&str; 7] =
    ["CHOWN", "DAC_OVERRIDE", "FOWNER", "KILL", "NET_BIND_SERVICE", "SETGID", "SETUID"];

const CARRIED: &str = "the program carries them as file capabilities and does not start without";

/// What is given back, and on what grounds.
struct Given {
    caps: BTreeSet<String>,
    why: Words,
    confidence: Confidence,
}

impl Pass for CapDrop {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn run(&self, context: &Context<'_>) -> Verdict {
        let service = context.service;
        if service.is_privileged() {
            return Verdict::Skip(Skip::Privileged);
        }
        if let Some(all) = find_all(&service.cap_drop) {
            return Verdict::Already(grounds::written(all));
        }
        if find_all(&service.cap_add).is_some() {
            return Verdict::Skip(Skip::SaidInFile("cap_add: [ALL]".into()));
        }
        Verdict::Change(changes(service, given(context)))
    }
}

fn changes(service: &Service, given: Given) -> Vec<Change> {
    let mut changes = vec![Change {
        path: Cow::Borrowed(&["cap_drop"]),
        op: Op::Append(vec![Value::str("ALL")]),
        why: "hardly any service needs a capability once it runs".into(),
        confidence: given.confidence.clone(),
    }];
    let written: BTreeSet<String> =
        service.cap_add.iter().chain(service.cap_drop.iter()).map(|cap| name(cap)).collect();
    let missing: Vec<Value> = given.caps.difference(&written).cloned().map(Value::str).collect();
    if !missing.is_empty() {
        changes.push(Change {
            path: Cow::Borrowed(&["cap_add"]),
            op: Op::Append(missing),
            why: given.why,
            confidence: given.confidence,
        });
    }
    changes
}

fn find_all(list: &List<String>) -> Option<&Spanned<String>> {
    list.iter().find(|cap| name(cap) == "ALL")
}

/// `cap_net_admin` and `CAP_NET_ADMIN` are `NET_ADMIN`.
fn name(cap: &str) -> String {
    let upper = cap.trim().to_ascii_uppercase();
    upper.strip_prefix("CAP_").map_or(upper.clone(), str::to_owned)
}

fn given(context: &Context<'_>) -> Given {
    let known = grounds::known(context);
    match (context.image.start_now(context.service), known) {
        (Start::Image(_), Some(facts)) if starts_as_remembered(facts) => start_up(context, BTreeSet::new()),
        (Start::User(_) | Start::Image(_) | Start::Named | Start::File, _) => as_user(context),
        (Start::Root(_), Some(facts)) => match &facts.caps_root {
            Some(fact) => as_root(context, facts, fact),
            None => start_up(context, BTreeSet::new()),
        },
        (Start::Unknown, _) if runs_as_user(context.service) => as_user(context),
        (Start::Unknown | Start::Root(_), _) => {
            let caps = grounds::facts(context.image).and_then(|facts| facts.caps_root.as_ref());
            start_up(context, caps.map(set).unwrap_or_default())
        }
    }
}

/// Whether the user that the image starts as is only remembered: it may be root all the same.
fn starts_as_remembered(facts: &Facts) -> bool {
    facts.default_user.as_ref().is_some_and(|fact| fact.basis == Basis::Memory)
}

/// A `user` that is written out and is not root.
fn runs_as_user(service: &Service) -> bool {
    super::user::written(service).is_some_and(|user| !user.contains('$') && !super::user::is_root(user))
}

/// A non-root user has no capabilities to lose, except through file capabilities.
fn as_user(context: &Context<'_>) -> Given {
    let facts = grounds::holding(context);
    let caps = facts.and_then(|facts| facts.caps_user.as_ref());
    Given {
        caps: caps.map(set).unwrap_or_default(),
        why: CARRIED.into(),
        confidence: facts
            .and_then(|facts| user_grounds(context, facts))
            .unwrap_or_else(|| grounds::likely(context, "its program carries no file capabilities")),
    }
}

fn user_grounds(context: &Context<'_>, facts: &Facts) -> Option<Confidence> {
    let caps = facts.caps_user.as_ref().map(|fact| grounds::of(context, facts, fact));
    let user = facts.user.as_ref().map(|fact| grounds::of(context, facts, fact));
    caps.or(user).map(grounds::at_least_likely)
}

/// What the entrypoint of a known image needs; an entry for many images says nothing of the trade of one. Facts from memory may have left something out: then the start-up
/// set comes with them, as for an unknown image.
fn as_root(context: &Context<'_>, facts: &Facts, fact: &Fact<Vec<String>>) -> Given {
    let confidence = grounds::of(context, facts, fact);
    let mut caps = set(fact);
    if matches!(confidence, Confidence::Guess(_)) || grounds::starts_another_program(context) {
        return start_up(context, caps);
    }
    if facts.name.ends_with('*') {
        caps.extend(trade::caps(context));
    }
    if is_given(context, "NET_ADMIN") {
        caps.insert("NET_RAW".to_owned());
    }
    let stops = facts.step_down.is_some() && has_init(context.service);
    if stops {
        caps.insert("KILL".to_owned());
    }
    if meets_foreign_files(context) {
        caps.insert("DAC_OVERRIDE".to_owned());
    }
    if listens_low(context.service, facts) {
        caps.insert("NET_BIND_SERVICE".to_owned());
    }
    Given { why: why(facts, &caps), caps, confidence }
}

/// What the capabilities of a root start are for.
fn why(facts: &Facts, caps: &BTreeSet<String>) -> Words {
    if facts.caps_user.as_ref().is_some_and(|carried| set(carried) == *caps) {
        return CARRIED.into();
    }
    let asks_for_kill = facts.caps_root.as_ref().is_some_and(|fact| set(fact).contains("KILL"));
    let for_what =
        if asks_for_kill { "KILL signals processes of other users" } else { "KILL lets the init stop it" };
    let kill = caps.contains("KILL").then_some(for_what);
    let files = caps.contains("DAC_OVERRIDE").then_some("DAC_OVERRIDE reads files that belong to others");
    let bind = caps.contains("NET_BIND_SERVICE").then_some("NET_BIND_SERVICE is for a port below 1024");
    let notes = [files, kill, bind].into_iter().flatten().map(|note| format!("; {note}"));
    let what = match facts.step_down {
        Some(_) => "its start as root prepares and steps down with these",
        None => "what it needs as root",
    };
    format!("{what}{}", notes.collect::<String>()).into()
}

/// The start-up set, and what is known to be needed besides. Network tools that were given `NET_ADMIN` had the
/// right to raw packets by default.
fn start_up(context: &Context<'_>, mut caps: BTreeSet<String>) -> Given {
    caps.extend(START_UP.map(str::to_owned));
    caps.extend(trade::caps(context));
    if is_given(context, "NET_ADMIN") {
        caps.insert("NET_RAW".to_owned());
    }
    Given {
        caps,
        why: "what a start as root needs to prepare directories, step down, listen and stop".into(),
        confidence: grounds::likely(context, "it needs no capabilities beyond the start-up set"),
    }
}

/// Whether its `cap_add` tells no more of the service than none would: it is just what this pass gives an unknown root
/// start, or, where nothing else is dropped, a part of that, which it would have in any case.
pub(super) fn tells_nothing(context: &Context<'_>) -> bool {
    let service = context.service;
    let has: BTreeSet<String> = service.cap_add.iter().map(|cap| name(cap)).collect();
    let known = grounds::facts(context.image).and_then(|facts| facts.caps_root.as_ref());
    let given = start_up(context, known.map(set).unwrap_or_default()).caps;
    has == given || find_all(&service.cap_drop).is_none() && has.is_subset(&given)
}

fn is_given(context: &Context<'_>, wanted: &str) -> bool {
    context.service.cap_add.iter().any(|cap| name(cap) == wanted)
}

fn set(fact: &Fact<Vec<String>>) -> BTreeSet<String> {
    fact.value.iter().map(|cap| name(cap)).collect()
}

fn has_init(service: &Service) -> bool {
    service.init.as_ref().is_some_and(|init| init.value != Setting::Literal(Flag(false)))
}

/// Whether root meets files that may belong to others: without `DAC_OVERRIDE` it has no more access to them than
/// anybody else.
fn meets_foreign_files(context: &Context<'_>) -> bool {
    let by_start = matches!(
        context.image.start,
        Start::Root(RootReason::BindMount(_) | RootReason::Shared(_) | RootReason::Keys(_))
    );
    let service = context.service;
    // a socket of the host belongs to root
    let is_socket = |mount: &Mount| Path::new(&mount.target).extension().is_some_and(|end| end == "sock");
    let is_foreign = |mount: &Mount| {
        let is_ours = mount.kind == MountKind::Bind && !is_socket(mount);
        is_ours && (!mount.read_only || is_closed(mount, service))
    };
    by_start || !service.secrets.is_empty() || service.volumes.iter().any(|mount| is_foreign(mount))
}

/// Whether a file of the host is likely to be closed to all but its owner, such as a key or what the engine logs in
/// with. What is only configuration may be read by anyone.
fn is_closed(mount: &Mount, service: &Service) -> bool {
    let is_login = mount.source.as_deref().is_some_and(|source| source.ends_with(".docker/config.json"));
    is_login || may_hold_keys(mount, service)
}

/// On the host's own network a port below 1024 needs a capability; on a bridge Docker allows it to everybody. Where it is
/// not known on which ports the image listens, one may be low.
fn listens_low(service: &Service, facts: &Facts) -> bool {
    let on_host = service.network_mode.as_ref().is_some_and(|mode| mode.as_str() == "host");
    on_host && (facts.ports.is_empty() || facts.ports.iter().any(|port| *port < 1024))
}

#[cfg(test)]
mod tests {
    use super::CapDrop;
    use crate::image::{Basis, Facts, Image, Role, RootReason, Start, UserSpec};
    use crate::passes::testing::{as_999, brief, entry, fact, image, measured, run, unknown};

    const START_UP: &str = "~ cap_drop + [\"ALL\"]; ~ cap_add + [\"CHOWN\", \"DAC_OVERRIDE\", \"FOWNER\", \
                            \"KILL\", \"NET_BIND_SERVICE\", \"SETGID\", \"SETUID\"]";

    fn known(start: Start, basis: Basis) -> Image {
        image(
            Facts {
                caps_root: fact(vec!["SETUID".into(), "CHOWN".into()], basis),
                user: measured(UserSpec { uid: 999, gid: 999 }),
                step_down: measured("gosu".into()),
                ports: vec![80],
                ..entry("x", Role::Web)
            },
            start,
        )
    }

    fn root() -> Start {
        Start::Root(RootReason::SaidInFile)
    }

    #[test]
    fn what_the_file_says() {
        let cases = [
            ("image: x", START_UP),
            ("cap_drop: [ALL]", "already"),
            ("cap_drop: [all]\ncap_add: [X]", "already"),
            ("cap_drop: [CAP_ALL]", "already"),
            ("cap_add: [ALL]", "file: cap_add: [ALL]"),
            ("privileged: true", "Privileged"),
            ("user: '5:5'", "~ cap_drop + [\"ALL\"]"),
            (
                "image: ghcr.io/acme/dovecot:2\ncap_add: [CHOWN, DAC_OVERRIDE, FOWNER, KILL, SETGID, SETUID]",
                "~ cap_drop + [\"ALL\"]; ~ cap_add + [\"NET_BIND_SERVICE\", \"SYS_CHROOT\"]",
            ),
            ("user: '${U}'", START_UP),
            ("user: '0'", START_UP),
            (
                "cap_add: [cap_chown, NET_ADMIN, CAP_KILL]\ncap_drop: [FOWNER, NET_RAW]",
                "~ cap_drop + [\"ALL\"]; ~ cap_add + [\"DAC_OVERRIDE\", \"NET_BIND_SERVICE\", \"SETGID\", \"SETUID\"]",
            ),
            (
                "cap_add: [NET_ADMIN, CHOWN, DAC_OVERRIDE, FOWNER, KILL, SETGID, SETUID]",
                "~ cap_drop + [\"ALL\"]; ~ cap_add + [\"NET_BIND_SERVICE\", \"NET_RAW\"]",
            ),
        ];
        for (text, expected) in cases {
            assert_eq!(brief(&run(&CapDrop, text, &unknown())), expected, "{text}");
        }
    }

    #[test]
    fn what_the_start_needs() {
        let none = "= cap_drop + [\"ALL\"]";
        let bare = "= cap_drop + [\"ALL\"]; = cap_add + [\"CHOWN\", \"SETUID\"]";
        let kill = "= cap_drop + [\"ALL\"]; = cap_add + [\"CHOWN\", \"KILL\", \"SETUID\"]";
        let bind = "= cap_drop + [\"ALL\"]; = cap_add + [\"CHOWN\", \"DAC_OVERRIDE\", \"SETUID\"]";
        let low = "= cap_drop + [\"ALL\"]; = cap_add + [\"CHOWN\", \"NET_BIND_SERVICE\", \"SETUID\"]";
        let cases = [
            ("user: 999:999", as_999(), none),
            ("image: x", as_999(), bare), // the user start was not written
            ("user: 5:5", Start::File, none),
            ("image: x", root(), bare),
            ("init: true", root(), kill),
            ("init: false", root(), bare),
            ("network_mode: host", root(), low),
            ("volumes: ['./data:/data']", root(), bind),
            ("volumes: ['./conf:/conf:ro', 'data:/data']", root(), bare),
            ("volumes: ['./site.key:/etc/tls/site.key:ro']", root(), bind),
            ("volumes: ['~/.docker/config.json:/config.json:ro']", root(), bind),
            ("secrets: [password]", root(), bind),
            ("volumes: ['/run/docker.sock:/var/run/docker.sock']", root(), bare),
            ("image: x", Start::Root(RootReason::Keys("/key".into())), bind),
            ("command: sh -c x", Start::Unknown, START_UP),
        ];
        for (text, start, expected) in cases {
            assert_eq!(brief(&run(&CapDrop, text, &known(start, Basis::Measured))), expected, "{text}");
        }
        assert_eq!(brief(&run(&CapDrop, "image: x", &known(root(), Basis::Memory))), START_UP);
        let inferred = "~ cap_drop + [\"ALL\"]; ~ cap_add + [\"CHOWN\", \"SETUID\"]";
        assert_eq!(brief(&run(&CapDrop, "image: x", &known(root(), Basis::Inferred))), inferred);
    }

    #[test]
    fn file_capabilities_stay() {
        let facts =
            Facts { caps_user: measured(vec!["NET_BIND_SERVICE".into()]), ..entry("caddy", Role::Web) };
        let image = image(facts, Start::Image(UserSpec { uid: 5, gid: 5 }));
        let expected = "= cap_drop + [\"ALL\"]; = cap_add + [\"NET_BIND_SERVICE\"]";
        assert_eq!(brief(&run(&CapDrop, "image: caddy", &image)), expected);
    }
}
