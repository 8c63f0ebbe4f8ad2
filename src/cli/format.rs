//! `--format`, `--report` and `harden report`: where what was found goes, and in which form.

use std::path::PathBuf;

use clap::builder::PossibleValue;
use clap::{Args, Subcommand, ValueEnum};

use super::{Input, Mode, usage};
use crate::report::Format;

/// What was typed about formats.
#[derive(Args, Debug)]
pub(super) struct Formats {
    /// What to print to standard output; never changes the exit code
    #[arg(long, value_enum, value_name = "FORMAT", conflicts_with = "stdout", help_heading = "Output")]
    pub(super) format: Option<Format>,
    /// Also write what was found to a file, such as sarif=harden.sarif; as often as needed
    #[arg(long = "report", value_name = "FORMAT=FILE", value_parser = destination, help_heading = "Output")]
    pub(super) reports: Vec<Destination>,
}

/// A file that a report is written to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Destination {
    /// The format.
    pub format: Format,
    /// The file.
    pub path: PathBuf,
}

/// Work with stored reports.
#[derive(Debug, Subcommand)]
pub(super) enum Stored {
    /// Make one report of several, and print it in any format
    ///
    /// The reports are those that `--report json=FILE` writes, all made with one version, level and mode. Exit code 0,
    /// whatever they found, unless `--check` asks for it.
    Merge(MergeWords),
}

#[derive(Args, Debug)]
pub(super) struct MergeWords {
    /// JSON reports
    #[arg(value_name = "REPORT", required = true)]
    reports: Vec<PathBuf>,
    /// Write the result here instead of printing it
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// How to write the result
    #[arg(long, value_enum, value_name = "FORMAT", default_value = "json")]
    format: Format,
    /// Also write the result to a file, such as sarif=harden.sarif; as often as needed
    #[arg(long = "report", value_name = "FORMAT=FILE", value_parser = destination)]
    files: Vec<Destination>,
    /// Exit 1 if a project has changes, and 2 if one failed or was seen only in part
    #[arg(long)]
    check: bool,
}

/// Reports to merge, with everything settled.
#[derive(Debug)]
pub struct Merge {
    /// The JSON reports; never empty.
    pub reports: Vec<PathBuf>,
    /// What to print to standard output, if anything.
    pub print: Option<Format>,
    /// What to write.
    pub files: Vec<Destination>,
    /// Whether the exit code tells what was found.
    pub check: bool,
}

impl MergeWords {
    /// What was meant.
    pub(super) fn settled(self) -> Result<Merge, clap::Error> {
        let Self { reports, output, format, mut files, check } = self;
        if twice(&reports) {
            return Err(usage("a report is named twice"));
        }
        let print = output.is_none().then_some(format);
        files.extend(output.map(|path| Destination { format, path }));
        apart(&files, &reports)?;
        Ok(Merge { reports, print, files, check })
    }
}

impl Formats {
    /// What clap cannot know: how formats go with files and modes.
    pub(super) fn agree(&self, diff: bool, inputs: &[Input], mode: &Mode) -> Result<(), clap::Error> {
        if let Some(format) = self.format.filter(|format| diff && format.is_document()) {
            return Err(usage(&format!(
                "`--diff` and `--format {}` cannot both be printed; `--report diff=FILE` writes the diff to a file",
                format.as_str()
            )));
        }
        let mut taken: Vec<PathBuf> = inputs.iter().flat_map(Input::paths).cloned().collect();
        if let Mode::Output(path) = mode {
            taken.push(path.clone());
        }
        apart(&self.reports, &taken)
    }
}

/// No two reports go to one file, nor to a file that is read or written otherwise.
pub(super) fn apart(files: &[Destination], taken: &[PathBuf]) -> Result<(), clap::Error> {
    let paths: Vec<PathBuf> = files.iter().map(|file| file.path.clone()).collect();
    if twice(&paths) {
        return Err(usage("two reports go to the same file"));
    }
    match paths.iter().find(|path| taken.contains(path)) {
        Some(path) => Err(usage(&format!(
            "`{}` is named as a report and as something else; choose another file",
            path.display()
        ))),
        None => Ok(()),
    }
}

fn twice(paths: &[PathBuf]) -> bool {
    paths.iter().enumerate().any(|(at, path)| paths.iter().take(at).any(|other| other == path))
}

/// `FORMAT=FILE`
pub(super) fn destination(text: &str) -> Result<Destination, String> {
    let (name, path) = text.split_once('=').ok_or("expected FORMAT=FILE, such as sarif=harden.sarif")?;
    let format =
        Format::ALL.into_iter().find(|format| format.as_str() == name).ok_or_else(|| unknown(name))?;
    match path {
        "" => Err("the file is missing after `=`".to_owned()),
        "-" => Err(format!("`-` is no file; `--format {name}` prints to standard output")),
        path => Ok(Destination { format, path: path.into() }),
    }
}

fn unknown(name: &str) -> String {
    let near =
        Format::ALL.map(|format| (strsim::osa_distance(format.as_str(), &name.to_lowercase()), format));
    let nearest = near.into_iter().min_by_key(|(distance, _)| *distance);
    if let Some((_, format)) = nearest.filter(|(distance, _)| *distance <= 2) {
        return format!("there is no format `{name}`; did you mean `{}`?", format.as_str());
    }
    let names = Format::ALL.map(|format| format!("`{}`", format.as_str()));
    format!("there is no format `{name}`; there are {}", names.join(", "))
}

impl ValueEnum for Format {
    fn value_variants<'a>() -> &'a [Self] {
        &Self::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let help = match self {
            Self::Text => "words for a person (the default)",
            Self::Diff => "a unified diff",
            Self::Json => "everything, for programs; `harden schema report` describes it",
            Self::Sarif => "SARIF 2.1.0, for code scanning",
            Self::Github => "annotations on GitHub; they also come by themselves in GitHub Actions",
            Self::Gitlab => "code quality issues of GitLab",
            Self::Junit => "test results as JUnit XML",
            Self::Markdown => "a comment for a pull request",
        };
        Some(PossibleValue::new(self.as_str()).help(help))
    }
}

#[cfg(test)]
mod tests {
    use super::{Destination, destination};
    use crate::report::Format;

    #[test]
    fn a_destination_is_a_format_and_a_file() {
        let sarif = Destination { format: Format::Sarif, path: "out/a=b.sarif".into() };
        assert_eq!(destination("sarif=out/a=b.sarif"), Ok(sarif));
        for (text, said) in [
            ("sarif", "expected FORMAT=FILE"),
            ("sarif=", "the file is missing"),
            ("json=-", "`--format json` prints"),
            ("serif=x", "did you mean `sarif`?"),
            ("xml=x", "`junit`, `markdown`"),
        ] {
            let error = destination(text).unwrap_err();
            assert!(error.contains(said), "{text}: {error}");
        }
    }
}
