//! `harden prove`: runs a project as it is and as it would be, and finds for each service with which controls it does its
//! job.
//!
//! `isolate` makes a project that can be run beside the user's, `judge` says of its services whether they do their job, and
//! `search` finds what they can live with; `context` says what a build is measured by. Writes no user file and makes no text: that is done by the ordinary pipeline, from
//! what is found here.

pub mod context;
mod duration;
#[expect(clippy::indexing_slicing, reason = "a key of a JSON value that is not there is null")]
pub mod isolate;
pub mod judge;
pub mod order;
mod probe;
#[expect(clippy::indexing_slicing, reason = "as above")]
mod refuse;
mod repair;
mod rules;
pub mod search;
mod seen;
mod stopping;
pub mod symptom;
mod users;

pub use probe::Probe;
pub use rules::Rules;
pub use seen::Seen;
pub use users::Users;
