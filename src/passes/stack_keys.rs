//! The pass `stack_keys`. What it does and why stands in `stack_keys.md`, which `harden explain` prints.
#![doc = include_str!("stack_keys.md")]

use super::findings::Found;
use super::{Context, Meta, Pass, PassKind, Reads, findings};
use crate::compose::Spanned;
use crate::compose::stack::{Rule, Target, Treatment};
use crate::plan::{Severity, Skip, Verdict};

/// The pass.
#[derive(Debug)]
pub struct StackKeys;

const META: Meta = Meta {
    id: "stack_keys",
    summary: "keys that `docker stack deploy` refuses or ignores",
    kind: PassKind::Advice,
    text: include_str!("stack_keys.md"),
    reads: Reads { keys: &[], facts: &[] },
};

/// Ignored keys without which a service is less safe than its file says.
const SAFETY: [&str; 3] = ["ports", "security_opt", "tmpfs"];

impl Pass for StackKeys {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn run(&self, context: &Context<'_>) -> Verdict {
        if context.target != Target::Swarm {
            return Verdict::Skip(Skip::NotApplicable);
        }
        let keys = || of_file(context).into_iter().flatten().chain(&context.service.not_for_stacks);
        let refused: Vec<Found> = version(context).into_iter().chain(keys().filter_map(refused)).collect();
        let ignored: Vec<Found> = keys().filter_map(ignored).collect();
        let all = [refused.as_slice(), &ignored].concat();
        let Some(worst) = findings::worst(&all) else { return Verdict::Skip(Skip::NotApplicable) };
        let said = [("refuses the file for", &refused), ("ignores", &ignored)];
        let said = said.into_iter().filter(|(_, found)| !found.is_empty());
        let said: Vec<String> =
            said.map(|(verb, found)| format!("{verb} {}", findings::names(found))).collect();
        let message = format!("`docker stack deploy` {}", said.join(", and "));
        findings::advise(worst.severity, message, help(context, keys()), worst.place)
    }
}

/// What is wrong with the whole file is said once, with the first service.
fn of_file<'a>(context: &Context<'a>) -> Option<&'a [Spanned<&'static Rule>]> {
    let is_first = context.project.services.first().is_some_and(|first| first.name == context.service.name);
    is_first.then_some(context.project.not_for_stacks.as_slice())
}

fn version(context: &Context<'_>) -> Option<Found> {
    of_file(context)?;
    let version = context.project.unknown_version()?;
    Some(Found::new(Severity::Medium, format!("version: {}", version.value), version.place))
}

fn refused(key: &Spanned<&'static Rule>) -> Option<Found> {
    let refused = !matches!(key.value.treatment, Treatment::Ignored | Treatment::Honoured(_));
    refused.then(|| Found::new(Severity::Medium, key.value.key, key.place))
}

fn ignored(key: &Spanned<&'static Rule>) -> Option<Found> {
    let rule = key.value;
    let severity = if SAFETY.contains(&rule.key) { Severity::Medium } else { Severity::Low };
    let name = if rule.key == "ports" { "ports.host_ip" } else { rule.key };
    (rule.treatment == Treatment::Ignored).then(|| Found::new(severity, name, key.place))
}

/// What to do instead, of the keys that have something to take their place; each only once.
fn help<'a>(context: &Context<'_>, keys: impl Iterator<Item = &'a Spanned<&'static Rule>>) -> String {
    let mut groups: Vec<(&str, Vec<&str>)> = Vec::new();
    if version(context).is_some() {
        groups.push(("leave it out", vec!["version"]));
    }
    for rule in keys.map(|key| key.value).filter(|rule| !rule.instead.is_empty()) {
        match groups.iter_mut().find(|(instead, _)| *instead == rule.instead) {
            Some((_, keys)) => keys.push(rule.key),
            None => groups.push((rule.instead, vec![rule.key])),
        }
    }
    let line = |(instead, keys): (&str, Vec<&str>)| format!("`{}`: {instead}", keys.join("`, `"));
    let lines: Vec<String> = groups.into_iter().map(line).collect();
    if lines.is_empty() { "leave them out".to_owned() } else { lines.join("; ") }
}

#[cfg(test)]
mod tests {
    use super::StackKeys;
    use crate::compose::stack::{Rule, Target, rule};
    use crate::compose::{Project, Service, Spanned};
    use crate::image::Image;
    use crate::passes::findings::said;
    use crate::passes::{Context, Pass as _};

    fn run(keys: &[&'static str], version: Option<&str>, target: Target) -> String {
        let line = |key: &&'static str| -> Spanned<&'static Rule> { Spanned::planned(rule(&[key]).unwrap()) };
        let service = Service { not_for_stacks: keys.iter().map(line).collect(), ..Service::default() };
        let version = version.map(|version| Spanned::planned(version.to_owned()));
        let project = Project { version, services: vec![service], ..Project::default() };
        let (service, image) = (&project.services[0], &Image::default());
        let policy = crate::policy::Settings::none();
        said(&StackKeys.run(&Context { service, project: &project, image, target, policy }))
    }

    #[test]
    fn what_is_refused_and_what_is_ignored() {
        let swarm = |keys, version| run(keys, version, Target::Swarm);
        assert_eq!(swarm(&[], None), "-");
        assert_eq!(swarm(&[], Some("3.8")), "-");
        assert_eq!(swarm(&["restart"], None), "low: `docker stack deploy` ignores `restart`");
        assert_eq!(
            swarm(&["mem_limit", "tmpfs", "ports"], Some("2.4")),
            "medium: `docker stack deploy` refuses the file for `mem_limit`, `version: 2.4`, \
             and ignores `ports.host_ip`, `tmpfs`"
        );
        assert_eq!(run(&["mem_limit"], Some("2.4"), Target::Compose), "-");
    }
}
