//! `harden` rewrites a Docker Compose file so that every service runs hardened, and still does its job.

pub mod cli;
pub mod compose;
pub mod edit;
pub mod image;
pub mod load;
pub mod passes;
pub mod pipeline;
pub mod plan;
pub mod report;
pub mod run;
pub mod source;
pub mod verify;
pub mod write;
pub mod yaml;
