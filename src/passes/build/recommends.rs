//! `apt-get install` without `--no-install-recommends`: what that would leave out, and the line without it.
//!
//! The flag changes what is installed, so it is never more than a guess. What packages need of what they recommend is a
//! table: from the `Recommends` of Debian's packages, where people have stumbled over it.

use super::amend::Amendment;
use super::scripts::{is_apt, script, subcommand};
use super::view::{Base, View};
use crate::dockerfile::read::Instruction;
use crate::dockerfile::shell::Command;
use crate::plan::{Change, Confidence, DOCKERFILE, Op};
use crate::source::{FileId, Place};

/// A package, what it cannot do without, and a word that must be in the Dockerfile for that to hold, if not empty.
const NEEDS: [(&str, &str, &str); 9] = [
    ("curl", CERTIFICATES, ""),
    ("wget", CERTIFICATES, ""),
    ("git", CERTIFICATES, ""),
    ("git", "openssh-client", "git@"),
    ("git", "openssh-client", "ssh://"),
    ("nodejs", CERTIFICATES, ""),
    ("gcc", "libc6-dev", ""),
    ("clang", "libc6-dev", ""),
    ("xvfb", "xauth", ""),
];
const CERTIFICATES: &str = "ca-certificates";

/// Packages that recommend more than can be named for everyone; those that begin like this.
const WIDE: [(&str, &str); 12] = [
    ("chromium", "its sandbox and fonts"),
    ("cmake", "`gcc` and `make`"),
    ("golang", "`gcc` and `pkg-config`"),
    ("gnome", "most of the desktop"),
    ("imagemagick", "`ghostscript` and more formats"),
    ("kde-", "most of the desktop"),
    ("libreoffice", "parts of itself and fonts"),
    ("python3-pip", "`build-essential` and `python3-dev`"),
    ("r-base", "`r-recommended`"),
    ("rustc", "`cargo`"),
    ("texlive", "styles and fonts"),
    ("xfce4", "most of the desktop"),
];

/// Images that bring certificates, whatever their tag.
const HAVE_CERTIFICATES: [&str; 9] =
    ["buildpack-deps", "eclipse-temurin", "gcc", "golang", "maven", "php", "python", "ruby", "rust"];

const ASSUMES: &str = "assumes that no program needs a package that is only recommended";

/// The longest command that is shown whole.
const SHOWN: usize = 160;

/// What was found in the image.
pub(super) struct Recommends {
    /// What to do.
    pub(super) help: String,
    /// Where the first is.
    pub(super) place: Place,
    /// What strict writes.
    pub(super) fix: Vec<Change>,
}

/// A command that installs.
struct Found<'v> {
    run: &'v Instruction,
    /// What it is to say; `None` where a person must find that out.
    line: Option<String>,
    /// Why it is not written.
    trap: Option<String>,
    change: Option<Change>,
}

/// What is found; `None` where every command has the flag, or something else decides.
pub(super) fn find(view: &View<'_>) -> Option<Recommends> {
    if is_set(view) {
        return None;
    }
    let runs = view.instructions().filter(|it| it.keyword == "RUN");
    let found: Vec<Found<'_>> = runs.filter_map(|run| look(view, run)).collect();
    let first = found.first()?;
    let lines: Vec<String> = found.iter().skip(1).map(|it| view.file.line(it.run).to_string()).collect();
    let more = match lines.as_slice() {
        [] => String::new(),
        [line] => format!(", and the same in line {line}"),
        lines => format!(", and the same in lines {}", lines.join(", ")),
    };
    Some(Recommends {
        help: first.help() + &more,
        place: view.place(first.run),
        fix: found.into_iter().filter_map(|it| it.change).collect(),
    })
}

/// Something that installs without what is only recommended.
pub(super) fn without<'v>(view: &View<'v>) -> Option<&'v Instruction> {
    let mut runs = view.instructions().filter(|it| it.keyword == "RUN");
    runs.find(|it| it.body().contains("install") && it.body().contains("--no-install-recommends"))
}

/// Whether apt is told so for the whole image, or may be: by its configuration, or by the base.
fn is_set(view: &View<'_>) -> bool {
    let name = view.base().name();
    let tells = |text: &str| {
        let words = ["Install-Recommends", "apt.conf", "APT_CONFIG"];
        words.iter().any(|word| text.contains(word))
    };
    let in_file = view.instructions().any(|it| {
        let texts = it.heredocs.iter().map(|body| view.file.slice(body.clone()));
        texts.chain([it.arguments.as_str()]).any(tells)
    });
    in_file || name.contains("minideb") || name.contains("bitnami/")
}

fn look<'v>(view: &View<'v>, run: &'v Instruction) -> Option<Found<'v>> {
    if !run.heredocs.is_empty() || run.exec().is_some() {
        return None;
    }
    let (script, from) = script(run)?;
    let installs: Vec<Install<'_>> = script.iter().filter_map(|command| install(view, command)).collect();
    let first = installs.first()?;
    let line = first.line(run, from);
    let trap = installs.iter().find_map(|install| install.trap.clone());
    let is_known = trap.is_none() && installs.iter().all(|install| install.is_plain);
    let change = if is_known { change(view, (run, from), &script, &installs) } else { None };
    Some(Found { run, line: line.filter(|_| is_known), trap, change })
}

impl Found<'_> {
    fn help(&self) -> String {
        let flag = "`apt-get install --no-install-recommends`";
        match (&self.trap, &self.line) {
            (Some(trap), _) => format!("write {flag}, and name what is needed: {trap}"),
            (None, Some(line)) => format!("write `{line}`"),
            (None, None) => format!("write {flag}, and name what is needed of the rest"),
        }
    }
}

/// A command that installs packages, and what they need.
struct Install<'c> {
    command: &'c Command,
    /// The end of the word `install`, and of the last package.
    ends: (usize, usize),
    /// Packages to name as well, each with the one that needs it.
    needs: Vec<(&'static str, &'static str)>,
    trap: Option<String>,
    is_plain: bool,
}

fn install<'c>(view: &View<'_>, command: &'c Command) -> Option<Install<'c>> {
    let program = command.program();
    if !is_apt(command, "install") || program.iter().any(|word| word.text.contains("install-recommends")) {
        return None;
    }
    let verb = subcommand(program, &["apt-get", "apt"], "install")?;
    let is_package = |text: &str| !text.starts_with('-') && !text.contains(['>', '<']);
    let packages = program.iter().filter(|word| word.range.start > verb && is_package(&word.text));
    let packages: Vec<_> = packages.collect();
    let names: Vec<&str> = packages.iter().map(|word| bare(&word.text)).collect();
    Some(Install {
        command,
        ends: (verb, packages.last()?.range.end),
        needs: needs(view, &names),
        trap: trap(&names),
        is_plain: program.iter().all(|word| word.plain),
    })
}

/// The name of a package without its version and its architecture.
fn bare(package: &str) -> &str {
    package.split(['=', ':', '/']).next().unwrap_or(package)
}

fn needs(view: &View<'_>, names: &[&str]) -> Vec<(&'static str, &'static str)> {
    let there = view.packages();
    let says = |word: &str| view.instructions().any(|it| it.arguments.contains(word));
    let has = |name: &str| name == CERTIFICATES && brings_certificates(&view.base());
    let mut needs: Vec<(&str, &str)> = Vec::new();
    for (package, needed, word) in NEEDS {
        let is_new = !there.contains(&needed) && needs.iter().all(|(_, other)| *other != needed);
        if names.contains(&package) && is_new && !has(needed) && (word.is_empty() || says(word)) {
            needs.push((package, needed));
        }
    }
    needs
}

fn brings_certificates(base: &Base<'_>) -> bool {
    let (name, tag) = (base.name(), base.tag());
    let is_full_node = name == "node" && !tag.contains("slim") && !base.is_variable();
    HAVE_CERTIFICATES.contains(&name.as_str()) || is_full_node
}

fn trap(names: &[&str]) -> Option<String> {
    names.iter().find_map(|name| {
        let (_, brings) = WIDE.iter().find(|(start, _)| name.starts_with(start))?;
        Some(format!("`{name}` recommends {brings}"))
    })
}

impl Install<'_> {
    /// What is put behind which byte of the script.
    fn added(&self) -> Vec<(usize, &'static str)> {
        let needed = self.needs.iter().map(|(_, needed)| (self.ends.1, *needed));
        [(self.ends.0, "--no-install-recommends")].into_iter().chain(needed).collect()
    }

    /// The command with that, on one line.
    fn line(&self, run: &Instruction, from: usize) -> Option<String> {
        let (first, last) = (self.command.program().first()?, self.command.words.last()?);
        let mut line = run.arguments.get(from..from + last.range.end)?.to_owned();
        for (end, word) in self.added().iter().rev() {
            line.insert_str(*end, &format!(" {word}"));
        }
        let line = line.get(first.range.start..)?.split_whitespace().collect::<Vec<_>>().join(" ");
        (line.len() <= SHOWN).then_some(line)
    }

    fn why(&self) -> Vec<String> {
        self.needs.iter().map(|(package, needed)| format!("`{needed}`, which `{package}` needs")).collect()
    }
}

fn change(
    view: &View<'_>,
    (run, from): (&Instruction, usize),
    script: &[Command],
    installs: &[Install<'_>],
) -> Option<Change> {
    let file = view.site.dockerfile.as_ref()?;
    let added = installs.iter().flat_map(Install::added).map(|(end, word)| (from + end, word));
    let amendment = Amendment { flags: added.collect(), ..Amendment::default() };
    let of: (FileId, &str) = (file.id, &file.path);
    let edit = amendment.edit((view.file, run), script, of)?;
    let mut why = installs.iter().flat_map(Install::why).collect::<Vec<_>>();
    why.dedup();
    let named = if why.is_empty() { String::new() } else { format!(", but for {}", why.join(" and ")) };
    Some(Change {
        path: DOCKERFILE.into(),
        op: Op::Text(Box::new(edit)),
        why: format!("packages that are only recommended stay out{named}").into(),
        confidence: Confidence::Guess(ASSUMES.into()),
    })
}
