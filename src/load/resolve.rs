//! Follows `extends`: from a service to the one it takes over, in its own file or in another.
//!
//! Opens nothing: `gather` has opened the files, and has noted which could not be.

use super::Diagnostic;
use super::effective::{Field, fields};
use super::gather::Gathered;
use super::limits::{Bound, Limits};
use super::mention::{definition, extended_file, extended_name};
use super::merge::{handed_on, kept, lay};
use super::project::nearest;
use crate::compose::Via;
use crate::source::FileId;
use crate::yaml::{NodeId, Tree};

/// A service that another takes over.
#[derive(Clone, Copy, Debug)]
pub(super) struct Extension {
    /// Its value node.
    pub(super) service: NodeId,
}

/// The fields of a service that extends another, with all it takes over; `None` for one that does not. `way` collects
/// the services on the way, the nearest first.
pub(super) fn extended(
    gathered: &Gathered,
    service: NodeId,
    via: Via,
    way: &mut Vec<Extension>,
    limits: &Limits,
) -> Result<Option<Vec<Field>>, Diagnostic> {
    let tree = &gathered.tree;
    let Some(base) = base(gathered, service)? else { return Ok(None) };
    if base == service || way.iter().any(|known| known.service == base) {
        return Err(circle(tree, service, base, way));
    }
    way.push(Extension { service: base });
    let place = || Some(tree.place(extended_name(tree, service).unwrap_or(service)));
    if way.len() > limits.extends {
        return Err(limits.exceeded(Bound::Extends, place()));
    }
    let inherited = match extended(gathered, base, Via::Extends, way, limits)? {
        Some(fields) => fields,
        None => handed_on(tree, base),
    };
    let inherited: Vec<Field> =
        inherited.into_iter().filter(|field| field.key.text(tree) != "extends").collect();
    let own = fields(tree, service, via);
    if !gathered.growth.add(inherited.len() + own.len()) {
        return Err(limits.exceeded(Bound::Values, place()));
    }
    Ok(Some(kept(tree, lay(gathered.ground(), &inherited, &own, &mut Vec::new()))))
}

/// The value node of the service that a service extends.
fn base(gathered: &Gathered, service: NodeId) -> Result<Option<NodeId>, Diagnostic> {
    let tree = &gathered.tree;
    let Some(name) = extended_name(tree, service) else { return Ok(None) };
    let file = match extended_file(tree, service) {
        None => tree.place(tree.resolve(service)).file,
        Some((at, _)) => match gathered.extended.get(&at) {
            Some(&file) => file,
            None => return Ok(None),
        },
    };
    let text = tree.text(name).unwrap_or_default();
    definition(tree, file, text).map(Some).ok_or_else(|| unknown(tree, name, text, file))
}

fn unknown(tree: &Tree, name: NodeId, text: &str, file: FileId) -> Diagnostic {
    let here = tree.place(name).file == file;
    let which =
        if here { "this file".to_owned() } else { format!("`{}`", tree.source(file).name().display()) };
    let roots = tree.documents_of(file).filter_map(|document| document.root);
    let services = roots.filter_map(|root| tree.get(root, "services"));
    let names = services.flat_map(|services| tree.entries(services)).filter_map(|entry| tree.text(entry.key));
    Diagnostic {
        message: format!("`extends` names the service `{text}`, which {which} does not have"),
        help: nearest(text, names).map(|name| format!("did you mean `{name}`?")),
        place: Some(tree.place(name)),
        note: None,
    }
}

/// The names in the message are those that `extends` gives, so that a person can follow them.
fn circle(tree: &Tree, service: NodeId, base: NodeId, way: &[Extension]) -> Diagnostic {
    let back = extended_name(tree, service);
    let name =
        |service: NodeId| extended_name(tree, service).and_then(|name| tree.text(name)).unwrap_or_default();
    let round = way.iter().map(|step| step.service).skip_while(|step| *step != base);
    let chain: Vec<&str> = std::iter::once(name(service)).chain(round.map(name)).collect();
    let way = if chain.len() > 1 { format!(": {}", chain.join(" -> ")) } else { String::new() };
    Diagnostic {
        message: format!("`extends` comes back to the service `{}`{way}", name(service)),
        help: Some("take one `extends` out of the circle".into()),
        place: back.map(|back| tree.place(back)),
        note: None,
    }
}
