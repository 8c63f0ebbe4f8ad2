//! The pass `read_only`. What it does and why stands in `read_only.md`, which `harden explain` prints.
#![doc = include_str!("read_only.md")]

use std::borrow::Cow;

use super::{Context, Meta, Pass, PassKind, Reads, data_paths, grounds, mounts};
use crate::compose::{Flag, Setting};
use crate::image::{Facts, Start};
use crate::plan::{Change, Confidence, Op, Skip, Value, Verdict, Words};
use crate::policy::{Given, Scope};

/// The pass.
#[derive(Debug)]
pub struct ReadOnly;

const META: Meta = Meta {
    id: "read_only",
    summary: "a read-only root filesystem, with memory for what must be writable",
    kind: PassKind::Rewrite,
    text: include_str!("read_only.md"),
    reads: Reads {
        keys: &["read_only", "tmpfs", "volumes", "user", "develop"],
        facts: &["read_only", "tmpfs", "data", "volumes", "content"],
    },
};

/// What programs expect to be writable, for an image of which nothing is known.
const USUAL: [&str; 2] = ["/tmp", "/run"];

impl Pass for ReadOnly {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn run(&self, context: &Context<'_>) -> Verdict {
        if let Some(flag) = &context.service.read_only {
            return match flag.value {
                Setting::Literal(Flag(false)) => Verdict::Skip(Skip::SaidInFile("read_only: false".into())),
                _ => Verdict::Already(grounds::written(flag)),
            };
        }
        match obstacle(context) {
            Some(skip) => Verdict::Skip(skip),
            None => Verdict::Change(changes(context)),
        }
    }
}

fn obstacle(context: &Context<'_>) -> Option<Skip> {
    if context.service.develop.is_some() {
        return Some(Skip::Conflict("`develop` copies files into the container".into()));
    }
    let fact = grounds::facts(context.image)?.read_only.as_ref()?;
    (!fact.value).then(|| Skip::Image(fact.source.clone()))
}

fn changes(context: &Context<'_>) -> Vec<Change> {
    let confidence = confidence(context);
    let mut changes = vec![Change {
        path: Cow::Borrowed(&["read_only"]),
        op: Op::Set(Value::Bool(true)),
        why: why(context),
        confidence: confidence.clone(),
    }];
    let tmpfs = tmpfs(context);
    if !tmpfs.is_empty() {
        changes.push(Change {
            path: Cow::Borrowed(&["tmpfs"]),
            op: Op::Append(tmpfs.into_iter().map(Value::str).collect()),
            why: "what it writes besides its volumes".into(),
            confidence,
        });
    }
    changes
}

fn why(context: &Context<'_>) -> Words {
    match grounds::holding(context) {
        Some(_) => "it writes only to its volumes and to memory".into(),
        None => "no program in the image can be changed".into(),
    }
}

/// The entries that this service needs and does not have: the image's own, and the usual ones where it is not
/// known what program runs.
fn tmpfs(context: &Context<'_>) -> Vec<String> {
    let service = context.service;
    let mut entries = context.image.tmpfs(service);
    if wanted(context).is_some() || !is_known_start(context) {
        let has = |path: &str| entries.iter().any(|entry| entry.split(':').next() == Some(path));
        let path = |entry: &String| entry.split(':').next().unwrap_or_default().to_owned();
        let missing: Vec<String> = usual(context)
            .into_iter()
            .filter(|entry| !has(&path(entry)) && !mounts::is_covered(service, &path(entry)))
            .collect();
        entries.extend(missing);
    }
    entries
}

/// What the policy says that this very service writes to.
fn wanted(context: &Context<'_>) -> Option<Given<Vec<String>>> {
    context.policy.paths(META.id, "tmpfs").filter(|paths| paths.scope == Scope::Service)
}

/// What is expected to be writable where nothing better is known.
fn usual(context: &Context<'_>) -> Vec<String> {
    let usual = || USUAL.map(str::to_owned).to_vec();
    context.policy.paths(META.id, "tmpfs").map_or_else(usual, |paths| paths.value)
}

/// Whether the image's own program runs, and how it starts is known.
fn is_known_start(context: &Context<'_>) -> bool {
    grounds::holding(context).is_some()
        && context.image.start != Start::Unknown
        && !grounds::starts_another_program(context)
}

fn confidence(context: &Context<'_>) -> Confidence {
    if let Some(wanted) = wanted(context) {
        return grounds::wanted(&wanted);
    }
    match grounds::holding(context) {
        Some(facts) if is_known_start(context) => of_facts(context, facts),
        _ => grounds::guess(context, "it writes only to its volumes and to `/tmp` and `/run`"),
    }
}

/// As sure as the least sure of the facts it rests on.
fn of_facts(context: &Context<'_>, facts: &Facts) -> Confidence {
    let Some(works) = &facts.read_only else {
        let why = "whether the image works with a read-only root filesystem was never tried";
        return Confidence::Guess(why.into());
    };
    let works = grounds::of(context, facts, works);
    let list = facts.tmpfs.as_ref().map(|fact| grounds::of(context, facts, fact));
    match data_paths::writable(context, facts) {
        // the one reason that a line in the file takes away
        Some(guess @ Confidence::Guess(_)) => guess,
        data => [list, data].into_iter().flatten().fold(works, grounds::weakest),
    }
}

#[cfg(test)]
mod tests {
    use super::ReadOnly;
    use crate::image::{Basis, Facts, Image, Role, RootReason, Start, Tmpfs, UserSpec};
    use crate::passes::testing::{as_999, brief, entry, fact, image, measured, run, unknown};

    fn tmpfs(path: &str) -> Tmpfs {
        Tmpfs { path: path.into(), size: None, exec: false, when_mounted: None }
    }

    fn known(start: Start) -> Image {
        let list = vec![
            tmpfs("/var/run/postgresql"),
            tmpfs("/tmp"),
            Tmpfs { size: Some("8m".into()), exec: true, ..tmpfs("/x") },
            Tmpfs { when_mounted: Some("/conf".into()), ..tmpfs("/y") },
        ];
        image(
            Facts {
                read_only: measured(true),
                tmpfs: measured(list),
                user: measured(UserSpec { uid: 70, gid: 70 }),
                user_name: measured("postgres".into()),
                ..entry("postgres", Role::Datastore)
            },
            start,
        )
    }

    fn root() -> Start {
        Start::Root(RootReason::BindMount("/data".into()))
    }

    #[test]
    fn what_the_file_says() {
        let guess = "? read_only: true; ? tmpfs + [\"/tmp\", \"/run\"]";
        let cases = [
            ("image: x", guess),
            ("read_only: true", "already"),
            ("read_only: ${RO}", "already"),
            ("read_only: false", "file: read_only: false"),
            ("tmpfs: /tmp", "? read_only: true; ? tmpfs + [\"/run\"]"),
            ("tmpfs: ['/tmp:size=1m', /var/run]", "? read_only: true"),
            ("volumes: ['vol-d:/tmp']", "? read_only: true; ? tmpfs + [\"/run\"]"),
            ("privileged: true", guess),
            ("develop: {watch: []}", "conflict: `develop` copies files into the container"),
        ];
        for (text, expected) in cases {
            assert_eq!(brief(&run(&ReadOnly, text, &unknown())), expected, "{text}");
        }
    }

    #[test]
    fn the_list_of_the_image() {
        let bare = "= read_only: true; = tmpfs + [\"/var/run/postgresql\", \"/tmp\", \"/x:exec,size=8m\"]";
        let owned = |id: u32| {
            format!(
                "= read_only: true; = tmpfs + [\"/var/run/postgresql:uid={id},gid={id}\", \"/tmp\", \
                 \"/x:exec,size=8m,uid={id},gid={id}\"]"
            )
        };
        let cases = [
            ("image: x", root(), bare.to_owned()),
            // the user start was not written: it starts as root
            ("image: x", as_999(), bare.to_owned()),
            ("user: 999:999", as_999(), owned(999)),
            ("image: x", Start::Image(UserSpec { uid: 5, gid: 5 }), owned(5)),
            ("user: '7:7'", Start::File, owned(7)),
            ("user: postgres", Start::File, owned(70)),
            ("user: other", Start::File, bare.to_owned()),
            (
                "volumes: ['vol-a:/x', './c:/conf/d']",
                root(),
                "= read_only: true; = tmpfs + [\"/var/run/postgresql\", \"/tmp\", \"/y\"]".to_owned(),
            ),
        ];
        for (text, start, expected) in cases {
            assert_eq!(brief(&run(&ReadOnly, text, &known(start))), expected, "{text}");
        }
    }

    #[test]
    fn as_sure_as_the_weaker_fact() {
        let with = |works, list| {
            let facts = Facts {
                read_only: fact(true, works),
                tmpfs: fact(Vec::new(), list),
                ..entry("x", Role::Web)
            };
            brief(&run(&ReadOnly, "image: x", &image(facts, root())))
        };
        assert_eq!(with(Basis::Measured, Basis::Inferred), "~ read_only: true");
        assert_eq!(with(Basis::Memory, Basis::Measured), "? read_only: true");
        let no = Facts { read_only: measured(false), ..entry("x", Role::App) };
        assert_eq!(brief(&run(&ReadOnly, "image: x", &image(no, root()))), "image: a test");
        let base = image(entry("node", Role::Base), Start::Unknown);
        assert_eq!(
            brief(&run(&ReadOnly, "image: x", &base)),
            "? read_only: true; ? tmpfs + [\"/tmp\", \"/run\"]"
        );
        let shell = "command: sh -c 'apt-get update'";
        assert!(brief(&run(&ReadOnly, shell, &known(Start::Unknown))).starts_with("? read_only: true"));
    }
}
