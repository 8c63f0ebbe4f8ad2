//! From what a Dockerfile says to the facts of the image: those of its base that still hold, and its own.
//!
//! A user that is not root can only write what the Dockerfile gave it, whatever its program does; so its read-only
//! root filesystem can be worked out. Root may write anywhere, so for root nothing is concluded.

use std::borrow::Cow;

use super::super::command::{is_init, runs_own_program};
use super::super::expand::UNKNOWN;
use super::super::mounts::is_at_or_below;
use super::super::{Basis, Fact, Facts, Healthcheck, Init, Role, Start, Tmpfs, UserSpec, catalogue};
use super::accounts::Who;
use super::stage::State;
use super::walk::reference;
use crate::compose::{Command, Service, Spanned};

/// How a service is built, beside the facts of its image.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Built {
    /// The Dockerfile, as seen from the Compose file.
    pub path: String,
    /// The line that names the base image.
    pub from: u32,
    /// The line that names a user other than root.
    pub user: Option<u32>,
    /// Whether the service runs as a user other than root and a program of its own: then what the facts say of
    /// capabilities and of written paths follows from that user, and holds for any program.
    pub bounded: bool,
    /// Whether it is a Windows image.
    pub windows: bool,
    /// How it starts, when the Dockerfile decides that.
    pub(in crate::image) start: Option<Start>,
    /// What the facts of the base image assume.
    pub(in crate::image) assumed: Option<String>,
}

/// Programs that step down from root.
const STEP_DOWN: [&str; 6] = ["gosu", "su-exec", "setpriv", "runuser", "chroot", "s6-setuidgid"];

/// Parts of names of directories with data.
const LASTING: [&str; 9] =
    ["data", "db", "storage", "upload", "media", "backup", "files", "sqlite", "persist"];

/// Whom the service runs as, when that is not root.
struct Runner {
    who: Who,
    group: Who,
    /// The line of `USER`; of `FROM` when the Compose file or the base image says it.
    line: u32,
    spec: Option<UserSpec>,
}

/// Who the service starts as.
enum Starts {
    Root,
    As(Runner),
    /// The name is not known.
    Unknown,
}

/// The facts of an image and how it is built.
pub(super) fn describe(
    state: &State,
    path: &str,
    service: &Service,
    windows_escape: bool,
) -> Option<(Facts, Built)> {
    let base = state.base.as_ref()?;
    let windows = windows_escape || is_windows(state);
    let mut built = Built { path: path.to_owned(), from: base.line, windows, ..Built::default() };
    let known = reference(&state.base_name).and_then(|reference| catalogue::facts(&reference));
    let named = Facts { name: Cow::Owned(base.what.clone()), role: Role::Base, ..Facts::default() };
    let facts = known.as_deref().cloned().unwrap_or(named);
    let mut image = Image { facts, state, service, path };
    let starts = image.starts(base.line);
    if matches!(starts, Starts::Unknown) || !image.runs_program_of_base() {
        image.forget_program();
    }
    image.say_what_is_written();
    match starts {
        Starts::As(runner) => image.start_as(&runner, &mut built),
        Starts::Root => image.start_as_root(base.line, state.user.is_some()),
        Starts::Unknown => image.facts.default_user = None,
    }
    if image.facts.role != Role::Base && state.runs {
        let name = &image.facts.name;
        built.assumed =
            Some(format!("assumes that what `{path}` runs leaves the start of `{name}` as it is"));
    }
    Some((image.facts, built))
}

fn is_windows(state: &State) -> bool {
    let name = state.base_name.to_ascii_lowercase();
    state.platform.starts_with("windows")
        || ["windows/", "windowsservercore", "nanoserver"].iter().any(|word| name.contains(word))
}

/// The facts while they are put together.
struct Image<'a> {
    facts: Facts,
    state: &'a State,
    service: &'a Service,
    path: &'a str,
}

impl Image<'_> {
    fn fact<T>(&self, value: T, line: u32) -> Fact<T> {
        Fact { value, basis: Basis::Dockerfile(line), source: Cow::Owned(self.path.to_owned()) }
    }

    fn weaker<T>(value: T, basis: Basis, why: String) -> Fact<T> {
        Fact { value, basis, source: Cow::Owned(why) }
    }

    /// Who it starts as: by the Compose file, by `USER`, or by the base image.
    fn starts(&self, from: u32) -> Starts {
        let by_file =
            self.service.user.as_ref().map(|user| user.value.trim()).filter(|user| !user.is_empty());
        let (text, line) = match (by_file, &self.state.user) {
            (Some(text), user) => (text, user.as_ref().map_or(from, |user| user.line)),
            (None, Some(user)) => (user.what.as_str(), user.line),
            (None, None) => return self.starts_as_base(from),
        };
        if text.contains([UNKNOWN, '$']) || text.is_empty() {
            return Starts::Unknown;
        }
        let (who, group) = self.state.accounts.resolve(text);
        if who.is_root() {
            return Starts::Root;
        }
        let spec = who.id.zip(group.id).map(|(uid, gid)| UserSpec { uid, gid });
        Starts::As(Runner { who, group, line, spec })
    }

    fn starts_as_base(&self, from: u32) -> Starts {
        match self.facts.default_user.as_ref().map(|fact| fact.value) {
            Some(Some(spec)) => {
                let id = |id| Who { name: None, id: Some(id) };
                let (who, group) = (id(spec.uid), id(spec.gid));
                Starts::As(Runner { who, group, line: from, spec: Some(spec) })
            }
            Some(None) => Starts::Root,
            None => Starts::Unknown,
        }
    }

    /// Whether the program of the base image is run as the base image means it.
    fn runs_program_of_base(&self) -> bool {
        if self.facts.role == Role::Base {
            return true;
        }
        let words = |said: &Option<super::stage::Words>| {
            said.as_ref().map(|said| Spanned::planned(Command::Words(said.what.clone())))
        };
        let own = self.service.entrypoint.clone();
        let command = self.service.command.clone();
        let command = if own.is_some() { command } else { command.or_else(|| words(&self.state.command)) };
        let entrypoint = own.or_else(|| words(&self.state.entrypoint));
        runs_own_program(&Service { command, entrypoint, ..Service::default() }, &self.facts)
    }

    /// Another program runs: only what is part of the image itself still holds.
    fn forget_program(&mut self) {
        let old = std::mem::take(&mut self.facts);
        self.facts = Facts {
            name: old.name,
            role: Role::Base,
            default_user: old.default_user,
            init: old.init,
            volumes: old.volumes,
            ports: old.ports,
            ..Facts::default()
        };
    }

    /// What the lines say by themselves, whoever runs it.
    fn say_what_is_written(&mut self) {
        let state = self.state;
        let ports = state.ports.iter().filter(|port| !self.facts.ports.contains(port)).copied();
        let ports: Vec<u16> = ports.collect();
        self.facts.ports.extend(ports);
        if let Some(check) = &state.healthcheck {
            let command = check.what.clone().map(|command| Healthcheck { command, builtin: true });
            self.facts.healthcheck = command.map(|command| self.fact(command, check.line));
        }
        if let (None, Some(first)) = (&self.facts.data, state.volumes.first()) {
            let paths = state.volumes.iter().map(|volume| volume.what.clone()).collect();
            self.facts.data = Some(self.fact(paths, first.line));
        }
        if let Some(first) = state.volumes.first() {
            let own = state.volumes.iter().map(|volume| volume.what.clone());
            let base = self.facts.volumes.iter().flat_map(|fact| fact.value.iter().cloned());
            self.facts.volumes = Some(self.fact(base.chain(own).collect(), first.line));
        }
        if let Some(line) = state.sudo {
            let why = format!("`{}:{line}` installs `sudo`, which could do nothing any more", self.path);
            self.facts.no_new_privileges = Some(Self::weaker(false, Basis::Assumed, why));
        }
        self.say_what_starts_it();
        self.keep_what_is_copied();
    }

    /// The init and the program that steps down, by the words of the entrypoint; a service with an entrypoint of its
    /// own has another.
    fn say_what_starts_it(&mut self) {
        if self.service.entrypoint.is_some() {
            return;
        }
        let command = self.state.command.as_ref().filter(|_| self.service.command.is_none());
        for said in self.state.entrypoint.iter().chain(command) {
            let words = || said.what.iter().flat_map(|word| word.split_whitespace());
            if let Some(word) = words().find(|word| is_init(word)) {
                self.facts.init = Some(self.fact(Init::Own(last_segment(word).to_owned()), said.line));
            }
            if let Some(word) = words().find(|word| STEP_DOWN.contains(&last_segment(word))) {
                self.facts.step_down = Some(self.fact(last_segment(word).to_owned(), said.line));
            }
        }
    }

    /// No memory over what is copied into the image.
    fn keep_what_is_copied(&mut self) {
        let Some(list) = &mut self.facts.tmpfs else { return };
        let copied = |path: &str| self.state.copied.iter().find(|said| is_at_or_below(&said.what, path));
        let Some((path, line)) =
            list.value.iter().find_map(|tmpfs| Some((tmpfs.path.clone(), copied(&tmpfs.path)?.line)))
        else {
            return;
        };
        list.value.retain(|tmpfs| copied(&tmpfs.path).is_none());
        let why =
            format!("`{}:{line}` copies into `{path}`: assumes that nothing is written there", self.path);
        self.facts.read_only = Some(Self::weaker(true, Basis::Doubtful, why));
    }

    fn start_as_root(&mut self, from: u32, is_said: bool) {
        if is_said {
            let line = self.state.user.as_ref().map_or(from, |user| user.line);
            self.facts.default_user = Some(self.fact(None, line));
        }
    }

    fn start_as(&mut self, runner: &Runner, built: &mut Built) {
        let by_file = self.service.user.as_ref().is_some_and(|user| !user.value.trim().is_empty());
        if !by_file && self.state.user.is_some() {
            built.user = Some(runner.line);
            built.start = Some(runner.spec.map_or(Start::Named, Start::Image));
            self.facts.default_user = runner.spec.map(|spec| self.fact(Some(spec), runner.line));
        } else if !by_file {
            built.start = runner.spec.map(Start::Image);
        }
        self.say_file_capabilities(runner);
        if self.facts.role != Role::Base {
            return;
        }
        built.bounded = true;
        self.facts.user = runner.spec.map(|spec| self.fact(spec, runner.line));
        self.facts.user_name = runner.who.name.clone().map(|name| self.fact(name, runner.line));
        self.say_what_it_may_write(runner);
    }

    /// A user has no capabilities to lose but those that programs carry.
    fn say_file_capabilities(&mut self, runner: &Runner) {
        if let Some(caps) = &self.state.file_caps {
            let known = self.facts.caps_user.iter().flat_map(|fact| fact.value.iter().cloned());
            let all = caps.what.iter().cloned().chain(known).collect();
            self.facts.caps_user = Some(self.fact(all, caps.line));
        } else if self.facts.role == Role::Base {
            let at = format!("`{}:{}`", self.path, runner.line);
            let doubt = match self.state.packaged_caps {
                Some(line) => Some(format!("`{}:{line}` installs tools that carry capabilities", self.path)),
                None if self.state.base_is_known => None,
                None => {
                    Some(format!("{at} starts it as a user, on a base image that is not in the catalogue"))
                }
            };
            let fact = match doubt {
                None => self.fact(Vec::new(), runner.line),
                Some(why) => {
                    let why = format!("{why}: assumes that its program carries no file capabilities");
                    Self::weaker(Vec::new(), Basis::Assumed, why)
                }
            };
            self.facts.caps_user = Some(fact);
        }
    }

    /// The paths a user may write to: those it was given, and `/tmp`.
    fn say_what_it_may_write(&mut self, runner: &Runner) {
        let mut tmpfs = vec!["/tmp".to_owned()];
        let mut doubt = self
            .state
            .unclear
            .map(|line| format!("`{}:{line}` hands over a path that cannot be read off it", self.path));
        for (path, directory) in self.state.files.writable(&runner.who, &runner.group) {
            if self.is_covered(path)
                || self.is_program(path)
                || (directory.is_home && directory.content.is_none())
            {
                continue;
            }
            match directory.content {
                None if may_last(path) => {
                    let line = directory.line;
                    doubt.get_or_insert(format!(
                        "`{}:{line}` gives it `{path}`, which may hold what has to last: mount a volume there",
                        self.path
                    ));
                }
                None => tmpfs.push(path.to_owned()),
                Some(_) => {
                    let line = directory.line;
                    doubt.get_or_insert(format!(
                        "`{}:{line}` lets it write among the files in `{path}`",
                        self.path
                    ));
                }
            }
        }
        if tmpfs.len() > 1 && runner.spec.is_none() {
            let name = runner.who.name.as_deref().unwrap_or_default();
            doubt.get_or_insert(format!("the user and group ids of `{name}` are not known"));
        }
        let list = tmpfs.iter().map(|path| format!("`{path}`")).collect::<Vec<_>>().join(", ");
        let assumes = format!("assumes that it writes only to its volumes and to {list}");
        let (basis, why) = match doubt {
            Some(doubt) => (Basis::Doubtful, format!("{doubt}: {assumes}")),
            None => (
                Basis::Assumed,
                format!("`{}:{}` starts it as a user with few rights: {assumes}", self.path, runner.line),
            ),
        };
        let tmpfs = tmpfs.into_iter().map(|path| Tmpfs { path, ..Tmpfs::default() }).collect();
        self.facts.tmpfs = Some(Self::weaker(tmpfs, basis, why.clone()));
        self.facts.read_only = Some(Self::weaker(true, basis, why));
    }

    /// Whether a path is writable anyway: a volume of the image, or something mounted there or above.
    fn is_covered(&self, path: &str) -> bool {
        let mounts = self.service.volumes.iter().map(|mount| mount.target.as_str());
        let tmpfs = self.service.tmpfs.iter().map(|item| item.value.split(':').next().unwrap_or_default());
        let volumes = self.state.volumes.iter().map(|volume| volume.what.as_str());
        mounts.chain(tmpfs).chain(volumes).any(|target| is_at_or_below(path, target))
    }

    /// Whether a path is the program that is started, and so no directory.
    fn is_program(&self, path: &str) -> bool {
        let words = self.state.entrypoint.iter().chain(&self.state.command).flat_map(|said| &said.what);
        words.into_iter().any(|word| word == path)
    }
}

/// Whether a directory may be meant for more than one run, by its name.
fn may_last(path: &str) -> bool {
    let is_data = |segment: &str| LASTING.iter().any(|word| segment.to_ascii_lowercase().contains(word));
    is_at_or_below(path, "/var/lib") || path.split('/').any(is_data)
}

fn last_segment(word: &str) -> &str {
    word.rsplit('/').next().unwrap_or(word)
}
