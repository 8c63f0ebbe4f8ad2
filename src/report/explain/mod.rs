//! `harden explain` for a person: the text of a pass, and what it decided for single services.
//!
//! Everything is made with colours; whoever prints it takes them away where they are not wanted.

mod keys;
mod release;
mod service;
mod start;
mod text;

pub use service::{Asked, Seen, service};
pub use text::text;
