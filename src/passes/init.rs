//! The pass `init`. What it does and why stands in `init.md`, which `harden explain` prints.
#![doc = include_str!("init.md")]

use std::borrow::Cow;

use super::{Context, Meta, Pass, PassKind, Reads, grounds, words};
use crate::compose::{Flag, Service, Setting};
use crate::image::{Basis, Init as Taste, is_init};
use crate::plan::{Change, Confidence, Op, Skip, Value, Verdict, Words};

/// The pass.
#[derive(Debug)]
pub struct Init;

const META: Meta = Meta {
    id: "init",
    summary: "an init process that forwards signals and reaps zombies",
    kind: PassKind::Rewrite,
    text: include_str!("init.md"),
    reads: Reads { keys: &["init", "pid", "entrypoint", "command", "environment"], facts: &["init"] },
};

/// Parts of the names of images that are known to be started by s6.
const S6: [&str; 15] = [
    "crazymax/",
    "frigate",
    "hassio-addons/",
    "home-assistant/",
    "homebridge/",
    "hotio/",
    "jlesage/",
    "nginx-proxy-manager",
    "oznu/",
    "paperless-ngx/paperless-ngx",
    "pms-docker",
    "s6",
    "scrypted",
    "serversideup/php",
    "wallabag/",
];

impl Pass for Init {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn run(&self, context: &Context<'_>) -> Verdict {
        let service = context.service;
        if let Some(init) = &service.init {
            return match init.value {
                Setting::Literal(Flag(false)) => Verdict::Skip(Skip::SaidInFile("init: false".into())),
                _ => Verdict::Already(grounds::written(init)),
            };
        }
        if shares_pids(service) {
            return Verdict::Skip(Skip::SharedPid);
        }
        match own_init(context) {
            Some(name) => Verdict::Skip(Skip::OwnInit(name)),
            None => Verdict::Change(vec![change(context)]),
        }
    }
}

fn change(context: &Context<'_>) -> Change {
    Change {
        path: Cow::Borrowed(&["init"]),
        op: Op::Set(Value::Bool(true)),
        why: why(context).into(),
        confidence: confidence(context),
    }
}

fn why(context: &Context<'_>) -> &'static str {
    let taste = grounds::facts(context.image).and_then(|facts| facts.init.as_ref());
    match taste.map(|fact| &fact.value) {
        Some(Taste::Helps) => {
            "as process 1 the image's own program neither stops on a signal nor reaps its children"
        }
        _ => "signals reach the service and zombies are reaped",
    }
}

/// What is known of a base image counts here: an own init is part of the image and not of the program it runs.
fn confidence(context: &Context<'_>) -> Confidence {
    let known = grounds::facts(context.image).and_then(|facts| Some((facts, facts.init.as_ref()?)));
    match known {
        Some((facts, fact)) => grounds::at_least_likely(grounds::of(context, facts, fact)),
        None if looks_like_s6(context.service) => grounds::guess(context, "it is not started by s6"),
        None => grounds::likely(context, "it brings no init of its own"),
    }
}

/// s6 is the way of most images that are told whom to become. A file that `env_file` names and that is not there may say
/// so too: that alone is no reason to expect it.
fn looks_like_s6(service: &Service) -> bool {
    let told = |name: &str| matches!(name, "PUID" | "PGID") || name.starts_with("S6_");
    let image = service.image.as_ref().map_or("", |image| image.value.as_str());
    let image = image.trim_start_matches("docker.io/");
    service.environment.0.iter().any(|variable| told(&variable.name))
        || S6.iter().any(|name| image.contains(name))
}

/// `host`, `service:NAME` and `container:NAME` share; anything else is private.
fn shares_pids(service: &Service) -> bool {
    service.pid.as_ref().is_some_and(|pid| !pid.is_empty() && pid.as_str() != "private")
}

fn own_init(context: &Context<'_>) -> Option<Words> {
    let word = words::of(context.service).find(|word| is_init(word));
    let known = || {
        let fact = grounds::facts(context.image)?.init.as_ref()?;
        match (&fact.value, fact.basis) {
            (Taste::Own(name), Basis::Dockerfile(line)) => {
                Some(format!("{name}, by {}:{line}", fact.source).into())
            }
            (Taste::Own(name), _) => Some(name.clone().into()),
            (Taste::Helps | Taste::Harmless, _) => None,
        }
    };
    word.map(|word| words::program(word).to_owned().into()).or_else(known)
}

#[cfg(test)]
mod tests {
    use super::Init;
    use crate::image::{Basis, Facts, Image, Init as Taste, Role, Start};
    use crate::passes::testing::{brief, entry, fact, image, run, unknown};

    fn with(taste: Taste, basis: Basis, role: Role) -> Image {
        image(Facts { init: fact(taste, basis), ..entry("x", role) }, Start::Unknown)
    }

    #[test]
    fn what_the_file_says() {
        let cases = [
            ("image: x", "~ init: true"),
            ("init: true", "already"),
            ("init: yes", "already"),
            ("init: ${INIT:-false}", "already"),
            ("init: false", "file: init: false"),
            ("pid: host", "SharedPid"),
            ("pid: 'service:app'", "SharedPid"),
            ("entrypoint: /usr/bin/tini -- app", "own init: tini"),
            ("entrypoint: ['/usr/bin/dumb-init', app]", "own init: dumb-init"),
            ("command: /init", "own init: init"),
            ("command: sh -c 'exec /sbin/init'", "own init: init"),
            ("command: supervisord -n", "own init: supervisord"),
            ("command: airflow db init", "~ init: true"),
            ("command: ['bash', './init']", "~ init: true"),
            ("environment: [PUID=1000]", "? init: true"),
            ("environment: {S6_KEEP_ENV: 1}", "? init: true"),
            ("image: jc21/nginx-proxy-manager:2", "? init: true"),
        ];
        for (text, expected) in cases {
            assert_eq!(brief(&run(&Init, text, &unknown())), expected, "{text}");
        }
    }

    #[test]
    fn what_the_image_says() {
        let cases = [
            (Taste::Harmless, Basis::Measured, Role::Datastore, "= init: true"),
            (Taste::Helps, Basis::Measured, Role::Base, "= init: true"),
            (Taste::Harmless, Basis::Inferred, Role::App, "~ init: true"),
            (Taste::Harmless, Basis::Memory, Role::App, "~ init: true"),
            (Taste::Own("s6".into()), Basis::Memory, Role::App, "own init: s6"),
        ];
        for (taste, basis, role, expected) in cases {
            let image = with(taste, basis, role);
            assert_eq!(brief(&run(&Init, "image: x", &image)), expected);
        }
        let node = with(Taste::Helps, Basis::Measured, Role::Base);
        assert_eq!(brief(&run(&Init, "entrypoint: /my-run.sh", &node)), "~ init: true");
    }
}
