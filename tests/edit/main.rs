//! What the edit looks like, one situation a test. Each test also proves, unasked, that the new text parses, that
//! taking the edits out gives the old bytes, that all comments are still there, and that the meaning is the old
//! one with the changes applied.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::disallowed_methods,
    reason = "tests read files and fail by panicking"
)]

#[path = "../common/beside.rs"]
mod beside;
mod block;
mod corpus;
mod ends;
mod flow;
mod grid;
mod harness;
mod lists;
mod shared;
mod style;
mod values;
