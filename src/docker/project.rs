//! One Compose project that harden runs: what can be asked of it and done to it.
//!
//! Only ever the project of a run of `prove`: its name is made here, and nothing else is touched.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::parse::{self, Container, Process, Written};
use super::run::{Call, Failure, Output};
use super::{LABEL, OWNER, PREFIX, QUESTION};

/// How long starting, stopping and removing may take, images to pull or build included.
const ACTION: Duration = Duration::from_secs(600);

/// The exit code of `docker run` when it is the engine that fails.
const NOT_RUN: i32 = 125;

/// A project of a run.
#[derive(Clone, Debug)]
pub struct Project {
    name: String,
    file: PathBuf,
    deaf: bool,
    end: Option<Instant>,
}

/// What a container uses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Use {
    /// The container, by the first letters of its id.
    pub id: String,
    /// Memory, in bytes.
    pub memory: u64,
    /// Processes and threads.
    pub pids: u32,
}

/// What the kernel says of a process.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Account {
    /// The capabilities it has, one bit each.
    pub capabilities: u64,
    /// Whether it can gain none.
    pub no_new_privileges: bool,
}

/// The files of a user's project as Compose resolves them, in JSON.
///
/// # Errors
/// When Compose does not take them.
pub fn resolved(files: &[PathBuf], folder: Option<&Path>, env_files: &[PathBuf]) -> Result<String, Failure> {
    let mut words = vec!["compose".to_owned()];
    for (option, paths) in [("-f", files), ("--env-file", env_files)] {
        words.extend(paths.iter().flat_map(|path| [option.to_owned(), path.display().to_string()]));
    }
    words.extend(
        folder.iter().flat_map(|path| ["--project-directory".to_owned(), path.display().to_string()]),
    );
    words.extend(["config", "--format", "json"].map(str::to_owned));
    Call::docker(words, QUESTION).good()
}

/// What a registry calls the image of this name or id, or what it was built as.
///
/// # Errors
/// When the engine does not answer, or has none.
pub fn digest(image: &str) -> Result<String, Failure> {
    let mut all = digests(image)?;
    let id = if all.is_empty() { String::new() } else { all.remove(0) };
    Ok(all.into_iter().next().unwrap_or(id))
}

/// All that an image is called by: its id, then the digests that registries have it under.
///
/// # Errors
/// When the engine does not answer, or has none.
pub fn digests(image: &str) -> Result<Vec<String>, Failure> {
    let format = "{{.Id}}{{range .RepoDigests}} {{.}}{{end}}";
    let told = Call::docker(["image", "inspect", "--format", format, image], QUESTION).good()?;
    let names = told.split_whitespace();
    Ok(names.map(|name| name.rsplit_once('@').map_or(name, |(_, digest)| digest).to_owned()).collect())
}

impl Project {
    /// The project of a run, started from this file.
    #[must_use]
    pub fn new(id: &str, file: &Path) -> Self {
        Self { name: format!("{PREFIX}{id}"), file: file.to_owned(), deaf: false, end: None }
    }

    /// The same with another file.
    #[must_use]
    pub fn with(&self, file: &Path) -> Self {
        Self { file: file.to_owned(), ..self.clone() }
    }

    /// The same, also after the user has asked to end.
    #[must_use]
    pub fn deaf(&self) -> Self {
        Self { deaf: true, ..self.clone() }
    }

    /// The same, whose actions end when everything must be over.
    #[must_use]
    pub fn until(self, end: Instant) -> Self {
        Self { end: Some(end), ..self }
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    fn compose(&self, words: &[&str], most: Duration) -> Call {
        let file = self.file.display().to_string();
        let folder = self.file.parent().unwrap_or(Path::new(".")).display().to_string();
        let first =
            ["compose", "-p", &self.name, "--ansi", "never", "-f", &file, "--project-directory", &folder];
        Call::docker(first.iter().chain(words).copied(), self.limit(most)).deaf(self.deaf)
    }

    /// How long an action may take that needs so long at most.
    fn limit(&self, most: Duration) -> Duration {
        let left = |end: Instant| end.saturating_duration_since(Instant::now());
        self.end.map_or(most, |end| left(end).clamp(Duration::from_secs(1), most))
    }

    /// An action that is cut off because everything is over has no fault of its own.
    fn cut<T>(&self, result: Result<T, Failure>) -> Result<T, Failure> {
        let is_over = self.end.is_some_and(|end| Instant::now() >= end);
        match result {
            Err(Failure::TimedOut { .. }) if is_over => Err(Failure::NoTime),
            other => other,
        }
    }

    fn docker(&self, words: &[&str], limit: Duration) -> Call {
        Call::docker(words.iter().copied(), limit).deaf(self.deaf)
    }

    /// Runs a command of Compose and says what came of it.
    ///
    /// # Errors
    /// When it cannot be run to its end.
    pub fn act(&self, words: &[&str]) -> Result<Output, Failure> {
        self.act_within(words, ACTION)
    }

    /// The same for what may take longer.
    pub(super) fn act_within(&self, words: &[&str], most: Duration) -> Result<Output, Failure> {
        self.cut(self.compose(words, most).run())
    }

    /// Tells a container to end, and kills it when it does not: how long that took.
    ///
    /// # Errors
    /// When the engine does not answer.
    pub fn stop(&self, id: &str) -> Result<Duration, Failure> {
        let start = Instant::now();
        self.cut(self.docker(&["stop", id], self.limit(ACTION)).run())?;
        Ok(start.elapsed())
    }

    /// The containers of the project, running or not.
    ///
    /// # Errors
    /// When the engine does not answer.
    pub fn containers(&self) -> Result<Vec<Container>, Failure> {
        let label = format!("label=com.docker.compose.project={}", self.name);
        let ids = self.docker(&["ps", "-aq", "--no-trunc", "--filter", &label], QUESTION).good()?;
        let ids: Vec<&str> = ids.split_whitespace().collect();
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        // one that is removed meanwhile is an error, and the others are told all the same
        let told = self.docker(&[&["inspect"], ids.as_slice()].concat(), QUESTION).run()?;
        let found: Vec<Container> = serde_json::from_str(&told.out)
            .map_err(|error| Failure::Failed { what: "inspect".to_owned(), cause: error.to_string() })?;
        Ok(found)
    }

    /// What runs in a container; nothing when it does not run.
    ///
    /// # Errors
    /// When the engine does not answer.
    pub fn processes(&self, id: &str) -> Result<Vec<Process>, Failure> {
        let told = self.docker(&["top", id, "-eo", "pid,uid,gid,comm"], QUESTION).run()?;
        Ok(parse::processes(&told.out))
    }

    /// What a container has written to its root filesystem.
    ///
    /// # Errors
    /// When the engine does not answer.
    pub fn written(&self, id: &str) -> Result<Vec<Written>, Failure> {
        Ok(parse::written(&self.docker(&["diff", id], QUESTION).run()?.out))
    }

    /// The last lines that a container has said.
    ///
    /// # Errors
    /// When the engine does not answer.
    pub fn logs(&self, id: &str, lines: usize) -> Result<String, Failure> {
        let told = self.docker(&["logs", "--tail", &lines.to_string(), id], QUESTION).run()?;
        Ok(told.out + &told.err)
    }

    /// Runs a shell command in a container; as its own user when none is named.
    ///
    /// # Errors
    /// When the engine does not answer or the command takes too long.
    pub fn inside(&self, id: &str, user: Option<&str>, command: &str) -> Result<Output, Failure> {
        let user = user.map(|user| ["-u", user]);
        let words: Vec<&str> =
            ["exec"].into_iter().chain(user.into_iter().flatten()).chain([id, "sh", "-c", command]).collect();
        self.docker(&words, QUESTION).run()
    }

    /// Runs a shell command in a container of another image that shares the network of one, which is `localhost` there.
    ///
    /// # Errors
    /// When the engine does not answer, has no such image, or the command takes too long.
    pub fn beside(&self, id: &str, image: &str, command: &str) -> Result<Output, Failure> {
        let run = self.name.strip_prefix(PREFIX).unwrap_or(&self.name);
        let labels = [format!("{LABEL}={run}"), format!("{OWNER}={}", std::process::id())];
        let network = format!("container:{id}");
        let mut words = vec!["run", "--rm", "--network", &network];
        words.extend(labels.iter().flat_map(|label| ["--label", label]));
        words.extend(["--entrypoint", "sh", image, "-c", command]);
        let output = self.cut(self.docker(&words, self.limit(ACTION)).run())?;
        if output.code == Some(NOT_RUN) {
            return Err(Failure::Failed { what: format!("run {image}"), cause: parse::complaint(&output) });
        }
        Ok(output)
    }

    /// What running containers use now.
    ///
    /// # Errors
    /// When the engine does not answer.
    pub fn uses(&self, ids: &[&str]) -> Result<Vec<Use>, Failure> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let format = "{{.ID}}\t{{.PIDs}}\t{{.MemUsage}}";
        let words = [&["stats", "--no-stream", "--no-trunc", "--format", format], ids].concat();
        let told = self.docker(&words, QUESTION).run()?;
        let row = |line: &str| {
            let mut cells = line.split('\t');
            let (id, pids, memory) = (cells.next()?, cells.next()?, cells.next()?);
            Some(Use { id: id.to_owned(), memory: parse::memory(memory)?, pids: pids.parse().ok()? })
        };
        Ok(told.out.lines().filter_map(row).collect())
    }

    /// What the kernel says of a process, where the engine is on this machine.
    #[must_use]
    pub fn account(process: &Process) -> Option<Account> {
        let path = format!("/proc/{}/status", process.pid);
        #[expect(clippy::disallowed_methods, reason = "the kernel wrote it, and not a user")]
        let text = std::fs::read_to_string(path).ok()?;
        let field = |name: &str| text.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
        // the same number may be another process's where the engine is elsewhere
        (field("Name:")? == process.name).then_some(())?;
        Some(Account {
            capabilities: u64::from_str_radix(field("CapEff:")?, 16).ok()?,
            no_new_privileges: field("NoNewPrivs:")? == "1",
        })
    }

    /// Removes volumes of the project.
    ///
    /// # Errors
    /// When the engine does not answer.
    pub fn remove_volumes(&self, names: &[String]) -> Result<(), Failure> {
        if names.is_empty() {
            return Ok(());
        }
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        self.docker(&[&["volume", "rm", "-f"], names.as_slice()].concat(), QUESTION).run().map(drop)
    }
}
