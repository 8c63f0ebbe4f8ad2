//! What the tests of faults share: scenes, their state before and after, and the program run under `strace`.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::Command;

pub use crate::folder::{Folder, Ran};

/// A service that harden knows how to change.
pub const OLD: &str = "services:\n  web:\n    image: nginx:1.27\n";

/// And what it makes of it with `--only init`.
pub const NEW: &str = "services:\n  web:\n    image: nginx:1.27\n    init: true\n";

/// Whether the tests that are slow, or need rights or `strace`, are asked for; says it where they are not.
pub fn required(what: &str) -> bool {
    let is = std::env::var("HARDEN_FAULTS").is_ok_and(|value| value == "required");
    if !is {
        println!("not run without HARDEN_FAULTS=required: {what}");
    }
    is
}

/// A file as far as a replacement may not change it: mode, owner, group, and its access list and notes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    pub text: String,
    mode: u32,
    owner: (u32, u32),
}

/// Everything in a folder, by name.
pub type State = BTreeMap<String, File>;

/// The files of a folder and those below.
pub fn state(folder: &Path) -> State {
    let mut found = State::new();
    let mut open = vec![folder.to_owned()];
    while let Some(path) = open.pop() {
        for entry in fs::read_dir(&path).unwrap().map(Result::unwrap) {
            if entry.file_type().unwrap().is_dir() {
                open.push(entry.path());
                continue;
            }
            let name = entry.path().strip_prefix(folder).unwrap().to_str().unwrap().to_owned();
            let meta = entry.metadata().unwrap();
            let text = String::from_utf8(fs::read(entry.path()).unwrap()).unwrap();
            found.insert(name, File { text, mode: meta.mode(), owner: (meta.uid(), meta.gid()) });
        }
    }
    found
}

/// Takes the temporary files of harden out of a state.
pub fn take_temporary(state: &mut State) -> State {
    let is_temporary = |path: &str| {
        let name = path.rsplit('/').next().unwrap();
        name.starts_with(".harden-") && Path::new(name).extension().is_some_and(|ending| ending == "tmp")
    };
    let (temporary, rest) = std::mem::take(state).into_iter().partition(|(name, _)| is_temporary(name));
    *state = rest;
    temporary
}

/// Whether who could not read one file of `old` could read a temporary one.
pub fn is_wider(temporary: &File, old: &State) -> bool {
    old.values().all(|old| temporary.mode & 0o077 & !old.mode != 0)
}

/// A job of harden, and the files that it starts from.
pub struct Scene {
    /// What it is called in messages.
    pub name: &'static str,
    pub words: &'static [&'static str],
    pub files: &'static [(&'static str, &'static str)],
}

/// Every way in which harden writes files.
pub const SCENES: [Scene; 8] = [
    Scene { name: "one file", words: &["compose.yml", "--write"], files: &[("compose.yml", OLD)] },
    Scene {
        name: "a project of two files",
        words: &["-f", "a.yml", "-f", "b.yml", "--write"],
        files: &[
            ("a.yml", "services:\n  web:\n    image: nginx:1.27\n"),
            ("b.yml", "services:\n  db:\n    image: redis:7\n"),
        ],
    },
    Scene {
        name: "a tree of three projects",
        words: &[".", "--write"],
        files: &[("a/compose.yml", OLD), ("b/compose.yml", OLD), ("c/compose.yml", OLD)],
    },
    Scene {
        name: "a new overlay",
        words: &["compose.yml", "--overlay", "o.yml", "--write"],
        files: &[("compose.yml", OLD)],
    },
    Scene {
        name: "an output that is there",
        words: &["compose.yml", "-o", "out.yml"],
        files: &[("compose.yml", OLD), ("out.yml", "# of old\n")],
    },
    Scene {
        name: "two reports",
        words: &["compose.yml", "--check", "--report", "json=r.json", "--report", "sarif=r.sarif"],
        files: &[("compose.yml", OLD), ("r.json", "{}\n")],
    },
    Scene { name: "a policy", words: &["init"], files: &[("compose.yml", OLD)] },
    Scene { name: "a baseline", words: &["baseline"], files: &[("compose.yml", OLD)] },
];

impl Scene {
    /// The folder before anything was done, with files that others may not read.
    pub fn folder(&self) -> Folder {
        let folder = Folder::new(self.files);
        for (name, _) in self.files {
            fs::set_permissions(folder.path(name), fs::Permissions::from_mode(0o640)).unwrap();
        }
        folder
    }

    /// The words, with the passes that make the texts short.
    pub fn words(&self) -> Vec<&str> {
        let mut words = self.words.to_vec();
        if !matches!(words.first(), Some(&"init")) {
            words.extend(["--only", "init"]);
        }
        words
    }

    /// The state after an undisturbed run.
    pub fn after(&self) -> State {
        let folder = self.folder();
        let ran = folder.run(&self.words());
        assert!(matches!(ran.code, Some(0 | 1)), "{}: {}", self.name, ran.err);
        state(&root(&folder))
    }
}

/// The folder itself.
pub fn root(folder: &Folder) -> PathBuf {
    folder.path("")
}

/// A system call of the first thread: its name, and which one of that name it is, from 1.
pub type Step = (String, usize);

/// System calls that a write is made of.
const CALLS: &str = "%file,read,write,close,fsync,fchmod,fchown,fstat,fcntl,getrandom,getdents64,\
    flistxattr,fgetxattr,fsetxattr,fremovexattr,exit_group";

/// Calls before the first temporary file is made that are taken, too: the last looks at what is there.
const BEFORE: usize = 8;

/// The steps of all writes of a run, in order: from shortly before the first temporary file is made to the end.
pub fn steps(scene: &Scene) -> Vec<Step> {
    let folder = scene.folder();
    let log = tempfile::NamedTempFile::new().unwrap();
    let trace = format!("trace={CALLS}");
    let ran =
        Ran::of(&mut strace(&folder, &["-e", &trace, "-o", log.path().to_str().unwrap()], &scene.words()));
    assert!(matches!(ran.code, Some(0 | 1)), "{}", ran.err);
    let log = fs::read_to_string(log.path()).unwrap();
    let first_thread = log.split(' ').next().unwrap();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let (mut steps, mut first) = (Vec::new(), None);
    for line in log.lines() {
        let Some((thread, call)) = line.split_once(' ') else { continue };
        let Some((name, rest)) = call.trim_start().split_once('(') else { continue };
        if thread != first_thread || !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
            continue;
        }
        if rest.contains("/.harden-") && rest.contains("O_CREAT") {
            first.get_or_insert(steps.len());
        }
        let count = counts.entry(name).or_default();
        *count += 1;
        steps.push((name.to_owned(), *count));
    }
    let first = first.unwrap_or_else(|| panic!("{}: nothing was written: {log}", scene.name));
    steps.split_off(first.saturating_sub(BEFORE))
}

/// The program under `strace`, with one system call tampered with.
pub fn injected(folder: &Folder, words: &[&str], call: &str, how: &str) -> Ran {
    let (trace, inject) = (format!("trace={call}"), format!("inject={call}:{how}"));
    Ran::of(&mut strace(folder, &["-e", &trace, "-e", &inject, "-o", "/dev/null"], words))
}

fn strace(folder: &Folder, options: &[&str], words: &[&str]) -> Command {
    let mut command = Command::new("timeout");
    command.args(["60", "strace", "-f", "-qq"]).args(options);
    command.arg(env!("CARGO_BIN_EXE_harden")).args(words).current_dir(root(folder));
    command.env_remove("NO_COLOR").env_remove("GITHUB_ACTIONS").stdin(std::process::Stdio::null());
    command
}
