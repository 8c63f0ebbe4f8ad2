//! `schemas/policy.schema.json` is what the vocabulary makes, and says the same as the reader.

use std::fs;
use std::path::Path;

use harden::load::{self, Options, PolicyFrom, PolicyOptions};
use harden::{passes, policy};
use serde_json::Value;

use crate::Repository;

fn generated() -> Value {
    serde_json::from_str(&policy::schema(&passes::known())).unwrap()
}

/// `UPDATE=1 cargo test --test policy schema` writes it.
#[test]
#[expect(clippy::disallowed_methods, reason = "the schema is part of the repository")]
fn the_schema_is_the_one_that_the_vocabulary_makes() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas/policy.schema.json");
    let schema = policy::schema(&passes::known());
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, &schema).unwrap();
    }
    assert!(fs::read_to_string(path).unwrap() == schema, "run it with `UPDATE=1`");
    jsonschema::meta::validate(&generated()).unwrap();
}

#[test]
#[expect(clippy::disallowed_methods, reason = "both are part of the repository")]
fn the_policy_in_the_readme_is_the_example() {
    let read = |path: &str| fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap();
    assert!(read("README.md").contains(&format!("```yaml\n{}```\n", read("examples/policy/.harden.yml"))));
}

/// Whether the reader takes a policy.
fn is_read(text: &str) -> bool {
    let repository =
        Repository::new(&[(".harden.yml", text), ("compose.yml", "services: {a: {image: x}}\n")]);
    let options = Options::default();
    let mut loaded = load::file(&repository.path("compose.yml"), &options).unwrap();
    let from = PolicyFrom::File(repository.path(".harden.yml"));
    let wanted = PolicyOptions { from, ..PolicyOptions::default() };
    load::policy(&mut loaded, &wanted, &passes::known(), &options).is_ok()
}

#[test]
fn the_schema_and_the_reader_agree() {
    let validator = jsonschema::validator_for(&generated()).unwrap();
    let mut taken = 0;
    for (text, expected) in POLICIES {
        let value: serde_yaml::Value = serde_yaml::from_str(text).unwrap();
        let valid = validator.is_valid(&serde_json::to_value(value).unwrap());
        assert_eq!(valid, *expected, "the schema: {text}");
        assert_eq!(is_read(text), *expected, "the reader: {text}");
        taken += usize::from(*expected);
    }
    assert!(taken > 10 && POLICIES.len() - taken > 20);
}

/// Policies, and whether they are any.
const POLICIES: &[(&str, bool)] = &[
    ("services: {a: {probe: curl -f localhost}}\n", true),
    ("services: {a: {probe: {command: curl -f localhost, image: curl}}}\n", true),
    ("services: {a: {probe: {command: curl -f localhost}}}\n", false),
    ("services: {a: {probe: {image: curl}}}\n", false),
    ("services: {a: {probe: {command: x, image: y, user: z}}}\n", false),
    ("services: {a: {probe: [curl]}}\n", false),
    ("{}", true),
    ("level: safe", true),
    ("level: safest", false),
    ("levels: safe", false),
    ("fail_on: none", true),
    ("fail_on: worst", false),
    ("passes: {init: false, logging: {enabled: true}}", true),
    ("passes: {init: 1}", false),
    ("passes: {inits: false}", false),
    ("passes: [init]", false),
    ("passes: {mem_limit: {default: 512m}, cpus: {default: 1.5}, pids_limit: {default: 100}}", true),
    ("passes: {mem_limit: {default: lots}}", false),
    ("passes: {mem_limit: {max: 1g}}", false),
    ("passes: {cpus: {default: -1}}", false),
    ("passes: {pids_limit: {default: 0}}", false),
    ("passes: {pids_limit: {default: many}}", false),
    ("passes: {user: {default: '1001:1001'}}", true),
    ("passes: {user: {default: app}}", false),
    ("passes: {read_only: {tmpfs: [/tmp, '/x:size=1m']}}", true),
    ("passes: {read_only: {tmpfs: /tmp}}", false),
    ("passes: {read_only: {tmpfs: [tmp]}}", false),
    ("passes: {logging: {driver: local, max_size: 10m, max_file: 2}}", true),
    ("passes: {logging: {driver: syslog}}", false),
    ("passes: {logging: {max_size: 10mb}}", false),
    ("passes: {healthcheck: {severity: high}}", true),
    ("passes: {healthcheck: {severity: none}}", false),
    ("passes: {mem_limit: {severity: high}}", false),
    ("services: {web: {level: strict, passes: {init: false}, image: {user: '1:1'}}}", true),
    ("services: {web: {waive: {init: {reason: x, until: '2027-03-01'}}}}", true),
    ("services: {web: {waive: {init: {until: '2027-03-01'}}}}", false),
    ("services: {web: {fail_on: high}}", false),
    ("services: [web]", false),
    ("images: {ghcr.io/acme/api: {user: '1001:1001', tmpfs: [/app/cache, {path: /t, size: 1m}]}}", true),
    ("images: {ghcr.io/acme/api: {role: datastore, ports: [5432], memory: 1g, read_only: true}}", true),
    ("images: {ghcr.io/acme/api: {user: app}}", false),
    ("images: {ghcr.io/acme/api: {usr: '1:1'}}", false),
    ("images: {ghcr.io/acme/api: {tmpfs: [cache]}}", false),
    ("images: {ghcr.io/acme/api: {caps_root: [chown]}}", false),
    ("images: {ghcr.io/acme/api: {read_only: perhaps}}", false),
    ("waive: [{service: db, pass: init, reason: x}]", true),
    ("waive: [{service: 'd*', pass: init, reason: x, until: '2027-03-01'}]", true),
    ("waive: [{service: db, pass: init}]", false),
    ("waive: [{service: db, pass: init, reason: ' '}]", false),
    ("waive: [{service: db, pass: inits, reason: x}]", false),
    ("waive: [{pass: init, reason: x}]", false),
    ("waive: [{service: db, pass: init, reason: x, until: tomorrow}]", false),
    ("waive: {db: init}", false),
];
