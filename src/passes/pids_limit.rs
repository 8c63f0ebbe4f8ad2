//! The pass `pids_limit`. What it does and why stands in `pids_limit.md`, which `harden explain` prints.
#![doc = include_str!("pids_limit.md")]

use super::limits::Key;
use super::{Context, Meta, Pass, PassKind, Reads, grounds, mounts, trade, words};
use crate::compose::Service;
use crate::image::Facts;
use crate::plan::{Change, Confidence, Op, Value, Verdict, Words};

/// The pass.
#[derive(Debug)]
pub struct PidsLimit;

const META: Meta = Meta {
    id: "pids_limit",
    summary: "a limit of processes and threads, against fork bombs",
    kind: PassKind::Rewrite,
    text: include_str!("pids_limit.md"),
    reads: Reads { keys: &["pids_limit", "deploy", "command", "environment"], facts: &["pids_floor"] },
};

const KEY: Key = Key { top: &["pids_limit"], deploy: &["deploy", "resources", "limits", "pids"] };

const KNOWN: u32 = 200;
const UNKNOWN: u32 = 512;
const MANY_THREADS: u32 = 1024;

/// Room beside the connections: background workers, health checks, a shell.
const BESIDE_CONNECTIONS: u32 = 50;

/// Servers with a process or thread per connection, by a part of the image's name, and the number of connections
/// they allow when nothing is set.
const PER_CONNECTION: [(&str, u32); 8] = [
    ("postgres", 100),
    ("postgis", 100),
    ("timescale", 100),
    ("pgvector", 100),
    ("mysql", 151),
    ("mariadb", 151),
    ("percona", 151),
    ("httpd", 400),
];

/// How many connections a server allows, and how that is known.
enum Connections {
    /// The file says so.
    Written(u32),
    /// Nothing says otherwise.
    Default(u32),
    /// Only the environment knows; the default.
    Variable(u32),
}

impl Pass for PidsLimit {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn run(&self, context: &Context<'_>) -> Verdict {
        let service = context.service;
        let deploy = service.limits().and_then(|limits| limits.pids.as_ref());
        let settled = KEY.settled(context.target, service.pids_limit.as_ref(), deploy, |pids| *pids <= 0);
        settled.unwrap_or_else(|| Verdict::Change(vec![change(context)]))
    }
}

fn change(context: &Context<'_>) -> Change {
    let (pids, why) = value(context);
    let wanted = context.policy.count(META.id, "default").filter(|wanted| wanted.value == pids);
    Change {
        path: KEY.path(context),
        op: Op::Set(Value::number(pids.to_string())),
        why,
        confidence: wanted.map_or_else(|| confidence(context, pids), |wanted| grounds::wanted(&wanted)),
    }
}

/// The highest of all the numbers that have a reason; the first of equal ones.
fn value(context: &Context<'_>) -> (u32, Words) {
    if let Some(wanted) = context.policy.count(META.id, "default") {
        // what the service is known to need comes first; what its name tells of does not
        let needed = [connections(context), floor(context)].into_iter().flatten();
        let wanted = (wanted.value, grounds::AS_THE_POLICY_SAYS.into());
        return needed.fold(wanted, |best, other| if other.0 > best.0 { other } else { best });
    }
    let default = match grounds::known(context) {
        Some(facts) if facts.pids_floor.is_some() => (KNOWN, "ample for a service of this kind".into()),
        _ => (UNKNOWN, "generous: how many the program needs is not known".into()),
    };
    let reasons = [threads(context), connections(context), floor(context)];
    reasons.into_iter().flatten().fold(default, |best, other| if other.0 > best.0 { other } else { best })
}

fn threads(context: &Context<'_>) -> Option<(u32, Words)> {
    let java = || (MANY_THREADS, "a Java virtual machine runs hundreds of threads".into());
    trade::pids(context).or_else(|| is_java(context.service).then(java))
}

fn is_java(service: &Service) -> bool {
    let option = |word: &str| ["-Xmx", "-Xms", "-XX:"].iter().any(|prefix| word.starts_with(prefix));
    words::of(service).any(|word| option(word) || words::program(word) == "java")
        || words::of_environment(service).any(|(_, word)| option(word))
}

fn connections(context: &Context<'_>) -> Option<(u32, Words)> {
    let limit = match connection_limit(context)? {
        Connections::Written(limit) | Connections::Default(limit) | Connections::Variable(limit) => limit,
    };
    let pids = limit.saturating_add(BESIDE_CONNECTIONS).div_ceil(50).saturating_mul(50);
    Some((pids, format!("a process or thread for each of {limit} connections, and 50 more").into()))
}

/// The connection limit of a server with a process or thread per connection: `max_connections` as an option, or as
/// a variable of the images that take it, such as `POSTGRES_MAX_CONNECTIONS`.
fn connection_limit(context: &Context<'_>) -> Option<Connections> {
    let name = trade::name(context);
    let (_, default) = *PER_CONNECTION.iter().find(|(part, _)| name.contains(part))?;
    let words: Vec<&str> = words::of(context.service).collect();
    let option = words::option(&words, "max_connections");
    let variable = words::of_environment(context.service)
        .find(|(name, _)| name.to_ascii_uppercase().ends_with("MAX_CONNECTIONS"))
        .map(|(_, value)| value);
    Some(match option.or(variable) {
        None => Connections::Default(default),
        Some(text) => match words::resolved(text) {
            Some(text) => Connections::Written(text.parse().unwrap_or(default)),
            None => Connections::Variable(default),
        },
    })
}

fn floor(context: &Context<'_>) -> Option<(u32, Words)> {
    let floor = grounds::known(context)?.pids_floor.as_ref()?;
    let pids = floor.value.saturating_mul(2).div_ceil(50).saturating_mul(50);
    Some((pids, format!("twice the {} {}", floor.value, grounds::needed(floor)).into()))
}

fn confidence(context: &Context<'_>, pids: u32) -> Confidence {
    let grounds = match grounds::known(context) {
        Some(facts) => of_floor(context, facts, pids),
        None => grounds::likely(context, &format!("it needs at most {pids} processes and threads")),
    };
    match connection_limit(context) {
        Some(Connections::Variable(_)) => Confidence::Guess(
            format!("a variable without a default sets its connections: assumes that {pids} is enough")
                .into(),
        ),
        Some(Connections::Default(limit)) if mounts::brings_configuration(context.service) => {
            let assumption =
                format!("assumes that its configuration file allows at most {limit} connections");
            grounds::weakest(grounds, Confidence::Likely(assumption.into()))
        }
        _ => grounds,
    }
}

fn of_floor(context: &Context<'_>, facts: &Facts, pids: u32) -> Confidence {
    match &facts.pids_floor {
        Some(floor) => grounds::at_least_likely(grounds::of(context, facts, floor)),
        None => Confidence::Likely(
            format!("how many processes and threads the image needs was never tried: assumes at most {pids}")
                .into(),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::PidsLimit;
    use crate::image::{Facts, Image, Role, Start};
    use crate::passes::testing::{brief, entry, image, measured, run, unknown};

    fn known(name: &'static str, floor: u32) -> Image {
        image(Facts { pids_floor: measured(floor), ..entry(name, Role::Datastore) }, Start::Unknown)
    }

    #[test]
    fn what_the_file_says() {
        let cases = [
            ("image: x", "~ pids_limit: 512"),
            ("pids_limit: 50", "already"),
            ("pids_limit: ${PIDS}", "already"),
            ("pids_limit: -1", "file: pids_limit: -1"),
            ("pids_limit: 0", "file: pids_limit: 0"),
            ("deploy: {resources: {limits: {cpus: 1}}}", "~ deploy.resources.limits.pids: 512"),
            ("deploy: {resources: {limits: {pids: 9}}}", "already"),
            ("deploy: {resources: {limits: {pids: -1}}}", "file: deploy.resources.limits.pids: -1"),
            ("image: eclipse-temurin:21", "~ pids_limit: 1024"),
            ("environment: {JAVA_OPTS: -Xmx1g}", "~ pids_limit: 1024"),
            ("command: java -jar app.jar", "~ pids_limit: 1024"),
            ("image: my/postgres\ncommand: -c max_connections=600", "~ pids_limit: 650"),
        ];
        for (text, expected) in cases {
            assert_eq!(brief(&run(&PidsLimit, text, &unknown())), expected, "{text}");
        }
    }

    #[test]
    fn more_than_the_connection_limit() {
        let cases = [
            ("image: postgres", "postgres", "= pids_limit: 200"),
            ("command: postgres -c max_connections=300", "postgres", "= pids_limit: 350"),
            ("command: [postgres, '-cmax_connections=300']", "postgres", "= pids_limit: 350"),
            ("environment: {POSTGRES_MAX_CONNECTIONS: 500}", "postgres", "= pids_limit: 550"),
            ("environment: ['MAX_CONNECTIONS=${N:-500}']", "postgres", "= pids_limit: 550"),
            ("image: mysql", "mysql", "= pids_limit: 250"),
            ("command: --max-connections=1000", "mysql", "= pids_limit: 1050"),
            ("command: --max-connections=20", "mysql", "= pids_limit: 200"),
            ("image: httpd", "httpd", "= pids_limit: 450"),
            ("command: --max-connections=1000", "redis", "= pids_limit: 200"),
            ("command: --max-connections=$N", "mysql", "? pids_limit: 250"),
            ("volumes: ['./my.cnf:/etc/mysql/my.cnf:ro']", "mysql", "~ pids_limit: 250"),
            ("volumes: ['./postgresql.conf:/srv/postgresql.conf']", "postgres", "~ pids_limit: 200"),
            ("volumes: ['/etc/localtime:/etc/localtime:ro']", "postgres", "= pids_limit: 200"),
            ("volumes: ['./redis.conf:/etc/redis.conf']", "redis", "= pids_limit: 200"),
        ];
        for (text, name, expected) in cases {
            assert_eq!(brief(&run(&PidsLimit, text, &known(name, 50))), expected, "{name} {text}");
        }
    }

    #[test]
    fn twice_the_floor() {
        assert_eq!(brief(&run(&PidsLimit, "image: x", &known("x", 180))), "= pids_limit: 400");
        let floorless = image(entry("x", Role::Web), Start::Unknown);
        assert_eq!(brief(&run(&PidsLimit, "image: x", &floorless)), "~ pids_limit: 512");
        let base = image(entry("node", Role::Base), Start::Unknown);
        assert_eq!(brief(&run(&PidsLimit, "image: x", &base)), "~ pids_limit: 512");
    }
}
