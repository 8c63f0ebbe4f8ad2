//! Fits the passes to `docker stack deploy`: shows them the service as a swarm would run it, and keeps what they say
//! to the keys that the deployer honours.
//!
//! What it honours is the table's business (`compose::stack`). Knows no pass; says why where something cannot be
//! written.

use std::borrow::Cow;

use super::Context;
use crate::compose::stack::{Rule, Treatment, Version, rule};
use crate::compose::{Bytes, List, Scalar, Service};
use crate::plan::{Change, Finding, Op, Severity, Value, Verdict, Words};

/// The service without what the deployer ignores or refuses, as far as a pass looks at it. Limits stay, because their
/// values are taken over.
pub(super) fn as_deployed(service: &Service) -> Service {
    let mut ports = service.ports.clone();
    ports.0.iter_mut().for_each(|port| port.value.host_ip = None);
    Service {
        ports,
        tmpfs: List::default(),
        security_opt: List::default(),
        devices: List::default(),
        device_cgroup_rules: List::default(),
        privileged: None,
        network_mode: None,
        pid: None,
        ipc: None,
        uts: None,
        userns_mode: None,
        cgroup: None,
        cpu_count: None,
        cpu_percent: None,
        cpu_period: None,
        cpu_quota: None,
        cpuset: None,
        memswap_limit: None,
        shm_size: None,
        develop: None,
        ..service.clone()
    }
}

/// A verdict with nothing in it that the deployer would not honour.
pub(super) fn fit(verdict: Verdict, context: &Context<'_>) -> Verdict {
    match verdict {
        Verdict::Change(changes) => match as_mounts(changes) {
            Ok(changes) => match changes.iter().find_map(|change| obstacle(change, context)) {
                Some(finding) => Verdict::Advise(finding),
                None => Verdict::Change(changes),
            },
            Err(finding) => Verdict::Advise(finding),
        },
        Verdict::Advise(finding) => Verdict::Advise(without_fix(finding, context)),
        other => other,
    }
}

/// Advice whose fix would have no effect says what to do instead.
fn without_fix(finding: Finding, context: &Context<'_>) -> Finding {
    match finding.fix.iter().find_map(|change| obstacle(change, context)) {
        Some(obstacle) => Finding { help: obstacle.help, fix: Vec::new(), ..finding },
        None => finding,
    }
}

/// Why a change would be refused or have no effect.
fn obstacle(change: &Change, context: &Context<'_>) -> Option<Finding> {
    // the deployer builds nothing, whoever does takes the Dockerfile as it is
    if change.text_edit().is_some() {
        return None;
    }
    let path: &[&str] = if is_sized(change) { &["volumes", "tmpfs", "size"] } else { &change.path };
    let rule = rule(path)?;
    let schema = context.project.schema();
    match rule.treatment {
        Treatment::Honoured(since) if since > schema => Some(too_old(rule, since, schema, context)),
        Treatment::Ignored if *change.path == ["ports"] => Some(no_effect(rule, "addresses in `ports`")),
        Treatment::Ignored => Some(no_effect(rule, &format!("`{}`", rule.key))),
        Treatment::Refused => {
            Some(advise(format!("`docker stack deploy` refuses `{}`", rule.key), rule.instead))
        }
        Treatment::Honoured(_) | Treatment::NoMapping | Treatment::NoNumber => None,
    }
}

/// Whether it mounts memory of a given size.
fn is_sized(change: &Change) -> bool {
    let Op::Append(items) = &change.op else { return false };
    let is_sized =
        |item: &Value| matches!(item, Value::Map(entries) if entries.iter().any(|(key, _)| key == "tmpfs"));
    items.iter().any(is_sized)
}

fn no_effect(rule: &Rule, what: &str) -> Finding {
    advise(format!("cannot be written: `docker stack deploy` ignores {what}"), rule.instead)
}

fn too_old(rule: &Rule, since: Version, schema: Version, context: &Context<'_>) -> Finding {
    let key = rule.key;
    let message =
        format!("cannot be written: `{key}` needs `version: \"{since}\"`, and the file is of {schema}");
    let place = context.project.version.as_ref().and_then(|version| version.place);
    Finding { place, ..advise(message, "raise `version`, or leave it out") }
}

fn advise(message: impl Into<Words>, help: &'static str) -> Finding {
    let help = if help.is_empty() { "there is nothing to put in its place" } else { help };
    Finding {
        severity: Severity::Low,
        message: message.into(),
        help: help.into(),
        place: None,
        fix: Vec::new(),
        proposal: None,
    }
}

/// The changes with items of `tmpfs`, which is ignored, as mounts of that type, which are not.
fn as_mounts(changes: Vec<Change>) -> Result<Vec<Change>, Finding> {
    changes
        .into_iter()
        .map(|change| if *change.path == ["tmpfs"] { as_mount(change) } else { Ok(change) })
        .collect()
}

fn as_mount(change: Change) -> Result<Change, Finding> {
    let Op::Append(items) = &change.op else { return Ok(change) };
    let mounts = items.iter().map(mount).collect::<Result<_, _>>()?;
    Ok(Change { path: Cow::Borrowed(&["volumes"]), op: Op::Append(mounts), ..change })
}

/// `/run:size=8m` as `{type: tmpfs, target: /run, tmpfs: {size: 8388608}}`.
fn mount(item: &Value) -> Result<Value, Finding> {
    let Value::Str(text) = item else { return Ok(item.clone()) };
    let (path, options) = text.split_once(':').unwrap_or((text, ""));
    let mut mount =
        vec![("type".into(), Value::str("tmpfs")), ("target".into(), Value::str(path.to_owned()))];
    for option in options.split(',').filter(|option| !option.is_empty()) {
        let size = option.strip_prefix("size=").and_then(Bytes::parse);
        let Some(size) = size else { return Err(unmountable(path, option)) };
        let size = Value::Map(vec![("size".into(), Value::number(size.0.to_string()))]);
        mount.push(("tmpfs".into(), size));
    }
    Ok(Value::Map(mount))
}

fn unmountable(path: &str, option: &str) -> Finding {
    advise(
        format!(
            "cannot be written: it needs a `tmpfs` on `{path}` with `{option}`, which a swarm cannot mount"
        ),
        "give that path a volume of its own, or let the image start as root and step down",
    )
}

#[cfg(test)]
mod tests {
    use super::fit;
    use crate::compose::stack::Target;
    use crate::compose::{Project, Service, Spanned};
    use crate::image::Image;
    use crate::passes::Context;
    use crate::passes::testing::brief;
    use crate::plan::{Change, Confidence, Op, Value, Verdict};

    fn fitted(version: Option<&str>, path: &'static [&'static str], op: Op) -> String {
        let version = version.map(|version| Spanned::planned(version.to_owned()));
        let project = Project { version, ..Project::default() };
        let (service, image) = (Service::default(), Image::default());
        let (target, policy) = (Target::Swarm, crate::policy::Settings::none());
        let context = Context { service: &service, project: &project, image: &image, target, policy };
        let confidence = Confidence::Likely("x".into());
        let change = Change { path: path.into(), op, why: "x".into(), confidence };
        brief(&fit(Verdict::Change(vec![change]), &context))
    }

    #[test]
    fn what_an_old_schema_lacks_is_not_written() {
        let init = |version| fitted(version, &["init"], Op::Set(Value::Bool(true)));
        assert_eq!(init(None), "~ init: true");
        assert_eq!(init(Some("3.7")), "~ init: true");
        assert_eq!(init(Some("2.4")), "~ init: true", "the file is refused for that, and says so elsewhere");
        let old = "advise: cannot be written: `init` needs `version: \"3.7\"`, and the file is of 3.0";
        assert_eq!(init(Some("3")), old);
    }

    #[test]
    fn what_is_ignored_is_not_written() {
        let ignored = "advise: cannot be written: `docker stack deploy` ignores `security_opt`";
        assert_eq!(fitted(None, &["security_opt"], Op::Append(vec![Value::str("x")])), ignored);
    }

    #[test]
    fn a_tmpfs_becomes_a_mount() {
        let tmpfs = |item: &'static str| fitted(None, &["tmpfs"], Op::Append(vec![Value::str(item)]));
        assert_eq!(tmpfs("/run"), "~ volumes + [{type: \"tmpfs\", target: \"/run\"}]");
        let sized = "~ volumes + [{type: \"tmpfs\", target: \"/run\", tmpfs: {size: 8388608}}]";
        assert_eq!(tmpfs("/run:size=8m"), sized);
        let at = |version, item| fitted(Some(version), &["tmpfs"], Op::Append(vec![Value::str(item)]));
        assert_eq!(at("3.2", "/run"), "~ volumes + [{type: \"tmpfs\", target: \"/run\"}]");
        let old = "advise: cannot be written: `volumes.tmpfs.size` needs `version: \"3.6\"`, and the file is of 3.2";
        assert_eq!(at("3.2", "/run:size=8m"), old);
        let owned = "advise: cannot be written: it needs a `tmpfs` on `/run` with `uid=1`, which a swarm cannot mount";
        assert_eq!(tmpfs("/run:uid=1,gid=1"), owned);
    }
}
