//! Makes Compose files that are valid and look like those of people, or a little worse.
//!
//! [`compose`] is the strategy, [`sharing`] one with little else than what services take over from each other,
//! and [`documents`] one of files of two documents. A shape is added without knowing the rest: a key of a service in `service.rs` or
//! `hardening.rs`, a way of sharing in `share.rs`, a way of writing in `node.rs` (what it is called) and `print.rs` or
//! `scalar.rs` (how it is done), a comment in `shape.rs`. `project.rs` puts services together, `settle.rs` takes out
//! what Compose refuses, and `fault.rs` puts one thing in that it refuses.

#![allow(dead_code, reason = "each test target uses its own part")]
#![allow(clippy::indexing_slicing, reason = "a test may stop at what cannot be")]

mod documents;
mod fault;
mod hardening;
mod node;
mod print;
mod project;
mod scalar;
mod service;
mod settle;
mod shape;
mod share;

use proptest::prelude::{BoxedStrategy, Strategy, any};
use proptest::sample::select;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngSeed, TestRunner};

use print::{Format, print};

/// What stands before the first key.
const HEADS: &[&str] = &[
    "",
    "",
    "",
    "",
    "---\n",
    "# head\n",
    "\n# head\n\n---\n",
    "--- # start\n# ünïcode\n",
    "%YAML 1.1\n---\n",
];

/// What stands after the last value.
const TAILS: &[&str] =
    &["", "", "", "", "# tail\n", "\n\n", "\n  # astray\n\n", "...\n", "# tail without an end"];

/// A valid Compose file.
pub fn compose() -> BoxedStrategy<String> {
    (project::project(), format()).prop_map(|(roots, format)| print(&roots, format)).boxed()
}

/// A valid Compose file whose services take most of what they have over from others.
pub fn sharing() -> BoxedStrategy<String> {
    (project::sharing(), format()).prop_map(|(roots, format)| print(&roots, format)).boxed()
}

/// A valid Compose file of two documents.
pub fn documents() -> BoxedStrategy<String> {
    (documents::documents(), format()).prop_map(|(roots, format)| print(&roots, format)).boxed()
}

/// Files of a kind that are the same in every run.
pub fn sample(files: &BoxedStrategy<String>, count: usize, seed: u64) -> Vec<String> {
    let mut runner = TestRunner::new(Config { rng_seed: RngSeed::Fixed(seed), ..Config::default() });
    (0..count).filter_map(|_| files.new_tree(&mut runner).ok()).map(|tree| tree.current()).collect()
}

/// Each fault by name, in a file that is otherwise valid; the same in every run.
pub fn faulty(seed: u64) -> Vec<(String, String)> {
    let mut runner = TestRunner::new(Config { rng_seed: RngSeed::Fixed(seed), ..Config::default() });
    let files = (project::project(), format());
    let faults = fault::FAULTS.iter().filter_map(|(key, wrong)| {
        let (mut roots, format) = files.new_tree(&mut runner).ok()?.current();
        roots.truncate(1);
        fault::put(&mut roots[0], key, *wrong);
        Some((format!("{key}: {wrong:?}"), print(&roots, format)))
    });
    faults.collect()
}

fn format() -> impl Strategy<Value = Format> {
    let step = select(&[2_usize, 2, 2, 4, 3, 1, 8][..]);
    let rare = || any::<u8>().prop_map(|number| number > 220);
    (step, rare(), rare(), rare(), rare(), select(HEADS), select(TAILS)).prop_map(
        |(step, flush, windows, byte_order_mark, cut, head, tail)| Format {
            step,
            flush,
            windows,
            byte_order_mark,
            last_newline: !cut,
            head,
            tail,
        },
    )
}
