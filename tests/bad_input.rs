//! Bad input: each ends in a clear error at its place, exit code 2, and nothing is written.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![expect(clippy::disallowed_methods, reason = "tests make files and start the program")]

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

struct Sandbox {
    folder: TempDir,
}

impl Sandbox {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    fn file(&self, text: impl AsRef<[u8]>) -> &Self {
        fs::write(self.folder.path().join("compose.yml"), text).unwrap();
        self
    }

    fn path(&self) -> std::path::PathBuf {
        self.folder.path().join("compose.yml")
    }

    fn harden(&self, args: &[&str]) -> Output {
        command(self.folder.path(), args).output().unwrap()
    }
}

fn command(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_harden"));
    command.args(args).current_dir(folder).stdin(Stdio::null()).env_clear();
    command
}

/// Every mode refuses the file with exit code 2, says each of the words, and leaves it as it is.
fn refused(text: impl AsRef<[u8]>, words: &[&str]) {
    let sandbox = Sandbox::new();
    sandbox.file(&text);
    for mode in ["--diff", "--write", "--check", "--stdout"] {
        let start = Instant::now();
        let output = sandbox.harden(&["compose.yml", mode]);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{mode}: {said}");
        assert!(output.stdout.is_empty(), "{mode}: an error goes to stderr only");
        for word in words {
            assert!(said.contains(word), "{mode}: expected `{word}` in:\n{said}");
        }
        assert!(start.elapsed() < Duration::from_secs(5), "{mode}: took {:?}", start.elapsed());
        assert_eq!(fs::read(sandbox.path()).unwrap(), text.as_ref(), "{mode}: the file changed");
    }
    assert_eq!(fs::read_dir(sandbox.folder.path()).unwrap().count(), 1, "something was left beside the file");
}

#[test]
fn not_utf8() {
    refused(b"services:\n  a:\n    image: \xff\n", &["compose.yml", "line 3 is not UTF-8"]);
}

#[test]
fn utf16() {
    let text: Vec<u8> = "\u{feff}services:\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    refused(text, &["UTF-16", "help:"]);
}

#[test]
fn carriage_returns_alone() {
    let words = ["compose.yml:1:4", "carriage return alone", "line ends of Unix or Windows"];
    refused("# a\rservices:\n  a:\n    image: x\n", &words);
    refused("services:\n  a: # b\r    image: x\n", &["compose.yml:2:9", "carriage return alone"]);
}

#[test]
fn nothing_in_it() {
    refused("", &["compose.yml", "nothing in this file"]);
    refused("# only\n\n# comments\n", &["nothing in this file"]);
}

#[test]
fn something_else_at_the_top() {
    refused("- a\n- b\n", &["compose.yml:1:1", "mapping", "list"]);
    refused("just words\n", &["compose.yml:1:1", "mapping"]);
    refused("version: '3'\n", &["`services`"]);
}

#[test]
fn compose_v1_layout() {
    refused("web:\n  image: nginx\ndb:\n  image: postgres\n", &["v1", "services:"]);
}

#[test]
fn tabs() {
    refused("services:\n\tweb:\n\t\timage: nginx\n", &["compose.yml:2:", "tab", "spaces"]);
}

#[test]
fn duplicate_keys() {
    refused(
        "services:\n  a:\n    image: x\n    image: y\n",
        &["compose.yml:4:5", "`image` is given twice", "first"],
    );
    refused("services:\n  a: {image: x}\n  a: {image: y}\n", &["compose.yml:3:3", "`a` is given twice"]);
}

#[test]
fn unclosed() {
    refused("services:\n  a:\n    image: \"x\n", &["compose.yml:3:12", "never closed"]);
    refused("services:\n  a:\n    command: [x, y\n", &["compose.yml:", "never closed"]);
}

#[test]
fn unknown_alias() {
    refused("x: &base {}\nservices:\n  a: *bsae\n", &["compose.yml:3:6", "`*bsae`", "did you mean"]);
}

#[test]
fn billion_laughs() {
    let mut text = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for level in 1..20 {
        let below = vec![format!("*a{}", level - 1); 10].join(", ");
        writeln!(text, "a{level}: &a{level} [{below}]").unwrap();
    }
    refused(text + "services: {a: {image: x}}\n", &["billion laughs"]);
}

#[test]
fn nested_too_deeply() {
    refused("[".repeat(10_000), &["compose.yml:1:", "nested"]);
    let mut deep = String::new();
    for level in 0..5_000_usize {
        deep.push_str(&" ".repeat(level % 200));
        deep.push_str("- ");
    }
    refused(deep, &["nested"]);
    let blocks: Vec<String> = (0..3_000).map(|level| " ".repeat(level) + "a:\n").collect();
    refused(blocks.concat(), &["nested"]);
}

#[test]
fn a_hundred_thousand_block_levels() {
    // one level a line would be 5 GB of indentation; compact nested lists are as deep in 200 kB
    refused("- ".repeat(100_000), &["nested"]);
}

#[test]
fn wrong_values() {
    refused(
        "services:\n  a:\n    image: x\n    mem_limit: lots\n",
        &["compose.yml:4:16", "`mem_limit` must be a size such as 512m, found `lots`"],
    );
    refused("services:\n  a:\n", &["compose.yml:2:", "`a`", "mapping"]);
    refused("services:\n  a: text\n", &["compose.yml:2:6", "`a`", "mapping"]);
    refused("services:\n  a: 7\n", &["compose.yml:2:6", "`a`", "mapping"]);
    refused("services:\n  a:\n    image: x\n    ports: {a: b}\n", &["compose.yml:4:", "`ports`", "list"]);
}

#[test]
fn a_secret_is_not_shown_in_an_error() {
    let sandbox = Sandbox::new();
    sandbox.file("services:\n  a:\n    image: x\n    environment:\n      DB_PASSWORD: [hunter2secret]\n");
    let output = sandbox.harden(&["compose.yml"]);
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("compose.yml:5:"), "{said}");
    assert!(!said.contains("hunter2secret"), "{said}");
}

#[test]
fn things_that_are_no_files() {
    let sandbox = Sandbox::new();
    fs::create_dir(sandbox.path()).unwrap();
    let output = sandbox.harden(&["compose.yml"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("no Compose project in"));

    let sandbox = Sandbox::new();
    assert!(Command::new("mkfifo").arg(sandbox.path()).status().unwrap().success());
    let output = sandbox.harden(&["compose.yml"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("not a regular file"));

    let output = Sandbox::new().harden(&["nowhere.yml"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("nowhere.yml"));

    let output = Sandbox::new().harden(&[]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("compose.yaml"));
}

#[test]
fn too_large() {
    let sandbox = Sandbox::new();
    sandbox.file(format!("services: {{a: {{image: x}}}}\n#{}\n", "x".repeat(2 << 20)));
    let output = sandbox.harden(&["compose.yml", "--max-size", "1m"]);
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("limit of 1m") && said.contains("--max-size"), "{said}");
}

/// Root may read and write everything, so these run as another user where `setpriv` can make one.
fn as_nobody(folder: &Path, args: &[&str]) -> Option<Output> {
    let binary = folder.join("harden");
    fs::copy(env!("CARGO_BIN_EXE_harden"), &binary).unwrap();
    let mut command = Command::new("setpriv");
    command.args(["--reuid=65534", "--regid=65534", "--clear-groups"]).arg(&binary).args(args);
    command.current_dir(folder).env_clear().env("PATH", "/usr/bin:/bin");
    let is_busy = |output: &Output| String::from_utf8_lossy(&output.stderr).contains("Text file busy");
    let mut output = command.output().ok()?;
    // a test beside this one that starts a program holds what is written here until that has begun
    while is_busy(&output) {
        std::thread::sleep(std::time::Duration::from_millis(20));
        output = command.output().ok()?;
    }
    let refused = String::from_utf8_lossy(&output.stderr).contains("setpriv:");
    (!refused).then_some(output)
}

#[test]
fn no_permission() {
    use std::os::unix::fs::PermissionsExt;
    let mode = |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    let sandbox = Sandbox::new();
    let text = "services:\n  a:\n    image: nginx:1.27\n";
    sandbox.file(text);
    mode(sandbox.folder.path(), 0o755);

    mode(&sandbox.path(), 0o000);
    let Some(output) = as_nobody(sandbox.folder.path(), &["compose.yml"]) else {
        panic!("setpriv (util-linux) is needed to try another user");
    };
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("permission denied"), "{said}");

    for (what, bits) in [
        ("readable, but neither the file nor its directory is writable", 0o444),
        ("only the directory is read-only", 0o666),
    ] {
        mode(&sandbox.path(), bits);
        let output = as_nobody(sandbox.folder.path(), &["compose.yml", "--write"]).unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{what}: {said}");
        assert!(said.contains("nothing was written"), "{what}: {said}");
        assert_eq!(fs::read_to_string(sandbox.path()).unwrap(), text, "{what}");
    }
}
