//! The proof passes what is right and refuses what is not: hand-made plans and rewrites, and random damage.

#![expect(
    clippy::panic,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::disallowed_methods,
    reason = "helpers of tests fail by panicking, and read the corpus"
)]

mod anchors;
mod case;
mod damage;

use case::{Case, Keys, LIMIT, MEM, TWO};
use harden::edit::Rewrite;
use harden::plan::{Op, Value};
use harden::verify::{ProofError, prove};

fn two() -> Case {
    Case::new(TWO)
}

// what is right

#[test]
fn nothing_planned_and_nothing_written_holds() {
    two().holds();
    Case::new("services: {}\n").holds();
    Case::new("\u{feff}services:\r\n  a:\r\n    image: b").holds();
}

#[test]
fn a_new_key_holds_wherever_it_stands() {
    two().mem("web").after("'80:80']", "\n    mem_limit: 64m").holds();
    two().mem("web").after("image: nginx:1.27\n", "    mem_limit: '64m'\n").holds();
    Case::new("services: {a: {image: b}}").mem("a").after("image: b", ", mem_limit: 64m").holds();
    Case::new("services: {a: {}}").mem("a").after("a: {", "mem_limit: 64m").holds();
}

#[test]
fn every_operation_holds() {
    two()
        .set("db", LIMIT, Value::str("1g"))
        .after("'true'\n", "    deploy:\n      resources: {limits: {memory: 1g}}\n")
        .holds();
    two().append("web", &["cap_drop"], &["ALL"]).after("'80:80']\n", "    cap_drop: [ALL]\n").holds();
    let item = Op::ReplaceItem { index: 0, value: Value::str("127.0.0.1:80:80") };
    two().op("web", &["ports"], item).replace("'80:80'", "'127.0.0.1:80:80'").holds();
    two()
        .set("web", &["pids_limit"], Value::number("200"))
        .after("'80:80']\n", "    pids_limit: 200\n")
        .holds();
    two().set("web", &["cpus"], Value::number("1.0")).after("'80:80']\n", "    cpus: 1.0\n").holds();
    two().set("web", &["init"], Value::Bool(true)).after("'80:80']\n", "    init: true\n").holds();
}

#[test]
fn what_is_there_grows_or_is_replaced() {
    let text = "services:\n  a:\n    image: b\n    mem_limit: 4g # much\n    tmpfs: /run\n    cap_drop:\n    - X\n    deploy:\n";
    let case = || Case::new(text);
    case().mem("a").replace("4g", "64m").holds();
    case().append("a", &["tmpfs"], &["/tmp"]).replace(" /run", "\n      - /run\n      - /tmp").holds();
    case().append("a", &["cap_drop"], &["X", "ALL"]).after("- X\n", "    - ALL\n").holds();
    case()
        .set("a", LIMIT, Value::str("1g"))
        .after("deploy:\n", "      resources: {limits: {memory: 1g}}\n")
        .holds();
}

#[test]
fn line_ends_and_the_end_of_the_file_are_kept() {
    let case = || Case::new("services:\r\n  a:\r\n    image: b");
    case().mem("a").after("image: b", "\r\n    mem_limit: 64m").holds();
    case().mem("a").after("image: b", "\n    mem_limit: 64m").is_refused("line ends");
    case().mem("a").after("image: b", "\r\n    mem_limit: 64m\r\n").is_refused("line ends");
    Case::new("services:\n  a:\n    image: b\n")
        .mem("a")
        .after("image: b", "\r\n    mem_limit: 64m")
        .is_refused("line ends");
}

#[test]
fn several_documents_and_odd_scalars_hold() {
    let case = Case::new("--- # one\nservices:\n  a:\n    image: b\n---\n# two\nx: 1\n---\n");
    case.mem("a").after("image: b\n", "    mem_limit: 64m\n").holds();
    let odd = "services:\n  a:\n    image: b\n    labels:\n      - 0o17\n      - 0x1F\n      - -12\n      - +1.5e3\n      - .inf\n      - -.INF\n      \
               - .nan\n      - 0755\n      - 1_000\n      - 1e3\n      - 12:30\n      - 2024-01-01\n      - ~\n      - yes\n      - -\n      - 123456789012345678901\n      \
               - !!str 12\n      - !!int '12'\n      - !!float 3\n      - !t 12\n      - !t '12'\n      - !reset\n      - ! x\n      - |\n        a\n\n        b\n      - >-\n        c\n        d\n      - \"\\u00fc\\n\"\n      - 'it''s'\n      - two\n        lines\n";
    Case::new(odd).mem("a").after("image: b\n", "    mem_limit: 64m\n").holds();
    Case::new(&odd.replace('\n', "\r\n")).mem("a").after("image: b\r\n", "    mem_limit: 64m\r\n").holds();
}

#[test]
fn the_second_run_counts() {
    let case = two().mem("web").after("'80:80']\n", "    mem_limit: 64m\n");
    let rewrite =
        Rewrite { file: case.file, edits: case.edits.clone(), parts: Vec::new(), text: case.rewritten() };
    let again = two().mem("db").plan();
    let error = prove(&case.tree, &case.services.clone().into(), &case.plan(), rewrite, &again).unwrap_err();
    assert_eq!(error, ProofError::NotIdempotent("db.mem_limit".into()));
}

// what is wrong in meaning

#[test]
fn a_dropped_change_is_refused() {
    two().mem("web").is_refused("`services.web.mem_limit`");
    let half = two().mem("web").mem("db").after("'80:80']\n", "    mem_limit: 64m\n");
    half.is_refused("`services.db.mem_limit`");
}

#[test]
fn a_shifted_change_is_refused() {
    let case = two().mem("db");
    case.after("'true'\n", "      mem_limit: 64m\n").is_refused("`services.db.environment.mem_limit`");
    two().mem("db").after("'true'\n", "  mem_limit: 64m\n").is_refused("`services.db.mem_limit`");
    two().mem("db").after("'true'\n", "mem_limit: 64m\n").is_refused("`services.db.mem_limit`");
    two().mem("db").after("'80:80']\n", "    mem_limit: 64m\n").is_refused("`services.web.mem_limit`");
    let deploy = || two().set("db", LIMIT, Value::str("1g"));
    deploy()
        .after("'true'\n", "    deploy: {limits: {memory: 1g}}\n")
        .is_refused("`services.db.deploy.resources`");
    deploy().after("'true'\n", "    deploy: {resources: {memory: 1g}}\n").is_refused("limits`");
}

#[test]
fn a_duplicated_change_is_refused() {
    let twice = "    mem_limit: 64m\n    mem_limit: 64m\n";
    two().mem("web").after("'80:80']\n", twice).is_refused("mem_limit");
    let far =
        two().mem("web").after("1.27\n", "    mem_limit: 64m\n").after("'80:80']\n", "    mem_limit: 64m\n");
    far.is_refused("mem_limit");
    let list = two().append("web", &["cap_drop"], &["ALL"]);
    list.after("'80:80']\n", "    cap_drop: [ALL, ALL]\n").is_refused("`services.web.cap_drop.1`");
    let service = two().mem("web").after("'80:80']\n", "    mem_limit: 64m\n  web: {image: x}\n");
    service.is_refused("`services.web`");
}

#[test]
fn a_change_that_is_not_planned_is_refused() {
    two().after("'80:80']\n", "    mem_limit: 64m\n").is_refused("`services.web.mem_limit`");
    two().after("data: {}\n", "networks: {}\n").is_refused("`networks`");
    two().after("data: {", "driver: x").is_refused("`volumes.data.driver`");
    two().after("['80:80'", ", '81:81'").is_refused("`services.web.ports.1`");
    two().after("1.27", ".1").is_refused("`services.web.image`");
    two().after("data: {}\n", "---\na: 1\n").is_refused("not what was planned");
    two().after("data: {}\n", "---\n").is_refused("not what was planned");
}

#[test]
fn another_value_or_type_is_refused() {
    let case = |value| two().set("web", &["pids_limit"], value);
    for text in ["'200'", "200.0", "201", "[200]", "{a: 200}", "!x 200", ""] {
        let line = format!("    pids_limit: {text}\n");
        case(Value::number("200")).after("'80:80']\n", &line).is_refused("`services.web.pids_limit");
    }
    for text in ["200", "'201'"] {
        let line = format!("    pids_limit: {text}\n");
        case(Value::str("200")).after("'80:80']\n", &line).is_refused("`services.web.pids_limit`");
    }
    case(Value::Bool(true)).after("'80:80']\n", "    pids_limit: 'true'\n").is_refused("pids_limit");
}

#[test]
fn a_value_that_turns_into_another_type_is_refused() {
    two().after("RATE: ", "'").after("1.50", "'").is_refused("`services.db.environment.RATE`");
    two().after("PORT: ", "'").after("5432", "'").is_refused("`services.db.environment.PORT`");
    two().after("PORT: ", "!x ").is_refused("`services.db.environment.PORT`");
    two().after("PORT: ", "!!str ").is_refused("`services.db.environment.PORT`");
}

#[test]
fn a_lost_or_other_tag_is_refused() {
    let text = "services:\n  a:\n    image: b\n    ports: !override ['80:80']\n    user: !reset null\n";
    let item = Op::ReplaceItem { index: 0, value: Value::str("x") };
    Case::new(text).op("a", &["ports"], item).replace("'80:80'", "x").holds();
    let list = || Case::new(text).set("a", &["ports"], Value::strs(["x"]));
    list().replace("['80:80']", "[x]").holds();
    list().replace("!override ['80:80']", "[x]").is_refused("`services.a.ports`");
    list().replace("!override ['80:80']", "!reset [x]").is_refused("`services.a.ports`");
    Case::new(text)
        .set("a", &["user"], Value::str("1:1"))
        .replace("!reset null", "'1:1'")
        .is_refused("`services.a.user`");
}

#[test]
fn text_that_is_no_yaml_is_refused() {
    two().mem("web").after("'80:80']\n", "    mem_limit: [64m\n").is_refused("not valid YAML");
    two().mem("web").after("'80:80']\n", "    mem_limit: *nowhere\n").is_refused("not valid YAML");
    let unanchored =
        "services:\n  a:\n    image: b\n    mem_limit: &m 1g\n  c:\n    image: d\n    mem_limit: *m\n";
    Case::new(unanchored).mem("a").replace("&m 1g", "64m").is_refused("not valid YAML");
}

// what is wrong in the bytes

#[test]
fn bytes_outside_the_edits_are_untouched() {
    let case = two().mem("web").after("'80:80']\n", "    mem_limit: 64m\n");
    let text = case.rewritten();
    for (from, to) in
        [("# a stack", "# A stack"), ("  db:", "   db:"), ("data: {}\n", "data: {}"), ("1.27", "1.28")]
    {
        assert_eq!(case.prove_text(text.replace(from, to)).unwrap_err(), ProofError::Bytes, "{from}");
    }
    assert_eq!(case.prove_text(format!("{text}\n")).unwrap_err(), ProofError::Bytes);
    assert_eq!(case.prove_text(text.replace("64m", "65m")).unwrap_err(), ProofError::Bytes);
}

#[test]
fn only_what_is_replaced_may_go() {
    let case = || two().mem("web").after("'80:80']\n", "    mem_limit: 64m\n");
    case().replace("1.50", "1.5").is_refused("bytes outside");
    case().replace("'true'", "\"true\"").is_refused("bytes outside");
    case().replace("data: {}\n", "data: {}\n\n").is_refused("bytes outside");
    case().replace("5432", "0x1538").is_refused("bytes outside");
}

#[test]
fn a_lost_comment_is_refused() {
    let text =
        "services:\n  a:\n    image: b\n    cap_drop: # why\n      - A # one\n      # two\n      - B\n";
    let case = || Case::new(text).set("a", &["cap_drop"], Value::strs(["ALL"]));
    case().replace("- A # one\n      # two\n      - B", "- ALL").is_refused("comment");
    case().replace(" # why\n      - A # one\n      # two\n      - B", " [ALL]").is_refused("comment");
    case().replace("- A # one", "- ALL # one").replace("\n      - B", "").is_refused("comment");
    case().replace("- A", "- ALL").replace("\n      - B", "").holds();
    Case::new(text).mem("a").after("- A ", "\n").after("- B\n", "    mem_limit: 64m\n").holds();
    Case::new(text)
        .mem("a")
        .after("# o", "\n      # ")
        .after("- B\n", "    mem_limit: 64m\n")
        .is_refused("comment");
    Case::new(text)
        .mem("a")
        .after("# one", " and")
        .after("- B\n", "    mem_limit: 64m\n")
        .is_refused("comment");
}

// what reaches others

const MERGED: &str = "\
services:
  a: &a
    image: x
    cap_drop: [A]
  b:
    <<: *a
    command: y
  c: *a
";

#[test]
fn a_leak_through_a_merge_or_alias_is_refused() {
    let case = || Case::new(MERGED).mem("a").after("image: x\n", "    mem_limit: 64m\n");
    case().is_refused("`services.b.mem_limit`");
    case().inherit("b", "a", MEM).is_refused("`services.c.mem_limit`");
    case().inherit("b", "a", MEM).inherit("c", "a", MEM).holds();
    case().inherit("b", "a", MEM).mem("c").holds();
    case().inherit("b", "a", &["cpus"]).inherit("c", "a", MEM).is_refused("`services.b.mem_limit`");
}

#[test]
fn an_heir_may_have_lines_of_its_own() {
    let case = || Case::new(MERGED).mem("b").after("command: y\n", "    mem_limit: 64m\n");
    case().holds();
    case().mem("a").mem("c").after("image: x\n", "    mem_limit: 64m\n").holds();
    let other = case()
        .set("a", MEM, Value::str("1g"))
        .inherit("c", "a", MEM)
        .after("image: x\n", "    mem_limit: 1g\n");
    other.holds();
    let missing = Case::new(MERGED).mem("a").mem("b").mem("c").after("image: x\n", "    mem_limit: 64m\n");
    missing.is_refused("`services.b.mem_limit`");
}

#[test]
fn a_merged_list_is_written_whole() {
    let case = || Case::new(MERGED).append("b", &["cap_drop"], &["ALL"]);
    case().after("command: y\n", "    cap_drop: [A, ALL]\n").holds();
    case().after("command: y\n", "    cap_drop: [ALL]\n").is_refused("`services.b.cap_drop");
    let at_source = case().after("cap_drop: [A", ", ALL");
    at_source.is_refused("`services.a.cap_drop");
    let deploy = "x: &x\n  deploy: {mode: global}\nservices:\n  a:\n    <<: *x\n    image: b\n"
        .replace("x: &x", "x-x: &x");
    let case = || Case::new(&deploy).set("a", LIMIT, Value::str("1g"));
    let whole = "    deploy: {mode: global, resources: {limits: {memory: 1g}}}\n";
    case().after("image: b\n", whole).holds();
    case()
        .after("image: b\n", "    deploy: {resources: {limits: {memory: 1g}}}\n")
        .is_refused("deploy.mode`");
}

const BLOCK: &str = "\
x-logging: &log
  driver: json-file
services:
  a:
    image: x
    logging: *log
  b:
    image: y
    logging: *log
";

#[test]
fn an_edit_in_a_shared_block_needs_all_to_agree() {
    let size: Keys = &["logging", "options", "max-size"];
    let case = || Case::new(BLOCK).after("json-file\n", "  options: {max-size: 10m}\n");
    case().set("a", size, Value::str("10m")).set("b", size, Value::str("10m")).holds();
    case().set("a", size, Value::str("10m")).inherit("b", "a", size).holds();
    case().set("a", size, Value::str("10m")).is_refused("`services.b.logging.options`");
    case().is_refused("`x-logging.options`");
    let two = case().set("a", size, Value::str("10m")).set("b", size, Value::str("20m"));
    assert!(two.prove().is_err());
}

#[test]
fn a_shared_block_reaches_nothing_but_services() {
    let text = format!("{BLOCK}networks:\n  n: *log\n");
    let size: Keys = &["logging", "options", "max-size"];
    let case = Case::new(&text).set("a", size, Value::str("10m")).set("b", size, Value::str("10m"));
    case.after("json-file\n", "  options: {max-size: 10m}\n").is_refused("`networks.n`");
}

#[test]
fn a_service_made_in_an_x_block_is_edited_there() {
    let text = "x-base: &base\n  image: x\nservices:\n  a: *base\n  b:\n    <<: [*base]\n    user: u\n";
    let case = || Case::new(text).mem("a").after("image: x\n", "  mem_limit: 64m\n");
    case().is_refused("`services.b.mem_limit`");
    case().inherit("b", "a", MEM).holds();
    let own = Case::new(text).mem("b").after("user: u\n", "    mem_limit: 64m\n");
    own.holds();
}

#[test]
fn a_leak_through_a_list_or_scalar_is_refused() {
    let list = "services:\n  a:\n    cap_drop: &caps\n      - A\n  b:\n    cap_drop: *caps\n";
    let case = || Case::new(list).append("a", &["cap_drop"], &["ALL"]).after("- A\n", "      - ALL\n");
    case().is_refused("`services.b.cap_drop");
    case().append("b", &["cap_drop"], &["ALL"]).holds();
    let scalar = "services:\n  a:\n    mem_limit: &m 1g\n  b:\n    mem_limit: *m\n";
    Case::new(scalar).mem("a").replace("1g", "64m").is_refused("`services.b.mem_limit`");
    Case::new(scalar).mem("b").replace("*m", "64m").holds();
}

#[test]
fn a_leak_through_extends_is_refused() {
    let text = "services:\n  a:\n    image: x\n  b:\n    extends: a\n  c:\n    extends: {service: b}\n  d:\n    extends: {file: o.yml, service: a}\n";
    let case = || Case::new(text).mem("a").after("image: x\n", "    mem_limit: 64m\n");
    case().is_refused("`services.b.mem_limit`");
    case().inherit("b", "a", MEM).is_refused("`services.c.mem_limit`");
    case().inherit("b", "a", MEM).inherit("c", "a", MEM).holds();
    let own = "services:\n  a:\n    image: x\n  b:\n    extends: a\n    mem_limit: 1g\n";
    Case::new(own).mem("a").after("image: x\n", "    mem_limit: 64m\n").holds();
}

#[test]
fn a_mapping_that_extends_brings_is_laid_below_the_own_one() {
    let text = "services:\n  a:\n    image: x\n  b:\n    extends: a\n    logging: {driver: json-file, options: {max-size: 1m}}\n";
    let options =
        Value::Map(vec![("max-size".into(), Value::str("9m")), ("max-file".into(), Value::str("3"))]);
    let whole = Value::Map(vec![("driver".into(), Value::str("json-file")), ("options".into(), options)]);
    let lines = "    logging: {driver: json-file, options: {max-size: 9m, max-file: '3'}}\n";
    let case = |text: &str| Case::new(text).set("a", &["logging"], whole.clone()).after("image: x\n", lines);
    case(text).is_refused("`services.b.logging`");
    let full = case(text).set("b", &["logging", "options", "max-file"], Value::str("5"));
    full.after("max-size: 1m", ", max-file: '5'").holds();
    case(&text.replace("json-file", "local")).holds();
    case(&text.replace("{driver", "!override {driver")).holds();
}
