//! The evidence of a project in a run: what still holds for its services, and what does not any more.

use crate::cli::Task;
use crate::compose::stack::Target;
use crate::evidence::Records;
use crate::load::{self, Diagnostic, Loaded};

/// What is known of the services of a project, and of which it no longer holds.
#[derive(Debug, Default)]
pub(super) struct Standing {
    /// What holds.
    pub(super) current: Records,
    /// Services that are started otherwise by now.
    pub(super) stale: Vec<String>,
}

/// The evidence beside a project.
pub(super) fn of(loaded: &Loaded, bounds: &load::Options) -> Result<Standing, load::Error> {
    let mut standing = Standing::default();
    let place = loaded.files.first().and_then(|first| load::evidence_path(first));
    let Some((path, name)) = place else { return Ok(standing) };
    let Some(mut evidence) = load::evidence(&path, bounds)? else { return Ok(standing) };
    for (service, record) in evidence.files.remove(&name).unwrap_or_default() {
        let Some(found) = loaded.project.services.iter().find(|found| found.name == service) else {
            continue;
        };
        if record.holds_for(&found.fingerprint()) {
            standing.current.insert(service, record);
        } else {
            standing.stale.push(service);
        }
    }
    Ok(standing)
}

/// The same for an ordinary run, which warns of what no longer holds.
pub(super) fn for_plan(loaded: &mut Loaded, task: &Task) -> Result<Records, load::Error> {
    if task.plan.target != Target::Compose {
        return Ok(Records::new());
    }
    let standing = of(loaded, &task.load)?;
    let warnings = standing.stale.iter().map(|service| stale(loaded, service)).collect::<Vec<_>>();
    loaded.warnings.extend(warnings);
    Ok(standing.current)
}

fn stale(loaded: &Loaded, service: &str) -> Diagnostic {
    let found = loaded.project.services.iter().find(|found| found.name == service);
    Diagnostic {
        message: format!("the evidence for `{service}` is stale: it is started otherwise by now"),
        help: Some("`harden prove` finds it anew".to_owned()),
        place: found.map(|found| found.place),
        note: None,
    }
}
