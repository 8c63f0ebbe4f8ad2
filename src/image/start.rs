//! How a service will be started: as its own user, or as root that steps down.
//!
//! Decided once a service, before the passes, so that `user`, `cap_drop` and `read_only` never contradict each
//! other.

use std::borrow::Cow;

use super::UserSpec;

/// The start of one service.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Start {
    /// Nothing is known of how it starts: an unknown image, a base image that runs the user's program, another
    /// entrypoint or program than the image's own, or a `user:` that only the environment knows.
    #[default]
    Unknown,
    /// The file says `user:` and it is not root.
    File,
    /// The image itself starts as a non-root user.
    Image(UserSpec),
    /// harden writes `user:`; it works on the volumes of this service. Only while that is written: see
    /// [`Image::start_now`](super::Image::start_now).
    User(UserSpec),
    /// Starts as root.
    Root(RootReason),
}

/// Why a service keeps its root start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RootReason {
    /// The file says `user: root`.
    SaidInFile,
    /// A host path, a share or a volume whose owner is not known is mounted where it may be written. Names the target.
    BindMount(String),
    /// A volume is also written by a service of another image. Names the volume.
    Shared(String),
    /// Root reads something before it steps down: a key, a certificate, a secret. Names the target.
    Keys(String),
    /// The socket of the engine is mounted: only root and one group of the host may open it. Names the target.
    Socket(String),
    /// The file gives it capabilities (named), which a non-root user does not get.
    Capabilities(String),
    /// The image only works when started as root, or no user is known; says why.
    Image(Cow<'static, str>),
    /// `network_mode: host` and a port below 1024.
    LowPort(u16),
    /// A user start would work, but `user:` was not written (left out, or not sure enough for the level).
    NotWritten,
}
