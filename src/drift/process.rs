//! How the first process is started, and where it may write.

use std::collections::{BTreeMap, BTreeSet};

use super::said::{Said, at, list, switch, text};
use super::{Difference, Pair, Verdict};
use crate::source::Place;

/// `init`.
pub(super) fn init(pair: &Pair<'_>) -> Verdict {
    let runs = pair.container.host_config.init;
    match switch(pair.service.init.as_ref()) {
        Said::Unknown => Verdict::Unknown("init".to_owned()),
        Said::Nothing if runs == Some(true) => Verdict::Tighter("init: true".to_owned()),
        Said::Nothing => Verdict::Nothing,
        Said::This(wanted, _) if wanted == runs.unwrap_or(false) => Verdict::Same,
        Said::This(wanted, place) => {
            Verdict::differs("init", Some(wanted.to_string()), runs.unwrap_or(false).to_string(), place)
        }
    }
}

/// `user`. Where the file names none, it is the one of the image.
pub(super) fn user(pair: &Pair<'_>) -> Verdict {
    let runs = pair.container.config.user.as_str();
    match text(pair.service.user.as_ref()) {
        Said::Unknown => Verdict::Unknown("user".to_owned()),
        Said::Nothing => of_image(pair, runs),
        Said::This(wanted, _) if numbered(&wanted) == numbered(runs) => Verdict::Same,
        Said::This(wanted, place) => Verdict::differs("user", Some(wanted), shown(runs), place),
    }
}

/// Another user than that of the image: root is more, a user in place of root is tighter, and of two users nobody knows.
fn of_image(pair: &Pair<'_>, runs: &str) -> Verdict {
    let Some(image) = pair.images.get(&pair.container.image) else { return Verdict::Nothing };
    let own = image.config.user.as_str();
    if numbered(own) == numbered(runs) {
        Verdict::Nothing
    } else if is_root(own) && !is_root(runs) {
        Verdict::Tighter(format!("user: {runs}"))
    } else {
        let file = format!("nothing, and the image {}", shown(own));
        Verdict::differs("user", Some(file), shown(runs), None)
    }
}

/// `root` by its number, and no group for that of root, which it gets anyway.
fn numbered(user: &str) -> String {
    let (name, group) = user.split_once(':').unwrap_or((user, ""));
    let zero = |name: &str| if name == "root" { "0".to_owned() } else { name.to_owned() };
    let name = if name.is_empty() { "0".to_owned() } else { zero(name) };
    match zero(group).as_str() {
        "" => name,
        "0" if name == "0" => name,
        group => format!("{name}:{group}"),
    }
}

fn is_root(user: &str) -> bool {
    numbered(user).split(':').next() == Some("0")
}

fn shown(user: &str) -> String {
    if user.is_empty() { "root".to_owned() } else { user.to_owned() }
}

/// `read_only`, and `tmpfs`, which says where it may write all the same.
pub(super) fn read_only(pair: &Pair<'_>) -> Verdict {
    let runs = pair.container.host_config.readonly_rootfs;
    let mut differences = match switch(pair.service.read_only.as_ref()) {
        Said::Unknown => return Verdict::Unknown("read_only".to_owned()),
        Said::This(wanted, place) if wanted != runs => {
            vec![difference("read_only", Some(wanted.to_string()), runs.to_string(), place)]
        }
        _ => Vec::new(),
    };
    let written = list(&pair.service.tmpfs);
    let says = pair.service.read_only.is_some() || !written.is_silent();
    match written {
        Said::Unknown => return Verdict::Unknown("tmpfs".to_owned()),
        Said::This(items, place) => differences.extend(tmpfs(pair, &items, place)),
        Said::Nothing => {}
    }
    if !says && runs {
        return Verdict::Tighter("read_only: true".to_owned());
    }
    Verdict::of(differences, says)
}

/// Mounts that are in one of both only, or have other options. One that only runs may be of no file, and lets it write
/// to nothing but memory: it counts where the file has a list.
fn tmpfs(pair: &Pair<'_>, items: &[String], place: Option<Place>) -> Vec<Difference> {
    let written: BTreeMap<&str, BTreeSet<&str>> = items.iter().map(|item| mount(item)).collect();
    let runs = pair.container.host_config.tmpfs.iter();
    let runs: BTreeMap<&str, BTreeSet<&str>> = runs.map(|(path, options)| (at(path), all(options))).collect();
    let paths: BTreeSet<&str> = written.keys().chain(runs.keys()).copied().collect();
    let differing = paths.into_iter().filter(|path| written.get(path) != runs.get(path));
    let differing = differing.map(|path| {
        let words = |of: Option<&BTreeSet<&str>>| of.map(|options| with_options(path, options));
        let runs = words(runs.get(path)).unwrap_or_else(|| "nothing there".to_owned());
        difference("tmpfs", words(written.get(path)), runs, place)
    });
    differing.collect()
}

fn mount(item: &str) -> (&str, BTreeSet<&str>) {
    let (path, options) = item.split_once(':').unwrap_or((item, ""));
    (at(path), all(options))
}

fn all(options: &str) -> BTreeSet<&str> {
    options.split(',').map(str::trim).filter(|option| !option.is_empty()).collect()
}

fn with_options(path: &str, options: &BTreeSet<&str>) -> String {
    let options: Vec<&str> = options.iter().copied().collect();
    if options.is_empty() { path.to_owned() } else { format!("{path}:{}", options.join(",")) }
}

fn difference(key: &str, file: Option<String>, runs: String, place: Option<Place>) -> Difference {
    Difference { key: key.to_owned(), file, runs, place }
}
