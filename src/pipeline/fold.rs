//! Folds a change into the typed model, so that a later pass sees what an earlier one decided, and so that the
//! proof can compare what was planned with what was written.
//!
//! Decides nothing. Every path that a pass may write has its line in [`set`], [`append`] or [`replace`]; a change
//! that has none is reported to the caller, and the tests fold every change that the passes make.

use std::collections::BTreeMap;

use super::build;
use crate::compose::{
    Command, Deploy, Healthcheck, Limits, List, Logging, Mount, MountKind, Port, Resources, Scalar, Service,
    Setting, Spanned, Via,
};
use crate::plan::{Change, Op, Value};

/// Folds one change into the service. `false` when the model has no place for it, which is a bug in harden: the
/// service is then unchanged.
#[must_use = "a change without a place in the model is a bug"]
pub(super) fn apply(service: &mut Service, change: &Change) -> bool {
    let folded = match &change.op {
        Op::Set(value) => set(service, &change.path, value),
        Op::Append(items) => append(service, &change.path, items),
        Op::ReplaceItem { index, value } => replace(service, &change.path, *index, value),
        Op::Text(edit) => build::fold(service, &change.path, edit),
    };
    debug_assert!(folded.is_some(), "no place in the model for {change:?}");
    folded.is_some()
}

fn set(service: &mut Service, path: &[&str], value: &Value) -> Option<()> {
    match path {
        ["deploy", "resources", "limits", key] => return set_limit(limits(service), key, value),
        ["ports"] => service.ports = ports(value, &service.ports)?,
        ["logging"] => put(&mut service.logging, logging(value)?),
        ["logging", "driver"] => put(&mut settings(service).driver, text(value)?),
        ["logging", "options", name] => set_option(settings(service), name, text(value)?),
        ["healthcheck"] => put(&mut service.healthcheck, healthcheck(value)?),
        ["healthcheck", "test"] => put(&mut made(&mut service.healthcheck).test, command(value)?),
        ["mem_limit"] => put(&mut service.mem_limit, setting(value)?),
        ["cpus"] => put(&mut service.cpus, setting(value)?),
        ["pids_limit"] => put(&mut service.pids_limit, setting(value)?),
        ["init"] => put(&mut service.init, setting(value)?),
        ["read_only"] => put(&mut service.read_only, setting(value)?),
        ["privileged"] => put(&mut service.privileged, setting(value)?),
        [key] => return set_text(service, key, value).or_else(|| set_list(service, key, value)),
        _ => return None,
    }
    Some(())
}

/// Keys whose value is a plain string.
fn set_text(service: &mut Service, key: &str, value: &Value) -> Option<()> {
    let field = match key {
        "user" => &mut service.user,
        "image" => &mut service.image,
        "restart" => &mut service.restart,
        "pid" => &mut service.pid,
        "ipc" => &mut service.ipc,
        "uts" => &mut service.uts,
        "userns_mode" => &mut service.userns_mode,
        "cgroup" => &mut service.cgroup,
        "network_mode" => &mut service.network_mode,
        _ => return None,
    };
    put(field, text(value)?);
    Some(())
}

/// Keys whose value is a list of strings.
fn set_list(service: &mut Service, key: &str, value: &Value) -> Option<()> {
    let Value::List(items) = value else { return None };
    let items = items.iter().map(text).collect::<Option<Vec<_>>>()?;
    *strings(service, key)? = List(items.into_iter().map(Spanned::planned).collect());
    Some(())
}

fn append(service: &mut Service, path: &[&str], items: &[Value]) -> Option<()> {
    let [key] = path else { return None };
    if *key == "volumes" {
        let mounts = items.iter().map(mount).collect::<Option<Vec<_>>>()?;
        service.volumes.0.extend(mounts.into_iter().map(Spanned::planned));
        return Some(());
    }
    let items = items.iter().map(text).collect::<Option<Vec<_>>>()?;
    let list = strings(service, key)?;
    for item in items {
        if !list.has(&item) {
            list.0.push(Spanned::planned(item));
        }
    }
    Some(())
}

fn strings<'a>(service: &'a mut Service, key: &str) -> Option<&'a mut List<String>> {
    match key {
        "cap_add" => Some(&mut service.cap_add),
        "cap_drop" => Some(&mut service.cap_drop),
        "security_opt" => Some(&mut service.security_opt),
        "tmpfs" => Some(&mut service.tmpfs),
        "group_add" => Some(&mut service.group_add),
        _ => None,
    }
}

fn replace(service: &mut Service, path: &[&str], index: usize, value: &Value) -> Option<()> {
    match path {
        ["ports"] => {
            let item = own(&mut service.ports, index)?;
            let text = text(value).filter(|_| !matches!(value, Value::Map(_)));
            let over = text.map(|text| Port::parse_over(&text, item));
            *item = Spanned::planned(over.or_else(|| port(value))?);
            Some(())
        }
        ["volumes"] => replace_own(&mut service.volumes, index, Mount::parse(&text(value)?)),
        [key] => replace_own(strings(service, key)?, index, text(value)?),
        _ => None,
    }
}

fn replace_own<T>(list: &mut List<T>, index: usize, value: T) -> Option<()> {
    *own(list, index)? = Spanned::planned(value);
    Some(())
}

/// An item of the service's own list: the effective one may open with items from `extends`. A list that came in as a
/// whole through `<<` counts from its own start.
fn own<T>(list: &mut List<T>, index: usize) -> Option<&mut Spanned<T>> {
    let own = |item: &&mut Spanned<T>| !matches!(item.via, Via::Extends | Via::Override);
    list.0.iter_mut().filter(own).nth(index)
}

fn put<T>(field: &mut Option<Spanned<T>>, value: T) {
    *field = Some(Spanned::planned(value));
}

/// The value behind an optional key, made when it is missing.
fn made<T: Default>(field: &mut Option<Spanned<T>>) -> &mut T {
    &mut field.get_or_insert_with(|| Spanned::planned(T::default())).value
}

fn limits(service: &mut Service) -> &mut Limits {
    let deploy = service.deploy.get_or_insert_with(|| Box::new(Spanned::planned(Deploy::default())));
    let resources: &mut Resources = made(&mut deploy.value.resources);
    made(&mut resources.limits)
}

fn set_limit(limits: &mut Limits, key: &str, value: &Value) -> Option<()> {
    match key {
        "memory" => put(&mut limits.memory, setting(value)?),
        "cpus" => put(&mut limits.cpus, setting(value)?),
        "pids" => put(&mut limits.pids, setting(value)?),
        _ => return None,
    }
    Some(())
}

fn settings(service: &mut Service) -> &mut Logging {
    made(&mut service.logging)
}

fn set_option(logging: &mut Logging, name: &str, value: String) {
    made(&mut logging.options).insert(name.to_owned(), Some(value));
}

fn logging(value: &Value) -> Option<Logging> {
    let driver = entry(value, "driver").map(|driver| text(driver).map(Spanned::planned));
    let options = match entry(value, "options") {
        Some(Value::Map(entries)) => Some(Spanned::planned(
            entries
                .iter()
                .map(|(name, value)| Some((name.to_string(), Some(text(value)?))))
                .collect::<Option<BTreeMap<_, _>>>()?,
        )),
        Some(_) => return None,
        None => None,
    };
    Some(Logging { driver: driver.unwrap_or_default(), options })
}

/// Only what the model looks at: the intervals of a health check have no place in it.
fn healthcheck(value: &Value) -> Option<Healthcheck> {
    let test = Spanned::planned(command(entry(value, "test")?)?);
    Some(Healthcheck { test: Some(test), disable: None })
}

fn command(value: &Value) -> Option<Command> {
    Some(match value {
        Value::List(words) => Command::Words(words.iter().map(text).collect::<Option<_>>()?),
        line => Command::Line(text(line)?),
    })
}

/// A mount in its long form. Only memory is ever added.
fn mount(value: &Value) -> Option<Mount> {
    let target = entry(value, "target").and_then(text)?;
    let is_tmpfs = entry(value, "type").and_then(text).as_deref() == Some("tmpfs");
    is_tmpfs.then_some(Mount { kind: MountKind::Tmpfs, source: None, target, read_only: false })
}

/// A whole list in the place of the one that is there, item by item.
fn ports(value: &Value, old: &[Spanned<Port>]) -> Option<List<Port>> {
    let Value::Override(list) = value else { return None };
    let Value::List(items) = &**list else { return None };
    let over = |(item, old)| Some(Spanned::planned(Port::parse_over(&text(item)?, old)));
    items.iter().zip(old.iter().map(|port| &port.value)).map(over).collect::<Option<_>>().map(List)
}

fn port(value: &Value) -> Option<Port> {
    if !matches!(value, Value::Map(_)) {
        return Some(Port::parse(&text(value)?));
    }
    Port::from_parts(|key| entry(value, key).and_then(text))
}

fn entry<'a>(value: &'a Value, key: &str) -> Option<&'a Value> {
    let Value::Map(entries) = value else { return None };
    entries.iter().find(|(name, _)| name == key).map(|(_, value)| value)
}

/// A scalar's text; `None` for a collection.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Number(text) | Value::Str(text) => Some(text.to_string()),
        Value::List(_) | Value::Map(_) | Value::Override(_) => None,
    }
}

/// A scalar as the model would have read it.
fn setting<T: Scalar>(value: &Value) -> Option<Setting<T>> {
    let text = text(value)?;
    if text.contains('$') {
        return Some(Setting::Variable(text));
    }
    T::parse(&text).map(Setting::Literal)
}

#[cfg(test)]
mod tests {
    use super::apply;
    use crate::compose::{Bytes, Flag, List, Port, Service, Setting, Spanned, Via};
    use crate::image::{Facts, Image, Role, RootReason, Start, Tmpfs, UserSpec};
    use crate::passes::testing::{brief, entry, image, measured, service, unknown, verdict};
    use crate::passes::{ALL, PassKind};
    use crate::plan::{Change, Confidence, Op, Value, Verdict};

    fn change(path: &'static [&'static str], op: Op) -> Change {
        Change {
            path: path.into(),
            op,
            why: "a test".into(),
            confidence: Confidence::Likely("a test".into()),
        }
    }

    /// Services in which every pass finds something to do, in every place where it may write.
    const SERVICES: [&str; 8] = [
        "image: x",
        "image: x\ndeploy: {resources: {limits: {}}}",
        "image: x\ndeploy: {resources: {reservations: {cpus: 2, memory: 2g}}}",
        "image: x\nlogging: {driver: json-file}",
        "image: x\nlogging: {options: {max-size: 1m}}",
        "image: x\ncap_add: [NET_ADMIN]\ncap_drop: [MKNOD]\nsecurity_opt: ['apparmor:x']\ntmpfs: /tmp",
        "image: postgres\nvolumes: ['./data:/var/lib/postgresql/data']\nports: ['5432:5432']",
        "image: x\nprivileged: true\nports: [{target: 6379, published: 6379}]\nnetwork_mode: host",
    ];

    fn images() -> Vec<Image> {
        let spec = UserSpec { uid: 999, gid: 999 };
        let facts = || Facts {
            user: measured(spec),
            caps_root: measured(vec!["SETUID".into()]),
            caps_user: measured(vec!["NET_BIND_SERVICE".into()]),
            step_down: measured("gosu".into()),
            read_only: measured(true),
            tmpfs: measured(vec![Tmpfs {
                path: "/run/x".into(),
                size: None,
                exec: false,
                when_mounted: None,
            }]),
            ports: vec![5432],
            ..entry("postgres", Role::Datastore)
        };
        let starts =
            [Start::Unknown, Start::Image(spec), Start::User(spec), Start::Root(RootReason::SaidInFile)];
        let known = starts.into_iter().map(|start| image(facts(), start));
        std::iter::once(unknown()).chain(known).collect()
    }

    #[test]
    fn what_a_pass_does_is_folded_and_then_it_is_content() {
        let mut folded = std::collections::BTreeSet::new();
        for (text, image) in SERVICES.iter().flat_map(|text| images().into_iter().map(move |i| (text, i))) {
            let mut service = service(text);
            for pass in ALL {
                let changes = match verdict(*pass, &service, &image) {
                    Verdict::Change(changes) => changes,
                    Verdict::Advise(finding) => finding.fix,
                    Verdict::Already(_) | Verdict::Skip(_) => continue,
                };
                for change in &changes {
                    assert!(apply(&mut service, change), "{text}: {change:?}");
                    folded.insert(change.path.join("."));
                }
                let again = verdict(*pass, &service, &image);
                let content = matches!(again, Verdict::Already(_) | Verdict::Skip(_));
                assert!(content || pass.meta().kind == PassKind::Advice, "{text}: {}", brief(&again));
            }
        }
        let expected = [
            "cap_add",
            "cap_drop",
            "cpus",
            "init",
            "logging",
            "mem_limit",
            "pids_limit",
            "read_only",
            "security_opt",
            "tmpfs",
            "user",
        ];
        for key in expected {
            assert!(folded.contains(key), "no service in the table makes `{key}`");
        }
    }

    #[test]
    fn limits_go_where_they_are_written() {
        let mut service = Service::default();
        assert!(apply(&mut service, &change(&["mem_limit"], Op::Set(Value::str("512m")))));
        let cpus = change(&["deploy", "resources", "limits", "cpus"], Op::Set(Value::str("1.0")));
        assert!(apply(&mut service, &cpus));
        assert_eq!(service.mem_limit.as_ref().map(|s| &s.value), Some(&Setting::Literal(Bytes::mib(512))));
        let cpus = service.limits().and_then(|limits| limits.cpus.as_ref());
        assert_eq!(cpus.map(|s| &s.value), Some(&Setting::Literal(1.0)));
    }

    #[test]
    fn appending_never_repeats() {
        let mut service = Service::default();
        let all = change(&["cap_drop"], Op::Append(vec![Value::str("ALL")]));
        assert!(apply(&mut service, &all) && apply(&mut service, &all));
        assert_eq!(service.cap_drop.len(), 1);
        assert_eq!(service.cap_drop.first().map(|item| item.via), Some(Via::Plan));
    }

    #[test]
    fn an_own_item_is_counted_after_the_inherited_ones() {
        let inherited = Spanned { value: Port::parse("1:1"), place: None, via: Via::Extends };
        let own = Spanned { value: Port::parse("5432:5432"), place: None, via: Via::Own };
        let mut service = Service { ports: List(vec![inherited, own]), ..Service::default() };
        let value = Value::str("127.0.0.1:5432:5432");
        let local = change(&["ports"], Op::ReplaceItem { index: 0, value });
        assert!(apply(&mut service, &local));
        let hosts: Vec<_> = service.ports.iter().map(|port| port.host_ip.as_deref()).collect();
        assert_eq!(hosts, [None, Some("127.0.0.1")]);
    }

    #[test]
    fn the_fixes_of_advice_have_a_place() {
        let mut service = Service::default();
        let check = Value::Map(vec![
            ("test".into(), Value::strs(["CMD-SHELL", "pg_isready"])),
            ("interval".into(), Value::str("30s")),
        ]);
        assert!(apply(&mut service, &change(&["healthcheck"], Op::Set(check))));
        assert!(apply(&mut service, &change(&["privileged"], Op::Set(Value::Bool(false)))));
        let test = service.healthcheck.as_ref().and_then(|check| check.test.as_ref());
        assert_eq!(test.map(|test| test.words().collect()), Some(vec!["CMD-SHELL", "pg_isready"]));
        assert_eq!(service.privileged.map(|flag| flag.value), Some(Setting::Literal(Flag(false))));
    }

    #[test]
    #[should_panic(expected = "no place in the model")]
    fn a_path_without_a_place_is_noticed() {
        let _ = apply(&mut Service::default(), &change(&["nonsense"], Op::Set(Value::Bool(true))));
    }
}
