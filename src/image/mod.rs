//! What is known of an image, with sources; and how a service made from it will be started.
//!
//! Facts only: nothing here looks at what a pass wants to write.

mod facts;
mod start;

pub use facts::{Basis, Fact, Facts, Healthcheck, Init, Role, Tmpfs, UserSpec};
pub use start::{RootReason, Start};

/// What is known of one service's image.
#[derive(Debug, Default)]
pub struct Image {
    /// The catalogue's facts, when the image is known.
    pub facts: Option<Facts>,
    /// How the service will be started: decided once, read by `user`, `cap_drop` and `read_only`.
    pub start: Start,
}
