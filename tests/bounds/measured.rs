//! What a run of a binary needs: the time of the processor, in all of its threads, and memory at its peak.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![expect(clippy::disallowed_methods, reason = "tests start the program and look at it")]

use std::fs;
use std::io::{Read as _, Seek as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use super::folder::Folder;

/// Ticks of a second in `/proc`: the same on every Linux.
const TICKS: f64 = 100.0;

/// What a run was like.
#[derive(Debug)]
pub struct Measured {
    pub code: Option<i32>,
    pub err: String,
    /// Zero where the system does not tell.
    pub seconds: f64,
    /// In bytes; zero where the system does not tell.
    pub peak: u64,
}

/// Runs `--check` over a project.
pub fn measured(binary: &Path, files: &[(String, String)]) -> Measured {
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let dir = Folder::new(&files);
    let mut said = tempfile::tempfile().unwrap();
    let mut command = Command::new(binary);
    command.args(["--check", "-q", "compose.yml"]).current_dir(dir.path("")).stdin(Stdio::null());
    command.env_remove("GITHUB_ACTIONS").stdout(Stdio::null()).stderr(said.try_clone().unwrap());
    let mut child = command.spawn().unwrap();
    let proc = format!("/proc/{}", child.id());
    let (mut seconds, mut peak) = (0.0_f64, 0);
    let code = loop {
        // what has ended and was not waited for still tells its time
        seconds = seconds.max(time(&proc).unwrap_or(0.0));
        peak = peak.max(memory(&proc).unwrap_or(0));
        if let Some(status) = child.try_wait().unwrap() {
            break status.code();
        }
        std::thread::sleep(Duration::from_millis(2));
    };
    let mut err = String::new();
    said.rewind().unwrap();
    said.read_to_string(&mut err).unwrap();
    Measured { code, err, seconds, peak }
}

fn time(proc: &str) -> Option<f64> {
    let text = fs::read_to_string(format!("{proc}/stat")).ok()?;
    // the name of the program, in brackets, may hold anything
    let (_, rest) = text.rsplit_once(')')?;
    let ticks = rest.split_whitespace().skip(11).take(2).map(|ticks| ticks.parse::<u32>().ok());
    ticks.sum::<Option<u32>>().map(|ticks| f64::from(ticks) / TICKS)
}

fn memory(proc: &str) -> Option<u64> {
    let text = fs::read_to_string(format!("{proc}/status")).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().trim_end_matches(" kB").parse::<u64>().ok().map(|kib| kib * 1024)
}
