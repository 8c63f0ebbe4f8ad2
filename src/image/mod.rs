//! What is known of an image, with sources; and how a service made from it will be started.
//!
//! Facts only: nothing here looks at what a pass wants to write.

mod facts;
mod start;

use std::sync::Arc;

use crate::compose::Service;

pub use facts::{Basis, Fact, Facts, Healthcheck, Init, Role, RootReads, Tmpfs, UserSpec};
pub use start::{RootReason, Start};

/// What is known of one service's image.
#[derive(Clone, Debug, Default)]
pub struct Image {
    /// The catalogue's facts, when the image is known. Services of one image share them.
    pub facts: Option<Arc<Facts>>,
    /// How the service will be started: decided once, read by `user`, `cap_drop` and `read_only`.
    pub start: Start,
    /// What the facts assume: that a variable in `image:` keeps its default. Nothing is surer than likely then.
    pub assumed: Option<String>,
}

impl Image {
    /// The start as the service stands now: a [`Start::User`] whose `user:` was not written is a root start.
    #[must_use]
    pub fn start_now(&self, service: &Service) -> Start {
        match &self.start {
            Start::User(_) if service.user.is_none() => Start::Root(RootReason::NotWritten),
            start => start.clone(),
        }
    }
}
