//! One run of the `docker` command: with a time limit, its output kept, and stopped when the user asks to end.
//!
//! It gets a process group of its own: Ctrl-C in a terminal reaches harden and not the command that tidies up.

use std::io::Read;
use std::process::{Child, Command, Stdio};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::interrupt::interrupted;

/// How often it is looked whether it has ended.
const TICK: Duration = Duration::from_millis(20);

/// Most bytes that are kept of each stream.
const MOST: u64 = 16 << 20;

/// A command to run.
pub(super) struct Call {
    words: Vec<String>,
    limit: Duration,
    /// Whether it goes on when the user asks to end: for what tidies up.
    deaf: bool,
}

/// What a command said.
#[derive(Clone, Debug, Default)]
pub struct Output {
    /// Its exit code; none when a signal ended it.
    pub code: Option<i32>,
    /// Its standard output.
    pub out: String,
    /// Its standard error.
    pub err: String,
}

/// Why a command has no output.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// There is no such command.
    #[error("there is no `docker` command")]
    NoCommand,
    /// The system did not start it.
    #[error("cannot start `docker`: {0}")]
    Start(String),
    /// It took too long.
    #[error("`docker {what}` did not end within {seconds} s")]
    TimedOut {
        /// The first words.
        what: String,
        /// The limit.
        seconds: u64,
    },
    /// There is no time left for another start.
    #[error("there was no time left")]
    NoTime,
    /// It ended badly.
    #[error("`docker {what}`: {cause}")]
    Failed {
        /// The first words.
        what: String,
        /// What it said.
        cause: String,
    },
    /// The user asked to end.
    #[error("interrupted")]
    Interrupted,
}

impl Output {
    /// Whether it ended well.
    #[must_use]
    pub fn is_success(&self) -> bool {
        self.code == Some(0)
    }
}

impl Call {
    /// `docker` with these words.
    pub(super) fn docker<T: Into<String>>(words: impl IntoIterator<Item = T>, limit: Duration) -> Self {
        Self { words: words.into_iter().map(Into::into).collect(), limit, deaf: false }
    }

    /// The same, also after the user has asked to end.
    pub(super) fn deaf(self, deaf: bool) -> Self {
        Self { deaf, ..self }
    }

    /// Runs it to its end, whatever its exit code.
    pub(super) fn run(&self) -> Result<Output, Failure> {
        if !self.deaf && interrupted() {
            return Err(Failure::Interrupted);
        }
        let mut child = self.start()?;
        let (out, err) = (reader(child.stdout.take()), reader(child.stderr.take()));
        let code = self.wait(&mut child);
        if code.is_err() {
            // it may have ended meanwhile
            let _ = child.kill();
            let _ = child.wait();
        }
        let (out, err) = (text(out), text(err));
        code.map(|code| Output { code, out, err })
    }

    /// Its standard output when it ends well.
    pub(super) fn good(&self) -> Result<String, Failure> {
        let output = self.run()?;
        if output.is_success() {
            return Ok(output.out);
        }
        Err(Failure::Failed { what: self.what(), cause: super::parse::complaint(&output) })
    }

    fn start(&self) -> Result<Child, Failure> {
        #[expect(clippy::disallowed_methods, reason = "`docker` is the module that starts processes")]
        let mut command = Command::new("docker");
        command.args(&self.words).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        apart(&mut command);
        command.spawn().map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => Failure::NoCommand,
            kind => Failure::Start(kind.to_string()),
        })
    }

    fn wait(&self, child: &mut Child) -> Result<Option<i32>, Failure> {
        let end = Instant::now() + self.limit;
        loop {
            match child.try_wait() {
                Ok(Some(status)) => return Ok(status.code()),
                Ok(None) if !self.deaf && interrupted() => return Err(Failure::Interrupted),
                Ok(None) if Instant::now() >= end => {
                    return Err(Failure::TimedOut { what: self.what(), seconds: self.limit.as_secs() });
                }
                Ok(None) => thread::sleep(TICK),
                Err(error) => return Err(Failure::Start(error.kind().to_string())),
            }
        }
    }

    /// What it is called in a message: its first words, and no options, which may be long.
    fn what(&self) -> String {
        let plain = |word: &&String| !word.starts_with('-') && !word.contains('/');
        let first = if self.words.first().is_some_and(|word| word == "compose") { 5 } else { 2 };
        let words: Vec<&str> = self.words.iter().take(first + 2).filter(plain).map(String::as_str).collect();
        words.join(" ")
    }
}

#[cfg(unix)]
fn apart(command: &mut Command) {
    use std::os::unix::process::CommandExt as _;
    command.process_group(0);
}

#[cfg(not(unix))]
fn apart(_: &mut Command) {}

/// Reads a stream in the background, so that neither side waits for the other.
fn reader<T: Read + Send + 'static>(stream: Option<T>) -> JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut stream) = stream {
            // what was read until an error is what there is
            let _ = stream.by_ref().take(MOST).read_to_end(&mut bytes);
            // the rest is thrown away, so that the command can end
            let _ = std::io::copy(&mut stream, &mut std::io::sink());
        }
        bytes
    })
}

fn text(reader: JoinHandle<Vec<u8>>) -> String {
    String::from_utf8_lossy(&reader.join().unwrap_or_default()).into_owned()
}
