//! The pass `data_volume`. What it does and why stands in `data_volume.md`, which `harden explain` prints.
#![doc = include_str!("data_volume.md")]

use super::{Context, Meta, Pass, PassKind, Reads, findings, grounds, words};
use crate::compose::{Mount, MountKind, Service, Spanned};
use crate::image::{Facts, Role};
use crate::plan::{Evidence, Severity, Skip, Verdict};

/// The pass.
#[derive(Debug)]
pub struct DataVolume;

const META: Meta = Meta {
    id: "data_volume",
    summary: "datastores whose data are not on a volume",
    kind: PassKind::Advice,
    text: include_str!("data_volume.md"),
    reads: Reads { keys: &["volumes", "tmpfs", "command", "environment"], facts: &["data", "data_env"] },
};

/// Datastores that are caches as often as not.
const CACHES: [&str; 4] = ["redis", "valkey", "keydb", "dragonfly"];

impl Pass for DataVolume {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn run(&self, context: &Context<'_>) -> Verdict {
        let Some((facts, path)) = subject(context) else { return Verdict::Skip(Skip::NotApplicable) };
        let shown = shown(facts, context.service, &path);
        let service = context.service;
        if saves_nothing(service) {
            return Verdict::Skip(Skip::SaidInFile("save \"\"".into()));
        }
        match kept(service, &path) {
            Kept::Yes(evidence) => Verdict::Already(evidence),
            Kept::Unknown => Verdict::Skip(Skip::NotApplicable),
            Kept::No => findings::advise(
                if is_cache(facts, service) { Severity::Low } else { Severity::Medium },
                format!("the data in {shown} are on no volume and go with the container"),
                "mount a named volume there",
                service.image.as_ref().and_then(|image| image.place),
            ),
        }
    }
}

/// What becomes of the data.
enum Kept {
    Yes(Evidence),
    No,
    /// Only the environment, another container or another file knows.
    Unknown,
}

/// The facts of a datastore that runs its own program, and its data path.
fn subject<'a>(context: &Context<'a>) -> Option<(&'a Facts, String)> {
    let facts = grounds::known(context).filter(|facts| facts.role == Role::Datastore)?;
    if !context.image.runs_own_program(context.service) {
        return None;
    }
    Some((facts, data_path(facts, context.service)?))
}

/// The path that holds the data; `None` when there is none, or only the environment knows it.
fn data_path(facts: &Facts, service: &Service) -> Option<String> {
    let moved = facts.data_env.as_ref().and_then(|name| service.environment.get(&name.value));
    if let Some(moved) = moved.filter(|moved| !moved.is_empty()) {
        return words::resolved(moved).map(|path| path.trim_end_matches('/').to_owned());
    }
    if facts.data_env.is_some() && !service.unread_env.is_empty() {
        return None;
    }
    let paths = &facts.data.as_ref()?.value;
    paths.iter().find(|path| is_data(path)).cloned()
}

/// The path in words: what comes from a file of variables is named and not shown.
fn shown(facts: &Facts, service: &Service, path: &str) -> String {
    let name = facts.data_env.as_ref().map(|name| name.value.as_str());
    let moved = name.and_then(|name| service.environment.variable(name));
    match moved.filter(|moved| moved.value.is_some() && !moved.is_written_out()) {
        Some(moved) => format!("the directory that `{}` names", moved.name),
        None => format!("`{path}`"),
    }
}

/// Not the logs and the configuration, which images keep on volumes too.
fn is_data(path: &str) -> bool {
    !path.starts_with("/etc/") && !matches!(words::program(path), "log" | "logs" | "configdb")
}

fn kept(service: &Service, path: &str) -> Kept {
    let mounts = service.volumes.iter();
    if let Some(mount) = mounts.clone().find(|mount| mount.kind != MountKind::Anonymous && holds(mount, path))
    {
        return Kept::Yes(grounds::written(mount));
    }
    if let Some(item) = service.tmpfs.iter().find(|item| holds(&memory(item), path)) {
        return Kept::Yes(grounds::written(item));
    }
    let elsewhere = service.extends.as_ref().is_some_and(|extends| extends.file.is_some());
    let unclear = elsewhere || service.volumes.iter().any(|mount| mount.target.contains('$'));
    if unclear || !service.volumes_from.is_empty() { Kept::Unknown } else { Kept::No }
}

/// A mount on the path or above it; or below it, which is where some keep the data proper.
fn holds(mount: &Mount, path: &str) -> bool {
    mount.covers(path) || mount.is_below(path)
}

fn memory(item: &Spanned<String>) -> Mount {
    let target = item.value.split(':').next().unwrap_or_default().trim_end_matches('/').to_owned();
    Mount { kind: MountKind::Tmpfs, source: None, target, read_only: false }
}

/// `redis-server --save ""` without `--appendonly yes`. An empty word of a list leaves no trace among the words.
fn saves_nothing(service: &Service) -> bool {
    let words: Vec<&str> = words::of(service).collect();
    let Some(at) = words.iter().position(|word| *word == "--save") else { return false };
    let is_empty = words.get(at + 1).is_none_or(|value| value.is_empty() || value.starts_with("--"));
    is_empty && !appends(&words)
}

fn is_cache(facts: &Facts, service: &Service) -> bool {
    let words: Vec<&str> = words::of(service).collect();
    let name = facts.name.rsplit('/').next().unwrap_or_default();
    CACHES.contains(&name) && !appends(&words) && words::option(&words, "save").is_none()
}

fn appends(words: &[&str]) -> bool {
    words::option(words, "appendonly") == Some("yes")
}

#[cfg(test)]
mod tests {
    use super::DataVolume;
    use crate::image::{Facts, Image, Role, Start};
    use crate::passes::findings::said;
    use crate::passes::testing::{entry, image, measured, run, unknown};

    const LOST: &str = "medium: the data in `/var/lib/db/data` are on no volume and go with the container";

    fn datastore(name: &'static str, paths: &[&str]) -> Image {
        let data = paths.iter().map(|path| (*path).to_owned()).collect();
        let facts = Facts {
            data: measured(data),
            data_env: measured("DB_DATA".into()),
            ..entry(name, Role::Datastore)
        };
        image(facts, Start::Unknown)
    }

    #[test]
    fn what_covers_the_data() {
        let cases = [
            ("image: db", LOST),
            ("volumes: ['conf:/etc/db']", LOST),
            ("volumes: ['data:/var/lib/db/database']", LOST),
            ("volumes: [/var/lib/db/data]", LOST),
            ("volumes: ['data:/var/lib/db/data']", "already"),
            ("volumes: ['./data:/var/lib/db/']", "already"),
            ("volumes: ['data:/var/lib/db/data/main']", "already"),
            ("volumes: [{type: volume, source: data, target: /var/lib/db/data}]", "already"),
            ("tmpfs: ['/var/lib/db/data:size=64m']", "already"),
            ("tmpfs: /tmp", LOST),
            ("volumes: ['data:${DIR}']", "-"),
            ("volumes_from: [other]", "-"),
            ("extends: {file: base.yml, service: db}", "-"),
            ("extends: base", LOST),
            ("environment: {DB_DATA: /data}\nvolumes: ['data:/data']", "already"),
            (
                "environment: {DB_DATA: /data}\nvolumes: ['data:/var/lib/db/data']",
                "medium: the data in `/data` are on no volume and go with the container",
            ),
            ("environment: ['DB_DATA=${DATA}']", "-"),
            ("command: sh -c 'backup'", "-"),
        ];
        for (text, expected) in cases {
            assert_eq!(
                said(&run(&DataVolume, text, &datastore("db", &["/var/lib/db/data"]))),
                expected,
                "{text}"
            );
        }
    }

    #[test]
    fn logs_and_configuration_are_no_data() {
        let image = datastore("db", &["/db/logs", "/etc/db", "/var/lib/db/data"]);
        assert_eq!(said(&run(&DataVolume, "volumes: ['vol-l:/db/logs']", &image)), LOST);
        assert_eq!(said(&run(&DataVolume, "image: db", &datastore("db", &["/db/logs"]))), "-");
    }

    #[test]
    fn only_datastores() {
        let facts = Facts { data: measured(vec!["/data".into()]), ..entry("x", Role::App) };
        assert_eq!(said(&run(&DataVolume, "image: x", &image(facts, Start::Unknown))), "-");
        assert_eq!(said(&run(&DataVolume, "image: x", &unknown())), "-");
    }

    #[test]
    fn a_cache_may_forget() {
        let run = |text: &str| said(&run(&DataVolume, text, &datastore("redis", &["/data"])));
        let lost = "the data in `/data` are on no volume and go with the container";
        assert_eq!(run("image: redis"), format!("low: {lost}"));
        assert_eq!(run("command: redis-server --appendonly yes"), format!("medium: {lost}"));
        assert_eq!(run("command: redis-server --save 60 1"), format!("medium: {lost}"));
        assert_eq!(run("command: [redis-server, --save, '']"), "file: save \"\"");
        assert_eq!(run("command: redis-server --save \"\""), "file: save \"\"");
    }
}
