//! Whether a service can still write its data once the root filesystem is read-only.
//!
//! It can where something is mounted, and where the image declares a volume: Docker then makes one without a name.
//! Looks at the paths where the image keeps its data; what else it writes is the `tmpfs` list's business.

use super::{Context, grounds, mounts, words};
use crate::compose::{Mount, MountKind, Service};
use crate::image::Facts;
use crate::plan::Confidence;

/// How sure it is that every data path is writable; `None` when the file itself sees to all of them.
pub(super) fn writable(context: &Context<'_>, facts: &Facts) -> Option<Confidence> {
    let service = context.service;
    let Some(paths) = paths(service, facts) else {
        return Some(Confidence::Likely("assumes that the data path, a variable, is on a volume".into()));
    };
    let open = paths.into_iter().filter(|path| !mounts::is_covered(service, path) && !in_memory(facts, path));
    open.map(|path| by_image(context, facts, path)).reduce(grounds::weakest)
}

/// Where the data are; `None` when only the environment knows.
fn paths<'a>(service: &'a Service, facts: &'a Facts) -> Option<Vec<&'a str>> {
    match moved(service, facts) {
        Some(moved) => words::resolved(moved).map(|path| vec![path]),
        None => Some(facts.data.iter().flat_map(|fact| &fact.value).map(String::as_str).collect()),
    }
}

/// A data path that nothing in the file covers.
fn by_image(context: &Context<'_>, facts: &Facts, path: &str) -> Confidence {
    let declared = match &facts.volumes {
        Some(fact) if fact.value.iter().any(|volume| covers(volume, path)) => {
            return grounds::of(context, facts, fact);
        }
        Some(_) => "the image declares no volume there",
        None => "whether the image declares a volume there is not known",
    };
    if is_unclear(context.service) {
        let place = shown(context.service, facts, path);
        return Confidence::Likely(format!("assumes that something is mounted {place}").into());
    }
    let place = shown(context.service, facts, path);
    let why = format!("nothing is mounted {place}, and {declared}: assumes that it is not written to");
    Confidence::Guess(why.into())
}

/// A path in words. One that a variable moved is that variable's value, which is never shown.
fn shown(service: &Service, facts: &Facts, path: &str) -> String {
    match moved(service, facts) {
        Some(_) => {
            let name = facts.data_env.as_ref().map_or("", |name| &name.value);
            format!("where `{name}` points")
        }
        None => format!("on `{path}`"),
    }
}

/// The value of the variable that moves the data, when it is set.
fn moved<'a>(service: &'a Service, facts: &Facts) -> Option<&'a str> {
    let name = facts.data_env.as_ref()?;
    service.environment.get(&name.value).filter(|moved| !moved.is_empty())
}

fn in_memory(facts: &Facts, path: &str) -> bool {
    facts.tmpfs.iter().flat_map(|fact| &fact.value).any(|tmpfs| covers(&tmpfs.path, path))
}

fn covers(above: &str, path: &str) -> bool {
    let mount = Mount { kind: MountKind::Tmpfs, source: None, target: above.to_owned(), read_only: false };
    mount.covers(path)
}

/// Whether a mount may be there that is not seen here.
fn is_unclear(service: &Service) -> bool {
    !service.volumes_from.is_empty() || service.volumes.iter().any(|mount| mount.target.contains('$'))
}

#[cfg(test)]
mod tests {
    use super::writable;
    use crate::compose::Project;
    use crate::compose::stack::Target;
    use crate::image::{Fact, Facts, Role, Start};
    use crate::passes::Context;
    use crate::passes::testing::{entry, image, measured, service};
    use crate::plan::Confidence;

    fn said(text: &str, volumes: Option<Fact<Vec<String>>>) -> String {
        let data = measured(vec!["/data".to_owned(), "/conf".to_owned()]);
        let facts = Facts { data, data_env: measured("DIR".into()), volumes, ..entry("x", Role::App) };
        let (service, image) = (service(text), image(facts.clone(), Start::Unknown));
        let context = Context {
            service: &service,
            project: &Project::default(),
            image: &image,
            target: Target::Compose,
            policy: crate::policy::Settings::none(),
        };
        match writable(&context, &facts) {
            None => "covered".into(),
            Some(Confidence::Known(_)) => "known".into(),
            Some(Confidence::Likely(why) | Confidence::Guess(why)) => why.into_owned(),
        }
    }

    #[test]
    fn mounted_declared_or_neither() {
        let both = || measured(vec!["/data".to_owned(), "/conf".to_owned()]);
        let open = |path: &str, why: &str| {
            format!("nothing is mounted on `{path}`, and {why}: assumes that it is not written to")
        };
        let (none, unknown) =
            ("the image declares no volume there", "whether the image declares a volume there is not known");
        let cases = [
            ("volumes: ['vol-a:/data', './c:/conf']", None, "covered".to_owned()),
            ("volumes: ['vol-a:/data']\ntmpfs: /conf", None, "covered".to_owned()),
            ("image: x", both(), "known".to_owned()),
            ("volumes: ['vol-a:/data']", both(), "known".to_owned()),
            ("image: x", None, open("/data", unknown)),
            ("volumes: ['vol-a:/data']", None, open("/conf", unknown)),
            ("volumes: ['vol-a:/data/sub', 'vol-b:/conf']", None, open("/data", unknown)),
            ("volumes: ['vol-a:/data']", measured(vec!["/data".to_owned()]), open("/conf", none)),
            ("environment: {DIR: /conf/x}", measured(vec!["/conf".to_owned()]), "known".to_owned()),
            (
                "environment: {DIR: /other}",
                both(),
                format!(
                    "nothing is mounted where `DIR` points, and {none}: assumes that it is not written to"
                ),
            ),
            (
                "environment: {DIR: '${D}'}",
                both(),
                "assumes that the data path, a variable, is on a volume".into(),
            ),
            (
                "volumes: ['vol-a:${D}', 'vol-b:/conf']",
                None,
                "assumes that something is mounted on `/data`".into(),
            ),
        ];
        for (text, volumes, expected) in cases {
            assert_eq!(said(text, volumes), expected, "{text}");
        }
    }
}
