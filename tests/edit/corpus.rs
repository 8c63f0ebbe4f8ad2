//! Every real file gets changes that it does not have yet, in every service.

use crate::beside::shared;
use crate::harness::{Changes, append, change, check, list, services, set, str, tree, yes};
use harden::plan::{Change, Op, Value};
use harden::yaml::{Kind, NodeId, Tree};
use std::path::{Path, PathBuf};

#[test]
fn every_real_file_can_be_edited() {
    let Some(root) = shared("corpus/real") else { return };
    let (mut edited, mut failures) = (0, Vec::new());
    for path in files(&root) {
        match edit(&path) {
            Ok(services) => edited += services,
            Err(why) => failures.push(format!("{}: {why}", path.display())),
        }
    }
    assert!(failures.is_empty(), "{} failures\n{}", failures.len(), failures.join("\n"));
    assert!(edited > 1000, "only {edited} services were edited");
}

fn edit(path: &Path) -> Result<usize, String> {
    let Ok(text) = std::fs::read_to_string(path) else { return Ok(0) };
    let (Ok(tree), Ok(_)) = (tree(&text), crate::harness::documents(&text)) else { return Ok(0) };
    let (names, nodes) = services(&tree);
    let names: Vec<&'static str> = names.into_iter().map(|name| &*name.leak()).collect();
    let mut changes: Changes = Vec::new();
    for (&name, &node) in names.iter().zip(&nodes) {
        let own = !tree.entries(node).is_empty()
            && tree.resolve(node) == node
            && tree.node(node).anchor().is_none();
        let wanted = wanted().into_iter().filter(|wanted| own && tree.get(node, wanted.path[0]).is_none());
        changes.extend(wanted.map(|wanted| (name, wanted)));
        if own && has_own_list(&tree, node, "security_opt") {
            changes.push((name, append("security_opt", &["label:disable"])));
        }
    }
    if changes.is_empty() {
        return Ok(0);
    }
    let rewrites = crate::harness::rewrite(&text, &changes).map_err(|error| error.to_string())?;
    let [rewrite] = rewrites.as_slice() else { return Err("no rewrite".to_owned()) };
    check(&text, rewrite, &changes, &[])?;
    Ok(names.len())
}

/// A list of the service itself that nobody else refers to.
fn has_own_list(tree: &Tree, service: NodeId, key: &str) -> bool {
    tree.get(service, key).is_some_and(|list| {
        matches!(tree.node(list).kind, Kind::Sequence { .. }) && tree.node(list).anchor().is_none()
    })
}

fn wanted() -> Vec<Change> {
    let entry = |key: &'static str, value| (key.into(), Value::str(value));
    let options = Value::Map(vec![entry("max-size", "10m"), entry("max-file", "3")]);
    let logging = Value::Map(vec![entry("driver", "json-file"), ("options".into(), options)]);
    vec![
        str("mem_limit", "512m"),
        set("cpus", Value::number("1.0")),
        str("user", "999:999"),
        yes("read_only"),
        change("tmpfs", Op::Append(vec![Value::str("/tmp"), Value::str("/run:uid=101,gid=101")])),
        list("cap_drop", &["ALL"]),
        list("cap_add", &["CHOWN", "SETGID", "SETUID"]),
        append("security_opt", &["no-new-privileges:true"]),
        set("logging", logging),
    ]
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut found: Vec<_> = entries.collect();
    found.sort();
    found.into_iter().flat_map(|path| if path.is_dir() { files(&path) } else { yaml(path) }).collect()
}

fn yaml(path: PathBuf) -> Vec<PathBuf> {
    let is_yaml = path.extension().is_some_and(|extension| extension == "yml" || extension == "yaml");
    is_yaml.then_some(path).into_iter().collect()
}
