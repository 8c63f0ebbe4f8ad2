//! The proof of values that are written once: what services merge must give each what is planned for it, and no more.

use super::case::{Case, Keys};
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

const BLOCK: &str = "x-harden-defaults: &harden\n  mem_limit: 64m\n  pids_limit: 9\n  read_only: true\n";

/// Three services that get the same, of which one merges something already.
fn planned(text: &str) -> Case {
    let mut case = Case::new(text);
    case.style = Style::Anchors;
    for service in ["a", "b", "c"] {
        case = case.mem(service).set(service, &["pids_limit"], Value::number("9"));
        case = case.set(service, &["read_only"], Value::Bool(true));
        if service != "c" {
            case = case.set(service, INIT, Value::Bool(true));
        }
    }
    case.set("d", INIT, Value::Bool(true))
}

const MERGES: &str = "    <<: *harden\n";
/// What is put before and behind the alias that is there.
const BOTH: [&str; 2] = ["[", ", *harden]"];
const OWN: &str = "    init: true\n";

#[test]
fn values_that_are_written_once_hold() {
    good(BLOCK, BOTH, "").holds();
}

#[test]
fn a_mapping_with_anything_else_is_refused() {
    for (from, to) in [("64m", "65m"), ("pids_limit: 9", "pids_limit: '9'"), ("  mem_limit: 64m\n", "")] {
        good(&BLOCK.replace(from, to), BOTH, "").is_refused("x-harden-defaults");
    }
    good(&format!("{BLOCK}  init: true\n"), BOTH, "").is_refused("x-harden-defaults.init");
    good(&BLOCK.replace("x-harden-defaults", "x-defaults"), BOTH, "").is_refused("x-defaults");
}

#[test]
fn a_merge_left_out_or_too_many_is_refused() {
    good(BLOCK, ["", ""], "").is_refused("services.c");
    good(BLOCK, ["[", ", *own]"], "").is_refused("services.c");
    good(BLOCK, ["[", ", *harden, *harden]"], "").is_refused("services.c");
    good(BLOCK, ["[*harden, ", "]"], "").is_refused("services.c");
    good(BLOCK, BOTH, MERGES).is_refused("services.d");
    let twice = good(BLOCK, BOTH, "").after("image: a\n", "    mem_limit: 64m\n");
    twice.is_refused("services.a");
}

#[test]
fn a_block_in_each_service_is_not_what_was_asked_for() {
    let own = "    mem_limit: 64m\n    init: true\n    pids_limit: 9\n    read_only: true\n";
    let case = planned(FOUR).after("image: a\n", own).after("image: b\n", own).after("image: d\n", OWN);
    case.after("image: c\n", "    mem_limit: 64m\n    pids_limit: 9\n    read_only: true\n")
        .is_refused("services.a");
}

#[test]
fn two_services_share_nothing() {
    let mut case = Case::new("services:\n  a:\n    image: a\n  b:\n    image: b\n").mem("a").mem("b");
    case.style = Style::Anchors;
    let case = case.set("a", INIT, Value::Bool(true)).set("b", INIT, Value::Bool(true));
    let own = "    mem_limit: 64m\n    init: true\n";
    case.after("image: a\n", own).after("image: b\n", own).holds();
}

/// The right rewrite with another mapping, another merge of `c` and more lines in `d`.
fn good(block: &str, merge: [&str; 2], more: &str) -> Case {
    let own = format!("{MERGES}{OWN}");
    let rest = format!("{more}{OWN}");
    planned(FOUR)
        .after("  init: false\n", block)
        .after("image: a\n", &own)
        .after("image: b\n", &own)
        .after("<<: ", merge[0])
        .after("<<: *own", merge[1])
        .after("image: d\n", &rest)
}
