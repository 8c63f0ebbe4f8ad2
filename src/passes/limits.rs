//! The three limits (`mem_limit`, `cpus`, `pids_limit`): where one is written, and whether there is one already.
//!
//! Compose refuses `mem_limit`, `cpus` or `pids_limit` beside a `deploy.resources.limits` block without the same
//! value. So a service that has such a block, even an empty one, gets its limits there, and nowhere else.

use std::fmt::Display;

use super::{grounds, words};
use crate::compose::{Scalar, Service, Setting, Spanned};
use crate::plan::{Path, Skip, Verdict};

/// A written scalar.
pub(super) type Written<'a, T> = Option<&'a Spanned<Setting<T>>>;

/// One limit's two keys.
#[derive(Clone, Copy, Debug)]
pub(super) struct Key {
    /// The key of the service.
    pub(super) top: &'static [&'static str],
    /// The key below `deploy.resources.limits`.
    pub(super) deploy: &'static [&'static str],
}

impl Key {
    /// Where this service takes the limit.
    pub(super) fn path(self, service: &Service) -> Path {
        if service.limits().is_some() { self.deploy.into() } else { self.top.into() }
    }

    /// The verdict when the limit is written: it is there, or it was switched off on purpose. The service's own
    /// key counts first, then the one below `deploy`.
    pub(super) fn settled<T: Display>(
        self,
        top: Written<'_, T>,
        deploy: Written<'_, T>,
        is_off: impl Fn(&T) -> bool,
    ) -> Option<Verdict> {
        let (path, value) = top.map(|value| (self.top, value)).or(deploy.map(|value| (self.deploy, value)))?;
        Some(match &value.value {
            Setting::Literal(limit) if is_off(limit) => {
                Verdict::Skip(Skip::SaidInFile(format!("{}: {limit}", path.join(".")).into()))
            }
            _ => Verdict::Already(grounds::written(value)),
        })
    }
}

/// The value of a setting, or the default of its variable; `Err` when only the environment knows it.
pub(super) fn value<T: Scalar + Copy>(setting: &Setting<T>) -> Result<T, ()> {
    match setting {
        Setting::Literal(value) => Ok(*value),
        Setting::Variable(text) => words::resolved(text).and_then(T::parse).ok_or(()),
    }
}
