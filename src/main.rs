//! The binary: parse, run, print, exit code.

use std::io::{self, IsTerminal as _};
use std::process::ExitCode;

use anstream::{AutoStream, ColorChoice};
use clap::Parser as _;
use harden::cli::Cli;
use harden::run::{Console, run};

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return misused(&error),
    };
    let color = cli.color();
    let request = match cli.request() {
        Ok(request) => request,
        Err(error) => return misused(&error),
    };
    let mut out = io::BufWriter::new(io::stdout().lock());
    let mut err = AutoStream::new(io::stderr().lock(), color);
    let colored_out = AutoStream::choice(&io::stdout()) != ColorChoice::Never && io::stdout().is_terminal();
    let colored_out = match color {
        ColorChoice::Auto => colored_out,
        other => other != ColorChoice::Never,
    };
    let interactive = io::stderr().is_terminal() && std::env::var_os("CI").is_none();
    run(&request, &mut Console { out: &mut out, err: &mut err, colored_out, interactive }).into()
}

/// Also `--help` and `--version`, which are no mistakes.
fn misused(error: &clap::Error) -> ExitCode {
    // a closed pipe is no error
    let _ = error.print();
    ExitCode::from(if error.use_stderr() { 2 } else { 0 })
}
