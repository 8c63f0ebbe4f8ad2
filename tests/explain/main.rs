//! `harden explain`: every example, every way back and every waiver in the text of a pass is run.

#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "a test that cannot go on has failed"
)]
#![expect(clippy::disallowed_methods, reason = "tests read and write their own files")]

mod harness;
mod service;
mod texts;
