//! The three limits (`mem_limit`, `cpus`, `pids_limit`): where one is written, and whether there is one already.
//!
//! Compose refuses `mem_limit`, `cpus` or `pids_limit` beside a `deploy.resources.limits` block without the same
//! value. So a service that has such a block, even an empty one, gets its limits there, and nowhere else.

use std::fmt::Display;

use super::{grounds, words};
use crate::compose::{Limits, Scalar, Service, Setting, Spanned};
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
}

/// What the file says of a limit: the service's own key first, then the one below `deploy`.
pub(super) fn existing<'a, T>(
    service: &'a Service,
    top: Written<'a, T>,
    deploy: impl Fn(&'a Limits) -> Written<'a, T>,
) -> Written<'a, T> {
    top.or_else(|| service.limits().and_then(deploy))
}

/// The verdict on a limit that is written: there, or switched off on purpose (0 and -1 mean no limit).
pub(super) fn judge<T: PartialOrd + Default + Display>(key: &str, value: &Spanned<Setting<T>>) -> Verdict {
    match &value.value {
        Setting::Literal(number) if *number <= T::default() => {
            Verdict::Skip(Skip::SaidInFile(format!("{key}: {number}").into()))
        }
        _ => Verdict::Already(grounds::written(value)),
    }
}

/// The value of a setting, or the default of its variable; `Err` when only the environment knows it.
pub(super) fn value<T: Scalar + Copy>(setting: &Setting<T>) -> Result<T, ()> {
    match setting {
        Setting::Literal(value) => Ok(*value),
        Setting::Variable(text) => words::resolved(text).and_then(T::parse).ok_or(()),
    }
}
