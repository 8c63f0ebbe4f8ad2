//! What a container gets of the host: directories, files and sockets that are mounted, and devices.
//!
//! A mount is known by where it is in the container: where it comes from on the host depends on where the project lies.

use std::collections::BTreeMap;

use super::said::at;
use super::{Difference, Pair, Verdict};
use crate::compose::{Service, Spanned};
use crate::image::expand::literal;
use crate::source::Place;

/// Where Compose mounts secrets that name no other place.
const SECRETS: &str = "/run/secrets/";

/// What is mounted from the host, at a path of the container.
struct Bind {
    source: String,
    read_only: bool,
}

/// Mounts of the host that the file does not have, or that may be written to although the file says that they may not.
pub(super) fn mounts(pair: &Pair<'_>) -> Verdict {
    // others decide what is mounted then
    if !pair.service.volumes_from.is_empty() {
        return Verdict::Nothing;
    }
    let Some(written) = written(pair.service) else { return Verdict::Unknown("volumes".to_owned()) };
    let mut differences = Vec::new();
    for (target, bind) in binds(pair) {
        let runs = format!("{}:{target}", bind.source);
        match written.get(&target) {
            None => differences.push(difference("volumes", None, runs, None)),
            Some((true, place)) if !bind.read_only => {
                let file = Some(format!("{target} read-only"));
                differences.push(difference(
                    "volumes",
                    file,
                    format!("{runs}, which may be written to"),
                    *place,
                ));
            }
            Some(_) => {}
        }
    }
    Verdict::of(differences, !pair.service.volumes.is_empty())
}

/// Where the file has something mounted, and whether it is read-only; `None` where only the environment knows.
fn written(service: &Service) -> Option<BTreeMap<String, (bool, Option<Place>)>> {
    let mut all = BTreeMap::new();
    for Spanned { value, place, .. } in service.volumes.iter() {
        all.insert(tidy(&literal(&value.target)?), (value.read_only, *place));
    }
    for file in service.secrets.iter().chain(service.configs.iter()) {
        let target = literal(file.value.target.as_deref().unwrap_or(&file.value.source))?;
        let in_secrets = (!target.starts_with('/')).then(|| format!("{SECRETS}{target}"));
        // a config without a target is at the root
        let at_root = format!("/{}", target.trim_start_matches('/'));
        all.extend(in_secrets.into_iter().chain([at_root]).map(|path| (path, (false, file.place))));
    }
    if service.use_api_socket.is_some() {
        all.insert("/var/run/docker.sock".to_owned(), (false, None));
    }
    Some(all)
}

/// What the container has mounted from the host, by where.
fn binds(pair: &Pair<'_>) -> BTreeMap<String, Bind> {
    let host = &pair.container.host_config;
    let short = host.binds.iter().filter_map(|text| {
        let mut parts = text.split(':');
        let (source, target) = (parts.next()?, parts.next()?);
        let read_only = parts.next().unwrap_or_default().split(',').any(|option| option == "ro");
        Some((tidy(target), Bind { source: source.to_owned(), read_only }))
    });
    let long = host.mounts.iter().filter(|mount| mount.r#type == "bind");
    let long = long.map(|mount| {
        (tidy(&mount.target), Bind { source: mount.source.clone(), read_only: mount.read_only })
    });
    // the others are named volumes
    short.chain(long).filter(|(_, bind)| bind.source.starts_with('/')).collect()
}

fn tidy(path: &str) -> String {
    at(path).to_owned()
}

/// Devices of the host; those that a driver chooses are not looked at.
pub(super) fn devices(pair: &Pair<'_>) -> Verdict {
    let mut written = BTreeMap::new();
    for Spanned { value, place, .. } in pair.service.devices.iter() {
        let Some(path) = literal(&value.source) else { return Verdict::Unknown("devices".to_owned()) };
        if path.starts_with('/') {
            written.insert(path, *place);
        }
    }
    let runs: Vec<&str> =
        pair.container.host_config.devices.iter().map(|device| device.path_on_host.as_str()).collect();
    let missing = written.iter().filter(|(path, _)| !runs.contains(&path.as_str()));
    let missing = missing
        .map(|(path, place)| difference("devices", Some(path.clone()), "no such device".to_owned(), *place));
    let more = runs.iter().filter(|path| !written.contains_key(**path));
    let more = more.map(|path| difference("devices", None, (*path).to_owned(), None));
    Verdict::of(missing.chain(more).collect(), !written.is_empty())
}

fn difference(key: &str, file: Option<String>, runs: String, place: Option<Place>) -> Difference {
    Difference { key: key.to_owned(), file, runs, place }
}
