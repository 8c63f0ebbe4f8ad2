//! What the Dockerfile of a service says of the image that is built from it.
//!
//! Reads a text that `load` has found; opens no file and runs nothing. Values of `ARG` and `ENV` may be credentials:
//! they choose the base image and paths here and are never shown.

mod accounts;
mod facts;
mod run;
mod shell;
mod stage;
#[cfg(test)]
mod tests;
mod text;
mod tree;
mod vars;
mod walk;

pub use facts::Built;

use super::Facts;
use crate::compose::{Build, Recipe, Service};
use crate::dockerfile::mask::mask;

/// The facts of the image that a service runs and that is built here; `None` when its Dockerfile is not at hand or no builder takes it.
pub(super) fn read(build: &Build, service: &Service) -> Option<(Facts, Built)> {
    let Recipe::Found(file) = &build.recipe else { return None };
    let text = file.text.expose();
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let masked = mask(text);
    let parsed = parse_dockerfile::parse(&masked.text).ok()?;
    let escape = parsed.parser_directives.escape.as_ref().map_or('\\', |escape| escape.value.value);
    let text = stage::Text {
        lines: text::Lines::of(text, file.first_line),
        source: text,
        escape,
        bodies: &masked.bodies,
    };
    let state = walk::Walk::new(&parsed, &text, build).target(build.target.as_deref())?;
    facts::describe(&state, &file.path, service, escape == '`')
}
