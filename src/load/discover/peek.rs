//! A look at the top of a file: whether it is a Compose file, which services it has, and whether they are whole.

use std::path::Path;

use crate::compose::Via;
use crate::load::effective::fields;
use crate::load::{Error, Options, read};
use crate::source::Source;
use crate::yaml::{self, Limits, NodeId, Tree};

/// What the top of a file says.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Peek {
    /// Whether it has `services` or `include`.
    pub(super) is_compose: bool,
    /// The names of its services.
    pub(super) services: Vec<String>,
    /// The first service that says nothing of what it runs.
    pub(super) fragment: Option<String>,
}

/// Looks at a file.
///
/// # Errors
/// When it cannot be read or is no YAML.
pub(super) fn peek(path: &Path, options: &Options) -> Result<Peek, Error> {
    let mut tree = Tree::default();
    let source = Source::new(path, read::file(path, options)?);
    match yaml::parse(&mut tree, source, &Limits::default()) {
        Ok(file) => {
            let roots: Vec<NodeId> = tree.documents_of(file).filter_map(|document| document.root).collect();
            Ok(roots.into_iter().fold(Peek::default(), |peek, root| peek.with(&tree, root)))
        }
        Err(error) => Err(Error::Invalid { tree: Box::new(tree), diagnostics: vec![error.into()] }),
    }
}

impl Peek {
    /// Adds what a document says.
    fn with(mut self, tree: &Tree, root: NodeId) -> Self {
        let services = tree.get(root, "services");
        self.is_compose |= services.is_some() || tree.get(root, "include").is_some();
        for field in services.map(|services| fields(tree, services, Via::Own)).unwrap_or_default() {
            let name = field.key.text(tree).to_owned();
            if self.fragment.is_none() && !is_whole(tree, field.value.node()) {
                self.fragment = Some(name.clone());
            }
            self.services.push(name);
        }
        self
    }
}

fn is_whole(tree: &Tree, service: NodeId) -> bool {
    let what = ["image", "build", "extends", "provider"];
    fields(tree, service, Via::Own).iter().any(|field| what.contains(&field.key.text(tree)))
}
