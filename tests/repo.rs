//! The repository checks itself: whatever is written twice is compared.

#![expect(
    clippy::panic,
    clippy::unwrap_used,
    clippy::string_slice,
    reason = "a test that cannot go on has failed"
)]
#![expect(clippy::disallowed_methods, reason = "tests read the repository")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use clap::{CommandFactory as _, ValueEnum as _};
use harden::cli::{Cli, Schema};
use harden::passes::{ALL, PassKind};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: impl AsRef<Path>) -> String {
    let path = root().join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Every file below a folder with this ending, sorted.
fn files(folder: &str, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![root().join(folder)];
    while let Some(path) = open.pop() {
        for entry in fs::read_dir(path).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.to_str().unwrap().ends_with(ending) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// `module → modules it may import`, read from the table in `src/lib.rs`.
fn import_table() -> BTreeMap<String, BTreeSet<String>> {
    let text = read("src/lib.rs");
    let rows = text.lines().filter_map(|line| line.strip_prefix("//! | `"));
    rows.map(|row| {
        let (module, allowed) = row.split_once("` | ").unwrap();
        let allowed = allowed.split('`').skip(1).step_by(2).map(str::to_owned).collect();
        (module.to_owned(), allowed)
    })
    .collect()
}

#[test]
fn the_import_table_holds() {
    let table = import_table();
    let mut faults = Vec::new();
    for path in files("src", ".rs") {
        if path.ends_with("tests.rs") {
            continue; // tests may look everywhere
        }
        let relative = path.strip_prefix(root().join("src")).unwrap();
        let module = relative
            .components()
            .next()
            .unwrap()
            .as_os_str()
            .to_str()
            .unwrap()
            .trim_end_matches(".rs")
            .to_owned();
        let Some(allowed) = table.get(&module) else { continue };
        let text = fs::read_to_string(&path).unwrap();
        let code = text.split("#[cfg(test)]\nmod ").next().unwrap();
        for (at, _) in code.match_indices("crate::") {
            let name: String =
                code[at + 7..].chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            if name != module && !allowed.contains(&name) && table.contains_key(&name) && module != "run" {
                faults.push(format!("{} imports `{name}`", relative.display()));
            }
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn every_module_is_in_the_import_table() {
    let table = import_table();
    for line in read("src/lib.rs").lines() {
        if let Some(module) = line.strip_prefix("pub mod ") {
            assert!(table.contains_key(module.trim_end_matches(';')), "{module} is not in the table");
        }
    }
}

#[test]
fn every_file_says_what_it_is_for() {
    for path in files("src", ".rs").into_iter().chain(files("tests", ".rs")) {
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.starts_with("//! "), "{} does not open with what it is for", path.display());
    }
}

#[test]
fn no_file_is_too_long_to_read() {
    for path in files("src", ".rs") {
        let lines = fs::read_to_string(&path).unwrap().lines().count();
        assert!(lines <= 500, "{} has {lines} lines", path.display());
    }
}

#[test]
fn every_pass_is_documented_and_has_its_own_file() {
    let mut seen = BTreeSet::new();
    for pass in ALL {
        let meta = pass.meta();
        assert!(seen.insert(meta.id), "{} is registered twice", meta.id);
        let folder = if pass.is_of_build() { "src/passes/build" } else { "src/passes" };
        let text = read(format!("{folder}/{}.md", meta.id));
        assert_eq!(text, meta.text, "{}: `text` is not the file beside it", meta.id);
        let file = read(format!("{folder}/{}.rs", meta.id));
        let shown = format!("#![doc = include_str!(\"{}.md\")]\n", meta.id);
        assert!(file.contains(&shown), "{}: the text is not its documentation", meta.id);
        let long = text.lines().find(|line| line.chars().count() > 125);
        assert_eq!(long, None, "{}.md has a line that no terminal shows in one", meta.id);
        assert!(!meta.summary.is_empty() && meta.summary != meta.id, "{}: no summary", meta.id);
    }
}

#[test]
fn every_pass_has_a_case() {
    for pass in ALL {
        let folder = root().join("tests/cases").join(pass.meta().id);
        let cases = fs::read_dir(&folder).map_or(0, Iterator::count);
        assert!(cases > 0, "{} is missing or empty", folder.display());
    }
}

#[test]
fn the_readme_lists_every_pass() {
    let readme = read("README.md");
    for pass in ALL {
        let meta = pass.meta();
        let row = format!("| `{}` | {} |", meta.id, meta.summary);
        assert!(readme.contains(&row), "README.md lacks the row\n{row}");
    }
    let rewriting = ALL.iter().filter(|pass| pass.meta().kind == PassKind::Rewrite).count();
    assert_eq!(rewriting, 12);
}

#[test]
fn the_readme_names_every_command_and_every_schema() {
    let readme = read("README.md");
    let cli = Cli::command();
    for command in cli.get_subcommands() {
        let name = command.get_name();
        assert!(readme.contains(&format!("`harden {name}")), "README.md lacks `harden {name}`");
    }
    let row = readme.lines().find(|line| line.starts_with("| `harden schema ")).unwrap();
    for schema in Schema::value_variants() {
        let schema = schema.to_possible_value().unwrap();
        let name = schema.get_name();
        let is_there = row.contains(&format!("`{name}`")) || row.contains(&format!(" {name}`"));
        assert!(is_there, "README.md lacks `harden schema {name}`");
    }
}

#[test]
fn every_schema_is_a_valid_schema() {
    for path in files("schemas", ".json") {
        let text = fs::read_to_string(&path).unwrap();
        let schema =
            serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        jsonschema::validator_for(&schema).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    }
}

/// The first cells of a table's rows in CONTRIBUTING.md, those between these two titles.
fn contributing(after: &str, before: &str) -> BTreeSet<String> {
    let text = read("CONTRIBUTING.md");
    let (_, table) = text.split_once(after).unwrap();
    let (table, _) = table.split_once(before).unwrap();
    let rows = table.lines().filter_map(|line| line.strip_prefix("| `"));
    rows.flat_map(|row| row.split('|').next().unwrap().split('`'))
        .map(|cell| cell.trim_matches([',', ' ']).to_owned())
        .filter(|cell| !cell.is_empty())
        .collect()
}

#[test]
fn how_to_add_an_image_explains_every_fact_and_every_basis() {
    let schema: serde_json::Value = serde_json::from_str(&read("schemas/catalogue.schema.json")).unwrap();
    let facts = schema["$defs"]["section"]["properties"].as_object().unwrap();
    let facts: BTreeSet<String> = facts.keys().cloned().collect();
    assert_eq!(contributing("| fact |", "### 3."), facts);
    let bases = schema["properties"].as_object().unwrap().iter();
    let bases = bases.filter(|(_, value)| value["$ref"] == "#/$defs/section").map(|(name, _)| name.clone());
    assert_eq!(contributing("| below |", "| fact |"), bases.collect());
}

#[test]
fn every_dependency_has_a_note() {
    let manifest = read("Cargo.toml");
    let mut used = BTreeSet::new();
    let mut section = "";
    for line in manifest.lines() {
        if line.starts_with('[') {
            section = line;
        } else if let Some((name, _)) = line.split_once(" = ").filter(|_| section.ends_with("dependencies]"))
            && !section.contains("dev-")
        {
            used.insert(name.to_owned());
        }
    }
    assert!(used.contains("serde") && used.contains("rustix"), "{used:?}");
    assert_eq!(contributing("## Dependencies", "Crates for tests"), used);
}

#[test]
fn the_test_command_of_ci_is_the_one_in_the_readme() {
    let readme = read("README.md");
    let ci = read(".ci/run");
    assert!(readme.contains("cargo test") && ci.contains("\ncargo test --locked\n"));
}

#[test]
fn everything_is_written_by_hand() {
    let own = fs::read_dir(root()).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_file());
    let folders = [
        ".ci",
        ".github",
        "benches",
        "examples",
        "fuzz/fuzz_targets",
        "schemas",
        "src",
        "templates",
        "tests",
    ];
    for path in folders.iter().flat_map(|folder| files(folder, "")).chain(own) {
        let bytes = fs::metadata(&path).unwrap().len();
        assert!(bytes < 100_000, "{} has {bytes} bytes", path.display());
    }
}

#[test]
fn no_file_names_a_machine() {
    let mine = root().to_str().unwrap().to_owned() + "/";
    for folder in ["src", "tests", "schemas", "examples"] {
        for path in files(folder, "") {
            let text = fs::read_to_string(&path).unwrap_or_default();
            assert!(
                mine.len() < 3 || !text.contains(&mine),
                "{} holds a path of this machine",
                path.display()
            );
        }
    }
}
