//! The proof of values that are written once: what services merge must give each what is planned for it, and no more.

use super::case::{Case, Keys, MEM};
use harden::plan::{Style, Value};

const INIT: Keys = &["init"];

const FOUR: &str = "\
x-own: &own
  restart: always
  init: false
services:
  a:
    image: a
  b:
    image: b
  c:
    <<: *own
    image: c
  d:
    image: d
";

const BLOCK: &str = "x-harden-defaults: &harden\n  mem_limit: 64m\n  init: true\n  pids_limit: 9\n";

/// Three services that get the same, of which one merges something already.
fn planned(text: &str) -> Case {
    let mut case = Case::new(text);
    case.style = Style::Anchors;
    for service in ["a", "b", "c"] {
        case = case.mem(service).set(service, &["pids_limit"], Value::number("9"));
        if service != "c" {
            case = case.set(service, INIT, Value::Bool(true));
        }
    }
    case.set("d", INIT, Value::Bool(true))
}

/// What is to be written for it: `init` is wanted by three, and the third says no by what it merges first.
fn written(block: &str, first: &str, merge: &str, rest: &str) -> Case {
    planned(FOUR)
        .after("  init: false\n", block)
        .after("image: a\n", first)
        .after("image: b\n", "    <<: *harden\n")
        .replace("<<: *own", merge)
        .after("image: d\n", rest)
}

const MERGES: &str = "    <<: *harden\n";
const BOTH: &str = "<<: [*own, *harden]";
const OWN: &str = "    init: true\n";

#[test]
fn values_that_are_written_once_hold() {
    let block = BLOCK.replace("  init: true\n", "");
    let own = format!("{MERGES}{OWN}");
    let case = planned(FOUR)
        .after("  init: false\n", &block)
        .after("image: a\n", &own)
        .after("image: b\n", &own)
        .replace("<<: *own", BOTH)
        .after("image: d\n", OWN);
    case.holds();
}

#[test]
fn a_mapping_with_anything_else_is_refused() {
    for (from, to) in [("64m", "65m"), ("pids_limit: 9", "pids_limit: '9'"), ("  mem_limit: 64m\n", "")] {
        let block = BLOCK.replace("  init: true\n", "").replace(from, to);
        good(&block, BOTH, "").is_refused("x-harden-defaults");
    }
    good(BLOCK, BOTH, "").is_refused("x-harden-defaults.init");
}

#[test]
fn a_merge_left_out_or_too_many_is_refused() {
    let block = BLOCK.replace("  init: true\n", "");
    good(&block, "<<: *own", "").is_refused("services.c");
    good(&block, "<<: *harden", "").is_refused("services.c");
    good(&block, "<<: [*harden, *own]", "").is_refused("services.c");
    good(&block, BOTH, MERGES).is_refused("services.d");
    written(&block, "", BOTH, OWN).is_refused("services.a");
    written(&block, &format!("{MERGES}    mem_limit: 64m\n"), BOTH, OWN).is_refused("services.a");
}

#[test]
fn a_block_in_each_service_is_not_what_was_asked_for() {
    let own = "    mem_limit: 64m\n    init: true\n    pids_limit: 9\n";
    let case = planned(FOUR).after("image: a\n", own).after("image: b\n", own).after("image: d\n", OWN);
    case.after("image: c\n", "    mem_limit: 64m\n    pids_limit: 9\n").is_refused("services.a");
}

#[test]
fn two_services_share_nothing() {
    let mut case = Case::new("services:\n  a:\n    image: a\n  b:\n    image: b\n").mem("a").mem("b");
    case.style = Style::Anchors;
    let case = case.set("a", INIT, Value::Bool(true)).set("b", INIT, Value::Bool(true));
    let own = "    mem_limit: 64m\n    init: true\n";
    case.after("image: a\n", own).after("image: b\n", own).holds();
    assert_eq!(MEM, ["mem_limit"]);
}

/// The right rewrite with another mapping, another merge of `c` and more lines in `d`.
fn good(block: &str, merge: &str, more: &str) -> Case {
    let own = format!("{MERGES}{OWN}");
    let rest = format!("{more}{OWN}");
    planned(FOUR)
        .after("  init: false\n", block)
        .after("image: a\n", &own)
        .after("image: b\n", &own)
        .replace("<<: *own", merge)
        .after("image: d\n", &rest)
}
