//! How far a long run is. Says nothing where nobody waits: in pipes, in CI, with `--quiet`, and in the first second.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A run that takes no longer needs no bar.
const PATIENCE: Duration = Duration::from_secs(1);

/// A bar that comes when it is needed.
pub(super) struct Progress {
    wanted: bool,
    started: Instant,
    total: usize,
    done: usize,
    bar: Option<ProgressBar>,
}

impl Progress {
    /// Starts to wait.
    pub(super) fn new(total: usize, wanted: bool) -> Self {
        Self { wanted: wanted && total > 1, started: Instant::now(), total, done: 0, bar: None }
    }

    /// Some more is done.
    pub(super) fn step(&mut self, more: usize) {
        self.done += more;
        if !self.wanted || self.started.elapsed() < PATIENCE {
            return;
        }
        let bar = self.bar.get_or_insert_with(|| bar(self.total));
        bar.set_position(u64::try_from(self.done).unwrap_or(u64::MAX));
    }

    /// Prints while the bar is out of the way.
    pub(super) fn aside<T>(&self, print: impl FnOnce() -> T) -> T {
        match &self.bar {
            Some(bar) => bar.suspend(print),
            None => print(),
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

fn bar(total: usize) -> ProgressBar {
    let total = u64::try_from(total).unwrap_or(u64::MAX);
    let bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::stderr());
    let style = ProgressStyle::with_template("{bar:32} {pos} of {len} projects, {eta} left");
    bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

#[cfg(test)]
mod tests {
    use super::Progress;

    #[test]
    fn a_short_run_has_no_bar() {
        let mut progress = Progress::new(100, true);
        progress.step(50);
        assert!(progress.bar.is_none());
        assert_eq!(progress.aside(|| 7), 7);
    }

    #[test]
    fn a_long_run_has_one_only_where_it_is_wanted() {
        for (wanted, total, shown) in [(true, 100, true), (false, 100, false), (true, 1, false)] {
            let mut progress = Progress::new(total, wanted);
            progress.started -= super::PATIENCE * 2;
            progress.step(1);
            assert_eq!(progress.bar.is_some(), shown, "{wanted} {total}");
        }
    }
}
