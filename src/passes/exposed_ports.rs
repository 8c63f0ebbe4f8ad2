//! The pass `exposed_ports`. What it does and why stands in `exposed_ports.md`, which `harden explain` prints.
#![doc = include_str!("exposed_ports.md")]

use std::borrow::Cow;

use super::{Context, Meta, Pass, PassKind, Reads, findings, grounds, words};
use crate::compose::{Port, Spanned, Via};
use crate::image::Role;
use crate::plan::{Change, Confidence, Op, Severity, Skip, Value, Verdict};

/// The pass.
#[derive(Debug)]
pub struct ExposedPorts;

const META: Meta = Meta {
    id: "exposed_ports",
    summary: "datastores and admin pages that the whole network can reach",
    kind: PassKind::Advice,
    text: include_str!("exposed_ports.md"),
    reads: Reads { keys: &["ports", "network_mode"], facts: &[] },
};

/// Ports in the container on which only datastores, brokers and engines listen by custom.
const WELL_KNOWN: [u16; 32] = [
    1433, 1521, 2181, 2375, 2376, 2379, 3306, 4369, 5432, 5672, 5984, 6333, 6379, 6432, 7474, 7687, 7700,
    8086, 8529, 9042, 9092, 9200, 9300, 11211, 15672, 19530, 26257, 26379, 27017, 27018, 27019, 33060,
];

/// Whoever reaches one of these is root on the host.
const ENGINE: [u16; 1] = [2375];

/// Last segments of the names of images with an administration page, where the catalogue does not say more.
const ADMIN_PAGES: [&str; 10] = [
    "adminer",
    "cloudbeaver",
    "dozzle",
    "mongo-express",
    "pgadmin4",
    "phpmyadmin",
    "phpredisadmin",
    "portainer-ce",
    "redis-commander",
    "redisinsight",
];

const EVERYWHERE: [&str; 5] = ["", "0.0.0.0", "::", "[::]", "*"];
const HELP: &str = "remove the port, or publish it on `127.0.0.1`: services of one project need none";

impl Pass for ExposedPorts {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn run(&self, context: &Context<'_>) -> Verdict {
        let on_host = context.service.network_mode.as_ref().is_some_and(|mode| mode.value == "host");
        let ports = context.service.ports.iter().filter(|port| !on_host && is_sensitive(port, context));
        let (open, closed): (Vec<_>, Vec<_>) = ports.partition(|port| is_open(port));
        match (open.first(), closed.first()) {
            (Some(first), _) => {
                let advice = findings::advise(severity(&open), message(&open, context), HELP, first.place);
                findings::with_fix(advice, fix(context))
            }
            (None, Some(closed)) => Verdict::Already(grounds::written(closed)),
            (None, None) => Verdict::Skip(Skip::NotApplicable),
        }
    }
}

/// Whether the image, or the port where the image does not tell, is of the kind that belongs to nobody else.
fn is_sensitive(port: &Port, context: &Context<'_>) -> bool {
    if let Some(facts) = grounds::known(context) {
        return matches!(facts.role, Role::Datastore | Role::Admin);
    }
    let is_udp = port.protocol.as_deref() == Some("udp");
    is_admin_page(context) || !is_udp && WELL_KNOWN.iter().any(|&known| targets(port, known))
}

fn is_admin_page(context: &Context<'_>) -> bool {
    if let Some(facts) = grounds::known(context) {
        return facts.role == Role::Admin;
    }
    let repository = context.image.reference.as_ref().map(|reference| reference.repository.as_str());
    repository.is_some_and(|name| ADMIN_PAGES.contains(&words::program(name)))
}

/// Whether a port, or a range of ports, leads to this one in the container.
fn targets(port: &Port, wanted: u16) -> bool {
    let target = words::resolved(&port.target).unwrap_or_default();
    let (first, last) = target.split_once('-').unwrap_or((target, target));
    match (first.trim().parse::<u16>(), last.trim().parse::<u16>()) {
        (Ok(first), Ok(last)) => (first..=last).contains(&wanted),
        _ => false,
    }
}

/// Whether it listens on all interfaces. An address that only the environment knows is given the benefit of the doubt.
fn is_open(port: &Port) -> bool {
    match (&port.host_ip, address_in_variable(port)) {
        (Some(address), _) => words::resolved(address).is_some_and(|address| EVERYWHERE.contains(&address)),
        (None, Some(address)) => EVERYWHERE.contains(&address),
        (None, None) => true,
    }
}

/// `${PORT:-127.0.0.1:5432}:5432`: the variable holds the address and the port.
fn address_in_variable(port: &Port) -> Option<&str> {
    Some(words::resolved(port.published.as_ref()?)?.rsplit_once(':')?.0)
}

fn severity(open: &[&Spanned<Port>]) -> Severity {
    let engine = open.iter().any(|port| ENGINE.iter().any(|&engine| targets(port, engine)));
    if engine { Severity::High } else { Severity::Medium }
}

/// Names the ports in the container, in order.
fn message(open: &[&Spanned<Port>], context: &Context<'_>) -> String {
    let mut ports: Vec<&str> =
        open.iter().map(|port| words::resolved(&port.target).unwrap_or(&port.target)).collect();
    ports.sort_unstable_by_key(|port| (port.parse::<u16>().unwrap_or(u16::MAX), *port));
    ports.dedup();
    let (noun, verb) = if ports.len() == 1 { ("port", "is") } else { ("ports", "are") };
    let of = if is_admin_page(context) { " of an administration page" } else { "" };
    format!("{noun} {}{of} {verb} published on all interfaces", ports.join(", "))
}

/// All of them or none: what is left would be hidden by what is written.
fn fix(context: &Context<'_>) -> Vec<Change> {
    let open = |port: &Spanned<Port>| is_open(port) && is_sensitive(port, context);
    let ports = &context.service.ports;
    let is_below = |port: &Spanned<Port>| matches!(port.via, Via::Override | Via::Extends);
    if context.project.overlay && ports.iter().all(is_below) {
        return whole(ports, open);
    }
    if ports.iter().any(|port| open(port) && !can_be_rewritten(port)) {
        return Vec::new();
    }
    // where a later file adds ports, the numbers of the items are not those of the first file
    if ports.iter().any(|port| port.via == Via::Override) {
        return Vec::new();
    }
    let own = ports.iter().filter(|port| port.via != Via::Extends).enumerate();
    own.filter(|(_, port)| open(port)).map(|(index, port)| bind(index, port)).collect()
}

/// The whole list: what lies over other files cannot change one of their items.
fn whole(ports: &[Spanned<Port>], open: impl Fn(&Spanned<Port>) -> bool) -> Vec<Change> {
    let is_clear = |port: &Port| address_in_variable(port).is_none() && written(port).is_some();
    if !ports.iter().all(|port| port.short && (!open(port) || is_clear(port))) {
        return Vec::new();
    }
    let items = ports.iter().map(|port| if open(port) { bound(port) } else { short(port) });
    let list = Value::List(items.map(Value::str).collect());
    vec![change(Op::Set(Value::Override(Box::new(list))))]
}

fn can_be_rewritten(port: &Spanned<Port>) -> bool {
    port.via == Via::Own && port.short && address_in_variable(port).is_none() && written(port).is_some()
}

/// The port as it stands in the file; `None` where a variable holds more than one part of it.
fn written(port: &Port) -> Option<Cow<'_, Port>> {
    let Some(text) = &port.written else { return Some(Cow::Borrowed(port)) };
    let parts = |port: &Port| [port.host_ip.is_some(), port.published.is_some(), port.protocol.is_some()];
    let written = Port::parse(text);
    (parts(&written) == parts(port)).then_some(Cow::Owned(written))
}

/// A short port as it stands in the file.
fn short(port: &Port) -> String {
    if let Some(text) = &port.written {
        return text.clone();
    }
    let published = port.published.as_deref().unwrap_or_default();
    let host = port.host_ip.as_ref().map(|address| format!("{address}:{published}:"));
    let host = host.or_else(|| port.published.as_ref().map(|published| format!("{published}:")));
    let protocol = port.protocol.as_ref().map(|protocol| format!("/{protocol}")).unwrap_or_default();
    format!("{}{}{protocol}", host.unwrap_or_default(), port.target)
}

fn bind(index: usize, port: &Port) -> Change {
    change(Op::ReplaceItem { index, value: Value::str(bound(port)) })
}

/// What is written keeps the variables that the file has.
fn bound(port: &Port) -> String {
    let port = written(port).unwrap_or(Cow::Borrowed(port));
    let published = port.published.as_deref().unwrap_or_default();
    let protocol = port.protocol.as_ref().map(|protocol| format!("/{protocol}")).unwrap_or_default();
    format!("127.0.0.1:{published}:{}{protocol}", port.target)
}

fn change(op: Op) -> Change {
    Change {
        path: Cow::Borrowed(&["ports"]),
        op,
        why: "only this host needs to reach it".into(),
        confidence: Confidence::Guess("assumes that nobody connects from another host".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::ExposedPorts;
    use crate::compose::Via;
    use crate::image::{Image, Reference, Role, Start};
    use crate::passes::findings::said;
    use crate::passes::testing::{entry, image, run, service, unknown, verdict};
    use crate::plan::{Op, Value, Verdict};

    fn known(role: Role) -> Image {
        image(entry("x", role), Start::Unknown)
    }

    #[test]
    fn by_the_port_when_the_image_is_unknown() {
        let open = "medium: port 5432 is published on all interfaces";
        let cases = [
            ("image: x", "-".to_owned()),
            ("ports: ['8080:80', '443:443']", "-".to_owned()),
            ("ports: ['5432:80']", "-".to_owned()),
            ("expose: [5432]", "-".to_owned()),
            ("ports: ['5432:5432']\nnetwork_mode: host", "-".to_owned()),
            ("ports: ['5432:5432/udp']", "-".to_owned()),
            ("ports: ['127.0.0.1:5432:5432']", "already".to_owned()),
            ("ports: ['192.168.1.2:5432:5432']", "already".to_owned()),
            ("ports: ['${BIND:-127.0.0.1}:5432:5432']", "already".to_owned()),
            ("ports: ['${BIND}:5432:5432']", "already".to_owned()),
            ("ports: ['${PORT:-127.0.0.1:5432}:5432']", "already".to_owned()),
            ("ports: [{target: 5432, published: 5432, host_ip: 127.0.0.1}]", "already".to_owned()),
            ("ports: ['5432:5432']", format!("{open} + fix")),
            ("ports: [5432]", format!("{open} + fix")),
            ("ports: ['${PORT:-15432}:5432/tcp']", format!("{open} + fix")),
            ("ports: ['${PORT}:${PORT:-5432}']", format!("{open} + fix")),
            ("ports: ['0.0.0.0:5432:5432']", format!("{open} + fix")),
            ("ports: ['[::]:5432:5432']", format!("{open} + fix")),
            ("ports: ['${BIND:-0.0.0.0}:5432:5432']", format!("{open} + fix")),
            ("ports: [{target: 5432, published: 5432}]", open.to_owned()),
            ("ports: ['${PORT:-0.0.0.0:5432}:5432']", open.to_owned()),
            ("ports: ['2375:2375']", "high: port 2375 is published on all interfaces + fix".to_owned()),
            (
                "ports: ['27017-27018:27017-27018']",
                "medium: port 27017-27018 is published on all interfaces + fix".to_owned(),
            ),
            (
                "ports: ['80:80', '9200:9200', '3306:3306']",
                "medium: ports 3306, 9200 are published on all interfaces + fix".to_owned(),
            ),
        ];
        for (text, expected) in cases {
            assert_eq!(said(&run(&ExposedPorts, text, &unknown())), expected, "{text}");
        }
    }

    #[test]
    fn by_the_image_when_it_is_known() {
        let run = |text: &str, role| said(&run(&ExposedPorts, text, &known(role)));
        assert_eq!(
            run("ports: ['1:1234']", Role::Datastore),
            "medium: port 1234 is published on all interfaces + fix"
        );
        assert_eq!(
            run("ports: ['1:1234']", Role::Admin),
            "medium: port 1234 of an administration page is published on all interfaces + fix"
        );
        assert_eq!(run("ports: ['5432:5432']", Role::Web), "-");
        assert_eq!(run("ports: ['8000:8000']", Role::Base), "-");
        assert!(run("ports: ['5432:5432']", Role::Base).starts_with("medium"));
        let pgadmin = Image { reference: Reference::parse("dpage/pgadmin4:8"), ..unknown() };
        assert!(
            said(&super::super::testing::run(&ExposedPorts, "ports: ['5050:80']", &pgadmin))
                .starts_with("medium")
        );
    }

    fn items(verdict: Verdict) -> Vec<(usize, String)> {
        let Verdict::Advise(finding) = verdict else { panic!("{verdict:?}") };
        let item = |change: crate::plan::Change| match change.op {
            Op::ReplaceItem { index, value: Value::Str(text) } => (index, text.into_owned()),
            other => panic!("{other:?}"),
        };
        finding.fix.into_iter().map(item).collect()
    }

    #[test]
    fn strict_binds_what_is_open_and_nothing_else() {
        let text =
            "ports: ['80:80', '5432:5432', '127.0.0.1:6379:6379', 6379, '${P:-1}:3306/tcp', '0.0.0.0::9200']";
        let expected = [
            (1, "127.0.0.1:5432:5432"),
            (3, "127.0.0.1::6379"),
            (4, "127.0.0.1:${P:-1}:3306/tcp"),
            (5, "127.0.0.1::9200"),
        ];
        let expected: Vec<_> = expected.map(|(index, text)| (index, text.to_owned())).into();
        assert_eq!(items(run(&ExposedPorts, text, &unknown())), expected);
    }

    #[test]
    fn lines_of_others_are_not_rewritten() {
        let mut service = service("ports: ['80:80', '5432:5432']");
        service.ports.0[0].via = Via::Extends;
        assert_eq!(
            items(verdict(&ExposedPorts, &service, &unknown())),
            [(0, "127.0.0.1:5432:5432".to_owned())]
        );
        service.ports.0[1].via = Via::Extends;
        assert_eq!(items(verdict(&ExposedPorts, &service, &unknown())), []);
    }
}
