//! Asks Docker Compose what it makes of a text and of a `.env`, and compares. Needs the Compose plugin, no engine.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![expect(clippy::disallowed_methods, reason = "tests make files and ask Compose")]
#![expect(clippy::print_stdout, reason = "says why nothing was checked")]

mod common;

use std::path::Path;
use std::{env, fs};

use common::plugin;
use harden::compose::interpolate::finish;
use harden::load::{self, Options};
use serde_json::{Value, json};

/// Values to be interpolated; `K` is `v`, `E` is empty, `D` is `a$b`, `B` is `x}y`. Compose also refuses
/// `${K:-${U:?x}}`, of which nothing but `v` is left here: `U` may be set where it runs.
const TEXTS: &[&str] = &[
    "$K",
    "${K}",
    "${K}x",
    "$Kx",
    "$K-x",
    "${K:-d}",
    "${E:-d}",
    "${E-d}",
    "${U:-d}",
    "${U-d}",
    "${U}",
    "$U",
    "${U:?say}",
    "${U?say}",
    "${E:?say}",
    "${E?say}",
    "${K:?say}",
    "${K:+r}",
    "${E:+r}",
    "${E+r}",
    "${U:+r}",
    "${U+r}",
    "$$",
    "$$K",
    "$${K}",
    "$$$K",
    "$",
    "a$",
    "$1",
    "$ x",
    "$-",
    "$(pwd)",
    "${",
    "${}",
    "${K",
    "${K:x}",
    "${K:}",
    "${1}",
    "${ K}",
    "${K }",
    "${K:-}",
    "${K-}",
    "${U:-${K}}",
    "${U:-${V:-${K}}}",
    "${U:-a}b}",
    "${U:-{}}",
    "${U:-{}",
    "${U:-{} ${K}",
    "${U:-x} ${K:-y}",
    "${K:-${}",
    "${U:-${}",
    "${U:+${}",
    "${K:?${}",
    "${{ github.x }}",
    "${U:-a\nb}",
    "${U:-a}\n${K}",
    "$D",
    "${U:-$D}",
    "${U:-$$x}",
    "${K-${",
    "${K:=x}",
    "${K/x/y}",
    "${U:-a:-b}",
    "${U-a:-b}",
    "${K:+a-b}",
    "${U-:?}",
    "${B}",
    "${U:-$}x",
    "${k}",
    "${U:-}}",
    "$K$K",
    "$U$K",
    "${E:?}",
    "${_x:-1}",
    "$é",
    "${é:-x}",
    "${K.x}",
    "$K.x",
    "${U:-{{.Name}}}",
    "${U:-${K}${K}}",
    "${U:-a${K",
    "${U:-$${K}}",
    "${U:-\\}}",
    "${U:+${V:?x}}",
    "${U:-{{}} ${K:-y}",
    "${U:-{{x}}} ${K:-y}",
    "${U:-{}} ${K:-y}",
    "${U:-x{}y} ${K:-z}",
    "${U:-{}}-}",
    "${E+${K:-a}}}",
    "${U-${V-{}}",
    "${K:-a} ${",
    "${U:-a$}b}",
    "${U:-$V}-${V:-$}K",
    "{${U:-x}}",
    "${U:-$$}}",
    "${U:-$$}",
    "${K:+$U}foo",
];

/// Files of variables of which `A`, `B` and `C` are looked at.
const FILES: &[&str] = &[
    "A=1",
    "A = 1 ",
    "export A=1",
    "A: 1",
    "A:=1",
    "A=x # c",
    "A=x#c",
    "A='x' # c",
    "A='x'y",
    "A='x' y\nB=2",
    "A=\"x\"\"y\"",
    r#"A="a\nb\tc\\d\"e\$f\x41\0101\q""#,
    r"A='a\nb'",
    r"A='a\\b\'c\d'",
    r"A='x\\\'y'",
    "A=a\"b\"",
    "A=\"a\nb\"\nC=2",
    "A=1\nB=$A-${A}",
    "A=1\nB='$A'",
    "B=$A\nA=1",
    "A=$$x",
    "A=${U}",
    "A=${U:-d}",
    "A=${",
    "A=\"${\"",
    "A",
    "A\nB=1",
    "A B=1",
    "A B",
    "A!=1",
    "=1",
    ":1",
    "#c\n\n  A=1\n",
    "\u{feff}A=1",
    "A=1\r\nB=2\r\n",
    "A=\"1\r\n2\"\r\n",
    "A='unterminated\nB=1",
    "A=",
    "A= #c",
    "A=1\nA=$A$A",
    "A=\t1\t",
    "export A",
    "A=x\\",
    "A==",
    "A=1;B=2",
    "A =\n1",
    "A=\n\n\nB=2",
    "A=\u{a0}1",
    "\"A\"=1",
    "A='x'B=1",
    r#"A="\0""#,
    r#"A="\a\b\f\v\r\c""#,
    r#"A="\08\0999\012345""#,
    r#"A="\01\0777\0377""#,
    "A=${U:-a # b}",
    "A=\\$x",
    "A=\u{2003}1\u{2003}",
    "A\u{2003}=1",
    "A=1\u{b}B",
    "A=1\n\n}",
    "A=x\\\nB=1",
    "A=\"a\\\nb\"",
    "A=1\nB\nC=$B\n",
    "A=x\nB=${A:+2}${A-3}",
    "A:'x'",
    "A=\nB=${A:-e}",
    "A=${A}",
];

#[test]
fn texts_mean_what_compose_makes_of_them() {
    let files: Vec<_> = TEXTS.iter().map(|text| (*text, "K=v\nE=\nD='a$b'\nB='x}y'\n")).collect();
    compare(&files);
}

#[test]
fn files_mean_what_compose_makes_of_them() {
    let files: Vec<_> = FILES.iter().map(|file| ("${A-unset}|${B-unset}|${C-unset}", *file)).collect();
    compare(&files);
}

fn compare(pairs: &[(&str, &str)]) {
    let required = env::var("HARDEN_CORPUS").is_ok_and(|value| value == "required");
    if !plugin::is_there() {
        assert!(!required, "the Compose plugin is required and not there");
        println!("no Compose plugin: nothing checked");
        return;
    }
    let differing = pairs.iter().filter_map(|(text, env)| {
        let folder = tempfile::tempdir().unwrap();
        let project = json!({"services": {"a": {"image": "x", "hostname": text}}});
        fs::write(folder.path().join("compose.yml"), project.to_string()).unwrap();
        fs::write(folder.path().join(".env"), env).unwrap();
        let (theirs, ours) = (theirs(folder.path()), ours(folder.path()));
        (ours != theirs).then(|| format!("{text:?} with {env:?}: {ours:?}, and Compose has {theirs:?}"))
    });
    let differing: Vec<String> = differing.collect();
    assert!(differing.is_empty(), "{} of {} differ:\n{}", differing.len(), pairs.len(), differing.join("\n"));
}

/// What Compose makes of the host name; `None` when it refuses the file.
fn theirs(folder: &Path) -> Option<String> {
    let output = plugin::compose(["PATH", "HOME"].map(|name| (name, env::var_os(name).unwrap_or_default())))
        .args(["-f", "compose.yml", "config", "--format", "json"])
        .current_dir(folder)
        .output()
        .unwrap();
    if !output.status.success() {
        return None;
    }
    let config: Value = serde_json::from_slice(&output.stdout).unwrap();
    let name = config.pointer("/services/a/hostname").and_then(Value::as_str).unwrap_or_default();
    // `config` doubles dollar signs again
    Some(name.replace("$$", "$"))
}

/// The same as harden has it, when no variable is set elsewhere.
fn ours(folder: &Path) -> Option<String> {
    let loaded = load::file(&folder.join("compose.yml"), &Options::default()).ok()?;
    let name = loaded.project.services.first()?.hostname.as_ref()?.value.clone();
    finish(&name).ok()
}
