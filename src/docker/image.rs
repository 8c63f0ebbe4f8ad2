//! Images that a run has built: how they are made, what they are called, how large they are, what is wrong when there is none.
//!
//! Only ever images that carry the run's label and a name of its own.

use std::time::{Duration, Instant};

use super::QUESTION;
use super::project::Project;
use super::run::{Call, Failure, Output};

/// How long a build may take where nothing else bounds it.
const BUILD: Duration = Duration::from_secs(3600);

/// What comes before and after a command in the words of a builder.
const COMMANDS: [(&str, &str); 3] = [
    ("executor failed running [", "]: "),
    ("process \"", "did not complete successfully: "),
    ("The command '", "returned a non-zero code: "),
];

/// A build that came to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Built {
    /// There is an image, after so long.
    Image(Duration),
    /// There is none, and why.
    Nothing(String),
}

impl Project {
    /// Builds the image of a service: with what the engine still has of earlier builds, or all of it anew.
    ///
    /// # Errors
    /// When there is no more time, or the user asks to end.
    pub fn build(&self, service: &str, anew: bool) -> Result<Built, Failure> {
        let words = ["build", if anew { "--no-cache" } else { "--" }, service];
        let start = Instant::now();
        let output = self.act_within(&words, BUILD)?;
        Ok(if output.is_success() { Built::Image(start.elapsed()) } else { Built::Nothing(why(&output)) })
    }
}

/// The bytes of an image.
///
/// # Errors
/// When the engine does not answer, or has none.
pub fn image_size(image: &str) -> Result<u64, Failure> {
    let told = Call::docker(["image", "inspect", "--format", "{{.Size}}", image], QUESTION).good()?;
    told.trim().parse().map_err(|_| Failure::Failed {
        what: "image inspect".to_owned(),
        cause: format!("the size of an image is `{}`", told.trim()),
    })
}

/// Gives an image another name.
///
/// # Errors
/// When the engine does not answer, or has no such image.
pub fn tag(image: &str, name: &str) -> Result<(), Failure> {
    Call::docker(["tag", image, name], QUESTION).good().map(drop)
}

/// Why there is no image: the last word of the builder without the command that failed, which the user has written and
/// which may hold credentials, but with the last line that it said.
fn why(output: &Output) -> String {
    let complaint = super::parse::complaint(output);
    let ended = COMMANDS.iter().find_map(|(before, after)| {
        complaint.contains(before).then(|| complaint.rsplit(after).next().unwrap_or_default())
    });
    match (ended, said(&output.out)) {
        (None, _) => complaint,
        (Some(ended), None) => format!("a command fails: {ended}"),
        (Some(ended), Some(said)) => format!("a command fails: {ended}: {said}"),
    }
}

/// The last line that a command said, by what the builder repeats of it between two lines of dashes.
fn said(out: &str) -> Option<String> {
    let part = out.rsplit("------\n").nth(1)?;
    let line = part.lines().skip(1).filter(|line| !line.trim().is_empty()).last()?;
    // when it said that, in seconds
    let is_time = |word: &str| word.parse::<f64>().is_ok();
    let words = line.split_once(' ').filter(|(word, _)| is_time(word)).map_or(line, |(_, words)| words);
    Some(words.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::super::run::Output;
    use super::why;

    fn told(out: &str, err: &str) -> String {
        why(&Output { code: Some(1), out: out.to_owned(), err: err.to_owned() })
    }

    #[test]
    fn commands_are_not_repeated_and_what_they_said_is() {
        let out = "#5 [web 2/2] RUN x --token=hush\n#5 0.1 one\n#5 ERROR: x\n------\n > [web 2/2] RUN x --token=hush:\n\
                   0.210 one\n0.230 E: no such package\n------\n";
        let old =
            "failed to solve: executor failed running [/bin/sh -c x --token=hush [a]: b]: exit code: 100\n";
        assert_eq!(told(out, old), "a command fails: exit code: 100: E: no such package");
        let new = "failed to solve: process \"/bin/sh -c x --token=hush\" did not complete successfully: exit code: 1";
        assert_eq!(told("", new), "a command fails: exit code: 1");
        assert_eq!(told("", "The command 'x hush' returned a non-zero code: 5"), "a command fails: 5");
        assert_eq!(told("", "failed to solve: nosuch:1: not found"), "failed to solve: nosuch:1: not found");
    }
}
