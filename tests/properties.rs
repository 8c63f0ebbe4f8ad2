//! What must hold for every Compose file, tried with generated ones: the tree is the text, every run is proven, a second
//! opinion agrees, and a second run changes nothing.
//!
//! `tests/common/generate` makes the files. The same ones are made in every run, so that a build never fails by chance;
//! `PROPTEST_CASES=2000 PROPTEST_RNG_SEED=7 cargo test --release --test properties` tries others. What is found becomes a
//! case in `tests/cases/generated`.

#![expect(clippy::panic, reason = "a test that cannot go on has failed")]

mod common;
#[path = "common/generate/mod.rs"]
mod generate;
#[path = "common/independent.rs"]
mod independent;
#[path = "common/spans.rs"]
mod spans;

use std::fmt;
use std::path::Path;

use common::{harden_text, harden_text_by_overlay};
use harden::compose::stack::Target;
use harden::pipeline::Options;
use harden::plan::{Level, Style};
use harden::source::Source;
use harden::yaml::{Limits, Tree, parse};
use proptest::prelude::{Strategy, any};
use proptest::sample::select;
use proptest::test_runner::{Config, RngSeed, TestCaseError, TestError, TestRunner};
use spans::Spans;

/// A folder in which nothing lies beside the file.
const FILE: &str = "there-is-no-such-folder/stack.yml";

/// Tries a property on as many files as are asked for.
fn holds<T: fmt::Debug>(
    cases: u32,
    values: impl Strategy<Value = T>,
    property: impl Fn(&T) -> Result<(), String>,
) {
    let asked = Config::default();
    let (is_given, seed) = (std::env::var_os("PROPTEST_CASES").is_some(), asked.rng_seed);
    let config = Config {
        cases: if is_given { asked.cases } else { cases },
        rng_seed: if matches!(seed, RngSeed::Random) && !is_given { RngSeed::Fixed(1) } else { seed },
        failure_persistence: None,
        max_shrink_iters: 3000,
        ..asked
    };
    let result = TestRunner::new(config).run(&values, |value| property(&value).map_err(TestCaseError::fail));
    match result {
        Ok(()) => {}
        Err(TestError::Fail(_, value)) => {
            panic!("{}\n{value:?}", property(&value).err().unwrap_or_default())
        }
        Err(error) => panic!("{error}"),
    }
}

/// A file, and how it is to be hardened.
struct Job {
    text: String,
    options: Options,
    is_overlay: bool,
}

impl fmt::Debug for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Options { level, style, target, .. } = &self.options;
        let how = if self.is_overlay { "an overlay" } else { "in the file" };
        writeln!(f, "{level:?} {style:?} {target:?} {how}\n{:?}\n----\n{}----", self.text, self.text)
    }
}

fn job(texts: impl Strategy<Value = String>) -> impl Strategy<Value = Job> {
    let level = select(&[Level::Safe, Level::Standard, Level::Strict][..]);
    let style = select(&[Style::Blocks, Style::Blocks, Style::Anchors][..]);
    let target = select(&[Target::Compose, Target::Compose, Target::Swarm][..]);
    (texts, level, style, target, any::<u8>()).prop_map(|(text, level, style, target, number)| {
        let options = Options { level, level_is_given: true, style, target, ..Options::default() };
        Job { text, options, is_overlay: number > 200 }
    })
}

#[test]
fn every_tree_is_its_text() {
    holds(400, generate::compose(), |text| {
        let mut tree = Tree::default();
        parse(&mut tree, Source::new("t", text.as_str()), &Limits::default())
            .map_err(|error| format!("{error}\n{text}"))?;
        let wrong = Spans::check(&tree);
        if wrong.is_empty() { Ok(()) } else { Err(format!("{}\n{text}", wrong.join("\n"))) }
    });
}

#[test]
fn every_file_is_hardened_and_proven_and_a_second_opinion_agrees() {
    holds(150, job(generate::compose()), |job| hardened(&job.text, &job.options, job.is_overlay));
}

/// What one service writes for another is where most was ever found.
#[test]
fn every_file_of_services_that_share_is_hardened_and_proven() {
    holds(150, job(generate::sharing()), |job| hardened(&job.text, &job.options, job.is_overlay));
}

#[test]
fn every_file_of_two_documents_is_hardened_and_proven() {
    holds(80, job(generate::documents()), |job| hardened(&job.text, &job.options, job.is_overlay));
}

fn hardened(text: &str, options: &Options, is_overlay: bool) -> Result<(), String> {
    let path = Path::new(FILE);
    if is_overlay {
        let run = harden_text_by_overlay(path, text, options)?;
        return run.check_invariants();
    }
    let run = harden_text(path, text, options)?;
    run.check_invariants()?;
    independent::check(text, run.after(), &run.planned.plan)
        .map_err(|why| format!("{why}\n{}", run.after()))?;
    let again = harden_text(path, run.after(), options).map_err(|error| format!("second run: {error}"))?;
    if again.after() == run.after() { Ok(()) } else { Err("a second run changes the file".to_owned()) }
}
