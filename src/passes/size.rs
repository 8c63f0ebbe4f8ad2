//! What a service itself asks for in memory, and neat numbers to write.
//!
//! Every ask becomes the limit it needs: a heap of 1g does not fit into a limit of 1g. Only reads; where the limit
//! is written and what it is without an ask is for `mem_limit` to say. Values of variables are not in the words.

use super::{limits, words};
use crate::compose::{Bytes, Scalar, Service, Setting, Spanned};
use crate::plan::Words;

/// A limit that something in the file calls for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Ask {
    /// The limit that leaves room for it.
    pub(super) limit: Bytes,
    /// What asks, such as `-Xmx`; never a value.
    pub(super) what: Words,
}

/// What the file asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Asks {
    /// The highest.
    pub(super) highest: Option<Ask>,
    /// Memory that counts on top of what the service uses: shared memory and memory file systems.
    pub(super) on_top: Bytes,
    /// Something that asks for an amount that only the environment knows.
    pub(super) unknown: Option<Words>,
}

/// How an option writes its amount.
#[derive(Clone, Copy)]
enum Unit {
    /// `512m`
    Size,
    /// A number of mebibytes, or a size.
    Mebibytes,
    /// Gibibytes, with a fraction.
    Gibibytes,
    /// A size, or a number of 8k blocks.
    Blocks,
}

/// An option or variable that sets an amount: name, unit, and the limit it takes in percent of it.
type Amount = (&'static str, Unit, u64);

/// Options of servers. Redis forks to save itself, and what it changes meanwhile is there twice; databases use
/// memory for each connection beside their buffers.
const OPTIONS: [Amount; 7] = [
    ("maxmemory", Unit::Size, 150),
    ("max-old-space-size", Unit::Mebibytes, 150),
    ("innodb-buffer-pool-size", Unit::Size, 150),
    ("shared-buffers", Unit::Blocks, 200),
    ("wiredTigerCacheSizeGB", Unit::Gibibytes, 150),
    ("memory-limit", Unit::Mebibytes, 125),
    ("memory", Unit::Size, 125),
];

/// Variables of well-known images.
const VARIABLES: [Amount; 14] = [
    ("MAX_HEAP_SIZE", Unit::Size, 175),
    ("HEAP_SIZE", Unit::Size, 175),
    ("SOLR_HEAP", Unit::Size, 175),
    ("MEMORY", Unit::Size, 175),
    ("MAX_MEMORY", Unit::Size, 175),
    ("JVM_MAXIMUM_MEMORY", Unit::Size, 175),
    ("NEO4J_server_memory_heap_max__size", Unit::Size, 175),
    ("NEO4J_dbms_memory_heap_max__size", Unit::Size, 175),
    ("INNODB_BUFFER_POOL_SIZE", Unit::Size, 150),
    ("REDIS_MAXMEMORY", Unit::Size, 150),
    ("POSTGRES_SHARED_BUFFERS", Unit::Blocks, 200),
    ("GOMEMLIMIT", Unit::Size, 125),
    ("PHP_MEMORY_LIMIT", Unit::Size, 200),
    ("MSSQL_MEMORY_LIMIT_MB", Unit::Mebibytes, 125),
];

/// Java options; a virtual machine needs about as much again as its heap, more for small heaps.
const JAVA: [&str; 4] = ["-Xmx", "-Xms", "-XX:MaxHeapSize=", "-XX:InitialHeapSize="];
const JAVA_PERCENT: u64 = 175;

/// Room that every program needs beside what it was told to use.
const BESIDE: Bytes = Bytes::mib(128);

/// Room over a reservation, in percent.
const RESERVED_PERCENT: u64 = 150;

/// Everything the service asks for.
pub(super) fn asks(service: &Service) -> Asks {
    let mut asks = Asks { highest: None, on_top: on_top(service), unknown: None };
    reservations(service, &mut asks);
    options(service, &mut asks);
    variables(service, &mut asks);
    asks
}

impl Asks {
    fn add(&mut self, amount: Result<Bytes, ()>, percent: u64, beside: Bytes, what: impl Into<Words>) {
        match amount {
            Ok(Bytes(0)) => {} // no limit, or no amount at all
            Ok(amount) => self.raise(Ask { limit: plus(times(amount, percent), beside), what: what.into() }),
            Err(()) => self.unknown = Some(what.into()),
        }
    }

    fn raise(&mut self, ask: Ask) {
        if self.highest.as_ref().is_none_or(|highest| ask.limit > highest.limit) {
            self.highest = Some(ask);
        }
    }
}

fn reservations(service: &Service, asks: &mut Asks) {
    let deploy = service.reservations().and_then(|reserved| reserved.memory.as_ref());
    let written = [
        ("mem_reservation", service.mem_reservation.as_ref()),
        ("deploy.resources.reservations.memory", deploy),
    ];
    for (name, size) in written {
        if let Some(size) = size {
            asks.add(limits::value(&size.value), RESERVED_PERCENT, Bytes(0), format!("`{name}`"));
        }
    }
}

fn options(service: &Service, asks: &mut Asks) {
    let words: Vec<&str> = words::of(service).collect();
    of_words(&words, None, asks);
    if let Some(amount) = memcached(&words).filter(|_| is_memcached(service, &words)) {
        asks.add(read(amount, Unit::Mebibytes), 125, BESIDE, "`-m`");
    }
}

fn variables(service: &Service, asks: &mut Asks) {
    for variable in &service.environment.0 {
        let name = variable.value.name.as_str();
        let words: Vec<&str> = words::of_variable(variable).collect();
        of_words(&words, Some(name), asks);
        let known = VARIABLES.iter().find(|(known, ..)| *known == name || is_bitnami(name, known));
        if let (Some((_, unit, percent)), [word]) = (known, words.as_slice()) {
            asks.add(read(word, *unit), *percent, BESIDE, format!("`{name}`"));
        }
    }
}

/// `MYSQL_INNODB_BUFFER_POOL_SIZE`, `MARIADB_INNODB_BUFFER_POOL_SIZE` …
fn is_bitnami(name: &str, known: &str) -> bool {
    known == "INNODB_BUFFER_POOL_SIZE" && name.ends_with("_INNODB_BUFFER_POOL_SIZE")
}

/// The options among words, of a command or of a variable.
fn of_words(words: &[&str], variable: Option<&str>, asks: &mut Asks) {
    let what = |option: &str| match variable {
        Some(name) => format!("`{option}` in `{name}`"),
        None => format!("`{option}`"),
    };
    for (name, unit, percent) in OPTIONS {
        if let Some(value) = words::option(words, name) {
            asks.add(read(value, unit), percent, BESIDE, what(name));
        }
    }
    for option in JAVA {
        for value in words.iter().filter_map(|word| word.strip_prefix(option)) {
            asks.add(read(value, Unit::Size), JAVA_PERCENT, BESIDE, what(option.trim_end_matches('=')));
        }
    }
}

fn is_memcached(service: &Service, words: &[&str]) -> bool {
    let image = service.image.as_ref().is_some_and(|image| image.contains("memcached"));
    image || words.iter().any(|word| words::program(word) == "memcached")
}

/// `-m 64`, `-m64`
fn memcached<'a>(words: &[&'a str]) -> Option<&'a str> {
    words.iter().enumerate().find_map(|(at, word)| match word.strip_prefix("-m")? {
        "" => words.get(at + 1).copied(),
        glued => glued.starts_with(|c: char| c.is_ascii_digit()).then_some(glued),
    })
}

/// An amount; an error when only the environment knows it. What is no amount at all asks for nothing.
fn read(text: &str, unit: Unit) -> Result<Bytes, ()> {
    let text = words::resolved(text).ok_or(())?;
    let size = Bytes::parse(text).unwrap_or(Bytes(0));
    let number = text.parse::<f64>().ok().map(|number| number.clamp(0.0, 1e6));
    Ok(match (unit, number) {
        (Unit::Mebibytes, Some(number)) => Bytes::mib(whole(number)),
        (Unit::Gibibytes, Some(number)) => Bytes::mib(whole(number * 1024.0)),
        (Unit::Blocks, Some(_)) => Bytes(size.0.saturating_mul(8192)),
        _ => size,
    })
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped by the caller")]
fn whole(number: f64) -> u64 {
    number as u64
}

/// Shared memory and memory file systems with a size count towards the limit, and are no part of what the program
/// itself needs.
fn on_top(service: &Service) -> Bytes {
    let shm = service.shm_size.as_ref().map(|size: &Spanned<Setting<Bytes>>| limits::value(&size.value));
    let tmpfs = service.tmpfs.iter().filter_map(|item| item.split_once(':')).filter_map(|(_, options)| {
        let size = options.split(',').find_map(|option| option.trim().strip_prefix("size="))?;
        Bytes::parse(words::resolved(size)?)
    });
    tmpfs.fold(shm.and_then(Result::ok).unwrap_or(Bytes(0)), plus)
}

fn times(amount: Bytes, percent: u64) -> Bytes {
    Bytes(amount.0 / 100 * percent)
}

/// The sum; the highest number instead of one that does not fit.
pub(super) fn plus(one: Bytes, other: Bytes) -> Bytes {
    Bytes(one.0.saturating_add(other.0))
}

/// The next neat number, as a person would pick it: steps of 64m up to 512m, of 256m up to 1g, of 512m up to 4g,
/// of 1g above; 16m at least, because the engine takes no less than 6m.
pub(super) fn neat(size: Bytes) -> Bytes {
    let step = match size {
        size if size <= Bytes::mib(64) => Bytes::mib(16),
        size if size <= Bytes::mib(512) => Bytes::mib(64),
        size if size <= Bytes::mib(1024) => Bytes::mib(256),
        size if size <= Bytes::mib(4096) => Bytes::mib(512),
        _ => Bytes::mib(1024),
    };
    Bytes(size.0.div_ceil(step.0).max(1).saturating_mul(step.0))
}

#[cfg(test)]
mod tests {
    use super::{asks, neat};
    use crate::compose::Bytes;
    use crate::passes::testing::service;

    #[test]
    fn neat_numbers() {
        let cases = [
            (0, 16),
            (1, 16),
            (40, 48),
            (65, 128),
            (500, 512),
            (1024, 1024),
            (1025, 1536),
            (3712, 4096),
            (4097, 5120),
        ];
        for (size, expected) in cases {
            assert_eq!(neat(Bytes::mib(size)), Bytes::mib(expected), "{size}");
        }
    }

    #[test]
    fn asks_in_every_place() {
        let cases = [
            ("image: x", None),
            ("mem_reservation: 200m", Some((300, "`mem_reservation`"))),
            (
                "deploy: {resources: {reservations: {memory: 2g}}}",
                Some((3072, "`deploy.resources.reservations.memory`")),
            ),
            ("mem_reservation: '${M:-200m}'", Some((300, "`mem_reservation`"))),
            ("command: java -Xms100m -Xmx400m -jar a.jar", Some((828, "`-Xmx`"))),
            ("environment: {ES_JAVA_OPTS: -Xms1g -Xmx400m}", Some((1920, "`-Xms` in `ES_JAVA_OPTS`"))),
            ("environment: ['JAVA_OPTS=\"-Xmx400m\"']", Some((828, "`-Xmx` in `JAVA_OPTS`"))),
            ("command: redis-server --maxmemory 200mb", Some((428, "`maxmemory`"))),
            ("command: redis-server --maxmemory-policy x", None),
            (
                "environment: {NODE_OPTIONS: --max-old-space-size=400}",
                Some((728, "`max-old-space-size` in `NODE_OPTIONS`")),
            ),
            ("command: --innodb_buffer_pool_size=400M", Some((728, "`innodb-buffer-pool-size`"))),
            ("command: postgres -c shared_buffers=1GB", Some((2176, "`shared-buffers`"))),
            ("command: postgres -c shared_buffers=131072", Some((2176, "`shared-buffers`"))),
            ("command: mongod --wiredTigerCacheSizeGB 1.5", Some((2432, "`wiredTigerCacheSizeGB`"))),
            ("command: memcached -m 400", Some((628, "`-m`"))),
            ("image: memcached\ncommand: [-m400]", Some((628, "`-m`"))),
            ("command: python -m http.server", None),
            ("environment: {MEMORY: 4G}", Some((7296, "`MEMORY`"))),
            (
                "environment: {MYSQL_INNODB_BUFFER_POOL_SIZE: 400M}",
                Some((728, "`MYSQL_INNODB_BUFFER_POOL_SIZE`")),
            ),
            ("environment: {PHP_MEMORY_LIMIT: -1}", None),
            ("command: redis-server --maxmemory 0", None),
        ];
        for (text, expected) in cases {
            let found = asks(&service(text)).highest;
            let found = found.as_ref().map(|ask| (ask.limit.0.div_ceil(1 << 20), ask.what.as_ref()));
            assert_eq!(found, expected, "{text}");
        }
    }

    #[test]
    fn what_only_the_environment_knows() {
        for text in ["mem_reservation: '${M}'", "command: java -Xmx${HEAP}", "environment: {MEMORY: '$M'}"] {
            assert!(asks(&service(text)).unknown.is_some(), "{text}");
        }
        assert_eq!(asks(&service("command: java -Xmx${HEAP:-1g}")).unknown, None);
    }

    #[test]
    fn shared_memory_comes_on_top() {
        let cases = [
            ("shm_size: 256m", 256),
            ("tmpfs: ['/a:size=64m', '/b:uid=1,size=64m', /c]", 128),
            ("shm_size: 1g\ntmpfs: /a:size=1g", 2048),
            ("image: x", 0),
        ];
        for (text, expected) in cases {
            assert_eq!(asks(&service(text)).on_top, Bytes::mib(expected), "{text}");
        }
    }
}
