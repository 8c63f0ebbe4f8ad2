//! The value of a fact, in the notation of a catalogue file: as JSON, and in words.

use serde_json::{Value, json};

use crate::image::{Healthcheck, Init, Role, RootReads, Shown, Tmpfs};

/// As JSON, in the shape of `schemas/catalogue.schema.json`.
pub(super) fn json(value: Shown<'_>) -> Value {
    match value {
        Shown::Flag(flag) => flag.into(),
        Shown::Number(number) => number.into(),
        Shown::Size(size) => size.to_string().into(),
        Shown::Text(text) => text.into(),
        Shown::Texts(texts) => texts.into(),
        Shown::Start(None) => "root".into(),
        Shown::Start(Some(user)) | Shown::User(user) => user.to_string().into(),
        Shown::Reads(reads) => reads.iter().copied().map(read).collect(),
        Shown::Tmpfs(all) => all.iter().map(tmpfs_json).collect(),
        Shown::Init(Init::Own(name)) => json!({ "own": name }),
        Shown::Init(Init::Helps) => "helps".into(),
        Shown::Init(Init::Harmless) => "harmless".into(),
        Shown::Healthcheck(Healthcheck { command, builtin }) => {
            json!({ "command": command, "builtin": builtin })
        }
    }
}

fn tmpfs_json(tmpfs: &Tmpfs) -> Value {
    let Tmpfs { path, size, exec, when_mounted } = tmpfs;
    json!({ "path": path, "size": size, "exec": exec, "when_mounted": when_mounted })
}

/// In words, on one line.
pub(in crate::report) fn words(value: Shown<'_>) -> String {
    match value {
        Shown::Flag(true) => "yes".to_owned(),
        Shown::Flag(false) => "no".to_owned(),
        Shown::Texts(texts) => list(texts.iter().cloned()),
        Shown::Reads(reads) => list(reads.iter().map(|&what| read(what).to_owned())),
        Shown::Tmpfs(all) => list(all.iter().map(tmpfs_words)),
        Shown::Init(Init::Own(name)) => format!("its own: {name}"),
        Shown::Healthcheck(Healthcheck { command, builtin: true }) => {
            format!("{command} (the image has it already)")
        }
        Shown::Healthcheck(Healthcheck { command, builtin: false }) => command.clone(),
        other => match json(other) {
            Value::String(text) => text,
            value => value.to_string(),
        },
    }
}

fn tmpfs_words(tmpfs: &Tmpfs) -> String {
    let size = tmpfs.size.clone();
    let exec = tmpfs.exec.then(|| "with programs".to_owned());
    let mounted = tmpfs.when_mounted.as_ref().map(|path| format!("when something is mounted on {path}"));
    let more: Vec<String> = size.into_iter().chain(exec).chain(mounted).collect();
    if more.is_empty() { tmpfs.path.clone() } else { format!("{} ({})", tmpfs.path, more.join(", ")) }
}

fn list(items: impl Iterator<Item = String>) -> String {
    let items: Vec<String> = items.collect();
    if items.is_empty() { "none".to_owned() } else { items.join(", ") }
}

fn read(what: RootReads) -> &'static str {
    match what {
        RootReads::Keys => "keys",
        RootReads::Secrets => "secrets",
    }
}

/// What an image is for, as in a catalogue file.
pub(super) fn role(role: Role) -> &'static str {
    match role {
        Role::Datastore => "datastore",
        Role::Web => "web",
        Role::Admin => "admin",
        Role::App => "app",
        Role::Base => "base",
    }
}

#[cfg(test)]
mod tests {
    use super::{json, words};
    use crate::image::{Healthcheck, Init, Shown, Tmpfs, UserSpec};

    #[test]
    fn values_read_as_in_a_catalogue_file() {
        let texts = ["CHOWN".to_owned(), "KILL".to_owned()];
        let tini = Init::Own("tini".to_owned());
        let tmpfs = [Tmpfs { path: "/run".into(), size: Some("64m".into()), exec: true, when_mounted: None }];
        let health = Healthcheck { command: "true".into(), builtin: true };
        for (value, in_words, in_json) in [
            (Shown::Start(None), "root", "\"root\""),
            (Shown::Start(Some(UserSpec { uid: 7, gid: 8 })), "7:8", "\"7:8\""),
            (Shown::Texts(&texts), "CHOWN, KILL", "[\"CHOWN\",\"KILL\"]"),
            (Shown::Texts(&[]), "none", "[]"),
            (Shown::Flag(false), "no", "false"),
            (Shown::Number(82), "82", "82"),
            (Shown::Init(&tini), "its own: tini", "{\"own\":\"tini\"}"),
            (
                Shown::Tmpfs(&tmpfs),
                "/run (64m, with programs)",
                "[{\"exec\":true,\"path\":\"/run\",\"size\":\"64m\",\"when_mounted\":null}]",
            ),
            (
                Shown::Healthcheck(&health),
                "true (the image has it already)",
                "{\"builtin\":true,\"command\":\"true\"}",
            ),
        ] {
            assert_eq!(words(value), in_words);
            assert_eq!(json(value).to_string(), in_json);
        }
    }
}
