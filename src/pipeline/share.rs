//! Keeps services that share written lines from changing each other.
//!
//! A line written for a service whose mapping others merge, extend or alias reaches them too. That is wanted when
//! they need the same, and they then need no line of their own; otherwise the change is held back. Looks at one pass
//! at a time.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, HashSet};

use super::{fold, own};
use crate::compose::{Heritage, Inheritance, Logging, Project, Service, Spanned};
use crate::plan::{Change, Decision, Evidence, Hold, Inherited, Op, Path, Value};

/// Settles one pass's decisions: takes away what an heir takes over anyway, and holds back what an heir would not
/// want. Returns what is taken over.
///
/// Others count on a block that is edited where it is defined. When its service turns out to be held back for an heir,
/// all is settled again without it; each round holds back at least one service more.
pub(super) fn settle(project: &Project, decisions: &mut [Decision]) -> Vec<Inherited> {
    if project.shared.is_empty() {
        return settle_all(project, decisions);
    }
    loop {
        hold_torn_blocks(project, decisions);
        let mut settled = decisions.to_vec();
        let inherited = settle_all(project, &mut settled);
        let torn = torn(project, decisions, &settled);
        if torn.is_empty() {
            decisions.swap_with_slice(&mut settled);
            return inherited;
        }
        for (user, held) in torn {
            set(decisions, user, held);
        }
    }
}

/// The services that were to write into a block that others count on, and were held back; with that decision.
fn torn(project: &Project, before: &[Decision], settled: &[Decision]) -> Vec<(usize, Decision)> {
    let users = project.shared.iter().flat_map(|shared| &shared.services).copied();
    let held = |user: &usize| {
        let was = matches!(before.get(*user), Some(Decision::Apply(_)));
        was && matches!(settled.get(*user), Some(Decision::HeldBack(..)))
    };
    users.filter(held).filter_map(|user| Some((user, settled.get(user)?.clone()))).collect()
}

fn settle_all(project: &Project, decisions: &mut [Decision]) -> Vec<Inherited> {
    let mut inherited = Taken::new(project);
    for shared in project.shared.iter().filter(|shared| shared.path == ["logging"]) {
        let user = shared.services.first().copied().unwrap_or_default();
        spare_whole_logging(project, decisions, user, &shared.merged, &mut inherited);
    }
    hold_tangled(project, decisions, &inherited.links);
    for (source, heirs) in in_order(project) {
        settle_source(project, decisions, source, &heirs, &mut inherited);
    }
    inherited.list
}

/// Holds back what would be written into lines that one service takes over by `<<` or an alias as well as by `extends`:
/// what reaches it then depends on what else is written on the way.
fn hold_tangled(project: &Project, decisions: &mut [Decision], by_heir: &ByHeir) {
    let links = &project.inheritance;
    let extends = links.iter().filter(|link| link.via == Heritage::Extends).count();
    if extends == 0 || extends == links.len() {
        return;
    }
    for &heir in by_heir.keys() {
        let way = way(by_heir, heir);
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
fn way(by_heir: &ByHeir, heir: usize) -> Vec<Inheritance> {
    let (mut way, mut seen, mut open) = (Vec::new(), HashSet::from([heir]), vec![heir]);
    while let Some(heir) = open.pop() {
        let links = by_heir.get(&heir).map(Vec::as_slice).unwrap_or_default();
        way.extend_from_slice(links);
        open.extend(links.iter().map(|link| link.source).filter(|source| seen.insert(*source)));
    }
    way
}

/// What comes to each service.
type ByHeir = BTreeMap<usize, Vec<Inheritance>>;

/// What is taken over so far, and what could be.
struct Taken {
    links: ByHeir,
    list: Vec<Inherited>,
    /// Where in the list that of an heir is.
    by_heir: HashMap<usize, Vec<usize>>,
}

impl Taken {
    fn new(project: &Project) -> Self {
        let mut links = ByHeir::new();
        for link in &project.inheritance {
            links.entry(link.heir).or_default().push(*link);
        }
        Self { links, list: Vec::new(), by_heir: HashMap::new() }
    }

    /// What else comes to the heir of a link.
    fn others(&self, link: Inheritance) -> impl Iterator<Item = &Inheritance> {
        self.links.get(&link.heir).into_iter().flatten().filter(move |other| **other != link)
    }

    fn push(&mut self, inherited: Inherited) {
        self.by_heir.entry(inherited.heir).or_default().push(self.list.len());
        self.list.push(inherited);
    }

    /// Whether an heir takes a change over.
    fn has(&self, heir: usize, change: &Change) -> bool {
        let own = self.by_heir.get(&heir).into_iter().flatten();
        own.filter_map(|&at| self.list.get(at)).any(|taken| taken.path == change.path)
    }
}

/// Services whose lines reach others, with these: those that inherit least first.
fn in_order(project: &Project) -> Vec<(usize, Vec<Inheritance>)> {
    let mut takes: HashMap<usize, usize> = HashMap::new();
    let mut sources: BTreeMap<usize, Vec<Inheritance>> = BTreeMap::new();
    for link in &project.inheritance {
        *takes.entry(link.heir).or_default() += 1;
        sources.entry(link.source).or_default().push(*link);
    }
    let mut sources: Vec<(usize, Vec<Inheritance>)> = sources.into_iter().collect();
    sources.sort_by_key(|(source, _)| (takes.get(source).copied().unwrap_or_default(), *source));
    sources
}

fn settle_source(
    project: &Project,
    decisions: &mut [Decision],
    source: usize,
    heirs: &[Inheritance],
    inherited: &mut Taken,
) {
    let Some(Decision::Apply(changes)) = decisions.get(source).cloned() else {
        hold_aliases(project, decisions, source, heirs);
        return;
    };
    let opposed = heirs.iter().find(|link| {
        let mut unsettled = changes.iter().filter(|change| !inherited.has(link.heir, change));
        unsettled.any(|change| opposes(project, decisions, **link, &passed_on(project, **link, change)))
    });
    if let Some(link) = opposed {
        let with = name(project, link.heir);
        set(decisions, source, Decision::HeldBack(changes, Hold::Shared { with }));
        hold_aliases(project, decisions, source, heirs);
        return;
    }
    let merging = heirs.iter().filter(|link| link.via == Heritage::Merge);
    let is_known = |key| project.unsure.get(&key).is_none_or(|keys| !keys.contains_key("logging"));
    let comes =
        |link: &&Inheritance| !is_hidden(project, **link, "logging") && is_known((link.source, link.heir));
    let merging = merging.filter(comes).map(|link| link.heir);
    spare_whole_logging(project, decisions, source, &merging.collect::<Vec<_>>(), inherited);
    for link in heirs {
        spare_parts_of_logging(project, decisions, *link, &changes, inherited);
        for change in &changes {
            let change = passed_on(project, *link, change);
            if reaches(project, decisions, *link, &change) {
                take_over(project, decisions, *link, &change, inherited);
            }
        }
    }
}

/// A change of the source as its heir gets it.
fn passed_on<'c>(project: &Project, link: Inheritance, change: &'c Change) -> Cow<'c, Change> {
    match project.services.get(link.source) {
        Some(source) if link.via == Heritage::Extends => own::extended(change, source),
        _ => Cow::Borrowed(change),
    }
}

/// Whether a change of the source ends up in the heir.
fn reaches(project: &Project, decisions: &[Decision], link: Inheritance, change: &Change) -> bool {
    let key = change.path.first().copied().unwrap_or_default();
    let owns = project.services.get(link.heir).is_some_and(|heir| heir.own_keys.iter().any(|own| own == key));
    match link.via {
        Heritage::Alias => true,
        Heritage::Merge => !owns && !is_hidden(project, link, key),
        // mappings merge and lists append under `extends`, also below a key of its own
        Heritage::Extends => {
            let merges = change.path.len() > 1 || matches!(change.op, Op::Append(_) | Op::Set(Value::Map(_)));
            let mut will = decisions.get(link.heir).map(Decision::applied).unwrap_or_default().iter();
            let writes = owns || will.any(|own| own.path.len() > 1 && own.path.first() == Some(&key));
            (!owns || merges) && !(writes && says_all(project, decisions, link.heir, change))
        }
    }
}

/// Whether a change of the key may be written where the heir does not look.
fn is_unsure(project: &Project, link: Inheritance, key: &str, op: &Op) -> bool {
    let keys = project.unsure.get(&(link.source, link.heir));
    let is_there = keys.and_then(|keys| keys.get(key));
    is_there.is_some_and(|first_has| matches!(op, Op::Set(_)) || !first_has)
}

/// Whether another block that the heir merges has the key before the source comes.
fn is_hidden(project: &Project, link: Inheritance, key: &str) -> bool {
    project.hidden.get(&(link.source, link.heir)).is_some_and(|keys| keys.contains(&key))
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
    let key = change.path.first().unwrap_or(&"");
    if link.via == Heritage::Alias && is_unsure(project, link, key, &change.op) {
        return true;
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
fn is_sure(
    project: &Project,
    decisions: &[Decision],
    inherited: &Taken,
    link: Inheritance,
    change: &Change,
) -> bool {
    let key = change.path.first().copied().unwrap_or_default();
    if is_unsure(project, link, key, &change.op) || link.via == Heritage::Merge && key == "deploy" {
        return false;
    }
    if link.via == Heritage::Extends && matches!(change.op, Op::Append(_)) {
        return true;
    }
    let others = inherited.others(link);
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
    inherited: &mut Taken,
) {
    if !is_sure(project, decisions, inherited, link, change) {
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
        // by the path of a change: the user that wants something else than the first one, or that there is none
        let mut odd: HashMap<Path, Option<usize>> = HashMap::new();
        for &service in &shared.services {
            let Some(Decision::Apply(changes)) = decisions.get(service) else { continue };
            let Some(change) = changes.iter().find(|change| is_in(change, &shared.path)) else { continue };
            let other = other_user(&shared.services, decisions, change, &mut odd);
            let key = shared.path.join(".");
            let why = match other {
                Some(other) => format!(
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
            // who differs still does: nothing but holding back happens to any
            odd.retain(|_, other| other.is_some());
        }
    }
}

/// A user of a block that does not want this change of it. `odd` is what was found out before.
fn other_user(
    users: &[usize],
    decisions: &[Decision],
    change: &Change,
    odd: &mut HashMap<Path, Option<usize>>,
) -> Option<usize> {
    let differs = |user: &usize| planned(decisions, *user, change).map(|own| &own.op) != Some(&change.op);
    if let Some(&first) = users.first().filter(|first| differs(first)) {
        return Some(first);
    }
    let search = || users.iter().copied().find(|user| differs(user));
    *odd.entry(change.path.clone()).or_insert_with(search)
}

/// A `logging` that is edited where it is defined need not be written out whole again by those who merge it: takes it
/// away from the heirs of a service whose own `logging` becomes just that.
fn spare_whole_logging(
    project: &Project,
    decisions: &mut [Decision],
    source: usize,
    heirs: &[usize],
    inherited: &mut Taken,
) {
    let Some(Decision::Apply(changes)) = decisions.get(source).cloned() else { return };
    let Some(logging) = edited_logging(project, source, &changes) else { return };
    let whole = Op::Set(own::logging_value(&logging.value));
    for &heir in heirs {
        let Some(Decision::Apply(own)) = decisions.get(heir) else { continue };
        if matches!(own.as_slice(), [only] if *only.path == ["logging"] && only.op == whole) {
            for change in &changes {
                inherited.push(Inherited { heir, source, path: change.path.clone() });
            }
            set(decisions, heir, Decision::Already(Evidence::File(logging.place.unwrap_or_default())));
        }
    }
}

/// A `logging` that is written out whole, because it came in through `<<`, reaches who extends its service: takes away
/// from the heir what completes the same `logging`, which it has from there alone.
fn spare_parts_of_logging(
    project: &Project,
    decisions: &mut [Decision],
    link: Inheritance,
    changes: &[Change],
    inherited: &mut Taken,
) {
    let [change @ Change { path, op: Op::Set(whole), .. }] = changes else { return };
    let owns = |heir: &Service| heir.own_keys.iter().any(|own| own == "logging");
    let has_own = project.services.get(link.heir).is_none_or(owns);
    if **path != ["logging"] || link.via != Heritage::Extends || has_own {
        return;
    }
    let own = decisions.get(link.heir).map(Decision::applied).unwrap_or_default();
    if own.is_empty() || own.iter().any(|own| own.path == *path) {
        return;
    }
    let edited = edited_logging(project, link.heir, own);
    let is_same = edited.is_some_and(|edited| own::logging_value(&edited.value) == *whole);
    if is_same && is_sure(project, decisions, inherited, link, change) {
        let place = project.services.get(link.source).map(|source| source.place).unwrap_or_default();
        inherited.push(Inherited { heir: link.heir, source: link.source, path: path.clone() });
        set(decisions, link.heir, Decision::Already(Evidence::File(place)));
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
