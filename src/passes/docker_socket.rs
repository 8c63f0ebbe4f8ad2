//! docker_socket

use super::{Context, Meta, Pass, PassKind};
use crate::plan::{Skip, Verdict};

/// The pass.
#[derive(Debug)]
pub struct DockerSocket;

const META: Meta = Meta {
    id: "docker_socket",
    summary: "docker_socket",
    kind: PassKind::Advice,
    source: include_str!("docker_socket.rs"),
};

impl Pass for DockerSocket {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn run(&self, context: &Context<'_>) -> Verdict {
        let _ = context;
        Verdict::Skip(Skip::NotApplicable)
    }
}
