//! The typed Compose model: what passes look at, in types that say what Compose means.
//!
//! Deserialised by `load` from a service's *effective* view, so nothing here knows anchors, merge keys or
//! `extends`; every value still knows where it is written and how it got here ([`Spanned`]). Knows no image and
//! decides nothing.

mod command;
mod environment;
mod fingerprint;
pub mod interpolate;
mod list;
mod mount;
mod port;
mod project;
mod scalar;
mod service;
mod site;
mod spanned;
pub mod stack;
mod written;

pub use command::Command;
pub use environment::{Environment, Secret, Variable};
pub use list::{List, Names};
pub use mount::{Mount, MountKind};
pub use port::Port;
pub use project::{
    External, Foreign, Heir, Heritage, Inheritance, Partial, PartialReason, Project, Shared, TopVolume,
};
pub use scalar::{Bytes, Flag, Scalar, Setting};
pub use service::{
    Build, Deploy, Device, Dockerfile, EnvFile, Extends, FileRef, Healthcheck, IgnoredAnyValue, Limits,
    Logging, Recipe, Reservations, Resources, Service, Ulimit,
};
pub use site::{Entry, Listing, Site, SiteFile, size_in_words};
pub use spanned::{SPANNED, Spanned, Via};
pub use written::{WRITTEN, Written};
