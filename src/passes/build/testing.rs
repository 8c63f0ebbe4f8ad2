//! Makes a service that is built from a text, for the tests of the passes.

use std::sync::Arc;

use super::super::Pass;
use super::super::findings::said;
use super::super::testing::{service, verdict};
use crate::compose::{Dockerfile, Entry, Listing, Project, Recipe, Secret, Service, Site, SiteFile};
use crate::image::Image;
use crate::plan::Verdict;
use crate::source::FileId;

/// A service with these keys, built from this Dockerfile; the words are what lies in its context.
pub(super) fn built(keys: &str, dockerfile: &str, context: &str) -> Service {
    let mut service = service(&format!("build: .\n{keys}"));
    let file = |id, path: &str| SiteFile { id: FileId(id), path: path.into(), foreign: false };
    let entries = context.split_whitespace().map(|path| Entry {
        path: path.trim_end_matches('/').into(),
        size: 1,
        is_folder: path.ends_with('/'),
    });
    let listing = Listing { entries: entries.collect(), complete: true };
    if let Some(build) = &mut service.build {
        build.value.recipe = Recipe::Found(Arc::new(Dockerfile {
            path: "Dockerfile".to_owned(),
            file: None,
            first_line: 1,
            text: Secret::new(dockerfile.to_owned()),
            lines: Arc::default(),
        }));
        build.value.site = Some(Site {
            dockerfile: Some(file(1, "Dockerfile")),
            ignore: file(2, ".dockerignore"),
            ignored: "".into(),
            listing: Arc::new(listing),
            neighbours: Arc::default(),
        });
    }
    service
}

/// What a pass says of it.
pub(super) fn judged(pass: &dyn Pass, service: &Service) -> Verdict {
    let image = Image::of(service, &Project::default());
    verdict(pass, service, &image)
}

/// The same in one line: what is found, and the help.
pub(super) fn judge(pass: &dyn Pass, keys: &str, dockerfile: &str, context: &str) -> String {
    let verdict = judged(pass, &built(keys, dockerfile, context));
    match &verdict {
        Verdict::Advise(finding) => format!("{}\n{}", said(&verdict), finding.help),
        _ => said(&verdict),
    }
}
