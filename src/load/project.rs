//! Puts the typed project together from the files that were opened: lays their documents over each other, resolves
//! `extends`, and deserialises each service.
//!
//! Opens nothing; the merge rules themselves are in `merge`.

use std::collections::HashMap;

use serde::Deserialize;

use super::de::{Cursor, DeError};
use super::effective::{Field, View, fields, is_merge, is_override, is_reset, view_fields};
use super::env;
use super::gather::{Gathered, Layer, Main, gather, invalid};
use super::limits::{Bound, Limits};
use super::merge::{kept, lay};
use super::resolve::{Extension, extended};
use super::spoken::{self, Spoken};
use super::unique::repeated;
use super::{Diagnostic, Error, Loaded, Options, Texts, dockerfile, inherit, partial, stack};
use crate::compose::{Foreign, Heritage, Inheritance, Project, Service, TopVolume, Via};
use crate::yaml::{Layers, NodeId, Tree};

/// A service as it is written in the documents of its unit.
struct Written<'t> {
    name: &'t str,
    /// Where it is named first.
    key: NodeId,
    /// Its values, each laid over those before it.
    values: Vec<NodeId>,
    /// The unit it belongs to.
    unit: usize,
    /// Whether the main file, or the first of an included unit, names it.
    in_first: bool,
}

/// Loads a project.
pub(super) fn load(main: Main, options: &Options, texts: &Texts<'_>) -> Result<Loaded, Error> {
    let named = std::iter::once(main.source.name().to_owned());
    let named = named.chain(main.over.iter().cloned()).chain(main.overlay.clone());
    let files = named.collect();
    let mut gathered = gather(main, options, texts)?;
    match assemble(&mut gathered, &options.limits) {
        Ok((mut project, services, spoken)) => {
            let unbuilt = dockerfile::attach(&mut project, &gathered, options, texts);
            let unread = env::attach(&mut project, &gathered, options);
            let Gathered { tree, folders, reach, mut warnings, .. } = gathered;
            warnings.extend(unbuilt);
            match unread {
                Ok(unread) => warnings.extend(unread),
                Err(error) => return Err(error.into_error(tree)),
            }
            Ok(Loaded { files, tree, project, services, warnings, folders, reach, spoken })
        }
        Err(diagnostic) => Err(invalid(gathered.tree, vec![diagnostic])),
    }
}

fn assemble(gathered: &mut Gathered, limits: &Limits) -> Result<(Project, Layers, Spoken), Diagnostic> {
    let unread = std::mem::take(&mut gathered.unread);
    let gathered = &*gathered;
    let tree = &gathered.tree;
    let written = written(gathered)?;
    if let Some(first) = written.get(limits.services) {
        return Err(limits.exceeded(Bound::Services, Some(tree.place(first.key))));
    }
    let (mut project, mut services) = (Project::default(), Layers::default());
    // a service is large, and growing by doubling needs three times the memory
    project.services.reserve_exact(written.len());
    let mut extensions = Vec::new();
    let named = written.iter().map(|service| (service.name, service.unit));
    let mut spoken = Spoken { included: spoken::included(gathered, named), ..Spoken::default() };
    for service in &written {
        let mut values = service.values.iter();
        let at = services.push(*values.next().unwrap_or(&service.key));
        values.for_each(|value| services.lay(at, *value));
        let mut nodes = Vec::new();
        let (read, extended) = read_service(gathered, service, &mut nodes, limits)?;
        project.services.push(read);
        if !extended.is_empty() {
            spoken.extended.insert(at, nodes);
        }
        extensions.extend(extended.into_iter().map(|extension| (at, extension)));
    }
    if let Some(overlay) = gathered.overlay {
        services.change_only(overlay);
        project.overlay = true;
    }
    project.volumes = volumes(gathered)?;
    let mut layers = gathered.units.iter().flat_map(|unit| &unit.layers);
    project.not_for_stacks = layers.clone().flat_map(|layer| stack::of_file(tree, *layer)).collect();
    project.version = layers.find_map(|layer| stack::version(tree, *layer));
    link(gathered, &services, &extensions, &mut project);
    project.foreign = foreign(gathered, &written);
    project.partial = partial::find(unread, &project.services);
    refuse_strangers(tree, &written, &project)?;
    Ok((project, services, spoken))
}

/// The services of some documents, in the order in which they are named.
#[derive(Default)]
struct Named<'t> {
    list: Vec<Written<'t>>,
    /// By name; of those in the list so far, once one was looked for.
    index: HashMap<&'t str, usize>,
}

impl<'t> Named<'t> {
    /// Most projects are one document, in which nothing is looked for.
    fn get(&mut self, name: &str) -> Option<&mut Written<'t>> {
        let new = self.list.iter().enumerate().skip(self.index.len());
        self.index.extend(new.map(|(at, service)| (service.name, at)));
        self.index.get(name).and_then(|&at| self.list.get_mut(at))
    }
}

/// The services of all units, in the order in which they are named.
fn written(gathered: &Gathered) -> Result<Vec<Written<'_>>, Diagnostic> {
    of_unit(gathered, 0)
}

/// The services of a unit: those of each document, with those of the files that it includes, laid over those before.
fn of_unit(gathered: &Gathered, at: usize) -> Result<Vec<Written<'_>>, Diagnostic> {
    let Some(unit) = gathered.units.get(at) else { return Ok(Vec::new()) };
    let tree = &gathered.tree;
    let first = unit.layers.first().map(|layer| layer.file);
    let is_there = |service: &Written| !service.values.iter().any(|&value| is_reset(tree, value));
    let mut all = Named::default();
    for layer in &unit.layers {
        let mut services = of_layer(gathered, at, *layer, first == Some(layer.file))?;
        if all.list.is_empty() {
            services.retain(is_there);
            all.list = services;
            continue;
        }
        for service in services {
            match all.get(service.name) {
                Some(known) => service.values.iter().for_each(|&value| known.lay(tree, value)),
                None if is_there(&service) => all.list.push(service),
                None => {}
            }
        }
    }
    all.list.retain(|service| !service.values.is_empty());
    Ok(all.list)
}

/// The services of one document, and those of the files that it includes.
fn of_layer(
    gathered: &Gathered,
    unit: usize,
    layer: Layer,
    in_first: bool,
) -> Result<Vec<Written<'_>>, Diagnostic> {
    let tree = &gathered.tree;
    let services = services(tree, layer).into_iter().map(|field| Written::new(tree, &field, unit, in_first));
    let mut all = Named { list: services.collect(), ..Named::default() };
    let by = Some((unit, layer.root));
    let included = (0..gathered.units.len())
        .filter(|&other| gathered.units.get(other).is_some_and(|other| other.by == by));
    for other in included {
        for service in of_unit(gathered, other)? {
            match all.get(service.name) {
                Some(known) => clash(gathered, known, &service)?,
                None => all.list.push(service),
            }
        }
    }
    Ok(all.list)
}

fn services(tree: &Tree, layer: Layer) -> Vec<Field> {
    let services = tree.get(layer.root, "services");
    services.map(|services| fields(tree, services, Via::Own)).unwrap_or_default()
}

impl<'t> Written<'t> {
    fn new(tree: &'t Tree, field: &Field, unit: usize, in_first: bool) -> Self {
        let value = field.value.node();
        let key = field.key.node().unwrap_or(value);
        Self { name: field.key.text(tree), key, values: vec![value], unit, in_first }
    }

    fn lay(&mut self, tree: &Tree, value: NodeId) {
        if is_reset(tree, value) || is_override(tree, value) {
            self.values.clear();
        }
        // nothing over something changes nothing
        if !is_reset(tree, value) && (self.values.is_empty() || !tree.is_null(value)) {
            self.values.push(value);
        }
    }
}

/// A service of an included file must not have the name of another, unless it is that one.
fn clash(gathered: &Gathered, known: &Written, included: &Written) -> Result<(), Diagnostic> {
    if included.values.iter().all(|value| known.values.contains(value)) {
        return Ok(());
    }
    let place = gathered.units.get(included.unit).and_then(|unit| unit.included);
    Err(Diagnostic {
        message: format!("the included service `{}` is there already", known.name),
        help: Some("give one of the two another name".into()),
        place: Some(gathered.tree.place(included.key)),
        note: place.map(|place| (place, "included here".to_owned())),
    })
}

/// One service with everything it takes over, and what it extends. `nodes` gets all that make it, far ones first.
fn read_service(
    gathered: &Gathered,
    written: &Written,
    nodes: &mut Vec<NodeId>,
    limits: &Limits,
) -> Result<(Service, Vec<Extension>), Diagnostic> {
    let tree = &gathered.tree;
    let mut extensions = Vec::new();
    let mut merged: Option<Vec<Field>> = None;
    let single = written.values.len() == 1;
    for (depth, &value) in written.values.iter().enumerate() {
        let via = via(gathered, value, depth);
        let mut way = Vec::new();
        let taken = extended(gathered, value, via, &mut way, limits)?;
        nodes.extend(way.iter().rev().map(|extension| extension.service).chain([value]));
        extensions.append(&mut way);
        merged = match (merged, taken) {
            (None, None) if single && via == Via::Own => None,
            (None, taken) => Some(taken.unwrap_or_else(|| kept(tree, fields(tree, value, via)))),
            (Some(base), taken) => {
                let over = taken.unwrap_or_else(|| fields(tree, value, via));
                Some(lay(gathered.ground(), &base, &over, &mut Vec::new()))
            }
        };
    }
    if let Some(repeated) = merged.as_deref().and_then(|fields| repeated(gathered.ground(), fields)) {
        return Err(twice(tree, repeated));
    }
    let last = written.values.last().copied().unwrap_or(written.key);
    let not_for_stacks = match &merged {
        Some(fields) => stack::of_service(tree, fields),
        None => stack::of_service(tree, &fields(tree, last, Via::Own)),
    };
    let view = match merged {
        Some(fields) => View::Map(tree.resolve(last), fields.into()),
        None => View::Node(last),
    };
    if let Some(nothing) = left_out(gathered, &view) {
        return Err(nothing.clone());
    }
    let service = Service::deserialize(Cursor::new(gathered.ground(), view, Via::Own));
    let mut service = service.map_err(|error| {
        if gathered.growth.is_over() {
            limits.exceeded(Bound::Values, Some(tree.place(written.key)))
        } else {
            diagnostic(error)
        }
    })?;
    written.name.clone_into(&mut service.name);
    service.place = tree.place(written.key);
    service.not_for_stacks = not_for_stacks;
    service.reset = written.values.iter().flat_map(|&value| reset_keys(tree, value)).collect();
    Ok((service, extensions))
}

/// A value that is left out and that nothing lies below.
fn left_out<'g>(gathered: &'g Gathered, view: &View) -> Option<&'g Diagnostic> {
    if gathered.nulls.is_empty() {
        return None;
    }
    let tree = &gathered.tree;
    let own = gathered.nulls.get(&tree.resolve(view.node())).filter(|_| matches!(view, View::Node(_)));
    let mut fields = view_fields(tree, view, Via::Own).into_iter();
    own.or_else(|| fields.find_map(|field| left_out(gathered, &field.value)))
}

/// An item that two files, or a service and the one that it extends, both have.
fn twice(tree: &Tree, (key, first, second): (&str, NodeId, NodeId)) -> Diagnostic {
    Diagnostic {
        message: format!("`{key}` has this item twice once it is put together, and Compose refuses that"),
        help: Some("remove one of them".into()),
        place: Some(tree.place(second)),
        note: Some((tree.place(first), "the other one".to_owned())),
    }
}

/// How a node of a service gets into it: what lies below an overlay is of another file there.
fn via(gathered: &Gathered, value: NodeId, depth: usize) -> Via {
    match gathered.overlay {
        Some(_) if may_change(gathered, value) => Via::Own,
        None if depth == 0 => Via::Own,
        _ => Via::Override,
    }
}

/// Whether a node is in a file that may change: where there is an overlay, that one alone.
fn may_change(gathered: &Gathered, node: NodeId) -> bool {
    gathered.overlay.is_none_or(|overlay| gathered.tree.node(node).file == overlay)
}

/// The keys of a service that carry `!reset`, also those that come in through `<<`.
fn reset_keys(tree: &Tree, service: NodeId) -> Vec<String> {
    if !tree.entries(service).iter().any(|&entry| is_merge(tree, entry)) {
        let reset = tree.entries(service).iter().filter(|entry| is_reset(tree, entry.value));
        return reset.filter_map(|entry| tree.text(entry.key)).map(str::to_owned).collect();
    }
    let all = fields(tree, service, Via::Own).into_iter();
    let reset = all.filter(|field| is_reset(tree, field.value.node()));
    reset.map(|field| field.key.text(tree).to_owned()).collect()
}

/// Top-level `volumes` of all units.
fn volumes(gathered: &Gathered) -> Result<Vec<TopVolume>, Diagnostic> {
    let tree = &gathered.tree;
    let mut merged: Vec<Field> = Vec::new();
    for layer in gathered.units.iter().flat_map(|unit| &unit.layers) {
        if let Some(volumes) = tree.get(layer.root, "volumes") {
            let over = fields(tree, volumes, Via::Own);
            // no path of a service is like this one, so that no rule of a service's key holds
            merged = lay(gathered.ground(), &merged, &over, &mut vec![""]);
        }
    }
    let volume = |field: Field| {
        let name = field.key.text(tree).to_owned();
        let read = Option::<TopVolume>::deserialize(Cursor::new(gathered.ground(), field.value, Via::Own));
        Ok(TopVolume { name, ..read.map_err(diagnostic)?.unwrap_or_default() })
    };
    merged.into_iter().map(volume).collect()
}

/// Notes which services share written lines.
fn link(gathered: &Gathered, services: &Layers, extensions: &[(usize, Extension)], project: &mut Project) {
    let tree = &gathered.tree;
    let by_document = by_document(tree, services);
    let layers = gathered.units.iter().flat_map(|unit| &unit.layers);
    for layer in layers.filter(|layer| may_change(gathered, layer.root)) {
        let Some(document) = tree.document_of(layer.root) else { continue };
        if document.anchored.is_empty() {
            continue;
        }
        let here = by_document.get(&document.root).map(Vec::as_slice).unwrap_or_default();
        inherit::inheritance(tree, document, here, project);
        project.shared.append(&mut inherit::shared(tree, document, here));
    }
    let own = if extensions.is_empty() { HashMap::new() } else { own(gathered, services) };
    for (heir, extension) in extensions {
        if let Some(&source) = own.get(&extension.service).filter(|source| *source != heir) {
            project.inheritance.push(Inheritance { source, heir: *heir, via: Heritage::Extends });
        }
    }
    for link in &project.inheritance {
        let mappings = services.of(link.source).filter(|value| may_change(gathered, *value));
        let unsure = inherit::unsure(tree, &mappings.collect::<Vec<_>>());
        if !unsure.is_empty() {
            project.unsure.insert((link.source, link.heir), unsure);
        }
    }
    for link in &project.inheritance {
        let values = services.of(link.heir).filter(|value| may_change(gathered, *value));
        let keys = values.flat_map(|value| own_keys(tree, value)).collect();
        if let Some(heir) = project.services.get_mut(link.heir) {
            heir.own_keys = keys;
        }
    }
}

/// The nodes that write services, by the top node of their document.
fn by_document(tree: &Tree, services: &Layers) -> HashMap<Option<NodeId>, Vec<(usize, NodeId)>> {
    let mut found: HashMap<Option<NodeId>, Vec<(usize, NodeId)>> = HashMap::new();
    for (service, node) in services.iter() {
        let document = tree.document_of(node).filter(|document| !document.anchored.is_empty());
        if let Some(document) = document {
            found.entry(document.root).or_default().push((service, node));
        }
    }
    found
}

/// The services by the nodes that write them; where there is an overlay, lines below it are shared by none that may
/// change.
fn own(gathered: &Gathered, services: &Layers) -> HashMap<NodeId, usize> {
    if gathered.overlay.is_none() {
        return services.bases().iter().enumerate().map(|(at, &node)| (node, at)).collect();
    }
    let own = services.iter().filter(|(_, node)| may_change(gathered, *node));
    own.map(|(at, node)| (node, at)).collect()
}

/// The keys of a service's own mapping; none for one that is only an alias.
fn own_keys(tree: &Tree, service: NodeId) -> impl Iterator<Item = String> {
    let own = tree.resolve(service) == service;
    let entries = tree.entries(service).iter().filter(move |_| own);
    entries.filter_map(|entry| tree.text(entry.key)).map(str::to_owned)
}

/// Services whose files are not ours to change; none where an overlay is changed instead.
fn foreign(gathered: &Gathered, written: &[Written]) -> Vec<Foreign> {
    if gathered.overlay.is_some() {
        return Vec::new();
    }
    let is_foreign = |unit: usize| gathered.units.get(unit).is_some_and(|unit| unit.foreign);
    let services = written.iter().enumerate().filter(|(_, service)| is_foreign(service.unit));
    let foreign = services.map(|(service, written)| {
        let file = gathered.tree.source(gathered.tree.place(written.key).file).name();
        Foreign { service, file: file.display().to_string() }
    });
    foreign.collect()
}

/// A service that only a later file names must say what it runs: that name may be a slip.
fn refuse_strangers(tree: &Tree, written: &[Written], project: &Project) -> Result<(), Diagnostic> {
    let services = written.iter().zip(&project.services);
    let stranger =
        |(written, service): &(&Written, &Service)| !written.in_first && partial::is_fragment(service);
    let Some((stranger, _)) = services.clone().find(stranger) else { return Ok(()) };
    let known = services.filter(|(written, _)| written.in_first).map(|(written, _)| written.name);
    let near = nearest(stranger.name, known);
    Err(Diagnostic {
        message: format!(
            "`{}` is in no file before this one, and has neither `image` nor `build`",
            stranger.name
        ),
        help: near.map(|name| format!("did you mean `{name}`?")),
        place: Some(tree.place(stranger.key)),
        note: None,
    })
}

/// The name that a misspelt one may have been meant for.
pub(super) fn nearest<'n>(name: &str, names: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    let near = names.map(|other| (strsim::osa_distance(name, other), other)).min();
    near.filter(|(far, _)| *far <= 2).map(|(_, other)| other)
}

/// The typed model's complaint, as a person reads it. The schema has been satisfied, so these are rare.
fn diagnostic(error: DeError) -> Diagnostic {
    let message = match error.key {
        Some(key) => format!("`{key}` {}", error.message),
        None => error.message,
    };
    Diagnostic { message, help: None, place: error.place, note: None }
}
