//! The pass `image_fit`. What it does and why stands in `image_fit.md`, which `harden explain` prints.
#![doc = include_str!("image_fit.md")]

use super::super::{Context, Meta, Pass, PassKind, Reads, findings, grounds, words};
use super::view::{View, look};
use crate::compose::{Mount, Service};
use crate::dockerfile::read::Instruction;
use crate::image::Role;
use crate::plan::{Severity, Skip, Verdict};
use crate::source::Place;

/// The pass.
#[derive(Debug)]
pub struct ImageFit;

const META: Meta = Meta {
    id: "image_fit",
    summary: "a service that does not fit the image that it is built into",
    kind: PassKind::Advice,
    text: include_str!("image_fit.md"),
    reads: Reads { keys: &["build", "ports", "volumes", "healthcheck"], facts: &[] },
};

/// Images that expose no port themselves.
const EXPOSE_NOTHING: [&str; 24] = [
    "alpine",
    "amazoncorretto",
    "buildpack-deps",
    "busybox",
    "debian",
    "denoland/deno",
    "eclipse-temurin",
    "elixir",
    "gcc",
    "golang",
    "gradle",
    "maven",
    "mcr.microsoft.com/dotnet/aspnet",
    "mcr.microsoft.com/dotnet/runtime",
    "mcr.microsoft.com/dotnet/sdk",
    "node",
    "openjdk",
    "oven/bun",
    "perl",
    "python",
    "ruby",
    "rust",
    "scratch",
    "ubuntu",
];

/// Where nobody keeps anything.
const PASSING: [&str; 4] = ["/tmp", "/var/tmp", "/run", "/var/run"];

/// Numbers that signals have everywhere.
const SIGNALS: [(&str, &str); 6] =
    [("1", "HUP"), ("2", "INT"), ("3", "QUIT"), ("9", "KILL"), ("12", "USR2"), ("15", "TERM")];

/// One thing that does not fit.
struct Misfit {
    severity: Severity,
    message: String,
    help: String,
    place: Option<Place>,
}

impl Pass for ImageFit {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn is_of_build(&self) -> bool {
        true
    }

    fn run(&self, context: &Context<'_>) -> Verdict {
        let service = context.service;
        let elsewhere = service.extends.as_ref().is_some_and(|extends| extends.file.is_some());
        if context.project.alone || elsewhere {
            return Verdict::Skip(Skip::NotApplicable);
        }
        look(context, |view| judge(context, view)).unwrap_or(Verdict::Skip(Skip::NotApplicable))
    }
}

fn judge(context: &Context<'_>, view: &View<'_>) -> Verdict {
    let service = context.service;
    let all = [
        ports(service, view),
        volumes(context, view),
        check(context, view),
        checks(view),
        overridden(service, view),
        signal(service, view),
    ];
    let mut all: Vec<Misfit> = all.into_iter().flatten().collect();
    all.sort_by_key(|misfit| std::cmp::Reverse(misfit.severity));
    let Some(worst) = all.first() else { return Verdict::Skip(Skip::NotApplicable) };
    let joined = |of: fn(&Misfit) -> &str| all.iter().map(of).collect::<Vec<_>>().join("; ");
    let (message, help) = (joined(|misfit| &misfit.message), joined(|misfit| &misfit.help));
    findings::advise(worst.severity, message, help, worst.place)
}

/// Ports that are published, none of which the image says that it listens on.
fn ports(service: &Service, view: &View<'_>) -> Option<Misfit> {
    let has_other_program = service.command.is_some() || service.entrypoint.is_some();
    if has_other_program || !EXPOSE_NOTHING.contains(&view.base().name().as_str()) {
        return None;
    }
    let exposed = view.instructions().filter(|it| it.keyword == "EXPOSE");
    let exposed: Vec<&str> = exposed.flat_map(|it| it.body().split_whitespace()).collect();
    let published: Vec<(&str, Option<Place>)> = service
        .ports
        .iter()
        .map(|port| Some((words::resolved(&port.target)?, port.place)))
        .collect::<Option<_>>()?;
    let is_number = |port: &&str| !port.is_empty() && port.chars().all(|c| c.is_ascii_digit());
    let ports: Vec<&str> = exposed.iter().map(|word| word.split('/').next().unwrap_or_default()).collect();
    let are_known = ports.iter().all(is_number) && published.iter().all(|(port, _)| is_number(port));
    let is_open = |port: &str| ports.contains(&port) || speaks_of(service, view, port);
    let (_, place) = published.first()?;
    if ports.is_empty() || !are_known || published.iter().any(|(port, _)| is_open(port)) {
        return None;
    }
    let list = |ports: &[&str]| ports.iter().map(|port| format!("`{port}`")).collect::<Vec<_>>().join(", ");
    let wanted: Vec<&str> = published.iter().map(|(port, _)| *port).collect();
    Some(Misfit {
        severity: Severity::Medium,
        message: format!("{} is published, and the image exposes only {}", list(&wanted), list(&ports)),
        help: "publish the port that the program listens on, or correct `EXPOSE`".to_owned(),
        place: *place,
    })
}

/// Whether anything but `EXPOSE` speaks of a port: the Dockerfile, or a variable of the service.
fn speaks_of(service: &Service, view: &View<'_>, port: &str) -> bool {
    let is_in = |text: &str| text.split(|c: char| !c.is_ascii_digit()).any(|number| number == port);
    let mut rest = view.instructions().filter(|it| it.keyword != "EXPOSE");
    // what a file of variables holds is not known
    let is_unknown = !service.unread_env.is_empty();
    let names_port = |name: &str| name.to_ascii_uppercase().contains("PORT");
    let mut variables = words::of_environment(service);
    is_unknown
        || rest.any(|it| {
            is_in(&it.arguments) || it.heredocs.iter().any(|body| is_in(view.file.slice(body.clone())))
        })
        || variables.any(|(name, word)| names_port(name) || is_in(word))
}

/// A volume of the image without a name.
fn volumes(context: &Context<'_>, view: &View<'_>) -> Option<Misfit> {
    let service = context.service;
    // where a datastore keeps its data, another pass looks
    let is_known = grounds::known(context).is_some_and(|facts| facts.role == Role::Datastore);
    let unclear = service.volumes.iter().any(|mount| mount.target.contains('$'));
    if is_known || unclear || !service.volumes_from.is_empty() {
        return None;
    }
    let all = view.instructions().filter(|it| it.keyword == "VOLUME");
    let all = all.flat_map(|it| paths(it).into_iter().map(move |path| (it, path)));
    let bare: Vec<(&Instruction, String)> = all.filter(|(_, path)| is_bare(service, path)).collect();
    let (first, _) = bare.first()?;
    let paths: Vec<String> = bare.iter().map(|(_, path)| format!("`{path}`")).collect();
    Some(Misfit {
        severity: Severity::Low,
        message: format!(
            "the volume of the image at {} has no name in the service: what it holds is not found again after `docker compose down`",
            paths.join(", ")
        ),
        help: "mount a named volume there, or a `tmpfs`, or take `VOLUME` out of the Dockerfile".to_owned(),
        place: Some(view.place(first)),
    })
}

fn paths(it: &Instruction) -> Vec<String> {
    it.exec().unwrap_or_else(|| it.body().split_whitespace().map(str::to_owned).collect())
}

fn is_bare(service: &Service, path: &str) -> bool {
    let path = path.trim_end_matches('/');
    let is_passing = PASSING.contains(&path);
    let is_held = |mount: &Mount| mount.covers(path) || mount.is_below(path);
    let memory =
        service.tmpfs.iter().map(|item| item.split(':').next().unwrap_or_default().trim_end_matches('/'));
    path.starts_with('/')
        && !path.contains('$')
        && !is_passing
        && !service.volumes.iter().any(|mount| is_held(mount))
        && !memory.into_iter().any(|target| target == path)
}

/// Times for a check that there is not.
fn check(context: &Context<'_>, view: &View<'_>) -> Option<Misfit> {
    let written = context.service.healthcheck.as_ref()?;
    let base = view.base().name();
    let is_none = view.last("HEALTHCHECK").is_none_or(|it| it.body().trim().eq_ignore_ascii_case("none"));
    let brings_none = EXPOSE_NOTHING.contains(&base.as_str());
    let is_off = written.value.is_disabled();
    (written.test.is_none() && !is_off && is_none && brings_none).then(|| Misfit {
        severity: Severity::Medium,
        message: "`healthcheck` has no `test`, and the image has no `HEALTHCHECK`: nothing is checked"
            .to_owned(),
        help: "add a `test`, or a `HEALTHCHECK` to the Dockerfile".to_owned(),
        place: written.place,
    })
}

/// Checks of one stage, of which only the last one counts.
fn checks(view: &View<'_>) -> Option<Misfit> {
    let stage = view.last_stage()?;
    let mut all = stage.instructions.iter().filter(|it| it.keyword == "HEALTHCHECK");
    let (first, last) = (all.next()?, all.next_back()?);
    Some(Misfit {
        severity: Severity::Low,
        message: format!(
            "of several `HEALTHCHECK`s only the last one counts, in line {}",
            view.file.line(last)
        ),
        help: "take the others out".to_owned(),
        place: Some(view.place(first)),
    })
}

/// A check of the service that is another one than that of the image. One that is switched off is told elsewhere.
fn overridden(service: &Service, view: &View<'_>) -> Option<Misfit> {
    let (written, it) = (service.healthcheck.as_ref()?, view.last("HEALTHCHECK")?);
    let test = written.test.as_ref().filter(|_| !written.value.is_disabled())?;
    let own: Vec<&str> = test.words().filter(|word| !matches!(*word, "CMD" | "CMD-SHELL")).collect();
    let of_image = it.body().strip_prefix("CMD")?;
    let words: Option<Vec<String>> = serde_json::from_str(of_image.trim()).ok();
    let of_image = words.map_or_else(|| of_image.to_owned(), |words| words.join(" "));
    let own = own.join(" ");
    if own.contains('$') || of_image.contains('$') || bare(&own) == bare(&of_image) {
        return None;
    }
    Some(Misfit {
        severity: Severity::Low,
        message: format!(
            "`healthcheck` of the service takes the place of another `HEALTHCHECK`, in line {} of the Dockerfile",
            view.file.line(it)
        ),
        help: "say it in one place: times without a `test` leave the command to the image".to_owned(),
        place: test.place.or(written.place),
    })
}

/// A command without its quotes, and with one blank between its words.
fn bare(command: &str) -> String {
    command.replace(['\'', '"'], "").split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Two signals to stop with.
fn signal(service: &Service, view: &View<'_>) -> Option<Misfit> {
    let (own, it) = (service.stop_signal.as_ref()?, view.last("STOPSIGNAL")?);
    let (wanted, of_image) = (words::resolved(own)?, it.body().trim());
    if of_image.contains('$') || name(wanted) == name(of_image) {
        return None;
    }
    Some(Misfit {
        severity: Severity::Low,
        message: format!("`stop_signal: {wanted}` takes the place of `STOPSIGNAL {of_image}`"),
        help: "stop it with the signal that the program handles, and say it in one place".to_owned(),
        place: own.place,
    })
}

/// The name of a signal, without `SIG`.
fn name(signal: &str) -> String {
    let name = signal.trim_matches('"').to_ascii_uppercase();
    let name = name.strip_prefix("SIG").unwrap_or(&name);
    let number = SIGNALS.iter().find(|(number, _)| *number == name);
    number.map_or(name, |(_, name)| name).to_owned()
}

#[cfg(test)]
mod tests {
    use super::super::testing::judge;
    use super::ImageFit;

    fn said(keys: &str, text: &str) -> String {
        judge(&ImageFit, keys, text, "")
    }

    #[test]
    fn what_does_not_fit() {
        let cases = [
            (
                "ports: ['8080:8080']",
                "EXPOSE 3000",
                "medium: `8080` is published, and the image exposes only `3000`",
            ),
            ("ports: ['80:81', '443:444/tcp']", "EXPOSE 3000/tcp 3001", "medium: `81`, `444` is published"),
            ("", "VOLUME /data", "low: the volume of the image at `/data` has no name"),
            (
                "volumes: ['data:/data']",
                "VOLUME [\"/data\", \"/more/\"]",
                "low: the volume of the image at `/more/` has no name",
            ),
            ("healthcheck: {interval: 5s}", "CMD a", "medium: `healthcheck` has no `test`"),
            ("healthcheck: {interval: 5s}", "HEALTHCHECK NONE", "medium: `healthcheck` has no `test`"),
            (
                "stop_signal: SIGINT",
                "STOPSIGNAL SIGQUIT",
                "low: `stop_signal: SIGINT` takes the place of `STOPSIGNAL SIGQUIT`",
            ),
            (
                "ports: ['1:1']\nstop_signal: SIGINT",
                "EXPOSE 2\nSTOPSIGNAL 3",
                "medium: `1` is published, and the image exposes only `2`; `stop_signal",
            ),
        ];
        for (keys, text, expected) in cases {
            let said = said(keys, &format!("FROM node:24-slim\n{text}"));
            assert!(said.starts_with(expected), "{keys}: {text}: {said}");
        }
    }

    #[test]
    fn what_fits_or_may_fit() {
        let cases = [
            ("", "EXPOSE 3000"),
            ("ports: ['8080:3000']", "EXPOSE 3000"),
            ("ports: ['8080:3000', '9229:9229']", "EXPOSE 3000"),
            ("ports: ['8080:8080']", "CMD a"),
            ("ports: ['8080:8080']", "EXPOSE $PORT"),
            ("ports: ['8080-8081:8080-8081']", "EXPOSE 3000"),
            ("ports: ['8080:${P}']", "EXPOSE 3000"),
            ("ports: ['8080:8080']", "ENV PORT=8080\nEXPOSE 3000"),
            ("ports: ['8080:8080']", "EXPOSE 3000\nCMD [\"a\", \"--listen=:8080\"]"),
            ("ports: ['8080:8080']\nenvironment: {ADDR: ':8080'}", "EXPOSE 3000"),
            ("ports: ['8080:8080']\nenvironment: {HTTP_PORT: $X}", "EXPOSE 3000"),
            ("ports: ['8080:8080']\ncommand: b", "EXPOSE 3000"),
            ("volumes: ['data:/data']", "VOLUME /data"),
            ("volumes: ['/data']", "VOLUME /data"),
            ("volumes: ['data:/data/sub', './x:/srv']", "VOLUME /data /srv/y"),
            ("tmpfs: /data:size=1m", "VOLUME /data"),
            ("volumes_from: [a]", "VOLUME /data"),
            ("", "VOLUME /tmp\nVOLUME $DATA"),
            ("healthcheck: {test: a}", "CMD a"),
            ("healthcheck: {disable: true}", "CMD a"),
            ("healthcheck: {interval: 5s}", "HEALTHCHECK CMD a"),
            ("stop_signal: SIGQUIT", "STOPSIGNAL 3"),
            ("stop_signal: $S", "STOPSIGNAL 3"),
            ("stop_signal: SIGQUIT", "CMD a"),
        ];
        for (keys, text) in cases {
            assert_eq!(said(keys, &format!("FROM node:24-slim\n{text}")), "-", "{keys}: {text}");
        }
        assert_eq!(said("ports: ['1:1']", "FROM nginx:1\nEXPOSE 3000"), "-");
        assert_eq!(said("ports: ['1:1']", "FROM $BASE\nEXPOSE 3000"), "-");
        assert_eq!(said("ports: ['1:1']", "FROM node:24 AS a\nEXPOSE 3000\nFROM alpine"), "-");
    }
}
