//! The words about what may be read, and how much of it.
//!
//! Knows names and numbers; what they bound is known where files are read.

use std::time::Instant;

use clap::Args;

use super::Input;
use crate::load::{self, Bound, Limits, Trusted};

/// What was typed about bounds.
#[derive(Args, Debug)]
pub(super) struct BoundWords {
    /// Also read files that the project names and that lie outside its repository, or outside its directory where it is
    /// in none. Do not give it for files of strangers
    #[arg(long)]
    read_outside: bool,
    /// Raise or lower a bound: services=10000, values=800000, documents=10000, files=5000, extends=100,
    /// context=100000, dockerfiles=1048576, in bytes, or time=600, in seconds
    #[arg(long, value_name = "NAME=NUMBER", value_delimiter = ',', value_parser = bound)]
    limit: Vec<(Bound, u32)>,
}

impl BoundWords {
    /// What was meant.
    pub(super) fn settled(&self) -> load::Options {
        let mut limits = Limits::default();
        for &(bound, number) in &self.limit {
            limits.set(bound, number);
        }
        let deadline = Instant::now().checked_add(limits.time);
        load::Options { limits, deadline, read_outside: self.read_outside, ..load::Options::default() }
    }
}

/// What the command line names.
pub(super) fn trusted(inputs: &[Input]) -> Trusted {
    inputs.iter().flat_map(Input::paths).cloned().collect()
}

/// `services=20000`
fn bound(text: &str) -> Result<(Bound, u32), String> {
    let (name, number) = text.split_once('=').unwrap_or((text, ""));
    let bound = Bound::ALL.into_iter().find(|bound| bound.name() == name.trim());
    let Some(bound) = bound else {
        let names = Bound::ALL.map(Bound::name).join(", ");
        return Err(format!("expected one of {names}, with `=` and a number"));
    };
    let number = number.trim().parse().ok().filter(|number| *number > 0);
    number
        .map(|number| (bound, number))
        .ok_or_else(|| format!("expected a number, as in `{}=1000`", bound.name()))
}

#[cfg(test)]
mod tests {
    use super::bound;
    use crate::load::{Bound, Limits};

    #[test]
    fn a_name_and_a_number() {
        assert_eq!(bound("services=20000"), Ok((Bound::Services, 20_000)));
        assert_eq!(bound("time = 5"), Ok((Bound::Time, 5)));
        for text in
            ["", "services", "services=", "services=0", "services=-1", "servicess=1", "services=4294967296"]
        {
            assert!(bound(text).is_err(), "{text}");
        }
    }

    #[test]
    fn the_help_names_every_bound_with_its_default() {
        let help = include_str!("bounds.rs");
        let Limits { services, values, documents, files, extends, context, dockerfiles, time } =
            Limits::default();
        let seconds = usize::try_from(time.as_secs()).unwrap();
        let numbers = [services, values, documents, files, extends, context, dockerfiles, seconds];
        for (bound, number) in Bound::ALL.into_iter().zip(numbers) {
            assert!(help.contains(&format!("{}={number}", bound.name())), "{bound:?}");
        }
    }
}
