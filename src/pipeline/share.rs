//! Keeps services that share written lines from changing each other.
//!
//! A line written for a service whose mapping others merge, extend or alias reaches them too. That is wanted when
//! they need the same, and they then need no line of their own; otherwise the change is held back. Looks at one pass
//! at a time.

use std::collections::BTreeSet;

use super::{fold, own};
use crate::compose::{Heritage, Inheritance, Logging, Project, Service, Spanned};
use crate::plan::{Change, Decision, Evidence, Hold, Inherited, Op, Value};

/// Settles one pass's decisions: takes away what an heir takes over anyway, and holds back what an heir would not
/// want. Returns what is taken over.
///
/// Others count on a block that is edited where it is defined. When its service turns out to be held back for an heir,
/// all is settled again without it; each round holds back one service more.
pub(super) fn settle(project: &Project, decisions: &mut [Decision]) -> Vec<Inherited> {
    if project.shared.is_empty() {
        return settle_all(project, decisions);
    }
    loop {
        hold_torn_blocks(project, decisions);
        let mut settled = decisions.to_vec();
        let inherited = settle_all(project, &mut settled);
        let Some((user, held)) = torn(project, decisions, &settled) else {
            decisions.swap_with_slice(&mut settled);
            return inherited;
        };
        set(decisions, user, held);
    }
}

/// A service that was to write into a block that others count on, and was held back; with that decision.
fn torn(project: &Project, before: &[Decision], settled: &[Decision]) -> Option<(usize, Decision)> {
    let mut users = project.shared.iter().flat_map(|shared| &shared.services).copied();
    let held = |user: &usize| {
        let was = matches!(before.get(*user), Some(Decision::Apply(_)));
        was && matches!(settled.get(*user), Some(Decision::HeldBack(..)))
    };
    let user = users.find(held)?;
    settled.get(user).map(|decision| (user, decision.clone()))
}

fn settle_all(project: &Project, decisions: &mut [Decision]) -> Vec<Inherited> {
    let mut inherited = Vec::new();
    for shared in project.shared.iter().filter(|shared| shared.path == ["logging"]) {
        let user = shared.services.first().copied().unwrap_or_default();
        spare_whole_logging(project, decisions, user, &shared.merged, &mut inherited);
    }
    hold_tangled(project, decisions);
    for source in in_order(project) {
        let heirs: Vec<Inheritance> =
            project.inheritance.iter().filter(|link| link.source == source).copied().collect();
        settle_source(project, decisions, source, &heirs, &mut inherited);
    }
    inherited
}

/// Holds back what would be written into lines that one service takes over by `<<` or an alias as well as by `extends`:
/// what reaches it then depends on what else is written on the way.
fn hold_tangled(project: &Project, decisions: &mut [Decision]) {
    let links = &project.inheritance;
    let extends = links.iter().filter(|link| link.via == Heritage::Extends).count();
    if extends == 0 || extends == links.len() {
        return;
    }
    let heirs: BTreeSet<usize> = links.iter().map(|link| link.heir).collect();
    for heir in heirs {
        let way = way(links, heir);
        let extends = way.iter().filter(|link| link.via == Heritage::Extends).count();
        if extends == 0 || extends == way.len() {
            continue;
        }
        for link in way {
            if let Some(Decision::Apply(changes)) = decisions.get(link.source).cloned() {
                let with = name(project, heir);
                set(decisions, link.source, Decision::HeldBack(changes, Hold::Shared { with }));
            }
        }
    }
}

/// Every link by which something may come to a service.
fn way(links: &[Inheritance], heir: usize) -> Vec<Inheritance> {
    let (mut way, mut open): (Vec<Inheritance>, _) = (Vec::new(), vec![heir]);
    while let Some(heir) = open.pop() {
        for link in links.iter().filter(|link| link.heir == heir) {
            if !way.contains(link) {
                way.push(*link);
                open.push(link.source);
            }
        }
    }
    way
}

/// Services whose lines reach others, those that inherit least first.
fn in_order(project: &Project) -> Vec<usize> {
    let mut sources: Vec<usize> = project.inheritance.iter().map(|link| link.source).collect();
    sources.sort_by_key(|&source| {
        (project.inheritance.iter().filter(|link| link.heir == source).count(), source)
    });
    sources.dedup();
    sources
}

fn settle_source(
    project: &Project,
    decisions: &mut [Decision],
    source: usize,
    heirs: &[Inheritance],
    inherited: &mut Vec<Inherited>,
) {
    let Some(Decision::Apply(changes)) = decisions.get(source).cloned() else {
        hold_aliases(project, decisions, source, heirs);
        return;
    };
    let takes = |heir: usize, change: &Change| {
        inherited.iter().any(|taken| taken.heir == heir && taken.path == change.path)
    };
    let opposed = heirs.iter().find(|link| {
        let mut unsettled = changes.iter().filter(|change| !takes(link.heir, change));
        unsettled.any(|change| opposes(project, decisions, **link, change))
    });
    if let Some(link) = opposed {
        let with = name(project, link.heir);
        set(decisions, source, Decision::HeldBack(changes, Hold::Shared { with }));
        hold_aliases(project, decisions, source, heirs);
        return;
    }
    let merging = heirs.iter().filter(|link| link.via == Heritage::Merge).map(|link| link.heir);
    spare_whole_logging(project, decisions, source, &merging.collect::<Vec<_>>(), inherited);
    for link in heirs {
        for change in &changes {
            if reaches(project, decisions, *link, change) {
                take_over(project, decisions, *link, change, inherited);
            }
        }
    }
}

/// Whether a change of the source ends up in the heir.
fn reaches(project: &Project, decisions: &[Decision], link: Inheritance, change: &Change) -> bool {
    let key = change.path.first().copied().unwrap_or_default();
    let owns = project.services.get(link.heir).is_some_and(|heir| heir.own_keys.iter().any(|own| own == key));
    match link.via {
        Heritage::Alias => true,
        Heritage::Merge => !owns,
        // mappings merge and lists append under `extends`, also below a key of its own
        Heritage::Extends => {
            let merges = change.path.len() > 1 || matches!(change.op, Op::Append(_) | Op::Set(Value::Map(_)));
            let mut will = decisions.get(link.heir).map(Decision::applied).unwrap_or_default().iter();
            let writes = owns || will.any(|own| own.path.len() > 1 && own.path.first() == Some(&key));
            (!owns || merges) && !(writes && says_all(project, decisions, link.heir, change))
        }
    }
}

/// Whether the service has a `logging`, or will have, in which a whole other one changes nothing: with every option of
/// it, or another driver.
fn says_all(project: &Project, decisions: &[Decision], service: usize, change: &Change) -> bool {
    let Op::Set(Value::Map(entries)) = &change.op else { return false };
    let will = decisions.get(service).map(Decision::applied).unwrap_or_default();
    let logging = edited_logging(project, service, will).filter(|_| *change.path == ["logging"]);
    let Some((logging, driver)) = logging.as_ref().and_then(|own| Some((own, own.driver.as_ref()?))) else {
        return false;
    };
    let has = |name: &str| logging.options.as_ref().is_some_and(|own| own.contains_key(name));
    let differs = |value: &Value| matches!(value, Value::Str(other) if *other != driver.value);
    let mut values = entries.iter().map(|(_, value)| value);
    values.clone().any(differs)
        || values.all(|value| match value {
            Value::Map(options) => options.iter().all(|(name, _)| has(name)),
            _ => true,
        })
}

/// Whether a change of the source would reach an heir that does not want it and cannot override it.
fn opposes(project: &Project, decisions: &[Decision], link: Inheritance, change: &Change) -> bool {
    if !reaches(project, decisions, link, change) {
        return false;
    }
    if link.via == Heritage::Merge && shields(decisions, link.heir, change) {
        return false;
    }
    let Some(own) = planned(decisions, link.heir, change) else { return true };
    match (link.via, &change.op, &own.op) {
        (_, reaching, own) if reaching == own => false,
        (Heritage::Extends, Op::Append(reaching), Op::Append(own)) => {
            !reaching.iter().all(|item| own.contains(item))
        }
        (Heritage::Extends, Op::Set(reaching @ Value::Map(_)), Op::Set(own)) => !covers(own, reaching),
        // its own value hides the one that reaches it
        (Heritage::Merge, ..) | (Heritage::Extends, Op::Set(_), Op::Set(_)) => false,
        _ => true,
    }
}

/// Whether a mapping has every key of another, so that nothing of that one is left where the two are merged.
fn covers(own: &Value, other: &Value) -> bool {
    let (Value::Map(own), Value::Map(other)) = (own, other) else { return !matches!(other, Value::Map(_)) };
    other.iter().all(|(key, value)| own.iter().any(|(name, own)| name == key && covers(own, value)))
}

/// Whether the heir writes a value of its own over the one that reaches it: at the path of the change, or above it.
fn shields(decisions: &[Decision], heir: usize, change: &Change) -> bool {
    let covers = |own: &Change| matches!(own.op, Op::Set(_)) && change.path.starts_with(&own.path);
    matches!(decisions.get(heir), Some(Decision::Apply(own)) if own.iter().any(covers))
}

/// The heir's own change at the same path.
fn planned<'d>(decisions: &'d [Decision], heir: usize, change: &Change) -> Option<&'d Change> {
    match decisions.get(heir)? {
        Decision::Apply(changes) => changes.iter().find(|own| own.path == change.path),
        _ => None,
    }
}

/// Whether nothing comes between a change of the source and the heir: another service that the heir takes over with a
/// value of its own, or a block of the heir's own, of which other passes may write other parts.
fn is_sure(project: &Project, decisions: &[Decision], link: Inheritance, change: &Change) -> bool {
    let key = change.path.first().copied().unwrap_or_default();
    if link.via == Heritage::Extends && matches!(change.op, Op::Append(_)) {
        return true;
    }
    if link.via == Heritage::Merge && key == "deploy" {
        return false;
    }
    let others = project.inheritance.iter().filter(|other| other.heir == link.heir && *other != &link);
    let differs = |service: usize| {
        let has = |service: &Service| service.own_keys.iter().any(|own| own == key);
        project.services.get(service).is_some_and(has)
            || planned(decisions, service, change).is_some_and(|own| own.op != change.op)
            || shields(decisions, service, change)
    };
    others.map(|other| other.source).filter(|&other| other != link.source).all(|other| !differs(other))
}

/// Removes from the heir what reaches it anyway.
fn take_over(
    project: &Project,
    decisions: &mut [Decision],
    link: Inheritance,
    change: &Change,
    inherited: &mut Vec<Inherited>,
) {
    if !is_sure(project, decisions, link, change) {
        return;
    }
    let Some(Decision::Apply(own)) = decisions.get_mut(link.heir) else { return };
    let Some(at) = own.iter().position(|own| own.path == change.path) else { return };
    let Some(mine) = own.get_mut(at) else { return };
    match (&change.op, &mut mine.op) {
        (reaching, mine) if reaching == mine => {
            own.remove(at);
        }
        (Op::Append(reaching), Op::Append(items)) if link.via == Heritage::Extends => {
            items.retain(|item| !reaching.contains(item));
        }
        _ => return,
    }
    inherited.push(Inherited { heir: link.heir, source: link.source, path: change.path.clone() });
    if own.is_empty() {
        let place = project.services.get(link.source).map(|source| source.place).unwrap_or_default();
        set(decisions, link.heir, Decision::Already(Evidence::File(place)));
    }
}

/// A service that is only an alias has no lines of its own to write to.
fn hold_aliases(project: &Project, decisions: &mut [Decision], source: usize, heirs: &[Inheritance]) {
    for link in heirs.iter().filter(|link| link.via == Heritage::Alias) {
        if let Some(Decision::Apply(changes)) = decisions.get(link.heir).cloned() {
            let with = name(project, source);
            set(decisions, link.heir, Decision::HeldBack(changes, Hold::Shared { with }));
        }
    }
}

/// Holds back changes below an anchored block (such as `logging: *default`) that not all its users want alike.
fn hold_torn_blocks(project: &Project, decisions: &mut [Decision]) {
    for shared in &project.shared {
        for &service in &shared.services {
            let Some(Decision::Apply(changes)) = decisions.get(service) else { continue };
            let Some(change) = changes.iter().find(|change| is_in(change, &shared.path)) else { continue };
            let other = shared
                .services
                .iter()
                .find(|&&user| planned(decisions, user, change).map(|own| &own.op) != Some(&change.op));
            let key = shared.path.join(".");
            let why = match other {
                Some(&other) => format!(
                    "`{key}` is written once for this and `{}`, {}",
                    name(project, other),
                    match decisions.get(other) {
                        Some(Decision::HeldBack(..)) => "where it is held back",
                        _ => "which needs something else",
                    }
                ),
                None if shared.elsewhere => format!("`{key}` is written once and also used elsewhere"),
                None => continue,
            };
            let held = changes.clone();
            set(decisions, service, Decision::HeldBack(held, Hold::Place(why.into())));
        }
    }
}

/// A `logging` that is edited where it is defined need not be written out whole again by those who merge it: takes it
/// away from the heirs of a service whose own `logging` becomes just that.
fn spare_whole_logging(
    project: &Project,
    decisions: &mut [Decision],
    source: usize,
    heirs: &[usize],
    inherited: &mut Vec<Inherited>,
) {
    let Some(Decision::Apply(changes)) = decisions.get(source).cloned() else { return };
    let Some(logging) = edited_logging(project, source, &changes) else { return };
    let whole = Op::Set(own::logging_value(&logging.value));
    for &heir in heirs {
        let Some(Decision::Apply(own)) = decisions.get(heir) else { continue };
        if matches!(own.as_slice(), [only] if *only.path == ["logging"] && only.op == whole) {
            inherited.extend(changes.iter().map(|change| Inherited {
                heir,
                source,
                path: change.path.clone(),
            }));
            set(decisions, heir, Decision::Already(Evidence::File(logging.place.unwrap_or_default())));
        }
    }
}

/// The service's `logging` with these changes, if they are all below it.
fn edited_logging(project: &Project, service: usize, changes: &[Change]) -> Option<Spanned<Logging>> {
    let mut edited = project.services.get(service)?.clone();
    for change in changes {
        if change.path.first() != Some(&"logging") || !fold::apply(&mut edited, change) {
            return None;
        }
    }
    edited.logging
}

/// Whether a change is written into the block at this path.
fn is_in(change: &Change, block: &[String]) -> bool {
    let under =
        change.path.iter().zip(block).all(|(key, block)| key == block) && change.path.len() >= block.len();
    under && (change.path.len() > block.len() || matches!(change.op, Op::Append(_) | Op::ReplaceItem { .. }))
}

fn name(project: &Project, service: usize) -> String {
    project.services.get(service).map(|service| service.name.clone()).unwrap_or_default()
}

fn set(decisions: &mut [Decision], at: usize, decision: Decision) {
    if let Some(slot) = decisions.get_mut(at) {
        *slot = decision;
    }
}
