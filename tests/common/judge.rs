//! What Docker Compose itself says of a hardening run: accepted before means accepted after, and nothing but the
//! planned keys differs. Needs the Compose plugin, no engine.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::{env, fs};

use harden::plan::{Op, Value as Planned};
use harden::source::Source;
use serde_json::Value;

use super::{Run, plugin};

/// What Compose finds wrong with the hardened project; `None` when it does not accept the original on this machine.
pub fn judge(run: &Run) -> Option<Vec<String>> {
    let copy = Copy::of(run)?;
    let mut faults = Vec::new();
    for mode in [&["--format", "json"][..], &["--format", "json", "--no-interpolate"]] {
        copy.put(run.loaded.tree.sources().iter().map(|source| (source.name(), source.text())))?;
        copy.remove(run.overlay().filter(|overlay| overlay.is_absent()))?;
        let before = copy.config(mode).ok()?;
        copy.put(run.changed().map(|(source, verified)| (source.name(), verified.text())))?;
        match copy.config(mode) {
            Err(error) => faults.push(format!("Compose refuses the result {mode:?}: {error}")),
            Ok(after) => {
                let difference = difference(run, &before, &after);
                faults.extend(difference.map(|key| format!("{mode:?}: {key} differs")));
            }
        }
    }
    Some(faults)
}

/// A copy of the folder that all files of a project lie in, so that Compose finds the new texts where the old were.
pub struct Copy {
    original: PathBuf,
    folder: tempfile::TempDir,
    files: Vec<PathBuf>,
}

impl Copy {
    /// Copies the project of a run; `None` when that is not possible.
    pub fn of(run: &Run) -> Option<Self> {
        let main = absolute(run.loaded.files.first()?)?;
        let mut original = main.parent()?.to_owned();
        for source in run.loaded.tree.sources() {
            let path = absolute(source.name())?;
            while !path.starts_with(&original) {
                original.pop();
            }
        }
        let files = run.loaded.files.iter().map(|path| absolute(path)).collect::<Option<_>>()?;
        let folder = tempfile::tempdir().ok()?;
        copy_all(&original, folder.path())?;
        Some(Self { original, folder, files })
    }

    /// Where a file of the original lies in the copy.
    fn place(&self, path: &Path) -> Option<PathBuf> {
        Some(self.folder.path().join(absolute(path)?.strip_prefix(&self.original).ok()?))
    }

    /// Takes a file out of the copy that the original does not have.
    fn remove(&self, source: Option<&Source>) -> Option<()> {
        match source.map(Source::name) {
            Some(path) => fs::remove_file(self.place(path)?).ok(),
            None => Some(()),
        }
    }

    /// Puts other texts into the copy.
    pub fn put<'t>(&self, texts: impl Iterator<Item = (&'t Path, &'t str)>) -> Option<()> {
        for (path, text) in texts {
            fs::write(self.place(path)?, text).ok()?;
        }
        Some(())
    }

    /// `docker compose config` of the copy.
    pub fn config(&self, mode: &[&str]) -> Result<Value, String> {
        let files = self.files.iter().filter_map(|path| self.place(path));
        let files: Vec<PathBuf> = files.filter(|path| path.is_file()).collect();
        let variables = ["PATH", "HOME"].map(|name| (name, env::var_os(name).unwrap_or_default()));
        let mut command = plugin::compose(variables);
        command.args(["-p", "judged", "--project-directory"]);
        command.arg(files.first().and_then(|main| main.parent()).ok_or("no file")?);
        for file in &files {
            command.arg("-f").arg(file);
        }
        let output = command
            .arg("config")
            .args(mode)
            .stdin(Stdio::null())
            .output()
            .map_err(|error| error.to_string())?;
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).trim().to_owned());
        }
        serde_json::from_slice(&output.stdout).map_err(|error| error.to_string())
    }
}

/// The one name of a file, which need not be there yet.
fn absolute(path: &Path) -> Option<PathBuf> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    path.canonicalize().ok().or_else(|| Some(folder.canonicalize().ok()?.join(path.file_name()?)))
}

/// Copies the files of a folder that Compose may read; symbolic links are followed.
fn copy_all(from: &Path, to: &Path) -> Option<()> {
    for entry in fs::read_dir(from).ok()? {
        let path = entry.ok()?.path();
        let copy = to.join(path.file_name()?);
        if path.is_dir() {
            fs::create_dir_all(&copy).ok()?;
            copy_all(&path, &copy)?;
        } else if path.is_file() {
            let bytes = fs::read(&path).ok()?;
            fs::write(copy, bytes).ok()?;
        }
    }
    Some(())
}

/// The first key outside the plan in which the two differ, or the first planned key that did not arrive.
fn difference(run: &Run, before: &Value, after: &Value) -> Option<String> {
    let mut before = before.clone();
    let mut after = after.clone();
    for service in &run.planned.plan.services {
        for key in planned_keys(run, &service.service) {
            let [old, new] = [&mut before, &mut after].map(|side| take(side, &service.service, &key));
            let gone = new == Value::Null && !sets_false(run, &key);
            if gone && !run_is_partial(run, &service.service) {
                return Some(format!("{} {key} is missing: it", service.service));
            }
            if let (Value::Array(old), Value::Array(new)) = (&old, &new)
                && key != "ports"
                && !old.iter().all(|item| new.contains(item))
            {
                return Some(format!("{} {key} lost an item: it", service.service));
            }
        }
    }
    // a block below `x-` means nothing by itself: the services that use it are what is compared
    for side in [&mut before, &mut after].into_iter().filter_map(Value::as_object_mut) {
        side.retain(|key, _| !key.starts_with("x-"));
    }
    first_difference("", &before, &after)
}

/// Compose leaves out what is `false`, whoever of those that share a line is said to write it.
fn sets_false(run: &Run, key: &str) -> bool {
    let mut changes = run.planned.plan.changes();
    changes.any(|(_, change)| change.path.join(".") == key && change.op == Op::Set(Planned::Bool(false)))
}

/// A profile that is not active hides its services from `config`.
fn run_is_partial(run: &Run, service: &str) -> bool {
    let project = &run.planned.project;
    project.index(service).is_some_and(|index| !project.services[index].profiles.is_empty())
}

/// The top-level keys of a service that the plan writes.
fn planned_keys(run: &Run, service: &str) -> BTreeSet<String> {
    let plan = &run.planned.plan;
    let own = plan.changes().filter(|(index, _)| plan.services[*index].service == service);
    let taken = plan.inherited.iter().filter(|link| plan.services[link.heir].service == service);
    own.map(|(_, change)| change.path[0].to_owned())
        .chain(taken.map(|link| link.path[0].to_owned()))
        .collect()
}

fn take(config: &mut Value, service: &str, key: &str) -> Value {
    let service = config.get_mut("services").and_then(|services| services.get_mut(service));
    let Some(Value::Object(service)) = service else { return Value::Null };
    if key != "deploy" {
        return service.remove(key).unwrap_or_default();
    }
    // only the limits may change there
    let resources = service.get_mut("deploy").and_then(|deploy| deploy.get_mut("resources"));
    let Some(Value::Object(resources)) = resources else { return Value::Null };
    let limits = resources.remove("limits").unwrap_or_default();
    // a block made for the limits is empty without them
    drop_empty(service, "deploy");
    limits
}

/// Removes a key that holds nothing, at any depth.
fn drop_empty(parent: &mut serde_json::Map<String, Value>, key: &str) {
    let Some(Value::Object(value)) = parent.get_mut(key) else { return };
    let keys: Vec<String> = value.keys().cloned().collect();
    for key in keys {
        drop_empty(value, &key);
    }
    if value.is_empty() {
        parent.remove(key);
    }
}

fn first_difference(path: &str, before: &Value, after: &Value) -> Option<String> {
    match (before, after) {
        (Value::Object(old), Value::Object(new)) => {
            let keys: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
            keys.into_iter().find_map(|key| {
                let [old, new] = [old, new].map(|side| side.get(key).unwrap_or(&Value::Null));
                first_difference(&format!("{path}.{key}"), old, new)
            })
        }
        _ => (before != after).then(|| path.to_owned()),
    }
}
