//! What was not seen of a project: named, never silently ignored. The services that depend on it count as partly seen.

use super::gather::Unread;
use crate::compose::{Partial, PartialReason, Service};

/// Everything that the project depends on and that was not read.
pub(super) fn find(unread: Vec<Unread>, services: &[Service]) -> Vec<Partial> {
    let mut found: Vec<Partial> = Vec::new();
    for Unread { reason, file, place } in unread {
        // `include` brings services of its own and changes none of these, but the project is not whole without it
        let names = |service: &Service| {
            let extends = service.extends.as_ref();
            extends.is_some_and(|extends| extends.file.as_deref() == Some(&*file))
        };
        let services = (0..services.len())
            .filter(|&at| reason == PartialReason::Extends && services.get(at).is_some_and(names))
            .collect();
        if !found.iter().any(|known| known.reason == reason && known.file.as_ref() == Some(&file)) {
            found.push(Partial { reason, file: Some(file), place: Some(place), services });
        }
    }
    found.extend(fragments(services));
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
