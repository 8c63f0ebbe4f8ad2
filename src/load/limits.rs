//! Hard bounds on what a project may be made of, so that no file can hang a run or exhaust a machine.
//!
//! Counts and complains; what is counted is for others to know. Each bound is far above what people write, and
//! `--limit` raises it.

use std::cell::Cell;
use std::time::Duration;

use super::Diagnostic;
use crate::source::Place;

/// What is bounded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// Services of a project.
    Services,
    /// Values that its services have, once aliases, `<<`, `extends`, variables and files of variables are put in.
    Values,
    /// YAML documents that it is made of.
    Documents,
    /// Files that `include` and `extends` bring in, each time that they do.
    Files,
    /// Services that one service takes over one through the other with `extends`.
    Extends,
    /// Files and folders in the build contexts of a project that are listed.
    Context,
    /// Bytes of the Dockerfiles that are looked at as builds, once for each service that is built from one.
    Dockerfiles,
    /// How long a run may take, in seconds.
    Time,
}

impl Bound {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Services,
        Self::Values,
        Self::Documents,
        Self::Files,
        Self::Extends,
        Self::Context,
        Self::Dockerfiles,
        Self::Time,
    ];

    /// What `--limit` calls it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Services => "services",
            Self::Values => "values",
            Self::Documents => "documents",
            Self::Files => "files",
            Self::Extends => "extends",
            Self::Context => "context",
            Self::Dockerfiles => "dockerfiles",
            Self::Time => "time",
        }
    }

    fn what(self) -> &'static str {
        match self {
            Self::Services => "services in one project",
            Self::Values => "values once aliases, `<<`, `extends`, variables and `env_file` are put in",
            Self::Documents => "YAML documents in one project",
            Self::Files => "files that `include` and `extends` bring in",
            Self::Extends => "services that take over one another through `extends`",
            Self::Context => "files and folders in build contexts",
            Self::Dockerfiles => "bytes of Dockerfiles",
            Self::Time => "seconds",
        }
    }

    /// How to raise it.
    #[must_use]
    pub fn help(self) -> String {
        format!("`--limit {}=NUMBER` raises the limit", self.name())
    }
}

/// How much of each there may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// See [`Bound::Services`].
    pub services: usize,
    /// See [`Bound::Values`]. A text counts once for each 32 bytes of it.
    pub values: usize,
    /// See [`Bound::Documents`].
    pub documents: usize,
    /// See [`Bound::Files`].
    pub files: usize,
    /// See [`Bound::Extends`].
    pub extends: usize,
    /// See [`Bound::Context`]. More are not listed, and that is no error.
    pub context: usize,
    /// See [`Bound::Dockerfiles`]. More are not looked at, and that is a warning.
    pub dockerfiles: usize,
    /// See [`Bound::Time`].
    pub time: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            services: 10_000,
            values: 800_000,
            documents: 10_000,
            files: 5_000,
            extends: 100,
            context: 100_000,
            dockerfiles: 1 << 20,
            time: Duration::from_secs(600),
        }
    }
}

impl Limits {
    /// None: for what was read within its bounds, and is read again with more in it.
    #[must_use]
    pub fn none() -> Self {
        let most = usize::MAX;
        Self {
            services: most,
            values: most,
            documents: most,
            files: most,
            extends: most,
            context: most,
            dockerfiles: most,
            time: Duration::MAX,
        }
    }

    /// Sets one of them; seconds for the time.
    pub fn set(&mut self, bound: Bound, number: u32) {
        let count = number as usize;
        match bound {
            Bound::Services => self.services = count,
            Bound::Values => self.values = count,
            Bound::Documents => self.documents = count,
            Bound::Files => self.files = count,
            Bound::Extends => self.extends = count,
            Bound::Context => self.context = count,
            Bound::Dockerfiles => self.dockerfiles = count,
            Bound::Time => self.time = Duration::from_secs(u64::from(number)),
        }
    }

    /// What is said of one that is exceeded.
    pub(super) fn exceeded(&self, bound: Bound, place: Option<Place>) -> Diagnostic {
        let limit = match bound {
            Bound::Services => self.services,
            Bound::Values => self.values,
            Bound::Documents => self.documents,
            Bound::Files => self.files,
            Bound::Extends => self.extends,
            Bound::Context => self.context,
            Bound::Dockerfiles => self.dockerfiles,
            Bound::Time => usize::try_from(self.time.as_secs()).unwrap_or(usize::MAX),
        };
        let message = format!("more than {limit} {}", bound.what());
        Diagnostic { message, help: Some(bound.help()), place, note: None }
    }
}

/// Bytes of a text that count as one value.
const BYTES: usize = 32;

/// How many values there are so far.
#[derive(Debug, Default)]
pub(super) struct Growth {
    most: usize,
    values: Cell<usize>,
}

impl Growth {
    /// For at most so many values.
    pub(super) fn new(most: usize) -> Self {
        Self { most, values: Cell::new(0) }
    }

    /// Counts values; whether there are not too many.
    pub(super) fn add(&self, values: usize) -> bool {
        self.values.set(self.values.get().saturating_add(values));
        !self.is_over()
    }

    /// Counts a text; whether there are not too many values.
    pub(super) fn add_text(&self, text: &str) -> bool {
        self.add(1 + text.len() / BYTES)
    }

    /// Whether there are too many.
    pub(super) fn is_over(&self) -> bool {
        self.values.get() > self.most
    }
}
