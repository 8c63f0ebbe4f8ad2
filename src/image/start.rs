//! How a service will be started: as its own user, or as root that steps down.
//!
//! Decided once a service, before the passes, so that `user`, `cap_drop` and `read_only` never contradict each
//! other.

use std::borrow::Cow;

use super::UserSpec;

/// The start of one service.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Start {
    /// Nothing is known of the image (or it is a base image that runs the user's program).
    #[default]
    Unknown,
    /// The file says `user:` and it is not root.
    File,
    /// The image itself starts as a non-root user.
    Image(UserSpec),
    /// harden writes `user:`; it works on the volumes of this service.
    User(UserSpec),
    /// Starts as root.
    Root(RootReason),
}

/// Why a service keeps its root start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RootReason {
    /// The file says `user: root`.
    SaidInFile,
    /// A host path (or a share) is mounted on a data path: its owner is unknown. Names the target.
    BindMount(String),
    /// Root reads something before it steps down: a key, a certificate. Names the target.
    Keys(String),
    /// The image only works when started as root; says why.
    Image(Cow<'static, str>),
    /// `network_mode: host` and a port below 1024.
    LowPort(u16),
}
