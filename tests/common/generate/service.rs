//! The keys of a service but those that harden writes: what a file has around them, in every form that Compose takes.
//!
//! Add a shape: one line in `KEYS`. Values may be combined freely, so a value that is only valid beside another does
//! not belong here: see `project.rs`.

use super::shape::{Nodes, either, in_order, list, map, raw, text, texts, whole, with};

/// A key, and the strategy for its value.
pub type Key = (&'static str, fn() -> Nodes);

/// Keys that may stand in any service.
pub const KEYS: &[Key] = &[
    ("build", build),
    ("command", command),
    ("entrypoint", || either(vec![text(&["/entrypoint.sh run", "sh -c 'exit 0'"]), raw(&["null", "[]"])])),
    ("environment", environment),
    ("labels", labels),
    ("restart", || text(&["always", "unless-stopped", "no", "on-failure:3"])),
    ("hostname", || text(&["web.example", "a"])),
    ("working_dir", || text(&["/app", "/srv/ünïcode dir"])),
    ("ports", ports),
    ("expose", || list(vec![raw(&["80"]), text(&["8080", "9000-9005"])])),
    ("volumes", volumes),
    ("networks", networks),
    ("network_mode", || text(&["bridge", "host", "none"])),
    ("healthcheck", healthcheck),
    ("stop_grace_period", || text(&["10s", "1m30s"])),
    ("stop_signal", || text(&["SIGINT"])),
    ("dns", || either(vec![text(&["192.0.2.1"]), texts(&["192.0.2.1", "192.0.2.2"])])),
    ("extra_hosts", || texts(&["host.docker.internal:host-gateway", "somehost=192.0.2.7"])),
    ("sysctls", || {
        let mapping = whole(vec![("net.core.somaxconn", raw(&["1024"]))]);
        either(vec![mapping, in_order(&["net.ipv4.ip_forward=1"])])
    }),
    ("ulimits", ulimits),
    ("devices", || texts(&["/dev/snd:/dev/snd", "/dev/dri"])),
    ("group_add", || in_order(&["video", "44"])),
    ("secrets", || list(vec![text(&["token"])])),
    ("configs", || {
        list(vec![whole(vec![("source", text(&["site"])), ("target", text(&["/etc/site.conf"]))])])
    }),
    ("stdin_open", || raw(&["true", "false"])),
    ("tty", || raw(&["true"])),
    ("platform", || text(&["linux/amd64"])),
    ("pull_policy", || text(&["always"])),
    ("x-note", || either(vec![text(&["harden: leave this", "a\nb\n"]), raw(&["~", "", "1.50", "0o17"])])),
];

/// Images: known to the catalogue by several names, unknown, by digest, by variable.
pub fn image() -> Nodes {
    text(&[
        "nginx:1.27",
        "postgres:16-alpine",
        "redis:7",
        "docker.io/library/mariadb:11",
        "node:22-slim",
        "example/unknown:1.0",
        "registry.example:5000/team/app@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
        "${IMAGE:-nginx:1.25}",
        "alpine",
        "busybox:${TAG:-1.36}",
        "traefik:v3",
    ])
}

fn build() -> Nodes {
    let inline = text(&["FROM alpine:3.20\nUSER 1000:1000\nCMD [\"sleep\", \"1\"]\n", "FROM scratch"]);
    let long = map(vec![
        ("context", text(&[".", "./app dir"])),
        ("dockerfile_inline", inline),
        ("target", text(&["final"])),
        ("args", either(vec![map(vec![("A", text(&["x"])), ("B", raw(&["1"]))]), texts(&["A=1", "B"])])),
    ]);
    either(vec![text(&[".", "./app"]), long])
}

fn command() -> Nodes {
    either(vec![
        text(&[
            "redis-server --maxmemory 100mb",
            "sleep 1",
            "- dash: first",
            "a\n  b\nc\n",
            "echo \"$$HOME\" # no",
        ]),
        texts(&["sh", "-c", "echo 'a: b' && sleep 1", "--flag=on", "{}", "\\back \"quoted\"", "ünïcode ✓"]),
        raw(&["null", "[]"]),
    ])
}

fn environment() -> Nodes {
    let mapping = map(vec![
        ("PLAIN", text(&["value", "with blanks in it", "a: b", "# no comment", "yes", "007", "漢字"])),
        ("NUMBER", raw(&["1", "1.5", "-5"])),
        ("NOTHING", raw(&["", "null", "~"])),
        ("JAVA_OPTS", text(&["-Xms64m -Xmx256m", ""])),
        ("VARIABLE", text(&["${A:-b}", "${A:-${B:-c}}", "$$escaped", "${A-}"])),
        ("MANY_LINES", text(&["first\nsecond\n", "first\n\n  third", "{\"json\": [1, 2]}\n"])),
    ]);
    either(vec![mapping, texts(&["A=1", "B=a b # c", "C", "PASSWORD=${PASSWORD:-}", "D=\"quoted\""])])
}

fn labels() -> Nodes {
    let mapping = map(vec![
        ("com.example.rule", text(&["Host(`a.example`)", "true"])),
        ("com.example/ünïcode", text(&["✓"])),
        ("com.example.number", raw(&["1"])),
    ]);
    either(vec![mapping, texts(&["a=b", "traefik.enable=true", "rule=Host(`x`) && Path(`/y`)"])])
}

fn ports() -> Nodes {
    let long = map(vec![
        ("published", either(vec![raw(&["8443"]), text(&["8443"])])),
        ("protocol", text(&["tcp"])),
        ("mode", text(&["host"])),
    ]);
    let long = with(long, "target", "443");
    list(vec![
        text(&["80:80", "127.0.0.1:8080:80", "[::1]:8081:81"]),
        text(&["22:22"]),
        text(&["9090-9091:9090-9091/udp"]),
        text(&["${PORT:-8000}:8000"]),
        raw(&["3000"]),
        long,
    ])
}

fn volumes() -> Nodes {
    let long = whole(vec![
        ("type", text(&["volume"])),
        ("source", text(&["cache"])),
        ("target", text(&["/cache"])),
        ("read_only", raw(&["true", "false"])),
    ]);
    let memory = whole(vec![
        ("type", text(&["tmpfs"])),
        ("target", text(&["/scratch"])),
        ("tmpfs", map(vec![("size", raw(&["1000000"]))])),
    ]);
    list(vec![
        text(&["data:/data", "data:/var/lib/postgresql/data"]),
        text(&["./conf d:/etc/app:ro", "/srv/x:/x:rw"]),
        text(&["/var/run/docker.sock:/var/run/docker.sock"]),
        text(&["/anonymous"]),
        long,
        memory,
    ])
}

fn networks() -> Nodes {
    let long = map(vec![
        ("front", either(vec![raw(&["", "null", "{}"]), map(vec![("aliases", texts(&["a", "b"]))])])),
        ("back", raw(&["", "~"])),
    ]);
    either(vec![texts(&["front", "back"]), long])
}

fn healthcheck() -> Nodes {
    let test = either(vec![
        text(&["curl -f http://localhost/", "exit 0"]),
        in_order(&["CMD-SHELL", "pg_isready -U x || exit 1"]),
        in_order(&["CMD", "true"]),
    ]);
    let set = whole(vec![("test", test), ("interval", text(&["30s"])), ("retries", raw(&["3"]))]);
    either(vec![set, whole(vec![("disable", raw(&["true"]))])])
}

fn ulimits() -> Nodes {
    let both = whole(vec![("soft", raw(&["1024"])), ("hard", raw(&["2048"]))]);
    map(vec![("nofile", either(vec![raw(&["65536"]), both])), ("nproc", raw(&["512"]))])
}
