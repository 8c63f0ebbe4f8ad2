//! How `--overlay` goes together with the other words.

use std::path::Path;

use super::{Input, Mode, usage};
use crate::compose::stack::Target;
use crate::plan::Style;

/// Requires the files of one project, and what an overlay can be.
pub(super) fn agree(
    overlay: Option<&Path>,
    inputs: &[Input],
    mode: &Mode,
    (target, style): (Target, Style),
) -> Result<(), clap::Error> {
    let Some(overlay) = overlay else { return Ok(()) };
    let problem = match mode {
        _ if target == Target::Swarm => {
            "`--overlay` writes what Compose merges, and `docker stack deploy` merges by rules of its own"
        }
        _ if style == Style::Anchors => "`--overlay` gives each service a block; leave `--style anchors` out",
        _ if overlay.as_os_str() == "-" => "`--overlay` needs a file; `--stdout` prints it",
        _ if inputs.contains(&Input::Stdin) => "`--overlay` lies over files, and standard input is none",
        _ if inputs.len() > 1 => "`--overlay` takes one project; name its files with `-f`",
        Mode::Output(path) if path == overlay => "`--output` names the overlay; use `--write` to write it",
        _ => return Ok(()),
    };
    Err(usage(problem))
}
