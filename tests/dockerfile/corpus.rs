//! Dockerfiles that others wrote, where they are at hand: nothing panics, and what must be known is.

use std::fs;
use std::path::{Path, PathBuf};

use harden::compose::Recipe;
use harden::image::of_project;
use harden::load::{self, Options};

use super::beside::shared;
use super::{planned, show};

/// A service for each of the rig's images that is built from a Dockerfile of one's own.
#[test]
fn the_apps_of_the_rig() {
    let Some(images) = shared("rig/images") else { return };
    let folder = tempfile::tempdir().unwrap();
    for name in ["api", "worker"] {
        fs::create_dir(folder.path().join(name)).unwrap();
        fs::copy(images.join(name).join("Dockerfile"), folder.path().join(name).join("Dockerfile")).unwrap();
    }
    let file = folder.path().join("compose.yml");
    let text = "services:\n  api:\n    build: api\n  worker:\n    build: worker\n    volumes:\n      - jobs:/var/lib/worker\n\
                volumes:\n  jobs:\n";
    fs::write(&file, text).unwrap();
    let plan = planned(&file);
    for pass in [
        "mem_limit",
        "cpus",
        "pids_limit",
        "init",
        "user",
        "read_only",
        "cap_drop",
        "no_new_privileges",
        "logging",
    ] {
        let decision = show(&plan, "worker", pass);
        let has_it =
            decision.starts_with('+') || decision.starts_with("already") || decision.starts_with("own init");
        assert!(has_it, "{pass}: {decision}");
    }
    assert_eq!(show(&plan, "worker", "user"), "already: worker/Dockerfile:5");
    assert_eq!(show(&plan, "worker", "init"), "own init: tini, by worker/Dockerfile:8");
    assert!(show(&plan, "worker", "read_only").contains("+ tmpfs /tmp ("));
    assert!(show(&plan, "api", "read_only").starts_with('?'), "it starts as root");
}

#[test]
fn files_of_the_corpus() {
    let Some(corpus) = shared("corpus/real") else { return };
    let (mut all, mut found) = (0, 0);
    for file in compose_files(&corpus) {
        let Ok(loaded) = load::file(&file, &Options { read_outside: true, ..Options::default() }) else {
            continue;
        };
        let images = of_project(&loaded.project);
        for (service, image) in loaded.project.services.iter().zip(&images) {
            let Some(build) = &service.build else { continue };
            all += 1;
            let is_found = matches!(build.recipe, Recipe::Found(_));
            found += usize::from(is_found);
            assert!(is_found || image.built.is_none() || service.image.is_some());
        }
    }
    println!("{found} of {all} services that are built have their Dockerfile at hand");
    assert!(all > 0, "the corpus has services that are built");
}

fn compose_files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let mut files = Vec::new();
    for path in paths {
        if path.is_dir() {
            files.extend(compose_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "yml" || extension == "yaml") {
            files.push(path);
        }
    }
    files
}
