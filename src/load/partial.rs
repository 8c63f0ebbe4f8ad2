//! What was not seen of a project: named, never silently ignored. The services that depend on it count as partly seen.

use std::collections::{HashMap, HashSet};

use super::gather::Unread;
use crate::compose::{Partial, PartialReason, Service};

/// Everything that the project depends on and that was not read.
pub(super) fn find(unread: Vec<Unread>, services: &[Service]) -> Vec<Partial> {
    let mut found: Vec<Partial> = Vec::new();
    let mut known = HashSet::new();
    let heirs = heirs(services);
    for Unread { reason, file, place } in unread {
        if !known.insert((reason, file.clone())) {
            continue;
        }
        // `include` brings services of its own and changes none of these, but the project is not whole without it
        let services = match reason {
            PartialReason::Extends => heirs.get(file.as_str()).cloned().unwrap_or_default(),
            PartialReason::Include | PartialReason::Fragment => Vec::new(),
        };
        found.push(Partial { reason, file: Some(file), place: Some(place), services });
    }
    found.extend(fragments(services));
    found
}

/// The services that extend one of another file, by that file as it is named.
fn heirs(services: &[Service]) -> HashMap<&str, Vec<usize>> {
    let mut found: HashMap<&str, Vec<usize>> = HashMap::new();
    for (at, service) in services.iter().enumerate() {
        let file = service.extends.as_ref().and_then(|extends| extends.file.as_deref());
        if let Some(file) = file {
            found.entry(file).or_default().push(at);
        }
    }
    found
}

/// Services that cannot run as they are: Compose takes them only together with another file.
fn fragments(services: &[Service]) -> Option<Partial> {
    let found: Vec<usize> =
        (0..services.len()).filter(|&at| services.get(at).is_some_and(is_fragment)).collect();
    let first = services.get(*found.first()?)?;
    Some(Partial { reason: PartialReason::Fragment, file: None, place: Some(first.place), services: found })
}

/// Whether nothing says what the service runs.
pub(super) fn is_fragment(service: &Service) -> bool {
    service.image.is_none()
        && service.build.is_none()
        && service.provider.is_none()
        && service.extends.is_none()
}
