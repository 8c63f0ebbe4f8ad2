//! The pass `mem_limit`. What it does and why stands in `mem_limit.md`, which `harden explain` prints.
#![doc = include_str!("mem_limit.md")]

use super::limits::{self, Key};
use super::size::{self, Asks};
use super::{Context, Meta, Pass, PassKind, Reads, grounds, mounts, trade};
use crate::compose::{Bytes, Service};
use crate::image::{Basis, Fact, Facts, Role};
use crate::plan::{Change, Confidence, Op, Value, Verdict, Words};
use crate::policy::{Given, Scope};

/// The pass.
#[derive(Debug)]
pub struct MemLimit;

const META: Meta = Meta {
    id: "mem_limit",
    summary: "a memory limit that leaves room for what the service asks for",
    kind: PassKind::Rewrite,
    text: include_str!("mem_limit.md"),
    reads: Reads {
        keys: &[
            "mem_limit",
            "mem_reservation",
            "memswap_limit",
            "shm_size",
            "deploy",
            "tmpfs",
            "volumes",
            "command",
            "environment",
        ],
        facts: &["memory", "memory_floor", "data"],
    },
};

const KEY: Key = Key { top: &["mem_limit"], deploy: &["deploy", "resources", "limits", "memory"] };

/// Databases with buffers as large as their configuration file says, by a part of the image's name.
const SIZED_BY_FILE: [&str; 8] =
    ["mariadb", "mongo", "mysql", "percona", "pgvector", "postg", "timescale", "clickhouse"];

/// For a program of your own.
const OWN: Bytes = Bytes::mib(1024);

/// For an image of which nothing is known.
const UNKNOWN: Bytes = Bytes::mib(2048);

/// For an image of which nothing is known but that it uses a GPU.
const WITH_GPU: Bytes = Bytes::mib(8192);

/// The least for an image that holds data, which grows with use.
const LEAST_WITH_DATA: Bytes = Bytes::mib(512);

/// The least for any image: below it a busy hour is more likely to meet the limit than a leak.
const LEAST: Bytes = Bytes::mib(256);

impl Pass for MemLimit {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn run(&self, context: &Context<'_>) -> Verdict {
        let service = context.service;
        let deploy = service.limits().and_then(|limits| limits.memory.as_ref());
        let settled = KEY.settled(context.target, service.mem_limit.as_ref(), deploy, |size| size.0 == 0);
        settled.unwrap_or_else(|| Verdict::Change(vec![change(context)]))
    }
}

fn change(context: &Context<'_>) -> Change {
    let asks = size::asks(context.service);
    let (limit, why) = limit(context, &asks);
    let wanted = wanted(context).filter(|wanted| wanted.value == limit && asks.unknown.is_none());
    Change {
        path: KEY.path(context),
        op: Op::Set(Value::str(limit.to_string())),
        why,
        confidence: wanted
            .map_or_else(|| confidence(context, &asks, limit), |wanted| grounds::wanted(&wanted)),
    }
}

/// What the policy says: of this service, of its image, or of all services.
fn wanted(context: &Context<'_>) -> Option<Given<Bytes>> {
    let set = context.policy.size(META.id, "default");
    let fact = grounds::facts(context.image).and_then(|facts| facts.memory.as_ref());
    let fact = fact.and_then(|fact| match fact.basis {
        Basis::Policy(place) => Some(Given { value: fact.value, place, scope: Scope::Service }),
        _ => None,
    });
    match set {
        Some(set) if set.scope == Scope::Service || fact.is_none() => Some(set),
        _ => fact,
    }
}

fn limit(context: &Context<'_>, asks: &Asks) -> (Bytes, Words) {
    let wanted = wanted(context);
    let usual = || default(context);
    let (mut limit, mut why) = wanted.as_ref().map_or_else(usual, |wanted| at_least(context, wanted));
    if let Some(ask) = asks.highest.as_ref().filter(|ask| ask.limit > limit) {
        (limit, why) = (ask.limit, format!("room for what {} asks for", ask.what).into());
    }
    if asks.on_top.0 > 0 {
        let on_top = format!("{why}, and its shared memory and `tmpfs` sizes come on top");
        (limit, why) = (size::plus(limit, asks.on_top), on_top.into());
    }
    let neat = |limit| match &wanted {
        Some(wanted) if wanted.value == limit => limit,
        _ => size::neat(limit),
    };
    match swap(context.service) {
        Some(swap) if swap < neat(limit) => (swap, "no more than `memswap_limit`".into()),
        _ => (neat(limit), why),
    }
}

/// What the policy says, but never what the image was seen to fail with.
fn at_least(context: &Context<'_>, wanted: &Given<Bytes>) -> (Bytes, Words) {
    match grounds::known(context).and_then(seen_floor) {
        Some(floor) if floor.value > wanted.value => {
            let why = format!("twice the {} {}", floor.value, grounds::needed(floor));
            (times(floor.value, 2), why.into())
        }
        _ => (wanted.value, grounds::AS_THE_POLICY_SAYS.into()),
    }
}

/// Without facts the name may tell of a hungry trade. Who builds an image can measure it; who pulls one often cannot.
fn unknown(context: &Context<'_>) -> (Bytes, Words) {
    let is_own = context.image.built_here || grounds::facts(context.image).is_some();
    let usual = if is_own { OWN } else { UNKNOWN };
    let generous = (usual, "generous: what the program needs is not known".into());
    trade::memory(context).filter(|(memory, _)| *memory > usual).unwrap_or(generous)
}

/// What the image needs by itself.
fn default(context: &Context<'_>) -> (Bytes, Words) {
    let Some(facts) = grounds::known(context) else {
        if uses_gpu(context.service) {
            return (WITH_GPU, "generous: what a GPU works on goes through memory".into());
        }
        return unknown(context);
    };
    let least = if facts.role == Role::Datastore { LEAST_WITH_DATA } else { LEAST };
    match (&facts.memory, seen_floor(facts)) {
        (_, Some(floor)) if times(floor.value, 3) > times(least.max(usual(facts)), 2) => {
            let why = format!("twice the {} {}", floor.value, grounds::needed(floor));
            (times(floor.value, 2), why.into())
        }
        (_, Some(floor)) => {
            (usual(facts).max(least), format!("ample: the image needs at least {}", floor.value).into())
        }
        (Some(memory), None) if memory.basis == Basis::Memory => {
            (times(memory.value, 2).max(least), "twice what it is said to need".into())
        }
        (Some(memory), None) => (memory.value.max(least), "ample for a service of this kind".into()),
        (None, None) => unknown(context),
    }
}

fn usual(facts: &Facts) -> Bytes {
    facts.memory.as_ref().map_or(LEAST_WITH_DATA, |memory| memory.value)
}

/// What the image was seen to fail below, or is stated to need.
fn seen_floor(facts: &Facts) -> Option<&Fact<Bytes>> {
    facts.memory_floor.as_ref().filter(|floor| floor.basis <= Basis::Stated)
}

fn times(size: Bytes, factor: u64) -> Bytes {
    Bytes(size.0.saturating_mul(factor))
}

fn uses_gpu(service: &Service) -> bool {
    let reserved = service.reservations().is_some_and(|reserved| reserved.devices.is_some());
    let runtime = service.runtime.as_ref().is_some_and(|runtime| runtime.value == "nvidia");
    reserved || runtime || service.gpus.is_some()
}

/// Memory and swap together, when that is limited: a higher memory limit is an error.
fn swap(service: &Service) -> Option<Bytes> {
    let swap = limits::value(&service.memswap_limit.as_ref()?.value).ok()?;
    (swap >= Bytes::mib(6)).then_some(swap)
}

fn confidence(context: &Context<'_>, asks: &Asks, limit: Bytes) -> Confidence {
    if let Some(what) = &asks.unknown {
        return Confidence::Guess(
            format!("{what} is set by a variable without a default: assumes that {limit} is enough for it")
                .into(),
        );
    }
    if asks.highest.is_none() && is_sized_elsewhere(context) {
        let why =
            format!("its configuration file may ask for any amount: assumes that {limit} is enough for it");
        return Confidence::Guess(why.into());
    }
    match grounds::known(context) {
        Some(facts) => of_facts(facts, limit),
        None => grounds::likely(context, &format!("it runs within {limit}")),
    }
}

/// Whether it is a database that takes buffers of the size in its configuration file, and has one of its own: who mounts
/// one mostly does so to make them large.
fn is_sized_elsewhere(context: &Context<'_>) -> bool {
    let name = trade::name(context);
    SIZED_BY_FILE.iter().any(|part| name.contains(part)) && mounts::brings_configuration(context.service)
}

/// Never more than likely: what a program was seen to need under light load says little of what it holds after a
/// year, and a limit that is too low kills it.
fn of_facts(facts: &Facts, limit: Bytes) -> Confidence {
    let what = match seen_floor(facts).map(|floor| floor.basis) {
        Some(Basis::Measured) => "the image was only tried under light load",
        Some(_) => "what the image is stated to need says nothing of its load",
        None => "what the image needs was never measured",
    };
    Confidence::Likely(format!("{what}: assumes it runs within {limit}").into())
}

#[cfg(test)]
mod tests {
    use super::MemLimit;
    use crate::compose::Bytes;
    use crate::image::{Basis, Facts, Image, Role, Start};
    use crate::passes::testing::{brief, entry, fact, image, run, unknown};

    fn known(memory: u64, floor: u64, basis: Basis) -> Image {
        let facts = Facts {
            memory: fact(Bytes::mib(memory), Basis::Memory),
            memory_floor: fact(Bytes::mib(floor), basis),
            ..entry("x", Role::Datastore)
        };
        image(facts, Start::Unknown)
    }

    #[test]
    fn what_the_file_says() {
        let cases = [
            ("image: x", "~ mem_limit: \"2g\""),
            ("mem_limit: 64m", "already"),
            ("mem_limit: ${M}", "already"),
            ("mem_limit: 0", "file: mem_limit: 0"),
            ("mem_limit: -1", "file: mem_limit: 0"),
            ("deploy: {resources: {limits: {cpus: 1}}}", "~ deploy.resources.limits.memory: \"2g\""),
            ("deploy: {resources: {limits: {memory: 1g}}}", "already"),
            ("deploy: {resources: {limits: {memory: 0}}}", "file: deploy.resources.limits.memory: 0"),
            ("deploy: {resources: {reservations: {memory: 2g}}}", "~ mem_limit: \"3g\""),
            ("gpus: all", "~ mem_limit: \"8g\""),
            (
                "deploy: {resources: {reservations: {devices: [{capabilities: [gpu]}]}}}",
                "~ mem_limit: \"8g\"",
            ),
            ("mem_reservation: 100m", "~ mem_limit: \"2g\""),
            ("mem_reservation: ${M}", "? mem_limit: \"2g\""),
            ("shm_size: 512m", "~ mem_limit: \"2560m\""),
            ("memswap_limit: 768m", "~ mem_limit: \"768m\""),
            ("memswap_limit: -1", "~ mem_limit: \"2g\""),
            ("image: ghcr.io/acme/clamav:1", "~ mem_limit: \"4g\""),
            ("image: ghcr.io/acme/machine-learning:1", "~ mem_limit: \"8g\""),
            ("environment: {JAVA_OPTS: -Xmx2g}", "~ mem_limit: \"4g\""),
        ];
        for (text, expected) in cases {
            assert_eq!(brief(&run(&MemLimit, text, &unknown())), expected, "{text}");
        }
    }

    #[test]
    fn what_the_image_needs() {
        let cases = [
            (known(512, 96, Basis::Measured), "~ mem_limit: \"512m\""),
            (known(512, 96, Basis::Inferred), "~ mem_limit: \"1g\""),
            (known(512, 400, Basis::Stated), "~ mem_limit: \"1g\""),
            (image(entry("x", Role::Web), Start::Unknown), "~ mem_limit: \"1g\""),
            (image(entry("node", Role::Base), Start::Unknown), "~ mem_limit: \"1g\""),
        ];
        for (image, expected) in cases {
            assert_eq!(brief(&run(&MemLimit, "image: x", &image)), expected);
        }
        let redis = known(128, 16, Basis::Measured);
        let busy = "command: redis-server --maxmemory 2gb";
        assert_eq!(brief(&run(&MemLimit, busy, &redis)), "~ mem_limit: \"3584m\"");
        assert_eq!(brief(&run(&MemLimit, "shm_size: 64m", &redis)), "~ mem_limit: \"768m\"");
    }

    #[test]
    fn a_database_with_a_configuration_of_its_own_may_take_any_amount() {
        let cases = [
            ("image: mysql:8\nvolumes: ['./my.cnf:/etc/mysql/conf.d/my.cnf']", "? mem_limit: \"2g\""),
            ("image: mysql:8\nvolumes: ['/etc/localtime:/etc/localtime:ro']", "~ mem_limit: \"2g\""),
            (
                "image: mysql:8\nvolumes: ['./my.cnf:/etc/my.cnf']\ncommand: --innodb-buffer-pool-size=2g",
                "~ mem_limit: \"3584m\"",
            ),
            ("image: acme/web\nvolumes: ['./web.conf:/etc/web.conf']", "~ mem_limit: \"2g\""),
        ];
        for (text, expected) in cases {
            assert_eq!(brief(&run(&MemLimit, text, &unknown())), expected, "{text}");
        }
    }

    #[test]
    fn values_of_variables_are_not_told() {
        let verdict = run(&MemLimit, "environment: {JAVA_OPTS: -Xmx2g -Dpassword=hush}", &unknown());
        let told = format!("{verdict:?}");
        assert!(told.contains("`-Xmx` in `JAVA_OPTS`") && !told.contains("hush") && !told.contains("Xmx2g"));
    }
}
