//! Which image runs: the one that the file names, the one that it pins, the one that the name means by now.

use super::said::{Said, text};
use super::{Pair, Verdict};
use crate::docker::InspectedImage;
use crate::source::Place;

/// Letters of an id that are shown.
const SHOWN: usize = 12;

/// `image`.
pub(super) fn image(pair: &Pair<'_>) -> Verdict {
    let (wanted, place) = match text(pair.service.image.as_ref()) {
        Said::Unknown => return Verdict::Unknown("image".to_owned()),
        Said::Nothing => return replaced(pair, &pair.container.config.image, None),
        Said::This(wanted, place) => (wanted, place),
    };
    if let Some(digest) = digest_of(&wanted) {
        return pinned(pair, &wanted, digest, place);
    }
    let runs = pair.container.config.image.as_str();
    if !is_same_name(&wanted, runs) && !is_id(runs) {
        return Verdict::differs("image", Some(wanted), runs, place);
    }
    match replaced(pair, &wanted, place) {
        Verdict::Nothing => Verdict::Same,
        other => other,
    }
}

/// The file pins the image: the digest must be one of those by which the image that runs is known.
fn pinned(pair: &Pair<'_>, wanted: &str, digest: &str, place: Option<Place>) -> Verdict {
    let container = pair.container;
    let has =
        |image: &InspectedImage| image.repo_digests.iter().any(|known| digest_of(known) == Some(digest));
    let by_name = digest_of(&container.config.image) == Some(digest);
    if container.image == digest || by_name || pair.images.get(&container.image).is_some_and(has) {
        return Verdict::Same;
    }
    let runs = format!("{} ({})", container.config.image, short(&container.image));
    Verdict::differs("image", Some(shortened(wanted)), runs, place)
}

/// The name means another image by now: it was pulled or built anew, and the container was not made again.
fn replaced(pair: &Pair<'_>, name: &str, place: Option<Place>) -> Verdict {
    let container = pair.container;
    let Some(now) = pair.images.get(name) else { return Verdict::Nothing };
    // Compose notes the image that it made the container of, and looks at that, too
    if now.id == container.image || now.id == container.label("image") {
        return Verdict::Nothing;
    }
    let file = format!("{name}, which is {} by now", short(&now.id));
    Verdict::differs("image", Some(file), format!("an older one, {}", short(&container.image)), place)
}

/// Whether two texts name one image: `nginx` and `docker.io/library/nginx:latest`. Mirrors are other images here.
fn is_same_name(one: &str, other: &str) -> bool {
    full(one) == full(other)
}

/// The name on Docker Hub without what may be left out, and with the tag that is meant.
fn full(text: &str) -> String {
    let name = text.split_once('@').map_or(text, |(name, _)| name);
    let hub = ["docker.io/", "index.docker.io/"];
    let name = hub.iter().find_map(|hub| name.strip_prefix(hub)).unwrap_or(name);
    let name = name.strip_prefix("library/").unwrap_or(name);
    let has_tag = name.rsplit('/').next().is_some_and(|last| last.contains(':'));
    if has_tag { name.to_owned() } else { format!("{name}:latest") }
}

/// A container whose image lost its name is told by the id.
fn is_id(text: &str) -> bool {
    text.starts_with("sha256:")
}

fn digest_of(name: &str) -> Option<&str> {
    name.split_once('@').map(|(_, digest)| digest)
}

fn short(id: &str) -> String {
    id.trim_start_matches("sha256:").chars().take(SHOWN).collect()
}

/// `nginx:1.27@sha256:0123456789ab…`
fn shortened(name: &str) -> String {
    match name.split_once('@') {
        Some((name, digest)) => format!("{name}@sha256:{}…", short(digest)),
        None => name.to_owned(),
    }
}
