//! Dockerfiles and `.dockerignore` files as text: where everything is written, to the byte.
//!
//! [`read`] makes pieces that put together are the file again; edits are made by them. [`referee`] reads the same text
//! with another parser and shares no code with it, so that it can judge those edits. [`ignore`] says which files of a
//! context a `.dockerignore` leaves out. Knows no Compose and no image; opens nothing.

pub mod glob;
pub mod ignore;
pub mod mask;
pub mod read;
pub mod referee;
pub mod shell;
pub mod stages;
#[cfg(test)]
mod tests;
