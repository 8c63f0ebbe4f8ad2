//! The pass `user`. What it does and why stands in `user.md`, which `harden explain` prints.
#![doc = include_str!("user.md")]

use std::borrow::Cow;

use super::{Context, Meta, Pass, PassKind, Reads, cap_drop, grounds, mounts};
use crate::compose::{Mount, MountKind, Service, Spanned};
use crate::image::{RootReason, Start, UserSpec};
use crate::plan::{Change, Confidence, Evidence, Op, Skip, Value, Verdict, Words};
use crate::policy::{Given, Scope};

/// The pass.
#[derive(Debug)]
pub struct User;

const META: Meta = Meta {
    id: "user",
    summary: "a start as the image's own user instead of root",
    kind: PassKind::Rewrite,
    text: include_str!("user.md"),
    reads: Reads {
        keys: &["user", "volumes", "tmpfs", "secrets", "devices", "cap_add", "network_mode", "environment"],
        facts: &["default_user", "user", "step_down", "root_only", "root_reads", "data"],
    },
};

/// The first user of most distributions, when nothing better is known.
const ANYBODY: UserSpec = UserSpec { uid: 1000, gid: 1000 };

/// Variables by which an image that starts as root is told whom to step down to.
const STEPS_DOWN_BY: [&str; 6] = ["PUID", "PGID", "USER_UID", "USERMAP_UID", "LOCAL_USER_ID", "NB_UID"];

impl Pass for User {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn run(&self, context: &Context<'_>) -> Verdict {
        if let Some(user) = written(context.service) {
            return of_file(user);
        }
        match &context.image.start {
            Start::User(spec) => change(*spec, why(context), sure(context)),
            Start::Image(_) | Start::Named => Verdict::Already(of_image(context)),
            Start::Root(reason) => Verdict::Skip(root(context, reason)),
            Start::File | Start::Unknown => guess(context),
        }
    }
}

/// The `user` of a service; an empty one is none.
pub(super) fn written(service: &Service) -> Option<&Spanned<String>> {
    service.user.as_ref().filter(|user| !user.is_empty())
}

/// Whether a `user` is root, by number or by name.
pub(super) fn is_root(user: &str) -> bool {
    let name = user.split(':').next().unwrap_or_default();
    name == "root" || name.parse() == Ok(0)
}

fn of_file(user: &Spanned<String>) -> Verdict {
    if is_root(user) {
        Verdict::Skip(Skip::SaidInFile(format!("user: {}", user.value).into()))
    } else {
        Verdict::Already(grounds::written(user))
    }
}

fn of_image(context: &Context<'_>) -> Evidence {
    if let Some(built) = &context.image.built {
        let line = built.user.unwrap_or(built.from);
        return Evidence::Dockerfile { path: built.path.clone().into(), line };
    }
    let known = grounds::facts(context.image).and_then(|facts| Some((facts, facts.default_user.as_ref()?)));
    match known {
        Some((facts, fact)) => Evidence::Catalogue { image: facts.name.clone(), source: fact.source.clone() },
        None => Evidence::AlwaysSafe("the image starts as a user of its own".into()),
    }
}

fn change(user: UserSpec, why: Words, confidence: Confidence) -> Verdict {
    Verdict::Change(vec![Change {
        path: Cow::Borrowed(&["user"]),
        op: Op::Set(Value::str(user.to_string())),
        why,
        confidence,
    }])
}

/// Who the policy wants this very service to run as.
fn wanted(context: &Context<'_>) -> Option<Given<UserSpec>> {
    context.policy.user(META.id, "default").filter(|user| user.scope == Scope::Service)
}

fn why(context: &Context<'_>) -> Words {
    match grounds::facts(context.image) {
        _ if wanted(context).is_some() => grounds::AS_THE_POLICY_SAYS.into(),
        Some(facts) if facts.step_down.is_some() => {
            format!("the user that `{}` steps down to anyway", facts.name).into()
        }
        Some(facts) => format!("`{}` does not need to be root", facts.name).into(),
        None => "the image's own user".into(),
    }
}

fn sure(context: &Context<'_>) -> Confidence {
    if let Some(wanted) = wanted(context) {
        return grounds::wanted(&wanted);
    }
    let known = grounds::facts(context.image).and_then(|facts| Some((facts, facts.user.as_ref()?)));
    match known {
        Some((facts, fact)) => grounds::of(context, facts, fact),
        None => grounds::likely(context, "it works as its own user"),
    }
}

/// Why a root start stays.
fn root(context: &Context<'_>, reason: &RootReason) -> Skip {
    let conflict = |words: String| Skip::Conflict(words.into());
    match reason {
        RootReason::SaidInFile => Skip::SaidInFile("user: root".into()),
        RootReason::BindMount(target) => Skip::BindMount(how_to_switch(context, target)),
        RootReason::Shared(volume) => {
            conflict(format!("another service writes to the volume `{volume}` too"))
        }
        RootReason::Keys(target) => conflict(format!("root reads `{target}` before it steps down")),
        RootReason::Socket(target) => conflict(only_root_opens(target)),
        RootReason::Capabilities(names) => conflict(no_capabilities(names)),
        RootReason::Image(why) => Skip::Image(why.clone()),
        RootReason::LowPort(port) => {
            conflict(format!("only root may listen on port {port} of the host (`network_mode: host`)"))
        }
        RootReason::NotWritten => Skip::NotSelected,
    }
}

fn only_root_opens(path: &str) -> String {
    format!("only root and one group of the host may open `{path}`")
}

fn no_capabilities(names: &str) -> String {
    format!("a non-root user does not get what `cap_add` gives ({names})")
}

fn how_to_switch(context: &Context<'_>, target: &str) -> Words {
    let mount = context.service.volumes.iter().find(|mount| mount.target == target);
    let user = grounds::facts(context.image).and_then(|facts| facts.user.as_ref()).map(|fact| fact.value);
    let what = match mount.and_then(|mount| mount.source.as_deref()) {
        Some(source) => format!("`{source}` on `{target}`"),
        None => format!("what is mounted on `{target}`"),
    };
    match (user, mount.map(|mount| &mount.value)) {
        (Some(user), Some(Mount { kind: MountKind::Bind, source: Some(source), .. })) => format!(
            "{what} belongs to whoever made it: run `chown -R {user} {source}`, then add `user: \"{user}\"`"
        ),
        (Some(user), _) => {
            format!("{what} may belong to anybody: once it belongs to {user}, add `user: \"{user}\"`")
        }
        (None, _) => format!("{what} may belong to anybody"),
    }
    .into()
}

/// Nothing is known of who it may run as: any user may do, unless something speaks against it.
fn guess(context: &Context<'_>) -> Verdict {
    if let Some(skip) = obstacle(context) {
        return Verdict::Skip(skip);
    }
    let known = grounds::facts(context.image).and_then(|facts| facts.user.as_ref());
    let anybody = || context.policy.user(META.id, "default").map_or(ANYBODY, |user| user.value);
    let user = known.map_or_else(anybody, |fact| fact.value);
    let confidence = grounds::guess(context, "it runs as any user and writes nowhere but in `/tmp`");
    change(user, "nothing writable is mounted, so any user may do".into(), confidence)
}

/// What speaks against another user than the one the image is made for.
pub(super) fn obstacle(context: &Context<'_>) -> Option<Skip> {
    let service = context.service;
    if service.is_privileged() {
        return Some(Skip::Privileged);
    }
    if let Some(socket) = mounts::engine_socket(service) {
        return Some(Skip::Conflict(only_root_opens(&socket.target).into()));
    }
    if let Some(mount) = mounts::writable(service) {
        return Some(Skip::BindMount(
            format!("`{}` is mounted writable and it is not known to whom it belongs", mount.target).into(),
        ));
    }
    conflict(context).map(|words| Skip::Conflict(words.into()))
}

fn conflict(context: &Context<'_>) -> Option<String> {
    let service = context.service;
    let caps: Vec<&str> = service.cap_add.iter().map(|cap| cap.value.as_str()).collect();
    let steps_down =
        STEPS_DOWN_BY.iter().find(|name| service.environment.0.iter().any(|var| var.name == **name));
    if !caps.is_empty() && !cap_drop::tells_nothing(context) {
        Some(no_capabilities(&caps.join(", ")))
    } else if !service.volumes_from.is_empty() {
        Some("`volumes_from` may mount something writable".to_owned())
    } else if !service.devices.is_empty() || service.gpus.is_some() || service.use_api_socket.is_some() {
        Some("what it opens on the host may be for root only".to_owned())
    } else {
        steps_down.map(|name| format!("`{name}` says who it runs as once it has started as root"))
    }
}

#[cfg(test)]
mod tests {
    use super::User;
    use crate::image::{Basis, Facts, Image, Role, RootReason, Start, UserSpec};
    use crate::passes::testing::{as_999, brief, entry, fact, image, run, unknown};

    const SPEC: UserSpec = UserSpec { uid: 999, gid: 999 };

    fn known(start: Start, basis: Basis) -> Image {
        image(Facts { user: fact(SPEC, basis), ..entry("postgres", Role::Datastore) }, start)
    }

    #[test]
    fn obeys_the_start() {
        let bind = RootReason::BindMount("/data".into());
        let cases = [
            (as_999(), Basis::Measured, "image: x", "= user: \"999:999\""),
            (as_999(), Basis::Inferred, "image: x", "~ user: \"999:999\""),
            (as_999(), Basis::Memory, "image: x", "? user: \"999:999\""),
            (Start::Image(SPEC), Basis::Measured, "image: x", "already"),
            (Start::File, Basis::Measured, "user: '5:5'", "already"),
            (
                Start::Root(bind.clone()),
                Basis::Measured,
                "volumes: ['./data:/data']",
                "bind mount: `./data` on `/data` belongs to whoever made it: run `chown -R 999:999 ./data`, \
                 then add `user: \"999:999\"`",
            ),
            (
                Start::Root(bind),
                Basis::Measured,
                "volumes: ['nfs:/data']",
                "bind mount: `nfs` on `/data` may belong to anybody: once it belongs to 999:999, \
                 add `user: \"999:999\"`",
            ),
            (
                Start::Root(RootReason::Image("it mounts things".into())),
                Basis::Measured,
                "image: x",
                "image: it mounts things",
            ),
        ];
        for (start, basis, text, expected) in cases {
            assert_eq!(brief(&run(&User, text, &known(start, basis))), expected, "{text}");
        }
    }

    #[test]
    fn a_guess_only_where_nothing_is_writable() {
        let cases = [
            ("image: x", "? user: \"1000:1000\""),
            ("volumes: ['./conf:/etc/x:ro']", "? user: \"1000:1000\""),
            ("user: app", "already"),
            ("user: '${UID}'", "already"),
            ("user: root", "file: user: root"),
            ("user: 0:0", "file: user: 0:0"),
            ("privileged: true", "Privileged"),
            (
                "volumes: ['vol-d:/data']",
                "bind mount: `/data` is mounted writable and it is not known to whom it belongs",
            ),
            (
                "volumes: ['/var/run/docker.sock:/s/docker.sock:ro']",
                "conflict: only root and one group of the host may open `/s/docker.sock`",
            ),
            (
                "cap_add: [NET_ADMIN]",
                "conflict: a non-root user does not get what `cap_add` gives (NET_ADMIN)",
            ),
            ("devices: [/dev/x]", "conflict: what it opens on the host may be for root only"),
            ("environment: [PUID=1000]", "conflict: `PUID` says who it runs as once it has started as root"),
        ];
        for (text, expected) in cases {
            assert_eq!(brief(&run(&User, text, &unknown())), expected, "{text}");
        }
    }
}
