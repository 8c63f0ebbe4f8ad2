//! Who speaks for a service besides its own lines: the services that it extends, and the tops of the files that `include`
//! brings it in with.
//!
//! Knows nodes and their order; what they say is for others to read.

use std::collections::{BTreeMap, BTreeSet};

use super::gather::Gathered;
use crate::yaml::NodeId;

/// The nodes that speak for services.
#[derive(Clone, Debug, Default)]
pub(super) struct Spoken {
    /// Of each service that extends another, by its index: all nodes that make it, each laid over those before it.
    pub(super) extended: BTreeMap<usize, Vec<NodeId>>,
    /// The included files, those that are included by others before these.
    pub(super) included: Vec<Included>,
}

/// The documents of an included unit.
#[derive(Clone, Debug, Default)]
pub(super) struct Included {
    /// Their top nodes, each laid over those before it.
    pub(super) roots: Vec<NodeId>,
    /// The services that it brings in, and those that its own includes bring in.
    pub(super) services: BTreeSet<String>,
}

/// The included units with the services of each; `written` are the names of all services with the unit that each is in.
pub(super) fn included<'w>(
    gathered: &Gathered,
    written: impl Iterator<Item = (&'w str, usize)>,
) -> Vec<Included> {
    let of_unit = |unit: &super::gather::Unit| Included {
        roots: unit.layers.iter().map(|layer| layer.root).collect(),
        services: BTreeSet::new(),
    };
    let mut all: Vec<Included> = gathered.units.iter().map(of_unit).collect();
    for (name, unit) in written {
        let mut at = Some(unit);
        while let Some(unit) = at {
            if let Some(included) = all.get_mut(unit) {
                included.services.insert(name.to_owned());
            }
            at = gathered.units.get(unit).and_then(|unit| unit.by).map(|(by, _)| by);
        }
    }
    // a unit is opened after the one that includes it
    all.into_iter().skip(1).rev().collect()
}
