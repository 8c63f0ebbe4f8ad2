//! `harden` rewrites a Docker Compose file so that every service runs with limits, an init process, a read-only root
//! filesystem, no capabilities, a non-root user and rotated logs, **and still does its job**.
//!
//! This page is the map of the code. `tests/repo.rs` keeps the import table below true.
//!
//! # One way through
//!
//! ```text
//! files ─ load ─▶ Project ─ pipeline ─▶ Plan ─ edit ─▶ Rewrite ─ verify ─▶ Verified ─▶ report | write
//!              image facts ┘   ┘ policy
//! ```
//!
//! - [`load`] reads the files of a project into one spanned YAML tree ([`yaml`]): those named, the overrides beside them,
//!   and what `include` and `extends` name. It validates them against `schemas/compose.schema.json`, lays them over each
//!   other by the rules of Compose, and deserialises each service's *effective* view into typed structs ([`compose`]).
//!   Every value knows where it is written and how it got there; [`yaml::Layers`] says which nodes write a service.
//! - [`dockerfile`] reads Dockerfiles to the byte, and a second time with another parser; [`load::contexts`] finds what lies
//!   around them, and [`load::alone`] makes a project of one that was named itself. Passes of the build change their text
//!   ([`plan::TextEdit`]), in the same plan, diff and write.
//! - [`image`] says what is known of a service's image, with sources, and how the service will be started.
//! - [`policy`] says what the people who own the files want: values, facts about their images, waivers.
//! - [`pipeline`] runs the [`passes`] once, in order, and folds each one's changes into the model before the next. It
//!   applies the level and keeps services that share lines from changing each other. The result is a [`plan`].
//! - [`edit`] turns all changes into byte edits of the original texts, once. It decides nothing but in which of a
//!   service's files a change is written ([`edit::site`]).
//! - [`verify`] is the only maker of [`verify::Verified`]: it re-reads the result with the *other* YAML parser, compares
//!   meaning, bytes and comments, and checks that a second run would change nothing. A project of several files is also
//!   read again as a whole.
//! - [`prove`] runs a project through [`docker`], as it is and as it would be, and finds what each service can live with. What it
//!   finds is [`evidence`], which the pipeline plans by: text is made in no other way.
//! - [`drift`] lays what runs, as [`docker`] tells it, beside what is written, and says in what they differ.
//! - [`report`] renders; [`mod@write`] replaces a file atomically; [`run`] is one readable function per mode.
//!
//! Six names to learn: [`load::file`], [`passes::Pass`], [`pipeline::plan`], [`edit::rewrite`], [`verify::prove`],
//! [`report`]. The registry of passes is [`passes::ALL`], in order.
//!
//! # Who may import whom
//!
//! | module | may import |
//! |---|---|
//! | `source` | nothing of ours |
//! | `yaml` | `source` |
//! | `compose` | `source` |
//! | `dockerfile` | nothing of ours |
//! | `image` | `dockerfile`, `compose`, `source` |
//! | `evidence` | nothing of ours |
//! | `plan` | `compose`, `image`, `source` |
//! | `policy` | `plan`, `compose`, `image`, `source` |
//! | `passes` | `plan`, `policy`, `compose`, `image`, `dockerfile`, `source` |
//! | `pipeline` | `passes`, `evidence`, `plan`, `policy`, `compose`, `image`, `source` |
//! | `load` | `yaml`, `policy`, `evidence`, `compose`, `plan`, `source`, `image`, `dockerfile` |
//! | `edit` | `plan`, `compose`, `yaml`, `source` |
//! | `verify` | `edit`, `load`, `plan`, `compose`, `yaml`, `dockerfile`, `source` |
//! | `report` | `drift`, `plan`, `image`, `edit`, `verify`, `load`, `passes`, `compose`, `yaml`, `source` |
//! | `write` | `verify`, `plan`, `compose`, `source` |
//! | `docker` | nothing of ours |
//! | `prove` | `docker`, `evidence`, `compose`, `dockerfile` |
//! | `drift` | `docker`, `compose`, `image`, `source` |
//! | `cli` | `passes`, `plan`, `pipeline`, `policy`, `load`, `report`, `compose` |
//! | `run` | everything |
//!
//! Only [`load`] reads user files, only [`mod@write`] writes them, and only [`docker`] starts processes; `.clippy.toml` holds
//! that rule.
//!
//! # Where to add what
//!
//! - a pass: one file in `src/passes/` with its text beside it (`harden explain` prints it, and it is the only text about
//!   the pass), one line in [`passes::ALL`], one folder in `tests/cases/`. Every example in a text is run by `tests/explain`.
//! - a pass of the build: the same in `src/passes/build/`; its changes are [`plan::Op::Text`], and say what the instruction
//!   will say, which [`verify`] asks the other parser.
//! - an image: one file in `src/image/catalogue/`, one line in its index, one case folder: see `CONTRIBUTING.md`.
//! - a YAML situation for the editor: one file in `src/edit/`, one case folder.

pub mod cli;
pub mod compose;
pub mod docker;
pub mod dockerfile;
pub mod drift;
pub mod edit;
pub mod evidence;
pub mod image;
pub mod load;
pub mod passes;
pub mod pipeline;
pub mod plan;
pub mod policy;
pub mod prove;
pub mod report;
pub mod run;
pub mod source;
pub mod verify;
pub mod write;
pub mod yaml;
