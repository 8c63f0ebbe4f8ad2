//! Runs harden in this process or as a program, and reads what it made.

#![expect(clippy::disallowed_methods, reason = "tests make and read their own files, and run the program")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use clap::Parser;
use harden::cli::Cli;
use harden::load;
use harden::run::{Console, run};
use serde_json::Value;

/// All documents about a whole run.
pub const DOCUMENTS: [&str; 6] = ["json", "sarif", "github", "gitlab", "junit", "markdown"];

/// Everything `--format` takes.
pub const FORMATS: [&str; 8] = ["text", "diff", "json", "sarif", "github", "gitlab", "junit", "markdown"];

/// A file with something to change, a secret, and something a person must decide.
pub const PLAIN: &str =
    "services:\n  web:\n    image: example/web:1.0\n    environment:\n      TOKEN: hush-hush\n";

/// A file that is no Compose file.
pub const BROKEN: &str = "services:\n  web:\n    image: x\n    mem_limit: lots\n";

/// Runs harden here, in the directory of the crate, and hands over what it prints to standard output.
pub fn here(words: &[&str]) -> String {
    let cli = Cli::try_parse_from(std::iter::once(&"harden").chain(words)).unwrap();
    let request = cli.request().unwrap();
    let (mut out, mut err) = (Vec::new(), Vec::new());
    run(&request, &mut Console { out: &mut out, err: &mut err, colored_out: false, interactive: false });
    String::from_utf8(out).unwrap()
}

/// Runs the program in a directory, as if it were not in GitHub Actions.
pub fn program(dir: &Path, words: &[&str]) -> (Option<i32>, String, String) {
    with_env(dir, words, None)
}

/// Runs the program in a directory with `GITHUB_ACTIONS` set.
pub fn on_github(dir: &Path, words: &[&str]) -> (Option<i32>, String, String) {
    with_env(dir, words, Some("true"))
}

fn with_env(dir: &Path, words: &[&str], github: Option<&str>) -> (Option<i32>, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_harden"));
    command.args(words).current_dir(dir).stdin(Stdio::null());
    match github {
        Some(value) => command.env("GITHUB_ACTIONS", value),
        None => command.env_remove("GITHUB_ACTIONS"),
    };
    let output = command.output().unwrap();
    (
        output.status.code(),
        String::from_utf8(output.stdout).unwrap(),
        String::from_utf8(output.stderr).unwrap(),
    )
}

/// A project with waivers, a pass that is switched off, a baseline of which something is fixed, advice that fails, and
/// changes that can be made.
pub fn set_aside() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let web = PLAIN.replace("  web:", "  web:\n    init: true");
    put(dir.path(), "compose.yml", PLAIN);
    put(dir.path(), ".harden.yml", "fail_on: low\n");
    assert_eq!(program(dir.path(), &["baseline"]).0, Some(0));
    put(dir.path(), "compose.yml", &(web + "  db:\n    image: postgres:16\n  cache:\n    image: redis:7\n"));
    let policy = "fail_on: low\npasses: {logging: false}\nwaive:\n  - {service: db, pass: read_only, reason: it writes}\n  - \
                  {service: web, pass: user, reason: x}\n  - {service: '*', pass: image_tag, reason: 'a \"mirror\"', until: \
                  2999-12-31}\n";
    put(dir.path(), ".harden.yml", policy);
    dir
}

/// A project of one service that was run before.
pub fn proved() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    put(dir.path(), "compose.yml", PLAIN);
    let loaded = load::file(&dir.path().join("compose.yml"), &load::Options::default()).unwrap();
    let config = loaded.project.services[0].fingerprint();
    let name = &loaded.project.services[0].name;
    fs::create_dir(dir.path().join(".harden")).unwrap();
    let record = format!(
        "{{config: [{config}], engine: '1', date: 2026-01-02, kept: {{cpus: ['1.0']}}, dropped: {{init: no}}}}"
    );
    let text = format!("version: 1\nfiles: {{compose.yml: {{{name}: {record}}}}}\n");
    put(dir.path(), ".harden/evidence.yml", &text);
    dir
}

pub fn put(dir: &Path, name: &str, text: &str) {
    fs::write(dir.join(name), text).unwrap();
}

pub fn text(path: impl AsRef<Path>) -> String {
    let path = path.as_ref();
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

pub fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

/// A text as it was; none of a file that is only to be made.
pub fn text_before(path: &str) -> String {
    if Path::new(path).exists() { text(path) } else { String::new() }
}

/// A copy of a case folder, below a repository.
pub struct Copied(tempfile::TempDir);

impl Copied {
    pub fn path(&self) -> PathBuf {
        self.0.path().join("case")
    }
}

/// One case folder.
pub struct Case {
    folder: PathBuf,
    files: Vec<String>,
    options: Vec<String>,
}

impl Case {
    /// What is typed to harden it, where its folder lies at `folder`, and nothing is said but what is asked for.
    pub fn words(&self, folder: &Path, more: &[&str]) -> Vec<String> {
        let path = |name: &String| folder.join(name).to_str().unwrap().to_owned();
        let mut words = vec!["-q".to_owned()];
        match self.files.as_slice() {
            [file] => words.push(path(file)),
            files => words.extend(files.iter().flat_map(|file| ["-f".to_owned(), path(file)])),
        }
        words.extend(self.options.iter().cloned());
        words.extend(more.iter().map(|&word| word.to_owned()));
        words
    }

    /// Hardens it where it is.
    pub fn run(&self, more: &[&str]) -> String {
        let words = self.words(&self.folder, more);
        here(&words.iter().map(String::as_str).collect::<Vec<_>>())
    }

    /// Hardens a copy and hands over the folder.
    pub fn written(&self) -> Copied {
        let copy = Copied(tempfile::tempdir().unwrap());
        // a repository, as around the case itself: its project may read the folders beside it
        fs::create_dir(copy.0.path().join(".git")).unwrap();
        fs::create_dir(copy.path()).unwrap();
        copy_folder(&self.folder, &copy.path());
        let words = self.words(&copy.path(), &["--write"]);
        here(&words.iter().map(String::as_str).collect::<Vec<_>>());
        copy
    }

    pub fn name(&self) -> String {
        self.folder.display().to_string()
    }
}

fn copy_folder(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap().map(|entry| entry.unwrap().path()) {
        let target = to.join(entry.file_name().unwrap());
        if entry.is_dir() {
            fs::create_dir(&target).unwrap();
            copy_folder(&entry, &target);
        } else {
            fs::copy(&entry, target).unwrap();
        }
    }
}

/// Every case folder of files that are changed where they lie: an overlay, another target or another style is about
/// the text that is written, and the formats know nothing of it.
pub fn cases() -> Vec<Case> {
    let groups = folders(Path::new("tests/cases"));
    let all = groups.iter().flat_map(|group| folders(group));
    let cases: Vec<Case> = all.filter(|folder| is_plain(folder)).map(case).collect();
    assert!(cases.len() > 100, "only {} cases", cases.len());
    cases
}

fn is_plain(folder: &Path) -> bool {
    let args = fs::read_to_string(folder.join("args")).unwrap_or_default();
    let known = ["level=", "only=", "skip=", "files="];
    args.lines().all(|line| known.iter().any(|known| line.starts_with(known)))
}

fn case(folder: PathBuf) -> Case {
    let args = fs::read_to_string(folder.join("args")).unwrap_or_default();
    let listed = args.lines().find_map(|line| line.strip_prefix("files="));
    let usual = || std::iter::once("input.yml").chain(harden::load::DEFAULT_NAMES);
    let files = match listed {
        Some(names) => names.split(',').map(str::to_owned).collect(),
        None => vec![usual().find(|name| folder.join(name).is_file()).unwrap().to_owned()],
    };
    let options = args.lines().filter(|line| !line.starts_with("files="));
    let options = options.map(|line| format!("--{line}")).collect();
    Case { folder, files, options }
}

fn folders(path: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path());
    let mut folders: Vec<PathBuf> = entries.filter(|path| path.is_dir()).collect();
    folders.sort();
    folders
}
