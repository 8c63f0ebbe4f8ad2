//! `harden explain` for a person: the text of a pass, and what it decided for single services.
//!
//! Everything is made with colours; whoever prints it takes them away where they are not wanted.

mod text;

pub use text::text;
