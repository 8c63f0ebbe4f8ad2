//! The passes: one file each with its text beside it, and one line each in [`ALL`].
//!
//! A pass looks at one service of the model and says what it would do. It does no I/O, never sees text, and does
//! not know the level: `pipeline` turns its verdict into a decision and folds the changes into the service.

mod build;
mod cap_drop;
mod cpus;
mod dangerous_caps;
mod data_paths;
mod data_volume;
mod devices;
mod docker_socket;
mod env_secrets;
mod exposed_ports;
mod findings;
mod grounds;
mod healthcheck;
mod host_namespaces;
mod host_path;
mod image_tag;
mod init;
mod limits;
mod logging;
mod mem_limit;
mod mounts;
mod no_new_privileges;
mod pids_limit;
mod privileged;
mod read_only;
mod secrets;
mod security_profiles;
mod sensitive_mounts;
mod size;
mod stack;
mod stack_keys;
#[cfg(test)]
pub(crate) mod testing;
pub mod text;
mod trade;
mod user;
mod words;

use std::collections::HashMap;

use crate::compose::stack::Target;
use crate::compose::{Listing, Project, Service};
use crate::image::Image;
use crate::plan::{PassId, Skip, Verdict};
use crate::policy::{KnownPass, Settings};
use crate::source::FileId;
use text::Text;

/// What a pass is about.
#[derive(Clone, Copy, Debug)]
pub struct Meta {
    /// The Compose key it governs.
    pub id: PassId,
    /// One line for `harden passes`.
    pub summary: &'static str,
    /// Whether it writes, or only advises.
    pub kind: PassKind,
    /// All that there is to say of it, in Markdown: the file beside the pass. See [`Meta::explained`].
    pub text: &'static str,
    /// What it decides on, for `harden explain` with a file.
    pub reads: Reads,
}

/// What a pass reads of a service and of its image.
#[derive(Clone, Copy, Debug)]
pub struct Reads {
    /// Keys of the service.
    pub keys: &'static [&'static str],
    /// Facts of the image, by their names in the catalogue.
    pub facts: &'static [&'static str],
}

impl Meta {
    /// The text in its parts.
    #[must_use]
    pub fn explained(&self) -> Text<'static> {
        Text::parse(self.text)
    }
}

/// Whether a pass writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PassKind {
    /// Proposes changes.
    Rewrite,
    /// Tells a person; `--level strict` may write its fix.
    Advice,
}

/// What a pass may look at.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// The service as Compose would run it, with the changes of earlier passes folded in.
    pub service: &'a Service,
    /// The whole project, as loaded (for top-level volumes, other services).
    pub project: &'a Project,
    /// What is known of the service's image, and how the service will be started.
    pub image: &'a Image,
    /// Who is to run the file.
    pub target: Target,
    /// What the policy sets for the service.
    pub policy: &'a Settings,
}

/// One pass.
pub trait Pass: Sync {
    /// What it is about.
    fn meta(&self) -> &'static Meta;
    /// Whether it looks at the Dockerfile and the context of a service that is built, which others may share.
    fn is_of_build(&self) -> bool {
        false
    }
    /// What it looks at, where that is the same for several services: it is asked once for all of them.
    fn subject(&self, _context: &Context<'_>) -> Option<Subject> {
        None
    }
    /// What it says of one service.
    fn run(&self, context: &Context<'_>) -> Verdict;
}

/// What several services may share: a file, and the listing of the folder that it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Subject(pub FileId, pub *const Listing);

/// What one pass has said of what services share.
pub(crate) type Said = HashMap<Subject, Verdict>;

/// What a pass says, or has said.
fn ask(pass: &dyn Pass, context: &Context<'_>, said: &mut Said) -> Verdict {
    match pass.subject(context) {
        Some(subject) => said.entry(subject).or_insert_with(|| pass.run(context)).clone(),
        None => pass.run(context),
    }
}

/// Runs one pass: the only way in, so that what holds for all passes is decided once. What a provider runs is no
/// container; none of the keys that are written means anything to a Windows container.
pub(crate) fn run(pass: &dyn Pass, context: &Context<'_>, said: &mut Said) -> Verdict {
    let service = context.service;
    if service.provider.is_some() {
        return Verdict::Skip(Skip::Provider);
    }
    let built_for_windows = context.image.built.as_ref().is_some_and(|built| built.windows);
    if pass.meta().kind == PassKind::Rewrite && (built_for_windows || is_windows(service)) {
        return Verdict::Skip(Skip::Windows);
    }
    if context.target == Target::Swarm {
        let service = &stack::as_deployed(service);
        let context = &Context { service, ..*context };
        return stack::fit(ask(pass, context, said), context);
    }
    ask(pass, context, said)
}

/// Windows shows in the platform, in an isolation that only Windows has, or in the image's name.
fn is_windows(service: &Service) -> bool {
    let isolated =
        service.isolation.as_ref().is_some_and(|mode| matches!(mode.as_str(), "hyperv" | "process"));
    let image = service.image.as_ref().map_or("", |image| image.value.as_str());
    let named = ["windows/", "windowsservercore", "nanoserver"].iter().any(|word| image.contains(word));
    service.is_windows() || isolated || named
}

/// What a policy has to know of the passes.
#[must_use]
pub fn known() -> Vec<KnownPass> {
    let metas = ALL.iter().map(|pass| pass.meta());
    metas.map(|meta| (meta.id, meta.kind == PassKind::Advice, meta.summary)).collect()
}

/// Every pass, in the order in which they run.
pub const ALL: &[&dyn Pass] = &[
    &privileged::Privileged, // before all others: nothing else applies until it is gone
    &mem_limit::MemLimit,
    &cpus::Cpus,
    &pids_limit::PidsLimit,
    &init::Init, // before `cap_drop`: a shared init needs KILL to signal a server that stepped down
    &user::User, // before `read_only` and `cap_drop`, which depend on who the service runs as
    &read_only::ReadOnly,
    &cap_drop::CapDrop,
    &no_new_privileges::NoNewPrivileges,
    &logging::Logging,
    // what the service is built from; each sees the files as those before it leave them
    &build::dockerignore::Dockerignore,
    &build::layer_cleanup::LayerCleanup,
    &build::signals::Signals,
    // advice: sees the service as it will be
    &docker_socket::DockerSocket,
    &host_namespaces::HostNamespaces,
    &env_secrets::EnvSecrets,
    &build::build_secrets::BuildSecrets,
    &image_tag::ImageTag,
    &exposed_ports::ExposedPorts,
    &data_volume::DataVolume,
    &healthcheck::Healthcheck,
    &sensitive_mounts::SensitiveMounts,
    &dangerous_caps::DangerousCaps,
    &devices::Devices,
    &security_profiles::SecurityProfiles,
    &stack_keys::StackKeys,
    // advice on what the service is built from
    &build::image_healthcheck::ImageHealthcheck,
    &build::base_image::BaseImage,
    &build::image_user::ImageUser,
    &build::image_fit::ImageFit,
    &build::layer_order::LayerOrder,
    &build::layer_size::LayerSize,
    &build::multi_stage::MultiStage,
];

#[cfg(test)]
mod tests {
    use super::testing::{brief, run, unknown};
    use super::text::HEADINGS;
    use super::{ALL, PassKind};

    #[test]
    fn what_is_no_container_or_a_windows_one_is_left_alone() {
        let cases = [
            ("provider: {type: x}", "Provider"),
            ("platform: windows/amd64", "Windows"),
            ("isolation: hyperv", "Windows"),
            ("image: mcr.microsoft.com/windows/servercore:ltsc2022", "Windows"),
        ];
        for pass in ALL.iter().filter(|pass| pass.meta().kind == PassKind::Rewrite) {
            for (text, expected) in cases {
                assert_eq!(brief(&run(*pass, text, &unknown())), expected, "{}: {text}", pass.meta().id);
            }
            assert_ne!(brief(&run(*pass, "platform: linux/arm64", &unknown())), "Windows");
        }
    }

    #[test]
    fn each_pass_explains_itself() {
        for pass in ALL {
            let meta = pass.meta();
            let text = meta.explained();
            let titles: Vec<&str> = text.sections.iter().map(|section| section.title).collect();
            assert_eq!(titles, HEADINGS, "{}", meta.id);
            assert!(!text.lead.is_empty() && !text.lead.contains("\n\n"), "{}: {}", meta.id, text.lead);
            assert!(text.sections.iter().all(|section| !section.parts.is_empty()), "{}", meta.id);
            assert!(!meta.summary.is_empty() && meta.summary != meta.id, "{} has no summary", meta.id);
        }
    }
}
