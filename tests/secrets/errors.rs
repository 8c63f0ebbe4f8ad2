//! Files that cannot be hardened, each with a fault at or beside a credential.

use crate::folder::Folder;
use crate::{DOCUMENTS, assert_silent, leaks, run};

/// What stands below `services.web`, or in place of it all where it begins with `services` or `---`.
const BROKEN: [(&str, &str); 45] = [
    ("broken yaml at the line", "environment:\n      A: hush01\n     B: hush02\n"),
    ("open quote", "environment:\n      A: \"hush01\n    image: x\n"),
    ("open bracket", "environment: [A=hush01\n"),
    ("open brace", "environment: {A: hush01\n"),
    ("tab", "environment:\n\tA: hush01\n"),
    ("colon in the value", "environment:\n      A: hush01: hush02\n"),
    ("colon in an item", "environment:\n    - A: hush01\n    - B=hush02\n"),
    ("an unknown alias", "environment:\n      A: *hush01\n"),
    ("an unknown alias in a list", "command:\n    - *hush01\n"),
    ("an unknown alias like another", "environment:\n      A: &hush01 x\n      B: *hush02\n"),
    ("an alias as a key", "environment:\n      *hush01: x\n"),
    ("an unknown tag", "environment:\n      A: !hush01 x\n"),
    ("a percent sign", "environment:\n      A: %hush01\n"),
    ("an at sign", "environment:\n      A: @hush01\n"),
    ("a bad escape", "environment:\n      A: \"\\hush01\"\n"),
    ("text after a quote", "environment:\n      A: 'x'hush01\n"),
    ("a name given twice", "environment:\n      A: hush01\n      A: hush02\n"),
    ("an item as a key, twice", "environment:\n      ? A=hush01\n      ? A=hush01\n"),
    ("a command given twice", "command: hush01\n    command: hush02\n"),
    ("a scalar for a mapping", "environment: hush01\n"),
    ("a list in it", "environment:\n      A: [hush01]\n"),
    ("a mapping in it", "environment: {A: {hush01: hush02}}\n"),
    ("a mapping in a command", "command: {hush01: hush02}\n"),
    ("a list in a command", "command: [[hush01]]\n"),
    ("labels of the wrong type", "labels: hush01\n"),
    ("a label twice", "labels: [hush01, hush01]\n"),
    ("an environment item twice", "environment: [A=hush01, A=hush01]\n"),
    ("a health check", "healthcheck: {test: {hush01: x}}\n"),
    ("a health check interval", "healthcheck: {test: [CMD, hush01], interval: 5 lots}\n"),
    ("build arguments", "build: {context: ., args: hush01}\n"),
    ("nested build arguments", "build: {context: ., args: {A: {B: hush01}}}\n"),
    ("a URL for a size", "mem_limit: https://me:hush01@x\n"),
    ("a default for a size", "mem_limit: ${UNSET_PASSWORD:-hush01}\n"),
    ("a variable of .env for a size", "mem_limit: ${A}\n"),
    ("a required variable", "environment:\n      A: ${UNSET:?hush01}\n"),
    ("a required variable elsewhere", "command: x ${UNSET:?hush01} hush02\n"),
    ("a broken variable", "environment:\n      A: ${hush01\n"),
    ("a broken variable with a dollar", "environment:\n      A: pa$$hush01$!hush02\n"),
    ("a broken default", "environment:\n      A: ${B:-hush01${C-hush02}\n"),
    ("logging", "logging: {driver: splunk, options: {splunk-token: [hush01]}}\n"),
    ("a key that is none", "environment: {A: hush01}\n    enviroment: {A: hush02}\n"),
    ("content", "services:\n  web: {image: x}\nconfigs:\n  a:\n    content: [hush01]\n"),
    ("driver options", "services:\n  web: {image: x}\nvolumes:\n  a:\n    driver_opts: {o: [hush01]}\n"),
    ("driver options as text", "services:\n  web: {image: x}\nvolumes:\n  a:\n    driver_opts: hush01\n"),
    (
        "an included repository",
        "include:\n- https://me:hush01@git.example/x.git\nservices:\n  web: {image: x}\n",
    ),
];

fn text(fault: &str) -> String {
    if fault.starts_with(['s', 'i']) { fault.to_owned() } else { format!("services:\n  web:\n    {fault}") }
}

#[test]
fn faults_do_not_show_what_is_beside_them() {
    let dir = Folder::new(&[(".env", "A=hush90\nB=hush91\n")]);
    for (what, fault) in BROKEN {
        dir.put("compose.yml", &text(fault));
        let mut refused = 0;
        for words in [
            &["--check", "-v"][..],
            &["--check", "--format", "json"],
            &["explain", "init"],
            &["--overlay", "o.yml"],
        ] {
            let words = [words, &["compose.yml"]].concat();
            let ran = run(&dir, &words);
            refused += usize::from(ran.code == Some(2));
            assert!(ran.code.is_some(), "{what}: {ran:?}");
            let silent = leaks(&ran.err).is_empty() && leaks(&ran.out).is_empty();
            assert!(silent, "{what}, {words:?}:\n{}\n{}", ran.err, ran.out);
        }
        let documents = DOCUMENTS.map(|format| format!("--report={format}=report.{format}"));
        run(
            &dir,
            &[&["--check", "-q", "compose.yml"][..], &documents.each_ref().map(String::as_str)].concat(),
        );
        for format in DOCUMENTS {
            let report = dir.text(format!("report.{format}"));
            assert!(!report.is_empty() && leaks(&report).is_empty(), "{what}: {report}");
        }
        assert!(refused > 0 || what.starts_with("an ") || what.starts_with("a "), "{what} was taken");
    }
}

#[test]
fn faults_beside_the_file_do_not_show_it() {
    let plain = "services:\n  web:\n    image: x:1\n    build: .\n    env_file: app.env\n    environment: [\"B=${B}\"]\n";
    let faults = [
        (".env", "A=hush01\nB='hush02\nC=hush03\n"),
        (".env", "hush01 hush02\n"),
        (".env", "A=${hush01\n"),
        (".env", "hush01!x=hush02\n"),
        (".env", "A=\"${B:?hush01}\"\n"),
        (".env", "COMPOSE_FILE=hush01.yml\n"),
        ("app.env", "A=hush01\nB=\"hush02\n"),
        ("app.env", "hush01 = hush02 hush03\nhush04-x\n"),
        ("app.env", "A=${B:?hush01}\n"),
        ("Dockerfile", "FROM hush01:x\nRUN <<EOF\nhush02\n"),
        ("Dockerfile", "ENV A=\"hush01\nFORM x\n"),
        ("Dockerfile", "FROM x\nRUN [\"hush01\n"),
        (".harden.yml", "hush01: x\n# hush02\n"),
        (".harden.yml", "level: safe\npasses: {mem_limit: {default: [hush01]}}\n"),
    ];
    for (name, text) in faults {
        let dir = Folder::new(&[("compose.yml", plain), ("app.env", "X=1\n"), ("Dockerfile", "FROM x\n")]);
        dir.put(name, text);
        let own = [(".harden.yml", "hush01"), (".env", "COMPOSE_FILE")]
            .iter()
            .any(|(of, word)| *of == name && text.contains(word));
        for format in DOCUMENTS.into_iter().chain(["text"]) {
            let words = ["--check", "-v", "--format", format, "compose.yml"];
            let ran = run(&dir, &words);
            // the keys of a policy are not credentials, and neither are names of files
            if !own {
                assert_silent(&words, &ran);
            }
        }
    }
}
