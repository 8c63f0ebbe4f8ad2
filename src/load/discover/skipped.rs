//! Files that look like a project and are none, and why.

use std::path::PathBuf;

/// A file that is left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// The file.
    pub path: PathBuf,
    /// Why it is no project of its own.
    pub why: Why,
}

/// Why a file is no project of its own.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Why {
    /// Its name is all that it has of a Compose file.
    #[error("it has neither `services` nor `include`")]
    NotCompose,
    /// It cannot run as it is.
    #[error(
        "`{0}` has neither `image` nor `build` here, so it is laid over another file: `-f` names both in their order"
    )]
    Fragment(String),
    /// It may be either; taken for a project, items of its lists would repeat once it is laid over the other.
    #[error("it has some of the services of `{}` and may be laid over it: name it to harden it alone", .0.display())]
    LaidOver(PathBuf),
    /// Compose takes another file of this folder.
    #[error("Compose reads `{}` and not this file", .0.display())]
    Unread(PathBuf),
    /// An override file without a file to lay it over.
    #[error("it is an override file, and what it is laid over is not beside it")]
    Alone,
    /// Not for Compose.
    #[error("it is for `docker stack deploy`: name it with `--target swarm`")]
    Stack,
    /// Another project includes it, extends it or names it in `COMPOSE_FILE`.
    #[error("it is part of `{}`", .0.display())]
    Part(PathBuf),
    /// Its place is not in the tree.
    #[error("it is a symbolic link that leads out of the directory")]
    Outside,
    /// Another name of a file that is a project already.
    #[error("it is the same file as `{}`", .0.display())]
    Same(PathBuf),
}
