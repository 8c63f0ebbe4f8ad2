//! Reads a baseline: every fault in it at its place, and none taken for an empty list.

use std::path::{Path, PathBuf};

use super::read::Reader;
use super::{PolicyFrom, find};
use crate::load::path::parent;
use crate::load::reach::Reach;
use crate::load::{Diagnostic, Error, Options, read};
use crate::policy::{BASELINE_VERSION, Baseline, Known};
use crate::source::Source;
use crate::yaml::{self, Limits, NodeId, Tree};

/// The name that is looked for.
pub const BASELINE_NAME: &str = ".harden-baseline.yml";

/// The baseline of a project whose first file this is: found as the policy is.
#[must_use]
pub fn baseline_path(first: &Path, from: &PolicyFrom) -> Option<PathBuf> {
    match from {
        PolicyFrom::Nothing => None,
        PolicyFrom::File(path) => Some(path.clone()),
        PolicyFrom::Found if first == Path::new("-") => None,
        PolicyFrom::Found => find::above(&parent(first).unwrap_or_default(), BASELINE_NAME),
    }
}

/// Reads a baseline. One that was found and not named must not be a link that leads out.
///
/// # Errors
/// When it cannot be read, is none, or is of a newer version.
pub fn baseline(path: &Path, from: &PolicyFrom, options: &Options) -> Result<Baseline, Error> {
    baseline_and_text(path, from, options).map(|(baseline, _)| baseline)
}

/// The same with the text that it was read from.
///
/// # Errors
/// As [`baseline`].
pub fn baseline_and_text(
    path: &Path,
    from: &PolicyFrom,
    options: &Options,
) -> Result<(Baseline, String), Error> {
    if *from == PolicyFrom::Found {
        Reach::around(path.parent(), options).check(path)?;
    }
    let mut tree = Tree::default();
    let text = read::file(path, options)?;
    let source = Source::new(path, text.clone());
    let file = yaml::parse(&mut tree, source, &Limits::default());
    let mut reader = Reader::new(&tree, &[]);
    let known = match file {
        Ok(file) => {
            let root = tree.documents_of(file).find_map(|document| document.root);
            root.map_or_else(|| Err(nothing()), |root| Ok(of(&mut reader, &tree, root)))
        }
        Err(error) => Err(error.into()),
    };
    let mut diagnostics = std::mem::take(&mut reader.faults);
    match known {
        Ok(known) if diagnostics.is_empty() => return Ok((known, text)),
        Ok(_) => {}
        Err(error) => diagnostics.push(error),
    }
    Err(Error::Invalid { tree: Box::new(tree), diagnostics })
}

fn of(reader: &mut Reader<'_>, tree: &Tree, root: NodeId) -> Baseline {
    let mut baseline = Baseline::default();
    if !is_ours(reader, tree, root) {
        return baseline;
    }
    for (name, _, value) in reader.pairs(root, "the baseline") {
        match name {
            "version" => {}
            "files" => files(reader, tree, value, &mut baseline),
            _ => reader.fault(&format!("unknown key `{name}` in the baseline"), written_by(), root),
        }
    }
    baseline
}

/// Whether it says a version, and one that is known.
fn is_ours(reader: &mut Reader<'_>, tree: &Tree, root: NodeId) -> bool {
    let Some(node) = tree.get(root, "version") else {
        reader.fault("a baseline needs a `version`", written_by(), root);
        return false;
    };
    match tree.text(node).and_then(|text| text.parse::<u32>().ok()) {
        Some(version) if version == BASELINE_VERSION => true,
        Some(version) if version > BASELINE_VERSION => {
            let message =
                format!("the baseline is of version {version}, and this harden knows {BASELINE_VERSION}");
            reader.fault(&message, Some("use the harden that wrote it, or a newer one".to_owned()), node);
            false
        }
        _ => {
            reader.fault("`version` must be a version such as 1", written_by(), node);
            false
        }
    }
}

fn files(reader: &mut Reader<'_>, tree: &Tree, node: NodeId, baseline: &mut Baseline) {
    for (file, _, services) in reader.pairs(node, "files") {
        for (service, key, passes) in reader.pairs(services, file) {
            let items = tree.items(passes);
            if items.is_empty() {
                reader.fault(&format!("`{service}` must be a list of passes"), written_by(), key);
            }
            for item in items {
                match tree.text(item.node) {
                    Some(pass) => {
                        let (file, service, pass) = (file.to_owned(), service.to_owned(), pass.to_owned());
                        baseline.known.insert(Known { file, service, pass });
                    }
                    None => reader.fault("a pass must be a name", written_by(), item.node),
                }
            }
        }
    }
}

fn nothing() -> Diagnostic {
    Diagnostic { message: "nothing in the baseline".into(), help: written_by(), place: None, note: None }
}

#[expect(clippy::unnecessary_wraps, reason = "the help of a diagnostic")]
fn written_by() -> Option<String> {
    Some("`harden baseline` writes it anew".to_owned())
}
