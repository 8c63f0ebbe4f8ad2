//! The three limits (`mem_limit`, `cpus`, `pids_limit`): where one is written, and whether there is one already.
//!
//! Compose refuses `mem_limit`, `cpus` or `pids_limit` beside a `deploy.resources.limits` block without the same
//! value. So a service that has such a block, even an empty one, gets its limits there, and nowhere else.

use std::fmt::Display;

use super::{Context, grounds, words};
use crate::compose::stack::Target;
use crate::compose::{Scalar, Setting, Spanned};
use crate::plan::{Change, Confidence, Op, Path, Skip, Value, Verdict};

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
    pub(super) fn path(self, context: &Context<'_>) -> Path {
        let in_block = context.service.limits().is_some() || context.target == Target::Swarm;
        if in_block { self.deploy.into() } else { self.top.into() }
    }

    /// The verdict when the limit is written: it is there, or it was switched off on purpose. The service's own
    /// key counts first, then the one below `deploy`; but a swarm takes only that one.
    pub(super) fn settled<T: Display>(
        self,
        target: Target,
        top: Written<'_, T>,
        deploy: Written<'_, T>,
        is_off: impl Fn(&T) -> bool,
    ) -> Option<Verdict> {
        let (top, deploy) = (top.map(|value| (self.top, value)), deploy.map(|value| (self.deploy, value)));
        let (path, value) = if target == Target::Swarm { deploy.or(top)? } else { top.or(deploy)? };
        Some(match &value.value {
            Setting::Literal(limit) if is_off(limit) => {
                Verdict::Skip(Skip::SaidInFile(format!("{}: {limit}", path.join(".")).into()))
            }
            _ if target == Target::Swarm && path == self.top => Verdict::Change(vec![self.moved(value)]),
            _ => Verdict::Already(grounds::written(value)),
        })
    }

    /// The limit of the service's own key, where a swarm takes it. The key itself stays: a person takes it away.
    fn moved<T: Display>(self, value: &Spanned<Setting<T>>) -> Change {
        let text = match &value.value {
            Setting::Literal(value) => value.to_string(),
            Setting::Variable(text) => text.clone(),
        };
        let is_count = self.top == ["pids_limit"] && matches!(value.value, Setting::Literal(_));
        Change {
            path: self.deploy.into(),
            op: Op::Set(if is_count { Value::number(text) } else { Value::str(text) }),
            why: format!("the value of `{}`, which a swarm does not take", self.top.join(".")).into(),
            confidence: Confidence::Known(grounds::written(value)),
        }
    }
}

/// The value of a setting, or the default of its variable; `Err` when only the environment knows it.
pub(super) fn value<T: Scalar + Copy>(setting: &Setting<T>) -> Result<T, ()> {
    match setting {
        Setting::Literal(value) => Ok(*value),
        Setting::Variable(text) => words::resolved(text).and_then(T::parse).ok_or(()),
    }
}
